"""nn/schedules.py: learning rates, epoch by epoch."""
from math import inf, isclose, nan

import pytest
from hypothesis import given, strategies as st

from engine import Value
from nn import SGD, CosineAnnealingLR, ExponentialLR, LambdaLR, LinearLR, StepLR
from nn.schedules import Schedule

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
