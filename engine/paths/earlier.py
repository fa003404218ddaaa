"""Which numbers have changed since a graph was computed, so that what is said of them stays true."""
from __future__ import annotations

from math import isclose, isfinite

from engine.errors import FAILURES
from engine.readers.operands import result_of
from engine.value import Value
from engine.readers.traits import multiplies

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
        leaves = dict.fromkeys(x for x in v.parents if x.op is None and not x.constant and x not in was)
        told = {x: solved(v, x, was) for x in leaves}
        found = {x: n for x, n in told.items() if n is not None and agrees(v, {**was, x: n})}
        sure = len(found) == 1 and None not in told.values()
        was.update(found if sure else {})
        if not sure:
            stale[v] = None
    return {x: n for x, n in was.items() if not isclose(n, x.data, rel_tol=1e-9, abs_tol=5e-324)}, stale


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
    return new is not None and isclose(new.data, v.data, rel_tol=1e-9, abs_tol=5e-324) and all(
        x.constant or isclose(old, d, rel_tol=1e-9, abs_tol=5e-324) or not isfinite(old)
        for x, old, d in zip(v.parents, v.partials, new.partials))


def solved(v: Value, x: Value, was: dict[Value, float]) -> float | None:
    """The number of x that makes v what it is, by the secant method; None if it is not found."""
    slope = dict(zip(v.parents, v.partials))[x]
    points: list[tuple[float, float]] = []
    here = x.data
    for _ in range(60):
        new = again(v, {**was, x: here}) if isfinite(here) else None
        if new is None or not isfinite(slope) or slope == 0.0:
            return None
        value = new.data
        if abs(value - v.data) <= 1e-15 * (1.0 + abs(v.data)):
            return here if isclose(value, v.data, rel_tol=1e-9, abs_tol=5e-324) else None
        points.append((here, value))
        if len(points) > 1 and points[-2][0] != here:
            slope = (value - points[-2][1]) / (here - points[-2][0])
        here -= (value - v.data) / slope if slope else 0.0
    return None
