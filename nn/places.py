"""Places, as of a text: each a row of numbers, one alone or several in a list.

>>> plus([1, 2], [3, 4]), plus([[1], [2]], [[3], [4]])
([4, 6], [[4], [6]])
"""
from __future__ import annotations

from engine import Value
from engine.errors import brief, described

from nn.inputs import is_row
from nn.layers import listed
from nn.module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, overload

    from engine.value import Number


class PlaceByPlace(Module):
    """A module whose `at_place` says what it finds from the numbers of one place; of several it gives a list.

    >>> class Doubled(PlaceByPlace):
    ...     def at_place(self, x):
    ...         return [2 * n for n in x]
    >>> Doubled()([1, 2]), Doubled()([[1, 2], [3, 4]])
    ([2, 4], [[2, 4], [6, 8]])
    """

    if TYPE_CHECKING:
        @overload
        def __call__(self, x: Iterable[Number]) -> list[Value]: ...
        @overload
        def __call__(self, x: Iterable[Iterable[Number]]) -> list[list[Value]]: ...

    def __call__(self, x: Any) -> Any:
        places = [*x] if is_row(x) else x
        several = is_row(places) and places and is_row(places[0])
        return [self.at_place(place) for place in places] if several else self.at_place(places)

    def at_place(self, x: Any) -> list[Value]:
        """What it finds from the numbers of one place."""
        raise NotImplementedError


def several(places: Any, what: str) -> list[Iterable[Number]]:
    """A list of places. Errors: TypeError for the numbers of one place, or for one number.

    >>> several([1.0, 2.0], "SelfAttention(2)")
    Traceback (most recent call last):
        ...
    TypeError: SelfAttention(2) needs a list of places, each a row of numbers; 1.0 is a float; for one place x write [x]
    """
    items = [*places] if is_row(places) else [places]
    for one in items:
        if not is_row(one):
            raise TypeError(f"{what} needs a list of places, each a row of numbers; {brief(one)} is {described(one)}; "
                            "for one place x write [x]")
    return items


def plus(x: Any, y: Any, what: str = "plus(x, y)") -> list[Any]:
    """The sums of the numbers of one place, or of each of several. Errors: ValueError where one has more.

    >>> plus([1, 2], [3])
    Traceback (most recent call last):
        ...
    ValueError: plus(x, y) needs as many numbers on both sides of +; 2 and 1 came
    """
    xs, ys = [*x], listed(y)
    if len(xs) != len(ys):
        raise ValueError(f"{what} needs as many numbers on both sides of +; {len(xs)} and {len(ys)} came")
    return [plus(a, b, what) if is_row(a) else a + b for a, b in zip(xs, ys)]
