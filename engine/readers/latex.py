r"""Formulas and names in LaTeX, as notebooks show them.

>>> latex(Formula("-z / y"), {"z": "p", "y": symbol("total")})
'-\\frac{p}{\\mathrm{total}}'
"""
from __future__ import annotations

import ast
import re

from engine.formula import AGGREGATES, ATOM, BINDS, FUNCTIONS, Formula, Reader
from engine.text.naming import exactly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.text.calls import Written

GREEK = ("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi "
         "psi omega").split()
SAFE = str.maketrans({                               # what TeX, or a page around it, would obey: what looks like it
    "\\": "∖", "$": "＄", "{": "❴", "}": "❵", "~": "∼", "^": "ˆ", "%": "％", "&": "＆", "#": "＃", "<": "‹", ">": "›",
    "_": r"\_"})
SIGNS = {"<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne", "and": r"\text{ and }", "or": r"\text{ or }"}


def symbol(name: str) -> str:
    r"""A value's name in LaTeX; any text is only text.

    >>> symbol("p"), symbol("b3"), symbol("CE"), symbol("z_setosa"), symbol("w[0][1]"), symbol("p['q']")
    ('p', 'b_{3}', '\\mathrm{CE}', 'z_{\\mathrm{setosa}}', 'w_{0,1}', 'p_{q}')
    """
    match = re.fullmatch(r"([A-Za-zα-ω]+)(?:_?(\d+)|_([A-Za-z]\w*))?((?:\[(?:\d+|'\w+')\])*)", name)
    if not match:
        return rf"\text{{{text(name)}}}"
    word, digit, below, places = match.groups()
    parts = [digit, below, *re.findall(r"\w+", places)]
    below = ",".join(part if part.isdecimal() or len(part) == 1 and part.isalpha() else rf"\mathrm{{{text(part)}}}"
                     for part in parts if part)
    return letters(word) + (f"_{{{below}}}" if below else "")


def letters(word: str) -> str:
    """A word as a variable: one letter in italics, a Greek letter's name as the letter."""
    return word if len(word) == 1 else f"\\{word}" if word in GREEK else rf"\mathrm{{{word}}}"


def text(words: str) -> str:
    """Words that TeX shows as they are."""
    return "".join(c if c.isprintable() else "\ufffd" for c in words.translate(SAFE))


def number(x: float, places: int = 6) -> str:
    r"""A number in LaTeX.

    >>> number(-6.627828), number(1.5e-20)
    ('-6.62783', '1.5 \\cdot 10^{-20}')
    """
    mantissa, e, exponent = f"{x + 0.0:.{places}g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else mantissa


def constant(x: float) -> str:
    r"""A number of a formula in LaTeX, with all its digits, or cut with a sign that says so.

    >>> constant(12345.0), constant(1 / 3), constant(1e-20)
    ('12345', '0.3333…', '1 \\cdot 10^{-20}')
    """
    mantissa, e, exponent = exactly(x).partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else mantissa


def latex(formula: Formula | ast.expr, names: Mapping[str, str] = {}) -> str:
    """A quoted formula in LaTeX, with names (in LaTeX) in the places of x, y, z and b."""
    return Typesetter(names).read(formula.tree if isinstance(formula, Formula) else formula)[0]  # type: ignore


class Typesetter(Reader):
    """Reads a formula as LaTeX: fractions as fractions, powers raised, cases as cases, aggregates as sums.

    Each part is a text, and how tightly it binds.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def text(self, node: ast.expr, level: int = 0) -> str:
        """A part in parentheses where it binds less than `level`."""
        text, binds = self.read(node)
        return rf"\left({text}\right)" if binds < level else text

    def name(self, name: str) -> Written:
        return self.names.get(name, name), ATOM

    def number(self, x: float) -> Written:
        return constant(x), ATOM

    def minus(self, part: ast.expr) -> Written:
        return f"-{self.text(part, BINDS['*'])}", BINDS["+"]

    def infix(self, sign: str, left: ast.expr, right: ast.expr) -> Written:
        if sign == "/":
            return self.quotient(left, right)
        if sign == "**":
            return f"{self.text(left, ATOM)}^{{{self.text(right)}}}", BINDS[sign]
        between = r" \cdot " if sign == "*" else f" {sign} "
        binds = BINDS["+"] if isinstance(left, ast.UnaryOp) else BINDS[sign]     # -x · y is -(x · y) as well
        return f"{self.text(left, binds)}{between}{self.text(right, BINDS[sign] + 1)}", binds

    def quotient(self, above: ast.expr, below: ast.expr) -> Written:
        """A fraction, with the minus sign of what is above before it."""
        if isinstance(above, ast.UnaryOp):
            return rf"-\frac{{{self.text(above.operand)}}}{{{self.text(below)}}}", BINDS["+"]
        return rf"\frac{{{self.text(above)}}}{{{self.text(below)}}}", BINDS["minus"]

    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> Written:
        taken, condition, other = self.text(body), self.truth(test)[0], self.text(orelse)
        return (rf"\begin{{cases}} {taken} & \text{{if }} {condition} \\ {other} & \text{{otherwise}} \end{{cases}}",
                ATOM)

    def comparison(self, signs: list[str], parts: list[ast.expr]) -> Written:
        first, *others = [self.text(part, 1) for part in parts]
        return first + "".join([f" {SIGNS.get(sign, sign)} {side}" for sign, side in zip(signs, others)]), 0

    def joined(self, sign: str, parts: list[ast.expr]) -> Written:
        parts_of = [self.truth(part) for part in parts]
        if sign == "and":
            return SIGNS[sign].join([rf"\left({text}\right)" if binds < 0 else text for text, binds in parts_of]), 0
        return SIGNS[sign].join([text for text, _ in parts_of]), -1

    def as_number(self, truth: Written) -> Written:
        return truth

    def as_truth(self, number: Written) -> Written:
        return number

    def function(self, name: str, parts: list[ast.expr]) -> Written:
        known = FUNCTIONS[name].latex
        if "%" not in known:
            return self.row(name, parts, known)
        return known % self.text(parts[0]), BINDS["**"] if "^" in known else ATOM

    def row(self, name: str, parts: list[ast.expr], known: str = "") -> Written:
        called = known or rf"\operatorname{{{text(name)}}}"
        return rf"{called}\left({', '.join(map(self.text, parts))}\right)", ATOM

    def aggregate(self, name: str, body: ast.expr) -> Written:
        return AGGREGATES[name].latex % self.text(body), ATOM
