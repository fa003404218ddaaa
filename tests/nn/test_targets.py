"""nn/targets.py: forms of targets, as they enter a recording."""
import pytest
from hypothesis import given, strategies as st

from engine import Value
from nn.targets import CLASS, NUMBERS, PROBABILITY, SIGN

classes = st.integers(0, 2) | st.lists(st.floats(0.0, 2.0), min_size=3, max_size=3)


@given(st.lists(classes, min_size=1, max_size=6))
def test_classes_and_weights_are_columns_of_weights(targets):
    rows = CLASS.columns(targets, outputs=3)
    assert [len(row) for row in rows] == [3] * len(targets)
    for t, row in zip(targets, rows):
        assert row == t if isinstance(t, list) else (row[t], sum(row)) == (1.0, 1.0)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=6))
def test_numbers_are_a_column_and_rows_of_numbers_are_columns(targets):
    assert NUMBERS.columns(targets, outputs=1) == [[t] for t in targets]
    assert NUMBERS.columns([[t, t] for t in targets], outputs=2) == [[t, t] for t in targets]


@pytest.mark.parametrize("form, targets", [
    (NUMBERS, [1.0, [1.0]]), (NUMBERS, [[1.0], [1.0, 2.0]]), (SIGN, [1, -1, 0]), (SIGN, [[1, -1], [1, 0.5]]),
    (PROBABILITY, [0.5, 2]), (CLASS, [0, 3]), (CLASS, [-1]), (CLASS, [0.5]), (CLASS, [[1.0, 0.0]])])
def test_what_eager_code_would_refuse_is_no_column(form, targets):
    with pytest.raises((ValueError, TypeError, IndexError)):
        form.columns(targets, outputs=3)


def test_what_stands_for_a_target_has_its_form():
    inputs = [Value(1.0), Value(0.0)]
    assert NUMBERS.from_columns(inputs, [1.0, 0.0]) is inputs and NUMBERS.from_columns(inputs[:1], 1.0) is inputs[0]
    assert CLASS.from_columns(inputs, 0) is inputs
