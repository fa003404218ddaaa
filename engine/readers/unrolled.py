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

from engine.formula import AGGREGATES, FUNCTIONS
from engine.op import Op
from engine.pouring import Python, python
from engine.readers.operands import columns_of, partial_at, scope_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

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
    return [*row.needs(op), *row.value(op)]


@lru_cache(maxsize=1000)
def partials_pattern(op: Op, n: int, index: int | None, places: tuple[int, ...]) -> list[str]:
    """The texts of `partials`, each operand written as `{place}`, the result as `{z}`."""
    return Unrolled(op, n, index).partials(op, places)


class Unrolled(Python):
    """Reads the formulas of one step as Python: aggregates run over the operands by name, not in loops."""

    def __init__(self, op: Op, count: int, index: int | None) -> None:
        super().__init__(op)
        self.operands, self.index = [f"{{{i}}}" for i in range(count)], index
        self.runs = columns_of(op, self.operands, index)
        self.place = "0"                             # the operand's, among those that an aggregate runs over
        self.over = "y"                              # what that is
        self.known: dict[tuple[str, str, str], str] = {}         # the names of aggregates, by what they are

    def at(self, place: int) -> None:
        """Let the variables be those of a formula for the operand in this place."""
        scope = scope_at(self.op, self.operands, place, self.index) if self.op else {}
        self.names = {v: ast.Name(text) for v, text in scope.items()}
        self.place = str(place % max(len(self.runs.get("y", ())), 1) if self.runs else place)

    def needs(self, op: Op) -> list[str]:
        """The statements that raise where the operands are not what the row needs; none if it needs nothing."""
        if not op.needs:
            return []
        self.at(0)
        lines, condition = python(op.needs, self, truth=True)
        sentence = f"{op.name} needs {op.needs}"
        return [*lines, f"if not ({condition}): raise ValueError({sentence!r})"]

    def value(self, op: Op) -> list[str]:
        """The statements that find its aggregates, and the expression of z."""
        self.at(0)
        lines, text = python(op.formula, self)
        return [*lines, text]

    def partials(self, op: Op, places: Sequence[int]) -> list[str]:
        """The statements that find aggregates, and the partials by the operands in these places."""
        texts = []
        for place in places:
            self.at(place)
            self.names["z"] = ast.Name("{z}")
            texts.append(python(partial_at(op, place, self.index), self)[1])
        return [*self.lines, *texts]

    def row(self, name: str, parts: list[ast.expr]) -> ast.expr:
        outer, self.over = self.over, column_of(parts, "x" in self.runs)
        z = super().row(name, parts)
        self.over = outer
        return z

    def aggregate(self, name: str, body: ast.expr) -> ast.expr:
        key = name, ast.unparse(body), self.over
        if key not in self.known:
            adds = AGGREGATES[name].floats == "total"
            self.known[key] = self.found(name, self.terms(body, adds), adds)
        return ast.Name(self.known[key] if name != "others" else f"{self.known[key]}[{self.place}]")

    def found(self, name: str, terms: list[str], adds: bool) -> str:
        """The name of an aggregate's value, with the statements that find it, unless they stand there."""
        text = f"{AGGREGATES[name].floats}([{', '.join(terms)}])"
        if adds or name in FUNCTIONS:
            many = " + ".join(terms[:NESTED]) if adds else f"{name}({', '.join(terms)})"
            text = many if len(terms) > 1 else terms[0] if terms else "0.0"
        for line in self.lines if len(terms) <= NESTED else ():
            if line.endswith(f" = {text}"):
                return line.split(" = ")[0]
        value = f"{name}{1 + len({known for known in self.known.values() if known.rstrip('0123456789') == name})}"
        self.lines.append(f"{value} = {text}")
        for i in range(NESTED, len(terms) if adds else 0, NESTED):
            self.lines.append(f"{value} = {' + '.join([value, *terms[i:i + NESTED]])}")
        return value

    def terms(self, body: ast.expr, added: bool) -> list[str]:
        """What an aggregate runs over, as text for each operand; in parentheses where a sum of them would need them."""
        outer = self.names, self.place
        own = {v: tree for v, tree in self.names.items() if v in "zb"}
        self.names = {**own, "x": ast.Name("{x}"), "y": ast.Name("{y}")}
        self.place = "{i}"                           # the places of what differs from operand to operand
        tree: ast.expr = self.read(body)
        self.names, self.place = outer
        loose = isinstance(tree, (ast.IfExp, ast.BinOp)) and not isinstance(getattr(tree, "op", None), TIGHT)
        text = f"({ast.unparse(tree)})" if added and loose else ast.unparse(tree)
        ys = self.runs[self.over]
        xs = self.runs.get("x", ys)
        return [text.replace("{x}", x).replace("{y}", y).replace("{i}", str(i)) for i, (x, y) in enumerate(zip(xs, ys))]


def column_of(arguments: list[ast.expr], pairs: bool) -> str:
    """Which operands the aggregates of a row run over that another row names."""
    return arguments[0].id if pairs and isinstance(arguments[0], ast.Name) else "y"
