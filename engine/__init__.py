"""glassgrad: a scalar autograd engine you can see through.

>>> from engine import Value, log
>>> p = Value(0.15, "p")
>>> loss = -log(p)
>>> loss.backward()
>>> p
Value(data=0.15, grad=-6.667, label='p')
"""
from __future__ import annotations

from engine import native            # first: it chooses what the class Value is made of
from engine.errors import FormulaError, GradientError, PictureError
from engine.op import Op
from engine.value import Value
from engine import documentation, protocols

core = native.name                   # which core runs: "native" or "python"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine.choosing import where
    from engine.derivatives import derivative, gradient
    from engine.explanation import explain
    from engine.listing import table
    from engine.matrices import hessian, jacobian
    from engine.naming import label
    from engine.picture import draw, walkthrough
    from engine.replay import Replay

__all__ = [
    "Value", "Op", "label", "derivative", "gradient", "hessian", "jacobian", "draw", "explain",
    "table", "walkthrough", "Replay",
    "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "tanh", "sigmoid", "relu", "softplus",
    "maximum", "minimum", "where", "fsum", "dot", "affine", "logsumexp",
    "GradientError", "FormulaError", "PictureError",
]
documentation.add(__all__)
protocols.add()

if TYPE_CHECKING:                    # of a Value a Value, of a plain number a float
    from typing import Any, Protocol, overload

    class Function(Protocol):
        """A row as a function."""

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
else:
    exp, log, log1p, expm1, sqrt = Value.exp, Value.log, Value.log1p, Value.expm1, Value.sqrt
    sin, cos, tan, tanh          = Value.sin, Value.cos, Value.tan, Value.tanh
    sigmoid, relu, softplus      = Value.sigmoid, Value.relu, Value.softplus
    maximum, minimum, logsumexp  = Value.maximum, Value.minimum, Value.logsumexp
    fsum, dot, affine            = Value.fsum, Value.dot, Value.affine

ROOMS = {                            # what loads when it is first used: `import engine` stays fast
    "derivative": "derivatives", "gradient": "derivatives", "hessian": "matrices", "jacobian": "matrices",
    "explain": "explanation", "label": "naming", "table": "listing", "draw": "picture", "walkthrough": "picture",
    "Replay": "replay", "where": "choosing",
}


def __getattr__(name: str) -> object:
    if name not in ROOMS:
        raise AttributeError(f"engine has no {name!r}; it has {', '.join(__all__)}")
    from importlib import import_module
    globals()[name] = feature = getattr(import_module(f"engine.{ROOMS[name]}"), name)
    return feature


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
