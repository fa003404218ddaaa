"""Which values share a box."""
from __future__ import annotations

from math import isclose, isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine import PictureError, Value, exp
from engine.paths.cuts import slopes
from engine.graph import postorder
from engine.picture import grouping
from engine.picture.grouping import Graph
from engine.testing import graphs


def names_for(graph, data):
    """Names for some of a graph's values."""
    chosen = data.draw(some.lists(some.sampled_from(postorder(graph.root)), max_size=5, unique_by=id))
    return {v: f"v{i}" for i, v in enumerate(chosen)}


@given(graphs(), some.data(), some.sampled_from(["values", "folded", "names"]))
def test_total_derivatives_between_boxes_make_the_chain_rule(graph, data, detail):
    found = Graph(graph.root, None, names_for(graph, data), detail)
    whole, back = slopes(graph.root), {graph.root: 1.0}
    for group in reversed(found.groups(None)):
        for entry in group.entries:
            if back[group.head] and not entry.source.constant:
                back[entry.source] = back.get(entry.source, 0.0) + back[group.head] * entry.slope
            back.setdefault(entry.source, 0.0)
    for v, slope in back.items():
        if not v.constant and isfinite(whole[v]):
            assert isclose(slope, whole[v], rel_tol=1e-9, abs_tol=1e-12)


@given(graphs(), some.data())
def test_each_value_is_its_own_box(graph, data):
    found = Graph(graph.root, None, names_for(graph, data), "values").groups(None)
    assert [group.head for group in found] == [v for v in postorder(graph.root) if v.op or v is graph.root]
    assert all(len(group.members) == 1 for group in found)


@given(graphs(), some.data())
def test_by_names_each_named_operation_is_a_box(graph, data):
    names = names_for(graph, data)
    found = Graph(graph.root, None, names, "names")
    assert [group.head for group in found.groups(None)] == \
        [v for v in postorder(graph.root) if v.op and (v in names) or v is graph.root]
    assert [group.head for group in found.groups(None) if group.head.op] == found.heads()


@given(graphs(), some.integers(0, 3))
def test_depth_counts_boxes_from_the_root(graph, depth):
    found = Graph(graph.root, None, {}, "values")
    near, level = {graph.root}, [graph.root]
    for _ in range(depth):
        level = [x for v in level for x in v.parents if x.op]
        near.update(level)
    assert {group.head for group in found.groups(depth)} == near


def test_chains_of_plus_become_one_unless_they_are_named_shared_or_asked_for():
    a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "c")
    inner = a + b
    assert len(Graph(inner + c, None, {}, "folded").groups(None)) == 1
    assert len(Graph(inner + c, None, {inner: "s"}, "folded").groups(None)) == 2
    assert len(Graph(inner + c, inner, {}, "folded").groups(None)) == 2
    assert len(Graph(inner + inner, None, {}, "folded").groups(None)) == 2
    assert len(Graph(inner * c, None, {}, "folded").groups(None)) == 2


def test_a_collapsed_softmax_shows_p_times_one_minus_p():
    z = [Value(n, f"z{i}") for i, n in enumerate((-0.9632, 0.0032, 0.1352))]
    e = [exp(v) for v in z]
    p = e[0] / (e[0] + e[1] + e[2])
    group = Graph(p, None, {}, "names").group(p)
    total = {v: sum(entry.slope for entry in group.entries if entry.source is v) for v in z}
    shares = [v.data / sum(u.data for u in e) for v in e]
    assert isclose(total[z[0]], shares[0] * (1 - shares[0])) and isclose(total[z[1]], -shares[0] * shares[1])


def test_an_entangled_graph_is_refused(monkeypatch):
    monkeypatch.setattr(grouping, "WORK", 1)
    x = v = Value(1.0, "x")
    for _ in range(100):
        v = v + x
    named = [v * n for n in range(20)]
    root = named[0]
    for u in named:
        root = root + u
    with pytest.raises(PictureError, match="too entangled to draw by its names"):
        Graph(root, None, {u: f"u{i}" for i, u in enumerate(named)}, "names").groups(None)


@given(graphs(), some.data())
def test_the_chain_goes_from_the_root_to_wrt_by_names(graph, data):
    names = names_for(graph, data)
    wrt = data.draw(some.sampled_from(postorder(graph.root)))
    chain = Graph(graph.root, wrt, names, "path").chain()
    assert chain[0] is graph.root and chain[-1] is wrt
    assert all(v in names for v in chain[1:-1]) or not any(v in names for v in chain[1:-1])
