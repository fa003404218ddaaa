"""nn/structure.py: a file says what it belongs to; a model of another kind is refused, with all that differs."""
import functools
import json
import random
from dataclasses import dataclass, field
from enum import Enum

import pytest
from hypothesis import given, strategies as st

from engine import Op, Value, relu, sigmoid, tanh
from nn import MLP, Layer, Module, Neuron, load, save
from nn.structure import compare, structure
from tests.nn.training.small_runs import run

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
TEXTS = st.text(max_size=3)
PARTS = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
                     max_leaves=6)


class Own(Module):
    """Somebody's module, with any options."""

    def __init__(self, **options):
        self.w = [Value(1.0), Value(2.0)]
        for name, part in options.items():
            setattr(self, name, part)

    def __call__(self, xs):
        self.out = Value.affine(self.w, xs, 0.0)
        return self.out


class Bare(Module):
    """A module without parameters."""


class Mode(Enum):
    FAST, SLOW = 1, 2


@dataclass
class Settings:
    rate: float = 0.5
    sizes: list = field(default_factory=lambda: [1, 2])


class Scaled:
    """An activation with a number of its own."""

    def __init__(self, k):
        self.k = k

    def __call__(self, v):
        return (self.k * v).tanh()


def row(text, slope):
    return Op(text, slope, name="own_row")


def differences(there, here):
    """What is found wrong where the one's structure, as a file has it, is loaded into the other."""
    wrong = []
    compare(here, json.loads(json.dumps(structure(there))), (), wrong)
    return wrong


@given(PARTS, PARTS)
def test_options_are_the_same_where_they_are_equal(one, other):
    same = repr(one) == repr(other)                  # True is not 1, nor 0.0 -0.0
    assert bool(differences(Own(part=one), Own(part=other))) is not same
    assert not differences(Own(part=one), Own(part=one))


@pytest.mark.parametrize("one, other", [
    ("tanh", tanh), ("tanh", Value.tanh), ("tanh", lambda v: v.tanh()), (tanh, functools.partial(tanh)),
    (relu, lambda z: Value.maximum(z, 0.0)), (Scaled(2.0), lambda v: (v + v).tanh()), (None, None),
    (row("x * x * x", "3 * x * x"), lambda v: v ** 3),
])
def test_activations_that_compute_the_same_are_the_same(one, other):
    assert not differences(Neuron(2, activation=one), Neuron(2, activation=other))


@pytest.mark.parametrize("one, other, shown", [
    ("tanh", "relu", "activation: the file has 'tanh#"),
    (lambda v: v * v, lambda v: v + v, "activation: the file has '<lambda>#"),
    (lambda v: v.relu(), lambda v: v.relu() if v.data < 6.0 else 6.0 + 0.0 * v, "activation: the file has '<lambda>#"),
    (Scaled(2.0), Scaled(3.0), "activation: the file has 'Scaled#"),
    (row("x * x", "2 * x"), row("x * x * x", "3 * x * x"), "activation: the file has 'own_row#"),
    (None, "tanh", "activation: the file has 'None', this model 'tanh#"),
])
def test_activations_that_compute_another_thing_are_told(one, other, shown):
    assert any([text.startswith(shown) for text in differences(Neuron(2, activation=one), Neuron(2, activation=other))])


@pytest.mark.parametrize("one, other, complaint", [
    ({"k": 1}, {"k": 2},                             "k: the file has '1', this model '2'"),
    ({"k": 1}, {},                                   "k: the file has '1', this model nothing"),
    ({}, {"k": 1},                                   "k: the file has nothing, this model '1'"),
    ({"acts": [tanh, relu]}, {"acts": [sigmoid, relu]}, "acts: the file has 'list(tanh#"),
    ({"mode": Mode.FAST}, {"mode": Mode.SLOW},       "mode: the file has \"Mode('FAST')\", this model"),
    ({"s": Settings()}, {"s": Settings(0.25)},       "s: the file has 'Settings(rate=0.5, sizes=list(1, 2))', this"),
    ({"n": range(100)}, {"n": list(range(100))},     "n: the file has 'range()', this model 'list(0, 1, 2"),
    ({"part": Own(k=1)}, {"part": Own(k=2)},         "part.k: the file has '1', this model '2'"),
    ({"part": [Bare(), Bare()]}, {"part": [Bare()]}, "unexpected: 'part[1]', 'Bare'"),
    ({"part": [Bare()]}, {"part": [Bare(), Bare()]}, "missing: part[1], Bare"),
    ({"part": Neuron(2)}, {"part": Layer(2, 1)},     "part.class: the file has 'Neuron', this model 'Layer'"),
])
def test_other_options_and_parts_are_told(one, other, complaint):
    assert any([text.startswith(complaint) for text in differences(Own(**one), Own(**other))])


@pytest.mark.parametrize("one, other", [
    ({"_count": 1}, {"_count": 2}), ({"out": None}, {"out": Value(2.0) * 3.0}),
    ({"out": []}, {"out": [Value(2.0) * 3.0]}),
])
def test_what_a_module_only_remembers_is_not_compared(one, other):
    assert not differences(Own(**one), Own(**other)) and not differences(Own(**other), Own(**one))


def test_numbers_of_numpy_are_numbers():
    numpy = pytest.importorskip("numpy")
    assert not differences(Own(k=numpy.float64(0.5), a=numpy.arange(3)), Own(k=0.5, a=[0, 1, 2]))
    assert not differences(Neuron(2, activation=numpy.tanh), Neuron(2, activation="tanh"))


def test_the_same_difference_of_many_parts_is_told_once():
    text, = differences(MLP(2, [8, 8], activation="tanh"), MLP(2, [8, 8]))
    assert text.startswith("layers[0].neurons[0].activation: the file has 'tanh#")
    assert text.endswith("; likewise in 15 more")


def test_random_activations_are_known_by_name_and_leave_random_numbers_alone():
    def noisy(v):
        return v * random.random()
    random.seed(1)
    wanted = random.random()
    random.seed(1)
    assert structure(Neuron(2, activation=noisy, seed=1))[""]["activation"] == "noisy" and random.random() == wanted


def test_nothing_that_is_built_in_is_called(capsys):
    assert structure(Own(on_step=print, kind=dict))[""] == {"class": "Own", "on_step": "print", "kind": "dict"}
    assert capsys.readouterr().out == ""


def test_a_file_of_another_architecture_is_refused_and_nothing_changes(tmp_path):
    save(MLP(2, [3, 1], activation="tanh", seed=1), tmp_path / "model.json")
    other = MLP(2, [3, 2], seed=2)
    before = [p.data for p in other.parameters()]
    with pytest.raises(ValueError, match="nothing has changed; 3 things are wrong") as caught:
        load(other, tmp_path / "model.json")
    assert "activation: the file has 'tanh#" in str(caught.value) and [p.data for p in other.parameters()] == before


def test_a_run_of_another_architecture_is_not_resumed_and_all_that_differs_is_listed(tmp_path):
    path = tmp_path / "run.json"
    run(epochs=1, batch_size=2, seed=1, checkpoint=path)
    with pytest.raises(ValueError) as caught:
        run(MLP(2, [3, 3], seed=5), epochs=2, batch_size=3, seed=2, reduction="sum", checkpoint=path)
    for part in ("layers[0].neurons[0].activation: the file has 'tanh#", "batch_size: the file has 2, this call 3",
                 "reduction: the file has 'mean', this call 'sum'", "seed: the file has 1, this call 2"):
        assert f"\n    {part}" in str(caught.value)


@pytest.mark.parametrize("given", [None, 1, [], {"": 1}, {"": {"class": 3}}, {"x" * 10 ** 6: {}}])
def test_a_hostile_structure_is_refused(tmp_path, given):
    path = tmp_path / "model.json"
    save(Neuron(2), path)
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "structure": given}))
    with pytest.raises(ValueError, match="does not fit ReLUNeuron"):
        load(Neuron(2), path)
