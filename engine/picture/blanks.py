"""A picture with gaps, to be filled in by hand: nothing in it tells what belongs there, colours and widths included."""
from __future__ import annotations

from engine.picture.model import Arrow, Box, Contents, Line

BLANKS = ("grad",)
GAP    = "_______"


def without_gradients(shown: Contents) -> Contents:
    """The same boxes and arrows without derivatives: a gap in the place of each ∂ and of each factor.

    >>> from engine.picture.model import Contents
    >>> without_gradients(Contents([], [], ["∂ is ..."])).legend
    ['∂ and × are to be filled in']
    """
    boxes = [Box(emptied(b.head), b.operation, b.formula, tuple(map(emptied, b.rows)), b.clusters, "")
             for b in shown.boxes]
    return Contents(boxes, [*map(hidden, shown.arrows)], ["∂ and × are to be filled in"])


def emptied(line: Line) -> Line:
    """A line with its value alone."""
    return line._replace(slope=GAP, sign=0, note="", state="", whole="", part=1.0, tooltip=f"{line.name} {line.number}")


def hidden(a: Arrow) -> Arrow:
    """An arrow without its factor and what it carries."""
    return a._replace(text=GAP if a.text else "", carried=None, slope=0.0, tooltip=" ", part=0.0)
