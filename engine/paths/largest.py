"""The paths between two values: how many there are, and the largest few, in time linear in the graph."""
from __future__ import annotations

from heapq import nlargest, nsmallest
from math import inf, log
from operator import itemgetter
from typing import NamedTuple

from engine.readers.operands import partial_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.paths.arrows import Arrows
    from engine.value import Value

    Weights = tuple[list[float], list[float], list[int]]

MOST = 10 ** 1000                                    # as far as paths are counted


class Departure(NamedTuple):
    """A path that is not followed yet: up to some value it is one that was, from there on it is another."""

    loss:  float                     # in the logarithm of its product, against the largest path
    age:   int                       # how many paths were there before it
    path:  list[int]                 # the arrows of the one that it leaves
    at:    int                       # how many of these it keeps
    value: int                       # from which it goes on
    rank:  int                       # of its arrow among those from there, the best of which has rank 0


LOSS_AND_AGE = itemgetter(0, 1)                      # of a departure


class Path:
    """One way from a value down to another: `.values`, the `.partials` along it, their product `.derivative`.

    `.formulas` are the partials as the rows quote them; `.places` says which operand each value goes on to.
    """

    __slots__ = ("values", "places", "partials", "derivative")

    def __init__(self, values: Sequence[Value], places: Sequence[int], partials: Sequence[float]) -> None:
        self.values, self.places, self.partials = tuple(values), tuple(places), tuple(partials)
        self.derivative = 1.0
        for slope in partials:                       # a zero goes nowhere, also not to a slope that does not exist
            self.derivative *= slope if self.derivative else 1.0

    @property
    def formulas(self) -> tuple[str, ...]:
        """The quoted formula of each partial: in x and y, the operands, and z, the result."""
        return tuple([str(partial_at(v.op, place, v.index)) for v, place in zip(self.values, self.places) if v.op])

    def __repr__(self) -> str:
        return f"<path of {len(self.places)} partials, {self.derivative!r}>"


def count(arrows: Arrows) -> int:
    """How many paths lead from the last of the values between two down to the first; exact up to 10**1000.

    >>> from engine import Value
    >>> from engine.paths.cuts import arrows_between
    >>> x = y = Value(1.0)
    >>> for _ in range(100): y = y + y
    >>> count(arrows_between(y, x)) == 2 ** 100
    True
    """
    ways = [1] + [0] * (len(arrows.order) - 1)
    for i, x, _ in arrows.upward():
        n = ways[i] + ways[x]
        ways[i] = n if n < MOST else MOST
    return ways[-1]


def largest(arrows: Arrows, most: int) -> list[Path]:
    """At most `most` paths from the last value down to the first, those with the largest products, largest first.

    Each path but the largest leaves a larger one at some value and follows the largest from there on. So they are found
    one after the other, each with the turns at which others may leave it. A path is the list of its arrows.
    """
    weights, seconds, best = weigh(arrows)
    if weights[-1] == -inf:
        return []
    ranked: dict[int, list[tuple[float, int]]] = {}  # for values their arrows, the best first, with what each weighs
    paths: list[list[int]] = []
    waiting = [Departure(0.0, 0, [], 0, len(weights) - 1, 0)]
    while waiting and len(paths) < most:
        start = waiting.pop(0)
        if start.value not in ranked:
            ranked[start.value] = nlargest(most, turns(arrows, start.value, weights))
        choices, following = ranked[start.value], start.rank + 1
        weight, arrow = choices[start.rank]
        path = [*start.path[:start.at], *followed(-arrow, arrows, best)]
        paths.append(path)
        users = [arrows.users[k] for k in path]
        on_the_way = [(weights[u] - seconds[u], i, u, 1) for i, u in enumerate(users)
                      if i > start.at and seconds[u] > -inf]
        losses = nsmallest(most, on_the_way)
        if following < len(choices):
            losses.append((weight - choices[following][0], start.at, start.value, following))
        waiting += [Departure(start.loss + loss, len(paths), path, i, u, rank) for loss, i, u, rank in losses]
        waiting = nsmallest(most, waiting, key=LOSS_AND_AGE)
    return [path_along(arrows, path) for path in paths]


def path_along(arrows: Arrows, path: Sequence[int]) -> Path:
    """The path of these arrows."""
    values = [arrows.order[arrows.users[k]] for k in path]
    return Path([*values, arrows.order[0]], [arrows.places[k] for k in path], [arrows.partials[k] for k in path])


def followed(arrow: int, arrows: Arrows, best: Sequence[int]) -> list[int]:
    """The arrows of a path from one of them on, always by the best."""
    path = [arrow]
    while v := arrows.operands[path[-1]]:
        path.append(best[v])
    return path


def turns(arrows: Arrows, v: int, weights: Sequence[float]) -> Iterator[tuple[float, int]]:
    """What the largest product by each arrow from a value on weighs, and which arrow it is, counted backward."""
    for k in arrows.row(v):
        weight, slope = weights[arrows.operands[k]], arrows.partials[k]
        if weight > -inf and slope and slope == slope:
            yield weight + log(abs(slope)), -k


def weigh(arrows: Arrows) -> Weights:
    """The logarithm of the largest product of partials from each value down to the first, by its best arrow.

    That by its second best, and which is the best: of several the first.
    """
    weights = [0.0] + [-inf] * (len(arrows.order) - 1)
    seconds, best, k = [-inf] * len(weights), [0] * len(weights), len(arrows.users)
    for i, x, slope in arrows.upward():
        k -= 1
        if weights[x] > -inf and slope and slope == slope:
            weight = weights[x] + log(abs(slope))
            if weight >= weights[i]:
                weights[i], seconds[i], best[i] = weight, weights[i], k
            elif weight > seconds[i]:
                seconds[i] = weight
    return weights, seconds, best
