"""Sums of products written out, as text or in LaTeX."""
from __future__ import annotations

from engine.formula import ATOM
from engine.text.naming import digits
from engine.readers.latex import number
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine.readers.algebra import Algebra, Atom, Product, Sum

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Text:
    """Writes sums of products as text: `-p / total`, `p - p²`."""

    times, minus = " · ", "-"

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra

    def sum(self, terms: Sum) -> str:
        """A sum, what is added before what is taken away."""
        text = ""
        for product, n in sorted(terms.items(), key=lambda term: term[1] < 0):
            body = self.product(product, abs(n))
            text += f" {'-' if n < 0 else '+'} {body}" if text else f"{self.minus if n < 0 else ''}{body}"
        return text

    def product(self, product: Product, n: float = 1.0) -> str:
        """A product with its coefficient, as a fraction where it has a denominator."""
        order = self.algebra.order
        factors = sorted(product, key=lambda factor: order[factor[0]])
        above = [self.power(x, power) for x, power in factors if power > 0]
        below = [self.power(x, -power) for x, power in factors if power < 0]
        if n != 1.0 or not above:
            above.insert(0, self.number(n))
        return self.fraction(above, below) if below else self.times.join(above)

    def factored(self, terms: Sum) -> str:
        """A sum with what its products share before it, p · (1 - p); empty if they share nothing."""
        shared = dict(next(iter(terms)))
        for product in terms:
            powers = dict(product)
            shared = {x: min(n, powers.get(x, 0)) for x, n in shared.items() if n > 0 and powers.get(x, 0) > 0}
        if len(terms) < 2 or not shared:
            return ""
        rest = {frozenset((x, n - shared.get(x, 0)) for x, n in product if n != shared.get(x, 0)): n
                for product, n in terms.items()}
        return f"{self.product(frozenset(shared.items()))}{self.times}{self.parentheses(self.sum(rest))}"

    def number(self, n: float) -> str:
        return digits(n)

    def fraction(self, above: list[str], below: list[str]) -> str:
        under = self.times.join(below)
        return f"{self.times.join(above)} / {under if len(below) == 1 else self.parentheses(under)}"

    def power(self, x: Atom, power: int) -> str:
        text = self.name(x)
        return text + str(power).translate(RAISED) if power > 1 else text

    def name(self, x: Atom) -> str:
        """A factor, in parentheses where it would fall apart."""
        if not isinstance(x, Value):
            return x.text
        text, holds = self.algebra.names.atom(self.algebra.shown.get(x, x))
        return text if holds == ATOM and " " not in text.partition("(")[0] else self.parentheses(text)

    def parentheses(self, text: str) -> str:
        return f"({text})"


class Latex(Text):
    """Writes sums of products in LaTeX."""

    times = r" \cdot "

    def number(self, n: float) -> str:
        return number(n, 4)

    def fraction(self, above: list[str], below: list[str]) -> str:
        return rf"\frac{{{self.times.join(above)}}}{{{self.times.join(below)}}}"

    def power(self, x: Atom, power: int) -> str:
        return f"{{{self.name(x)}}}^{{{power}}}" if power > 1 else self.name(x)

    def name(self, x: Atom) -> str:
        if not isinstance(x, Value):
            return x.latex
        x = self.algebra.shown.get(x, x)
        text = self.algebra.names.typeset(x)
        return self.parentheses(text) if self.algebra.names.atom(x)[1] < ATOM else text

    def parentheses(self, text: str) -> str:
        return rf"\left({text}\right)"
