"""Why a derivative is zero, and where digits are lost: what one cannot see from the number."""
from __future__ import annotations

from heapq import nlargest
from math import isfinite, log10

from engine.graph import postorder
from engine.readers.causes import why
from engine.readers.products import partial
from engine.readers.traits import adds, gates, multiplies, picks
from engine.explanation.notation import Text
from engine.text import notices
from engine.text.naming import MORE, digits, signed_sum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.derivation import Derivation
    from engine.explanation.names import Names
    from engine.explanation.step import Step
    from engine.value import Value

SHOWN    = 4                                         # operands that tie
LISTED   = 3                                         # causes
ADDED    = 4                                         # contributions
LOOKED   = 1000                                      # values, whether what they are made of has changed
NOTABLE  = 3                                         # digits lost that are worth a word


def why_zero(e: Derivation) -> list[str]:
    """Sentences that say why a derivative is zero."""
    gradients = e.gradients
    walls, tiny = list[int](), list[int]()           # partials that are exactly zero, seen from above; and products
    for k, (i, slope) in enumerate(zip(e.arrows.users, e.arrows.partials)):
        if gradients[i] and gradients[i] * slope == 0.0:
            if slope:
                tiny.append(k)
            else:
                walls.append(k)
    lines = some_of(e, walls)
    cancelled = [i for i, size in enumerate(e.sizes) if size and not gradients[i]]
    lines += [cancelling(e, i) for i in cancelled[:LISTED]]
    lines += [underflow(e, k) for k in tiny[:1]]
    return lines


def some_of(e: Derivation, walls: Sequence[int]) -> list[str]:
    """Sentences for the first few of some arrows whose partials are exactly zero, and how many more there are."""
    lines = [wall(e, e.arrows.users[k], e.arrows.places[k]) for k in walls[:LISTED]]
    if len(walls) > LISTED:
        lines.append(f"and {len(walls) - LISTED:,} more like these.")
    return list(dict.fromkeys(lines))


def why_some_are_zero(e: Derivation, step: Step) -> list[str]:
    """Sentences that say why nothing comes along some paths of a step, where something comes along others."""
    if not e.derivative or step.count == len(step.paths) or len(e.order) > LOOKED:
        return []
    inside, arrows = {*step.order}, e.arrows
    return some_of(e, [k for k, (i, x, slope) in enumerate(zip(arrows.users, arrows.operands, arrows.partials))
                       if slope == 0.0 and e.gradients[i] and e.order[i] in inside and e.order[x] in inside])


def cancelling(e: Derivation, i: int) -> str:
    """The sentence for contributions that add up to exactly zero."""
    return f"Contributions to {e.names.quotient(e.upper, e.order[i])} cancel exactly: {summed(e, i)} = 0."


def underflow(e: Derivation, k: int) -> str:
    """The sentence for an arrow along which a product comes to zero though no factor is."""
    v, x = e.order[e.arrows.users[k]], e.order[e.arrows.operands[k]]
    return (f"A product is too small for a number: {e.names.quotient(e.upper, v)} times {e.names.quotient(v, x)} is "
            "below 4.9e-324.")


def wall(e: Derivation, i: int, place: int) -> str:
    """The sentence for a partial that is exactly zero, of the i-th value between two by one of its operands."""
    v, names = e.order[i], e.names
    x, zero = v.parents[place], other_factor(v, place)
    if v.op is None or gates(v.op):
        return f"{off(v, names)}."
    if zero is not None and zero.data == 0.0:
        return f"A factor is zero: {names.quotient(v, x)} = {zero_factor(zero, names)}."
    if picks(v.op):
        return f"{names.of(x)} is not the {v.op.name} in {names.of(v)}: {digits(x.data)} against {digits(v.data)}."
    reason = why(v, place, [names.of(u) for u in v.parents])
    if reason.startswith("its operand") or " is " in reason and "taken as" not in reason:
        alone = all(u is x or u.constant for u in v.parents)
        what = "is off here" if alone else f"lets nothing of {names.of(x)} through here"
        return f"{named_gate(v, names)} {what}: {reason}."
    if reason:
        return f"{names.quotient(v, x)} = 0: {reason}."
    terms = partial(e.algebra, v, place)
    formula = Text(e.algebra).sum(terms) if terms and any(terms) else names.quotient(v, x)
    whole = {v, x} <= {e.order[k] for k in e.arrows.cuts()}
    upper, lower = (e.upper, e.lower) if whole else (v, x)
    return f"{formula} = 0: {names.of(upper)} is flat in {names.of(lower)} here."


def tied(names: Names, v: Value) -> list[str]:
    """A sentence about the largest operands, or the smallest, that tie; none where one is it alone."""
    if v.op is None or not picks(v.op):
        return []
    same = [names.of(x) for x in v.parents if x.data == v.data]
    if len(same) < 2:
        return []
    shown = same if len(same) <= SHOWN else [*same[:SHOWN - 1], f"{len(same) - SHOWN + 1} more"]
    who = f"{', '.join(shown[:-1])} and {shown[-1]}"
    return [f"{who} tie and share equally: 1 / {len(same)} each."]


def other_factor(v: Value, place: int) -> Value | None:
    """What an operand is multiplied with; None in what is no product."""
    if v.op is None or not multiplies(v.op):
        return None
    pairs = 1 if v.index is None else v.index
    if place >= 2 * pairs:
        return None
    return v.parents[place + pairs if place < pairs else place - pairs]


def zero_factor(v: Value, names: Names) -> str:
    """A factor that is zero, and why, if a gate makes it so."""
    if v.constant:
        return "the plain number 0"
    why_so = f", for {off(v, names, 'the ')}" if v.op and gates(v.op) else ""
    return f"{names.of(v)}, which is exactly 0{why_so}"


def named_gate(v: Value, names: Names, article: str = "The ") -> str:
    """A row that lets nothing through, with what it is made of."""
    assert v.op is not None
    name = names.of(v)
    gate = name if name.startswith(f"{v.op.name}(") else f"{name} = {names.formula(v)}"
    return f"{article}{v.op.symbol} {gate}"


def off(v: Value, names: Names, article: str = "The ") -> str:
    """What can be said of a gate, as ReLU is one, that lets nothing through: by how much, or that it is at its kink."""
    name = names.of(v.parents[0])
    reason = why(v, 0, ["" if name.startswith("#") else name])
    if "taken as" in reason:
        return f"{named_gate(v, names, article)} is at its kink: {reason}"
    return f"{named_gate(v, names, article)} is off here: {reason}"


def changed(e: Derivation) -> list[str]:
    """Sentences about numbers that have changed since the upper value was computed; in a large graph the nearest."""
    values = e.order if len(e.order) > LOOKED else postorder(e.upper)
    users = [e.order[i] for i, x in zip(e.arrows.users, e.arrows.operands) if x == 0][:LOOKED]
    upper = e.names.of(e.upper)
    lines = notices.changed(dict.fromkeys([*users, *values[:LOOKED]]), upper, e.names.of)
    return [*lines, f"The derivative is that of {upper} as it was computed."] if lines else []


def lost_digits(e: Derivation) -> str:
    """A sentence about the value between two that loses most digits, empty if none loses many."""
    gradients, most, worst = e.gradients, 10.0 ** NOTABLE, -1
    for i, size in enumerate(e.sizes[:-1]):
        if size > most * abs(gradients[i]) and gradients[i] and isfinite(size):
            most, worst = size / abs(gradients[i]), i
    if worst < 0:
        return lost_before(e)
    return (f"{e.names.quotient(e.upper, e.order[worst])} loses about {digits_in(most)} of 16 digits, for its "
            f"contributions almost cancel: {summed(e, worst)} = {digits(gradients[worst])}.")


def digits_in(ratio: float) -> int:
    """How many of 16 digits are lost where a result is so many times smaller than its terms."""
    return min(16, round(log10(ratio)))


def lost_before(e: Derivation) -> str:
    """A sentence about the sum, on the way or next to it, that lost most digits in the forward pass."""
    worst = worst_before(e)
    if worst is None or worst.op is None:
        return ""
    if worst.op.arity == 2:
        x, y = worst.parents
        terms = f"{x.data:.6g} {worst.op.symbol} {y.data:.6g} ="
    else:
        terms = f"terms as large as {digits(lost(worst) * abs(worst.data))} add up to"
    return (f"{e.names.of(worst)} = {e.names.formula(worst)} lost about {digits_in(lost(worst))} of 16 digits in "
            f"the forward pass: {terms} {digits(worst.data)}.")


def worst_before(e: Derivation) -> Value | None:
    """The sum that lost most digits in the forward pass, None if none lost many."""
    arrows, numbers = e.arrows, [v.data for v in e.order]
    most, worst = 10.0 ** NOTABLE, None
    for i, x, slope in zip(arrows.users, arrows.operands, arrows.partials):
        if abs(numbers[x] * slope) > most * abs(numbers[i]) and lost(e.order[i]) > most:
            most, worst = lost(e.order[i]), e.order[i]
    for v in dict.fromkeys(arrows.aside):
        if lost(v) > most:
            most, worst = lost(v), v
    return worst


def lost(v: Value) -> float:
    """How many times larger than a sum the largest of its terms is that was computed; 0 for what is no sum."""
    if v.op is None or not v.data:
        return 0.0
    is_sum = adds(v.op) or multiplies(v.op) and not v.op.arity
    if not is_sum:
        return 0.0
    terms = [abs(x.data * slope) for x, slope in zip(v.parents, v.partials) if x.op]
    return max(terms, default=0.0) / abs(v.data)


def summed(e: Derivation, i: int) -> str:
    """The contributions to a derivative, the largest of them, as a sum."""
    arrows, gradients = e.arrows, e.gradients
    parts = [gradients[user] * slope for user, x, slope in zip(arrows.users, arrows.operands, arrows.partials)
             if x == i and gradients[user]]
    terms = [(part, f"{abs(part):.6g}") for part in nlargest(ADDED, parts, key=abs)]
    return signed_sum([*terms, MORE] if len(parts) > ADDED else terms)
