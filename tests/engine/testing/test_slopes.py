"""engine/testing/slopes.py: slopes by numbers alone, and how certain they are."""
import math

import pytest
from hypothesis import assume, given, strategies as st

from engine import Value
from engine.testing.slopes import complex_step, difference, slopes_around

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
    v = Value(x)
    slope = complex_step((v ** n).log() * v, v)
    assert abs(slope - n * (math.log(x) + 1)) <= 1e-14 * n * (abs(math.log(x)) + 1)


def test_the_complex_step_says_where_it_does_not_work():
    v = Value(1e-300)
    assert complex_step(v * v, v) is None
    v = Value(5e-324)
    assert complex_step(v * 2, v) is None
    v = Value(2.0)
    assert complex_step(v * 0.0, v) == 0.0


def test_a_function_that_is_constant_as_far_as_one_sees_has_slope_zero():
    assert difference(lambda x: 7.0, 3.0, 0)[0] == 0.0
