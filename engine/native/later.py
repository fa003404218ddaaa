"""A row of a table is read when something asks what it says, a row's function poured when it is first called or looked
at: so `import engine` is fast. Looked at, it shows its row.
"""
from __future__ import annotations

from functools import update_wrapper
from types import FunctionType

from engine.op import Op
from engine.pouring import enter, method_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

moved: Callable[..., Any] = lambda made: None        # is told of a leaf with a grad, and a number added to it


class Method:
    # A row under its name, on Value or by itself. Its docstring is that of the function, which Values have instead.

    __module__ = "engine"
    __doc__ = property(lambda self: self.poured().__doc__)

    def __init__(self, op: Op, name: str, owner: str) -> None:
        self.op, self.name, self.owner = op, name, owner
        self.function: Any = None

    def poured(self) -> Any:
        """The function; from now on it stands where this one stood, and this is what it shows."""
        if self.function is None:
            function = method_of(self.op, self.name, self.owner)
            moves = self.op.sign in ("+", "-") and self.name == f"__{self.op.name}__" and self.op.arity == 2
            self.function = moving(function) if moves else function
            self.function.shown = self
            if vars(Op.value).get(self.name) is self:
                type.__setattr__(Op.value, self.name, self.function)
        return self.function

    def __get__(self, v: Any, kind: Any = None) -> Any:
        return self if v is None else self.poured().__get__(v, kind)

    def __call__(self, *operands: Any, **names: Any) -> Any:
        return (self.function or self.poured())(*operands, **names)

    def __repr__(self) -> str:
        return shown_row(self.poured())

    def __reduce__(self) -> str:
        return self.poured().__qualname__            # type: ignore[no-any-return]      # by which it is found again

    def __getattr__(self, name: str) -> Any:
        return self.poured() if name == "__wrapped__" else getattr(self.poured(), name)


def moving(function: Any) -> Any:
    """The method of + or - with a line more: it tells of a leaf with a gradient, more or less a plain number."""
    told = "    if y is other and self._grad and self._row is None: moved(node)\n    return node"
    space = {**function.__globals__, "moved": lambda made: moved(made)}
    exec(compile(function.source.replace("    return node", told), function.__code__.co_filename, "exec"), space)
    return update_wrapper(space[function.__name__], function)


def of_class(kind: type, name: str) -> Any:
    """What Value has by this name: of a row in Python, what shows it, as a compiled one does itself."""
    thing = type.__getattribute__(kind, name)
    return getattr(thing, "shown", thing) if thing.__class__ is FunctionType else thing


def shown_row(function: Any) -> str:
    """A poured function with its row, from the lines of its documentation: Python's own shows no more than a place."""
    from engine.text.terminal import spelt
    row = function.__doc__.partition(">>>")[0]
    return spelt(f"<{function.__qualname__}: {', '.join(filter(None, map(str.strip, row.splitlines())))}>")


def read(op: Op, at_once: Any = Op.read) -> None:
    """Read a row, unless it stands in a table: there is no Value yet as these are written."""
    if Op.value is not None:
        at_once(op)


def unread(op: Op, name: str, at_once: Any = Op.read) -> Any:
    """What a row says, once it is read."""
    if "formula" in vars(op) or "given" not in vars(op):
        raise AttributeError(f"a row has no {name!r}")
    at_once(op)
    return getattr(op, name)


def pour(op: Op, name: str, owner: str = "") -> Any:
    """The row as a function called `name`, to be poured when it is used."""
    return enter(op, name, lambda: Method(op, name, owner))
