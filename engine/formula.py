"""A quoted formula: parsed, refused where it leaves the grammar, and written as Python for any kind of number.

The grammar is closed: numbers, + - * / **, comparisons (which count 1 or 0), `and`, `or`, `a if c else b`, and the
functions below. A formula speaks of x and y, the operands, and in a partial of z, the result. In a row of many
operands an aggregate runs over all of them as y, and x is one of them. In a row of pairs an aggregate runs over x and y
together, and b may be added.

>>> Formula("y * x ** (y - 1) if y != 0 else 0").python()
([], 'y * x ** (y - 1.0) if y != 0.0 else 0.0')
>>> Formula("max(y) + log(sum(exp(y - max(y))))").python()
(['max1 = largest(ys)', 'sum1 = total([exp(y - max1) for y in ys])'], 'max1 + log(sum1)')
>>> try:
...     Formula("x + open('secret')")
... except FormulaError as error:
...     print(error.msg, "in column", error.offset)
a formula has only finite numbers, not 'secret' in column 10
"""
from __future__ import annotations

import ast
import math
import re
from functools import lru_cache

from engine.errors import MAX, FormulaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, NoReturn

FUNCTIONS = ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "tanh", "abs", "floor", "max", "min")
DEPTH = 100                          # operations within each other
AGGREGATES = {                       # how Python calls them, over all operands (pairs) in turn
    "sum":    "total",               # left to right
    "fsum":   "fsum",                # exactly rounded
    "rest":   "rest",                # the sum of all but one largest
    "others": "others",              # the sum of all but the one in question
    "max":    "largest",             # a shift: a plain number, not differentiated
    "min":    "smallest",
}
INFIX = {ast.Add: ("+", 1), ast.Sub: ("-", 1), ast.Mult: ("*", 2), ast.Div: ("/", 2), ast.Pow: ("**", 4),
         ast.Lt: ("<", 0), ast.LtE: ("<=", 0), ast.Gt: (">", 0), ast.GtE: (">=", 0), ast.Eq: ("==", 0),
         ast.NotEq: ("!=", 0), ast.And: ("and", 0), ast.Or: ("or", 0), ast.USub: ("-", 3)}
GRAMMAR = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Load, *INFIX)


def total(terms: Iterable[Any]) -> Any:
    """The sum, left to right; never the built-in's, whose rounding differs between Pythons."""
    z: Any = 0.0
    for term in terms:
        z = z + term
    return z


def rest(terms: Sequence[Any], number: Callable[[Any], float] = float) -> Any:
    """The sum of all terms but one largest."""
    largest = terms.index(max(terms, key=None if number is float else number))
    return total([*terms[:largest], *terms[largest + 1:]])


def others(terms: Sequence[Any]) -> list[Any]:
    """For each term the sum of the others: what comes before it plus what comes after it."""
    before, after = [0.0], [0.0]
    for term in terms:
        before.append(before[-1] + term)
    for term in reversed(terms):
        after.append(after[-1] + term)
    return [b + a for b, a in zip(before, after[-2::-1])]


FLOATS: dict[str, Any] = {                           # what the formulas' functions are for plain numbers
    **{f: getattr(math, f, None) for f in FUNCTIONS}, "floor": lambda x: math.floor(x) + 0.0, "number": float,
    "abs": abs, "max": max, "min": min, "largest": max, "smallest": min, "total": total, "rest": rest, "others": others,
    "fsum": math.fsum}


class Formula(str):
    """The text of a formula, with `.tree` as it was parsed and `.calls`, the other rows it names.

    `.free` are the variables outside aggregates, `.bound` those inside. Errors: FormulaError with the column.
    """

    def __init__(self, text: str) -> None:
        self.free, self.bound, self.calls = set[str](), set[str](), dict[str, ast.AST]()
        try:
            self.tree = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise FormulaError(f"a formula is one expression: {getattr(error, 'msg', error)}",
                               ("<formula>", getattr(error, "lineno", 1), getattr(error, "offset", 1),
                                getattr(error, "text", None) or text)) from None
        self.check(self.tree, self.free)

    def check(self, node: ast.AST, variables: set[str], depth: int = 0) -> None:
        """Refuse what is outside the grammar; note variables and calls."""
        if depth > DEPTH:
            self.refuse(node, f"a formula has at most {DEPTH} operations within each other; make rows of its parts")
        if isinstance(node, ast.Name):
            if node.id not in ("x", "y", "z", "b"):
                self.refuse(node, f"a formula speaks of x, y and z, not of {node.id!r}")
            variables.add(node.id)
        elif isinstance(node, ast.Constant):
            if type(node.value) not in (int, float) or not -MAX <= node.value <= MAX:  # type: ignore[operator]
                self.refuse(node, f"a formula has only finite numbers, not {node.value!r}")
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
            if node.keywords or not node.args or not name.isidentifier() or name.startswith("_"):
                self.refuse(node, f"a formula may not call {name!r}")
            aggregate = name in AGGREGATES and len(node.args) == 1
            if not aggregate and name not in FUNCTIONS:
                self.calls[name] = node
            for argument in node.args:
                self.check(argument, self.bound if aggregate else variables, depth + 1)
        elif not isinstance(node, GRAMMAR):
            self.refuse(node, f"a formula has no {type(node).__name__}")
        else:
            for part in ast.iter_child_nodes(node):
                self.check(part if isinstance(part, ast.expr) else ast.copy_location(part, node), variables, depth + 1)

    def refuse(self, node: ast.AST, why: str) -> NoReturn:
        """Raise the error that points at `node`."""
        at: int = getattr(node, "lineno", 1)
        line = re.split("\r\n|\r|\n", self)[at - 1]
        raise FormulaError(why, ("<formula>", at, column(line, getattr(node, "col_offset", 0)), line))

    def python(self, writer: Writer | None = None, truth: bool = False) -> tuple[list[str], str]:
        """Python for the formula: the statements that find its aggregates, and its expression.

        A `writer` knows the statements that stand before; `truth`: only the expression's truth counts.
        """
        if writer is None:
            return alone(self, truth)
        tree, known = ast.parse(self, mode="eval").body, len(writer.lines)
        tree = writer.condition(tree) if truth else writer.visit(tree)
        return writer.lines[known:], tree.id if isinstance(tree, ast.Name) else ast.unparse(tree)


@lru_cache(maxsize=1000)
def alone(formula: Formula, truth: bool) -> tuple[list[str], str]:
    """Python for a formula that needs no other row; it is asked for often while rows are poured."""
    return formula.python(Writer({}, False), truth)


def column(text: str, place: int) -> int:
    """Which character of a text, counted from 1, stands where ast counts so many bytes.

    >>> column("α + β", 5)
    5
    """
    return len(text.encode()[:place].decode(errors="replace")) + 1


class Writer(ast.NodeTransformer):
    """Rewrites a formula as Python: numbers as floats, comparisons as 1.0 or 0.0, aggregates as statements before it.

    `rows` are the rows of many operands that it may name, whose formulas are put in their places; `pairs`: it belongs
    to a row of pairs.
    """

    def __init__(self, rows: Mapping[str, Formula], pairs: bool) -> None:
        self.rows, self.pairs = rows, pairs
        self.lines: list[str] = []
        self.names: dict[str, ast.expr] = {}         # a variable of an inlined row, as it is called here
        self.column: ast.expr | None = None          # what the aggregates of an inlined row run over

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.names.get(node.id, node)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Constant(float(node.value))  # type: ignore[arg-type]

    def visit_Compare(self, node: ast.expr) -> ast.expr:
        return ast.IfExp(self.condition(node), ast.Constant(1.0), ast.Constant(0.0))

    visit_BoolOp = visit_Compare

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        return ast.IfExp(self.condition(node.test), self.visit(node.body), self.visit(node.orelse))

    def condition(self, node: ast.expr) -> ast.expr:
        """The expression where only its truth counts."""
        if isinstance(node, ast.BoolOp):
            return ast.BoolOp(node.op, [self.condition(part) for part in node.values])
        return self.generic_visit(node) if isinstance(node, ast.Compare) else self.visit(node)  # type: ignore

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call: of a function, of an aggregate, or of a row of many operands for one of this row's operands."""
        name: str = node.func.id  # type: ignore[attr-defined]
        if name in AGGREGATES and len(node.args) == 1:
            return self.aggregate(name, node.args[0])
        return self.inlined(name, node.args[0]) if name in self.rows else self.generic_visit(node)  # type: ignore

    def inlined(self, name: str, x: ast.expr) -> ast.expr:
        """The formula of a row of many operands, in the place of its name."""
        outer = self.names, self.column
        x = self.visit(x)
        self.names, self.column = {"x": x}, x if self.pairs else None
        z: ast.expr = self.visit(ast.parse(self.rows[name], mode="eval").body)
        self.names, self.column = outer
        return z

    def aggregate(self, name: str, body: ast.expr) -> ast.expr:
        """The name of the aggregate's value, found by a statement of its own, once."""
        outer, self.names = self.names, {"y": self.column} if self.column else {}
        text = ast.unparse(self.visit(body))
        self.names = outer
        columns = [v for v in "xy" if re.search(rf"\b{v}s?\b", text)] or ["y"]
        line = f" = {AGGREGATES[name]}({each(text, columns)})"
        known = next((known.split(" = ")[0] for known in self.lines if known.endswith(line)), "")
        if not known:
            known = f"{name}{sum(line.startswith(name) for line in self.lines) + 1}"
            self.lines.append(known + line)
        return ast.Name(known if name != "others" else f"{known}[i]")


def each(text: str, variables: Sequence[str], columns: Sequence[str] = ()) -> str:
    """A list of the expression's value for each operand or pair, in Python; `i` counts them.

    >>> each("x * y", "xy"), each("exp(y)", "y"), each("y", "y"), each("others1[i]", "y")
    ('[x * y for x, y in zip(xs, ys)]', '[exp(y) for y in ys]', 'ys', '[others1[i] for i, y in enumerate(ys)]')
    """
    columns = columns or [f"{v}s" for v in variables]
    if text in variables:
        return columns[variables.index(text)]
    names, over = ", ".join(variables), f"zip({', '.join(columns)})" if len(columns) > 1 else columns[0]
    if re.search(r"\bi\b", text):
        names, over = f"i, ({names})" if len(variables) > 1 else f"i, {names}", f"enumerate({over})"
    return f"[{text} for {names} in {over}]"


def may_raise(text: str) -> bool:
    """Whether Python for a formula can raise on floats: it calls, divides or raises to a power."""
    return any(sign in text for sign in ("(", "/", "**"))
