"""A choice by number: one value out of several, as a list's place has it."""
from __future__ import annotations

from engine.errors import brief, number
from engine.more_rows import Rows
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, SupportsFloat, overload

    from engine.value import Number

    Floats = Iterable[float]


if TYPE_CHECKING:
    @overload
    def at(ys: Floats, x: SupportsFloat, /) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def at(ys: Iterable[Value], x: Number, /) -> Value: ...
    @overload
    def at(ys: Iterable[Number], x: Value, /) -> Value: ...
    @overload
    def at(ys: Iterable[Number], x: SupportsFloat, /) -> Value | float: ...
    @overload
    def at(keys: Floats, ys: Floats, x: SupportsFloat, /) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def at(keys: Iterable[Number], ys: Iterable[Number], x: Number, /) -> Value: ...


def at(*operands: Any) -> Any:
    """at(ys, x): of some values that in place x, counted from 0; at(keys, ys, x): that whose key is x.

    Of a plain whole number it is the value itself, and there is no node. A Value is looked up: its number chooses, and
    may be an input of a Replay; a gradient goes to what was chosen, none to x. Errors: IndexError for a plain number
    that is no place, ValueError where a Value's number is none, or no key; TypeError for what is no number.

    >>> a, b, x = Value(2.0, "a"), Value(3.0, "b"), Value(1.0, "x")
    >>> at([a, b], 1) is b
    True
    >>> z = at([a, b], x)
    >>> z.backward()
    >>> z.data, a.grad, b.grad
    (3.0, 0.0, 1.0)
    >>> at([a, b], 2)
    Traceback (most recent call last):
        ...
    IndexError: at(ys, x) needs a whole number from 0 to 1, for 2 values; 2 came
    """
    if len(operands) != 2:
        return ROW.function(*operands)
    ys, x = ROW.gather(operands[0]), operands[1]
    if x.__class__ is Value:
        return ROW.function(range(len(ys)), ys, x)
    return ys[place(x, len(ys), "at(ys, x)", "values")]


def place(x: Any, count: int, what: str, noun: str) -> int:
    """Which of so many a plain number is. Errors: IndexError for none of them, TypeError for what is no number."""
    if not (number(x, what) == x // 1 and 0 <= x < count):
        raise IndexError(f"{what} needs a whole number from 0 to {count - 1}, for {count} {noun}; {brief(x)} came")
    return int(x)


ROW = Rows.at
at.op = ROW                                          # type: ignore[attr-defined]
