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

from engine.errors import brief, described
from engine.explanation.algebra import Algebra
from engine.explanation.chain import arrows_between, between, cuts, slopes, steps
from engine.explanation.names import Names
from engine.explanation.observations import Term, Terms
from engine.explanation.paths import Path
from engine.explanation.step import Derivative, Step, Steps
from engine.graph import postorder
from engine.naming import given_names
from engine.terminal import colours, fitted, signed
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from engine.explanation.algebra import Sum
    from engine.explanation.arrows import Arrows

__all__ = ["explain", "Explanation", "Path", "Step", "Term", "between", "cuts", "slopes", "steps"]


LONG = 12                                            # steps of a chain that is read as a formula


class Explanation(Derivative):
    """The derivative of a value by another, with its chain rule: print it, look at it in the REPL or in a notebook.

    `.derivative` is the number; `.steps` are the steps whose product it is, each with `.paths`, whose sum the step is;
    `.observations` the terms of the sum that the upper value ends with, if it is one.
    """

    def __init__(self, upper: Value, lower: Value, arrows: Arrows, chosen: Iterable[Value] | None,
                 names: Names) -> None:
        self.upper, self.lower, self.arrows, self.order, self.names = upper, lower, arrows, arrows.order, names
        self.algebra = Algebra(names)
        self.found = arrows.backward()               # the upper value's derivatives by all
        self.derivative = self.found[0] if self.order else 0.0
        self.steps = self.parted(chosen)

    def parted(self, chosen: Iterable[Value] | None) -> Steps:
        """The steps; those of a value that overflows make one with the others."""
        every = self.arrows.cuts()
        if chosen is None:
            places = [i for i in every[1:-1] if self.names.has(self.order[i])] or every[1:-1]
        else:
            asked = set(chosen)
            places = [i for i in every[1:-1] if self.order[i] in asked]
        found = self.arrows.backward(places)
        if chosen is None and any(abs(found[i]) == inf for i in [*places, *every[-1:]]):
            places, found = [], self.found
        return Steps(self.arrows, [*every[:1], *places, *every[1:][-1:]], found, self.algebra)

    @cached_property
    def whole(self) -> Step | None:
        """The derivative as one step, with all its paths; None if there is none."""
        if len(self.steps) == 1:
            return self.steps[0]  # type: ignore[no-any-return]
        return Step(self.arrows, self.derivative, self.algebra) if self.steps else None

    @property
    def paths(self) -> list[Path]:
        """The largest paths from the upper value down to the lower, over all steps."""
        return self.whole.paths if self.whole else []

    @property
    def observations(self) -> Terms:
        """The terms of the sum that the upper value ends with, in its order; none if it is no sum."""
        return self.whole.observations if self.whole else Terms()

    @cached_property
    def sizes(self) -> list[float]:
        """The sums of the sizes of what adds up to the upper value's derivatives by all."""
        return self.arrows.sizes(self.found)

    @cached_property
    def terms(self) -> Sum | None:
        """The whole derivative as a sum of products, None if it is long or cannot be read."""
        if not self.steps or len(self.steps) > LONG:
            return None
        quotients = [v for step in self.steps for v in (step.upper, step.lower)]
        found = self.algebra.product([step.terms for step in self.steps], quotients)
        return found if found and self.algebra.agrees(found, self.derivative) else None

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
    if not (through is None or isinstance(through, Value) or hasattr(through, "__iter__")):
        raise TypeError(f"explain(y, wrt, through=[...]) needs a list of Values; {brief(through)} is none")
    asked = None if through is None else [through] if isinstance(through, Value) else list(through)
    if wrt is None:
        raise TypeError("explain(y, wrt) says why the derivative of y by wrt is what it is; name the value to "
                        "differentiate by, as in explain(loss, wrt=b3)")
    for v in (y, wrt, *(asked or ())):
        if not isinstance(v, Value):
            raise TypeError(f"explain(y, wrt, through=[...]) needs Values; {brief(v)} is {described(v)}")
    order  = postorder(y)
    called = Names(y, wrt, given_names(names, sys._getframe(1)), order)
    arrows = arrows_between(y, wrt, order)
    if asked and arrows.order:
        passed = [arrows.order[i] for i in arrows.cuts()]
        for v in asked:
            if v not in passed:
                known = [called.called(u) for u in [u for u in passed[1:-1] if called.has(u)] or passed[1:-1]][:6]
                raise ValueError(f"not every path from {called.called(y)} to {called.called(wrt)} passes through "
                                 f"{called.called(v)}; all pass through {', '.join(known) or 'no other value'}")
    found = Explanation(y, wrt, arrows, asked, called)
    if not isfinite(found.derivative):
        from engine.derivatives import blame
        raise blame(y)
    return found
