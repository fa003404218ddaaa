"""nn/training/recording.py: fit with its loss recorded once, beside fit with a graph for each row."""
from functools import partial
from itertools import count
from math import nan
from unittest import mock

import pytest
from hypothesis import given, settings, strategies as st

from engine import Op, Replay, Value
from nn import MLP, Layer, Neuron, accuracy, binary_cross_entropy, cross_entropy, hinge, mean_squared_error
from nn.training import recording
from nn.training.evaluation import gradients
from nn.training.recording import Recording, dependencies, same
from nn.training.tasks import Task
from tests.engine.replay.agreement import BACKENDS
from tests.nn.training.small_runs import ROWS, Mine, alike, trained

LOSSES = {                                           # with targets
    cross_entropy:        st.integers(0, 2) | st.lists(st.floats(0.0, 2.0), min_size=3, max_size=3),
    hinge:                st.sampled_from([-1, 1, 1.0]),
    binary_cross_entropy: st.sampled_from([0, 1]) | st.floats(0.0, 1.0),
    mean_squared_error:   st.integers(-3, 3) | st.floats(-3.0, 3.0),
}


def right(output, target):
    """Accuracy, a half for a target that has no right side."""
    try:
        return accuracy(output, target)
    except ValueError:
        return 0.5


@pytest.fixture
def no_eager_code(monkeypatch):
    """Where nothing but a recording can be run."""
    monkeypatch.setattr(Task, "gradients", None)
    monkeypatch.setattr(Task, "evaluation", None)


def pupil(model):
    """A recording of a model's cross-entropy."""
    targets = [0, 1, 2, [0.25, 0.75, 0.0], 1, 2, 1]
    return Recording(Task(model, cross_entropy, ROWS, targets, reduction="sum")), targets


# Replays find what eager code finds

@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from([*LOSSES]), st.sampled_from(["relu", "tanh", "sigmoid", None]), st.integers(1, 8),
       st.sampled_from(["mean", "sum"]), st.sampled_from([None, {"right": right}]), st.booleans(),
       st.sampled_from(BACKENDS))
def test_fit_finds_what_eager_code_finds(data, loss, activation, batch_size, reduction, measures, validated, backend):
    targets = data.draw(st.lists(LOSSES[loss], min_size=7, max_size=7))
    setup = dict(activation=activation, batch_size=batch_size, reduction=reduction, measures=measures,
                 validation=(ROWS[2:5], targets[2:5]) if validated else None)
    with mock.patch.object(recording, "Replay", partial(Replay, backend=backend)), \
            mock.patch.object(Task, "gradients", None), mock.patch.object(Task, "evaluation", None), \
            mock.patch.object(recording, "numpy", (lambda: None) if backend == "python" else recording.numpy):
        found = trained(loss, targets, **setup)
    assert alike(found, trained(loss, targets, eager=True, **setup))


@given(st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True))
def test_a_batchs_gradient_is_that_of_eager_code(batch):
    one, other = MLP(2, [3, 3], activation="tanh", seed=5), MLP(2, [3, 3], activation="tanh", seed=5)
    pupils, targets = pupil(one)
    found = pupils.gradients(batch)
    expected = gradients(other, cross_entropy, [ROWS[i] for i in batch], [targets[i] for i in batch], reduction="sum")
    assert found == pytest.approx(expected, rel=1e-13)
    assert [p.grad for p in one.parameters()] == pytest.approx([p.grad for p in other.parameters()], rel=1e-11,
                                                               abs=1e-13)


@pytest.mark.parametrize("model", [
    lambda: Neuron(2, seed=1), lambda: Layer(2, 1, activation="tanh", seed=1), lambda: MLP(2, [1], seed=1),
    lambda: MLP(2, [2, 2, 1], activation=Op.table["softplus"], seed=1), lambda: MLP(2, [2, 1], activation=Value.tanh)])
def test_what_is_nns_own_is_replayed(no_eager_code, model):
    trained(mean_squared_error, [1.0] * 7, model())


def test_several_outputs_are_replayed(no_eager_code):
    trained(mean_squared_error, [[1, 2.0]] * 7, MLP(2, [3, 2], seed=1))


def test_a_row_of_the_user_is_replayed(no_eager_code):
    cube = Op("x * x * x", "3 * x * x", name="cube")
    trained(mean_squared_error, [1.0] * 7, MLP(2, [2, 1], activation=cube, seed=1))


# What a recording depends on

def test_a_parameter_that_was_computed_stays_as_it_was():
    def made():
        model = MLP(2, [2, 1], activation="tanh", seed=5)
        model.layers[1].neurons[0].w[1] = -model.layers[1].neurons[0].w[0]
        return model

    targets = [1, -1, 1, 1, -1, 1, 1]
    assert trained(hinge, targets, made()) == trained(hinge, targets, made(), eager=True)


@pytest.mark.parametrize("change", [
    lambda model: setattr(model.layers[0].neurons[0], "nonlin", False),
    lambda model: setattr(model.layers[0].neurons[0], "activation", Op.table["sin"]),
    lambda model: model.layers[0].neurons[1].w.__setitem__(0, 0.0),
    lambda model: setattr(model.layers[1].neurons[0], "b", model.layers[0].neurons[0].b),
    lambda model: model.layers.insert(1, MLP(2, [2], seed=3).layers[0]),
    lambda model: model.layers.insert(1, Mine(2, [2], seed=3)),
])
def test_a_model_that_changes_is_recorded_again(change):
    def changing(model):
        calls = count(1)

        def measure(output, target):
            if next(calls) == 2 * 7:                 # when the second step is about to be made
                change(model)
            return 1.0
        return {"measure": measure}

    targets, found = [1, -1, 1, 1, -1, 1, 1], []
    for eager in (None, True, None):
        model = MLP(2, [2, 1], activation="tanh", seed=5)
        measures = changing(model) if len(found) < 2 else {"measure": lambda output, target: 1.0}
        found.append(trained(hinge, targets, model, measures=measures, eager=eager))
    assert alike(*found[:2]) and found[0][0] != found[2][0]


def test_layers_that_are_joined_are_another_model():
    model = MLP(2, [2, 2, 2])
    before = dependencies(model)
    model.layers[1].neurons += model.layers.pop().neurons
    assert same(before, before[:]) and not same(dependencies(model), before)


# Errors

@pytest.mark.parametrize("loss, targets, sentence", [
    (cross_entropy,        [0, 1, 2, 3, 0, 0, 0],   "row 3: cross_entropy(logits, target) needs a target from 0 to 2"),
    (cross_entropy,        [0, 1, 2, 0.5, 0, 0, 0], "row 3: cross_entropy(logits, target) needs a class number"),
    (cross_entropy,        [0, [1, 0], 2, 0, 0, 0, 0], "row 1: cross_entropy(logits, target) needs one weight for"),
    (hinge,                [1, 1, 1, 1, 1, 0, 1],   "row 5: hinge(scores, targets) needs targets of -1 and 1; 0 came"),
    (binary_cross_entropy, [1, 0, 2, 1, 1, 1, 1],   "row 2: binary_cross_entropy"),
    (mean_squared_error,   [1, 0, [2], 1, 1, 1, 1], "row 2: mean_squared_error(predictions, targets) needs"),
    (mean_squared_error,   [1, 0, 1e200, 1, 1, 1, 1], "row 2: "),
])
@pytest.mark.parametrize("batch_size", [None, 3])
def test_errors_are_those_of_eager_code_and_name_the_row(loss, targets, sentence, batch_size):
    said = []
    for eager in (None, True):
        with pytest.raises((TypeError, ValueError, IndexError, ArithmeticError)) as caught:
            trained(loss, targets, eager=eager, batch_size=batch_size, shuffle=False)
        said.append((type(caught.value), str(caught.value)))
    assert said[0] == said[1] and said[0][1].startswith(sentence)


def test_an_error_of_ones_own_stays_as_it_is():
    class Own(ValueError):
        def __init__(self, code, place):
            super().__init__(code, place)

    def failing(output, target):
        raise Own(3, "here")

    with pytest.raises(Own) as caught:
        trained(failing, [1.0] * 7, MLP(2, [1]))
    assert caught.value.args == (3, "here")


@pytest.mark.parametrize("eager", [None, True])
def test_a_measure_that_is_not_finite_is_refused(eager):
    with pytest.raises(ValueError, match=r"^row 0: fit\(measures\), bad, needs a finite number; nan"):
        trained(hinge, [1] * 7, measures={"bad": lambda output, target: nan}, eager=eager)


@pytest.mark.parametrize("eager", [None, True])
def test_an_index_error_of_a_measure_names_its_row(eager):
    with pytest.raises(IndexError, match=r"^row 5: list index out of range$"):
        trained(hinge, [-1] * 5 + [1, -1], measures={"short": lambda output, target: [1.0][target]}, eager=eager,
                batch_size=3, shuffle=False)
