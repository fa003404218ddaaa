"""Which boxes the live page shows: the way from what is moved to the root, the rest folded into quiet boxes that open.

>>> from engine import Value, exp, log
>>> z, other = Value(-0.96, "z"), Value(0.25, "half") * 2.0
>>> e = exp(z); p = e / (e + exp(other)); CE = -log(p)
>>> called = {p: "p", CE: "CE", z: "z", other: "other"}
>>> [(box.name, box.kind) for box in Boxes(CE, [z], called).shown(())[0]]
[('z', 'way'), ('other', 'quiet'), ('p', 'way'), ('CE', 'way')]
"""
from __future__ import annotations

from typing import NamedTuple

from engine.formula import ATOM
from engine.graph import postorder
from engine.picture.operations import sign_of
from engine.readers.traits import sums
from engine.text.naming import formula_of, literal, shortened
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

LONGEST = 22                         # signs of a name
ALL     = "all"                      # stands for every box open
MANY    = 24                         # values on a way without names, beyond which they are one box at first
FEW     = 3                          # quiet boxes that go into the same boxes; more of them are one


class Box(NamedTuple):
    """A value, what is folded into it, and the leaves that are its rows."""

    head:    Value
    name:    str
    op:      str
    kind:    str                     # way, quiet or inner
    opens:   bool
    frame:   Value | None            # the open box that it is in
    members: tuple[Value, ...]
    rows:    tuple[Value, ...]
    many:    tuple[Value, ...] = ()  # the heads of the boxes that this one stands for

    @property
    def opened(self) -> tuple[Value, ...]:
        """What is given to `Boxes.shown` where this box is open."""
        return self.many or (self.head,)


class Boxes:
    """The boxes of a graph, by which of them are open; `called` are the names of its values."""

    def __init__(self, root: Value, wrt: Sequence[Value], called: Mapping[Value, str]) -> None:
        self.root, self.wrt, self.called = root, list(wrt), called
        self.nodes = postorder(root)
        self.places = {v: i for i, v in enumerate(self.nodes)}
        self.uses = dict.fromkeys(self.nodes, 0)
        for v in self.nodes:
            for x in v.parents:
                if not x.constant:
                    self.uses[x] += 1
        self.way = dict.fromkeys(self.wrt)
        for v in self.nodes:
            if not self.way.keys().isdisjoint(v.parents):
                self.way[v] = None
        self.whole = root not in self.way            # nothing to be on a way from
        if self.whole:
            self.way = dict.fromkeys(self.nodes)
        named = [v for v in self.way if self.called.get(v) and v is not root and v not in self.wrt]
        calm = named or len(self.way) > MANY         # what has no names is one box, where it is much
        self.heads = dict.fromkeys([v for v in self.way if v is root or v in self.wrt or v in named or not calm])

    def shown(self, opened: Collection[Value] | str) -> tuple[list[Box], list[tuple[Box, Box]]]:
        """The boxes in the order of the graph, and the arrows among them, each from an operand to what it is in."""
        if opened == ALL or self.whole:
            boxes = self.every()
        else:
            alone = opened if len(opened) == 1 else ()               # many are apart, each of them closed
            boxes = self.merged(self.folded(alone), opened)  # type: ignore[arg-type]
        boxes.sort(key=lambda box: self.places[box.head])
        by_head = {v: box for box in boxes for v in box.opened}
        arrows = dict.fromkeys((by_head[x], box) for box in boxes for x in self.sources(box) if x in by_head)
        return boxes, [*arrows]

    def sources(self, box: Box) -> dict[Value, None]:
        """What comes into a box, its rows aside."""
        inside = {*box.members}
        return {x: None for v in box.members for x in v.parents
                if not x.constant and x not in inside and x not in box.rows}

    def openable(self, boxes: Sequence[Box]) -> list[Box]:
        """The boxes that can be opened, in their order."""
        return [box for box in boxes if box.opens]

    # The way, and what is folded ------------------------------------------------------------------------------------

    def folded(self, opened: Collection[Value]) -> list[Box]:
        """The boxes on the way, and quiet ones beside them; the open ones as what they are made of."""
        boxes, waiting = dict[Value, Box](), [self.root]
        while waiting:
            head = waiting.pop()
            if head in boxes:
                continue
            if head in opened and head.op:
                inner = self.split(self.inside(head, {}), head)
                boxes.update((box.head, box) for box in inner)
                waiting += [x for box in inner for x in self.sources(box)]
            elif head in self.way:
                box = self.on_the_way(head)
                boxes[head] = box
                waiting += self.sources(box)
            else:
                boxes[head] = self.box(head, "quiet", (head,), ()) if head.op else self.box(head, "quiet", (), ())
        return list(boxes.values())

    def merged(self, boxes: list[Box], opened: Collection[Value]) -> list[Box]:
        """The boxes with one in the place of many quiet ones that go into the same boxes, as of a wide layer."""
        users = dict[Value, list[Value]]()
        for box in boxes:
            for x in self.sources(box):
                users.setdefault(x, []).append(box.head)
        groups = dict[tuple[Value, ...], list[Box]]()
        for box in sorted(boxes, key=lambda box: self.places[box.head]):
            if box.kind == "quiet" and box.frame is None:
                groups.setdefault(tuple(users.get(box.head, ())), []).append(box)
        for some in groups.values():
            heads = tuple([box.head for box in some])
            if len(some) > FEW:
                one = Box(heads[0], f"{len(heads)} others", "", "quiet", True, None, (), (), heads)
                apart = [box._replace(frame=heads[0], opens=False) for box in some]
                boxes = [box for box in boxes if box not in some] + (apart if heads == tuple(opened) else [one])
        return boxes

    def on_the_way(self, head: Value) -> Box:
        """A closed box on the way: unnamed values are in it, and what has one operand from outside."""
        if head.op is None:
            return self.box(head, "way", (), ())
        members = self.inside(head, self.way)
        for v in [*members]:
            for x in v.parents:
                if x.op and x not in self.way and not self.called.get(x):
                    hidden = self.inside(x, {})
                    if len({y for u in hidden for y in u.parents if y not in hidden and not y.constant}) == 1:
                        members.update(hidden)
        leaves = {x: None for v in members for x in v.parents if x.op is None and not x.constant and x not in self.wrt}
        return self.box(head, "way", tuple(sorted(members, key=self.places.__getitem__)), tuple(leaves))

    def inside(self, head: Value, among: Mapping[Value, None]) -> dict[Value, None]:
        """The head and the unnamed operations below it; if some are given, those among them alone."""
        members, waiting = {head: None}, [head]
        while waiting:
            for x in waiting.pop().parents:
                free = x.op and x not in members and x not in self.heads and not self.called.get(x)
                if free and (not among or x in among):
                    members[x] = None
                    waiting.append(x)
        return members

    def split(self, members: Collection[Value], frame: Value | None) -> list[Box]:
        """Values as boxes of their own, chains of + in one, leaves that are not moved as rows."""
        chains = {x for v in members if plus(v) for x in v.parents
                  if x in members and plus(x) and self.uses[x] == 1 and not self.called.get(x)}
        boxes = []
        for head in [v for v in members if v not in chains]:
            own, waiting = [head], [head]
            while waiting:
                inner = [x for x in waiting.pop().parents if x in chains]
                own += inner
                waiting += inner
            leaves = {x: None for v in own for x in v.parents if x.op is None and not x.constant and x not in self.wrt}
            kind = "quiet" if head not in self.way else "way" if frame is None else "inner"
            boxes.append(self.box(head, kind, tuple(own[::-1]), tuple(leaves), frame))
        return boxes

    def every(self) -> list[Box]:
        """All operations, and the leaves that are moved or used more than once."""
        boxes = self.split([v for v in self.nodes if v.op], None)
        shared = {v for v in self.nodes if v.op is None and self.uses[v] > 1}
        boxes = [box._replace(rows=tuple(x for x in box.rows if x not in shared), opens=False) for box in boxes]
        leaves = [v for v in self.nodes if v.op is None and (v in self.wrt or v in shared or v is self.root)]
        return [*boxes, *[self.box(v, "way" if v in self.way else "quiet", (), ()) for v in leaves]]

    def box(self, head: Value, kind: str, members: tuple[Value, ...], rows: tuple[Value, ...],
            frame: Value | None = None) -> Box:
        """One box, named by its head, or by a formula where it stands for what is behind it."""
        name, several = self.called.get(head, ""), len([v for v in members if v in self.way]) > 1
        behind = kind == "quiet" and head.op is not None
        if not name:
            name = "" if head.op and not behind else self.formula(head)
        opens = frame is None and (behind or several)
        op = sigma(head, members) if head.op else self.leaf(head)
        shown = ended(name) if "." in name else shortened(name, LONGEST)
        return Box(head, shown, op, kind, opens, frame, members, rows)

    def leaf(self, v: Value) -> str:
        """What a leaf is, in the place of an operation: given, where others are moved."""
        return "given" if self.wrt and v not in self.wrt else ""

    def formula(self, v: Value) -> str:
        """A value without a name by what it is made of."""
        if v.op is None:
            return "number"
        texts = dict[Value, tuple[str, int]]()
        for u in sorted(self.inside(v, {}), key=self.places.__getitem__):
            text, rank = formula_of(u, lambda x: texts.get(x) or (
                (self.called[x], ATOM) if self.called.get(x) else literal(x.data)))
            texts[u] = text[:4 * LONGEST], rank
        return texts[v][0].replace(" * ", " · ")


def ended(name: str) -> str:
    """A dotted name by its end, where it is long.

    >>> ended("layers[0].neurons[0].w[0]"), row_name("hidden.w[0]", "hidden")
    ('….neurons[0].w[0]', 'w[0]')
    """
    parts = name.split(".")
    while len(parts) > 2 and len(".".join(parts)) > LONGEST:
        parts = ["…", *parts[2:]] if parts[0] == "…" else ["…", *parts[1:]]
    return shortened(".".join(parts), LONGEST)


def row_name(name: str, box: str) -> str:
    """A leaf's name within a box, without what the box says already."""
    return name.removeprefix(f"{box}.") if box else name


def plus(v: Value) -> bool:
    """Whether a value is the sum of two others."""
    return v.op is not None and v.op.arity == 2 and sums(v.op)


def sigma(head: Value, members: Sequence[Value]) -> str:
    """The operation of a box, a chain of + as Σ, a sign with the function it is of: −log."""
    if plus(head) and len(members) > 1 and all(map(plus, members)):
        return "Σ"
    text = sign_of(head.op)  # type: ignore[arg-type]
    if head.op.sign and head.op.arity == 1 and head.parents[0] in members:  # type: ignore[union-attr]
        return text.replace("(…)", sign_of(head.parents[0].op))  # type: ignore[arg-type]
    return text
