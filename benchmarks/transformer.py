"""W3: a character-level transformer in scalar operators, as small as microgpt's, and one step of its training.

Embeddings of 16, one layer of 4 heads and 64 hidden neurons, norms by the root of the mean square, no biases. It reads
a name of 8 letters and guesses each from those before it; the loss is the mean cross-entropy of the guesses. Adam
then moves all 4,192 parameters, the same plain loop for every engine.
"""
from __future__ import annotations

from itertools import repeat
from math import sqrt
from random import Random
from time import process_time

from benchmarks.workloads import Loss, total

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from benchmarks.engines import Engine

LETTERS, PLACES, WIDTH, HEADS, HIDDEN = 27, 16, 16, 4, 64
SHAPES = {                                           # of the matrices: how many rows, and how many numbers in each
    "letters": (LETTERS, WIDTH), "places": (PLACES, WIDTH), "queries": (WIDTH, WIDTH), "keys": (WIDTH, WIDTH),
    "values": (WIDTH, WIDTH), "joined": (WIDTH, WIDTH), "hidden": (HIDDEN, WIDTH), "out": (WIDTH, HIDDEN),
    "guesses": (LETTERS, WIDTH),
}
RATE, FIRST, SECOND, SMALL = 0.01, 0.85, 0.99, 1e-8


class Transformer(Loss):
    """The mean cross-entropy of the letters of a name, with fixed weights."""

    def __init__(self, name: str) -> None:
        draw = Random("W3")
        self.parameters = [draw.gauss(0.0, 0.08) for rows, width in SHAPES.values() for _ in range(rows * width)]
        self.text = [0, *(ord(letter) - ord("a") + 1 for letter in name), 0]
        self.checked = sorted(draw.sample(range(len(self.parameters)), 20))

    def loss(self, parameters: Sequence[Any], engine: Any) -> Any:
        weights, losses = self.matrices(parameters), []
        past: tuple[list[Any], list[Any]] = [], []
        for place, (letter, target) in enumerate(zip(self.text, self.text[1:])):
            x = normed(plus(self.row(weights["letters"], letter), weights["places"][place]))
            x = plus(x, attention(weights, normed(x), past, engine))
            hidden = [engine.relu(z) for z in linear(weights["hidden"], normed(x), engine)]
            x = plus(x, linear(weights["out"], hidden, engine))
            losses.append(engine.cross_entropy(linear(weights["guesses"], x, engine), target))
        return total(losses) * (1 / len(losses))

    def row(self, matrix: Sequence[Any], n: Any) -> Any:
        """A letter's numbers."""
        return matrix[n]

    def matrices(self, parameters: Sequence[Any]) -> dict[str, list[Sequence[Any]]]:
        found, at = {}, 0
        for name, (rows, width) in SHAPES.items():
            found[name] = [parameters[i:i + width] for i in range(at, at + rows * width, width)]
            at += rows * width
        return found


def plus(xs: Sequence[Any], ys: Sequence[Any]) -> list[Any]:
    return [x + y for x, y in zip(xs, ys)]


def linear(matrix: Sequence[Sequence[Any]], xs: Sequence[Any], engine: Any) -> list[Any]:
    return [engine.dot(row, xs) for row in matrix]


def normed(xs: Sequence[Any]) -> list[Any]:
    """The numbers, divided by the root of their mean square."""
    scale = (total([x * x for x in xs]) * (1 / len(xs)) + 1e-5) ** -0.5
    return [x * scale for x in xs]


def attention(weights: Any, xs: Sequence[Any], past: tuple[list[Any], list[Any]], engine: Any) -> list[Any]:
    """What the heads read from the places so far, joined; the keys and values of this place are added to the past."""
    query, (keys, values), read = linear(weights["queries"], xs, engine), past, []
    keys.append(linear(weights["keys"], xs, engine))
    values.append(linear(weights["values"], xs, engine))
    size = WIDTH // HEADS
    for head in (slice(i, i + size) for i in range(0, WIDTH, size)):
        shares = engine.softmax([engine.dot(query[head], key[head]) * size ** -0.5 for key in keys])
        read += [engine.dot(shares, column) for column in zip(*(value[head] for value in values))]
    return linear(weights["joined"], read, engine)


class Training:
    """An engine in training: `step()` gives the seconds of forward, backward, the update, and freeing."""

    def __init__(self, engine: Engine, work: Loss) -> None:
        self.engine, self.work, self.point, self.steps = engine, work, list(work.parameters), 0
        self.first, self.second = [0.0] * len(self.point), [0.0] * len(self.point)
        engine.at(self.point)

    def step(self) -> list[float]:
        self.engine.clear()
        times = [process_time()]
        result = self.engine.forward(self.work)
        times.append(process_time())
        found = self.engine.backward(result)
        times.append(process_time())
        self.update(self.engine.gradients(found))
        times.append(process_time())
        del result, found
        times.append(process_time())
        return [end - start for start, end in zip(times, times[1:])]

    def update(self, slopes: Sequence[float]) -> None:
        """Adam."""
        self.steps += 1
        lefts = 1 - FIRST ** self.steps, 1 - SECOND ** self.steps
        moved = [moment(*numbers) for numbers in zip(self.point, slopes, self.first, self.second, repeat(lefts))]
        self.point, self.first, self.second = map(list, zip(*moved))
        self.engine.at(self.point)


def moment(x: float, slope: float, first: float, second: float, lefts: tuple[float, float]) -> tuple[float, ...]:
    """The moved number and its two running means."""
    first = FIRST * first + (1 - FIRST) * slope
    second = SECOND * second + (1 - SECOND) * slope * slope
    return x - RATE * (first / lefts[0]) / (sqrt(second / lefts[1]) + SMALL), first, second


W3 = Transformer("margaret")
