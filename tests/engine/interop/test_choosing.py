"""engine/interop/choosing.py: a choice by number, eager, recorded, differentiated, shown."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import engine
from engine import Replay, Value, at, derivative, draw, explain, hessian, table
from tests.engine.replay.agreement import BACKENDS

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6)
BAD     = [-1.0, 3.0, 0.5, 2.0000000000000004, 1e300, -1e-300]


@given(NUMBERS, st.data())
def test_a_plain_whole_number_gives_the_value_itself(numbers, data) -> None:
    ys, n = [Value(x) for x in numbers], data.draw(st.integers(0, len(numbers) - 1))
    for kind in (int, float, Fraction, np.int64, np.float32):
        assert at(ys, kind(n)) is ys[n]
    assert at(numbers, n) == numbers[n] and at(iter(ys), n) is ys[n]


@given(NUMBERS, st.data())
def test_a_value_chooses_and_only_what_was_chosen_has_a_slope(numbers, data) -> None:
    ys, n = [Value(x) for x in numbers], data.draw(st.integers(0, len(numbers) - 1))
    x = Value(n)
    z = at(ys, x)
    assert z.data == numbers[n] and z.op is engine.Op.table["at"]
    (z * z).backward()
    assert [y.grad for y in ys] == [2 * numbers[n] if i == n else 0.0 for i in range(len(ys))] and x.grad == 0.0
    assert derivative(z, ys[n]).data == 1.0 and derivative(z, x).data == 0.0
    second = hessian(z * z, [*ys, x])
    assert [[v.data for v in row] for row in second] == [
        [2.0 if i == j == n else 0.0 for j in range(len(ys) + 1)] for i in range(len(ys) + 1)]


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-2.0, 2.0)), min_size=1, max_size=300))
def test_a_recording_gathers_and_scatters_as_eager_code_does(rows) -> None:
    ys, x, w = [Value(y, f"y{i}") for i, y in enumerate((0.5, -1.5, 2.0, 0.25))], Value(0.0, "x"), Value(1.0, "w")
    expected = [0.0] * 4
    for n, scale in rows:
        expected[n] += 2 * ys[n].data * scale
    for backend in BACKENDS:
        replay = Replay(at(ys, x) ** 2 * w, inputs=[x, w], backend=backend)
        assert replay(rows) == pytest.approx([ys[n].data ** 2 * scale for n, scale in rows])
        for y in ys:
            y.grad = 0.0
        replay.backward(rows)
        assert [y.grad for y in ys] == pytest.approx(expected, abs=1e-12)
        assert replay.gradient(rows) == replay.gradient(rows)


@given(st.sampled_from(BAD))
def test_what_is_no_place_is_refused_everywhere(bad) -> None:
    ys, x = [Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "c")], Value(0.0, "x")
    with pytest.raises(IndexError, match="at.ys, x. needs a whole number from 0 to 2, for 3 values; .* came"):
        at(ys, bad)
    with pytest.raises(ValueError, match=r"at\(.*\) needs sum\(x == b\) == 1; .*a whole number below how many"):
        at(ys, Value(bad))
    z = at(ys, x)
    for backend in BACKENDS:
        replay = Replay(z, inputs=[x], backend=backend)
        for run in (replay, replay.backward):
            with pytest.raises(ValueError, match=r"row 1.* needs sum\(x == b\) == 1; .*a whole number below how many"):
                run([[1.0], [bad]])
    assert [y.grad for y in ys] == [0.0] * 3


@pytest.mark.parametrize("bad, error", [(float("nan"), ValueError), (float("inf"), ValueError), ("1", TypeError),
                                        (True, TypeError), (None, TypeError)])
def test_what_is_no_number_is_refused(bad, error) -> None:
    with pytest.raises(error, match="at.ys, x. needs a (finite|real) number"):
        at([Value(1.0), Value(2.0)], bad)
    x = Value(0.0)
    if isinstance(bad, float):
        for backend in BACKENDS:
            with pytest.raises(error):
                Replay(at([Value(1.0), Value(2.0)], x), inputs=[x], backend=backend)([[bad]])


def test_there_must_be_something_to_choose_from() -> None:
    with pytest.raises(IndexError, match="for 0 values"):
        at([], 0)
    with pytest.raises(ValueError, match="at"):
        at([], Value(0.0))


def test_keys_may_be_any_numbers_that_differ() -> None:
    z = at([5, 7, 9], [Value(1.0), Value(2.0), Value(3.0)], Value(7.0))
    assert z.data == 2.0 and z.partials[3:] == (0.0, 1.0, 0.0, 0.0)


def test_it_is_shown_like_other_rows() -> None:
    a, b, x = Value(2.0, "a"), Value(3.0, "b"), Value(1.0, "x")
    z = at([a, b], x)
    z.label = "z"
    assert "at([0, 1], [a, b], x)" in str(table(z)) and draw(z).source
    assert explain(z, b).derivative == 1.0 and explain(z, a).derivative == 0.0
