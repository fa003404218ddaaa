"""nn/losses.py: a loss of one's own that is declared, and what fit makes of it."""
from functools import wraps
from unittest import mock

import pytest
from hypothesis import given, settings, strategies as st

from engine import FormulaError, Op, Value
from nn import MLP, accuracy, cross_entropy, hinge, mean_squared_error
from nn.losses import declaration, declare_loss, mean
from nn.targets import CLASS, NUMBERS, PROBABILITY, SIGN
from nn.training import recording
from nn.training.tasks import Task
from tests.nn.training.small_runs import Mine, alike, trained

SIGNS = [1, -1, 1, 1, -1, 1, 1]


@declare_loss(targets=CLASS)
def doubled(logits, target):
    """A loss of classes."""
    return 2 * cross_entropy(logits, target)


@declare_loss(targets=NUMBERS)
def fourth_power(output, target):
    """A loss of numbers."""
    return 0.01 * (output - target) ** 4


@declare_loss(targets=PROBABILITY)
def brier(output, target):
    """A loss of a score and its probability."""
    return (output.sigmoid() - target) ** 2


@declare_loss(targets=SIGN)
def bent(output, target):
    """A loss that decides by data."""
    return output * output if output.data * 1 < 0.4 else -output


def made(compared=False):
    """A loss with a row of its own."""
    @declare_loss("exp(-x * y)", "-y * z", "-x * z", targets=SIGN, compared=compared)
    def exponential(scores, targets):
        return mean(exponential, scores, targets)
    return exponential


# It is recorded as nn's own

@settings(max_examples=20, deadline=None)
@given(st.sampled_from([(lambda: doubled, [3, 3], [0, 1, 2, [0.2, 0.3, 0.5], 1, 2, 1]), (made, [3, 1], SIGNS),
                        (lambda: fourth_power, [3, 1], [1, 0.5, -1, 0, 1, 0.25, 1]),
                        (lambda: brier, [3, 1], [0.5, 1, 0, 0, 0.25, 1, 1])]),
       st.integers(1, 8), st.sampled_from(["mean", "sum"]))
def test_fit_records_it_and_finds_what_eager_code_finds(case, batch_size, reduction):
    make, sizes, targets = case
    loss  = make()
    setup = dict(batch_size=batch_size, reduction=reduction, validation=([[0.5, 0.5]], targets[:1]))
    with mock.patch.object(Task, "gradients", None), mock.patch.object(Task, "evaluation", None):
        replayed = trained(loss, targets, MLP(2, sizes, activation="tanh", seed=5), **setup)
    assert alike(replayed, trained(loss, targets, MLP(2, sizes, activation="tanh", seed=5), eager=True, **setup))


@pytest.mark.parametrize("compared, rows", [(False, 0), (True, 7 + 3)])
def test_what_may_decide_by_data_is_compared_unless_it_says_otherwise(monkeypatch, compared, rows):
    checked = []
    monkeypatch.setattr(recording.Recording, "compare", lambda self, i: checked.append(i))
    trained(made(compared), SIGNS, batch_size=7, epochs=3)
    assert len(checked) == rows


def test_its_row_bears_its_name():
    loss = made()
    assert loss(Value(0.5), 1).op.name == "exponential" and Op.table["exponential"] is declaration(loss).row
    assert loss(0.5, 1) == loss([0.5], [1]) == Op.table["exponential"](0.5, 1.0)
    with pytest.raises(ValueError) as caught:
        loss([0.5], [0])
    assert str(caught.value).startswith("exponential(scores, targets) needs targets of -1 and 1; 0 came")


def test_accuracy_knows_its_targets():
    assert accuracy([0.5, -0.5], [1, 1], loss=made()) == 0.5


def test_in_a_model_of_ones_own_it_runs_as_it_is(monkeypatch):
    monkeypatch.setattr(recording, "Replay", None)
    trained(fourth_power, [1.0] * 7, Mine(2, [3, 1], seed=5))


def test_what_wraps_a_loss_is_none():
    @wraps(hinge)
    def twice(scores, targets):
        return 2 * hinge(scores, targets)

    assert declaration(twice) is None and declaration(hinge).targets is SIGN


# What cannot be recorded says so

@pytest.mark.parametrize("eager", [None, False])
def test_what_decides_by_data_is_refused(eager):
    with pytest.raises(ValueError) as caught:
        trained(bent, SIGNS, MLP(2, [1], seed=5), eager=eager)
    text = str(caught.value)
    assert text.startswith("bent(output, target) needs a recording of row 0 that other rows follow; in row ")
    assert text.endswith("model or loss decides by data, or has changed; write fit(..., eager=True), or take its "
                         "declaration away")


@pytest.mark.parametrize("eager", [None, False])
def test_what_takes_no_values_for_targets_is_refused(eager):
    @declare_loss(targets=NUMBERS)
    def picked(output, target):
        return -output[target]

    with pytest.raises(ValueError) as caught:
        trained(picked, [0, 1, 2, 0, 1, 2, 1], MLP(2, [3], seed=5), eager=eager)
    assert str(caught.value).startswith("picked(output, target) was declared as a loss, and cannot be recorded: ")
    assert trained(picked, [0, 1, 2, 0, 1, 2, 1], MLP(2, [3], seed=5), eager=True)


def test_targets_of_another_form_are_refused():
    with pytest.raises(ValueError) as caught:
        trained(brier, [0.5] * 6 + [2], MLP(2, [1], seed=5))
    assert str(caught.value).startswith("brier(output, target) was declared as a loss, and cannot be recorded: a "
                                        "recording needs targets from 0 to 1; 2.0 came; write fit(..., eager=True)")


def test_errors_are_those_of_eager_code():
    with pytest.raises(TypeError, match=r"^row 0: fit\(loss\) needs a function that gives a Value; it gave 1.0"):
        trained(declare_loss(targets=NUMBERS)(lambda output, target: 1.0), [1.0] * 7)
    with pytest.raises(IndexError, match=r"^validation row 0: cross_entropy\(logits, target\) needs a target from"):
        trained(doubled, [1] * 7, MLP(2, [3], seed=5), validation=([[0.5, 0.5]], [3]))


# What is no declaration

@pytest.mark.parametrize("declare, error, sentence", [
    (lambda: declare_loss(targets="sign"), TypeError, "declare_loss(targets) needs CLASS, SIGN, PROBABILITY or NUMBER"),
    (lambda: declare_loss(targets=SIGN)(max), TypeError, "declare_loss(...) stands above a function; "),
    (lambda: declare_loss("x * x", "2 * x", targets=SIGN), ValueError, "declare_loss(row) needs a formula of two oper"),
    (lambda: declare_loss("sum(y)", "1", targets=SIGN), ValueError, "declare_loss(row) needs a formula of two operand"),
    (lambda: declare_loss("x * y", "y", targets=SIGN), FormulaError, "a formula in x and y needs 2 partials"),
    (lambda: mean(max, 1.0, 1.0), TypeError, "mean(loss, predictions, targets) needs a loss that was declared with it"),
    (lambda: mean(fourth_power, 1.0, 1.0), TypeError, "mean(loss, predictions, targets) needs a loss that was declare"),
])
def test_what_is_no_declaration_leaves_the_table_as_it_was(declare, error, sentence):
    before = dict(Op.table)
    with pytest.raises(error) as caught:
        declare()
    assert str(caught.value).startswith(sentence) and Op.table == before


@given(st.floats(-50.0, 50.0), st.sampled_from([-1, 1]))
def test_targets_may_come_one_by_one(x, t):
    assert hinge(iter([x]), iter([t])) == hinge([x], [t])
    assert mean_squared_error(iter([x]), iter([t])) == mean_squared_error([x], [t])
