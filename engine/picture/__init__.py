"""Pictures of graphs: what a picture shows (contents), its DOT text (dot), and files and bytes of it (rendering)."""
from __future__ import annotations

import os
import sys

from graphviz import Digraph

from engine.errors import PictureError
from engine.naming import given_names
from engine.picture.colours import THEMES, following, palette
from engine.picture.contents import grouped_contents, path_contents
from engine.picture.dot import Writer
from engine.picture.grouping import Graph
from engine.picture.rendering import TEXTS, rendered, write
from engine.picture.title import chain_rule
from engine.picture.viewing import show
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from typing import Any

    from engine.picture.model import Contents

FORMATS    = ("svg", "png", "pdf")
DETAILS    = ("auto", "values", "folded", "names", "path")
DIRECTIONS = ("LR", "TB", "RL", "BT")
ALL        = 60                      # boxes, up to which "auto" shows every operation


class Picture(Digraph):  # type: ignore[misc]
    """A graph's picture: graphviz's Digraph, which also renders without the program dot.

    `.save("loss.svg")` writes it, `.view()` opens it; a notebook shows it. `.source` is its DOT text.
    """

    boxes, theme = 0, "light"

    def pipe(self, format: str | None = None, renderer: str | None = None, formatter: str | None = None,
             neato_no_op: Any = None, quiet: bool = False, *, engine: str | None = None,
             encoding: str | None = None) -> Any:
        """The picture as bytes, or with an encoding as text. Errors: PictureError."""
        form = (format or self.format).lower()
        picture = rendered(self.source, form)
        if form == "svg" and self.theme == "both":
            picture = following(picture.decode()).encode()
        return picture if encoding is None else picture.decode(encoding)

    def save(self, filename: str | PathLike[str] | None = None, directory: str | PathLike[str] | None = None, *,
             skip_existing: bool | None = False) -> str:
        """Write the picture in the format its ending names: svg, png, pdf, or DOT text for dot and gv.

        What was there before is replaced only by a whole picture. The path comes back. Errors: PictureError.
        """
        path = self.place(filename, directory)
        form = os.path.splitext(path)[1][1:].lower()
        if form not in (*FORMATS, *TEXTS):
            raise PictureError(f"cannot write {path!r}: a picture is saved as {', '.join((*FORMATS, *TEXTS))}, not as "
                               f"{form or 'a file without an ending'}; .pipe(format=...) has what else dot can do")
        write(path, self.pipe(form))
        return path

    def render(self, filename: str | PathLike[str] | None = None, directory: str | PathLike[str] | None = None,
               view: bool = False, cleanup: bool = False, format: str | None = None, *arguments: Any,
               outfile: str | PathLike[str] | None = None, **options: Any) -> str:
        """As graphviz does it: write the DOT text to `filename`, the picture beside it as filename.format."""
        source = self.place(filename, directory)
        form = (format or (os.path.splitext(outfile)[1][1:] if outfile else "") or self.format).lower()
        path = os.fspath(outfile) if outfile else f"{source}.{form}"
        picture = self.pipe(form)
        if not cleanup:
            write(source, self.source.encode())
        write(path, picture)
        if view:
            self.view()
        return path

    def view(self) -> None:
        """Open the picture in the browser; nothing is left behind."""
        show(self.pipe("svg"), "image/svg+xml")

    def place(self, filename: str | PathLike[str] | None, directory: str | PathLike[str] | None) -> str:
        return os.path.join(directory or self.directory or "", filename or self.filename)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **options: Any) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.pipe("svg").decode(), "text/plain": repr(self)}
        except PictureError as error:
            return {"text/plain": f"{self!r}\n{error}"}

    def __repr__(self) -> str:
        count = f"{self.boxes} box{'es' * (self.boxes != 1)}"
        return f'<picture of {count}: .save("graph.svg") writes it, .view() opens it>'


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
    shown = grouped_contents(graph, graph.groups(depth))
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
