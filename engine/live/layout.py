"""Where boxes and arrows stand: on a wide page from left to right, on a telephone from top to bottom.

A chain of boxes, the most usual first screen, is laid out here: the way in one line, what is quiet above and below it.
All else is laid out by Graphviz, every state of a page in one call; without Graphviz boxes stand in their layers. Sizes
are in pixels. The ∂ cell hangs below a box, in room that is kept for it.
"""
from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from engine.errors import PictureError
from engine.live.boxes import row_name
from engine.picture.rendering import rendered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.live.boxes import Box

INCH = 72
ROWS = 6                             # leaves that are rows of one box; the rest is counted
LABEL = 20                           # more room for the labels of arrows that cross between layers, or go to the side
LINES = 3                            # of such labels below each other on a telephone, at most
QUIET = 52                           # height of a quiet box on a telephone
WIDEST = 1500                        # boxes of all layouts together; beyond, they stand in their layers


class Form(NamedTuple):
    """What differs between a wide page and a telephone."""

    direction: str
    letter:    float                 # the width of one
    least:     int                   # width of a box
    number:    int                   # width of a number
    height:    int
    slope:     int                   # height of the ∂ cell
    row:       int
    gap:       int                   # between boxes along the way, and beside each other
    beside:    int


WIDE = Form("LR", 9.4, 110, 88, 72, 38, 26, 84, 26)
TALL = Form("TB", 7.6, 110, 70, 38, 28, 22, 18, 16)
FORMS = {"wide": WIDE, "tall": TALL}

State = tuple[list["Box"], list[tuple["Box", "Box"]]]


class Layout(NamedTuple):
    """The size of a drawing, its boxes as x, y, width, height, its arrows as points of a curve."""

    width:  float
    height: float
    boxes:  list[list[float]]
    arrows: list[list[float]]


def layouts(states: Sequence[State], form: Form) -> list[Layout]:
    """The layouts of several states of a page."""
    found: list[Layout | None] = [chain(*state, form) for state in states]
    others = [i for i, layout in enumerate(found) if layout is None]
    if others:
        for i, layout in zip(others, drawn([states[i] for i in others], form)):
            found[i] = layout
    return [layout for layout in found if layout]


def size(box: Box, form: Form) -> tuple[float, float]:
    """The width and the height of a box, as wide as the widest number that may come."""
    texts = [len(box.op) * form.letter * 0.95 + 10 + form.number, form.least - 24.0]
    if form is TALL and box.kind == "quiet":         # on two lines, to stand beside the way
        return min(max(texts[0], len(box.name) * form.letter * 0.9) + 20, 140), QUIET + form.row * shown_rows(box)
    if form is WIDE:
        texts.append(len(box.name) * form.letter)
    else:
        texts[0] += len(box.name) * form.letter + 8 * bool(box.op)
    texts += [len(row_name(row.label, box.head.label)) * form.letter * 0.9 + 10 + form.number for row in box.rows]
    return max(texts) + 24, form.height + form.row * shown_rows(box)


def shown_rows(box: Box) -> int:
    """How many lines the rows of a box take."""
    return min(len(box.rows), ROWS + 1)


# The way as one line --------------------------------------------------------------------------------------------------

def chain(boxes: list[Box], arrows: list[tuple[Box, Box]], form: Form) -> Layout | None:
    """The layout where the way is one line with only quiet ends beside it; None where it is not."""
    way = [box for box in boxes if box.kind == "way"]
    links = [pair for pair in arrows if pair[0].kind == pair[1].kind == "way"]
    quiet = [pair for pair in arrows if pair[0].kind != "way"]
    single = len({box.head for box, _ in quiet}) == len(quiet) == len(boxes) - len(way)
    line = [(tail.head, head.head) for tail, head in links] == [(x.head, y.head) for x, y in zip(way, way[1:])]
    folded = all([head.kind == "way" for _, head in arrows]) and all([box.frame is None for box in boxes])
    if not (way and single and line and folded):
        return None
    beside = [[tail for tail, head in quiet if head.head is box.head] for box in way]
    if max(map(len, beside)) > 3 or len(way) > (5 if form is WIDE else 8):
        return None
    return across(boxes, arrows, way, beside) if form is WIDE else down(boxes, arrows, way, beside)


def across(boxes: list[Box], arrows: list[tuple[Box, Box]], way: list[Box], beside: list[list[Box]]) -> Layout:
    """From left to right: what is quiet stands above its box and below it in turn."""
    form, sizes = WIDE, {box.head: size(box, WIDE) for box in boxes}
    gap = max(form.gap, min(130.0, (776 - sum(sizes[box.head][0] for box in way)) / max(1, len(way) - 1)))
    high = max([sizes[box.head][1] for box in boxes])
    above = any(beside[1::2])
    top = (high + form.slope + 36.0) * above
    places, x = dict[Any, list[float]](), 0.0
    for i, box in enumerate(way):
        wide, tall = sizes[box.head]
        places[box.head] = [x, top, wide, tall]
        row = sum(sizes[b.head][0] for b in beside[i]) + form.beside * (len(beside[i]) - 1)
        left = x + wide / 2 - row / 2
        for other in beside[i]:
            y = 0.0 if i % 2 else top + tall + form.slope + 40
            places[other.head] = [left, y, *sizes[other.head]]
            left += sizes[other.head][0] + form.beside
        x += wide + gap
    return placed(boxes, arrows, places, form)


def down(boxes: list[Box], arrows: list[tuple[Box, Box]], way: list[Box], beside: list[list[Box]]) -> Layout:
    """From top to bottom: what is quiet stands to the right."""
    form, sizes = TALL, {box.head: size(box, TALL) for box in boxes}
    wide = max(sizes[box.head][0] for box in way)
    left, places, y, free = wide + 24.0, dict[Any, list[float]](), 0.0, 0.0
    for i, box in enumerate(way):
        places[box.head] = [0.0, y, wide, sizes[box.head][1]]
        free = max(free, y)
        for other in beside[i]:
            free += LABEL                            # where the label stands
            places[other.head] = [left, free, *sizes[other.head]]
            free += sizes[other.head][1] + form.slope + 4
        y += sizes[box.head][1] + form.slope + form.gap
    quiet = [places[other.head] for others in beside for other in others]
    if quiet:                                        # as far up as makes the whole no longer than the way
        up = min(max(0.0, free - y + form.gap - 4), quiet[0][1] - LABEL)
        for spot in quiet:
            spot[1] -= up
    return placed(boxes, arrows, places, form)


def placed(boxes: list[Box], arrows: list[tuple[Box, Box]], places: dict[Any, list[float]], form: Form) -> Layout:
    """A layout from the places of boxes: it begins at 0, its arrows go from side to side."""
    least = min(x for x, *_ in places.values())
    for place in places.values():
        place[0] -= least
    ways = [between(places[tail.head], places[head.head], form) for tail, head in arrows]
    return Layout(max(x + w for x, _, w, _ in places.values()),
                  max(y + h + form.slope for _, y, _, h in places.values()),
                  [places[box.head] for box in boxes], ways)


def between(tail: list[float], head: list[float], form: Form) -> list[float]:
    """The curve of an arrow from one box to another."""
    x, y, w, h = tail
    u, v, wide, high = head
    if y + h < v or v + high < y:                    # one below the other
        down = y + h < v
        start, end = (y + h, v) if down else (y, v + high + (form.slope if form is TALL else 0))
        to = min(max(x + w / 2, u + 24), u + wide - 24)
        if form is TALL and u + wide < x:            # from the right into the side
            return [x, y + h / 2, x - 14, y + h / 2, u + wide + 14, v + high / 2, u + wide, v + high / 2]
        if form is TALL:
            return [x + w / 2, y + h, x + w / 2, v - 8, x + w / 2, y + h + 8, u + wide / 2, v]
        middle = (start + end) / 2
        return [x + w / 2, start, x + w / 2, middle, to, middle, to, end]
    start, end = (x + w, u) if x < u else (x, u + wide)
    middle = (start + end) / 2
    return [start, y + h / 2, middle, y + h / 2, middle, v + high / 2, end, v + high / 2]


# By Graphviz ----------------------------------------------------------------------------------------------------------

def drawn(states: Sequence[State], form: Form) -> list[Layout]:
    """The layouts by Graphviz, all in one call, or where that cannot be in layers."""
    if sum(len(boxes) for boxes, _ in states) <= WIDEST:
        try:
            text = rendered(dot(states, form), "plain").decode()
            return [read(text, number, state) for number, state in enumerate(states)]
        except PictureError:
            pass
    return [layered(boxes, arrows, form) for boxes, arrows in states]


def dot(states: Sequence[State], form: Form) -> str:
    """The boxes as DOT text, of fixed sizes, nothing in them; open ones are clusters."""
    beside, along = (form.slope + form.beside) / INCH, (form.gap + LABEL) / INCH
    if form is TALL:
        most = max([n for _, links in states for n in Counter([head.head for _, head in links]).values()], default=1)
        beside, along = form.beside / INCH, (form.slope + form.gap + LABEL * (min(most, LINES) - 1)) / INCH
    lines = ["digraph {", f"graph [rankdir={form.direction} nodesep={beside:.3f} ranksep={along:.3f} pack=60]",
             "node [shape=box fixedsize=true label=\"\"] edge [arrowhead=none]"]
    for number, (boxes, arrows) in enumerate(states):
        keys = {box.head: f"s{number}_{i}" for i, box in enumerate(boxes)}
        for box in boxes:
            wide, high = size(box, form)
            text = f"{keys[box.head]} [width={wide / INCH:.3f} height={high / INCH:.3f}]"
            own = f"subgraph cluster_{number} {{ margin=22 {text} }}"
            lines.append(text if box.frame is None else own)
        for i, (tail, head) in enumerate(arrows):
            heavy = " weight=8" if tail.kind != "quiet" and head.kind != "quiet" else ""
            lines.append(f"{keys[tail.head]} -> {keys[head.head]} [label=\"\"{heavy}]")
    return "\n".join([*lines, "}"])


def read(text: str, number: int, state: State) -> Layout:
    """The layout of one state in what Graphviz says of all."""
    boxes, arrows = state
    places = list[list[float]]([[]] * len(boxes))
    curves = dict[tuple[int, int], list[float]]()
    for line in text.splitlines():
        words = line.split()
        if words[0] == "node" and words[1].startswith(f"s{number}_"):
            x, y, wide, high = [float(word) * INCH for word in words[2:6]]
            places[int(words[1].partition("_")[2])] = [x - wide / 2, -y - high / 2, wide, high]
        elif words[0] == "edge" and words[1].startswith(f"s{number}_"):
            tail, head = [int(word.partition("_")[2]) for word in words[1:3]]
            numbers = [float(word) * INCH for word in words[4:4 + 2 * int(words[3])]]
            curves[tail, head] = [-n if i % 2 else n for i, n in enumerate(numbers)]
    left, top = [min(place[i] for place in places) for i in (0, 1)]
    for place in places:
        place[0] -= left
        place[1] -= top
    order = {box.head: i for i, box in enumerate(boxes)}
    shifted = [[n - (top if i % 2 else left) for i, n in enumerate(curves[order[tail.head], order[head.head]])]
               for tail, head in arrows]
    return Layout(max(x + w for x, _, w, _ in places), max(y + h for _, y, _, h in places) + 40, places, shifted)


def layered(boxes: list[Box], arrows: list[tuple[Box, Box]], form: Form) -> Layout:
    """Each box one layer behind the last of its operands."""
    level = {box.head: 0 for box in boxes}
    for tail, head in arrows:                        # in the order of the graph
        level[head.head] = max(level[head.head], level[tail.head] + 1)
    free, places = dict[int, float](), dict[Any, list[float]]()
    along = max([size(box, form)[0 if form is WIDE else 1] for box in boxes]) + form.gap + form.slope
    for box in boxes:
        wide, high = size(box, form)
        start = free.get(level[box.head], 0.0)
        x, y = (level[box.head] * along, start) if form is WIDE else (start, level[box.head] * along)
        places[box.head] = [x, y, wide, high]
        free[level[box.head]] = start + (high + form.slope if form is WIDE else wide) + form.beside
    return placed(boxes, arrows, places, form)
