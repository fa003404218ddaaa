"""Partials read from their rows' quoted formulas, as sums of products of the values they speak of.

What a formula says is compared with the number it stands for: none is shown that is not true of the graph.
"""
from __future__ import annotations

import ast
from copy import deepcopy

from engine.errors import FAILURES
from engine.formula import AGGREGATES, ATOM, BINDS, FLOATS, SIGNS, Reader
from engine.op import Op
from engine.readers.numbers import floats
from engine.readers.algebra import ONE, Algebra, Piece, close, negative
from engine.readers.latex import latex, symbol
from engine.readers.operands import columns_of, list_of, partial_at, scope_at, told_at
from engine.text.calls import bracketed
from engine.text.naming import exactly
from engine.value import Value
from engine.readers.traits import shares_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.formula import Formula
    from engine.text.calls import Written
    from engine.readers.algebra import Sum

OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": float.__add__, "-": float.__sub__, "*": float.__mul__, "/": float.__truediv__, "**": float.__pow__,
    "<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__, "==": float.__eq__,
    "!=": float.__ne__}

RUN   = 40                                           # operands of a sum that is written out
WHOLE = {float(n) for n in range(-20, 21)}           # powers that are raised


class Unreadable(ValueError):
    """A formula that is no short sum of products; it is shown as a number."""


def partial(algebra: Algebra, v: Value, place: int) -> Sum | None:
    """∂v/∂parent as a sum of products; None if it cannot be read as one, or is not what the graph has."""
    assert v.op is not None
    stored = v.partials[place]
    told, computed = told_at(v.op, place, v.index), partial_at(v.op, place, v.index)
    if told is not computed and (products := products_of(algebra, v, place, told)) and close(products, stored):
        return products                              # 1 - z * z has no digits left where z is 1
    plain: Sum = {ONE: stored} if stored in (0.0, 1.0, -1.0) else {}
    products = products_of(algebra, v, place, computed) or plain
    return products if products and algebra.agrees(products, stored) else None


def products_of(algebra: Algebra, v: Value, place: int, formula: Formula) -> Sum | None:
    """A formula of the partial by an operand as a sum of products; None if it cannot be read as one."""
    try:
        return Products(algebra, v, place).read(formula.tree)
    except FAILURES:
        return None


class Number(Reader):
    """Reads a part of a formula as the number that it stands for, without aggregates; `scope` has those of names."""

    def __init__(self, scope: Mapping[str, float], rows: Mapping[str, Op]) -> None:
        self.scope, self.rows = scope, rows

    def name(self, name: str) -> float:
        return self.scope[name]

    def number(self, x: float) -> float:
        return x

    def minus(self, part: ast.expr) -> float:
        return -self.read(part)  # type: ignore[no-any-return]

    def infix(self, sign: str, left: ast.expr, right: ast.expr) -> float:
        return float(OPERATIONS[sign](self.read(left), self.read(right)))

    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> float:
        return self.read(body if self.truth(test) else orelse)  # type: ignore[no-any-return]

    def comparison(self, signs: list[str], parts: list[ast.expr]) -> bool:
        sides = list(map(self.read, parts))
        return all([OPERATIONS[sign](x, y) for sign, x, y in zip(signs, sides, sides[1:])])

    def joined(self, sign: str, parts: list[ast.expr]) -> bool:
        return (all if sign == "and" else any)(map(self.truth, parts))

    def as_number(self, truth: bool) -> float:
        return float(truth)

    def as_truth(self, number: float) -> bool:
        return number != 0.0

    def function(self, name: str, parts: list[ast.expr]) -> float:
        return float(FLOATS[name](*map(self.read, parts)))

    def row(self, name: str, parts: list[ast.expr]) -> float:
        return self.rows[name].plain(*map(self.read, parts))

    def aggregate(self, name: str, body: ast.expr) -> float:
        raise Unreadable


class Products(Reader):
    """Reads one quoted partial, of a value by one of its parents, as a sum of products."""

    def __init__(self, algebra: Algebra, v: Value, place: int) -> None:
        self.algebra, self.v, self.place = algebra, v, place
        assert v.op is not None
        self.op, self.scope = v.op, {"z": v, **scope_at(v.op, v.parents, place, v.index)}
        self.runs = columns_of(v.op, v.parents, v.index)
        self.part: ast.expr = v.op.formula.tree      # the one that is read

    def read(self, node: ast.expr) -> Sum:
        self.part = node
        return super().read(node)  # type: ignore[no-any-return]

    def name(self, name: str) -> Sum:
        return self.algebra.factor(self.scope[name])

    def number(self, x: float) -> Sum:
        return {ONE: x}

    def minus(self, part: ast.expr) -> Sum:
        return negative(self.read(part))

    def truth(self, node: ast.expr) -> float:
        return float(self.numbers().truth(node))

    def as_number(self, truth: float) -> Sum:
        return {ONE: truth}

    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> Sum:
        return self.read(body if self.truth(test) else orelse)

    def infix(self, sign: str, left: ast.expr, right: ast.expr) -> Sum:
        whole, known = self.part, self.algebra
        x, y = self.read(left), self.read(right)
        if sign in ("+", "-"):
            return readable(known.sum([x, y if sign == "+" else negative(y)]))
        if sign == "*":
            return readable(known.product([x, y]))
        if sign == "/":
            return readable(known.product([x, inverse(y if len(y) == 1 else self.piece(right))]))
        if sign == "**" and y.keys() == {ONE}:
            return self.power(left, x, float(f"{y[ONE]:.15g}"))                  # n - 1, worked out
        return self.piece(whole)

    def power(self, base: ast.expr, x: Sum, n: float) -> Sum:
        """x ** n, as a product where n is whole."""
        if n in WHOLE and len(x) == 1:
            (product, factor), = x.items()
            return {frozenset([(atom, m * int(n)) for atom, m in product if n]): factor ** n}
        if n in (0.0, 1.0, 2.0, 3.0, 4.0):
            return readable(self.algebra.product([x] * int(n)))
        return self.piece(ast.BinOp(base, ast.Pow(), ast.Constant(n)))

    def function(self, name: str, parts: list[ast.expr]) -> Sum:
        return self.piece(self.part)

    def row(self, name: str, parts: list[ast.expr]) -> Sum:
        row = self.op.rows[name]
        if shares_out(row) and isinstance(parts[0], ast.Name):
            return self.share(row, parts[0].id)
        return self.piece(self.part)

    def aggregate(self, name: str, body: ast.expr) -> Sum:
        """The sum of the shares of all others is 1 less a share; a sum of a few is written out."""
        match name, body:
            case "others", ast.Call(ast.Name(name), [ast.Name(who)]) if self.takes_shares(name):
                return readable(self.algebra.sum([{ONE: 1.0}, negative(self.share(self.op.rows[name], who))]))
            case "sum", ast.Name(who) if len(self.runs[who]) <= RUN:
                return readable(self.algebra.sum([self.algebra.factor(x) for x in self.runs[who]]))
        raise Unreadable

    # What they need beside --------------------------------------------------------------------------------------------

    def numbers(self) -> Number:
        """What reads parts as the numbers they stand for."""
        return Number({name: v.data for name, v in self.scope.items()}, self.op.rows)

    def piece(self, node: ast.expr) -> Sum:
        """A part of the formula as it stands, with names put in."""
        if any([isinstance(part, ast.Call) and self.takes_all(part) for part in ast.walk(node)]):
            raise Unreadable
        names = self.algebra.names
        plain = {k: names.atom(v) for k, v in self.scope.items()}
        typeset = {k: names.typeset(v) for k, v in self.scope.items()}
        loose = {k: rf"\left({typeset[k]}\right)" for k, (_, binds) in plain.items() if binds < ATOM}
        text = ast.unparse(Renamed(plain).visit(deepcopy(node)))
        tex = latex(node, {**typeset, **loose})
        for part in loose.values():                  # a function has its parentheses already
            tex = tex.replace(rf"\left({part}\right)", part)
        return self.algebra.factor(Piece(text, tex, self.numbers().read(node), tightness(node)))

    def takes_shares(self, name: str) -> bool:
        """Whether a row of that name shares out."""
        return name in self.op.rows and shares_out(self.op.rows[name])

    def takes_all(self, call: ast.Call) -> bool:
        """Whether a call runs over all operands."""
        name = ast.unparse(call.func)
        return name in AGGREGATES and len(call.args) == 1 or name in self.op.rows and not self.op.rows[name].arity

    def share(self, row: Op, who: str) -> Sum:
        """The share that one operand has among all."""
        column, place = list_of(self.op, who)
        at = self.v.index if place == "index" else self.place
        assert at is not None
        operands = tuple(self.runs[column[0]])
        at %= len(operands)
        if self.v.op is row and self.v.index == at:
            return self.algebra.factor(self.v)
        known = self.algebra.shares.get((row, operands, at))
        if known is not None:
            return self.algebra.factor(known)
        name, share = self.algebra.names.share(row, operands, at), floats.value(row, [x.data for x in operands], at)
        return self.algebra.factor(Piece(name, symbol(name), share))


class Renamed(ast.NodeTransformer):
    """Puts names in the places of x, y and z, in parentheses where they would fall apart."""

    def __init__(self, names: dict[str, Written]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(bracketed(self.names.get(node.id, (node.id, ATOM)), ATOM), node.ctx)

    def visit_Constant(self, node: ast.Constant) -> ast.Name:
        return ast.Name(exactly(float(node.value)))  # type: ignore[arg-type]

    def visit_Call(self, node: ast.Call) -> ast.Call:
        inside = [ast.Name(self.names.get(part.id, (part.id, ATOM))[0], part.ctx) if isinstance(part, ast.Name)
                  else self.visit(part) for part in node.args]
        return ast.Call(node.func, inside, [])


def tightness(node: ast.expr) -> int:
    """How tightly a part of a formula binds."""
    match node:
        case ast.BinOp(op=sign) | ast.UnaryOp(op=sign):
            return BINDS[SIGNS[type(sign)]]
        case ast.Call():
            return ATOM
    return 0


def inverse(terms: Sum) -> Sum:
    """1 over a product."""
    (product, n), = terms.items()
    return {frozenset([(atom, -power) for atom, power in product]): 1.0 / n}


def readable(products: Sum | None) -> Sum:
    """The sum of products. Errors: Unreadable for one that grew too long."""
    if products is None:
        raise Unreadable
    return products
