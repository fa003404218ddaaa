"""Derivatives of several values by several: lists of lists of Values, which are shown as a table.

>>> from engine import Value
>>> z = [Value(0.0, "z1"), Value(0.0, "z2")]
>>> p1, p2 = Value.softmax(z, 0), Value.softmax(z, 1)
>>> jacobian([p1, p2], z)
       ∂z1    ∂z2
∂p1   0.25  -0.25
∂p2  -0.25   0.25
"""
from __future__ import annotations

import sys

from engine.derivatives import gradient, listed
from engine.text.listing import Printed, aligned, html_line, width
from engine.text.naming import digits, given_names, plain
from engine.text.terminal import coloured
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

SHOWN = 60                                           # rows; and as many columns as fit


class Matrix(Printed, list["list[Value]"]):
    """A list of lists of Values; print it, or look at it in the REPL or in a notebook.

    `.sides` and `.heads` are what its rows and its columns are called; `.text` is the whole without colours.
    """

    def __init__(self, rows: Iterable[list[Value]], sides: list[str], heads: list[str]) -> None:
        super().__init__(rows)
        self.sides, self.heads = sides, heads

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The table as text, its first row what the columns are called."""
        return [("", *self.heads), *[(side, *[digits(v.data) for v in row]) for side, row in zip(self.sides, self)]]

    def lines(self, columns: int | None = None, colour: bool = False) -> list[str]:
        """The table in lines, cut to the right where it is wider than a terminal of so many columns."""
        rows = self.rows[:SHOWN + 1]
        widths = [max(map(width, column)) for column in zip(*rows)]
        fitting = len(widths)
        while columns is not None and fitting > 2 and sum(widths[:fitting]) + 2 * fitting + 1 > columns:
            fitting -= 1
        lines = []
        for i, row in enumerate(rows):
            cells = aligned(row, widths, 1)[:fitting]
            if colour and i:
                cells[1:] = [coloured(cell, float(text)) for cell, text in zip(cells[1:], row[1:])]
            lines.append("  ".join([*cells, *"…"[:len(widths) - fitting]]).rstrip())
        return [*lines, f"… {len(self) - SHOWN} more rows"] if len(self) > SHOWN else lines

    def _repr_html_(self) -> str:
        head, *rows = self.rows
        return "\n".join(["<table>", html_line(head, "th", 1), *[html_line(row, "td", 1) for row in rows], "</table>"])


def jacobian(ys: Iterable[Value], xs: Iterable[Value], *, names: Mapping[str, Any] | None = None) -> Matrix:
    """The derivatives of each of ys by each of xs, as Values of the same graph: a row for each y, shown as a table.

    >>> z = [Value(0.0), Value(0.0)]
    >>> [[slope.data for slope in row] for row in jacobian([Value.softmax(z, 0), Value.softmax(z, 1)], z)]
    [[0.25, -0.25], [-0.25, 0.25]]
    """
    uppers, lowers, given = listed(ys), listed(xs), given_names(names, sys._getframe(1))
    return Matrix([gradient(y, lowers) for y in uppers], called(uppers, "y", given), called(lowers, "x", given))


def hessian(y: Value, xs: Iterable[Value], *, names: Mapping[str, Any] | None = None) -> Matrix:
    """The second derivatives of y, as Values of the same graph: row i has the derivatives by each x of that by xs[i].

    Each pair is found once, so that the table is symmetric to the last bit.

    >>> a, b = Value(2.0), Value(5.0)
    >>> [[slope.data for slope in row] for row in hessian(a * a * b, [a, b])]
    [[10.0, 4.0], [4.0, 0.0]]
    """
    lowers, given = listed(xs), given_names(names, sys._getframe(1))
    rows: list[list[Value]] = []
    for i, slope in enumerate(gradient(y, lowers)):
        rows.append([row[i] for row in rows] + gradient(slope, lowers[i:]))
    heads, upper = called(lowers, "x", given), plain(y.label or given.get(y, "L"))
    return Matrix(rows, [f"∂²{upper}/{head}" for head in heads], heads)


def called(values: Sequence[Value], otherwise: str, given: Mapping[Value, str]) -> list[str]:
    """What rows or columns are called: by labels, by the caller's names, else by their places."""
    return [f"∂{plain(v.label or given.get(v, '')) or f'{otherwise}[{i}]'}" for i, v in enumerate(values)]
