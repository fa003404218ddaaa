"""The step-through page: one HTML file without network, forward and then backward, a step per box."""
from __future__ import annotations

from html import escape

from engine.errors import PictureError
from engine.picture.browser import SCRIPT, style
from engine.picture.document import document, inline, shown
from engine.picture.drawing import inert
from engine.picture.frames import frames_of
from engine.picture.model import Contents
from engine.picture.rendering import rendered, write
from engine.picture.viewing import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike
    from typing import Any

    from engine.picture.steps import Step

BODY = """<header>
<h1>{title}</h1>
<div class="controls">
<button id="back" type="button" aria-label="step back">◀</button>
<button id="next" type="button" aria-label="step on">▶</button>
<button id="play" type="button">Play</button>
<label>step <input id="slider" type="range" min="1" max="{count}" value="1"></label>
<output id="where" for="slider"></output>
<span class="zoom"><button id="less" type="button" aria-label="smaller">−</button>
<button id="fit" type="button">Fit</button>
<button id="more" type="button" aria-label="larger">+</button></span>
</div>
<div id="now" role="status" aria-live="polite" aria-atomic="true"></div>
</header>
<main id="main">{drawing}</main>
<ul id="legend">{legend}</ul>
<details id="all"{open}>
<summary>All steps as text</summary>
<ol>
{items}
</ol>
</details>
{steps}"""


BESIDE = 'Where no page is shown above, .save("graph.html") writes it, to be opened in a browser.'


class Page:
    """A page that steps through a graph: `.save("loss.html")` writes it, `.open()` opens it; a notebook shows it."""

    def __init__(self, title: str, source: str, steps: Sequence[Step], shown: Contents | None = None,
                 direction: str = "LR", legend: Sequence[str] = ()) -> None:
        self.title, self.source, self.steps, self.legend = title, source, steps, legend
        self.shown, self.direction = shown or Contents([], [], []), direction

    @property
    def html(self) -> str:
        """The whole page. Where there is no Graphviz it has the steps, and says what is lacking."""
        try:
            drawing, unfolded = inert(rendered(self.source, "svg")), ""
        except PictureError as error:
            drawing, unfolded = f'<p class="lacking">{escape(str(error))}</p>', " open"
        legend = "".join(f"<li>{shown(line)}</li>" for line in self.legend)
        body = BODY.format(title=shown(self.title), drawing=drawing, open=unfolded, count=len(self.steps),
                           legend=legend, steps=inline("steps", data(self.steps)),
                           items="\n".join(map(item, self.steps)))
        return document(self.title, style(), body, SCRIPT)

    def save(self, path: str | PathLike[str]) -> str:
        """Write the page; what was there before is replaced only by a whole one. Errors: PictureError."""
        write(path, self.html.encode())
        return str(path)

    def frames(self, folder: str | PathLike[str]) -> list[str]:
        """Write each step as an SVG and a PNG of 1920 by 1080, for slides; the paths. Errors: PictureError."""
        return frames_of(self.shown, self.steps, self.direction, folder)

    def open(self) -> None:
        """Open the page in the browser; nothing is left behind."""
        show(self.html.encode(), "text/html; charset=utf-8")

    def _repr_html_(self) -> str:
        return f'<iframe sandbox="allow-scripts" title="{shown(self.title)}" width="100%" height="720" ' \
               f'style="border: 0" srcdoc="{escape(self.html)}"></iframe>' \
               f"\n{escape(BESIDE)}"

    def __repr__(self) -> str:
        return f'<page of {len(self.steps)} steps: .save("graph.html") writes it, .open() opens it>'


def item(step: Step) -> str:
    """A step in the list of all steps."""
    lines = "".join(f"<span>{shown(line)}</span>" for line in step.lines)
    return f"<li>{lines}</li>"


def data(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The steps as the script takes them."""
    return [{"backward": step.backward, "box": step.box, "lines": step.lines, "arrows": [f"e{i}" for i in step.arrows]}
            for step in steps]
