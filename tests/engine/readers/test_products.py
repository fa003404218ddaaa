"""Derivatives read as short formulas, in text and in LaTeX."""
from __future__ import annotations

from math import isclose
from types import SimpleNamespace

from engine import Op, Value, exp, explain, log
from engine.explanation.names import Names
from engine.formula import Formula
from engine.readers.algebra import ONE, Algebra, Piece
from engine.readers.products import Number, partial


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


def explained(op, xs, *index):
    """The formulas of the slopes of a row by each of its operands."""
    v = op(xs, *index) if index else op(*xs)
    return [explain(v, x).formula for x in xs]


def test_shares_and_those_of_all_others_are_told():
    z = [Value(-1.0, "z"), Value(0.0), Value(0.5)]
    square = Op("softmax(x) ** 2 + 0 * sum(y)", "2 * softmax(x) ** 2 * others(softmax(y))",
                "-2 * softmax(x) ** 2 * softmax(y)", name="square_explained")
    assert explained(square, z, 0) == ["2 · p_0² - 2 · p_0³", "-2 · p_0² · p_1", "-2 · p_0² · p_2"]
    share = Op("log(softmax(x)) + 0 * sum(y)", "others(softmax(y))", "-softmax(y)", name="log_share_explained")
    assert explained(share, z, 0) == ["1 - p_0", "-p_1", "-p_2"]


def test_a_function_of_what_runs_over_all_operands_is_a_number_only():
    row = Op("exp(softmax(x)) + 0 * sum(y)", "exp(softmax(x)) * softmax(x) * others(softmax(y))",
             "-exp(softmax(x)) * softmax(x) * softmax(y)", name="exp_share_explained")
    assert explained(row, [Value(-1.0, "z"), Value(0.0)], 0) == ["", ""]
    row = Op("exp(logsumexp(x)) + 0 * sum(y)", "exp(logsumexp(x))", "0", name="exp_sum_explained")
    assert explained(row, [Value(0.5, "z")], 0) == [""]


def test_powers_of_sums_are_written_out_and_a_larger_of_two_stays():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    gap = Op("(x - y) ** 3 / 3", "(x - y) ** 2", "-(x - y) ** 2", name="gap_explained")
    assert explained(gap, [a, b]) == ["a² + b² - 2 · a · b", "2 · a · b - a² - b²"]
    assert explained(Op("log(max(x, 1))", "(x > 1) / max(x, 1)", name="larger_explained"), [a]) == ["1 / max(a, 1)"]


def test_conditions_are_joined_as_python_joins_them():
    for text in "x > 0 and x < 1", "x < 0 or x > 1", "x < 0 or x < 5 and x > 1":
        for x in (-1.0, 0.5, 2.0, 7.0):
            assert Number({"x": x}, {}).truth(Formula(text).tree) == eval(text)


def test_a_slope_of_zero_that_no_formula_tells_is_zero():
    row = Op("min(y)", "x == min(y)", name="smallest_explained")
    v = row([Value(2.0), Value(3.0)])
    algebra = Algebra(SimpleNamespace(given=[]))
    assert [partial(algebra, v, i) for i in (0, 1)] == [{ONE: 1.0}, {ONE: 0.0}]


def test_products_are_taken_apart_four_deep():
    x = y = Value(1.5, "x")
    for _ in range(7):
        y = y * x
    (product, _), = Algebra(Names(y * 1.0, x, {})).factor(y).items()
    assert sorted([n for _, n in product]) == [1, 4], "x⁴, and what is left as one factor"


def test_a_formula_agrees_with_its_number_and_names_each_factor_for_itself():
    agrees = Algebra(SimpleNamespace(given=[])).agrees
    one, other = [frozenset([(Piece("f(x)", "", n), 1)]) for n in (1.0, 2.0)]
    assert agrees({ONE: 2.0}, 2.0) and agrees({one: 1.0}, 1.0)
    assert not agrees({ONE: 2.0}, 3.0) and not agrees({one: 1.0}, 2.0)
    assert not agrees({one: 1.0, other: 1.0}, 3.0), "two factors of one name"
