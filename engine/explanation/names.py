"""What an explanation calls the values of a graph: their names, short formulas, else places, as in the table."""
from __future__ import annotations

import ast
import re

from engine.formula import ATOM, BINDS
from engine.graph import postorder
from engine.readers import latex
from engine.readers.traits import begins_sum, one_step
from engine.text.calls import bracketed
from engine.text.naming import PLAIN, as_operand, clipped, digits, formula_of, literal, plain, reads_as_expression
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.op import Op

SHORT = 17                                           # signs of a formula that stands for a name
FEW   = 20                                           # operands that are written out, over all values of a formula
LETTERS = "pqrstu"                                   # that begin the names of shares
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
        self.taken: set[str] = set()                 # the names that values bear
        self.shares: dict[tuple[Op, tuple[Value, ...]], list[str]] = {}          # names that are made up

    def named(self, v: Value) -> str:
        """A value's own name, empty if it has none."""
        return plain(v.label or self.given.get(v, ""))

    def has(self, v: Value) -> bool:
        """Whether a value has a name of its own."""
        return bool(self.named(v))

    def beyond(self, v: Value) -> bool:
        """Whether a value is nothing but another one: the 0 + x without a name that the built-in sum begins with."""
        return begins_sum(v) and not self.has(v) and v is not self.root

    def of(self, v: Value) -> str:
        """What a value is called where it stands in a formula: what reads as no name is in brackets, or quoted."""
        if v not in self.mentioned:
            self.mentioned[v] = as_operand(self.named(v)) if self.has(v) else self.substitute(v)
        return self.mentioned[v]

    def substitute(self, v: Value) -> str:
        """What stands for a name where a value has none."""
        if self.beyond(v):
            return self.of(v.parents[1])
        if v is self.root:
            named_so = any("L" in (u.label, self.given.get(u)) for u in self.order or postorder(v))
            return self.place(v) if named_so else "L"
        return self.short(v) or self.place(v)

    def free(self, name: str) -> str:
        """A name that is made up; empty where a value bears it already."""
        if not self.taken:
            labels = [v.label for v in self.order or postorder(self.root) if v.label]
            self.taken = {"", *map(plain, labels), *map(plain, self.given.values())}
        return "" if name in self.taken else name

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
        if self.beyond(v):
            return self.atom(v.parents[1])
        name = self.of(v)
        is_formula = v is not self.root and not self.has(v) and not name.startswith("#")
        if v.op and is_formula:
            return name, BINDS.get(v.op.sign, ATOM)
        return name, ATOM

    def typeset(self, v: Value) -> str:
        """What a value is called, in LaTeX."""
        if v.constant:
            return latex.constant(v.data)
        if self.beyond(v):
            return self.typeset(v.parents[1])
        if self.has(v):
            return typeset_name(self.named(v))
        if v.op is None or v is self.root or not self.short(v):
            name = self.of(v)
            return rf"\#{name[1:]}" if name.startswith("#") else latex.symbol(name)
        return self.operation_in_latex(v, self.typeset)

    def operation_in_latex(self, v: Value, operand: Callable[[Value], str]) -> str:
        """A value's operation on its operands, each in LaTeX by `operand`, in parentheses where it needs them."""
        assert v.op is not None
        texts = [operand(x) for x in v.parents[:MANY]]
        if len(v.parents) > MANY:
            texts.append(r"\ldots")
        if not v.op.arity or any(isinstance(part, ast.IfExp) for part in ast.walk(v.op.formula.tree)):
            return rf"\mathrm{{{v.op.name}}}\left({', '.join(texts)}\right)".replace("_", r"\_")
        level = ATOM
        if one_step(v.op):                           # a fraction and a function hold their operands together
            level = 0 if v.op.sign in ("", "/") else BINDS[v.op.sign] + 1
        parts = [bracketed_latex(text, self.binds(x), level) for x, text in zip(v.parents, texts)]
        return latex.latex(v.op.formula, dict(zip("xy", parts)))

    def binds(self, v: Value) -> int:
        """How tightly what stands for a value in LaTeX holds together."""
        if v.op is None or self.has(v):
            return self.atom(v)[1]
        return self.binds(v.parents[1]) if self.beyond(v) else BINDS.get(v.op.sign, ATOM)

    def in_latex(self, v: Value) -> str:
        """What a value is made of, in LaTeX: a part without a name is written out where these are few, else …."""
        order, operands = [v], 0
        for u in order:                              # no recursion
            operands += len(u.parents)
            order += [x for x in u.parents if x.op and not self.has(x)] if operands <= FEW else []
        texts: dict[Value, str] = {}

        def operand(x: Value) -> str:
            if x in texts:
                return texts[x]
            return r"\ldots" if x.op and not self.has(x) else self.typeset(x)

        for u in reversed(order):
            inner = u.parents[1] if self.beyond(u) else u
            texts[u] = self.operation_in_latex(u, operand) if inner is u and u.op else operand(inner)
        return texts[v]

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
        return self.expanded(v, longest) or clipped(formula_of(v, self.atom)[0], longest)

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
        return f"∂{bracketed(self.atom(upper), ATOM)}/∂{bracketed(self.atom(lower), ATOM)}"

    def share(self, row: Op, operands: Sequence[Value], at: int) -> str:
        """What the share of one of many operands is called: p of its class, as z_setosa has p_setosa, z[1] has p[1].

        Those among other operands are q's, r's and so on.

        >>> z, u = [Value(0.0, "z_a"), Value(1.0, "z_b")], [Value(1.0), Value(2.0)]
        >>> names, row = Names(z[0], z[0], {}), Value.softmax.op
        >>> names.share(row, z, 1), names.share(row, u, 1)
        ('p_b', 'q_1')
        """
        among = row, tuple(operands)
        if among not in self.shares:
            own = list(map(self.named, operands))
            self.shares[among] = self.free_names(LETTERS[len(self.shares) % len(LETTERS)], suffixes(own), len(own))
        return self.shares[among][at]

    def free_names(self, letter: str, ends: Sequence[str], n: int) -> list[str]:
        """So many names that begin with a letter and that no value bears, with these ends if they may have them."""
        used = {name for names in self.shares.values() for name in names}
        candidates = [[f"{letter}{end}" for end in ends]] if ends and self.free(letter) else []
        for start in (f"{letter}_", *[f"{letter}{i}_" for i in range(len(self.shares) + 1)], f"share_{letter}_"):
            candidates.append([f"{start}{i}" for i in range(n)])
        return next((names for names in candidates if used.isdisjoint(names) and all(map(self.free, names))),
                    candidates[-1])


def suffixes(names: Sequence[str]) -> list[str]:
    """What follows the same word in all of these names, none where they are not alike.

    >>> suffixes(["z_a", "z_b"]), suffixes(["z[0]", "z[1]"]), suffixes(["a", "b"])
    (['_a', '_b'], ['[0]', '[1]'], [])
    """
    found = [re.fullmatch(r"([^\W\d_]+)((?:_\w+|\d+|\[\w+\]|\['\w+'\]))", name) for name in names]
    stems, ends = {match and match[1] for match in found}, [match[2] for match in found if match]
    return ends if len(stems) == 1 and len({*ends}) == len(names) else []


def bracketed_latex(text: str, binds: int, level: int = ATOM) -> str:
    """A part of a formula in LaTeX, in parentheses where it would fall apart."""
    return rf"\left({text}\right)" if binds < level else text


def typeset_name(name: str) -> str:
    """A value's own name in LaTeX: in brackets where it reads as an expression, quoted where it reads as no name."""
    if PLAIN.fullmatch(name):
        return latex.symbol(name)
    return rf"\left(\text{{{latex.text(name)}}}\right)" if reads_as_expression(name) else \
        rf"\text{{{latex.text(repr(name))}}}"
