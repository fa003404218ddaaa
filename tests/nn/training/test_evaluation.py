"""nn/training/evaluation.py: accuracy takes what the losses take, and refuses what they refuse."""
from math import inf, nan

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from engine import Value
from nn import accuracy, binary_cross_entropy, cross_entropy, hinge, mean_squared_error
from nn.training.evaluation import evaluation

numbers = st.floats(-50.0, 50.0)
logits  = st.lists(numbers, min_size=2, max_size=6)
ACCURACY = "accuracy(output, target) needs "
NO_SIDE  = "a target that has a right side; a probability of one half has none"


@pytest.mark.parametrize("output, target, right", [
    ([1.0, 2.0], 1, 1.0), ([Value(1.0), Value(2.0)], 0, 0.0), ([1.0, 1.0], 0, 1.0), (Value(0.5), 1, 1.0),
    (Value(-0.5), -1, 1.0), (-0.5, 0, 1.0), (0.5, 0, 0.0), (0.0, 0, 1.0), (0.0, 1, 0.0),
    ([0.1, 2.0, -1.0], [0, 1, 0], 1.0), ([0.1, 2.0, -1.0], [0.5, 0.2, 0.3], 0.0), ([0.1, 2.0], (0.25, 0.75), 1.0),
    ([0.1, 2.0], np.array([0, 1]), 1.0), (np.array([0.1, 2.0]), np.int64(1), 1.0), ([0.1, 2.0], [0, Value(1.0)], 1.0),
    (np.float64(0.5), np.float32(1.0), 1.0), (0.5, Value(1.0), 1.0), (Value(0.5), Value(-1.0), 0.0), (0.3, 0.9, 1.0),
    (0.3, 0.4, 0.0), ([Value(-0.5)], [1], 0.0), ([0.5], [1.0], 1.0), ([0.5], 0, 1.0), (iter([1.0, 2.0]), 1, 1.0)])
def test_accuracy(output, target, right):
    assert accuracy(output, target) == right


@given(logits, st.integers(0, 5))
@example([0.0, 1e-320], 1)
def test_one_hot_weights_are_the_class(row, i):
    i %= len(row)
    right = 1.0 if row.index(max(row)) == i else 0.0
    assert accuracy(row, i) == accuracy([Value(n) for n in row], i) == right
    assert accuracy(row, [float(k == i) for k in range(len(row))]) == right


@given(numbers)
def test_one_score_is_a_row_of_one_and_right_on_one_side(x):
    for no, loss in ((-1, hinge), (0, binary_cross_entropy)):
        assert accuracy(x, 1) == accuracy([x], [1]) == accuracy(x, 1, loss=loss) == 1.0 - accuracy(x, no)
        assert accuracy(x, no, loss=loss) == accuracy([x], [no], loss=loss) == accuracy(x, no)


# Where the loss is named

@given(st.lists(st.tuples(numbers, st.sampled_from([-1, 1])), min_size=1, max_size=6))
def test_of_several_scores_it_is_the_share_that_is_right(pairs):
    scores, signs = map(list, zip(*pairs))
    right = [accuracy(x, t) for x, t in pairs]
    assert accuracy(scores, signs, loss=hinge) == right.count(1.0) / len(right)
    chances = [max(t, 0) for t in signs]
    assert accuracy(scores, chances, loss=binary_cross_entropy) == right.count(1.0) / len(right)


def test_a_loss_says_what_a_row_means():
    assert [accuracy([2.0, 1.0], [1, 0], loss=loss) for loss in (cross_entropy, binary_cross_entropy)] == [1.0, 0.5]


@pytest.mark.parametrize("loss, error, sentence", [
    (mean_squared_error, ValueError, f"{ACCURACY}a loss whose targets have a right side; any number may be one of"),
    (max,                TypeError,  "accuracy(loss) needs a loss that says what its targets are, @declare_loss("),
])
def test_a_loss_that_says_nothing_of_right_and_wrong(loss, error, sentence):
    with pytest.raises(error) as caught:
        accuracy(0.5, 1, loss=loss)
    assert str(caught.value).startswith(sentence)


# What is refused

THREE = [0.1, 2.0, -1.0]


@pytest.mark.parametrize("output, target, error, sentence", [
    (THREE, 3,            IndexError, "a target from 0 to 2, for 3 classes; 3 came"),
    (THREE, -2,           IndexError, "a target from 0 to 2, for 3 classes; -2 came"),
    (THREE, "1",          TypeError,  "a class number or one weight per class; '1' is a str"),
    (THREE, True,         TypeError,  "a class number or one weight per class; True is a bool; write 1 if"),
    (THREE, 1.0,          TypeError,  "a class number or one weight per class; 1.0 is a float; write 1 if"),
    (THREE, None,         TypeError,  "a class number or one weight per class; None is a NoneType"),
    (THREE, [0, 1],       ValueError, "one weight for each of the 3 classes; 2 came: [0, 1]"),
    (THREE, [0, 0.5, 0.5], ValueError, "one class of the largest weight; several have 0.5"),
    (THREE, [0, 0, 0],    ValueError, "one class of the largest weight; several have 0.0"),
    (THREE, [1, -1, -1],  ValueError, "weights of at least 0, one per class; -1.0 came; where each score has a target"),
    (THREE, {0, 1},       TypeError,  None),
    ([],    0,            ValueError, "at least one number; an empty row came"),
    ("12",  0,            TypeError,  "a sequence of numbers; '12' is a str; write a list"),
    ([1.0, nan], 0,       ValueError, "a finite number; nan is not; look where it first arose"),
    ([[1.0]], 0,          TypeError,  "one row of numbers; [1.0] is a row in itself"),
    (0.3,   0.5,          ValueError, NO_SIDE),
    ([0.3], [0.5],        ValueError, NO_SIDE),
    (0.3,   2,            ValueError, "for one score a sign, -1 or 1, or a probability from 0 to 1; 2.0 came"),
    (0.3,   -0.5,         ValueError, "for one score a sign, -1 or 1, or a probability from 0 to 1; -0.5 came"),
    (0.3,   Value(2.0),   ValueError, "for one score a sign, -1 or 1, or a probability from 0 to 1; 2.0 came"),
    (0.3,   "1",          TypeError,  "a real number; '1' is a str"),
    (0.3,   True,         TypeError,  "a real number; True is a bool"),
    (0.3,   nan,          ValueError, "a finite number; nan is not"),
    (0.3,   None,         TypeError,  "a real number; None is a NoneType"),
    (0.3,   [1],          TypeError,  "a sequence of numbers; 0.3 is a single float; put it in a list"),
    (inf,   1,            ValueError, "a finite number; inf is not"),
    (None,  1,            TypeError,  "a real number; None is a NoneType"),
    (True,  1,            TypeError,  "a real number; True is a bool"),
], ids=repr)
def test_what_is_no_output_and_no_target(output, target, error, sentence):
    with pytest.raises(error) as caught:
        accuracy(output, target)
    assert sentence is None or str(caught.value).startswith(f"{ACCURACY}{sentence}")


@pytest.mark.parametrize("loss, target, sentence", [
    (hinge, 0, "targets of -1 and 1; 0 came; write 2 * t - 1 for a t of 0 or 1"),
    (hinge, Value(0.5), "targets of -1 and 1; 0.5 came; write 2 * t - 1 for a t of 0 or 1"),
    (binary_cross_entropy, -1, "targets from 0 to 1; -1.0 came"),
    (binary_cross_entropy, 0.5, NO_SIDE)])
def test_what_a_loss_refuses_is_refused(loss, target, sentence):
    with pytest.raises(ValueError) as caught:
        accuracy(Value(0.3), target, loss=loss)
    assert str(caught.value) == ACCURACY + sentence


# The loss over rows

def test_a_loss_may_give_numbers_of_numpy_where_no_gradient_is_asked_for():
    figures = evaluation(lambda row: row[0], lambda output, target: np.float64(output), [[1.0], [2.0]], [0, 0])
    assert figures == {"loss": 1.5}
