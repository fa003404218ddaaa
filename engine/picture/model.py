"""The parts of a picture: boxes, their rows, arrows, lines of text. They know nothing of how they are drawn."""
from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """One value in a box: its name, its number, the root's derivative by it. `state` is off, zero, unknown or ''.

    Where the slope is only what comes from this box, `whole` is the derivative that it is a share of. `part` says how
    much of the derivative by what is emphasised goes through it, against where most does.
    """

    key:        str
    name:       str
    number:     str
    slope:      str
    sign:       int                  # of the derivative
    state:      str
    note:       str                  # what else there is to say of its gradient
    emphasised: bool
    constant:   bool
    tooltip:    str
    whole:      str   = ""
    part:       float = 1.0


class Box(NamedTuple):
    """A value, the operation it comes from, and the values that are folded into it."""

    head:      Line
    operation: str
    formula:   str
    rows:      tuple[Line, ...]
    clusters:  tuple[str, ...]
    remark:    str                   # what is left out, or no longer true


class Arrow(NamedTuple):
    """From an operand to the box, or one row of the box, that is made of it; `carried`: the gradient it takes back.

    `part` is what of the derivative by the emphasised value goes along it.
    """

    tail:       str
    head:       str
    row:        str
    told:       bool                 # the row has the local derivative already
    slope:      float                # the local derivative
    text:       str
    carried:    float | None
    emphasised: bool
    tooltip:    str
    part:       float = 0.0


class Contents(NamedTuple):
    """All that a picture shows; boxes in the order of the graph, operands first."""

    boxes:  list[Box]
    arrows: list[Arrow]
    legend: list[str]
