"""engine/testing/expression.py: a graph as the code that builds it."""
import pytest
from hypothesis import given, strategies as st

from engine import Op, Value
from engine.graph import postorder
from engine.testing import Graph, expression, graphs
from engine.testing.expression import rebuilt


def alike(root, other):
    """Whether two graphs are the same in every bit, but for their leaves being others."""
    order, orders = postorder(root), postorder(other)
    place, places = {v: i for i, v in enumerate(order)}, {v: i for i, v in enumerate(orders)}

    def facts(v, place):
        parents = [place.get(x, x.data.hex()) for x in v.parents]
        return v.data.hex(), v.op, v.index, parents, [p.hex() for p in v.partials], v.label if v.op is None else ""
    return [facts(v, place) for v in order] == [facts(v, places) for v in orders]


@given(graphs())
def test_the_expression_builds_the_same_graph(graph):
    assert alike(graph.root, eval(expression(graph.root), {"Value": Value}))
    assert repr(graph) == expression(graph.root)


@given(graphs())
def test_a_graph_is_built_again_on_other_leaves(graph):
    leaves = [Value(x.data, x.label) for x in graph.leaves]
    again = graph(*leaves)
    assert alike(graph.root, again)
    assert [v for v in postorder(again) if v.op is None] == leaves
    assert not set(postorder(again)) & set(postorder(graph.root))
    assert rebuilt(graph.root, {}).op is graph.root.op


@pytest.mark.parametrize("text", [
    "Value(2.0)",
    "Value(2.0, 'x') * Value(3.0)",
    "-(Value(1.0) + 2.0) * 3.0",
    "(-Value(2.0)) ** 2.0",
    "-Value(2.0) ** 2.0",
    "-(-Value(2.0))",
    "(-2.0) ** Value(3.0)",
    "2.0 ** -Value(3.0)",
    "Value(1.0) - (Value(2.0) - Value(3.0))",
    "Value(1.0) / Value(2.0) / Value(4.0)",
    "1.0 / (Value(1.0) * Value(2.0))",
    "(Value(2.0) ** 3.0) ** 4.0",
    "abs(Value(-1.0) + 2.0).exp()",
    "Value.maximum([Value(1.0), 2.0, -3.0])",
    "Value.cross_entropy([Value(1.0), 2.0], 1)",
    "Value.affine([Value(1.0), 2.0], [3.0, Value(4.0)], 0.5)",
    "Value.dot([Value(1.0)], [-1.0])",
    "(a := Value(2.0),\n a * a)[-1]",
    "(x := Value(2.0, 'x'),\n a := x * 2.0,\n a + a + x)[-1]",
])
def test_what_it_looks_like(text):
    root = eval(text, {"Value": Value})
    assert expression(root) == text


def test_names_never_clash_and_odd_labels_are_texts():
    a, other, odd = Value(1.0, "a"), Value(2.0, "a"), Value(3.0, "it's\nodd")
    inner = a * other + odd
    root = inner * inner + a + other * odd
    text = expression(root)
    assert alike(root, eval(text, {"Value": Value}))
    assert r"""Value(3.0, "it's\nodd")""" in text


def test_a_users_row_stands_under_its_own_name(monkeypatch):
    monkeypatch.setattr(Op, "table", dict(Op.table))
    tripled = Op("3 * x", "3", name="tripled")
    smooth = Op("x * y + x", "y + 1", "x", name="smooth")
    root = smooth(tripled(Value(2.0)), 0.5)
    assert expression(root) == "smooth(tripled(Value(2.0)), 0.5)"
    assert alike(root, eval(expression(root), {"Value": Value, "tripled": tripled, "smooth": smooth}))


def test_a_deep_graph_is_written_without_recursion():
    v = Value(0.0, "a")
    for _ in range(20_000):
        v = v + 1.0
    text = expression(v)
    assert text.count(" + 1.0") == 20_000
    assert max(map(len, text.splitlines())) < 120


@given(st.integers(1, 60))
def test_long_expressions_are_cut_into_named_lines(n):
    v = Value(0.5, "a")
    for _ in range(n):
        v = v.sin()
    assert alike(v, eval(expression(v), {"Value": Value}))


def test_graph_knows_its_leaves():
    a, b = Value(1.0, "a"), Value(2.0, "b")
    graph = Graph(b * a + b)
    assert graph.leaves == [b, a]
    assert graph(Value(10.0), Value(100.0)).data == 1010.0
