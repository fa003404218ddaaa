"""Formulas in a user's own names."""
from __future__ import annotations

from math import isclose

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from engine import FormulaError, Value, exp, log
from engine.readers.typed import functions, parse

expressions = some.recursive(
    some.sampled_from(["a", "β", "2", "0.5"]),
    lambda inner: some.builds("({} {} {})".format, inner, some.sampled_from(["+", "-", "*", "/"]), inner)
    | some.builds("{}({})".format, some.sampled_from(["exp", "sin", "tanh", "relu", "sigmoid", "abs"]), inner)
    | some.builds("(-{})".format, inner) | some.builds("({} if {} > {} else {})".format, inner, inner, inner, inner)
    | some.builds("max({}, {})".format, inner, inner), max_leaves=8)


@given(expressions)
def test_a_formula_means_what_python_says_it_does(text):
    names = {"a": Value(1.25, "a"), "β": Value(-0.5, "β")}
    scope = {**names, "abs": abs, "max": Value.maximum}
    for function in ("exp", "sin", "tanh", "relu", "sigmoid"):
        scope[function] = getattr(Value, function)
    try:
        expected = eval(text, scope)
    except (ArithmeticError, ValueError):
        with pytest.raises(FormulaError):
            parse(text, names)
        return
    assert isclose(parse(text, names).data, getattr(expected, "data", expected), rel_tol=1e-12, abs_tol=1e-300)


@given(some.text(some.sampled_from("xy12.()+-*/ ,=_'\"[]{}:\\\n#@!%&|^~<>abcimport")))
@example("__import__('os').system('true')")
@example("().__class__.__bases__[0].__subclasses__()")
@example("[x for x in (1,)]")
@example("(lambda: 1)()")
@example("f'{x}'")
@example("x := 1")
@example("9 ** 9 ** 9 ** 9")
@example("(" * 500 + "x" + ")" * 500)
@example("-" * 3000 + "x")
def test_whatever_is_typed_is_a_graph_or_a_sentence(text):
    try:
        z = parse(text, {"x": Value(2.0, "x")})
    except FormulaError as error:
        assert error.msg and "\n" not in error.msg
    else:
        assert isinstance(z, Value)


def test_a_long_sum_is_not_deep():
    x = Value(1.0, "x")
    assert parse(" + ".join(["x"] * 900), {"x": x}).data == 900.0


@pytest.mark.parametrize("text, column, sentence", [
    ("log(x",             4,  "was never closed"),
    ("x + open(y)",       5,  "open is no function of a formula; it has abs,"),
    ("θ * q",             5,  "q has no number; give it one: q=0.5"),
    ("x + log(x - 3)",    5,  r"log\(x\) needs x > 0; x is -1.0"),
    ("x / (x - 2)",       1,  "needs y != 0"),
    ("x ^ 2",             3,  r"a power is written x \*\* 2"),
    ("(θ + θ)  ^ 2 + x",  10, r"a power is written x \*\* 2"),
    ("θ * x @ x",         7,  r"a formula has no @; a product is written x \* y"),
    ("  θ  +\topen(x)",   8,  "open is no function"),
    ("x +",               4,  "here it breaks off"),
    ("  θ * ",            7,  "here it breaks off"),
    ("",                  1,  "here it breaks off"),
    ("θ x",               3,  "this cannot stand here"),
    (" θ + ) x",          6,  "unmatched"),
    ("x,",                1,  "leave out the comma"),
    ("exp(x, x)",         1,  "exp takes 1 number, not 2"),
    ("exp()",             1,  "exp takes 1 number, not 0"),
    ("max(x, key=x)",     1,  "takes its numbers by place"),
    ("x + True",          5,  "a formula has only finite numbers, not True"),
    ("1 if x else 2",     6,  "a condition is a comparison, as in x > 0"),
    ("x.data",            1,  r"a formula has no dot in a name; write exp\(x\)"),
    ("(0 - 8) ** 0.5",    1,  "this is no real number"),
])
def test_a_mistake_points_at_its_column(text, column, sentence):
    with pytest.raises(FormulaError, match=sentence) as caught:
        parse(text, {"x": Value(2.0, "x"), "θ": Value(1.0, "θ")})
    assert caught.value.offset == column


def test_conditions_compare_numbers():
    x = Value(2.0, "x")
    assert parse("exp(x) if 1 < x < 3 and not_ > 0 else 0 - x", {"x": x, "not_": Value(1.0)}).data == exp(x).data
    assert parse("log(x) if x > 3 or x == 2 else 1 / (x - 2)", {"x": x}).data == log(x).data
    assert parse("(x > 1) + (x > 5)", {"x": x}).data == 1.0


def test_every_row_of_one_or_any_operands_can_be_called():
    assert {"exp", "sigmoid", "abs", "fsum", "maximum", "max", "min", "logsumexp"} <= set(functions())
    assert not {"add", "pow", "softmax", "dot", "affine"} & set(functions())
    assert parse("7", {}).data == 7.0
