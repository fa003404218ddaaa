"""An explanation as plain text, in 100 columns."""
from __future__ import annotations

from engine.explanation.columns import WIDTH, indented, wrapped
from engine.explanation.definitions import definitions
from engine.explanation.headline import chain_rule, figure
from engine.explanation.pulls import pulls, terms_of
from engine.explanation.reasons import tied, why_zero
from engine.explanation.remarks import SHOWN, remarks
from engine.explanation.ways import WIDEST, of_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.derivation import Derivation
    from engine.explanation.step import Step
    from engine.readers.algebra import Sum
    from engine.value import Value

LONGEST = 60                                         # signs of a formula in a line with others


def in_words(e: Derivation) -> str:
    """The whole explanation."""
    whole = e.names.quotient(e.upper, e.lower)
    if not e.order:
        return independent(e, whole)
    if e.upper is e.lower:
        return f"{whole} = 1: it is the same value."
    lines = head(e, whole)
    if e.derivative == 0.0:
        lines += ["", *[wrapped(line) for line in why_zero(e)]]
    lines += all_steps(e)
    notes = [wrapped(line) for line in remarks(e)]
    made = [indented(line) for line in definitions(e.names, "\n".join([*lines, *notes]))]
    parts = [lines, ["where", *made] if made else [], notes]
    return "\n\n".join(["\n".join(part) for part in parts if part])


def independent(e: Derivation, whole: str) -> str:
    """Why there is nothing to explain where no path leads down."""
    upper, lower = e.names.of(e.upper), e.names.of(e.lower)
    if e.lower.constant:
        return f"{whole} = 0: {lower} is a plain number, which does not change."
    return wrapped(f"{whole} = 0: no path leads from {upper} to {lower}; {upper} does not depend on {lower}.")


def head(e: Derivation, whole: str) -> list[str]:
    """The chain rule in symbols, in numbers, as a number, and as a formula where it is short."""
    parts, formula, steps = chain_rule(e), e.factored or e.formula, len(e.steps)
    by_paths = steps > 1 or not terms_of(e.steps[0])
    if is_number(e.terms) and e.derivative:
        parts[-1] = formula                          # 12345, not 1.234e+04
    elif by_paths and 0 < len(formula) <= LONGEST and formula != parts[-1]:
        parts.insert(len(parts) if steps > 1 else 0, formula)
    line = f"{whole} = {' = '.join(parts)}"
    if len(line) <= WIDTH:
        return [line]
    margin = " " * len(whole)
    lines = [f"{whole} = {parts[0]}", *[f"{margin} = {part}" for part in parts[1:]]]
    return [wrapped(line, len(whole) + 3) for line in lines]


def all_steps(e: Derivation) -> list[str]:
    """The steps one after the other, where they are many without those in the middle."""
    if len(e.steps) <= SHOWN:
        return apart(e, e.steps[:])
    hidden = len(e.steps) - 5
    return [*apart(e, e.steps[:3]), "", f"… {hidden:,} steps like these; .steps has them all …",
            *apart(e, e.steps[-2:])]


def apart(e: Derivation, steps: Sequence[Step]) -> list[str]:
    """Steps in words, an empty line before each."""
    return [line for step in steps for line in ("", *of_step(e, step))]


def of_step(e: Derivation, step: Step) -> list[str]:
    """One step: its derivative, what the upper value is made of, its terms or paths."""
    name, terms = e.names.quotient(step.upper, step.lower), terms_of(step)
    values = [*([] if terms else short_forms(step)), figure(step.derivative)]
    first = [wrapped(f"{name} = {' = '.join(values)}", 4)] if len(e.steps) > 1 else []
    return first + details(e, step)


def details(e: Derivation, step: Step) -> list[str]:
    """What a step's upper value is made of, its terms or paths."""
    if terms := terms_of(step):
        return pulls(e, step, terms)
    lines = made_of(e, step.upper) + [indented(line) for line in tied(e.names, step.upper)]
    alone = len(step.order) == 2 and step.count == 1
    return lines if alone else lines + of_paths(e, step)


def short_forms(step: Step) -> list[str]:
    """A step's formula, and the same with what is common before it, as far as both are short."""
    if is_number(step.terms):
        return []
    forms = [form for form in (step.formula, step.factored)
             if 0 < len(form) <= LONGEST and form != figure(step.derivative)]
    return forms if len("".join(forms)) <= LONGEST else forms[-1:]


def is_number(terms: Sum | None) -> bool:
    """Whether a formula is but a number."""
    return terms is not None and all(not product for product in terms)


def made_of(e: Derivation, v: Value) -> list[str]:
    """The line that says what a value is made of; none for one whose name is just that."""
    name, formula = e.names.of(v), e.names.formula(v, WIDEST)
    return [] if name == formula else [indented(f"{name} = {formula}")]
