"""Copies and pickles of a graph: flat, however deep it is, and true to every value that is shared."""
from __future__ import annotations

from operator import getitem
from weakref import WeakValueDictionary

from engine.errors import number
from engine.graph import postorder
from engine.op import Op
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

VERSION = 2                                          # of what a pickle keeps; counted up when that changes
NUMBERS = "_data", "_grad"                           # of a node; its partials may be nan


def copy(v: Value) -> Value:
    """Another node with the same number, parents and partials, for copy.copy."""
    return twin(v, lambda x: x)


def twin(v: Value, parent: Callable[[Any], Any]) -> Value:
    """A copy of one node; `parent` gives the copy's operand for each operand of the node."""
    node: Value = object.__new__(Value)
    node._data, node._grad, node._row, node._dx, node._dy = v._data, v._grad, v._row, v._dx, v._dy
    several = v._dx.__class__ is tuple
    node._x = tuple(map(parent, v._x)) if several else parent(v._x)
    node._y = v._y if several else parent(v._y)
    node._label = v.label
    return node


def deepcopy(root: Value, memory: dict[int, Any]) -> Value:
    """A copy of the whole graph, for copy.deepcopy."""
    def parent(x: Any) -> Any:
        if x.__class__ is not Value:
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
            if x.__class__ is not Value:
                return x
            if x not in self.places and x.constant:
                return x._data
            if x not in self.places:
                outside.append(x)
            return (self.places.get(x, -len(outside)),)

        twins = [twin(v, place) for v in self.nodes]
        return restore, (VERSION, [[getattr(v, slot) for slot in Value.__slots__] for v in twins], outside)


def reduce(v: Value, protocol: Any = None) -> Any:
    """What pickle keeps of a value: its graph's record and its place there."""
    record = Record.alive.get(id(v)) or Record(v)
    return getitem, (record, record.places[v])


def check_version(version: Any, *kept: Any) -> None:
    """Errors: ValueError where another version wrote a pickle."""
    if version != VERSION:
        raise ValueError("a pickle of Values loads in the version of glassgrad that wrote it; this one was written by "
                         "another: make the graph again, or load it there and keep a model with nn.save(model, path), "
                         "whose files later versions load")


def restore(version: Any, rows: Any = (), outside: Any = ()) -> list[Value]:
    """The nodes of a record. Errors: ValueError and TypeError for what no node can hold; another version's pickle."""
    check_version(version)
    nodes: list[Value] = []

    def operand(x: Any) -> Any:
        if x.__class__ is float:
            return number(x, "a pickled operand")
        return x if x.__class__ is not tuple else nodes[x[0]] if x[0] >= 0 else outside[-x[0] - 1]

    for row in rows:
        node = object.__new__(Value)
        for slot, field in zip(Value.__slots__, row):
            setattr(node, slot, number(field, f"a pickled Value's {slot[1:]}") if slot in NUMBERS else field)
        nodes.append(twin(node, operand))
    return nodes


def row(op: Op) -> Any:
    """What pickle keeps of a row: its texts, and the rows that it calls."""
    def texts(formulas: Iterable[Any]) -> tuple[str, ...]:
        return tuple([str(formula or "") for formula in formulas])

    called = dict.fromkeys([name for part in op.quoted for name in part.calls if name != op.name])
    return row_of, (VERSION, str(op.formula), texts(op.partials), str(op.needs or ""), op.hint, op.name,
                    op.other_symbol, texts(op.told), texts(op.again), tuple([op.rows[name] for name in called]))


def row_of(version: Any, *texts: Any) -> Op:
    """The row of the table with these texts, else a new one; the last are the rows it calls, there by now.

    Errors: ValueError for another version's pickle.
    """
    check_version(version)
    formula, partials, needs, hint, name, symbol, told, again, _ = texts
    known = Op.table.get(name)
    if known is not None and row(known)[1][1:-1] == texts[:-1]:
        return known
    return Op(formula, *partials, needs=needs, hint=hint, name=name, symbol=symbol, told=told, again=again)
