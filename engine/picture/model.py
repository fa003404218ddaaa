"""The parts of a picture: boxes, their rows, arrows, lines of text. They know nothing of how they are drawn."""
from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """One value in a box: its name, its number, the root's derivative by it. `state` is dead, zero, unknown or ''."""

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


class Box(NamedTuple):
    """A value, the operation it comes from, and the values that are folded into it."""

    head:      Line
    operation: str
    formula:   str
    rows:      tuple[Line, ...]
    clusters:  tuple[str, ...]
    remark:    str                   # what is left out, or no longer true


class Arrow(NamedTuple):
    """From an operand to the box, or one row of the box, that is made of it; `carried`: the gradient it takes back."""

    tail:       str
    head:       str
    row:        str
    told:       bool                 # the row has the local derivative already
    slope:      float                # the local derivative
    text:       str
    carried:    float | None
    emphasised: bool
    tooltip:    str


class Contents(NamedTuple):
    """All that a picture shows; boxes in the order of the graph, operands first."""

    boxes:  list[Box]
    arrows: list[Arrow]
    legend: list[str]
