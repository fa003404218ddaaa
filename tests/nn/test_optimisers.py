"""nn/optimisers.py: what every optimiser does."""
import copy
import pickle
from math import nan

import numpy as np
import pytest
from hypothesis import given, strategies as st

from engine import Value
from nn import MLP, SGD, Adam, mean_squared_error
from tests.nn.descents import gradients, numbers, optimisers, run


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
    for before, after in zip(losses, losses[1:]):
        assert after < before or after <= before < 1e-300        # where a square underflows


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


@pytest.mark.parametrize("n, at", [(3000, 0), (3000, 191), (3000, 1023), (3000, 1024), (3000, 2999),
                                   (12_000, 9_000)])             # by several threads
def test_a_step_of_many_parameters_fails_as_a_whole_wherever_one_fails(n, at):
    ps, others = [[Value(float(i)) for i in range(n)] for _ in range(2)]
    optimiser, undisturbed = Adam(ps, lr=0.1), Adam(others, lr=0.1)
    for g in (0.5, -0.25):
        for p in [*ps, *others]:
            p.grad = g
        ps[at].grad = 1e200
        before = [p.data for p in ps], optimiser.state, optimiser.steps
        with pytest.raises(OverflowError, match=f"parameter {at}, "):
            optimiser.step()
        assert ([p.data for p in ps], optimiser.state, optimiser.steps) == before
        ps[at].grad = g
        optimiser.step()
        undisturbed.step()
        assert [p.data for p in ps] == [p.data for p in others] and optimiser.state == undisturbed.state


def test_the_learning_rate_may_change_between_steps():
    p = Value(1.0)
    optimiser = SGD([p], lr=0.5)
    p.grad = 1.0
    optimiser.step()
    optimiser.lr = 0.25
    optimiser.step()
    assert p.data == 0.25


@pytest.mark.parametrize("optimiser", optimisers)
@pytest.mark.parametrize("name, n, error", [
    ("lr", nan, ValueError), ("lr", -0.1, ValueError), ("lr", "0.1", TypeError), ("lr", True, TypeError),
    ("weight_decay", -1, ValueError), ("maximize", 1, TypeError)])
def test_what_is_no_hyperparameter_cannot_be_assigned(optimiser, name, n, error):
    steps = optimiser([Value(1.0)], 0.5)
    before = dict(vars(steps))
    with pytest.raises(error, match=rf"^{optimiser.__name__}\({name}\) needs "):
        setattr(steps, name, n)
    assert vars(steps) == before


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
