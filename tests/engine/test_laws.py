"""Laws that derivatives obey, whatever the graph: linear, product and chain rule, relabelling, dead code, symmetry."""
from __future__ import annotations

from itertools import permutations, product
from math import fsum, isfinite

import pytest
from hypothesis import assume, given, settings, strategies as st

from engine import GradientError, Op, Value, gradient, hessian
from engine.testing import graphs
from nn import softmax

few     = settings(max_examples=40)
NUMBERS = st.floats(-50.0, 50.0)
LISTS   = st.lists(NUMBERS, min_size=1, max_size=6)
SMOOTH  = ["add", "sub", "mul", "neg", "sin", "tanh", "sigmoid", "softplus"]


def grads(root, leaves):
    """The gradient by each leaf, from grads that are 0; the leaves' own are 0 again afterwards."""
    for v in leaves:
        v.grad = 0.0
    root.backward()
    found = [v.grad for v in leaves]
    for v in leaves:
        v.grad = 0.0
    return found


def rebuilt(graph, change=lambda x: x):
    """The graph made again from leaves of its own."""
    leaves = [Value(change(v.data)) for v in graph.leaves]
    return graph(*leaves), leaves


@few
@given(graphs(SMOOTH), st.integers(-30, 30))
def test_powers_of_two_scale_gradients_exactly(graph, n) -> None:
    root, leaves = rebuilt(graph)
    once, scaled = grads(root, leaves), grads(root * 2.0 ** n, leaves)
    assume(all([g == 0.0 or 1e-250 < abs(g) < 1e250 for g in once]))
    assert scaled == [g * 2.0 ** n for g in once]


@few
@given(graphs(SMOOTH))
def test_plus_zero_and_times_one_change_nothing(graph) -> None:
    root, leaves = rebuilt(graph)
    before = grads(root, leaves)
    for same in (root + 0.0, root * 1.0, 0.0 + root, 1.0 * root, root - 0.0, root / 1.0, +root, -(-root)):
        assert (same.data, grads(same, leaves)) == (root.data, before)


@few
@given(graphs(SMOOTH), graphs(SMOOTH), NUMBERS)
def test_sums_and_products_have_their_rules(one, other, c) -> None:
    (f, xs), (g, ys) = rebuilt(one), rebuilt(other)
    df, dg, leaves = grads(f, xs), grads(g, ys), xs + ys
    try:
        total, product = grads(f * c + g, leaves), grads(f * g, leaves)
    except (GradientError, OverflowError):
        return
    assert total == pytest.approx([d * c for d in df] + dg, rel=1e-13, abs=1e-300)
    assert product == pytest.approx([d * g.data for d in df] + [d * f.data for d in dg], rel=1e-13, abs=1e-300)


@few
@given(graphs(SMOOTH))
def test_the_chain_rule_multiplies(graph) -> None:
    root, leaves = rebuilt(graph)
    inner, z = grads(root, leaves), root.tanh()
    assert grads(z, leaves) == pytest.approx([z.partials[0] * g for g in inner], rel=1e-13, abs=1e-300)


@few
@given(graphs(SMOOTH))
def test_labels_and_dead_code_change_nothing(graph) -> None:
    root, leaves = rebuilt(graph)
    before = grads(root, leaves)
    for i, v in enumerate(leaves):
        v.label = f"renamed {i}"
        (v * 3.0).exp() if v.data < 200.0 else v                          # nothing depends on these
    assert grads(root, leaves) == before


@few
@given(LISTS, st.randoms(use_true_random=False))
def test_operands_of_a_sum_or_a_maximum_may_stand_in_any_order(numbers, random) -> None:
    xs = [Value(n) for n in numbers]
    order = random.sample(xs, len(xs))
    for row in (Value.fsum, Value.maximum, Value.minimum):
        assert (row(order).data, grads(row(order), xs)) == (row(xs).data, grads(row(xs), xs))
    assert grads(Value.logsumexp(order), xs) == pytest.approx(grads(Value.logsumexp(xs), xs), rel=1e-14)


@pytest.mark.parametrize("large", [2.0 ** 53 + n for n in (0.0, 2.0, 4.0, 6.0)] + [2.0 ** 54 - 2.0])
def test_a_sum_that_lies_half_way_is_rounded_as_its_rest_says(large) -> None:
    for halves, rest in product(range(-4, 5), [0.0, 2.0 ** -54, -2.0 ** -54, 2.0 ** -100, -2.0 ** -100]):
        for numbers in permutations([large, halves / 2, rest]):
            for signed in numbers, [-n for n in numbers]:
                assert Value.fsum([Value(n) for n in signed]).data == fsum(signed)


@few
@given(LISTS, st.integers(0, 5))
def test_shares_sum_to_one_and_their_gradients_to_zero(numbers, i) -> None:
    xs = [Value(n) for n in numbers]
    shares = softmax(xs)
    assert sum([p.data for p in shares]) == pytest.approx(1.0, rel=1e-15 * len(xs))
    found = grads(shares[i % len(xs)], xs)
    assert sum(found) == pytest.approx(0.0, abs=1e-15 * len(xs) * max(map(abs, found), default=0.0) + 5e-324 * len(xs))


@settings(max_examples=25)
@given(graphs(SMOOTH, leaves=3))
def test_hessians_are_symmetric_to_the_last_bit(graph) -> None:
    root, leaves = rebuilt(graph)
    rows = [[entry.data for entry in row] for row in hessian(root, leaves)]
    assert rows == [list(column) for column in zip(*rows)] and all(map(isfinite, sum(rows, [])))


@few
@given(graphs(SMOOTH))
def test_a_gradient_of_values_is_that_of_backward(graph) -> None:
    root, leaves = rebuilt(graph)
    assert [d.data for d in gradient(root, leaves)] == pytest.approx(grads(root, leaves), rel=1e-13, abs=1e-300)


def test_a_table_has_what_the_laws_are_tried_with() -> None:
    assert {*SMOOTH} <= {*Op.table}
