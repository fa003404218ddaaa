import doctest
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from demos.lesson import page
from demos.lesson.page import decimal, is_rounded

NUMBERS = st.floats(-1e6, 1e6)


def test_its_examples_are_true():
    failed, attempted = doctest.testmod(page)
    assert failed == 0 and attempted > 3


@given(NUMBERS, st.integers(1, 8))
@example(-0.849121, 2)
def test_a_number_rounded_is_recognised_and_its_neighbours_are_not(x, digits):
    text = f"{x:.{digits}f}"
    unit = Decimal(1).scaleb(-digits)
    assert is_rounded(text, x)
    assert not is_rounded(str(Decimal(text) + unit), x) and not is_rounded(str(Decimal(text) - unit), x)


@given(NUMBERS)
@example(-1e-9)
@example(-10.0)
def test_a_printed_number_is_the_number_and_has_its_point_in_place(x):
    text = decimal(x)
    assert abs(float(text) - x) <= 0.51e-6
    assert text[-7] in ". " and text.strip() != "-0"
