"""One engine in a process of its own: `python -m benchmarks.worker NAME` answers what it is asked, in JSON."""
from __future__ import annotations

import gc
import sys
import tracemalloc
from statistics import mean
from time import perf_counter, process_time

from benchmarks.peers import ENGINES
from benchmarks.processes import serve
from benchmarks.transformer import W3, Training
from benchmarks.workloads import WORKLOADS, reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from benchmarks.engines import Engine
    from benchmarks.workloads import Loss

LOSSES  = {**WORKLOADS, "W3": W3}
DEFAULT = gc.get_threshold()
TUNED   = 100_000, 50, 100
PHASES  = "forward", "backward", "free"
COPIES  = 10                                         # graphs that are held while memory is measured


def check(engine: Engine, work: Loss) -> float:
    """The largest error of the gradient, relative to its largest component."""
    engine.at(work.parameters)
    slopes, found = reference(work), engine.gradients(engine.backward(engine.forward(work)))
    return max(abs(slope - found[i]) for i, slope in zip(work.checked, slopes)) / max(map(abs, slopes))


class Collector:
    """Adds up the time that the garbage collector takes."""

    def __init__(self) -> None:
        self.seconds = self.start = 0.0

    def __call__(self, phase: str, info: Any) -> None:
        if phase == "start":
            self.start = process_time()
        else:
            self.seconds += process_time() - self.start


def tune(tuned: bool) -> None:
    """Set the garbage collector as Python does, or for speed."""
    gc.unfreeze()
    gc.collect()
    gc.set_threshold(*DEFAULT)
    if tuned:
        gc.freeze()
        gc.set_threshold(*TUNED)


def block(engine: Engine, work: Loss, tuned: bool, steps: int, seconds: float) -> dict[str, float]:
    """The means of up to `steps` steps in ns per op, after one that is not counted; fewer if they last too long.

    What the collector takes is part of the phase that it interrupts, and is also told by itself.
    """
    engine.at(work.parameters)
    tune(tuned)
    step(engine, work)
    collector, spent, done, end = Collector(), [0.0] * len(PHASES), 0, perf_counter() + seconds
    gc.callbacks.append(collector)
    while done < steps and (not done or perf_counter() < end):
        spent = [a + b for a, b in zip(spent, step(engine, work))]
        done += 1
    gc.callbacks.remove(collector)
    scale = 1e9 / (done * work.operations())
    return {**{phase: s * scale for phase, s in zip(PHASES, spent)},
            "collector": collector.seconds * scale, "steps": done}


def train(engine: Engine, work: Loss, tuned: bool, steps: int, seconds: float) -> list[float]:
    """The means of up to `steps` training steps in ms: forward, backward, the update, and freeing."""
    tune(tuned)
    training, spent, end = Training(engine, work), list[list[float]](), perf_counter() + seconds
    training.step()
    while len(spent) < steps and (not spent or perf_counter() < end):
        spent.append(training.step())
    return [1e3 * mean(phase) for phase in zip(*spent)]


def step(engine: Engine, work: Loss) -> list[float]:
    """The seconds of each phase, of the processor: others may be at work on the machine."""
    engine.clear()
    times = [process_time()]
    result = engine.forward(work)
    times.append(process_time())
    found = engine.backward(result)
    times.append(process_time())
    del result, found
    times.append(process_time())
    return [end - start for start, end in zip(times, times[1:])]


def memory(engine: Engine, work: Loss) -> float:
    """Bytes per op of a graph after its forward pass, by tracemalloc; of a native engine the process's."""
    class Copies:
        def loss(self, parameters: Any, engine: Any) -> Any:
            losses = [work.loss(parameters, engine) for _ in range(COPIES)]
            return sum(losses[1:], losses[0])

    engine.at(work.parameters)
    first = engine.forward(work)                     # kept, else its memory would be used again
    gc.collect()
    if not engine.native:
        tracemalloc.start()
    before = occupied(engine.native)
    result = engine.forward(Copies())
    gc.collect()
    bytes_per_op = (occupied(engine.native) - before) / (COPIES * work.operations())
    tracemalloc.stop()
    del first, result
    return bytes_per_op


def occupied(native: bool) -> int:
    """The bytes in use: of the process (exact on Linux alone, elsewhere nan), or of Python's objects."""
    if not native:
        return tracemalloc.get_traced_memory()[0]
    try:
        with open("/proc/self/smaps_rollup", encoding="ascii") as lines:
            return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:"))
    except OSError:
        return float("nan")


def main(name: str) -> None:
    def answer(engine: Engine, what: str, work: str, *more: Any) -> Any:
        return {"check": check, "block": block, "train": train, "memory": memory}[what](engine, LOSSES[work], *more)

    serve(ENGINES[name], answer)


if __name__ == "__main__":
    main(sys.argv[1])
