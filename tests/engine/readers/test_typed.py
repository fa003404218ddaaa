"""Formulas in a user's own names."""
from __future__ import annotations

from math import isclose, isfinite

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from engine import FormulaError, Value, exp, log
from engine.readers.operands import arguments_of, example_of
from engine.readers.spellings import WORDS, instead
from engine.readers.traits import takes_one_by_one
from engine.readers.typed import functions, parse
from engine.text.calls import listed

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
    ("θ x",               1,  "a product has its sign"),
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


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_value_may_bear_the_name_of_a_function_beside_it(name):
    x = Value(2.0, "x")
    assert parse(name, {name: x}) is x
    assert parse(f"log({name}) + {name}", {name: x}).data == log(x).data + 2.0


def test_conditions_compare_numbers():
    x = Value(2.0, "x")
    assert parse("exp(x) if 1 < x < 3 and not_ > 0 else 0 - x", {"x": x, "not_": Value(1.0)}).data == exp(x).data
    assert parse("log(x) if x > 3 or x == 2 else 1 / (x - 2)", {"x": x}).data == log(x).data
    assert parse("(x > 1) + (x > 5)", {"x": x}).data == 1.0


@pytest.mark.parametrize("text, column, sentence", [
    ("1 + ln(x)",   5, r"ln\(x\) is written log\(x\)"),
    ("3 + 2x",      5, r"2 \* x"),
    ("x² + 1",      2, r"x \*\* 2"),
    ("x − 1",       3, "minus"),
    ("e**x",        1, r"written exp\(x\)"),
    ("2 * pi",      5, "pi=3.14159"),
    ("x^2",         2, r"x \*\* 2"),
    ("x · x",       3, r"x \* y"),
    ("x·x",         2, r"x \* y"),
    ("√x",          1, r"sqrt\(x\)"),
    ("|x|",         1, r"abs\(x\)"),
    ("2(x+1)",      1, r"2 \* x"),
    ("sin x",       1, r"sin\(x\)"),
    ("arctan(x)",   1, "atan"),
    ("tg(x)",       1, "tan"),
    ("0,5 * x",     2, "a point"),
    ("x¹⁰",         2, r"x \*\* 2"),
    ("(x+1)(x-1)",  5, "a product has its sign"),
    ("x ≤ 2",       3, "<="),
    ("x ÷ 2",       3, "x / y"),
    ("exp(0,5)",    6, "a point"),
    ("θ(x)",        1, "θ is no function"),
    ("2 + x(x+1)",  5, r"x is no function, it is a number here; a product has its sign, as in 2 \* x"),
    ("2 sin(x)",    1, r"2 \* x"),
])
def test_what_is_written_otherwise_elsewhere_gets_the_remedy(text, column, sentence):
    with pytest.raises(FormulaError, match=sentence) as caught:
        parse(text, {"x": Value(2.0, "x"), "θ": Value(1.0, "θ")})
    assert caught.value.offset == column


SPELLINGS = {"x²": (1, "a power"), "x · x": (2, "a product is written"), "2x": (0, "a product has its sign"),
             "0,5": (1, "a number has a point"), "x ≤ 2": (2, "comparisons"), "√x": (0, "a root"),
             "sin x": (0, "a function has parentheses"), "x ÷ 2": (2, "a quotient"), "|x|": (0, "an absolute value")}


@given(some.permutations(sorted(SPELLINGS)).map(lambda texts: texts[:3]))
@example(["2x", "x²"])
@example(["x²", "2x"])
def test_of_several_other_spellings_the_first_gets_its_remedy(texts):
    place, sentence = SPELLINGS[texts[0]]
    with pytest.raises(FormulaError, match=f"^{sentence}") as caught:
        parse(" + ".join(texts), {"x": Value(2.0, "x")})
    assert caught.value.offset == place + 1


@given(expressions)
def test_what_is_right_is_no_other_spelling(text):
    """No sign, no word and no neighbours of a formula that parses are taken for another spelling of it."""
    text = text.replace("β", "b")
    assert instead(text, 1, functions()) is None, text


@pytest.mark.parametrize("name", sorted({*WORDS}))
def test_a_word_for_a_function_names_what_there_is(name):
    z = parse(WORDS[name], {"x": Value(1.5 if "acosh" in WORDS[name] else 0.5), "y": Value(0.25)})
    assert isfinite(z.data) and name not in functions()


@pytest.mark.parametrize("row", [name for name, row in functions().items() if not takes_one_by_one(row)])
def test_rows_with_lists_can_be_called(row):
    op, names = functions()[row], {name: Value(n, name) for name, n in zip("abc", (0.5, -1.0, 2.0))}
    some, index = example_of(op, [*names])
    called = f"{row}({listed(arguments_of(op, some, index))})"
    assert parse(called, names).data == op.function(*arguments_of(op, [names[name] for name in some], index)).data
    with pytest.raises(FormulaError, match=f"{row} takes lists, as in "):
        parse(f"{row}(a, b)", names)


@pytest.mark.parametrize("between", [" + ", " - ", " * ", "+exp(x)-"])
def test_a_thousand_terms_are_not_deep_and_longer_ones_are_no_crash(between):
    x = Value(1.0, "x")
    assert isfinite(parse(between.join(["x"] * 1000), {"x": x}).data)
    try:
        assert isfinite(parse(between.join(["x"] * 20000), {"x": x}).data)
    except FormulaError as error:
        assert error.msg.startswith("this is too long")


def test_every_row_that_is_no_sign_can_be_called():
    assert {"exp", "sigmoid", "abs", "fsum", "maximum", "max", "min", "logsumexp"} <= set(functions())
    assert {"softmax", "cross_entropy", "dot", "affine"} <= set(functions()) and not {"add", "pow"} & set(functions())
    assert parse("7", {}).data == 7.0


@pytest.mark.parametrize("text, sentence, column", [
    ("2 ** 5000",  "this overflows, its result would lie beyond 1.8e308", 1),
    ("x + exp(1000)", "this overflows, its result would lie beyond 1.8e308", 5),
    ("10 ** 400 * x", "this overflows, its result would lie beyond 1.8e308", 1),
    ("1 / 0",      "this divides by zero",                  1),
    ("0 ** -1",    "this divides by zero",                  1),
    ("x / 0",      "x / 0.0 needs y != 0; x is 2.0",        1),
    ("x * 1e999",  "a formula has only finite numbers, not inf", 5),
    ("x * 0x" + "f" * 5000, "a formula has only finite numbers, not an int", 5),
])
def test_numbers_that_come_to_none_say_so_in_words(text, sentence, column):
    with pytest.raises(FormulaError) as refused:
        parse(text, {"x": Value(2.0, "x")})
    assert (refused.value.msg, refused.value.offset) == (sentence, column)


def test_numbers_that_go_on_are_no_products():
    for text in "1e999", "1E+5", "0xff", "0XFF", "0b1", "0o7":
        assert instead(text, 1, []) is None
    for text in "2x", "3e5x", "2e", "2e+x", "0xg", "1e5(3)":
        assert instead(text, 1, []) == ("a product has its sign, as in 2 * x", 1)


def test_a_choice_by_number_needs_no_keys_and_a_place_that_is_none_is_pointed_at():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    assert parse("at([a, b], 1)", {"a": a, "b": b}) is b
    for text, sentence in (("a + at([a, b], 2)", "a whole number from 0 to 1"),
                           ("a + softmax([a, b], 2)", "of which 2 came")):
        with pytest.raises(FormulaError, match=sentence) as caught:
            parse(text, {"a": a, "b": b})
        assert caught.value.offset == 5


def test_a_row_of_values_says_itself_what_it_lacks():
    for text, sentence in (("exp(1000 * x)", "exp(x) overflows, its result would lie beyond 1.8e308; x is 2000.0; "),
                           ("1e308 * x", "1e+308 * x overflows, its result would lie beyond 1.8e308; x is 2.0; scale"),
                           ("fsum([1e308, 1e308, x])", "fsum(1e+308, 1e+308, x) overflows, its result, or a ")):
        with pytest.raises(FormulaError) as refused:
            parse(text, {"x": Value(2.0, "x")})
        assert refused.value.msg.startswith(sentence)


def test_a_long_sum_is_no_deep_one() -> None:
    assert parse(" + ".join(["a"] * 1000), {"a": Value(2.0)}).data == 2000.0
    with pytest.raises(FormulaError):
        parse("-" * 1000 + "a", {"a": Value(2.0)})
