"""check_gradient: whether backward() finds the slopes that numbers alone find."""
from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial

from engine.errors import FAILURES, GradientError, brief, described, number
from engine.testing.diagnosis import numeric
from engine.testing.evaluation import evaluate, floats
from engine.testing.points import laid_out, number_at, outputs, title
from engine.testing.slopes import TINY, slopes_around

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from engine import Value
    from engine.testing.diagnosis import Numeric

    At = Callable[[Mapping[Value, float]], float]    # y's number where some leaves have other numbers

OUTER = 0.5                                          # what the result is multiplied by before backward()
LARGE = 1e300                                        # slopes: beyond it a gradient may overflow
CUT = """Near this point the function gives other numbers than its graph: a number left the graph there, by .data,
float() or a function of math. Use Values throughout."""
CHAIN = """The partials of all rows are right here, so the mistake lies in the chain rule: in the order of the values,
in a gradient that replaces another instead of being added, or in a factor from above that is left out."""
NONE = "its rows have no slopes there that numbers know"


def check_gradient(function: Callable[..., Any], *point: Any, tolerance: float = 1e-8) -> None:
    """None, if the gradient that backward() finds of a function at a point is right.

    `function` is a function of Values (a row of the table, too) that returns one or several. The numbers of `point`,
    and those in its lists, become Values; a Value in it stays what it is, so that a model's parameters can be checked
    in place.

    Each row's partials are compared with the slopes of its own formula, by the complex step or by differences; what
    the chain rule makes of them with what backward() finds, which may differ by `tolerance` times the sum of |products
    of slopes| over all paths; and the graph with what the function gives near the point. At a kink of a row any slope
    between those on either side is right, by each operand and along some directions. Nothing is compared where no
    slope is known by numbers, as at the edge of a domain; where that is so everywhere, that is an error.

    Errors: AssertionError with both slopes and where the mistake lies, or with what hinders the check; TypeError for
    what is no function or no point; what the function raises at the point.

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
    if not callable(function):
        raise TypeError(f"check_gradient(function, *point) needs a function of Values, or a row; {brief(function)} is "
                        f"{described(function)}")
    if not 0.0 <= number(tolerance, "check_gradient(tolerance)"):
        raise ValueError(f"check_gradient(tolerance) needs a number of at least 0; {brief(tolerance)} came")
    arguments, leaves = laid_out(function, point)
    if not leaves:
        raise TypeError("check_gradient(function, *point) needs a point, the numbers that the function is called with; "
                        "there is no number to differentiate by")
    ys = outputs(function, arguments)
    for i, y in enumerate(ys):
        check(y, leaves, partial(number_at, function, arguments, i), tolerance,
              f"{title(function)}{f', result {i},' if len(ys) > 1 else ''}")


def check(y: Value, leaves: Sequence[Value], at: At, tolerance: float, title: str) -> None:
    """Raise AssertionError if backward() finds a wrong gradient of y, or if nothing can be said of it."""
    point  = ", ".join(f"{x.label} = {x.data!r}" for x in leaves[:6]) + (", …" if len(leaves) > 6 else "")
    known  = numeric(y, tolerance)
    again  = at({})
    blur   = 16 * known.rounding + 1e-15 * abs(y.data) + TINY            # what rounding does to y, and more
    if abs(again - y.data) > blur:
        raise AssertionError(f"{title} gives other numbers when it is called again at {point}: {y.data!r}, then "
                             f"{again!r}; draw what is random before, or seed it: only one function can be checked")
    try:
        analytic = gradient_of(y, leaves)
    except GradientError as error:
        if known.wrong or not known.missing and all(size < LARGE for size in known.sizes.values()):
            raise AssertionError(f"backward() finds no gradient of {title} at {point}: {error}\n"
                                 f"{known.wrong or CHAIN}") from error
        return
    whole = faithful(y, leaves, at, known, blur, tolerance)
    if whole is None or known.unknown and not known.ways:
        raise AssertionError(f"nothing can be compared with the gradient of {title} at {point}: "
                             f"{'next to it the function has no numbers' if whole is None else NONE}; "
                             f"choose another point")
    slopes = {x: numeric_text(x, known, tolerance, analytic[x]) if whole else
              from_differences(at, x, analytic[x], tolerance * known.sizes.get(x, 0.0), known.rounding) for x in leaves}
    wrong = [line for x, text in slopes.items() if text for line in compared(x, analytic[x], text)]
    if wrong or known.odds:
        why = known.wrong or known.odds or CHAIN if whole else CUT
        raise AssertionError("\n".join([f"backward() finds a wrong gradient of {title} at {point}", *wrong, why]))


def gradient_of(y: Value, leaves: Sequence[Value]) -> dict[Value, float]:
    """What backward() finds by each leaf, on a copy of the graph: grads stay as they are, whatever happens."""
    copy, *copies = deepcopy([y, *leaves])
    for x in copies:
        x.grad = 0.0
    (copy * OUTER).backward()                        # so that a factor from above cannot be forgotten unseen
    return {x: twin.grad / OUTER for x, twin in zip(leaves, copies)}


def compared(x: Value, analytic: float, numeric: str) -> list[str]:
    """Two lines that show a wrong slope beside the numeric one."""
    name = f"  by {x.label or 'a Value'}:  "
    return [f"{name}analytic  {analytic!r}", f"{' ' * len(name)}numeric   {numeric}"]


def numeric_text(x: Value, known: Numeric, tolerance: float, analytic: float) -> str:
    """The slope by x that numbers know, as text, if the analytic one is certainly wrong; else nothing."""
    slope, doubt = known.slopes.get(x, 0.0), known.doubt.get(x, 0.0)
    if abs(analytic - slope) <= tolerance * known.sizes.get(x, 0.0) + doubt + TINY:
        return ""
    way = "differences" if "differences" in known.ways else "complex step"
    return f"{between(slope - doubt, slope + doubt)}  ({way})"


def from_differences(at: At, x: Value, analytic: float, bound: float, rounding: float) -> str:
    """The slope by x that differences of the function find, as text, if the analytic one is certainly wrong."""
    around = slopes_around(lambda n: at({x: n}), x.data, rounding)
    if around is None or around[0] - bound - TINY <= analytic <= around[1] + bound + TINY:
        return ""
    return f"{between(*around)}  (differences)"


def between(low: float, high: float) -> str:
    """A slope that lies between two, with the digits that are certain."""
    if high - low > 1e-3 * (abs(low) + abs(high)):
        return f"between {low:.6g} and {high:.6g}"
    middle, error = (low + high) / 2, (high - low) / max(abs(low), abs(high)) if high > low else 0.0
    return f"{middle:.{min(17, max(1, round(-math.log10(error))))}g}" if error > 1e-15 else repr(middle)


def faithful(y: Value, leaves: Sequence[Value], at: At, known: Numeric, blur: float,
             tolerance: float) -> bool | None:
    """Whether near the point, on one side at least, the function gives what its graph gives; None if neither gives any.

    All leaves move, each by another part of its number, by smaller and smaller steps, so that a branch nearby is no
    hindrance. A step counts as long as it would show a slope that misses more than the tolerance.
    """
    reach = sum(abs(x.data) * known.sizes.get(x, 0.0) for x in leaves)
    agree = []
    for moving in [leaves, *([x] for x in leaves if len(leaves) > 1)]:
        for side in (-1, 1):
            for exponent in range(10, 40, 4):
                step = 2.0 ** -exponent
                if exponent > 10 and step * reach * tolerance < blur:
                    break
                parts = [side * step * (1 - 0.38 * (i * 0.618 % 1)) for i in range(len(moving))]
                numbers = {x: displaced(x.data, part) for x, part in zip(moving, parts)}
                try:
                    agree.append(abs(at(numbers) - float(evaluate(y, numbers, floats))) <= blur)
                except FAILURES:
                    continue
                if agree[-1]:
                    return True
        if agree:
            return False
    return None


def displaced(x: float, part: float) -> float:
    """A number moved by a part of it, or to the next one."""
    n = x + part * (abs(x) or 1.0)
    return n if n != x else math.nextafter(x, math.copysign(math.inf, part))
