"""Slopes found by numbers alone, without any quoted partial: by the complex step, and by adaptive differences."""
from __future__ import annotations

import math

from engine.errors import FAILURES
from engine.testing.evaluation import complexes, evaluate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from engine import Value

SMALLEST = 2.2250738585072014e-308                   # the smallest float with all its digits
SHRINK = 1.4                                         # from one step of a difference to the next
NEAR = [2.0 ** -k for k in (40, 30, 20, 13, 8, 4, 2)]                                            # steps, relative to x
FAR = [1e-300, 1e-200, 1e-100, 1e-50, 1e-30, 1e-20, 1e-10, 1e-5, 1e-3, 0.1, 1.0]                 # and for an x near 0


def complex_step(y: Value, x: Value, exponent: int = -60) -> float | None:
    """∂y/∂x by the complex step in the recorded graph, with a step of 2 ** exponent; None where that does not work.

    It does not where a formula leaves the range of complex numbers, or the step is lost in underflow.

    >>> from engine import Value
    >>> a = Value(3.0)
    >>> complex_step(a ** 3, a)
    27.0
    """
    step = min(abs(x.data) or 1.0, 1.0) * 2.0 ** exponent
    try:
        rise: float = evaluate(y, {x: complex(x.data, step)}, complexes).imag
        slope = rise / step
    except FAILURES:
        return None
    whole = step >= SMALLEST and (abs(rise) >= SMALLEST or rise == 0.0) and math.isfinite(slope)
    return slope if whole else None


def slopes_around(function: Callable[[float], float], x: float, rounding: float = 0.0) -> tuple[float, float] | None:
    """The lowest and the highest slope that a function of a plain number may have at x; None where none is found.

    Where it is smooth they are one number and what is uncertain about it; at a kink the slopes on either side, between
    which every number is as good a slope as any other. At the edge of a domain there is none. Numbers that the function
    gives are taken to be exact to 1e-15 of them and `rounding`.

    >>> low, high = slopes_around(abs, 0.0)
    >>> round(low, 9), round(high, 9)
    (-1.0, 1.0)
    """
    left, across, right = [difference(function, x, side, rounding) for side in (-1, 0, 1)]
    if left is None or right is None:
        return None
    smooth = across is not None and abs(left[0] - right[0]) <= 10 * (left[1] + right[1])
    found = [across] if smooth and across else [left, right]
    return min(slope - 10 * error for slope, error in found), max(slope + 10 * error for slope, error in found)


def difference(function: Callable[[float], float], x: float, side: int,
               rounding: float = 0.0) -> tuple[float, float] | None:
    """The slope of a function at x by central differences (from one side: -1, 1), with its error; None without any.

    Steps of many magnitudes are tried, small ones first. A larger one counts only while it agrees with those below.

    >>> slope, error = difference(math.exp, 1.0, 0)
    >>> abs(slope - math.e) <= error < 1e-9
    True
    """
    size = abs(x)
    steps = [size * step for step in NEAR if size * step >= FAR[0]]
    if x == 0.0 or size > 1e-280:                    # nearer to 0, nothing far from x says what happens at x
        steps += [step for step in FAR if step > size * NEAR[-1]]
    found = [extrapolated(function, x, side, step, rounding) for step in steps]
    best, steepest = None, 0.0
    limits = []                                      # the steepest slope at this step or a larger one
    for slope, _, _ in reversed(found):
        steepest = max(steepest, abs(slope)) if math.isfinite(slope) else steepest
        limits.append(steepest)
    for (slope, spread, noise), limit in zip(found, reversed(limits)):
        error = spread + noise
        settled = error < math.inf and (spread == 0.0 or error <= 1e-3 * limit)
        if settled and (best is None or error < best[1] and abs(slope - best[0]) <= 3 * (error + best[1])):
            best = slope, error
    return best


def extrapolated(function: Callable[[float], float], x: float, side: int, step: float,
                 rounding: float) -> tuple[float, float, float]:
    """The slope from shrinking steps extrapolated to 0 (Ridders, 1982), how it wavers, and the noise of rounding."""
    best, spread, noise = math.nan, math.inf, 0.0
    last: list[float] = []
    for _ in range(10):
        slope, error = quotient(function, x, side, step, rounding)
        row, step = [slope], step / SHRINK
        for i, above in enumerate(last):
            factor = SHRINK ** ((i + 1) * (1 if side else 2)) - 1.0
            row.append(row[i] + (row[i] - above) / factor)
            wavers = max(abs(row[i + 1] - row[i]), abs(row[i + 1] - above))
            if wavers < spread:                      # never so where one of them is nan
                best, spread, noise = row[i + 1], wavers, error
        if last and not abs(row[-1] - last[-1]) < 2.0 * spread:
            break                                    # rounding has taken over
        last = row
    return best, spread, noise


def quotient(function: Callable[[float], float], x: float, side: int, step: float,
             rounding: float) -> tuple[float, float]:
    """The function's rise from left to right of x over the distance, and its rounding error; nan where it fails."""
    left, right = x - step * (side <= 0), x + step * (side >= 0)
    try:
        low, high = function(left), function(right)
        return (high - low) / (right - left), (max(abs(low), abs(high)) * 1e-15 + 5e-324 + rounding) / (right - left)
    except FAILURES:
        return math.nan, math.inf
