"""The terms of a sum in words: what each observation contributes to a derivative, and why some pull the other way."""
from __future__ import annotations

from heapq import nlargest
from math import isclose

from engine.explanation.columns import indented, wrapped
from engine.explanation.reasons import why_zero
from engine.formula import BINDS
from engine.paths.cuts import Factor
from engine.readers.traits import sets_apart, weighs_shares
from engine.text.calls import bracketed
from engine.text.naming import digits, exactly, signed_sum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.derivation import Derivation
    from engine.explanation.observations import Term
    from engine.explanation.step import Step

LISTED  = 6                                          # terms of one sum
LARGE   = 10_000                                     # arrows, too many to go through for each term as well
LONGEST = 60                                         # signs of a formula or a product beside a term
MARGIN  = " " * 14                                   # before what is said of a term
REASONS = 3                                          # why terms pull the other way
QUOTIENT = {(0,): "only in its numerator", (1,): "only in its denominator", (0, 1): "in its numerator too"}


def terms_of(step: Step) -> Sequence[Term]:
    """The terms of a step by which it is explained; none where its paths say it better."""
    return step.observations if step.terms_say_more else []


def pulls(e: Derivation, step: Step, terms: Sequence[Term]) -> list[str]:
    """Lines that list the terms, the largest if they are many, and say why some have the other sign."""
    derivatives = step.observations.derivatives
    few = len(terms) <= LISTED
    places = [*range(len(terms))] if few else nlargest(LISTED, range(len(terms)), key=lambda i: abs(derivatives[i]))
    listed = [terms[i] for i in places]
    names = numbered([e.names.of(term.value) for term in listed])
    parts = contributions(e, step, places)
    upper, lower = e.names.of(step.upper), e.names.of(step.lower)
    lines = [written_out(e, step, listed, len(terms))]
    lines.append(f"{upper} is a sum of {len(terms):,} terms that depend on {lower}{most(step, listed)}:")
    for i, (term, name) in enumerate(zip(listed, names)):
        lines += term_lines(e, step, term, name, parts[i] if parts else None)
    lines.append(f"{step.derivative:+12.6g}  {'together' if few else 'all together'}")
    return [indented(line) if line[0] not in " +-" else wrapped(f"    {line}", len(MARGIN) + 8)
            for line in [*lines, *opposed(e, listed, parts, names)]]


def written_out(e: Derivation, step: Step, terms: Sequence[Term], count: int) -> str:
    """The sum, with the terms that are listed, and how many more there are."""
    parts = [(term.weight, e.names.of(term.value) if abs(term.weight) == 1.0 else
              f"{exactly(abs(term.weight))} · {bracketed(e.names.atom(term.value), BINDS['**'])}") for term in terms]
    more = f" + … ({count - len(terms):,} more)" if len(terms) < count else ""
    others = "" if more or complete(step, terms) else " + …"
    return f"{e.names.of(step.upper)} = {signed_sum(parts)}{more}{others}"


def complete(step: Step, terms: Sequence[Term]) -> bool:
    """Whether the terms that depend on the lower value are all that is added up."""
    total = 0.0
    for term in terms:
        total += term.weight * term.value.data
    return isclose(total, step.upper.data, rel_tol=1e-9)


def most(step: Step, listed: Sequence[Term]) -> str:
    """How much the largest terms carry, where they are not all."""
    if len(listed) == len(step.observations):
        return ""
    carried = 0.0
    for term in listed:
        carried += term.derivative
    share = carried / step.derivative if step.derivative else 0.0
    percent = f", {100 * share:.3g} % of it" if 0.0 < share <= 1.0 else ""
    return f"; the largest {len(listed)} carry {carried:.6g}{percent}"


def contributions(e: Derivation, step: Step, places: Sequence[int]) -> list[Derivation]:
    """The derivations of the terms in these places by the lower value; none where one of them is large."""
    below = [step.arrows.below(step.observations.places[i], LARGE) for i in places]
    values = [step.observations.values[i] for i in places]
    parts = [type(e)(v, step.lower, arrows, None, e.names) for v, arrows in zip(values, below) if arrows is not None]
    return parts if len(parts) == len(places) else []


def term_lines(e: Derivation, step: Step, term: Term, name: str, part: Derivation | None) -> list[str]:
    """What a term contributes, what it is made of, how its derivative comes about, and where that is zero why."""
    made = e.names.formula(term.value, LONGEST)
    lines = [f"{term.derivative:+12.6g}  {name}" + (f" = {made}" if made != name and term.value.op else "")]
    if part is None:
        return lines
    if part.derivative == 0.0:
        return lines + [f"{MARGIN}{line}" for line in why_zero(part)[:1]]
    return [*lines, MARGIN + in_steps(e, step, term, part)]


def in_steps(e: Derivation, step: Step, term: Term, part: Derivation) -> str:
    """How the contribution of one term comes about: its derivatives in symbols and in numbers, as a formula."""
    factors = joined(e, part)
    if term.weight != 1.0:
        factors.insert(0, Factor(step.upper, term.value, term.weight))
    shown = factors if len(factors) <= LISTED else [*factors[:3], None, *factors[-2:]]
    symbols = " · ".join([e.names.quotient(f.upper, f.lower) if f else "…" for f in shown])
    numbers = "".join([f"({f.derivative:.6g})" if f else "…" for f in shown]) if len(shown) > 1 else ""
    formula = (part.factored or part.formula) if term.weight == 1.0 else ""
    forms = [symbols, numbers, formula if len(formula) <= LONGEST else ""]
    return " = ".join(dict.fromkeys(form for form in forms if form))


def joined(e: Derivation, part: Derivation) -> list[Factor]:
    """The steps of a derivation, those that are 1 and end with no name in one with the next."""
    factors: list[Factor] = []
    upper = part.upper
    for i, step in enumerate(part.steps):
        last = i == len(part.steps) - 1
        if step.derivative == 1.0 and not last and not e.names.has(step.lower):
            continue
        factors.append(Factor(upper, step.lower, step.derivative))
        upper = step.lower
    return factors


def opposed(e: Derivation, terms: Sequence[Term], parts: Sequence[Derivation], names: Sequence[str]) -> list[str]:
    """Sentences that say which terms pull the other way than the largest one, and why."""
    top = max(range(len(terms)), key=lambda i: abs(terms[i].derivative))
    other = [i for i, term in enumerate(terms) if term.derivative * terms[top].derivative < 0.0]
    if not other:
        return []
    who, verb = listing([names[i] for i in other]), "pulls" if len(other) == 1 else "pull"
    reasons = [reason(e, parts[i], parts[top]) for i in other] if parts else []
    different = list(dict.fromkeys(line for line in reasons if line))
    return [f"{who} {verb} the other way than {names[top]}.", *different[:REASONS]]


def reason(e: Derivation, part: Derivation, largest: Derivation) -> str:
    """Which step of one term has the other sign than that of the largest, and how its value comes in there."""
    pairs = alongside(e, part, largest)
    pairs += [(a, b) for a in decisive(part) for b in decisive(largest) if how(e, a) != how(e, b)]
    for a, b in pairs:
        if a.derivative * b.derivative < 0.0:
            same = e.names.quotient(a.upper, a.lower) == e.names.quotient(b.upper, b.lower)
            first, second = [f"in {e.names.of(d.upper)} " if same else "" for d in (part, largest)]
            return f"{first}{with_sign(e, a)}; but {second}{with_sign(e, b)}."
    return ""


def alongside(e: Derivation, part: Derivation, largest: Derivation) -> list[tuple[Step, Step]]:
    """The steps of both, from the lower value up, as far as they go by values of the same names."""
    pairs = []
    for a, b in zip(part.steps[::-1], largest.steps[::-1]):
        name = e.names.named(a.lower)
        if not name or name != e.names.named(b.lower):
            break
        pairs.append((a, b))
    return pairs


def with_sign(e: Derivation, step: Step) -> str:
    """A step with its derivative, and what decides the sign of that."""
    return f"{e.names.quotient(step.upper, step.lower)} = {digits(step.derivative)}{how(e, step)}"


def decisive(part: Derivation) -> list[Step]:
    """The step down from the uppermost of the values on every path where an operand's place can decide the sign."""
    for i in part.arrows.cuts()[:-1]:
        v = part.order[i]
        divides = v.op is not None and v.op.sign == "/" and not any(x.constant for x in v.parents)
        if v.op and (divides or sets_apart(v.op)):
            derivative = part.arrows.backward([i])[0]
            return [type(part.steps[0])(part.arrows.part(0, i), derivative, part.algebra)]
    return []


def how(e: Derivation, step: Step) -> str:
    """How the lower value comes in, where its place decides the sign."""
    v, lower, upper = step.upper, e.names.of(step.lower), e.names.of(step.upper)
    between = set(step.order)
    places = tuple(i for i, x in enumerate(v.parents) if x in between)
    if v.op is None:
        return ""
    if v.op.sign == "/":
        return f", for {lower} is {QUOTIENT[places]}"
    if sets_apart(v.op) and len(places) == 1 and v.index is not None:
        negation = "" if v.index in places else "not "
        preposition = "" if step.lower in v.parents else "in "
        operand = "logit" if weighs_shares(v.op) else "operand"
        whose = f"the {operand} of {upper} itself" if v.partials[v.index] > 0.0 else f"the target's {operand}"
        return f", for {lower} is {negation}{preposition}{whose}"
    return ""


def listing(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def numbered(names: Sequence[str]) -> list[str]:
    """Names, those that come again with a number.

    >>> numbered(["CE", "CE", "a"])
    ['CE', 'CE (2)', 'a']
    """
    counts: dict[str, int] = {}
    different = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        different.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return different
