"""nn/training/__init__.py: fit. What it takes, and what it refuses."""
from math import nan

import numpy as np
import pytest

from nn import MLP, SGD, accuracy, cross_entropy, fit
from tests.nn.training.small_runs import ROWS, TARGETS, numbers, run


class Table:
    """What numpy.asarray takes, and nothing else does."""

    def __init__(self, rows):
        self.rows = rows

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.rows, dtype)


@pytest.mark.parametrize("kind", [np.array, Table, tuple, iter, lambda rows: [np.array(row) for row in rows],
                                  lambda rows: np.array(rows, dtype=object), lambda rows: map(tuple, rows)])
def test_rows_may_be_arrays_and_tables(kind):
    assert numbers(run(rows=kind(ROWS), epochs=2)[0]) == numbers(run(epochs=2)[0])


@pytest.mark.parametrize("targets", [np.array(TARGETS), np.array(TARGETS, dtype=np.uint8), Table(TARGETS), (*TARGETS,),
                                     [np.int64(t) for t in TARGETS], memoryview(bytes(TARGETS)),
                                     [np.eye(3)[t] for t in TARGETS], np.eye(3, dtype=int)[TARGETS]],
                         ids=lambda targets: type(targets).__name__)
def test_targets_may_be_arrays_and_rows(targets):
    assert numbers(run(targets=targets, epochs=2)[0]) == pytest.approx(numbers(run(epochs=2)[0]), rel=1e-12)


@pytest.mark.parametrize("arguments, error, sentence", [
    ({"rows": 3.0},                 TypeError,  "fit for its rows needs a list or an array; 3.0 is a float"),
    ({"rows": "12"},                TypeError,  "fit for its rows needs a list or an array; '12' is a str"),
    ({"rows": [1.0] * 7},           TypeError,  "fit for row 0 needs a list or an array; 1.0 is a float; write [1.0] if"
                                                " one number is meant"),
    ({"rows": np.ones(7)},          TypeError,  "fit for row 0 needs a list or an array; 1.0 is a float"),
    ({"rows": ROWS[:6]},            ValueError, "fit needs one target for each row; 6 and 7 came"),
    ({"rows": [], "targets": []},   ValueError, "fit needs at least one row; none came"),
    ({"rows": [*ROWS[:6], [1.0]]},  ValueError, "fit needs rows of one width; row 0 has 2 numbers, row 6 has 1"),
    ({"rows": [*ROWS[:6], [1, nan]]}, ValueError, "fit in row 6 needs a finite number; nan is not"),
    ({"rows": [*ROWS[:6], [1, True]]}, TypeError, "fit in row 6 needs a real number; True is a bool"),
    ({"rows": [[1.0]] * 7},         ValueError, "Layer with 2 inputs (layers[0]) was given 1 number; give it 2"),
    ({"targets": [0.5] * 7},        TypeError,  "cross_entropy(logits, target) needs a class number"),
    ({"targets": [3] * 7},          IndexError, "cross_entropy(logits, target) needs a target from 0 to 2"),
    ({"targets": ["a"] * 7},        TypeError,  "fit for target 0 needs a real number; 'a' is a str"),
    ({"targets": [np.True_] * 7},   TypeError,  "fit for target 0 needs a real number; True is a bool"),
    ({"epochs": -1},                ValueError, "fit(epochs) needs 0 or more; -1 came"),
    ({"epochs": 1.5},               TypeError,  "fit(epochs) needs a whole number; 1.5 is a float"),
    ({"batch_size": 0},             ValueError, "fit(batch_size) needs 1 or more; 0 came"),
    ({"batch_size": 2.0},           TypeError,  "fit(batch_size) needs a whole number; 2.0 is a float"),
    ({"seed": "x"},                 TypeError,  "fit(seed) needs a whole number; 'x' is a str"),
    ({"shuffle": 1},                TypeError,  "fit(shuffle) needs True or False; 1 came"),
    ({"eager": 1},                  TypeError,  "fit(eager) needs True or False; 1 came"),
    ({"reduction": "max"},          ValueError, "fit(reduction) is one of 'mean', 'sum'; 'max' came"),
    ({"measures": {"lr": accuracy}}, ValueError, "fit(measures) needs names other than loss and lr"),
    ({"measures": {"hits": "hits"}}, TypeError, "hits is 'hits'; give the function itself, not its name"),
    ({"measures": [accuracy]},      TypeError,  "is a list; write measures={'name': function}"),
    ({"rows": [{"a": 1.0}] * 7},    TypeError,  "write [[row['a'], row['b']] for row in rows]"),
    ({"rows": {"a": [1.0] * 7}},    TypeError,  "give a frame, whose columns have names"),
    ({"targets": ["setosa"] * 7},   TypeError,  "'setosa' is a str; give each text a number"),
    ({"measures": {"hits": 1}},     TypeError,  "fit needs functions of an output and its target; hits is 1"),
    ({"validation": 0.2},           TypeError,  "fit(validation) needs a pair (rows, targets); 0.2 came"),
    ({"validation": ([[1.0]], [1])}, ValueError, "fit(validation) needs rows of 2 numbers, as those to train"),
    ({"measures": {"bad": lambda output, target: nan}}, ValueError, "fit(measures), bad, needs a finite number; nan"),
    ({"measures": {"bad": lambda output, target: output[0]}}, TypeError, "would cut the graph"),
    ({"validation": (ROWS, [1])},   ValueError, "fit(validation) needs one target for each row; 7 and 1"),
    ({"progress": 1.5},             TypeError,  "fit(progress) needs True, False or None; 1.5 came"),
])
def test_what_does_not_fit(arguments, error, sentence):
    model = MLP(2, [3, 3], seed=5)
    before = numbers(model)
    with pytest.raises(error) as caught:
        run(model, **arguments)
    assert sentence in str(caught.value)
    assert numbers(model) == before


other = MLP(2, [3], seed=1)


@pytest.mark.parametrize("arguments, error, sentence", [
    ({"optimiser": SGD(other.parameters())}, ValueError, "fit(optimiser) needs parameters of the model; number 0"),
    ({"optimiser": 0.1}, TypeError, "fit(optimiser) needs an optimiser; 0.1 is a float"),
    ({"schedule": 0.1}, TypeError, "fit(schedule) needs a schedule; 0.1 is a float"),
])
def test_what_is_no_optimiser_of_the_model(arguments, error, sentence):
    with pytest.raises(error) as caught:
        fit(MLP(2, [3]), cross_entropy, ROWS, TARGETS, **arguments)
    assert sentence in str(caught.value)


def test_what_is_no_model_and_no_loss():
    with pytest.raises(TypeError, match=r"fit\(model\) needs a Module"):
        fit(lambda row: row, cross_entropy, ROWS, TARGETS)
    with pytest.raises(TypeError, match="loss is 'cross_entropy'"):
        fit(MLP(2, [3]), "cross_entropy", ROWS, TARGETS)
    with pytest.raises(TypeError, match=r"fit\(loss\) needs a function that gives a Value; it gave 1.0, a float"):
        fit(MLP(2, [3]), lambda output, target: 1.0, ROWS, TARGETS)
