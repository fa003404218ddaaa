"""The grammar of formulas is closed: what is outside it is refused at its column, and nothing is ever run."""
from __future__ import annotations

import math

import pytest
from hypothesis import example, given, strategies as st

from engine import FormulaError, Op, Value, explain
from engine.formula import AGGREGATES, FLOATS, FUNCTIONS, Formula
from engine.pouring import python

numbers = st.integers(0, 20).map(str) | st.floats(0, 1e3).map(repr)
atoms = numbers | st.sampled_from(["x", "y"])


def larger(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Formulas one step larger than their parts."""
    two = st.tuples(part, st.sampled_from(["+", "-", "*", "/"]), part).map("({0[0]} {0[1]} {0[2]})".format)
    power = part.map("({}) ** 2".format)
    call = st.tuples(st.sampled_from(["sin", "cos", "abs", "tanh", "floor"]), part).map("{0[0]}({0[1]})".format)
    sides = st.tuples(part, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), part).map(" ".join)
    both = st.tuples(sides, st.sampled_from(["and", "or"]), sides).map(" ".join)
    choice = st.tuples(part, sides | both, part).map("({0[0]} if {0[1]} else {0[2]})".format)
    return two | power | call | part.map("(-{})".format) | choice | sides.map("({})".format)


formulas = st.recursive(atoms, larger, max_leaves=12)


@given(formulas, st.floats(-5, 5), st.floats(-5, 5))
def test_python_for_a_formula_has_the_value_that_its_text_has(text, x, y) -> None:
    def value(code: str) -> float | None:
        try:
            z = float(eval(code, dict(FLOATS), {"x": x, "y": y}))
        except ArithmeticError:
            return None
        return z if math.isfinite(z) else None

    lines, code = python(Formula(text))
    assert not lines and value(code) == value(text.strip())


OUTSIDE = [("x.real", 1), ("x[0]", 1), ("__import__('os')", 1), ("1 + open(x)", None), ("x + 'a'", 5), ("lambda: x", 1),
           ("[x]", 1), ("(x, y)", 1), ("{x}", 1), ("x @ y", 1), ("x // y", 1), ("x % y", 1), ("x | y", 1), ("~x", 1),
           ("not x", 1), ("x is y", 1), ("x in y", 1), ("2 * w", 5), ("x + True", 5), ("x + 1j", 5), ("x + None", 5),
           ("(z := x)", None), ("f'{x}'", 1), ("exp(x, base=2)", 1), ("exp(x=x)", 1),
           ("sigmoid(x=x)", 1), ("sigmoid()", 1), ("atan2(x, y=y)", 1), ("exp(*x)", 5), ("x if y", None), ("x +", None),
           ("exp()", 1), ("1e999 * x", 1), ("x.y(x)", 1), ("_x(x)", 1), ("...", 1), ("await x", None), ("x; y", None)]


@pytest.mark.parametrize("text, column", OUTSIDE, ids=[text for text, _ in OUTSIDE])
def test_what_is_outside_the_grammar_is_refused_at_its_column(text, column) -> None:
    with pytest.raises(FormulaError) as caught:
        Op(text, "1", "1", name="never")
    assert isinstance(caught.value, SyntaxError) and "formula" in caught.value.msg
    assert column is None or caught.value.offset == column
    assert "never" not in Op.table


@pytest.mark.parametrize("number", ["1e309", "1" + "0" * 309, "1" + "0" * 4000, "2j", "True", "None", "'a'"],
                         ids=lambda text: text[:9])
def test_a_number_that_is_none_of_the_floats_is_refused_as_one(number) -> None:
    for text in number, f"x + {number}", f"x * (1 if {number} else 0)", f"(x if x > {number} else 1)":
        with pytest.raises(FormulaError, match="a formula has only finite numbers, not ") as caught:
            Formula(text)
        assert caught.value.offset == 1 + text.index(number)


@pytest.mark.parametrize("text, message", [
    ("exp(x=x)", "exp takes its numbers by place, not by name"), ("sigmoid(x=x)", "sigmoid takes its numbers by place"),
    ("1 + sigmoid()", "a formula may not call 'sigmoid'")])
def test_what_is_wrong_with_a_call_is_said_of_the_call(text, message) -> None:
    with pytest.raises(FormulaError, match=message):
        Formula(text)


DEEP = [lambda n: "(" * n + "x" + ")" * n, lambda n: "-" * n + "x", lambda n: "x" + " + x" * n,
        lambda n: "sin(" * n + "x" + ")" * n, lambda n: "x if x > 0 else " * n + "x"]


@pytest.mark.parametrize("depth", [150, 400, 1500, 20000])
@pytest.mark.parametrize("nested", DEEP[1:])
def test_what_is_nested_too_deeply_is_refused(nested, depth) -> None:
    with pytest.raises(FormulaError, match="within each other|one expression"):
        Op(nested(depth), "1", name="never")
    assert "never" not in Op.table


def test_a_formula_is_as_deep_as_it_may_be_and_no_deeper() -> None:
    assert Formula("-" * Formula.depth + "x").free.keys() == {"x"}
    with pytest.raises(FormulaError, match="within each other"):
        Formula("-" * (Formula.depth + 1) + "x")


@given(st.sampled_from(DEEP), st.integers(0, 80))
def test_what_is_nested_less_deeply_is_a_row(nested, depth) -> None:
    row = Op(nested(depth), "1", name="deep_of_this_test")
    assert math.isfinite(row(0.5)) and math.isfinite(row.function(Value(0.5)).data)


SCRAPS = ["x", "y", "(", ")", "exp", "__import__", ".", "+", "'", '"', "#", "\n", ":=", "[", "]", "lambda", "0"]


@given(st.text(st.characters(codec="utf-8"), max_size=30) | st.lists(st.sampled_from(SCRAPS)).map("".join))
def test_any_text_is_a_formula_or_refused_and_never_runs(text) -> None:
    try:
        row = Op(text, "1", name="any_text_of_this_test")
    except (FormulaError, ValueError):
        return
    finally:
        Op.table.pop("any_text_of_this_test", None)
    assert row.variables == "x" and set(row.formula.free | row.formula.over) <= {"x", "y"}


def test_comments_and_quotes_do_not_reach_the_poured_text() -> None:
    row = Op('(x + 1 # """\n# raise SystemExit\n)', "1", name="commented")
    assert row(1.0) == 2.0 and "SystemExit" not in row.function.source and '"' not in row.function.source


def test_aggregates_are_found_once_and_before() -> None:
    lines, text = python(Formula("exp(x - max(y)) / sum(exp(y - max(y)))"))
    assert lines == ["max1 = largest(ys)", "sum1 = total([exp(y - max1) for y in ys])"]
    assert text == "exp(x - max1) / sum1"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_of_the_grammar_is_there_for_floats(name) -> None:
    assert callable(FLOATS[name])


@pytest.mark.parametrize("name", [aggregate.floats for aggregate in AGGREGATES.values()])
def test_every_aggregate_is_there_for_floats(name) -> None:
    assert callable(FLOATS[name])


@given(st.text(st.sampled_from("αβé日y"), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n", "\r", " "]))
@example("α", " ")
def test_a_column_counts_characters_in_its_own_line(name, space) -> None:
    with pytest.raises(FormulaError) as caught:
        Formula(f"({name} if{space}x.real else y)")              # the condition is read first
    error = caught.value
    assert error.text[error.offset - 1:] == "x.real else y)" and error.lineno == 1 + (space != " ")


@pytest.mark.parametrize("text", ["x @ y", "x // y", "x % y", "~x", "+x", "not x", "x is y", "x in y", "x < y in x",
                                  "1 + (x < y < x is not y)", "x if x < y not in y else y"])
def test_a_sign_that_is_none_of_the_grammars_is_refused_as_such(text) -> None:
    with pytest.raises(FormulaError, match="a formula has no"):
        Formula(text)


def test_max_and_min_take_one_number_or_more() -> None:
    assert Op("max(x, y, 2) - min(x, y, 2)", "0", "0", name="range_of_this_test")(1.0, 4.0) == 3.0
    for name in "max", "min":
        with pytest.raises(FormulaError, match=rf"in a formula {name} takes one or more numbers, not 0"):
            Formula(f"{name}()")


def test_what_is_refused_is_shown_with_its_line_of_three() -> None:
    with pytest.raises(FormulaError) as caught:
        Formula("(x +\nw\n+ y)")
    assert (caught.value.lineno, caught.value.text, caught.value.offset) == (2, "w", 1)


def test_a_minus_binds_less_tightly_than_a_power() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    assert explain(-a * b * b, b).formula == "2 · b · (-a)"
