"""What comes in from outside, checked: rows of numbers, class numbers, counts.

>>> row([1, 2.5], "softmax(logits)")
[1.0, 2.5]
"""
from __future__ import annotations

from numbers import Integral

from engine import Value
from engine.errors import brief, number

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
        raise TypeError(f"{what} needs a sequence of numbers; {brief(numbers)} is a {type(numbers).__name__}; "
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
    raise TypeError(f"{what} needs {kind}; {brief(n)} is a {type(n).__name__}"
                    f"{f'; write {int(n)} if that number is meant' if meant else ''}")


def named(values: list[Any]) -> str:
    """The labels of some values, in parentheses; empty where none has one.

    >>> named([Value(1.0, "z1"), 2.0, Value(3.0)])
    ' (z1, ?, ?)'
    """
    labels = [getattr(v, "label", "") for v in values]
    listed = ", ".join([label or "?" for label in labels[:10]]) + (", …" if len(labels) > 10 else "")
    return f" ({listed})" if any(labels) else ""
