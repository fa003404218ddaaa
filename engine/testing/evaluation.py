"""A graph computed again in another kind of number, from the quoted formulas alone.

In complex numbers this gives derivatives that owe nothing to the quoted partials: for a formula f of real numbers,
the imaginary part of f(x + ih) is h · f'(x) up to terms in h³, and nothing cancels (the complex step: Squire and Trapp,
1998).
"""
from __future__ import annotations

import cmath
import math

from engine.graph import postorder
from engine.kinds import within
from engine.formula import FLOATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from engine import Value


def expm1(x: complex) -> complex:
    """exp(x) - 1 without the cancellation.

    >>> expm1(1e-20 + 1e-40j)
    (1e-20+1e-40j)
    """
    return 2 * cmath.exp(x / 2) * cmath.sinh(x / 2) if abs(x) < 1 else cmath.exp(x) - 1


def log1p(x: complex) -> complex:
    """log(1 + x), also where 1 + x is rounded.

    >>> log1p(1e-20 + 1e-40j)
    (1e-20+1e-40j)
    """
    return 2 * cmath.atanh(x / (2 + x)) if abs(x) < 0.5 else cmath.log(1 + x)


def fsum(terms: Sequence[complex]) -> complex:
    """The exactly rounded sum."""
    return complex(math.fsum([term.real for term in terms]), math.fsum([term.imag for term in terms]))


def real(x: Any) -> Any:
    return x.real


def magnitude(x: Any) -> Any:
    """x or -x; at 0 the slope is 0, as in the engine."""
    return x if x.real > 0 else -x if x.real < 0 else 0 * x


def largest(xs: Sequence[Any]) -> Any:
    return max(xs, key=real)


def smallest(xs: Sequence[Any]) -> Any:
    return min(xs, key=real)


def rest(terms: Sequence[Any]) -> Any:
    """The sum of all terms but one largest; of several, the one that does not change.

    Among exp(y - max(y)) that is the largest operand's own, where others have been rounded to 1 too.
    """
    return FLOATS["rest"](terms, lambda term: (term.real, -abs(term.imag)))


def space(**functions: Any) -> dict[Any, Any]:
    """What formulas call, for numbers with a real and an imaginary part: `functions`, and what follows from them.

    Comparisons, and so the choice of a branch, look at the real part.
    """
    return {**FLOATS, "number": real, "abs": magnitude, "floor": lambda x: math.floor(x.real) + 0.0,
            "max": lambda *xs: largest(xs), "min": lambda *xs: smallest(xs), "largest": largest, "smallest": smallest,
            "rest": rest, **functions}


COMPLEX = space(exp=cmath.exp, expm1=expm1, log=cmath.log, log1p=log1p, sqrt=cmath.sqrt, sin=cmath.sin, cos=cmath.cos,
                tan=cmath.tan, tanh=cmath.tanh, fsum=fsum)


def evaluate(root: Value, numbers: Mapping[Value, Any], space: dict[Any, Any]) -> Any:
    """The number that the root's graph gives in `space`, with other `numbers` for some of its values.

    Errors: those that the functions of `space` raise.

    >>> from engine import Value
    >>> a = Value(2.0)
    >>> evaluate(a * a, {a: 3.0}, FLOATS)
    9.0
    """
    found = dict(numbers)
    for v in postorder(root):
        if v not in found:
            found[v] = v.data if v.op is None else value_of(v, [found.get(x, x.data) for x in v.parents], space)
    return found.get(root, root.data)


def value_of(v: Value, operands: Sequence[Any], space: dict[Any, Any]) -> Any:
    """What the formula that made v gives for other operands."""
    assert v.op is not None
    return within(v.op, space)[0](operands, v.index)
