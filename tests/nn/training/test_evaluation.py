"""nn/training/evaluation.py: accuracy."""
import pytest

from engine import Value
from nn import accuracy


@pytest.mark.parametrize("output, target, right", [
    ([1.0, 2.0], 1, 1.0), ([Value(1.0), Value(2.0)], 0, 0.0), ([1.0, 1.0], 0, 1.0), (Value(0.5), 1, 1.0),
    (Value(-0.5), -1, 1.0), (-0.5, 0, 1.0), (0.5, 0, 0.0)])
def test_accuracy(output, target, right):
    assert accuracy(output, target) == right
