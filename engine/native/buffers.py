"""Numbers of many Values at once, read into memory and written from it: in C where the compiled core runs.

`numbers_of(values)` and `grads_of(values)` give arrays of doubles; `set_numbers` and `set_grads` take as many finite
numbers, all or none of them. For numbers that stand in columns of a matrix with a row for each Value there are `read`
and `writing`, which take what `bound(values)` gives; what `writing` gives is for `commit`, where it can be one change
with others.

>>> from engine import Value
>>> values = a, b = Value(1.0), Value(2.0)
>>> set_grads(values, [0.5, -0.5])
>>> grads_of(values)
array('d', [0.5, -0.5])
>>> matrix = array("d", [0.0, 7.0, 0.0, 8.0])
>>> read(bound(values), matrix, 2, data=0)
>>> matrix
array('d', [1.0, 7.0, 2.0, 8.0])
>>> _ = commit(writing(bound(values), matrix, 2, data=1))
>>> a.data, b.data
(7.0, 8.0)
"""
from __future__ import annotations

from array import array
from itertools import chain, starmap
from math import isfinite
from operator import attrgetter

from engine.errors import number
from engine.native import name as core
from engine.value import Value, commit, get_grad, set_data, set_grad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

compiled: Any = None
if core == "native":
    from engine.native import core as compiled  # type: ignore[attr-defined, no-redef]
get_data = attrgetter("_data")


def bound(values: Iterable[Value]) -> Any:
    """The values as `read` and `writing` take them. Errors: TypeError for what is no Value."""
    values = tuple(values)
    if compiled:
        return compiled.bound(values)
    if any([v.__class__ is not Value for v in values]):
        raise TypeError("Values are needed")
    return values


def read(values: Any, matrix: Any, width: int, *, data: int = -1, grad: int = -1) -> None:
    """Put data and grads of the bound values into columns of a matrix in memory; -1 leaves one out."""
    if compiled:
        compiled.read(values, matrix, width, data, grad)
        return
    for column, get in (data, get_data), (grad, get_grad):
        if column >= 0:
            matrix[column:len(values) * width:width] = array("d", map(get, values))


def writing(values: Any, matrix: Any, width: int, *, data: int = -1, grad: int = -1) -> Iterator[Any]:
    """What `commit` runs to make columns of a matrix of finite numbers data and grads of the bound values."""
    if compiled:
        return starmap(compiled.write, [(values, matrix, width, data, grad)])
    columns = [(change, column) for change, column in ((set_data, data), (set_grad, grad)) if column >= 0]
    return chain.from_iterable([map(change, values, matrix[column::width]) for change, column in columns])


def numbers_of(values: Iterable[Value]) -> array[float]:
    """The numbers of the values."""
    values = tuple(values)
    read(bound(values), numbers := array("d", bytes(8 * len(values))), 1, data=0)
    return numbers


def grads_of(values: Iterable[Value]) -> array[float]:
    """The grads of the values."""
    values = tuple(values)
    read(bound(values), grads := array("d", bytes(8 * len(values))), 1, grad=0)
    return grads


def set_numbers(values: Iterable[Value], numbers: Iterable[float]) -> None:
    """Make these the numbers of the values, all or none. Errors: ValueError for what is not finite, or not as many.

    >>> a, b = Value(1.0), Value(2.0)
    >>> set_numbers([a, b], [3.0, float("inf")])
    Traceback (most recent call last):
        ...
    ValueError: set_numbers(values, numbers) needs a finite number; inf is not; look where it first arose
    >>> a.data
    1.0
    """
    values = tuple(values)
    commit(writing(bound(values), checked(values, numbers, "set_numbers(values, numbers)"), 1, data=0))


def set_grads(values: Iterable[Value], grads: Iterable[float]) -> None:
    """Make these the grads of the values, all or none. Errors: ValueError for what is not finite, or not as many."""
    values = tuple(values)
    commit(writing(bound(values), checked(values, grads, "set_grads(values, grads)"), 1, grad=0))


def checked(values: tuple[Value, ...], numbers: Iterable[float], what: str) -> array[float]:
    """A finite number for each value, one after the other."""
    if not isinstance(numbers, array) or numbers.typecode != "d" or not all(map(isfinite, numbers)):
        numbers = array("d", [number(n, what) for n in numbers])
    if len(numbers) != len(values):
        raise ValueError(f"{what} needs a number for each value; {len(values)} and {len(numbers)} came")
    return numbers
