"""A graph: its values in topological order, what the fields of a node mean, whom a failed gradient is due to.

A node of one or two operands keeps them as `_x` and `_y`, their partials as `_dx` and `_dy`. One of many keeps all of
them in `_x`, their partials in `_dx`, and in `_y` its index. A plain number stands as a float where a Value would, its
partial is None. A leaf has none of these; a plain number that was made a Value is a leaf whose `_y` is True.
"""
from __future__ import annotations

from math import isfinite

from engine.errors import GradientError, name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol, TypeVar

    class Node(Protocol):
        """What a Value is to a walk over its graph."""

        _row: Any
        _x:   Any
        _y:   Any
        _dx:  Any
        _dy:  Any

        @property
        def data(self) -> float: ...

    N = TypeVar("N", bound=Node)


def operands(v: Node) -> tuple[Any, ...]:
    """The operands of a node, in order: Values, and floats for plain numbers."""
    if v._row is None:
        return ()
    return v._x if v._dx.__class__ is tuple else (v._x, v._y)[:v._row.arity]


def slopes(v: Node) -> tuple[float | None, ...]:
    """The partials by the operands as they are stored: None by a plain number."""
    if v._row is None:
        return ()
    return v._dx if v._dx.__class__ is tuple else (v._dx, v._dy)[:v._row.arity]


def postorder(root: N, adjoints: dict[N, float] | None = None) -> list[N]:
    """All values that the root depends on, each once and after its parents: depth first, parents left to right.

    Constants, on which nothing depends, are left out. `adjoints` goes with a 0.0 for each; those that it came with are
    left out too, with what they depend on.

    >>> from engine import Value
    >>> a = Value(2.0, "a"); b = a + a; c = b * b
    >>> [v.data for v in postorder(c)]
    [2.0, 4.0, 16.0]
    """
    order: list[N] = []
    stack: list[Any] = [root]
    seen = {} if adjoints is None else adjoints
    pop, finish = stack.pop, order.append
    while stack:
        v = pop()
        if v is None:                                # the parents of the one below are done
            finish(pop())
            continue
        while v not in seen:                         # down along first parents
            seen[v] = 0.0
            dx, dy = v._dx, v._dy
            if dx.__class__ is tuple:                # many operands
                stack += v, None
                stack += [x for x, d in zip(v._x[::-1], dx[::-1]) if d is not None and x not in seen]
                break
            if dy is not None and (y := v._y) not in seen:
                stack += (v, None) if dx is None else (v, None, y)
                v = y if dx is None else v._x
            elif dx is not None and (x := v._x) not in seen:
                stack += v, None
                v = x
            else:                                    # a leaf, or all its parents are done
                finish(v)
                break
    return order


def blame(root: Node) -> GradientError:
    """The error for a backward pass that met a slope which does not exist, or a gradient that overflowed."""
    nodes = postorder(root)
    adjoint = {**dict.fromkeys(nodes, 0.0), root: 1.0}
    for v in reversed(nodes):
        g = adjoint[v]
        for x, slope in zip(operands(v), slopes(v)) if g else ():
            if slope is not None:
                if not isfinite(slope):
                    return no_slope(v, x, g)
                adjoint[x] += g * slope
                if not isfinite(adjoint[x]):
                    return GradientError(f"the gradient of {name_of(x)} overflows: {g:.4g} times {slope:.4g} lies "
                                         "beyond 1.8e308; scale the values, or take logarithms of large products")
    return GradientError("a grad overflows when this gradient is added to it; call zero_grad() between backward passes")


def no_slope(v: Node, x: Node, g: float) -> GradientError:
    """The error for a gradient that reaches a slope which does not exist."""
    return GradientError(f"{name_of(v)} has no finite slope where {name_of(x)} is {x.data!r}, and a gradient of "
                         f"{g:.4g} reaches it; keep {name_of(x)} away from there")
