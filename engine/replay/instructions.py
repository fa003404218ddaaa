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
from engine.op import FLOATS

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
    "neg": operator.neg, "abs": abs, "floor": lambda x: math.floor(x) + 0.0,
    "lt": lambda x, y: float(x < y), "le": lambda x, y: float(x <= y), "gt": lambda x, y: float(x > y),
    "ge": lambda x, y: float(x >= y), "eq": lambda x, y: float(x == y), "ne": lambda x, y: float(x != y),
    "and": lambda x, y: float(x != 0.0 and y != 0.0), "or": lambda x, y: float(x != 0.0 or y != 0.0),
    "not": lambda x: float(x == 0.0), "select": lambda c, x, y: x if c else y,
    "max": max, "min": min, "rest": lambda *terms: FLOATS["rest"](terms), "fsum": lambda *terms: math.fsum(terms),
    "dot": dot,
    **{f: FLOATS[f] for f in ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "tanh")},
}


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
            for p in places:
                if p in numbers:
                    at = self.simpler(name, places)
                    break
            else:
                if name == "select" and places[1] == places[2]:
                    at = places[1]
            if at is None:
                at = self.append(name, places)
            self.known[key] = at
        return at

    def simpler(self, name: str, places: tuple[int, ...]) -> int | None:
        """The place of an equal result where some arguments are constants; None if there is none."""
        found = [self.numbers.get(p) for p in places]
        if None not in found:
            try:
                return self.number(float(PLAIN[name](*found)))
            except FAILURES:
                return None                          # it will fail again when it runs
        if name == "select":
            same = places[1] if places[1] == places[2] else None
            return same if found[0] is None else places[1 if found[0] else 2]
        if name in ("and", "or"):
            k = found.index(None)
            return places[k] if (found[1 - k] != 0.0) == (name == "and") else self.number(float(name == "or"))
        x, y = found if len(found) == 2 else (None, None)
        if name == "mul" and 1.0 in (x, y):
            return places[1 if x == 1.0 else 0]
        if name == "mul" and -1.0 in (x, y):
            return self.emit("neg", places[1 if x == -1.0 else 0])
        if name == "add" and 0.0 in (x, y):
            return places[1 if x == 0.0 else 0]
        if name == "sub" and y == 0.0 or name == "div" and y == 1.0 or name == "pow" and y == 1.0:
            return places[0]
        return self.power(places[0], y) if name == "pow" and y in (0.0, 2.0, 3.0, -1.0) else None

    def power(self, x: int, y: float | None) -> int:
        """x ** y for a whole y."""
        if y == 0.0:
            return self.number(1.0)
        square = self.emit("mul", x, x) if y != -1.0 else x
        return square if y == 2.0 else self.emit("mul", square, x) if y == 3.0 else \
            self.emit("div", self.number(1.0), x)
