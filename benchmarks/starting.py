"""Cold starts: the import of `engine`, and the way to a first gradient."""
from __future__ import annotations

import sys
from time import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

RUNS   = 10
IMPORT = """
import site, sys, time
sys.path.insert(0, sys.argv[1])
start = time.perf_counter()
import engine
print(time.perf_counter() - start)
"""


def first(name: str) -> float:
    """The time of day at which W2's loss on one row has its gradient."""
    from benchmarks.peers import ENGINES
    from benchmarks.workloads import WORKLOADS, Workload
    one, engine = WORKLOADS["W2"], ENGINES[name]()
    work = Workload("one row", one.widths, 1, (0, 1, 2), one.formula)
    engine.at(work.parameters)
    engine.gradients(engine.backward(engine.forward(work)))
    return time()


def imports(breakdown: bool = False) -> str:
    """A sentence on the import of `engine` in fresh processes, once its bytecode is in the cache.

    With -S, as what loads an editable install would import modules that the engine needs before the clock starts.
    """
    from statistics import median

    from benchmarks.processes import ROOT, run
    run((), "-S", "-c", IMPORT, str(ROOT))
    times = [float(run((), "-S", "-c", IMPORT, str(ROOT)).stdout) * 1e3 for _ in range(RUNS)]
    text = f"`import engine` takes {min(times):.1f} ms at best, {median(times):.1f} ms as a rule (median of {RUNS})."
    if breakdown:
        lines = run((), "-S", "-X", "importtime", "-c", IMPORT, str(ROOT)).stderr.splitlines()
        text += "\n\n```\n" + "\n".join(line for line in lines if "site" not in line) + "\n```"
    return text


def gradients(names: Iterable[str]) -> str:
    """The table of first gradients, in milliseconds from the start of the process; the engines take turns."""
    from statistics import median

    from benchmarks.peers import ENGINES
    from benchmarks.processes import run
    from benchmarks.tables import markdown, number
    names = [name for name in names if name != "nodes"]
    times: dict[str, list[float]] = {name: [] for name in names}
    for i in range(-1, RUNS):                        # once for the bytecode
        for name in names:
            start = time()
            done = run(ENGINES[name].packages, "-m", "benchmarks.starting", name, core=ENGINES[name].core)
            if i >= 0:
                times[name].append((float(done.stdout.splitlines()[-1]) - start) * 1e3)
        print(".", end="", flush=True)
    rows = [[ENGINES[name].title, number(min(each)), number(median(each))] for name, each in times.items()]
    return markdown(["from the start of Python to the first gradient", "ms, best", "median"], rows)


if __name__ == "__main__":
    print(first(sys.argv[1]))
