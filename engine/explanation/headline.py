"""The chain rule in one line: in symbols, in numbers, its result. It heads an explanation and titles a picture."""
from __future__ import annotations

from math import isfinite

from engine.explanation.pulls import terms_of
from engine.text.naming import MORE, digits, signed_sum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.explanation.derivation import Derivation
    from engine.explanation.observations import Term

FACTORS = 6                                          # that are written out, and terms
PLAIN   = 5                                          # terms of a sum that is written in symbols too


def chain_rule(e: Derivation, times: str = "") -> list[str]:
    """What ∂upper/∂lower equals: the product of its steps, or the sum of its terms, in symbols; in numbers; its value.

    >>> from engine import Value, explain, log
    >>> z = Value(0.5, "z"); p = z * z; loss = -log(p)
    >>> chain_rule(explain(loss, z, names={"p": p, "loss": loss}))
    ['∂loss/∂p · ∂p/∂z', '(-4)(1)', '-4']
    """
    if not e.order:
        return [f"0: {e.names.of(e.upper)} does not depend on {e.names.of(e.lower)}"]
    if len(e.steps) > 1:
        return [*product_of_steps(e, times), digits(e.derivative)]
    terms = terms_of(e.steps[0]) if e.steps else []
    if terms:
        return [*sum_of_terms(e, terms), digits(e.derivative)]
    return [digits(e.derivative)]


def product_of_steps(e: Derivation, times: str) -> list[str]:
    """The steps as a product, in symbols and in numbers, their middle left out where they are many."""
    shown = e.steps[:] if len(e.steps) <= FACTORS else [*e.steps[:3], None, *e.steps[-2:]]
    symbols = [e.names.quotient(step.upper, step.lower) if step else "…" for step in shown]
    numbers = [f"({figure(step.derivative)})" if step else "…" for step in shown]
    return [" · ".join(symbols), times.join(numbers)]


def sum_of_terms(e: Derivation, terms: Sequence[Term]) -> list[str]:
    """The terms as a sum, in numbers; before it in symbols, if they are few, each with a name and a weight of 1."""
    few = terms[:PLAIN + 1]
    plain = len(few) <= PLAIN and all(term.weight == 1.0 and e.names.has(term.value) for term in few)
    symbols = [e.names.quotient(term.value, e.lower) for term in few]
    numbers = summed(e.observations.derivatives)
    return [" + ".join(symbols), numbers] if plain else [numbers]


def figure(x: float) -> str:
    """A number in two digits more than a result has, so that a reader's calculator agrees."""
    if isfinite(x):
        return digits(x, 6)
    return "no slope" if x != x else "beyond 1.8e308"


def summed(parts: Sequence[float]) -> str:
    """A sum as it is written; where it is long, without zeros and then without its middle.

    >>> summed([-0.849121, 0.035119, -2.0]), summed([1.0] * 9), summed([0.0] * 9 + [-2.0, 3.0])
    ('-0.849121 + 0.035119 - 2', '1 + 1 + 1 + … + 1', '-2 + 3')
    """
    if len(parts) > FACTORS:
        parts = [part for part in parts if part] or parts[:1]
    shown = parts if len(parts) <= FACTORS else [*parts[:3], parts[-1]]
    terms = [(part, figure(abs(part))) for part in shown]
    if len(shown) < len(parts):
        terms.insert(-1, MORE)
    return signed_sum(terms)
