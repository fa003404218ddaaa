"""Why a derivative is what it is: the chain rule between two values, step by step, path by path.

>>> from engine import Value, exp, log
>>> z = Value(-0.5, "z"); e = exp(z); p = e / (e + 2.0); CE = -log(p)
>>> label = {"p": p, "CE": CE}
>>> explain(CE, z, names=label).steps
[<step ∂CE/∂p = -1 / p = -4.29744>, <step ∂p/∂z = p - p² = 0.178549>]
"""
from __future__ import annotations

import sys
from functools import cached_property
from math import inf, isfinite

from engine.errors import brief
from engine.explanation.algebra import Algebra
from engine.explanation.chain import between, cut_places, cuts, factors, links, reverse_pass, slopes, steps
from engine.explanation.names import Names
from engine.explanation.notation import Text
from engine.explanation.observations import Term
from engine.explanation.paths import Path
from engine.explanation.step import Step, Steps
from engine.naming import given_names
from engine.terminal import colours, fitted, signed
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from engine.explanation.algebra import Sum

__all__ = ["explain", "Explanation", "Path", "Step", "Term", "between", "cuts", "slopes", "steps"]


LONG = 12                                            # steps of a chain that is read as a formula


class Explanation:
    """The derivative of a value by another, with its chain rule: print it, look at it in the REPL or in a notebook.

    `.derivative` is the number; `.steps` are the steps whose product it is, each with `.paths`, whose sum the step is;
    `.observations` the terms of the sum that the upper value ends with, if it is one.
    """

    def __init__(self, upper: Value, lower: Value, order: Sequence[Value], chosen: Iterable[Value] | None,
                 names: Names) -> None:
        self.upper, self.lower, self.order, self.names = upper, lower, order, names
        self.algebra, self.arrows = Algebra(names), links(order)
        self.found = reverse_pass(self.arrows)[0]    # the upper value's derivatives by all
        self.derivative = self.found[0] if order else 0.0
        if not isfinite(self.derivative):
            from engine.derivatives import blame
            raise blame(upper)
        self.steps = self.parted(chosen)

    def parted(self, chosen: Iterable[Value] | None) -> Steps:
        """The steps; those of a value that overflows make one with the others."""
        every = cut_places(self.arrows)
        if chosen is None:
            places = [i for i in every[1:-1] if self.names.has(self.order[i])] or every[1:-1]
        else:
            asked = set(chosen)
            places = [i for i in every[1:-1] if self.order[i] in asked]
        found = factors(self.arrows, every, places)
        if chosen is None and any(abs(slope) == inf for _, _, slope in found):
            found = factors(self.arrows, every, [])
        return Steps(self.order, self.arrows, found, self.algebra)

    @cached_property
    def whole(self) -> Step | None:
        """The derivative as one step, with all its paths; None if there is none."""
        return Step(self.order, self.arrows, self.derivative, self.algebra) if len(self.order) > 1 else None

    @property
    def paths(self) -> list[Path]:
        """The largest paths from the upper value down to the lower, over all steps."""
        return self.whole.paths if self.whole else []

    @property
    def observations(self) -> list[Term]:
        """The terms of the sum that the upper value ends with, in its order; none if it is no sum."""
        return self.whole.observations if self.whole else []

    @cached_property
    def terms(self) -> Sum | None:
        """The whole derivative as a sum of products, None if it is long or cannot be read."""
        if not self.steps or len(self.steps) > LONG:
            return None
        quotients = [v for step in self.steps for v in (step.upper, step.lower)]
        found = self.algebra.product([step.terms for step in self.steps], quotients)
        return found if found and self.algebra.agrees(found, self.derivative) else None

    @property
    def formula(self) -> str:
        """The whole derivative as a formula in names, `p - 1`; empty if that would be long."""
        return Text(self.algebra).sum(self.terms) if self.terms else ""

    @property
    def factored(self) -> str:
        """The formula with what its products share before it; empty if they share nothing."""
        return Text(self.algebra).factored(self.terms) if self.terms else ""

    @property
    def text(self) -> str:
        """The explanation as plain text, without colours, whatever the terminal."""
        from engine.explanation.words import text
        return text(self)

    def __str__(self) -> str:
        text = fitted(self.text)
        return signed(text) if colours() else text

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        from engine.explanation.formulas import latex
        return latex(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


def explain(y: Value, wrt: Value | None = None, *, through: Iterable[Value] | None = None,
            names: Mapping[str, Any] | None = None) -> Explanation:
    """Why the derivative of y by `wrt` is what it is: the chain rule, step by step, path by path.

    The values that every path from y to `wrt` passes through part it into steps; those with a name are preferred, and
    `through` asks for particular ones. Values without a label take the caller's names, or those in `names`. Errors:
    ValueError for one of `through` that not every path passes, GradientError where there is no derivative.

    >>> x = Value(3.0, "x"); y = x * x; z = y + y * y
    >>> [step.derivative for step in explain(z, wrt=x, through=[y]).steps]
    [19.0, 6.0]
    """
    asked = None if through is None else [through] if isinstance(through, Value) else list(through)
    if wrt is None:
        raise TypeError("explain(y, wrt) says why the derivative of y by wrt is what it is; name the value to "
                        "differentiate by, as in explain(loss, wrt=b3)")
    for v in (y, wrt, *(asked or ())):
        if not isinstance(v, Value):
            raise TypeError(f"explain(y, wrt, through=[...]) needs Values; {brief(v)} is a {type(v).__name__}")
    called = Names(y, wrt, given_names(names, sys._getframe(1)))
    order = between(y, wrt)
    if asked and order:
        passed = cuts(order)
        for v in asked:
            if v not in passed:
                known = [called.called(u) for u in [u for u in passed[1:-1] if called.has(u)] or passed[1:-1]][:6]
                raise ValueError(f"not every path from {called.called(y)} to {called.called(wrt)} passes through "
                                 f"{called.called(v)}; all pass through {', '.join(known) or 'no other value'}")
    return Explanation(y, wrt, order, asked, called)
