"""The chain rule, cut where every path passes."""
from __future__ import annotations

from math import isclose, isfinite, prod

from hypothesis import given
from hypothesis import strategies as some

from engine import Value, exp, log
from engine.paths.cuts import between, cuts, slopes, steps
from engine.graph import postorder
from engine.testing import graphs
from tests.engine.reference import path_sizes


def reaches(root, wrt, without):
    """Whether a path leads from the root to wrt past one value."""
    return any(v is wrt for v in walk(root, without))


def walk(root, without):
    found, stack = [], [root]
    while stack:
        v = stack.pop()
        if v is not without and v not in found:
            found.append(v)
            stack += [x for x in v.parents if not x.constant]
    return found


def lesson():
    z1, z2 = Value(-0.9632, "z1"), Value(0.0032, "z2")
    e1, e2 = exp(z1), exp(z2)
    p = e1 / (e1 + e2)
    return -log(p), p, z1, z2


@given(graphs())
def test_slopes_are_what_backward_finds(graph):
    graph.root.backward()
    assert all(isclose(slope, v.grad, rel_tol=1e-12) or not isfinite(slope) for v, slope in slopes(graph.root).items())


@given(graphs(), some.data())
def test_a_cut_is_a_value_without_which_there_is_no_path(graph, data):
    wrt = data.draw(some.sampled_from(postorder(graph.root)))
    order = between(graph.root, wrt)
    expected = [v for v in order if v in (graph.root, wrt) or not reaches(graph.root, wrt, v)]
    assert cuts(order) == expected[::-1]


@given(graphs(), some.data())
def test_between_is_every_value_on_a_path(graph, data):
    wrt = data.draw(some.sampled_from(postorder(graph.root)))
    order = between(graph.root, wrt)
    assert set(order) == {v for v in walk(graph.root, None) if any(x is wrt for x in walk(v, None))}
    assert all(order.index(x) < order.index(v) for v in order for x in v.parents if x in order)


@given(graphs(), some.data())
def test_the_product_of_the_steps_is_the_derivative(graph, data):
    order = postorder(graph.root)
    wrt, preferred = data.draw(some.sampled_from(order)), data.draw(some.sets(some.sampled_from(order)))
    found = steps(graph.root, wrt, preferred)
    assert [step.lower for step in found[:-1]] == [step.upper for step in found[1:]]
    if found:
        whole = slopes(graph.root)[wrt]
        product, size = prod(step.derivative for step in found), path_sizes(graph.root)[wrt]
        assert abs(product - whole) <= 1e-13 * size + 1e-200 or not isfinite(whole) or not isfinite(size)


def test_named_values_part_the_steps():
    loss, p, z1, _ = lesson()
    first, second = steps(loss, z1, {p})
    assert (first.upper, first.lower, second.upper, second.lower) == (loss, p, p, z1)
    assert isclose(first.derivative, -1 / p.data) and isclose(second.derivative, p.data * (1 - p.data))


def test_without_names_every_cut_parts_them():
    loss, p, z1, _ = lesson()
    assert [step.upper.op.name for step in steps(loss, z1)] == ["neg", "log", "truediv", "exp"]


def test_no_path_no_steps():
    loss, _, _, _ = lesson()
    stranger = Value(1.0)
    assert steps(loss, stranger) == [] == between(loss, stranger) == cuts([])


def test_a_value_by_itself_takes_no_step():
    x = Value(2.0)
    assert steps(x, x) == [] and between(x, x) == [x] == cuts([x])


def test_a_long_chain_takes_no_recursion():
    v = x = Value(0.5)
    for _ in range(100_000):
        v = v + 0.0
    assert len(steps(v, x)) == 100_000
