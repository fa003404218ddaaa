"""An explanation in LaTeX, as notebooks show it."""
from __future__ import annotations

from math import isfinite

from engine.explanation.definitions import definitions
from engine.explanation.names import bracketed_latex
from engine.explanation.notation import Latex
from engine.explanation.pulls import LISTED, terms_of
from engine.explanation.reasons import why_zero
from engine.explanation.remarks import remarks
from engine.explanation.words import details
from engine.readers import latex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.derivation import Derivation
    from engine.explanation.observations import Term
    from engine.explanation.step import Step
    from engine.readers.algebra import Sum
    from engine.value import Value

SHOWN   = 8                                          # steps
LONGEST = 300                                        # signs of a formula


def in_latex(e: Derivation) -> str:
    r"""The explanation as one block of display mathematics.

    >>> from engine import Value, explain, log
    >>> p = Value(0.25, "p"); y = log(p)
    >>> print(in_latex(explain(y, p)))
    $$\begin{aligned}
    \frac{\partial y}{\partial p} &= \frac{1}{p} = 4 \\[1ex]
    &\text{y = log(p)} \\[1ex]
    &\text{y rises as p rises: to lower y, move p down.} \\[1ex]
    &\text{p.grad is 0: y.backward() has not run yet.}
    \end{aligned}$$
    """
    whole, writer = quotient(e, e.upper, e.lower), Latex(e.algebra)
    if not e.order:
        return rf"$$ {whole} = 0 \qquad {sentence('no path leads there')} $$"
    if e.upper is e.lower:
        return f"$$ {whole} = 1 $$"
    shown = e.steps[:] if len(e.steps) <= SHOWN else [*e.steps[:3], *e.steps[-3:]]
    first, *others = head(e, shown, writer)
    rows = [f"{whole} &= {first}", *[f"&= {line}" for line in others]]
    causes = why_zero(e) if e.derivative == 0.0 else []
    rows += sentences(causes)
    for step in shown:
        if len(e.steps) > 1:
            rows.append(f"{quotient(e, step.upper, step.lower)} &= {of_step(e, step, writer)}")
        rows += sentences(details(e, step))
    notes, steps = remarks(e), [line for step in shown for line in details(e, step)]
    rows += sentences(definitions(e.names, "\n".join([*spoken(rows), *causes, *steps, *notes])))
    rows += sentences(notes)
    return "$$\\begin{aligned}\n" + " \\\\[1ex]\n".join(rows) + "\n\\end{aligned}$$"


def spoken(rows: Sequence[str]) -> list[str]:
    """Rows in which places read as they do in the text."""
    return [row.replace(r"\#", "#") for row in rows if r"\text" not in row]


def sentences(lines: Sequence[str]) -> list[str]:
    """Lines of the text as rows, each piece of at most 100 columns."""
    return [f"&{sentence(piece.strip())}" for line in lines for piece in line.split("\n")]


def head(e: Derivation, shown: Sequence[Step], writer: Latex) -> list[str]:
    """The chain rule, line by line: in symbols, in numbers, as a formula."""
    if len(e.steps) == 1:
        return [of_step(e, e.steps[0], writer)]
    gap = [r"\cdots"] if len(shown) < len(e.steps) else []
    symbols = [quotient(e, step.upper, step.lower) for step in shown]
    numbers = [rf"\left({figure(step.derivative)}\right)" for step in shown]
    by_symbols, by_numbers = [r" \cdot ".join([*part[:3], *gap, *part[3:]]) for part in (symbols, numbers)]
    lines = [by_symbols, f"{by_numbers} = {latex.number(e.derivative, 4)}"]
    if forms := formulas(e.terms, writer):
        lines.append(" = ".join(forms))
    return lines


def of_step(e: Derivation, step: Step, writer: Latex) -> str:
    """A step's derivative: as the sum of its terms, as a formula, as a number."""
    terms = terms_of(step)
    if terms and len(terms) <= LISTED:
        return " = ".join([*sum_of_terms(e, step, terms), latex.number(step.derivative, 4)])
    forms = [] if terms else formulas(step.terms, writer)
    return " = ".join([*forms, figure(step.derivative)])


def sum_of_terms(e: Derivation, step: Step, terms: Sequence[Term]) -> list[str]:
    """The terms as a sum, in numbers; before it in symbols, where each has a weight of 1."""
    symbols = " + ".join([quotient(e, term.value, step.lower) for term in terms])
    numbers = " + ".join([figure(term.derivative) for term in terms]).replace("+ -", "- ")
    return [symbols, numbers] if all(term.weight == 1.0 for term in terms) else [numbers]


def formulas(terms: Sum | None, writer: Latex) -> list[str]:
    """A formula, and the same with what is common before it; nothing for one that is but a number."""
    if not terms or not any(terms):
        return []
    return [form for form in (writer.sum(terms), writer.factored(terms)) if 0 < len(form) <= LONGEST]


def quotient(e: Derivation, upper: Value, lower: Value) -> str:
    """∂upper/∂lower in LaTeX."""
    return rf"\frac{{\partial {operand(e, upper)}}}{{\partial {operand(e, lower)}}}"


def operand(e: Derivation, v: Value) -> str:
    """What a value is called, in parentheses where it would fall apart."""
    return bracketed_latex(e.names.typeset(v), e.names.atom(v)[1])


def sentence(text: str) -> str:
    return rf"\text{{{latex.text(text)}}}"


def figure(x: float) -> str:
    return latex.number(x) if isfinite(x) else r"\text{no slope}"
