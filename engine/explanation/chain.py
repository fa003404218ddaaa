"""The chain rule between two values: the values that every path passes through cut a derivative into factors."""
from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from engine.graph import postorder
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    Row = tuple[tuple[int, int, float], ...]         # of each operand its index, its place, the partial by it


class Factor(NamedTuple):
    """One factor of the chain rule: ∂upper/∂lower."""

    upper:      Value
    lower:      Value
    derivative: float


def slopes(root: Value) -> dict[Value, float]:
    """The derivative of the root by each value it depends on, from the stored partials, summed as backward sums.

    >>> from engine import Value
    >>> a = Value(3.0); b = a * a
    >>> list(slopes(b * a).values())
    [27.0, 3.0, 1.0]
    """
    order = postorder(root)
    return dict(zip(order, reverse_pass(links(order))[0]))


def between(root: Value, wrt: Value) -> list[Value]:
    """All values on a path from the root to `wrt`, both included, operands first; empty if there is no path.

    >>> from engine import Value, exp
    >>> x, w = Value(1.0, "x"), Value(2.0, "w"); y = exp(x) * w
    >>> [v.label or v.op.name for v in between(y, x)]
    ['x', 'exp', 'mul']
    """
    leads: dict[Value, None] = {}
    for v in postorder(root):
        if v is wrt or not leads.keys().isdisjoint(v.parents):
            leads[v] = None
    return list(leads) if root in leads else []


def cuts(order: Sequence[Value]) -> list[Value]:
    """Those of the values between two that every path passes through, the upper end first.

    In a topological order no arrow leaps over such a value, and each value that no arrow leaps over is one.

    >>> from engine import Value, exp
    >>> z = Value(0.5, "z"); e = exp(z); p = e / (e + 2.0); loss = -p
    >>> [v.label or v.op.name for v in cuts(between(loss, z))]
    ['neg', 'truediv', 'exp', 'z']
    """
    return [order[i] for i in cut_places(links(order))]


def cut_places(arrows: Sequence[Row]) -> list[int]:
    """The places in a topological order that no arrow leaps over, the upper end first."""
    leaps = [0] * (len(arrows) + 1)                  # where an arrow starts to leap, and where it lands
    for i, row in enumerate(arrows):
        for x, _, _ in row:
            leaps[x + 1] += 1
            leaps[i] -= 1
    return [i for i, leaping in zip(range(len(arrows)), accumulate(leaps)) if not leaping][::-1]


def links(order: Sequence[Value]) -> list[Row]:
    """For each value of a topological order its operands in it: which one, at which place, with which partial."""
    index = {v: i for i, v in enumerate(order)}
    return [tuple([(index[x], place, slope) for place, (x, slope) in enumerate(zip(v.parents, v.partials))
                   if x in index]) for v in order]


def steps(root: Value, wrt: Value, preferred: Container[Value] = ()) -> list[Factor]:
    """The chain rule from the root down to `wrt`: factors whose product is the derivative; empty if there is no path.

    Of the values that every path passes through, those `preferred` part the steps, or all if there is none of them.

    >>> from engine import Value, exp, log
    >>> z = Value(0.0, "z"); e = exp(z); p = e / (e + 3.0); loss = -log(p)
    >>> [step.derivative for step in steps(loss, z, {p})]
    [-4.0, 0.1875]
    """
    order = between(root, wrt)
    arrows = links(order)
    every = cut_places(arrows)
    chosen = [i for i in every[1:-1] if order[i] in preferred] or every[1:-1]
    return [Factor(order[upper], order[lower], slope) for upper, lower, slope in factors(arrows, every, chosen)]


def factors(arrows: Sequence[Row], every: Sequence[int], chosen: Sequence[int]) -> list[tuple[int, int, float]]:
    """The chain rule from the first of `every` cut down to the last, parted at those `chosen` among them, by places."""
    if len(every) < 2:
        return []
    ends = [every[0], *chosen, every[-1]]
    found = reverse_pass(arrows, set(chosen))[1]
    return [(upper, lower, found[lower]) for upper, lower in zip(ends, ends[1:])]


def reverse_pass(arrows: Sequence[Row], restarts: Container[int] = ()) -> tuple[list[float], list[float]]:
    """The derivatives of the last value by all in the order; and what they were where the pass starts afresh.

    At each of `restarts` it goes on with 1. A zero goes nowhere, so that it never meets a slope that does not exist.
    """
    found = [0.0] * len(arrows)
    whole = [0.0] * len(arrows)
    found[-1:] = [1.0] * (len(arrows) > 0)
    for i in range(len(arrows) - 1, -1, -1):
        g = whole[i] = found[i]
        if i in restarts:
            g = 1.0
        if g:
            for x, _, slope in arrows[i]:
                found[x] += g * slope
    return found, whole


def forward_pass(arrows: Sequence[Row]) -> list[float]:
    """The derivatives of all values in the order by the first."""
    found = [1.0]
    for row in arrows[1:]:
        slope_by_first = 0.0
        for x, _, slope in row:
            if found[x]:
                slope_by_first += slope * found[x]
        found.append(slope_by_first)
    return found


def magnitudes(arrows: Sequence[Row], found: Sequence[float]) -> list[float]:
    """The sums of the sizes of the contributions to the derivatives `found`."""
    sizes = [0.0] * len(arrows)
    for i in range(len(arrows) - 1, -1, -1):
        if g := abs(found[i]):
            for x, _, slope in arrows[i]:
                sizes[x] += g * abs(slope)
    return sizes
