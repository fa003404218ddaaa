"""Kinks of rows of several operands: partials that are right each for itself need not be so together.

At a tie of max(x, y) a slope of 1 by either operand fits what one sees as that one rises. Where both rise alike the
slope is 1, not 2. So along some directions the partials, put together, are compared with the slopes that the formula
has along them: at the point on either side, and close to it on all sides (at a kink the partials are a mean of the
gradients beside it: Clarke, 1975).
"""
from __future__ import annotations

import math
from random import Random

from engine.formula import total
from engine.readers.numbers import floats
from engine.testing.evaluation import value_of
from engine.testing.slopes import TINY, blur, difference, noise, step_along

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine import Value

AWAY   = 2.0 ** -40, 2.0 ** -30                      # how far beside a point, as parts of its numbers
BESIDE = 12                                          # places at each of these distances


def at_odds(v: Value, tolerance: float) -> str:
    """What to correct in the row that made v, where its partials contradict its formula together; else nothing.

    >>> from engine import Op, Value
    >>> print(at_odds(Op("max(y)", "x == z", name="both")([Value(1.0), Value(1.0)]), 1e-8))
    The row both is wrong: where all its operands rise alike, its formula 'max(y)' has slope 1;
    the quoted partials give 2. Correct them.
    """
    partials, places = v.partials, [i for i, x in enumerate(v.parents) if not x.constant]
    if len(places) < 2 or not all(map(math.isfinite, partials)):
        return ""
    random = Random(0)
    ways = {"all its operands rise alike": [1.0] * len(places),
            "every other operand falls as the others rise": [(-1.0) ** i for i in range(len(places))],
            "its operands move by {}": [round(random.uniform(-1.0, 1.0), 2) for _ in places]}
    for way, moves in ways.items():
        along = dict(zip(places, moves))
        parts = [partials[i] * move for i, move in along.items()]
        quoted, off = total(parts), tolerance * total(map(abs, parts)) + TINY
        step = step_along(v, [x.data for x in v.parents], along)
        if step is None or abs(step.slope - quoted) <= off + noise(v, step):
            continue
        around = slopes_beside(v, along)
        if around and not around[0] - off <= quoted <= around[1] + off:
            assert v.op is not None
            return (f"The row {v.op.name} is wrong: where {way.format(', '.join(map(str, moves)))}, its formula "
                    f"{str(v.op.formula)!r} has {between(*around, total(map(abs, parts)))};\n"
                    f"the quoted partials give {quoted:.6g}. Correct them.")
    return ""


def slopes_beside(v: Value, along: Mapping[int, float]) -> tuple[float, float] | None:
    """The lowest and the highest slope of the formula that made v along some operands' moves, at the point and beside.

    None where it has none on some side.
    """
    operands, random = [x.data for x in v.parents], Random(1)
    reach = max(1.0, *map(abs, operands))
    moved = total(abs(x * d) for x, d in zip(operands, v.partials) if math.isfinite(x * d))
    rounding = blur(v, operands) + moved * 2.0 ** -52

    def at(t: float) -> float:
        return float(value_of(v, [x + t * reach * along.get(i, 0.0) for i, x in enumerate(operands)], floats))

    slopes = []
    for side in -1, 1:
        found = difference(at, 0.0, side, rounding)
        if found is None:
            return None
        slopes += [(found[0] - 10 * found[1]) / reach, (found[0] + 10 * found[1]) / reach]
    for away in AWAY * BESIDE:
        beside = [x + away * (abs(x) or 1.0) * random.uniform(-1.0, 1.0) if not parent.constant else x
                  for x, parent in zip(operands, v.parents)]
        step = step_along(v, beside, along)
        if step is None:
            return None
        error = noise(v, step)
        slopes += [step.slope - error, step.slope + error]
    return min(slopes), max(slopes)


def between(low: float, high: float, size: float) -> str:
    """One slope, or two, as text; of about a `size` at most."""
    if high - low > 1e-6 * size:
        return f"slopes between {low:.6g} and {high:.6g}"
    return f"slope {0.0 if low <= 0.0 <= high else high:.6g}"
