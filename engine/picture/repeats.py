"""Blocks that repeat: the same rows on the same leaves, each block on the one before, as in a recurrence."""
from __future__ import annotations

from typing import NamedTuple

from engine.paths.cuts import arrows_between
from engine.picture.grouping import Repeat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.picture.grouping import Graph
    from engine.value import Value

LEAST  = 4                           # times that a block comes
LINKS  = 3000                        # of a chain, beyond which no block is looked for
PERIOD = 60                          # links of one block
INNER  = 200                         # values of one link


class Link(NamedTuple):
    """What lies between two values that every path passes: its shape, its values, the leaves that they take."""

    shape:  object                   # None where it has no equal
    values: list[Value]
    leaves: list[Value]


def repeats(graph: Graph) -> dict[Value, Repeat]:
    """The blocks that repeat on the way from the root to its farthest leaf, by the value with which each ends."""
    chain = cuts(graph)
    if len(chain) <= LEAST or len(chain) > LINKS:
        return {}
    links = [link(graph, upper, lower) for upper, lower in zip(chain, chain[1:])]
    found: dict[Value, Repeat] = {}
    at = 0
    while at < len(links):
        repeat, length = longest(graph, chain, links, at)
        if repeat is None:
            at += 1
            continue
        found[chain[at]] = repeat
        at += length
    return found


def cuts(graph: Graph) -> list[Value]:
    """The values that every path from the root to its farthest leaf passes through, the root first."""
    heights: dict[Value, int] = {}
    for v in graph.nodes:
        heights[v] = 1 + max([heights[x] for x in v.parents if not x.constant], default=0)
    v = graph.root
    while operands := [x for x in v.parents if x.op or graph.uses.get(x) == 1]:
        v = max(operands, key=heights.__getitem__)   # what a block begins with is used once, what all share more often
    arrows = arrows_between(graph.root, v, graph.nodes)
    return [arrows.order[i] for i in arrows.cuts()]


def link(graph: Graph, upper: Value, lower: Value) -> Link:
    """The link between two values; without a shape where something in it has a name, or is used elsewhere."""
    values, stack = {upper: None}, [upper]
    while stack and len(values) <= INNER:
        for x in stack.pop().parents:
            if x.op and x is not lower and x not in values:
                values[x] = None
                stack.append(x)
    order = sorted(values, key=graph.places.__getitem__)
    places = {v: i for i, v in enumerate(order)}
    inner = [x for v in order for x in v.parents if x in places]
    if len(values) > INNER or any(graph.called(v) or v is graph.wrt or inner.count(v) != graph.uses[v]
                                  for v in order[:-1]):
        return Link(None, order, [])
    leaves: list[Value] = []
    shape = [(v.op, v.index, *[place(x, lower, places, leaves) for x in v.parents]) for v in order]
    return Link((tuple(shape), len(leaves)), order, leaves)


def place(x: Value, lower: Value, places: dict[Value, int], leaves: list[Value]) -> int | str:
    """What an operand is in a link: another value of it, what the link is made on, or a leaf."""
    if x is lower:
        return "lower"
    if x in places:
        return places[x]
    leaves.append(x)
    return "leaf"


def longest(graph: Graph, chain: Sequence[Value], links: Sequence[Link], at: int) -> tuple[Repeat | None, int]:
    """The shortest block that repeats from a link on, and over how many links it does."""
    for period in range(1, min(PERIOD, (len(links) - at) // LEAST) + 1):
        if links[at].shape is None or links[at].shape != links[at + period].shape:
            continue
        end = at + period
        while end < len(links) and links[end].shape is not None and links[end].shape == links[end - period].shape \
                and not graph.called(chain[end]) and chain[end] is not graph.wrt:
            end += 1
        times = (end - at) // period
        block = [v for one in links[at:at + period] for v in one.values]
        if times >= LEAST and len(block) < 2:        # one operation after the other is no block
            return None, 0
        if times >= LEAST and shares(links[at:at + times * period], period):
            values = [v for one in links[at:at + times * period] for v in one.values]
            order, length = graph.places.__getitem__, times * period
            return Repeat(times, sorted(block, key=order), sorted(values, key=order), chain[at + period],
                          own(links[at:at + length], period)), length
    return None, 0


def shares(links: Sequence[Link], period: int) -> bool:
    """Whether the blocks take the same leaves; some may be each block's own if another one is shared by all."""
    columns = columns_of(links, period)
    return all(map(same, columns)) or any(same(column) and not column[0].constant for column in columns)


def own(links: Sequence[Link], period: int) -> dict[Value, list[Value]]:
    """The leaves of the last block in whose place each block has its own, with these, the first block's first."""
    return {column[0]: column[::-1] for column in columns_of(links, period) if not same(column)}


def columns_of(links: Sequence[Link], period: int) -> list[list[Value]]:
    """For each leaf that a block takes what all blocks have in its place, the last block first."""
    slots = [(k, i) for k in range(period) for i in range(len(links[k].leaves))]
    return [[part.leaves[i] for part in links[k::period]] for k, i in slots]


def same(leaves: Sequence[Value]) -> bool:
    """Whether these are one leaf, or plain numbers that are equal."""
    first = leaves[0]
    return all([x is first or x.constant and first.constant and x.data == first.data for x in leaves])
