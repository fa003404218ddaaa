"""A row as a plain method: its formulas read as Python, and poured into a function when it is first called.

>>> from engine.op import SHAPES, Op
>>> print(Op("x * y", "y", "x", name="product").function.source)
def product(self, other):
    if self.__class__ is not Value and other.__class__ is not Value: return op.plain(self, other)
    if self.__class__ is Value:
        x = self._data
    elif self.__class__ is float and isfinite(self):
        x = self
    else:
        x = self = op.number(self)
    if other.__class__ is Value:
        y = other._data
    elif other.__class__ is float and isfinite(other):
        y = other
    else:
        y = other = op.number(other)
    try:
        z = x * y
        if not isfinite(z): raise OverflowError
    except FAILURES as error:
        raise op.failure(error, self, other) from None
    node = new(Value)
    node._data = z
    node._grad = 0.0
    node._row = op
    node._x = self
    node._y = other
    node._dx = None if x is self else y
    node._dy = None if y is other else x
    return node
<BLANKLINE>
"""
from __future__ import annotations

import ast
import keyword
import linecache
import math

from engine.errors import FAILURES, brief
from engine.formula import AGGREGATES, FLOATS, FUNCTIONS, SIGNS, Formula, Reader, counted
from engine.op import SHAPES, Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Tree = ast.expr
    V = type[Any]

# engine/__init__ sets these: what documents a function, and what the house makes of the class.
describe: Callable[[Any], None] = lambda function: None
completed: Callable[[V], V] = lambda value: value

OPERATORS: dict[str, Any] = {sign: kind for kind, sign in SIGNS.items()}
NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


# A formula as Python --------------------------------------------------------------------------------------------------

class Python(Reader):
    """Reads the formulas of a row as Python, as trees: comparisons as 1.0 or 0.0, aggregates as statements before them.

    `.lines` are these statements, `.calls` the rows of few operands that are called, each by its name after a line,
    `_sigmoid`: nothing else in poured code is called so. The formula of a row of many operands stands in the place of
    its name.
    """

    def __init__(self, op: Op | None = None) -> None:
        self.op = self.caller = op
        self.lines: list[str] = []
        self.calls: dict[str, Op] = {}
        self.names: dict[str, Tree] = {}             # a variable of a row in whose place its formula stands
        self.column: Tree | None = None              # what the aggregates of such a row run over

    def name(self, name: str)       -> Tree: return self.names.get(name) or ast.Name(name)
    def number(self, x: float)      -> Tree: return ast.Constant(x)
    def minus(self, part: Tree)     -> Tree: return ast.UnaryOp(ast.USub(), self.read(part))
    def as_number(self, truth: Tree) -> Tree: return ast.IfExp(truth, ast.Constant(1.0), ast.Constant(0.0))
    def as_truth(self, number: Tree) -> Tree: return number

    def infix(self, sign: str, left: Tree, right: Tree) -> Tree:
        return ast.BinOp(self.read(left), OPERATORS[sign](), self.read(right))

    def choice(self, test: Tree, body: Tree, orelse: Tree) -> Tree:
        return ast.IfExp(self.truth(test), self.read(body), self.read(orelse))

    def comparison(self, signs: list[str], parts: list[Tree]) -> Tree:
        first, *others = map(self.read, parts)
        return ast.Compare(first, [OPERATORS[sign]() for sign in signs], others)

    def joined(self, sign: str, parts: list[Tree]) -> Tree:
        return ast.BoolOp(OPERATORS[sign](), list(map(self.truth, parts)))

    def function(self, name: str, parts: list[Tree]) -> Tree:
        return ast.Call(ast.Name(name), list(map(self.read, parts)), [])

    def row(self, name: str, parts: list[Tree]) -> Tree:
        assert self.caller is not None and self.op is not None
        row = self.caller.rows[name]
        if row.arity:
            self.calls[f"_{name}"] = row
            return self.function(f"_{name}", parts)
        outer = self.names, self.column, self.caller
        x = self.read(parts[0])
        self.names, self.column, self.caller = {"x": x}, x if self.op.shape == "pairs" else None, row
        z: Tree = self.read(row.formula.tree)
        self.names, self.column, self.caller = outer
        return z

    def aggregate(self, name: str, body: Tree) -> Tree:
        """The name of the aggregate's value, found by a statement of its own, once."""
        outer, self.names = self.names, {"y": self.column} if self.column else {}
        tree: Tree = self.read(body)
        self.names = outer
        used = {part.id for part in ast.walk(tree) if isinstance(part, ast.Name)}
        columns = {v: f"{v}s" for v in "xy" if {v, f"{v}s"} & used} or {"y": "ys"}
        value = f" = {AGGREGATES[name].floats}({ast.unparse(each(tree, columns))})"
        known = [line.removesuffix(value) for line in self.lines if line.endswith(value)]
        if not known:
            known = [f"{name}{1 + sum(line.startswith(name) for line in self.lines)}"]
            self.lines.append(known[0] + value)
        return ast.Subscript(ast.Name(known[0]), ast.Name("i")) if name == "others" else ast.Name(known[0])


def python(formula: Formula, reader: Python | None = None, truth: bool = False) -> tuple[list[str], str]:
    """Python for a formula: the statements that find its aggregates, and its expression; or only that one's truth.

    The reader knows the statements that stand before.

    >>> python(Formula("y * x ** (y - 1) if y != 0 else 0"))
    ([], 'y * x ** (y - 1.0) if y != 0.0 else 0.0')
    >>> python(Formula("max(y) + log(sum(exp(y - max(y))))"))
    (['max1 = largest(ys)', 'sum1 = total([exp(y - max1) for y in ys])'], 'max1 + log(sum1)')
    """
    reader = reader or Python()
    before = len(reader.lines)
    tree = reader.truth(formula.tree) if truth else reader.read(formula.tree)
    return reader.lines[before:], ast.unparse(tree)


def each(tree: ast.expr, columns: Mapping[str, str]) -> ast.expr:
    """A list of the expression's value for each of the operands or pairs in some columns; `i` counts them.

    >>> ast.unparse(each(ast.parse("x * x", mode="eval").body, {"x": "xs"}))
    '[x * x for x in xs]'
    """
    if isinstance(tree, ast.Name) and tree.id in columns:
        return ast.Name(columns[tree.id])
    names: list[ast.expr] = list(map(ast.Name, columns))
    lists: list[ast.expr] = list(map(ast.Name, columns.values()))
    target = names[0] if len(names) == 1 else ast.Tuple(names)
    over = lists[0] if len(lists) == 1 else ast.Call(ast.Name("zip"), lists, [])
    if any([isinstance(part, ast.Name) and part.id == "i" for part in ast.walk(tree)]):
        target, over = ast.Tuple([ast.Name("i"), target]), ast.Call(ast.Name("enumerate"), [over], [])
    return ast.ListComp(tree, [ast.comprehension(target, over, [], 0)])


# A row as a function --------------------------------------------------------------------------------------------------

def pour(op: Op, name: str, owner: str = "") -> Any:
    """The row as a plain function called `name`; `.op` is the row, `.source` its text."""
    return enter(op, name, lambda: method_of(op, name, owner))


def enter(op: Op, name: str, make: Callable[[], Any]) -> Any:
    """Name a row, fix the rows that it may call, make its function, and enter it in the table; the function.

    Errors: ValueError for a name that Python cannot call, FormulaError for a call of what is no row, or in another way.
    """
    reflected = name == f"__r{op.name}__"
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"a row needs a name that Python can call; {brief(name)} is none")
    own = op.name if reflected else name.strip("_")
    rows = {**Op.table, own: op}
    for part in vars(op).get("quoted", ()):          # a row of a table may not have been read yet
        for called, at in part.calls.items():
            if called not in Op.table and (called != own or part is op.formula):
                part.refuse(at, f"a formula may not call {called!r}: no row above it, nor {', '.join(FUNCTIONS)}")
            row = rows[called]
            if len(at.args) != (row.arity or 1):
                part.refuse(at, f"{called} takes {counted(row.arity or 1)} here, not {len(at.args)}")
            if not row.arity and (op.arity or row.shape == "pairs" or getattr(at.args[0], "id", "") not in ("x", "y")):
                part.refuse(at, f"{called} is a row of many operands: without pairs, it may be called for x or y")
    op.name, op.rows = own, rows
    function = make()
    if not reflected:
        op.function = function
    Op.table[own] = op
    return function


def method_of(op: Op, name: str, owner: str) -> Any:
    """The function of a row, from its text: a traceback shows its lines, and so does inspect.getsource."""
    reader = Python(op)
    body = of_few(op, reader, name) if op.arity else of_many(op, reader)
    source = f"def {name}({', '.join(op.parameters)}):\n" + "".join(f"    {text}\n" for text in body)
    place = f"<row {name}>" if f"<row {name}>" not in linecache.cache else f"<row {name} {len(linecache.cache)}>"
    known = {**scope(reader.calls), "FAILURES": FAILURES, "isfinite": math.isfinite, "nan": math.nan,
             "Value": Op.value, "new": object.__new__, "tried": tried, "op": op, "__name__": "engine"}
    exec(compile(source, place, "exec"), found := dict(known))
    linecache.cache[place] = len(source), None, source.splitlines(True), place
    function = found.pop(name)
    found.update(known)                              # what is called log in there is math's, not the poured function
    function.op, function.source, function.__qualname__ = op, source, owner + name
    describe(function)
    return function


def scope(calls: Mapping[str, Op]) -> dict[str, Any]:
    """What formulas call, for floats: the grammar's functions, and rows of few operands as functions of floats."""
    rows: dict[str, Any] = {}
    for name, row in calls.items():
        reader = Python(row)
        text = ast.unparse(reader.read(row.formula.tree))
        rows[name] = eval(f"lambda {', '.join(row.variables)}: {text}", scope(reader.calls))
    return {**FLOATS, **rows}


def of_few(op: Op, reader: Python, name: str) -> list[str]:
    """The body of a function of one or two operands, of which `other` may be a plain number."""
    operator, given = name.startswith("__"), op.parameters
    operands = given[::-1] if operator and name[:3] == "__r" and name != f"__{op.name}__" else given     # other * self
    plain = " and ".join([f"{who}.__class__ is not Value" for who in given])
    lines = [] if operator else [f"if {plain}: return op.plain({', '.join(given)})"]
    may_be_plain = given[1:] if operator or op.arity == 1 else given
    for v, who in sorted(zip("xy", operands), key=lambda pair: pair[1] == "other"):
        if who not in may_be_plain:
            lines.append(f"{v} = {who}._data")
            continue
        lines += [f"if {who}.__class__ is Value:", f"    {v} = {who}._data",
                  f"elif {who}.__class__ is float and isfinite({who}):", f"    {v} = {who}",
                  "else:", f"    {v} = {who} = op.number({who})"]
        if operator:
            lines.append(f"    if {v} is NotImplemented: return {v}")
    lines += result(op, reader, [f"z = {python(op.formula, reader)[1]}"], ", ".join(operands))
    slopes = ["None", "None"]
    for i, (v, who, part) in enumerate(zip("xy", operands, op.partials)):
        tree = real(reader.read(part.tree))
        if who in may_be_plain:
            tree = ast.IfExp(ast.Name(f"{v} is {who}"), ast.Constant(None), tree)
        slopes[i] = ast.unparse(tree)
        if may_raise(slopes[i]):
            lines += ["try:", f"    d{v} = {slopes[i]}", "except FAILURES:", f"    d{v} = nan"]
            slopes[i] = f"d{v}"
    return [*lines, *node(*[*operands, "None"][:2], *slopes)]


def of_many(op: Op, reader: Python) -> list[str]:
    """The body of a function of many operands, of which any may be plain numbers."""
    value, z = python(op.formula, reader)
    lines, known = result(op, reader, [*op.statements("names"), *value, f"z = {z}"], "*nodes"), len(reader.lines)
    trees = [real(reader.read(part.tree)) for part in op.partials]
    common = [f"    {line}" for line in reader.lines[known:]]
    singly = [ast.Call(ast.Name("tried"), [ast.Lambda(NO_ARGUMENTS, tree)], []) for tree in trees]
    return [*op.statements("in_order"),
            "nodes, operands, wanted = op.numbers(nodes)", *lines,
            "if not any(wanted): return z",
            "try:", *common, f"    partials = {ast.unparse(ast.List(spread(op, trees)))}",
            "except FAILURES:", f"    partials = {ast.unparse(ast.List(spread(op, singly)))}",
            "if not all(wanted): partials = [d if want else None for d, want in zip(partials, wanted)]",
            *node("nodes", SHAPES[op.shape].index, "tuple(partials)", "None")]


def spread(op: Op, trees: Sequence[Tree]) -> list[Tree]:
    """The items of the list of partials by all operands: for a partial by one of a column of them, all of these."""
    if op.shape == "apart":
        trees = [ast.IfExp(ast.Compare(ast.Name("i"), [ast.Eq()], [ast.Name("index")]), *trees)]
    columns = dict([column.split("=") for column in SHAPES[op.shape].each.split()])
    return [*[ast.Starred(each(tree, columns)) for tree in trees[:len(columns)]], *trees[len(columns):]]


def real(tree: Tree) -> Tree:
    """A partial that raises where it would be complex."""
    return ast.Call(ast.Name("float"), [tree], []) if "**" in ast.unparse(tree) else tree


def tried(partial: Callable[[], float]) -> float:
    """A partial, nan where there is none, or where a statement before it failed: then a name is missing."""
    try:
        return partial()
    except (*FAILURES, NameError):
        return math.nan


def result(op: Op, reader: Python, lines: list[str], operands: str) -> list[str]:
    """The statements that find z, with those that raise where it does not exist or is not finite."""
    unsure = " + ", " - ", " * ", " / ", " ** ", "total", ", "       # may be infinite; without ", " it raises
    if any([sign in " ".join(lines) for sign in unsure]):
        lines = [*lines, "if not isfinite(z): raise OverflowError"]
    if op.needs:
        lines = [*lines, *(needs := python(op.needs, reader, truth=True))[0], f"if not ({needs[1]}): raise ValueError"]
    if len(lines) == 1 and not may_raise(lines[0]):
        return lines
    return ["try:", *[f"    {line}" for line in lines], "except FAILURES as error:",
            f"    raise op.failure(error, {operands}) from None"]


def may_raise(text: str) -> bool:
    """Whether Python for a formula can raise on floats: it calls, divides or raises to a power."""
    return any([sign in text for sign in ("(", "/", "**")])


def node(x: str, y: str, dx: str, dy: str) -> list[str]:
    """The statements that make the result's node."""
    fields = dict(_data="z", _grad="0.0", _row="op", _x=x, _y=y, _dx=dx, _dy=dy)
    return ["node = new(Value)", *[f"node.{slot} = {text}" for slot, text in fields.items()], "return node"]


Op.pour = staticmethod(pour)
