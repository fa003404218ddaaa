"""Walking a graph without recursion: its values in topological order, and flat copies of it."""
from __future__ import annotations

from operator import getitem
from weakref import WeakValueDictionary

from engine.op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from engine.value import Value


def postorder(root: Value) -> list[Value]:
    """All values that the root depends on, each once and after its parents: depth first, parents left to right.

    Constants, on which nothing depends, are left out.

    >>> from engine import Value
    >>> a = Value(2.0, "a"); b = a + a; c = b * b
    >>> [v.data for v in postorder(c)]
    [2.0, 4.0, 16.0]
    """
    order: list[Value] = []
    found: set[Value] = set()
    stack: list[Value | None] = [root]
    push, pop, finish, find = stack.append, stack.pop, order.append, found.add
    while stack:
        v = pop()
        if v is None:                                # the parents of the one below are done
            finish(pop())  # type: ignore[arg-type]
        elif v not in found:
            find(v)
            dx, dy = v._dx, v._dy
            if dx is dy is None:                     # a leaf
                finish(v)
                continue
            push(v)
            push(None)
            if dx.__class__ is tuple:                # many operands
                stack.extend([x for x, d in zip(v._x[::-1], dx[::-1]) if d is not None])
                continue
            if dy is not None:
                push(v._y)
            if dx is not None:
                push(v._x)
    return order


SLOTS = ("_data", "_grad", "_row", "_x", "_y", "_dx", "_dy", "_label")


def twin(v: Value, parent: Callable[[Any], Any]) -> Value:
    """A copy of one node; `parent` gives the copy's operand for each operand of the node."""
    node: Value = object.__new__(Op.value)
    many = v._row is not None and v._row.many
    node._data, node._grad, node._row, node._dx, node._dy = v._data, v._grad, v._row, v._dx, v._dy
    node._x, node._y = (tuple(map(parent, v._x)), v._y) if many else (parent(v._x), parent(v._y))
    node._label = v.label
    return node


def deepcopy(root: Value, memory: dict[int, Any]) -> Value:
    """A copy of the whole graph, for copy.deepcopy."""
    def parent(x: Any) -> Any:
        if x.__class__ is not Op.value:
            return x
        if id(x) not in memory:                      # a constant
            memory[id(x)] = twin(x, parent)
        return memory[id(x)]

    for v in postorder(root):
        parent(v)
    return parent(root)  # type: ignore[no-any-return]


class Record:
    """A graph's nodes for pickle, one after the other; all values of one pickle that share nodes share a record."""

    alive: WeakValueDictionary[int, Record] = WeakValueDictionary()

    def __init__(self, root: Value) -> None:
        self.nodes = [v for v in postorder(root) if id(v) not in self.alive]
        self.places = {v: i for i, v in enumerate(self.nodes)}
        self.alive.update((id(v), self) for v in self.nodes)

    def __reduce__(self) -> Any:
        outside: list[Value] = []

        def place(x: Any) -> Any:                    # a node of this record, a node elsewhere, a plain number
            if x.__class__ is not Op.value:
                return x
            if x not in self.places and x.constant:
                return x._data
            if x not in self.places:
                outside.append(x)
            return (self.places.get(x, -len(outside)),)

        twins = [twin(v, place) for v in self.nodes]
        return restore, ([[getattr(v, slot) for slot in SLOTS] for v in twins], outside)


def reduce(v: Value) -> Any:
    """What pickle keeps of a value: its graph's record and its place there."""
    record = Record.alive.get(id(v)) or Record(v)
    return getitem, (record, record.places[v])


def restore(rows: list[list[Any]], outside: list[Value]) -> list[Value]:
    """The nodes of a record."""
    nodes: list[Value] = []

    def operand(x: Any) -> Any:
        return x if x.__class__ is not tuple else nodes[x[0]] if x[0] >= 0 else outside[-x[0] - 1]

    for row in rows:
        node = object.__new__(Op.value)
        for slot, field in zip(SLOTS, row):
            setattr(node, slot, field)
        nodes.append(twin(node, operand))
    return nodes
