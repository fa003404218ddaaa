"""A derivative of a sum by its terms: what each observation contributes to a total loss, and which way it pulls."""
from __future__ import annotations

from typing import NamedTuple

from engine.explanation.chain import reverse_pass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.names import Names
    from engine.value import Value


class Term(NamedTuple):
    """One term of a sum: its value, the sum's derivative by it, and its contribution to the whole derivative."""

    value:      Value
    weight:     float
    derivative: float


def observations(order: Sequence[Value], names: Names) -> list[Term]:
    """The terms of the sum that the values between two end with, in its order; none if it is no sum.

    >>> from engine import Value
    >>> from engine.explanation.chain import between
    >>> from engine.explanation.names import Names
    >>> x = Value(3.0); total = x * x + x * 2.0
    >>> [term.derivative for term in observations(between(total, x), Names(total, x, {}))]
    [6.0, 2.0]
    """
    among = dict.fromkeys(order)
    found: dict[Value, None] = {}
    chain: dict[Value, None] = {}
    stack = [order[-1]]
    while stack:
        v = stack.pop()
        if v in found or v in chain:
            continue
        if v is not order[0] and (v is order[-1] or not names.named(v)) and adds(v, order[0]):
            chain[v] = None
            stack += [x for x in reversed(v.parents) if x in among]
        else:
            found[v] = None
    if len(found) < 2 or order[0] in found:
        return []
    back, forward = reverse_pass(order, ())[0], by_lower(order)
    return [Term(v, back[v], back[v] * forward[v]) for v in found]


def adds(v: Value, end: Value) -> bool:
    """Whether a value is a sum, or something computed times or over a plain number."""
    if v.op is None or v.op.name in ("add", "fsum"):
        return v.op is not None
    scaled = [x for x in v.parents if not x.constant]
    return v.op.name in ("mul", "truediv") and len(scaled) == 1 and scaled[0].op is not None and scaled[0] is not end


def by_lower(order: Sequence[Value]) -> dict[Value, float]:
    """The derivatives of all values between two by the lower one."""
    found = {order[0]: 1.0}
    for v in order[1:]:
        found[v] = 0.0
        for x, slope in zip(v.parents, v.partials):
            if found.get(x, 0.0):
                found[v] += slope * found[x]
    return found
