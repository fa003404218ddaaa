"""A picture's contents as DOT text. Every label is data: whatever it holds, it is shown literally."""
from __future__ import annotations

from collections import Counter
from math import isfinite, sqrt
from unicodedata import category

from engine.picture.layout import SIGN, SMALL, crowded, rows_of_parts, width
from engine.text.naming import shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.picture.model import Arrow, Box, Contents, Line

FONT    = "DejaVu Sans Mono,Menlo,Consolas,Liberation Mono,Courier New,monospace"
LONGEST = 400                        # signs of one text
SPACES  = "\n\r\t"
UNSEEN  = "Cc", "Cs", "Cn"            # categories of signs: control, half of a pair, none
BIDI    = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ESCAPES = {"\\": "\\\\", "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
TABLE   = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">'
GAP     = '<BR/><FONT POINT-SIZE="10"> </FONT>'     # below the label of a level arrow, which else lies on it
WIDE    = 2.5                        # an emphasised arrow, as long as its gradient is not known
NARROW  = 56                         # signs of the legend's lines above the narrowest picture
BETWEEN = "   ·   "
ROWS    = "an arrow to a row: × the number in that row"
BEFORE  = "× before a row: the local derivative of the arrow to it"
HUES    = {-1: "blue", 0: "grey", 1: "orange"}


class Writer:
    """Writes DOT statements in the colours of one theme; `marked`, a page can find boxes, numbers and arrows by id."""

    def __init__(self, colours: Mapping[str, str], direction: str, marked: bool = False) -> None:
        self.colours, self.direction, self.marked = colours, direction, marked
        self.sideways = direction in ("LR", "RL")

    def statements(self, picture: Contents, title: str, chain: Sequence[str]) -> list[str]:
        """The statements of the whole picture."""
        soft, beside = self.colours["soft"], rows_of_parts(picture)
        clustered = {box.head.key for box in picture.boxes if box.clusters}
        if self.sideways:                            # where dot begins at the bottom of a cluster
            beside = [row[::-1] if row[0] in clustered else row for row in beside]
        heads = {arrow.head for arrow in picture.arrows}
        self.apart = {box.head.key for box in picture.boxes
                      if beside and self.sideways and clustered and box.head.key not in clustered | heads}
        self.largest = max([abs(a.carried) for a in picture.arrows if a.carried and isfinite(a.carried)], default=0.0)
        self.most    = max([abs(a.part) for a in picture.arrows if isfinite(a.part)], default=0.0)
        self.faint   = any(a.emphasised for a in picture.arrows) and not self.marked      # a page goes through all
        docked = [arrow for arrow in picture.arrows if self.docked(arrow) and not self.marked]
        ends = Counter([arrow.row for arrow in docked])
        self.factors = {a.row: a for a in docked if a.text and not a.told and ends[a.row] == 1}
        loose = [arrow for arrow in picture.arrows if not self.docked(arrow)]
        among = Counter([(arrow.tail, arrow.head) for arrow in picture.arrows])
        self.names = {box.head.key: box.head.name for box in picture.boxes}
        self.fans: dict[str, dict[str, Arrow]] = {}  # arrows that get a row of their own, by their heads and tails
        for a in crowded(picture, loose) if self.direction == "LR" and not self.marked else ():
            if self.names[a.tail] and among[a.tail, a.head] == 1:
                self.fans.setdefault(a.head, {})[a.tail] = a
        tall = not self.sideways and crowded(picture, picture.arrows)
        nodesep, ranksep = (0.25, 0.8) if self.sideways else (0.2, 1.0 if tall else 0.4)
        return [                                     # with remincross, dot forgets the order of parts within clusters
            f"graph [rankdir={self.direction} bgcolor={self.colour('paper')} fontname={quoted(FONT)} fontsize=11 "
            f"fontcolor={quoted(soft)} pad=0.15 nodesep={nodesep} ranksep={ranksep} remincross=false "
            f"labelloc=t labeljust=l tooltip={quoted(title or ' ')} "
            f"label={self.heading(title, chain, picture)}]",
            f'node [shape=box style="rounded,filled" margin="0,0.03" height=0.3 fillcolor={self.colour("box")} '
            f"color={self.colour('border')} fontcolor={self.colour('ink')} fontname={quoted(FONT)} fontsize=12]",
            f"edge [fontname={quoted(FONT)} fontsize=10 fontcolor={quoted(soft)} arrowsize=0.7 decorate=true]",
            *self.clustered(picture.boxes, beside),
            *[f"{a} -> {b} [style=invis]" for row in beside for a, b in zip(row, row[1:])],
            *[self.arrow(a, f"e{i}") for i, a in enumerate(picture.arrows, 1)],
        ]

    def heading(self, title: str, chain: Sequence[str], picture: Contents) -> str:
        """The lines above the picture: its title, the chain rule, how to read it."""
        rows = [self.font(title, "ink", "B", 15)] if title else []
        wide = max(NARROW * SMALL, width(picture, self.direction))
        parts = [part for text in chain for part in text.removeprefix("= ").split(" = ")]
        rows += [self.font(text, "ink", "", 12) for text in lines_of(parts, int(wide / SIGN) - 5, " = ")]
        legend = [] if self.marked else self.legend(picture)         # a page has it beside the drawing
        rows += [self.font(text, "soft", "", 10) for text in lines_of(legend, int(wide / SMALL), BETWEEN)]
        lines = "".join(f'<TR><TD ALIGN="LEFT">{row}</TD></TR>' for row in rows)
        return f'<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="3">{lines}<TR><TD HEIGHT="8"></TD></TR></TABLE>>'

    def legend(self, picture: Contents) -> list[str]:
        """The lines that say how to read the picture, as it is drawn."""
        told = any([arrow.told and self.docked(arrow) for arrow in picture.arrows])
        return [*picture.legend, *[ROWS] * told, *[BEFORE] * bool(self.factors or self.fans)]

    def clustered(self, boxes: Iterable[Box], beside: Sequence[Sequence[str]]) -> list[str]:
        """The statements of boxes within their clusters, those that are beside each other in one rank."""
        rows = {min(row): " ".join(row) for row in beside}
        tree = boxes_of(boxes)
        numbers = {cluster: i for i, cluster in enumerate(tree)}
        lines: list[str] = []
        path: tuple[str, ...] = ()
        for cluster in nested(list(tree)):
            while path != cluster[:len(path)]:
                path = path[:-1]
                lines.append("  " * len(path) + "}")
            if len(cluster) > len(path):
                lines.append("  " * len(path) + self.opening(f"cluster_{numbers[cluster]}", cluster))
                path = cluster
            lines += ["  " * len(path) + self.box(box) for box in tree[cluster]]
            lines += ["  " * len(path) + f"{{ rank=same {rows[box.head.key]} }}" for box in tree[cluster]
                      if box.head.key in rows]
        return lines + ["  " * i + "}" for i in reversed(range(len(path)))]

    def opening(self, key: str, cluster: tuple[str, ...]) -> str:
        """How the statement of a cluster begins."""
        corner = "labelloc=t labeljust=l" if self.sideways else "labelloc=b labeljust=r"
        ground = f"cluster {(len(cluster) - 1) % 2}"
        return f'subgraph {key} {{ graph [style="rounded,filled" margin=12 {corner} ' \
               f"fillcolor={self.colour(ground)} color={self.colour('cluster')} " \
               f"label=<{safe(cluster[-1])}> tooltip={quoted('.'.join(cluster))}]"

    def box(self, b: Box) -> str:
        """The statement of one box: a table with the value, what it computes, a row per folded value."""
        room = max([signs_of(self.factors[line.key]) for line in b.rows if line.key in self.factors], default=0)
        rows = [self.head(b), *[self.row(line, room) for line in b.rows]]
        if b.formula:
            rows.insert(1, self.wide(b.formula))
        fan = self.fans.get(b.head.key, {})
        rows += [self.wide(self.names[a.tail], f' PORT="{a.tail}"', self.factor(a, max(map(signs_of, fan.values()))))
                 for a in fan.values()]
        if b.remark:
            rows.append(self.wide(b.remark))
        return f"{b.head.key} [label=<{TABLE}{''.join(rows)}</TABLE>>{self.border(b.head)}{self.mark(b.head.key)} " \
               f"tooltip={quoted(b.head.tooltip)}]"

    def border(self, line: Line) -> str:
        """How the border of a box is drawn, where that is not as usual."""
        if line.emphasised:
            return f" penwidth={1 + 1.5 * sqrt(line.part):.1f} color={self.colour('ink')}"
        return ' style="rounded,filled,dashed"' if line.state == "off" else ""

    def head(self, b: Box) -> str:
        """The first row of a box's table."""
        line = b.head
        colour, ground = ink(line), "emphasis" if line.emphasised else ""
        parts = [(line.name, ground), (b.operation, ground or "operation")]
        cells = [self.cell(text, colour, fill, line, "LEFT") for text, fill in parts if text]
        number = self.cell(line.number, colour, ground, line, more=self.mark(line.key, "v"))
        return f"<TR>{''.join(cells)}{number}{self.slope(line)}</TR>{self.note(line, len(cells))}"

    def row(self, line: Line, room: int) -> str:
        """The row of a folded value; where arrows to rows of its box have numbers, with so much room for one."""
        colour, ground = ("ink", "emphasis") if line.emphasised else ("soft", "")
        number = self.cell(line.number, ink(line), ground, line, size=10, more=self.mark(line.key, "v"))
        name = self.cell(line.name, colour, ground, line, "LEFT", 10, f' PORT="{line.key}"',
                         self.factor(self.factors.get(line.key), room) if room else "")
        return f"<TR>{name}{number}{self.slope(line, 10)}</TR>{self.note(line, 1)}"

    def factor(self, arrow: Arrow | None, room: int) -> str:
        """The local derivative of the arrow that ends at a row, underlined as on an arrow; room where none does."""
        if arrow is None:
            return self.font(" " * (room + 5), "soft", "", 10)
        hue = hue_of(arrow.carried)
        text = self.font(f"× {arrow.text}", "soft" if hue == "grey" else hue, "U", 10)
        return text + self.font(" " * (room - len(arrow.text) + 3), "soft", "", 10)

    def slope(self, line: Line, size: int = 0) -> str:
        """The ∂ cell, tinted in the colour of its sign."""
        if line.constant:
            return self.cell("", "soft", "", line) if size else ""
        hue = HUES[line.sign]
        colour, ground = (hue, f"pale {hue}") if line.sign else ("soft", "")
        return self.cell(derivative(line), colour, ground, line, size=size, more=self.mark(line.key, "d"))

    def note(self, line: Line, columns: int) -> str:
        """A second line of the ∂ cell."""
        if not line.note:
            return ""
        return f'<TR><TD ALIGN="RIGHT" COLSPAN="{columns + 2}">{self.font(line.note, "soft", "", 9)}</TD></TR>'

    def wide(self, text: str, more: str = "", before: str = "") -> str:
        """A line of text across a box's table."""
        return f'<TR><TD ALIGN="LEFT" COLSPAN="3"{more}>{before}{self.font(text, "soft", "", 10)}</TD></TR>'

    def cell(self, text: str, colour: str, ground: str, line: Line, side: str = "RIGHT", size: int = 0,
             more: str = "", before: str = "") -> str:
        """One cell; what is emphasised is bold."""
        filled = f' STYLE="ROUNDED" BGCOLOR="{self.colours[ground]}"' if ground else ""
        content = before + self.font(text, colour, "B" if line.emphasised else "", size)
        return f'<TD ALIGN="{side}"{filled}{more}>{content}</TD>'

    def font(self, text: str, colour: str, face: str = "", size: int = 0) -> str:
        """Text in a colour, a face and a size."""
        if not text:
            return ""
        content = f"<{face}>{safe(text)}</{face}>" if face else safe(text)
        sized = f' POINT-SIZE="{size}"' if size else ""
        return f'<FONT COLOR="{self.colours[colour]}"{sized}>{content}</FONT>'

    def mark(self, key: str, part: str = "") -> str:
        """What makes a box, an arrow, or a cell of a box an element with an id; a cell needs a link for it."""
        if not self.marked:
            return ""
        return f' ID="{key}{part}" HREF="#" TITLE=" "' if part else f' id="{key}"'

    def arrow(self, a: Arrow, key: str) -> str:
        """The statement of one arrow, in the colour of the sign of the gradient that it carries."""
        strong, docked = a.emphasised and a.carried != 0.0, self.docked(a)
        fanned = self.fans.get(a.head, {}).get(a.tail) is a
        row = a.tail if fanned else a.row
        tail, head = (f"{a.tail}:e", f"{a.head}:{row}:w") if docked or fanned else (a.tail, a.head)
        hue = hue_of(a.carried)
        colour = self.colour(f"faint {hue}" if self.faint and not strong else f"{hue} line")
        dashed = " style=dashed" if a.carried == 0.0 else ""
        loose = " constraint=false" if a.tail in self.apart else ""      # else it may turn the order of parts
        shown = docked and a.told or a.row in self.factors or fanned
        label = "" if shown else self.label(a.text, "soft" if hue == "grey" else hue, colour, strong)
        return f"{tail} -> {head} [color={colour} penwidth={self.thickness(a, strong):.2f}{self.mark(key)}" \
               f"{dashed}{loose}{label} tooltip={quoted(a.tooltip)} labeltooltip={quoted(a.tooltip)}]"

    def docked(self, a: Arrow) -> bool:
        """Whether an arrow ends at a row, not at the box."""
        return a.row != "" and self.direction == "LR"

    def thickness(self, a: Arrow, strong: bool) -> float:
        """How wide an arrow is: by the gradient that it carries; an emphasised one by its part, others then less."""
        if strong:
            return 1 + thickness(a.part, self.most) if a.carried is not None else WIDE
        return max(0.8, 0.4 * thickness(a.carried, self.largest)) if self.faint else thickness(a.carried, self.largest)

    def label(self, text: str, hue: str, line: str, strong: bool) -> str:
        """The label of an arrow in its colour, with room around it, and with a line of that colour to the arrow."""
        if not text:
            return ""
        label = f"&nbsp;&nbsp;× {safe(text)}&nbsp;"
        label = f"<FONT COLOR={self.colour(hue)}>{f'<B>{label}</B>' if strong else label}</FONT>"
        return f" fontcolor={line} label=<{label}{GAP if self.sideways else ''}>"

    def colour(self, role: str) -> str:
        return f'"{self.colours[role]}"'


def lines_of(texts: Iterable[str], wide: int, between: str) -> list[str]:
    """Texts beside each other in lines of so many signs, a longer one in a line of its own.

    >>> lines_of(["a", "b", "c + d"], 6, " = ")
    ['a = b', '= c + d']
    """
    lines: list[str] = []
    for text in texts:
        if lines and len(lines[-1]) + len(between) + len(text) <= wide:
            lines[-1] += between + text
        else:
            lines.append(f"{between.strip(' ·')} {text}".strip() if lines else text)
    return lines


def signs_of(arrow: Arrow) -> int:
    """How many signs the number of an arrow has."""
    return len(arrow.text)


def derivative(line: Line) -> str:
    """What stands in the ∂ cell: the derivative, or a share and that of which it is one."""
    if not line.whole:
        return f"∂ {line.slope}"
    share, comma, why = line.slope.partition(",")
    return f"share {share} of {line.whole}{comma}{why}"


def ink(line: Line) -> str:
    """The colour of a number: soft for what has no part in the gradients, unless it is emphasised."""
    aside = line.constant or line.state == "off"
    return "soft" if aside and not line.emphasised else "ink"


def hue_of(carried: float | None) -> str:
    """The colour of an arrow by the gradient that it carries."""
    if not carried:
        return "grey"
    return "blue" if carried < 0 else "orange"


def thickness(carried: float | None, largest: float) -> float:
    """How wide an arrow is by the gradient that it carries: from 1, for none, to 4, for the largest."""
    if not carried or not largest or not isfinite(carried):
        return 1.0
    return 1 + 3 * sqrt(abs(carried) / largest)


def boxes_of(boxes: Iterable[Box]) -> dict[tuple[str, ...], list[Box]]:
    """The boxes in each cluster, those apart that are in one within it; what is in none first."""
    tree: dict[tuple[str, ...], list[Box]] = {(): []}
    for box in boxes:
        for i in range(len(box.clusters)):
            tree.setdefault(box.clusters[:i + 1], [])
        tree[box.clusters].append(box)
    return tree


def nested(clusters: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Clusters so that each is followed by those within it, else in the order given."""
    places = {cluster: i for i, cluster in enumerate(clusters)}
    return sorted(clusters, key=lambda cluster: [places[cluster[:i + 1]] for i in range(len(cluster))])


def visible(text: str, longest: int = LONGEST) -> str:
    """The text without control signs and what turns its direction, cut where it is long."""
    return shortened("".join(map(seen, text[:4 * longest])), longest)


def seen(sign: str) -> str:
    """A sign, or what stands for one that cannot be seen."""
    if sign in SPACES:
        return " "
    return "\ufffd" if category(sign) in UNSEEN or sign in BIDI else sign


def safe(text: str, longest: int = LONGEST) -> str:
    r"""The text inside an HTML-like label.

    >>> print(safe("<b> & \\N"))
    &lt;b&gt; &amp; \\N
    """
    return "".join(ESCAPES.get(c, c) for c in visible(text, longest))


def quoted(text: str) -> str:
    r"""The text as a DOT string; line breaks stay.

    >>> print(quoted('say "\\N"'))
    "say \"\\N\""
    """
    each = [visible(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n")]
    return '"' + "\\n".join(each) + '"'
