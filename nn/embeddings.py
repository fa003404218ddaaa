"""An embedding: for each of so many things, a letter or a place, a row of numbers that are learned."""
from __future__ import annotations

from engine import Value, at
from engine.interop.choosing import place

from nn.inputs import is_row
from nn.layers import generator, width
from nn.module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, overload

    from engine.value import Number
    from nn.layers import Seed


class Embedding(Module):
    """The row of a thing by its number, or of each of several; a number that is a Value may be an input of a Replay.

    Of a plain number the row is the parameters themselves; of a Value each is chosen by `engine.at`, and its gradient
    goes to the parameters that were chosen. There are `count` rows of so many numbers, drawn from a normal distribution
    of standard deviation `spread`. Errors: IndexError for a number of no row, ValueError where a Value's is none.

    >>> letters = Embedding(27, 2, seed=1)
    >>> letters
    Embedding(27, 2)
    >>> [x.label for x in letters(5)]
    ['rows[5][0]', 'rows[5][1]']
    >>> letters(Value(5.0))[0].data == letters(5)[0].data
    True
    >>> letters(27)
    Traceback (most recent call last):
        ...
    IndexError: Embedding(27, 2) needs a whole number from 0 to 26, for 27 rows; 27 came
    """

    def __init__(self, count: int, nout: int, *, spread: float = 1.0, seed: Seed = None) -> None:
        import random                                # here, so that importing nn stays fast
        count, nout = [width(n, "Embedding(count, nout)") for n in (count, nout)]
        gauss = (generator(seed) or random).gauss
        self.rows = [[Value(gauss(0.0, 1.0) * spread) for _ in range(nout)] for _ in range(count)]

    if TYPE_CHECKING:
        @overload
        def __call__(self, number: Number) -> list[Value]: ...
        @overload
        def __call__(self, number: Iterable[Number]) -> list[list[Value]]: ...

    def __call__(self, number: Any) -> Any:
        if is_row(number):
            return [self(n) for n in number]
        if number.__class__ is Value:
            return [at(column, number) for column in zip(*self.rows)]
        return [*self.rows[place(number, len(self.rows), repr(self), "rows")]]

    def __repr__(self) -> str:
        return f"Embedding({len(self.rows)}, {len(self.rows[0])})"
