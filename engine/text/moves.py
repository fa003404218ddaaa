"""Whether a program moves a parameter by w = w - 0.1 * w.grad, which makes another value of it: told where it is made.

A leaf with a gradient, less a plain number, is one if the line puts the difference in the place of the leaf, and speaks
of a gradient or takes away a multiple of it.
"""
from __future__ import annotations

import dis
import sys
import warnings
from functools import lru_cache
from types import CodeType, FrameType

from engine.text.notices import no_leaf, warned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from engine.value import Value

BETWEEN   = "engine", "engine.native.later"          # whose frames lie between the caller and what warns
VARIABLES = "STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF"


class Line:
    """What the instructions of a line of code do: the variables that it stores, whether it reads a `grad`, and whether
    it stores a part of something that it has read there, or an item of a list that it makes."""

    def __init__(self, code: CodeType, at: int) -> None:
        spans = list(code.co_lines())
        number = next((line for start, end, line in spans if start <= at < end), None)
        offsets = {at for start, end, line in spans if line == number for at in range(start, end, 2)}
        some = [(each.opname, each.argval) for each in dis.get_instructions(code) if each.offset in offsets]
        self.variables = {name for kind, names in some for name in stored(kind, names)}
        self.gradient  = any([name == "grad" for _, name in some])
        kinds, read = {kind for kind, _ in some}, {name for kind, name in some if kind.startswith("LOAD")}
        self.part = any([kind == "STORE_ATTR" and name in read for kind, name in some]) or "LIST_APPEND" in kinds \
            or {"STORE_SUBSCR", "BINARY_SUBSCR"} <= kinds


def stored(kind: str, names: Any) -> tuple[str, ...]:
    """The variables that an instruction stores; Python 3.13 has some that do two things at once."""
    if isinstance(names, tuple):
        return names[:kind.count("STORE_FAST")] if kind.startswith("STORE_FAST") else ()
    return (names,) if kind in VARIABLES else ()


line = lru_cache(maxsize=256)(Line)


def warn_of_move(made: Value) -> None:
    """Warn where a value that a caller has just made of a leaf with a gradient and a number takes the leaf's place."""
    depth = 1
    while sys._getframe(depth).f_globals.get("__name__") in BETWEEN:
        depth += 1
    frame: FrameType = sys._getframe(depth)
    here = line(frame.f_code, frame.f_lasti)
    if not here.variables and not here.part:
        return
    p = made.parents[0]
    names = [name for name in sorted(here.variables) if known(frame, name) is p]
    sentence = no_leaf(made, lambda v: p.label or (names or ["w"])[0], sure=here.gradient and bool(names or here.part))
    if sentence and (names or here.part):
        warned[0] = made
        warnings.warn(sentence, stacklevel=depth + 1)


def known(frame: FrameType, name: str) -> Any:
    """What a variable is there; None without one."""
    return frame.f_locals.get(name, frame.f_globals.get(name))
