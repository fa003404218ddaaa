"""Training on moons and iris to the same loss, epochs of `fit`, and steps of Adam by the number of parameters.

`python -m benchmarks training` measures in one run: glassgrad, PyTorch and scikit-learn in a process of their own each,
all taking turns, after PyTorch's first derivatives were compared with glassgrad's, and its first steps of Adam.
scikit-learn draws numbers of its own, and is asked for the same loss, not for the same steps. Recording is included.
"""
from __future__ import annotations

import sys
from math import cos, isclose, pi, sin
from random import Random
from statistics import median
from time import process_time

from benchmarks.processes import Process, serve
from benchmarks.tables import markdown, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

ENGINES  = {"glassgrad": (), "PyTorch": ("torch",), "scikit-learn": ("scikit-learn",)}
TASKS    = {"iris": 0.2, "moons": 0.05}               # to which loss
RATES    = {"iris": 0.1, "moons": 0.01}              # Adam's
SIZES    = 10, 337, 10_000, 85_002                   # parameters
EPOCHS   = {"moons, 100 rows": (100, None, 200), "moons, 1,000 rows in batches of 32": (1000, 32, 20)}
RATE, FEW, MOST, SECONDS = 0.01, 5, 4096, 0.2        # of steps; those compared; epochs at most; a turn, about
HOW = "One thread, processor time, medians of turns taken one after the other."


def moons(count: int) -> tuple[list[list[float]], list[int]]:
    """Points on two half circles that reach into each other, with some noise, and which one each is on: 0 or 1."""
    random, points = Random(1), list[list[float]]()
    for i in range(count):
        angle, side = pi * random.random(), i % 2
        x, y = (1.0 - cos(angle), 0.5 - sin(angle)) if side else (cos(angle), sin(angle))
        points.append([x + random.gauss(0.0, 0.1), y + random.gauss(0.0, 0.1)])
    return points, [i % 2 for i in range(count)]


def task(name: str) -> tuple[Any, Any, Any, Any]:
    """A model at its first numbers, its loss, rows and targets."""
    import nn
    if name == "moons":
        return nn.MLP(2, [16, 16, 1], seed=1), nn.binary_cross_entropy, *moons(100)
    from demos.iris.flowers import flowers
    found = flowers()
    rows  = [[f.scaled["petal_length"], f.scaled["petal_width"]] for f in found]
    return nn.MLP(2, [2, 3], seed=1), nn.cross_entropy, rows, [f.species for f in found]


def trainer(engine: str, name: str, epochs: int) -> Callable[[], float]:
    """What trains from the first numbers on, and gives the last loss. Errors: ImportError, AssertionError."""
    from demos import beside
    model, loss, rows, targets = task(name)
    widths = [len(layer.neurons) for layer in model.layers]
    if engine != "glassgrad":
        made = beside.in_torch if engine == "PyTorch" else beside.in_sklearn
        return made(model, loss, rows, targets, RATES[name], epochs, widths)  # type: ignore[no-any-return]
    start = [p.data for p in model.parameters()]

    def train() -> float:
        for p, x in zip(model.parameters(), start):
            p.data = x
        return beside.here(model, loss, rows, targets, RATES[name], epochs)  # type: ignore[no-any-return]
    return train


def epochs_to(engine: str, name: str, loss: float) -> int:
    """How many epochs an engine needs to come to a loss. Errors: ValueError where it does not come there."""
    least, most = 0, 8                               # too few, and perhaps enough
    while not trainer(engine, name, most)() <= loss:
        least, most = most, 2 * most
        if most > MOST:
            raise ValueError(f"{engine} does not come to a loss of {loss} on {name}")
    while most - least > 1:
        between = (least + most) // 2
        least, most = (least, between) if trainer(engine, name, between)() <= loss else (between, most)
    return most


def steps(engine: str, size: int) -> tuple[Callable[[], Any], Callable[[], list[float]]]:
    """What makes a step of Adam, the gradients left as they are, and what gives the parameters."""
    random = Random(size)
    start, grads = [[random.gauss(0.0, 1.0) for _ in range(size)] for _ in range(2)]
    if engine == "PyTorch":
        import torch
        torch.set_num_threads(1)
        p = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
        p.grad = torch.tensor(grads, dtype=torch.float64)
        return torch.optim.Adam([p], lr=RATE).step, lambda: p.detach().tolist()
    from engine import Value
    from nn import Adam
    ps = [Value(x) for x in start]
    for value, grad in zip(ps, grads):
        value.grad = grad
    return Adam(ps, lr=RATE).step, lambda: [value.data for value in ps]


def stepped(engine: str, size: int) -> list[float]:
    """The parameters after some steps."""
    step, numbers = steps(engine, size)
    for _ in range(FEW):
        step()
    return numbers()


def seconds(act: Callable[[], Any]) -> float:
    """How long something takes, of the processor: the mean of as many times as fit into a turn, one at least."""
    start, times = process_time(), 0
    while process_time() - start < SECONDS or not times:
        act()
        times += 1
    return (process_time() - start) / times


def fitting(name: str) -> float:
    """The seconds of an epoch of `fit`, Adam included; what comes before the first is not."""
    import nn
    count, batch, epochs = EPOCHS[name]
    rows, targets = moons(count)
    model = nn.MLP(2, [16, 16, 1], seed=1)
    times: list[float] = []
    nn.fit(model, nn.binary_cross_entropy, rows, targets, optimiser=nn.Adam(model.parameters(), lr=RATE), epochs=epochs,
           batch_size=batch, seed=1, progress=False, callbacks=[lambda run: times.append(process_time())])
    return (times[-1] - times[0]) / (len(times) - 1)


class Engine:
    """An engine in its process: what it is asked for is `epochs_to`, `stepped`, or one of the seconds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ready: dict[Any, Callable[[], Any]] = {}
        if name != "glassgrad":
            __import__({"PyTorch": "torch", "scikit-learn": "sklearn"}[name])

    def answer(self, what: str, *on: Any) -> Any:
        if what in ("epochs_to", "stepped"):
            return {"epochs_to": epochs_to, "stepped": stepped}[what](self.name, *on)
        if what == "fit":
            return fitting(*on)
        if (what, *on) not in self.ready:
            self.ready[what, *on] = trainer(self.name, *on) if what == "train" else steps(self.name, *on)[0]
        return seconds(self.ready[what, *on])


def report(rounds: int) -> str:
    """The tables: ms to the same loss, ns of a step for each parameter, µs of an epoch."""
    processes = {name: Process("benchmarks.training", name, packages) for name, packages in ENGINES.items()}
    for name, process in processes.items():
        if process.absent:
            print(f"skipped, not here: {name} ({process.absent[:90]})")
    there   = {name: process for name, process in processes.items() if not process.absent}
    movers  = [name for name in there if name != "scikit-learn"]
    same_steps(there, movers)
    epochs  = {(name, on): there[name].ask("epochs_to", on, loss) for name in there for on, loss in TASKS.items()}
    asked: list[tuple[str, tuple[Any, ...]]] = [(name, ("train", on, n)) for (name, on), n in epochs.items()]
    asked  += [(name, ("step", size)) for size in SIZES for name in movers]
    asked  += [("glassgrad", ("fit", on)) for on in EPOCHS]
    times: dict[Any, list[float]] = {one: [] for one in asked}
    for i in range(rounds):
        for name, question in [*asked[i % len(asked):], *asked[:i % len(asked)]]:
            times[name, question].append(there[name].ask(*question))
        print(f"round {i + 1} of {rounds}", flush=True)
    for process in processes.values():
        process.end()
    found = {one: median(some) for one, some in times.items()}
    trained = [[name, *(f"{number(1e3 * found[name, ('train', on, n)])} ({n} epochs)"
                        for on in TASKS for n in [epochs[name, on]])] for name in there]
    moved   = [[name, *(number(1e9 * found[name, ("step", size)] / size) for size in SIZES)] for name in movers]
    fitted  = [[on, number(1e6 * found["glassgrad", ("fit", on)])] for on in EPOCHS]
    return "\n\n".join([
        HOW,
        markdown(["ms, recording included", *(f"{on} to a loss of {loss}" for on, loss in TASKS.items())], trained),
        markdown(["ns of a step of Adam for each parameter", *(f"{size:,}" for size in SIZES)], moved),
        markdown(["epochs of fit", "µs"], fitted)])


def same_steps(there: dict[str, Process], movers: list[str]) -> None:
    """Errors: SystemExit where engines move parameters differently."""
    for size in SIZES:
        expected, *others = [there[name].ask("stepped", size) for name in movers]
        for name, other in zip(movers[1:], others):
            if not all(isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in zip(expected, other, strict=True)):
                raise SystemExit(f"{name}: {FEW} steps of Adam lead elsewhere; nothing was timed")
    print("steps agree:", ", ".join(movers), flush=True)


if __name__ == "__main__":
    serve(lambda: Engine(sys.argv[1]), Engine.answer)
