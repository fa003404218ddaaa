"""A graph as text: one line per value, in topological order."""
from __future__ import annotations

import sys
from html import escape

from engine.errors import described
from engine.formula import ATOM
from engine.graph import postorder
from engine.paths.cuts import between
from engine.paths.zeros import UNUSUAL, gradients, off
from engine.readers.traits import begins_sum
from engine.text.naming import as_operand, clipped, digits, formula_of, given_names, literal, plain
from engine.text.notices import ambiguous, changed, mistakes
from engine.text.terminal import coloured, colours, columns, spelt
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

HEADS = ("name", "formula", "data", "grad")
GAPS  = 6                                            # columns of a terminal between those four, two and two


class Printed:
    """What shows itself in lines, as wide and as coloured as the terminal wants it; `.text` is the whole, plain."""

    def lines(self, columns: int | None = None, colour: bool = False) -> list[str]:
        raise NotImplementedError

    @property
    def text(self) -> str:
        return "\n".join(self.lines())

    def __str__(self) -> str:
        return spelt("\n".join(self.lines(columns(), colours())))

    __repr__ = __str__


class Table(Printed):
    """Lines of name, formula, data and grad; print it, or look at it in the REPL or in a notebook.

    `.rows` holds them as text, `.hidden` is how many are left out in the middle, `.notes` are sentences on what may
    mislead; `.text` is the whole without colours.
    """

    def __init__(self, rows: list[tuple[str, str, str, str]], hidden: int, notes: Sequence[str] = ()) -> None:
        self.rows, self.hidden, self.notes = rows, hidden, notes
        self.notice = f"… {hidden} values are left out; limit={len(rows) + hidden} shows all …" if hidden else ""

    def lines(self, columns: int | None = None, colour: bool = False) -> list[str]:
        """The table in lines, formulas and then names cut where it is wider than a terminal of so many columns."""
        rows, widths = self.cells(columns)
        lines = [line(row, widths, colour) for row in rows]
        if self.hidden:
            lines.insert(len(lines) // 2, self.notice)
        return [line(HEADS, widths), *lines, *self.notes]

    def cells(self, columns: int | None) -> tuple[list[tuple[str, ...]], list[int]]:
        """The rows as they fit into so many columns of a terminal, and how wide the columns of the table are then."""
        rows: list[tuple[str, ...]] = [*self.rows]
        widths = [max(map(width, column)) for column in zip(HEADS, *rows)]
        if columns is None:
            return rows, widths
        for i in (HEADS.index("formula"), HEADS.index("name")):
            excess = sum(widths) + GAPS - columns
            if excess > 0:
                widths[i] = max(len(HEADS[i]), widths[i] - excess)
                rows = [(*row[:i], (clipped if i else plain)(row[i], widths[i]), *row[i + 1:]) for row in rows]
        return rows, widths

    def _repr_html_(self) -> str:
        lines = [html_line(row, "td") for row in self.rows]
        if self.hidden:
            lines.insert(len(lines) // 2, f'<tr><td colspan="{len(HEADS)}">{self.notice}</td></tr>')
        notes = [f'<tr><td colspan="{len(HEADS)}">{escape(note)}</td></tr>' for note in self.notes]
        return "\n".join(["<table>", html_line(HEADS, "th"), *lines, *notes, "</table>"])


def table(root: Value, wrt: Value | None = None, *, limit: int | None = 60,
          names: Mapping[str, Any] | None = None) -> Table:
    """The graph of a value as text, operands before what is made of them; with `wrt` only what lies between the two.

    A value without a label takes the caller's name for it, or one from `names`, else its place in the order: `#3`. In
    the place of a grad of 0 stands – before the root's backward() has run, and `0, off` where a ReLU that is off cuts
    it off. More than `limit` lines are cut in the middle; `limit=None` shows all. Below stand sentences where a number
    has changed since, where two values bear one name, or where the graph is surely not what is meant.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> loss = (a * b + 10.0) * a
    >>> loss.backward()
    >>> table(loss)
    name  formula  data  grad
    a                 2    -2
    b                -3     4
    #3    a * b      -6     2
    #4    #3 + 10     4     2
    loss  #4 * a      8     1
    """
    for v in (root,) if wrt is None else (root, wrt):
        if not isinstance(v, Value):
            raise TypeError(f"table(root, wrt) needs Values; it got {described(v)}")
    given, nodes = given_names(names, sys._getframe(1)), postorder(root)
    values = [v for v in (nodes if wrt is None else between(root, wrt)) if not unseen(v, given) or v is root]
    shown = values if limit is None else without_middle(values, limit)
    rows = rows_of(shown, given, nodes, zeros(root, nodes, shown))
    return Table(rows, len(values) - len(shown), notes_of(root, shown, given, [row[0] for row in rows]))


def unseen(v: Value, given: Mapping[Value, str]) -> bool:
    """Whether a value is no more than its operand: the 0 + x without a name that the built-in sum begins with."""
    return begins_sum(v) and not v.label and v not in given


def notes_of(root: Value, shown: list[Value], given: Mapping[Value, str], names: list[str]) -> list[str]:
    """Sentences on what may mislead in a table of these values."""
    called = dict(zip(shown, names))

    def name(v: Value) -> str:
        return called.get(v) or plain(v.label or given.get(v, "")) or digits(v.data)

    return [*changed(shown, name(root), name), *ambiguous(names), *mistakes(shown, name)]


def without_middle(values: list[Value], limit: int) -> list[Value]:
    """So many of the values, those in the middle left out."""
    left_out = max(len(values) - limit, 0)
    half = (len(values) - left_out) // 2
    return [*values[:half], *values[half + left_out:]]


def rows_of(shown: Iterable[Value], given: Mapping[Value, str], nodes: Iterable[Value],
            unusual: Mapping[Value, str]) -> list[tuple[str, str, str, str]]:
    """The line of each value; `unusual` is what stands there for its grad."""
    places = {v: i for i, v in enumerate(nodes, 1)}

    def name_of(v: Value) -> str:
        return plain(v.label or given.get(v, "")) or f"#{places[v]}"

    def operand(x: Value) -> tuple[str, int]:
        x = x.parents[1] if unseen(x, given) else x
        name = name_of(x) if x in places else ""
        return (name if name.startswith("#") and not x.label else as_operand(name), ATOM) if name else literal(x.data)

    def formula(v: Value) -> str:
        return clipped(formula_of(v, operand)[0], 60) if v.op else ""

    return [(name_of(v), formula(v), digits(v.data), unusual.get(v) or digits(v.grad)) for v in shown]


def zeros(root: Value, nodes: list[Value], shown: list[Value]) -> dict[Value, str]:
    """What stands in the place of a grad of 0, where that is no plain 0."""
    without_grad = [v for v in shown if not v.grad]
    if not root.grad:
        return dict.fromkeys(without_grad, UNUSUAL["unknown"])
    cut = gradients(root).off if without_grad and any(map(off, nodes)) else {}
    return {v: UNUSUAL["off"] for v in without_grad if v in cut}


def aligned(row: tuple[str, ...], widths: list[int], left: int) -> list[str]:
    """The cells of one line, as wide as their columns: texts, the first ones, to the left, numbers to the right."""
    gaps = [" " * (wide - width(cell)) for cell, wide in zip(row, widths)]
    return [cell + gap if i < left else gap + cell for i, (cell, gap) in enumerate(zip(row, gaps))]


def line(row: tuple[str, ...], widths: list[int], colour: bool = False) -> str:
    """One line of the table, the grad in colour if asked for."""
    cells, grad = aligned(row, widths, 2), row[-1]
    if colour and grad not in UNUSUAL.values():
        cells[-1] = coloured(cells[-1], float(grad))
    return "  ".join(cells).rstrip()


def html_line(row: tuple[str, ...], tag: str, left: int = 2) -> str:
    """One row of a table in a notebook; whatever a label contains is only text."""
    cells = [f'<{tag} style="text-align: {"right" if i >= left else "left"}">{escape(cell)}</{tag}>'
             for i, cell in enumerate(row)]
    return f"<tr>{''.join(cells)}</tr>"


def width(text: str) -> int:
    """How many columns of a terminal a text takes; Chinese signs take two."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width
    signs = [c for c in text if not combining(c)]
    wide = [c for c in signs if east_asian_width(c) in "WF"]
    return len(signs) + len(wide)
