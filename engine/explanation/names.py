"""What an explanation calls the values of a graph: their names, short formulas, else places, as in the table."""
from __future__ import annotations

import ast

from engine.formula import ATOM, BINDS
from engine.graph import postorder
from engine.readers import latex
from engine.text.naming import digits, formula_of, literal, plain
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHORT = 17                                           # signs of a formula that stands for a name
MANY  = 40                                           # operands, too many to be written out


class Names:
    """The names of a graph's values; `given` are the caller's. What has none and no short formula is `#9`.

    `order` is the root's postorder, where that is known.

    >>> from engine import exp
    >>> z = Value(1.0, "z"); e = exp(z); p = e / (e + exp(z * 2.0) + 1.0)
    >>> names = Names(p, z, {p: "p"})
    >>> names.called(p), names.called(e), names.called(p.parents[1])
    ('p', 'exp(z)', '#6')
    """

    def __init__(self, root: Value, wrt: Value, given: Mapping[Value, str], order: Sequence[Value] = ()) -> None:
        self.root, self.wrt, self.given, self.order = root, wrt, given, order
        self.found: dict[Value, str] = {}
        self.places: dict[Value, int] = {}

    def named(self, v: Value) -> str:
        """A value's own name, empty if it has none."""
        return plain(v.label or self.given.get(v, ""))

    def has(self, v: Value) -> bool:
        """Whether a value has a name of its own."""
        return bool(v.label or v in self.given)

    def called(self, v: Value) -> str:
        """What a value is called."""
        if v not in self.found:
            self.found[v] = self.named(v) or ("L" if v is self.root else self.short(v) or self.place(v))
        return self.found[v]

    def place(self, v: Value) -> str:
        """A value's place in the table of the graph; what is not there by its number."""
        if not self.places:
            self.places = {v: i for i, v in enumerate(self.order or postorder(self.root), 1)}
        if v in self.places:
            return f"#{self.places[v]}"
        return digits(v.data) if v.constant else f"Value({digits(v.data)})"

    def atom(self, v: Value) -> tuple[str, int]:
        """An operand's name, with how tightly it holds together."""
        if v.constant:
            return literal(v.data)
        text = self.called(v)
        loose = v is not self.root and text != self.named(v) and text[:1] != "#"
        return text, BINDS.get(v.op.sign, ATOM) if loose and v.op else ATOM

    def typeset(self, v: Value) -> str:
        """What a value is called, in LaTeX."""
        if v.constant:
            return latex.number(v.data)
        if self.named(v) or v.op is None or v is self.root or not self.short(v):
            called = self.called(v)
            return latex.symbol(called) if called[0] != "#" else rf"\#{called[1:]}"
        operands = list(map(self.typeset, v.parents))            # all of them have names, or are plain numbers
        if not v.op.arity or any(isinstance(part, ast.IfExp) for part in ast.walk(v.op.formula.tree)):
            return rf"\mathrm{{{v.op.name}}}\left({', '.join(operands)}\right)".replace("_", r"\_")
        return latex.latex(v.op.formula, dict(zip("xy", operands)))

    def short(self, v: Value) -> str:
        """A value's formula, if it is short: of one operation, on named values and numbers."""
        if v.op is None or len(v.parents) > 3 or not all(x.constant or self.has(x) for x in v.parents):
            return ""
        text = formula_of(v, self.atom)[0]
        return text if len(text) <= SHORT else ""

    def formula(self, v: Value, longest: int = 60) -> str:
        """What a value is made of, in names; a part that has none is written out where that is not too long."""
        if len(v.parents) > MANY and v.op:
            return f"{v.op.name} of {len(v.parents):,} operands"
        return self.expanded(v, longest) or plain(formula_of(v, self.atom)[0], longest)

    def expanded(self, v: Value, longest: int) -> str:
        """A formula in nothing but names and numbers, empty where that would be too long."""
        order, left = [v], 20                        # unnamed operands of unnamed values, without recursion
        for u in order:
            left -= len(u.parents)
            if left < 0:
                return ""
            order += [x for x in u.parents if x.op and not self.has(x)]
        texts: dict[Value, tuple[str, int]] = {}
        for u in reversed(order):
            texts[u] = formula_of(u, lambda x: texts.get(x) or self.atom(x))
        return texts[v][0] if len(texts[v][0]) <= longest else ""

    def quotient(self, upper: Value, lower: Value) -> str:
        """∂upper/∂lower, as one writes it."""
        return f"∂{enclosed(self.called(upper))}/∂{enclosed(self.called(lower))}"


def enclosed(name: str) -> str:
    """A name in a quotient, in parentheses where it is a formula of several signs.

    >>> enclosed("a + b"), enclosed("exp(z)")
    ('(a + b)', 'exp(z)')
    """
    return f"({name})" if " " in name else name
