"""hessian and jacobian, of engine/derivatives.py."""
from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine import GradientError, Value, derivative, gradient, hessian, jacobian, tanh
from engine.testing import graphs

SMOOTH = ["add", "sub", "mul", "exp", "tanh", "sigmoid", "sin", "cos", "softplus", "logsumexp", "softmax", "fsum",
          "dot"]
NUMBERS = some.integers(-20, 20).map(lambda n: n / 10)


def close(a, b):
    return isclose(a, b, rel_tol=1e-8, abs_tol=1e-8 * max(1.0, abs(a), abs(b)))


@given(graphs(SMOOTH, size=5, numbers=NUMBERS))
def test_a_hessian_is_symmetric_and_holds_second_derivatives(graph):
    try:
        found = hessian(graph.root, graph.leaves)
    except (GradientError, OverflowError):
        return
    for i, row in enumerate(found):
        assert len(row) == len(graph.leaves)
        for j, slope in enumerate(row):
            again = derivative(derivative(graph.root, graph.leaves[i]), graph.leaves[j]).data
            assert close(slope.data, again) and close(slope.data, found[j][i].data)


@given(graphs(SMOOTH, size=5, numbers=NUMBERS), graphs(SMOOTH, size=5, numbers=NUMBERS))
def test_a_jacobian_has_a_gradient_in_each_row(graph, other):
    ys, xs = [graph.root, other.root], [*graph.leaves, *other.leaves]
    found = jacobian(ys, xs)
    assert [[v.data for v in row] for row in found] == [[v.data for v in gradient(y, xs)] for y in ys]
    assert all(v.data == 0.0 for v in found[0][len(graph.leaves):])


@given(some.lists(some.floats(-50.0, 50.0), min_size=1, max_size=5))
def test_the_jacobian_of_softmax(numbers):
    z = [Value(n) for n in numbers]
    p = [Value.softmax(z, i) for i in range(len(z))]
    for i, row in enumerate(jacobian(p, z)):
        for j, slope in enumerate(row):
            assert isclose(slope.data, p[i].data * ((i == j) - p[j].data), rel_tol=1e-9, abs_tol=1e-15)


def test_they_take_any_iterables_and_may_be_differentiated_again():
    x = Value(0.5, "x")
    (third,), = hessian(derivative(tanh(x), x), (v for v in [x]))
    t = tanh(0.5)
    assert isclose(third.data, (6 * t * t - 2) * (1 - t * t), rel_tol=1e-13)
    assert hessian(x, []) == [] and jacobian([], [x]) == []


@pytest.mark.parametrize("call", [
    lambda x: hessian(3.0, [x]), lambda x: jacobian([x, "y"], [x]), lambda x: hessian(x, [1])])
def test_what_is_no_value_is_refused(call):
    with pytest.raises(TypeError, match="a derivative is taken of a Value by Values"):
        call(Value(1.0))
