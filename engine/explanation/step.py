"""One step of the chain rule: ∂upper/∂lower, the sum of its paths."""
from __future__ import annotations

from functools import cached_property
from math import isfinite

from engine.explanation.algebra import Algebra
from engine.explanation.notation import Text
from engine.explanation.paths import Path, count, largest, links
from engine.explanation.reading import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.algebra import Sum
    from engine.value import Value

LISTED = 3                                           # paths of one step
LONG   = 40                                          # partials of a path that is read as a formula


class Step:
    """One step of the chain rule: `.derivative` is ∂upper/∂lower, the sum of its paths.

    `.count` is how many paths there are, exact up to 10**1000, `.paths` the largest few of them; `.formula` the
    derivative in names, empty if that would be long.
    """

    def __init__(self, order: Sequence[Value], derivative: float, algebra: Algebra) -> None:
        self.upper, self.lower, self.derivative = order[-1], order[0], derivative
        self.order, self.algebra = order, algebra

    @cached_property
    def links(self) -> list[list[tuple[int, int, float]]]:
        """The arrows between the values of the step."""
        return links(self.order)

    @cached_property
    def count(self) -> int:
        """How many paths there are; exact up to 10**1000."""
        return count(self.links)

    @cached_property
    def paths(self) -> list[Path]:
        """The paths with the largest products, largest first; those that are zero are left out."""
        most = LISTED + (self.count == LISTED + 1)
        return largest(self.order, self.links, most)

    @property
    def carried(self) -> float:
        """What the listed paths add up to."""
        found = 0.0
        for path in self.paths:
            found += path.derivative
        return found

    @cached_property
    def terms(self) -> Sum | None:
        """The derivative as a sum of products, None if it is long or cannot be read."""
        if not isfinite(self.derivative) or self.count > len(self.paths):
            return None
        found = self.algebra.sum([self.product(path) for path in self.paths])
        return found if found and self.algebra.agrees(found, self.derivative) else None

    def product(self, path: Path) -> Sum | None:
        """The product along a path, as it is read: -p² through the denominator of p."""
        if len(path.places) > LONG:
            return None
        partials = [partial(self.algebra, v, place) for v, place in zip(path.values, path.places)]
        return self.algebra.product(partials, [v for v in path.values if v.op and v.op.symbol == "/"])

    @property
    def formula(self) -> str:
        """The derivative as a formula in names: `p - p²`."""
        return Text(self.algebra).sum(self.terms) if self.terms else ""

    @property
    def factored(self) -> str:
        """The formula with what its products share before it: `p · (1 - p)`; empty if they share nothing."""
        return Text(self.algebra).factored(self.terms) if self.terms else ""

    def __repr__(self) -> str:
        quotient = self.algebra.names.quotient(self.upper, self.lower)
        return f"<step {' = '.join(part for part in (quotient, self.formula, f'{self.derivative:.6g}') if part)}>"
