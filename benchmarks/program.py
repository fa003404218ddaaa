"""A whole character-level transformer in one short program, with a Value class of its own, as is popular.

Embeddings of 16, one layer of 4 heads and 64 hidden neurons, norms by the root of the mean square, no biases: the model
of W3, built from single operators in plain loops, with Adam's step written out and `p.grad = 0` after it. `Program`
takes the class: its own one below, or engine's, with nothing else changed.
"""
from __future__ import annotations

import math
import random
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Value:
    """A number that knows what it was made from, and its slope by each of that."""

    __slots__ = ("data", "grad", "made_from", "slopes")

    def __init__(self, data: float, made_from: tuple[Value, ...] = (), slopes: tuple[float, ...] = ()) -> None:
        self.data, self.grad, self.made_from, self.slopes = data, 0, made_from, slopes

    def __add__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n: float) -> Value:
        return Value(self.data ** n, (self,), (n * self.data ** (n - 1),))

    def exp(self) -> Value:
        z = math.exp(self.data)
        return Value(z, (self,), (z,))

    def log(self) -> Value:
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def relu(self) -> Value:
        return Value(max(0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self) -> Value:
        return self * -1

    def __sub__(self, other: Any) -> Value:
        return self + -other

    def __truediv__(self, other: Any) -> Value:
        return self * other ** -1

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        order: list[Value] = []
        seen: set[Value] = set()

        def visit(v: Value) -> None:
            if v not in seen:
                seen.add(v)
                for x in v.made_from:
                    visit(x)
                order.append(v)
        visit(self)
        self.grad = 1
        for v in reversed(order):
            for x, slope in zip(v.made_from, v.slopes):
                x.grad += slope * v.grad


class Program:
    """The training, a step at a time, on Values of a class; `parameters` are in the order of W3's."""

    width, heads, places, letters, hidden = 16, 4, 16, 27, 64

    def __init__(self, Value: Any, numbers: list[float] | None = None) -> None:
        random.seed(42)
        sys.setrecursionlimit(1_000_000)             # the way back goes as deep as the graph
        n = self.width
        shapes = {"letters": (self.letters, n), "places": (self.places, n), "queries": (n, n), "keys": (n, n),
                  "values": (n, n), "joined": (n, n), "hidden": (self.hidden, n), "out": (n, self.hidden),
                  "guesses": (self.letters, n)}
        given = iter(numbers or [random.gauss(0, 0.08) for rows, n in shapes.values() for _ in range(rows * n)])
        self.w = {name: [[Value(next(given)) for _ in range(columns)] for _ in range(rows)]
                  for name, (rows, columns) in shapes.items()}
        self.parameters = [p for matrix in self.w.values() for row in matrix for p in row]
        self.m, self.v = [0.0] * len(self.parameters), [0.0] * len(self.parameters)

    def linear(self, x: Any, matrix: Any) -> Any:
        return [sum(wi * xi for wi, xi in zip(row, x)) for row in matrix]

    def softmax(self, logits: Any) -> Any:
        largest = max(z.data for z in logits)
        powers = [(z - largest).exp() for z in logits]
        total = sum(powers)
        return [power / total for power in powers]

    def norm(self, x: Any) -> Any:
        scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
        return [xi * scale for xi in x]

    def logits(self, letter: int, place: int, keys: Any, values: Any) -> Any:
        w, size = self.w, self.width // self.heads
        x = self.norm([a + b for a, b in zip(w["letters"][letter], w["places"][place])])
        before, x = x, self.norm(x)
        query = self.linear(x, w["queries"])
        keys.append(self.linear(x, w["keys"]))
        values.append(self.linear(x, w["values"]))
        read = []
        for i in range(0, self.width, size):
            scores = [sum(query[i + j] * key[i + j] for j in range(size)) / size ** 0.5 for key in keys]
            shares = self.softmax(scores)
            read += [sum(share * value[i + j] for share, value in zip(shares, values)) for j in range(size)]
        x = [a + b for a, b in zip(self.linear(read, w["joined"]), before)]
        before, x = x, self.norm(x)
        x = [z.relu() for z in self.linear(x, w["hidden"])]
        x = [a + b for a, b in zip(self.linear(x, w["out"]), before)]
        return self.linear(x, w["guesses"])

    def loss(self, text: list[int]) -> Any:
        keys: list[Any] = []
        values: list[Any] = []
        losses = []
        for place, (letter, target) in enumerate(zip(text, text[1:])):
            losses.append(-self.softmax(self.logits(letter, place, keys, values))[target].log())
        return sum(losses) * (1 / len(losses))

    def step(self, text: list[int], number: int) -> float:
        """One step, the first has the number 1, on one name: its letters, 0 before and after them."""
        loss = self.loss(text)
        loss.backward()
        for i, p in enumerate(self.parameters):
            self.m[i] = 0.85 * self.m[i] + (1 - 0.85) * p.grad
            self.v[i] = 0.99 * self.v[i] + (1 - 0.99) * p.grad ** 2
            m_hat, v_hat = self.m[i] / (1 - 0.85 ** number), self.v[i] / (1 - 0.99 ** number)
            p.data -= 0.01 * m_hat / (v_hat ** 0.5 + 1e-8)
            p.grad = 0
        return float(loss.data)
