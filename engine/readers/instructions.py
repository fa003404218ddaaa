"""A row of the table as instructions: its formulas, walked once for each row and number of operands.

>>> from engine.op import Op
>>> pattern = Pattern(Op.table["relu"], 1, None)
>>> list(zip(pattern.code.names, pattern.code.arguments))
[('operand', ()), ('number', ()), ('gt', (0, 1)), ('not', (2,)), ('select', (2, 0, 1))]
>>> pattern.value, pattern.partials
(4, [2])
"""
from __future__ import annotations

import ast

from engine.formula import AGGREGATES, FUNCTIONS, Reader
from engine.op import Op
from engine.readers.code import Code
from engine.readers.operands import columns_of, partial_at, scope_at
from engine.readers.unrolled import column_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

CODES = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
         "==": "eq", "!=": "ne"}
EASY  = {"abs", "floor", "max", "min"}
HARD  = {*FUNCTIONS} - EASY | {"div", "pow"}         # worth being found once
SAFE  = {name for name, function in FUNCTIONS.items() if function.safe == ""}    # finite for all finite arguments
RISKY = {**{name: function.safe for name, function in FUNCTIONS.items() if name not in SAFE}, "div": 1, "pow": 1}
"""What may fail, with a number for which it does not."""


class Pattern(Reader):
    """Reads the formulas of one row as instructions: `value` and `partials` are places, the value's and needs' first.

    A place is what a part of a formula is read as.
    """

    def __init__(self, op: Op, n: int, index: int | None) -> None:
        self.op, self.code, self.index, self.place = op, Code(), index, 0
        self.caller = op                             # whose formula is being read
        self.operands = [self.code.leaf("operand") for _ in range(n)]
        self.runs = columns_of(op, self.operands, index)
        self.paired = len(self.runs) > 1
        self.names: dict[str, int] = {}
        self.over, self.guard = "", -1               # whose aggregates these are; the condition of this branch
        self.aggregates: dict[tuple[str, int, str], list[int]] = {}
        self.shared: dict[int, int] = {}             # results that both branches of a choice use
        self.at(0)
        self.needs = self.truth(op.needs.tree) if op.needs else -1
        self.value = self.value_of(op.formula.tree)
        self.length = len(self.code.names)
        self.partials = [self.partial(place) for place in range(n)] if op.partials else []

    def at(self, place: int) -> None:
        """Let the variables be those of a formula for the operand in this place."""
        self.names = scope_at(self.op, self.operands, place, self.index)
        self.place = place % max(len(self.runs["y"]), 1) if self.runs else place

    def value_of(self, tree: ast.expr) -> int:
        """The place of the row's result; a sum of products that the whole formula is, is one instruction."""
        match tree:
            case ast.BinOp(ast.Call(ast.Name("sum"), [ast.BinOp(x, ast.Mult(), y)]), ast.Add(), ast.Name() as b):
                return self.code.emit("dot", *self.factors(x, y), self.read(b), self.code.number(1.0))
        return self.read(tree)

    def partial(self, place: int) -> int:
        """The place of the partial by one operand."""
        self.at(place)
        self.names["z"] = self.value
        return self.read(partial_at(self.op, place, self.index).tree)

    # The parts of a formula -------------------------------------------------------------------------------------------

    def read(self, node: ast.expr) -> int:
        return self.shared[id(node)] if id(node) in self.shared else int(super().read(node))

    def name(self, name: str) -> int:
        return self.names[name]

    def number(self, x: float) -> int:
        return self.code.number(x)

    def minus(self, part: ast.expr) -> int:
        return self.code.emit("neg", self.read(part))

    def infix(self, sign: str, left: ast.expr, right: ast.expr) -> int:
        return self.emit(CODES[sign], [self.read(left), self.read(right)])

    def comparison(self, signs: list[str], parts: list[ast.expr]) -> int:
        sides = list(map(self.read, parts))
        return self.fold("and", [self.code.emit(CODES[sign], x, y) for sign, x, y in zip(signs, sides, sides[1:])])

    def joined(self, sign: str, parts: list[ast.expr]) -> int:
        return self.fold(sign, list(map(self.truth, parts)))

    def as_number(self, truth: int) -> int:
        return truth

    def as_truth(self, number: int) -> int:
        return self.code.emit("ne", number, self.code.number(0.0))

    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> int:
        """What costs most in both branches is found once, for the arguments of the branch that is taken."""
        code, outer, shared = self.code, self.guard, dict(self.shared)
        taken = self.truth(test)
        for x, y in alike(body, orelse):
            chosen = [code.emit("select", taken, *map(self.read, pair)) for pair in zip(x.arguments, y.arguments)]
            z = self.emit(x.name, chosen)
            self.shared.update(dict.fromkeys([id(same) for same in x.nodes + y.nodes], z))
        results = []
        for condition, branch in ((taken, body), (code.emit("not", taken), orelse)):
            self.guard = condition if outer < 0 else code.emit("and", outer, condition)
            results.append(self.read(branch))
        self.guard, self.shared = outer, shared
        return code.emit("select", taken, *results)

    def function(self, name: str, parts: list[ast.expr]) -> int:
        places = list(map(self.read, parts))
        return self.emit(name, places) if FUNCTIONS[name].takes else self.fold(name, places)

    def row(self, name: str, parts: list[ast.expr]) -> int:
        places = list(map(self.read, parts))
        outer, shared = (self.names, self.over, self.caller), self.shared
        self.names, self.shared, self.caller = dict(zip("xy", places)), {}, self.caller.rows[name]
        if not self.caller.arity:
            self.over = column_of(parts, self.paired)
        z: int = self.read(self.caller.formula.tree)
        (self.names, self.over, self.caller), self.shared = outer, shared
        return z

    def aggregate(self, name: str, body: ast.expr) -> int:
        """The place of an aggregate's value, found once; of `others` for the operand in question."""
        key = name, id(body), self.over
        if key not in self.aggregates:
            outer, self.guard = self.guard, -1
            self.aggregates[key] = self.found(name, body)
            self.guard = outer
        return self.aggregates[key][self.place if name == "others" else 0]

    # What they need beside --------------------------------------------------------------------------------------------

    def emit(self, name: str, places: list[int]) -> int:
        """A function's result; in a branch that is not taken its arguments are such that it cannot fail."""
        if self.guard >= 0 and name in RISKY:
            safe = self.code.number(float(RISKY[name]))
            places = [self.code.emit("select", self.guard, p, safe) for p in places]
        return self.code.emit(name, *places)

    def fold(self, name: str, places: Iterable[int]) -> int:
        """A function of two over any number, left to right."""
        first, *others = places
        for p in others:
            first = self.code.emit(name, first, p)
        return first

    def found(self, name: str, body: ast.expr) -> list[int]:
        """An aggregate's value; for `others` one for each operand."""
        match name, body:
            case "sum", ast.BinOp(x, ast.Mult(), y):
                pairs = self.factors(x, y)
                return [self.code.emit("dot", *pairs) if pairs else self.code.number(0.0)]
        terms, one = self.each(body), self.code.number(1.0)
        if name == "others":
            return self.others(terms)
        if name in FUNCTIONS:                        # max and min
            return [self.fold(name, terms)]
        if not terms:
            return [self.code.number(0.0)]
        if name == "sum":
            return [self.code.emit("dot", *[p for term in terms for p in (term, one)]) if len(terms) > 1 else terms[0]]
        return [self.code.emit(name, *terms)]

    def factors(self, x: ast.expr, y: ast.expr) -> list[int]:
        """The factors of a product, for each pair of operands."""
        return [p for pair in zip(self.each(x), self.each(y)) for p in pair]

    def others(self, terms: list[int]) -> list[int]:
        """For each term the sum of the others."""
        before, after = [self.code.number(0.0)], [self.code.number(0.0)]
        for term in terms:
            before.append(self.code.emit("add", before[-1], term))
        for term in reversed(terms):
            after.append(self.code.emit("add", after[-1], term))
        return [self.code.emit("add", b, a) for b, a in zip(before, after[-2::-1])]

    def each(self, body: ast.expr) -> list[int]:
        """What an aggregate runs over: the expression's place for each operand."""
        outer, places = (self.names, self.place, self.over), []
        own = {v: p for v, p in self.names.items() if v in "zb"}
        for self.place, y in enumerate(self.runs[self.over or "y"]):
            pair = {"x": self.runs["x"][self.place], "y": y} if self.paired and not outer[2] else {"y": y}
            self.names = {**own, **pair}
            places.append(self.read(body))
            self.over = outer[2]
        self.names, self.place, self.over = outer
        return places


class Called:
    """A function in an expression, or the division: its name, its arguments, and every place where it stands."""

    def __init__(self, name: str, arguments: list[ast.expr]) -> None:
        self.name, self.arguments, self.nodes = name, arguments, list[ast.AST]()


def calls(node: ast.AST) -> dict[str, list[Called]]:
    """For each function its different calls, innermost first; none in an expression that chooses or aggregates."""
    found: dict[str, dict[str, Called]] = {}
    for each in reversed(list(ast.walk(node))):
        match each:
            case ast.IfExp():
                return {}
            case ast.Call(ast.Name(name), [_]) if name in AGGREGATES:
                return {}
            case ast.Call(ast.Name(name), arguments) if name in HARD:
                called = Called(name, arguments)
            case ast.BinOp(left, ast.Div(), right):
                called = Called("div", [left, right])
            case _:
                continue
        found.setdefault(called.name, {}).setdefault(ast.dump(each), called).nodes.append(each)
    return {name: list(different.values()) for name, different in found.items()}


def alike(body: ast.AST, orelse: ast.AST) -> list[tuple[Called, Called]]:
    """The functions that either branch calls once, with both calls."""
    first, second = calls(body), calls(orelse)
    return [(first[name][0], second[name][0]) for name in first
            if len(first[name]) == len(second.get(name, ())) == 1]
