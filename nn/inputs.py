"""What comes in from outside, checked: rows of numbers, class numbers, counts.

>>> row([1, 2.5], "softmax(logits)")
[1.0, 2.5]
"""
from __future__ import annotations

from numbers import Integral

from engine import Value
from engine.errors import brief, described, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def row(numbers: Any, what: str) -> list[Any]:
    """The Values and plain numbers of a sequence, the plain ones as floats.

    Errors: TypeError for what is no sequence of numbers, ValueError for nan and infinity.

    >>> row(3.0, "softmax(logits)")
    Traceback (most recent call last):
        ...
    TypeError: softmax(logits) needs a sequence of numbers; 3.0 is a single float; put it in a list
    """
    if isinstance(numbers, (set, frozenset, dict, str, bytes)):
        raise TypeError(f"{what} needs a sequence of numbers; {brief(numbers)} is {described(numbers)}; "
                        f"write a list")
    try:
        items = list(numbers)
    except TypeError:
        raise TypeError(f"{what} needs a sequence of numbers; {brief(numbers)} is a single {type(numbers).__name__}; "
                        f"put it in a list") from None
    for i, n in enumerate(items):
        if n.__class__ is not Value:
            if hasattr(n, "__iter__") and not isinstance(n, str):
                raise TypeError(f"{what} needs one row of numbers; {brief(n)} is a row in itself; "
                                f"go through the rows one by one")
            items[i] = number(n, what)
    return items


def whole(n: Any, what: str, kind: str = "a whole number") -> int:
    """The int that a whole number is, NumPy's integers included.

    Errors: TypeError for all else, True and 2.0 too.

    >>> whole(2.0, "Layer(nin, nout)")
    Traceback (most recent call last):
        ...
    TypeError: Layer(nin, nout) needs a whole number; 2.0 is a float; write 2 if that number is meant
    """
    if isinstance(n, Integral) and not isinstance(n, bool):
        return int(n)
    meant = isinstance(n, (bool, float)) and n == n // 1
    raise TypeError(f"{what} needs {kind}; {brief(n)} is {described(n)}"
                    f"{f'; write {int(n)} if that number is meant' if meant else ''}")


def named(values: list[Any]) -> str:
    """The labels of some values, in parentheses; empty where none has one.

    >>> named([Value(1.0, "z1"), 2.0, Value(3.0)])
    ' (z1, ?, ?)'
    """
    labels = [getattr(v, "label", "") for v in values]
    listed = ", ".join([label or "?" for label in labels[:10]]) + (", …" if len(labels) > 10 else "")
    return f" ({listed})" if any(labels) else ""


def examples(rows: Any, targets: Any, what: str) -> tuple[list[list[float]], list[Any]]:
    """Rows of plain numbers, all of one width, and a target for each: a number, or a row of numbers.

    Lists, arrays and whatever numpy.asarray takes. Errors: TypeError and ValueError that name the row.

    >>> examples([[1, 2], (3, 4)], [0, 1.5], "fit")
    ([[1.0, 2.0], [3.0, 4.0]], [0, 1.5])
    """
    found, wanted = plain(rows, f"{what} for its rows"), plain(targets, f"{what} for its targets")
    if len(found) != len(wanted):
        raise ValueError(f"{what} needs one target for each row; {len(found)} and {len(wanted)} came")
    if not found:
        raise ValueError(f"{what} needs at least one row; none came")
    for i, numbers in enumerate(found):
        found[i] = [number(n, f"{what} in row {i}") for n in plain(numbers, f"{what} for row {i}")]
        if len(found[i]) != len(found[0]):
            raise ValueError(f"{what} needs rows of one width; row 0 has {len(found[0])} numbers, "
                             f"row {i} has {len(found[i])}")
    return found, [target(t, f"{what} for target {i}") for i, t in enumerate(wanted)]


def target(t: Any, what: str) -> Any:
    """A target: a whole number as an int, another as a float, a row of such."""
    if hasattr(t, "tolist"):
        t = t.tolist()
    if hasattr(t, "__iter__") and not isinstance(t, str):
        return [target(n, what) for n in plain(t, what)]
    return int(t) if isinstance(t, Integral) and not isinstance(t, bool) else number(t, what)


def plain(numbers: Any, what: str) -> list[Any]:
    """A list of what is in a list, an array or anything else that numpy.asarray takes."""
    found = numbers
    if hasattr(found, "__array__") and not hasattr(found, "tolist"):             # a table, as pandas has them
        import numpy
        found = numpy.asarray(found)
    if hasattr(found, "tolist"):
        found = found.tolist()
    if not hasattr(found, "__iter__") or isinstance(found, (set, frozenset, dict, str, bytes)):
        raise TypeError(f"{what} needs a list or an array; {brief(numbers)} is {described(numbers)}"
                        f"{'' if hasattr(found, '__iter__') else f'; write [{brief(numbers)}] if one number is meant'}")
    return list(found)
