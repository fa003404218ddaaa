"""Engines train to the loss that they are timed for, and move parameters alike."""
import pytest

from benchmarks.processes import Process
from benchmarks.training import ENGINES, FEW, TASKS, epochs_to, stepped, steps, trainer

pytest.importorskip("numpy")


@pytest.mark.parametrize("name", TASKS)
def test_it_is_at_the_loss_after_so_many_epochs_and_not_sooner(name):
    needed = epochs_to("glassgrad", name, TASKS[name] * 3)
    assert trainer("glassgrad", name, needed)() <= TASKS[name] * 3 < trainer("glassgrad", name, needed - 1)()


def test_a_loss_that_is_not_reached_is_an_error(monkeypatch):
    monkeypatch.setattr("benchmarks.training.MOST", 8)
    with pytest.raises(ValueError, match="glassgrad does not come to a loss of -1.0 on iris"):
        epochs_to("glassgrad", "iris", -1.0)


def test_steps_move_parameters():
    step, numbers = steps("glassgrad", 10)
    before = numbers()
    for _ in range(FEW):
        step()
    assert numbers() == stepped("glassgrad", 10) != before


@pytest.mark.parametrize("name", ["PyTorch", "scikit-learn"])
def test_a_peer_that_is_there_comes_to_the_loss_too(name):
    process = Process("benchmarks.training", name, ENGINES[name])
    absent = process.absent
    found = 0 if absent else process.ask("epochs_to", "iris", 0.5)
    process.end()
    if absent:
        pytest.skip(f"{name}: {absent}")
    assert found > 0
