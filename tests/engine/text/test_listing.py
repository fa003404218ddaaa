"""A graph as text."""
from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine import Value, relu, table
from engine.graph import postorder
from engine.text.listing import HEADS, width
from engine.text.naming import digits
from engine.testing import graphs


def chain(n):
    v = x = Value(1.0, "x")
    for _ in range(n - 1):
        v = v + x
    return v


def test_operands_come_before_what_is_made_of_them():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    loss = a * b + a
    loss.backward()
    assert str(table(loss)) == """\
name  formula  data  grad
a                 2    -2
b                -3     2
#3    a * b      -6     1
loss  #3 + a     -4     1"""


def test_a_grad_of_0_may_mean_three_things():
    x, y, w = Value(-1.0, "x"), Value(2.0, "y"), Value(0.0, "w")
    loss = relu(x) + w * y
    assert {row[3] for row in table(loss).rows} == {"–"}
    loss.backward()
    grads = {row[0]: row[3] for row in table(loss).rows}
    assert (grads["x"], grads["y"], grads["w"]) == ("0, off", "0", "2")


@given(graphs())
def test_the_grads_are_those_that_are_stored(graph):
    graph.root.backward()
    for row, v in zip(table(graph.root, limit=None).rows, postorder(graph.root)):
        assert row[3] == digits(v.grad) or row[3] == "0, off" and v.grad == 0.0


def test_the_repl_shows_what_print_shows():
    shown = table(chain(3))
    assert repr(shown) == str(shown)


@given(some.integers(1, 80), some.integers(0, 30))
def test_a_long_table_is_cut_in_the_middle_and_says_so(n, limit):
    lines = str(table(chain(n), limit=limit, names={})).splitlines()
    if n <= limit:
        assert len(lines) == 1 + n
    else:
        assert len(lines) == 2 + limit
        assert f"… {n - limit} values are left out; limit={n} shows all …" in lines
    assert len(str(table(chain(n), limit=None)).splitlines()) == 1 + n


def test_only_what_lies_between():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    c = b * 2
    loss = a * c
    assert [row[0] for row in table(loss, b, names={"c": c, "loss": loss}).rows] == ["b", "c", "loss"]
    assert [row[0] for row in table(loss, wrt=Value(1.0, "stranger")).rows] == []


def test_names_of_the_caller_by_hand_or_none():
    x = Value(2.0)
    y = x * x
    assert [row[0] for row in table(y).rows] == ["x", "y"]
    assert [row[0] for row in table(y, names={"in": x}).rows] == ["in", "#2"]
    assert [row[0] for row in table(y, names={}).rows] == ["#1", "#2"]
    assert x.label == y.label == ""


@given(some.text())
def test_any_label_takes_one_line(text):
    assert len(str(table(Value(1.0, text) * 2.0)).splitlines()) == 3


def test_columns_stand_under_each_other_whatever_the_script():
    a, b = Value(1.0, "重み"), Value(2.0, "θ")
    lines = str(table(a * b, names={})).splitlines()
    assert len({width(line) for line in lines}) == 1


@given(some.text(), some.integers(0, 5))
def test_a_notebook_shows_an_html_table_in_which_any_label_is_only_text(text, limit):
    v = Value(1.0, text) * 2.0
    shown = table(v + v, limit=limit, names={})
    tree = ElementTree.fromstring(shown._repr_html_())
    lines = [["".join(cell.itertext()) for cell in row] for row in tree]
    assert lines[0] == list(HEADS) and [tuple(line) for line in lines[1:] if len(line) > 1] == shown.rows
    assert [line for line in lines if len(line) == 1] == ([[shown.notice]] if shown.hidden else [])


@given(some.integers(25, 120))
def test_a_narrow_terminal_cuts_formulas_and_names(columns):
    a, b = Value(2.0, "a_rather_long_name"), Value(-3.0, "another_rather_long_name")
    lines = table(a * b + a, names={}).lines(columns)
    assert max(map(width, lines)) <= columns
    assert all(line.split()[-1] == row[-1] for line, row in zip(lines[1:], table(a * b + a, names={}).rows))


def test_a_long_graph_takes_no_recursion():
    shown = table(chain(100_000))
    assert (len(shown.rows), shown.hidden) == (60, 99_940)
    assert len(table(chain(1000), limit=None).rows) == 1000


@pytest.mark.parametrize("call", [lambda: table(3.0), lambda: table(Value(1.0), "b3")])
def test_what_is_no_value_is_refused(call):
    with pytest.raises(TypeError, match=r"table\(root, wrt\) needs Values; it got a (float|str)"):
        call()
