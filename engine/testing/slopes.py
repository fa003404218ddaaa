"""Slopes found by numbers alone, without any quoted partial: by the complex step, and by adaptive differences."""
from __future__ import annotations

import math
from functools import partial
from typing import NamedTuple

from engine import Value
from engine.errors import FAILURES
from engine.readers.operands import result_of
from engine.readers.rounding import rounding
from engine.testing.evaluation import complexes, floats, value_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

STEPS    = 1e-30, 1.1e-24, 1e-18, 1.1e-12, 1e-9, 2.3e-7, 3.7e-6  # of the complex step; none is 2ⁿ times another
SMALLEST = 2.2250738585072014e-308                   # the smallest float with all its digits
LOST     = 1e-320                                    # what the smallest floats lose in a formula
TINY     = 5e-323                                    # what rounding may do to the smallest floats
SMALL    = 1e-300                                    # operands next to which there is no room for differences
SHRINK = 1.4                                         # from one step of a difference to the next
NEAR = [2.0 ** -k for k in (40, 30, 20, 13, 8, 4, 2)]                                            # steps, relative to x
FAR = [1e-300, 1e-200, 1e-100, 1e-50, 1e-30, 1e-20, 1e-10, 1e-5, 1e-3, 0.1, 1.0]                 # and for an x near 0


class Slope(NamedTuple):
    """What numbers say of a slope: it lies between `low` and `high`, give or take `noise`; `way` is how it was found.

    `next` is the next float, where on the other side there is no number.
    """

    low:   float
    high:  float
    noise: float
    way:   str
    next:  float | None

    def allows(self, slope: float, tolerance: float) -> bool:
        """Whether a slope may be right; of the numeric one a part may be off, `tolerance`."""
        off = tolerance * max(abs(self.low), abs(self.high)) + self.noise + TINY
        return self.low - off <= slope <= self.high + off


def slope_of(v: Value, place: int) -> Slope | None:
    """The slope of the formula that made v by the operand in a place, from numbers alone; None where they know none.

    The complex step finds it, where it works: at the point and, at a kink, next to it on either side. Else differences
    do, or else what the function does from one float to the next. At the edge of a domain one side speaks.

    >>> from engine import Value
    >>> a = Value(0.0)
    >>> low, high, *_ = slope_of(a.relu(), 0)
    >>> abs(round(low, 9)), round(high, 9), slope_of(a.sqrt(), 0)
    (0.0, 1.0, None)
    """
    assert v.op is not None
    operands = [x.data for x in v.parents]
    x, at = operands[place], partial(number_of, v, operands, place)
    beside = [n for n in (math.nextafter(x, -math.inf), math.nextafter(x, math.inf)) if defined(v, place, n)]
    if not beside:
        return None
    inside = beside[0] if len(beside) == 1 else None
    here = complex_step(v, place, x)
    around = None
    if here is None or not here.slope:               # a slope of 0 may be one that was lost
        around = slopes_around(at, x, blur(v, operands)) if inside is None else \
            slope_aside(at, x, inside > x, blur(v, operands))
    if here is not None and around is None:
        near = [here, *filter(None, [complex_step(v, place, n) for n in beside])]
        slopes = [step.slope for step in near]
        return Slope(min(slopes), max(slopes), max(noise(v, step) for step in near), "complex step", inside)
    if around is None and 0.0 < abs(x) < SMALL:
        around = secants(at, x)
    return Slope(*around, 0.0, "differences", inside) if around and all(map(math.isfinite, around)) else None


class Step(NamedTuple):
    """A slope by the complex step; the operands, some of them with the step, its size, and the formula's result."""

    slope:    float
    operands: list[complex]
    size:     float
    z:        complex


def complex_step(v: Value, place: int, x: float) -> Step | None:
    """The slope of the formula that made v by the operand in a place, where that is x.

    The step is small enough if another one finds the same, or what differs is rounding. None where that does not come
    about: where a formula leaves the range of complex numbers, where a step is lost in underflow, where there is no
    slope.

    >>> from engine import Value
    >>> complex_step(Value(3.0) * 3.0, 0, 3.0).slope
    3.0
    """
    operands = [other.data for other in v.parents]
    operands[place] = x
    return step_along(v, operands, {place: 1.0})


def step_along(v: Value, numbers: Sequence[float], along: Mapping[int, float]) -> Step | None:
    """The slope of the formula that made v where its operands are `numbers`, as some of them move `along`, at once."""
    operands: list[Any] = [*numbers]
    small, found, z = min([abs(numbers[i]) or 1.0 for i in along] + [1.0]), list[float](), 0j
    for size in [part * step for part in dict.fromkeys([small, 1.0]) for step in STEPS]:
        if size < SMALLEST:
            continue
        for i, move in along.items():
            operands[i] = complex(numbers[i], size * move)
        try:
            z = value_of(v, operands, complexes)
            found.append(z.imag / size)
        except FAILURES:
            return None
        whole = abs(z.imag) >= SMALLEST and len(found) > 1
        if whole and abs(found[-1] - found[-2]) <= 1e-9 * abs(found[-1]) < math.inf:
            return Step(found[-1], operands, size, z)
    last = Step(found[-1], operands, size, z)
    cancelled = abs(z.imag) >= SMALLEST and abs(found[-1] - found[-2]) <= noise(v, last)     # to next to nothing
    return last if cancelled or not any(found) else None


def noise(v: Value, step: Step) -> float:
    """What rounding may have done to a slope by the complex step."""
    assert v.op is not None
    try:
        return (rounding(v.op, step.operands, v.index, step.z).imag + LOST) / step.size
    except FAILURES:
        return 0.0


def blur(v: Value, operands: Sequence[float]) -> float:
    """What rounding may do to the number that the formula of v gives."""
    assert v.op is not None
    try:
        exact = list(map(complex, operands))
        z = value_of(v, exact, complexes)
    except FAILURES:
        return 0.0
    try:
        return rounding(v.op, exact, v.index, z).real
    except FAILURES:                                 # where what is rounded off of large operands would overflow
        return 8 * 2.0 ** -53 * sum(map(abs, operands))


def secants(at: Callable[[float], float], x: float) -> tuple[float, float] | None:
    """The slopes from half of a very small x to it, and from it to its double; None where there is a number missing.

    So near to 0 the slope of a function that changes there lies between the two: it grows all the way, or falls.
    """
    try:
        low, here, high = at(x / 2), at(x), at(2 * x)
    except FAILURES:
        return None
    rises = (here - low) / (x - x / 2), (high - here) / x
    error = (1e-15 * max(abs(low), abs(here), abs(high)) + TINY) / abs(x - x / 2)
    return min(rises) - error, max(rises) + error


def slope_aside(function: Callable[[float], float], x: float, above: bool,
                rounding: float) -> tuple[float, float] | None:
    """The lowest and the highest slope that a function may have at x, seen from one side; None where none is found."""
    found = difference(function, x, 1 if above else -1, rounding)
    return found and (found[0] - 10 * found[1], found[0] + 10 * found[1])


def kinked(v: Value, place: int) -> bool:
    """Whether the formula that made v certainly has another slope to the left of an operand than to the right.

    >>> from engine import Value
    >>> kinked(abs(Value(0.0)), 0), kinked(Value(0.0) ** 3.0, 0)
    (True, False)
    """
    operands = [x.data for x in v.parents]
    at, around = partial(number_of, v, operands, place), blur(v, operands)
    left, right = [difference(at, operands[place], side, around) for side in (-1, 1)]
    return bool(left and right) and not alike(left, right)


def alike(left: tuple[float, float] | None, right: tuple[float, float] | None) -> bool:
    """Whether two slopes, each with its error, may be the same."""
    return left is not None and right is not None and abs(left[0] - right[0]) <= 10 * (left[1] + right[1])


def number_of(v: Value, operands: Sequence[float], place: int, n: float) -> float:
    """What the formula that made v gives where one operand is n."""
    return float(value_of(v, [*operands[:place], n, *operands[place + 1:]], floats))


def defined(v: Value, place: int, n: float) -> bool:
    """Whether the row that made v has a result where one operand is n."""
    try:
        moved(v, place, n)
        return True
    except FAILURES:
        return False


def moved(v: Value, place: int, n: float) -> Value:
    """What the row that made v makes where one operand is n. Errors: what the row raises there."""
    assert v.op is not None
    operands: list[Any] = [x.data for x in v.parents]
    operands[place] = Value(n)
    made: Value = result_of(v.op, operands, v.index)
    return made


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
    found = [across] if across and alike(left, right) else [left, right]
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
        settled = error < math.inf and (limit == 0.0 or error <= 1e-3 * limit)
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
    left, right = x if side > 0 else x - step, x if side < 0 else x + step
    try:
        low, high = function(left), function(right)
        return (high - low) / (right - left), (max(abs(low), abs(high)) * 1e-15 + 5e-324 + rounding) / (right - left)
    except FAILURES:
        return math.nan, math.inf
