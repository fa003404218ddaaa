"""The peers: each written as its own users would write it; each imports its package when it is made."""
from __future__ import annotations

import math

from benchmarks.engines import Engine, Glassgrad, Nodes, Python
from benchmarks.floats import Floats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from benchmarks.workloads import Loss


class Micrograd(Engine):
    title, packages = "micrograd", ("micrograd",)

    def __init__(self) -> None:
        from micrograd.engine import Value
        self.number, self.relu = Value, Value.relu
        self.exp = function(Value, "exp", math.exp, lambda x, z: z)
        self.log = function(Value, "log", math.log, lambda x, z: 1 / x)


def function(value: Any, name: str, formula: Callable[[float], float],
             slope: Callable[[float, float], float]) -> Callable[[Any], Any]:
    """A function that micrograd lacks, added as its own are written: the result holds a closure."""
    def apply(x: Any) -> Any:
        z = value(formula(x.data), (x,), name)

        def _backward() -> None:
            x.grad += slope(x.data, z.data) * z.grad
        z._backward = _backward
        return z
    return apply


class Microgpt(Engine):
    """A node in the manner of microgpt, which is no package: operands and local derivatives in tuples."""

    title = "after microgpt's Value"

    def __init__(self) -> None:
        self.number, self.relu, self.exp, self.log = Scalar, Scalar.relu, Scalar.exp, Scalar.log


class Scalar:
    __slots__ = ("data", "grad", "operands", "slopes")

    def __init__(self, data: float, operands: tuple[Scalar, ...] = (), slopes: tuple[float, ...] = ()) -> None:
        self.data, self.grad, self.operands, self.slopes = data, 0.0, operands, slopes

    def __add__(self, other: Any) -> Scalar:
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> Scalar:
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n: float) -> Scalar:
        return Scalar(self.data ** n, (self,), (n * self.data ** (n - 1),))

    def __neg__(self) -> Scalar:
        return self * -1.0

    def __truediv__(self, other: Scalar) -> Scalar:
        return self * other ** -1

    __radd__, __rmul__ = __add__, __mul__

    def relu(self) -> Scalar:
        return Scalar(max(0.0, self.data), (self,), (float(self.data > 0.0),))

    def exp(self) -> Scalar:
        return Scalar(math.exp(self.data), (self,), (math.exp(self.data),))

    def log(self) -> Scalar:
        return Scalar(math.log(self.data), (self,), (1.0 / self.data,))

    def backward(self) -> None:
        order, found = [], set()

        def visit(v: Scalar) -> None:
            if v not in found:
                found.add(v)
                for x in v.operands:
                    visit(x)
                order.append(v)
        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            for x, slope in zip(v.operands, v.slopes):
                x.grad += slope * v.grad


class Torch(Engine):
    title, packages, native = "PyTorch, 0-dim tensors", ("torch",), True

    def __init__(self) -> None:
        import torch
        torch.set_num_threads(1)
        self.torch, self.relu, self.exp, self.log = torch, torch.relu, torch.exp, torch.log

    def number(self, x: float) -> Any:
        return self.torch.tensor(x, dtype=self.torch.float64)

    def value(self, x: float) -> Any:
        return self.number(x).requires_grad_()

    def gradients(self, found: Any) -> list[float]:
        return [0.0 if p.grad is None else p.grad.item() for p in self.parameters]

    def clear(self) -> None:
        for p in self.parameters:
            p.grad = None


class Xad(Engine):
    title, packages, native = "xad", ("xad",), True

    def __init__(self) -> None:
        import xad.math
        from xad.adj_1st import Real, Tape
        self.number, self.exp, self.log = Real, xad.math.exp, xad.math.log
        self.relu = lambda x, larger=xad.math.max: larger(x, 0.0)
        self.tape = Tape()
        self.tape.activate()

    def at(self, point: Sequence[float]) -> None:
        super().at(point)
        self.tape.registerInputs(self.parameters)

    def forward(self, work: Loss) -> Any:
        self.tape.newRecording()
        return super().forward(work)

    def backward(self, result: Any) -> Any:
        self.tape.registerOutput(result)
        result.setDerivative(1.0)
        self.tape.computeAdjoints()

    def gradients(self, found: Any) -> list[float]:
        return [p.getDerivative() for p in self.parameters]

    def clear(self) -> None:
        self.tape.clearDerivatives()


class Functional(Engine):
    """An engine whose gradients are those of functions: the forward pass gives the function that goes back."""

    native = True

    def clear(self) -> None:
        pass

    def gradients(self, found: Any) -> list[float]:
        return [float(grad) for grad in found]


class Autograd(Functional):
    title, packages = "autograd (HIPS)", ("autograd",)

    def __init__(self) -> None:
        import autograd.numpy as numpy
        from autograd.core import make_vjp
        self.trace, self.exp, self.log = make_vjp, numpy.exp, numpy.log
        self.relu = lambda x, larger=numpy.maximum: larger(x, 0.0)

    def forward(self, work: Loss) -> Any:
        places = range(len(self.parameters))
        return self.trace(lambda point: work.loss([point[i] for i in places], self), self.parameters)[0]

    def backward(self, result: Any) -> Any:
        return result(1.0)


class Jax(Functional):
    title, packages, slow = "JAX, not compiled", ("jax",), True

    def __init__(self) -> None:
        import jax
        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_platforms", "cpu")
        self.jax, self.exp, self.log = jax, jax.numpy.exp, jax.numpy.log
        self.relu = lambda x, larger=jax.numpy.maximum: larger(x, 0.0)

    def value(self, x: float) -> Any:
        return self.jax.numpy.float64(x)

    def forward(self, work: Loss) -> Any:
        return self.jax.vjp(lambda point: work.loss(point, self), self.parameters)[1]

    def backward(self, result: Any) -> Any:
        return self.jax.block_until_ready(result(self.jax.numpy.float64(1.0)))[0]


class Casadi(Functional):
    """An expression is built, differentiated and evaluated in each step."""

    title, packages = "CasADi SX, rebuilt each step", ("casadi",)

    def __init__(self) -> None:
        import casadi
        self.casadi, self.exp, self.log = casadi, casadi.exp, casadi.log
        self.relu = lambda x, larger=casadi.fmax: larger(x, 0.0)

    def at(self, point: Sequence[float]) -> None:
        self.point = self.casadi.DM(point)
        self.symbols = self.casadi.SX.sym("p", len(point))
        self.parameters = self.casadi.vertsplit(self.symbols)

    def backward(self, result: Any) -> Any:
        slopes = self.casadi.gradient(result, self.symbols)
        return self.casadi.Function("gradient", [self.symbols], [result, slopes])(self.point)[1]

    def gradients(self, found: Any) -> list[float]:
        return [float(grad) for grad in found.elements()]


ENGINES: dict[str, type[Engine]] = {
    "floats": Floats, "glassgrad": Glassgrad, "nodes": Nodes, "python": Python, "microgpt": Microgpt,
    "micrograd": Micrograd, "xad": Xad, "autograd": Autograd, "casadi": Casadi, "torch": Torch, "jax": Jax,
}
