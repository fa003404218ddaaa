"""Why a derivative is what it is: the chain rule between two values, step by step, path by path.

What there is to say (derivation, step, observations; names, what values are called) stands apart from saying it, in
words (words, headline, pulls, ways, reasons, remarks, definitions; notation, columns) or in LaTeX (display). May be
imported: explain, Explanation, derivation, names and headline. Start with derivation.

>>> from engine import Value, exp, log
>>> z = Value(-0.5, "z"); e = exp(z); p = e / (e + 2.0); CE = -log(p)
>>> label = {"p": p, "CE": CE}
>>> explain(CE, z, names=label).steps
[<step ∂CE/∂p = -1 / p = -4.29744>, <step ∂p/∂z = p - p² = 0.178549>]
"""
from __future__ import annotations

import sys
from math import isfinite

from engine.errors import brief, described
from engine.explanation.derivation import Derivation
from engine.explanation.names import Names
from engine.explanation.observations import Term
from engine.explanation.step import Step
from engine.graph import blame, postorder
from engine.paths.cuts import arrows_between
from engine.paths.largest import Path
from engine.text.naming import given_names
from engine.text.terminal import colours, fitted, signed, spelt
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from engine.paths.arrows import Arrows

__all__ = ["explain", "Explanation", "Path", "Step", "Term"]
KNOWN = 6                                            # values that an error names


class Explanation(Derivation):
    """The derivative of a value by another, with its chain rule: print it, look at it in the REPL or in a notebook.

    `.derivative` is the number; `.steps` are the steps whose product it is, each with `.paths`, whose sum the step is;
    `.observations` the terms of the sum that the upper value ends with, if it is one.
    """

    @property
    def text(self) -> str:
        """The explanation as plain text, without colours, whatever the terminal."""
        from engine.explanation.words import in_words
        return in_words(self)

    def __str__(self) -> str:
        text = spelt(fitted(self.text))
        return signed(text) if colours() else text

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        from engine.explanation.display import in_latex
        return in_latex(self)

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
    asked = asked_for(through)
    if wrt is None:
        raise TypeError("explain(y, wrt) says why the derivative of y by wrt is what it is; name the value to "
                        "differentiate by, as in explain(loss, wrt=b3)")
    for v in (y, wrt, *(asked or ())):
        if not isinstance(v, Value):
            raise TypeError(f"explain(y, wrt, through=[...]) needs Values; {brief(v)} is {described(v)}")
    order  = postorder(y)
    naming = Names(y, wrt, given_names(names, sys._getframe(1)), order)
    arrows = arrows_between(y, wrt, order)
    if asked and arrows.order:
        check_passed(asked, arrows, naming)
    explanation = Explanation(y, wrt, arrows, asked, naming)
    if not isfinite(explanation.derivative):
        raise blame(y)
    return explanation


def asked_for(through: Any) -> list[Any] | None:
    """The values asked for, in a list. Errors: TypeError for what is no list of them."""
    if through is None:
        return None
    if isinstance(through, Value):
        return [through]
    if not hasattr(through, "__iter__"):
        raise TypeError(f"explain(y, wrt, through=[...]) needs a list of Values; {brief(through)} is none")
    return list(through)


def check_passed(asked: Iterable[Value], arrows: Arrows, names: Names) -> None:
    """Errors: ValueError for the first of the values asked for that not every path passes."""
    passed = [arrows.order[i] for i in arrows.cuts()]
    for v in asked:
        if v not in passed:
            between = passed[1:-1]
            known = [names.of(u) for u in [u for u in between if names.has(u)] or between]
            raise ValueError(f"not every path from {names.of(passed[0])} to {names.of(passed[-1])} passes through "
                             f"{names.of(v)}; all pass through {', '.join(known[:KNOWN]) or 'no other value'}")
