"""nn/losses.py: what are no logits, no predictions and no targets."""
from math import nan

import pytest

from engine import Value
from nn import binary_cross_entropy, cross_entropy, hinge, log_softmax, mean_squared_error, softmax


def values(row):
    return [Value(n, f"z{i}") for i, n in enumerate(row)]


CALLS = {
    "softmax(logits)":                          softmax,
    "log_softmax(logits)":                      log_softmax,
    "cross_entropy(logits, target)":            lambda row: cross_entropy(row, 0),
    "mean_squared_error(predictions, targets)": lambda row: mean_squared_error(row, [1.0]),
    "binary_cross_entropy(logits, targets)":    lambda row: binary_cross_entropy(row, [1.0]),
    "hinge(scores, targets)":                   lambda row: hinge(row, [1.0]),
}


A_TARGET = " needs a class number or one weight per class;"


@pytest.mark.parametrize("what", CALLS)
@pytest.mark.parametrize("row, error, sentence", [
    ([],             ValueError, "at least one number; an empty row came"),
    (3.0,            TypeError,  "a sequence of numbers; 3.0 is a single float; put it in a list"),
    (Value(3.0),     TypeError, "a sequence of numbers; Value(data=3.0, grad=0.0) is a single Value; put it in a list"),
    ("12",           TypeError,  "a sequence of numbers; '12' is a str; write a list"),
    ({0: 1.0},       TypeError,  "a sequence of numbers; {0: 1.0} is a dict; write a list"),
    ([[1.0, 2.0]],   TypeError,  "one row of numbers; [1.0, 2.0] is a row in itself; go through the rows one by one"),
    ([True],         TypeError,  "a real number; True is a bool; write 1 if that number is meant"),
    (["1"],          TypeError,  "a real number; '1' is a str; write float('1') if that number is meant"),
    ([nan], ValueError, "a finite number; nan is not; look where it first arose"),
], ids=repr)
def test_what_is_no_row_of_numbers(what, row, error, sentence):
    with pytest.raises(error) as caught:
        CALLS[what](row)
    assert str(caught.value) == f"{what} needs {sentence}"


@pytest.mark.parametrize("target, error, sentence", [
    (3,           IndexError, " needs a target from 0 to 2, for 3 classes (z0, z1, z2); 3 came"),
    (-1,          IndexError, " needs a target from 0 to 2, for 3 classes (z0, z1, z2); -1 came"),
    (1.5,         TypeError,  f"{A_TARGET} 1.5 is a float"),
    (1.0,         TypeError,  f"{A_TARGET} 1.0 is a float; write 1 if that number is meant"),
    (True,        TypeError,  f"{A_TARGET} True is a bool; write 1 if that number is meant"),
    ("1",         TypeError,  f"{A_TARGET} '1' is a str"),
    (None,        TypeError,  f"{A_TARGET} None is a NoneType"),
    ([1, 0],      ValueError, " needs one weight for each of the 3 classes (z0, z1, z2); 2 came: [1, 0]"),
    ([1, 0, nan], ValueError, ", given one weight per class, needs a finite number; nan is not; look where "
                              "it first arose"),
], ids=repr)
def test_what_is_no_target(target, error, sentence):
    with pytest.raises(error) as caught:
        cross_entropy(values([1.0, 2.0, 3.0]), target)
    assert str(caught.value) == f"cross_entropy(logits, target){sentence}"


def test_predictions_and_targets_must_be_as_many():
    with pytest.raises(ValueError, match="needs one target for each prediction; 2 and 1 came"):
        mean_squared_error([1.0, 2.0], [1.0])


@pytest.mark.parametrize("prediction", [1e200, Value(1e200)], ids=repr)
def test_a_square_that_overflows_is_refused(prediction):
    with pytest.raises(OverflowError, match="overflows"):
        mean_squared_error([prediction], [0.0])
