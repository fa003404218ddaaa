"""W3 trained at one name and at 64: the short program on two classes, eager nodes, replays, C by hand, PyTorch.

`python -m benchmarks inventing` measures all of them in one run, each in a process of its own, in turns, after its loss
and its gradient were compared with those of the replay. A step is the gradient of the mean loss of its names and Adam.
"""
from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

from benchmarks.processes import Process, serve
from benchmarks.tables import markdown, number
from benchmarks.transformer import (FIRST, HEADS, LETTERS, RATE, SECOND, SHAPES, SMALL, W3, WIDTH, Transformer)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

SECONDS = 0.4                                        # how long a turn lasts, about
HERE    = Path(__file__).parent
HOW     = "Steps with Adam, processor time, medians of turns taken one after the other; the machine may be shared."


def texts_of(count: int) -> list[list[int]]:
    """Names by number, 0 before and after each: one of 8 letters, or many that are as long as the census has them."""
    draw = Random("names")
    if count == 1:
        return [W3.text]
    lengths = draw.choices(range(2, 12), [33, 216, 654, 1221, 1438, 1120, 536, 217, 52, 7], k=count)
    return [[0, *[draw.randrange(1, LETTERS) for _ in range(length)], 0] for length in lengths]


class Trainer:
    """Training of W3 on some names: `gradient()` gives the loss and its slopes, `step()` makes a step."""

    title = ""
    packages: tuple[str, ...] = ()
    flags: list[str] = []
    slow, most = False, 64                           # whether two turns are enough; how many names at a step
    inner, exact = 1, 1e-9                           # steps of one call; how exact

    def __init__(self) -> None:
        self.texts: list[list[int]] = []
        self.count = 0                               # of the names that it was prepared for

    def prepare(self, texts: list[list[int]]) -> None:
        raise NotImplementedError

    def gradient(self) -> tuple[float, list[float]]:
        raise NotImplementedError

    def step(self) -> None:
        raise NotImplementedError


class Short(Trainer):
    title, slow, most = "the short program, its own Value", True, 1

    def value(self) -> Any:
        from benchmarks.program import Value
        return Value

    def prepare(self, texts: list[list[int]]) -> None:
        from benchmarks.program import Program
        self.texts, self.program, self.steps = texts, Program(self.value(), W3.parameters), 0

    def gradient(self) -> tuple[float, list[float]]:
        losses = [self.program.loss(text) for text in self.texts]
        loss = sum(losses) * (1 / len(losses))
        loss.backward()
        found = loss.data, [float(p.grad) for p in self.program.parameters]
        for p in self.program.parameters:
            p.grad = 0
        return found

    def step(self) -> None:
        self.steps += 1
        self.program.step(self.texts[0], self.steps)


class Imported(Short):
    title, slow = "the same program, `from engine import Value`", False

    def value(self) -> Any:
        from engine import Value
        return Value


class Name(Transformer):
    """The loss of one name, whose letters may be Values: their numbers then choose."""

    def __init__(self, text: Sequence[Any]) -> None:
        self.text: Any = text

    def row(self, matrix: Sequence[Any], n: Any) -> Any:
        from engine import at
        return matrix[n] if isinstance(n, int) else [at(column, n) for column in zip(*matrix)]


class Eager(Trainer):
    """A graph for each step, of nodes of many operands."""

    title = "glassgrad, eager, `affine` nodes, nn.Adam"

    def prepare(self, texts: list[list[int]]) -> None:
        from benchmarks.engines import Nodes
        from engine import Value
        from nn import Adam, cross_entropy
        self.texts, self.engine = texts, Nodes()
        self.engine.cross_entropy = cross_entropy
        self.parameters = [Value(x) for x in W3.parameters]
        self.optimiser = Adam(self.parameters, lr=RATE, betas=(FIRST, SECOND), eps=SMALL)

    def descend(self) -> float:
        """Put the gradient of the mean loss into the parameters' grads."""
        from engine import fsum
        self.optimiser.zero_grad()
        loss = fsum([Name(text).loss(self.parameters, self.engine) for text in self.texts]) / len(self.texts)
        loss.backward()
        return float(loss.data)

    def gradient(self) -> tuple[float, list[float]]:
        return self.descend(), [p.grad for p in self.parameters]

    def step(self) -> None:
        self.descend()
        self.optimiser.step()


class Recorded(Eager):
    """One recording, for the longest of the names: a row is the letters of a name, then what each guess weighs.

    What stands after a shorter name weighs 0.
    """

    title = "glassgrad, one Replay for names of any length, nn.Adam"

    def prepare(self, texts: list[list[int]]) -> None:
        super().prepare(texts)
        from engine import Replay, Value, dot
        from nn import cross_entropy
        losses: list[Any] = []
        longest = max(map(len, texts))
        letters, weights = [Value(0.0) for _ in range(longest)], [Value(1.0) for _ in range(longest - 1)]

        def guess(logits: Any, target: Any) -> Any:
            losses.append(cross_entropy(logits, target))
            return losses[-1]

        self.engine.cross_entropy = guess
        Name(letters).loss(self.parameters, self.engine)
        self.replay = Replay(dot(losses, weights), inputs=[*letters, *weights], threads=1)
        self.rows = [[*filled(text, longest), *filled(weights_of(text, len(texts)), longest - 1)] for text in texts]

    def descend(self) -> float:
        return float(self.replay.descend(self.rows))


def weights_of(text: Sequence[int], count: int) -> list[float]:
    """What each guess at a name weighs in the mean over so many names."""
    guesses = len(text) - 1
    return [1 / guesses / count] * guesses


def filled(numbers: Sequence[float], size: int) -> list[float]:
    """Some numbers, then zeros up to a size."""
    return [*map(float, numbers), *[0.0] * (size - len(numbers))]


class Compiled(Trainer):
    """C by hand, called with many steps at a time."""

    title, inner = "C by hand, loops over numbers, -O3", 20

    def __init__(self) -> None:
        super().__init__()
        import ctypes
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder) / "transforming.so"
            subprocess.run(["gcc", "-O3", "-march=native", *self.flags, "-shared", "-fPIC",
                            str(HERE / "transforming.c"), "-o", str(library), "-lm"], check=True, capture_output=True)
            self.compiled = ctypes.CDLL(str(library))
        self.compiled.gradient.restype = self.compiled.train.restype = ctypes.c_double

    def prepare(self, texts: list[list[int]]) -> None:
        from ctypes import c_double, c_int
        letters, size = [n for text in texts for n in text], len(W3.parameters)
        lengths = [len(text) - 1 for text in texts]
        self.given = (c_int * len(letters))(*letters), (c_int * len(texts))(*lengths), len(texts)
        self.point, self.grad = (c_double * size)(*W3.parameters), (c_double * size)()
        self.kept, self.steps = [(c_double * size)(), (c_double * size)()], 0

    def gradient(self) -> tuple[float, list[float]]:
        return self.compiled.gradient(*self.given, self.point, self.grad), list(self.grad)

    def step(self) -> None:
        self.compiled.train(*self.given, self.point, self.grad, *self.kept, self.steps, self.inner)
        self.steps += self.inner


class CompiledFast(Compiled):
    title, flags = "the same, -Ofast", ["-Ofast"]


class Torch(Trainer):
    """Matrices, all names at once, those that are shorter filled up; torch.optim.Adam, fused."""

    title, packages, single = "PyTorch, matrices, float64", ("torch",), False

    def __init__(self) -> None:
        super().__init__()
        import torch
        torch.set_num_threads(1)
        self.torch = torch

    def prepare(self, texts: list[list[int]]) -> None:
        torch = self.torch
        kind = torch.float32 if self.single else torch.float64
        self.w, at = {}, 0
        for name, (rows, width) in SHAPES.items():
            numbers = W3.parameters[at:at + rows * width]
            self.w[name] = torch.tensor(numbers, dtype=kind).reshape(rows, width).requires_grad_()
            at += rows * width
        longest = max(map(len, texts)) - 1
        self.read  = torch.tensor([filled(text[:-1], longest) for text in texts]).long()
        self.goal  = torch.tensor([filled(text[1:], longest) for text in texts]).long()
        self.share = torch.tensor([filled(weights_of(text, len(texts)), longest) for text in texts], dtype=kind)
        self.mask  = torch.full((longest, longest), float("-inf"), dtype=kind).triu(1)
        self.adam  = torch.optim.Adam(self.w.values(), lr=RATE, betas=(FIRST, SECOND), eps=SMALL, fused=True)

    def loss(self) -> Any:
        w, torch, (names, longest) = self.w, self.torch, self.read.shape

        def normed(x: Any) -> Any:
            return x * (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt()

        def heads(x: Any) -> Any:
            return x.view(names, longest, HEADS, WIDTH // HEADS).transpose(1, 2)
        x = normed(w["letters"][self.read] + w["places"][:longest])
        y = normed(x)
        query, key, value = [heads(y @ w[name].T) for name in ("queries", "keys", "values")]
        shares = torch.softmax(query @ key.transpose(2, 3) * (WIDTH // HEADS) ** -0.5 + self.mask, -1)
        x = x + (shares @ value).transpose(1, 2).reshape(names, longest, WIDTH) @ w["joined"].T
        x = x + torch.relu(normed(x) @ w["hidden"].T) @ w["out"].T
        guesses = x @ w["guesses"].T
        losses = torch.nn.functional.cross_entropy(guesses.reshape(-1, LETTERS), self.goal.reshape(-1),
                                                   reduction="none")
        return (losses * self.share.reshape(-1)).sum()

    def gradient(self) -> tuple[float, list[float]]:
        self.adam.zero_grad()
        loss = self.loss()
        loss.backward()
        return loss.item(), [x for matrix in self.w.values() for x in matrix.grad.reshape(-1).tolist()]

    def step(self) -> None:
        self.adam.zero_grad()
        self.loss().backward()
        self.adam.step()


class TorchSingle(Torch):
    title, single, exact = "PyTorch, matrices, float32", True, 1e-4


TRAINERS: dict[str, type[Trainer]] = {
    "recorded": Recorded, "eager": Eager, "imported": Imported, "short": Short, "c": Compiled, "c-fast": CompiledFast,
    "torch": Torch, "torch32": TorchSingle,
}
COUNTS = 1, 64


def measure(trainer: Trainer, count: int, seconds: float) -> Any:
    """Without a time: the loss and its gradient at first; else ms for a step."""
    if not seconds:
        trainer.prepare(texts_of(count))
        return trainer.gradient()
    if trainer.count != count:
        trainer.prepare(texts_of(count))
        trainer.step()
        trainer.count = count
    start, done = process_time(), 0
    while process_time() - start < seconds or not done:
        trainer.step()
        done += trainer.inner
    return (process_time() - start) / done * 1e3


def agree(found: Any, expected: Any, exact: float) -> bool:
    """Whether a loss and its gradient are those expected, up to a part of the largest slope."""
    size = max(map(abs, expected[1]))
    return abs(found[0] - expected[0]) <= exact * abs(expected[0]) and all(
        abs(a - b) <= exact * size for a, b in zip(found[1], expected[1], strict=True))


def report(names: Sequence[str], rounds: int) -> str:
    """The table: ms for a step, for a name of it, and how many times as long as the replay's it is."""
    processes = {name: Process("benchmarks.inventing", name, TRAINERS[name].packages) for name in names}
    there = [name for name in names if not processes[name].absent]
    for name in names:
        if name not in there:
            print(f"skipped, not here: {name} ({processes[name].absent[:90]})")
    cases = {count: [name for name in there if count <= TRAINERS[name].most] for count in COUNTS}
    for count, some in cases.items():
        expected = processes[some[0]].ask(count, 0)
        for name in some[1:]:
            if not agree(processes[name].ask(count, 0), expected, TRAINERS[name].exact):
                raise SystemExit(f"{name}: the gradient at {count} names is wrong; nothing was timed")
    print("gradients agree:", ", ".join(there), flush=True)
    times: dict[tuple[str, int], list[float]] = {}
    for i in range(rounds):
        for count, some in cases.items():
            for name in [*some[i % len(some):], *some[:i % len(some)]]:
                if not (i > 1 and TRAINERS[name].slow):
                    times.setdefault((name, count), []).append(processes[name].ask(count, SECONDS))
        print(f"round {i + 1} of {rounds}", flush=True)
    for process in processes.values():
        process.end()
    found = {key: median(some) for key, some in times.items()}
    first = there[0]
    rows = [[TRAINERS[name].title,
             *[number(found[name, count] / count) if (name, count) in found else "–" for count in COUNTS],
             *[number(found[name, count] / found[first, count]) if (name, count) in found else "–" for count in COUNTS]]
            for name in there]
    head = ["ms for each name", *[f"{count} at a step" for count in COUNTS],
            *[f"times as long as the first, {count}" for count in COUNTS]]
    return f"{HOW}\n\n{markdown(head, rows)}"


if __name__ == "__main__":
    if len(sys.argv) == 2 and not sys.stdin.isatty() and sys.argv[1] in TRAINERS:
        serve(TRAINERS[sys.argv[1]], measure)
    else:
        print(report(sys.argv[1:] or list(TRAINERS), 7))
