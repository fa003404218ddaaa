"""nn/clipping.py: gradients kept within bounds."""
from math import hypot, inf, isclose, nan

import pytest
from hypothesis import example, given, strategies as st

from engine import Value
from nn import MLP, SGD, clip_grad_norm_, clip_grad_value_, cross_entropy, fit
from tests.interrupts import all_or_nothing
from tests.nn.training.small_runs import ROWS, TARGETS, numbers

grads  = st.lists(st.floats(-1e150, 1e150), min_size=1, max_size=6)
bounds = st.floats(0.0, 1e10)


def leaves(gs):
    values = [Value(1.0) for _ in gs]
    for v, g in zip(values, gs):
        v.grad = g
    return values


@given(grads, bounds, st.sampled_from([1.0, 2.0, 3.0, inf]))
@example([0.0, 0.0], 1.0, 3.0)
@example([1e200, 1e200], 1.0, 2.0)                   # whose squares overflow
def test_a_norm_is_brought_down_and_directions_stay(gs, most, kind):
    values = leaves(gs)
    norm = clip_grad_norm_(values, most, norm_type=kind)
    largest = max(map(abs, gs))
    scaled = [abs(g) / largest for g in gs] if largest else [0.0]
    expected = largest if kind == inf else largest * sum(x ** kind for x in scaled) ** (1.0 / kind)
    assert isclose(norm, expected, rel_tol=1e-12)
    factor = min(1.0, most / (norm + 1e-6))
    assert [v.grad for v in values] == [g * factor if factor < 1.0 else g for g in gs]
    if kind == 2.0:
        assert hypot(*[v.grad for v in values]) <= max(most, 0.0) * (1 + 1e-12) or factor == 1.0


@given(grads, bounds)
def test_each_is_brought_within_a_bound(gs, most):
    values = leaves(gs)
    assert clip_grad_value_(values, most) is None
    assert [v.grad for v in values] == [max(-most, min(most, g)) for g in gs]


@pytest.mark.parametrize("clip, sentence", [
    (lambda: clip_grad_norm_([], 1.0), "needs at least one parameter"),
    (lambda: clip_grad_norm_(MLP(2, [1]), 1.0), r"write module.parameters\(\)"),
    (lambda: clip_grad_norm_([Value(1.0)], -1.0), "needs a number of at least 0"),
    (lambda: clip_grad_norm_([Value(1.0)], nan), "needs a finite number"),
    (lambda: clip_grad_norm_([Value(1.0)], 1.0, norm_type=0), "needs a number above 0"),
    (lambda: clip_grad_norm_([Value(1.0)], 1.0, norm_type=True), "needs a real number"),
    (lambda: clip_grad_value_([Value(1.0)], -0.5), "needs a number of at least 0"),
    (lambda: clip_grad_value_([Value(1.0) * 2], 1.0), "needs leaves"),
    (lambda: clip_grad_norm_(leaves([1.7e308, 1.7e308]), 1.0), "a norm of the grads below 1.8e308"),
])
def test_what_cannot_be_clipped(clip, sentence):
    with pytest.raises((TypeError, ValueError, OverflowError), match=sentence):
        clip()


@pytest.mark.parametrize("clip", [clip_grad_norm_, clip_grad_value_])
def test_clipping_is_one_change(clip):
    def make():
        values = leaves([3.0, -4.0, 5.0])
        return lambda: clip(values, 1.0), lambda: [v.grad for v in values]
    assert all_or_nothing(make) > 5


def test_fit_clips_before_each_step(tmp_path):
    def trained(name, **clip):
        model = MLP(2, [3], seed=1)
        fit(model, cross_entropy, ROWS, TARGETS, epochs=3, optimiser=SGD(model.parameters(), lr=1.0),
            checkpoint=tmp_path / name, **clip)
        return model

    by_hand = MLP(2, [3], seed=1)
    ps = by_hand.parameters()
    steps = SGD(ps, lr=1.0)
    for _ in range(3):
        steps.zero_grad()
        for row, target in zip(ROWS, TARGETS):
            (cross_entropy(by_hand(row), target) / len(ROWS)).backward()
        clip_grad_value_(ps, 0.1)
        clip_grad_norm_(ps, 0.05)
        steps.step()
    clipped = trained("clipped.json", clip_value=0.1, clip_norm=0.05)
    assert numbers(clipped) == pytest.approx(numbers(by_hand), rel=1e-12)
    assert numbers(trained("free.json")) != numbers(clipped)
    with pytest.raises(ValueError, match="clip_norm"):
        trained("clipped.json", clip_value=0.1, clip_norm=0.5)
    with pytest.raises(ValueError, match=r"fit\(clip_norm\) needs a number of at least 0"):
        trained("other.json", clip_norm=-1.0)
