"""Sums of products written out, as text or in LaTeX."""
from __future__ import annotations

from engine.formula import ATOM, BINDS
from engine.readers import latex
from engine.readers.algebra import Piece
from engine.text.naming import exactly, signed_sum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine.readers.algebra import Algebra, Atom, Product, Sum

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Text:
    """Writes sums of products as text: `-p / total`, `p - p²`."""

    times = " · "

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra

    def sum(self, terms: Sum) -> str:
        """A sum, what is added before what is taken away."""
        order = sorted(terms.items(), key=lambda term: term[1] < 0)
        return signed_sum([(n, self.product(product, abs(n))) for product, n in order])

    def product(self, product: Product, n: float = 1.0) -> str:
        """A product with its coefficient, as a fraction where it has a denominator."""
        order = self.algebra.order
        factors = sorted(product, key=lambda factor: order[factor[0]])
        above = [self.power(x, power) for x, power in factors if power > 0]
        below = [self.power(x, -power) for x, power in factors if power < 0]
        parts = round(1.0 / n) if below and n > 1e-15 else 0
        if parts > 1 and abs(parts * n - 1.0) < 1e-15:           # 1 / (2 · x), not 0.5 / x
            below.insert(0, self.number(parts))
        elif n != 1.0:
            above.insert(0, self.number(n))
        above = above or [self.number(1.0)]
        return self.fraction(above, below) if below else self.times.join(above)

    def factored(self, terms: Sum) -> str:
        """A sum with what its products share before it, p · (1 - p); empty if they share nothing."""
        shared, sizes = common(terms), {*map(abs, terms.values())}
        scale = max(sizes) if len(sizes) == 1 else 1.0           # 3 · (1 - y²)
        if len(terms) < 2 or not shared and scale == 1.0:
            return ""
        rest = {without(product, shared): n / scale for product, n in terms.items()}
        parts = [self.product(frozenset(shared.items()), scale), self.parentheses(self.sum(rest))]
        place = self.algebra.order
        inner = min([place[x] for product in rest for x, _ in product], default=len(place))
        ahead = scale == 1.0 and inner < min([place[x] for x in shared])         # (p - 1) · w6 is the chain's order
        return self.times.join(parts[::-1] if ahead else parts)

    def number(self, n: float) -> str:
        return exactly(float(f"{n:.15g}"))

    def fraction(self, above: list[str], below: list[str]) -> str:
        under = self.times.join(below)
        return f"{self.times.join(above)} / {under if len(below) == 1 else self.parentheses(under)}"

    def power(self, x: Atom, power: int) -> str:
        return self.name(x, ATOM) + str(power).translate(RAISED) if power > 1 else self.name(x)

    def name(self, x: Atom, level: int = BINDS["**"]) -> str:
        """A factor, in parentheses where it would fall apart."""
        text, binds = (x.text, x.binds) if isinstance(x, Piece) else \
            self.algebra.names.atom(self.algebra.shown.get(x, x))
        return text if binds >= level else self.parentheses(text)

    def parentheses(self, text: str) -> str:
        return f"({text})"


class Latex(Text):
    """Writes sums of products in LaTeX."""

    times = r" \cdot "

    def number(self, n: float) -> str:
        return latex.constant(float(f"{n:.15g}"))

    def fraction(self, above: list[str], below: list[str]) -> str:
        return rf"\frac{{{self.times.join(above)}}}{{{self.times.join(below)}}}"

    def power(self, x: Atom, power: int) -> str:
        return f"{{{self.name(x, ATOM)}}}^{{{power}}}" if power > 1 else self.name(x)

    def name(self, x: Atom, level: int = BINDS["**"]) -> str:
        if isinstance(x, Piece):
            return self.parentheses(x.latex) if x.binds < level else x.latex
        x = self.algebra.shown.get(x, x)
        name = self.algebra.names.typeset(x)
        return self.parentheses(name) if self.algebra.names.atom(x)[1] < level else name

    def parentheses(self, text: str) -> str:
        return rf"\left({text}\right)"


def common(terms: Sum) -> dict[Atom, int]:
    """The factors that all products of a sum share, with the least of their powers."""
    first, *others = map(dict, terms)
    shared = {x: n for x, n in first.items() if n > 0}
    for powers in others:
        shared = {x: min(n, powers[x]) for x, n in shared.items() if powers.get(x, 0) > 0}
    return shared


def without(product: Product, shared: dict[Atom, int]) -> Product:
    """A product divided by what is shared."""
    powers = {x: n - shared.get(x, 0) for x, n in product}
    return frozenset((x, n) for x, n in powers.items() if n)
