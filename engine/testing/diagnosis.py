"""Where the mistake lies: each row of a graph on its own, its quoted partials against its quoted formula."""
from __future__ import annotations

import math
from functools import partial

from engine.graph import postorder
from engine.formula import total
from engine.testing.evaluation import floats, value_of
from engine.testing.slopes import slopes_around

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine import Value


def wrong_row(y: Value, absent: bool = False) -> str:
    """What to correct: the first row with a partial that its own formula contradicts; `absent`: with one missing."""
    for v, i, slope, low, high in local_slopes(y):
        number = v.parents[i].data
        whole = absent and not (math.isnan(slope) and abs(number) < 2 ** 32)         # its steps may be whole numbers
        if not whole and not low <= slope <= high and high - low <= 1e-3 * abs(high):
            assert v.op is not None
            return (f"The row {v.op.name} is wrong: its formula {str(v.op.formula)!r} has slope {high:.6g}\n"
                    f"by operand {i + 1}, which is {number!r}; the quoted partial gives {slope!r}. Correct it.")
    return ""


def at_kink(y: Value) -> bool:
    """Whether some value of the graph lies at a kink of its row: there conventions decide and slopes may not add up."""
    return any(low <= slope <= high and high - low > max(1e-9, 1e-3 * (abs(low) + abs(high)))
               for _, _, slope, low, high in local_slopes(y))


def chained(y: Value, x: Value) -> float:
    """The derivative of y by x that follows from the partials in the graph, found forwards."""
    slopes = {x: 1.0}
    for v in postorder(y):
        if v not in slopes:
            slopes[v] = total(slopes.get(parent, 0.0) * slope for parent, slope in zip(v.parents, v.partials))
    return slopes[y]


def local_slopes(y: Value) -> Iterator[tuple[Value, int, float, float, float]]:
    """For each value and each of its operands the quoted partial, and the lowest and highest slope of the formula."""
    for v in postorder(y):
        numbers = [x.data for x in v.parents]
        rounding = total(abs(n * slope) * 1e-16 for n, slope in zip(numbers, v.partials) if math.isfinite(slope))
        for i, (x, slope) in enumerate(zip(v.parents, v.partials)):
            around = None if x.constant else slopes_around(partial(number_of, v, numbers, i), x.data, rounding)
            if around:
                yield v, i, slope, *around


def number_of(v: Value, operands: Sequence[float], i: int, n: float) -> float:
    """What the formula that made v gives where operand i is n."""
    return float(value_of(v, [*operands[:i], n, *operands[i + 1:]], floats))
