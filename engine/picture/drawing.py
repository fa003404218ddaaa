"""An SVG from dot as an inert part of a page: only shapes and texts, found by the ids of boxes, numbers and arrows."""
from __future__ import annotations

import re
from html import escape
from xml.etree import ElementTree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SHAPES  = ("svg", "g", "polygon", "polyline", "path", "ellipse", "text")
ALLOWED = ("width", "height", "viewBox", "transform", "fill", "stroke", "stroke-width", "stroke-dasharray", "points",
           "d", "x", "y", "cx", "cy", "rx", "ry",
           "text-anchor", "font-family", "font-size", "font-weight", "font-style")
MARKS   = {                          # how dot names what has an id, and a cell that has one
    "box": r"(n\d+)", "arrow": r"(e\d+)", "number": r"a_(n\d+)(?:r\d+)?v", "slope": r"a_(n\d+)(?:r\d+)?d",
}


def inert(svg: bytes) -> str:
    """The SVG with nothing in it but what is allowed: no links, scripts or styles; what is said of a thing as a title.

    >>> print(inert(b'<svg><g id="n1"><a href="x"><text onclick="y">&lt;b></text></a></g><script>z</script></svg>'))
    <svg xmlns="http://www.w3.org/2000/svg"><g class="box" data-key="n1"><g><text>&lt;b&gt;</text></g></g></svg>
    """
    parts: list[str] = []
    stack: list[ElementTree.Element | str] = [ElementTree.fromstring(svg)]
    while stack:
        element = stack.pop()
        if isinstance(element, str):
            parts.append(element)
            continue
        name = local(element.tag)
        kind = "g" if name == "a" else name
        if kind in SHAPES:
            text = escape(element.text or "") if kind == "text" else ""
            parts += [f"<{kind}{''.join(attributes(element, kind))}>", said(element), text]
            stack += [f"</{kind}>", *reversed(element)]
    return "".join(parts)


def attributes(element: ElementTree.Element, kind: str) -> Iterator[str]:
    """The allowed attributes of an element, and what marks it."""
    if kind == "svg":
        yield ' xmlns="http://www.w3.org/2000/svg"'
    given = element.get("id", "")
    for name, pattern in MARKS.items():
        if found := re.fullmatch(pattern, given):
            yield f' class="{name}" data-key="{found[1]}"'
    for key, text in element.attrib.items():
        if key in ALLOWED:
            yield f' {key}="{escape(text)}"'


def said(element: ElementTree.Element) -> str:
    """The tooltip of what dot made a link for, as a title."""
    texts = [text for key, text in element.attrib.items() if local(key) == "title" and text.strip()]
    return f"<title>{escape(texts[0])}</title>" if texts else ""


def local(name: str) -> str:
    """A name without its namespace."""
    return name.split("}")[-1]
