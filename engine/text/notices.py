"""What a reader should know of a graph before trusting what is said of it: in tables and explanations alike.

What is surely a mistake is said in a warning too, where it is made.
"""
from __future__ import annotations

import warnings
from collections import deque

from engine.paths.earlier import earlier
from engine.readers.traits import adds, sets_apart, shares_out, weighs_shares
from engine.text.naming import digits, exactly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from engine.value import Value

    Called = Callable[[Value], str]                  # what a value is called

LISTED = 3                                           # numbers that changed
RATE   = 8                                           # digits that a learning rate has

warned: deque[Value] = deque(maxlen=64)              # the values that were last warned of, each a leaf and a number


def changed(values: Iterable[Value], upper: str, called: Called) -> list[str]:
    """Sentences about numbers that have changed since what is made of them was computed."""
    was, stale = earlier(values)
    lines = [f"{called(x)} has changed since {upper} was computed: it was {digits(n)} then and is "
             f"{digits(x.data)} now." for x, n in list(was.items())[:LISTED]]
    return lines or [f"{called(v)} was computed of other numbers than {' and '.join(map(called, v.parents[:2]))} have "
                     "now." for v in list(stale)[:1]]


def ambiguous(names: Sequence[str]) -> list[str]:
    """A sentence about the first name that several values bear.

    >>> ambiguous(["a", "b", "a"])
    ['Several values here are called a; other labels would tell them apart.']
    """
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    name = next((name for name, count in counts.items() if count > 1), "")
    return [f"Several values here are called {name}; other labels would tell them apart."] if name else []


def mistakes(values: Iterable[Value], called: Called) -> list[str]:
    """Sentences about what is surely meant otherwise: a softmax before another, a parameter that is no leaf any more.

    >>> from engine import Value
    >>> z = [Value(0.5, "a"), Value(1.5, "b")]; shares = [Value.softmax(z, i) for i in range(2)]
    >>> mistakes([Value.cross_entropy(shares, 0)], lambda v: v.label)
    ['cross_entropy applies softmax itself, and its operands are shares of a softmax already; give it a, b instead.']
    """
    values = list(values)
    twice  = [line for v in values if (line := softmax_twice(v, called))]
    moved  = [line for v in values if (line := no_leaf(v, called))]
    return [*dict.fromkeys(twice[:1] + moved[:1])]


def softmax_twice(v: Value, called: Called) -> str:
    """The sentence for shares of shares: a row that makes shares of its operands, on all the outputs of a softmax."""
    if v.op is None or shares_out(v.op) or not weighs_shares(v.op):
        return ""
    operands = v.parents if sets_apart(v.op) else v.parents[:v.index]
    first = operands[0] if operands else v
    if first.op is None or not shares_out(first.op) or len(first.parents) != len(operands):
        return ""
    if any(x.op is not first.op or x.parents != first.parents or x.index != i for i, x in enumerate(operands)):
        return ""
    names = [called(x) for x in first.parents]
    if len(names) > LISTED:
        names = [*names[:LISTED - 1], "…", names[-1]]
    return (f"{v.op.name} applies {first.op.name} itself, and its operands are shares of a {first.op.name} already; "
            f"give it {', '.join(names)} instead.")


def no_leaf(v: Value, called: Called, sure: bool = False, replaced: bool = False) -> str:
    """The sentence for a parameter that became an inner value by w -= rate * w.grad, where that is certain.

    `sure` is that the code says so, `replaced` that v stands where its leaf stood.
    """
    if v.op is None or v.op.arity != 2 or not adds(v.op):
        return ""
    p, moved = v.parents
    if p.op or p.constant or not moved.constant or not p.grad:
        return ""
    down = moved.data if v.op.sign == "-" else -moved.data           # along the gradient
    rate = float(f"{down / p.grad:.{RATE}g}")
    multiple = rate > 0.0 and rate * p.grad == down
    typed = is_round(down) and not replaced          # x - 3 may be meant
    if not sure and v not in warned and (typed or not multiple):
        return ""
    name = p.label or called(v)
    sign, step = "-" if multiple or down > 0.0 else "+", exactly(abs(down))
    if multiple:
        step = f"{exactly(rate)} * {name}.grad"
    return (f"{name} is no leaf any more: it became {name} {sign} {step}, a value made of the old one. Move its number "
            f"instead: {name}.data {sign}= {step}.")


def is_round(n: float) -> bool:
    """Whether a number has no more digits than one that somebody types.

    >>> is_round(0.125), is_round(1 / 3)
    (True, False)
    """
    return float(f"{n:.{RATE}g}") == n


def warn_of_shares(v: Value, logits: str) -> None:
    """Warn where a loss has all the outputs of one softmax for its logits; the same text always, so once a place."""
    if v.op and softmax_twice(v, str):
        applied = v.parents[0].op.name  # type: ignore[union-attr]
        warnings.warn(f"{logits} was given all the outputs of one {applied}, and applies {applied} itself: give it "
                      f"the logits, which {applied} was given", stacklevel=3)


def warn_of_step(v: Value, name: str, stacklevel: int) -> None:
    """Warn where a module has an inner value in the place of a parameter, by w -= rate * w.grad; of one value once."""
    sentence = no_leaf(v, lambda v: name, replaced=v.op is not None and v.parents[0].label == name)
    if sentence and v not in warned:
        warned.append(v)
        warnings.warn(sentence, stacklevel=stacklevel + 1)
