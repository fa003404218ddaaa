"""Which clusters a value is in: its term of a final sum, and what its dotted name says."""
from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from engine.readers.traits import linear, sums
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.picture.grouping import Graph

DOTTED = re.compile(r"[^\W\d]\w*(\[\d+\])*(\.\w+(\[\d+\])*)+")
DEEP   = 6                           # clusters within each other
OUTSIDE, SHARED = -1, -2             # belongs to no term of a final sum, or to several
WORTH  = 4                           # operations of its own that make a term worth a cluster


class Clusters(NamedTuple):
    """The clusters of each value, the outermost first: all of them, and without its term of a final sum."""

    all:    dict[Value, tuple[str, ...]]
    named:  dict[Value, tuple[str, ...]]
    shared: dict[Value, None]        # values that several terms have in common


def clusters(graph: Graph) -> Clusters:
    """The clusters of a graph. What has no dotted name is where all that use it are."""
    tags = terms(graph)
    titles = names(graph, tags)
    every, named = dict[Value, tuple[str, ...]](), dict[Value, tuple[str, ...]]()
    for v, users in users_of(graph):
        name, title = graph.called(v), titles.get(tags[v], "")
        named[v] = split(name)[0]
        if not named[v] and (not name or v.op is None and len(users) == 1):
            named[v] = common([named[user] for user in users])
        every[v] = within(title, named[v])
    return Clusters(every, named, {v: None for v, tag in tags.items() if titles and tag == SHARED})


def within(title: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """The clusters of a path within the one of its term, if there is one and it is not the path's outermost already."""
    return path if not title or path[:1] == (title,) else (title, *path)


def terms(graph: Graph) -> dict[Value, int]:
    """Which term of a final sum each value belongs to; OUTSIDE all of them, or SHARED by several."""
    chain, numbers = final_sum(graph)
    tags = dict[Value, int]()
    for v, users in users_of(graph):
        owners = {tags[user] for user in users}
        if v in chain:
            tags[v] = OUTSIDE
        elif v in numbers and owners == {OUTSIDE}:
            tags[v] = numbers[v]
        else:
            tags[v] = owners.pop() if len(owners) == 1 else SHARED
    return tags


def final_sum(graph: Graph) -> tuple[dict[Value, None], dict[Value, int]]:
    """The sums, and numbers times sums, that the root ends with, and the operations that are their terms, numbered."""
    chain, numbers, stack = dict[Value, None](), dict[Value, int](), [graph.root]
    while stack:
        v = stack.pop()
        if v.op is None or v in chain or v in numbers:
            continue
        places = [place for place, x in enumerate(v.parents) if not x.constant]
        scales = len(places) == 1 and v.op.arity == 2 and linear(v.op, places[0])
        if (sums(v.op) or scales) and (v is graph.root or not graph.called(v)):
            chain[v] = None
            stack += [v.parents[place] for place in reversed(places)]
        else:
            numbers[v] = len(numbers)
    return chain, numbers


def names(graph: Graph, tags: dict[Value, int]) -> dict[int, str]:
    """A name for the cluster of each term, no two the same; none where fewer than two terms are worth a cluster."""
    sizes = Counter(tag for v, tag in tags.items() if tag >= 0 and v.op)
    if len([tag for tag in sizes if sizes[tag] >= WORTH]) < 2:
        return {}
    titles, taken = dict[int, str](), Counter[str]()
    for v, tag in tags.items():                      # from the root on: the first one is the term itself
        if tag >= 0:
            clusters, name = split(graph.called(v))
            titles.setdefault(tag, clusters[0] if clusters else name)
    for tag in sorted(titles):
        name = titles[tag] or f"term {tag + 1}"
        taken[name] += 1
        titles[tag] = name if taken[name] == 1 else f"{name} ({taken[name]})"
    return titles


def users_of(graph: Graph) -> Iterator[tuple[Value, list[Value]]]:
    """Each value, the root first, with the values that use it, each once."""
    users: dict[Value, dict[Value, None]] = {v: {} for v in graph.nodes}
    for v in reversed(graph.nodes):
        yield v, list(users.pop(v))
        for x in v.parents:
            if not x.constant:
                users[x][v] = None


def split(name: str) -> tuple[tuple[str, ...], str]:
    """The clusters that a dotted name stands for, and the name within them.

    >>> split("hidden.h1"), split("layers[0].neurons[1].w[2]"), split("0.5 of z")
    ((('hidden',), 'h1'), (('layers[0]', 'neurons[1]'), 'w[2]'), ((), '0.5 of z'))
    """
    if not DOTTED.fullmatch(name):
        return (), name
    parts = name.split(".", DEEP)
    return tuple(parts[:-1]), parts[-1]


def common(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The clusters that all of these are in."""
    n = 0
    while paths and all(len(path) > n and path[n] == paths[0][n] for path in paths):
        n += 1
    return paths[0][:n] if paths else ()
