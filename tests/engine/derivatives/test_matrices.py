"""hessian and jacobian, and the table they are shown as."""
from __future__ import annotations

import copy
import pickle
from math import isclose
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine import GradientError, Value, derivative, gradient, hessian, jacobian, label, tanh
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


def softmax():
    """The lesson's outputs and their shares."""
    z1, z2, z3 = z = [Value(-0.9632), Value(0.0032), Value(0.1352)]
    label(z1=z1, z2=z2, z3=z3)
    return z, [Value.softmax(z, i) for i in range(3)]


def test_the_jacobian_of_softmax_is_shown_as_a_table_in_the_callers_names():
    z, p = softmax()
    assert str(jacobian(p, z)) == repr(jacobian(p, z)) == """\
            ∂z1       ∂z2       ∂z3
∂p[0]    0.1281  -0.05984  -0.06828
∂p[1]  -0.05984    0.2393   -0.1795
∂p[2]  -0.06828   -0.1795    0.2477"""


def test_a_hessian_says_what_is_differentiated_by_what():
    a, b = Value(2.0), Value(5.0)
    L = a * a * b
    assert str(hessian(L, [a, b])).splitlines() == ["        ∂a  ∂b", "∂²L/∂a  10   4", "∂²L/∂b   4   0"]
    assert hessian(L, [a, b], names={}).heads == ["∂x[0]", "∂x[1]"]
    assert jacobian([L], [a], names={"w": a}).rows[0] == ("", "∂w") and jacobian([L], [a], names={}).sides == ["∂y[0]"]


@given(some.text(), some.integers(1, 5), some.integers(1, 5))
def test_a_notebook_shows_an_html_table_in_which_any_label_is_only_text(text, n, m):
    xs = [Value(float(i), text) for i in range(m)]
    shown = jacobian([Value.logsumexp(xs) * k for k in range(n)], xs, names={})
    tree = ElementTree.fromstring(shown._repr_html_())
    assert [tuple("".join(cell.itertext()) for cell in row) for row in tree] == shown.rows
    assert len(shown.text.splitlines()) == n + 1


@given(some.integers(20, 100), some.integers(1, 30))
def test_what_is_wider_than_the_terminal_is_cut_and_says_so(columns, n):
    xs = [Value(float(i), f"x{i}") for i in range(n)]
    lines = jacobian([Value.logsumexp(xs)], xs).lines(columns)
    assert max(map(len, lines)) <= max(columns, 30)
    assert all(line.endswith("…") for line in lines) or len(lines[0].split()) == n


def test_many_rows_are_counted_and_none_is_no_error():
    xs = [Value(float(i)) for i in range(70)]
    assert str(jacobian(xs, xs[:2])).splitlines()[-1] == "… 10 more rows" and len(jacobian(xs, xs[:2])) == 70
    assert str(jacobian([], [])) == "" and jacobian([], []) == [] and str(jacobian(xs[:1], [])) == "\n∂xs[0]"


def test_it_is_a_list_of_lists_that_copies_and_pickles():
    z, p = softmax()
    slopes = jacobian(p, z)
    assert isinstance(slopes, list) and slopes[0][1].data == slopes[1][0].data
    for again in copy.deepcopy(slopes), pickle.loads(pickle.dumps(slopes)):
        assert str(again) == str(slopes)


@pytest.mark.parametrize("call", [lambda x: gradient(x, x), lambda x: hessian(x, x), lambda x: jacobian([x], 3),
                                  lambda x: jacobian(x, [x])])
def test_one_value_is_no_list(call):
    with pytest.raises(TypeError, match=r"taken by a list of Values; .* is an? \w+; for one Value write \[x\]"):
        call(Value(1.0))
