"""engine/testing/slopes.py: slopes by numbers alone, and how certain they are."""
import math

import pytest
from hypothesis import assume, example, given, strategies as st

from engine import Op, Value
from engine.testing import check_gradient, slopes
from engine.testing.kinks import slopes_beside
from engine.testing.slopes import (blur, complex_step, difference, extrapolated, secants, slope_aside, slope_of,
                                   slopes_around, step_along)

CURVES = {
    "exp":   (math.exp, math.exp),
    "sin":   (math.sin, math.cos),
    "cube":  (lambda x: x ** 3, lambda x: 3 * x * x),
    "atan":  (math.atan, lambda x: 1 / (1 + x * x)),
    "1 / x": (lambda x: 1 / x, lambda x: -1 / (x * x)),
}


@given(st.sampled_from(sorted(CURVES)), st.floats(-50.0, 50.0))
def test_slopes_of_smooth_functions_lie_within_their_error(name, x):
    function, slope = CURVES[name]
    assume(x == 0.0 and name != "1 / x" or abs(x) > 1e-100)
    low, high = slopes_around(function, x)
    exact = slope(x)
    assert low <= exact + 1e-300 and exact - 1e-300 <= high
    assert high - low <= 1e-6 * max(1.0, abs(exact), abs(function(x)), abs(x))


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(-100.0, 100.0))
def test_at_a_kink_they_are_the_slopes_on_either_side(left, right, x):
    assume(x == 0.0 or abs(x) > 1e-100)
    assume(all(slope == 0.0 or abs(slope) > 1e-300 for slope in (left, right)))      # smaller ones have few digits
    low, high = slopes_around(lambda n: (n - x) * (left if n < x else right), x)
    assert low - 1e-6 <= min(left, right) <= low + 1e-6 * (1 + abs(low))
    assert high - 1e-6 * (1 + abs(high)) <= max(left, right) <= high + 1e-6


@pytest.mark.parametrize("function, x", [
    (math.sqrt, 0.0), (math.sqrt, 5e-324), (math.log, 5e-324), (lambda x: 0.0 ** x, 0.0), (lambda x: 1 / x, 1e-200),
    (lambda x: float(x > 0), 0.0), (lambda x: math.sin(x), 1e16), (lambda x: math.nan, 1.0),
])
def test_where_there_is_none_none_is_found(function, x):
    assert slopes_around(function, x) is None


@pytest.mark.parametrize("function, x, exact", [
    (math.exp, -700.0, math.exp(-700.0)), (math.exp, 709.7, math.exp(709.7)), (math.sin, 1e10, math.cos(1e10)),
    (lambda x: x * x, 1e-200, 2e-200), (lambda x: x * x, 1.3e154, 2.6e154), (lambda x: 1 / x, 1e-150, -1e300),
    (lambda x: x ** 17, -3.3, 17 * 3.3 ** 16), (lambda x: -x, 1.7e308, -1.0), (lambda x: abs(x) ** 1.5, 0.0, 0.0),
])
def test_extremes(function, x, exact):
    low, high = slopes_around(function, x)
    assert low <= exact <= high
    assert high - low <= 1e-6 * abs(exact) + 1e-100


@given(st.floats(1e-3, 1e3), st.integers(1, 30))
def test_the_complex_step_is_exact(x, n):
    v = Value(x) ** n
    assert abs(complex_step(v, 0, x).slope - n * x ** (n - 1)) <= 1e-14 * n * x ** (n - 1)


@pytest.mark.parametrize("v, slope", [
    (Value(1e-300) * Value(1e-300), 1e-300), (Value(1e-300).log(), 1e300), (Value(5e-324).exp(), 1.0),
    (Value(2.0) * 0.0, 0.0), (Value(300.0).tanh(), 4 * math.exp(-600)), (Value(-2.0) ** 3, 12.0),
], ids=repr)
def test_the_complex_step_finds_a_step_that_is_not_lost(v, slope):
    assert math.isclose(complex_step(v, 0, v.parents[0].data).slope, slope, rel_tol=1e-9)


@given(st.sampled_from(["exp", "sin", "tanh", "neg", "sigmoid", "atan"]), st.floats(-3.0, 3.0),
       st.sampled_from([1.0, 0.5, 3.0]))
@example("exp", 1.0, 1.0)
def test_the_other_way_the_complex_step_finds_the_same_slope_with_the_other_sign(name, x, move):
    v = Op.table[name](Value(x))
    there, back = step_along(v, [x], {0: move}), step_along(v, [x], {0: -move})
    assert there.slope == -back.slope and there.size == back.size


def test_the_complex_step_says_where_it_does_not_work():
    for v in Value(0.0).sqrt(), Value(5e-324).sqrt(), Value(-2.0) ** 101.0, Value(1e-250) * 1e-250 * 1e200:
        assert complex_step(v, 0, v.parents[0].data) is None or not v.parents[0].constant and not v.data
    assert complex_step(Value(0.0).sqrt(), 0, 0.0) is complex_step(Value(5e-324).sqrt(), 0, 5e-324) is None


@pytest.mark.parametrize("v, low, high", [
    (Value(0.0).relu(), 0.0, 1.0), (abs(Value(0.0)), -1.0, 1.0), (Value.maximum([Value(5e-324), 5e-324]), 0.0, 1.0),
    (Value(2.0).relu(), 1.0, 1.0), (Value(-2.0).relu(), 0.0, 0.0), (Value(0.0) ** 1.5, 0.0, 0.0),
    (Value(5e-324) / 0.03125, 32.0, 32.0),
], ids=repr)
def test_a_slope_lies_between_those_on_either_side(v, low, high):
    slope = slope_of(v, 0)
    assert slope.low <= low + 1e-9 and high - 1e-9 <= slope.high and slope.high - slope.low <= high - low + 1e-6
    assert slope.allows(low, 1e-8) and slope.allows((low + high) / 2, 1e-8) and slope.allows(high, 1e-8)
    assert not slope.allows(low - 0.1, 1e-8) and not slope.allows(high + 0.1, 1e-8)


def test_where_numbers_know_no_slope_there_is_none():
    for v in Value(0.0).sqrt(), Value(1e-200) ** -1.0, 0.0 ** Value(0.0):
        assert slope_of(v, [not x.constant for x in v.parents].index(True)) is None
    assert slope_of(Value(-2.0) ** Value(3.0), 1) is None, "no float next to 3 is a power of -2"


def test_what_rounding_did_to_a_slope_is_known():
    cancels = Op("x * (1 + tanh(x))", "1", name="cancels")
    del Op.table["cancels"]
    v = cancels(Value(-12.0))
    slope = slope_of(v, 0)
    assert 1e-18 < slope.noise < 1e-14 and slope_of(Value(-12.0).tanh(), 0).noise < 1e-22


def test_a_function_that_is_constant_as_far_as_one_sees_has_slope_zero():
    assert difference(lambda x: 7.0, 3.0, 0)[0] == 0.0


@pytest.mark.parametrize("function, x, slope", [
    (lambda x: 0.2 * x, 5e-324, 0.2), (lambda x: 0.3 * x, 1.5e-323, 0.3), (math.sqrt, 1e-305, 0.5 / math.sqrt(1e-305)),
    (lambda x: -0.2 * x, 5e-324, -0.2)])
def test_next_to_0_a_slope_lies_between_those_of_the_secants(function, x, slope):
    low, high = secants(function, x)
    assert low <= slope <= high


@pytest.mark.parametrize("x", [0.0, 3.0])
def test_each_side_of_a_kink_has_its_slope(x):
    below, above = [slope_aside(lambda t: abs(t - x), x, side, 0.0) for side in (False, True)]
    assert below == pytest.approx((-1.0, -1.0)) and above == pytest.approx((1.0, 1.0))


def test_next_to_0_a_slope_that_no_small_step_finds_is_that_of_the_secants():
    found = slope_of(Value(1e-310).sqrt(), 0)
    assert found.low <= 0.5 / math.sqrt(1e-310) <= found.high < 2 * found.low


def test_of_a_line_the_secants_are_its_slope():
    assert secants(lambda x: 3.0 * x, 1e-300) == pytest.approx((3.0, 3.0), rel=1e-13)


@pytest.mark.parametrize("side, n", [(0, 3), (0, 5), (1, 2), (-1, 3)])
def test_differences_of_powers_are_extrapolated_to_the_last_digits(side, n):
    slope, wavers, noise = extrapolated(lambda x: x ** n, 1.0, side, 0.5, 0.0)
    assert abs(slope - n) <= 1e-13 and wavers <= 1e-13 and noise <= 1e-13


def test_extrapolation_goes_on_as_long_as_it_gains():
    for side, most in (0, 1e-13), (1, 1e-11):
        slope, wavers, _ = extrapolated(math.exp, 0.0, side, 1.0, 0.0)
        assert abs(slope - 1.0) <= most and wavers <= most


def test_where_the_formula_is_not_known_for_complex_numbers_its_rounding_counts_for_nothing():
    v = Value(1.0).exp()
    assert blur(v, [1000.0]) == 0.0 < blur(v, [1.0]) < 1e-14


def test_along_several_operands_each_moves_as_it_is_told_and_a_constant_not_at_all():
    low, high = slopes_beside(Value.fsum([Value(1.0), Value(2.0), 3.0]), {0: 1.0, 1: -0.5})
    assert 0.5 - 1e-9 <= low <= high <= 0.5 + 1e-9


@pytest.mark.parametrize("x, most", [(0.0, 1e300), (1.0, 1e300), (-3e5, 1e300), (1e-100, 1e300), (-1e-285, 1e-285)])
def test_small_steps_are_tried_first_and_next_to_0_none_that_leads_away(x, most, monkeypatch):
    steps = []

    def noted(function, x, side, step, rounding):
        steps.append(step)
        return 1.0, 0.0, 0.0

    monkeypatch.setattr(slopes, "extrapolated", noted)
    assert difference(lambda x: x, x, 0) and steps == sorted(steps) and len(steps) >= 7 and steps[-1] < most


def test_where_shaking_overflows_each_operand_is_rounded_a_few_times(monkeypatch):
    def overflows(*given):
        raise OverflowError

    v = Value(1.0).tanh()
    assert 0.0 < blur(v, [0.5]) < 2 * 8 * 2.0 ** -53
    monkeypatch.setattr(slopes, "rounding", overflows)
    assert blur(v, [0.5]) == 8 * 2.0 ** -53 * 0.5


def test_rounding_of_large_operands_accuses_nobody():
    xs, ys = [0.0, 0.0, 841239818553401.0, 0.0, 0.0], [0.0, 0.0, 0.0, -1.0, 1.0000000000000002]
    check_gradient(Value.weighted_cross_entropy, xs, ys)
