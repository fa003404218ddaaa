"""An explanation in LaTeX, as notebooks show it."""
from __future__ import annotations

from math import isfinite

from engine.explanation.notation import Latex
from engine.explanation.pulls import LISTED, terms_of
from engine.explanation.reasons import changed, why_zero
from engine.formula import ATOM
from engine.readers.latex import number, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.derivation import Derivation
    from engine.readers.algebra import Sum
    from engine.explanation.step import Step
    from engine.value import Value

SHOWN = 8                                            # steps


def latex(e: Derivation) -> str:
    r"""The explanation as one block of display mathematics.

    >>> from engine import Value, explain, log
    >>> p = Value(0.25, "p"); y = log(p)
    >>> print(latex(explain(y, p)))
    $$\begin{aligned}
    \frac{\partial y}{\partial p} &= \frac{1}{p} = 4
    \end{aligned}$$
    """
    whole, writer = quotient(e, e.upper, e.lower), Latex(e.algebra)
    if not e.order:
        return rf"$$ {whole} = 0 \qquad \text{{{text('no path leads there')}}} $$"
    if e.upper is e.lower:
        return f"$$ {whole} = 1 $$"
    shown = e.steps[:] if len(e.steps) <= SHOWN else [*e.steps[:3], *e.steps[-3:]]
    rows = [f"{whole} &= {' = '.join(parts)}" if i == 0 else f"&= {' = '.join(parts)}"
            for i, parts in enumerate(head(e, shown, writer, whole))]
    if len(e.steps) > 1:
        rows += [f"{quotient(e, step.upper, step.lower)} &= {' = '.join(of_step(e, step, writer))}" for step in shown]
    if e.derivative == 0.0:
        rows += [rf"&\text{{{text(line)}}}" for line in why_zero(e)]
    rows += [rf"&\text{{{text(line)}}}" for line in changed(e)]
    return "$$\\begin{aligned}\n" + " \\\\[1ex]\n".join(rows) + "\n\\end{aligned}$$"


def head(e: Derivation, shown: Sequence[Step], writer: Latex, whole: str) -> list[list[str]]:
    """The chain rule: in symbols, in numbers, as a formula."""
    if len(e.steps) == 1:
        return [of_step(e, e.steps[0], writer)]
    gap = [r"\cdots"] if len(shown) < len(e.steps) else []
    symbols = [quotient(e, step.upper, step.lower) for step in shown]
    numbers = [rf"\left({figure(step.derivative)}\right)" for step in shown]
    parts = [[r" \cdot ".join([*part[:3], *gap, *part[3:]] if gap else part)] for part in (symbols, numbers)]
    parts[1].append(number(e.derivative, 4))
    formula = written(e.terms, writer)
    return [*parts, *([formula] if formula else [])]


def of_step(e: Derivation, step: Step, writer: Latex) -> list[str]:
    """A step's derivative: as the sum of its terms, as a formula, as a number."""
    terms = terms_of(step)
    if terms and len(terms) <= LISTED:
        names = [quotient(e, term.value, step.lower) for term in terms]
        parts = [figure(term.derivative) for term in terms]
        plain = [" + ".join(names)] if all(term.weight == 1.0 for term in terms) else []
        return [*plain, " + ".join(parts).replace("+ -", "- "), number(step.derivative, 4)]
    return [*([] if terms else written(step.terms, writer)), figure(step.derivative)]


def written(terms: Sum | None, writer: Latex) -> list[str]:
    """A formula, and the same with what is common before it; nothing for one that is but a number."""
    if not terms or not any(terms):
        return []
    return [part for part in (writer.sum(terms), writer.factored(terms)) if 0 < len(part) <= 300]


def quotient(e: Derivation, upper: Value, lower: Value) -> str:
    """∂upper/∂lower in LaTeX."""
    above, below = [rf"\left({e.names.typeset(v)}\right)" if e.names.atom(v)[1] < ATOM else e.names.typeset(v)
                    for v in (upper, lower)]
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


def figure(x: float) -> str:
    return number(x) if isfinite(x) else r"\text{no slope}"
