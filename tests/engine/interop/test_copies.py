"""Copies and pickles: flat, and true to what is shared."""
from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given, strategies as st

from engine import Op, Value, affine, exp
from engine.graph import postorder
from engine.testing import graphs


def shape(root: Value) -> list[object]:
    """All that can be seen of a graph, without the identity of its nodes."""
    nodes = postorder(root)
    place = {v: i for i, v in enumerate(nodes)}
    return [(v.data, v.grad, v.label, v.op, v.partials, v.index, [place.get(x, x.data) for x in v.parents])
            for v in nodes]


@given(graphs(), st.sampled_from(["copy", "pickle"]))
def test_a_copy_is_the_same_graph_of_other_nodes(graph, how) -> None:
    root = graph.root
    root.backward()
    other = copy.deepcopy(root) if how == "copy" else pickle.loads(pickle.dumps(root))
    assert repr(shape(other)) == repr(shape(root))                       # by repr: nan equals nan there
    assert not set(postorder(other)) & set(postorder(root))
    before = repr(shape(root))
    other.zero_grad()
    other.backward()
    assert repr(shape(root)) == before


@given(st.permutations(["a", "b", "c", "d"]))
def test_what_is_shared_stays_shared_in_any_order(order) -> None:
    a = Value(2.0, "a")
    b = a * a
    c = exp(b) + 3.0
    d = affine([a, b], [c, 1.0], a)
    named = dict(a=a, b=b, c=c, d=d)
    for copied in (pickle.loads(pickle.dumps([named[name] for name in order])),
                   copy.deepcopy([named[name] for name in order])):
        twin = dict(zip(order, copied))
        assert twin["b"].parents == (twin["a"], twin["a"])
        assert twin["c"].parents[0].parents == (twin["b"],)
        assert twin["d"].parents[:3] == (twin["a"], twin["b"], twin["c"])
        assert [x.constant for x in twin["d"].parents] == [False, False, False, True, False]


def test_two_pickles_of_one_graph_do_not_share_and_see_what_changed_between() -> None:
    a = Value(1.0, "a")
    b = a + a
    first = pickle.dumps(b)
    a.data, a.grad = 5.0, 7.0
    second = pickle.loads(pickle.dumps(b))
    assert (pickle.loads(first).parents[0].data, second.parents[0].data, second.parents[0].grad) == (1.0, 5.0, 7.0)


def test_a_deep_chain_copies_and_pickles_without_recursion() -> None:
    v = x = Value(1.0)
    for _ in range(100_000):
        v = v * 1.0
    for other in (copy.deepcopy(v), pickle.loads(pickle.dumps(v))):
        other.backward()
        assert next(iter(postorder(other))).grad == 1.0
    assert x.grad == 0.0


def test_a_shallow_copy_has_the_same_parents_and_numbers_of_its_own() -> None:
    a = Value(2.0)
    b = a * 3.0
    c = copy.copy(b)
    c.grad = 1.0
    assert c is not b and c.parents[0] is a and (c.data, b.grad) == (6.0, 0.0)


def test_rows_survive_a_pickle() -> None:
    square = Op("x * x", "2 * x", name="square_of_this_test")
    v = pickle.loads(pickle.dumps(square(Value(3.0))))
    assert v.op is square and Value(1.0).exp().op is pickle.loads(pickle.dumps(Value.exp.op))


@pytest.mark.parametrize("kept", [
    b"cengine.copies\nrestore\n(]]tR.", b"cengine.copies\nrow_of\n(S'x'\n)S''\nS''\nS'f'\ntR.",
    b"cengine.interop.copies\nrestore\n(]]tR.", b"cengine.interop.copies\nrow_of\n(I0\nS'x'\ntR.",
])
def test_a_pickle_of_another_version_says_so(kept) -> None:
    with pytest.raises(ValueError, match="loads in the version of glassgrad that wrote it.*nn.save"):
        pickle.loads(kept)
