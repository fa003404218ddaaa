"""nn: micrograd's demonstration, what it writes and what comes out."""
import cmath
import random

import numpy as np
import pytest

from engine import Value
from nn import MLP


def moons(n):
    """Two half moons of n points each; their labels are -1 and 1."""
    angles = [cmath.rect(1.0, cmath.pi * i / (n - 1)) for i in range(n)]
    return [[z.real, z.imag] for z in angles] + [[1 - z.real, 0.5 - z.imag] for z in angles], [-1] * n + [1] * n


# printed by micrograd 0.1.0 for this very code
MICROGRAD = [0.7470610898321371, 1.0461906629664188, 0.8177603108715908, 0.4426442877761298, 0.416922275837154]


@pytest.mark.parametrize("array", [list, np.array])
def test_the_demonstration_of_micrograd_runs_unchanged(array):
    X, y = map(array, moons(10))
    random.seed(1337)
    model = MLP(2, [8, 8, 1])

    def loss():
        inputs = [list(map(Value, xrow)) for xrow in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi*scorei).relu() for yi, scorei in zip(y, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        alpha = 1e-4
        reg_loss = alpha * sum((p*p for p in model.parameters()))
        total_loss = data_loss + reg_loss
        accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores)]
        return total_loss, sum(accuracy) / len(accuracy)

    losses = []
    for k in range(len(MICROGRAD)):
        total_loss, acc = loss()
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9*k/100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        losses.append(total_loss.data)
    assert losses == pytest.approx(MICROGRAD, rel=1e-12) and acc == 0.8
