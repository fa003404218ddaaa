"""Why a partial is zero, read from its row's formula: a gate that is off, a kink, a number too small to be one.

>>> from engine import Value
>>> why(Value(-800.0).exp(), 0, ["a"]), why(abs(Value(0.0)), 0, ["a"])
('exp(-800) underflows to 0', 'abs has a kink at 0, its slope there is taken as 0')
>>> why(Value(-0.17).relu(), 0, ["a"])
'its operand a is -0.17, 0.17 below 0'
"""
from __future__ import annotations

import ast
from copy import deepcopy
from math import isinf

from engine.errors import FAILURES
from engine.formula import ATOM, FLOATS, Reader
from engine.op import Op
from engine.readers.operands import partial_at, scope_at
from engine.readers.products import Number, Renamed
from engine.readers.traits import gates, shares_out
from engine.text.naming import digits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.value import Value

BESIDE = 1e-9                                        # how far beside a number another is that rounds alike


def why(v: Value, place: int, names: Sequence[str]) -> str:
    """Why the partial of a value by one of its operands is zero; empty where it is so by the mathematics alone.

    `names` are those of the operands.
    """
    assert v.op is not None
    numbers = {"z": v.data, **scope_at(v.op, [x.data for x in v.parents], place, v.index)}
    try:
        return Cause(v.op, numbers, scope_at(v.op, names, place, v.index)).read(partial_at(v.op, place, v.index).tree)
    except FAILURES:
        return ""


class Cause(Reader):
    """Reads a part of a formula that is zero as the reason why; nothing for one that a textbook would find zero too."""

    def __init__(self, op: Op, numbers: Mapping[str, float], names: Mapping[str, str], called: str = "") -> None:
        self.op, self.names, self.called, self.within = op, names, called, False
        self.numbers = Number(numbers, op.rows)

    def read(self, node: ast.expr) -> str:
        return super().read(node)  # type: ignore[no-any-return]

    def zero(self, part: ast.expr) -> bool:
        return self.found(part) == 0.0

    def found(self, part: ast.expr) -> float | None:
        """The number of a part; None of what runs over operands that are not known here."""
        try:
            return float(self.numbers.read(part))
        except FAILURES:
            return None

    def name(self, name: str) -> str:
        if name != "z" or self.within:
            return ""
        if shares_out(self.op):
            return "the share underflows to 0"
        self.within = True
        return self.read(self.op.formula.tree)

    def number(self, x: float) -> str:
        return ""

    def minus(self, part: ast.expr) -> str:
        return self.read(part)

    def infix(self, sign: str, left: ast.expr, right: ast.expr) -> str:
        if sign in ("+", "-"):
            both = self.zero(left) and self.zero(right)
            return self.read(left) or self.read(right) if both else ""
        a, b = self.found(left), self.found(right)
        if a == 0.0 or b == 0.0:
            return self.read(left if a == 0.0 else right)
        if a is not None and b is not None:
            return f"{digits(a)} {'·' if sign == '*' else sign} {digits(b)} underflows to 0"
        certain = sign == "*" and any([x is not None and abs(x) >= 1.0 for x in (a, b)])     # then the other one is 0
        return self.read(left if a is None else right) if certain else ""

    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> str:
        taken = body if self.numbers.truth(test) else orelse
        if not isinstance(taken, ast.Constant):
            return self.read(taken)
        return str(self.truth(test))

    def comparison(self, signs: list[str], parts: list[ast.expr]) -> str:
        """On which side of its border a number lies, or that it lies on it."""
        if "==" in signs or "!=" in signs or self.called and not gates(self.op):
            return f"{self.called} is 0" if self.called else ""
        numbers = list(map(self.numbers.read, parts))
        gaps = [abs(a - b) for a, b in zip(numbers, numbers[1:])]
        i = gaps.index(min(gaps))
        (number, part), (border, _) = sorted(zip(numbers[i:i + 2], parts[i:i + 2]), key=lambda side: not named(side[1]))
        what = self.text(part)
        if isinstance(part, ast.Name):
            what = f"its operand {what}".removesuffix(" ")
        if number == border:
            where = f"at {digits(border)}" if isinstance(part, ast.Name) else f"where {what} is {digits(border)}"
            return f"{self.op.symbol} has a kink {where}, its slope there is taken as 0"
        side = "below" if number < border else "above"
        if isinf(number):
            return f"{what} is beyond {'-' if number < 0 else ''}1.8e308, {side} {digits(border)}"
        return f"{what} is {digits(number)}, {digits(abs(number - border))} {side} {digits(border)}"

    def joined(self, sign: str, parts: list[ast.expr]) -> str:
        decided = [part for part in parts if bool(self.numbers.truth(part)) == (sign == "or")]
        return str(self.truth((decided or parts)[0]))

    def as_number(self, truth: str) -> str:
        return truth

    def as_truth(self, number: str) -> str:
        return number

    def function(self, name: str, parts: list[ast.expr]) -> str:
        """A function that is zero all around its number, and not only there, has underflown."""
        arguments = list(map(self.numbers.read, parts))
        around = [[x * (1.0 + side * BESIDE) for x in arguments] for side in (-1.0, 1.0)]
        if all(arguments) and all(FLOATS[name](*some) == 0.0 for some in around):
            return f"{name}({', '.join(map(digits, arguments))}) underflows to 0"
        return ""

    def row(self, name: str, parts: list[ast.expr]) -> str:
        row, arguments = self.op.rows[name], list(map(self.numbers.read, parts))
        call = f"{name}({', '.join(map(digits, arguments))})"
        if not row.arity:
            return f"{name} underflows to 0"
        numbers, names = dict(zip("xy", arguments)), dict(zip("xy", map(self.text, parts)))
        return Cause(row, numbers, names, call).read(row.formula.tree)

    def aggregate(self, name: str, body: ast.expr) -> str:
        return "each of the others underflows to 0"

    def text(self, part: ast.expr) -> str:
        """A part with names put in."""
        known = {name: (text, ATOM) for name, text in self.names.items()}
        return ast.unparse(Renamed(known).visit(deepcopy(part)))


def named(part: ast.expr) -> bool:
    """Whether there is a name in a part; else it is a border, on either side of the sign.

    >>> [named(ast.parse(text, mode="eval").body) for text in ("x", "-1", "2 * x")]
    [True, False, True]
    """
    return any([isinstance(each, ast.Name) for each in ast.walk(part)])
