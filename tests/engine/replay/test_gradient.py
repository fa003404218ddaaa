"""Replay.gradient, value_and_gradient and descend: what backward adds, as plain numbers, or in place of the grads."""
import pytest
from hypothesis import given, settings, strategies as st

from engine import GradientError, Replay, Value
from engine.replay.rows import numpy
from tests.engine.replay.agreement import every_backend, flowers, network


def parts(backend):
    loss, inputs, parameters = network()
    return Replay(loss, inputs=inputs, backend=backend), parameters


@every_backend
@settings(max_examples=10, deadline=None)
@given(n=st.integers(0, 500))
def test_the_gradient_is_what_backward_adds_and_touches_no_grad(backend, n):
    replay, _ = parts(backend)
    z, gradient = replay.value_and_gradient(flowers(n))
    assert [v.grad for v in replay.tape.leaves] == [0.0] * 20 and replay.gradient(flowers(n)) == gradient
    assert replay.backward(flowers(n)) == z
    assert [v.grad for v in replay.parameters] == gradient


@every_backend
def test_leaves_may_be_given_and_the_values_stay(backend):
    replay, parameters = parts(backend)
    before = replay.leaves()
    assert before == [v.data for v in replay.parameters] and {*map(id, replay.parameters)} == {*map(id, parameters)}
    elsewhere = [x + 0.5 for x in before]
    found = replay.value_and_gradient(flowers(9), elsewhere)
    assert replay.leaves() == before
    for v, x in zip(replay.parameters, elsewhere):
        v.data = x
    assert replay.value_and_gradient(flowers(9)) == found
    with pytest.raises(ValueError, match=r"needs 15 numbers, one for each of replay.parameters; 2 came"):
        replay.gradient(flowers(9), [1.0, 2.0])
    with pytest.raises(ValueError, match=r"Replay.gradient\(rows, leaves\), number 3, needs a finite number"):
        replay.gradient(flowers(9), [*before[:3], float("nan"), *before[4:]])


@every_backend
@pytest.mark.skipif(numpy() is None, reason="needs NumPy")
def test_arrays_in_arrays_out(backend):
    replay, _ = parts(backend)
    rows = numpy().array(flowers(40))
    z, gradient = replay.value_and_gradient(rows, numpy().array(replay.leaves()))
    assert type(z) is float and gradient.tolist() == replay.gradient(flowers(40))


@every_backend
@pytest.mark.parametrize("kind", [list, pytest.param(
    lambda rows: numpy().array(rows), id="array", marks=pytest.mark.skipif(numpy() is None, reason="needs NumPy"))])
def test_descend_puts_the_mean_gradient_in_the_place_of_the_grads(backend, kind):
    replay, _ = parts(backend)
    z, gradient = replay.value_and_gradient(flowers(40))
    for v in replay.tape.leaves:
        v.grad = 7.0
    assert replay.descend(kind(flowers(40)), 40) == z
    assert [v.grad for v in replay.parameters] == [x / 40 for x in gradient]
    assert [v.grad for v in replay.inputs] == [7.0] * 5


@every_backend
def test_what_overflows_is_refused_and_changes_nothing(backend):
    x, w = Value(1.0, "x"), Value(1e-300, "w")
    replay = Replay(x * x * w, inputs=[x], backend=backend)
    w.grad = 3.0
    for act in (replay.gradient, replay.descend, replay.backward):
        with pytest.raises((GradientError, OverflowError)):
            act([[1e154], [1e154]] * 4)
    assert w.grad == 3.0
