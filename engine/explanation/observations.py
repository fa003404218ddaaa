"""A derivative of a sum by its terms: what each observation contributes to a total loss, and which way it pulls."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.readers.traits import adds, linear, negates
from engine.text.terminal import spelt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from engine.explanation.names import Names
    from engine.paths.arrows import Arrows
    from engine.value import Value

INSIDE, TERM = 1, 2                                  # of a sum
SHOWN = 6                                            # of the items of a sequence, in its repr


class Term(NamedTuple):
    """One term of a sum: its value, the sum's derivative by it, and its contribution to the whole derivative."""

    value:      Value
    weight:     float
    derivative: float

    def __repr__(self) -> str:
        return spelt(f"Term({', '.join([f'{name}={x!r}' for name, x in self._asdict().items()])})")


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
        return abridged(self)


def abridged(items: Sequence[Any]) -> str:
    """A sequence as a list is shown, of a long one its first items."""
    if len(items) <= SHOWN:
        return repr(items[:])
    shown = ", ".join(map(repr, items[:SHOWN]))
    return spelt(f"[{shown}, … {len(items) - SHOWN:,} more]")


def observations(arrows: Arrows, names: Names) -> Terms:
    """The terms of the sum that the values between two end with, in its order; none if it is no sum.

    >>> from engine import Value
    >>> from engine.paths.cuts import arrows_between
    >>> from engine.explanation.names import Names
    >>> x = Value(3.0); total = x * x + x * 2.0
    >>> [term.derivative for term in observations(arrows_between(total, x), Names(total, x, {}))]
    [6.0, 2.0]
    """
    order, top = arrows.order, len(arrows.order) - 1
    if top == 0 or not is_sum(order[top], order[0]):
        return Terms()
    kinds, weights = bytearray(len(order)), [0.0] * len(order)
    kinds[top], weights[top] = INSIDE, 1.0
    whole = names.named(order[top])                  # a running total has this name in each round of a loop

    def inside(x: int) -> bool:
        v = order[x]
        return x > 0 and (not names.has(v) or names.named(v) == whole) and is_sum(v, order[0])

    for i, x, slope in zip(arrows.users, arrows.operands, arrows.partials):
        if kinds[i] == INSIDE:
            weights[x] += weights[i] * slope
            if not kinds[x]:
                kinds[x] = INSIDE if inside(x) else TERM
    places = [i for i, kind in enumerate(kinds) if kind == TERM]
    if len(places) < 2 or places[0] == 0:
        return Terms()
    return Terms(order, places, weights, arrows.forward())


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
