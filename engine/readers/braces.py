"""What C and JavaScript write in the same way: the signs, choices and conditions of a formula, and its brackets.

>>> from engine.formula import Formula
>>> class Plain(Braces):
...     CALLED = {"**": "power"}
>>> Plain().text(Formula("-x ** 2 if x < 1 <= y or 0 else x - (y - x)").tree)
'((x < 1.0 && 1.0 <= y) || (0.0 != 0.0)) ? -power(x, 2.0) : x - (y - x)'
"""
from __future__ import annotations

from engine.formula import ATOM, BINDS, Reader
from engine.text.calls import bracketed

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast

    from engine.text.calls import Written


class Braces(Reader):
    """Reads formulas as expressions of a language with C's signs, each with how tightly it binds.

    `SIGNS` are comparisons that are written otherwise there; `CALLED` signs that may fail, which are functions.
    """

    SIGNS: dict[str, str] = {}
    CALLED = {"/": "over", "**": "power"}
    names: dict[str, str] = {}                       # what variables are called

    def text(self, node: ast.expr, level: int = 0) -> str:
        """A part in parentheses where it binds less than `level`."""
        return bracketed(self.read(node), level)

    def call(self, name: str, texts: list[str]) -> Written:
        """A function of these texts."""
        return f"{name}({', '.join(texts)})", ATOM

    def compared(self, x: str, sign: str, y: str) -> str:
        """Two texts with a comparison between them."""
        return f"{x} {self.SIGNS.get(sign, sign)} {y}"

    def name(self, name: str) -> Written:
        return self.names.get(name, name), ATOM

    def number(self, x: float) -> Written:
        return repr(x), ATOM

    def minus(self, part: ast.expr) -> Written:
        return f"-{self.text(part, BINDS['minus'] + 1)}", BINDS["minus"]

    def infix(self, sign: str, left: ast.expr, right: ast.expr) -> Written:
        if sign in self.CALLED:
            return self.call(self.CALLED[sign], [self.text(left), self.text(right)])
        return f"{self.text(left, BINDS[sign])} {sign} {self.text(right, BINDS[sign] + 1)}", BINDS[sign]

    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> Written:
        return f"{self.truth(test)} ? {self.text(body, 1)} : {self.text(orelse, 1)}", 0

    def comparison(self, signs: list[str], parts: list[ast.expr]) -> str:
        sides = [self.text(part, 1) for part in parts]
        return f"({' && '.join(map(self.compared, sides, signs, sides[1:]))})"

    def joined(self, sign: str, parts: list[ast.expr]) -> str:
        return f"({ {'and': ' && ', 'or': ' || '}[sign].join(map(self.truth, parts))})"

    def as_number(self, truth: str) -> Written:
        return f"{truth} ? 1.0 : 0.0", 0

    def as_truth(self, number: Written) -> str:
        return f"({self.compared(bracketed(number, 1), '!=', '0.0')})"
