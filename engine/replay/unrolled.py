"""The rows of a tape as Python text: each formula written out with the names of its operands.

>>> from engine.op import Op
>>> row = Unrolled(Op.table["affine"], ["w1", "w2", "x1", "x2", "b"], 2)
>>> row.value()
(['sum1 = w1 * x1 + w2 * x2'], 'sum1 + b')
>>> row.partials("z", [0, 4])[1]
['x1', '1.0']
"""
from __future__ import annotations

import ast

from engine.formula import AGGREGATES, Writer
from engine.op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.formula import Formula


NESTED = 100                                           # terms of a sum in one statement: Python's parser nests them


class Unrolled(Writer):
    """Writes one step: aggregates run over the operands by name, not in loops."""

    def __init__(self, op: Op, operands: Sequence[str], index: int | None) -> None:
        rows = {name: Op.table[name].formula for part in op.parts for name in part.calls if Op.table[name].many}
        super().__init__(rows, op.one, True, True, op.pairs)
        n = index if op.pairs and index is not None else len(operands)
        self.op, self.index, self.place = op, index, 0
        self.columns = {"x": operands[:n], "y": operands[n:2 * n]} if op.pairs else {"y": operands}
        self.last = operands[2 * n:] if op.pairs else []
        self.operands = operands
        self.found: dict[tuple[str, int, str], str] = {}         # the name of an aggregate, by what it is

    def scope(self, place: int) -> dict[str, str]:
        """The variables of a formula for one operand, in its place among the others."""
        op, n = self.op, len(self.columns.get("y", ()))
        self.place = place % n if op.pairs and n else place
        if op.pairs:
            own = {v: self.columns[v][self.place] for v in "xy" if n}
            return {**own, "b": self.last[0]} if self.last else own
        if op.many:
            each = self.operands[place]
            return {"x": self.operands[self.index], "y": each} if op.one and self.index is not None else {"x": each}
        return dict(zip("xy", self.operands))

    def value(self) -> tuple[list[str], str]:
        """The statements that find its aggregates, and the expression of z."""
        self.names = self.scope(self.index if self.op.one and self.index is not None else 0) if self.operands else {}
        return self.lines, self.write(self.op.formula.tree)

    def partials(self, z: str, places: Sequence[int]) -> tuple[list[str], list[str]]:
        """The statements that find aggregates, and the partials by the operands in these places."""
        texts = []
        for place in places:
            self.names = {**self.scope(place), "z": z}
            texts.append(self.write(self.part(place).tree))
        return self.lines, texts

    def part(self, place: int) -> Formula:
        """The formula of the partial by the operand in this place."""
        if self.op.pairs:
            return self.op.partials[min(place // max(len(self.columns["x"]), 1), 2)
                                    if len(self.columns["x"]) else 2]
        if self.op.many:
            return self.op.partials[1 if self.op.one and place != self.index else 0]
        return self.op.partials[place]

    def call(self, name: str, arguments: list[ast.expr], level: int) -> str:
        if name in AGGREGATES and len(arguments) == 1:
            return self.aggregate(name, arguments[0])
        texts = [self.write(argument) for argument in arguments]
        if name not in self.rows:
            return f"{name}({', '.join(texts)})"
        outer, self.names, self.column = (self.names, self.column), {"x": texts[0]}, column_of(arguments, self.pairs)
        text = self.write(self.rows[name].tree, level)
        self.names, self.column = outer
        return text

    def aggregate(self, name: str, body: ast.expr) -> str:
        key = name, id(body), self.column
        if key not in self.found:
            terms = self.terms(body, 2 if name == "sum" else 0)
            text = f"{AGGREGATES[name]}([{', '.join(terms)}])"
            if name in ("max", "min", "sum"):
                many = f"{name}({', '.join(terms)})" if name != "sum" else " + ".join(terms[:NESTED])
                text = many if len(terms) > 1 else terms[0] if terms else "0.0"
            same = [line.split(" = ")[0] for line in self.lines if line.endswith(f" = {text}") and len(terms) <= NESTED]
            self.found[key] = same[0] if same else self.fresh(name)
            self.lines += [] if same else [f"{self.found[key]} = {text}"]
            for i in range(NESTED, len(terms) if name == "sum" else 0, NESTED):
                self.lines.append(f"{self.found[key]} = {' + '.join([self.found[key], *terms[i:i + NESTED]])}")
        return self.found[key] if name != "others" else f"{self.found[key]}[{self.place}]"

    def fresh(self, name: str) -> str:
        """A new name for an aggregate's value."""
        return f"{name}{1 + len({found for found in self.found.values() if found.rstrip('0123456789') == name})}"

    def terms(self, body: ast.expr, level: int) -> list[str]:
        """What an aggregate runs over, as text for each operand."""
        outer, terms = (self.names, self.column, self.place), []
        for self.place, y in enumerate(self.columns[self.column or "y"]):
            own = {"x": self.columns["x"][self.place], "y": y} if self.pairs and not self.column else {"y": y}
            self.names = {**{v: text for v, text in outer[0].items() if v in "zb"}, **own}
            terms.append(self.write(body, level))
        self.names, self.column, self.place = outer
        return terms


def column_of(arguments: list[ast.expr], pairs: bool) -> str:
    """Which operands the aggregates of a row run over that another row names."""
    return arguments[0].id if pairs and isinstance(arguments[0], ast.Name) else "y"
