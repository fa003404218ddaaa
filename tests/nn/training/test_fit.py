"""nn/training/__init__.py: fit. Its steps and its history."""
import json
from math import fsum, isclose

import pytest
from hypothesis import given, strategies as st

from engine import Value
from nn import MLP, SGD, Adam, Module, accuracy, cross_entropy, fit, hinge, mean_squared_error
from tests.nn.training.small_runs import ROWS, TARGETS, Lesson, few, makers, numbers, run, setups


# Steps

@given(st.integers(0, 5), st.sampled_from(["mean", "sum"]))
def test_a_step_is_one_of_the_optimiser_on_the_batchs_loss(epochs, reduction):
    by_hand = MLP(2, [3, 3], activation="tanh", seed=5)
    optimiser, losses = SGD(by_hand.parameters(), lr=0.1, momentum=0.9), []
    for _ in range(epochs):
        loss = Value.fsum([cross_entropy(by_hand(row), target) for row, target in zip(ROWS, TARGETS)])
        loss = loss / len(ROWS) if reduction == "mean" else loss
        by_hand.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.data)
    model, history = run(epochs=epochs, reduction=reduction)
    assert numbers(model) == pytest.approx(numbers(by_hand), rel=1e-12, abs=1e-13)
    assert history["steps"]["loss"] == pytest.approx(losses, rel=1e-12)


def test_the_lessons_descent_on_b3():
    hidden = [[max(0.0, -2.5 * petal + 0.6 * sepal + 1.6), max(0.0, -1.5 * petal + 0.4 * sepal + 0.7)]
              for petal, sepal in [(0.04, 0.42), (1.0, 0.54), (0.5, 0.37)]]
    summed, mean = Lesson(), Lesson()
    history = fit(summed, cross_entropy, hidden, [0, 2, 1], optimiser=SGD(summed.parameters(), lr=1.0), epochs=1,
                  reduction="sum")
    fit(mean, cross_entropy, hidden, [0, 2, 1], optimiser=SGD(mean.parameters(), lr=1.0), epochs=1)
    assert (round(history["steps"]["loss"][0], 7), round(summed.b3.data, 7)) == (2.6659385, -1.2267990)
    assert round(mean.b3.data, 4) == -1.7423


def test_batches_cover_each_epoch_and_are_shuffled_by_the_seed():
    class Noting(Module):
        """A model that notes the rows it sees."""

        def __init__(self):
            self.b, self.seen = Value(0.0), []

        def __call__(self, row):
            self.seen.append(row[0])
            return self.b

    def seen(**arguments):
        model, rows = Noting(), [[float(i)] for i in range(10)]
        fit(model, mean_squared_error, rows, [0.0] * 10, epochs=3, batch_size=4, **arguments)
        return [model.seen[i:i + 10] for i in (0, 10, 20)]

    ordered = [float(i) for i in range(10)]
    assert all(sorted(epoch) == ordered for epoch in seen(seed=1))
    assert seen(seed=1) == seen(seed=1) != seen(seed=2)
    assert seen(seed=1)[0] != seen(seed=1)[1]
    assert seen(shuffle=False) == [ordered] * 3
    assert seen(seed=1)[0][:3] == [2.0, 8.0, 7.0]   # on every machine


def test_without_an_optimiser_it_is_adam():
    model, twin = MLP(2, [3], seed=1), MLP(2, [3], seed=1)
    fit(model, cross_entropy, ROWS, TARGETS, epochs=2)
    fit(twin, cross_entropy, ROWS, TARGETS, epochs=2, optimiser=Adam(twin.parameters()))
    assert numbers(model) == numbers(twin)


def test_some_of_the_parameters_may_be_trained_alone():
    model = MLP(2, [3], seed=1)
    before = numbers(model)
    fit(model, cross_entropy, ROWS, TARGETS, epochs=2, optimiser=SGD([model.layers[0].neurons[0].b], lr=1.0))
    assert [now == then for now, then in zip(numbers(model), before)].count(False) == 1


# History

@few
@given(setups, st.sampled_from([*makers]), st.integers(0, 3))
def test_the_history_is_plain_data_of_the_right_lengths(setup, maker, epochs):
    _, history = run(maker=maker, epochs=epochs, **setup)
    assert json.loads(json.dumps(history)) == history
    batches = -(-7 // min(setup["batch_size"] or 7, 7))
    assert {len(column) for column in history["steps"].values()} == {epochs * batches}
    assert {len(column) for column in history["epochs"].values()} == {epochs}
    kinds = ["loss", *(setup["measures"] or ())]
    assert [*history["steps"]] == [*kinds, "lr"]
    assert [*history["epochs"]] == [*kinds, *[f"validation_{kind}" for kind in kinds if setup["validation"]]]


def test_an_epochs_loss_is_the_mean_over_its_rows_or_their_sum():
    _, mean   = run(epochs=1, batch_size=3, seed=1)
    _, summed = run(epochs=1, batch_size=3, seed=1, reduction="sum")
    one, two, three = mean["steps"]["loss"]
    assert isclose(mean["epochs"]["loss"][0], (3 * one + 3 * two + three) / 7, rel_tol=1e-14)
    assert isclose(summed["epochs"]["loss"][0], fsum(summed["steps"]["loss"]), rel_tol=1e-14)


@pytest.mark.parametrize("eager", [None, True])
def test_an_error_says_that_it_is_in_a_row_to_validate_with(eager):
    with pytest.raises(IndexError, match="^validation row 1: cross_entropy"):
        run(epochs=1, validation=(ROWS[:2], [0, 9]), eager=eager)


def test_validation_comes_after_its_epoch():
    model, history = run(epochs=3, validation=(ROWS[:2], TARGETS[:2]), measures={"accuracy": accuracy})
    last = fsum(cross_entropy(model(row), target).data for row, target in zip(ROWS[:2], TARGETS)) / 2
    assert isclose(history["epochs"]["validation_loss"][-1], last, rel_tol=1e-14)
    assert history["epochs"]["validation_accuracy"][-1] in (0.0, 0.5, 1.0)


def test_learning_rates_follow_the_schedule():
    _, history = run(maker="own", epochs=3, batch_size=4)
    assert history["steps"]["lr"] == [0.05, 0.05, 0.025, 0.025, 0.05 / 3, 0.05 / 3]


def test_one_output_takes_losses_of_one_number():
    model = MLP(2, [4, 1], activation="tanh", seed=1)
    signs = [1, -1, 1, -1, 1, -1, 1]
    history = fit(model, hinge, ROWS, signs, optimiser=SGD(model.parameters(), lr=0.1), epochs=3)
    assert history["epochs"]["loss"][2] < history["epochs"]["loss"][0]
