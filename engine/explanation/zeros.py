"""Why a derivative is zero, and where digits are lost: what one cannot see from the number."""
from __future__ import annotations

from math import isfinite, log10

from engine.explanation.reading import quoted
from engine.naming import digits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.explanation.names import Names
    from engine.value import Value

LISTED   = 3                                         # causes, and contributions
NOTABLE  = 3                                         # digits lost that are worth a word


def why_zero(order: Sequence[Value], found: dict[Value, float], names: Names) -> list[str]:
    """Sentences that say why the derivative of the last of the values between two by the first is zero.

    `found` are the derivatives of the last by all.
    """
    places = {v: i for i, v in enumerate(order)}
    walls: list[tuple[Value, int]] = []              # partials that are exactly zero, seen from above
    tiny: list[tuple[Value, Value]] = []
    for v in reversed(order):
        parts = [(x, place, slope) for place, (x, slope) in enumerate(zip(v.parents, v.partials)) if x in places]
        if found[v]:
            walls += [(v, place) for x, place, slope in parts if slope == 0.0]
            tiny += [(v, x) for x, place, slope in parts if slope and found[v] * slope == 0.0]
    sizes = magnitudes(order, found)
    cancelled = [v for v in order if sizes[v] and not found[v]]
    lines = [wall(v, place, names) for v, place in walls[:LISTED]]
    if len(walls) > LISTED:
        lines.append(f"and {len(walls) - LISTED:,} more like these.")
    for v in cancelled[:LISTED]:
        lines.append(f"Contributions to {names.quotient(order[-1], v)} cancel exactly: {summed(v, order, found)} = 0.")
    for v, x in tiny[:1]:
        lines.append(f"A product is too small for a number: {names.quotient(order[-1], v)} times "
                     f"{names.quotient(v, x)} is below 4.9e-324.")
    return lines


def wall(v: Value, place: int, names: Names) -> str:
    """The sentence for a partial that is exactly zero."""
    x, formula, own = v.parents[place], quoted(v, place), names.quotient(v, v.parents[place])
    name = names.called(v)
    if v.op is not None and v.op.name == "relu":
        what = name if name.startswith("relu(") else f"{name} = {names.formula(v)}"
        below = f"{digits(-x.data)} below 0" if x.data < 0 else "exactly 0"
        return f"The ReLU {what} is dead: its operand{'' if names.called(x)[0] == '#' else ' ' + names.called(x)} " \
               f"is {digits(x.data)}, {below}."
    others = dict.fromkeys(u for u in v.parents if u is not x and u.data == 0.0)
    if str(formula) in ("y", "x") and others:
        zero = next(iter(others))
        what = "the plain number 0" if zero.constant else f"{names.called(zero)}, which is exactly 0"
        return f"A factor is zero: {own} = {what}."
    if v.op is not None and v.op.name in ("maximum", "minimum"):
        return f"{names.called(x)} is not the {v.op.name} in {name}: {digits(x.data)} against {digits(v.data)}."
    return f"A partial is zero: {own} = {formula} = 0, where {names.called(x)} is {digits(x.data)}."


def magnitudes(order: Sequence[Value], found: dict[Value, float]) -> dict[Value, float]:
    """The sums of the contributions' sizes to the derivatives `found`, of the last value by all."""
    sizes = dict.fromkeys(order, 0.0)
    for v in reversed(order):
        g = abs(found[v])
        for x, slope in zip(v.parents, v.partials) if g else ():
            if x in sizes:
                sizes[x] += g * abs(slope)
    return sizes


def lost_digits(order: Sequence[Value], found: dict[Value, float], names: Names) -> str:
    """A sentence about the value between two that loses most digits, empty if none loses many."""
    sizes, worst, who = magnitudes(order, found), 10.0 ** NOTABLE, None
    for v in order[:-1]:
        if found[v] and isfinite(sizes[v]) and sizes[v] > worst * abs(found[v]):
            worst, who = sizes[v] / abs(found[v]), v
    if who is not None:
        return (f"{names.quotient(order[-1], who)} loses about {round(log10(worst))} of 16 digits, for its "
                f"contributions almost cancel: {summed(who, order, found)} = {digits(found[who])}.")
    return next(lost_before(order, names), "")


def lost_before(order: Sequence[Value], names: Names) -> Iterator[str]:
    """Sentences about the sums and differences, on the way or next to it, that lost digits in the forward pass."""
    for v in dict.fromkeys(u for v in order for u in (*v.parents, v)):
        if v.op is None or v.op.name not in ("add", "sub") or not any(x.op for x in v.parents):
            continue
        largest = max(abs(x.data) for x in v.parents)
        if v.data and largest > 10.0 ** NOTABLE * abs(v.data):
            a, b = [f"{x.data:.6g}" for x in v.parents]
            lost = round(log10(largest / abs(v.data)))
            yield (f"{names.called(v)} = {names.formula(v)} lost about {lost} of 16 digits in the forward pass: "
                   f"{a} {v.op.symbol} {b} = {digits(v.data)}.")


def summed(v: Value, order: Sequence[Value], found: dict[Value, float]) -> str:
    """The contributions to a derivative, the largest of them, as a sum."""
    parts = [found[user] * slope for user in order for x, slope in zip(user.parents, user.partials)
             if x is v and found[user]]
    parts.sort(key=lambda part: -abs(part))
    text = " ".join(f"{'-' if part < 0 else '+'} {abs(part):.6g}" for part in parts[:LISTED + 1])
    return text.removeprefix("+ ").replace("- ", "-", text.startswith("-")) + " + …" * (len(parts) > LISTED + 1)
