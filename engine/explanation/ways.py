"""The paths of a step in words: how many there are, and along the largest few what adds up to its derivative."""
from __future__ import annotations

from math import isfinite

from engine.explanation.columns import indented
from engine.explanation.headline import FACTORS, figure
from engine.explanation.notation import Text
from engine.explanation.reasons import tied, why_some_are_zero
from engine.paths.largest import MOST
from engine.readers.products import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.derivation import Derivation
    from engine.explanation.step import Step
    from engine.paths.largest import Path
    from engine.value import Value

VALUES  = 7                                          # of one path
LONG    = 40                                         # partials of a path, too many to be written out
BRIEF   = 40                                         # signs of a formula in a product
WIDEST  = 80                                         # signs of a formula in a line of its own
UNNAMED = 4                                          # values without a name whose formulas stand below a step


def of_paths(e: Derivation, step: Step) -> list[str]:
    """The paths of a step, and what the values without a name are made of that they pass through."""
    lines = []
    if step.count > 1:
        lines.append(indented(counted(step)))
    for path in step.paths:
        lines += of_path(e, step, path)
    passed = dict.fromkeys(v for path in step.paths for v in window(path.values[1:]) if v is not None)
    reasons = [line for v in passed if v is not step.upper for line in tied(e.names, v)]
    lines += [indented(line) for line in reasons + why_some_are_zero(e, step)]
    unnamed = [v for v in passed if e.names.of(v).startswith("#") and not e.names.beyond(v)]
    lines += [indented(f"{e.names.of(v)} = {e.names.formula(v, WIDEST)}") for v in unnamed[:UNNAMED] if v.op]
    return lines


def counted(step: Step) -> str:
    """How many paths there are, and how much of the step the listed ones carry."""
    many, listed = magnitude(step.count), len(step.paths)
    if listed == step.count:
        return f"{many} paths add up:"
    if not listed:
        return f"{many} paths, a factor of each is zero."
    carried = step.carried
    share = carried / step.derivative if step.derivative and isfinite(carried) else 0.0
    percent = f", {100 * share:.3g} % of it" if 0.0 < share <= 1.0 else ""
    those = "one carries" if listed == 1 else f"{listed} carry"
    return f"{many} paths add up; the largest {those} {figure(carried)}{percent}:"


def magnitude(n: int) -> str:
    """A whole number: exact while it can be read, then about how large it is."""
    if n < 10 ** 15:
        return f"{n:,}"
    if n < 10 ** 40:
        return f"{n:,} (about {n:.3g})"
    if n < 10 ** 300:
        return f"about {float(n):.3g}"
    if n < MOST:
        return f"about 10^{len(str(n)) - 1}"
    return "more than 10^1000"


def of_path(e: Derivation, step: Step, path: Path) -> list[str]:
    """One path: what it passes through, and the partials along it: quoted, in numbers, their product."""
    share = contribution(e, step, path)
    passed = [v for v in path.values if not e.names.beyond(v)]
    way = " ← ".join("…" if v is None else e.names.of(v) for v in window(passed))
    line = indented(f"{share}{entry(step, path)}{way}{by_place(step, path)}")
    product = multiplied(e, path)
    return [line, indented(product, 8)] if len(path.places) > 1 else [line]


def contribution(e: Derivation, step: Step, path: Path) -> str:
    """What a path adds to its step, as a short formula or as a number; nothing where it is the only one."""
    if step.count == 1:
        return ""
    terms = step.product(path)
    agreed = terms if terms and e.algebra.agrees(terms, path.derivative) else {}
    factored = Text(e.algebra).factored(agreed) if agreed else ""
    formula = factored or Text(e.algebra).sum(agreed)
    if not 0 < len(formula) <= BRIEF:
        sign = "-" if path.derivative < 0 else "+"
        return f"{sign} {figure(abs(path.derivative))}, "
    if len(agreed) > 1 and not factored:
        return f"+ ({formula}), "
    if formula.startswith("-"):
        return f"- {formula[1:]}, "
    return f"+ {formula}, "


def multiplied(e: Derivation, path: Path) -> str:
    """The partials along a path as factors: quoted, in numbers; their product."""
    product = figure(path.derivative)
    if len(path.places) > LONG:
        return f"the product of {len(path.places):,} partials = {product}"
    factors = [(v, place) for v, place in zip(path.values, path.places) if not e.names.beyond(v)]
    if len(factors) > FACTORS:
        factors = [(v, place) for v, place in factors if v.partials[place] != 1.0] or factors[:1]
    formulas = [f"({symbolic(e, v, place)})" for v, place in factors]
    numbers = [f"({figure(v.partials[place])})" for v, place in factors]
    parts = ["".join(cut(formulas)), "".join(cut(numbers)), product]
    return " = ".join(dict.fromkeys(parts))


def symbolic(e: Derivation, v: Value, place: int) -> str:
    """The partial by an operand as a formula in names, where that is long as a quotient."""
    terms, writer = partial(e.algebra, v, place), Text(e.algebra)
    forms = [writer.sum(terms), e.names.quotient(v, v.parents[place])] if terms else []
    return next((form for form in forms if len(form) <= BRIEF), e.names.quotient(v, v.parents[place]))


def entry(step: Step, path: Path) -> str:
    """How a path enters a quotient."""
    if step.count == 1 or step.upper.op is None or step.upper.op.sign != "/":
        return ""
    return "through the numerator: " if path.places[0] == 0 else "through the denominator: "


def by_place(step: Step, path: Path) -> str:
    """Which operand a path takes where others take the same values: the left one of a + a."""
    twins = [other.places for other in step.paths if other.values == path.values]
    if len(twins) < 2:
        return ""
    i = next(i for i, places in enumerate(zip(*twins)) if len({*places}) > 1)
    v, place = path.values[i], path.places[i]
    side = ("left operand", "right operand")[place] if v.op and v.op.arity == 2 else f"operand {place + 1}"
    return f" (as {side} of {step.algebra.names.of(v)})"


def window(values: Sequence[Value]) -> list[Value | None]:
    """The values of a path, None for the middle where they are many."""
    return list(values) if len(values) <= VALUES else [*values[:4], None, *values[-2:]]


def cut(parts: Sequence[str]) -> list[str]:
    """Parts, the middle left out where they are many."""
    return list(parts) if len(parts) <= FACTORS else [*parts[:3], "…", *parts[-2:]]
