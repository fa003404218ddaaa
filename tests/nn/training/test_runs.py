"""nn/training/runs.py: a run stands between two whole steps, also after Ctrl-C and errors."""
import json
import signal
import threading

import pytest
from hypothesis import given, strategies as st

from nn import MLP, SGD, cross_entropy, fit
from tests.nn.training.small_runs import ROWS, TARGETS, few, interrupted, makers, numbers, run, setups


@few
@given(setups, st.sampled_from([*makers]), st.integers(0, 40))
def test_ctrl_c_ends_it_after_the_last_whole_step(capsys, setup, maker, at):
    capsys.readouterr()
    model, history, pressed = interrupted(at, maker=maker, epochs=3, **setup)
    told, steps = capsys.readouterr().err, len(history["steps"]["loss"])
    assert {len(column) for column in history["steps"].values()} == {steps}
    assert len({len(column) for column in history["epochs"].values()}) == 1
    whole, whole_history = run(maker=maker, epochs=3, **setup)
    batches = -(-7 // min(setup["batch_size"] or 7, 7))
    assert told == (f"fit: stopped after {steps} of {3 * batches} steps\n" if pressed else "")
    assert history["steps"]["loss"] == whole_history["steps"]["loss"][:steps]
    if steps == 3 * batches:
        assert numbers(model) == numbers(whole)


class Pressed(SGD):
    """An optimiser in whose first step Ctrl-C is pressed while parameters are being moved."""

    def made_ready(self, part):
        if self.steps == 0:
            signal.raise_signal(signal.SIGINT)
        return super().made_ready(part)


def test_a_step_that_has_begun_is_finished(capsys):
    model, twin = MLP(2, [3], seed=1), MLP(2, [3], seed=1)
    before = signal.getsignal(signal.SIGINT)
    history = fit(model, cross_entropy, ROWS, TARGETS, optimiser=Pressed(model.parameters(), lr=0.1), epochs=5)
    fit(twin, cross_entropy, ROWS, TARGETS, optimiser=SGD(twin.parameters(), lr=0.1), epochs=1)
    assert numbers(model) == numbers(twin)
    assert len(history["steps"]["loss"]) == 1 and signal.getsignal(signal.SIGINT) is before
    assert capsys.readouterr().err == "fit: stopped after 1 of 5 steps\n"


def test_it_trains_in_a_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(numbers(run(epochs=2)[0])))
    thread.start()
    thread.join()
    assert found == [numbers(run(epochs=2)[0])]


def test_a_step_that_fails_leaves_the_model_as_the_last_whole_step_left_it(tmp_path):
    model = MLP(2, [3], seed=1)
    with pytest.raises(ArithmeticError):
        fit(model, mean_of_exp, [[1.0, 1.0]], [0], optimiser=SGD(model.parameters(), lr=1.0), epochs=50,
            checkpoint=tmp_path / "run.json")
    history = json.loads((tmp_path / "run.json").read_text())["training"]["history"]
    twin, steps = MLP(2, [3], seed=1), len(history["steps"]["loss"])
    fit(twin, mean_of_exp, [[1.0, 1.0]], [0], optimiser=SGD(twin.parameters(), lr=1.0), epochs=steps)
    assert 0 < steps < 50 and numbers(model) == numbers(twin)


def mean_of_exp(logits, target):
    """A loss that runs away."""
    return -(logits[target] * 3.0).exp()
