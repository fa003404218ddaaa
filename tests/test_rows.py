"""tests/rows.py: what a test does to the table ends with it."""
from __future__ import annotations

import linecache

import pytest
from hypothesis import given, strategies as st

from engine import Op, Value
from tests.rows import restored

NAMES = st.sampled_from(["relu", "exp", "cube", "softmax", "new_row"])


@given(st.lists(NAMES, unique=True), st.lists(NAMES, unique=True))
def test_rows_that_are_set_and_rows_that_are_named_are_gone_afterwards(methods, names) -> None:
    assert "    z = exp(x)" in Value.exp.source       # which is written when it is first asked for
    table, before = dict(Op.table), dict(vars(Value))
    sources = {place: source for place, source in linecache.cache.items() if place.startswith("<row ")}
    with restored():
        for name in methods:
            setattr(Value, name, Op("x + 2", "1"))
        for name in names:
            Op("x + 1", "1", name=name)
        assert all(Op.table[name].formula == "x + 1" for name in names)
    assert [*Op.table.items()] == [*table.items()] and dict(vars(Value)) == before
    assert Value(-2.0).relu().data == 0.0 and not hasattr(Value, "cube")
    assert "<row exp>" in sources and all(linecache.cache[place] == source for place, source in sources.items())


def test_rows_are_put_back_after_an_error_too() -> None:
    with pytest.raises(ZeroDivisionError), restored():
        Value.cube = Op("x ** 3", "3 * x ** 2")
        Op("x", "1", name="gone")
        raise ZeroDivisionError
    assert not hasattr(Value, "cube") and not {"cube", "gone"} & set(Op.table)


def test_a_test_may_leave_a_row() -> None:
    Value.left_behind = Op("x", "1")


def test_the_next_one_does_not_find_it() -> None:
    assert not hasattr(Value, "left_behind") and "left_behind" not in Op.table
