"""A formula in a user's own names, as a graph: the closed grammar of the table, and nothing else is ever run.

>>> from engine import Value
>>> p = Value(0.25, "p")
>>> parse("-log(p) + p ** 2", {"p": p})
Value(data=1.4487943611198906, grad=0.0)
>>> try:
...     parse("p + open('secret')", {"p": p})
... except FormulaError as error:
...     print(error.msg.split(";")[0], "in column", error.offset)
open is no function of a formula in column 5
"""
from __future__ import annotations

import ast
import operator
import re
from functools import partial
from math import isfinite

from engine.errors import FAILURES, FormulaError
from engine.formula import FUNCTIONS, SIGNS, Formula, Reader, column
from engine.interop import choosing
from engine.op import Op
from engine.readers.operands import arguments_of, example_of, result_of
from engine.readers.spellings import PRODUCT, instead
from engine.readers.traits import takes_one_by_one
from engine.text.calls import listed
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NoReturn

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne}


def functions() -> dict[str, Op]:
    """What a formula may call: every row that is no sign, one of many operands with lists; `max` and `min` too."""
    rows = {name: row for name, row in list(Op.table.items()) if not row.sign}
    return {**rows, **{name: rows[function.row] for name, function in FUNCTIONS.items() if function.row in rows}}


# What Python's own numbers fail with, in words.
PLAINLY: dict[type[Exception], str] = {OverflowError:     "this overflows, its result would lie beyond 1.8e308",
                                       ZeroDivisionError: "this divides by zero"}


class Typed(Formula):
    """A formula in a user's names as it was typed; columns are those of the whole text, and of a sign its own."""

    aggregates: tuple[str, ...] = ()
    depth, long_sums, open_rows = 150, True, False

    def __new__(cls, text: str, names: Mapping[str, Value]) -> Typed:
        return str.__new__(cls, re.sub(r"\s", " ", text))               # one for one: a column stays where it was typed

    def __init__(self, text: str, names: Mapping[str, Value]) -> None:
        self.names, self.functions = names, {name: row.arity for name, row in functions().items()}
        self.strange = {"name": "{0} has no number; give it one: {0}=0.5", "part": "a formula has no {0}",
                        "call": f"{{0}} is no function of a formula; it has {', '.join(sorted(self.functions))}",
                        "deep": "this is nested too deeply"}
        self.typed = self.lstrip()
        self.before = len(self) - len(self.typed)
        self.lists: set[int] = set()                 # those that may stand where they stand
        try:
            super().__init__(text)
        except FormulaError as error:
            whole = "closed" not in str(error.msg) and "unmatched" not in str(error.msg)
            assert error.offset                      # each is raised with its column
            known = instead(str(self), error.offset, self.functions, whole)
            if known is None:
                raise
            raise FormulaError(known[0], ("<formula>", 1, known[1], str(self))) from None

    def parsed(self) -> ast.expr:
        try:
            return ast.parse(self.typed, mode="eval").body
        except SyntaxError as error:
            offset = error.offset or 0               # 0 at the end
            known = error.msg != "invalid syntax"
            why = error.msg if known else "this cannot stand here" if offset else "here it breaks off"
            at = self.before + offset - 1 if offset else len(self)
            raise FormulaError(why, ("<formula>", 1, at + 1, str(self))) from None
        except (ValueError, RecursionError, MemoryError):
            why = "this is too long or nested too deeply, or not text; write a long sum in Python, with fsum(terms)"
            raise FormulaError(why, ("<formula>", 1, self.before + 1, str(self))) from None

    def looked_at(self, node: ast.expr, names: dict[str, ast.expr]) -> tuple[list[ast.expr], dict[str, ast.expr]]:
        match node:
            case ast.Call(ast.Name(name), parts) if self.functions.get(name) == 0:
                self.lists.update(map(id, parts))
            case ast.Call(ast.Name(name)) if name in self.names and name not in self.functions:
                self.refuse(node, f"{name} is no function, it is a number here; {PRODUCT}")
            case ast.List(parts) if id(node) in self.lists:
                return parts, names
        return super().looked_at(node, names)

    def refuse(self, node: ast.AST, why: str) -> NoReturn:
        place: int = getattr(node, "col_offset", 0)
        if isinstance(node, ast.BinOp) and type(node.op) not in SIGNS:           # behind its left side, and parentheses
            start: int = node.left.end_col_offset  # type: ignore[assignment]
            place = start + len(re.match(rb"[\s)]*", self.typed.encode()[start:])[0])  # type: ignore[index]
        at = self.before + column(self.typed, place)
        raise FormulaError(why, ("<formula>", 1, at, " " * self.before + self.typed)) from None


def parse(text: str, names: Mapping[str, Value]) -> Value:
    """The formula as a graph on the named values. Errors: FormulaError with the column, also where it has no value."""
    formula = Typed(text, names)
    z = Graph(formula, names).read(formula.tree)
    return z if isinstance(z, Value) else Value(z)


class Graph(Reader):
    """Reads a formula as what it comes to: a Value, or a plain number for a part without names."""

    def __init__(self, formula: Typed, names: Mapping[str, Value]) -> None:
        self.formula, self.names, self.functions = formula, names, functions()
        self.part: ast.expr = formula.tree           # the one that is read, where an error points

    def read(self, node: ast.expr) -> Any:
        self.part = node
        return list(map(self.read, node.elts)) if isinstance(node, ast.List) else super().read(node)

    def name(self, name: str) -> Value:
        return self.names[name]

    def number(self, x: float) -> float:
        return x

    def minus(self, part: ast.expr) -> Any:
        return -self.read(part)

    def infix(self, sign: str, left: ast.expr, right: ast.expr) -> Any:
        """Operations whose left sides are operations again, one after the other: a long sum is no deep one."""
        whole = self.part
        spine = [(whole, sign, right)]
        while isinstance(left, ast.BinOp):
            spine.append((left, SIGNS[type(left.op)], left.right))
            left = left.left
        z = self.read(left)
        for part, sign, right in reversed(spine):
            z = self.computed(part, OPERATIONS[sign], z, self.read(right))
        return z

    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> Any:
        return self.read(body if self.truth(test) else orelse)

    def comparison(self, signs: list[str], parts: list[ast.expr]) -> bool:
        sides = [getattr(z, "data", z) for z in map(self.read, parts)]
        return all([OPERATIONS[sign](x, y) for sign, x, y in zip(signs, sides, sides[1:])])

    def joined(self, sign: str, parts: list[ast.expr]) -> bool:
        return (all if sign == "and" else any)(map(self.truth, parts))

    def as_number(self, truth: bool) -> float:
        return float(truth)

    def truth(self, node: ast.expr) -> Any:
        if not isinstance(node, (ast.BoolOp, ast.Compare)):
            self.formula.refuse(node, "a condition is a comparison, as in x > 0")
        return super().truth(node)

    def function(self, name: str, parts: list[ast.expr]) -> Any:
        return self.row(name, parts)

    def aggregate(self, name: str, body: ast.expr) -> Any:
        return self.row(name, [body])

    def row(self, name: str, parts: list[ast.expr]) -> Any:
        whole = self.part
        operands = list(map(self.read, parts))
        return self.computed(whole, partial(applied, self.functions[name]), *operands)

    def computed(self, node: ast.expr, function: Callable[..., Any], *operands: Any) -> Any:
        """The result of an operation, or an error that points at it."""
        try:
            z = function(*operands)
        except (*FAILURES, IndexError) as error:
            plain = not any([isinstance(x, (Value, list)) for x in operands])        # else the row has said it
            self.formula.refuse(node, PLAINLY.get(type(error), str(error)) if plain else str(error))
        if isinstance(z, complex):
            self.formula.refuse(node, "this is no real number")
        if isinstance(z, float) and not isfinite(z):
            self.formula.refuse(node, PLAINLY[OverflowError])
        return z


def applied(row: Op, *operands: Any) -> Any:
    """What a row makes of Values, or of plain numbers alone; one of many operands takes a list, and then a place."""
    if list in map(type, operands):
        function: Any = choosing.at if row is choosing.ROW else row.function          # which may do without keys
        return function(*[int(x) if isinstance(x, float) and x.is_integer() else x for x in operands])
    if not takes_one_by_one(row):
        some, index = example_of(row, ["a", "b"])
        raise TypeError(f"{row.name} takes lists, as in {row.name}({listed(arguments_of(row, some, index))})")
    return result_of(row, operands) if any([isinstance(x, Value) for x in operands]) else row.plain(*operands)
