"""nn/schedules.py: learning rates, epoch by epoch."""
from math import inf, isclose, nan

import pytest
from hypothesis import given, strategies as st

from engine import Value
from nn import MLP, SGD, CosineAnnealingLR, ExponentialLR, LambdaLR, LinearLR, SequentialLR, StepLR, cross_entropy, fit
from nn.schedules import Schedule
from tests.nn.training.small_runs import ROWS, TARGETS

lrs     = st.floats(0.0, 10.0)
factors = st.floats(0.0, 1.0)
counts  = st.integers(1, 20)
makes   = st.one_of(
    st.builds(lambda n, gamma:      lambda o: StepLR(o, n, gamma),             counts, factors),
    st.builds(lambda gamma:         lambda o: ExponentialLR(o, gamma),         factors),
    st.builds(lambda one, other, n: lambda o: LinearLR(o, one, other, n),      factors, factors, counts),
    st.builds(lambda n:             lambda o: CosineAnnealingLR(o, n),         counts),
    st.builds(lambda rate:          lambda o: LambdaLR(o, lambda k: rate ** k), factors),
)


def rates(make, lr, epochs):
    optimiser, found = SGD([Value(0.0)], lr), []
    schedule = make(optimiser)
    for _ in range(epochs):
        found.append(optimiser.lr)
        schedule.step()
    return found


@given(makes, lrs, st.integers(0, 30))
def test_an_epoch_has_its_rate_however_it_is_come_to(make, lr, epoch):
    optimiser = SGD([Value(0.0)], lr)
    make(optimiser).go_to(epoch)
    assert optimiser.lr == rates(make, lr, epoch + 1)[-1]


@given(makes, lrs)
def test_rates_stay_between_0_and_lr(make, lr):
    assert all(0.0 <= rate <= lr * (1 + 1e-15) for rate in rates(make, lr, 30))


@given(makes, st.floats(0.01, 10.0))
def test_rates_are_in_proportion_to_lr(make, lr):
    assert all(isclose(rate, lr * unit, rel_tol=1e-13, abs_tol=1e-300)
               for rate, unit in zip(rates(make, lr, 12), rates(make, 1.0, 12)))


# made by torch 2.13.0, from lr = 0.8
TORCH = [
    (lambda o: StepLR(o, 3, 0.5),
     [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2]),
    (lambda o: ExponentialLR(o, 0.9),
     [0.8, 0.7200000000000001, 0.6480000000000001, 0.5832000000000002, 0.5248800000000001, 0.47239200000000015,
      0.42515280000000016, 0.3826375200000002]),
    (lambda o: LinearLR(o),
     [0.26666666666666666, 0.37333333333333335, 0.48000000000000004, 0.5866666666666668, 0.6933333333333335, 0.8, 0.8,
      0.8]),
    (lambda o: LinearLR(o, 1.0, 0.1, 6),
     [0.8, 0.68, 0.56, 0.44000000000000006, 0.32000000000000006, 0.20000000000000004, 0.08000000000000002,
      0.08000000000000002]),
    (lambda o: CosineAnnealingLR(o, 7, 0.05),
     [0.8, 0.7628633254634072, 0.6588086756970251, 0.5084453502336178, 0.34155464976638206, 0.19119132430297492,
      0.08713667453659285, 0.05]),
    (lambda o: LambdaLR(o, lambda k: 1 - 0.9 * k / 100),
     [0.8, 0.7928000000000001, 0.7856000000000001, 0.7784, 0.7712, 0.764, 0.7568, 0.7496]),
]


@pytest.mark.parametrize("make, expected", TORCH)
def test_rates_are_those_of_pytorch(make, expected):
    assert rates(make, 0.8, 8) == pytest.approx(expected, rel=2e-15)


# Bad input

optimiser = SGD([Value(0.0)], 1.0)


@pytest.mark.parametrize("make, error, sentence", [
    (lambda: StepLR(1.0, 3), TypeError,
     "StepLR(optimiser) needs an optimiser; 1.0 is a float"),
    (lambda: StepLR(optimiser, 0), ValueError,
     "StepLR(step_size) needs 1 epoch or more; 0 came"),
    (lambda: StepLR(optimiser, 2.5), TypeError,
     "StepLR(step_size) needs a whole number; 2.5 is a float"),
    (lambda: StepLR(optimiser, 1, nan), ValueError,
     "StepLR(gamma) needs a finite number; nan is not"),
    (lambda: ExponentialLR(optimiser, -1), ValueError,
     "ExponentialLR(gamma) needs a number of at least 0"),
    (lambda: LinearLR(optimiser, -0.1), ValueError,
     "LinearLR(start_factor) needs a number of at least 0"),
    (lambda: LinearLR(optimiser, end_factor=inf), ValueError,
     "LinearLR(end_factor) needs a finite number"),
    (lambda: LinearLR(optimiser, total_iters=0), ValueError,
     "LinearLR(total_iters) needs 1 epoch or more; 0 came"),
    (lambda: CosineAnnealingLR(optimiser, True), TypeError,
     "CosineAnnealingLR(T_max) needs a whole number"),
    (lambda: CosineAnnealingLR(optimiser, 5, -1.0), ValueError,
     "CosineAnnealingLR(eta_min) needs a number of at least"),
    (lambda: LambdaLR(optimiser, 0.5), TypeError,
     "LambdaLR(lr_lambda) needs a function of the epoch; 0.5"),
    (lambda: LambdaLR(optimiser, lambda k: nan), ValueError,
     "LambdaLR(lr_lambda) at epoch 0 needs a finite number"),
    (lambda: LambdaLR(optimiser, lambda k: "1"), TypeError,
     "LambdaLR(lr_lambda) at epoch 0 needs a real number"),
])
def test_arguments_that_do_not_fit(make, error, sentence):
    with pytest.raises(error) as caught:
        make()
    assert sentence in str(caught.value)
    assert optimiser.lr == 1.0


def test_a_rate_that_overflows_is_refused_and_changes_nothing():
    optimiser = SGD([Value(0.0)], 1.0)
    schedule = ExponentialLR(optimiser, 1e200)
    schedule.step()
    with pytest.raises(ValueError, match="needs learning rates of at least 0; at epoch 2 it has inf"):
        schedule.step()
    assert (schedule.epoch, optimiser.lr) == (1, 1e200)


def test_a_schedule_of_ones_own():
    class Halving(Schedule):
        def rate(self, epoch):
            return self.base / 2 ** epoch

    assert rates(Halving, 1.0, 3) == [1.0, 0.5, 0.25]


# One schedule at a time, from the optimiser's own first rate

@given(makes, makes, st.floats(0.01, 10.0), st.integers(0, 12))
def test_a_new_schedule_goes_out_from_the_first_rate_and_the_old_one_is_over(make, other, lr, epochs):
    optimiser = SGD([Value(0.0)], lr)
    old = make(optimiser)
    for _ in range(epochs):
        old.step()
    other(optimiser)
    assert optimiser.lr == rates(other, lr, 1)[0]
    before = optimiser.lr, old.epoch
    with pytest.raises(ValueError, match="needs an optimiser to itself: a .*LR was made for this one later"):
        old.step()
    assert (optimiser.lr, old.epoch) == before


def trained(model, optimiser, **arguments):
    return fit(model, cross_entropy, ROWS, TARGETS, optimiser=optimiser, **arguments)["steps"]["lr"]


def test_a_second_fit_with_a_new_schedule_trains():
    model = MLP(2, [3], seed=1)
    optimiser = SGD(model.parameters(), lr=0.1)
    first  = trained(model, optimiser, epochs=4, schedule=CosineAnnealingLR(optimiser, 4))
    second = trained(model, optimiser, epochs=4, schedule=CosineAnnealingLR(optimiser, 4))
    assert first == second and first[0] == 0.1
    old = StepLR(optimiser, 1)
    LinearLR(optimiser)
    with pytest.raises(ValueError, match="StepLR needs an optimiser to itself: a LinearLR"):
        trained(model, optimiser, epochs=1, schedule=old)


def test_a_schedule_may_go_step_by_step(tmp_path):
    def model_and_rates(name, epochs):
        model = MLP(2, [3], seed=1)
        optimiser = SGD(model.parameters(), lr=1.0)
        schedule = LinearLR(optimiser, 1.0, 0.0, total_iters=8, per="step")
        rates = trained(model, optimiser, epochs=epochs, schedule=schedule, batch_size=4, seed=1,
                        checkpoint=tmp_path / name)
        return [p.data for p in model.parameters()], rates

    numbers, rates = model_and_rates("whole.json", 4)
    assert rates == [1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]
    model_and_rates("parts.json", 1)
    assert model_and_rates("parts.json", 4) == (numbers, rates)


# SequentialLR

@given(st.lists(makes, min_size=1, max_size=3), st.data(), lrs)
def test_schedules_in_sequence_begin_at_their_milestones(some, data, lr):
    milestones = sorted(data.draw(st.sets(st.integers(1, 20), min_size=len(some) - 1, max_size=len(some) - 1)))
    found = rates(lambda o: SequentialLR(o, [make(o) for make in some], milestones), lr, 25)
    starts = [0, *milestones, 25]
    expected = [rate for make, start, end in zip(some, starts, starts[1:]) for rate in rates(make, lr, end - start)]
    assert found == expected


@pytest.mark.parametrize("make, sentence", [
    (lambda o: SequentialLR(o, [], []), "0 schedules and 0 milestones came"),
    (lambda o: SequentialLR(o, [StepLR(o, 1)], [2]), "1 schedules and 1 milestones came"),
    (lambda o: SequentialLR(o, [StepLR(o, 1), StepLR(o, 1), StepLR(o, 1)], [4, 4]),
     r"milestones that rise; \[4, 4\] came"),
    (lambda o: SequentialLR(o, [StepLR(o, 1), StepLR(o, 1)], [0]), "needs 1 epoch or more; 0 came"),
    (lambda o: SequentialLR(o, [StepLR(SGD([Value(0.0)]), 1)], []), "needs schedules of the same optimiser"),
    (lambda o: SequentialLR(o, [3], []), "needs schedules of the same optimiser; 3 is none"),
    (lambda o: SequentialLR(o, [StepLR(o, 1), StepLR(o, 1, per="step")], [2]),
     "all of them per epoch, or all per step"),
    (lambda o: StepLR(o, 1, per="batch"), r"StepLR\(per\) is one of 'epoch', 'step'; 'batch' came"),
])
def test_sequences_that_do_not_fit(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(SGD([Value(0.0)], 1.0))
