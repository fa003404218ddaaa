"""Rows in kinds of number: Values, for derivatives that are Values again; floats, complex numbers, to check them.

>>> values.value(Op.table["sigmoid"], [Value(2.0)])
Value(data=0.8807970779778823, grad=0.0)
>>> complexes.value(Op.table["sigmoid"], [2.0 + 1e-20j])
(0.8807970779778823+1.049935854035065e-21j)
"""
from __future__ import annotations

import ast
import cmath
import math
import operator

from engine.formula import AGGREGATES, FLOATS, FUNCTIONS, Formula, rest, stands_for, total
from engine.op import Op
from engine.pouring import OPERATORS, Python, spread
from engine.readers.operands import list_of
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any


class Kind:
    """A kind of number: what the formulas' functions are for it, and how formulas are read for it; then rows run on it.

    >>> floats.value(Op.table["sigmoid"], [2.0]), floats.partials(Op.table["mul"], [2.0, 3.0], None, 6.0, [True, True])
    (0.8807970779778823, [3.0, 2.0])
    """

    def __init__(self, functions: Mapping[str, Any], reading: type[Python] = Python) -> None:
        self.functions, self.reading = functions, reading
        self.rows: dict[Op, tuple[Any, Any]] = {}

    def value(self, op: Op, operands: Sequence[Any], index: int | None = None) -> Any:
        """The row's result, for operands in the order of a node's parents."""
        return self.poured(op)[0](operands, index)

    def partials(self, op: Op, operands: Sequence[Any], index: int | None, z: Any, wanted: Sequence[bool]) -> list[Any]:
        """The row's partials by all operands, None by those that are not wanted."""
        return self.poured(op)[1](operands, index, z, wanted)  # type: ignore[no-any-return]

    def poured(self, op: Op) -> tuple[Any, Any]:
        """The two functions of a row, made when they are first asked for."""
        if op not in self.rows:
            value, partials = self.reading(op), self.reading(op)         # each finds its aggregates for itself
            z = ast.unparse(value.read(op.formula.tree))
            names = op.statements("names")
            texts = ["\n    ".join(["def value(operands, index):", *names, *value.lines, f"return {z}"]),
                     self.by_operand(op, partials, names)]
            space = self.scope({**value.calls, **partials.calls})
            exec("\n\n".join(texts), space)
            self.rows[op] = space["value"], space["partials"]
        return self.rows[op]

    def quoted(self, op: Op) -> tuple[Formula, ...]:
        """The formulas of the partials."""
        return op.partials

    def by_operand(self, op: Op, reader: Python, names: list[str]) -> str:
        """The function that finds the partials by those operands that are wanted, in Python."""
        every = spread(op, [reader.read(part.tree) for part in self.quoted(op)])
        items = [if_wanted(item, i, len(every)) for i, item in enumerate(every)]
        return "\n    ".join(["def partials(operands, index, z, wanted):", *names, *reader.lines,
                              f"return {ast.unparse(ast.List(items))}"])

    def scope(self, calls: Mapping[str, Op]) -> dict[str, Any]:
        """The functions of formulas, with the rows that they call."""
        return {**self.functions, **{name: self.function(row) for name, row in calls.items()}}

    def function(self, row: Op) -> Any:
        """The formula of a row of few operands as a plain function."""
        reader = self.reading(row)
        text = ast.unparse(reader.read(row.formula.tree))
        return eval(f"lambda {', '.join(row.variables)}: {text}", self.scope(reader.calls))


def if_wanted(item: ast.expr, i: int, n: int) -> ast.expr:
    """The i-th of n items of a list of partials, by one operand or by each of a column: None where it is not wanted."""
    if not isinstance(item, ast.Starred):
        return ast.IfExp(ast.Name(f"wanted[{i - n}]"), item, ast.Constant(None))
    match item.value:
        case ast.ListComp(partial, [ast.comprehension(target, over)]):
            pass
        case over:                                   # the list of the partials itself
            partial = target = ast.Name("partial")
    both: list[ast.expr] = [ast.Name("wanted[index:]" if i else "wanted"), over]
    pair = ast.comprehension(ast.Tuple([ast.Name("want"), target]), ast.Call(ast.Name("zip"), both, []), [], 0)
    return ast.Starred(ast.ListComp(ast.IfExp(ast.Name("want"), partial, ast.Constant(None)), [pair]))


floats = Kind(FLOATS)


class Compared(Python):
    """Reads formulas for numbers that are compared by what `number` makes of them."""

    def comparison(self, signs: list[str], parts: list[ast.expr]) -> ast.expr:
        numbers: list[ast.expr] = [ast.Call(ast.Name("number"), [self.read(part)], []) for part in parts]
        return ast.Compare(numbers[0], [OPERATORS[sign]() for sign in signs], numbers[1:])


class OnValues(Compared):
    """Reads formulas for Values: other rows are called as rows, those of many operands too."""

    def row(self, name: str, parts: list[ast.expr]) -> ast.expr:
        assert self.op is not None
        called = f"_{name}"
        self.calls[called] = self.op.rows[name]
        if self.calls[called].arity:
            return self.function(called, parts)
        assert isinstance(parts[0], ast.Name)        # one of the operands: else it was refused
        column, place = list_of(self.op, parts[0].id)
        return ast.Call(ast.Name(called), [ast.Name(column), ast.Name(place)], [])


# Values ---------------------------------------------------------------------------------------------------------------

def differentiated(op: Op) -> tuple[Formula, ...]:
    """The partials in the form whose own derivatives do not cancel."""
    again = [*op.again, *[None] * len(op.partials)]
    return tuple([other or partial for partial, other in zip(op.partials, again)])


class Rows(Kind):
    """Values as a kind of number: their partials are made to be differentiated."""

    def quoted(self, op: Op) -> tuple[Formula, ...]:
        return differentiated(op)

    def function(self, row: Op) -> Any:
        return row.function


class Others:
    """For each term the sum of the others, found when it is asked for."""

    def __init__(self, terms: Sequence[Any]) -> None:
        self.terms = terms

    def __getitem__(self, i: int) -> Any:
        return added([*self.terms[:i], *self.terms[i + 1:]])


def added(terms: Sequence[Any]) -> Any:
    """The sum of numbers and Values: one node for any number of them."""
    if len(terms) == 1:
        return terms[0]
    return terms[0] + terms[1] if len(terms) == 2 else SUM(*terms) if terms else 0.0


def number(x: Any) -> float:
    """The number of a Value, or a number."""
    return x._data if x.__class__ is Value else x


def rest_of_values(terms: Sequence[Any]) -> Any:
    """The sum of all terms but one largest."""
    return Others(terms)[max(range(len(terms)), key=lambda i: number(terms[i]))]


def for_values(name: str, row: str) -> Any:
    """What a function of the grammar is for Values and plain numbers among them."""
    if not row:                                      # a plain number, not differentiated
        return lambda x: FLOATS[name](number(x))
    return getattr(operator, name) if hasattr(Value, f"__{name}__") else Op.table[row].function


SUM = Op.table[AGGREGATES["sum"].row]
values = Rows({
    **{name: for_values(name, function.row) for name, function in FUNCTIONS.items()},
    "number": number, "total": added, "fsum": added, "rest": rest_of_values, "others": Others,
    "largest": lambda xs: max(map(number, xs)), "smallest": lambda xs: min(map(number, xs)),
}, OnValues)


# Complex numbers ------------------------------------------------------------------------------------------------------

def expm1(x: complex) -> complex:
    """exp(x) - 1 without the cancellation.

    >>> expm1(1e-20 + 1e-40j)
    (1e-20+1e-40j)
    """
    return 2 * cmath.exp(x / 2) * cmath.sinh(x / 2) if abs(x) < 1 else cmath.exp(x) - 1


def log1p(x: complex) -> complex:
    """log(1 + x), also where 1 + x is rounded.

    >>> log1p(1e-20 + 1e-40j)
    (1e-20+1e-40j)
    """
    return 2 * cmath.atanh(x / (2 + x)) if abs(x) < 0.5 else cmath.log(1 + x)


def log2(x: complex) -> complex:
    return cmath.log(x) / math.log(2.0)


def near(function: Callable[..., float], *slopes: Callable[..., float]) -> Callable[..., complex]:
    """A function that cmath lacks, for complex numbers whose imaginary part is small: as its slopes continue it.

    >>> near(math.sin, math.cos)(1e-20 + 1e-40j)
    (1e-20+1e-40j)
    """
    def continued(*operands: complex) -> complex:
        numbers = [x.real for x in operands]
        moves = [x.imag * slope(*numbers) for x, slope in zip(operands, slopes) if x.imag]
        return complex(function(*numbers), total(moves))
    return continued


def bell(x: float) -> float:
    """The slope of erf, its square taken apart so that it is exact to the last digits where it is small."""
    most = math.floor(256 * min(abs(x), 30.0)) / 256
    return 2.0 / math.sqrt(math.pi) * math.exp(-most * most) * math.exp((most - abs(x)) * (most + abs(x)))


erf   = near(math.erf, bell)
erfc  = near(math.erfc, lambda x: -bell(x))
hypot = near(math.hypot, lambda x, y: x / math.hypot(x, y), lambda x, y: y / math.hypot(x, y))
atan2 = near(math.atan2, lambda x, y: y / math.hypot(x, y) / math.hypot(x, y),
             lambda x, y: -x / math.hypot(x, y) / math.hypot(x, y))


def fsum(terms: Sequence[complex]) -> complex:
    """The exactly rounded sum."""
    return complex(math.fsum([term.real for term in terms]), math.fsum([term.imag for term in terms]))


def real(x: Any) -> Any:
    return x.real


def size(x: Any) -> Any:
    """x or -x; at 0 the slope is 0, as in the engine."""
    return x if x.real > 0 else -x if x.real < 0 else 0 * x


def floor(x: Any) -> float:
    return float(math.floor(x.real))


def largest(xs: Sequence[Any]) -> Any:
    return max(xs, key=real)


def smallest(xs: Sequence[Any]) -> Any:
    return min(xs, key=real)


def larger(*xs: Any) -> Any:
    return largest(xs)


def smaller(*xs: Any) -> Any:
    return smallest(xs)


def rest_of_complexes(terms: Sequence[Any]) -> Any:
    """The sum of all terms but one largest; of several, the one that does not change.

    Among exp(y - max(y)) that is the largest operand's own, where others have been rounded to 1 too.
    """
    return rest(terms, lambda term: (term.real, -abs(term.imag)))


def kind_with(functions: Mapping[str, Any]) -> Kind:
    """A kind of number with a real and an imaginary part: `functions`, and what follows from them.

    Comparisons, and so the choice of a branch, look at the real part.
    """
    return Kind({**FLOATS, "number": real, "abs": size, "floor": floor, "max": larger, "min": smaller,
                 "largest": largest, "smallest": smallest, "rest": rest_of_complexes, **functions}, Compared)


complexes = kind_with({**stands_for("complexes", cmath, globals()), "fsum": fsum})
