"""Gradients kept within bounds before a step, by their norm or each by itself; names and arguments are PyTorch's."""
from __future__ import annotations

from array import array
from math import hypot, inf, isfinite

from engine.errors import brief, number
from engine.native.buffers import grads_of, set_grads

from nn.groups import leaves, listed
from nn.settings import nonnegative

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from engine import Value

SMALL = 1e-6                                         # added to a norm that divides, as PyTorch does


def clip_grad_norm_(parameters: Iterable[Value], max_norm: float, norm_type: float = 2.0) -> float:
    """The norm of all grads together, which are multiplied by what brings it down to `max_norm`, if it is above that.

    The norm is the root of the sum of squares, or with another `norm_type` the k-th root of the sum of k-th powers; of
    infinity the largest size. All grads change, or none. Errors: ValueError for a bound below 0 or a norm_type that is
    not above 0, OverflowError for a norm beyond 1.8e308.

    >>> from engine import Value
    >>> w, b = Value(1.0), Value(2.0)
    >>> w.grad, b.grad = 3.0, 4.0
    >>> clip_grad_norm_([w, b], max_norm=1.0)
    5.0
    >>> round(w.grad, 6), round(b.grad, 6)
    (0.6, 0.8)
    """
    what   = "clip_grad_norm_(parameters, max_norm)"
    values = leaves(listed(parameters, what), what)
    most, power = nonnegative(max_norm, what), kind_of_norm(norm_type)
    grads  = grads_of(values)
    norm   = norm_of(grads, power)
    if not isfinite(norm):
        raise OverflowError(f"{what} needs a norm of the grads below 1.8e308; scale the loss, or clip by value first")
    factor = most / (norm + SMALL)
    if factor < 1.0:
        set_grads(values, array("d", [g * factor for g in grads]))
    return norm


def clip_grad_value_(parameters: Iterable[Value], clip_value: float) -> None:
    """Set each grad above `clip_value` to that, each below its negative to the negative; all, or none.

    Errors: ValueError for a bound below 0.

    >>> from engine import Value
    >>> w, b = Value(1.0), Value(2.0)
    >>> w.grad, b.grad = 3.0, -0.5
    >>> clip_grad_value_([w, b], 1.0)
    >>> w.grad, b.grad
    (1.0, -0.5)
    """
    what   = "clip_grad_value_(parameters, clip_value)"
    values = leaves(listed(parameters, what), what)
    most   = nonnegative(clip_value, what)
    set_grads(values, array("d", [max(-most, min(most, g)) for g in grads_of(values)]))


def kind_of_norm(norm_type: Any) -> float:
    """Which root and powers a norm has: above 0, perhaps infinite."""
    what = "clip_grad_norm_(norm_type)"
    if norm_type == inf:
        return inf
    if number(norm_type, what) <= 0:
        raise ValueError(f"{what} needs a number above 0, or math.inf; {brief(norm_type)} came")
    return float(norm_type)


def norm_of(numbers: Sequence[float], power: float) -> float:
    """The norm of some numbers, found from those divided by the largest, so that no power overflows."""
    if power == 2.0:
        return hypot(*numbers)
    largest = max(map(abs, numbers))
    if power == inf or largest == 0.0:
        return largest
    total = 0.0
    for x in numbers:
        total += (abs(x) / largest) ** power
    try:
        return float(largest * total ** (1.0 / power))
    except OverflowError:
        return inf
