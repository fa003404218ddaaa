"""What can go wrong, in sentences: what was asked, what is required, what came, and what to do.

>>> number("3", "Value(data)")
Traceback (most recent call last):
    ...
TypeError: Value(data) needs a real number; '3' is a str; write float('3') if that number is meant
"""
from __future__ import annotations

import sys
from contextlib import suppress
from numbers import Real

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MAX = 1.7976931348623157e308                                    # the largest float; what lies beyond is infinite
FAILURES = (ValueError, ArithmeticError, TypeError)             # what a formula can raise on finite numbers
presenter: Callable[..., str] | None = None                     # completes an error (text/error_sentences.py)


class GradientError(ArithmeticError):
    """A gradient that does not exist, is not finite, or no longer belongs to the numbers in the graph.

    >>> from engine import Value
    >>> try:
    ...     Value(0.0, "x").sqrt().backward()
    ... except GradientError as error:
    ...     print(str(error).split(";")[0])
    a Value made by sqrt has no finite slope where x is 0.0, and a gradient of 1 reaches it
    """


class FormulaError(SyntaxError):
    """A quoted formula outside the grammar; like every SyntaxError it shows the formula and the column.

    >>> from engine import Op
    >>> Op("x @ x", "1")
    Traceback (most recent call last):
        ...
      File "<formula>", line 1
        x @ x
        ^
    engine.errors.FormulaError: a formula has no @; a product is written x * y
    """


class PictureError(RuntimeError):
    """A picture that could not be drawn or written; what was there before has not changed.

    >>> from engine import Value, draw
    >>> draw(Value(2.0)).save("graph.doc")
    Traceback (most recent call last):
        ...
    engine.errors.PictureError: cannot write 'graph.doc': a picture is saved as svg, png, pdf, dot, gv, not as doc; \
.pipe(format=...) has what else dot can do
    """


def number(n: Any, what: str | Callable[[], str], array: Any = None) -> Any:
    """The finite float that the real number `n` is; `array`, if given, is the answer to a NumPy array.

    `what` asks for it: a text, or what gives one, which is called if there is an error.

    >>> from fractions import Fraction
    >>> number(Fraction(1, 4), "Value(data)")
    0.25
    """
    kind = type(n)
    if kind is int or isinstance(n, float) or isinstance(n, Real) and kind is not bool:
        try:
            x = float(n)
        except OverflowError:
            raise OverflowError(f"{asked(what)} needs a number below 1.8e308; {brief(n)} is larger") from None
        if -MAX <= x <= MAX:
            return x
        raise ValueError(f"{asked(what)} needs a finite number; {n!r} is not; look where it first arose")
    if array is not None and hasattr(type(n), "ndim") and "bool" not in kind.__name__:       # NumPy's bool is no number
        return array
    raise TypeError(f"{asked(what)} needs a real number; {brief(n)} is {described(n)}{addition('remedy', n)}")


def asked(what: str | Callable[[], str]) -> str:
    """Who asks for a number."""
    return what if isinstance(what, str) else what()


def described(n: Any) -> str:
    """What `n` is: `a str`, `an int`."""
    return f"{'an' if type(n).__name__[0] in 'aeiouAEIOU' else 'a'} {type(n).__name__}"


def brief(n: Any) -> str:
    """The repr of `n`, on one short line; what it is where it has none."""
    try:
        text = " ".join(repr(n).split())
    except Exception:                                # a number of too many digits, or somebody's own __repr__
        return described(n)
    return text if len(text) <= 40 else text[:39] + "…"


def addition(kind: str, *given: Any) -> str:
    """What the rest of the house adds to an error: a function of this name in text/error_sentences.py says it.

    Nothing where the core stands alone. Where that fails, the error comes without it, and the failure stands on stderr.
    """
    try:
        return presenter(kind, *given) if presenter else ""
    except Exception as error:
        with suppress(Exception):
            print(f"what completes an error failed: {error!r}", file=sys.stderr)
        return ""


def name_of(v: Any) -> str:
    """A value's name, or what can be said of it without one."""
    return addition("name", v) or v.label or (f"a Value made by {v.op.name}" if v.op else "a Value")
