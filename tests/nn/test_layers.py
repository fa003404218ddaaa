"""nn/layers.py: Neuron, Layer, MLP."""
import cmath
import random
from functools import partial
from math import isclose

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import engine
from engine import Op, Value, where
from nn import MLP, Layer, Module, Neuron, mean_squared_error

numbers = st.floats(-2.0, 2.0)
seeds   = st.integers(0, 2 ** 64)
shapes  = st.tuples(st.integers(1, 3), st.lists(st.integers(1, 3), min_size=1, max_size=3))

COMPLEX = {                                          # activations for complex numbers, written afresh
    "tanh":    cmath.tanh,
    "relu":    lambda z: z if z.real > 0 else 0j,
    "sigmoid": lambda z: 1 / (1 + cmath.exp(-z)),
    None:      lambda z: z,
}


def complex_outputs(model, activation, numbers, x):
    """The outputs of an MLP for complex parameters: its definition, in loops."""
    numbers = iter(numbers)
    for layer in model.layers:
        outputs = []
        for neuron in layer.neurons:
            z = sum(next(numbers) * n for n in [*x])
            outputs.append(z + next(numbers))
        x = [COMPLEX[activation](z) for z in outputs] if layer is not model.layers[-1] else outputs
    return x


@settings(max_examples=50)
@given(shapes, st.sampled_from([*COMPLEX]), seeds, st.data())
def test_outputs_and_gradients_equal_the_complex_step(shape, activation, seed, data):
    nin, nouts = shape
    model = MLP(nin, nouts, activation=activation, seed=seed)
    x = data.draw(st.lists(numbers, min_size=nin, max_size=nin))
    out = model(x)
    out[0].backward() if isinstance(out, list) else out.backward()
    parameters = model.parameters()
    for i, p in enumerate(parameters):
        numbers_i = [complex(q.data, 1e-150 if q is p else 0.0) for q in parameters]
        z = complex_outputs(model, activation, numbers_i, x)[0]
        assert isclose(z.real, (out[0] if isinstance(out, list) else out).data, rel_tol=1e-13, abs_tol=1e-13)
        assert isclose(z.imag / 1e-150, p.grad, rel_tol=1e-11, abs_tol=1e-12)


@given(shapes, seeds)
def test_the_same_seed_gives_the_same_numbers(shape, seed):
    one, two = MLP(*shape, seed=seed), MLP(*shape, seed=seed)
    assert [p.data for p in one.parameters()] == [p.data for p in two.parameters()]


@given(shapes, seeds)
def test_weights_start_between_minus_1_and_1_and_biases_at_0(shape, seed):
    for name, p in MLP(*shape, seed=seed).named_parameters():
        assert p.data == 0.0 if name.endswith(".b") else -1.0 <= p.data <= 1.0


@given(shapes)
def test_as_many_parameters_as_weights_and_biases(shape):
    nin, nouts = shape
    assert len(MLP(nin, nouts).parameters()) == sum((n + 1) * m for n, m in zip([nin, *nouts], nouts))


# Seeds

def test_a_seed_gives_these_numbers_on_every_machine():
    model = MLP(2, [1], seed=1337)
    assert [p.data for p in model.parameters()] == [0.23550571390294128, 0.06653114721000164, 0.0]


def test_neurons_of_one_seed_differ():
    weights = [p.data for p in MLP(2, [4, 4], seed=1).parameters() if p.data]
    assert len({*weights}) == len(weights) == 24


def test_without_a_seed_that_of_the_random_module_counts():
    random.seed(1337)
    assert [w.data for w in Neuron(2).w] == [w.data for w in Neuron(2, seed=1337).w]
    assert [w.data for w in Neuron(2).w] != [w.data for w in Neuron(2).w]


def test_a_seed_leaves_the_random_module_alone():
    random.seed(1)
    expected = random.random()
    random.seed(1)
    MLP(2, [3], seed=2)
    assert random.random() == expected


def test_a_seed_may_be_a_generator_that_several_share():
    source = random.Random(5)
    weights = Neuron(2, seed=source).w + Neuron(1, seed=source).w
    assert [w.data for w in weights] == [w.data for w in Neuron(3, seed=5).w]


# Form

def test_representations_are_those_of_micrograd():
    assert repr(MLP(2, [2, 1])) == "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]"


@pytest.mark.parametrize("activation, name", [
    ("relu", "ReLU"), ("tanh", "Tanh"), (engine.tanh, "Tanh"), (Value.sigmoid, "Sigmoid"), (None, "Linear"),
    (lambda z: z * z, "Lambda"), (partial(pow, 2.0), "Partial"),
])
def test_kinds_of_activations(activation, name):
    last = "Layer of [LinearNeuron(1)]"
    assert repr(Neuron(3, activation=activation)) == f"{name}Neuron(3)"
    assert repr(Neuron(3, False, activation=activation)) == "LinearNeuron(3)"
    assert repr(Layer(3, 1, activation=activation)) == f"Layer of [{name}Neuron(3)]"
    assert repr(MLP(3, [1, 1], activation=activation)) == f"MLP of [Layer of [{name}Neuron(3)], {last}]"


def test_a_row_of_the_user_is_an_activation(monkeypatch):
    monkeypatch.setattr(Op, "table", dict(Op.table))                 # so that the row is gone after the test
    leaky_relu = Op("x if x > 0 else 0.01 * x", "1 if x > 0 else 0.01", name="leaky_relu")
    for activation in (leaky_relu, "leaky_relu"):
        neuron = Neuron(2, activation=activation, seed=1)
        assert repr(neuron) == "LeakyReluNeuron(2)"
        assert neuron([1.0, 2.0]).data == leaky_relu(Neuron(2, activation=None, seed=1)([1.0, 2.0])).data


@pytest.mark.parametrize("activation", ["tanh", engine.tanh, Value.tanh, Op.table["tanh"], lambda z: z.tanh()])
def test_an_activation_by_any_name_gives_the_same_number(activation):
    assert Neuron(2, activation=activation, seed=1)([1.0, 2.0]).data == \
        Neuron(2, activation=None, seed=1)([1.0, 2.0]).tanh().data


def test_parameters_of_an_activation_are_found():
    class Slope(Module):
        def __init__(self):
            self.slope = Value(0.25)

        def __call__(self, z):
            return where(z > 0, z, lambda: self.slope * z)

    layer = Layer(1, 2, activation=Slope())
    assert [name for name, p in layer.named_parameters()] == [
        "neurons[0].w[0]", "neurons[0].b", "neurons[0].activation.slope", "neurons[1].w[0]", "neurons[1].b"]
    layer([1.0])


def test_a_neuron_is_two_nodes():
    out = Neuron(5, seed=1)([0.1] * 5)
    assert (out.op.name, out.parents[0].op.name) == ("relu", "affine")
    assert not any(v.op for v in out.parents[0].parents)


def test_one_output_is_a_value_several_are_a_list():
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value) and isinstance(MLP(2, [2, 1])([1.0, 2.0]), Value)
    assert len(Layer(2, 3)([1.0, 2.0])) == len(MLP(2, [2, 3])([1.0, 2.0])) == 3


def test_a_hidden_layer_may_have_one_neuron():
    assert len(MLP(2, [1, 3])([1.0, 2.0])) == 3


@pytest.mark.parametrize("row", [
    [0.5, 2], (0.5, 2.0), iter([0.5, 2.0]), range(2), [Value(0.5), 2.0], np.array([0.5, 2.0]),
    np.array([[0.5, 2.0]])[0], np.array([0.5, 2.0], dtype=np.float32), np.array([Value(0.5), Value(2.0)]),
], ids=lambda row: type(row).__name__)
def test_kinds_of_inputs(row):
    expected = [0.0, 1.0] if isinstance(row, range) else [0.5, 2.0]
    assert MLP(2, [3, 1], seed=1)(row).data == MLP(2, [3, 1], seed=1)(expected).data


def test_inputs_that_are_values_get_gradients():
    x = [Value(0.5), Value(2.0)]
    neuron = Neuron(2, activation=None)
    neuron(x).backward()
    assert [v.grad for v in x] == [w.data for w in neuron.w]


def test_own_modules_may_stand_among_the_layers():
    class Double(Module):
        def __call__(self, x):
            return [2 * n for n in x]

    model = MLP(2, [2, 1], seed=1)
    expected = model.layers[1]([2 * out for out in model.layers[0]([1.0, 2.0])]).data
    model.layers.insert(1, Double())
    assert model([1.0, 2.0]).data == expected


# Labels of outputs

def test_every_output_is_labelled_with_its_neuron_in_every_call():
    model = MLP(2, [2, 3], seed=1)
    calls = [model([0.1 * i, 1.0]) for i in range(3)]
    assert [[out.label for out in call] for call in calls] == [[f"layers[1].neurons[{i}]" for i in range(3)]] * 3
    hidden = [v for v in calls[0][0].parents if v.op]
    assert [v.label for v in hidden] == ["layers[0].neurons[0]", "layers[0].neurons[1]"]
    assert [v.parents[0].label for v in hidden] == ["", ""]


def test_the_output_of_a_single_neuron_has_no_label():
    assert Neuron(2)([1.0, 2.0]).label == ""


def test_a_label_that_an_activation_gives_stays():
    def named(z):
        out = z.tanh()
        out.label = "h"
        return out

    assert Layer(1, 1, activation=named)([1.0]).label == "h"


def test_weights_may_be_replaced_by_plain_numbers():
    layer = Layer(2, 1)
    layer.neurons[0].w, layer.neurons[0].b = [2.0, 3.0], 1.0
    assert layer([1.0, 1.0]) == 6.0 and layer.parameters() == []


def test_a_network_learns_exclusive_or():
    rows, wanted = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
    model = MLP(2, [4, 1], activation="tanh", seed=1)
    for _ in range(200):
        loss = mean_squared_error([model(row) for row in rows], wanted)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.5 * p.grad
    assert [round(model(row).data) for row in rows] == wanted
