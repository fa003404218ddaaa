"""One row of the table: a quoted formula with its quoted partials, and what it answers about itself.

>>> swish = Op("x * sigmoid(x)", "sigmoid(x) * (1 + x * sigmoid(-x))", name="swish")
>>> swish(0.0), str(swish.partials[0])
(0.0, 'sigmoid(x) * (1 + x * sigmoid(-x))')
"""
from __future__ import annotations

import ast
import math

from engine.errors import MAX, addition, brief, number
from engine.formula import ATOM, BINDS, SIGNS, Formula, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeVar

    X = TypeVar("X")
    V = TypeVar("V")
    Written = tuple[str, int]                        # a text, and how tightly it binds

# The shapes of rows. A row takes `few` operands: one, x, or two, x and y. Or `many`, of which x is one. Or many, one of
# them set `apart`: that is x, and y is each of the others. Or `pairs` of x and y, then b if the formula has one. Over
# many, or pairs, aggregates run. A node's operands stand in order; its index says which is set apart, how many pairs
# there are. The columns: how a poured function takes its operands, its node's index, by which variables there is a
# partial for each operand, statements that put operands in order, those that give their numbers the formulas' names.
SHAPES = table(
    "         parameters         index    each   in_order names",
    ("few",   "self, other",     "None",  "",    "",
     "{}, = operands"),
    ("many",  "*operands",       "None",  "x",   "nodes = op.gather(operands)",
     "ys = operands"),
    ("apart", "operands, index", "index", "y",   "nodes = op.gather(operands); index = range(len(nodes))[index]",
     "ys = operands; x = ys[index]"),
    ("pairs", "xs, ys, b",       "index", "xy",  "nodes, index = op.pair({})",
     "xs, ys, b = operands[:index], operands[index:index + index], operands[-1] if operands else 0.0"),
)


READ = {"formula", "partials", "needs", "told", "again", "shape", "variables", "arity"}


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
        self.tabled = self.value is None             # it stands in a table, and is read when something asks what it says
        if not self.tabled:
            self.read()
        if name and not self.tabled:
            Op.pour(self, name)

    def read(self) -> None:
        """Read the formulas as they were given. Errors: FormulaError, see above."""
        formula, partials, needs, told, again = self.given
        self.formula, self.partials = Formula(formula), tuple(map(Formula, partials))
        self.needs = Formula(needs) if needs else None
        self.told, self.again = several(told), several(again)
        self.shape, self.variables = self.shaped()
        self.arity = len(self.variables) if self.shape == "few" else 0
        self.parameters: list[str] = SHAPES[self.shape].parameters.split(", ")[:len(self.variables)]
        self.check()

    if not TYPE_CHECKING:
        def __getattr__(self, name: str) -> Any:     # what is not there before the row is read
            if name not in READ or "given" not in vars(self):
                raise AttributeError(f"a row has no {name!r}")
            self.read()
            return getattr(self, name)

    def shaped(self) -> tuple[str, str]:
        """The row's shape, and the variables by which it has partials."""
        free, bound = self.formula.free, self.formula.bound
        if "x" in bound:
            return "pairs", "xyb" if "b" in free else "xy"
        if bound:
            return ("apart", "xy") if "x" in free else ("many", "x")
        return "few", "xy" if any(["y" in part.free for part in self.parts]) else "x"

    def check(self) -> None:
        """Refuse partials that do not fit the formula."""
        if len(self.partials) != len(self.variables):
            self.formula.refuse(self.formula.tree, f"a formula in {' and '.join(self.variables)} needs "
                                f"{len(self.variables)} partials, one by each; {len(self.partials)} came")
        if max(len(self.told), len(self.again)) > len(self.partials):
            self.formula.refuse(self.formula.tree, "no more than one formula for each partial is told, or differentiated")
        for part in self.quoted:
            known = {*self.variables, *self.columns(()), *("z" if part is not self.formula else "")}
            if "rest(" in part and part is not self.formula:
                part.refuse(part.tree, "a partial may not use rest(...): the term it leaves out has a derivative too")
            if strange := (part.free | part.bound) - known:
                part.refuse(part.tree, f"{min(strange)} has no meaning here, beside '{self.formula}'")

    def statements(self, column: str) -> list[str]:
        """The statements of poured code in a column of the shapes."""
        names = self.variables if self.arity else self.parameters
        return [line.format(", ".join(names)) for line in getattr(SHAPES[self.shape], column).split("; ")]

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The row's formulas that are computed."""
        return (self.formula, *self.partials, *([self.needs] if self.needs else []))

    @property
    def quoted(self) -> tuple[Formula, ...]:
        """All the row's formulas."""
        return (*self.parts, *[part for part in (*self.told, *self.again) if part])

    @property
    def further(self) -> tuple[Formula, ...]:
        """The partials as they are differentiated."""
        again = [*self.again, *[None] * len(self.partials)]
        return tuple([other or partial for partial, other in zip(self.partials, again)])

    # What it is at the operands of a node -----------------------------------------------------------------------------

    def at(self, place: int, index: int | None = None) -> tuple[int, dict[str, int]]:
        """Which partial is that by the operand in a place, and the places of x, y and b in it."""
        match self.shape:
            case "few":
                return place, {"x": 0, "y": 1}
            case "many":
                return 0, {"x": place}
            case "apart":
                return int(place != index), {"x": index or 0, "y": place}
        pairs = index or 0
        which, pair = divmod(place, pairs) if pairs else (2, 0)
        return which, {"b": 2 * pairs, **({"x": pair, "y": pairs + pair} if pairs else {})}

    def partial(self, place: int, index: int | None = None) -> Formula:
        """The partial by the operand in a place."""
        return self.partials[self.at(place, index)[0]]

    def scope(self, operands: Sequence[X], place: int, index: int | None = None) -> dict[str, X]:
        """What x, y and b are in that partial; in the formula, where the place is that of the one set apart."""
        return {v: operands[i] for v, i in self.at(place, index)[1].items() if i < len(operands)}

    def columns(self, operands: Sequence[X], index: int | None = None) -> dict[str, Sequence[X]]:
        """What x and y run over in an aggregate."""
        pairs = index or 0
        columns = {"x": operands[:pairs], "y": operands[pairs:2 * pairs]}
        return columns if self.shape == "pairs" else {} if self.arity else {"y": operands}

    def place(self, v: str) -> tuple[str, str]:
        """The list that x or y comes from in code, and its place there."""
        return f"{v}s" if self.shape == "pairs" else "ys", "index" if self.shape == "apart" and v == "x" else "i"

    def arguments(self, operands: Sequence[X], index: int | None = None) -> Sequence[Any]:
        """The operands as the row's function takes them."""
        if self.shape == "pairs":
            return (*self.columns(operands, index).values(), *operands[2 * (index or 0):])
        return operands if self.arity else (operands, index)[:len(self.variables)]

    def example(self, some: Sequence[X], apart: int = 0) -> tuple[list[X], int | None]:
        """Operands, made of some things, and the index of their node."""
        if self.shape == "pairs":
            return [*some, *some[::-1], *some[:len(self.variables) - 2]], len(some)
        return list(some[:self.arity or None]), apart % len(some) if self.shape == "apart" else None

    def applied(self, operands: Sequence[Any], index: int | None = None) -> Any:
        """The row's result for operands in the order of a node's parents, some of them plain numbers."""
        if self.sign and self.arity == 2 and operands[0].__class__ is not self.value:
            return getattr(operands[1], f"__r{self.name}__", lambda x: self.function(x, operands[1]))(operands[0])
        return self.function(*self.arguments(operands, index))

    def written(self, parts: Sequence[Written], index: int | None = None) -> Written:
        """The operation with its operands' texts, each with how tightly that binds: `a / b`, `dot([a], [b])`."""
        if not self.sign:
            texts = [text for text, _ in parts]
            return f"{self.name}({listed(texts if self.shape == 'many' else self.arguments(texts, index))})", ATOM
        binds, right = BINDS[self.sign], self.sign != "**"                       # a power binds to its right
        if self.arity == 1:
            return f"-{bracketed(parts[0], binds + 1)}", binds
        return f"{bracketed(parts[0], binds + (not right))} {self.sign} {bracketed(parts[1], binds + right)}", binds

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
        return number(n, self.called("x", "y"), NotImplemented)

    def gather(self, operands: Any) -> tuple[Any, ...]:
        """The operands, from an iterable of them or of one such iterable."""
        if operands.__class__ is tuple and len(operands) == 1 and hasattr(operands[0], "__iter__"):
            operands = operands[0]
        if not hasattr(operands, "__iter__"):
            raise TypeError(f"{self.name} needs a list of Values or numbers; {brief(operands)} is not")
        return tuple(operands)

    def pair(self, xs: Iterable[Any], ys: Iterable[Any], *b: Any) -> tuple[tuple[Any, ...], int]:
        """The operands of a row of pairs: all x, all y, b; and how many pairs there are."""
        first, second = self.gather(xs), self.gather(ys)
        if len(first) != len(second):
            raise ValueError(f"{self.name} needs as many numbers on either side; {len(first)} and {len(second)} came")
        return (*first, *second, *b), len(first)

    def numbers(self, nodes: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[float], list[bool]]:
        """The operands with plain numbers as floats; the numbers of all; which are Values."""
        value, isfinite = Op.value, math.isfinite
        wanted = [v.__class__ is value for v in nodes]
        if all(wanted):
            return nodes, [v._data for v in nodes], wanted
        nodes = tuple([v if want or v.__class__ is float and isfinite(v) else number(v, self.name)
                       for v, want in zip(nodes, wanted)])
        return nodes, [v._data if want else v for v, want in zip(nodes, wanted)], wanted

    def plain(self, *operands: Any) -> float:
        """The result for plain numbers, a float."""
        return self.function(*[self.value(number(n, self.name)) for n in operands]).data  # type: ignore[no-any-return]

    def failure(self, error: Exception, *operands: Any) -> Exception:
        """The error for operands with no finite result: the built-in Python raises there, with a sentence."""
        kind = type(error) if isinstance(error, (ZeroDivisionError, OverflowError)) else ValueError
        steps = [part for part in ast.walk(self.formula.tree) if isinstance(part, (ast.BinOp, ast.Call, ast.IfExp))]
        where = "its result" if self.arity and len(steps) == 1 else "its result, or a number on the way to it,"
        why = f"overflows, {where} would lie beyond 1.8e308" if kind is OverflowError \
            else f"needs {self.needs or ('other operands' if operands else 'at least one operand')}"
        return kind(addition("failure", self, kind, why, operands) or f"{self.name} {why}")

    def called(self, *names: str) -> str:
        """The operation with its operands' names in an error, of many the first: `a / b`, `maximum(a, b, …)`."""
        if self.arity:
            return self.written([(name, ATOM) for name in names[:self.arity]])[0]
        return f"{self.name}({', '.join([*names[:6], '…'] if len(names) > 6 else names)})"

    def __call__(self, *operands: Any) -> Any:
        return self.function(*operands)

    def __repr__(self) -> str:
        quoted = ", ".join(repr(str(part)) for part in (self.formula, *self.partials))
        return f"Op({quoted}{f', needs={str(self.needs)!r}' if self.needs else ''}, name={self.name!r})"


if TYPE_CHECKING:
    class Method(Op):                                # so a type checker sees that v * w and v.exp() are what v is
        def __get__(self, v: V | None, kind: type[V], /) -> Callable[..., V]: ...


def several(texts: str | tuple[str, ...]) -> tuple[Formula | None, ...]:
    """One formula for each partial, None where there is none."""
    return tuple([Formula(text) if text else None for text in ([texts] if isinstance(texts, str) else texts)])


def bracketed(part: Written, level: int) -> str:
    """A text, in parentheses where it binds less tightly than what is around it."""
    return f"({part[0]})" if part[1] < level else part[0]


def listed(arguments: Sequence[Any]) -> str:
    """Arguments as they stand in a call: texts, numbers, lists of texts.

    >>> listed([["a", "b"], 1])
    '[a, b], 1'
    """
    return ", ".join([f"[{', '.join(some)}]" if isinstance(some, (list, tuple)) else str(some) for some in arguments])


def nameless(*operands: Any) -> Any:
    """Stands for the function of a row that was not poured yet."""
    raise TypeError("a row can be called when it has a name: square = Op('x * x', '2 * x', name='square'), or "
                    "Value.square = Op('x * x', '2 * x')")
