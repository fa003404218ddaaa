"""nn/optimisers.py: what are no parameters and no hyper-parameters."""
from math import inf, nan

import pytest

from engine import Value, where
from nn import MLP, SGD, Adam, AdamW
from nn.optimisers import OWN, Optimiser
from tests.nn.descents import optimisers

a, b, model = Value(1.0, "a"), Value(2.0), MLP(2, [1])


@pytest.mark.parametrize("optimiser", optimisers)
@pytest.mark.parametrize("parameters, error, sentence", [
    ([],                       ValueError, "at least one parameter; an empty list came"),
    ([a, b, a],                ValueError, "each parameter once; number 2 in the list, a, has come before"),
    ([a, a * b],               ValueError, "leaves; number 1 in the list, Value(data=2.0, grad=0.0), is made by mul"),
    ([a, where(True, 1.0, a)], ValueError, "leaves; number 1 in the list, Value(data=1.0, grad=0.0), is constant"),
    ([a, 1.0],                 TypeError,  "Values; number 1 in the list, 1.0, is a float"),
    ([{"params": 1}],          TypeError,  "Values; number 0 in the list, {'params': 1}, is a dict"),
    (b,                        TypeError,  "a list of Values; Value(data=2.0, grad=0.0) is a Value; write a list"),
    (model,                    TypeError,  "a list of Values; MLP of [Layer of [LinearNeuron(2)]] is a MLP; "
                                           "write module.parameters()"),
    ({1.0},                    TypeError,  "a list of Values; {1.0} is a set; write a list"),
    (None,                     TypeError,  "a list of Values; None is a NoneType; write a list"),
], ids=lambda part: part.__name__ if isinstance(part, type) else type(part).__name__)
def test_what_are_no_parameters(optimiser, parameters, error, sentence):
    with pytest.raises(error) as caught:
        optimiser(parameters)
    assert str(caught.value) == f"{optimiser.__name__}(parameters) needs {sentence}"


@pytest.mark.parametrize("optimiser, name", [
    (SGD, "lr"), (SGD, "momentum"), (SGD, "weight_decay"), (Adam, "lr"), (Adam, "eps"), (Adam, "weight_decay"),
    (AdamW, "lr"), (AdamW, "eps"), (AdamW, "weight_decay")])
@pytest.mark.parametrize("n, error, sentence", [
    (-1,    ValueError, "needs a number of at least 0; -1 came"),
    (nan,   ValueError, "needs a finite number; nan is not; look where it first arose"),
    (inf,   ValueError, "needs a finite number; inf is not; look where it first arose"),
    (True,  TypeError,  "needs a real number; True is a bool; write 1 if that number is meant"),
    ("0.1", TypeError,  "needs a real number; '0.1' is a str; write float('0.1') if that number is meant"),
    (a,     TypeError,  "needs a real number; Value(data=1.0, grad=0.0, label='a') is a Value; "),
], ids=repr)
def test_what_is_no_hyperparameter(optimiser, name, n, error, sentence):
    with pytest.raises(error) as caught:
        optimiser([a], **{name: n})
    assert str(caught.value).startswith(f"{optimiser.__name__}({name}) {sentence}")


@pytest.mark.parametrize("make, error, sentence", [
    (lambda: SGD([a], dampening=nan), ValueError,
     "SGD(dampening) needs a finite number; nan is not"),
    (lambda: SGD([a], nesterov=True), ValueError,
     "SGD(nesterov) needs momentum above 0 and dampening 0; "
     "momentum is 0.0, dampening 0.0"),
    (lambda: SGD([a], momentum=0.9, dampening=0.1,
                 nesterov=True), ValueError,
     "SGD(nesterov) needs momentum above 0 and dampening 0; "
     "momentum is 0.9, dampening 0.1"),
    (lambda: SGD([a], momentum=0.9, nesterov=0.9), TypeError,
     "SGD(nesterov) needs True or False; 0.9 came"),
    (lambda: SGD([a], maximize=1), TypeError,
     "SGD(maximize) needs True or False; 1 came"),
    (lambda: Adam([a], amsgrad=None), TypeError,
     "Adam(amsgrad) needs True or False; None came"),
    (lambda: Adam([a], betas=(0.9, 1.0)), ValueError,
     "Adam(betas) needs two numbers from 0 to below 1; (0.9"),
    (lambda: Adam([a], betas=(-0.1, 0.9)), ValueError,
     "Adam(betas) needs two numbers from 0 to below 1; (-0."),
    (lambda: Adam([a], betas=(nan, 0.9)), ValueError,
     "Adam(betas) needs a finite number; nan is not"),
    (lambda: Adam([a], betas=0.9), TypeError,
     "Adam(betas) needs two numbers; 0.9 came"),
    (lambda: Adam([a], betas=(0.9, 0.99, 0.999)), TypeError,
     "Adam(betas) needs two numbers; (0.9, 0.99, 0.999) came"),
    (lambda: AdamW([a], betas=(0.9, 1.0)), ValueError,
     "AdamW(betas) needs two numbers from 0 to below 1; (0.9"),
    (lambda: Adam([a], 0.1, 0.9), TypeError,
     "takes from 2 to 3 positional arguments"),
    (lambda: SGD([a], 0.1, 0.9), TypeError,
     "takes from 2 to 3 positional arguments"),
], ids=lambda part: part if isinstance(part, str) else "")
def test_arguments_that_do_not_fit(make, error, sentence):
    with pytest.raises(error) as caught:
        make()
    assert sentence in str(caught.value)


@pytest.mark.parametrize("name", sorted(OWN))
@pytest.mark.parametrize("given", [0.5, 3, True, (0.9, 0.99)], ids=repr)
def test_a_setting_may_not_be_called_as_what_every_optimiser_has(name, given):
    with pytest.raises(TypeError, match=f"^Mine.{name} needs another name: every optimiser has one of that name$"):
        type("Mine", (Optimiser,), {name: given, "formulas": ["p = p - lr * g"]})
