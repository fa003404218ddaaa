"""One step of the chain rule: ∂upper/∂lower, the sum of its paths."""
from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from math import isfinite

from engine.explanation.notation import Text
from engine.explanation.observations import Terms, abridged, observations
from engine.paths.arrows import Arrows
from engine.paths.largest import Path, count, largest
from engine.readers.products import partial
from engine.text.terminal import spelt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from engine.readers.algebra import Algebra, Sum
    from engine.value import Value

LISTED = 3                                           # paths of one step
LONG   = 40                                          # partials of a path that is read as a formula
READ   = 10_000                                      # values of a step that is read as one


class Derivative:
    """The derivative of a value by another, with a formula where it has a short one."""

    upper:      Value
    lower:      Value
    derivative: float
    algebra:    Algebra
    terms:      Any                                  # its products, a Sum; None if there is no short formula

    @property
    def formula(self) -> str:
        """The derivative as a formula in names: `p - p²`; empty if that would be long."""
        return Text(self.algebra).sum(self.terms) if self.terms else ""

    @property
    def factored(self) -> str:
        """The formula with what its products share before it: `p · (1 - p)`; empty if they share nothing."""
        return Text(self.algebra).factored(self.terms) if self.terms else ""


class Step(Derivative):
    """One step of the chain rule: `.derivative` is ∂upper/∂lower, the sum of its paths.

    `.count` is how many paths there are, exact up to 10**1000, `.paths` the largest few of them; `.formula` the
    derivative in names, empty if that would be long.
    """

    def __init__(self, arrows: Arrows, derivative: float, algebra: Algebra) -> None:
        self.arrows, self.order, self.derivative, self.algebra = arrows, arrows.order, derivative, algebra
        self.upper, self.lower = self.order[-1], self.order[0]

    @cached_property
    def count(self) -> int:
        """How many paths there are; exact up to 10**1000."""
        return count(self.arrows)

    @cached_property
    def observations(self) -> Terms:
        """The terms of the sum that the upper value ends with, in its order; none if it is no sum."""
        return observations(self.arrows, self.algebra.names)

    @cached_property
    def paths(self) -> list[Path]:
        """The paths with the largest products, largest first; those that are zero are left out."""
        alone = self.count == LISTED + 1             # one path alone is not left out
        return largest(self.arrows, LISTED + 1 if alone else LISTED)

    @cached_property
    def terms_say_more(self) -> bool:
        """Whether the terms of the sum say better than its paths what it is made of."""
        terms, names = self.observations, self.algebra.names
        if not any(terms.derivatives):
            return False
        direct = {i for i, x in zip(self.arrows.users, self.arrows.operands) if x == 0}
        telling = (i for i, v in zip(terms.places, terms.values) if i not in direct or names.has(v))
        return len([*islice(telling, 2)]) == 2 or self.count > len(terms)

    @property
    def carried(self) -> float:
        """What the listed paths add up to."""
        total = 0.0
        for path in self.paths:
            total += path.derivative
        return total

    @cached_property
    def terms(self) -> Sum | None:
        """The derivative as a sum of products, None if it is long or cannot be read."""
        if not isfinite(self.derivative) or len(self.order) > READ or self.count > LISTED + 1:
            return None
        if self.count > len(self.paths):             # those that are zero are left out, and may have no slope
            return None
        terms = self.algebra.sum([self.product(path) for path in self.paths])
        return terms if terms and self.algebra.agrees(terms, self.derivative) else None

    @property
    def formula(self) -> str:
        """The derivative as a formula in names, what a path shares before or behind what it has of its own."""
        if not self.terms:
            return ""
        writer, parts = Text(self.algebra), [self.product(path) or {} for path in self.paths]
        apart = len(parts) > 1 and sum(map(len, parts)) == len(self.terms) > len(parts)
        if not apart:
            return writer.sum(self.terms)
        forms = [writer.factored(part) or writer.sum(part) for part in parts]
        return " + ".join(forms).replace("+ -", "- ")

    def product(self, path: Path) -> Sum | None:
        """The product along a path, as it is read: -p² through the denominator of p."""
        if len(path.places) > LONG:
            return None
        partials = [partial(self.algebra, v, place) for v, place in zip(path.values, path.places)]
        return self.algebra.product(partials, [v for v in path.values if v.op and v.op.sign == "/"])

    def __repr__(self) -> str:
        quotient = self.algebra.names.quotient(self.upper, self.lower)
        parts = [quotient, self.formula, f"{self.derivative:.6g}"]
        return spelt(f"<step {' = '.join(part for part in parts if part)}>")


class Steps(Sequence[Step]):
    """The steps of a chain, each made when it is asked for: there may be a million."""

    def __init__(self, arrows: Arrows, ends: Sequence[int], derivatives: Sequence[float], algebra: Algebra) -> None:
        self.arrows, self.ends, self.derivatives, self.algebra = arrows, ends, derivatives, algebra
        self.made: dict[int, Step] = {}

    def __len__(self) -> int:
        return max(0, len(self.ends) - 1)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self[j] for j in range(len(self))[i]]
        i = range(len(self))[i]
        if i not in self.made:
            upper, lower = self.ends[i:i + 2]
            whole = lower == 0 and upper == len(self.arrows.order) - 1
            arrows = self.arrows if whole else self.arrows.part(lower, upper)
            self.made[i] = Step(arrows, self.derivatives[lower], self.algebra)
        return self.made[i]

    def __repr__(self) -> str:
        return abridged(self)
