"""Walking a graph without recursion: its values in topological order."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
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
