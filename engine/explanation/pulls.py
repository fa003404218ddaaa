"""The terms of a sum in words: what each observation contributes to a derivative, and why some pull the other way."""
from __future__ import annotations

from heapq import nlargest

from engine.explanation.columns import indented
from engine.readers.traits import sets_apart, weighs_shares
from engine.text.naming import digits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.derivation import Derivation
    from engine.explanation.observations import Term
    from engine.explanation.step import Step

LISTED  = 6                                          # terms of one sum
LARGE   = 10_000                                     # arrows, too many to go through for each term as well
LONGEST = 60                                         # signs of a formula or a product beside a term
REASONS = 3                                          # why terms pull the other way
QUOTIENT = {(0,): "only in its numerator", (1,): "only in its denominator", (0, 1): "in its numerator too"}


def terms_of(step: Step) -> Sequence[Term]:
    """The terms of a step by which it is explained; none where its paths say it better."""
    return step.observations if step.terms_say_more else []


def pulls(e: Derivation, step: Step, terms: Sequence[Term]) -> list[str]:
    """Lines that list the terms, the largest if they are many, and say why some have the other sign."""
    derivatives = step.observations.derivatives
    if len(terms) <= LISTED:
        places, most, together = [*range(len(terms))], "", "together"
    else:
        places = nlargest(LISTED, range(len(terms)), key=lambda i: abs(derivatives[i]))
        most, together = f", the largest {LISTED} of them", "all together"
    listed = [terms[i] for i in places]
    names = numbered([e.names.of(term.value) for term in listed])
    parts = contributions(e, step, places)
    head = f"{e.names.of(step.upper)} is a sum of {len(terms):,} terms that depend on {e.names.of(step.lower)}{most}:"
    rows = [*term_rows(listed, names, parts), f"{step.derivative:+12.6g}  {together}"]
    return [indented(line) for line in [head, *rows, *opposed(e, listed, parts, names)]]


def contributions(e: Derivation, step: Step, places: Sequence[int]) -> list[Derivation]:
    """The derivations of the terms in these places by the lower value; none where one of them is large."""
    below = [step.arrows.below(step.observations.places[i], LARGE) for i in places]
    values = [step.observations.values[i] for i in places]
    parts = [type(e)(v, step.lower, arrows, None, e.names) for v, arrows in zip(values, below) if arrows is not None]
    return parts if len(parts) == len(places) else []


def term_rows(terms: Sequence[Term], names: Sequence[str], parts: Sequence[Derivation]) -> list[str]:
    """A line for each term: what it contributes, its name, and how that comes about."""
    widest = max(map(len, names))
    ways = [in_steps(term, part) for term, part in zip(terms, parts)] if parts else [""] * len(terms)
    return [f"{term.derivative:+12.6g}  {name:<{widest}}  {way}".rstrip()
            for term, name, way in zip(terms, names, ways)]


def in_steps(term: Term, part: Derivation) -> str:
    """The contribution of one term as a formula and as the product of its steps."""
    formula, factors = "", [step.derivative for step in part.steps[:LISTED]]
    if term.weight == 1.0:
        formula = part.formula
    else:
        factors.insert(0, term.weight)
    product = "".join(f"({factor:.6g})" for factor in factors) if 1 < len(factors) <= LISTED else ""
    return " = ".join(text for text in (formula, product) if 0 < len(text) <= LONGEST)


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
            return f"{with_sign(e, a)}; but {with_sign(e, b)}."
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
