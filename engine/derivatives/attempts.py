"""A derivation that somebody typed, compared with the graph's derivative at random points; a wrong one is diagnosed.

What is typed is read in the closed grammar of the table and nothing of it is run. It may use the names in the graph,
also of what was computed: `p - 1`. The points are the same each time.
"""
from __future__ import annotations

import random
import re
import sys
from math import isclose, isfinite
from typing import Any, NamedTuple

from engine.errors import FAILURES, FormulaError, brief, described
from engine.graph import postorder
from engine.paths.cuts import slopes
from engine.readers.operands import result_of
from engine.readers.traits import linear, sums
from engine.readers.typed import Typed, parse
from engine.text.naming import digits, given_names
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

POINTS, TRIES = 20, 400              # points where both are compared, of so many that are tried
NEAR   = 1e-7                        # relative: what is typed in another form is rounded otherwise
VISITS = 10_000                      # of a walk in the wrong order
ARROWS = 500                         # that are cut to see whether one path is what was typed
SPOKEN = {"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", "^": "**"}
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


class Verdict(NamedTuple):
    """Whether a derivation is right, and a sentence about it; `mistake` is the known one that it equals, or empty."""

    right:    bool
    sentence: str
    mistake:  str

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return self.sentence


class Point(NamedTuple):
    """The graph at some numbers of its leaves: each value there, and the root's derivative by each."""

    values: dict[Value, Value]
    slopes: dict[Value, float]


def check_derivation(root: Value, wrt: Value, text: str, *, names: Mapping[str, Any] | None = None) -> Verdict:
    """Whether `text`, as `p - 1`, is the derivative of the root by `wrt`: at random points, not only at these numbers.

    `text` is a formula in names of the graph, of leaves and of what was computed; `−`, `p²`, `·` are understood.
    `names` are further ones, the caller's by default. A wrong derivation is told where it equals a known mistake: the
    sign turned, one path only, a mean for a sum, the derivative by another value, another value's name, an order that
    was incomplete; else the first point at which it differs. Errors: FormulaError for what is no formula in these
    names, TypeError for what is no Value or text.

    >>> from engine import exp, log
    >>> z, other = Value(-0.96, "z"), Value(0.5, "other")
    >>> p = exp(z) / (exp(z) + exp(other)); CE = -log(p)
    >>> check_derivation(CE, z, "p − 1")
    right: ∂CE/∂z = p - 1, here and at 19 other points
    >>> check_derivation(CE, z, "1 - p")
    not yet: 1 - p is ∂CE/∂z with its sign turned
    """
    for v in (root, wrt):
        if not isinstance(v, Value):
            raise TypeError(f"check_derivation(root, wrt, text) needs Values; it got {described(v)}")
    if not isinstance(text, str):
        raise TypeError(f"check_derivation(root, wrt, text) needs a text such as 'p - 1'; {brief(text)} is none")
    given = given_names(names, sys._getframe(1))
    return Attempt(root, wrt, understood(text), {v: v.label or given.get(v, "") for v in postorder(root)}).verdict()


def understood(text: str) -> str:
    """A formula as it may be typed, in the signs of the grammar.

    >>> understood("p·(1 − p) + x²")
    'p*(1 - p) + x**2'
    """
    for sign, plain in SPOKEN.items():
        text = text.replace(sign, plain)
    return re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: f"**{found[0].translate(RAISED)}", text)


class Attempt:
    """A derivation, the graph that it is about, and points to compare them at."""

    def __init__(self, root: Value, wrt: Value, text: str, called: Mapping[Value, str]) -> None:
        self.root, self.wrt, self.text, self.called = root, wrt, text.strip(), called
        self.nodes = list(called)
        self.named = {name: v for v, name in reversed([*called.items()]) if name.isidentifier()}
        self.quotient = f"∂{called.get(root) or 'L'}/∂{called.get(wrt) or 'it'}"
        self.used = [*Typed(text, self.named).free]
        self.points = list(self.compared())
        self.right = [point.slopes.get(wrt, 0.0) for point in self.points]

    # The points -------------------------------------------------------------------------------------------------------

    def compared(self) -> Iterator[Point]:
        """The graph at its own numbers, then at others near them where it has a value and so has the formula."""
        chance, made = random.Random(0), 0
        leaves = [v for v in self.nodes if v.op is None]
        for count in range(TRIES):
            spread = {v: chance.gauss(0.0, 0.5 + abs(v.data) / 4) for v in leaves}
            moved = {v: Value(v.data + (spread[v] if count else 0.0)) for v in leaves}
            try:
                point = at(self.nodes, moved, self.root)
                self.typed(point)
            except FormulaError:
                if count == 0:
                    raise
                continue
            except FAILURES:
                continue
            if all(map(isfinite, point.slopes.values())):
                yield point
                made += 1
            if made == POINTS:
                return

    def typed(self, point: Point, others: Mapping[str, str] = {}) -> float:
        """What the formula is at a point; with other values in the place of some names."""
        names = {name: Value(point.values[self.named[others.get(name, name)]].data) for name in self.used}
        return parse(self.text, names).data

    def everywhere(self, others: Mapping[str, str] = {}) -> list[float] | None:
        """What the formula is at all points; None where it has no value at one."""
        try:
            return [self.typed(point, others) for point in self.points]
        except FormulaError:
            return None

    # What is said -----------------------------------------------------------------------------------------------------

    def verdict(self) -> Verdict:
        """Right, a known mistake, or where it differs."""
        came = self.everywhere() or []
        if not came:
            return Verdict(False, f"nothing could be compared: no point near these numbers gives {self.quotient}", "")
        if alike(came, self.right):
            return Verdict(True, f"right: {self.quotient} = {self.text}, here and at {len(came) - 1} other points", "")
        for mistake, numbers in self.mistakes():
            if alike(came, numbers):
                return Verdict(False, f"not yet: {self.text} is {mistake}", mistake)
        for name, other in self.swaps():
            found = self.everywhere({name: other})
            if found and alike(found, self.right):
                mistake = f"right but for a name: with {other} in the place of {name} it is {self.quotient}"
                return Verdict(False, f"not yet: {self.text} is {mistake}", mistake)
        return Verdict(False, f"not yet: {self.difference(came)}", "")

    def difference(self, came: list[float]) -> str:
        """The first point at which the two differ."""
        first = differing(came, self.right)[0]
        point = self.points[first]
        shown = [f"{name} = {digits(point.values[self.named[name]].data)}" for name in self.used]
        where = f"where {', '.join(shown)}" if shown else "at another point" if first else "at these numbers"
        also = " (it holds at the numbers shown now, and only there)" if first else ""
        return f"{where}, {self.text} is {digits(came[first], 6)} and {self.quotient} is " \
               f"{digits(self.right[first], 6)}{also}"

    # Known mistakes ---------------------------------------------------------------------------------------------------

    def mistakes(self) -> Iterator[tuple[str, list[float]]]:
        """What a wrong derivation may be, with its number at each point."""
        yield f"{self.quotient} with its sign turned", [-d for d in self.right]
        terms = len(final_terms(self.root))
        if terms > 1:
            yield f"that of the mean: the root adds up {terms} terms", [d / terms for d in self.right]
            yield f"that of the sum: the root is a mean of {terms} terms", [d * terms for d in self.right]
        yield from self.paths()
        yield ("what comes out in an order that was incomplete: a value is done only when all that use it are done",
               [unordered(self.root, point, self.wrt) for point in self.points])
        for v, name in self.called.items():
            if name and v is not self.wrt and v is not self.root:
                yield f"the derivative by {name}, not by {self.called[self.wrt] or 'this'}", \
                    [point.slopes.get(v, 0.0) for point in self.points]

    def paths(self) -> Iterator[tuple[str, list[float]]]:
        """What is left of the derivative where one arrow is cut, and what came along it."""
        leading = {self.wrt: None}
        for v in self.nodes:
            if any(x in leading for x in v.parents):
                leading[v] = None
        arrows = [(v, place) for v in leading for place, x in enumerate(v.parents) if x in leading]
        for arrow in arrows[:ARROWS]:
            left = [without(self.root, point, arrow).get(self.wrt, 0.0) for point in self.points]
            if not alike(left, self.right) and any(left):
                way = self.said(arrow[0])
                yield f"one path only: what comes {way} is missing; paths add up", left
                yield f"one path only, the one {way}; paths add up", [d - x for d, x in zip(self.right, left)]

    def said(self, v: Value) -> str:
        """Where an arrow leads."""
        name = self.called.get(v) or (v.op.symbol if v.op else "")
        return f"through {name}"

    def swaps(self) -> Iterator[tuple[str, str]]:
        """Each name that is used, and another of the same kind."""
        for name in self.used:
            for other, v in self.named.items():
                if other != name and (v.op is None) == (self.named[name].op is None):
                    yield name, other


# The graph at other numbers, and with arrows cut ----------------------------------------------------------------------

def at(nodes: list[Value], moved: Mapping[Value, Value], root: Value) -> Point:
    """The graph at other numbers of its leaves."""
    found = dict(moved)
    for v in nodes:
        if v.op:
            found[v] = result_of(v.op, [found.get(x, x.data) for x in v.parents], v.index)
    back = slopes(found[root])
    return Point(found, {v: back.get(new, 0.0) for v, new in found.items()})


def without(root: Value, point: Point, arrow: tuple[Value, int]) -> dict[Value, float]:
    """The root's derivatives where one arrow carries nothing."""
    back = {root: 1.0}
    for v in reversed([v for v in point.values if v.op]):
        for place, (x, d) in enumerate(zip(v.parents, point.values[v].partials)):
            if back.get(v) and (v, place) != arrow:
                back[x] = back.get(x, 0.0) + back[v] * d
    return back


def unordered(root: Value, point: Point, wrt: Value) -> float:
    """The derivative by `wrt` as it comes out where each value passes on what it has whenever something reaches it."""
    back, stack = {root: 1.0}, list[Any]([root])
    for _ in range(VISITS):
        if not stack:
            return back.get(wrt, 0.0)
        v = stack.pop()
        if isinstance(v, tuple):
            x, d, user = v
            back[x] = back.get(x, 0.0) + back[user] * d
            stack.append(x)
        elif v.op:
            stack += [(x, d, v) for x, d in zip(v.parents, point.values[v].partials) if d and not x.constant][::-1]
    return float("nan")


def final_terms(root: Value) -> list[Value]:
    """The terms of the sum that the root is, numbers times sums looked through."""
    terms, stack = list[Value](), [root]
    while stack:
        v = stack.pop()
        inner = [place for place, x in enumerate(v.parents) if not x.constant]
        scales = v.op is not None and len(inner) == 1 and v.op.arity == 2 and linear(v.op, inner[0])
        if v.op and (sums(v.op) or scales) and (v is root or not v.label):
            stack += [v.parents[place] for place in inner]
        else:
            terms.append(v)
    return terms


def alike(came: list[float], wanted: list[float]) -> bool:
    """Whether numbers agree at every point, to rounding."""
    return not differing(came, wanted)


def differing(came: list[float], wanted: list[float]) -> list[int]:
    """The points at which numbers differ by more than rounding, beside the largest that is wanted.

    >>> differing([0.0, 2.0], [1e-15, 2.0]), differing([0.0, 0.0], [1e-15, 1e-15])
    ([], [0, 1])
    """
    largest = max(map(abs, wanted), default=0.0)
    pairs = enumerate(zip(came, wanted))
    return [i for i, (x, y) in pairs if not isclose(x, y, rel_tol=NEAR, abs_tol=1e-9 * largest)]
