"""A quoted formula: its closed grammar, what its functions are for every reader, and the one walk over it.

The grammar: numbers, names, + - * / **, comparisons (which count 1 or 0), `and`, `or`, `a if c else b`, the functions
of the table below, aggregates, other rows. A row's formula speaks of x and y, the operands, and in a partial of z, the
result. In a row of many operands an aggregate runs over all of them as y, and x is one of them. In a row of pairs an
aggregate runs over x and y together, and b may be added.

Whoever reads formulas is a Reader: it is handed the parts of each part, unread.

>>> class Depth(Reader):                             # how many operations stand within each other
...     name = number = lambda self, part: 0
...     minus = lambda self, part: 1 + self.read(part)
...     infix = lambda self, sign, left, right: 1 + max(self.read(left), self.read(right))
...     function = row = lambda self, name, parts: 1 + max(map(self.read, parts))
>>> Depth().read(Formula("-z / y + exp(x * x)").tree)
3
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
from contextlib import suppress
from types import SimpleNamespace

from engine.errors import FAILURES, MAX, FormulaError, addition, brief

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence
    from typing import Any, NoReturn


def table(columns: str, *lines: tuple[str | int, ...]) -> dict[str, Any]:
    """What functions are for each reader: by name, from lines with a column for each."""
    return {str(name): SimpleNamespace(**dict(zip(columns.split(), given))) for name, *given in lines}


# For floats, complex numbers and arrays a function is what math, cmath and NumPy have by its name, or by another, or
# what stands beside the reader; in JavaScript what Math has, or live/numbers.js. Where NumPy has none, floats' is asked
# number by number. In C it is an expression in x and y; where vectors have none, C is asked lane by lane, where C has
# none, Python. For Values it is a row; without one a plain number. It takes 1 number, 2, or with 0 more; it has a value
# for all of them, or certainly for a `safe` one.
FUNCTIONS = table(
    "         takes safe row   floats   complexes  arrays      c                  vector           javascript latex",
    ("exp",   1, 1,  "exp",    ".",     ".",       ".",        "exp(x)",          "exp_of(x)",     ".",   "e^{%s}"),
    ("expm1", 1, 1,  "expm1",  ".",     "expm1",   ".",        "expm1(x)",        "expm1_of(x)",   ".",   ""),
    ("log",   1, 1,  "log",    ".",     ".",       ".",        "log(x)",          "log_of(x)",     ".",   r"\log"),
    ("log1p", 1, 1,  "log1p",  ".",     "log1p",   ".",        "x ? log1p(x) : x", "log1p_of(x)",   ".",   ""),
    ("sqrt",  1, 1,  "sqrt",   ".",     ".",       ".",        "sqrt(x)",         "sqrt_of(x)",    ".",   r"\sqrt{%s}"),
    ("sin",   1, "", "sin",    ".",     ".",       ".",        "sin(x)",          "sin_of(x)",     ".",   r"\sin"),
    ("cos",   1, "", "cos",    ".",     ".",       ".",        "cos(x)",          "cos_of(x)",     ".",   r"\cos"),
    ("tan",   1, 1,  "tan",    ".",     ".",       ".",        "tan(x)",          "tan_of(x)",     ".",   r"\tan"),
    ("tanh",  1, "", "tanh",   ".",     ".",       ".",        "tanh(x)",         "tanh_of(x)",    ".",   r"\tanh"),
    ("asin",  1, 1,  "asin",   ".",     ".",       ".arcsin",  "asin(x)",         "",              ".",   r"\arcsin"),
    ("acos",  1, 1,  "acos",   ".",     ".",       ".arccos",  "acos(x)",         "",              ".",   r"\arccos"),
    ("atan",  1, "", "atan",   ".",     ".",       ".arctan",  "atan(x)",         "",              ".",   r"\arctan"),
    ("sinh",  1, 1,  "sinh",   ".",     ".",       ".",        "sinh(x)",         "",              ".",   r"\sinh"),
    ("cosh",  1, 1,  "cosh",   ".",     ".",       ".",        "cosh(x)",         "",              ".",   r"\cosh"),
    ("asinh", 1, "", "asinh",  ".",     ".",       ".arcsinh", "asinh(x)",        "",              ".",   ""),
    ("acosh", 1, 1,  "acosh",  ".",     ".",       ".arccosh", "acosh(x)",        "",              ".",   ""),
    ("atanh", 1, 0,  "atanh",  ".",     ".",       ".arctanh", "atanh(x)",        "",              ".",   ""),
    ("erf",   1, "", "erf",    ".",     "erf",     "",         "erf(x)",          "",              "erf_of", ""),
    ("erfc",  1, "", "erfc",   ".",     "erfc",    "",         "erfc(x)",         "",              "erfc_of", ""),
    ("log2",  1, 1,  "log2",   ".",     "log2",    ".",        "log2(x)",         "",              ".",   r"\log_{2}"),
    ("log10", 1, 1,  "log10",  ".",     ".",       ".",        "log10(x)",        "",              ".",   r"\log_{10}"),
    ("atan2", 2, "", "atan2",  ".",     "atan2",   ".arctan2", "atan2(x, y)",     "",              ".",   ""),
    ("hypot", 2, 1,  "hypot",  ".",     "hypot",   ".",        "",                "hypot_of(x, y)", ".",   ""),
    ("abs",   1, "", "abs",    ".fabs", "size",    ".",        "fabs(x)",         "magnitude(x)",  ".",
     r"\left|%s\right|"),
    ("floor", 1, "", "",       "floor", "floor",   ".",        "floor(x) + 0.0",  "floor_of(x)",   ".",
     r"\lfloor %s\rfloor"),
    ("max",   0, "", "maximum", "max",   "larger",  ".maximum", "y > x ? y : x",   "larger(y, x)",  "largest", r"\max"),
    ("min",   0, "", "minimum", "min",   "smaller", ".minimum", "y < x ? y : x",   "smaller(y, x)", "smallest",
     r"\min"),
)
# Over all operands, or pairs, in turn: the sum, left to right, or exactly rounded; that of all but one largest, and of
# all but the one in question; a shift, which is a plain number.
AGGREGATES = table(
    "          row      floats      c                                     latex",
    ("sum",    "fsum",  "total",    "total(n, {terms})",                  r"{\textstyle\sum} %s"),
    ("fsum",   "fsum",  "fsum",     "exact_sum(n, {terms}, {room}, bad)", r"{\textstyle\sum} %s"),
    ("rest",   "",      "rest",     "rest(n, {terms}, bad)",              r"{\textstyle\sum}_{\text{rest}} %s"),
    ("others", "",      "others",   "others(n, {terms}, {room})",         r"{\textstyle\sum}_{\text{others}} %s"),
    ("max",    "",      "largest",  "largest(n, {terms}, bad)",           r"\max %s"),
    ("min",    "",      "smallest", "smallest(n, {terms}, bad)",          r"\min %s"),
)
SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.USub: "minus",
         ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
         ast.And: "and", ast.Or: "or"}
BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "minus": 3, "**": 4}                # how tightly; conditions and choices: 0
ATOM  = 9                                                                    # what is never put in parentheses


# What the functions are for floats ------------------------------------------------------------------------------------

def floor(x: float) -> float:
    """The largest whole number that is not above x."""
    return math.floor(x) + 0.0


def total(terms: Iterable[Any]) -> Any:
    """The sum, left to right; never the built-in's, whose rounding differs between Pythons."""
    z: Any = 0.0
    for term in terms:
        z = z + term
    return z


def rest(terms: Sequence[Any], number: Callable[[Any], Any] = float) -> Any:
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


def stands_for(column: str, module: Any, beside: Mapping[str, Any]) -> dict[str, Any]:
    """What each function is in a column of the table: what a module has, or what stands `beside` for it.

    >>> stands_for("floats", math, FLOATS)["sqrt"](9.0)
    3.0
    """
    columns = {name: getattr(function, column) for name, function in FUNCTIONS.items()}
    return {name: getattr(module, text[1:] or name) if text[:1] == "." else beside[text or name]
            for name, text in columns.items()}


FLOATS: dict[str, Any] = {
    "number": float, "total": total, "rest": rest, "others": others, "largest": max, "smallest": min, "fsum": math.fsum,
    **stands_for("floats", math, {"max": max, "min": min, "floor": floor})}


# What may stand in a formula ------------------------------------------------------------------------------------------

class Formula(str):
    """The text of a formula, with `.tree` as it was parsed and `.calls`, the other rows it names.

    `.free` are the names outside aggregates, `.over` those inside, `.sums` the aggregates, each with where it stands.
    What may stand in it, and what is said where something else does, is a row's, unless a subclass differs. Errors:
    FormulaError with the column, TypeError for what is no text.
    """

    names: Container[str] = ("x", "y", "z", "b")
    functions: Mapping[str, int] = {name: function.takes for name, function in FUNCTIONS.items()}    # 0: any number
    aggregates: Container[str] = AGGREGATES
    # Operations within each other, whether a long sum is no deep one, and whether what is no function may be a row:
    depth, long_sums, open_rows = 100, False, True
    strange = {                                      # what is said of a name, a call, another part, one too deep
        "name": "a formula speaks of x, y and z, not of {0!r}; write its number, or y for a second operand",
        "call": "a formula may not call {0!r}, only functions and rows, as exp(x)", "part": "a formula has no {0}",
        "deep": "a formula has at most 100 operations within each other; make rows of its parts"}

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a formula is a text such as 'x * y'; {brief(text)} is none")
        self.free, self.over = dict[str, ast.expr](), dict[str, ast.expr]()
        self.calls, self.sums, self.nodes = dict[str, ast.Call](), dict[str, ast.Call](), list[ast.expr]()
        self.tree = self.parsed()
        self.check()

    def parsed(self) -> ast.expr:
        """The formula as Python's own parser reads it."""
        try:
            return ast.parse(self, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise FormulaError(f"a formula is one expression, each * written: {getattr(error, 'msg', error)}",
                               ("<formula>", getattr(error, "lineno", 1) or 1, getattr(error, "offset", 1)
                                or len(self) + 1, getattr(error, "text", None) or str(self))) from None

    def check(self) -> None:
        """Refuse what is outside the grammar; note names and calls."""
        stack = [(self.tree, self.free, 0)]
        while stack:
            node, names, depth = stack.pop()
            if depth > self.depth:
                self.refuse(node, self.strange["deep"])
            parts, names = self.looked_at(node, names)
            self.nodes.append(node)
            spine = node.left if isinstance(node, ast.BinOp) and self.long_sums else None
            stack += [(part, names, depth if part is spine else depth + 1) for part in reversed(parts)]

    def looked_at(self, node: ast.expr, names: dict[str, ast.expr]) -> tuple[list[ast.expr], dict[str, ast.expr]]:
        """The parts of a part that may stand here, and where to note the names in them."""
        match node:
            case ast.Name(name) if name not in self.names:
                self.refuse(node, self.strange["name"].format(name))
            case ast.Name(name):
                names[name] = node
            case ast.Constant(x):
                if type(x) not in (int, float) or not -MAX <= x <= MAX:  # type: ignore[operator]
                    self.refuse(node, f"a formula has only finite numbers, not {brief(x)}")
            case ast.Call():
                return node.args, self.called(node, names)
            case ast.BinOp() | ast.UnaryOp() | ast.BoolOp() | ast.Compare() | ast.IfExp():
                for sign in [part for part in ast.iter_child_nodes(node) if not isinstance(part, (ast.expr, *SIGNS))]:
                    self.refuse(node, addition("part", sign) or self.strange["part"].format(type(sign).__name__))
                return [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)], names
            case _:
                self.refuse(node, addition("part", node) or self.strange["part"].format(type(node).__name__))
        return [], names

    def called(self, node: ast.Call, names: dict[str, ast.expr]) -> dict[str, ast.expr]:
        """Where to note the names in a call: of a function, of an aggregate, or of another row."""
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        takes, given = self.functions.get(name), len(node.args) + len(node.keywords)
        aggregate = name in self.aggregates and given == 1
        known = aggregate or takes is not None or self.open_rows and given
        if not name.isidentifier() or name.startswith("_") or not known:
            self.refuse(node, self.strange["call"].format(name))
        if node.keywords:
            self.refuse(node, f"in a formula {name} takes its numbers by place, not by name")
        if aggregate:
            if name == "others" and names is self.over:
                self.refuse(node, "others(...) may not stand within an aggregate")
            self.sums[name] = node
            return self.over
        if takes is None:
            self.calls[name] = node
        elif given != takes if takes else given < 1:
            needed = counted(takes) if takes else "one or more numbers"
            self.refuse(node, f"in a formula {name} takes {needed}, not {given}")
        return names

    def compute(self) -> None:
        """Refuse what has no variable in it and no finite value: `(-1) ** 0.5`, `1 / 0`, 0 for x in `x / 0`."""
        quotients = [ast.copy_location(ast.BinOp(ast.Constant(0), node.op, node.right), node) for node in self.nodes
                     if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)]
        for node in [*[node for node in self.nodes if isinstance(node, (ast.BinOp, ast.Call))], *quotients]:
            text = ast.unparse(node)
            if not {*re.findall(r"\b[A-Za-z]\w*", text)} - FUNCTIONS.keys() - {"if", "else", "and", "or"}:
                with suppress(*FAILURES):
                    if math.isfinite(eval(text, dict(FLOATS))):
                        continue
                self.refuse(node, f"{text} is no finite number")

    def refuse(self, node: ast.AST, why: str) -> NoReturn:
        """Raise the error that points at `node`."""
        at: int = getattr(node, "lineno", 1)
        line = re.split("\r\n|\r|\n", self)[at - 1]
        raise FormulaError(why, ("<formula>", at, column(line, getattr(node, "col_offset", 0)), line)) from None


def counted(n: int) -> str:
    """How many numbers: `1 number`."""
    return f"{n} number{'s' if n != 1 else ''}"


def column(text: str, place: int) -> int:
    """Which character of a text, counted from 1, stands where ast counts so many bytes.

    >>> column("α + β", 5)
    5
    """
    return len(text.encode()[:place].decode(errors="replace")) + 1


# The one walk ---------------------------------------------------------------------------------------------------------

class Reader:
    """Says what a part of a formula is, and hands its parts, unread, to the one method that a reading has for it.

    Unread, since a choice is lazy in one reading and guarded in another, an aggregate reads its body once for each
    operand, and some keep parts as they stand. The formula has been checked. A reading defines what it needs of `name`,
    `number`, `minus`, `infix`, `choice`, `comparison`, `joined`, `function`, `row`, `aggregate`, `as_number` of a truth
    and `as_truth` of a number.
    """

    def read(self, node: ast.expr) -> Any:
        """A part of a formula, as a number."""
        match node:
            case ast.Name():
                return self.name(node.id)
            case ast.Constant():
                return self.number(float(node.value))  # type: ignore[arg-type]
            case ast.UnaryOp():
                return self.minus(node.operand)
            case ast.BinOp():
                return self.infix(SIGNS[type(node.op)], node.left, node.right)
            case ast.IfExp():
                return self.choice(node.test, node.body, node.orelse)
            case ast.Call(func=ast.Name(id=name), args=parts):
                if name in AGGREGATES and len(parts) == 1:
                    return self.aggregate(name, parts[0])
                return self.function(name, parts) if name in FUNCTIONS else self.row(name, parts)
        return self.as_number(self.truth(node))

    def truth(self, node: ast.expr) -> Any:
        """A part of a formula, where only its truth counts."""
        match node:
            case ast.BoolOp():
                return self.joined(SIGNS[type(node.op)], node.values)
            case ast.Compare():
                return self.comparison([SIGNS[type(sign)] for sign in node.ops], [node.left, *node.comparators])
        return self.as_truth(self.read(node))

    if TYPE_CHECKING:                                # a part that a reading has no method for is none that it meets
        def __getattr__(self, part: str) -> Any: ...
