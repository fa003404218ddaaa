"""Long chains and large graphs: time per value at growing sizes, and the depth at which an engine fails.

As a program, `python -m benchmarks.scaling NAME SHAPE N` measures one graph in this process and prints JSON.
"""
from __future__ import annotations

import gc
import json
import sys
from subprocess import TimeoutExpired

from benchmarks.peers import ENGINES
from benchmarks.processes import run
from benchmarks.tables import markdown, number
from benchmarks.worker import occupied, step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

SIZES = {"chain": (10_000, 100_000, 1_000_000), "mesh": (100_000, 1_000_000, 10_000_000)}
WIDTH = 1000                                         # of the mesh


class Graph:
    """A graph of n values over two parameters, as a workload: a chain of products, or a mesh of shared means."""

    def __init__(self, shape: str, n: int) -> None:
        self.shape, self.n = shape, n

    def loss(self, parameters: Sequence[Any], engine: Any) -> Any:
        return (self.chain if self.shape == "chain" else self.mesh)(*parameters)

    def chain(self, a: Any, b: Any) -> Any:
        """a · b · b · …: its derivative by a is b to the n."""
        for _ in range(self.n):
            a = a * b
        return a

    def mesh(self, a: Any, b: Any) -> Any:
        """Rows of means of neighbours, twice b being 1: the last row's sum has the slope WIDTH by a."""
        row = [a * (b + b) for _ in range(WIDTH)]
        for _ in range(self.n // WIDTH // 2 - 2):
            row = [(x + y) * b for x, y in zip(row, row[1:] + row[:1])]
        z = row[0]
        for x in row[1:]:
            z = z + x
        return z

    def slope(self) -> float:
        """The derivative by a at b = 1 (chain) or 1/2 (mesh)."""
        return 1.0 if self.shape == "chain" else float(WIDTH)

    def point(self) -> list[float]:
        return [1.5, 1.0 if self.shape == "chain" else 0.5]


def measured(name: str, shape: str, n: int) -> dict[str, float]:
    """Nanoseconds per value of each phase, and bytes per value; RuntimeError where the gradient is wrong."""
    engine, graph = ENGINES[name](), Graph(shape, n)
    engine.at(graph.point())
    gc.collect()
    before = occupied(True)
    result: Any = engine.forward(graph)
    size = occupied(True) - before
    found: Any = engine.backward(result)
    slope = engine.gradients(found)[0]
    if abs(slope - graph.slope()) > 1e-9 * graph.slope():
        raise RuntimeError(f"the derivative is {graph.slope()}, and {slope} came")
    result = found = None
    times = step(engine, graph)
    return {**{phase: t * 1e9 / n for phase, t in zip(("build", "differentiate", "free"), times)}, "bytes": size / n}


def built(name: str, shape: str, n: int) -> dict[str, float]:
    """Megabytes by which the process has grown when a mesh of n values is built."""
    engine, graph = ENGINES[name](), Graph("mesh", n)
    engine.at(graph.point())
    gc.collect()
    before = occupied(True)
    result: Any = engine.forward(graph)
    return {"bytes": (occupied(True) - before) / 1e6 if result is not None else 0.0}


def trial(name: str, shape: str, n: int, seconds: float = 60.0) -> dict[str, float] | str:
    """What was measured in a process of its own, or how it failed."""
    try:
        done = run(ENGINES[name].packages, "-m", "benchmarks.scaling", name, shape, str(n), core=ENGINES[name].core,
                   seconds=seconds)
    except TimeoutExpired:
        return f"more than {seconds:.0f} s"
    if done.returncode < 0:
        return f"crash (signal {-done.returncode})"
    if done.returncode:
        return done.stderr.strip().splitlines()[-1].split(":")[0]
    return json.loads(done.stdout.splitlines()[-1])


def linearity() -> str:
    """The table of glassgrad's time per value at growing sizes."""
    rows = []
    for shape, sizes in SIZES.items():
        for n in sizes:
            found = trial("glassgrad", shape, n, seconds=600.0)
            rows.append([shape, f"{n:,}", *(map(number, found.values()) if isinstance(found, dict) else [found] * 4)])
            print(".", end="", flush=True)
    return markdown(["graph", "values", "build, ns per value", "differentiate", "free", "bytes per value"], rows)


def depths(names: Iterable[str]) -> str:
    """The table of the longest chain that each engine differentiates, up to a million, and of what happens beyond."""
    rows = []
    for name in names:
        longest, shortest, failure = 0, 0, ""
        for n in (100, 1000, 10_000, 100_000, 1_000_000):
            found = trial(name, "chain", n)
            if isinstance(found, str):
                shortest, failure = n, found
                break
            longest = n
        while shortest - longest > max(shortest // 20, 10) and not failure.startswith("more"):
            middle = (longest + shortest) // 2
            found = trial(name, "chain", middle)
            if isinstance(found, str):
                shortest, failure = middle, found
            else:
                longest = middle
        rows.append([ENGINES[name].title, f"{longest:,}", f"{failure} at {shortest:,}" if failure else "not reached"])
        print(".", end="", flush=True)
    return markdown(["engine", "longest chain that works", "failure"], rows)


if __name__ == "__main__":
    what = built if sys.argv[2] == "built" else measured
    print(json.dumps(what(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
