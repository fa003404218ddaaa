"""nn/optimisers.py: SGD, Adam and AdamW."""
import copy
import pickle
from math import inf, isclose, nan, sqrt

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from engine import Value, where
from nn import MLP, SGD, Adam, AdamW, mean_squared_error
from nn.optimisers import assign

numbers   = st.floats(-100.0, 100.0)
gradients = st.lists(st.just(0.0) | numbers, min_size=1, max_size=6)
sgds      = st.fixed_dictionaries(
    {"lr": st.floats(0.0, 1.0)},
    optional={"weight_decay": st.floats(0.0, 0.5), "maximize": st.booleans()},
).flatmap(lambda some: st.sampled_from([
    {}, {"momentum": 0.9}, {"momentum": 0.5, "dampening": 0.25}, {"momentum": 0.9, "nesterov": True},
]).map(lambda more: {**some, **more}))
adams     = st.fixed_dictionaries({}, optional={
    "lr": st.floats(0.0, 1.0), "betas": st.tuples(st.floats(0.0, 0.99), st.floats(0.0, 0.9999)),
    "eps": st.floats(1e-10, 1e-2), "weight_decay": st.floats(0.0, 0.5), "amsgrad": st.booleans(),
    "maximize": st.booleans()})
optimisers = [SGD, Adam, AdamW]


def run(optimiser, start, gs, **arguments):
    """The numbers that a parameter takes, step by step."""
    p = Value(start)
    steps, path = optimiser([p], **arguments), []
    for g in gs:
        p.grad = g
        steps.step()
        path.append(p.data)
    return path


def sgd(x, gs, lr=1e-3, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, maximize=False):
    """PyTorch's page on SGD, line by line."""
    path, buffers = [], []
    for g in gs:
        if maximize:
            g = -g
        if weight_decay != 0.0:
            g = g + weight_decay * x
        if momentum != 0.0:
            buffers.append(momentum * buffers[-1] + (1.0 - dampening) * g if buffers else g)
            g = g + momentum * buffers[-1] if nesterov else buffers[-1]
        x = x - lr * g
        path.append(x)
    return path


def adam(x, gs, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False, maximize=False):
    """Adam as published, each mean written out as a sum over all gradients; AMSGrad as PyTorch corrects it."""
    path, seen, largest = [], [], 0.0
    for t, g in enumerate(gs, start=1):
        seen.append((-g if maximize else g) + weight_decay * x)
        m = (1.0 - betas[0]) * sum(betas[0] ** (t - i) * g for i, g in enumerate(seen, start=1))
        v = (1.0 - betas[1]) * sum(betas[1] ** (t - i) * g * g for i, g in enumerate(seen, start=1))
        largest = max(largest, v)
        m_hat, v_hat = m / (1.0 - betas[0] ** t), (largest if amsgrad else v) / (1.0 - betas[1] ** t)
        x = x - lr * m_hat / (sqrt(v_hat) + eps)
        path.append(x)
    return path


def adamw(x, gs, lr=1e-3, weight_decay=1e-2, **arguments):
    """AdamW as published: Adam's steps, each taken from a parameter that has shrunk."""
    path = []
    for t in range(1, len(gs) + 1):
        moves = [0.0, *adam(0.0, gs[:t], lr, **arguments)]
        x = x * (1.0 - lr * weight_decay) + moves[-1] - moves[-2]
        path.append(x)
    return path


def equal(path, expected, scale):
    return all(isclose(x, y, rel_tol=1e-12, abs_tol=1e-12 * scale) for x, y in zip(path, expected, strict=True))


@given(numbers, gradients, sgds)
def test_sgd_takes_the_published_steps(start, gs, arguments):
    scale = max(1.0, abs(start), *map(abs, gs))
    assert equal(run(SGD, start, gs, **arguments), sgd(start, gs, **arguments), scale)


@given(numbers, gradients, adams)
@example(1.0, [0.0, 0.0], {})                        # no gradient, no move
def test_adam_takes_the_published_steps(start, gs, arguments):
    scale = max(1.0, abs(start), *map(abs, gs))
    assert equal(run(Adam, start, gs, **arguments), adam(start, gs, **arguments), scale)


@given(numbers, gradients, adams)
def test_adamw_takes_the_published_steps(start, gs, arguments):
    scale = max(1.0, abs(start), *map(abs, gs))
    assert equal(run(AdamW, start, gs, **arguments), adamw(start, gs, **arguments), scale)


@given(numbers, gradients, adams.map(lambda arguments: {**arguments, "weight_decay": 0.0}))
def test_without_weight_decay_adamw_is_adam(start, gs, arguments):
    assert run(AdamW, start, gs, **arguments) == run(Adam, start, gs, **arguments)


# made by torch 2.13.0 in float64, for a parameter that starts at -2 and these gradients
GRADIENTS = [0.3, -1.2, 0.05, 2.0, -0.4]
TORCH = [
    (SGD,  {"lr": 0.1},
     [-2.03, -1.9099999999999997, -1.9149999999999996, -2.1149999999999998, -2.0749999999999997]),
    (SGD,  {"lr": 0.1, "momentum": 0.9},
     [-2.03, -1.9369999999999998, -1.8582999999999998, -1.9874699999999998, -2.063723]),
    (SGD,  {"lr": 0.1, "momentum": 0.9, "dampening": 0.5, "weight_decay": 0.01},
     [-2.028, -1.992186, -1.961457307, -2.0328207546465, -2.076031447151027]),
    (SGD,  {"lr": 0.1, "momentum": 0.8, "nesterov": True},
     [-2.054, -1.8571999999999997, -1.8047599999999997, -2.1188079999999996, -2.1380463999999995]),
    (SGD,  {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "maximize": True},
     [-1.95, -2.0055, -2.030395, -1.83249655, -1.6760629795]),
    (Adam, {},
     [-2.0009999999666666, -2.0004404964790243, -2.000034167036884, -2.000353391906505, -2.0005278627956358]),
    (Adam, {"lr": 0.1, "betas": (0.8, 0.99), "eps": 1e-06},
     [-2.099999666667778, -2.03915719808155, -1.997973466980788, -2.038845334691533, -2.0594410683713544]),
    (Adam, {"lr": 0.1, "weight_decay": 0.01, "amsgrad": True},
     [-2.0999999964285716, -2.0424371058922937, -1.9994713313653008, -2.0297801026131004, -2.045356736829587]),
    (Adam, {"lr": 0.1, "weight_decay": 0.5, "maximize": True},
     [-1.9000000007692308, -1.8482606339248582, -1.7781731856084153, -1.6992836884955396, -1.625888722196517]),
    (AdamW, {},
     [-2.000979999966667, -2.000400486679025, -1.999974153232018, -2.0002733783601068, -2.000427846515454]),
    (AdamW, {"lr": 0.1, "weight_decay": 0.5},
     [-1.9999999966666666, -1.8440496480690987, -1.7112142214516324, -1.6575759973411508, -1.5921442863871618]),
    (AdamW, {"lr": 0.1, "betas": (0.8, 0.99), "eps": 1e-06, "amsgrad": True},
     [-2.0979996666677776, -2.0350591984148823, -1.9920130216263987, -2.030892876315517, -2.049457717119023]),
    (AdamW, {"lr": 0.1, "weight_decay": 0.0, "maximize": True},
     [-1.9000000033333333, -1.9559503520975678, -1.996583296311579, -1.9646608093494788, -1.9472137204364102]),
]


@pytest.mark.parametrize("optimiser, arguments, expected", TORCH)
def test_steps_are_those_of_pytorch(optimiser, arguments, expected):
    assert run(optimiser, -2.0, GRADIENTS, **arguments) == pytest.approx(expected, rel=4e-16, abs=0.0)


@given(numbers, gradients, sgds.map(lambda arguments: (SGD, arguments))
       | st.tuples(st.sampled_from([Adam, AdamW]), adams))
def test_steps_are_those_of_pytorch_where_it_is_installed(start, gs, case):
    torch = pytest.importorskip("torch")
    optimiser, arguments = case
    p = torch.tensor([start], dtype=torch.float64, requires_grad=True)
    steps, path = getattr(torch.optim, optimiser.__name__)([p], **arguments), []
    for g in gs:
        p.grad = torch.tensor([g], dtype=torch.float64)
        steps.step()
        path.append(p.item())
    assert equal(run(optimiser, start, gs, **arguments), path, max(1.0, abs(start), *map(abs, gs)))


def test_the_default_learning_rate_is_that_of_pytorch():
    assert run(SGD, -2.0, [0.3]) == [-2.0003]


@given(st.lists(st.tuples(numbers, st.floats(0.1, 10.0)), min_size=1, max_size=4), st.floats(0.01, 0.09))
def test_sgd_goes_downhill_on_a_quadratic(bowl, lr):
    ps = [Value(x) for x, _ in bowl]
    optimiser, losses = SGD(ps, lr), []
    for _ in range(4):
        loss = Value.fsum([p * p * steepness for p, (_, steepness) in zip(ps, bowl)])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.data)
    assert all(after < before or before == 0.0 for before, after in zip(losses, losses[1:]))


class Trap(list):
    """Numbers at one of which the reader is interrupted."""

    def __init__(self, numbers, at):
        super().__init__(numbers)
        self.at = at

    def __iter__(self):
        for i, n in enumerate(list.__iter__(self)):
            if i == self.at:
                raise KeyboardInterrupt
            yield n


@given(st.lists(numbers, min_size=1, max_size=5), st.data())
def test_an_assignment_that_is_interrupted_changes_nothing(xs, data):
    at, ps = data.draw(st.integers(0, len(xs) - 1)), [Value(x) for x in xs]
    with pytest.raises(KeyboardInterrupt):
        assign(ps, Trap([x + 1.0 for x in xs], at))
    assert [p.data for p in ps] == xs


@given(numbers, gradients, st.sampled_from(optimisers))
def test_maximize_is_the_mirror_image(start, gs, optimiser):
    assert run(optimiser, start, gs, maximize=True) == run(optimiser, start, [-g for g in gs])


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4), st.sampled_from(optimisers))
def test_parameters_move_independently(pairs, optimiser):
    ps = [Value(x) for x, _ in pairs]
    for p, (_, g) in zip(ps, pairs):
        p.grad = g
    optimiser(ps, lr=0.1).step()
    assert [p.data for p in ps] == [run(optimiser, x, [g], lr=0.1)[0] for x, g in pairs]


@given(st.integers(0, 3), st.sampled_from([
    (SGD,  {"lr": 10.0}, 1e308),
    (SGD,  {"lr": 0.1, "weight_decay": 1e10}, 1.0),
    (Adam, {"lr": 0.1}, 1e200),
    (Adam, {"lr": 0.1, "eps": 0.0}, 0.0),
]))
def test_a_step_that_fails_changes_nothing(at, case):
    optimiser, arguments, g = case
    ps = [Value(1.0, f"p{i}") for i in range(4)]
    steps = optimiser(ps, **arguments)
    for i, p in enumerate(ps):
        p.grad = g if i == at else 1e-8
    if "weight_decay" in arguments:
        ps[at].data = 1e308
    before = [(p.data, p.grad) for p in ps], steps.state, steps.steps
    with pytest.raises(OverflowError) as caught:
        steps.step()
    assert ([(p.data, p.grad) for p in ps], steps.state, steps.steps) == before
    assert str(caught.value) == (
        f"{optimiser.__name__}.step() with lr={steps.lr!r} finds no finite number for p{at}, which is {ps[at].data!r} "
        f"with the gradient {g!r}; nothing has changed; lower lr or scale the loss")


def test_after_a_step_that_failed_it_goes_on_as_if_nothing_had_been():
    p = Value(1.0)
    optimiser = Adam([p], lr=0.1)
    for g in (0.5, 1e200, -0.25):
        p.grad = g
        try:
            optimiser.step()
        except OverflowError:
            assert g == 1e200
    assert [p.data] == run(Adam, 1.0, [0.5, -0.25], lr=0.1)[-1:]


def test_the_learning_rate_may_change_between_steps():
    p = Value(1.0)
    optimiser = SGD([p], lr=0.5)
    p.grad = 1.0
    optimiser.step()
    optimiser.lr = 0.25
    optimiser.step()
    assert p.data == 0.25
    optimiser.lr = nan
    with pytest.raises(OverflowError, match="SGD.step.. with lr=nan finds no finite number for parameter 0"):
        optimiser.step()
    assert p.data == 0.25


def test_zero_grad():
    p = Value(1.0)
    p.grad = 3.0
    SGD([p]).zero_grad()
    assert p.grad == 0.0


@pytest.mark.parametrize("optimiser", [lambda ps: SGD(ps, 0.1, momentum=0.9), lambda ps: Adam(ps, 0.1)])
def test_state_belongs_to_the_optimiser(optimiser):
    used, fresh = Value(1.0), Value(1.0)
    used.grad, fresh.grad = 0.5, -0.25
    optimiser([used]).step()
    used.data, used.grad = 1.0, -0.25
    optimiser([used]).step()
    optimiser([fresh]).step()
    assert used.data == fresh.data


@pytest.mark.parametrize("optimiser", [lambda ps: SGD(ps, 0.1, momentum=0.9), lambda ps: Adam(ps, 0.1)])
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_a_copy_goes_on_alike(optimiser, copied):
    model = MLP(2, [2, 1], seed=1)
    pairs = [(model, optimiser(model.parameters()))]

    def train(model, steps):
        for _ in range(3):
            loss = mean_squared_error([model([0.5, 1.0])], [3.0])
            steps.zero_grad()
            loss.backward()
            steps.step()

    train(*pairs[0])
    pairs.append(copied(pairs[0]))
    for pair in pairs:
        train(*pair)
    one, two = [[p.data for p in model.parameters()] for model, _ in pairs]
    assert one == two


@pytest.mark.parametrize("optimiser, most", [(SGD, 0.2), (Adam, 0.05)])
def test_a_network_learns(optimiser, most):
    rows = [[0.25 * i, 1.0] for i in range(-4, 5)]
    model = MLP(2, [6, 1], activation="tanh", seed=3)
    steps, losses = optimiser(model.parameters(), lr=0.05), []
    for _ in range(60):
        loss = mean_squared_error([model(row) for row in rows], [row[0] ** 2 for row in rows])
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(loss.data)
    assert losses[-1] < most * losses[0]


def test_the_representation():
    assert repr(Adam(MLP(2, [1]).parameters(), lr=0.1)) == "Adam(3 parameters, lr=0.1)"


def test_numpy_numbers_are_numbers_and_arrays_and_iterators_are_lists():
    p, q = Value(1.0), Value(2.0)
    p.grad = 1.0
    SGD(np.array([p, q]), lr=np.float32(0.5)).step()
    assert p.data == 0.5 and len(SGD(iter([p, q])).parameters) == 2


# Bad input

a, b, model = Value(1.0, "a"), Value(2.0), MLP(2, [1])


@pytest.mark.parametrize("optimiser", optimisers)
@pytest.mark.parametrize("parameters, error, sentence", [
    ([],                       ValueError, "at least one parameter; an empty list came"),
    ([a, b, a],                ValueError, "each parameter once; number 2 in the list, a, has come before"),
    ([a, a * b],               ValueError, "leaves; number 1 in the list, Value(data=2, grad=0), is made by mul"),
    ([a, where(True, 1.0, a)], ValueError, "leaves; number 1 in the list, Value(data=1, grad=0), is constant"),
    ([a, 1.0],                 TypeError,  "Values; number 1 in the list, 1.0, is a float"),
    ([{"params": 1}],          TypeError,  "Values; number 0 in the list, {'params': 1}, is a dict"),
    (b,                        TypeError,  "a list of Values; Value(data=2, grad=0) is a Value; write a list"),
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
    (a,     TypeError,  "needs a real number; Value(data=1, grad=0, label='a') is a Value; "),
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
