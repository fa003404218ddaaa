"""What the made-up names of an explanation stand for: #9, a place in the table, and p_setosa, a share of a softmax."""
from __future__ import annotations

import re

from engine.formula import ATOM
from engine.graph import postorder
from engine.readers.numbers import floats
from engine.text.calls import call_of
from engine.text.naming import clipped, digits, formula_of, literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.explanation.names import Names
    from engine.text.calls import Written
    from engine.value import Value

DEEP    = 30                                         # values without a name that are written out in one line
LONGEST = 80                                         # signs of a formula
PLACE   = re.compile(r"(?<![\w'\"])#(\d+)\b")
DEFINED = re.compile(r"^ *(?:[+-][\d.e+-]+ +)?(#\d+) = ", re.MULTILINE)


def definitions(names: Names, text: str) -> list[str]:
    """Lines that say what those names in a text stand for that are defined nowhere in it, and their numbers.

    >>> from engine import Value
    >>> from engine.explanation.names import Names
    >>> a = Value(2.0, "a"); b = a * 3.0 + 1.0; names = Names(b * b, a, {})
    >>> definitions(names, "#3 = #2 + 1 and a")
    ['#2 = a * 3 = 6']
    """
    lines = list(of_shares(names, text))
    text = "\n".join([text, *lines])
    places = {int(place) for place in PLACE.findall(text)}
    defined = set(DEFINED.findall(text))
    order = names.order or postorder(names.root)
    known = [n for n in sorted(places) if 0 < n <= len(order)]
    return lines + [f"#{n} = {made_of(names, order[n - 1], places)}" for n in known if f"#{n}" not in defined]


def of_shares(names: Names, text: str) -> Iterator[str]:
    """The shares that a text speaks of: the softmax that each is of which operands, and its number."""
    for (row, operands), made_up in names.shares.items():
        for i, name in enumerate(made_up):
            if re.search(rf"(?<![\w.]){re.escape(name)}(?![\w\[])", text):
                call, _ = call_of(row, [(names.atom(x)[0], ATOM) for x in operands], i)
                share = floats.value(row, [x.data for x in operands], i)
                yield f"{name} = {clipped(call, LONGEST)} = {digits(share)}"


def made_of(names: Names, v: Value, places: set[int]) -> str:
    """What a value without a name is made of, and its number; of other such values only those that are spoken of."""
    if v.op is None:
        return f"{digits(v.data)}, a value without a name"

    def operand(x: Value) -> Written:
        name, binds = names.atom(x)
        if not name.startswith("#") or int(name[1:]) in places:
            return name, binds
        return ("…", ATOM) if x.op else literal(x.data)

    order = [v]
    for u in order:                                  # what has no name is written out, down to some depth
        if len(order) < DEEP:
            order += [x for x in u.parents if x.op and not names.has(x) and operand(x)[0] == "…"]
    formulas: dict[Value, Written] = {}
    for u in reversed(order):
        formulas[u] = formula_of(u, lambda x: formulas.get(x) or operand(x))
    return f"{clipped(formulas[v][0], LONGEST)} = {digits(v.data)}"
