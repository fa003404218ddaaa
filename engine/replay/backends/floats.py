"""The backend on plain floats: the tape's straight-line Python, row after row; sums are exact."""
from __future__ import annotations

from itertools import zip_longest
from math import fsum, inf, isfinite

from engine.errors import FAILURES
from engine.replay.eager import traced
from engine.replay.source import source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from engine.replay.tape import Tape


class Floats:
    """Runs a tape on rows of floats."""

    name = "python"

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.module: dict[str, Any] = {}

    def function(self, name: str) -> Any:
        """`values` or `gradient` of the tape's source, compiled when it is first used."""
        if not self.module:
            exec(compile(source(self.tape, ()), "<replay>", "exec"), self.module)
        return self.module[name]

    def values(self, rows: Sequence[Sequence[float]], leaves: Sequence[float]) -> list[list[float]]:
        """The outputs for each row."""
        return [self.row_values(row, leaves, i) for i, row in enumerate(plain(rows))]

    def row_values(self, row: Sequence[float], leaves: Sequence[float], i: int) -> list[float]:
        """The outputs for row i. Errors: those of eager code."""
        try:
            return self.function("values")(row, leaves)  # type: ignore[no-any-return]
        except FAILURES:
            return traced(self.tape, [*row, *leaves], i, False)  # type: ignore[no-any-return]

    def row_gradient(self, row: Sequence[float], leaves: Sequence[float], i: int) -> tuple[float, list[float]]:
        """The first output for row i and its slope by each leaf. Errors: those of eager code."""
        try:
            z, slopes = self.function("gradient")(row, leaves)
            if isfinite(z) and all(map(isfinite, slopes)):
                return z, slopes
        except FAILURES:
            pass
        return traced(self.tape, [*row, *leaves], i, True)  # type: ignore[no-any-return]

    def gradient(self, rows: Sequence[Sequence[float]], leaves: Sequence[float]) -> list[float]:
        """The sums over all rows of the first output and of its slope by each leaf."""
        return [total(column) for column in self.columns(rows, leaves)]

    def columns(self, rows: Sequence[Sequence[float]], leaves: Sequence[float]) -> list[list[float]]:
        """The first output and its slopes, each for all rows."""
        columns: list[list[float]] = [[] for _ in range(1 + len(self.tape.leaves))]
        for i, row in enumerate(plain(rows)):
            z, slopes = self.row_gradient(row, leaves, i)
            for column, x in zip(columns, (z, *slopes)):
                column.append(x)
        return columns

    run = 1                                          # exact sums are the same in any order

    def partial(self, rows: Sequence[Sequence[float]], leaves: Sequence[float]) -> list[list[float]]:
        """What some rows add to each sum: few numbers, of which nothing is lost."""
        return [exact_parts(column) for column in self.columns(rows, leaves)]

    def joined(self, partials: Sequence[Any]) -> list[list[float]]:
        """One that stands for these, the first ones of all, in order."""
        return [exact_parts([x for part in parts for x in part]) for parts in zip(*partials)]

    def total(self, partials: Sequence[Any], leaves: Sequence[float]) -> list[float] | None:
        """The sums over all rows, from what some rows each add to them."""
        return [total([x for part in parts for x in part]) for parts in zip(*partials)]


def plain(rows: Any) -> Any:
    """The rows with Python's own floats in them."""
    return rows.tolist() if hasattr(rows, "tolist") else rows


def total(numbers: Sequence[float]) -> float:
    """The exactly rounded sum; infinite where it overflows."""
    try:
        return fsum(numbers)
    except OverflowError:
        return inf


def exact_parts(numbers: Sequence[float]) -> list[float]:
    """Few numbers that have exactly the sum of many; all of them, where it overflows.

    >>> exact_parts([1e16, 1.0, 1.0, 1e-16, -1e16])
    [2.0, 1e-16]
    """
    parts = [total(numbers)]
    while parts[-1] and isfinite(parts[-1]):
        parts.append(total([*numbers, *[-x for x in parts]]))
    return [x for x in parts if x] if isfinite(parts[-1]) else list(numbers)


def few(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """Few rows that have exactly the sums of many."""
    return [*map(list, zip_longest(*map(exact_parts, zip(*rows)), fillvalue=0.0))]
