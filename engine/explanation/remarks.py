"""What else there is to say of a derivative: which way to go, what `.grad` holds, which names are missing."""
from __future__ import annotations

import re

from engine.explanation.observations import is_sum
from engine.explanation.pulls import terms_of
from engine.explanation.reasons import LOOKED, changed, lost_digits
from engine.readers.traits import negates, sets_apart, weighs_shares
from engine.text.naming import digits
from engine.text.notices import ambiguous, mistakes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine.explanation.derivation import Derivation
    from engine.explanation.names import Names
    from engine.value import Value

DEEP  = 100                                          # sums within sums
LOSS  = re.compile(r"(?i)loss|cost|error|objective|(?<![a-z])(ce|bce|nll|mse|mae|rmse|sse|l)(?![a-z])")
SHOWN = 8                                            # steps that are shown in full


def remarks(e: Derivation) -> list[str]:
    """Numbers that changed, digits that were lost, which way to go, what `.grad` holds, what names there are."""
    lines = [*changed(e), lost_digits(e)]
    if e.lower.op is None:
        lines += [downhill(e), about_grad(e)]
    lines += ambiguous([name for v, name in e.names.mentioned.items() if e.names.has(v)])
    lines += [*mistakes([*e.order[-LOOKED:], *e.order[:LOOKED]], e.names.of), missing_name(e)]
    return [line for line in lines if line]


def downhill(e: Derivation) -> str:
    """Which way gradient descent moves the lower value; nothing where it stays."""
    if not e.derivative:
        return ""
    rises, moves = ("rises", "down") if e.derivative > 0 else ("falls", "up")
    upper, lower = e.names.of(e.upper), e.names.of(e.lower)
    if is_loss(e.upper, e.names):
        return f"{upper} {rises} as {lower} rises: gradient descent moves {lower} {moves}."
    return f"{upper} {rises} as {lower} rises: to lower {upper}, move {lower} {moves}."


def is_loss(v: Value, names: Names) -> bool:
    """Whether a value is a loss, or adds them up: by its name, or as it sets the target's share apart."""
    for _ in range(DEEP):
        if v.op is None or LOSS.search(names.named(v)):
            return v.op is not None
        if sets_apart(v.op) and weighs_shares(v.op) or negates(v.op) and is_log(v.parents[0]):
            return all(slope <= 0.0 for slope in v.partials[v.index or 0:][:1])
        inner = [x for x in v.parents if not x.constant]
        if not inner or not is_sum(v, names.wrt):
            return False
        v = inner[-1]
    return False


def is_log(v: Value) -> bool:
    """Whether a value is a logarithm: its slope is 1 / x, and x is above 0."""
    return v.op is not None and v.op.needs is not None and str(v.op.partials[0]) == "1 / x"


def about_grad(e: Derivation) -> str:
    """Why `.grad` of the lower value is another number than its derivative; nothing where it is the same."""
    if same(e.lower.grad, e.derivative):
        return ""
    stored = f"{e.names.of(e.lower)}.grad is {digits(e.lower.grad)}"
    if not e.upper.grad:
        return f"{stored}: {e.names.of(e.upper)}.backward() has not run yet."
    return f"{stored}: it adds up all backward passes; zero_grad() before each makes it this one."


def missing_name(e: Derivation) -> str:
    """A sentence about the first of the values that steps or terms end with which has no name."""
    ends = [v for step in e.steps[:SHOWN] for v in (step.lower, *[term.value for term in terms_of(step)[:SHOWN]])]
    names = [e.names.of(v) for v in ends if not e.names.has(v)]
    place = next((name for name in names if name.startswith("#")), "")
    return f"{place} has no name, only a place in the table; label(locals()) where it is computed gives it one." \
        if place else ""


def same(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b))
