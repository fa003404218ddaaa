"""Pictures of graphs: what a picture shows (contents), its DOT text (dot), and files and bytes of it (rendering)."""
from __future__ import annotations

import sys

from engine.errors import PictureError
from engine.naming import given_names
from engine.picture.colours import THEMES, palette
from engine.picture.contents import grouped_contents, path_contents
from engine.picture.digraph import Picture
from engine.picture.dot import Writer
from engine.picture.grouping import Graph
from engine.picture.title import chain_rule
from engine.picture.words import Words
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from engine.picture.model import Contents

DETAILS    = ("auto", "values", "folded", "names", "path")
DIRECTIONS = ("LR", "TB", "RL", "BT")
ALL        = 60                      # boxes, up to which "auto" shows every operation


def draw(root: Value, wrt: Value | None = None, *, detail: str = "auto", title: str | None = None,
         theme: str = "light", direction: str | None = None, depth: int | None = None, limit: int | None = 300,
         names: Mapping[str, Any] | None = None) -> Picture:
    """The graph of a value as a picture: a box per value, the local derivative on each arrow.

    `wrt` emphasises every path from the root to it and writes the chain rule in the title. `detail` is "values" (a box
    per value), "folded" (leaves and constants become rows, chains of + become one), "names" (a box per named value),
    "path" (only the chain rule down to `wrt`), or "auto", by the count of boxes. `theme` is "light", "dark" or "both",
    an SVG that follows its reader's setting; `direction` "LR" or "TB"; `depth` how many boxes from the root; `limit`
    how many boxes at most. Unlabelled values take the caller's names, or those in `names`. Errors: PictureError if
    there would be too many boxes.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> draw(a * b, detail="values")
    <picture of 3 boxes: .save("graph.svg") writes it, .view() opens it>
    """
    check(root, wrt, detail, theme, direction)
    graph = Graph(root, wrt, given_names(names, sys._getframe(1)), detail)
    shown = contents_of(graph, depth, limit)
    direction = direction or ("LR" if graph.detail in ("names", "path") else "TB")
    picture = Picture("graph", format="svg")
    lines = Writer(palette(theme), direction).statements(shown, title or "", chain_rule(graph))
    picture.body += [f"\t{line}\n" for line in lines]
    picture.boxes, picture.theme = len(shown.boxes), theme
    return picture


def check(root: Any, wrt: Any, detail: str, theme: str, direction: str | None) -> None:
    """Refuse what cannot be drawn."""
    for v in (root, *([] if wrt is None else [wrt])):
        if not isinstance(v, Value):
            raise TypeError(f"draw(root, wrt) needs Values; it got a {type(v).__name__}")
    for name, given, known in (("detail", detail, DETAILS), ("theme", theme, THEMES),
                               ("direction", direction or "LR", DIRECTIONS)):
        if given not in known:
            raise ValueError(f"draw(..., {name}=) is one of {', '.join(map(repr, known))}; it got {given!r}")
    if detail == "path" and wrt is None:
        raise ValueError('draw(root, detail="path") shows the path to one value: draw(root, wrt=b3, detail="path")')


def contents_of(graph: Graph, depth: int | None, limit: int | None) -> Contents:
    """What the picture shows, in the detail asked for; "auto" folds up to 60 boxes and then goes by names."""
    if graph.detail == "path":
        return path_contents(graph)
    if graph.detail != "auto":
        return counted(graph, depth, limit)
    graph.detail = "folded"
    if depth is not None or len(graph.heads()) <= ALL:
        shown = counted(graph, depth, None)
        if len(shown.boxes) <= ALL:
            return shown
    graph.detail = "names"
    if len(graph.heads()) == 1:
        graph.detail = "folded"
    return counted(graph, depth, limit)


def counted(graph: Graph, depth: int | None, limit: int | None) -> Contents:
    """What the picture shows, refused where there are too many boxes, before any work on them."""
    heads = len(graph.heads()) + (graph.detail == "values") * sum(v.op is None for v in graph.nodes)
    if depth is None and limit is not None and heads > limit:
        raise too_many(graph, heads, limit)
    shown = grouped_contents(Words(graph, graph.groups(depth)))
    if limit is not None and len(shown.boxes) > limit:
        raise too_many(graph, len(shown.boxes), limit)
    return shown


def too_many(graph: Graph, boxes: int, limit: int) -> PictureError:
    """The error for a picture that nobody could read."""
    named = graph.detail != "names" and any(v.op and graph.called(v) for v in graph.nodes if v is not graph.root)
    ways = ['detail="names" (a box per named value)'] if named else []
    ways += ['wrt=, detail="path" (only the chain rule)', "depth=3 (what is next to the root)", f"limit={boxes}"]
    return PictureError(f"this picture would have {boxes:,} boxes, more than limit={limit}; draw less: "
                        f"{', '.join(ways)}; or print(table(root))")
