"""Derivatives as sums of products of values, short enough to be read: p - p²."""
from __future__ import annotations

from math import isclose
from typing import NamedTuple

from engine.errors import FAILURES
from engine.formula import ATOM, total
from engine.value import Value
from engine.readers.traits import shares_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.explanation.names import Names

TERMS    = 6                                         # of one sum
DEEP     = 4                                         # products within products
COMPARED = 2000                                      # values, whether they are the same


class Piece(NamedTuple):
    """A part of a formula that stays as it is: `cos(x)`; `binds` is how tightly."""

    text:   str
    latex:  str
    number: float
    binds:  int = ATOM


if TYPE_CHECKING:
    Atom = Value | Piece
    Product = frozenset[tuple[Atom, int]]            # factors with their powers
    Sum = dict[Product, float]                       # products with their coefficients
ONE: Product = frozenset()


class Algebra:
    """Reads partials as sums of products of the values of a graph."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.order: dict[Atom, int] = {}             # of factors, as they are first met
        self.twins: dict[object, Value] = {}
        self.same: dict[Value, Value] = {}
        self.shown: dict[Value, Value] = {}          # by which of those with the same operands it goes
        known = [v for v in names.given if v.op and names.has(v)]
        for v in known[:TERMS * 20]:                 # a value with a name stands for those without
            self.twin(v)
        self.quotients = [v for v in known if v.op and v.op.sign == "/"]
        self.shares = {(v.op, v.parents, v.index): v for v in known if v.op and shares_out(v.op)}

    def factor(self, x: Atom, deep: int = DEEP) -> Sum:
        """A value or a piece of a formula as a sum of one product; a plain number as its coefficient.

        A product without a name is that of its factors: x · x is x².
        """
        if isinstance(x, Value):
            if x.constant:
                return {ONE: x.data}
            same = self.twin(x)
            if deep and same.op and same.op.sign == "*" and not self.names.has(same) and same is not self.names.root:
                found = self.product([self.factor(part, deep - 1) for part in same.parents])
                if found and self.agrees(found, same.data):
                    return found
            self.shown.setdefault(same, same if self.names.has(same) else x)
            x = same
        self.order.setdefault(x, len(self.order))
        return {frozenset([(x, 1)]): 1.0}

    def twin(self, x: Value) -> Value:
        """The first of all values that are made of the same operands by the same operation: one for several exp(z)."""
        stack = [x]
        while x not in self.same:
            v = stack[-1]
            if len(v.parents) > COMPARED:
                self.same[v] = v
                stack.pop()
                continue
            unknown = [u for u in v.parents if u not in self.same and not u.constant]
            if unknown and len(self.same) + len(stack) < COMPARED:
                stack += unknown
                continue
            operands = tuple([(u.data,) if u.constant else self.same.get(u, u) for u in v.parents])
            self.same[v] = self.twins.setdefault((v.op, operands, v.index, v.data) if v.op else v, v)
            stack.pop()
        return self.same[x]

    # Sums and products ----------------------------------------------------------------------------------------------

    def sum(self, terms: Iterable[Sum | None]) -> Sum | None:
        """The sum of several, None if one is unknown or it grows too long."""
        found: Sum = {}
        for term in terms:
            if term is None:
                return None
            for product, n in term.items():
                found[product] = found.get(product, 0.0) + n
        found = {product: n for product, n in found.items() if n} or {ONE: 0.0}
        return found if len(found) <= TERMS else None

    def product(self, factors: Iterable[Sum | None], quotients: Sequence[Value] = ()) -> Sum | None:
        """The product of several, with x / y written as z for each of the quotients z."""
        found: Sum | None = {ONE: 1.0}
        for factor in factors:
            if factor is None or found is None:
                return None
            found = self.sum([{joined(a, b): m * n for b, n in factor.items()} for a, m in found.items()])
        return found and self.sum([{self.reduced(p, quotients): n} for p, n in found.items()])

    def reduced(self, product: Product, quotients: Sequence[Value]) -> Product:
        """A product with x / y written as z where z is such a quotient."""
        powers = dict(product)
        for z in dict.fromkeys([*quotients, *self.quotients]):
            if z.op is None or z.op.sign != "/" or any(x.constant for x in z.parents):
                continue
            x, y, own = [self.twin(v) for v in (*z.parents, z)]
            while powers.get(x, 0) > 0 > powers.get(y, 0):
                self.factor(z)
                for atom, n in ((x, -1), (y, 1), (own, 1)):
                    powers[atom] = powers.get(atom, 0) + n
        return frozenset((x, n) for x, n in powers.items() if n)

    def agrees(self, terms: Sum, number: float) -> bool:
        """Whether a formula says what the graph has, with a name of its own for each factor."""
        try:
            parts = numbers(terms)
        except FAILURES:
            return False
        atoms = {x for product in terms for x, _ in product}
        names = {self.names.of(self.shown.get(x, x)) if isinstance(x, Value) else x.text for x in atoms}
        rounding = 1e-9 * max(map(abs, parts), default=0.0)
        return len(names) == len(atoms) and isclose(total(parts), number, rel_tol=1e-6, abs_tol=rounding)


def close(terms: Sum, number: float) -> bool:
    """Whether a formula comes to a number, with no digits lost on the way."""
    try:
        return isclose(total(numbers(terms)), number, rel_tol=1e-6)
    except FAILURES:
        return False


def joined(a: Product, b: Product) -> Product:
    """The product of two."""
    powers = dict(a)
    for x, n in b:
        powers[x] = powers.get(x, 0) + n
    return frozenset((x, n) for x, n in powers.items() if n)


def negative(terms: Sum) -> Sum:
    return {product: -n for product, n in terms.items()}


def numbers(terms: Sum) -> list[float]:
    """What the products of a sum come to."""
    found = []
    for product, n in terms.items():
        for x, power in product:
            n *= (x.data if isinstance(x, Value) else x.number) ** power
        found.append(n)
    return found
