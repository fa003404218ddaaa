"""Pictures of graphs, and the page.

What a picture shows (model, contents, grouping, clusters, words, operations, title) stands apart from how it is drawn
(dot_text, colours), from files and browsers (digraph, rendering, viewing), and from the page (page, steps, drawing,
browser). May be imported: draw, walkthrough. Start here, then contents.
"""
from __future__ import annotations

import sys
from collections import Counter

from engine.errors import described
from engine.picture.colours import THEMES, palette
from engine.picture.contents import contents_of
from engine.picture.dot_text import Writer
from engine.picture.grouping import Graph
from engine.picture.page import Page
from engine.picture.steps import steps_of
from engine.picture.title import chain_rule
from engine.text.naming import given_names
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from engine.picture.digraph import Picture
    from engine.picture.model import Contents

DETAILS    = ("auto", "values", "folded", "names", "path")
DIRECTIONS = ("LR", "TB", "RL", "BT")
ROW        = 6                       # boxes beside each other that fit on a page


def draw(root: Value, wrt: Value | None = None, *, detail: str = "auto", title: str | None = None,
         theme: str = "light", direction: str | None = None, depth: int | None = None, limit: int | None = 300,
         names: Mapping[str, Any] | None = None) -> Picture:
    """The graph of a value as a picture: a box per value, the local derivative on each arrow.

    `wrt` emphasises every path from the root to it and writes the chain rule in the title. `detail` is "values" (a box
    per value), "folded" (leaves and constants become rows, chains of + become one), "names" (a box per named value),
    "path" (only the chain rule down to `wrt`), or "auto", by the count of boxes. `theme` is "light", "dark" or "both",
    an SVG that follows its reader's setting; `direction` "LR" (else for names, and for many boxes in a row) or "TB";
    `depth` how many boxes from the root; `limit` how many boxes at most. Unlabelled values take the caller's names, or
    those in `names`. Errors: PictureError if there would be too many boxes.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> draw(a * b, detail="values")
    <picture of 3 boxes: .save("graph.svg") writes it, .view() opens it>
    """
    check(root, wrt, detail, theme, direction, depth, limit)
    from engine.picture.digraph import Picture       # where graphviz is missing, all but the pictures works
    graph = Graph(root, wrt, given_names(names, sys._getframe(1)), detail)
    _, shown = contents_of(graph, depth, limit)
    writer = Writer(palette(theme), direction or direction_of(graph.detail, shown))
    picture = Picture("graph", format="svg")
    picture.write(writer.statements(shown, title or "", chain_rule(graph)))
    picture.boxes, picture.theme = len(shown.boxes), theme
    return picture


def direction_of(detail: str, shown: Contents) -> str:
    """Left to right for named values, top to bottom for every operation, unless that is a wide row or a long column."""
    if detail in ("names", "path"):
        return "LR" if detail == "names" or len(shown.boxes) <= ROW else "TB"
    levels = levels_of(shown)
    widest, deepest = max(Counter(levels.values()).values()), max(levels.values())
    return "LR" if widest > max(ROW, 3 * deepest) else "TB"


def levels_of(shown: Contents) -> dict[str, int]:
    """How far each box, by its key, is from the root at most: 1 for the root."""
    levels: dict[str, int] = {}
    heads: dict[str, list[str]] = {}
    for arrow in shown.arrows:
        heads.setdefault(arrow.tail, []).append(arrow.head)
    for box in reversed(shown.boxes):                # the root first
        key = box.head.key
        levels[key] = 1 + max([levels[head] for head in heads.get(key, ())], default=0)
    return levels


def check(root: Any, wrt: Any, detail: str, theme: str, direction: str | None, depth: Any, limit: Any,
          asked: str = "draw") -> None:
    """Refuse what cannot be drawn; `asked` is the function that was."""
    for v in [root] if wrt is None else [root, wrt]:
        if not isinstance(v, Value):
            raise TypeError(f"{asked}(root, wrt) needs Values; it got {described(v)}")
    for name, given, known in (("detail", detail, DETAILS), ("theme", theme, THEMES),
                               ("direction", direction or "LR", DIRECTIONS)):
        if given not in known:
            raise ValueError(f"{asked}(..., {name}=) is one of {', '.join(map(repr, known))}; it got {given!r}")
    for name, number, least in (("depth", depth, 0), ("limit", limit, 1)):
        if number is not None and (type(number) is not int or number < least):
            raise ValueError(f"{asked}(..., {name}=) is a whole number from {least} on, or None; it got {number!r}")
    if detail == "path" and wrt is None:
        raise ValueError('draw(root, detail="path") shows the path to one value: draw(root, wrt=b3, detail="path")')


def walkthrough(root: Value, wrt: Value | None = None, *, detail: str = "auto", title: str | None = None,
                limit: int | None = 300, names: Mapping[str, Any] | None = None) -> Page:
    """A page that steps through a graph: forward, then backward, each box with its formula and its numbers.

    `.save("loss.html")` writes it, one file that needs no network; `.open()` opens it; a notebook shows it. Arguments
    and errors are those of draw.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> walkthrough(a * b)
    <page of 2 steps: .save("graph.html") writes it, .open() opens it>
    """
    check(root, wrt, "auto" if detail == "path" else detail, "both", None, None, limit, "walkthrough")
    if detail == "path":
        raise ValueError('walkthrough goes through every box: detail= is "auto", "values", "folded" or "names"')
    from engine.picture.digraph import Picture
    graph = Graph(root, wrt, given_names(names, sys._getframe(1)), detail)
    words, shown = contents_of(graph, None, limit, walk=True)
    picture = Picture("graph")
    picture.write(Writer(palette("light"), direction_of(graph.detail, shown), marked=True).statements(shown, "", []))
    title = title or f"{graph.called(root) or 'A graph'}, step by step"
    return Page(title, chain_rule(graph), picture.source, steps_of(words, shown))
