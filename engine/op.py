"""One row of the table: a quoted formula with its quoted partials, and what it answers about itself.

>>> swish = Op("x * sigmoid(x)", "sigmoid(x) * (1 + x * sigmoid(-x))", name="swish")
>>> swish(0.0), str(swish.partials[0])
(0.0, 'sigmoid(x) * (1 + x * sigmoid(-x))')
"""
from __future__ import annotations

import ast
import math

from engine.errors import MAX, addition, brief, number
from engine.formula import SIGNS, Formula, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping
    from typing import Any, TypeVar

    V = TypeVar("V")

# The shapes of rows; pouring.py begins with a poured one. A row takes `few` operands: one, x, or two, x and y. Or
# `many`, of which x is one. Or many, one of them set `apart`: that is x, and y is each of the others. Or `pairs` of x
# and y, then b if the formula has one. Over many, or pairs, aggregates run. A node's operands stand in order; its
# index says which is set apart, how many pairs there are. The columns: the variables outside aggregates in the
# formula, and inside; how a poured function takes its operands; its node's index; the lists over which there is a
# partial for each operand, by their variables; statements that put operands in order, those that give their numbers
# the formulas' names.
SHAPES = table(
    "         free  over  parameters         index    each         in_order names",
    ("few",   "xy", "",   "self, other",     "None",  "",          "",
     "{}, = operands"),
    ("many",  "",   "y",  "*operands",       "None",  "x=ys",      "nodes = op.gather(operands)",
     "ys = operands"),
    ("apart", "x",  "y",  "operands, index", "index", "y=ys",      "nodes, index = op.apart(operands, index)",
     "ys = operands; x = ys[index]"),
    ("pairs", "b",  "xyb", "xs, ys, b",       "index", "x=xs y=ys", "nodes, index = op.pair({})",
     "xs, ys, b = operands[:index], operands[index:index + index], operands[-1] if operands else 0.0"),
)
BARRED = {"rest":   "a partial may not use rest(...): the term that it leaves out has a derivative too",
          "others": "only a partial by one of many may use others(...): it leaves that one out"}


class Op:
    """One operation: its formula, its partials, what its operands need, and its method.

    `formula` gives z; `partials` are ∂z/∂x, then ∂z/∂y. In a row of many operands they are the partial by x, one of
    them, and, where the formula sets x apart, by y, another one; in a row of pairs by x, y and b. `needs` is a
    condition on x and y, `hint` what to do where it fails, or where there is none and z overflows; `symbol` how the
    operation is written, if not by its name. `told` is the form of the partial that a textbook has, `again` what is
    differentiated in its place where its own derivative would cancel; of several partials a tuple. Set the row on Value
    (`Value.gelu = Op(...)`), or give it a `name` and call it. Errors: FormulaError where a formula leaves the grammar
    or the partials do not fit it.

    >>> cube = Op("x ** 3", "3 * x ** 2", name="cube")
    >>> cube(2.0)
    8.0
    """

    table: dict[str, Op] = {}                        # every row by its name
    value: Any = None                                # the class whose body the table is
    pour: Callable[..., Any]                         # what makes a row a function

    def __init__(self, formula: str, *partials: str, needs: str = "", hint: str = "", name: str = "", symbol: str = "",
                 told: str | tuple[str, ...] = (), again: str | tuple[str, ...] = ()) -> None:
        self.given = formula, partials, needs, told, again
        self.hint, self.name, self.other_symbol = hint, name, symbol
        self.function: Callable[..., Any] = nameless
        self.rows: Mapping[str, Op] = {}             # those that it may call: the rows there were before it
        self.read()
        if name and self.value:
            Op.pour(self, name)

    def read(self) -> None:
        """Read the formulas as they were given. Errors: FormulaError, see above."""
        formula, partials, needs, told, again = self.given
        told, again = [x if isinstance(x, tuple) else (x,) for x in (told, again)]
        self.formula, self.partials = Formula(formula), tuple(map(Formula, partials))
        wrong = [x for x in (self.hint, self.other_symbol, *told, *again) if not isinstance(x, str)]
        if wrong:
            self.formula.refuse(self.formula.tree, f"{brief(wrong[0])} is no text; only told and again may be tuples")
        self.needs = Formula(needs) if needs else None
        self.told, self.again = [tuple([Formula(text) if text else None for text in some]) for some in (told, again)]
        self.parts = tuple(filter(None, [self.formula, *self.partials, self.needs]))         # what is computed
        self.quoted = tuple(filter(None, [*self.parts, *self.told, *self.again]))
        self.shape, self.variables = self.shaped()
        self.arity = len(self.variables) if self.shape == "few" else 0
        self.parameters: list[str] = SHAPES[self.shape].parameters.split(", ")[:len(self.variables)]
        self.check()

    def shaped(self) -> tuple[str, str]:
        """The row's shape, and the variables by which it has partials."""
        free, over = self.formula.free, self.formula.over
        if "x" in over:
            return "pairs", "xyb" if "b" in {**free, **over} else "xy"
        if over:
            return ("apart", "xy") if "x" in free else ("many", "x")
        return "few", "xy" if any(["y" in part.free for part in self.parts]) else "x"

    def check(self) -> None:
        """Refuse partials that do not fit the formula, and what cannot be computed."""
        partials = self.partials, self.told, self.again
        came, wanted = max(map(len, partials)), len(self.variables)
        if came != wanted or len(self.partials) != wanted:
            self.formula.refuse(self.formula.tree, f"a formula in {' and '.join(self.variables)} needs {wanted} "
                                f"partial{'s' if wanted != 1 else ''}, as in Op('x * y', 'y', 'x'); {came} came")
        free, over = {*SHAPES[self.shape].free} & {*self.variables}, SHAPES[self.shape].over
        self.fit(self.formula, free, over, ("others",))
        if self.needs:
            self.fit(self.needs, {*free, "z"}, over, ("others",))
        for part, v in [(part, v) for some in partials for part, v in zip(some, self.variables) if part]:
            known, barred = ("bz", ("rest", "others")) if v == "b" else ({*self.variables, "z"}, ("rest",))
            self.fit(part, known, {*over, "z"}, barred)

    def fit(self, part: Formula, free: Container[str], over: Container[str], barred: Container[str]) -> None:
        """Refuse a formula with other names outside or inside its aggregates, or with aggregates it cannot have."""
        for name, at in part.sums.items():
            if self.arity:
                part.refuse(at, f"{name}(...) runs over many operands; there are none here, beside '{self.formula}'")
            if name in barred:
                part.refuse(at, BARRED[name])
        for names, known in (part.free, free), (part.over, over):
            for name, place in names.items():
                if name not in known:
                    part.refuse(place, f"{name} has no meaning here, beside '{self.formula}'")
        part.compute()

    def statements(self, column: str) -> list[str]:
        """The statements of poured code in a column of the shapes."""
        names = self.variables if self.arity else self.parameters
        return [line.format(", ".join(names)) for line in getattr(SHAPES[self.shape], column).split("; ")]

    # What it is called, and where its operands come from --------------------------------------------------------------

    @property
    def sign(self) -> str:
        """The sign that the operation is, between its operands or before the only one: `*`, `minus`; else empty."""
        match self.formula.tree:
            case ast.BinOp(ast.Name("x"), sign, ast.Name("y")) | ast.UnaryOp(sign, ast.Name("x")):
                return SIGNS[type(sign)]
        return ""

    @property
    def symbol(self) -> str:
        """How the operation is written: `*`, `log`, `ReLU`."""
        return self.other_symbol or (self.sign if self.arity == 2 and self.sign else self.name)

    # What poured methods call where the way is rare -------------------------------------------------------------------

    def number(self, n: Any) -> Any:
        """A plain number as an operand; NotImplemented for a NumPy array, which takes over then."""
        if (n.__class__ is float or n.__class__ is int) and -MAX <= n <= MAX:
            return float(n)
        return number(n, lambda: addition("operation", self) or self.name, NotImplemented)

    def gather(self, operands: Any) -> tuple[Any, ...]:
        """The operands, from an iterable of them or of one such iterable."""
        if operands.__class__ is tuple and len(operands) == 1 and hasattr(operands[0], "__iter__"):
            operands = operands[0]
        if not hasattr(operands, "__iter__"):
            raise TypeError(f"{self.name} needs a list of Values or numbers; {brief(operands)} is not")
        return tuple(operands)

    def apart(self, operands: Any, index: Any) -> tuple[tuple[Any, ...], int]:
        """The operands of a row that sets one apart, and which one that is, counted from the first."""
        nodes = self.gather(operands)
        try:
            return nodes, range(len(nodes))[index]
        except (IndexError, TypeError) as error:
            raise type(error)(f"{self.name}(operands, index) needs the place of one of its operands, of which "
                              f"{len(nodes)} came, counted from 0; {brief(index)} is none") from None

    def pair(self, xs: Iterable[Any], ys: Iterable[Any], *b: Any) -> tuple[tuple[Any, ...], int]:
        """The operands of a row of pairs: all x, all y, b; and how many pairs there are."""
        first, second = self.gather(xs), self.gather(ys)
        if len(first) != len(second):
            raise ValueError(f"{self.name} needs as many numbers on either side; {len(first)} and {len(second)} came")
        return (*first, *second, *b), len(first)

    def numbers(self, nodes: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[float], list[bool]]:
        """The operands with plain numbers as floats; the numbers of all; which are Values."""
        wanted = [v.__class__ is Op.value for v in nodes]
        if all(wanted):
            return nodes, [v._data for v in nodes], wanted
        nodes = tuple([v if want or v.__class__ is float and math.isfinite(v) else number(v, self.name)
                       for v, want in zip(nodes, wanted)])
        return nodes, [v._data if want else v for v, want in zip(nodes, wanted)], wanted

    def plain(self, *operands: Any) -> float:
        """The result for plain numbers, a float."""
        return self.function(*[self.value(number(n, self.name)) for n in operands]).data  # type: ignore[no-any-return]

    def failure(self, error: Exception, *operands: Any) -> Exception:
        """The error for operands with no finite result: the built-in Python raises there, with a sentence."""
        kind = type(error) if isinstance(error, (ZeroDivisionError, OverflowError)) else ValueError
        why = "overflows, a number would lie beyond 1.8e308" if kind is OverflowError \
            else f"needs {self.needs or ('other operands' if operands else 'at least one operand')}"
        return kind(addition("failure", self, kind, why, operands) or f"{self.name} {why}")

    def __call__(self, *operands: Any) -> Any:
        return self.function(*operands)

    def __repr__(self) -> str:
        quoted = ", ".join(repr(str(part)) for part in (self.formula, *self.partials))
        return f"Op({quoted}{f', needs={str(self.needs)!r}' if self.needs else ''}, name={self.name!r})"


if TYPE_CHECKING:
    class Method(Op):                                # so a type checker sees that v * w and v.exp() are what v is
        def __get__(self, v: V | None, kind: type[V], /) -> Callable[..., V]: ...


def nameless(*operands: Any) -> Any:
    """Stands for the function of a row that was not poured yet."""
    raise TypeError("a row can be called when it has a name: square = Op('x * x', '2 * x', name='square'), or "
                    "Value.square = Op('x * x', '2 * x')")
