"""What others ask of a Value: copies, pickles, a picture in a notebook, micrograd's names for its parts; and files.

`add` gives Value its methods of this kind; what is behind them (copies, notebook) is loaded when it is first called.
`absent` says what to write in place of what other engines' values have. `conditional` has where, as NumPy has it,
`choosing` at, a choice by number; `files` writes a file whole or not at all. May be imported: files, absent, choosing.
Start here.
"""
from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from engine.formula import FUNCTIONS
from engine.interop import absent
from engine.op import Op
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def loaded(room: str, name: str) -> Callable[..., Any]:
    """A method whose room is loaded when it is first called."""
    def method(self: Any, *given: Any, **more: Any) -> Any:
        return getattr(import_module(f"engine.interop.{room}"), name)(self, *given, **more)
    return method


def by_name(name: str) -> Callable[..., Any]:
    """A row's method for who calls it by another name."""
    def method(self: Any, *operands: Any) -> Any:
        return getattr(self, name)(*operands)
    return method


def symbol(v: Value) -> str:
    """How micrograd writes the operation that made a value: `+`, `**2`, `ReLU`; empty for a leaf."""
    if v.op is None:
        return ""
    exponent = v.op.symbol == "**" and v.parents[1].constant
    return f"**{v.parents[1].data:g}" if exponent else v.op.symbol


class Moved(ModuleType):
    """A module that is no more and that pickles of glassgrad 0.1 name: what it had refuses another version's pickle."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        return loaded("copies", "check_version")


def add() -> None:
    """Give Value, and rows, these methods."""
    for method, room, name in (("__copy__", "copies", "copy"), ("__deepcopy__", "copies", "deepcopy"),
                               ("__reduce_ex__", "copies", "reduce"), ("_repr_svg_", "notebook", "svg"),
                               ("_repr_latex_", "notebook", "latex"), ("_repr_mimebundle_", "notebook", "forms")):
        setattr(Value, method, loaded(room, name))
    for name, part in (("_prev", Value.parents), ("_op", property(symbol))):
        setattr(Value, name, part)
    for function in FUNCTIONS.values():              # np.arctan(v) calls v.arctan()
        numpy = function.arrays[1:]
        if numpy and numpy not in vars(Value):
            setattr(Value, numpy, by_name(function.row))
    sys.modules["engine.copies"] = Moved("engine.copies")
    absent.add(Value, Op.table)
    Op.__reduce__ = loaded("copies", "row")  # type: ignore[method-assign]
