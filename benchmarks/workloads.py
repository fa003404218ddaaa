"""W1 and W2: two losses written once, in plain scalar operators, for the values of any engine.

W1 is micrograd's demonstration: the max-margin loss of a 2-16-16-1 network on 20 rows, with weight decay; its inputs
are made values of the engine. W2 is the softmax cross-entropy of a 2-8-3 network on 80 rows, its inputs plain numbers,
written with exp, + and /. The hidden neurons of both are ReLUs.
"""
from __future__ import annotations

from math import log
from random import Random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

DECAY = 1e-4


class Loss:
    """What is differentiated: `loss(parameters, engine)`, at a point."""

    parameters: list[float]
    checked: Sequence[int]                           # the parameters whose slopes are compared with complex steps

    def loss(self, parameters: Sequence[Any], engine: Any) -> Any:
        raise NotImplementedError

    def operations(self) -> int:
        """How many operators and functions the loss applies; what is counted per op is counted per one of these."""
        engine, Counted.count = Counting(), 0
        self.loss([Counted(x) for x in self.parameters], engine)
        return Counted.count


class Workload(Loss):
    """A loss of a network with fixed weights on fixed rows."""

    def __init__(self, name: str, widths: Sequence[int], size: int, kinds: Sequence[int],
                 loss: Callable[[Workload, Sequence[Any], Any], Any]) -> None:
        draw = Random(name)                          # a text as seed: the same numbers everywhere
        self.name, self.widths, self.formula = name, widths, loss
        self.parameters = [draw.uniform(-1.0, 1.0) for n, m in zip(widths, widths[1:]) for _ in range((n + 1) * m)]
        self.rows = [([draw.uniform(-1.0, 1.0) for _ in range(widths[0])], draw.choice(kinds)) for _ in range(size)]
        self.checked = range(len(self.parameters))

    def loss(self, parameters: Sequence[Any], engine: Any) -> Any:
        return self.formula(self, parameters, engine)

    def network(self, parameters: Sequence[Any]) -> list[list[tuple[Sequence[Any], Any]]]:
        """The layers: for each neuron its weights and its bias."""
        layers, at = [], 0
        for n, m in zip(self.widths, self.widths[1:]):
            starts = range(at, at + (n + 1) * m, n + 1)
            layers.append([(parameters[i:i + n], parameters[i + n]) for i in starts])
            at += (n + 1) * m
        return layers


def neuron(ws: Sequence[Any], xs: Sequence[Any], b: Any) -> Any:
    """The weighted sum of the inputs, left to right from the bias."""
    z = b
    for w, x in zip(ws, xs):
        z = z + w * x
    return z


def total(terms: Iterable[Any]) -> Any:
    first, *others = terms
    for term in others:
        first = first + term
    return first


def outputs(layers: Sequence[Any], xs: Sequence[Any], engine: Any) -> Sequence[Any]:
    """The last layer's sums, through ReLUs before it."""
    relu, neuron = engine.relu, engine.neuron
    for layer in layers[:-1]:
        xs = [relu(neuron(ws, xs, b)) for ws, b in layer]
    return [neuron(ws, xs, b) for ws, b in layers[-1]]


def margin(work: Workload, parameters: Sequence[Any], engine: Any) -> Any:
    layers, losses = work.network(parameters), []
    for xs, y in work.rows:
        score, = outputs(layers, [engine.number(x) for x in xs], engine)
        losses.append(engine.relu(1 + -y * score))
    return total(losses) * (1 / len(losses)) + DECAY * total([p * p for p in parameters])


def cross_entropy(work: Workload, parameters: Sequence[Any], engine: Any) -> Any:
    layers = work.network(parameters)
    losses = [engine.cross_entropy(outputs(layers, xs, engine), target) for xs, target in work.rows]
    return total(losses) * (1 / len(losses))


WORKLOADS = {
    "W1": Workload("W1", (2, 16, 16, 1), 20, (-1, 1),   margin),
    "W2": Workload("W2", (2, 8, 3),      80, (0, 1, 2), cross_entropy),
}


# What an engine brings along; the two engines here count and give the reference ---------------------------------------

class Functions:
    """What a loss asks of an engine, as for plain numbers; engines put their own in place."""

    neuron = staticmethod(neuron)
    number: Callable[[Any], Any] = staticmethod(lambda x: x)
    relu: Callable[[Any], Any]
    exp: Callable[[Any], Any]
    log: Callable[[Any], Any]

    def dot(self, xs: Sequence[Any], ys: Sequence[Any]) -> Any:
        """The sum of the products, left to right."""
        return total([x * y for x, y in zip(xs, ys)])

    def softmax(self, logits: Sequence[Any]) -> list[Any]:
        powers = [self.exp(z) for z in logits]
        whole = total(powers)
        return [power / whole for power in powers]

    def cross_entropy(self, logits: Sequence[Any], target: int) -> Any:
        """-log of the target's softmax, as the textbook writes it."""
        powers = [self.exp(z) for z in logits]
        return -self.log(powers[target] / total(powers))


class Counted(float):
    """A number that counts what is done with it."""

    count = 0


def counting(function: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*operands: Any) -> Counted:
        Counted.count += 1
        return Counted(function(*operands))
    return counted


for method in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "neg"):
    setattr(Counted, f"__{method}__", counting(getattr(float, f"__{method}__")))


class Counting(Functions):
    number = staticmethod(Counted)
    relu = staticmethod(counting(lambda x: max(x, 0.0)))
    exp = staticmethod(counting(lambda x: 2.718281828459045 ** float(x)))
    log = staticmethod(counting(log))


class Complex(Functions):
    """Complex numbers, whose imaginary parts carry one derivative each, exactly."""

    relu = staticmethod(lambda x: x if x.real > 0.0 else 0.0)

    def __init__(self) -> None:
        import cmath
        self.exp, self.log = cmath.exp, cmath.log


def reference(work: Loss) -> list[float]:
    """The gradient by complex steps, where it is checked: no engine, no chain rule."""
    slopes = []
    for i in work.checked:
        point: list[Any] = list(work.parameters)
        point[i] += 1e-30j
        slopes.append(work.loss(point, Complex()).imag / 1e-30)
    return slopes
