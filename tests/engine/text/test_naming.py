"""What values are called."""
from __future__ import annotations

import ast
import sys
from math import isclose

import numpy
import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from engine import Value, affine, dot, exp, fsum, label, log, maximum
from engine.text.naming import ATOM, digits, formula_of, given_names, literal, named, plain

trees = some.recursive(some.just("value"), lambda inner: some.lists(inner, max_size=4) | some.tuples(inner, inner)
                       | some.dictionaries(some.text() | some.integers(), inner, max_size=3))


@given(trees)
def test_a_value_in_lists_is_called_by_the_expression_that_reaches_it(tree):
    def filled(part):
        if isinstance(part, dict):
            return {key: filled(inner) for key, inner in part.items()}
        return Value(1.0) if part == "value" else type(part)(map(filled, part))

    things = {"w": filled(tree)}
    for name, value in named(things):
        assert eval(name, things) is value


@given(some.text(), some.text(min_size=1))
def test_a_label_that_is_there_stays(name, label_by_hand):
    v = Value(1.0, label_by_hand)
    label({name: v})
    assert v.label == label_by_hand


@given(some.lists(some.sampled_from(["a", "b", "_a", "__b", "In", "Out", "_"]), unique=True))
def test_the_first_of_two_names_wins_and_some_names_are_skipped(names):
    v = Value(1.0)
    label(dict.fromkeys(names, v))
    assert v.label == next((name for name in names if name in ("a", "b")), "")


def test_a_mapping_holds_anything():
    a = Value(1.0)
    label({"n": 3, "text": "abc", 5: Value(2.0), "module": sys, "numbers": numpy.ones(3), "a": a, "nothing": None})
    assert a.label == "a"


def test_lists_within_lists_and_arrays():
    w, grid = [[Value(1.0)], (Value(2.0), 3)], numpy.array([[Value(3.0), Value(4.0)]])
    label(w=w, grid=grid)
    assert [w[0][0].label, w[1][0].label, grid[0, 1].label] == ["w[0][0]", "w[1][0]", "grid[0][1]"]


def test_a_list_may_hold_itself():
    loop = [Value(1.0)]
    loop.append({"loop": loop})
    label(loop=loop)
    assert loop[0].label == "loop[0]"


def test_a_dict_names_its_values_by_their_keys_and_other_keys_are_skipped():
    p = {"setosa": Value(0.1), 2: [Value(0.2)], Value(0.3): Value(0.4), (1, 2): Value(0.5)}
    assert [name for name, _ in named({"p": p})] == ["p['setosa']", "p[2][0]"]


@pytest.mark.parametrize("call, sentence", [
    (lambda: label(n=3),        r"label\(n=...\) needs a Value, or a list, tuple, dict or NumPy array .*; it got"),
    (lambda: label([Value(1)]), r"label takes names, as in label\(a=a\), or a mapping .* it got \[Value"),
])
def test_what_cannot_be_labelled_is_refused(call, sentence):
    with pytest.raises(TypeError, match=sentence):
        call()


def test_the_callers_names_come_locals_first_and_nothing_is_stored():
    p, w = Value(1.0), [Value(2.0)]
    found = given_names(None, sys._getframe())
    assert (found[p], found[w[0]], found[of_the_module]) == ("p", "w[0]", "of_the_module")
    assert p.label == w[0].label == of_the_module.label == ""


of_the_module = Value(3.0)


def test_what_a_tool_has_put_into_the_frame_is_no_name():
    p = Value(1.0)
    exec("found = given_names(None, frame())", {"given_names": given_names, "frame": sys._getframe},
         scope := {"@py_assert1": p, ".0": [p]})
    assert scope["found"] == {}


def test_names_by_hand_or_none():
    p = Value(1.0)
    assert given_names({}, sys._getframe()) == {}
    assert given_names({"q": p}, sys._getframe()) == {p: "q"}


@given(some.text())
@example("\x1b[31mred\x1b[0m")
@example("two\nlines")
@example("\u202eright to left")
def test_no_name_reaches_the_terminal_with_anything_it_would_obey(text):
    assert plain(text).isprintable() and len(plain(text)) <= 40


expressions = some.recursive(
    some.sampled_from("abc"),
    lambda inner: some.tuples(some.sampled_from(["+", "-", "*", "/", "**"]), inner, inner)
    | some.tuples(some.just("-"), inner) | some.tuples(some.just("exp"), inner), max_leaves=8)


@given(expressions)
@example(("-", "a", ("-", "b", "c")))
@example(("**", ("**", "a", "b"), "c"))
@example(("**", ("-", "a"), "b"))
@example(("-", ("**", "a", "b")))
@example(("/", "a", ("*", "b", "c")))
def test_a_formula_has_the_parentheses_it_needs_and_means_what_was_computed(expression):
    leaves = {"a": Value(1.25, "a"), "b": Value(2.0, "b"), "c": Value(0.5, "c")}

    def made(part):
        if isinstance(part, str):
            return leaves[part]
        sign, *operands = part
        operands = [made(operand) for operand in operands]
        if sign == "exp":
            return exp(operands[0])
        return eval(f"x {sign} y", dict(zip("xy", operands))) if len(operands) == 2 else -operands[0]

    def spelled(v):
        return (v.label, ATOM) if v.label else formula_of(v, spelled)

    try:
        v = made(expression)
    except (ArithmeticError, ValueError):
        return
    again = eval(spelled(v)[0], {**leaves, "exp": exp})
    assert isclose(again.data, v.data, rel_tol=1e-12, abs_tol=1e-300)


@pytest.mark.parametrize("make, formula", [
    (lambda a, b: a * b,                              "a * b"),
    (lambda a, b: (a - b) * (a + b),                  "(a - b) * (a + b)"),
    (lambda a, b: a - (a - b),                        "a - (a - b)"),
    (lambda a, b: (a ** 2.0) ** b,                    "(a ** 2) ** b"),
    (lambda a, b: (-2.0) ** a + a * -3.0,             "(-2) ** a + a * -3"),
    (lambda a, b: -(a + b),                           "-(a + b)"),
    (lambda a, b: log(a / b).relu(),                  "relu(log(a / b))"),
    (lambda a, b: fsum([a, b, a]) * b,                "(a + b + a) * b"),
    (lambda a, b: dot([a, b], [b, 3.0]),              "a * b + b * 3"),
    (lambda a, b: affine([a], [a - b], b),            "a * (a - b) + b"),
    (lambda a, b: maximum(a, b, 1.0),                 "maximum(a, b, 1)"),
    (lambda a, b: Value.softmax([a, b], 1),           "softmax([a, b], 1)"),
    (lambda a, b: Value.cross_entropy([a, b], 0),     "cross_entropy([a, b], 0)"),
    (lambda a, b: Value.weighted_cross_entropy([a, b], [0.5, 0.5]), "weighted_cross_entropy([a, b], [0.5, 0.5])"),
])
def test_formulas_read_as_one_writes_them(make, formula):
    def spelled(v):
        if v.label or v.constant:
            return (v.label, ATOM) if v.label else literal(v.data)
        return formula_of(v, spelled)

    text = spelled(make(Value(2.0, "a"), Value(3.0, "b")))[0]
    assert text == formula
    ast.parse(text)


@given(some.floats(min_value=-1e308, max_value=1e308))
def test_four_significant_digits(x):
    assert abs(float(digits(x)) - x) <= 5.001e-4 * abs(x) + 5e-324
    assert digits(x) != "-0"
