"""A row in another kind of number: Values for derivatives of derivatives, complex numbers to check it."""
from __future__ import annotations

import ast
import math

from engine.errors import FAILURES
from engine.formula import FLOATS, Writer, each
from engine.op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


def within(op: Op, space: dict[Any, Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The row for the numbers of a space: `value(operands, index)` and `partials(operands, index, z, wanted)`.

    `space` holds what the grammar's functions are for that kind; a row that it lacks is found by its formula. `index`
    says which operand is set apart as x, or in a row of pairs how many pairs there are.

    >>> import cmath
    >>> complexes = {**FLOATS, "exp": cmath.exp, "number": lambda x: x.real}
    >>> within(Op.table["sigmoid"], complexes)[0]([2.0 + 1e-20j], None)
    (0.8807970779778823+1.049935854035065e-21j)
    """
    if op not in space or space[op][0] is not space:         # a copy of a space has functions of its own
        scope = functions(op, space, *op.parts)
        for head, body in zip(("value(operands, index)", "partials(operands, index, z, wanted)"), texts(op, space)):
            exec("\n    ".join([f"def {head}:", *op.take, *body]), scope)
        space[op] = space, (scope["value"], scope["partials"])
    return space[op][1]  # type: ignore[no-any-return]


def functions(op: Op, space: dict[Any, Any], *parts: Any) -> dict[Any, Any]:
    """The functions of a space, with those rows that formulas of a row name and it lacks."""
    rows = {name: op.rows[name] for part in parts for name in part.calls if name not in space}
    return {**space, **{name: function(row, space) for name, row in rows.items()
                        if space.get("nodes") or not row.many}}


def function(op: Op, space: dict[Any, Any]) -> Callable[..., Any]:
    """The formula of few operands as a plain function of the numbers of a space."""
    text = op.formula.python(Reader(op, space))[1]
    return op.function if space.get("nodes") else eval(  # type: ignore[no-any-return]
        f"lambda {', '.join(op.variables)}: {text}", functions(op, space, op.formula))


def texts(op: Op, space: dict[Any, Any]) -> tuple[list[str], list[str]]:
    """The statements that return z, and those that return the partials, None for those not `wanted`."""
    writer = Reader(op, space)
    value, z = op.formula.python(writer)
    writer = Reader(op, space)                       # which finds again what z is made of
    slopes = [part.python(writer)[1] for part in op.partials]
    if not op.many:
        slopes = [f"({text}) if wanted[{i}] else None" for i, text in enumerate(slopes)]
    elif op.one:
        slopes = [wanted(op, f"{slopes[0]} if i == index else {slopes[1]}")]
    else:
        slopes = [wanted(op, text, n) for n, text in enumerate(slopes)]
    return [*value, f"return {z}"], [*writer.lines, f"return [{', '.join(slopes)}]"]


def wanted(op: Op, text: str, n: int = 0) -> str:
    """One partial for each operand as items of a list, None for those not wanted; the n-th of the row's partials."""
    if n == 2:
        return f"({text}) if wanted[-1] else None"
    variables, columns = op.columns
    return "*" + each(f"({text}) if want else None", ["want", *variables], [f"wanted{'[index:]' * n}", *columns])


def slopes(op: Op, operands: Sequence[float], index: int | None, z: float, wanted: Sequence[bool]) -> list[Any]:
    """The wanted partials one by one, nan where there is none."""
    found: list[float | None] = [None] * len(wanted)
    for i in (i for i, want in enumerate(wanted) if want):
        try:
            found[i] = within(op, FLOATS)[1](operands, index, z, [j == i for j in range(len(wanted))])[i]
        except FAILURES:
            found[i] = math.nan
    return found


class Reader(Writer):
    """Writes the formulas of a row for other numbers than floats: comparisons compare what `number` makes of them.

    In a space of nodes, rows of many operands are called as rows.
    """

    def __init__(self, op: Op, space: dict[Any, Any]) -> None:
        super().__init__(op.writer().rows, op.pairs)
        self.op, self.nodes, self.inside = op, space.get("nodes"), False

    def condition(self, node: ast.expr) -> ast.expr:
        node = super().condition(node)
        if isinstance(node, ast.Compare):
            sides: list[ast.expr] = [ast.Call(ast.Name("number"), [side], [])
                                     for side in (node.left, *node.comparators)]
            node.left, *node.comparators = sides
        return node

    def inlined(self, name: str, x: ast.expr) -> ast.expr:
        if not self.nodes:
            return super().inlined(name, x)
        v, apart = ast.unparse(self.visit(x)), self.op.one and not self.inside
        text = f"{name}({v if self.pairs else 'y'}s, {'index' if apart and v == 'x' else 'i'})"
        return ast.parse(text, mode="eval").body

    def aggregate(self, name: str, body: ast.expr) -> ast.expr:
        outer, self.inside = self.inside, True
        found = super().aggregate(name, body)
        self.inside = outer
        return found
