"""What a picture shows, in each detail. Knows nothing of how it is drawn."""
from __future__ import annotations

from collections import Counter
from math import isfinite

from engine.explanation import steps
from engine.naming import digits
from engine.picture.grouping import Entry, Group
from engine.picture.model import Arrow, Box, Contents
from engine.picture.words import Words
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.picture.grouping import Graph


def grouped_contents(words: Words) -> Contents:
    """The boxes, arrows and legend for groups of a graph's values."""
    graph, groups, order = words.graph, words.groups, words.ordered()
    for v in order:
        words.key(v)
    boxes, arrows, back = dict[Value, Box](), list[Arrow](), dict[Value, list[float]]()
    for group in groups:
        lines, keys = words.rows(group)
        boxes[group.head] = words.box(group, lines)
        for entry in merged(group) if graph.detail == "names" else group.entries:
            if entry.source in words.named:
                arrows.append(words.arrow(entry, group, keys))
                back.setdefault(entry.source, []).append(arrows[-1].carried or 0.0)
    shown = [boxes.get(v) or words.leaf(v, back.get(v, [])) for v in order]
    return Contents(unwrapped(shown), arrows, legend(graph, shown))


def unwrapped(boxes: list[Box]) -> list[Box]:
    """The boxes without clusters that would hold one box alone."""
    sizes = Counter(box.clusters[:i + 1] for box in boxes for i in range(len(box.clusters)))

    def shared(path: tuple[str, ...]) -> tuple[str, ...]:
        while path and sizes[path] == 1:
            path = path[:-1]
        return path

    return [box._replace(clusters=shared(box.clusters)) for box in boxes]


def path_contents(graph: Graph) -> Contents:
    """Only the chain rule: the values that every path passes through, and the derivatives between them."""
    chain = graph.chain() or [graph.root]
    words = Words(graph, [Group(v, [v], []) for v in chain])
    for v in reversed(chain):
        words.key(v)
    boxes = [words.box(group, []) if group.head.op else words.leaf(group.head, []) for group in reversed(words.groups)]
    arrows = []
    for upper, lower, slope in steps(graph.root, chain[-1], dict.fromkeys(chain)):
        carried = words.gradients.slopes[upper] * slope if words.gradients.computed else None
        quotient = words.quotient(upper, lower)
        text = f"{quotient} = {digits(slope) if isfinite(slope) else 'no slope'}"
        arrows.append(Arrow(words.key(lower), words.key(upper), "", text, carried, True, f"{quotient} = {slope!r}"))
    return Contents([box._replace(clusters=()) for box in boxes], arrows, legend(graph, boxes))


def merged(group: Group) -> list[Entry]:
    """One entry per operand, with the total derivative; `place` is -1 where it comes in at several places."""
    found = dict[Value, Entry]()
    for entry in group.entries:
        old = found.get(entry.source)
        found[entry.source] = entry._replace(slope=old.slope + entry.slope, place=-1) if old else entry
    return list(found.values())


def legend(graph: Graph, boxes: Sequence[Box]) -> list[str]:
    """The lines that say how to read the picture, with what is special about this one."""
    name = graph.called(graph.root) or "L"
    lines = [line for box in boxes for line in (box.head, *box.rows)]
    states, notes = {line.state for line in lines}, "".join(line.note for line in lines)
    special = {
        "∂ –: not computed yet, backward() has not run":          "unknown" in states,
        "∂ 0, off: cut off by a ReLU that is off":                "dead" in states,
        ".grad: what is stored, where it is another number":      bool(notes),
        "now: a number that has changed since it was used":       any(", now " in line.number for line in lines),
        "…: more of the graph behind it":                         any(box.remark.startswith("…") for box in boxes),
    }
    return [f"each box: value and ∂ = ∂{name}/∂value", "on an arrow: local derivative",
            "width = size of the gradient it carries", "blue ∂ < 0, orange ∂ > 0",
            *(line for line, holds in special.items() if holds)]
