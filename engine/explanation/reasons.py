"""Why a derivative is zero, and where digits are lost: what one cannot see from the number."""
from __future__ import annotations

from heapq import nlargest
from math import isfinite, log10

from engine.paths.earlier import earlier
from engine.readers.products import quoted
from engine.graph import postorder
from engine.text.naming import digits
from engine.readers.traits import adds, gates, multiplies, picks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine.explanation.derivation import Derivation
    from engine.explanation.names import Names
    from engine.value import Value

LISTED   = 3                                         # causes, and contributions
LOOKED   = 1000                                      # values, whether what they are made of has changed
NOTABLE  = 3                                         # digits lost that are worth a word


def why_zero(e: Derivation) -> list[str]:
    """Sentences that say why a derivative is zero."""
    arrows, found, names, order = e.arrows, e.found, e.names, e.order
    walls, tiny = list[int](), list[int]()           # partials that are exactly zero, seen from above; and products
    for k, (i, slope) in enumerate(zip(arrows.users, arrows.partials)):
        if found[i] and found[i] * slope == 0.0:
            (tiny if slope else walls).append(k)
    cancelled = [i for i, size in enumerate(e.sizes) if size and not found[i]]
    lines = [wall(order[arrows.users[k]], arrows.places[k], names) for k in walls[:LISTED]]
    if len(walls) > LISTED:
        lines.append(f"and {len(walls) - LISTED:,} more like these.")
    for i in cancelled[:LISTED]:
        lines.append(f"Contributions to {names.quotient(e.upper, order[i])} cancel exactly: {summed(e, i)} = 0.")
    for v, x in [(order[arrows.users[k]], order[arrows.operands[k]]) for k in tiny[:1]]:
        lines.append(f"A product is too small for a number: {names.quotient(e.upper, v)} times "
                     f"{names.quotient(v, x)} is below 4.9e-324.")
    return lines


def wall(v: Value, place: int, names: Names) -> str:
    """The sentence for a partial that is exactly zero."""
    x, formula, own = v.parents[place], quoted(v, place), names.quotient(v, v.parents[place])
    name = names.called(v)
    if v.op is not None and gates(v.op):
        return f"The {dead(v, names)}."
    others = dict.fromkeys(u for u in v.parents if u is not x and u.data == 0.0)
    if str(formula) in ("y", "x") and others:
        zero = next(iter(others))
        what = "the plain number 0" if zero.constant else f"{names.called(zero)}, which is exactly 0"
        why = f", for the {dead(zero, names)}" if zero.op and gates(zero.op) else ""
        return f"A factor is zero: {own} = {what}{why}."
    if v.op is not None and picks(v.op):
        return f"{names.called(x)} is not the {v.op.name} in {name}: {digits(x.data)} against {digits(v.data)}."
    return f"A partial is zero: {own} = {formula} = 0, where {names.called(x)} is {digits(x.data)}."


def dead(v: Value, names: Names) -> str:
    """What can be said of a gate, as ReLU is one, that lets nothing through."""
    assert v.op is not None
    name, x = names.called(v), v.parents[0]
    what = name if name.startswith(f"{v.op.name}(") else f"{name} = {names.formula(v)}"
    number = digits(x.data)
    if v.op.partials[0].strip() == "x > 0":
        number = f"{number}, {digits(-x.data)} below 0" if x.data < 0 else "exactly 0"
    return f"{v.op.symbol} {what} is dead: its operand{'' if names.called(x)[0] == '#' else ' ' + names.called(x)} " \
           f"is {number}"


def changed(e: Derivation) -> list[str]:
    """Sentences about numbers that have changed since the upper value was computed; in a large graph the nearest."""
    values = e.order if len(e.order) > LOOKED else postorder(e.upper)
    users = [e.order[i] for i, x in zip(e.arrows.users, e.arrows.operands) if x == 0][:LOOKED]
    was, stale = earlier(dict.fromkeys([*users, *values[:LOOKED]]))
    upper, called = e.names.called(e.upper), e.names.called
    lines = [f"{called(x)} has changed since {upper} was computed: it was {digits(n)} then and is {digits(x.data)} now."
             for x, n in list(was.items())[:LISTED]]
    lines += [f"{called(v)} was computed of other numbers than {' and '.join(map(called, v.parents[:2]))} have now."
              for v in list(stale)[:1] if not lines]
    return lines + [f"The derivative is that of {upper} as it was computed."] * (len(lines) > 0)


def lost_digits(e: Derivation) -> str:
    """A sentence about the value between two that loses most digits, empty if none loses many."""
    found, worst, who = e.found, 10.0 ** NOTABLE, -1
    for i, size in enumerate(e.sizes[:-1]):
        if size > worst * abs(found[i]) and found[i] and isfinite(size):
            worst, who = size / abs(found[i]), i
    if who < 0:
        return lost_before(e)
    return (f"{e.names.quotient(e.upper, e.order[who])} loses about {round(log10(worst))} of 16 digits, for its "
            f"contributions almost cancel: {summed(e, who)} = {digits(found[who])}.")


def lost_before(e: Derivation) -> str:
    """A sentence about the sum, on the way or next to it, that lost most digits in the forward pass."""
    arrows, numbers = e.arrows, [v.data for v in e.order]
    worst, who = 10.0 ** NOTABLE, None
    for i, x, slope in zip(arrows.users, arrows.operands, arrows.partials):
        if abs(numbers[x] * slope) > worst * abs(numbers[i]) and lost(e.order[i]) > worst:
            worst, who = lost(e.order[i]), e.order[i]
    for v in dict.fromkeys(arrows.aside):
        if lost(v) > worst:
            worst, who = lost(v), v
    if who is None or who.op is None:
        return ""
    terms = [f"{x.data:.6g}" for x in who.parents]
    made = f"{terms[0]} {who.op.symbol} {terms[1]} =" if who.op.arity == 2 \
        else f"terms as large as {digits(worst * abs(who.data))} add up to"
    return f"{e.names.called(who)} = {e.names.formula(who)} lost about {round(log10(worst))} of 16 digits in the " \
           f"forward pass: {made} {digits(who.data)}."


def lost(v: Value) -> float:
    """How many times larger than a sum the largest of its terms is that was computed; 0 for what is no sum."""
    if v.op is None or not (adds(v.op) or multiplies(v.op) and not v.op.arity) or not v.data:
        return 0.0
    return max([abs(x.data * slope) for x, slope in zip(v.parents, v.partials) if x.op], default=0.0) / abs(v.data)


def summed(e: Derivation, i: int) -> str:
    """The contributions to a derivative, the largest of them, as a sum."""
    arrows, found = e.arrows, e.found
    parts = [found[user] * slope for user, x, slope in zip(arrows.users, arrows.operands, arrows.partials)
             if x == i and found[user]]
    shown = nlargest(LISTED + 1, parts, key=abs)
    text = " ".join(f"{'-' if part < 0 else '+'} {abs(part):.6g}" for part in shown)
    return text.removeprefix("+ ").replace("- ", "-", text.startswith("-")) + " + …" * (len(parts) > len(shown))
