"""What an engine makes of points: the value, all slopes and all second derivatives, in float64.

A program of its own, since each engine may live in an environment of its own: `python proofs/engines.py torch` reads
questions as JSON and writes answers; a number that is not there is null. Imports nothing of the project for others.
"""
from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

TORCH = {                                            # how an operation is asked for; x, y, ... are scalar tensors
    "add": "x + y", "sub": "x - y", "mul": "x * y", "truediv": "x / y", "pow": "x ** y", "neg": "-x", "abs": "t.abs(x)",
    "atan2": "t.atan2(x, y)", "hypot": "t.hypot(x, y)", "xlogy": "t.xlogy(x, y)", "relu": "t.relu(x)",
    "softplus": "f.softplus(x)", "silu": "f.silu(x)", "gelu": "f.gelu(x)", "elu": "f.elu(x)",
    "leaky_relu": "f.leaky_relu(x)", "softsign": "f.softsign(x)", "fsum": "t.sum(t.stack(xs))",
    "maximum": "t.amax(t.stack(xs))", "minimum": "t.amin(t.stack(xs))", "softmax": "t.softmax(t.stack(xs), 0)[0]",
    "logsumexp": "t.logsumexp(t.stack(xs), 0)", "log_softmax": "t.log_softmax(t.stack(xs), 0)[0]",
    "cross_entropy": "f.cross_entropy(t.stack(xs), t.tensor(0))", "gaussian": "t.exp(-x * x)",
    "weighted_cross_entropy": "-t.dot(t.stack(xs[2:]), f.log_softmax(t.stack(xs[:2]), 0))",
    "dot": "t.dot(t.stack(xs[:2]), t.stack(xs[2:]))", "affine": "t.dot(t.stack(xs[:2]), t.stack(xs[2:4])) + xs[4]"}
JAX = {
    "add": "x + y", "sub": "x - y", "mul": "x * y", "truediv": "x / y", "pow": "x ** y", "neg": "-x", "abs": "t.abs(x)",
    "asin": "t.arcsin(x)", "acos": "t.arccos(x)", "atan": "t.arctan(x)", "asinh": "t.arcsinh(x)",
    "acosh": "t.arccosh(x)", "atanh": "t.arctanh(x)", "atan2": "t.arctan2(x, y)", "hypot": "t.hypot(x, y)",
    "sigmoid": "n.sigmoid(x)", "softplus": "n.softplus(x)", "relu": "n.relu(x)", "silu": "n.silu(x)",
    "gelu": "n.gelu(x, approximate=False)", "elu": "n.elu(x)", "leaky_relu": "n.leaky_relu(x)",
    "softsign": "n.soft_sign(x)", "erf": "s.erf(x)", "erfc": "s.erfc(x)", "xlogy": "s.xlogy(x, y)",
    "fsum": "t.sum(t.stack(xs))", "maximum": "t.max(t.stack(xs))", "minimum": "t.min(t.stack(xs))",
    "softmax": "n.softmax(t.stack(xs))[0]", "logsumexp": "s.logsumexp(t.stack(xs))",
    "log_softmax": "n.log_softmax(t.stack(xs))[0]", "cross_entropy": "-n.log_softmax(t.stack(xs))[0]",
    "weighted_cross_entropy": "-t.dot(t.stack(xs[2:]), n.log_softmax(t.stack(xs[:2])))", "gaussian": "t.exp(-x * x)",
    "dot": "t.dot(t.stack(xs[:2]), t.stack(xs[2:]))", "affine": "t.dot(t.stack(xs[:2]), t.stack(xs[2:4])) + xs[4]"}
Answer = list[float | None]
Asked  = Callable[..., Any]


def named(xs: Any) -> dict[str, Any]:
    return {"xs": xs, **dict(zip("xy", xs))}


def torch(name: str) -> Callable[[list[float]], Answer]:
    """PyTorch's answer."""
    import torch as t
    code = compile(TORCH.get(name, f"t.{name}(x)"), name, "eval")
    names = {"t": t, "f": t.nn.functional}

    def answer(point: list[float]) -> Answer:
        xs = [t.tensor(x, dtype=t.float64, requires_grad=True) for x in point]
        z = eval(code, names, named(xs))
        slopes = t.autograd.grad(z, xs, create_graph=True, allow_unused=True)
        seconds: list[Any] = []
        for i, slope in enumerate(slopes):
            there = slope is not None and slope.requires_grad
            found = t.autograd.grad(slope, xs, retain_graph=True, allow_unused=True) if there else [None] * len(xs)
            seconds += [0.0 if found[j] is None else found[j].item() for j in range(i, len(xs))]
        return [z.item(), *[0.0 if slope is None else slope.item() for slope in slopes], *seconds]
    return answer


def jax(name: str) -> Callable[[list[float]], Answer]:
    """JAX's answer."""
    import jax as j
    j.config.update("jax_enable_x64", True)
    from jax import nn as n, numpy as t, scipy
    code = compile(JAX.get(name, f"t.{name}(x)"), name, "eval")
    names = {"t": t, "n": n, "s": scipy.special}

    def z(xs: Any) -> Any:
        return eval(code, names, named([xs[i] for i in range(xs.shape[0])]))
    every = j.jit(lambda xs: (z(xs), j.grad(z)(xs), j.hessian(z)(xs)))

    def answer(point: list[float]) -> Answer:
        value, slopes, seconds = every(t.array(point, dtype=t.float64))
        places = range(len(point))
        return [float(value), *map(float, slopes), *[float(seconds[i, k]) for i in places for k in places if k >= i]]
    return answer


def glassgrad(name: str) -> Callable[[list[float]], Answer]:
    """Ours; an error is a number that is not there."""
    from engine import Op, Value, derivative
    from engine.readers.operands import example_of, result_of
    row = Op.table[name]

    def by(y: Any, x: Any) -> Any:
        return None if y is None else attempted(lambda: derivative(y, x), None)

    def answer(point: list[float]) -> Answer:
        leaves = [Value(x) for x in point]
        if row.arity:
            z = row(*leaves)
        elif row.shape == "pairs":
            z = result_of(row, leaves, len(leaves) // 2)
        else:
            z = result_of(row, *example_of(row, leaves, 0))
        slopes = [by(z, x) for x in leaves]
        seconds = [by(slope, x) for i, slope in enumerate(slopes) for x in leaves[i:]]
        return [z.data, *[None if v is None else v.data for v in (*slopes, *seconds)]]
    return answer


def attempted(act: Callable[[], Any], otherwise: Any) -> Any:
    """What an act gives, or `otherwise` where it says that there is no such number."""
    try:
        return act()
    except (ArithmeticError, ValueError):
        return otherwise


def main(engine: str) -> None:
    makers = {"torch": torch, "jax": jax, "glassgrad": glassgrad}
    answers: dict[str, list[Answer | None]] = {}
    for name, points in json.load(sys.stdin).items():
        try:
            asked = makers[engine](name)
            asked(points[0])
        except AttributeError:                       # it has no such operation
            continue
        except (ArithmeticError, ValueError):
            pass
        answers[name] = [attempted(lambda: asked(point), None) for point in points]  # type: ignore[arg-type]
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])
    main(sys.argv[1])
