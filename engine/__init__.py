"""glassgrad: a scalar autograd engine you can see through.

>>> from engine import Value, log
>>> p = Value(0.15, "p")
>>> loss = -log(p)
>>> loss.backward()
>>> p
Value(data=0.15, grad=-6.666666666666667, label='p')

The engine is six files: errors, formula, op, pouring, graph, value. They import nothing else and compute alone. This
file puts the house around them, and no other does: it says who makes the class, documents rows, completes errors.
"""
from __future__ import annotations

from importlib import import_module

from engine import errors, native, pouring
from engine.native import later as rows
from engine.op import Op


def later(room: str, name: str) -> Callable[..., Any]:
    """A function of a module that is loaded when it is first called, and kept: at the end nothing can be loaded."""
    kept: list[Callable[..., Any]] = []

    def function(*given: Any) -> Any:
        if not kept:
            kept.append(getattr(import_module(f"engine.{room}"), name))
        return kept[0](*given)
    return function


def whole(value: Any) -> Any:
    """The class with the rows of both tables, compiled where that can be."""
    for name, row in vars(Rows).items():
        if isinstance(row, Op):
            setattr(value, name, row)
    type(value).__getattribute__ = rows.of_class  # type: ignore[assignment]
    return native.value_class(value)


errors.presenter  = lambda kind, *given: later("text.error_sentences", kind)(*given)
pouring.describe  = later("readers.help", "describe")
Op.read           = rows.read      # type: ignore    # when something asks what it says, not as it is made
Op.__getattr__    = rows.unread    # type: ignore
Op.pour           = staticmethod(rows.pour)          # when it is first used
rows.moved        = later("text.moves", "warn_of_move")
pouring.completed = whole                            # before the class is made

from engine.more_rows import Rows                                                # noqa: E402
from engine import interop                                                          # noqa: E402
from engine.errors import FormulaError, GradientError, PictureError                 # noqa: E402
from engine.value import Value                                                      # noqa: E402

interop.add()
core = native.name                                   # which core runs: "native" or "python"
native.watch(rows.moved)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol, overload

    from engine.derivatives import derivative, gradient
    from engine.derivatives.attempts import check_derivation
    from engine.derivatives.matrices import hessian, jacobian
    from engine.explanation import explain
    from engine.interop.choosing import at
    from engine.interop.conditional import where
    from engine.picture import draw, walkthrough
    from engine.replay import Replay
    from engine.text.listing import table
    from engine.text.naming import label

    class Function(Protocol):
        """A row as a function: of a Value a Value, of a plain number a float."""

        @overload
        def __call__(self, x: Value, /, *more: Any) -> Value: ...
        @overload
        def __call__(self, x: float, /, *more: float) -> float: ...
        @overload
        def __call__(self, *operands: Any) -> Any: ...

    exp: Function; log: Function; log1p: Function; expm1: Function; sqrt: Function  # noqa: E702
    sin: Function; cos: Function; tan: Function; tanh: Function                     # noqa: E702
    sigmoid: Function; relu: Function; softplus: Function                           # noqa: E702
    maximum: Function; minimum: Function; logsumexp: Function                       # noqa: E702
    fsum: Function; dot: Function; affine: Function                                 # noqa: E702
    asin: Function; acos: Function; atan: Function; atan2: Function                 # noqa: E702
    sinh: Function; cosh: Function; asinh: Function; acosh: Function; atanh: Function  # noqa: E702
    erf: Function; erfc: Function; log2: Function; log10: Function; hypot: Function    # noqa: E702
    silu: Function; gelu: Function; leaky_relu: Function; elu: Function             # noqa: E702
    softsign: Function; xlogy: Function                                             # noqa: E702

__all__ = [
    "Value", "Op", "label", "derivative", "gradient", "hessian", "jacobian", "draw", "explain",
    "table", "walkthrough", "Replay", "check_derivation",
    "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "tanh", "sigmoid", "relu", "softplus",
    "maximum", "minimum", "where", "at", "fsum", "dot", "affine", "logsumexp",
    "asin", "acos", "atan", "atan2", "sinh", "cosh", "asinh", "acosh", "atanh", "erf", "erfc", "log2", "log10", "hypot",
    "silu", "gelu", "leaky_relu", "elu", "softsign", "xlogy",
    "GradientError", "FormulaError", "PictureError",
]
ROOMS = {                            # what loads when it is first used; every other public name is a row
    "derivative": "derivatives", "gradient": "derivatives", "hessian": "derivatives.matrices",
    "jacobian": "derivatives.matrices", "explain": "explanation", "label": "text.naming", "table": "text.listing",
    "draw": "picture", "walkthrough": "picture", "Replay": "replay", "where": "interop.conditional",
    "at": "interop.choosing",
    "check_derivation": "derivatives.attempts",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"engine has no {name!r}; it has {', '.join(__all__)}")
    feature: object = getattr(import_module(f"engine.{ROOMS[name]}") if name in ROOMS else Value, name)
    globals()[name] = feature
    return feature


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
