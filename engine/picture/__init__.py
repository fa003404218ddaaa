"""Pictures of graphs, and the page.

What a picture shows (model, contents, grouping, repeats, clusters, words, tips, operations, title; with gaps, blanks)
stands apart from how it is drawn (layout, dot_text, colours), from files and browsers (digraph, rendering, viewing),
and from the page (page, steps, rules, shares, drawing, browser; what all pages have in common, document; for slides,
frames). May be imported: draw, walkthrough. Start here, then contents.
"""
from __future__ import annotations

import re
import sys

from engine.errors import described
from engine.op import Op
from engine.picture.blanks import BLANKS, without_gradients
from engine.picture.colours import THEMES, palette
from engine.picture.contents import contents_of
from engine.picture.dot_text import Writer
from engine.picture.grouping import Graph
from engine.picture.layout import DIRECTIONS, direction_of
from engine.picture.page import Page
from engine.picture.steps import steps_of
from engine.picture.title import chain_rule, result_alone
from engine.readers.traits import sums
from engine.text.naming import given_names
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Literal

    from engine.picture.digraph import Picture

    Detail    = Literal["auto", "values", "folded", "names", "path"]
    Theme     = Literal["light", "dark", "both"]
    Direction = Literal["LR", "TB", "RL", "BT"]

DETAILS  = ("auto", "values", "folded", "names", "path")
NUMBERED = re.compile(r"#\d+")


def draw(root: Value | Sequence[Value], wrt: Value | None = None, *, detail: Detail = "auto", title: str | None = None,
         theme: Theme = "light", direction: Direction | None = None, depth: int | None = None, limit: int | None = 300,
         blank: Literal["grad"] | None = None, names: Mapping[str, Any] | None = None) -> Picture:
    """The graph of a value, or of several, as a picture: a box per value, the local derivative on each arrow.

    Of several roots in a list every ∂ is the derivative of their sum, as backward() of one after the other has it.

    `wrt` emphasises every path from the root to it and writes the chain rule in the title. `detail` is "values" (a box
    per value), "folded" (leaves and constants become rows, chains of + become one), "names" (a box per named value),
    "path" (only the chain rule down to `wrt`), or "auto", by the count of boxes. `theme` is "light", "dark" or "both",
    an SVG that follows its reader's setting; `direction` "LR" (else for names, and for many boxes in a row) or "TB";
    `depth` how many boxes from the root; `limit` how many boxes at most; `blank="grad"` leaves gaps for all
    derivatives, to be filled in on paper. Unlabelled values take the caller's names, or
    those in `names`. Errors: PictureError if there would be too many boxes.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> draw(a * b, detail="values")
    <picture of 3 boxes: .save("graph.svg") writes it, .view() opens it>
    """
    roots = roots_of(root)
    check(roots, wrt, detail, theme, direction, depth, limit)
    if blank not in (None, *BLANKS):
        raise ValueError(f"draw(..., blank=) is one of {', '.join(map(repr, BLANKS))}, or None; it got {blank!r}")
    from engine.picture.digraph import Picture       # where graphviz is missing, all but the pictures works
    graph = graph_of(roots, wrt, given_names(names, sys._getframe(1)), detail)
    chain = chain_rule(graph)
    graph.mentioned = set(NUMBERED.findall(" ".join(chain)))
    _, shown = contents_of(graph, depth, limit)
    if graph.mentioned - {box.head.name for box in shown.boxes}:
        chain = result_alone(chain)                  # what the title speaks of is not there to be seen
    if blank:
        chain, shown = [], without_gradients(shown)
    writer = Writer(palette(theme), direction or direction_of(graph.detail, shown))
    picture = Picture("graph", format="svg")
    picture.write(writer.statements(shown, title or "", chain))
    picture.boxes, picture.theme = len(shown.boxes), theme
    return picture


def roots_of(root: Any) -> list[Any]:
    """What is to be drawn, each once, in a list. Errors: ValueError where that is nothing."""
    if isinstance(root, (list, tuple)) and not root:
        raise ValueError("draw(roots) needs at least one Value; the list is empty")
    return list(dict.fromkeys(root)) if isinstance(root, (list, tuple)) else [root]


def graph_of(roots: Sequence[Value], wrt: Value | None, given: Mapping[Value, str], detail: str) -> Graph:
    """The graph of a value; of several that of their sum, which is not shown."""
    if len(roots) == 1:
        return Graph(roots[0], wrt, given, detail)
    whole = next(op for op in Op.table.values() if sums(op) and not op.arity).function(roots)
    whole.grad = float(all([root.grad for root in roots]))       # whether all have run backward()
    names = [root.label or given.get(root, f"L{i}") for i, root in enumerate(roots, 1)]
    graph = Graph(whole, wrt, {**given, **dict(zip(roots, names)), whole: " + ".join(names)}, detail)
    graph.roots = dict.fromkeys(roots)
    return graph


def check(roots: Sequence[Any], wrt: Any, detail: str, theme: str, direction: str | None, depth: Any, limit: Any,
          asked: str = "draw") -> None:
    """Refuse what cannot be drawn; `asked` is the function that was."""
    for v in roots if wrt is None else [*roots, wrt]:
        if not isinstance(v, Value):
            raise TypeError(f"{asked}(root, wrt) needs Values; it got {described(v)}")
    for name, given, known in (("detail", detail, DETAILS), ("theme", theme, THEMES),
                               ("direction", direction or "LR", DIRECTIONS)):
        if given not in known:
            raise ValueError(f"{asked}(..., {name}=) is one of {', '.join(map(repr, known))}; it got {given!r}")
    for name, number, least in (("depth", depth, 0), ("limit", limit, 1)):
        if number is not None and (type(number) is not int or number < least):
            raise ValueError(f"{asked}(..., {name}=) is a whole number from {least} on, or None; it got {number!r}")
    if detail == "path" and wrt is None:
        raise ValueError('draw(root, detail="path") shows the path to one value: draw(root, wrt=b3, detail="path")')


def walkthrough(root: Value, wrt: Value | Sequence[Value] | None = None, *, live: bool = True, detail: str = "auto",
                title: str | None = None, limit: int | None = 300, names: Mapping[str, Any] | None = None) -> Page:
    """A page whose numbers can be moved: values, gradients and a curve follow; each stage shows one thing more.

    It begins with the boxes on the way from `wrt`, one Value or a list, to the root; what is beside it is folded.
    `live=False` is a page that steps through the graph, forward, then backward, each box with its formula and its
    numbers, in the boxes that `detail` says. `.save("loss.html")` writes it, one file that needs no network; `.open()`
    opens it; a notebook shows it. Other arguments and errors are those of draw; ValueError where the root does not
    depend on `wrt`.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> walkthrough(a * b, a)
    <live page of 2 boxes: .save("graph.html") writes it, .open() opens it>
    >>> walkthrough(a * b, live=False)
    <page of 2 steps: .save("graph.html") writes it, .open() opens it>
    """
    moved: list[Any] = [wrt]
    if wrt is None or isinstance(wrt, (list, tuple)):
        moved = list(wrt or ())
    for v in moved or [None]:
        check([root], v, "auto" if detail == "path" else detail, "both", None, None, limit, "walkthrough")
    if detail == "path":
        raise ValueError('walkthrough goes through every box: detail= is "auto", "values", "folded" or "names"')
    if live and detail != "auto":
        raise ValueError("a live page folds and opens its boxes itself; detail= is for the page that steps: "
                         f"walkthrough(root, live=False, detail={detail!r})")
    given = given_names(names, sys._getframe(1))
    if live:
        from engine.live.page import LivePage        # which is made of what stands here
        slides = lambda: stepping(root, moved[0] if moved else None, given, detail, title, limit)  # noqa: E731
        return LivePage(root, moved, given, title or "", limit, slides)
    if len(moved) > 1:
        raise ValueError("a page that steps has one wrt; a live one may have several: walkthrough(root, [w, b])")
    return stepping(root, moved[0] if moved else None, given, detail, title, limit)


def stepping(root: Value, wrt: Value | None, given: Mapping[Value, str], detail: str, title: str | None,
             limit: int | None) -> Page:
    """A page that goes through the boxes one by one."""
    from engine.picture.digraph import Picture
    graph = Graph(root, wrt, given, detail)
    words, shown = contents_of(graph, None, limit, walk=True)
    direction, picture = direction_of(graph.detail, shown), Picture("graph")
    writer = Writer(palette("light"), direction, marked=True)
    picture.write(writer.statements(shown, "", []))
    title = title or f"{graph.called(root) or 'A graph'}, step by step"
    steps = steps_of(words, shown, chain_rule(graph))
    return Page(title, picture.source, steps, shown, direction, writer.legend(shown))
