"""The derivative of a value by another as a product of steps: what explanations say in words, pictures in titles.

>>> from engine import exp, log
>>> z = Value(-0.5, "z"); p = exp(z) / (exp(z) + 2.0); CE = -log(p)
>>> from engine.explanation.names import Names
>>> from engine.paths.cuts import arrows_between
>>> Derivation(CE, z, arrows_between(CE, z), [p], Names(CE, z, {p: "p", CE: "CE"})).steps
[<step ∂CE/∂p = -1 / p = -4.29744>, <step ∂p/∂z = p - p² = 0.178549>]
"""
from __future__ import annotations

from functools import cached_property
from math import inf

from engine.explanation.observations import Terms
from engine.explanation.step import Derivative, Step, Steps
from engine.paths.largest import Path
from engine.readers.algebra import Algebra
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.explanation.names import Names
    from engine.paths.arrows import Arrows
    from engine.readers.algebra import Sum

LONG = 12                                            # steps of a chain that is read as a formula


class Derivation(Derivative):
    """The derivative of a value by another, with its chain rule.

    `.derivative` is the number; `.steps` are the steps whose product it is, each with `.paths`, whose sum the step is;
    `.observations` the terms of the sum that the upper value ends with, if it is one.
    """

    def __init__(self, upper: Value, lower: Value, arrows: Arrows, chosen: Iterable[Value] | None,
                 names: Names) -> None:
        self.upper, self.lower, self.arrows, self.order, self.names = upper, lower, arrows, arrows.order, names
        self.algebra = Algebra(names)
        self.gradients = arrows.backward()           # the upper value's derivatives by all
        self.derivative = self.gradients[0] if self.order else 0.0
        self.steps = self.parted(chosen)

    def parted(self, chosen: Iterable[Value] | None) -> Steps:
        """The steps; those of a value that overflows make one with the others."""
        cuts = self.arrows.cuts()
        if len(cuts) < 2:                            # no step at all: no path, or the same value
            return Steps(self.arrows, [], [], self.algebra)
        top, *between, bottom = cuts
        if chosen is None:
            between = [i for i in between if not self.names.beyond(self.order[i])]
            places = [i for i in between if self.names.has(self.order[i])] or between
        else:
            asked = set(chosen)
            places = [i for i in between if self.order[i] in asked]
        derivatives = self.arrows.backward(places)
        if chosen is None and any(abs(derivatives[i]) == inf for i in [*places, bottom]):
            places, derivatives = [], self.gradients
        return Steps(self.arrows, [top, *places, bottom], derivatives, self.algebra)

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
        return self.arrows.sizes(self.gradients)

    @cached_property
    def terms(self) -> Sum | None:
        """The whole derivative as a sum of products, None if it is long or cannot be read."""
        if not self.steps or len(self.steps) > LONG:
            return None
        quotients = [v for step in self.steps for v in (step.upper, step.lower)]
        terms = self.algebra.product([step.terms for step in self.steps], quotients)
        return terms if terms and self.algebra.agrees(terms, self.derivative) else None
