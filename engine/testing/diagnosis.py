"""Where the mistake lies: each row of a graph on its own, its quoted partials against its quoted formula."""
from __future__ import annotations

import math
from typing import NamedTuple

from engine.formula import total
from engine.graph import postorder
from engine.testing.kinks import at_odds, slopes_beside
from engine.testing.slopes import TINY, complex_step, kinked, moved, slope_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine import Value
    from engine.testing.slopes import Slope

SURE = 1e-12                                         # how near the complex step a partial needs no second look
WHOLE = 2 ** 32                                      # beyond it the floats next to a whole number may be whole too


class Numeric(NamedTuple):
    """What numbers say of the derivative of a value by those it is made of; each dict is by value.

    `slopes` are the derivatives, with the partials that numbers allow, and without those that they do not. `sizes` are
    the sums of |products of slopes| over all paths, `doubt` how far the derivatives may be off. `wrong` says which row
    to correct, if one, `odds` which one whose partials are right each for itself, but not together; `ways` how slopes
    were found, `unknown` how many were not; `missing` how many partials there are none of.
    """

    slopes:  dict[Value, float]
    sizes:   dict[Value, float]
    doubt:   dict[Value, float]
    wrong:   str
    odds:    str
    ways:    set[str]
    unknown: int
    missing: int

    @property
    def rounding(self) -> float:
        """What rounding may do to the value's number."""
        return float(total(abs(v.data) * 1e-16 * size for v, size in self.sizes.items()))


def numeric(y: Value, tolerance: float) -> Numeric:
    """What numbers say of the derivatives of y. A partial may be off by a part of `tolerance` of its slope.

    >>> from engine import Op, Value
    >>> x = Value(3.0)
    >>> numeric(x * x, 1e-8).slopes[x]
    6.0
    """
    nodes = postorder(y)
    slopes, sizes, doubt = [dict.fromkeys(nodes, 0.0) for _ in range(3)]
    slopes[y] = sizes[y] = 1.0
    wrong, odds, ways, unknown, missing = "", "", set[str](), 0, 0
    for v in reversed(nodes):
        if not sizes[v]:
            continue
        odds = odds or at_odds(v, tolerance)
        for place, (x, quoted) in enumerate(zip(v.parents, v.partials)):
            if x.constant:
                continue
            slope, off = quoted if math.isfinite(quoted) else 0.0, 0.0
            if not math.isfinite(quoted):
                missing += 1
            if sure(v, place, quoted):
                ways.add("complex step")
            elif (known := slope_of(v, place)) is None:
                unknown += 1 if math.isfinite(quoted) else 0
            else:
                ways.add(known.way)
                if not known.allows(quoted, tolerance) and not excused(v, place, quoted, known, tolerance):
                    slope, off = (known.low + known.high) / 2, (known.high - known.low) / 2 + known.noise
                    wrong = correction(v, place, quoted, known)
            slopes[x] += slopes[v] * slope if slope else 0.0
            sizes[x] += sizes[v] * abs(slope) if slope else 0.0
            doubt[x] += (sizes[v] * off if off else 0.0) + (doubt[v] * abs(slope) if slope else 0.0) + TINY
    return Numeric(slopes, sizes, doubt, wrong, odds, ways, unknown, missing)


def sure(v: Value, place: int, quoted: float) -> bool:
    """Whether the complex step finds the quoted partial, at once and to nearly all digits."""
    step = complex_step(v, place, v.parents[place].data)
    return step is not None and abs(step.slope - quoted) <= SURE * abs(quoted)


def excused(v: Value, place: int, quoted: float, known: Slope, tolerance: float) -> bool:
    """Whether a partial may differ from the slope that numbers find.

    It may be missing where they know one only since all floats nearby are whole numbers, and at a kink, where there is
    none. Where several operands meet in a kink it may lie among the slopes beside: of max(y) + min(y) at three equal
    ones each has the slope 1, and a share of 2. And at the edge of a domain it may be what it is not next to the edge,
    if it is right there: 0 ** 1.0000000000000002 has the slope 0, and 5e-324 to that power the slope 1.
    """
    if math.isnan(quoted) and (abs(v.parents[place].data) >= WHOLE or kinked(v, place)):
        return True
    around = slopes_beside(v, {place: 1.0}) if len(v.parents) > 1 else None
    if around and around[0] <= quoted <= around[1]:
        return True
    if known.next is None:
        return False
    near = moved(v, place, known.next)
    slope = slope_of(near, place)
    return slope is None or slope.allows(near.partials[place], tolerance)


def correction(v: Value, place: int, quoted: float, known: Slope) -> str:
    """What to correct in a row with a partial that its own formula contradicts."""
    assert v.op is not None
    slope = f"slope {known.high:.6g}" if known.high - known.low <= 1e-3 * abs(known.high) else \
        f"slopes between {known.low:.6g} and {known.high:.6g}"
    return (f"The row {v.op.name} is wrong: its formula {str(v.op.formula)!r} has {slope}\n"
            f"by operand {place + 1}, which is {v.parents[place].data!r}; the quoted partial gives {quoted!r}. "
            f"Correct it.")
