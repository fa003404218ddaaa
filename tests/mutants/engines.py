"""Four broken engines, each with a bug that people publish: what the tests must catch."""
from __future__ import annotations

from collections.abc import Callable, Iterable

from engine import Value
from engine.graph import postorder


def clear(root: Value) -> None:
    """Set the grads of all inner values to zero, as an engine that adds to them must."""
    for v in postorder(root):
        if v.op is not None:
            v.grad = 0.0


def edges(v: Value) -> Iterable[tuple[Value, float]]:
    """Each parent that is no constant, with its partial."""
    return [(x, slope) for x, slope in zip(v.parents, v.partials) if not x.constant]


def plain_recursion(root: Value) -> None:
    """Passes a gradient on as soon as a part of it has come, and so more than once."""
    clear(root)

    def walk(v: Value) -> None:
        for x, slope in edges(v):
            x.grad += v.grad * slope
            walk(x)

    root.grad = 1.0 if root.op else root.grad + 1.0
    walk(root)


def assignment(root: Value) -> None:
    """Sets a parent's grad where it must add to it."""
    clear(root)
    root.grad = 1.0 if root.op else root.grad + 1.0
    for v in reversed(postorder(root)):
        for x, slope in edges(v):
            x.grad = v.grad * slope


def forgotten_upstream(root: Value) -> None:
    """Adds the partial alone: the gradient that comes from above is left out."""
    clear(root)
    root.grad = 1.0 if root.op else root.grad + 1.0
    for v in reversed(postorder(root)):
        for x, slope in edges(v):
            x.grad += slope


def set_of_parents(root: Value) -> None:
    """Knows each parent once: of x * x it loses one of the two."""
    clear(root)
    root.grad = 1.0 if root.op else root.grad + 1.0
    for v in reversed(postorder(root)):
        for x, slope in dict(edges(v)).items():
            x.grad += v.grad * slope


MUTANTS: list[Callable[[Value], None]] = [plain_recursion, assignment, forgotten_upstream, set_of_parents]
