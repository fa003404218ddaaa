"""Why a derivative is zero, what has changed, and where digits are lost."""
from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from engine import Op, Value, exp, explain, relu
from engine.readers.causes import why


@example(-0.36)
@given(some.floats(-100.0, -1e-6))
def test_a_relu_that_is_off_says_by_how_much(n):
    x = Value(n, "x")
    h = relu(x)
    y = h * 3.0 + 1.0
    assert f"The ReLU h = relu(x) is off here: its operand x is {n:.4g}, {-n:.4g} below 0." in str(explain(y, x))


def test_each_zero_has_its_own_reason():
    x, w = Value(2.0, "x"), Value(0.0, "w")
    why = [str(explain(y, x, names={})) for y in (
        exp(w), x * w + 1.0, (x - x) * 1.0, x * 1e-200 * 1e-200, Value.maximum(x, Value(3.0)) * 1.0)]
    assert why[0] == "∂L/∂x = 0: no path leads from L to x; L does not depend on x."
    assert "A factor is zero: ∂(x * w)/∂x = w, which is exactly 0." in why[1]
    assert "cancel exactly: 1 - 1 = 0." in why[2]
    assert "too small for a number" in why[3]
    assert "x is not the maximum" in why[4]


def test_a_constant_does_not_change():
    x = Value(3.0, "x")
    y = x * 2.0
    assert str(explain(y, y.parents[1])) == "∂y/∂2 = 0: 2 is a plain number, which does not change."
    assert explain(y, y.parents[1]).derivative == 0.0


def test_what_is_not_there_is_called_by_its_number():
    y = Value(3.0) * 2.0
    assert "no path leads from y to Value(7); y does not depend" in str(explain(y, Value(7.0)))


@given(some.floats(-50.0, 50.0), some.floats(-50.0, 50.0))
def test_a_number_that_changed_since_is_said_to_have(before, after):
    x = Value(before, "x")
    y = x * 2.0 * x
    assert "changed" not in str(explain(y, x))
    x.data = after
    told = f"x has changed since y was computed: it was {before + 0.0:.4g} then and is {after + 0.0:.4g} now."
    e = explain(y, x)
    assert abs(e.derivative - 4.0 * before) <= 1e-14 * abs(before)
    if abs(before - after) > 1e-3:
        assert told in str(e) and r"\text{x has changed since y" in e._repr_latex_()


def test_a_sum_of_zeros_is_not_listed():
    x = Value(-1.0, "x")
    text = str(explain(Value.fsum(relu(x * n) for n in range(1, 11)), x))
    assert "10 paths, a factor of each is zero." in text and "+0" not in text and "7 more like these" in text


def test_lost_digits_are_named():
    z = Value(23.0, "z")
    p = exp(z) / (exp(z) + 1.0)
    assert "loses about 10 of 16 digits" in str(explain(p, z))
    a = Value(1e8, "a")
    small = (a * a + 1.0) - a * a
    assert "lost about 16 of 16 digits in the forward pass" in str(explain((small + 1.0) * a, a)) or small.data == 0.0
    c, d = exp(Value(0.1)), Value(3.0, "d")
    near = Value.fsum([c, c, -(c + c) * (1.0 + 1e-9)])
    words = " ".join(str(explain(near * d, d)).split())
    assert "lost about 9 of 16 digits in the forward pass: terms as large as 2.21 add up to" in words


@given(some.permutations([0, 1, 2]), some.floats(0.5, 4.0))
def test_where_some_paths_are_zero_each_of_these_has_its_reason_too(order, n):
    a = Value(0.0, "a")
    parts = [lambda: abs(a), lambda: a * n, lambda: Value.maximum(a, 0.0)]
    y = sum([parts[i]() for i in order[1:]], parts[order[0]]())
    y.label = "y"
    for text in (str(explain(y, a, names={})), explain(y, a, names={})._repr_latex_()):
        assert "∂abs(a)/∂a = 0: abs has a kink at 0, its slope there is taken as 0." in " ".join(text.split())
        assert "a and 0 tie and share equally: 1 / 2 each." in text
    h = Value(-n, "h")
    text = str(explain(relu(h) * 2.0 + h, h, names={}))
    assert text.count(f"The ReLU relu(h) is off here: its operand h is {-n:.4g}, {n:.4g} below 0.") == 1
    assert "off here" not in str(explain(relu(-h) + h, h, names={}))


@given(some.sampled_from([1e200, -1e200]), some.sampled_from([1e200, -1e200, 1e300]))
def test_what_overflows_within_a_condition_is_said_to_be_too_large_and_not_to_be_infinite(a, b):
    score, sign = Value(a, "score"), Value(b, "sign")
    try:
        loss = Op.table["hinge"].function(score, sign)
    except OverflowError:                            # a wrong score this large has no loss
        assert a * b < 0
        return
    text = " ".join(str(explain(loss, score, names={})).split())
    assert "score * sign is beyond 1.8e308, above 1." in text and "inf" not in text


def test_what_decides_a_condition_of_several_is_the_reason():
    for i, text in enumerate(("x > 0 and x < 1", "0 < x < 1")):
        band = Op("min(max(x, 0), 1)", text, name=f"band_{i}_of_this_test")
        assert why(band(Value(3.0)), 0, ["a"]) == "its operand a is 3, 2 above 1"


def test_a_sum_is_zero_for_the_reason_of_either_part():
    for i, text in enumerate(("exp(x) + 0", "0 + exp(x)")):
        row = Op("exp(x)", text, name=f"exp_{i}_of_this_test")
        assert why(row(Value(-800.0)), 0, ["a"]) == "exp(-800) underflows to 0"


@pytest.mark.parametrize("numbers, index, said", [
    ([0.0, -800.0], 1, ["the share underflows to 0"] * 2),
    ([0.0, -800.0], 0, ["each of the others underflows to 0", "softmax underflows to 0"])])
def test_shares_and_what_is_left_for_others_underflow(numbers, index, said):
    leaves = [Value(n, name) for n, name in zip(numbers, "ab")]
    share = Value.softmax(leaves, index)
    assert [*map(abs, share.partials)] == [0.0, 0.0]
    assert [why(share, place, ["a", "b"]) for place in (0, 1)] == said


def test_of_two_shares_whose_product_underflows_neither_is_called_0():
    share = Value.softmax([Value(0.0, "a"), Value(-500.0, "b"), Value(-500.0, "c")], 1)
    assert share.data > 0.0 == share.partials[2] and why(share, 2, ["a", "b", "c"]) == ""


def test_the_smaller_of_two_is_flat_without_a_reason():
    assert why(Value.maximum([Value(1.0), Value(2.0)]), 0, ["a", "b"]) == ""


def test_a_function_that_crosses_zero_has_not_underflown():
    crosses = Op("x * log(x) - x", "log(x)", name="crosses")
    assert crosses(Value(1.0)).partials == (0.0,) and why(crosses(Value(1.0)), 0, ["a"]) == ""


def test_a_row_that_is_called_and_is_0_is_named():
    is_zero = Op("x == 0", "0", name="is_zero")
    gated = Op("x * is_zero(x)", "is_zero(x)", name="gated")
    assert is_zero(2.0) == 0.0 and why(gated(Value(2.0)), 0, ["a"]) == "is_zero(2) is 0"
