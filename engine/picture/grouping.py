"""Which values share a box: each its own, leaves and chains of + folded in, or all that a named value owns."""
from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from engine.errors import PictureError
from engine.graph import postorder
from engine.paths.arrows import Arrows
from engine.paths.cuts import arrows_between
from engine.readers.traits import begins_sum, sums
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WORK = 20                            # times that each value is looked at before its graph is called entangled
ENDS = 4                             # values at either end of a long path


class Entry(NamedTuple):
    """An operand from outside a group: the derivative of the group's head by it, and where it comes in."""

    source: Value
    slope:  float
    at:     Value
    place:  int                      # among the operands of `at`


class Repeat(NamedTuple):
    """A block that comes several times in a row: its last values, all values, what the last block was made on.

    `own` are those leaves of the last block in whose place each has its own, with these, the first block's first.
    """

    times:  int
    block:  list[Value]
    values: list[Value]
    before: Value
    own:    Mapping[Value, Sequence[Value]]


class Group(NamedTuple):
    """The values of one box, operands first, the last of them its head."""

    head:    Value
    members: list[Value]
    entries: list[Entry]
    cut:     bool = False            # at the depth where the picture ends
    repeat:  Repeat | None = None    # the block that its members are several times


class Graph:
    """A graph that is to be drawn: its values in order, what they are called, and how often each is used."""

    def __init__(self, root: Value, wrt: Value | None, names: Mapping[Value, str], detail: str) -> None:
        self.root, self.wrt, self.given, self.detail, self.work = root, wrt, names, detail, 0
        self.nodes = postorder(root)
        self.roots: dict[Value, None] = {}           # where there are several; then `root` is their sum, not shown
        self.repeated: dict[Value, Repeat] = {}      # blocks that are folded into one
        self.mentioned: set[str] = set()             # the numbers by which the title speaks of values

    @cached_property
    def places(self) -> dict[Value, int]:
        """Where each value stands in the order of the graph."""
        return {v: i for i, v in enumerate(self.nodes)}

    @cached_property
    def names(self) -> dict[Value, str]:
        """What each value is called."""
        return {v: v.label or self.given.get(v, "") for v in self.nodes}

    @cached_property
    def arrows(self) -> Arrows:
        """What is on a path from the root to `wrt`; nothing without one."""
        return Arrows(()) if self.wrt is None else arrows_between(self.root, self.wrt)

    @cached_property
    def path(self) -> dict[Value, None]:
        """The values on a path from the root to `wrt`, operands first."""
        return dict.fromkeys(self.arrows.order)

    @cached_property
    def uses(self) -> dict[Value, int]:
        """How often each value is an operand."""
        counts = dict.fromkeys(self.nodes, 0)
        for v in self.nodes:
            for x in v.parents:
                if not x.constant:
                    counts[x] += 1
        return counts

    def called(self, v: Value) -> str:
        """The value's label, else what the caller calls it, else nothing."""
        return v.label if v not in self.names else self.names[v]

    def number(self, v: Value) -> str:
        """What a value without a name goes by in texts: its place in the table of the graph."""
        return f"#{self.places[v] + 1}" if v in self.places else ""

    def beyond(self, x: Value) -> Value:
        """The value itself; of an unnamed 0 + x, with which the built-in sum begins, x: that has no box."""
        while x is not self.root and x is not self.wrt and not self.called(x) and x not in self.roots and begins_sum(x):
            x = x.parents[1]
        return x

    def operands(self, v: Value) -> list[tuple[int, Value]]:
        """The operands of a value that are shown, each with its place."""
        zero = begins_sum(v)
        return [(i, self.beyond(x)) for i, x in enumerate(v.parents) if not (zero and x.constant)]

    def whole(self, members: Sequence[Value]) -> list[Value]:
        """Values, and among them those that have no box: see `beyond`."""
        found = dict.fromkeys(members)
        for v in members:
            for x in v.parents:
                while self.beyond(x) is not x:
                    found[x] = None
                    x = x.parents[1]
        return sorted(found, key=self.places.__getitem__)

    def inside(self, x: Value, v: Value) -> bool:
        """Whether the operand x of v is in the box of v."""
        if self.names.get(x) or x.op is None or x is self.wrt or v is self.root and self.roots:
            return False
        if self.detail == "folded":
            ends = self.inner
            if x in ends or v in ends or v in self.repeated:
                return ends.get(x) is ends.get(v, v) and x not in self.repeated
            return self.uses[x] == 1 and plus(x) and plus(v)
        return self.detail == "names"

    @cached_property
    def inner(self) -> dict[Value, Value]:
        """The values that are folded into blocks which repeat, each with the one that its blocks end with."""
        return {v: head for head, repeat in self.repeated.items() for v in repeat.values if v is not head}

    def group(self, head: Value) -> Group:
        """The box of one value: what is in it, and what comes into it with the derivative by that."""
        members = self.members(head)
        return Group(head, members, self.entries(head, members), False, self.repeated.get(head))

    def members(self, head: Value) -> list[Value]:
        """What is in the box of a value, in the order of the graph. Errors: PictureError if the graph is entangled."""
        members, stack = {head: None}, [head]
        while stack:
            v = stack.pop()
            operands = self.operands(v)
            self.work += len(operands)
            for _, x in operands:
                if x not in members and self.inside(x, v):
                    members[x] = None
                    stack.append(x)
            if self.work > WORK * (1000 + len(self.nodes)):
                raise PictureError("this graph is too entangled to draw by its names: the same unnamed values are "
                                   'behind many named ones; name some of those, or draw less: depth=, detail="path"')
        return sorted(members, key=self.places.__getitem__)

    def entries(self, head: Value, members: Sequence[Value]) -> list[Entry]:
        """What comes into the box of a value, with the derivative of that value by it."""
        slopes, entries = dict.fromkeys(members, 0.0), list[Entry]()
        slopes[head] = 1.0
        for v in reversed(members):
            g = slopes[v]
            partials = v.partials
            for i, x in self.operands(v):
                slope = g * partials[i] if g else 0.0
                if x in slopes:
                    slopes[x] += slope
                else:
                    entries.append(Entry(x, slope, v, i))
        return sorted(entries, key=lambda entry: (self.places[entry.at], entry.place))

    def heads(self) -> list[Value]:
        """The values, beside leaves, that have a box of their own."""
        if self.detail == "names":
            return [v for v in self.nodes if v.op and (v is self.root or v is self.wrt or self.called(v))]
        if self.detail == "values":
            return [v for v in self.nodes if v.op and self.beyond(v) is v]
        inner = {x for v in self.nodes if plus(v) for _, x in self.operands(v) if self.inside(x, v)} | self.inner.keys()
        return [v for v in self.nodes if v.op and v not in inner and self.beyond(v) is v]

    def groups(self, depth: int | None) -> list[Group]:
        """The boxes that are reached from the root, within `depth` boxes if given, in the order of the graph."""
        groups, level, far = dict[Value, Group](), [self.root], 0
        while level:
            new = dict[Value, None]()
            for head in level:
                cut = far == depth and head.op is not None
                groups[head] = Group(head, [head], [], True) if cut else self.group(head)
                new.update((entry.source, None) for entry in groups[head].entries if entry.source.op)
            level = [v for v in new if v not in groups]
            far += 1
        return sorted(groups.values(), key=lambda group: self.places[group.head])

    @cached_property
    def cuts(self) -> list[Value]:
        """The values that every path from the root to `wrt` passes through, both included, the root first."""
        return [self.arrows.order[i] for i in self.arrows.cuts()]

    def chain(self) -> list[Value]:
        """The root, the named among the values that every path to `wrt` passes through, and `wrt`.

        If none is named, all of them, without the middle where they are many.
        """
        inner = [v for v in self.cuts[1:-1] if self.beyond(v) is v]
        ends = inner if len(inner) <= 2 * ENDS else [*inner[:ENDS], *inner[-ENDS:]]
        named = [v for v in inner if self.called(v)]
        return [*self.cuts[:1], *(named or ends), *self.cuts[1:][-1:]]


def plus(v: Value) -> bool:
    """Whether a value is the sum of two others."""
    return v.op is not None and v.op.arity == 2 and sums(v.op)
