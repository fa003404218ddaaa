"""The limit: the losses on plain Python floats, and their chain rule by hand, step for step what a graph's would be."""
from __future__ import annotations

from math import exp, log

from benchmarks.engines import Engine
from benchmarks.workloads import DECAY, neuron, total

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from benchmarks.workloads import Workload


class Floats(Engine):
    title = "plain Python floats, the chain rule by hand: the limit"

    def __init__(self) -> None:
        self.relu, self.exp, self.log = relu, exp, log

    def forward(self, work: Workload) -> Any:
        """The loss, and what the chain rule needs of each row: its layers' inputs, its scores' powers or margin."""
        layers, rows, losses = work.network(self.parameters), [], []
        for xs, kind in work.rows:
            inputs = [xs]
            for layer in layers[:-1]:
                inputs.append(xs := [relu(neuron(ws, xs, b)) for ws, b in layer])
            scores = [neuron(ws, xs, b) for ws, b in layers[-1]]
            if len(scores) == 1:
                end = relu(1 + -kind * scores[0])
                losses.append(end)
            else:
                powers = [exp(z) for z in scores]
                whole = total(powers)
                share = powers[kind] / whole
                losses.append(-log(share))
                end = powers, whole, share
            rows.append((inputs, kind, end))
        loss = total(losses) * (1 / len(losses))
        if len(layers[-1]) == 1:
            loss = loss + DECAY * total([p * p for p in self.parameters])
        return loss, layers, rows

    def backward(self, result: Any) -> Any:
        """The gradients, layer by layer: for each neuron its weights' and its bias's."""
        _, layers, rows = result
        found = [[([0.0] * len(ws), [0.0]) for ws, _ in layer] for layer in layers]
        scale = 1 / len(rows)
        for inputs, kind, end in rows:
            if len(layers[-1]) == 1:
                grads = [-kind * (scale if end > 0.0 else 0.0)]
            else:
                powers, whole, share = end
                grad = -scale / share
                each = -grad * share / whole
                grads = [(each + (grad / whole if i == kind else 0.0)) * power for i, power in enumerate(powers)]
            for i in reversed(range(len(layers))):
                grads = through(layers[i], found[i], inputs[i], grads, i > 0 or len(layers[-1]) == 1)
        if len(layers[-1]) == 1:
            decay(layers, found)
        return found

    def gradients(self, found: Any) -> list[float]:
        return [slope for layer in found for ws, b in layer for slope in (*ws, *b)]

    def clear(self) -> None:
        pass


def relu(x: float) -> float:
    return x if x > 0.0 else 0.0


def through(layer: Any, slopes: Any, xs: Sequence[float], grads: Sequence[float], wanted: bool) -> list[float]:
    """Add to the slopes of one layer; the gradients of the sums of the layer before, if its inputs' are wanted."""
    inner = [0.0] * len(xs)
    for (ws, _), (sums, bias), grad in zip(layer, slopes, grads):
        if grad:                                     # a zero goes nowhere, as in a graph
            bias[0] += grad
            sums[:] = [slope + grad * x for slope, x in zip(sums, xs)]
            if wanted:
                inner = [slope + grad * w for slope, w in zip(inner, ws)]
    return [grad if x > 0.0 else 0.0 for grad, x in zip(inner, xs)]


def decay(layers: Any, found: Any) -> None:
    """Add the slopes of the sum of squares."""
    for layer, slopes in zip(layers, found):
        for (ws, b), (sums, bias) in zip(layer, slopes):
            bias[0] += DECAY * b + DECAY * b
            sums[:] = [slope + (DECAY * w + DECAY * w) for slope, w in zip(sums, ws)]
