"""The chain rule between two values: the values that every path passes through cut a derivative into factors."""
from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from engine.graph import postorder
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Sequence


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
    return reverse_pass(postorder(root), ())[0]


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
    places = {v: i for i, v in enumerate(order)}
    leaps = [0] * (len(order) + 1)                   # where an arrow starts to leap, and where it lands
    for v, i in places.items():
        for x in v.parents:
            if x in places:
                leaps[places[x] + 1] += 1
                leaps[i] -= 1
    return [v for v, leaping in zip(order, accumulate(leaps)) if not leaping][::-1]


def steps(root: Value, wrt: Value, preferred: Container[Value] = ()) -> list[Factor]:
    """The chain rule from the root down to `wrt`: factors whose product is the derivative; empty if there is no path.

    Of the values that every path passes through, those `preferred` part the steps, or all if there is none of them.

    >>> from engine import Value, exp, log
    >>> z = Value(0.0, "z"); e = exp(z); p = e / (e + 3.0); loss = -log(p)
    >>> [step.derivative for step in steps(loss, z, {p})]
    [-4.0, 0.1875]
    """
    order = between(root, wrt)
    every = cuts(order)
    return factors(order, every, [v for v in every[1:-1] if v in preferred] or every[1:-1])


def factors(order: Sequence[Value], every: Sequence[Value], chosen: Sequence[Value]) -> list[Factor]:
    """The chain rule from the first of `every` cut down to the last, parted at those `chosen` among them."""
    if len(every) < 2:
        return []
    ends = [every[0], *chosen, every[-1]]
    found = reverse_pass(order, dict.fromkeys(chosen))[1]
    return [Factor(upper, lower, found[lower]) for upper, lower in zip(ends, ends[1:])]


def reverse_pass(order: Sequence[Value], restarts: Container[Value]) -> tuple[dict[Value, float], dict[Value, float]]:
    """The derivatives of the last value by all in `order`, operands first; and what they were where it starts afresh.

    At each of `restarts` it goes on with 1. A zero goes nowhere, so that it never meets a slope that does not exist.
    """
    found, whole = dict.fromkeys(order, 0.0), dict[Value, float]()
    found[order[-1]] = 1.0
    for v in reversed(order):
        g = whole[v] = found[v]
        if v in restarts:
            g = 1.0
        for x, partial in zip(v.parents, v.partials) if g else ():
            if x in found and not x.constant:
                found[x] += g * partial
    return found, whole
