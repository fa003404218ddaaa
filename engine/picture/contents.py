"""What a picture shows: boxes, rows, arrows. Knows nothing of how they are drawn."""
from __future__ import annotations

from typing import NamedTuple

from engine.graph import postorder
from engine.naming import digits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.value import Value

SYMBOLS = {"*": "×", "/": "÷", "-": "−", "neg": "−", "fsum": "Σ", "dot": "w·x", "affine": "w·x+b"}


class Box(NamedTuple):
    """One value: `slope` is the derivative of the root by it, None if not computed."""

    key:       str
    operation: str
    name:      str
    number:    str
    slope:     float | None
    constant:  bool
    tooltip:   str


class Arrow(NamedTuple):
    """From an operand to what is made of it: `slope` is the local derivative, `carried` the gradient flowing back."""

    tail:    str
    head:    str
    slope:   float
    carried: float | None
    tooltip: str


class Contents(NamedTuple):
    """All that a picture shows."""

    root:   str
    boxes:  list[Box]
    arrows: list[Arrow]


def contents(root: Value, names: Mapping[Value, str]) -> Contents:
    """One box per value, one arrow per operand, duplicates kept."""
    nodes = with_constants(root)
    keys = {v: f"n{i}" for i, v in enumerate(nodes, 1)}
    slopes = slopes_of(root) if root.grad else {}
    called = {v: v.label or names.get(v, "") for v in nodes}
    boxes, arrows = [], []
    for v in nodes:
        name, slope = called[v] or (repr(v.data) if v.op is None else v.op.name), slopes.get(v)
        operation = SYMBOLS.get(v.op.symbol, v.op.symbol) if v.op else ""
        boxes.append(Box(keys[v], operation, called[v], digits(v.data), slope, v.constant,
                         f"{name} = {v.data!r}" + ("" if slope is None else f"\n∂ = {slope!r}")))
        for x, partial in zip(v.parents, v.partials):
            carried = None if slope is None else slope * partial if slope and not x.constant else 0.0
            arrows.append(Arrow(keys[x], keys[v], partial, carried,
                                f"∂({name})/∂({called[x] or repr(x.data)}) = {partial!r}"))
    return Contents(called[root], boxes, arrows)


def with_constants(root: Value) -> list[Value]:
    """All values of a graph in topological order, and before each the constants among its operands."""
    order: dict[Value, None] = {}
    for v in postorder(root):
        order.update(dict.fromkeys(x for x in v.parents if x.constant))
        order[v] = None
    return list(order)


def slopes_of(root: Value) -> dict[Value, float]:
    """The derivative of the root by each value it depends on, from the stored partials, summed as backward does."""
    nodes = postorder(root)
    slopes = dict.fromkeys(nodes, 0.0)
    slopes[root] = 1.0
    for v in reversed(nodes):
        if g := slopes[v]:
            for x, partial in zip(v.parents, v.partials):
                if not x.constant:
                    slopes[x] += g * partial
    return slopes
