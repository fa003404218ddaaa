"""Derivatives that are Values again, to any order: the chain rule over the quoted partials, with Values in them."""
from __future__ import annotations

from math import floor, isfinite

from engine.errors import GradientError, brief, described, name_of
from engine.formula import FUNCTIONS
from engine.graph import postorder
from engine.kinds import within
from engine.op import Op
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any


def derivative(y: Value, x: Value) -> Value:
    """The derivative of y by x, as a Value of the same graph: draw it, or differentiate it again.

    Errors: GradientError where it does not exist, or where a number has changed since y was computed.

    >>> x = Value(3.0, "x")
    >>> derivative(derivative(x ** 3, x), x)
    Value(data=18, grad=0)
    """
    return gradient(y, [x])[0]


def gradient(y: Value, xs: Iterable[Value]) -> list[Value]:
    """The derivatives of y by each of xs, as Values of the same graph; 0 where y does not depend on x.

    >>> a, b = Value(2.0), Value(5.0)
    >>> [slope.data for slope in gradient(a * b, [a, b])]
    [5.0, 2.0]
    """
    targets = listed(xs)
    for v in (y, *targets):
        if v.__class__ is not Value:
            raise TypeError(f"a derivative is taken of a Value by Values; {v!r} is {described(v)}")
    nodes, leads = postorder(y), set(targets)
    for v in nodes:
        if any(x in leads for x in operands(v)):
            leads.add(v)
    terms: dict[Value, list[Any]] = {v: [] for v in nodes}
    terms.setdefault(y, []).append(1.0)
    sums: dict[Value, Any] = {}
    for v in reversed(nodes):
        if v in leads and terms[v]:
            sums[v] = g = added(terms[v])
            for x, slope in slopes(v, g, leads):
                terms[x].append(product(g, slope))
    return [as_value(sums.get(x, 0.0)) for x in targets]


def listed(values: Iterable[Value]) -> list[Value]:
    """Values in a list, whatever they came in. Errors: TypeError for what holds none, like one Value alone."""
    if isinstance(values, Value) or not hasattr(values, "__iter__"):
        raise TypeError(f"derivatives are taken by a list of Values; {brief(values)} is {described(values)}; "
                        f"for one Value write [x]")
    return list(values)


def operands(v: Value) -> tuple[Any, ...]:
    """The operands of a node that a gradient reaches; None in the place of a constant."""
    if v.op is None:
        return ()
    xs, slopes = (v._x, v._dx) if v.op.many else ((v._x, v._y)[:v.op.arity], (v._dx, v._dy))
    return tuple([None if slope is None else x for x, slope in zip(xs, slopes)])


def slopes(v: Value, g: Any, leads: set[Value]) -> list[tuple[Value, Any]]:
    """Each operand of v that leads on, with its partial as a Value (a plain number where it is constant)."""
    if v.op is None:
        return []
    of, stored = operands(v), v.partials
    wanted = [x in leads for x in of]
    for i, x in enumerate(of):
        if wanted[i] and not isfinite(stored[i]):
            if number(g) != 0.0:
                raise no_slope(v, x, number(g))
            wanted[i] = False                        # a zero gradient goes nowhere
    whole = v._x if v.op.many else (v._x, v._y)[:v.op.arity]
    whole = tuple([number(x) if u is None else x for x, u in zip(whole, of)])       # a constant may be a Value by now
    now = v.op.slopes([number(x) for x in whole], v.index, v.data, wanted)
    for x, old, new in zip(of, stored, now):
        if new is not None and new != old:
            raise GradientError(f"{name_of(v)} was computed with other numbers: its partial by {name_of(x)} was "
                                f"{old!r} and would now be {new!r}; run the forward pass again")
    found = within(v.op, NODES)[1](whole, v.index, v, wanted)
    return [(x, slope) for x, slope in zip(of, found) if slope is not None]


def no_slope(v: Value, x: Value, g: float) -> GradientError:
    """The error for a gradient that reaches a slope which does not exist."""
    return GradientError(f"{name_of(v)} has no finite slope where {name_of(x)} is {x.data!r}, and a gradient of "
                         f"{g:.4g} reaches it; keep {name_of(x)} away from there")


def blame(y: Value) -> GradientError:
    """The error for a backward pass that met a slope which does not exist, or a gradient that overflowed."""
    nodes = postorder(y)
    adjoint = {**dict.fromkeys(nodes, 0.0), y: 1.0}
    for v in reversed(nodes):
        g = adjoint[v]
        for x, slope in zip(operands(v), v.partials) if g else ():
            if x is not None:
                if not isfinite(slope):
                    return no_slope(v, x, g)
                adjoint[x] += g * slope
                if not isfinite(adjoint[x]):
                    return GradientError(f"the gradient of {name_of(x)} overflows: {g:.4g} times {slope:.4g} lies "
                                         "beyond 1.8e308; scale the values, or take logarithms of large products")
    return GradientError("a grad overflows when this gradient is added to it; call zero_grad() between backward passes")


def product(g: Any, slope: Any) -> Any:
    """g · slope; a factor 1 leaves the other as it is, so that no needless node is made."""
    return slope if g.__class__ is float and g == 1.0 else g if slope.__class__ is float and slope == 1.0 else g * slope


def added(terms: Sequence[Any]) -> Any:
    """The sum of numbers and Values: one node for any number of them."""
    if len(terms) == 1:
        return terms[0]
    return terms[0] + terms[1] if len(terms) == 2 else Value.fsum(*terms) if terms else 0.0


def as_value(n: Any) -> Value:
    return n if n.__class__ is Value else Value(n)


class Others:
    """For each term the sum of the others, found when it is asked for."""

    def __init__(self, terms: Sequence[Any]) -> None:
        self.terms = terms

    def __getitem__(self, i: int) -> Any:
        return added([*self.terms[:i], *self.terms[i + 1:]])


def number(x: Any) -> float:
    return x._data if x.__class__ is Value else x


def rest(terms: Sequence[Any]) -> Any:
    return Others(terms)[max(range(len(terms)), key=lambda i: number(terms[i]))]


NODES: dict[Any, Any] = {                            # what the formulas' functions are for Values
    **{f: Op.table[f].function for f in FUNCTIONS if f in Op.table}, "nodes": True, "number": number,
    "abs": abs, "floor": lambda x: float(floor(number(x))), "max": Value.maximum, "min": Value.minimum,
    "largest": lambda xs: max(map(number, xs)), "smallest": lambda xs: min(map(number, xs)),
    "total": added, "fsum": added, "rest": rest, "others": Others,
}
