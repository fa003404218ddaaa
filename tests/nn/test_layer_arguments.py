"""nn/layers.py: what does not fit."""
import numpy as np
import pytest

from engine import Value
from nn import MLP, Layer, Neuron


@pytest.mark.parametrize("module, name", [(Neuron(2), "Neuron"), (Layer(2, 3), "Layer"), (MLP(2, [3, 1]), "Layer")])
@pytest.mark.parametrize("x, error, sentence", [
    ([1.0, 2.0, 3.0],    ValueError, "was given 3 numbers; give it 2"),
    ((1.0,),             ValueError, "was given 1 number; give it 2"),
    (np.ones(3),         ValueError, "was given 3 numbers; give it 2"),
    ([],                 ValueError, "was given 0 numbers; give it 2"),
    (3.0,                TypeError,  "needs a sequence of numbers; 3.0 is a single float; put it in a list"),
    (Value(1.0),         TypeError,  "needs a sequence of numbers; Value(data=1.0, grad=0.0) is a single Value; "
                                     "put it in a list"),
    ("12",               TypeError,  "needs a sequence of numbers; '12' is a str; write a list"),
    ({1.0, 2.0},         TypeError,  "needs a sequence of numbers; {1.0, 2.0} is a set; write a list"),
    (np.array([[1, 2]]), TypeError,  "needs one row of numbers; array([1, 2]) is a row in itself; "
                                     "go through the rows one by one"),
    ((True, 1.0),        TypeError,  "needs a real number; True is a bool; write 1 if that number is meant"),
], ids=lambda part: type(part).__name__)
def test_inputs_that_do_not_fit(module, name, x, error, sentence):
    with pytest.raises(error) as caught:
        module(x)
    assert str(caught.value).replace(" (layers[0])", "") == f"{name} with 2 inputs {sentence}"


def test_the_layer_is_named_where_it_has_a_name():
    model = MLP(2, [3, 1])
    model.layers[1] = model.layers[0]
    with pytest.raises(ValueError, match=r"^Layer with 2 inputs \(layers\[0\]\) was given 3 numbers; give it 2$"):
        model([1.0, 2.0])


@pytest.mark.parametrize("x", [[True, 1.0], ["1", 1.0], [None, 1.0], [1j, 1.0], [[1.0], 1.0]], ids=repr)
def test_a_list_of_what_are_no_numbers(x):
    with pytest.raises(TypeError, match="needs a real number"):
        MLP(2, [1])(x)


@pytest.mark.parametrize("make", [Neuron, lambda n: Layer(n, 2), lambda n: Layer(2, n), lambda n: MLP(n, [2]),
                                  lambda n: MLP(2, [2, n])], ids=["Neuron", "nin", "nout", "MLP nin", "MLP nouts"])
@pytest.mark.parametrize("n, error, sentence", [
    (0,     ValueError, "needs a width of 1 or more; 0 came"),
    (-2,    ValueError, "needs a width of 1 or more; -2 came"),
    (True,  TypeError,  "needs a whole number; True is a bool; write 1 if that number is meant"),
    (2.0,   TypeError,  "needs a whole number; 2.0 is a float; write 2 if that number is meant"),
    (2.5,   TypeError,  "needs a whole number; 2.5 is a float"),
    ("2",   TypeError,  "needs a whole number; '2' is a str"),
    (None,  TypeError,  "needs a whole number; None is a NoneType"),
], ids=repr)
def test_what_is_no_width(make, n, error, sentence):
    with pytest.raises(error) as caught:
        make(n)
    assert str(caught.value).split(") ", 1)[1] == sentence


@pytest.mark.parametrize("make, error, sentence", [
    (lambda: MLP(2, 3),             TypeError,  "MLP(nin, nouts) needs a list of widths, one for each layer; 3 came; "
                                                "write [3] if one layer is meant"),
    (lambda: MLP(2, "33"),          TypeError,  "MLP(nin, nouts) needs a list of widths, one for each layer; "
                                                "'33' came"),
    (lambda: MLP(2, []),            ValueError, "MLP(nin, nouts) needs at least one layer; no widths came"),
    (lambda: Neuron(2, "tanh"),     TypeError,  "nonlin needs True or False; 'tanh' came; for an activation write "
                                                "activation=..."),
    (lambda: Neuron(2, seed="one"), TypeError,  "seed needs a whole number; 'one' is a str"),
    (lambda: Layer(2, 1, seed=1.5), TypeError,  "seed needs a whole number; 1.5 is a float"),
    (lambda: MLP(2, [1], seed=True), TypeError, "seed needs a whole number; True is a bool; write 1 if that number is "
                                                "meant"),
], ids=lambda part: part if isinstance(part, str) else "")
def test_arguments_that_do_not_fit(make, error, sentence):
    with pytest.raises(error) as caught:
        make()
    assert str(caught.value) == sentence


@pytest.mark.parametrize("activation, error", [
    ("swash", ValueError), ("mul", ValueError), (3, TypeError), (["relu"], TypeError)])
def test_what_is_no_activation(activation, error):
    with pytest.raises(error) as caught:
        Neuron(2, activation=activation)
    message = str(caught.value)
    assert message.startswith("activation needs a function, None, or one of neg, abs, exp,")
    assert message.endswith(f"; {activation!r} came")
