"""The terms of a sum in words: what each observation contributes to a derivative, and why some pull the other way."""
from __future__ import annotations

from heapq import nlargest

from engine.explanation.columns import indented
from engine.text.naming import digits
from engine.readers.traits import sets_apart, weighs_shares

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.derivation import Derivation
    from engine.explanation.observations import Term
    from engine.explanation.step import Step

LISTED = 6                                           # terms of one sum
LARGE  = 10_000                                      # arrows, too many to go through for each term as well


def terms_of(step: Step) -> Sequence[Term]:
    """The terms of a step by which it is explained; none where its paths say it better."""
    return step.observations if step.told_by_terms else []


def pulls(e: Derivation, step: Step, terms: Sequence[Term]) -> list[str]:
    """Lines that list the terms, the largest if they are many, and say why some have the other sign."""
    places = range(len(terms)) if len(terms) <= LISTED else \
        nlargest(LISTED, range(len(terms)), key=lambda i: abs(step.observations.derivatives[i]))
    listed = [terms[i] for i in places]
    names = numbered([e.names.called(term.value) for term in listed])
    below = [step.arrows.below(step.observations.places[i], LARGE) for i in places]
    parts = [type(e)(term.value, step.lower, arrows, None, e.names) for term, arrows in zip(listed, below)
             if arrows is not None]
    parts = parts if len(parts) == len(listed) else []
    most = "" if len(listed) == len(terms) else f", the largest {len(listed)} of them"
    lines = [f"{e.names.called(step.upper)} is a sum of {len(terms):,} terms that depend on "
             f"{e.names.called(step.lower)}{most}:"]
    widest = max(map(len, names))
    for i, (term, name) in enumerate(zip(listed, names)):
        reads = in_steps(term, parts[i]) if parts else ""
        lines.append(f"{term.derivative:+12.6g}  {name:<{widest}}  {reads}".rstrip())
    lines.append(f"{step.derivative:+12.6g}  {'together' if len(listed) == len(terms) else 'all together'}")
    return [indented(line) for line in [*lines, *opposed(e, listed, parts, names)]]


def in_steps(term: Term, part: Derivation) -> str:
    """The contribution of one term as a formula and as the product of its steps."""
    formula = part.formula if term.weight == 1.0 else ""
    factors = [] if term.weight == 1.0 else [term.weight]
    factors += [step.derivative for step in part.steps[:LISTED]]
    product = "".join(f"({factor:.6g})" for factor in factors) if 1 < len(factors) <= LISTED else ""
    return " = ".join(text for text in (formula, product) if 0 < len(text) <= 60)


def opposed(e: Derivation, terms: Sequence[Term], parts: Sequence[Derivation], names: Sequence[str]) -> list[str]:
    """Sentences that say which terms pull the other way than the largest one, and why."""
    top = max(range(len(terms)), key=lambda i: abs(terms[i].derivative))
    other = [i for i, term in enumerate(terms) if term.derivative * terms[top].derivative < 0.0]
    if not other:
        return []
    who = listing([names[i] for i in other])
    lines = [f"{who} pull{'s' * (len(other) == 1)} the other way than {names[top]}."]
    why = [reason(e, parts[i], parts[top]) for i in other] if parts else []
    return lines + list(dict.fromkeys(line for line in why if line))[:3]


def reason(e: Derivation, part: Derivation, largest: Derivation) -> str:
    """Which step of one term has the other sign than that of the largest, and how its value comes in there."""
    pairs = list(zip(part.steps[::-1], largest.steps[::-1]))
    same = [bool(e.names.named(a.lower)) and e.names.named(a.lower) == e.names.named(b.lower) for a, b in pairs]
    pairs = pairs[:[*same, False].index(False)]      # from there on they go different ways, or ways without names
    pairs += [(a, b) for a in decisive(part) for b in decisive(largest) if how(e, a) != how(e, b)]
    for pair in pairs:
        if pair[0].derivative * pair[1].derivative < 0.0:
            signs = [f"{e.names.quotient(s.upper, s.lower)} = {digits(s.derivative)}{how(e, s)}" for s in pair]
            return f"{signs[0]}; but {signs[1]}."
    return ""


def decisive(part: Derivation) -> list[Step]:
    """The step down from the uppermost of the values on every path where an operand's place can decide the sign."""
    for i in part.arrows.cuts()[:-1]:
        v = part.order[i]
        if v.op and (sets_apart(v.op) or v.op.sign == "/" and not any(x.constant for x in v.parents)):
            return [type(part.steps[0])(part.arrows.part(0, i), part.arrows.backward([i])[0], part.algebra)]
    return []


def how(e: Derivation, step: Step) -> str:
    """How the lower value comes in, where its place decides the sign."""
    v, lower, upper = step.upper, e.names.called(step.lower), e.names.called(step.upper)
    among = set(step.order)
    places = {i for i, x in enumerate(v.parents) if x in among}
    if v.op is None:
        return ""
    if v.op.sign == "/":
        where = "only in its numerator" if places == {0} else "only in its denominator" if places == {1} \
            else "in its numerator too"
        return f", for {lower} is {where}"
    if sets_apart(v.op) and len(places) == 1 and v.index is not None:
        own, what = v.index in places, "logit" if weighs_shares(v.op) else "operand"
        whose = f"the {what} of {upper} itself" if v.partials[v.index] > 0.0 else f"the target's {what}"
        within = "" if step.lower in v.parents else "in "
        return f", for {lower} is {'' if own else 'not '}{within}{whose}"
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
    found = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        found.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return found
