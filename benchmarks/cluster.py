"""A replay on a Dask cluster of this machine beside one process: time, the cost of a step, the memory of the client.

`python -m benchmarks.cluster` runs it: the gradient of a 2-8-3 network over 1,000,000 and 10,000,000 rows, in turns.
The rows are made on the workers, and stay there.
"""
from __future__ import annotations

import argparse
import resource
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.tables import markdown, number
from engine import Replay, Value
from nn import MLP, cross_entropy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

WIDTH, PORTION = 5, 500_000                          # numbers of a row; rows that are made together
SIZES = 1_000_000, 10_000_000


def rows_from(first: int) -> Any:
    """A portion of rows: two numbers, then one weight per class."""
    import numpy
    random = numpy.random.default_rng([0, first])
    return numpy.hstack([random.normal(size=(PORTION, 2)), numpy.eye(3)[random.integers(0, 3, PORTION)]])


def network() -> Replay:
    """The loss of the network as a function of a row."""
    xs, weights = [Value(0.1), Value(0.2)], [Value(1.0), Value(0.0), Value(0.0)]
    model = MLP(2, [8, 3], activation="tanh", seed=0)
    return Replay(cross_entropy(model(xs), weights), inputs=[*xs, *weights])


def megabytes(anew: bool = False) -> float:
    """The most memory that this process has had; on Linux since this was last asked `anew`."""
    try:
        if anew:
            Path("/proc/self/clear_refs").write_text("5")
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    start = perf_counter()
    result = act()
    return perf_counter() - start, result


def measured(replay: Replay, client: Any, n: int, rounds: int) -> dict[str, Any]:
    """The seconds of a gradient there and, in turns with it, here; of an empty step; what memory the client took."""
    import dask
    from dask.array import concatenate, from_delayed
    before = megabytes(anew=True)
    parts  = [from_delayed(dask.delayed(rows_from)(k), (PORTION, WIDTH), float) for k in range(n // PORTION)]
    there  = replay.on(client)
    kept   = there.runner.kept(there.runner.blocks(there.rows(concatenate(parts))))
    far    = there.value_and_gradient(kept)
    taken  = megabytes() - before
    import numpy
    rows = numpy.concatenate([rows_from(k) for k in range(n // PORTION)])
    near = replay.value_and_gradient(rows)
    assert (near[0], near[1].tolist()) == far, "the bits differ"
    pairs = [(timed(lambda: there.value_and_gradient(kept))[0], timed(lambda: replay.value_and_gradient(rows))[0])
             for _ in range(rounds)]
    empty = there.runner.blocks(there.rows(concatenate(parts)[:1]))
    steps = [timed(lambda: there.value_and_gradient(empty))[0] for _ in range(rounds)]
    return {"there": median([x for x, _ in pairs]), "here": median([y for _, y in pairs]), "blocks": len(kept.parts),
            "ratio": median([x / y for x, y in pairs]), "empty": min(steps), "taken": taken}


def main() -> None:
    from distributed import Client, LocalCluster
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each has its turn (%(default)s)")
    rounds, lines = parser.parse_args().rounds, []
    for workers, threads in ((1, 2), (2, 1)):
        with LocalCluster(n_workers=workers, threads_per_worker=threads, dashboard_address=":0") as cluster:
            with Client(cluster) as client:
                for n in SIZES:
                    found = measured(network(), client, n, rounds)
                    lines.append([f"{workers} worker{'s' if workers > 1 else ''}, {threads} thread"
                                  f"{'s' if threads > 1 else ''} each", f"{n:,}", str(found["blocks"]),
                                  *(number(1000 * found[name]) for name in ("there", "here")), number(found["ratio"]),
                                  number(1000 * found["empty"]), number(found["taken"])])
    print(markdown(["cluster", "rows", "blocks", "ms there", "ms in one process", "ratio", "ms of a step of one row",
                    "MB that the client took"], lines))


if __name__ == "__main__":                           # workers import this file too
    main()
