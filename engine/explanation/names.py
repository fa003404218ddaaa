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
FEW   = 20                                           # operands that are written out, over all values of a formula
MANY  = 40                                           # operands of one value, of which only their count is written


class Names:
    """The names of a graph's values; `given` are the caller's. What has none and no short formula is `#9`.

    `order` is the root's postorder, where that is known.

    >>> from engine import exp
    >>> z = Value(1.0, "z"); e = exp(z); p = e / (e + exp(z * 2.0) + 1.0)
    >>> names = Names(p, z, {p: "p"})
    >>> names.of(p), names.of(e), names.of(p.parents[1])
    ('p', 'exp(z)', '#6')
    """

    def __init__(self, root: Value, wrt: Value, given: Mapping[Value, str], order: Sequence[Value] = ()) -> None:
        self.root, self.wrt, self.given, self.order = root, wrt, given, order
        self.mentioned: dict[Value, str] = {}        # the names of those that were asked for, in that order
        self.places: dict[Value, int] = {}

    def named(self, v: Value) -> str:
        """A value's own name, empty if it has none."""
        return plain(v.label or self.given.get(v, ""))

    def has(self, v: Value) -> bool:
        """Whether a value has a name of its own."""
        return bool(v.label or v in self.given)

    def of(self, v: Value) -> str:
        """What a value is called."""
        if v not in self.mentioned:
            self.mentioned[v] = self.named(v) or self.substitute(v)
        return self.mentioned[v]

    def substitute(self, v: Value) -> str:
        """What stands for a name where a value has none."""
        if v is self.root:
            return "L"
        return self.short(v) or self.place(v)

    def place(self, v: Value) -> str:
        """A value's place in the table of the graph; what is not there by its number."""
        if not self.places:
            self.places = {u: i for i, u in enumerate(self.order or postorder(self.root), 1)}
        if v in self.places:
            return f"#{self.places[v]}"
        return digits(v.data) if v.constant else f"Value({digits(v.data)})"

    def atom(self, v: Value) -> tuple[str, int]:
        """An operand's name, with how tightly it holds together."""
        if v.constant:
            return literal(v.data)
        name = self.of(v)
        is_formula = v is not self.root and name != self.named(v) and not name.startswith("#")
        if v.op and is_formula:
            return name, BINDS.get(v.op.sign, ATOM)
        return name, ATOM

    def typeset(self, v: Value) -> str:
        """What a value is called, in LaTeX."""
        if v.constant:
            return latex.number(v.data)
        if self.named(v) or v.op is None or v is self.root or not self.short(v):
            name = self.of(v)
            return rf"\#{name[1:]}" if name.startswith("#") else latex.symbol(name)
        operands = list(map(self.typeset, v.parents))            # all of them have names, or are plain numbers
        if not v.op.arity or any(isinstance(part, ast.IfExp) for part in ast.walk(v.op.formula.tree)):
            return rf"\mathrm{{{v.op.name}}}\left({', '.join(operands)}\right)".replace("_", r"\_")
        return latex.latex(v.op.formula, dict(zip("xy", operands)))

    def short(self, v: Value) -> str:
        """A value's formula, if it is short: of one operation, on named values and numbers."""
        if v.op is None or len(v.parents) > 3 or not all(x.constant or self.has(x) for x in v.parents):
            return ""
        formula, _ = formula_of(v, self.atom)
        return formula if len(formula) <= SHORT else ""

    def formula(self, v: Value, longest: int = 60) -> str:
        """What a value is made of, in names; a part that has none is written out where that is not too long."""
        if len(v.parents) > MANY and v.op:
            return f"{v.op.name} of {len(v.parents):,} operands"
        return self.expanded(v, longest) or plain(formula_of(v, self.atom)[0], longest)

    def expanded(self, v: Value, longest: int) -> str:
        """A formula in nothing but names and numbers, empty where that would be too long."""
        order, operands = [v], 0
        for u in order:                              # grows by unnamed operands of unnamed values: no recursion
            operands += len(u.parents)
            if operands > FEW:
                return ""
            order += [x for x in u.parents if x.op and not self.has(x)]
        formulas: dict[Value, tuple[str, int]] = {}
        for u in reversed(order):
            formulas[u] = formula_of(u, lambda x: formulas.get(x) or self.atom(x))
        formula, _ = formulas[v]
        return formula if len(formula) <= longest else ""

    def quotient(self, upper: Value, lower: Value) -> str:
        """∂upper/∂lower, as one writes it."""
        return f"∂{enclosed(self.of(upper))}/∂{enclosed(self.of(lower))}"


def enclosed(name: str) -> str:
    """A name in a quotient, in parentheses where it is a formula of several signs.

    >>> enclosed("a + b"), enclosed("exp(z)")
    ('(a + b)', 'exp(z)')
    """
    return f"({name})" if " " in name else name
