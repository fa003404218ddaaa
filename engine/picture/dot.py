"""A picture's contents as DOT text. Every label is data: whatever it holds, it is shown literally."""
from __future__ import annotations

from math import isfinite, sqrt
from unicodedata import category

from engine.naming import digits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine.picture.contents import Arrow, Box, Contents

FONT     = "DejaVu Sans Mono,Menlo,Consolas,Liberation Mono,Courier New,monospace"
LONGEST  = 40                        # signs of a label in a box; the tooltip has more
BIDI     = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ESCAPES  = {"\\": "\\\\", "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
COLOURS  = {
    "paper": "#fdfdfe", "ink": "#14171c", "soft": "#57606a", "border": "#c4ccd6", "operation": "#e9edf3",
    "blue":   "#0a578c", "pale blue":   "#e4f0f8", "blue line":   "#3c80b0",
    "orange": "#a04000", "pale orange": "#fdf0e6", "orange line": "#c27238",
    "grey line": "#929ba6",
}


def lines(picture: Contents) -> list[str]:
    """The statements of the DOT text."""
    legend = f"each box: value and ∂ = ∂{picture.root or 'root'}/∂value   ·   on an arrow: local derivative   ·   " \
             "width = size of the gradient it carries   ·   blue ∂ < 0, orange ∂ > 0"
    largest = max((abs(a.carried) for a in picture.arrows if a.carried and isfinite(a.carried)), default=0.0)
    return [
        f"graph [bgcolor={quoted(COLOURS['paper'])} rankdir=TB fontname={quoted(FONT)} fontsize=11 labelloc=t "
        f"labeljust=l label=<<FONT COLOR={quoted(COLOURS['soft'])}>{safe(legend, 400)}</FONT>>]",
        f"node [shape=plain fontname={quoted(FONT)} fontsize=12]",
        f"edge [fontname={quoted(FONT)} fontsize=10 fontcolor={quoted(COLOURS['soft'])} arrowsize=0.7]",
        *map(box, picture.boxes),
        *(arrow(a, largest) for a in picture.arrows),
    ]


def box(b: Box) -> str:
    """The statement of one box."""
    hue = "" if not b.slope else "blue" if b.slope < 0 else "orange"
    cells = [cell(b.operation, "ink", "operation")] if b.operation else []
    cells += [cell(b.name, "soft")] if b.name else []
    cells += [cell(b.number, "soft" if b.constant else "ink")]
    if not b.constant:
        text = "–" if b.slope is None else digits(b.slope)
        cells.append(cell(f"∂ {text}", hue or "soft", f"pale {hue}" if hue else ""))
    table = f'<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4" STYLE="ROUNDED" ' \
            f'COLOR="{COLOURS["border"]}"><TR>{"".join(cells)}</TR></TABLE>'
    return f"{b.key} [label=<{table}> tooltip={quoted(b.tooltip)}]"


def cell(text: str, colour: str, ground: str = "") -> str:
    """One cell of a box's table."""
    filled = f' BGCOLOR="{COLOURS[ground]}"' if ground else ""
    return f'<TD ALIGN="RIGHT"{filled}><FONT COLOR="{COLOURS[colour]}">{safe(text)}</FONT></TD>'


def arrow(a: Arrow, largest: float) -> str:
    """The statement of one arrow: as wide as the root of the gradient it carries, in the colour of its sign."""
    share = abs(a.carried) / largest if a.carried and largest and isfinite(a.carried) else 0.0
    hue = "grey" if not a.carried else "blue" if a.carried < 0 else "orange"
    style = " style=dashed" if a.carried == 0.0 else ""
    text = f"  {a.slope + 0.0:.3g}  " if isfinite(a.slope) else "  no slope  "
    return f"{a.tail} -> {a.head} [label={quoted(text)} color={quoted(COLOURS[hue + ' line'])} " \
           f"penwidth={1 + 3 * sqrt(share):.2f}{style} tooltip={quoted(a.tooltip)} labeltooltip={quoted(a.tooltip)}]"


def visible(text: str, longest: int = LONGEST) -> str:
    """The text without control signs and what turns its direction, cut where it is long."""
    text = "".join(" " if c in "\n\r\t" else "\ufffd" if category(c) in ("Cc", "Cs", "Cn") or c in BIDI else c
                   for c in text[:4 * longest])
    return text if len(text) <= longest else text[:longest - 1] + "…"


def safe(text: str, longest: int = LONGEST) -> str:
    """The text inside an HTML-like label.

    >>> safe(r"<b> & \\N")
    '&lt;b&gt; &amp; \\\\\\\\N'
    """
    return "".join(ESCAPES.get(c, c) for c in visible(text, longest))


def quoted(text: str) -> str:
    r"""The text as a DOT string; line breaks stay.

    >>> print(quoted('say "\\N"'))
    "say \"\\N\""
    """
    each = [visible(line, 400).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n")]
    return '"' + "\\n".join(each) + '"'
