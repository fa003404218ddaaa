"""A user's program: nothing in it is an error, nothing that it is given is Any. Type checkers read it; it runs, too."""
from collections.abc import Iterable, Sequence
from fractions import Fraction

from numpy import zeros

import glassgrad as gg
from engine import Op, Replay, Value, affine, at, derivative, draw, exp, explain, fsum, hessian, maximum, table, where
from engine.testing import check_gradient
from nn import (MLP, Adam, Block, Embedding, FeedForward, Layer, LayerNorm, Module, Residual, RMSNorm, SelfAttention,
                binary_cross_entropy, cross_entropy, fit, hinge, mean_squared_error, softmax)


class Line(Module):
    def __init__(self) -> None:
        self.slope, self.offset = Value(2.0), Value(1)

    def __call__(self, x: float) -> Value:
        return self.slope * x + self.offset


class Columns:
    """Rows, as a frame has them."""

    def __init__(self, columns: Sequence[str] = ("a", "b")) -> None:
        self.columns = columns

    def __getitem__(self, name: str) -> list[float]:
        return [0.5, 0.25]

    def __len__(self) -> int:
        return 2


x, y = Value(2.0, "x"), Value(Fraction(1, 3))
z: Value = (x * y + 2 * x - y / 3) ** 2 + abs(-x).exp() + exp(x) + fsum([x, 1, y]) + maximum(x, 0.0)
z.backward()
if x > 0 and y.data != 0:
    z = where(x > y, x, 0.0) + affine([x], [1.0], y)
number: float = exp(2.0) + z.data
slope: Value = derivative(z, x)
entry: float = hessian(x * x, [x])[0][0].data
picture: str = draw(z, wrt=x, detail="values", theme="dark").source
why: float = explain(z, x).derivative
names: list[str] = [row[0] for row in table(z).rows]

quick_gelu = Op("x * sigmoid(1.702 * x)",
                "sigmoid(1.702 * x) * (1 + 1.702 * x * sigmoid(-1.702 * x))", name="quick_gelu")
own: Value = quick_gelu(x)
check_gradient(quick_gelu, 0.5)

model = MLP(2, [4, 3], activation="tanh", seed=1)
logits = model([0.5, x])
loss: Value = cross_entropy(logits, 0)
shares: list[Value] = softmax(logits)
best: float = max([v.data for v in logits])
plain: float = hinge(0.5, 1) + softmax([0.0, 1.0])[0]
score: Value = MLP(2, [1], activation=quick_gelu)([1.0, 2.0])
score.backward()
mixed: Value = softmax([x, 0])[0]
guesses = [scores.index(max(scores)) for scores in model.predict([[0.5, 1.0]])]
rate: float = Adam(model.parameters()).lr
rows, targets = [[0.0, 1.0]], [0]
history = fit(model, cross_entropy, rows, targets, epochs=2, optimiser=Adam(model.parameters(), lr=0.1))
losses: list[float] = history["epochs"]["loss"]
why_ended: str | None = history["stopped"]
error: Value = mean_squared_error([Line()(1.0)], [2.0])

one = Replay(x * x, inputs=[x], backend="python")
ones = [[1.0], [2.0]]
values: list[float] = one(ones)
total: float = one.backward(ones)
several: list[list[float]] = Replay([x, x * x], inputs=[x])([[1.0]])
shape: tuple[int, ...] = one(zeros((2, 1))).shape + one.gradient(zeros((2, 1))).shape
shape = model.predict(zeros((3, 2))).shape + model.predict(Columns()).shape
total = one.value_and_gradient(Columns(["x"]))[0] + one([zeros(1)])[0]
again: gg.Value = gg.exp(gg.Value(1.0))
version: str = gg.__version__
x.data -= 0.1 * x.grad

mixed_logits: list[Value | float] = [x, 0.5]
unsure: Value = cross_entropy(mixed_logits, 0) + cross_entropy([0.5, x], [0.5, y]) + cross_entropy([0.5, 1.0], Value(1))
near: Value = hinge([0.5, x], [1, -1]) + mean_squared_error([1.0], [x]) + binary_cross_entropy([x, 0.5], [1, y])
sure: float = cross_entropy([0.5, 1.0], [0.5, 0.5]) + binary_cross_entropy(0.5, 1) + mean_squared_error([1.0], [2])
chosen: Value = at([x, y], 0) + at([1.0, 2.0], Value(1)) + at([0, 2], [y, 1.0], Value(2))
third: float = at([1.0, 2.0, 3.0], 2)


class Reader(Module):
    def __init__(self) -> None:
        self.letters, self.block, self.norm = Embedding(3, 4, seed=1), Block(4, 2, seed=1), LayerNorm(4)
        self.more = Residual(FeedForward(4, seed=1), RMSNorm(4))
        self.guess = Layer(4, 3, nonlin=False, seed=1)

    def __call__(self, some: Sequence[float | Value]) -> Iterable[Value]:
        places = self.block(self.letters(some))
        first: Value = self.norm(self.more(places))[0][0] + self.more(places[0])[0]
        return self.guess([first, *SelfAttention(4, 2, seed=1)(places)[-1][1:]])


letter: list[Value] = Reader().letters(2)
following: Value = cross_entropy(Reader()([0, Value(1.0)]), 2)
