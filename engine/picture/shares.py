"""A cross-entropy in numbers: its target, and the share that each operand has of all."""
from __future__ import annotations

from engine.readers.numbers import floats
from engine.readers.traits import sets_apart, shares_out, weighs_shares

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine.op import Op
    from engine.value import Value


def target(v: Value) -> Value | None:
    """The operand that a row which weighs shares sets apart; None for other rows."""
    if v.op is None or v.index is None or not sets_apart(v.op) or not weighs_shares(v.op) or shares_out(v.op):
        return None
    return v.parents[v.index]


def sharing(op: Op) -> Op:
    """The row by which a row weighs shares."""
    return next(op.rows[name] for part in op.partials for name in part.calls if shares_out(op.rows[name]))


def share_of(v: Value, place: int) -> float:
    """The share that one operand has of all."""
    assert v.op is not None
    return float(floats.value(sharing(v.op), [x.data for x in v.parents], place))
