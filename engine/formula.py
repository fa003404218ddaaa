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

from engine.errors import MAX, FormulaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FUNCTIONS = ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "tanh", "abs", "floor", "max", "min")
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


class Formula(str):
    """The text of a formula, with `.tree` as it was parsed and `.calls`, the other rows it names.

    `.free` are the variables outside aggregates, `.bound` those inside. Errors: FormulaError with the column.
    """

    def __init__(self, text: str) -> None:
        self.free, self.bound, self.calls = set[str](), set[str](), dict[str, ast.AST]()
        try:
            self.tree = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError) as error:
            raise FormulaError(f"a formula is one expression: {error.args[0]}",
                               ("<formula>", 1, getattr(error, "offset", 1), text)) from None
        self.check(self.tree, self.free)

    def check(self, node: ast.AST, variables: set[str]) -> None:
        """Refuse what is outside the grammar; note variables and calls."""
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
                self.check(argument, self.bound if aggregate else variables)
        elif not isinstance(node, GRAMMAR):
            self.refuse(node, f"a formula has no {type(node).__name__}")
        else:
            for part in ast.iter_child_nodes(node):
                self.check(part if isinstance(part, ast.expr) else ast.copy_location(part, node), variables)

    def refuse(self, node: ast.AST, why: str) -> None:
        """Raise the error that points at `node`."""
        raise FormulaError(why, ("<formula>", 1, getattr(node, "col_offset", 0) + 1, str(self)))

    def python(self, rows: Mapping[str, Formula] = {}, one: bool = False, exact: bool = True, inline: bool = True,
               truth: bool = False, known: Sequence[str] = (), pairs: bool = False) -> tuple[list[str], str]:
        """Python for the formula: the statements that find its aggregates, and its expression.

        `rows` are the rows of many operands that it names, their formulas put in their places if `inline`; `one`: an
        operand is set apart as x, at `index`; `exact`: all numbers are floats, else comparisons go through `number()`;
        `truth`: only the expression's truth counts; `known` are the statements that stand before, whose names it uses;
        `pairs`: it belongs to a row of pairs.
        """
        writer = Writer(rows, one, exact, inline, pairs or "x" in self.bound)
        writer.lines += known
        text = writer.condition(self.tree) if truth else writer.write(self.tree)
        return writer.lines[len(known):], text


class Writer:
    """Writes a formula as Python: numbers as floats, comparisons as 1.0 or 0.0, aggregates as statements before it."""

    def __init__(self, rows: Mapping[str, Formula], one: bool, exact: bool, inline: bool, pairs: bool) -> None:
        self.rows, self.one, self.exact, self.inline, self.pairs = rows, one, exact, inline, pairs
        self.lines: list[str] = []
        self.names: dict[str, str] = {}              # a variable of an inlined row, as it is called here
        self.column = ""                             # what the aggregates of an inlined row run over
        self.inside = False                          # an aggregate

    def write(self, node: ast.AST, level: int = 0) -> str:
        """The expression, in parentheses where it binds less than `level`."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Constant):
            return repr(float(node.value))  # type: ignore[arg-type]
        if isinstance(node, ast.Call):
            return self.call(node.func.id, node.args, level)  # type: ignore[attr-defined]
        if isinstance(node, ast.BinOp):
            sign, binds = INFIX[type(node.op)]
            sides = (binds + 1, 3) if sign == "**" else (binds, binds + 1)
            text = f"{self.write(node.left, sides[0])} {sign} {self.write(node.right, sides[1])}"
        elif isinstance(node, ast.UnaryOp):
            binds, text = 3, f"-{self.write(node.operand, 3)}"
        elif isinstance(node, ast.IfExp):
            binds, text = 0, (f"{self.write(node.body, 1)} if {self.condition(node.test)} "
                              f"else {self.write(node.orelse)}")
        else:
            binds, text = 0, f"1.0 if {self.condition(node)} else 0.0"
        return f"({text})" if binds < level else text

    def condition(self, node: ast.AST) -> str:
        """The expression where only its truth counts."""
        if isinstance(node, ast.BoolOp):
            parts = [f"({self.condition(part)})" if isinstance(part, ast.BoolOp) else self.condition(part)
                     for part in node.values]
            return f" {INFIX[type(node.op)][0]} ".join(parts)
        if not isinstance(node, ast.Compare):
            return self.write(node, 1)
        sides = [self.write(side, 1) for side in (node.left, *node.comparators)]
        if not self.exact:
            sides = [f"number({side})" for side in sides]
        return sides[0] + "".join(f" {INFIX[type(op)][0]} {side}" for op, side in zip(node.ops, sides[1:]))

    def call(self, name: str, arguments: list[ast.expr], level: int) -> str:
        """A call: of a function, of an aggregate, or of a row of many operands for one of this row's operands."""
        if name in AGGREGATES and len(arguments) == 1:
            return self.aggregate(name, arguments[0])
        texts = [self.write(argument) for argument in arguments]
        if name not in self.rows:
            return f"{name}({', '.join(texts)})"
        column = texts[0] if self.pairs else "y"
        if not self.inline:
            return f"{name}({column}s, {'index' if self.one and not self.inside and texts[0] == 'x' else 'i'})"
        outer, self.names, self.column = (self.names, self.column), {"x": texts[0]}, column
        text = self.write(self.rows[name].tree, level)
        self.names, self.column = outer
        return text

    def aggregate(self, name: str, body: ast.expr) -> str:
        """The name of the aggregate's value, found by a statement of its own, once."""
        outer, self.names, self.inside = (self.names, self.inside), {"y": self.column} if self.column else {}, True
        text = self.write(body)
        names = [self.names.get(part.id, part.id) for part in ast.walk(body) if isinstance(part, ast.Name)]
        used = sorted({"x", "y"}.intersection(names))
        self.names, self.inside = outer
        over = f"zip({', '.join(v + 's' for v in used)})" if len(used) > 1 else f"{used[0]}s"
        each = f"[{text} for {', '.join(used)} in {over}]" if text not in used else over
        if "s, i)" in text:                          # a row of many operands, called for each of them
            each = f"[{text} for i, {used[0]} in enumerate({over})]"
        line = f" = {AGGREGATES[name]}({each})"
        known = next((known.split(" = ")[0] for known in self.lines if known.endswith(line)), "")
        if not known:
            known = f"{name}{sum(line.startswith(name) for line in self.lines) + 1}"
            self.lines.append(known + line)
        return known if name != "others" else f"{known}[i]"
