"""What was measured, as Markdown."""
from __future__ import annotations

import platform
from statistics import median

from benchmarks.peers import ENGINES
from benchmarks.worker import PHASES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, its columns aligned: the first to the left, the others to the right.

    >>> print(markdown(["engine", "ns"], [["glassgrad", "1,000"], ["floats", "150"]]))
    | engine    |    ns |
    |:----------|------:|
    | glassgrad | 1,000 |
    | floats    |   150 |
    """
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    texts = [[cell.rjust(w) if i else cell.ljust(w) for i, (cell, w) in enumerate(zip(line, widths))] for line in lines]
    ruler = "|".join(":" + "-" * (w + 1) if not i else "-" * (w + 1) + ":" for i, w in enumerate(widths))
    first, *others = ["| " + " | ".join(cells) + " |" for cells in texts]
    return "\n".join([first, f"|{ruler}|", *others])


def number(x: float | None) -> str:
    """Three digits of a number; a dash for what was not measured.

    >>> [number(x) for x in (19803.4, 13.27, 0.0841, 0.0, None)]
    ['19,803', '13.3', '0.084', '0', '–']
    """
    if x is None or x != x:
        return "–"
    size = abs(x)
    if size >= 100 or not x:
        return f"{x:,.0f}"
    return f"{x:.1f}" if size >= 10 else f"{x:.2f}" if size >= 1 else f"{x:.2g}"


def whole(block: Mapping[str, float]) -> float:
    """A step's time per op."""
    return sum(block[phase] for phase in PHASES)


def ratio(blocks: Sequence[Mapping[str, float]], others: Sequence[Mapping[str, float]]) -> float:
    """How many times as long the first take: the median over pairs of blocks that ran one after the other.

    >>> times = [dict(forward=t, backward=0, free=0) for t in (10, 20, 33)]
    >>> ratio(times, [dict(forward=10, backward=0, free=0)] * 3)
    2.0
    """
    return median(whole(a) / whole(b) for a, b in zip(blocks, others))


def eager(results: Mapping[str, Any], against: Sequence[str] = ("floats", "micrograd")) -> str:
    """The table of one workload and collector, of each engine's blocks: each phase, the whole, and ratios."""
    head = ["engine", *PHASES, "in all", "of it collector", "× floats", "micrograd ÷ it"]
    rows = []
    for name, blocks in results.items():
        phases = [number(median(b[phase] for b in blocks)) for phase in PHASES]
        fewer = "" if (steps := min(b["steps"] for b in blocks)) >= 20 else f" ({steps:.0f} step{'s' * (steps > 1)})"
        floats, micrograd = (results.get(other) for other in against)
        rows.append([ENGINES[name].title + fewer, *phases, number(median(map(whole, blocks))),
                     number(median(b["collector"] for b in blocks)),
                     number(ratio(blocks, floats)) if floats else "–",
                     number(ratio(micrograd, blocks)) if micrograd else "–"])
    return markdown(head, rows)


def summary(results: Mapping[tuple[str, bool], Mapping[str, Any]]) -> str:
    """The table of all workloads: forward, backward and freeing together; `results` by workload and collector."""
    names = next(iter(results.values()))
    head = ["ns per op", *(f"{work}{', tuned' if tuned else ''}" for work, tuned in results)]
    return markdown(head, [[ENGINES[name].title, *(number(median(map(whole, found[name])))
                                                   for found in results.values())] for name in names])


def training(turns: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """The table of a training step: of each engine's turns the medians of forward, backward, update and freeing."""
    rows = []
    for name, found in turns.items():
        theirs, ours = [sum(phases) for phases in found], [sum(phases) for phases in turns.get("glassgrad", [])]
        rows.append([ENGINES[name].title, *(number(median(phase)) for phase in zip(*found)), number(median(theirs)),
                     number(median(a / b for a, b in zip(theirs, ours))) if ours else "–"])
    return markdown(["engine", "forward", "backward", "Adam", "free", "in all", "÷ glassgrad"], rows)


def machine() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}, {platform.system()}"
