"""An explanation as plain text, in 100 columns."""
from __future__ import annotations

from math import isfinite

from engine.explanation.columns import WIDTH, indented, wrapped
from engine.explanation.headline import FACTORS, chain_rule, figure
from engine.explanation.notation import Text
from engine.explanation.pulls import pulls, terms_of
from engine.readers.products import partial
from engine.explanation.reasons import changed, lost_digits, why_zero
from engine.text.naming import digits, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.derivation import Derivation
    from engine.paths.largest import Path
    from engine.explanation.step import Step
    from engine.value import Value

VALUES  = 7                                          # of one path
SHOWN   = 8                                          # steps that are shown in full


def text(e: Derivation) -> str:
    """The whole explanation."""
    whole = e.names.quotient(e.upper, e.lower)
    upper, lower = e.names.called(e.upper), e.names.called(e.lower)
    if e.lower.constant and not e.order:
        return f"{whole} = 0: {lower} is a plain number, which does not change."
    if not e.order:
        return wrapped(f"{whole} = 0: no path leads from {upper} to {lower}; {upper} does not depend on {lower}.")
    if e.upper is e.lower:
        return f"{whole} = 1: it is the same value."
    lines = head(e, whole)
    if e.derivative == 0.0:
        lines += ["", *(wrapped(line) for line in why_zero(e))]
    shown = e.steps[:] if len(e.steps) <= SHOWN else [*e.steps[:3], *e.steps[-2:]]
    for i, step in enumerate(shown):
        if i == 3 and len(e.steps) > SHOWN:
            lines += ["", f"… {len(e.steps) - len(shown):,} steps like these; .steps has them all …"]
        lines += ["", *of_step(e, step)]
    notes = [wrapped(line) for line in remarks(e) if line]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def head(e: Derivation, whole: str) -> list[str]:
    """The chain rule in symbols, in numbers, as a number, and as a formula where it is short."""
    parts, formula = chain_rule(e), e.factored or e.formula
    told = len(e.steps) == 1 and terms_of(e.steps[0])
    if 0 < len(formula) <= 60 and formula != parts[-1] and not told:
        parts.insert(len(parts) if len(e.steps) > 1 else 0, formula)
    line = f"{whole} = {' = '.join(parts)}"
    if len(line) <= WIDTH:
        return [line]
    lead = " " * len(whole)
    return [wrapped(f"{lead if i else whole} = {part}", len(whole) + 3) for i, part in enumerate(parts)]


def of_step(e: Derivation, step: Step) -> list[str]:
    """One step: its derivative, what the upper value is made of, its terms or paths."""
    name, terms = e.names.quotient(step.upper, step.lower), terms_of(step)
    forms = [] if terms or number_only(step) else [step.formula, step.factored]
    forms = [form for form in forms if 0 < len(form) <= 60 and form != figure(step.derivative)]
    forms = forms if len("".join(forms)) <= 60 else forms[-1:]
    lines = [wrapped(f"{name} = {' = '.join([*forms, figure(step.derivative)])}", 4)] if len(e.steps) > 1 else []
    upper, made = e.names.called(step.upper), e.names.formula(step.upper, 80)
    lines += [indented(f"{upper} = {made}")] if upper != made else []
    if terms:
        return lines + pulls(e, step, terms)
    if len(step.order) == 2 and step.count == 1:
        return lines
    if step.count > 1:
        lines.append(indented(counted(step)))
    for path in step.paths:
        lines += of_path(e, step, path)
    used = dict.fromkeys(v for path in step.paths for v in window(path.values[1:])
                         if v is not None and e.names.called(v)[0] == "#")
    lines += [indented(f"{e.names.called(v)} = {e.names.formula(v, 80)}") for v in list(used)[:4] if v.op]
    return lines


def number_only(step: Step) -> bool:
    """Whether a step's formula is but its number."""
    return step.terms is not None and all(not product for product in step.terms)


def counted(step: Step) -> str:
    """How many paths there are, and how much of the step the listed ones carry."""
    n, listed = step.count, len(step.paths)
    many = "more than 10^1000" if n >= 10 ** 1000 else f"{n:,}" if n < 10 ** 15 else f"{n:,} (about {n:.3g})" \
        if n < 10 ** 40 else f"about {float(n):.3g}" if n < 10 ** 300 else f"about 10^{len(str(n)) - 1}"
    if n == listed:
        return f"{many} paths add up:"
    if not listed:
        return f"{many} paths, a factor of each is zero."
    carried = step.carried
    share = carried / step.derivative if step.derivative and isfinite(carried) else 0.0
    part = f", {100 * share:.3g} % of it" if 0.0 < share <= 1.0 else ""
    return f"{many} paths add up; the largest {'one carries' if listed == 1 else f'{listed} carry'} " \
           f"{figure(carried)}{part}:"


def of_path(e: Derivation, step: Step, path: Path) -> list[str]:
    """One path: what it passes through, and the partials along it: quoted, in numbers, their product."""
    found = step.product(path)
    writer = Text(e.algebra)
    reads = writer.sum(found) if found and e.algebra.agrees(found, path.derivative) and step.count > 1 else ""
    reads = "" if len(reads) > 40 else f"({reads})" if found and len(found) > 1 else reads
    sign = "- " if reads[:1] == "-" or not reads and path.derivative < 0 else "+ "
    sign = sign if step.count > 1 else ""
    lead = sign + (reads.removeprefix("-") or figure(abs(path.derivative))) + ", " if step.count > 1 else ""
    way = " ← ".join(e.names.called(v) if v is not None else "…" for v in window(path.values))
    lines = [indented(f"{lead}{entry(step, path)}{way}")]
    factors = [(partial(e.algebra, v, place), v.partials[place], quoted)
               for v, place, quoted in zip(path.values, path.places, path.formulas)] if len(path.places) <= 40 else []
    if len(factors) > FACTORS:
        factors = [factor for factor in factors if factor[1] != 1.0] or factors[:1]
    formulas = [f"({plain(writer.sum(terms) if terms else quoted, 40)})" for terms, _, quoted in factors]
    numbers = [f"({figure(slope)})" for _, slope, _ in factors]
    parts = ["".join(cut(formulas)), "".join(cut(numbers)), figure(path.derivative)]
    if not factors:
        parts[:2] = [f"the product of {len(path.places):,} partials"]
    return lines + ([indented(" = ".join(dict.fromkeys(parts)), 8)] if len(path.places) > 1 else [])


def entry(step: Step, path: Path) -> str:
    """How a path enters a quotient."""
    if step.count == 1 or step.upper.op is None or step.upper.op.sign != "/":
        return ""
    return f"through the {('numerator', 'denominator')[path.places[0]]}: "


def remarks(e: Derivation) -> list[str]:
    """What else there is to say: numbers that changed, digits that were lost, which way to go, what `.grad` holds."""
    upper, lower = e.names.called(e.upper), e.names.called(e.lower)
    lines = [*changed(e), lost_digits(e)]
    if e.lower.op is None and e.derivative:
        rises, moves = ("rises", "down") if e.derivative > 0 else ("falls", "up")
        lines.append(f"{upper} {rises} as {lower} rises: gradient descent moves {lower} {moves}.")
    if e.lower.op is None and not same(e.lower.grad, e.derivative):
        lines.append(f"{lower}.grad is {digits(e.lower.grad)}: " + (
            f"{upper}.backward() has not run yet." if not e.upper.grad else
            "it adds up all backward passes; zero_grad() before each makes it this one."))
    return lines + about_names(e)


def about_names(e: Derivation) -> list[str]:
    """Sentences about a name that several values have, and about a value that has none."""
    names = [e.names.called(v) for v in list(e.names.found) if e.names.has(v)]
    lines = [f"Several values here are called {name}; other labels would tell them apart." for name in
             [name for name in dict.fromkeys(names) if names.count(name) > 1][:1]]
    ends = [v for step in e.steps[:SHOWN] for v in (step.lower, *[term.value for term in terms_of(step)[:SHOWN]])]
    nameless = [e.names.called(v) for v in ends if not e.names.has(v) and e.names.called(v)[0] == "#"]
    return lines + [f"{name} has no name, only a place in the table; label(locals()) where it is computed gives it "
                    "one." for name in nameless[:1]]


def same(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b))


def window(values: Sequence[Value]) -> list[Value | None]:
    """The values of a path, None for the middle where they are many."""
    return list(values) if len(values) <= VALUES else [*values[:4], None, *values[-2:]]


def cut(parts: Sequence[str]) -> list[str]:
    """Parts, the middle left out where they are many."""
    return list(parts) if len(parts) <= FACTORS else [*parts[:3], "…", *parts[-2:]]
