"""Three things that all read 0: a gradient not computed yet, one that is zero, and one that a gate cuts off."""
from __future__ import annotations

from math import isclose
from typing import NamedTuple

from engine.graph import postorder
from engine.paths.cuts import slopes
from engine.readers.traits import gates
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

UNUSUAL = {"unknown": "–", "off": "0, off"}          # what is shown in the place of a number


class Gradients(NamedTuple):
    """The root's derivative by each value, and which values a gate that is off cuts off."""

    slopes:   dict[Value, float]
    off:      dict[Value, None]
    ran:      bool                   # backward() of the root
    computed: bool                   # or to be shown as if it were

    def state(self, v: Value) -> str:
        """How a gradient is: unknown, off, zero, or nothing special."""
        if not self.computed:
            return "unknown"
        if v in self.off:
            return "off"
        return "" if self.slopes.get(v, 0.0) else "zero"

    def note(self, v: Value) -> str:
        """The stored grad, where it is another one: after several calls, other roots, or none."""
        expected = self.slopes.get(v, 0.0) if self.ran else 0.0
        return "" if isclose(v.grad, expected, rel_tol=1e-9) else f".grad {v.grad + 0.0:.4g}"


def gradients(root: Value) -> Gradients:
    """What is known of the gradients of a graph. A root whose grad is 0 has not run backward() yet.

    >>> from engine import Value, relu
    >>> x, y = Value(-1.0), Value(2.0); z = relu(x) + y; z.backward()
    >>> gradients(z).state(x), gradients(z).state(y)
    ('off', '')
    """
    derivatives, ran = slopes(root), root.grad != 0.0
    return Gradients(derivatives, cut_off(root), ran, ran)


def cut_off(root: Value) -> dict[Value, None]:
    """The values that a gate which is off cuts off from the root on each way to it."""
    cut, alive = dict[Value, None](), {root}         # ways that are alive may still cancel
    for v in reversed(postorder(root)):
        closed = v in cut and v not in alive
        for x, partial in zip(v.parents, v.partials):
            if v in alive and partial:
                alive.add(x)
            elif closed or off(v):
                cut[x] = None
    return {v: None for v in cut if v not in alive and not v.constant}


def off(v: Value) -> bool:
    """Whether v is a gate, as ReLU is one, that lets nothing through."""
    return v.op is not None and gates(v.op) and not any(v.partials)


def gates_off(values: Iterable[Value]) -> str:
    """What those gates are called that let nothing through.

    >>> from engine import Value, relu
    >>> gates_off([relu(Value(-1.0)), relu(Value(1.0))])
    'a ReLU'
    """
    names = dict.fromkeys([v.op.symbol for v in values if v.op and off(v)])
    return " or ".join([f"an {name}" if name[0] in "aeiouAEIOU" else f"a {name}" for name in names])
