"""An operation as one writes it, with the texts of its operands: `a / b`, `dot([a], [b])`, `maximum(a, b, …)`.

>>> call_of(Op.table["sub"], [("a", ATOM), ("b + c", BINDS["+"])])
('a - (b + c)', 1)
"""
from __future__ import annotations

from engine.formula import ATOM, BINDS
from engine.op import Op
from engine.readers.operands import arguments_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Written = tuple[str, int]                        # a text, and how tightly it binds


def call_of(op: Op, parts: Sequence[Written], index: int | None = None) -> Written:
    """The operation with its operands' texts, each with how tightly that binds."""
    if not op.sign:
        texts = [text for text, _ in parts]
        given = texts if op.parameters == ["*operands"] else arguments_of(op, texts, index)
        return f"{op.name}({listed(given)})", ATOM
    binds = BINDS[op.sign]
    if op.arity == 1:
        return f"-{bracketed(parts[0], binds + 1)}", binds
    left, right = (binds + 1, BINDS["minus"]) if op.sign == "**" else (binds, binds + 1)     # it binds to its right
    return f"{bracketed(parts[0], left)} {op.sign} {bracketed(parts[1], right)}", binds


def call_with(op: Op, *names: str) -> str:
    """The operation with its operands' names in an error, of many the first."""
    if op.arity:
        return call_of(op, [(name, ATOM) for name in names[:op.arity]])[0]
    return f"{op.name}({', '.join([*names[:6], '…'] if len(names) > 6 else names)})"


def bracketed(part: Written, level: int) -> str:
    """A text, in parentheses where it binds less tightly than what is around it."""
    return f"({part[0]})" if part[1] < level else part[0]


def listed(arguments: Sequence[Any]) -> str:
    """Arguments as they stand in a call: texts, numbers, lists of texts.

    >>> listed([["a", "b"], 1])
    '[a, b], 1'
    """
    return ", ".join([f"[{', '.join(some)}]" if isinstance(some, (list, tuple)) else str(some) for some in arguments])
