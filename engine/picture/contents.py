"""What a picture shows, in each detail. Knows nothing of how it is drawn."""
from __future__ import annotations

from collections import Counter

from engine.errors import PictureError
from engine.paths.cuts import steps
from engine.paths.zeros import gates_off
from engine.picture.grouping import Entry, Group
from engine.picture.layout import cost
from engine.picture.model import Arrow, Box, Contents
from engine.picture.repeats import repeats
from engine.picture.words import Words, those_that_hold
from engine.text.naming import as_operand, digits
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.picture.grouping import Graph

LARGE = 300_000                      # values, beyond which a graph is not folded
ALL   = 60                           # boxes, and half the arrows, up to which "auto" shows every operation
MOST  = 3_000                        # boxes, beyond which Graphviz takes longer than anyone waits
COSTLY = 150_000                     # of a layout, beyond which Graphviz takes longer than 10 s
MANY  = 10                           # values between two on the path that are worth a word


def contents_of(graph: Graph, depth: int | None, limit: int | None, walk: bool = False) -> tuple[Words, Contents]:
    """What a picture shows, in the detail asked for; "auto" folds up to 60 boxes and then goes by names.

    On a `walk` gradients count as computed. Errors: PictureError where there would be too many boxes.
    """
    if graph.detail == "path":
        return path_contents(graph, limit)
    if graph.detail != "values" and limit is not None and len(graph.nodes) > LARGE:
        raise PictureError(f"this graph has {len(graph.nodes):,} values, too many to fold into boxes; draw what leads "
                           f'to one of them: wrt=, detail="path"; or print(table(root)); limit=None tries all the same')
    return automatic(graph, depth, limit, walk) if graph.detail == "auto" else counted(graph, depth, limit, walk)


def automatic(graph: Graph, depth: int | None, limit: int | None, walk: bool) -> tuple[Words, Contents]:
    """What the picture shows, folded where that is few boxes, else by names if there are any."""
    graph.detail, graph.repeated = "folded", repeats(graph)
    if depth is not None or len(graph.heads()) <= ALL:
        words, shown = counted(graph, depth, None, walk)
        if len(shown.boxes) <= ALL and len(shown.arrows) <= 2 * ALL and cost(shown) <= COSTLY:
            return words, shown
    graph.detail = "names"
    if len(graph.heads()) == 1:
        graph.detail = "folded"
    return counted(graph, depth, limit, walk)


def counted(graph: Graph, depth: int | None, limit: int | None, walk: bool) -> tuple[Words, Contents]:
    """What the picture shows, refused where there are too many boxes, before any work on them."""
    boxes = len(graph.heads())
    if graph.detail == "values":
        boxes += len([v for v in graph.nodes if v.op is None])
    if depth is None and limit is not None and boxes > limit:
        raise too_many(graph, boxes, limit)
    words = Words(graph, graph.groups(depth), walk)
    shown = grouped_contents(words)
    if limit is not None and len(shown.boxes) > limit:
        raise too_many(graph, len(shown.boxes), limit)
    if limit is not None and (work := cost(shown)) > COSTLY:
        raise too_long(graph, shown, work)
    return words, shown


def too_long(graph: Graph, shown: Contents, work: int) -> PictureError:
    """The error for a picture that nobody would wait for."""
    return PictureError(f"the layout of this picture would take more than 10 s: {len(shown.boxes)} boxes with "
                        f"{len(shown.arrows)} arrows, which leap over {work // len(shown.arrows):,} ranks; draw less: "
                        f"{', '.join(ways_out(graph))}; or print(table(root)); limit=None tries all the same")


def too_many(graph: Graph, boxes: int, limit: int) -> PictureError:
    """The error for a picture that nobody could read."""
    ways = ways_out(graph) + those_that_hold({f"limit={boxes}": boxes <= MOST})
    return PictureError(f"this picture would have {boxes:,} boxes, more than limit={limit}; draw less: "
                        f"{', '.join(ways)}; or print(table(root))")


def ways_out(graph: Graph) -> list[str]:
    """How to draw less of a graph."""
    named = any(v.op and graph.called(v) for v in graph.nodes if v is not graph.root)
    by_names = "a box per named value" if named else "a box per named value, once some have names"
    return those_that_hold({
        f'detail="names" ({by_names})':             graph.detail != "names",
        'wrt=, detail="path" (only the chain rule)': graph.detail != "path",
        "depth=3 (what is next to the root)":        True,
    })


def grouped_contents(words: Words) -> Contents:
    """The boxes, arrows and legend for groups of a graph's values."""
    graph, groups, order = words.graph, words.groups, words.ordered()
    for v in order:
        words.key(v)
    boxes, arrows, back = dict[Value, Box](), list[Arrow](), dict[Value, list[float]]()
    for group in groups:
        lines, keys = words.rows(group)
        boxes[group.head] = box = words.box(group, lines)
        seen = {row.key for row in box.rows}
        keys = {x: key for x, key in keys.items() if key in seen}
        for entry in merged(group) if graph.detail == "names" or group.repeat else group.entries:
            if entry.source in words.named:
                arrows.append(words.arrow(entry, group, keys))
                back.setdefault(entry.source, []).append(arrows[-1].carried or 0.0)
    shown = [boxes.get(v) or words.leaf(v, back.get(v, [])) for v in order if not graph.roots or v is not graph.root]
    if graph.roots:                                  # their sum is not shown
        arrows = [arrow for arrow in arrows if arrow.head != words.key(graph.root)]
    return Contents(unwrapped(shown), arrows, legend(graph, shown, groups))


def unwrapped(boxes: list[Box]) -> list[Box]:
    """The boxes without clusters that would hold one box alone."""
    sizes = Counter(box.clusters[:i + 1] for box in boxes for i in range(len(box.clusters)))

    def shared(path: tuple[str, ...]) -> tuple[str, ...]:
        while path and sizes[path] == 1:
            path = path[:-1]
        return path

    return [box._replace(clusters=shared(box.clusters)) for box in boxes]


def path_contents(graph: Graph, limit: int | None) -> tuple[Words, Contents]:
    """Only the chain rule: the values that every path passes through, and the derivatives between them."""
    chain = graph.chain() or [graph.root]
    if limit is not None and len(chain) > limit:
        raise too_many(graph, len(chain), limit)
    words = Words(graph, [Group(v, [v], []) for v in chain])
    for v in reversed(chain):
        words.key(v)
    boxes = [words.box(group, []) if group.head.op else words.leaf(group.head, []) for group in reversed(words.groups)]
    places = {v: i for i, v in enumerate(graph.cuts)}
    arrows = [path_arrow(words, upper, lower, slope, places[lower] - places[upper] - 1)
              for upper, lower, slope in steps(graph.root, chain[-1], dict.fromkeys(chain))]
    return words, Contents(boxes, arrows, legend(graph, boxes, words.groups))


def path_arrow(words: Words, upper: Value, lower: Value, slope: float, skipped: int) -> Arrow:
    """The arrow between two values that every path passes through, over so many others."""
    quotient = words.quotient(upper, lower)
    text = f"{quotient} = {digits(slope)}"
    if skipped >= MANY:
        text += f", over {skipped:,} more values"
    carried = words.gradients.slopes[upper] * slope if words.gradients.computed else None
    return Arrow(words.key(lower), words.key(upper), "", False, slope, text, carried, True, f"{quotient} = {slope!r}",
                 words.parts.along(upper, lower, slope))


def merged(group: Group) -> list[Entry]:
    """One entry per operand, with the total derivative; `place` is -1 where it comes in at several places."""
    totals = dict[Value, Entry]()
    for entry in group.entries:
        old = totals.get(entry.source)
        totals[entry.source] = entry._replace(slope=old.slope + entry.slope, place=-1) if old else entry
    return list(totals.values())


def legend(graph: Graph, boxes: Sequence[Box], groups: Sequence[Group]) -> list[str]:
    """The lines that say how to read the picture, with what is special about this one."""
    name = as_operand(graph.called(graph.root) or "L")
    lines = [line for box in boxes for line in (box.head, *box.rows)]
    states, notes = {line.state for line in lines}, "".join(line.note for line in lines)
    special = those_that_hold({
        "share a of b: what of the whole ∂ comes from this box": any(line.whole for line in lines),
        "∂ –: not computed yet, backward() has not run":          "unknown" in states,
        f"∂ 0, off: cut off by {gates_off(graph.nodes)} that is off": "off" in states,
        ".grad: what is stored, where it is another number":      bool(notes),
        "now: a number that has changed since it was used":       any(", now " in line.number for line in lines),
        "× n: a block that comes n times, … stands for the one before": any(group.repeat for group in groups),
        "(a, b, …): one for each time": any(group.repeat and group.repeat.own for group in groups),
        "…: more of the graph behind it":                         any(box.remark.startswith("…") for box in boxes),
    })
    width = "width: size of the gradient it carries"
    if graph.wrt is not None and len(graph.path) > 1:
        wrt = graph.called(graph.wrt) or graph.number(graph.wrt)
        width = f"bold: the way to {wrt}, as wide as its part of ∂{name}/∂{wrt}"
    return [f"each box: value and ∂ = ∂{name}/∂value", "on an arrow: × its local derivative", width,
            "colour: sign of the gradient it carries", f"blue, ∂ < 0: raising it lowers {name}",
            f"orange, ∂ > 0: raising it raises {name}", *special]
