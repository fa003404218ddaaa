"""What comes in from outside, checked: rows of numbers, class numbers, counts.

>>> numbers_in([1, 2.5], "softmax(logits)")
[1.0, 2.5]
"""
from __future__ import annotations

from numbers import Integral

from engine import Value
from engine.errors import asked, brief, described, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Asked = str | Callable[[], str]                  # who asks for a number


def numbers_in(sequence: Any, what: Asked, each: Callable[[Any, Any], float] = number) -> list[Any]:
    """The Values and plain numbers of a sequence, the plain ones as floats, each of which `each` makes and checks.

    `what` asks for them: a text, or what gives one, which is called if there is an error.

    Errors: TypeError for what is no sequence of numbers, ValueError for nan and infinity.

    >>> numbers_in(3.0, "softmax(logits)")
    Traceback (most recent call last):
        ...
    TypeError: softmax(logits) needs a sequence of numbers; 3.0 is a single float; put it in a list
    """
    if isinstance(sequence, (set, frozenset, dict, str, bytes)):
        raise TypeError(f"{asked(what)} needs a sequence of numbers; {brief(sequence)} is {described(sequence)}; "
                        f"write a list")
    try:
        items = list(sequence)
    except TypeError:
        raise TypeError(f"{asked(what)} needs a sequence of numbers; {brief(sequence)} is a single "
                        f"{type(sequence).__name__}; put it in a list") from None
    for i, n in enumerate(items):
        if n.__class__ is not Value:
            if is_row(n):
                raise TypeError(f"{asked(what)} needs one row of numbers; {brief(n)} is a row in itself; "
                                f"go through the rows one by one")
            items[i] = each(n, what)
    return items


def some_numbers(sequence: Any, what: str) -> list[Any]:
    """The Values and plain numbers of a sequence, of which there must be at least one."""
    items = numbers_in(sequence, what)
    if not items:
        raise ValueError(f"{what} needs at least one number; an empty row came")
    return items


def paired(predictions: Any, targets: Any, what: str,
           each: Callable[[Any, str], float] = number) -> tuple[list[Any], list[Any]]:
    """Predictions, and a target for each, which `each` checks; one prediction with its target is a list of one.

    >>> paired(3.0, 1, "hinge(scores, targets)")
    ([3.0], [1.0])
    """
    if not (hasattr(predictions, "__iter__") or is_row(targets)):
        predictions, targets = [predictions], [targets]
    ys, ts = some_numbers(predictions, what), numbers_in(targets, what, each)
    if len(ys) != len(ts):
        raise ValueError(f"{what} needs one target for each prediction; {len(ys)} and {len(ts)} came")
    return ys, ts


def is_row(given: Any) -> bool:
    """Whether something holds several things: a text is one."""
    return hasattr(given, "__iter__") and not isinstance(given, str)


def whole(n: Any, what: str, kind: str = "a whole number") -> int:
    """The int that a whole number is, NumPy's integers included.

    Errors: TypeError for all else, True and 2.0 too.

    >>> whole(2.0, "Layer(nin, nout)")
    Traceback (most recent call last):
        ...
    TypeError: Layer(nin, nout) needs a whole number; 2.0 is a float; write 2 if that number is meant
    """
    if n.__class__ is int or isinstance(n, Integral) and not isinstance(n, bool):
        return int(n)
    meant = isinstance(n, (bool, float)) and n == n // 1
    raise TypeError(f"{what} needs {kind}; {brief(n)} is {described(n)}"
                    f"{f'; write {int(n)} if that number is meant' if meant else ''}")


def labels_of(values: list[Any]) -> str:
    """The labels of some values, in parentheses; empty where none has one.

    >>> labels_of([Value(1.0, "z1"), 2.0, Value(3.0)])
    ' (z1, ?, ?)'
    """
    labels = [getattr(v, "label", "") for v in values]
    texts = ", ".join([label or "?" for label in labels[:10]]) + (", …" if len(labels) > 10 else "")
    return f" ({texts})" if any(labels) else ""
