"""Walking a graph without recursion: its values in topological order."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from engine.value import Value


def postorder(root: Value, found: dict[Value, float] | None = None) -> list[Value]:
    """All values that the root depends on, each once and after its parents: depth first, parents left to right.

    Constants, on which nothing depends, are left out. `found`, a dict that comes empty, goes with a 0.0 for each value.

    >>> from engine import Value
    >>> a = Value(2.0, "a"); b = a + a; c = b * b
    >>> [v.data for v in postorder(c)]
    [2.0, 4.0, 16.0]
    """
    order: list[Value] = []
    stack: list[Any] = [root]
    found = {} if found is None else found
    pop, finish = stack.pop, order.append
    while stack:
        v = pop()
        if v is None:                                # the parents of the one below are done
            finish(pop())
            continue
        while v not in found:                        # down along first parents
            found[v] = 0.0
            dx, dy = v._dx, v._dy
            if dx.__class__ is tuple:                # many operands
                stack += v, None
                stack += [x for x, d in zip(v._x[::-1], dx[::-1]) if d is not None and x not in found]
                break
            if dy is not None and (y := v._y) not in found:
                stack += (v, None) if dx is None else (v, None, y)
                v = y if dx is None else v._x
            elif dx is not None and (x := v._x) not in found:
                stack += v, None
                v = x
            else:                                    # a leaf, or all its parents are done
                finish(v)
                break
    return order
