"""A choice between two values, as NumPy's where: into the graph goes what was chosen."""
from __future__ import annotations

from engine.errors import number
from engine.value import Value, constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from engine.value import Number

    Choice = Number | Callable[[], Number]


def where(condition: object, x: Choice, y: Choice) -> Value:
    """x if the condition holds, else y; either may be a function, called only if it is chosen.

    The choice does not go into the graph, only what was chosen.

    >>> v = Value(-1.0)
    >>> where(v > 0, lambda: v.log(), 0.0)
    Value(data=0.0, grad=0.0)
    """
    chosen: Any = x if condition else y
    chosen = chosen() if callable(chosen) else chosen
    if chosen.__class__ is Value or not (Value in (x.__class__, y.__class__) or callable(x) or callable(y)):
        return chosen  # type: ignore[no-any-return]
    return constant(number(chosen, "where(condition, x, y)"))
