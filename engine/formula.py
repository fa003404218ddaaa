"""A quoted formula: parsed, refused where it leaves the grammar, and written as Python for any kind of number.

The grammar is closed: numbers, + - * / **, comparisons (which count 1 or 0), `and`, `or`, `a if c else b`, and the
functions below. A formula speaks of x and y, the operands, and in a partial of z, the result. In a row of many operands
an aggregate runs over all of them as y, and x is one of them. In a row of pairs an aggregate runs over x and y together,
and b may be added.

>>> Formula("y * x ** (y - 1) if y != 0 else 0").python()
([], 'y * x ** (y - 1.0) if y != 0.0 else 0.0')
>>> Formula("max(y) + log(sum(exp(y - max(y))))").python()
(['max1 = largest(ys)', 'sum1 = total([exp(y - max1) for y in ys])'], 'max1 + log(sum1)')
>>> Formula("x + open('secret')")
Traceback (most recent call last):
    ...
engine.errors.FormulaError: a formula has only finite numbers, not 'secret' (<formula>, line 1)
"""
from __future__ import annotations

import ast
import math

from engine.errors import FormulaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

FUNCTIONS = ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "tanh", "abs", "floor", "max", "min")
AGGREGATES = {                       # how Python calls them, over all operands (pairs) in turn
    "sum":    "total",               # left to right
    "fsum":   "fsum",                # exactly rounded
    "rest":   "rest",                # the sum of all but one largest
    "others": "others",              # the sum of all but the one in question
    "max":    "largest",             # a shift: a plain number, not differentiated
    "min":    "smallest",
}
GRAMMAR = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.operator, ast.USub, ast.cmpop, ast.boolop,
           ast.Load)
OUTSIDE = (ast.FloorDiv, ast.Mod, ast.MatMult, ast.LShift, ast.RShift, ast.BitOr, ast.BitXor, ast.BitAnd, ast.Is,
           ast.IsNot, ast.In, ast.NotIn)


class Formula:
    """One formula: `.text` as quoted, `.tree` as parsed, `.calls` the rows it names.

    `.free` are the variables outside aggregates, `.bound` those inside. Errors: FormulaError with the column.
    """

    __slots__ = ("text", "tree", "free", "bound", "calls")

    def __init__(self, text: str) -> None:
        self.text, self.free, self.bound, self.calls = text.strip(), set[str](), set[str](), dict[str, ast.Call]()
        try:
            self.tree = self.parse()
        except SyntaxError as error:
            raise FormulaError(f"a formula is one expression: {error.msg}",
                               ("<formula>", 1, error.offset, self.text)) from None
        self.check(self.tree, self.free)

    def check(self, node: ast.AST, variables: set[str]) -> None:
        """Refuse what is outside the grammar; note variables and calls."""
        if isinstance(node, ast.Name):
            if node.id not in ("x", "y", "z", "b"):
                self.refuse(node, f"a formula speaks of x, y and z, not of {node.id!r}")
            variables.add(node.id)
        elif isinstance(node, ast.Constant):
            if type(node.value) not in (int, float) or not abs(node.value) < math.inf:
                self.refuse(node, f"a formula has only finite numbers, not {node.value!r}")
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
            if node.keywords or not node.args or not name.isidentifier() or name.startswith("_"):
                self.refuse(node, f"a formula may not call {name!r}")
            aggregate = name in AGGREGATES and len(node.args) == 1
            if not aggregate and name not in FUNCTIONS:
                self.calls[name] = node
            for argument in node.args:
                self.check(argument, self.bound if aggregate else variables)
        elif isinstance(node, GRAMMAR) and not isinstance(node, OUTSIDE):
            for part in ast.iter_child_nodes(node):
                self.check(part if hasattr(part, "col_offset") else ast.copy_location(part, node), variables)
        else:
            self.refuse(node, f"a formula has no {type(node).__name__}")

    def refuse(self, node: ast.AST, why: str) -> None:
        """Raise the error that points at `node`."""
        raise FormulaError(why, ("<formula>", 1, getattr(node, "col_offset", 0) + 1, self.text))

    def python(self, rows: Mapping[str, Formula] = {}, one: bool = False, exact: bool = True,
               inline: bool = True) -> tuple[list[str], str]:
        """Python for the formula: the statements that find its aggregates, and its expression.

        `rows` are the formulas of the rows of many operands that it names, put in their places if `inline`; `one`: an
        operand is set apart as x, at `index`; `exact`: all numbers are floats, else comparisons go through `number()`.
        """
        writer = Writer(rows, one, exact, inline, "x" in self.bound)
        return writer.lines, ast.unparse(ast.fix_missing_locations(writer.visit(self.parse())))

    def condition(self) -> str:
        """Python for a formula of floats where only its truth counts."""
        writer = Writer({}, False, True, True, False)
        return ast.unparse(ast.fix_missing_locations(writer.condition(self.parse())))

    def parse(self) -> ast.expr:
        """The formula's syntax tree, a new one at each call."""
        return ast.parse(self.text, mode="eval").body

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"


class Writer(ast.NodeTransformer):
    """Rewrites a formula as Python: numbers as floats, comparisons as 1.0 or 0.0, aggregates as statements before it."""

    def __init__(self, rows: Mapping[str, Formula], one: bool, exact: bool, inline: bool, pairs: bool) -> None:
        self.rows, self.one, self.exact, self.inline, self.pairs = rows, one, exact, inline, pairs
        self.lines: list[str] = []
        self.known: dict[str, str] = {}
        self.inside = False

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(node.id)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(float(node.value))  # type: ignore[arg-type]

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return ast.IfExp(self.condition(node.test), self.visit(node.body), self.visit(node.orelse))

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        return ast.IfExp(self.condition(node), ast.Constant(1.0), ast.Constant(0.0))

    visit_BoolOp = visit_Compare  # type: ignore[assignment]

    def condition(self, node: ast.expr) -> ast.expr:
        """The node where only its truth counts."""
        if isinstance(node, ast.BoolOp):
            return ast.BoolOp(node.op, [self.condition(part) for part in node.values])
        if not isinstance(node, ast.Compare):
            return self.visit(node)  # type: ignore[no-any-return]
        sides = [self.visit(side) for side in (node.left, *node.comparators)]
        if not self.exact:
            sides = [side if isinstance(side, ast.Constant) else ast.Call(ast.Name("number"), [side], [])
                     for side in sides]
        return ast.Compare(sides[0], node.ops, sides[1:])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name: str = node.func.id  # type: ignore[attr-defined]
        if name in AGGREGATES and len(node.args) == 1:
            return self.aggregate(name, node.args[0])
        arguments: list[ast.expr] = [self.visit(argument) for argument in node.args]
        if name in self.rows:
            variable: str = node.args[0].id  # type: ignore[attr-defined]
            if self.inline:
                return self.visit(Rename(variable, variable if self.pairs else "y").visit(self.rows[name].parse()))
            apart = self.one and not self.inside and variable == "x"
            arguments = [ast.Name(f"{variable}s" if self.pairs else "ys"), ast.Name("index" if apart else "i")]
        return ast.Call(ast.Name(name), arguments, [])

    def aggregate(self, name: str, body: ast.expr) -> ast.AST:
        """The name of the aggregate's value, found by a statement of its own, once."""
        used = sorted({part.id for part in ast.walk(body) if isinstance(part, ast.Name)} & {"x", "y"})
        outside, self.inside = self.inside, True
        text = ast.unparse(ast.fix_missing_locations(self.visit(body)))
        self.inside = outside
        over = f"zip({', '.join(v + 's' for v in used)})" if len(used) > 1 else f"{used[0]}s"
        if "s, i)" in text:
            each = f"[{text} for i, {used[0]} in enumerate({over})]"
        else:
            each = over if text in used else f"[{text} for {', '.join(used)} in {over}]"
        call = f"{AGGREGATES[name]}({each})"
        if call not in self.known:
            self.known[call] = f"{name}{sum(known.startswith(name) for known in self.known.values()) + 1}"
            self.lines.append(f"{self.known[call]} = {call}")
        found = ast.Name(self.known[call])
        return ast.Subscript(found, ast.Name("i")) if name == "others" else found


class Rename(ast.NodeTransformer):
    """Another row's formula in this row's variables: its x is `free` here, what its aggregates run over is `bound`."""

    def __init__(self, free: str, bound: str) -> None:
        self.free, self.bound = free, bound

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.free)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        aggregate = node.func.id in AGGREGATES and len(node.args) == 1  # type: ignore[attr-defined]
        inner = Rename(self.bound, self.bound) if aggregate else self
        return ast.Call(node.func, [inner.visit(argument) for argument in node.args], [])
