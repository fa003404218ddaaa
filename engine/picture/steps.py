"""A graph step by step: forward, every box with its formula and its numbers; then backward, the chain rule."""
from __future__ import annotations

from typing import NamedTuple

from engine.formula import ATOM
from engine.paths.zeros import gates_off
from engine.picture.contents import merged
from engine.picture.operations import fitted, symbol
from engine.text.naming import digits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.picture.grouping import Entry, Group
    from engine.picture.model import Contents
    from engine.picture.words import Words
    from engine.value import Value

LONGEST = 100                        # signs of a formula
TERMS   = 4                          # of a sum


class Step(NamedTuple):
    """One step: the key of its box, what happens there, and the numbers of the arrows along which it does."""

    backward: bool
    box:      str
    lines:    tuple[str, ...]
    arrows:   tuple[int, ...]


def steps_of(words: Words, shown: Contents) -> list[Step]:
    """Forward in the order of the graph, then backward, a step per box."""
    groups = {words.key(group.head): group for group in words.groups}
    values = {key: v for v, key in words.keys.items()}
    arrows = dict(enumerate(shown.arrows, 1))
    keys = [box.head.key for box in shown.boxes]
    into: dict[str, list[int]] = {key: [] for key in keys}
    out: dict[str, list[int]] = {key: [] for key in keys}
    for i, arrow in arrows.items():
        into[arrow.head].append(i)
        out[arrow.tail].append(i)
    steps = [Step(False, key, forward(words, values[key], groups.get(key)), tuple(into[key])) for key in keys]
    for key in reversed(keys):
        v = values[key]
        if not v.constant:
            users = [(values[arrows[i].head], arrows[i].slope) for i in out[key]]
            lines = backward(words, v, users) + rows(words, groups.get(key))
            steps.append(Step(True, key, lines, tuple(out[key])))
    return steps


def forward(words: Words, v: Value, group: Group | None) -> tuple[str, ...]:
    """How a box gets its number: formula, numbers put in, result."""
    name, was = words.name(v), words.was.get(v, v.data)
    if v.constant:
        return (f"{name}, a constant",)
    if group is None or v.op is None:
        return (f"{name} = {digits(was)}, given",)
    symbols = fitted(group, lambda x: (words.name(x), ATOM), LONGEST)
    numbers = fitted(group, lambda x: factor(words.was.get(x, x.data)), LONGEST)
    if not symbols or not numbers:
        return (f"{name} = {symbol(group)}(…) = {digits(was)}",)
    return f"{name} = {symbols}", f"= {numbers} = {digits(was)}"


def backward(words: Words, v: Value, users: Sequence[tuple[Value, float]]) -> tuple[str, ...]:
    """How a value gets its derivative: along each arrow what comes back times the local derivative, and their sum."""
    root, slopes = words.graph.root, words.gradients.slopes
    whole = words.quotient(root, v)
    if v is root:
        return (f"{whole} = 1",)
    if not users:
        return (f"{whole} = {digits(slopes.get(v, 0.0))}",)
    symbols = [f"{words.quotient(root, user)} × {words.quotient(user, v)}" for user, _ in users]
    numbers = [f"{enclosed(slopes.get(user, 0.0))} × {enclosed(slope)}" for user, slope in users]
    result = digits(slopes.get(v, 0.0))
    off = f", cut off by {gates_off(words.graph.nodes)} that is off" if v in words.gradients.dead else ""
    return f"{whole} = {added(symbols)}", f"= {added(numbers)} = {result}{off}"


def rows(words: Words, group: Group | None) -> tuple[str, ...]:
    """How the values that are rows of a box get their derivatives, or their shares of them."""
    if group is None:
        return ()
    return tuple([row(words, entry, group.head) for entry in merged(group) if has_row(words, entry.source)])


def has_row(words: Words, x: Value) -> bool:
    """Whether an operand is a row that has a derivative."""
    return x not in words.named and not x.constant and not words.hidden(x)


def row(words: Words, entry: Entry, head: Value) -> str:
    """How a row gets its derivative, or the share of it that comes from this box."""
    x, root, users = entry.source, words.graph.root, len(words.users[entry.source])
    back = words.gradients.slopes.get(head, 0.0)
    result = digits(back * entry.slope if back else 0.0)
    share = "" if users == 1 else f", one of {users} shares"
    return (f"{words.quotient(root, x)} = {words.quotient(root, head)} × {words.quotient(head, x)} = "
            f"{enclosed(back)} × {enclosed(entry.slope)} = {result}{share}")


def factor(x: float) -> tuple[str, int]:
    """A number put into a formula: a negative one in parentheses wherever an operation meets it."""
    return digits(x), ATOM if x >= 0 else 0


def enclosed(x: float) -> str:
    """A number as a factor, a negative one in parentheses."""
    return digits(x) if x >= 0 else f"({digits(x)})"


def added(terms: Sequence[str]) -> str:
    """A sum, its middle left out where it is long."""
    if len(terms) > TERMS:
        terms = [*terms[:TERMS - 2], "…", terms[-1]]
    return " + ".join(terms)
