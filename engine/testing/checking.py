"""check_gradient: whether backward() finds the slopes that numbers alone find."""
from __future__ import annotations

import math
from functools import partial

from engine.errors import FAILURES, GradientError
from engine.graph import postorder
from engine.formula import total
from engine.testing.diagnosis import at_kink, chained, wrong_row
from engine.testing.evaluation import evaluate, floats
from engine.testing.points import laid_out, number_at, outputs, title
from engine.testing.slopes import complex_step, slopes_around

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from engine import Value

    At = Callable[[Mapping[Value, float]], float]    # y's number where some leaves have other numbers

OUTER = 0.5                                          # what the result is multiplied by before backward()
TINY = 5e-323                                        # what rounding may do to the smallest floats
CUT = """Near this point the function gives other numbers than its graph: a number left the graph there, by .data,
float() or a function of math. Use Values throughout."""
CHAIN = """The partials of all rows are right here, so the mistake lies in the chain rule: in the order of the values,
in a gradient that replaces another instead of being added, or in a factor from above that is left out."""


def check_gradient(function: Callable[..., Any], *point: Any, tolerance: float = 1e-8) -> None:
    """None, if the gradient that backward() finds of a function at a point is right.

    `function` is a function of Values (a row of the table, too) that returns one or several. The numbers of `point`,
    and those in its lists, become Values; a Value in it stays what it is, so that a model's parameters can be checked
    in place. Analytic and numeric slope may differ by `tolerance` times the sum of |products of partials| over all
    paths. Where a slope is not known by numbers (at the edge of a domain; where it does not exist) nothing is
    compared; at a kink any slope between those on either side is right, and where kinks meet, what the chain rule
    makes of such slopes.

    Errors: AssertionError with both slopes and where the mistake lies; what the function raises at the point.

    >>> check_gradient(lambda x, y: x * y.exp() + x.tanh(), 0.5, -2.0)
    >>> check_gradient(lambda x: x * x.data, 3.0)
    Traceback (most recent call last):
        ...
    AssertionError: backward() finds a wrong gradient of the function at x = 3.0
      by x:  analytic  3.0
             numeric   6  (differences)
    Near this point the function gives other numbers than its graph: a number left the graph there, by .data,
    float() or a function of math. Use Values throughout.
    """
    arguments, leaves = laid_out(function, point)
    ys = outputs(function, arguments)
    for i, y in enumerate(ys):
        check(y, leaves, partial(number_at, function, arguments, i), tolerance,
              f"{title(function)}{f', result {i},' if len(ys) > 1 else ''}")


def check(y: Value, leaves: Sequence[Value], at: At, tolerance: float, title: str) -> None:
    """Raise AssertionError if backward() finds a wrong gradient of y."""
    point = ", ".join(f"{x.label} = {x.data!r}" for x in leaves[:6]) + (", …" if len(leaves) > 6 else "")
    try:
        slopes, sizes, rounding = gradient_of(y, leaves)
    except GradientError as error:
        if culprit := wrong_row(y, absent=True):
            raise AssertionError(f"backward() finds no gradient of {title} at {point}: {error}\n{culprit}") from error
        return
    whole, wrong = faithful(y, leaves, at), []
    for x in leaves:
        bound = tolerance * sizes[x]
        numeric = mismatch(y, x, slopes[x], at, bound, rounding, whole)
        if numeric and not (at_kink(y) and close(slopes[x], chained(y, x), bound)):
            name = f"  by {x.label or 'a Value'}:  "
            wrong += [f"{name}analytic  {slopes[x]!r}", f"{' ' * len(name)}numeric   {numeric}"]
    edge = any(math.isnan(slope) for v in postorder(y) for slope in v.partials)     # which only zero gradients reach
    if wrong and not edge:
        why = (wrong_row(y) or CHAIN) if whole else CUT
        raise AssertionError("\n".join([f"backward() finds a wrong gradient of {title} at {point}", *wrong, why]))


def gradient_of(y: Value, leaves: Sequence[Value]) -> tuple[dict[Value, float], dict[Value, float], float]:
    """What backward() finds by each leaf, the sum of |products of partials| over all paths from it, y's rounding error.

    All grads are afterwards what they were before.
    """
    nodes = postorder(y)
    before = [(v, v.grad) for v in dict.fromkeys([*nodes, *leaves])]
    try:
        for v, _ in before:
            v.grad = 0.0
        (y * OUTER).backward()                       # so that a factor from above cannot be forgotten unseen
        slopes = {x: x.grad / OUTER for x in leaves}
    finally:
        for v, grad in before:
            v.grad = grad
    sizes = {v: 0.0 for v, _ in before}
    sizes[y] = 1.0
    for v in reversed(nodes):
        for x, slope in zip(v.parents, v.partials):
            if x in sizes and math.isfinite(slope):
                sizes[x] += sizes[v] * abs(slope)
    return slopes, sizes, total(abs(v.data) * 1e-16 * size for v, size in sizes.items())


def mismatch(y: Value, x: Value, slope: float, at: At, bound: float, rounding: float, whole: bool) -> str:
    """The numeric slope by x, as text, if the analytic one is certainly wrong; else nothing.

    `whole`: the graph is all of the function, so that the complex step, which knows only the graph, may speak.
    """
    steps = []
    for exponent in (-60, -200) if whole else ():
        steps.append(complex_step(y, x, exponent))
        if close(slope, steps[-1], bound):
            return ""
    low, high = slopes_around(lambda n: at({x: n}), x.data, rounding) or (-math.inf, math.inf)
    step = steps[0] if steps and steps[0] and close(steps[0], steps[1], bound) else None         # 0: the step was lost
    if min(low, step or low) - bound - TINY <= slope <= max(high, step or high) + bound + TINY:
        return ""                                    # a kink lies at the point, or rounding leaves no more digits
    if step:
        return f"{step!r}  (complex step)"
    kink = high - low > 1e-3 * (abs(low) + abs(high))
    text = f"between {low:.6g} and {high:.6g}" if kink else f"{(low + high) / 2:.{digits(low, high)}g}"
    return f"{text}  (differences)"


def close(slope: float, numeric: float | None, bound: float) -> bool:
    return numeric is not None and abs(slope - numeric) <= bound + TINY


def digits(low: float, high: float) -> int:
    """How many digits of a number between the two are certain."""
    return min(17, max(1, round(-math.log10((high - low) / max(abs(low), abs(high)))))) if high > low else 17


def faithful(y: Value, leaves: Sequence[Value], at: At) -> bool:
    """Whether near the point, on one side at least, the function gives what its graph gives there."""
    same = []
    for side in (-1, 1):
        numbers = {x: x.data + side * 2.0 ** -10 * (abs(x.data) or 1.0) for x in leaves}
        try:
            expected, came = float(evaluate(y, numbers, floats)), at(numbers)
        except FAILURES:
            continue
        same.append(abs(came - expected) <= 1e-6 * abs(came - y.data) + 1e-12 * abs(came))
    return any(same) or not same
