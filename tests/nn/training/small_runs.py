"""Short trainings for the tests of fit: rows, choices, optimisers, and Ctrl-C in the midst."""
import signal
from itertools import count
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings, strategies as st

from engine import Value
from nn import MLP, SGD, Adam, AdamW, LambdaLR, LinearLR, Module, StepLR, accuracy, cross_entropy, fit
from nn.training.recording import Recording

ROWS    = [[0.1 * i, 1.0 - 0.05 * i * i] for i in range(7)]
TARGETS = [0, 1, 2, 0, 1, 2, 1]
setups  = st.fixed_dictionaries({
    "batch_size": st.none() | st.integers(1, 9), "shuffle": st.booleans(), "seed": st.integers(0, 100),
    "reduction": st.sampled_from(["mean", "sum"]), "measures": st.sampled_from([None, {"accuracy": accuracy}]),
    "validation": st.sampled_from([None, (ROWS[:3], TARGETS[:3])]), "eager": st.sampled_from([None, True])})
few     = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
makers  = {
    "SGD":   lambda ps: {"optimiser": SGD(ps, lr=0.1, momentum=0.9)},
    "Adam":  lambda ps: {"optimiser": Adam(ps, lr=0.05, amsgrad=True)},
    "AdamW": lambda ps: {"schedule": StepLR(AdamW(ps, lr=0.05), 1, 0.5)},
    "line":  lambda ps: {"schedule": LinearLR(SGD(ps, lr=0.05), total_iters=3)},
    "own":   lambda ps: {"schedule": LambdaLR(SGD(ps, lr=0.05), lambda epoch: 1 / (1 + epoch))},
}


class Lesson(Module):
    """The lesson's three outputs for given hidden values, of which one bias is to be learnt."""

    def __init__(self):
        self.b3 = Value(-2.0)

    def __call__(self, h):
        h1, h2 = h
        return [-0.1 * h1 + 1.5 * h2 + self.b3, 2.4 * h1 - 5.2 * h2 + 0.0, -2.2 * h1 + 3.7 * h2 + 1.0]


def run(model=None, maker="SGD", rows=ROWS, targets=TARGETS, **arguments):
    """A model that has been trained, and the history."""
    model = model or MLP(2, [3, 3], activation="tanh", seed=5)
    return model, fit(model, cross_entropy, rows, targets, **makers[maker](model.parameters()), **arguments)


def trained(loss, targets, model=None, activation="tanh", **arguments):
    """What training makes of a model: its numbers, their grads, and the history."""
    model = model or MLP(2, [3, 3 if loss is cross_entropy else 1], activation=activation, seed=5)
    history = fit(model, loss, ROWS, targets, optimiser=SGD(model.parameters(), lr=0.05), progress=False,
                  **{"epochs": 3, "seed": 1, **arguments})
    return [p.data for p in model.parameters()], [p.grad for p in model.parameters()], history


def alike(found, expected):
    """Whether two trainings are the same, to rounding."""
    for one, other in zip(found[:2], expected[:2]):
        assert one == pytest.approx(other, rel=1e-10, abs=1e-12)
    for part in ("steps", "epochs"):
        for name, column in expected[2][part].items():
            assert found[2][part][name] == pytest.approx(column, rel=1e-10, abs=1e-12)
    return True


def numbers(model):
    return [p.data for p in model.parameters()]


def interrupted(at, **arguments):
    """A run in which Ctrl-C is pressed once, after the model or its recording has been called; and whether it was."""
    calls = count()

    def pressing(function):
        def called(*operands):
            found = function(*operands)
            if next(calls) == at:
                signal.raise_signal(signal.SIGINT)
            return found
        return called

    with mock.patch.object(MLP, "__call__", pressing(MLP.__call__)), \
            mock.patch.object(Recording, "total", pressing(Recording.total)):
        return *run(**arguments), next(calls) > at


class Mine(MLP):
    """A class that is not nn's own, whatever it does."""
