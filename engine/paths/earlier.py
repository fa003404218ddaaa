"""Which numbers have changed since a graph was computed, so that what is said of them stays true."""
from __future__ import annotations

from math import isclose, isfinite

from engine.errors import FAILURES
from engine.readers.operands import result_of
from engine.readers.traits import multiplies
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def earlier(values: Iterable[Value]) -> tuple[dict[Value, float], dict[Value, None]]:
    """The numbers of leaves that have changed since the values were computed; and values where no more is known.

    A product remembers its operands, they are its partials. Elsewhere that leaf has changed which alone can explain
    the result and its partials.

    >>> from engine import Value
    >>> a, b = Value(2.0, "a"), Value(3.0, "b"); z = a * b + 1.0
    >>> a.data = 7.0
    >>> earlier([a, b, z.parents[0], z])[0] == {a: 2.0}
    True
    """
    was, stale = dict[Value, float](), dict[Value, None]()
    made = [v for v in values if v.op and any(x.op is None and not x.constant for x in v.parents)]
    for v in made:
        was.update(remembered(v))
    for v in made:
        if agrees(v, was):
            continue
        if change := explanation(v, was):
            was.update(change)
        else:
            stale[v] = None
    return {x: n for x, n in was.items() if not alike(n, x.data)}, stale


def explanation(v: Value, was: dict[Value, float]) -> dict[Value, float]:
    """The one leaf whose change since explains v, with the number it had then; nothing where that is unsure."""
    leaves = dict.fromkeys(x for x in v.parents if x.op is None and not x.constant and x not in was)
    numbers = {x: solved(v, x, was) for x in leaves}
    possible = {x: n for x, n in numbers.items() if n is not None and agrees(v, {**was, x: n})}
    sure = len(possible) == 1 and None not in numbers.values()
    return possible if sure else {}


def alike(a: float, b: float) -> bool:
    return isclose(a, b, rel_tol=1e-9, abs_tol=5e-324)


def remembered(v: Value) -> dict[Value, float]:
    """The numbers of the leaves in a product, from its partials."""
    assert v.op is not None
    if not multiplies(v.op):
        return {}
    n = 1 if v.index is None else v.index
    pairs = list(zip(v.parents[:n], v.parents[n:2 * n], v.partials[:n], v.partials[n:2 * n]))
    return {leaf: number for x, y, dx, dy in pairs if not (x.constant or y.constant)
            for leaf, number in ((x, dy), (y, dx)) if leaf.op is None}


def again(v: Value, was: dict[Value, float]) -> Value | None:
    """What v would be if it were computed now, of the numbers its leaves had; None where it would not exist."""
    assert v.op is not None
    try:
        return result_of(v.op, [Value(was.get(x, x.data)) for x in v.parents], v.index)  # type: ignore[no-any-return]
    except FAILURES:
        return None


def agrees(v: Value, was: dict[Value, float]) -> bool:
    """Whether v is what it would be if it were computed now, its partials too."""
    new = again(v, was)
    if new is None or not alike(new.data, v.data):
        return False
    return all(x.constant or alike(old, now) or not isfinite(old)
               for x, old, now in zip(v.parents, v.partials, new.partials))


def solved(v: Value, x: Value, was: dict[Value, float]) -> float | None:
    """The number of x that makes v what it is, by the secant method; None if it is not found."""
    slope = dict(zip(v.parents, v.partials))[x]
    here = x.data
    there: tuple[float, float] | None = None         # the number before, and what it makes of v
    for _ in range(60):
        new = again(v, {**was, x: here}) if isfinite(here) else None
        if new is None or not isfinite(slope) or slope == 0.0:
            return None
        error = new.data - v.data
        if abs(error) <= 1e-15 * (1.0 + abs(v.data)):
            return here if alike(new.data, v.data) else None
        if there is not None and there[0] != here:
            slope = (new.data - there[1]) / (here - there[0])
        there = here, new.data
        here -= error / slope if slope else 0.0
    return None
