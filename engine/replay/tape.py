"""A recorded graph, flat: its leaves, then one step for each operation, in topological order.

>>> from engine import Value
>>> x, w = Value(3.0, "x"), Value(2.0, "w")
>>> print(record([(x * w + 1).relu()], [x]))
x         input
w         leaf
v1        x * w
v2        v1 + 1
v3        relu(v2)                                                     output
"""
from __future__ import annotations

from collections import namedtuple

from engine.errors import brief, name_of
from engine.formula import ATOM
from engine.graph import postorder
from engine.replay.identifiers import identifiers
from engine.text.calls import call_of
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

Step = namedtuple("Step", "op operands index label")     # an operand is a place on the tape, or a constant: a float


class Tape:
    """`leaves`, the first `width` of them inputs; `steps`, whose places follow theirs; and the places of `outputs`."""

    def __init__(self, leaves: list[Value], width: int, steps: list[Step], outputs: list[int | float]) -> None:
        self.leaves, self.width, self.steps, self.outputs = leaves, width, steps, outputs

    def names(self) -> list[str]:
        """A name for each place, which Python can call: a label where one is free, else x1, w1 or v1."""
        labels = [v.label for v in self.leaves] + [step.label for step in self.steps]
        return identifiers(labels, self.width, len(self.leaves))

    def uses(self) -> tuple[list[int], list[bool]]:
        """For each place how often it is used, as an operand or an output, and whether it depends on an input."""
        n = len(self.leaves)
        uses, varying = [0] * (n + len(self.steps)), [i < self.width for i in range(n)]
        for step in self.steps:
            varies = False
            for p in step.operands:
                if p.__class__ is int:
                    uses[p] += 1
                    varies = varies or varying[p]
            varying.append(varies)
        for p in self.outputs:
            if p.__class__ is int:
                uses[p] += 1
        return uses, varying

    def reached(self, output: int | float) -> list[bool]:
        """For each place whether the output depends on it."""
        depends = [False] * (len(self.leaves) + len(self.steps))
        if isinstance(output, int):
            depends[output] = True
            for at in range(output, len(self.leaves) - 1, -1):
                if depends[at]:
                    for p in self.steps[at - len(self.leaves)].operands:
                        if p.__class__ is int:
                            depends[p] = True
        return depends

    def lines(self) -> list[tuple[str, str]]:
        """The name of each place, with what is there."""
        names, n = self.names(), len(self.leaves)
        leaves = [(name, "input" if i < self.width else "leaf") for i, name in enumerate(names[:n])]
        return leaves + [(name, line(step, names)) for name, step in zip(names[n:], self.steps)]

    def marks(self) -> dict[int | float, str]:
        """Which output each place or constant is that is one, or which outputs."""
        marks: dict[int | float, str] = {}
        for i, p in enumerate(self.outputs, 1):
            mark = "output" if len(self.outputs) == 1 else f"output {i}"
            marks[p] = f"{marks[p]}, {mark}" if p in marks else mark
        return marks

    def __str__(self) -> str:
        marks = self.marks()
        rows = [(name, what, marks.get(p, "")) for p, (name, what) in enumerate(self.lines())]
        rows += [(repr(p), "constant", marks[p]) for p in self.outputs if isinstance(p, float)]
        return "\n".join(f"{name:<9} {what:<60} {mark}".rstrip() for name, what, mark in rows)


def line(step: Step, names: Sequence[str]) -> str:
    """The operation with its operands' names."""
    parts = [(names[p] if isinstance(p, int) else f"{p:g}", ATOM) for p in step.operands]
    return call_of(step.op, parts, step.index)[0]


def record(outputs: Sequence[Value], inputs: Sequence[Value]) -> Tape:
    """The tape of the graph of the outputs, as a function of the inputs and of the other leaves.

    What depends on constants alone is a constant; inputs that no output depends on are kept. Errors: TypeError and
    ValueError for what is no output or no input.
    """
    refuse(outputs, inputs)
    seen: dict[Value, float] = {}
    order = [v for root in outputs for v in postorder(root, seen)]
    ops = [v.op for v in order]
    leaves = list(dict.fromkeys([*inputs, *[v for v, op in zip(order, ops) if op is None and not v.constant]]))
    places: dict[Value, int] = dict(zip(leaves, range(len(leaves))))
    find, make, steps = places.get, tuple.__new__, list[Step]()
    for v, op in zip(order, ops):
        if op is not None:
            operands: list[Any] = [find(x) for x in v.parents]
            if None in operands:
                operands = [x.data if p is None else p for x, p in zip(v.parents, operands)]
                if int not in map(type, operands):
                    continue
            places[v] = len(leaves) + len(steps)
            steps.append(make(Step, (op, operands, v.index, v.label)))
    return Tape(leaves, len(inputs), steps, [places.get(v, v.data) for v in outputs])


def refuse(outputs: Iterable[Any], inputs: Iterable[Any]) -> None:
    """Raise the error for the first thing that is no output or no input."""
    for i, v in enumerate(outputs):
        if v.__class__ is not Value:
            raise TypeError(f"Replay(outputs, inputs) needs Values as outputs; output {i} is {brief(v)}; pass the "
                            "Value whose graph is to be replayed")
    places: dict[Value, int] = {}
    for i, v in enumerate(inputs):
        what = f"Replay(outputs, inputs) needs leaves as inputs, the Values that take a row's numbers; input {i} is "
        if v.__class__ is not Value:
            raise TypeError(f"{what}{brief(v)}; write Value(...) for it before the graph is built")
        if v.constant:
            raise ValueError(f"{what}a constant, {v.data!r}; write Value({v.data!r}) for it before the graph is built")
        if v.op is not None:
            raise ValueError(f"{what}{name_of(v)}, an inner value made by {v.op.name}; name the leaves it depends on")
        if v in places:
            raise ValueError(f"{what}{name_of(v)} again, like input {places[v]}; name each input once")
        places[v] = i
