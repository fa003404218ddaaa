"""A picture as graphviz's Digraph, which also renders without the program dot."""
from __future__ import annotations

import os
from base64 import b64encode

try:
    from graphviz import Digraph
except ImportError:
    raise ModuleNotFoundError("pictures need the package graphviz: pip install graphviz", name="graphviz") from None

from engine.errors import PictureError
from engine.picture.colours import fitting, following
from engine.picture.rendering import TEXTS, rendered, write
from engine.picture.viewing import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike
    from typing import Any

FORMATS = ("svg", "png", "pdf")


class Picture(Digraph):  # type: ignore[misc]
    """A graph's picture: graphviz's Digraph, which also renders without the program dot.

    `.save("loss.svg")` writes it, `.view()` opens it; a notebook shows it. `.source` is its DOT text.
    """

    boxes, theme = 0, "light"

    def write(self, statements: Iterable[str]) -> None:
        """Add statements to the DOT text."""
        self.body += [f"\t{statement}\n" for statement in statements]

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
        ending = os.path.splitext(outfile)[1][1:] if outfile else ""
        form = (format or ending or self.format).lower()
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
            svg = rendered(self.source, "svg").decode()
            if self.theme != "dark":                 # it was not asked to be dark for every reader
                svg = following(svg, inline=True)
            png = b64encode(self.pipe("png")).decode()           # where a notebook is not trusted, SVG is not shown
            return {"image/svg+xml": fitting(svg), "image/png": png, "text/plain": repr(self)}
        except PictureError as error:
            return {"text/plain": f"{self!r}\n{error}"}

    def __repr__(self) -> str:
        count = "1 box" if self.boxes == 1 else f"{self.boxes} boxes"
        return f'<picture of {count}: .save("graph.svg") writes it, .view() opens it>'

    __str__ = __repr__                               # print says so too; the DOT text is .source
