"""nn/plateaus.py: the learning rate falls where a figure gets no better."""
from math import inf

import pytest
from hypothesis import given, strategies as st

from engine import Value
from nn import MLP, SGD, LinearLR, ReduceLROnPlateau, SequentialLR, cross_entropy, fit
from tests.nn.training.small_runs import ROWS, TARGETS, numbers

figures = st.lists(st.sampled_from([0.5, 0.9999, 1.0, 1.00001, 2.0, 3.0]), max_size=30)


def pytorch(lr, figures, mode="min", factor=0.1, patience=10, threshold=1e-4, threshold_mode="rel", cooldown=0,
            min_lr=0.0, eps=1e-8):
    """PyTorch's page on ReduceLROnPlateau, line by line; for figures above 0."""
    best, bad, resting, rates = None, 0, 0, []
    for x in figures:
        if best is None:
            better = True
        elif mode == "min":
            better = x < (best * (1.0 - threshold) if threshold_mode == "rel" else best - threshold)
        else:
            better = x > (best * (1.0 + threshold) if threshold_mode == "rel" else best + threshold)
        best, bad = (x, 0) if better else (best, bad + 1)
        if resting > 0:
            resting, bad = resting - 1, 0
        if bad > patience:
            lower = max(lr * factor, min_lr)
            lr = lower if lr - lower > eps else lr
            resting, bad = cooldown, 0
        rates.append(lr)
    return rates


@given(figures, st.fixed_dictionaries({"patience": st.integers(0, 3)}, optional={
    "mode": st.sampled_from(["min", "max"]), "factor": st.sampled_from([0.0, 0.1, 0.5]),
    "threshold": st.sampled_from([0.0, 1e-4, 0.5]), "threshold_mode": st.sampled_from(["rel", "abs"]),
    "cooldown": st.integers(0, 3), "min_lr": st.sampled_from([0.0, 0.3]), "eps": st.sampled_from([0.0, 1e-8, 0.2])}))
def test_rates_are_those_of_pytorch(given_figures, arguments):
    optimiser = SGD([Value(0.0)], 0.8)
    schedule, rates = ReduceLROnPlateau(optimiser, **arguments), []
    for x in given_figures:
        schedule.step(x)
        rates.append(optimiser.lr)
    assert rates == pytest.approx(pytorch(0.8, given_figures, **arguments), rel=1e-15)


def trained(tmp_path, name, epochs, **arguments):
    model = MLP(2, [3], seed=1)
    optimiser = SGD(model.parameters(), lr=2.0)
    schedule = ReduceLROnPlateau(optimiser, factor=0.5, patience=0, threshold=0.1, **arguments)
    history = fit(model, cross_entropy, ROWS, TARGETS, optimiser=optimiser, schedule=schedule, epochs=epochs,
                  checkpoint=tmp_path / name)
    return numbers(model), history


def test_fit_hands_over_the_loss_and_goes_on_where_it_stopped(tmp_path):
    whole, history = trained(tmp_path, "whole.json", 8)
    assert history["steps"]["lr"] == [2.0, *pytorch(2.0, history["epochs"]["loss"], factor=0.5, patience=0,
                                                    threshold=0.1)][:8]
    assert history["steps"]["lr"][-1] < 2.0
    trained(tmp_path, "parts.json", 3)
    assert trained(tmp_path, "parts.json", 8) == (whole, history)


def test_a_measure_that_the_history_does_not_have_is_refused(tmp_path):
    with pytest.raises(ValueError, match="a figure of the history's epochs; 'accuracy' is none of loss"):
        trained(tmp_path, "run.json", 1, measure="accuracy")


optimiser = SGD([Value(0.0)], 1.0)


@pytest.mark.parametrize("arguments, error, sentence", [
    ({"mode": "mean"}, ValueError, "mode) is one of 'min', 'max'; 'mean' came"),
    ({"threshold_mode": 1}, ValueError, "threshold_mode) is one of 'rel', 'abs'; 1 came"),
    ({"factor": 1.0}, ValueError, "factor) needs a number below 1; 1.0 came"),
    ({"factor": -0.1}, ValueError, "factor) needs a number of at least 0"),
    ({"patience": -1}, ValueError, "patience) needs 0 epochs or more; -1 came"),
    ({"cooldown": 0.5}, TypeError, "cooldown) needs a whole number"),
    ({"min_lr": "0"}, TypeError, "min_lr) needs a real number"),
    ({"measure": 3}, TypeError, "measure) needs the name of a figure; 3 came")])
def test_arguments_that_do_not_fit(arguments, error, sentence):
    with pytest.raises(error) as caught:
        ReduceLROnPlateau(optimiser, **arguments)
    assert f"ReduceLROnPlateau({sentence}" in str(caught.value) and optimiser.lr == 1.0


def test_what_is_no_figure_changes_nothing():
    schedule = ReduceLROnPlateau(optimiser, patience=0)
    for figure in (None, "1", float("nan")):
        with pytest.raises((TypeError, ValueError), match=r"ReduceLROnPlateau.step\(figure\) needs"):
            schedule.step(figure)
    assert schedule.place == [0, 0, None, 0, 0]


def test_it_does_not_stand_among_others():
    plateau, line = ReduceLROnPlateau(optimiser), LinearLR(optimiser)
    with pytest.raises(ValueError, match="rates that depend on the epoch alone; ReduceLROnPlateau looks at the loss"):
        SequentialLR(optimiser, [line, plateau], [3])


@pytest.mark.parametrize("place", [
    None, [], [1, 2], [0, 0, None, 0, -1], [0, 0, "1", 0, 0], [0, 0, inf, 0, 0], [0.0, 0, 1.0, 0, 0]])
def test_a_place_that_it_never_was_at_is_none(place):
    assert ReduceLROnPlateau(SGD([Value(1.0)], lr=0.5)).members(place) == {}


def test_a_step_that_fails_leaves_it_as_it_was():
    schedule = ReduceLROnPlateau(SGD([Value(1.0)], lr=0.5), patience=0)
    schedule.step(1.0)
    before = schedule.place
    schedule.go_to = lambda epoch: 1 / 0
    with pytest.raises(ZeroDivisionError):
        schedule.step(2.0)
    assert schedule.place == before
