"""The steps of a page as pictures for slides, 1920 by 1080, an SVG and a PNG each."""
from __future__ import annotations

from pathlib import Path

from engine.picture.blanks import emptied, hidden
from engine.picture.colours import palette
from engine.picture.dot_text import Writer
from engine.picture.model import Contents
from engine.picture.rendering import rendered, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from engine.picture.model import Arrow, Box
    from engine.picture.steps import Step

POINTS = 1440, 810                   # 1920 by 1080 at 96 to the inch
MARGIN = 40


def frames_of(shown: Contents, steps: Sequence[Step], direction: str, folder: str | PathLike[str]) -> list[str]:
    """Write a picture for each step into a folder: what is not known by then is a gap. The paths come back."""
    place, paths = Path(folder), list[str]()
    place.mkdir(parents=True, exist_ok=True)
    for i, step in enumerate(steps):
        source = framed(until(shown, steps[:i + 1]), step, direction)
        for form in "svg", "png":
            path = place / f"{i + 1:03}.{form}"
            write(path, rendered(source, form))
            paths.append(str(path))
    return paths


def until(shown: Contents, steps: Sequence[Step]) -> Contents:
    """The picture after some steps: numbers that were met, the box of the last one emphasised."""
    forward, back = [{step.box for step in steps if step.backward is way} for way in (False, True)]
    now = steps[-1].box

    def box(b: Box) -> Box:
        head = b.head if b.head.key in back else emptied(b.head)
        head = head._replace(emphasised=head.key == now)
        if head.key not in forward:
            head = head._replace(number="", tooltip=head.name)
        rows = b.rows if b.head.key in back else map(emptied, b.rows)
        return b._replace(head=head, rows=tuple(row._replace(emphasised=False) for row in rows))

    def arrow(a: Arrow) -> Arrow:
        return (a if a.tail in back else hidden(a))._replace(emphasised=False)
    return Contents([*map(box, shown.boxes)], [*map(arrow, shown.arrows)], [])


def framed(shown: Contents, step: Step, direction: str) -> str:
    """The DOT text of a picture in the middle of a slide, the lines of its step above it."""
    title, *others = step.lines
    lines = [line for line in others[:1] if line.startswith("= ")]
    body = "\n".join(Writer(palette("light"), direction).statements(shown, title, lines))
    wide, tall = [float(word) * 72 for word in rendered(f"digraph {{ {body} }}", "plain").split()[2:4]]
    scale = min((POINTS[0] - MARGIN) / wide, (POINTS[1] - MARGIN) / tall)
    return f'digraph {{ {body}\nviewport="{POINTS[0]},{POINTS[1]},{scale:.4f}" dpi=96 }}'
