"""nn/inputs.py: rows of numbers and whole numbers from outside. What callers are told is tested with them."""
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

from engine import Value
from nn.inputs import labels_of, numbers_in, whole


values = st.builds(Value, st.just(1.0))


@given(st.lists(st.integers(-10, 10) | st.floats(-1e308, 1e308) | st.fractions(-10, 10) | values))
def test_a_row_keeps_values_and_makes_floats_of_the_rest(numbers):
    found = numbers_in(numbers, "f")
    assert found == [n if isinstance(n, Value) else float(n) for n in numbers]
    assert {type(n) for n in found} <= {float, Value}


def test_a_row_is_a_list_of_its_own():
    numbers = [1.0]
    assert numbers_in(numbers, "f") is not numbers
    assert numbers_in([Fraction(1, 4), np.float32(0.5), np.int8(3)], "f") == [0.25, 0.5, 3.0]


@given(st.integers())
def test_a_whole_number_is_an_int(n):
    assert whole(n, "f") == n
    assert type(whole(np.int64(n % 100), "f")) is int


@pytest.mark.parametrize("n", [True, 1.0, np.float64(1.0), np.True_, "1", None, 1j, [1], Value(1.0)], ids=repr)
def test_all_else_is_refused(n):
    with pytest.raises(TypeError, match="^f needs a whole number; "):
        whole(n, "f")


def test_labels_are_listed_where_there_are_any():
    assert labels_of([Value(1.0), 2.0]) == ""
    assert labels_of([Value(1.0, f"z{i}") for i in range(12)]) == " (z0, z1, z2, z3, z4, z5, z6, z7, z8, z9, …)"
