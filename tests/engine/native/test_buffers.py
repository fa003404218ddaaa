"""engine/native/buffers.py: numbers of many Values at once, the same with and without the compiled core."""
from array import array
from math import inf, nan

import pytest
from hypothesis import given, strategies as st

from engine import Value, core
from engine.native.buffers import bound, grads_of, numbers_of, read, set_grads, set_numbers, writing
from engine.testing import numbers
from engine.value import commit
from tests.interrupts import all_or_nothing

pairs = st.lists(st.tuples(numbers(), numbers()), max_size=40)


def leaves(some):
    """A Value with a grad for each pair."""
    values = [Value(x) for x, _ in some]
    for v, (_, g) in zip(values, some):
        v.grad = g
    return values


@given(pairs)
def test_what_is_read_is_there(some):
    values = leaves(some)
    assert list(map(repr, numbers_of(values))) == [repr(x) for x, _ in some]
    assert list(map(repr, grads_of(values))) == [repr(g) for _, g in some]


@given(pairs)
def test_what_is_written_is_there_and_nothing_else(some):
    values = leaves(some)
    set_numbers(values, array("d", [g for _, g in some]))
    set_grads(values, [x for x, _ in some])
    assert [(repr(v.data), repr(v.grad)) for v in values] == [(repr(g), repr(x)) for x, g in some]


@given(pairs, st.integers(2, 5), st.data())
def test_columns_of_a_matrix_are_read_and_written_alone(some, width, data):
    at, by = data.draw(st.permutations(range(width)))[:2]
    matrix, values = array("d", [0.5] * width * len(some)), leaves(some)
    read(bound(values), matrix, width, data=at, grad=by)
    expected = array("d", [0.5] * width * len(some))
    expected[at::width], expected[by::width] = array("d", [x for x, _ in some]), array("d", [g for _, g in some])
    assert matrix == expected
    commit(writing(bound(values), matrix, width, data=by, grad=at))
    assert [(v.data, v.grad) for v in values] == [(g, x) for x, g in some]


@pytest.mark.parametrize("given, error", [
    ([1.0, nan], ValueError), (array("d", [1.0, inf]), ValueError), ([1.0], ValueError), ([1.0, 2.0, 3.0], ValueError),
    ([1.0, "2"], TypeError), ([True, 1.0], TypeError), (array("f", [1.0]), ValueError)])
@pytest.mark.parametrize("change", [set_numbers, set_grads])
def test_what_does_not_fit_changes_nothing(change, given, error):
    values = leaves([(1.0, 2.0), (3.0, 4.0)])
    with pytest.raises(error):
        change(values, given)
    assert [(v.data, v.grad) for v in values] == [(1.0, 2.0), (3.0, 4.0)]


def test_only_values_are_read():
    for other in ([1.0], [Value(1.0), None]):
        with pytest.raises(TypeError, match="Values are needed"):
            numbers_of(other)


def test_a_change_is_one():
    def make():
        values = leaves([(1.0, 2.0)] * 5)
        return lambda: set_numbers(values, [7.0] * 5), lambda: [v.data for v in values]
    assert all_or_nothing(make) > 3


@pytest.mark.skipif(core != "native", reason="is about the C")
@pytest.mark.parametrize("matrix, width, data", [
    (array("d", [0.0]), 1, 0), (array("d", [0.0] * 3), 2, 0),
    (array("d", [0.0] * 4), 0, 0), (array("d", [0.0] * 4), 2, 2),
    (array("f", [0.0] * 9), 1, 0), (array("d", [0.0] * 4), 2, -2),
    (b"12345678" * 9, 1, 0), (array("d", [0.0] * 4), 1 << 62, 0)])
def test_memory_that_does_not_fit_is_not_touched(matrix, width, data):
    with pytest.raises((ValueError, BufferError)):
        read(bound([Value(1.0), Value(2.0)]), matrix, width, data=data)
