"""nn/module.py: parameters found by walking attributes, named and labelled."""
import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, strategies as st

from engine import Value, where
from nn import MLP, Layer, Module, Neuron


class Holder(Module):
    """A module with one part."""

    def __init__(self, part):
        self.part = part


class Net(Module):
    """What a user would write."""

    def __init__(self):
        self.hidden = Layer(2, 2, seed=1)
        self.output = Layer(2, 3, nonlin=False, seed=2)
        self.b3 = Value(-2.0, "b3")

    def __call__(self, x):
        return self.output(self.hidden(x))


collections = st.recursive(
    st.builds(Value, st.just(1.0)) | st.floats(0, 1) | st.text(max_size=2) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.builds(Holder, inner)
    | st.dictionaries(st.text("ab'.[\\", max_size=2) | st.integers(0, 3), inner, max_size=3), max_leaves=12)


def leaves_of(part):
    """The Values in a nest of collections without cycles, in order; by recursion, unlike the module's walk."""
    if isinstance(part, Value):
        return [part]
    inner = vars(part).values() if isinstance(part, Module) else part.values() if isinstance(part, dict) else part
    return [v for p in inner for v in leaves_of(p)] if isinstance(part, (Module, dict, list, tuple)) else []


@given(collections)
def test_parameters_are_the_leaves_in_the_order_of_definition(part):
    assert Holder(part).parameters() == leaves_of(part)


@given(collections)
def test_a_name_is_the_way_to_its_parameter(part):
    holder = Holder(part)
    for name, parameter in holder.named_parameters():
        assert eval(f"holder.{name}") is parameter


@given(collections)
def test_a_parameter_is_labelled_with_its_name(part):
    holder = Holder([part, part])
    assert all(parameter.label == name for name, parameter in holder.named_parameters())


@given(collections)
def test_a_shared_parameter_comes_once(part):
    holder = Holder([part, {"again": part}])
    holder.more = part
    assert holder.parameters() == leaves_of(part)


def test_cycles_end():
    holder = Holder([Value(1.0)])
    holder.itself, holder.part[1:] = holder, [holder.part, holder]
    holder.outer = Holder(holder)
    assert [name for name, parameter in holder.named_parameters()] == ["part[0]"]


def test_modules_nest_deeper_than_the_stack():
    p = Value(1.0)
    nest = Holder(p)
    for _ in range(5_000):
        nest = [nest]
    assert Holder(nest).parameters() == [p]


def test_what_is_computed_and_what_is_constant_are_no_parameters():
    holder = Holder(Value(1.0))
    holder.square, holder.constant, holder.plain = holder.part * holder.part, where(True, 1.0, holder.part), 3.0
    assert holder.constant.constant and holder.parameters() == [holder.part]


def test_arrays_of_values_are_searched():
    holder = Holder(np.array([[Value(1.0), Value(2.0)]]))
    assert [name for name, parameter in holder.named_parameters()] == ["part[0][0]", "part[0][1]"]
    assert Holder(np.ones(3)).parameters() == []


def test_zero_grad_clears_every_parameter():
    model = MLP(2, [3, 1], seed=1)
    model([1.0, 2.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert not any(p.grad for p in model.parameters())


# Labels

def test_parts_are_labelled_from_the_outside():
    net = Net()
    assert net.hidden.neurons[1].w[0].label == "hidden.neurons[1].w[0]"
    assert [out.label for out in net([0.5, 1.0])] == ["output.neurons[0]", "output.neurons[1]", "output.neurons[2]"]
    outer = Holder(net)
    assert outer.part.hidden.neurons[1].w[0].label == "part.hidden.neurons[1].w[0]"


def test_a_label_given_by_hand_stays():
    net = Net()
    net.hidden.neurons[0].b.label = "b1"
    net.output.neurons[0].label = "setosa"
    outer = Holder(net)
    assert (net.b3.label, net.hidden.neurons[0].b.label, net.output.neurons[0].label) == ("b3", "b1", "setosa")
    assert [name for name, p in outer.named_parameters() if p.label != name] == ["part.hidden.neurons[0].b", "part.b3"]
    assert net([0.5, 1.0])[0].label == "setosa"


@pytest.mark.parametrize("label", [3, None, np.array([1.0, 2.0])], ids=repr)
def test_a_module_may_use_the_name_label_for_something_else(label):
    class Class(Module):
        def __init__(self):
            self.label, self.w = label, Value(1.0)

    holder = Holder(Class())
    assert holder.part.label is label
    assert [p.label for p in holder.parameters()] == ["part.w"]


def test_the_first_of_two_names_wins():
    holder = Holder(Value(1.0))
    holder.tied = holder.part
    assert holder.part.label == "part"
    layer = Layer(1, 1)
    holder.one, holder.two = layer, layer
    assert layer.neurons[0].b.label == "one.neurons[0].b"


# Copies

@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
@pytest.mark.parametrize("model", [Neuron(2, seed=1), Neuron(2, activation=None), MLP(2, [2, 1]), Net()],
                         ids=lambda model: type(model).__name__)
def test_copies_have_parameters_of_their_own_with_the_same_numbers(model, copied):
    twin = copied(model)
    assert [(name, p.data, p.label) for name, p in twin.named_parameters()] == \
           [(name, p.data, p.label) for name, p in model.named_parameters()]
    assert not {*twin.parameters()} & {*model.parameters()}
    assert repr(twin([1.0, 2.0])) == repr(model([1.0, 2.0]))


@pytest.mark.parametrize("parts, expected", [
    ({}, "<Net of 0 parameters>"), ({"w": Value(1.0)}, "<Net of 1 parameter: w>"),
    ({"body": MLP(2, [3, 1]), "name": "x", "scale": [Value(1.0)]}, "<Net of 14 parameters: body, scale>")])
def test_a_module_of_ones_own_says_what_it_has(parts, expected):
    class Net(Module):
        pass
    net = Net()
    for name, part in parts.items():
        setattr(net, name, part)
    assert repr(net) == expected
