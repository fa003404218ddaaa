"""The live page: one HTML file without network; its numbers can be moved, and the chain rule follows.

Code is text of the page, from the rows of the table and from the files in this room; the graph is data.
"""
from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import Any

from engine.live.data import Data
from engine.picture.browser import variables
from engine.picture.document import document, inline, shown
from engine.picture.page import Page
from engine.readers.javascript import functions
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from os import PathLike

HANDS   = (("light", "#6b33d0", "#ffffff"), ("dark", "#b79bff", "#14091f"))  # violet, and what is written on it
SCRIPTS = ("words", "state", "elements", "drawing", "curve", "typed", "cards", "stages", "main")

BODY = """<header class="bar">
<h1>{question}</h1>
<div id="tools" class="tools">
<button type="button" id="everything">Show everything</button>
<button type="button" id="reset">Reset</button>
</div>
</header>
<main>
<h2 id="ask" class="ask"></h2>
<div class="panels">
<section class="left" aria-label="graph">
<div id="drawing" class="drawing"></div>
<div id="hand" class="hands"></div>
<p id="trouble" class="trouble"></p>
<div id="under" class="under"></div>
</section>
<section id="side" class="side" aria-label="curve"></section>
</div>
<p id="legend" class="legend"></p>
<div id="more"></div>
<div id="said" class="heard" role="status" aria-live="polite" aria-atomic="true"></div>
</main>
<footer id="foot" class="foot"></footer>
{data}"""


class LivePage(Page):
    """A page whose numbers can be moved: `.save("loss.html")` writes it, `.open()` opens it; a notebook shows it."""

    def __init__(self, root: Value, wrt: Sequence[Value], called: Mapping[Value, str], title: str,
                 limit: int | None, slides: Callable[[], Page]) -> None:
        self.slides, self.data = slides, Data(root, wrt, called, limit)
        self.title = title or self.data.question

    @property
    def html(self) -> str:
        """The whole page."""
        script = f'{parts(self.data.recording.script)}\nstart(JSON.parse(find("page").textContent));'
        return live_document(self.title, style(), script, self.data.content)

    def frames(self, folder: str | PathLike[str]) -> list[str]:
        """Write each step as an SVG and a PNG of 1920 by 1080, for slides; the paths. Errors: PictureError."""
        return self.slides().frames(folder)

    def _repr_html_(self) -> str:
        return f'<iframe sandbox="allow-scripts" title="{shown(self.title)}" width="100%" height="800" ' \
               f'style="border: 0" srcdoc="{escape(self.html)}"></iframe>'

    def __repr__(self) -> str:
        count = "1 box" if len(self.data.base) == 1 else f"{len(self.data.base)} boxes"
        return f'<live page of {count}: .save("graph.html") writes it, .open() opens it>'


def live_document(question: str, sheet: str, script: str, data: Any) -> str:
    """A page with the places that the scripts of this room fill."""
    return document(question, sheet, BODY.format(question=shown(question), data=inline("page", data)), script)


def parts(rows: str) -> str:
    """The code of this room around the rows of a page; what it begins with comes after it."""
    return "\n".join(['"use strict";', source("numbers.js"), functions(), rows, source("graph.js"),
                      *[source(f"{name}.js") for name in SCRIPTS]])


def source(name: str) -> str:
    """A file of this room."""
    return (files("engine.live") / name).read_text(encoding="utf-8")


def style() -> str:
    """The style sheet, in the colours of pictures."""
    light, dark = [f":root {{ --hand: {hand}; --on-hand: {on}; {variables(theme)} }}" for theme, hand, on in HANDS]
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{ {dark} }}\n{source('live.css')}"
