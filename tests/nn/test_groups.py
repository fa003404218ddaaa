"""nn/groups.py: parameters in groups with settings of their own."""
import pytest
from hypothesis import given, strategies as st

from engine import Value
from nn import SGD, Adam, AdamW, CosineAnnealingLR
from tests.nn.descents import gradients, numbers, optimisers, run


@given(st.lists(st.tuples(numbers, st.floats(0.0, 0.5), st.floats(0.0, 0.5)), min_size=1, max_size=3), gradients,
       st.sampled_from(optimisers))
def test_each_group_moves_as_an_optimiser_of_its_own(groups, gs, optimiser):
    ps = [Value(x) for x, _, _ in groups]
    steps = optimiser([{"params": [p], "lr": lr, "weight_decay": decay} for p, (_, lr, decay) in zip(ps, groups)])
    for g in gs:
        for p in ps:
            p.grad = g
        steps.step()
    assert [p.data for p in ps] == [run(optimiser, x, gs, lr=lr, weight_decay=decay)[-1] for x, lr, decay in groups]


def test_a_group_has_from_the_optimiser_what_it_has_none_of_its_own_of():
    w, b = Value(1.0), Value(1.0)
    steps = SGD([{"params": [w]}, {"params": [b], "lr": 0.25}], lr=0.5)
    steps.lr = 0.125
    w.grad = b.grad = 1.0
    steps.step()
    assert (w.data, b.data) == (0.875, 0.75)
    first, second = map(dict, steps.param_groups)
    assert (first["lr"], first["initial_lr"], second["lr"], second["initial_lr"]) == (0.125, 0.5, 0.25, 0.25)
    assert second["params"] == [b] and second["momentum"] == 0.0


def test_a_group_may_differ_in_a_switch():
    w, b = Value(1.0), Value(1.0)
    steps = SGD([{"params": [w], "maximize": True}, {"params": [b]}], lr=0.5)
    w.grad = b.grad = 1.0
    steps.step()
    assert (w.data, b.data) == (1.5, 0.5)
    steps.param_groups[0]["maximize"] = False
    steps.step()
    assert (w.data, b.data) == (1.0, 0.0)


def test_for_a_group_that_is_added_the_next_step_is_the_first():
    w, b = Value(1.0), Value(2.0)
    steps = Adam([w], lr=0.1)
    w.grad, b.grad = 0.5, -0.25
    steps.step()
    steps.add_param_group({"params": [b], "lr": 0.3})
    steps.step()
    assert w.data == run(Adam, 1.0, [0.5, 0.5], lr=0.1)[-1]
    assert b.data == run(Adam, 2.0, [-0.25], lr=0.3)[-1]


def test_a_schedule_goes_out_from_each_groups_own_rate():
    steps = SGD([{"params": [Value(1.0)]}, {"params": [Value(1.0)], "lr": 0.5}], lr=1.0)
    schedule = CosineAnnealingLR(steps, T_max=2)
    schedule.step()
    assert [group["lr"] for group in steps.param_groups] == pytest.approx([0.5, 0.25])
    assert schedule.base == 1.0


def test_a_step_that_fails_in_one_group_moves_none():
    w, b = Value(1.0), Value(1.0, "b")
    steps = SGD([{"params": [w]}, {"params": [b], "lr": 10.0}], lr=0.5, momentum=0.9)
    w.grad, b.grad = 1.0, 1e308
    with pytest.raises(OverflowError, match=r"SGD.step\(\) with lr=10.0 finds no finite number for b"):
        steps.step()
    assert (w.data, b.data, steps.steps, steps.state) == (1.0, 1.0, 0, [(0.0,), (0.0,)])
    b.label = ""
    with pytest.raises(OverflowError, match="finds no finite number for parameter 1, which is 1.0"):
        steps.step()


a, b = Value(1.0, "a"), Value(2.0)


@pytest.mark.parametrize("groups, error, sentence", [
    ([{"params": [a]}, {"params": [a]}], ValueError, "needs each parameter once; number 1 in the list, a, has come"),
    ([{"params": []}],                   ValueError, "needs at least one parameter"),
    ([{"params": [a], "rate": 1.0}],     TypeError,  "AdamW has no setting 'rate'; it has lr, "),
    ([{"params": [a], "lr": -1.0}],      ValueError, "AdamW(lr) needs a number of at least 0"),
    ([{"params": [a]}, b],               TypeError,  "needs Values; number 0 in the list, {'params': "),
    ([{"params": "ab"}],                 TypeError,  "needs a list of Values; 'ab' is a str"),
])
def test_what_are_no_groups(groups, error, sentence):
    with pytest.raises(error) as caught:
        AdamW(groups)
    assert sentence in str(caught.value)


def test_what_cannot_be_added_or_assigned():
    steps = AdamW([a])
    for group, error in ((b, TypeError), ({}, TypeError), ({"params": [a]}, ValueError)):
        with pytest.raises(error):
            steps.add_param_group(group)
    for name, n in (("lr", -1.0), ("rate", 1.0), ("params", [b])):
        with pytest.raises((TypeError, ValueError)):
            steps.param_groups[0][name] = n
    assert len(steps.param_groups) == 1 and steps.param_groups[0]["lr"] == 1e-3
