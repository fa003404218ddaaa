"""Paths, cuts and terms beside what counting every path by hand finds."""
from __future__ import annotations

from math import fsum, isclose, isfinite

from hypothesis import assume, example, given
from hypothesis import strategies as some

from engine import Value, explain
from engine.paths.cuts import arrows_between, cuts
from engine.paths.largest import count, largest
from engine.graph import postorder
from engine.testing import Graph, graphs

FEW = 400                                            # paths that are counted by hand

x = Value(2.0, "x")
TWICE = Graph((y := x * x + x).exp() * (y * y + 1.0))
SMALL = Graph(x * 1e-150 * x * 1e-150 * x * 1e-150)  # paths that underflow, though none of their partials is zero
SHARED = Graph((square := x * x).exp() + square)     # one term of the sum is also within the other


def all_paths(upper, lower):
    """Every path, each as its values and the places of its operands; None if they are many."""
    found, open_ones = [], [((upper,), ())]
    while open_ones:
        values, places = open_ones.pop()
        if values[-1] is lower:
            found.append((values, places))
        else:
            open_ones += [((*values, v), (*places, i)) for i, v in enumerate(values[-1].parents) if not v.constant]
        if len(found) + len(open_ones) > FEW:
            return None
    return found


def product(values, places):
    """The partials along a path multiplied, as far as none is zero."""
    whole = 1.0
    for v, i in zip(values, places):
        whole = whole * v.partials[i] if whole else whole
    return whole


def goes_on(values, places):
    """Whether a path has no partial that is zero or does not exist."""
    return all(v.partials[i] and v.partials[i] == v.partials[i] for v, i in zip(values, places))


def drawn(graph, data):
    """A value of the graph, and every path down to it."""
    wrt = data.draw(some.sampled_from(postorder(graph.root))) if data else x
    paths = all_paths(graph.root, wrt)
    assume(paths is not None)
    return wrt, paths


@example(TWICE, None)
@given(graphs(), some.data())
def test_paths_are_counted(graph, data):
    wrt, paths = drawn(graph, data)
    arrows = arrows_between(graph.root, wrt)
    assert (count(arrows) if arrows.order else 0) == len(paths)


@given(graphs(), some.data())
def test_the_cuts_are_the_values_in_every_path(graph, data):
    wrt, paths = drawn(graph, data)
    common = set.intersection(*[set(values) for values, _ in paths]) if paths else set()
    assert cuts(arrows_between(graph.root, wrt).order) == [v for v in (paths[0][0] if paths else ()) if v in common]


@given(graphs(), some.data())
def test_the_derivative_is_the_sum_over_all_paths(graph, data):
    wrt, paths = drawn(graph, data)
    parts = [product(*path) for path in paths]
    assume(all(map(isfinite, parts)))
    e = explain(graph.root, wrt, names={})
    assert abs(e.derivative - fsum(parts)) <= 1e-13 * fsum(map(abs, parts)) + 1e-300


@example(TWICE, None, 20)
@example(SMALL, None, 20)
@given(graphs(), some.data(), some.integers(1, 6))
def test_the_largest_paths_are_listed_largest_first(graph, data, most):
    wrt, paths = drawn(graph, data)
    assume(paths and wrt is not graph.root)
    sizes = sorted([abs(product(*path)) for path in paths if goes_on(*path)], reverse=True)
    found = largest(arrows_between(graph.root, wrt), most)
    assume(all(1e-250 < n < 1e250 for n in sizes))   # far from where products leave the range of numbers
    assert len(found) == min(most, len(sizes))
    assert all(isclose(abs(path.derivative), n, rel_tol=1e-9) for path, n in zip(found, sizes))
    assert len({(path.values, path.places) for path in found}) == len(found)
    assert {(path.values, path.places) for path in found} <= set(paths)


def test_a_term_that_is_within_another_counts_once():
    terms = explain(SHARED.root, x).observations
    assert [term.weight for term in terms] == [1.0, 1.0]
    assert [term.derivative for term in terms] == [4.0, 4.0 * square.exp().data]


@example(SHARED, None)
@given(graphs(), some.data())
def test_the_terms_of_a_sum_add_up_to_the_derivative(graph, data):
    wrt, paths = drawn(graph, data)
    assume(all(isfinite(product(*path)) for path in paths))
    e = explain(graph.root, wrt, names={})
    parts = [term.derivative for term in e.observations]
    if parts and all(map(isfinite, parts)):
        sizes = [abs(product(*path)) for path in paths]
        assert abs(fsum(parts) - e.derivative) <= 1e-13 * fsum(sizes) + 1e-300
