"""The rows of a tape as Python text: each formula written out with the names of its operands.

>>> from engine.op import Op
>>> operands = ["w1", "w2", "x1", "x2", "b"]
>>> value(Op.table["affine"], operands, 2)
['sum1 = w1 * x1 + w2 * x2', 'sum1 + b']
>>> partials(Op.table["affine"], operands, 2, "z", [0, 4])
['x1', '1.0']
"""
from __future__ import annotations

import ast
from functools import lru_cache

from engine.formula import AGGREGATES, Writer
from engine.op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.formula import Formula


NESTED = 100                                         # terms of a sum in one statement: Python's parser nests them
TIGHT  = ast.Mult, ast.Div, ast.Pow                   # what binds more tightly than a sum


def value(op: Op, operands: Sequence[str], index: int | None) -> list[str]:
    """Statements that find aggregates of z, and last its expression; first what raises where `needs` does not hold."""
    return [text.format(*operands) for text in value_pattern(op, len(operands), index)]


def partials(op: Op, operands: Sequence[str], index: int | None, z: str, places: Sequence[int]) -> list[str]:
    """The statements that find aggregates, and last the partials by the operands in these places."""
    return [text.format(*operands, z=z) for text in partials_pattern(op, len(operands), index, tuple(places))]


@lru_cache(maxsize=1000)
def value_pattern(op: Op, n: int, index: int | None) -> list[str]:
    """The texts of `value`, each operand written as `{place}`."""
    row = Unrolled(op, n, index)
    return [*row.needs(), *row.value()]


@lru_cache(maxsize=1000)
def partials_pattern(op: Op, n: int, index: int | None, places: tuple[int, ...]) -> list[str]:
    """The texts of `partials`, each operand written as `{place}`, the result as `{z}`."""
    return Unrolled(op, n, index).partials(places)


class Unrolled(Writer):
    """Writes one step: aggregates run over the operands by name, not in loops."""

    def __init__(self, op: Op, count: int, index: int | None) -> None:
        super().__init__(op.writer().rows, op.pairs)
        operands = [f"{{{i}}}" for i in range(count)]
        n = index if op.pairs and index is not None else count
        self.op, self.index, self.place = op, index, "0"
        self.columns = {"x": operands[:n], "y": operands[n:2 * n]} if op.pairs else {"y": operands}
        self.last = operands[2 * n:] if op.pairs else []
        self.operands = operands
        self.over = ""                               # what the aggregates of an inlined row run over
        self.found: dict[tuple[str, str, str], str] = {}         # the name of an aggregate, by what it is

    def scope(self, place: int) -> dict[str, ast.expr]:
        """The variables of a formula for one operand, in its place among the others."""
        op, n = self.op, len(self.columns.get("y", ()))
        self.place = str(place % n if op.pairs and n else place)
        if op.pairs:
            own = {v: self.columns[v][int(self.place)] for v in "xy" if n}
            own |= {"b": self.last[0]} if self.last else {}
        elif op.many:
            each = self.operands[place]
            own = {"x": self.operands[self.index], "y": each} if op.one and self.index is not None else {"x": each}
        else:
            own = dict(zip("xy", self.operands))
        return {v: ast.Name(text) for v, text in own.items()}

    def needs(self) -> list[str]:
        """The statement that raises where the operands are not what the row needs; none if it needs nothing."""
        if not self.op.needs:
            return []
        self.names = self.scope(0)
        condition, said = self.op.needs.python(self, truth=True)[1], f"{self.op.name} needs {self.op.needs}"
        return [f"if not ({condition}): raise ValueError({said!r})"]

    def value(self) -> list[str]:
        """The statements that find its aggregates, and the expression of z."""
        self.names = self.scope(self.index if self.op.one and self.index is not None else 0) if self.operands else {}
        lines, text = self.op.formula.python(self)
        return [*lines, text]

    def partials(self, places: Sequence[int]) -> list[str]:
        """The statements that find aggregates, and the partials by the operands in these places."""
        texts = []
        for place in places:
            self.names = {**self.scope(place), "z": ast.Name("{z}")}
            texts.append(self.part(place).python(self)[1])
        return [*self.lines, *texts]

    def part(self, place: int) -> Formula:
        """The formula of the partial by the operand in this place."""
        if self.op.pairs:
            return self.op.partials[min(place // max(len(self.columns["x"]), 1), 2)
                                    if len(self.columns["x"]) else 2]
        if self.op.many:
            return self.op.partials[1 if self.op.one and place != self.index else 0]
        return self.op.partials[place]

    def inlined(self, name: str, x: ast.expr) -> ast.expr:
        outer, self.over = self.over, column_of([x], self.pairs)
        z = super().inlined(name, x)
        self.over = outer
        return z

    def aggregate(self, name: str, body: ast.expr) -> ast.expr:
        key = name, ast.unparse(body), self.over
        if key not in self.found:
            terms = self.terms(body, name == "sum")
            text = f"{AGGREGATES[name]}([{', '.join(terms)}])"
            if name in ("max", "min", "sum"):
                many = f"{name}({', '.join(terms)})" if name != "sum" else " + ".join(terms[:NESTED])
                text = many if len(terms) > 1 else terms[0] if terms else "0.0"
            same = [line.split(" = ")[0] for line in self.lines if line.endswith(f" = {text}") and len(terms) <= NESTED]
            self.found[key] = same[0] if same else self.fresh(name)
            self.lines += [] if same else [f"{self.found[key]} = {text}"]
            for i in range(NESTED, len(terms) if name == "sum" else 0, NESTED):
                self.lines.append(f"{self.found[key]} = {' + '.join([self.found[key], *terms[i:i + NESTED]])}")
        return ast.Name(self.found[key] if name != "others" else f"{self.found[key]}[{self.place}]")

    def fresh(self, name: str) -> str:
        """A new name for an aggregate's value."""
        return f"{name}{1 + len({found for found in self.found.values() if found.rstrip('0123456789') == name})}"

    def terms(self, body: ast.expr, added: bool) -> list[str]:
        """What an aggregate runs over, as text for each operand."""
        outer, column = (self.names, self.place), self.columns[self.over or "y"]
        self.names = {**{v: text for v, text in outer[0].items() if v in "zb"},
                      "x": ast.Name("{x}"), "y": ast.Name("{y}")}
        self.place = "{i}"                           # the places of what differs from operand to operand
        term = self.visit(body)
        text = ast.unparse(term)
        if added and isinstance(term, (ast.IfExp, ast.BinOp)) and not isinstance(getattr(term, "op", None), TIGHT):
            text = f"({text})"
        self.names, self.place = outer
        xs = self.columns["x"] if self.pairs else column
        return [text.replace("{x}", x).replace("{y}", y).replace("{i}", str(i))
                for i, (x, y) in enumerate(zip(xs, column))]


def column_of(arguments: list[ast.expr], pairs: bool) -> str:
    """Which operands the aggregates of a row run over that another row names."""
    return arguments[0].id if pairs and isinstance(arguments[0], ast.Name) else "y"
