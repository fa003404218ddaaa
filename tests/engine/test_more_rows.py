"""The second table at its edges: domains, ends, kinks, what is very large and very small."""
from __future__ import annotations

import math

import pytest
from mpmath import mp, mpf

import engine
from engine import GradientError, Op, Value, derivative
from engine.more_rows import Rows

DOMAINS = [("asin", 1.5), ("acos", -1.0000000000000002), ("acosh", 0.5), ("atanh", 1.0), ("atanh", -2.0), ("log2", 0.0),
           ("log10", -1.0)]


@pytest.mark.parametrize("name, x", DOMAINS)
def test_what_math_refuses_is_a_value_error_that_says_what_is_needed(name, x) -> None:
    with pytest.raises(ValueError, match=rf"{name}\(x\) needs {Op.table[name].needs}; x is {x}"):
        getattr(Value(x, "x"), name)()
    with pytest.raises(ValueError):
        getattr(math, name)(x)


@pytest.mark.parametrize("name, operands", [("sinh", [711.0]), ("cosh", [-711.0]), ("hypot", [1.7e308, -1.7e308])])
def test_what_lies_beyond_the_largest_number_is_an_overflow_error(name, operands) -> None:
    with pytest.raises(OverflowError, match=f"{name}.* overflows"):
        Op.table[name](*map(Value, operands))
    with pytest.raises(OverflowError):
        Op.table[name](*operands)


def test_xlogy_is_0_where_x_is_and_y_is_not_negative() -> None:
    for y in 0.0, -0.0, 5e-324, 1.0, 1e308:
        v = engine.xlogy(Value(0.0), Value(y))
        assert v.data == 0.0 and v.partials[1] == 0.0
        assert v.partials[0] == math.log(y) if y else math.isnan(v.partials[0])
    for x, y in (0.0, -1.0), (2.0, 0.0), (1.0, -5e-324):
        with pytest.raises(ValueError, match="xlogy.* needs y > 0 or x == 0 == y"):
            engine.xlogy(Value(x), Value(y))


ENDS = [("asin", [1.0]), ("asin", [-1.0]), ("acos", [1.0]), ("acosh", [1.0]), ("hypot", [0.0, -0.0]),
        ("atan2", [0.0, 0.0]), ("xlogy", [0.0, 0.0])]


@pytest.mark.parametrize("name, numbers", ENDS)
def test_a_value_without_a_finite_slope_is_allowed_but_no_gradient_may_reach_it(name, numbers) -> None:
    operands = [Value(n) for n in numbers]
    v = Op.table[name](*operands)
    assert v.data == Op.table[name](*numbers) and math.isnan(v.partials[0])
    (v * 0.0 + operands[0]).backward()
    assert operands[0].grad == 1.0
    with pytest.raises(GradientError, match="has no finite slope"):
        v.backward()


def test_the_signs_of_zeros_decide_as_in_math() -> None:
    for y in 0.0, -0.0:
        for x in 0.0, -0.0, 1.0, -1.0:
            assert engine.atan2(Value(y), x).data.hex() == engine.atan2(y, x).hex() == math.atan2(y, x).hex()


LARGE = [("atan", [1e155], [1e-310]), ("atan", [-1e200], [0.0]), ("asinh", [1e200], [1e-200]),
         ("asinh", [-1.7e308], [1 / 1.7e308]), ("acosh", [1e200], [1e-200]), ("softsign", [1e160], [1e-320]),
         ("softsign", [-1.7e308], [0.0]), ("hypot", [3e200, 4e200], [0.6, 0.8]),
         ("hypot", [3e-320, 4e-320], [0.6, 0.8]), ("erf", [1.7e308], [0.0]),
         ("gelu", [1.7e308], [1.0]), ("gelu", [-1.7e308], [0.0]), ("silu", [1.7e308], [1.0]),
         ("silu", [-1.7e308], [0.0]),
         ("silu", [-740.0], [-739 * math.exp(-370) * math.exp(-370)]), ("elu", [-1.7e308], [0.0]),
         ("atan2", [3e307, 1e308], [1e308 / 1.09e308 / 1e308, -3e307 / 1.09e308 / 1e308]),
         ("atan2", [5e-324, 1.0], [1.0, -5e-324]), ("atan2", [1e-200, 1e-200], [5e199, -5e199]),
         ("atan2", [1.7e308, 1.7e308], [0.5 / 1.7e308, -0.5 / 1.7e308])]


@pytest.mark.parametrize("name, numbers, slopes", LARGE)
def test_nothing_overflows_on_the_way_nor_underflows(name, numbers, slopes) -> None:
    operands = [Value(n) for n in numbers]
    v = Op.table[name](*operands)
    assert v.partials == pytest.approx(slopes, rel=1e-3 if max(map(abs, slopes)) < 1e-300 else 1e-14, abs=1e-323)
    for x, partial in zip(operands, v.partials):                     # nor does it where the slopes are Values
        slope = engine.derivative(v, x)
        assert slope.data == pytest.approx(partial, rel=1e-14, abs=1e-323)
        if max(map(abs, numbers)) > 1e-100:          # else it lies beyond the largest number
            engine.derivative(slope, x)


def test_at_0_the_slopes_are_those_of_pytorch() -> None:
    assert [Op.table[name](Value(0.0)).partials[0] for name in ("leaky_relu", "elu", "softsign", "silu", "gelu")] == [
        0.01, 1.0, 1.0, 0.5, 0.5]
    assert Value(-2.0).leaky_relu().data == -0.02 and Value(-0.0).elu().partials == (1.0,)


def test_its_rows_are_methods_and_functions_like_those_of_the_first() -> None:
    names = {name for name, row in vars(Rows).items() if isinstance(row, Op)}
    assert names - {"gaussian"} <= set(engine.__all__)
    for name in names:
        assert getattr(Value, name).op is vars(Rows)[name] is Op.table[name]
        assert getattr(engine, name, Value.gaussian).op is Op.table[name]


SECONDS = {                                          # as definitions have them, for numbers of many digits
    "asin":  lambda x: x / (1 - x * x) ** mpf(1.5),       "acos":  lambda x: -x / (1 - x * x) ** mpf(1.5),
    "atanh": lambda x: 2 * x / (1 - x * x) ** 2,          "acosh": lambda x: -x / (x * x - 1) ** mpf(1.5),
}


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("distance", [2.0 ** -2, 2.0 ** -10, 2.0 ** -26, 2.0 ** -45])
def test_second_derivatives_do_not_cancel_near_1(name, distance):
    for n in [1.0 + distance] if name == "acosh" else [1.0 - distance, distance - 1.0]:
        x = Value(n)
        with mp.workdps(60):
            exact = float(SECONDS[name](mpf(n)))
        assert derivative(derivative(getattr(x, name)(), x), x).data == pytest.approx(exact, rel=4e-15)
