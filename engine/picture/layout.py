"""What a layout will be like, before Graphviz has made it: how far boxes are from the root, how wide, at what cost.

Graphviz puts a dummy into each rank that an arrow leaps over, and looks for an order with few crossings: that takes a
time that grows with all that the arrows span, times how many there are.
"""
from __future__ import annotations

import re
from collections import Counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.picture.model import Arrow, Box, Contents, Line

DIRECTIONS = ("LR", "TB", "RL", "BT")
PAGE       = 675.0                   # points of a page's width, which are 900 px
ROW        = 6                       # boxes beside each other that fit on a page
SIGN       = 7.2                     # points that a sign of a box's first line takes, then one of its rows
SMALL      = 6.0
CELL       = 8.0                     # points around the text of a cell
GAPS       = 22.0, 100.0             # points between boxes beside each other, and between ranks
NUMBER     = re.compile("[0-9]{1,9}")
CROWD      = 8                       # arrows that part between two ranks, beyond which they need room


def levels(boxes: Iterable[str], arrows: Iterable[tuple[str, str]]) -> dict[str, int]:
    """How far each box, they come operands first, is from the root at most, by arrows from tail to head: the root 1.

    >>> levels(["x", "e", "L"], [("x", "e"), ("x", "L"), ("e", "L")])
    {'L': 1, 'e': 2, 'x': 3}
    """
    found: dict[str, int] = {}
    heads: dict[str, list[str]] = {}
    for tail, head in arrows:
        heads.setdefault(tail, []).append(head)
    for box in reversed(list(boxes)):
        found[box] = 1 + max([found[head] for head in heads.get(box, ())], default=0)
    return found


def levels_of(shown: Contents) -> dict[str, int]:
    """How far each box of a picture, by its key, is from the root at most."""
    return levels([box.head.key for box in shown.boxes], [(arrow.tail, arrow.head) for arrow in shown.arrows])


def cost(shown: Contents) -> int:
    """The ranks that all arrows leap over, times the number of arrows: the time that a layout takes grows with this."""
    far = levels_of(shown)
    return sum([far[arrow.tail] - far[arrow.head] - 1 for arrow in shown.arrows]) * len(shown.arrows)


def direction_of(detail: str, shown: Contents) -> str:
    """Left to right for named values, top to bottom for every operation, unless that is a wide row or a long column."""
    if detail == "path":
        texts = sum([max(0.0, SMALL * len(arrow.text) - GAPS[1] + 4 * CELL) for arrow in shown.arrows])
        return "LR" if width(shown, "LR") + texts <= PAGE else "TB"
    if detail == "names":
        return "LR"
    far = levels_of(shown)
    widest, deepest = max(Counter(far.values()).values()), max(far.values())
    dense = crowded(shown, [arrow for arrow in shown.arrows if arrow.row])
    slim = width(shown, "LR") <= 2 * width(shown, "TB")
    return "LR" if dense and slim or widest > max(ROW, 3 * deepest) else "TB"


def crowded(shown: Contents, arrows: Iterable[Arrow]) -> list[Arrow]:
    """Those of the arrows that have labels, and between their two ranks more part than there is room for labels."""
    far, uses = levels_of(shown), Counter([tail for tail, _ in {(arrow.tail, arrow.head) for arrow in shown.arrows}])
    labelled = [arrow for arrow in arrows if arrow.text and uses[arrow.tail] > 1]
    between = Counter([(far[arrow.tail], far[arrow.head]) for arrow in labelled])
    return [arrow for arrow in labelled if between[far[arrow.tail], far[arrow.head]] > CROWD]


def rows_of_parts(shown: Contents) -> list[list[str]]:
    """The keys of boxes that are beside each other in one cluster, in the order in which the first cluster has them.

    A part is the same in two clusters if it has the same name there, or is made alike of the same parts. Outside of
    several clusters, values whose names differ in numbers, as h1 and h2, by these, or in what follows _; of leaves
    those alone that several boxes use: others stand where they are used.
    """
    far, uses = levels_of(shown), Counter([arrow.tail for arrow in shown.arrows])
    made = {arrow.head for arrow in shown.arrows}
    rows: dict[tuple[object, ...], list[tuple[object, str]]] = {}
    several = len({box.clusters[:1] for box in shown.boxes if box.clusters}) > 1
    places = places_of(shown)
    for i, box in enumerate(shown.boxes):
        name, key = box.head.name, box.head.key
        stem, numbers = NUMBER.sub("", name).partition("_")[0], [*map(int, NUMBER.findall(name))]
        if several and box.clusters:
            rows.setdefault((box.clusters, far[key]), []).append((places[key], key))
        elif stem and (not several if key in made else uses[key] > 1):
            rows.setdefault((box.clusters, far[key], stem), []).append(((numbers, i), key))
    return [[key for _, key in sorted(row)] for row in rows.values() if len(row) > 1]


def places_of(shown: Contents) -> dict[str, int]:
    """The number of each part of a cluster, by the keys of boxes: the same part has the same number in all clusters."""
    tails: dict[str, list[str]] = {}
    for arrow in shown.arrows:
        tails.setdefault(arrow.head, []).append(arrow.tail)
    numbers: dict[tuple[object, ...], int] = {}
    places: dict[str, int] = {}
    for box in shown.boxes:                          # operands first
        made = [places[tail] for tail in tails.get(box.head.key, ())], [row.name for row in box.rows]
        part = *box.clusters[1:], box.head.name or f"{box.operation} of {made}"
        places[box.head.key] = numbers.setdefault(part, len(numbers))
    return places


def width(shown: Contents, direction: str) -> float:
    """About how many points wide the picture is."""
    ranks: dict[int, list[float]] = {}
    far = levels_of(shown)
    for box in shown.boxes:
        ranks.setdefault(far[box.head.key], []).append(box_width(box))
    beside, between = GAPS
    if direction in ("LR", "RL"):
        return sum([max(widths) for widths in ranks.values()]) + between * (len(ranks) - 1)
    return max([sum(widths) + beside * (len(widths) - 1) for widths in ranks.values()])


def box_width(box: Box) -> float:
    """About how many points wide a box is."""
    head = SIGN * (len(box.operation) + signs(box.head)) + 4 * CELL
    rows = [SMALL * signs(row) + 3 * CELL for row in box.rows]
    return max([head, SMALL * len(box.formula) + CELL, *rows])


def signs(line: Line) -> int:
    """How many signs a line has."""
    return len(line.name) + len(line.number) + len(line.slope) + (len(line.whole) + 11 if line.whole else 2)
