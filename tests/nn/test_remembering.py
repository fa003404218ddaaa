"""nn/remembering.py: an optimiser's state, exact, in files too, put back whole or not at all."""
import json

import pytest
from hypothesis import given, strategies as st

from engine import Value
from nn import MLP, SGD, Adam, CosineAnnealingLR, load, save
from tests.interrupts import all_or_nothing
from tests.nn.descents import gradients, numbers, optimisers, run


def stepped(optimiser, gs):
    for g in gs:
        for p in optimiser.parameters:
            p.grad = g * p.data
        optimiser.step()
    return [p.data for p in optimiser.parameters]


@given(st.lists(numbers, min_size=1, max_size=3), gradients, gradients, st.sampled_from(optimisers))
def test_one_with_the_state_of_another_goes_on_bit_for_bit(starts, before, after, optimiser):
    one = optimiser([Value(x) for x in starts], lr=0.01, weight_decay=0.1)
    numbers_then = stepped(one, before)
    two = optimiser([Value(x) for x in numbers_then])
    two.load_state_dict(json.loads(json.dumps(one.state_dict())))
    assert two.state_dict() == one.state_dict()
    assert stepped(two, after) == stepped(one, after)


def test_groups_and_when_they_began_are_kept():
    def make():
        optimiser = Adam([{"params": [Value(1.0)], "betas": (0.5, 0.75)}], lr=0.1)
        optimiser.add_param_group({"params": [Value(2.0), Value(3.0)], "lr": 0.3})
        return optimiser
    one = Adam([{"params": [Value(1.0)], "betas": (0.5, 0.75)}], lr=0.1)
    stepped(one, [1.0, 2.0])
    one.add_param_group({"params": [Value(2.0), Value(3.0)], "lr": 0.3})
    stepped(one, [0.5])
    two = make()
    for p, q in zip(two.parameters, one.parameters):
        p.data = q.data
    two.load_state_dict(one.state_dict())
    assert stepped(two, [1.0, -1.0]) == stepped(one, [1.0, -1.0])
    assert [dict(group)["betas"] for group in two.param_groups] == [(0.5, 0.75), (0.9, 0.999)]
    assert [group["params"] for group in one.state_dict()["param_groups"]] == [[0], [1, 2]]


def trained(seed):
    model = MLP(2, [2, 1], seed=seed)
    optimiser = Adam(model.parameters(), lr=0.1)
    stepped(optimiser, [1.0, 0.5])
    return model, optimiser


def test_it_is_saved_with_the_model_if_wished(tmp_path):
    (model, optimiser), (other, fresh) = trained(1), trained(2)
    save(model, tmp_path / "both.json", optimiser)
    load(other, tmp_path / "both.json", fresh)
    assert stepped(fresh, [0.25]) == stepped(optimiser, [0.25])
    load(MLP(2, [2, 1]), tmp_path / "both.json")     # the model alone
    save(model, tmp_path / "alone.json")
    with pytest.raises(ValueError, match="missing: optimiser; none was saved with this model"):
        load(other, tmp_path / "alone.json", fresh)
    with pytest.raises(TypeError, match=r"save\(optimiser\) needs an optimiser; 3 is an int"):
        save(model, tmp_path / "alone.json", 3)


@pytest.mark.parametrize("spoil, complaint", [
    (lambda d: d.pop("steps"),                            "optimiser, steps, settings, param_groups, state are needed"),
    (lambda d: d.update(optimiser="SGD"),                 "the state is of 'SGD', this is Adam"),
    (lambda d: d.update(steps=-1),                        "steps: a whole number of at least 0 is needed; -1 came"),
    (lambda d: d["settings"].pop("eps"),                  "settings: missing: eps"),
    (lambda d: d.update(settings=[0.1]),                  r"settings: settings by name are needed; \[0.1\] came"),
    (lambda d: d["settings"].update(lr=-1.0),             r"settings: Adam\(lr\) needs a number of at least 0"),
    (lambda d: d["settings"].update(rate=1.0),            "settings: Adam has no setting 'rate'"),
    (lambda d: d["settings"].update(amsgrad=1),           r"settings: Adam\(amsgrad\) needs True or False"),
    (lambda d: d["param_groups"][0]["params"].pop(),      "param_groups: groups of 9 parameters are needed"),
    (lambda d: d.update(param_groups=[None]),             "param_groups: groups of 9 parameters are needed"),
    (lambda d: d.update(param_groups=9),                  "param_groups: groups of 9 parameters are needed"),
    (lambda d: d["param_groups"][0].update(params=9),     "param_groups: groups of 9 parameters are needed"),
    (lambda d: d["param_groups"][0].update(began=7),      r"param_groups\[0\].began: a number of steps is needed"),
    (lambda d: d["param_groups"][0].update(lr="fast"),    r"param_groups\[0\]: Adam\(lr\) needs a real number"),
    (lambda d: d["state"].pop("v"),                       "state: m, v, largest needed"),
    (lambda d: d["state"]["v"].pop(),                     "state.v: 9 numbers are needed"),
    (lambda d: d["state"]["v"].__setitem__(3, None),      r"state.v\[3\]: a number is needed; null came"),
    (lambda d: d["state"]["m"].__setitem__(2, 1e999),     r"state.m\[2\]: not finite: inf"),
])
def test_what_does_not_fit_changes_nothing(spoil, complaint):
    _, optimiser = trained(1)
    state, before = json.loads(json.dumps(optimiser.state_dict())), optimiser.state_dict()
    spoil(state)
    with pytest.raises(ValueError, match=complaint) as caught:
        optimiser.load_state_dict(state)
    assert "nothing has changed" in str(caught.value) and optimiser.state_dict() == before


def test_a_file_whose_optimiser_does_not_fit_changes_nothing(tmp_path):
    model, optimiser = trained(1)
    save(model, tmp_path / "both.json", optimiser)
    other = MLP(2, [2, 1], seed=2)
    steps, before = SGD(other.parameters()), [p.data for p in other.parameters()]
    with pytest.raises(ValueError, match="the state is of 'Adam', this is SGD"):
        load(other, tmp_path / "both.json", steps)
    assert [p.data for p in other.parameters()] == before and steps.steps == 0


def test_a_state_is_loaded_whole():
    _, optimiser = trained(1)
    state = optimiser.state_dict()

    def make():
        fresh = Adam([Value(0.0) for _ in range(9)])
        return lambda: fresh.load_state_dict(state), fresh.state_dict
    assert all_or_nothing(make, most=40) > 20


def test_a_rate_that_a_schedule_has_set_and_the_first_one_are_kept():
    one, two = SGD([Value(1.0)], lr=1.0), SGD([Value(1.0)], lr=0.5)
    CosineAnnealingLR(one, T_max=2).go_to(1)
    two.load_state_dict(one.state_dict())
    assert (two.lr, two.initial_lr) == (0.5, 1.0)
    assert run(SGD, 1.0, [1.0], lr=two.lr) == stepped(two, [1.0])
