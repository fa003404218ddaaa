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

from engine.formula import AGGREGATES, FUNCTIONS, INFIX
from engine.op import Op
from engine.replay.instructions import Code
from engine.replay.unrolled import column_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.formula import Formula

CODES = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
         "==": "eq", "!=": "ne"}
RISKY = ("exp", "expm1", "log", "log1p", "sqrt", "tan", "div", "pow")    # not finite for some finite arguments


class Pattern:
    """The instructions of one row: `value` and `partials` are places, the value's and its needs' are the first."""

    def __init__(self, op: Op, n: int, index: int | None) -> None:
        self.op, self.code, self.index, self.place = op, Code(), index, 0
        self.caller = op                             # whose formula is being written
        self.operands = [self.code.leaf("operand") for _ in range(n)]
        m = index if op.pairs and index is not None else n
        self.columns = {"x": self.operands[:m], "y": self.operands[m:2 * m]} if op.pairs else {"y": self.operands}
        self.names: dict[str, int] = {}
        self.column, self.guard = "", -1             # whose aggregates these are; the condition of this branch
        self.found: dict[tuple[str, int, str], list[int]] = {}
        self.shared: dict[int, int] = {}             # results that both branches of a choice use
        self.needs = -1
        self.scope(self.index or 0 if op.one else 0)
        if op.needs:
            self.needs = self.condition(op.needs.tree)
        self.value = self.write(op.formula.tree)
        self.length = len(self.code.names)
        self.partials = [self.partial(i) for i in range(n)]

    def scope(self, place: int) -> None:
        """Let the variables be those of a formula for the operand in this place."""
        op, m = self.op, len(self.columns["y"])
        self.place = place % m if op.pairs and m else place
        if op.pairs:
            self.names = {v: self.columns[v][self.place] for v in "xy" if m}
            self.names.update({"b": p for p in self.operands[2 * m:]})
        elif op.many:
            each = self.operands[place]
            self.names = {"x": self.operands[self.index], "y": each} if self.index is not None else {"x": each}
        else:
            self.names = dict(zip("xy", self.operands))

    def partial(self, place: int) -> int:
        """The place of the partial by one operand."""
        self.scope(place)
        self.names["z"] = self.value
        return self.write(part(self.op, len(self.columns.get("x", ())), place, self.index).tree)

    def write(self, node: ast.AST) -> int:
        """The place of an expression's result."""
        if id(node) in self.shared:
            return self.shared[id(node)]
        if isinstance(node, ast.Name):
            return self.names[node.id]
        if isinstance(node, ast.Constant):
            return self.code.number(float(node.value))  # type: ignore[arg-type]
        if isinstance(node, ast.Call):
            return self.call(node.func.id, node.args)  # type: ignore[attr-defined]
        if isinstance(node, ast.UnaryOp):
            return self.code.emit("neg", self.write(node.operand))
        if isinstance(node, ast.IfExp):
            return self.choice(node)
        if isinstance(node, ast.BinOp):
            if self.op.pairs and node is self.op.formula.tree and (pairs := self.products(node)):
                return self.code.emit("dot", *pairs)
            return self.function(CODES[INFIX[type(node.op)][0]], [self.write(node.left), self.write(node.right)])
        return self.condition(node)

    def products(self, node: ast.BinOp) -> list[int]:
        """sum(x * y) + b as pairs of factors; none for another formula."""
        left = node.left
        if not (isinstance(node.op, ast.Add) and isinstance(left, ast.Call) and getattr(left.func, "id", "") == "sum"
                and isinstance(node.right, ast.Name) and isinstance(left.args[0], ast.BinOp)
                and isinstance(left.args[0].op, ast.Mult)):
            return []
        return [*self.factors(left.args[0]), self.write(node.right), self.code.number(1.0)]

    def factors(self, body: ast.BinOp) -> list[int]:
        """The factors of a product, for each pair of operands."""
        pairs = [self.each(body.left), self.each(body.right)]
        return [p for pair in zip(*pairs) for p in pair]

    def function(self, name: str, places: list[int]) -> int:
        """A function's result; in a branch that is not taken its arguments are 1, so that it cannot fail."""
        if self.guard >= 0 and name in RISKY:
            places = [self.code.emit("select", self.guard, p, self.code.number(1.0)) for p in places]
        return self.code.emit(name, *places)

    def condition(self, node: ast.AST) -> int:
        """The place of an expression's truth."""
        if isinstance(node, ast.BoolOp):
            name = INFIX[type(node.op)][0]
            return self.fold(name, [self.condition(each) for each in node.values])
        if not isinstance(node, ast.Compare):
            return self.code.emit("ne", self.write(node), self.code.number(0.0))
        sides = [self.write(side) for side in (node.left, *node.comparators)]
        return self.fold("and", [self.code.emit(CODES[INFIX[type(op)][0]], x, y)
                                 for x, op, y in zip(sides, node.ops, sides[1:])])

    def fold(self, name: str, places: Iterable[int]) -> int:
        """A function of two over any number, left to right."""
        first, *others = places
        for p in others:
            first = self.code.emit(name, first, p)
        return first

    def choice(self, node: ast.IfExp) -> int:
        """x if c else y: what costs most in both is found once, for the arguments of the branch that is taken."""
        code, outer, shared = self.code, self.guard, dict(self.shared)
        taken = self.condition(node.test)
        for x, y in alike(node.body, node.orelse):
            places = [code.emit("select", taken, *map(self.write, pair)) for pair in zip(x.arguments, y.arguments)]
            z = self.function(x.name, places)
            self.shared.update(dict.fromkeys([id(same) for same in x.nodes + y.nodes], z))
        results = []
        for test, branch in ((taken, node.body), (code.emit("not", taken), node.orelse)):
            self.guard = test if outer < 0 else code.emit("and", outer, test)
            results.append(self.write(branch))
        self.guard, self.shared = outer, shared
        return code.emit("select", taken, *results)

    def call(self, name: str, arguments: list[ast.expr]) -> int:
        """A call: of a function, of an aggregate, or of another row."""
        if name in AGGREGATES and len(arguments) == 1:
            return self.aggregate(name, arguments[0])
        places = [self.write(argument) for argument in arguments]
        if name in ("max", "min"):
            return self.fold(name, places)
        if name in FUNCTIONS:
            return self.function(name, places)
        outer, shared = (self.names, self.column, self.caller), self.shared
        self.names, self.shared, self.caller = dict(zip("xy", places)), {}, self.caller.rows[name]
        if self.caller.many:
            self.column = column_of(arguments, self.op.pairs)
        z = self.write(self.caller.formula.tree)
        (self.names, self.column, self.caller), self.shared = outer, shared
        return z

    def aggregate(self, name: str, body: ast.expr) -> int:
        """The place of an aggregate's value, found once."""
        key = name, id(body), self.column
        if key not in self.found:
            outer, self.guard = self.guard, -1
            self.found[key] = self.over(name, body)
            self.guard = outer
        return self.found[key][self.place if name == "others" else 0]

    def over(self, name: str, body: ast.expr) -> list[int]:
        """An aggregate's value; for `others` one for each operand."""
        if name == "sum" and isinstance(body, ast.BinOp) and isinstance(body.op, ast.Mult):
            pairs = self.factors(body)
            return [self.code.emit("dot", *pairs) if pairs else self.code.number(0.0)]
        terms, one = self.each(body), self.code.number(1.0)
        if name == "others":
            return self.others(terms)
        if name in ("max", "min"):
            return [self.fold(name, terms)]
        if not terms:
            return [self.code.number(0.0)]
        if name == "sum":
            return [self.code.emit("dot", *[p for term in terms for p in (term, one)]) if len(terms) > 1 else terms[0]]
        return [self.code.emit(name, *terms)]

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
        outer, places = (self.names, self.place, self.column), []
        for self.place, y in enumerate(self.columns[self.column or "y"]):
            own = {"x": self.columns["x"][self.place], "y": y} if self.op.pairs and not self.column else {"y": y}
            self.names = {**{v: p for v, p in outer[0].items() if v in "zb"}, **own}
            places.append(self.write(body))
            self.column = outer[2]
        self.names, self.place, self.column = outer
        return places


def part(op: Op, pairs: int, place: int, index: int | None) -> Formula:
    """The formula of the partial by the operand in this place."""
    if op.pairs:
        return op.partials[place // pairs if pairs and place < 2 * pairs else 2]
    return op.partials[int(place != index) if op.one else 0 if op.many else place]


class Called:
    """A function in an expression, or the division: its name, its arguments, and every place where it stands."""

    def __init__(self, name: str, arguments: list[ast.expr]) -> None:
        self.name, self.arguments, self.nodes = name, arguments, list[ast.AST]()


def calls(node: ast.AST) -> dict[str, list[Called]]:
    """For each function its different calls, innermost first; none in an expression that chooses or aggregates."""
    found: dict[str, dict[str, Called]] = {}
    for each in reversed(list(ast.walk(node))):
        name = each.func.id if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) else ""
        if isinstance(each, ast.IfExp) or isinstance(each, ast.Call) and len(each.args) == 1 and name in AGGREGATES:
            return {}
        arguments = each.args if isinstance(each, ast.Call) else []
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div):
            name, arguments = "div", [each.left, each.right]
        if name in RISKY or name == "tanh":
            different = found.setdefault(name, {})
            different.setdefault(ast.dump(each), Called(name, arguments)).nodes.append(each)
    return {name: list(different.values()) for name, different in found.items()}


def alike(body: ast.AST, orelse: ast.AST) -> list[tuple[Called, Called]]:
    """The functions that either branch calls once, with both calls."""
    first, second = calls(body), calls(orelse)
    return [(first[name][0], second[name][0]) for name in first
            if len(first[name]) == len(second.get(name, ())) == 1]
