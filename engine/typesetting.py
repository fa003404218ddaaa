r"""Formulas and names in LaTeX, as notebooks show them.

>>> latex(Formula("-z / y"), {"z": "p", "y": symbol("total")})
'-\\frac{p}{\\mathrm{total}}'
"""
from __future__ import annotations

import ast
import re

from engine.formula import AGGREGATES, INFIX, Formula

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

GREEK = ("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi "
         "psi omega").split()
SAFE = str.maketrans({                               # what TeX, or a page around it, would obey: what looks like it
    "\\": "∖", "$": "＄", "{": "❴", "}": "❵", "~": "∼", "^": "ˆ", "%": "％", "&": "＆", "#": "＃", "<": "‹", ">": "›",
    "_": r"\_"})
SIGNS = {"<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne", "and": r"\text{ and }", "or": r"\text{ or }"}
FUNCTIONS = {"log": r"\log", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan", "tanh": r"\tanh", "max": r"\max",
             "min": r"\min", "sigmoid": r"\sigma"}
TIGHT = 9


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


def latex(formula: Formula | ast.AST, names: Mapping[str, str] = {}) -> str:
    """A quoted formula in LaTeX, with names (in LaTeX) in the places of x, y, z and b."""
    return Typesetter(names).write(formula.tree if isinstance(formula, Formula) else formula)


class Typesetter:
    """Writes a formula as LaTeX: fractions as fractions, powers raised, cases as cases, aggregates as sums."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def write(self, node: ast.AST, level: int = 0) -> str:
        """The formula, in parentheses where it binds less than `level`."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Constant):
            return number(float(node.value))  # type: ignore[arg-type]
        if isinstance(node, ast.Call):
            return self.call(node.func.id, node.args)  # type: ignore[attr-defined]
        if isinstance(node, ast.UnaryOp):
            binds, text = 1, f"-{self.write(node.operand, 2)}"
        elif isinstance(node, ast.BinOp):
            binds, text = self.infix(node)
        elif isinstance(node, ast.IfExp):
            binds, text = TIGHT, (rf"\begin{{cases}} {self.write(node.body)} & \text{{if }} {self.write(node.test)} "
                                  rf"\\ {self.write(node.orelse)} & \text{{otherwise}} \end{{cases}}")
        else:
            binds, text = 0, self.condition(node)
        return rf"\left({text}\right)" if binds < level else text

    def infix(self, node: ast.BinOp) -> tuple[int, str]:
        """Two operands and the sign between them, with how tightly they hold."""
        sign, binds = INFIX[type(node.op)]
        if sign == "/":
            minus = isinstance(node.left, ast.UnaryOp)
            top = self.write(node.left.operand if isinstance(node.left, ast.UnaryOp) else node.left)
            return (1 if minus else 3), ("-" if minus else "") + rf"\frac{{{top}}}{{{self.write(node.right)}}}"
        if sign == "**":
            return 4, f"{self.write(node.left, TIGHT)}^{{{self.write(node.right)}}}"
        between = r" \cdot " if sign == "*" else f" {sign} "
        first = 1 if isinstance(node.left, ast.UnaryOp) else binds
        return min(first, binds), f"{self.write(node.left, first)}{between}{self.write(node.right, binds + 1)}"

    def condition(self, node: ast.AST) -> str:
        """Comparisons, and what joins them."""
        if isinstance(node, ast.BoolOp):
            sign = INFIX[type(node.op)][0]
            return SIGNS[sign].join(self.write(part, 0) for part in node.values)
        assert isinstance(node, ast.Compare)
        signs = [INFIX[type(op)][0] for op in node.ops]
        sides = [f" {SIGNS.get(sign, sign)} {self.write(side, 1)}" for sign, side in zip(signs, node.comparators)]
        return self.write(node.left, 1) + "".join(sides)

    def call(self, name: str, arguments: list[ast.expr]) -> str:
        """A function or an aggregate and its arguments."""
        texts = [self.write(argument) for argument in arguments]
        if name in AGGREGATES and len(texts) == 1:
            return self.aggregate(name, texts[0])
        if name == "exp":
            return "e^{%s}" % texts[0]
        if name in ("sqrt", "abs", "floor"):
            return {"sqrt": r"\sqrt{%s}", "abs": r"\left|%s\right|",
                    "floor": r"\left\lfloor %s\right\rfloor"}[name] % texts[0]
        return FUNCTIONS.get(name, rf"\operatorname{{{text(name)}}}") + rf"\left({', '.join(texts)}\right)"

    def aggregate(self, name: str, body: str) -> str:
        """What runs over all operands."""
        if name in ("sum", "fsum"):
            return rf"{{\textstyle\sum}} {body}"
        if name in ("max", "min"):
            return rf"\{name} {body}"
        return rf"{{\textstyle\sum}}_{{\text{{{name}}}}} {body}"
