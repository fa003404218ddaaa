"""engine/sentences.py: an error names what the caller named, says what came and what to do."""
from __future__ import annotations

import math
from decimal import Decimal

import numpy
import pytest
from hypothesis import example, given, strategies as st

import nn
from engine import Op, Value, atan2, derivative, dot, errors, exp, fsum, hypot, log, sqrt
from engine.text.error_sentences import SHOWN

VARIABLE = Value(-2.0)


def said(asked, kind=Exception):
    with pytest.raises(kind) as caught:
        asked()
    return str(caught.value)


@given(st.floats(max_value=0.0, allow_infinity=False))
@example(0.0)
def test_what_has_no_label_is_called_as_in_the_callers_code(x):
    q = Value(x)
    message = said(lambda: log(q), ValueError)
    assert message.startswith(f"log(q) needs x > 0; q is {x!r}; for log of a softmax") and q.label == ""


def test_a_label_goes_before_a_variable():
    q = Value(0.0, "p_setosa")
    assert said(lambda: 1 / q, ZeroDivisionError) == "1.0 / p_setosa needs y != 0; p_setosa is 0.0"


@pytest.mark.parametrize("label, shown", [("two\nlines", "two lines"), ("\x1b[31mred", "\ufffd[31mred"),
                                          ("x" * 500, "x" * 39 + "…"), ("{x}%s", "{x}%s"), ("日本", "日本")])
def test_a_label_is_data(label, shown):
    message = said(lambda: log(Value(0.0, label)))
    assert message.startswith(f"log({shown}) needs x > 0; {shown} is 0.0; ")


def test_what_is_in_a_list_and_what_is_global_is_named_too():
    ws = [Value(1.0), (Value(0.0), Value(-1.0))]
    assert said(lambda: ws and log(ws[1][1])).startswith("log(ws[1][1]) needs x > 0; ws[1][1] is -1.0")
    assert said(lambda: sqrt(VARIABLE)) == "sqrt(VARIABLE) needs x >= 0; VARIABLE is -2.0"


def test_what_nobody_named_is_called_by_its_function_or_by_its_place():
    assert said(lambda: log(exp(Value(-1000.0)))).startswith("log(exp(…)) needs x > 0; exp(…) is 0.0")
    assert said(lambda: Value(1.0) / (Value(1.0) - 1.0)) == "x / y needs y != 0; x is 1.0; y is 0.0"


def test_an_operand_of_a_loss_is_named_by_its_caller():
    logits, target = [Value(1.0), Value(2.0)], Value(2.0)
    message = said(lambda: logits and nn.binary_cross_entropy(logits[0], target), ValueError)
    assert "logits[0] is 1.0; target is 2.0; its y, the target, is a probability" in message


@pytest.mark.parametrize("n, came", [
    (Decimal("1.5"),          "Decimal('1.5') is a Decimal; write float(Decimal('1.5')) if that number is meant"),
    (numpy.array(3.0),        "array(3.) is a ndarray; write float(array(3.)) if that number is meant"),
    (numpy.array([3.0]),      "array([3.]) is a ndarray; make one Value of each number in it: [Value(x) for x in "
                              "numbers]"),
    ("1e3",                   "'1e3' is a str; write float('1e3') if that number is meant"),
    ("setosa",                "'setosa' is a str; give each text a number"),
    ({"a": 1.0},              "{'a': 1.0} is a dict; take the numbers out of it, as in n['name']"),
    (int,                     "<class 'int'> is a type"),
])
def test_what_is_no_real_number_comes_with_what_to_write(n, came):
    assert said(lambda: Value(n), TypeError) == f"Value(data) needs a real number; {came}"


@pytest.mark.parametrize("act, operation", [
    (lambda x, n: x + n, "x + y"), (lambda x, n: n - x, "x - y"), (lambda x, n: x * n, "x * y"),
    (lambda x, n: n / x, "x / y"), (lambda x, n: x ** n, "x ** y"), (lambda x, n: hypot(x, n), "hypot(x, y)"),
    (lambda x, n: atan2(n, x), "atan2(x, y)")], ids=lambda part: part if isinstance(part, str) else "")
@pytest.mark.parametrize("n", ["a", None, {"a": 1.0}, 1j], ids=repr)
def test_what_is_no_operand_is_told_of_with_its_operation(act, operation, n):
    message = said(lambda: act(Value(2.0), n), TypeError)
    assert message.startswith(f"{operation} needs a real number; {n!r} is a {type(n).__name__}")


def test_a_row_without_a_name_says_how_it_gets_one():
    assert said(lambda: Op("x * x", "2 * x")(3.0), TypeError).startswith("a row can be called when it has a name: ")


def test_other_errors_name_the_variable_as_well():
    weight = Value(0.0)
    assert said(lambda: math.exp(weight), TypeError).startswith("a plain number in place of weight would cut the graph")
    assert said(lambda: bool(weight), TypeError).startswith("weight is neither true nor false")
    assert said(lambda: setattr(weight, "data", "a"), TypeError).startswith("weight.data needs a real number")
    root = sqrt(weight)
    assert said(root.backward) == ("root has no finite slope where weight is 0.0, and a gradient of 1 reaches it; keep "
                                   "weight away from there")
    squared = weight * weight
    weight.data = 3.0
    assert said(lambda: derivative(squared, weight)).startswith("squared was computed with other numbers: its partial "
                                                                "by weight was 0.0")


@given(st.floats(1e155, 1e300))
def test_a_power_that_overflows_is_not_told_of_negative_powers(x):
    big = Value(x)
    message = said(lambda: big ** 2, OverflowError)
    assert message == (f"big ** 2.0 overflows, its result would lie beyond 1.8e308; big is {x!r}; scale the values, or "
                       "take logarithms of large products")
    assert "0 has no negative powers" in said(lambda: Value(0.0) ** -1, ZeroDivisionError)


def test_an_exponential_that_overflows_is_sent_to_the_softmax():
    assert said(lambda: exp(Value(800.0)), OverflowError).endswith(
        "; for a softmax use nn.softmax(logits), for -log of it nn.cross_entropy(logits, target)")


@pytest.mark.parametrize("count", [2, SHOWN, SHOWN + 1, 5000])
def test_of_many_operands_the_first_are_told(count):
    terms = [Value(1e308) for _ in range(count)]
    message = said(lambda: fsum(terms), OverflowError)
    shown = min(count, SHOWN)
    assert message.count("1e+308") == shown and (", …)" in message) == (count > SHOWN)
    assert ("terms[0] is" in message) == (count <= 1000)         # longer lists are not searched
    assert said(lambda: dot(terms, terms), OverflowError).count("1e+308") <= SHOWN


def test_names_come_from_the_first_frame_outside_the_project():
    def inner(inside):
        return log(inside)

    outside = Value(0.0)
    assert said(lambda: inner(outside)).startswith("log(inside) needs x > 0")
    assert said(lambda: [log(each) for each in [outside]]).startswith("log(each) needs x > 0")


def test_where_the_core_stands_alone_an_error_says_what_is_wrong(monkeypatch):
    monkeypatch.setattr(errors, "presenter", None)
    for call, said in [(lambda: Value(1e3).exp(), "exp overflows, a number would lie beyond 1.8e308"),
                       (lambda: Value(-1.0).log(), "log needs x > 0")]:
        with pytest.raises((OverflowError, ValueError), match=said):
            call()
