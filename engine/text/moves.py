"""Whether a program moves a parameter by w = w - 0.1 * w.grad, which makes another value of it: told where it is made.

A leaf with a gradient, less a plain number, is one if it is put in the place of the leaf and the number is made of its
gradient; or if it is returned or listed, and the number is a multiple of its gradient.
"""
from __future__ import annotations

import sys
import warnings
from types import FrameType

from engine.text.instructions import UNKNOWN, reading, written
from engine.text.notices import no_leaf, warned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from engine.text.instructions import Path
    from engine.value import Value

BETWEEN = "engine", "engine.native.later"            # whose frames lie between the caller and what warns


def warn_of_move(made: Value) -> None:
    """Warn where a value that a caller has just made of a leaf with a gradient and a number takes the leaf's place."""
    depth = 1
    while sys._getframe(depth).f_globals.get("__name__") in BETWEEN:
        depth += 1
    frame: FrameType = sys._getframe(depth)
    here = reading(frame.f_code, frame.f_lasti)
    if not here.places and not here.given:
        return
    p, first, left = made.parents[0], found(frame, here.left), written(here.left)
    if first is not None and first is not p:         # an array, whose items are p and others
        return

    def own(gradient: Path) -> bool:
        """Whether a gradient that the code reads is that of p."""
        if gradient[0] == "name":
            known = found(frame, gradient)
            return type(known) is float and known == p.grad
        return gradient != UNKNOWN and (found(frame, gradient[1]) is p or "" != left == written(gradient[1]))

    place = [place for place in here.places if here.inplace or "" != left == written(place) or found(frame, place) is p]
    if not place and not here.given:
        return
    sure = any([own(gradient) for gradient in (here.read if place else [here.along])])
    name = left or [*map(written, place), ""][0] or "w"
    sentence = no_leaf(made, lambda v: name, sure)
    if sentence:
        warned.append(made)
        warnings.warn(sentence, stacklevel=depth + 1)


def found(frame: FrameType, path: Path) -> Any:
    """What a path leads to in plain objects, lists and dicts, without a call of anyone's code; None for nothing."""
    kind, *parts = path
    if kind == "name":
        return frame.f_locals.get(parts[0], frame.f_globals.get(parts[0]))
    if kind == "constant":
        return parts[0]
    owner = found(frame, parts[0]) if kind in ("attribute", "item") else None
    if kind == "attribute":
        return getattr(owner, "__dict__", {}).get(parts[1])
    key = found(frame, parts[1]) if kind == "item" else None
    if type(owner) is dict and type(key) in (int, str):
        return owner.get(key)
    return next(iter(owner[key:][:1]), None) if type(owner) is list and type(key) is int else None
