"""Partials read from their rows' quoted formulas, as sums of products of the values they speak of.

What a formula says is compared with the number it stands for: none is shown that is not true of the graph.
"""
from __future__ import annotations

import ast

from engine.errors import FAILURES
from engine.explanation.algebra import ONE, Algebra, Piece, negative
from engine.explanation.notation import called
from engine.formula import AGGREGATES, FLOATS, Formula
from engine.naming import ATOM, enclosed
from engine.kinds import within
from engine.op import Op
from engine.typesetting import latex
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.explanation.algebra import Sum

COMPARISONS: dict[type, Callable[[float, float], bool]] = {
    ast.Lt: float.__lt__, ast.LtE: float.__le__, ast.Gt: float.__gt__, ast.GtE: float.__ge__, ast.Eq: float.__eq__,
    ast.NotEq: float.__ne__}
ARITHMETIC: dict[type, Callable[[float, float], float]] = {
    ast.Add: float.__add__, ast.Sub: float.__sub__, ast.Mult: float.__mul__, ast.Div: float.__truediv__,
    ast.Pow: float.__pow__}


class Unreadable(ValueError):
    """A formula that is no short sum of products; it is shown as a number."""


def partial(algebra: Algebra, v: Value, place: int) -> Sum | None:
    """∂v/∂parent as a sum of products; None if it cannot be read as one, or is not what the graph has."""
    stored = v.partials[place]
    try:
        found = Reader(algebra, v, place).read(quoted(v, place).tree)
    except FAILURES:
        found = {ONE: stored} if stored in (0.0, 1.0, -1.0) else {}
    return found if found and algebra.agrees(found, stored) else None


def quoted(v: Value, place: int) -> Formula:
    """The row's quoted formula for the partial of a value by one of its parents.

    >>> a = Value(3.0); quoted(a / 2.0, 0), quoted(Value.softmax([a, a], 1), 0)
    ('1 / y', '-z * softmax(y)')
    """
    row = v.op
    assert row is not None
    if row.pairs:
        return row.partials[place // v.index if v.index else -1]
    if row.many:
        return row.partials[int(row.one and place != v.index)]
    return row.partials[place]


class Reader:
    """Reads one quoted partial, of a value by one of its parents."""

    def __init__(self, algebra: Algebra, v: Value, place: int) -> None:
        self.algebra, self.v, self.place = algebra, v, place
        assert v.op is not None
        parents, n = v.parents, v.index or 0
        self.scope = {"z": v, "x": parents[0]}
        if v.op.pairs and place < 2 * n:
            self.scope.update(x=parents[place % n], y=parents[place % n + n])
        elif v.op.one:
            self.scope.update(x=parents[n], y=parents[place])
        elif v.op.many:
            self.scope.update(x=parents[place])
        else:
            self.scope.update(zip("xy", parents))
        self.operands = parents[:n] if v.op.pairs else parents

    def read(self, node: ast.AST) -> Sum:
        """A part of the formula as a sum of products."""
        known = self.algebra
        if isinstance(node, ast.Name):
            return known.factor(self.scope[node.id])
        if isinstance(node, (ast.Constant, ast.Compare, ast.BoolOp)):
            return {ONE: self.number(node)}
        if isinstance(node, ast.IfExp):
            return self.read(node.body if self.number(node.test) else node.orelse)
        if isinstance(node, ast.UnaryOp):
            return negative(self.read(node.operand))
        if isinstance(node, ast.Call):
            return self.call(node)
        assert isinstance(node, ast.BinOp)
        left, right = self.read(node.left), self.read(node.right)
        if isinstance(node.op, (ast.Add, ast.Sub)):
            return readable(known.sum([left, right if isinstance(node.op, ast.Add) else negative(right)]))
        if isinstance(node.op, ast.Mult):
            return readable(known.product([left, right]))
        if isinstance(node.op, ast.Div) and len(right) == 1:
            (product, n), = right.items()
            return readable(known.product([left, {frozenset((x, -p) for x, p in product): 1.0 / n}]))
        if isinstance(node.op, ast.Pow) and set(right) == {ONE} and right[ONE] in (0.0, 1.0, 2.0, 3.0, 4.0):
            return readable(known.product([left] * int(right[ONE])))
        return self.piece(node)

    def call(self, node: ast.Call) -> Sum:
        """A function of few operands as it stands; shares of a softmax, and 1 less a share, by name."""
        text = ast.unparse(node)
        if text in ("others(softmax(x))", "others(softmax(y))"):
            return readable(self.algebra.sum([{ONE: 1.0}, negative(self.share("x"))]))
        if text in ("softmax(x)", "softmax(y)"):
            return self.share(text[-2])
        names = {part.func.id for part in ast.walk(node) if isinstance(part, ast.Call)}  # type: ignore[attr-defined]
        if any(name in AGGREGATES or name in Op.table and Op.table[name].many for name in names):
            raise Unreadable
        return self.piece(node)

    def piece(self, node: ast.expr) -> Sum:
        """A part of the formula as it stands, with names put in."""
        names = self.algebra.names
        plain = {k: names.atom(v) for k, v in self.scope.items()}
        typeset = {k: called(names, v) for k, v in self.scope.items()}
        loose = {k: rf"\left({typeset[k]}\right)" for k, (_, holds) in plain.items() if holds < ATOM}
        text = ast.unparse(Renamed(plain).visit(ast.parse(ast.unparse(node), mode="eval")))
        tex = latex(node, {**typeset, **loose})
        for part in loose.values():                  # a function has its parentheses already
            tex = tex.replace(rf"\left({part}\right)", part)
        whole = isinstance(node, ast.Call)
        return self.algebra.factor(Piece(text if whole else f"({text})", tex if whole else rf"\left({tex}\right)",
                                         self.number(node)))

    def share(self, who: str) -> Sum:
        """The share that one operand has of the softmax of all."""
        v = self.v
        assert v.op is not None
        at = v.index if v.op.one and who == "x" else self.place
        assert at is not None
        known = v if v.op.name == "softmax" and v.index == at else self.algebra.shares.get((self.operands, at))
        if known is not None:
            return self.algebra.factor(known)
        name, typeset = self.algebra.names.called(self.operands[at]), called(self.algebra.names, self.operands[at])
        share = within(Op.table["softmax"], FLOATS)[0]([x.data for x in self.operands], at)
        return self.algebra.factor(Piece(f"softmax({name})", rf"\mathrm{{softmax}}\left({typeset}\right)", share))

    def number(self, node: ast.AST) -> float:
        """The number that a part of the formula stands for."""
        if isinstance(node, ast.Compare):
            sides = [self.number(side) for side in (node.left, *node.comparators)]
            return float(all(COMPARISONS[type(op)](a, b) for op, a, b in zip(node.ops, sides, sides[1:])))
        if isinstance(node, ast.BoolOp):
            parts = [self.number(part) for part in node.values]
            return float(all(parts) if isinstance(node.op, ast.And) else any(parts))
        if isinstance(node, ast.Call):
            name, operands = ast.unparse(node.func), [self.number(argument) for argument in node.args]
            return float(Op.table[name].plain(*operands) if name in Op.table else FLOATS[name](*operands))
        if isinstance(node, ast.Constant):
            return float(node.value)  # type: ignore[arg-type]
        if isinstance(node, ast.Name):
            return self.scope[node.id].data
        if isinstance(node, ast.IfExp):
            return self.number(node.body if self.number(node.test) else node.orelse)
        if isinstance(node, ast.UnaryOp):
            return -self.number(node.operand)
        assert isinstance(node, ast.BinOp)
        return float(ARITHMETIC[type(node.op)](self.number(node.left), self.number(node.right)))


class Renamed(ast.NodeTransformer):
    """Puts names in the places of x, y and z, in parentheses where they would fall apart."""

    def __init__(self, names: dict[str, tuple[str, int]]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(enclosed(self.names.get(node.id, (node.id, ATOM)), ATOM), node.ctx)

    def visit_Call(self, node: ast.Call) -> ast.Call:
        inside = [ast.Name(self.names.get(part.id, (part.id, ATOM))[0], part.ctx) if isinstance(part, ast.Name)
                  else self.visit(part) for part in node.args]
        return ast.Call(node.func, inside, [])


def readable(found: Sum | None) -> Sum:
    if found is None:
        raise Unreadable
    return found
