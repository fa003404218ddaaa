"""What a picture tells where one points: exact numbers, formulas, a local derivative's rule as a textbook has it."""
from __future__ import annotations

from engine.explanation.names import Names
from engine.explanation.notation import Text
from engine.formula import ATOM
from engine.picture.grouping import Group
from engine.readers.operands import told_at
from engine.readers.products import partial
from engine.text.naming import as_operand, literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from engine.picture.grouping import Entry
    from engine.value import Value

    Words = Any                                      # engine.picture.words imports this

LONGEST = 60                         # signs of a rule


class Called(Names):
    """Values as a page calls them."""

    def __init__(self, words: Words) -> None:
        graph = words.graph
        super().__init__(graph.root, graph.root, graph.given, graph.nodes)
        self.words = words

    def of(self, v: Value) -> str:
        return self.words.name(v)  # type: ignore[no-any-return]

    def atom(self, v: Value) -> tuple[str, int]:
        return literal(v.data) if v.constant else (self.words.atom(v), ATOM)


def of_value(words: Words, v: Value) -> str:
    """A value's number, the one that was used before, its formula, and its derivative."""
    number = f"{words.graph.called(v) or kind(v)} = {v.data!r}"
    if v in words.was:
        number += f" now, {words.was[v]!r} when it was used"
    lines = [number]
    if v.op:
        name, own = words.graph.called(v), words.formula(Group(v, [v], []))
        lines.append(f"{as_operand(name) if name else 'this'} = {own}" if own else f"z = {v.op.formula}")
    if words.gradients.computed and not v.constant:
        lines.append(f"{words.quotient(words.graph.root, v)} = {words.gradients.slopes[v]!r}")
    return "\n".join(lines)


def of_arrow(words: Words, group: Group, entry: Entry) -> str:
    """The derivative of a box by an operand: ∂h/∂a = 1 - h * h = 0.75, the rule where it is that of one operation."""
    if entry.source.constant:
        return f"{literal(entry.source.data)[0]} is a constant: the gradient that goes to it = {entry.slope!r}"
    rule = local(words, entry) if entry.at is group.head and entry.place >= 0 else ""     # -1: several ways
    parts = [words.quotient(group.head, entry.source), rule, repr(entry.slope)]
    return " = ".join(filter(None, parts))


def local(words: Words, entry: Entry) -> str:
    """The partial of an operation by one of its few operands, in names; empty where it is a plain number, or long."""
    v = entry.at
    if v.op is None or not v.op.arity or not told_at(v.op, entry.place).free:
        return ""
    words.algebra.order.clear()                      # factors stand as this rule meets them
    words.algebra.shown.clear()
    terms = partial(words.algebra, v, entry.place)
    text  = Text(words.algebra).sum(terms) if terms else ""
    return text if len(text) <= LONGEST and "#" not in text else ""


def kind(v: Value) -> str:
    """What a value without a name is."""
    if v.op:
        return f"a {v.op.name}"
    return "a constant" if v.constant else "a number"
