"""Derivatives read as short formulas, in text and in LaTeX."""
from __future__ import annotations

from math import isclose

from engine import Op, Value, exp, explain, log


def test_one_box_for_the_softmax_has_the_same_formula():
    z = [Value(-0.9632, "z"), Value(0.0032), Value(0.1352)]
    p = Value.softmax(z, 0)
    CE = -log(p)
    by_own, by_other = explain(CE, z[0]), explain(CE, z[1])
    assert (by_own.formula, by_own.steps[1].formula) == ("p - 1", "p - p²")
    assert (by_other.formula, by_other.steps[1].formula) == ("p_1", "-p · p_1")
    assert "p_1 = softmax([z, z[1], z[2]], 1) = 0.3966" in str(by_other)
    q = Value.softmax(z, 1)
    assert explain(CE, z[1]).steps[1].formula == "-p · q" and q.data > 0
    assert explain(Value.cross_entropy(z, 0), z[0]).formula == "p - 1"
    assert explain(Value.cross_entropy(z, 0), z[1]).formula == "q"


def test_a_row_of_the_users_own_is_explained():
    cube = Op("x ** 3", "3 * x ** 2", name="cube_explained")
    x = Value(2.0, "x")
    y = cube(x)
    assert (explain(y, x).formula, explain(y, x).derivative) == ("3 · x²", 12.0)


def test_products_are_powers_and_operands_keep_their_parentheses():
    x, a, b = Value(0.5, "x"), Value(1.0, "a"), Value(2.0, "b")
    assert [explain(y, x).formula for y in (x * x * x, x * x * x * x)] == ["3 · x²", "4 · x³"]
    second = explain(Value.silu(a + b), a)
    assert "sigmoid(a + b) · (1 + (a + b) · sigmoid(-(a + b)))" in str(second)
    sigmoid = r"\operatorname{sigmoid}\left(%s\right)"
    assert sigmoid % "a + b" + r" \cdot \left(1 + \left(a + b\right) \cdot " + sigmoid % r"-\left(a + b\right)" in \
        second._repr_latex_()
    assert r"\frac{\partial \left(a + b\right)}{\partial a}" in second._repr_latex_()


def test_another_flowers_derivative_is_p_in_the_students_own_names():
    z1, z2, z3 = Value(-2.0), Value(0.0), Value(1.0)
    p = exp(z1) / (exp(z1) + exp(z2) + exp(z3))
    q = exp(z3) / (exp(z1) + exp(z2) + exp(z3))
    CE = -log(q)
    e = explain(CE, z1)
    assert (e.formula, e.steps[1].formula) == ("p", "-q · p") and isclose(e.derivative, p.data)
    assert "(-q / #9)(1)(1)(exp(z1))" in str(e)
