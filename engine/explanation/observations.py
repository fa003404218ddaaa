"""A derivative of a sum by its terms: what each observation contributes to a total loss, and which way it pulls."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.readers.traits import adds, linear, negates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from engine.paths.arrows import Arrows
    from engine.explanation.names import Names
    from engine.value import Value

INSIDE, TERM = 1, 2                                  # of a sum


class Term(NamedTuple):
    """One term of a sum: its value, the sum's derivative by it, and its contribution to the whole derivative."""

    value:      Value
    weight:     float
    derivative: float


class Terms(Sequence[Term]):
    """The terms of a sum, each made when it is asked for: there may be a million."""

    def __init__(self, order: Sequence[Value] = (), places: Sequence[int] = (), weights: Sequence[float] = (),
                 forward: Sequence[float] = ()) -> None:
        self.values, self.places = [order[i] for i in places], places
        self.weights = [weights[i] for i in places]
        self.derivatives = [weights[i] * forward[i] if weights[i] else 0.0 for i in places]

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self[j] for j in range(len(self))[i]]
        return Term(self.values[i], self.weights[i], self.derivatives[i])

    def __repr__(self) -> str:
        return repr(self[:6])[:-1] + f", … {len(self) - 6:,} more]" if len(self) > 6 else repr(self[:])


def observations(arrows: Arrows, names: Names) -> Terms:
    """The terms of the sum that the values between two end with, in its order; none if it is no sum.

    >>> from engine import Value
    >>> from engine.paths.chain import arrows_between
    >>> from engine.explanation.names import Names
    >>> x = Value(3.0); total = x * x + x * 2.0
    >>> [term.derivative for term in observations(arrows_between(total, x), Names(total, x, {}))]
    [6.0, 2.0]
    """
    def same(v: Value, whole: Value) -> bool:        # a running total, labelled in each round of a loop
        return names.named(v) == names.named(whole)

    order, top = arrows.order, len(arrows.order) - 1
    found, weights = bytearray(top + 1), [0.0] * (top + 1)
    if top and is_sum(order[top], order[0]):
        found[top], weights[top] = INSIDE, 1.0
        for i, x, slope in zip(arrows.users, arrows.operands, arrows.partials):
            if found[i] == INSIDE:
                weights[x] += weights[i] * slope
                if not found[x]:
                    unnamed = not names.has(order[x]) or same(order[x], order[top])
                    inside = x and unnamed and is_sum(order[x], order[0])
                    found[x] = INSIDE if inside else TERM
    places = [i for i, kind in enumerate(found) if kind == TERM]
    return Terms(order, places, weights, arrows.forward()) if len(places) > 1 and places[0] else Terms()


def is_sum(v: Value, end: Value) -> bool:
    """Whether a value is a sum or a difference, the negative of one, or something computed times or over a number."""
    if v.op is None or adds(v.op):
        return v.op is not None
    if negates(v.op):
        inner = v.parents[0].op
        return inner is not None and adds(inner)
    places = [place for place, x in enumerate(v.parents) if not x.constant]
    if len(places) != 1 or not linear(v.op, places[0]):
        return False
    scaled = v.parents[places[0]]
    return scaled.op is not None and scaled is not end
