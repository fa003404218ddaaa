"""nn/training/control.py and weights.py: early stopping, callbacks, Ctrl-C in the history, new settings, weights."""
import json
from functools import partial

import pytest
from hypothesis import given, strategies as st

from nn import MLP, SGD, EarlyStopping, accuracy, cross_entropy, fit, hinge
from nn.training.weights import weights_of
from tests.nn.training.small_runs import ROWS, TARGETS, alike, few, interrupted, numbers, run, trained

VALIDATION = (ROWS[:3], TARGETS[:3])
climbing   = partial(run, maker="SGD", reduction="sum", validation=([[3.0, -2.0]], [1]), epochs=40)


@few
@given(st.integers(1, 4), st.integers(1, 12), st.booleans())
def test_the_best_epoch_is_kept_and_the_run_ends_after_the_patience(patience, epochs, eager):
    _, whole = climbing(eager=eager)
    losses = whole["epochs"]["validation_loss"]
    best, ends = 0, len(losses)
    for i, x in enumerate(losses[:epochs]):
        if x < losses[best]:
            best = i
        elif i - best >= patience:
            ends = i + 1
            break
    model, history = climbing(eager=eager, epochs=epochs, callbacks=[EarlyStopping(patience)])
    assert history["epochs"]["validation_loss"] == losses[:min(ends, epochs)]
    assert history["stopped"] == (f"no better validation_loss for {patience} epochs" if ends <= epochs else None)
    assert numbers(model) == numbers(climbing(eager=eager, epochs=best + 1)[0])


@few
@given(st.integers(0, 30))
def test_it_goes_on_from_a_file_as_if_it_had_not_been_interrupted(tmp_path_factory, at):
    path  = tmp_path_factory.mktemp("run") / "run.json"
    setup = dict(maker="SGD", reduction="sum", validation=([[3.0, -2.0]], [1]), epochs=40)
    interrupted(at, callbacks=[EarlyStopping(2)], checkpoint=path, **setup)
    found = [climbing(MLP(2, [3, 3], activation="tanh", seed=5 if not path.exists() else 9), checkpoint=path,
                      callbacks=[EarlyStopping(2)]) for _ in range(2)]
    model, history = climbing(callbacks=[EarlyStopping(2)])
    for other, its in found:
        assert numbers(other) == numbers(model) and its == history


def test_a_callback_sees_each_epoch_and_may_end_the_run():
    seen = []

    class Watching:
        def on_epoch(self, run):
            seen.append((run.place, run.history["epochs"]["loss"][-1], run.optimiser.lr))
            if len(seen) == 3:
                run.stop()

    _, history = run(epochs=9, batch_size=4, callbacks=[Watching()])
    assert [place for place, _, _ in seen] == [(2, 1), (4, 2), (6, 3)] and history["stopped"] == "a callback"
    assert [loss for _, loss, _ in seen] == history["epochs"]["loss"]
    json.dumps(history)


def test_the_history_says_that_ctrl_c_was_pressed_and_a_script_may_have_it_raised(capsys):
    _, history, _ = interrupted(3, epochs=9)
    assert history["stopped"] == "Ctrl-C" and run(epochs=1)[1]["stopped"] is None
    model = MLP(2, [3, 3], activation="tanh", seed=5)
    with pytest.raises(KeyboardInterrupt):
        interrupted(3, model=model, epochs=9, interrupt="raise")
    assert numbers(model) == numbers(interrupted(3, epochs=9)[0])


@pytest.mark.parametrize("arguments, error, sentence", [
    ({"callbacks": print},                    TypeError,  "fit(callbacks) needs a list; "),
    ({"callbacks": [3]},                      TypeError,  "fit(callbacks) needs functions of a run, or what"),
    ({"callbacks": [EarlyStopping]},          TypeError,  "needs what was made, not its class; write EarlyStopping()"),
    ({"callbacks": [EarlyStopping(monitor="validation_loss")]}, ValueError, "EarlyStopping(monitor) is one of"),
    ({"interrupt": "go"},                     ValueError, "fit(interrupt) is one of 'stop', 'raise'; 'go' came"),
    ({"resume": True},                        ValueError, "fit(resume) is one of 'run', 'model'; True came"),
    ({"row_weights": [1.0]},                  ValueError, "fit(row_weights) needs one weight for each row; 1"),
    ({"row_weights": [-1.0] * 7},             ValueError, "fit(row_weights), row 0, needs a weight of at least 0"),
    ({"row_weights": ["a"] * 7},              TypeError,  "fit(row_weights) for row 0"),
    ({"row_weights": [0.0] * 7},              ValueError, "fit needs some row with a weight above 0; all have 0"),
    ({"class_weights": [1.0, 2.0]},           ValueError, "fit(class_weights) needs a weight for each class; target 2"),
    ({"class_weights": 2.0},                  TypeError,  "fit(class_weights) needs a weight for each class, in"),
])
def test_what_does_not_fit(arguments, error, sentence):
    with pytest.raises(error) as caught:
        run(**arguments)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("arguments", [{"patience": 0}, {"mode": "best"}, {"min_delta": -1.0}])
def test_what_early_stopping_does_not_take(arguments):
    with pytest.raises(ValueError, match=r"^EarlyStopping\("):
        EarlyStopping(**arguments)


# Other settings

@pytest.mark.parametrize("others, sentence", [
    ([print, EarlyStopping(3)], "callbacks[0].patience: the file has 2, this call 3"),
    ([],                        "unexpected: 'callbacks[0]'"),
])
def test_early_stopping_with_other_settings_is_refused_callbacks_that_note_nothing_are_not(tmp_path, others, sentence):
    path = tmp_path / "run.json"
    run(epochs=3, checkpoint=path, callbacks=[lambda run: None, EarlyStopping(2)])
    with pytest.raises(ValueError) as caught:
        run(epochs=5, checkpoint=path, callbacks=others)
    assert sentence in str(caught.value)
    stopping = EarlyStopping(2)
    run(epochs=3, checkpoint=path, callbacks=[stopping])
    assert stopping.numbers


def test_each_setting_that_differs_is_named_with_what_to_do_and_the_model_may_go_on_alone(tmp_path):
    path, model = tmp_path / "run.json", MLP(2, [3, 3], activation="tanh", seed=5)
    run(model, epochs=3, checkpoint=path)

    def again(**arguments):
        other = MLP(2, [3, 3], activation="tanh", seed=9)
        optimiser = SGD(other.parameters(), lr=0.1, momentum=0.5)
        return other, fit(other, cross_entropy, ROWS, TARGETS, optimiser=optimiser, checkpoint=path, **arguments)

    with pytest.raises(ValueError) as caught:
        again(epochs=3)
    assert "optimiser.momentum: the file has 0.9, this call 0.5" in str(caught.value)
    assert 'with resume="model"' in str(caught.value)
    other, history = again(epochs=0, resume="model")
    assert numbers(other) == numbers(model) and history["steps"]["loss"] == []
    _, history = again(epochs=2, resume="model")
    assert len(history["epochs"]["loss"]) == 2 and again(epochs=2)[1] == history


# Weights

@few
@given(st.lists(st.integers(0, 3), min_size=7, max_size=7).filter(any), st.sampled_from(["mean", "sum"]),
       st.sampled_from([None, 3]), st.booleans())
def test_a_weight_is_how_often_a_row_counts(weights, reduction, batch_size, eager):
    weighted = trained(hinge, [1, -1, 1, -1, 1, -1, 1], row_weights=weights, reduction=reduction, eager=eager,
                       batch_size=batch_size, shuffle=False)
    other = trained(hinge, [1, -1, 1, -1, 1, -1, 1], row_weights=weights, reduction=reduction, eager=True,
                    batch_size=batch_size, shuffle=False)
    assert alike(weighted, other)
    if batch_size is None:
        model = MLP(2, [3, 1], activation="tanh", seed=5)
        repeated = [(row, t) for row, t, n in zip(ROWS, [1, -1, 1, -1, 1, -1, 1], weights) for _ in range(n)]
        fit(model, hinge, *map(list, zip(*repeated)), optimiser=SGD(model.parameters(), lr=0.05), epochs=3,
            reduction=reduction)
        assert weighted[0] == pytest.approx(numbers(model), rel=1e-9)


def test_class_weights_are_those_of_the_rows_and_hold_for_validation():
    by_class, its = run(class_weights=[1.0, 0.5, 2.0], epochs=2, validation=VALIDATION, measures={"right": accuracy})
    by_row, _ = run(row_weights=[[1.0, 0.5, 2.0][t] for t in TARGETS], epochs=2)
    hot, _ = run(targets=[[float(k == t) for k in range(3)] for t in TARGETS], class_weights=[1.0, 0.5, 2.0], epochs=2)
    assert numbers(by_class) == numbers(by_row) == pytest.approx(numbers(hot), rel=1e-12)
    eager, same = run(class_weights=[1.0, 0.5, 2.0], epochs=2, validation=VALIDATION, eager=True)
    assert its["epochs"]["validation_loss"] == pytest.approx(same["epochs"]["validation_loss"], rel=1e-12)


def test_a_weight_for_a_row_of_several_classes_is_refused():
    with pytest.raises(ValueError, match=r"needs targets that are one class each; target 0 is \[0.5, 0.5\]"):
        weights_of([[0.5, 0.5]], None, [1.0, 2.0], "fit")
