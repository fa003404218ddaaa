"""A graph computed again in another kind of number, from the quoted formulas alone.

In complex numbers this gives derivatives that owe nothing to the quoted partials: for a formula f of real numbers,
the imaginary part of f(x + ih) is h · f'(x) up to terms in h³, and nothing cancels (the complex step: Squire and Trapp,
1998).
"""
from __future__ import annotations

from engine.graph import postorder
from engine.readers.numbers import complexes, floats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from engine import Value
    from engine.readers.numbers import Kind

__all__ = ["complexes", "evaluate", "floats", "value_of"]


def evaluate(root: Value, numbers: Mapping[Value, Any], kind: Kind) -> Any:
    """The number of a kind that the root's graph gives, with other `numbers` for some of its values.

    Errors: those that the functions of that kind raise.

    >>> from engine import Value
    >>> a = Value(2.0)
    >>> evaluate(a * a, {a: 3.0}, floats)
    9.0
    """
    found = dict(numbers)
    for v in postorder(root):
        if v not in found:
            found[v] = v.data if v.op is None else value_of(v, [found.get(x, x.data) for x in v.parents], kind)
    return found.get(root, root.data)


def value_of(v: Value, operands: Sequence[Any], kind: Kind) -> Any:
    """What the formula that made v gives for other operands."""
    assert v.op is not None
    return kind.value(v.op, operands, v.index)
