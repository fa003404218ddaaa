"""nn/checking.py: an optimiser of one's own, written in five lines, tested in one."""
import pytest

from engine import Value
from engine.errors import FormulaError
from nn import SGD, Adam, AdamW, Optimiser, check_optimiser
from tests.nn.descents import run


class Lion(Optimiser):
    lr, betas, weight_decay = 1e-4, (0.9, 0.99), 0.0
    formulas = ["c = beta1 * m + (1 - beta1) * g",
                "p = p - lr * ((c > 0) - (c < 0) + weight_decay * p)",
                "m = beta2 * m + (1 - beta2) * g"]


class Rprop(Optimiser):
    lr, etas = 0.01, (0.5, 1.2)
    formulas = ["s = lr if t == 1 else s",
                "s = min(s * eta2, 50) if g * last > 0 else max(s * eta1, 1e-6) if g * last < 0 else s",
                "last = 0 if g * last < 0 else g",
                "p = p - ((last > 0) - (last < 0)) * s"]


class RMSprop(Optimiser):
    lr, alpha, eps, momentum, centered = 1e-2, 0.99, 1e-8, 0.0, False
    formulas = ["v = alpha * v + (1 - alpha) * g * g",
                "a = alpha * a + (1 - alpha) * g",
                "b = momentum * b + g / (sqrt(v - a * a if centered else v) + eps)",
                "p = p - lr * b"]


@pytest.mark.parametrize("optimiser, settings", [
    (Lion, {}), (Lion, {"lr": 0.01, "weight_decay": 0.1}), (Rprop, {}), (RMSprop, {}),
    (RMSprop, {"centered": True, "momentum": 0.5}), (SGD, {"momentum": 0.9, "nesterov": True}),
    (Adam, {"amsgrad": True, "maximize": True}), (AdamW, {"lr": 0.1})],
    ids=lambda part: getattr(part, "__name__", None))
def test_what_is_well_written_passes(optimiser, settings):
    check_optimiser(optimiser, **settings)
    check_optimiser(lambda ps: optimiser(ps, **settings))


def test_lion_takes_its_published_steps():
    m, p, path = 0.0, 2.0, []
    for g in (0.3, -1.2, 0.0, 2.0):
        c = 0.9 * m + 0.1 * g
        p -= 0.25 * ((c > 0) - (c < 0) + 0.5 * p)
        m = 0.99 * m + 0.01 * g
        path.append(p)
    assert run(Lion, 2.0, [0.3, -1.2, 0.0, 2.0], lr=0.25, weight_decay=0.5) == pytest.approx(path, rel=1e-15)


def test_what_goes_uphill_does_not_pass():
    class Uphill(Optimiser):
        formulas = ["p = p + lr * g"]
    with pytest.raises(AssertionError, match="Uphill does not go downhill"):
        check_optimiser(Uphill)


def test_what_forgets_does_not_pass():
    class Forgetful(SGD):
        def load_state_dict(self, state):
            pass
    with pytest.raises(AssertionError, match=r"does not go on alike from its state_dict\(\)"):
        check_optimiser(Forgetful, momentum=0.9)


@pytest.mark.parametrize("other", [3, lambda ps: 3, object])
def test_what_is_no_optimiser_is_refused(other):
    with pytest.raises(TypeError):
        check_optimiser(other)


@pytest.mark.parametrize("settings, error, sentence", [
    ({"foo": 1}, TypeError, "Lion has no setting 'foo'; it has lr, betas, weight_decay"),
    ({"betas": (0.9,)}, TypeError, "Lion(betas) needs 2 numbers; (0.9,) came"),
    ({"betas": (0.9, "1")}, TypeError, "Lion(betas) needs a real number"),
    ({"lr": -1.0}, ValueError, "Lion(lr) needs a number of at least 0"),
    ({"weight_decay": float("inf")}, ValueError, "Lion(weight_decay) needs a finite number")])
def test_settings_of_ones_own_are_checked(settings, error, sentence):
    with pytest.raises(error) as caught:
        Lion([Value(1.0)], **settings)
    assert str(caught.value).startswith(sentence)


def test_an_optimiser_without_fitting_formulas_is_refused_when_it_is_made():
    class Wrong(Optimiser):
        formulas = ["p = p - lr * mm"]
    with pytest.raises(FormulaError, match="nothing called 'mm'"):
        Wrong([Value(1.0)])
    with pytest.raises(ValueError, match="needs a line for p"):
        Optimiser([Value(1.0)])
    with pytest.raises(TypeError, match="Taken.steps needs another name"):
        class Taken(Optimiser):
            steps = 3
