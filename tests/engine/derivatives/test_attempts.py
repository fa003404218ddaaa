"""check_derivation: what is right is called so in every form, and what is wrong by its mistake."""
from __future__ import annotations

import pytest
from hypothesis import example, given, settings

from engine import FormulaError, Value, check_derivation, exp, label, log
from engine.graph import postorder
from engine.testing import Graph, graphs
from tests.engine.picture.lesson import flower, parameters, total


def classes():
    """A cross-entropy with every class's probability named, observed the first."""
    z = [Value(-0.96, "z_setosa"), Value(0.1, "z_versicolor"), Value(0.2, "z_virginica")]
    e = [exp(v) for v in z]
    p_setosa, p_versicolor = e[0] / (e[0] + e[1] + e[2]), e[1] / (e[0] + e[1] + e[2])
    CE = -log(p_setosa) + 0.0 * p_versicolor
    label(p_setosa=p_setosa, p_versicolor=p_versicolor, CE=CE)
    return CE, z


@pytest.mark.parametrize("text", ["p - 1", "p − 1", "-(1 - p)", "-1/p * (p - p²)", "-1/p·p·(1−p)", "  p-1 ", "p**1 - 1",
                                  "exp(z1)/(exp(z1)+exp(z2)+exp(z3)) - 1"])
def test_each_form_of_a_right_one(text):
    w = parameters()
    assert check_derivation(flower("Setosa", w), w["b3"], text, names={})


@pytest.mark.parametrize("text, told", [
    ("1 - p", "with its sign turned"), ("-1", "one path only"), ("p", "one path only"),
    ("p - 3", "order that was incomplete"), ("p - 1.5", "where p = 0.1509"), ("-0.849121", "only there")])
def test_a_mistake_is_named(text, told):
    w = parameters()
    found = check_derivation(flower("Setosa", w), w["b3"], text, names={})
    assert not found and told in found.sentence and repr(found) == found.sentence


def test_the_derivative_by_another_class_and_another_classs_p():
    w = parameters()
    assert "the derivative by" in check_derivation(flower("Virginica", w), w["b3"], "p - 1", names={}).mistake
    CE, (z, *_) = classes()
    assert "p_setosa in the place of p_versicolor" in check_derivation(CE, z, "p_versicolor - 1", names={}).mistake


def test_the_mean_for_the_sum_and_the_sum_for_the_mean():
    x = Value(3.0, "x")
    assert "mean" in check_derivation(x * x + x ** 3 + exp(x), x, "(2*x + 3*x² + exp(x)) / 3", names={}).mistake
    assert "sum" in check_derivation((x * x + x ** 3) / 2, x, "2*x + 3*x²", names={}).mistake
    root, b3 = total()
    assert not check_derivation(root, b3, "b3", names={})


@settings(max_examples=25)
@given(graphs(["add", "mul", "sub", "tanh", "sin"]))
@example(Graph(Value(0.0, "a") * 1e-15))             # small everywhere, and not 0
def test_the_sign_turned_is_never_right_but_where_it_is_zero(graph):
    x = next(v for v in postorder(graph.root) if v.op is None)
    found = check_derivation(graph.root, x, "0", names={})
    graph.root.backward()
    assert bool(found) <= (x.grad == 0.0)


def test_nothing_typed_is_run_and_errors_say_where():
    x = Value(2.0, "x")
    for text in ("__import__('os')", "x.data", "open", "y", "x x", ""):
        with pytest.raises(FormulaError):
            check_derivation(x * x, x, text, names={})
    with pytest.raises(TypeError, match="needs Values"):
        check_derivation(3.0, x, "x")
    with pytest.raises(TypeError, match="needs a text"):
        check_derivation(x * x, x, 2.0)


def test_numbers_of_the_graph_stay():
    x = Value(2.0, "x")
    y = x * x
    assert check_derivation(y, x, "2x".replace("2x", "2 * x")) and (x.data, y.data, x.grad) == (2.0, 4.0, 0.0)


def test_points_at_which_the_graph_or_what_was_typed_has_no_value_are_left_out():
    x = Value(0.05, "x")
    assert check_derivation(log(x), x, "1 / x")      # most numbers near it are below 0
    assert check_derivation(x * x, x, "2 * sqrt(x) * sqrt(x)")
    assert not check_derivation(x * x, x, "sqrt(x)")
    with pytest.raises(FormulaError):
        check_derivation(Value(-0.05, "x") * 1.0, x, "sqrt(x)")
