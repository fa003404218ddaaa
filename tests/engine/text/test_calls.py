"""engine/text/calls.py: what is written is read as what was meant."""
from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st

from engine import Op
from engine.formula import ATOM
from engine.text.calls import call_of

SIGNS = [name for name, op in Op.table.items() if op.sign]


class Term:
    """Operations as they were done, which no rule of arithmetic makes alike."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and self.parts == other.parts

    def __repr__(self) -> str:
        return f"({' '.join(map(repr, self.parts))})"


for name in SIGNS:
    setattr(Term, f"__{name}__", lambda self, *others, name=name: Term(name, self, *others))

LEAVES = st.sampled_from("abc").map(lambda name: (name, ATOM, Term(name)))


def operation(name: str, *operands: Any) -> Any:
    """How it is written, how tightly that binds, and what it is."""
    taken = operands[:Op.table[name].arity]
    written = call_of(Op.table[name], [(text, binds) for text, binds, _ in taken])
    return *written, Term(name, *[term for _, _, term in taken])


@given(st.recursive(LEAVES, lambda some: st.builds(operation, st.sampled_from(SIGNS), some, some), max_leaves=12))
def test_a_text_is_read_as_the_operations_that_it_was_written_for(written: Any) -> None:
    text, _, term = written
    assert eval(text, {name: Term(name) for name in "abc"}) == term, text
