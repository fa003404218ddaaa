"""nn/training/recording.py: functions of one's own, which may decide by data, run as they are or recorded on demand."""
from unittest import mock

import pytest
from hypothesis import given, settings, strategies as st

from engine import Value, where
from nn import MLP, Module, Neuron, cross_entropy, mean_squared_error
from nn.training import recording
from nn.training.tasks import Task
from tests.nn.training.small_runs import ROWS, Lesson, Mine, alike, trained


# What may decide by data

class Bent(Module):
    """A model that decides by data, and by its parameter."""

    def __init__(self, w=2.0):
        self.w = Value(w)

    def __call__(self, x):
        return where(self.w * x[0] > 0.3, lambda: self.w * x[0], lambda: -self.w)


def huber(output, target):
    """A loss that decides by data."""
    far = output - target
    return far * far if abs(far.data) < 1 else 2 * abs(far) - 1


class Lame(Neuron):
    """A neuron that decides by data."""

    def __call__(self, x):
        z = super().__call__(x)
        return z if z.data < 0.5 else 0.5 * z


def limping():
    model = MLP(2, [2, 1], activation=None, seed=1)
    model.layers[0].neurons[1] = Lame(2, seed=2)
    return model


@pytest.mark.parametrize("model, loss", [
    (Bent, mean_squared_error), (lambda: MLP(2, [1], seed=1), huber), (limping, mean_squared_error),
    (lambda: Mine(2, [1], seed=1), mean_squared_error),
    (lambda: MLP(2, [3, 1], seed=1, activation=lambda z: z if z > 0 else 0.1 * z), mean_squared_error)])
def test_own_functions_are_run_as_they_are(monkeypatch, model, loss):
    recorded = []
    monkeypatch.setattr(recording, "Replay", lambda *outputs, **inputs: recorded.append(outputs))
    found = trained(loss, [1.5, -2.0, 0.0, 1.0, 2, 3, 1], model())
    assert found == trained(loss, [1.5, -2.0, 0.0, 1.0, 2, 3, 1], model(), eager=True) and not recorded


# Own functions recorded on demand

def doubled(logits, target):
    """A loss of one's own, of classes."""
    return 2 * cross_entropy(logits, target)


def cubed(output, target):
    """A loss of one's own, of numbers."""
    return abs(output - target) ** 3


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([(Lesson, cross_entropy, [0, 1, 2, 0, 1, 2, 1]), (Lesson, doubled, [0, 1, 2, 0, 1, 2, 1]),
                        (lambda: Mine(2, [3, 1], seed=5), cubed, [1, 2.0, -3, 0, 1, 2, 3])]),
       st.integers(1, 8), st.sampled_from(["mean", "sum"]))
def test_own_functions_can_be_recorded(case, batch_size, reduction):
    make, loss, targets = case
    setup = dict(batch_size=batch_size, reduction=reduction)
    with mock.patch.object(Task, "gradients", None):
        found = trained(loss, targets, make(), eager=False, **setup)
    assert alike(found, trained(loss, targets, make(), eager=True, **setup))


def test_a_recording_that_other_rows_do_not_follow_is_refused():
    model = Bent()
    sentence = (r"^fit\(eager=False\) needs a recording of row 0 that other rows follow; in row 2 the loss is .*, "
                "recorded .*: model or loss decides by data, or has changed; leave eager out$")
    with pytest.raises(ValueError, match=sentence):
        trained(mean_squared_error, [1.0] * 7, model, eager=False)
    assert model.w.data == 2.0


def test_a_function_that_decides_otherwise_later_is_found_out():
    model = Bent(-1.0)                               # all rows go one way, until w is above 0.5
    with pytest.raises(ValueError, match="model or loss decides by data, or has changed"):
        trained(mean_squared_error, [-2.0] * 7, model, eager=False, epochs=200)
    assert 0.5 < model.w.data < 2.0


def test_a_gradient_that_other_rows_do_not_follow_is_refused():
    def cut(output, target):
        return (output if output.data <= first else output * 0.0 + output.data) - target

    model = MLP(2, [1], seed=5)
    first = model(ROWS[0]).data
    with pytest.raises(ValueError, match=r"in row \d the gradient is another: model or loss decides by data"):
        trained(cut, [0.0] * 7, model, eager=False)


@pytest.mark.parametrize("loss", [huber, lambda output, target: 1.0, lambda output, target: output.missing])
def test_what_cannot_be_recorded_is_refused(loss):
    with pytest.raises(ValueError, match=r"^fit\(eager=False\) needs "):
        trained(loss, [[9.0]] * 6 + [[0.0]], MLP(2, [1], seed=1), eager=False)
