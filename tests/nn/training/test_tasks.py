"""nn/training/tasks.py: what a run learns, found by eager code."""
import pytest

from nn import MLP, accuracy, cross_entropy
from nn.training.tasks import Task
from tests.nn.training.small_runs import ROWS, TARGETS


def task(**settings):
    return Task(MLP(2, [3], seed=1), cross_entropy, ROWS, TARGETS, **settings)


def test_a_batch_is_of_the_rows_that_it_names():
    summed = task(reduction="sum")
    alone  = [summed.gradients([i])["loss"] for i in (4, 1)]
    assert summed.gradients([4, 1]) == {"loss": pytest.approx(sum(alone))}
    assert task().gradients([4, 1]) == {"loss": pytest.approx(sum(alone) / 2)}


def test_rows_to_validate_with_are_those_it_was_given():
    measured = task(validation=(ROWS[2:4], TARGETS[2:4]), measures={"right": accuracy})
    assert measured.names == ["loss", "right"]
    assert measured.evaluation() == pytest.approx(measured.gradients([2, 3]))


def test_an_error_names_the_row():
    wrong = Task(MLP(2, [3], seed=1), cross_entropy, ROWS, [*TARGETS[:6], 3], validation=(ROWS[:1], [3]))
    with pytest.raises(IndexError, match="^row 6: cross_entropy"):
        wrong.gradients([2, 6])
    with pytest.raises(IndexError, match="^validation row 0: cross_entropy"):
        wrong.evaluation()
