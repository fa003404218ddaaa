"""The peers that run R1, R2 and R3 over many rows, each written as its own users would write it for speed."""
from __future__ import annotations

import os
import tempfile
from math import exp, log

from benchmarks.replayers import Glassgrad, OverArrays, OverFloats, Replayer, Scalar, Vector, parameters_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from benchmarks.replayers import Run


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


class Matrices(Replayer):
    """NumPy by hand: the gradient written out too."""

    title = "NumPy by hand, matrix form"

    def prepare(self, work: Any, rows: Any) -> Run:
        import numpy as np
        p, widths = np.array(parameters_of(work)), work[1]
        grad, ys = np.empty_like(p), rows[:, 2:]

        def run() -> Any:
            acts, layers, at = [rows[:, :2]], [], 0
            for n, m in zip(widths, widths[1:]):
                layers.append((at, p[at:at + m * (n + 1)].reshape(m, n + 1)))
                zs, at = acts[-1] @ layers[-1][1][:, :n].T + layers[-1][1][:, n], at + m * (n + 1)
                acts.append(np.maximum(zs, 0.0))
            if len(ys[0]) == 3:
                shifted = zs - zs.max(1, keepdims=True)
                powers = np.exp(shifted)
                sums = powers.sum(1, keepdims=True)
                total, slopes = (ys * (np.log(sums) - shifted)).sum(), powers / sums - ys
            else:
                margins = 1.0 - ys * zs
                total, slopes = np.maximum(margins, 0.0).sum(), -ys * (margins > 0.0)
            for (at, matrix), xs in zip(layers[::-1], acts[-2::-1]):
                m, n = matrix.shape
                part = grad[at:at + m * n].reshape(m, n)
                part[:, :-1], part[:, -1] = slopes.T @ xs, slopes.sum(0)
                slopes = slopes @ matrix[:, :-1] * (xs > 0.0)
            return total, grad
        return run


class Numba(Replayer):
    title, packages = "numba, loops by hand", ("numba",)

    def prepare(self, work: Any, rows: Any) -> Run:
        import numba
        import numpy as np
        p, widths = np.array(parameters_of(work)), np.array(work[1])
        step, grad, most = numba.njit(loops), np.zeros(len(p)), max(widths)
        xs, slopes, before = np.zeros((len(widths), most)), np.zeros(most), np.zeros(most)
        return lambda: (step(p, rows, widths, xs, slopes, before, grad), grad)


def loops(p: Any, rows: Any, widths: Any, xs: Any, slopes: Any, before: Any, grad: Any) -> float:
    """The sum of the losses; its gradient in `grad`. For numba: loops over numbers, nothing else."""
    layers, total = len(widths) - 1, 0.0
    grad[:] = 0.0
    for row in rows:
        xs[0, 0], xs[0, 1], at = row[0], row[1], 0
        for k in range(layers):
            n, m = widths[k], widths[k + 1]
            for j in range(m):
                z = p[at + n]
                for i in range(n):
                    z += p[at + i] * xs[k, i]
                xs[k + 1, j] = z if z > 0.0 or k == layers - 1 else 0.0
                at += n + 1
        zs = xs[layers]
        if widths[layers] == 3:
            largest = max(zs[0], zs[1], zs[2])
            powers = exp(zs[0] - largest) + exp(zs[1] - largest) + exp(zs[2] - largest)
            for j in range(3):
                total += row[2 + j] * (log(powers) - (zs[j] - largest))
                slopes[j] = exp(zs[j] - largest) / powers - row[2 + j]
        else:
            margin = 1.0 - row[2] * zs[0]
            total += max(margin, 0.0)
            slopes[0] = -row[2] if margin > 0.0 else 0.0
        for k in range(layers - 1, -1, -1):
            n, m = widths[k], widths[k + 1]
            at -= m * (n + 1)
            before[:n] = 0.0
            for j in range(m):
                base = at + j * (n + 1)
                for i in range(n):
                    grad[base + i] += slopes[j] * xs[k, i]
                    before[i] += slopes[j] * p[base + i]
                grad[base + n] += slopes[j]
            for i in range(n):
                slopes[i] = before[i] if xs[k, i] > 0.0 else 0.0
    return total


class Casadi(Replayer):
    """One row's loss as an expression, its gradient with it, mapped over all rows and added up."""

    title, packages, options, slow = "CasADi SX, its own machine", ("casadi",), dict[str, object](), False

    def prepare(self, work: Any, rows: Any) -> Run:
        import casadi
        import numpy as np
        p, row = casadi.SX.sym("p", len(parameters_of(work))), casadi.SX.sym("row", rows.shape[1])
        xs, at = row[:2], 0
        for n, m in zip(work[1], work[1][1:]):
            matrix = casadi.reshape(p[at:at + m * (n + 1)], n + 1, m).T
            zs, at = matrix[:, :n] @ xs + matrix[:, n], at + m * (n + 1)
            xs = casadi.fmax(zs, 0.0)
        shifted = zs - casadi.mmax(zs)
        loss = casadi.dot(row[2:], casadi.log(casadi.sum1(casadi.exp(shifted))) - shifted) if work[1][-1] == 3 else \
            casadi.fmax(1.0 - row[2] * zs, 0.0)
        step = casadi.Function("step", [p, row], [loss, casadi.gradient(loss, p)])
        every = step.map("every", "serial", len(rows), [0], [0, 1])
        if self.options:
            every = casadi.Function("compiled", every.mx_in(), every.call(every.mx_in()), self.options)
        numbers, columns = casadi.DM(parameters_of(work)), casadi.DM(np.ascontiguousarray(rows.T))

        def run() -> Any:
            total, grad = every(numbers, columns)
            return float(total), grad.full().ravel()
        return run


class CasadiC(Casadi):
    title = "CasADi, generated C"
    options = {"jit": True, "compiler": "shell", "jit_options": {"compiler": "gcc", "flags": ["-O3", "-march=native"]}}

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        os.chdir(self.folder.name)                   # where what it compiles is left


class Micrograd(Replayer):
    """As its own demo is written: one graph of the losses of all rows, then one backward pass."""

    title, packages, most, slow = "micrograd, one graph over all rows", ("micrograd",), 150, True

    def prepare(self, work: Any, rows: Any) -> Run:
        from benchmarks.peers import Micrograd as Functions
        engine: Any = Functions()
        parameters = [engine.number(x) for x in parameters_of(work)]
        rows = rows.tolist()

        def run() -> Any:
            for p in parameters:
                p.grad = 0.0
            return self.total([lambda row=row: self.loss(engine, work, parameters, row) for row in rows]), \
                [p.grad for p in parameters]
        return run

    def total(self, losses: Any) -> Any:
        """The sum of the losses, each built when it is called for; its gradient goes to the parameters."""
        total = sum(loss() for loss in losses)
        total.backward()
        return total.data

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


class MicrogradByRow(Micrograd):
    """Row by row: smaller graphs spare it much of the garbage collector's time."""

    title = "micrograd, a graph for each row"

    def total(self, losses: Any) -> Any:
        total = 0.0
        for loss in losses:
            z = loss()
            z.backward()
            total += z.data
        return total


REPLAYERS: dict[str, type[Replayer]] = {
    "scalar": Scalar, "vector": Vector, "glassgrad": Glassgrad, "numpy": OverArrays, "floats": OverFloats,
    "matrices": Matrices, "numba": Numba, "casadi": Casadi, "casadi-c": CasadiC, "jax": Jax, "torch": Torch,
    "micrograd": Micrograd, "micrograd-rows": MicrogradByRow,
}
