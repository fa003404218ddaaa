"""The engines that run R1, R2 and R3 over many rows, each written as its own users would write it for speed."""
from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from random import Random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Run = Callable[[], tuple[Any, Any]]              # gives the sum, and its gradient by the parameters

WORKS = {"R1": ("R1", (2, 8, 3)), "R2": ("R2", (2, 2, 3)), "R3": ("R3", (2, 16, 16, 1))}
SIZES = 150, 100_000
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
    """An engine: `prepare(work, rows)` gives what computes a sum and its gradient; `repeat` runs it some times."""

    title, packages, most, slow = "", (), 10 ** 9, False

    def __init__(self) -> None:
        self.runs: dict[Any, Run] = {}

    def prepare(self, work: Any, rows: Any) -> Run:
        raise NotImplementedError

    def prepared(self, work: Any, n: int) -> Run:
        if (work, n) not in self.runs:
            self.runs[work, n] = self.prepare(work, rows_of(work, n))
            self.runs[work, n]()
        return self.runs[work, n]

    def repeat(self, run: Run) -> int:
        for _ in range(10 if self.most > 150 else 1):
            run()
        return 10 if self.most > 150 else 1


class Glassgrad(Replayer):
    title, backend = "glassgrad, Replay", "native"

    def prepare(self, work: Any, rows: Any) -> Run:
        from engine import Replay, Value
        parameters = [Value(x) for x in parameters_of(work)]
        inputs = [Value(x) for x in rows[0]]
        replay = Replay(self.loss(work, parameters, inputs), inputs=inputs, backend=self.backend, threads=1)
        if replay.backend != self.backend:
            raise ImportError(f"runs on {replay.backend}")

        def run() -> Any:
            return replay.backward(rows), (p.grad for p in parameters)
        replay.backward(rows)
        for p in parameters:
            p.grad = 0.0
        return run

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
        self.times = 1

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
                                        ctypes.c_long(max(1, 100_000 // n))), (grad, rows, numbers)[0]
        run.times = max(1, 100_000 // n)  # type: ignore[attr-defined]
        return run

    def repeat(self, run: Any) -> int:
        run()
        return run.times  # type: ignore[no-any-return]


class Vector(Scalar):
    title, block, flags = "C by hand, structure of arrays, vector math", 64, ["-ffast-math", "-lmvec", "-lm"]


class Jax(Replayer):
    title, packages = "JAX jit, matrix form", ("jax",)

    def prepare(self, work: Any, rows: Any) -> Run:
        import jax
        import jax.numpy as jnp
        import numpy
        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_platforms", "cpu")

        def loss(p: Any, rows: Any) -> Any:
            xs, at = rows[:, :2], 0
            for n, m in zip(work[1], work[1][1:]):
                matrix = p[at:at + m * (n + 1)].reshape(m, n + 1)
                zs, at = xs @ matrix[:, :n].T + matrix[:, n], at + m * (n + 1)
                xs = jnp.maximum(zs, 0.0)
            if zs.shape[1] == 3:
                return -jnp.sum(rows[:, 2:] * jax.nn.log_softmax(zs))
            return jnp.sum(jnp.maximum(1.0 - rows[:, 2:] * zs, 0.0))
        step, p, on = jax.jit(jax.value_and_grad(loss)), jnp.array(parameters_of(work)), jnp.asarray(numpy.array(rows))
        return lambda: jax.block_until_ready(step(p, on))


class Torch(Replayer):
    title, packages = "PyTorch, batched", ("torch",)

    def prepare(self, work: Any, rows: Any) -> Run:
        import torch
        torch.set_num_threads(1)
        p = torch.tensor(parameters_of(work), dtype=torch.float64, requires_grad=True)
        on = torch.tensor(rows)

        def run() -> Any:
            xs, at = on[:, :2], 0
            for n, m in zip(work[1], work[1][1:]):
                matrix = p[at:at + m * (n + 1)].reshape(m, n + 1)
                zs, at = torch.nn.functional.linear(xs, matrix[:, :n], matrix[:, n]), at + m * (n + 1)
                xs = torch.relu(zs)
            loss = -(on[:, 2:] * torch.log_softmax(zs, 1)).sum() if zs.shape[1] == 3 else \
                torch.relu(1.0 - on[:, 2:] * zs).sum()
            p.grad = None
            loss.backward()
            return loss.item(), p.grad
        return run


class Micrograd(Replayer):
    title, packages, most, slow = "micrograd", ("micrograd",), 150, True

    def prepare(self, work: Any, rows: Any) -> Run:
        from benchmarks.peers import Micrograd as Functions
        engine: Any = Functions()
        parameters = [engine.number(x) for x in parameters_of(work)]
        rows = rows.tolist()

        def run() -> Any:
            for p in parameters:
                p.grad = 0.0
            total = 0.0
            for row in rows:
                loss = self.loss(engine, work, parameters, row)
                loss.backward()
                total += loss.data
            return total, [p.grad for p in parameters]
        return run

    def loss(self, engine: Any, work: Any, parameters: Any, row: Any) -> Any:
        xs, at = row[:2], 0
        for n, m in zip(work[1], work[1][1:]):
            zs = []
            for i in range(at, at + m * (n + 1), n + 1):
                z = parameters[i + n]
                for w, x in zip(parameters[i:i + n], xs):
                    z = z + w * x
                zs.append(z)
            at += m * (n + 1)
            xs = [z.relu() for z in zs]
        if len(zs) == 1:
            return (1 + -row[2] * zs[0]).relu()
        powers = [engine.exp(z) for z in zs]
        total = powers[0] + powers[1] + powers[2]
        return -(engine.log(powers[row[2:].index(1.0)] / total))


REPLAYERS: dict[str, type[Replayer]] = {
    "scalar": Scalar, "vector": Vector, "glassgrad": Glassgrad, "numpy": OverArrays, "floats": OverFloats, "jax": Jax,
    "torch": Torch, "micrograd": Micrograd,
}
