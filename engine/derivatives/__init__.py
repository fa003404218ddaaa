"""Derivatives that are Values again, to any order: the chain rule over the quoted partials, with Values in them.

Here are derivative and gradient; `matrices` has hessian and jacobian, shown as tables; `attempts` has
check_derivation, which compares what somebody derived by hand. May be imported: these five. Start here.
"""
from __future__ import annotations

from math import isfinite

from engine.errors import FAILURES, GradientError, brief, described, name_of
from engine.graph import no_slope, operands, postorder, slopes
from engine.pouring import tried
from engine.readers.numbers import added, floats, number, values
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def derivative(y: Value, x: Value) -> Value:
    """The derivative of y by x, as a Value of the same graph: draw it, or differentiate it again.

    Errors: GradientError where it does not exist, or where a number has changed since y was computed.

    >>> x = Value(3.0, "x")
    >>> derivative(derivative(x ** 3, x), x)
    Value(data=18.0, grad=0.0)
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
            raise TypeError(f"a derivative is taken of a Value by Values; {brief(v)} is {described(v)}{instead(v)}")
    nodes, leads = postorder(y), set(targets)
    for v in nodes:
        if any(x in leads for x in changing(v)):
            leads.add(v)
    terms: dict[Value, list[Any]] = {v: [] for v in nodes}
    terms.setdefault(y, []).append(1.0)
    sums: dict[Value, Any] = {}
    for v in reversed(nodes):
        if v in leads and terms[v]:
            sums[v] = g = added(terms[v])
            for x, slope in partials(v, g, leads):
                terms[x].append(product(g, slope))
    return [as_value(sums.get(x, 0.0)) for x in targets]


def listed(values: Iterable[Value]) -> list[Value]:
    """Values in a list, whatever they came in. Errors: TypeError for what holds none, like one Value alone."""
    if isinstance(values, Value) or not hasattr(values, "__iter__"):
        raise TypeError(f"derivatives are taken by a list of Values; {brief(values)} is {described(values)}; "
                        f"for one Value write [x]")
    return list(values)


def instead(v: Any) -> str:
    """What to write where something is no Value."""
    if callable(v):
        return "; of a function f it is that of y = f(x), where x is a Value"
    if hasattr(v, "__iter__"):
        return "; by several Values write gradient(y, [x1, x2])"
    return "; compute with Values throughout"


def changing(v: Value) -> tuple[Any, ...]:
    """The operands of a node that a gradient reaches; None in the place of a constant."""
    return tuple([None if slope is None else x for x, slope in zip(operands(v), slopes(v))])


def partials(v: Value, g: Any, leads: set[Value]) -> list[tuple[Value, Any]]:
    """Each operand of v that leads on, with its partial as a Value (a plain number where it is constant)."""
    if v.op is None:
        return []
    of, stored = changing(v), v.partials
    wanted = [x in leads for x in of]
    for i, x in enumerate(of):
        if wanted[i] and not isfinite(stored[i]):
            if number(g) != 0.0:
                raise no_slope(v, x, number(g))
            wanted[i] = False                        # a zero gradient goes nowhere
    whole = [number(x) if u is None else x for x, u in zip(operands(v), of)]        # a constant may be a Value by now
    now = slopes_now(v, [number(x) for x in whole], wanted)
    for x, old, new in zip(of, stored, now):
        if new is not None and new != old:
            raise GradientError(f"{name_of(v)} was computed with other numbers: its partial by {name_of(x)} was "
                                f"{old!r} and would now be {new!r}; run the forward pass again")
    found = values.partials(v.op, whole, v.index, v, wanted)
    return [(x, slope) for x, slope in zip(of, found) if slope is not None]


def slopes_now(v: Value, numbers: list[float], wanted: list[bool]) -> list[float | None]:
    """The wanted partials for these numbers of the operands, nan where there is none."""
    op = v.op
    assert op is not None

    def by(places: list[bool]) -> list[Any]:
        return floats.partials(op, numbers, v.index, v.data, places)

    try:
        return by(wanted)
    except FAILURES:                                 # some of them do not exist
        return [tried(lambda i=i: by([j == i for j in range(len(wanted))])[i]) if want else None  # type: ignore
                for i, want in enumerate(wanted)]


def product(g: Any, slope: Any) -> Any:
    """g · slope; a factor 1 leaves the other as it is, so that no needless node is made."""
    return slope if g.__class__ is float and g == 1.0 else g if slope.__class__ is float and slope == 1.0 else g * slope


def as_value(n: Any) -> Value:
    return n if n.__class__ is Value else Value(n)
