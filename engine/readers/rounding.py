"""How much of a formula's result is rounding: run again with each of its operations shaken, it shows what each may do.

Where terms nearly cancel, a slope found by the complex step has fewer digits than a float, and nothing in the number
says so. What rounding does to each operation's result in the last bit is done here in the fortieth, at random: the
result then moves so many times further (Monte Carlo arithmetic: Parker, 1997).

>>> from engine import Op
>>> for op in Op("sigmoid(-x)", "-sigmoid(x) * z", name="down"), Op("1 - sigmoid(x)", "-sigmoid(x) * z", name="apart"):
...     z = complexes.value(op, [complex(30.0, 1e-20)])
...     print(f"{z.real:.4e}, give or take {rounding(op, [complex(30.0, 1e-20)], None, z).real:.0e}")
9.3576e-14, give or take 2e-28
9.3481e-14, give or take 1e-15
"""
from __future__ import annotations

import ast
from random import Random

from engine.formula import AGGREGATES
from engine.readers.numbers import Compared, Kind, complexes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from engine.op import Op

SHAKE = 2.0 ** -40                                   # of an operation's result
TIMES = 3


class Shaken(Compared):
    """Reads formulas for complex numbers whose every operation is shaken, and every term of a sum.

    What is compared is not, nor what one of it is picked from.
    """

    steady, summed = False, False

    def shaken(self, result: ast.expr) -> ast.expr:
        return result if self.steady else ast.Call(ast.Name("shaken"), [result], [])

    def name(self, name: str) -> ast.expr:
        return self.shaken(super().name(name)) if self.summed else super().name(name)

    def infix(self, sign: str, left: ast.expr, right: ast.expr) -> ast.expr:
        return self.shaken(super().infix(sign, left, right))

    def function(self, name: str, parts: list[ast.expr]) -> ast.expr:
        return self.shaken(super().function(name, parts))

    def comparison(self, signs: list[str], parts: list[ast.expr]) -> ast.expr:
        before, self.steady = self.steady, True
        compared = super().comparison(signs, parts)
        self.steady = before
        return compared

    def aggregate(self, name: str, body: ast.expr) -> ast.expr:
        before = self.steady, self.summed
        self.steady, self.summed = AGGREGATES[name].floats in ("largest", "smallest"), True
        found = super().aggregate(name, body)
        self.steady, self.summed = before
        return found


random = Random()


def shaken(z: Any) -> complex:
    """A number moved at random, by at most one part in 2 ** 40; the real and the imaginary part each for itself."""
    return complex(z.real * (1 + SHAKE * random.uniform(-1, 1)), z.imag * (1 + SHAKE * random.uniform(-1, 1)))


shaking = Kind({**complexes.functions, "shaken": shaken}, Shaken)


def rounding(op: Op, operands: Sequence[complex], index: int | None, z: complex) -> complex:
    """By how much rounding may have moved z, the result of a row for complex operands: each of its two parts.

    Errors: those that the functions of complex numbers raise.
    """
    random.seed(0)
    moved = [shaking.value(op, operands, index) - z for _ in range(TIMES)]
    bits = 8 * 2.0 ** -53 / SHAKE                    # few tries seldom see the most that rounding can do
    return complex(max([abs(n.real) for n in moved]) * bits, max([abs(n.imag) for n in moved]) * bits)
