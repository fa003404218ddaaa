"""A graph step by step: forward, every box with its formula and its numbers; then backward, the chain rule."""
from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from engine.formula import ATOM
from engine.paths.zeros import gates_off
from engine.picture.contents import merged
from engine.picture.operations import fitted, symbol
from engine.picture.rules import Rules
from engine.picture.words import total
from engine.text.naming import digits, literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.picture.grouping import Entry, Group
    from engine.picture.model import Contents
    from engine.picture.words import Words
    from engine.value import Value

LONGEST = 100                        # signs of a formula
TERMS   = 4                          # of a sum
LISTED  = 6                          # rows to which nothing comes


class Step(NamedTuple):
    """One step: the key of its box, what happens there, and the numbers of the arrows along which it does."""

    backward: bool
    box:      str
    lines:    tuple[str, ...]
    arrows:   tuple[int, ...]


def steps_of(words: Words, shown: Contents, chain: Sequence[str] = ()) -> list[Step]:
    """Forward in the order of the graph, then backward, a step per box; that of `wrt` ends with the chain rule."""
    rules, left = Rules(words), Counter({x: len(users) for x, users in words.users.items()})
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
            lines = backward(words, v, users)
            lines += tuple(filter(None, dict.fromkeys(rules.of(groups[words.key(user)], v, slope)
                                                      for user, slope in users[:TERMS])))
            if v is words.graph.wrt:
                lines += tuple(chain)
            if group := groups.get(key):
                lines += rows(words, group, rules, left)
            steps.append(Step(True, key, lines, tuple(out[key])))
    return steps


def forward(words: Words, v: Value, group: Group | None) -> tuple[str, ...]:
    """How a box gets its number: formula, numbers put in, result."""
    name, was = words.name(v), words.was.get(v, v.data)
    if v.constant:
        return (f"{name}, a constant",)
    if group is None or v.op is None:
        return (f"{name} = {digits(was)}, given",)
    symbols = fitted(group, lambda x: literal(x.data) if x.constant else (words.atom(x), ATOM), LONGEST)
    numbers = fitted(group, lambda x: factor(words.was.get(x, x.data)), LONGEST)
    if not symbols or not numbers:
        return (f"{name} = {symbol(group)}(…) = {digits(was)}",)
    return f"{name} = {symbols}", f"= {numbers} = {digits(was)}"


def backward(words: Words, v: Value, users: Sequence[tuple[Value, float]]) -> tuple[str, ...]:
    """How a value gets its derivative: along each arrow what comes back times the local derivative, and their sum."""
    root, slopes = words.graph.root, words.gradients.slopes
    whole = words.quotient(root, v)
    if v is root:
        return (f"{whole} = 1: {words.name(v)} changes as {words.name(v)} changes",)
    if not users:
        return (f"{whole} = {digits(slopes.get(v, 0.0))}",)
    symbols = [f"{words.quotient(root, user)} × {words.quotient(user, v)}" for user, _ in users]
    numbers = [f"{enclosed(slopes.get(user, 0.0))} × {enclosed(slope)}" for user, slope in users]
    result = digits(slopes.get(v, 0.0))
    off = f", cut off by {gates_off(words.graph.nodes)} that is off" if v in words.gradients.off else ""
    return f"{whole} = {added(symbols)}", f"= {added(numbers)} = {result}{off}"


def rows(words: Words, group: Group, rules: Rules, left: Counter[Value]) -> tuple[str, ...]:
    """How the values that are rows of a box get their derivatives, or their shares of them, and what these add up to.

    `left` counts how many shares of each are still to come. Rows to which nothing comes are one line.
    """
    entries = [entry for entry in merged(group) if has_row(words, entry.source)]
    back = words.gradients.slopes.get(group.head, 0.0)
    zeros = [entry for entry in entries if not back or not entry.slope]
    if len(zeros) < 2:
        zeros = []
    lines = list[str]()
    for entry in entries:
        if entry not in zeros:
            lines += [row(words, entry, group.head), rules.of(group, entry.source, entry.slope)]
    if zeros:
        names = ", ".join([words.quotient(words.graph.root, entry.source) for entry in zeros[:LISTED]])
        more = f" and {len(zeros) - LISTED} more" if len(zeros) > LISTED else ""
        share = ", from here" if any(len(words.users[entry.source]) > 1 for entry in zeros) else ""
        lines.append(f"{names}{more} = 0{share}: {nothing(words, group, back)}")
    for entry in entries:
        left[entry.source] -= 1
        if len(words.users[entry.source]) > 1 and not left[entry.source]:
            lines.append(together(words, entry.source))
    return tuple(line for line in lines if line)


def nothing(words: Words, group: Group, back: float) -> str:
    """Why nothing comes back to several rows of a box."""
    name = words.name(group.head)
    if not back:
        return f"nothing comes back to {name}"
    return f"{name} {'is off and lets nothing through' if words.cut_off(group.head) else 'does not change with them'}"


def together(words: Words, x: Value) -> str:
    """The shares of a leaf that is a row of several boxes, added up."""
    slopes = words.gradients.slopes
    shares = [sum_of(entry.slope for entry in group.entries if entry.source is x) * slopes.get(group.head, 0.0)
              for group in words.groups if group.head in words.users[x]]
    return (f"{words.quotient(words.graph.root, x)} = {total(shares)} = {digits(slopes.get(x, 0.0))}: "
            f"its {len(shares)} shares together")


def sum_of(numbers: Iterable[float]) -> float:
    """Numbers added up, left to right."""
    result = 0.0
    for n in numbers:
        result += n
    return result


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
