"""A derivative of a sum by its terms: what each observation contributes to a total loss, and which way it pulls."""
from __future__ import annotations

from typing import NamedTuple

from engine.explanation.chain import forward_pass, reverse_pass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.chain import Row
    from engine.explanation.names import Names
    from engine.value import Value


class Term(NamedTuple):
    """One term of a sum: its value, the sum's derivative by it, and its contribution to the whole derivative."""

    value:      Value
    weight:     float
    derivative: float


def observations(order: Sequence[Value], arrows: Sequence[Row], names: Names) -> list[Term]:
    """The terms of the sum that the values between two end with, in its order; none if it is no sum.

    >>> from engine import Value
    >>> from engine.explanation.chain import between, links
    >>> from engine.explanation.names import Names
    >>> x = Value(3.0); total = x * x + x * 2.0; order = between(total, x)
    >>> [term.derivative for term in observations(order, links(order), Names(total, x, {}))]
    [6.0, 2.0]
    """
    top = len(order) - 1
    found: dict[int, None] = {}
    chain: dict[int, None] = {}
    stack = [top]
    while stack:
        i = stack.pop()
        if i in found or i in chain:
            continue
        if i and (i == top or not names.has(order[i])) and adds(order[i], order[0]):
            chain[i] = None
            stack += [x for x, _, _ in reversed(arrows[i])]
        else:
            found[i] = None
    if len(found) < 2 or 0 in found:
        return []
    back, forward = reverse_pass(arrows)[0], forward_pass(arrows)
    return [Term(order[i], back[i], back[i] * forward[i]) for i in found]


def adds(v: Value, end: Value) -> bool:
    """Whether a value is a sum, or something computed times or over a plain number."""
    if v.op is None or v.op.name in ("add", "fsum"):
        return v.op is not None
    scaled = [x for x in v.parents if not x.constant]
    return v.op.name in ("mul", "truediv") and len(scaled) == 1 and scaled[0].op is not None and scaled[0] is not end
