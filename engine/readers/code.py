"""Instructions: what a formula is made of, one function of numbers at a time; each result is found once.

An instruction is a function's name and the places of its arguments. A sum of products is one instruction,
`dot(x1, y1, x2, y2, ...)`, added up left to right. Comparisons give 1.0 or 0.0, `select(c, x, y)` is x if c else y.

>>> code = Code()
>>> x = code.leaf("x")
>>> code.emit("add", code.emit("mul", x, code.number(1.0)), code.number(0.0)) == x
True
"""
from __future__ import annotations

import math
import operator

from engine.errors import FAILURES
from engine.formula import FLOATS, FUNCTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def dot(*pairs: float) -> float:
    """The sum of products, left to right."""
    z = pairs[0] * pairs[1]
    for i in range(2, len(pairs), 2):
        z = z + pairs[i] * pairs[i + 1]
    return z


PLAIN: dict[str, Callable[..., Any]] = {             # the instructions on plain floats
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "pow": operator.pow,
    "neg": operator.neg,
    "lt": lambda x, y: float(x < y), "le": lambda x, y: float(x <= y), "gt": lambda x, y: float(x > y),
    "ge": lambda x, y: float(x >= y), "eq": lambda x, y: float(x == y), "ne": lambda x, y: float(x != y),
    "and": lambda x, y: float(x != 0.0 and y != 0.0), "or": lambda x, y: float(x != 0.0 or y != 0.0),
    "not": lambda x: float(x == 0.0), "select": lambda c, x, y: x if c else y,
    "rest": lambda *terms: FLOATS["rest"](terms), "fsum": lambda *terms: math.fsum(terms),
    "dot": dot, **{name: FLOATS[name] for name in FUNCTIONS},
}


SURE     = {"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not", "select", "neg",
            *[name for name, function in FUNCTIONS.items() if function.safe == ""]}      # finite for all numbers
MIRRORED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}       # the comparison of -x with 0 as one of x


class Code:
    """Instructions in the order in which they run; a place is a number in that order."""

    def __init__(self) -> None:
        self.names: list[str] = []                   # the function; "number", or what else a leaf is, without arguments
        self.arguments: list[tuple[Any, ...]] = []
        self.numbers: dict[int, float] = {}          # the places of constants
        self.known: dict[Any, int] = {}

    def append(self, name: str, arguments: tuple[Any, ...]) -> int:
        self.names.append(name)
        self.arguments.append(arguments)
        return len(self.names) - 1

    def leaf(self, name: str) -> int:
        """A new place that no function finds."""
        return self.append(name, ())

    def number(self, x: float) -> int:
        """The place of a constant."""
        key = x or repr(x)                           # 0.0 and -0.0 are equal
        if key not in self.known:
            self.known[key] = self.leaf("number")
            self.numbers[self.known[key]] = x
        return self.known[key]

    def emit(self, name: str, *places: int) -> int:
        """The place of the function's result: found before, folded, simplified or new."""
        if (name == "add" or name == "mul") and places[0] > places[1]:
            places = places[::-1]                    # equal either way
        key = name, places
        at = self.known.get(key)
        if at is None:
            numbers = self.numbers
            at = self.simpler(name, places) if any([p in numbers for p in places]) else None
            at = self.mirrored(name, places) if at is None else at
            at = self.append(name, places) if at is None else at
            self.known[key] = at
        return at

    def negated(self, p: int) -> int:
        """The place whose negation this is; -1 if it is none."""
        return int(self.arguments[p][0]) if self.names[p] == "neg" else -1

    def mirrored(self, name: str, places: tuple[int, ...]) -> int | None:
        """The place of an equal result found from |x|, so that a function of x and the same of -x share their parts.

        What is above, at or below another number is always true.
        """
        p, x = places[0], self.negated(places[0])
        if name == "or" and self.names[p] == "or":
            three = [*self.arguments[p], places[1]]
            every = {self.names[p] for p in three} == {"gt", "eq", "lt"}
            same = every and len({self.arguments[p] for p in three}) == 1
            return self.number(1.0) if same and self.sure(p) else None
        if x >= 0 and (name == "neg" or name == "abs"):
            return x if name == "neg" else self.emit("abs", x)
        if x >= 0 and name in MIRRORED and self.numbers.get(places[1]) == 0.0:
            return self.emit(MIRRORED[name], x, places[1])
        if name == "select" and (places[1] == places[2] or self.names[p] not in MIRRORED):
            return places[1] if places[1] == places[2] and self.sure(p) else None
        if name == "select" and self.numbers.get(self.arguments[p][1]) == 0.0:
            x, other = sorted(places[1:])            # a negation comes after what it negates
            if self.arguments[p][0] == x == self.negated(other):
                same = (self.names[p] in ("gt", "ge")) == (places[1] == x)
                return self.emit("abs", x) if same else self.emit("neg", self.emit("abs", x))
        return None

    def simpler(self, name: str, places: tuple[int, ...]) -> int | None:
        """The place of an equal result where some arguments are constants; None if there is none."""
        found = [self.numbers.get(p) for p in places]
        if None not in found:
            try:
                return self.number(float(PLAIN[name](*found)))
            except FAILURES:
                return None                          # it will fail again when it runs
        if name == "select":
            return None if found[0] is None else places[1 if found[0] else 2]
        if name in ("and", "or"):
            k = found.index(None)
            if (found[1 - k] != 0.0) == (name == "and"):
                return places[k]
            return self.number(float(name == "or")) if self.sure(places[k]) else None
        x, y = found if len(found) == 2 else (None, None)
        if name == "mul" and 1.0 in (x, y):
            return places[1 if x == 1.0 else 0]
        if name == "mul" and min(x or 0.0, y or 0.0) < 0.0:
            other, factor = (places[1], x) if y is None else (places[0], y)
            return self.emit("neg", self.emit("mul", other, self.number(-(factor or 0.0))))
        if name == "add" and 0.0 in (x, y):
            return places[1 if x == 0.0 else 0]
        if name == "sub" and y == 0.0 or name == "div" and y == 1.0 or name == "pow" and y == 1.0:
            return places[0]
        return self.power(places[0], y) if name == "pow" and y in (0.0, 2.0, 3.0, -1.0) else None

    def sure(self, p: int) -> bool:
        """Whether there is a number at a place whatever the leaves are, so that nothing is lost without it."""
        return not self.arguments[p] or self.names[p] in SURE and all(map(self.sure, self.arguments[p]))

    def power(self, x: int, y: float | None) -> int | None:
        """x ** y for a whole y."""
        if y == 0.0:
            return self.number(1.0) if self.sure(x) else None
        square = self.emit("mul", x, x) if y != -1.0 else x
        return square if y == 2.0 else self.emit("mul", square, x) if y == 3.0 else \
            self.emit("div", self.number(1.0), x)
