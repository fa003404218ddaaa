"""Clusters: terms of a final sum, dotted names."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine import Value, fsum
from engine.picture.clusters import DEEP, clusters, split
from engine.picture.grouping import Graph
from engine.testing import graphs
from tests.engine.picture.lesson import FLOWERS, total

words = some.from_regex(r"[a-zα-ω_][a-z0-9α-ω_]{0,5}(\[[0-9]{1,2}\])?", fullmatch=True)


@given(some.lists(words, min_size=1, max_size=DEEP + 1))
def test_a_dotted_name_is_its_clusters_and_its_name(parts):
    assert split(".".join(parts)) == (tuple(parts[:-1]), parts[-1])


@given(some.text())
def test_a_name_is_never_lost(name):
    found, last = split(name)
    assert ".".join([*found, last]) == name


@pytest.mark.parametrize("name", ["0.5", "z setosa", "a..b", ".a", "a.", "...", "1.2.3", "p(1-p)", "a.b c"])
def test_what_only_has_dots_is_one_name(name):
    assert split(name) == ((), name)


def test_each_flower_is_a_cluster_and_parameters_are_shared():
    root, b3 = total()
    found = clusters(Graph(root, b3, {}, "names"))
    assert {path[0] for path in found.all.values() if path} == {f"CE_{name}" for name in FLOWERS}
    assert {v.label for v in found.shared if v.op is None} == {"w1", "w2", "b1", "w3", "w4", "b2", "w5", "w6", "b3",
                                                               "w7", "w8", "b4", "w9", "w10", "b5"}


def small(x, n):
    v = x * n
    for _ in range(4):
        v = v.tanh() + n
    return v


@pytest.mark.parametrize("add", [
    lambda terms: fsum(terms),
    lambda terms: (terms[0] + terms[1] + terms[2]) * (1 / 3),
    lambda terms: (0 + terms[0] + terms[1] + terms[2]) / 3 + 1.0,
])
def test_a_final_sum_may_be_written_in_several_ways(add):
    x = Value(0.5, "x")
    root = add([small(x, n) for n in (1.0, 2.0, 3.0)])
    found = clusters(Graph(root, None, {}, "folded"))
    assert sorted({path for path in found.all.values() if path}) == [("term 1",), ("term 2",), ("term 3",)]
    assert list(found.shared) == [x] and found.all[root] == ()


def test_terms_with_the_same_name_stay_apart():
    x = Value(0.5, "x")
    terms = [small(x, 1.0), small(x, 2.0)]
    root = terms[0] + terms[1]
    found = clusters(Graph(root, None, dict.fromkeys(terms, "CE"), "names"))
    assert {found.all[v] for v in terms} == {("CE",), ("CE (2)",)}


def test_small_terms_are_no_clusters():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    assert set(clusters(Graph(a * b + a, None, {}, "folded")).all.values()) == {()}


def test_what_has_no_dotted_name_is_where_all_that_use_it_are():
    w, x, shared = Value(2.0, "w"), Value(3.0), Value(4.0)
    h1, h2 = (w * x * shared).relu(), shared * 2
    names = {h1: "hidden.h1", h2: "hidden.h2", x: "input.x"}
    found = clusters(Graph(h1 * h2, None, names, "folded")).all
    assert found[w] == found[h1.parents[0]] == found[shared] == ("hidden",)
    assert found[x] == ("input",)


@given(graphs())
def test_every_value_has_its_place(graph):
    shown = Graph(graph.root, None, {}, "folded")
    assert set(clusters(shown).all) == set(shown.nodes)
