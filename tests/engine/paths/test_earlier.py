"""What pictures say of numbers that have changed is true."""
from __future__ import annotations

from math import isclose

import pytest
from hypothesis import example, given

from engine import Value, affine, dot, exp, fsum, log
from engine.graph import postorder
from engine.paths.earlier import earlier
from engine.testing import Graph, graphs


@given(graphs())
def test_nothing_has_changed_where_nothing_was_changed(graph):
    assert earlier(postorder(graph.root)) == ({}, {})


@pytest.mark.parametrize("make", [
    lambda x, y: x * y, lambda x, y: x + y * 2, lambda x, y: -y - x, lambda x, y: x / y, lambda x, y: y / x,
    lambda x, y: exp(x), lambda x, y: log(x), lambda x, y: x ** 3, lambda x, y: x * 2.0, lambda x, y: x.tanh(),
    lambda x, y: affine([x], [y], 1.0), lambda x, y: affine([y], [y], x), lambda x, y: dot([x, y], [y, 1.0]),
    lambda x, y: fsum([x, y * y, 3.0]), lambda x, y: Value.softmax([x, y, 1.0], 0), lambda x, y: 3.0 - x,
])
def test_the_old_number_is_found_for_every_kind_of_operation(make):
    x, y = Value(1.25), Value(2.0)
    z = make(x, y)
    x.data = 1.75
    was, stale = earlier(postorder(z))
    assert list(was) == [x] and isclose(was[x], 1.25, rel_tol=1e-9) and not stale


def test_where_two_have_changed_only_that_is_known():
    x, y = Value(1.0), Value(2.0)
    z = x + y
    x.data, y.data = 5.0, 6.0
    assert earlier(postorder(z)) == ({}, {z: None})


def difference():
    return Graph(Value(4e-91, "a") - Value(4e-91, "b"))


@given(graphs(["mul", "sub", "exp", "truediv", "affine", "relu"]))
@example(difference())
def test_a_number_that_is_told_explains_the_result(graph):
    order = postorder(graph.root)
    leaf = order[0]
    old, leaf.data = leaf.data, leaf.data + 0.5
    was, stale = earlier(order)
    if was:
        assert isclose(was[leaf], old, rel_tol=1e-6, abs_tol=1e-6)
