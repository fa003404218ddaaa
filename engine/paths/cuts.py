"""The chain rule between two values: the values that every path passes through cut a derivative into factors."""
from __future__ import annotations

from typing import NamedTuple

from engine.graph import postorder
from engine.paths.arrows import Arrows
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
    arrows = Arrows(postorder(root))
    return dict(zip(arrows.order, arrows.backward()))


def arrows_between(root: Value, wrt: Value, order: Sequence[Value] = ()) -> Arrows:
    """The values on a path from the root to `wrt`, both included, with the arrows among them; none without a path.

    To a plain number there is none: it does not change. `order` is the root's postorder, where that is known.
    """
    if wrt.constant and wrt is not root:
        return Arrows(())
    arrows = Arrows(order or postorder(root), wrt)
    return arrows if arrows.order[-1] is root else Arrows(())


def between(root: Value, wrt: Value) -> list[Value]:
    """All values on a path from the root to `wrt`, both included, operands first; empty if there is no path.

    >>> from engine import Value, exp
    >>> x, w = Value(1.0, "x"), Value(2.0, "w"); y = exp(x) * w
    >>> [v.label or v.op.name for v in between(y, x)]
    ['x', 'exp', 'mul']
    """
    return arrows_between(root, wrt).order


def cuts(order: Sequence[Value]) -> list[Value]:
    """Those of the values between two that every path passes through, the upper end first.

    >>> from engine import Value, exp
    >>> z = Value(0.5, "z"); e = exp(z); p = e / (e + 2.0); loss = -p
    >>> [v.label or v.op.name for v in cuts(between(loss, z))]
    ['neg', 'truediv', 'exp', 'z']
    """
    return [order[i] for i in Arrows(order, order[0]).cuts()] if order else []


def steps(root: Value, wrt: Value, preferred: Container[Value] = ()) -> list[Factor]:
    """The derivative of the root by `wrt` as factors, root first; empty if there is no path, or nothing between.

    Of the values that every path passes through, those `preferred` part the steps, or all if there is none of them.

    >>> from engine import Value, exp, log
    >>> z = Value(0.0, "z"); e = exp(z); p = e / (e + 3.0); loss = -log(p)
    >>> [step.derivative for step in steps(loss, z, {p})]
    [-4.0, 0.1875]
    """
    arrows = arrows_between(root, wrt)
    order, places = arrows.order, arrows.cuts()
    if len(places) < 2:
        return []
    top, *between, bottom = places
    chosen = [i for i in between if order[i] in preferred] or between
    derivatives, ends = arrows.backward(chosen), [top, *chosen, bottom]
    return [Factor(order[upper], order[lower], derivatives[lower]) for upper, lower in zip(ends, ends[1:])]
