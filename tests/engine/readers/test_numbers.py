"""engine/readers/numbers.py: what stands in for functions that complex numbers lack, near the real axis."""
from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from mpmath import mp, mpf

from engine import Value
from engine.formula import FLOATS, FUNCTIONS
from engine.readers.numbers import complexes, values

STEP = 2.0 ** -100
SLOPES = {
    "expm1": [mp.exp], "log1p": [lambda x: 1 / (1 + x)], "log2": [lambda x: 1 / (x * mp.log(2))],
    "erf":   [lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)],
    "erfc":  [lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x)],
    "atan2": [lambda x, y: y / (x * x + y * y), lambda x, y: -x / (x * x + y * y)],
    "hypot": [lambda x, y: x / mp.hypot(x, y), lambda x, y: y / mp.hypot(x, y)],
}
LEAST = {"log1p": -0.999, "log2": 1e-9}
STANDING_IN = [name for name, function in FUNCTIONS.items() if function.takes and function.complexes == name != "floor"]


def test_all_that_stands_in_is_tested() -> None:
    assert set(STANDING_IN) == set(SLOPES)


@pytest.mark.parametrize("name", STANDING_IN)
@given(data=st.data())
def test_its_slopes_are_exact_to_a_few_units_in_the_last_place(name, data) -> None:
    slopes = SLOPES[name]
    number = st.floats(LEAST.get(name, -24.0), 24.0).filter(lambda x: x == 0.0 or abs(x) > 1e-30)
    point = data.draw(st.tuples(*[number] * len(slopes)).filter(any))
    for i, slope in enumerate(slopes):
        z = complexes.functions[name](*[complex(x, STEP * (j == i)) for j, x in enumerate(point)])
        with mp.workdps(50):
            exact = slope(*map(mpf, point))
            assert abs(z.imag / STEP - exact) <= 1e-15 * abs(exact)
        assert z.real == pytest.approx(FLOATS[name](*point), rel=1e-14, abs=STEP ** 2)


def test_sums_of_values_and_the_size_of_complex_numbers() -> None:
    x, y, z = Value(1.0), Value(5.0), Value(2.0)
    assert values.functions["total"]([x]) is x
    assert values.functions["rest"]([x, y, z]).data == 3.0, "all but the largest"
    sizes = [complexes.functions["abs"](complex(n, STEP)) for n in (-0.5, 0.0, 0.5)]
    assert [(each.real, each.imag) for each in sizes] == [(0.5, -STEP), (0.0, 0.0), (0.5, STEP)]
