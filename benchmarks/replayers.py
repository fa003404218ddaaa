"""What runs R1, R2 and R3 over many rows: their numbers, glassgrad's replays, and C by hand."""
from __future__ import annotations

import subprocess
import tempfile
from functools import partial
from importlib import import_module
from pathlib import Path
from random import Random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Run = Callable[[], Any]                          # computes the sum, and its gradient by the parameters

WORKS = {"R1": ("R1", (2, 8, 3)), "R2": ("R2", (2, 2, 3)), "R3": ("R3", (2, 16, 16, 1))}
SIZES = 150, 100_000
LOOK  = 20_000                                       # rows, about, between two looks at the clock
HERE  = Path(__file__).resolve().parent


def parameters_of(work: Any) -> list[float]:
    """Each neuron's weights and its bias."""
    draw, widths = Random(work[0]), work[1]
    return [draw.uniform(-1.0, 1.0) for n, m in zip(widths, widths[1:]) for _ in range((n + 1) * m)]


def rows_of(work: Any, n: int) -> Any:
    """Two numbers, then one weight for each of three classes, or -1 or 1."""
    import numpy
    draw = numpy.random.default_rng(len(work[1]))
    xs = draw.uniform(-1.0, 1.0, (n, 2))
    ys = numpy.eye(3)[draw.integers(0, 3, n)] if work[1][-1] == 3 else draw.choice([-1.0, 1.0], (n, 1))
    return numpy.ascontiguousarray(numpy.hstack([xs, ys]))


class Replayer:
    """An engine: `prepare(work, rows)` gives what computes a sum and its gradient; `repeat` runs it some times.

    Between two looks at the clock all engines but the slow ones have the same number of rows.
    """

    title, packages, most, slow = "", (), 10 ** 9, False

    def __init__(self) -> None:
        for package in ("numpy", *self.packages):
            import_module(package)                   # without which it is not there
        self.runs: dict[Any, Run] = {}

    def prepare(self, work: Any, rows: Any) -> Run:
        raise NotImplementedError

    def prepared(self, work: Any, n: int) -> Run:
        if (work, n) not in self.runs:
            self.runs[work, n] = self.prepare(work, rows_of(work, n))
            self.runs[work, n]()
        return self.runs[work, n]

    def repeat(self, run: Run, n: int) -> int:
        for _ in range(self.times(n)):
            run()
        return self.times(n)

    def times(self, n: int) -> int:
        """How often it runs between two looks at the clock."""
        return 1 if self.slow else max(1, LOOK // n)

    def numbers(self, run: Run, found: Any) -> tuple[float, list[float]]:
        """The sum and its gradient, from what a run gave."""
        return float(found[0]), [float(x) for x in found[1]]


class Glassgrad(Replayer):
    title, backend = "glassgrad, Replay", "native"

    def __init__(self) -> None:
        super().__init__()
        self.parameters: dict[Run, list[Any]] = {}
        if self.backend == "native":
            import_module("engine.native.blocks")

    def prepare(self, work: Any, rows: Any) -> Run:
        from engine import Replay, Value
        parameters = [Value(x) for x in parameters_of(work)]
        inputs = [Value(x) for x in rows[0]]
        replay = Replay(self.loss(work, parameters, inputs), inputs=inputs, backend=self.backend, threads=1)
        replay.backward(rows)
        for p in parameters:
            p.grad = 0.0
        run = partial(replay.backward, rows)         # what its users call; they find the gradient in the parameters
        self.parameters[run] = parameters
        return run

    def numbers(self, run: Run, found: Any) -> tuple[float, list[float]]:
        return found, [p.grad for p in self.parameters[run]]

    def loss(self, work: Any, parameters: Any, inputs: Any) -> Any:
        from engine import affine
        from nn import cross_entropy
        xs, at = inputs[:2], 0
        for n, m in zip(work[1], work[1][1:]):
            zs = [affine(parameters[i:i + n], xs, parameters[i + n]) for i in range(at, at + m * (n + 1), n + 1)]
            at += m * (n + 1)
            xs = [z.relu() for z in zs]
        return cross_entropy(zs, inputs[2:]) if len(zs) == 3 else (1 - inputs[2] * zs[0]).relu()


class OverArrays(Glassgrad):
    title, backend = "glassgrad, Replay over NumPy", "numpy"


class OverFloats(Glassgrad):
    title, backend, most, slow = "glassgrad, Replay over floats", "python", 150, True


class Scalar(Replayer):
    """C by hand, called over and over from C."""

    title, block, flags = "C by hand, a loop over rows", 1, ["-lm"]

    def __init__(self) -> None:
        super().__init__()
        import ctypes
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder) / "replaying.so"
            gcc = ["gcc", "-O3", "-march=native", f"-DBLOCK={self.block}", "-shared", "-fPIC"]
            subprocess.run([*gcc, str(HERE / "replaying.c"), "-o", str(library), *self.flags], check=True,
                           capture_output=True)
            self.compiled = ctypes.CDLL(str(library))
        self.compiled.repeat.restype = ctypes.c_double

    def prepare(self, work: Any, rows: Any) -> Run:
        import ctypes

        import numpy
        loss = getattr(self.compiled, work[0])
        numbers = numpy.array(parameters_of(work))
        rows = numpy.ascontiguousarray(rows.T) if self.block > 1 else rows
        grad, n = numpy.zeros(len(numbers)), max(rows.shape)
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (rows, numbers, grad)]

        def run() -> Any:
            return self.compiled.repeat(loss, pointers[0], ctypes.c_long(n), *pointers[1:], ctypes.c_long(len(grad)),
                                        ctypes.c_long(self.times(n))), (grad, rows, numbers)[0]
        return run

    def repeat(self, run: Run, n: int) -> int:
        run()
        return self.times(n)


class Vector(Scalar):
    title, block, flags = "C by hand, structure of arrays, vector math", 64, ["-ffast-math", "-lmvec", "-lm"]
