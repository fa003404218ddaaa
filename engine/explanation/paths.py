"""The paths between two values: how many there are, and the largest few, in time linear in the graph."""
from __future__ import annotations

from heapq import nsmallest
from math import inf, log
from operator import itemgetter

from engine.explanation.reading import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.chain import Row
    from engine.value import Value

    Turn = tuple[float, int, int]                    # what it loses, the place of the operand, its index
    Departure = tuple[float, int, list[tuple[int, int]], int, int]   # what it loses; the path it leaves, where, how

MOST = 10 ** 1000                                    # as far as paths are counted


class Path:
    """One way from a value down to another: `.values`, the `.partials` along it, their product `.derivative`.

    `.formulas` are the partials as the rows quote them; `.places` says which operand each value goes on to.
    """

    __slots__ = ("values", "places")

    def __init__(self, turns: Sequence[tuple[Value, int]]) -> None:
        last, place = turns[-1]
        self.values = (*[v for v, _ in turns], last.parents[place])
        self.places = tuple([place for v, place in turns])

    @property
    def partials(self) -> tuple[float, ...]:
        """The partial of each value by the next."""
        return tuple([v.partials[place] for v, place in zip(self.values, self.places)])

    @property
    def formulas(self) -> tuple[str, ...]:
        """The quoted formula of each partial: in x and y, the operands, and z, the result."""
        return tuple([str(quoted(v, place)) for v, place in zip(self.values, self.places)])

    @property
    def derivative(self) -> float:
        """The product of the partials; a zero goes nowhere, also not to a slope that does not exist."""
        found = 1.0
        for slope in self.partials:
            found = found * slope if found else found
        return found

    def __repr__(self) -> str:
        return f"<path of {len(self.places)} partials, {self.derivative!r}>"


def count(arrows: Sequence[Row]) -> int:
    """How many paths lead from the last of the values between two down to the first; exact up to 10**1000.

    >>> from engine import Value
    >>> from engine.explanation.chain import between, links
    >>> x = y = Value(1.0)
    >>> for _ in range(100): y = y + y
    >>> count(links(between(y, x))) == 2 ** 100
    True
    """
    ways = [1]
    for row in arrows[1:]:
        ways.append(min(sum([ways[x] for x, _, _ in row]), MOST))
    return ways[-1]


def largest(order: Sequence[Value], arrows: Sequence[Row], most: int) -> list[Path]:
    """At most `most` paths from the last value down to the first, those with the largest products, largest first.

    Each path but the largest leaves a larger one at some value and follows the largest from there on. So they are found
    one after the other, each with the turns at which others may leave it.
    """
    weights = weigh(arrows)
    if weights[-1] == -inf:
        return []
    ranked: dict[int, list[Turn]] = {}
    found: list[list[tuple[int, int]]] = []
    waiting: list[Departure] = [(0.0, 0, [], 0, 0)]
    while waiting and len(found) < most:
        loss, _, before, at, rank = waiting.pop(0)
        turns = before[:at] + followed(before[at][0] if before else len(order) - 1, rank, arrows, weights, ranked)
        found.append(turns)
        losses = [(ranked[v][1][0], i, 1) for i, (v, _) in enumerate(turns[at + 1:], at + 1) if len(ranked[v]) > 1]
        choice = ranked[turns[at][0]]
        if rank + 1 < len(choice):
            losses.append((choice[rank + 1][0] - choice[rank][0], at, rank + 1))
        waiting += [(loss + more, len(found), turns, i, after) for more, i, after in nsmallest(most, losses)]
        waiting = nsmallest(most, waiting, key=itemgetter(0, 1))
    return [Path([(order[v], place) for v, place in turns]) for turns in found]


def followed(v: int, rank: int, arrows: Sequence[Row], weights: Sequence[float],
             ranked: dict[int, list[Turn]]) -> list[tuple[int, int]]:
    """The turns of a path from a value on: first by the turn of that rank, then always by the best."""
    turns = []
    while v:
        if v not in ranked:                          # what each turn loses, the best first
            ranked[v] = sorted([(weights[v] - weights[x] - log(abs(slope)), place, x) for x, place, slope in arrows[v]
                                if weights[x] > -inf and slope and slope == slope])
        _, place, x = ranked[v][rank]
        turns.append((v, place))
        v, rank = x, 0
    return turns


def weigh(arrows: Sequence[Row]) -> list[float]:
    """The logarithm of the largest product of partials from each value down to the first of them."""
    weights = [0.0]
    for row in arrows[1:]:
        weights.append(max([weights[x] + log(abs(slope)) if slope and slope == slope else -inf for x, _, slope in row]))
    return weights
