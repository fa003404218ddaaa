"""Why a derivative is zero, and where digits are lost: what one cannot see from the number."""
from __future__ import annotations

from math import isfinite, log10

from engine.explanation.chain import magnitudes
from engine.explanation.reading import quoted
from engine.naming import digits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.explanation import Explanation
    from engine.explanation.names import Names
    from engine.value import Value

LISTED   = 3                                         # causes, and contributions
NOTABLE  = 3                                         # digits lost that are worth a word
SEARCHED = 100_000                                   # values, for digits that were lost in the forward pass


def why_zero(e: Explanation) -> list[str]:
    """Sentences that say why a derivative is zero."""
    order, found, names = e.order, e.found, e.names
    walls: list[tuple[Value, int]] = []              # partials that are exactly zero, seen from above
    tiny: list[tuple[Value, Value]] = []
    for i in range(len(order) - 1, -1, -1):
        if found[i]:
            walls += [(order[i], place) for x, place, slope in e.arrows[i] if slope == 0.0]
            tiny += [(order[i], order[x]) for x, place, slope in e.arrows[i] if slope and found[i] * slope == 0.0]
    sizes = magnitudes(e.arrows, found)
    cancelled = [i for i, size in enumerate(sizes) if size and not found[i]]
    lines = [wall(v, place, names) for v, place in walls[:LISTED]]
    if len(walls) > LISTED:
        lines.append(f"and {len(walls) - LISTED:,} more like these.")
    for i in cancelled[:LISTED]:
        lines.append(f"Contributions to {names.quotient(e.upper, order[i])} cancel exactly: {summed(e, i)} = 0.")
    for v, x in tiny[:1]:
        lines.append(f"A product is too small for a number: {names.quotient(e.upper, v)} times "
                     f"{names.quotient(v, x)} is below 4.9e-324.")
    return lines


def wall(v: Value, place: int, names: Names) -> str:
    """The sentence for a partial that is exactly zero."""
    x, formula, own = v.parents[place], quoted(v, place), names.quotient(v, v.parents[place])
    name = names.called(v)
    if v.op is not None and v.op.name == "relu":
        return f"The {dead(v, names)}."
    others = dict.fromkeys(u for u in v.parents if u is not x and u.data == 0.0)
    if str(formula) in ("y", "x") and others:
        zero = next(iter(others))
        what = "the plain number 0" if zero.constant else f"{names.called(zero)}, which is exactly 0"
        why = f", for the {dead(zero, names)}" if zero.op and zero.op.name == "relu" else ""
        return f"A factor is zero: {own} = {what}{why}."
    if v.op is not None and v.op.name in ("maximum", "minimum"):
        return f"{names.called(x)} is not the {v.op.name} in {name}: {digits(x.data)} against {digits(v.data)}."
    return f"A partial is zero: {own} = {formula} = 0, where {names.called(x)} is {digits(x.data)}."


def dead(v: Value, names: Names) -> str:
    """What can be said of a ReLU that lets nothing through."""
    name, x = names.called(v), v.parents[0]
    what = name if name.startswith("relu(") else f"{name} = {names.formula(v)}"
    below = f"{digits(-x.data)} below 0" if x.data < 0 else "exactly 0"
    return f"ReLU {what} is dead: its operand{'' if names.called(x)[0] == '#' else ' ' + names.called(x)} " \
           f"is {digits(x.data)}, {below}"


def lost_digits(e: Explanation) -> str:
    """A sentence about the value between two that loses most digits, empty if none loses many."""
    found, worst, who = e.found, 10.0 ** NOTABLE, -1
    for i, size in enumerate(magnitudes(e.arrows, found)[:-1]):
        if found[i] and size > worst * abs(found[i]) and isfinite(size):
            worst, who = size / abs(found[i]), i
    if who < 0:
        return next(lost_before(e), "") if len(e.order) <= SEARCHED else ""
    return (f"{e.names.quotient(e.upper, e.order[who])} loses about {round(log10(worst))} of 16 digits, for its "
            f"contributions almost cancel: {summed(e, who)} = {digits(found[who])}.")


def lost_before(e: Explanation) -> Iterator[str]:
    """Sentences about the sums and differences, on the way or next to it, that lost digits in the forward pass."""
    for v in dict.fromkeys(u for v in e.order for u in (*v.parents, v)):
        if v.op is None or v.op.name not in ("add", "sub") or not any(x.op for x in v.parents):
            continue
        largest = max(abs(x.data) for x in v.parents)
        if v.data and largest > 10.0 ** NOTABLE * abs(v.data):
            a, b = [f"{x.data:.6g}" for x in v.parents]
            lost = round(log10(largest / abs(v.data)))
            yield (f"{e.names.called(v)} = {e.names.formula(v)} lost about {lost} of 16 digits in the forward pass: "
                   f"{a} {v.op.symbol} {b} = {digits(v.data)}.")


def summed(e: Explanation, i: int) -> str:
    """The contributions to a derivative, the largest of them, as a sum."""
    parts = [e.found[user] * slope for user, row in enumerate(e.arrows) for x, _, slope in row
             if x == i and e.found[user]]
    parts.sort(key=lambda part: -abs(part))
    text = " ".join(f"{'-' if part < 0 else '+'} {abs(part):.6g}" for part in parts[:LISTED + 1])
    return text.removeprefix("+ ").replace("- ", "-", text.startswith("-")) + " + …" * (len(parts) > LISTED + 1)
