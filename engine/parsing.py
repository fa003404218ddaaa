"""A formula in a user's own names, as a graph: the closed grammar of the table, and nothing else is ever run.

>>> from engine import Value
>>> p = Value(0.25, "p")
>>> parse("-log(p) + p ** 2", {"p": p})
Value(data=1.449, grad=0)
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

from engine.errors import FAILURES, MAX, FormulaError
from engine.formula import column
from engine.op import Op
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

INFIX: dict[Any, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
ORDER: dict[Any, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}
SHORT = {"max": "maximum", "min": "minimum"}
INSTEAD = {"BitXor": "a power is written x ** 2", "UAdd": "leave out the plus sign", "Tuple": "leave out the comma",
           "Attribute": "a name has no dot in a formula"}


def functions() -> dict[str, Op]:
    """What a formula may call: the rows of one operand, and those of any number that set none apart."""
    signs = ("add", "sub", "mul", "truediv", "pow", "neg")
    rows = {name: row for name, row in Op.table.items()
            if name not in signs and (row.arity or not row.pairs and not row.one)}
    return {**rows, **{name: rows[row] for name, row in SHORT.items()}}


def parse(text: str, names: Mapping[str, Value]) -> Value:
    """The formula as a graph on the named values. Errors: FormulaError with the column, also where it has no value."""
    text = re.sub(r"\s", " ", text)                  # one for one: a column stays where it was typed
    typed = text.lstrip()
    before = len(text) - len(typed)
    try:
        tree = ast.parse(typed, mode="eval").body
    except SyntaxError as error:
        ended = error.offset == 0
        known = error.msg != "invalid syntax"
        why = error.msg if known else "here it breaks off" if ended else "this cannot stand here"
        at = len(text) if ended else before + (error.offset or 1) - 1
        raise FormulaError(why, ("<formula>", 1, at + 1, text)) from None
    except (ValueError, RecursionError, MemoryError):
        raise FormulaError("this is nested too deeply, or not text", ("<formula>", 1, before + 1, text)) from None
    try:
        z = Parser(typed, before, names).value(tree)
    except RecursionError:
        raise FormulaError("this is nested too deeply", ("<formula>", 1, before + 1, text)) from None
    return z if isinstance(z, Value) else Value(z)


class Parser:
    """Finds the values of a formula's parts."""

    def __init__(self, text: str, before: int, names: Mapping[str, Value]) -> None:
        self.text, self.before, self.names, self.functions = text, before, names, functions()

    def value(self, node: ast.expr) -> Any:
        """A Value, or a plain number for a part without names."""
        if isinstance(node, ast.BinOp) and type(node.op) in INFIX:
            return self.chain(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self.value(node.operand)
        if isinstance(node, ast.Constant):
            if type(node.value) not in (int, float) or not -MAX <= node.value <= MAX:  # type: ignore[operator]
                self.refuse(node, f"a formula has only finite numbers, not {node.value!r}")
            return float(node.value)  # type: ignore[arg-type]
        if isinstance(node, ast.Name):
            if node.id not in self.names:
                self.refuse(node, f"{node.id} has no number; give it one: {node.id}=0.5")
            return self.names[node.id]
        if isinstance(node, ast.IfExp):
            return self.value(node.body if self.holds(node.test) else node.orelse)
        if isinstance(node, (ast.Compare, ast.BoolOp)):
            return float(self.holds(node))
        if isinstance(node, ast.Call):
            return self.called(node)
        kind = type(getattr(node, "op", node)).__name__
        sign = self.sign(node) if isinstance(node, ast.BinOp) else node.col_offset
        return self.refuse(node, INSTEAD.get(kind, f"a formula has no {kind}"), sign)

    def sign(self, node: ast.BinOp) -> int:
        """Where the sign of an operation stands: behind its left side, spaces and parentheses."""
        start = node.left.end_col_offset or 0
        return start + len(re.match(rb"[\s)]*", self.text.encode()[start:])[0])  # type: ignore[index]

    def chain(self, node: ast.expr) -> Any:
        """Operations whose left sides are operations again: a long sum is no deep one."""
        spine: list[ast.BinOp] = []
        while isinstance(node, ast.BinOp) and type(node.op) in INFIX:
            spine.append(node)
            node = node.left
        z = self.value(node)
        for part in reversed(spine):
            z = self.computed(part, INFIX[type(part.op)], z, self.value(part.right))
        return z

    def called(self, node: ast.Call) -> Any:
        """What a function of the table makes of its operands."""
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        row = self.functions.get(name)
        if row is None:
            return self.refuse(node, f"{name} is no function of a formula; it has {', '.join(sorted(self.functions))}")
        if node.keywords or not node.args or row.arity and len(node.args) != row.arity:
            return self.refuse(node, f"{name} takes {row.arity or 'one or more'} number{'s' * (row.arity != 1)}, "
                                     f"not {len(node.args) + len(node.keywords)}")
        operands = [self.value(argument) for argument in node.args]
        if name in ("abs", "neg") and not isinstance(operands[0], Value):
            return abs(operands[0])
        return self.computed(node, row.function, *operands)

    def holds(self, node: ast.expr) -> bool:
        """Whether a condition holds for the numbers."""
        if isinstance(node, ast.BoolOp):
            every = isinstance(node.op, ast.And)
            return (all if every else any)(self.holds(part) for part in node.values)
        if not isinstance(node, ast.Compare) or not all(type(sign) in ORDER for sign in node.ops):
            return bool(self.refuse(node, "a condition is a comparison, as in x > 0"))
        sides = [getattr(z, "data", z) for z in map(self.value, (node.left, *node.comparators))]
        return all(ORDER[type(sign)](x, y) for sign, x, y in zip(node.ops, sides, sides[1:]))

    def computed(self, node: ast.expr, function: Callable[..., Any], *operands: Any) -> Any:
        """The result of an operation, or an error that points at it."""
        try:
            z = function(*operands)
        except FAILURES as error:
            self.refuse(node, str(error))
        if isinstance(z, complex):
            self.refuse(node, "this is no real number")
        return z

    def refuse(self, node: ast.expr, why: str, place: int | None = None) -> Any:
        """Raise the error that points at a part, or at another place in the text; both are counted in bytes."""
        at = self.before + column(self.text, node.col_offset if place is None else place)
        raise FormulaError(why, ("<formula>", 1, at, " " * self.before + self.text)) from None
