"""Module.predict: what the model gives for each row, replayed or not; and fit on arrays and frames."""
import gc
import weakref

import pytest
from hypothesis import given, settings, strategies as st

from nn import MLP, SGD, Layer, Neuron, cross_entropy, fit, mean_squared_error
from nn.examples import examples, matrix_of
from tests.engine.replay.test_frames import Columns, makers
from tests.nn.training.small_runs import ROWS, TARGETS, Mine, numbers, run

np = pytest.importorskip("numpy")
COLUMNS = {"petal": [row[0] for row in ROWS], "sepal": [row[1] for row in ROWS]}
every_frame = pytest.mark.parametrize("frame", makers.values(), ids=makers)


def outputs(model, rows):
    found = [model(row) for row in rows]
    return [[v.data for v in row] if isinstance(row, list) else row.data for row in found]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.floats(-3.0, 3.0) | st.integers(-3, 3), min_size=2, max_size=2), max_size=9),
       st.sampled_from([lambda: MLP(2, [3, 2], seed=1), lambda: MLP(2, [3, 1], activation="tanh", seed=1),
                        lambda: Neuron(2, seed=1), lambda: Layer(2, 3, seed=1), lambda: Mine(2, [2, 2], seed=1)]))
def test_it_is_what_the_model_gives_for_each_row(rows, make):
    model = make()
    found = model.predict(rows)
    assert type(found) is list and found == [pytest.approx(row, rel=1e-12) for row in outputs(model, rows)]
    if rows:
        array = model.predict(np.array(rows))
        assert type(array) is np.ndarray and array.tolist() == found


def test_it_follows_the_parameters_and_the_model():
    model = MLP(2, [3, 1], seed=1)
    model.predict(ROWS)
    model.layers[0].neurons[0].w[0].data = 2.0
    assert model.predict(ROWS) == pytest.approx(outputs(model, ROWS))
    model.layers[1].neurons[0].b = model.layers[0].neurons[0].b
    assert model.predict(ROWS) == pytest.approx(outputs(model, ROWS))


def test_a_model_that_nobody_needs_is_gone():
    model = MLP(2, [3, 1], seed=1)
    model.predict(ROWS)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("model", [MLP(2, [1], seed=1), Mine(2, [1], seed=1)], ids=["own", "other"])
@pytest.mark.parametrize("rows, error, sentence", [
    ([[1.0]], ValueError, "Layer with 2 inputs (layers[0]) was given 1 number; give it 2"),
    ([[1.0, "a"]], TypeError, "predict(rows) in row 0 needs a real number; 'a' is a str"),
    ([[1.0, 2.0], [1.0]], ValueError, "predict(rows) needs rows of one width"),
    (3.0, TypeError, "predict(rows) for its rows needs a list or an array; 3.0"),
])
def test_what_are_no_rows(model, rows, error, sentence):
    with pytest.raises(error) as caught:
        model.predict(rows)
    assert sentence in str(caught.value)


# Arrays and frames

def test_an_array_of_floats_is_not_copied_and_all_kinds_train_alike():
    rows, targets = np.array(ROWS), np.array(TARGETS)
    assert examples(rows, targets, "fit")[0] is rows and examples(rows, targets, "fit")[1] is targets
    expected = numbers(run(epochs=3, batch_size=3, seed=1)[0])
    for given_rows, given_targets in [(rows, targets), (rows[::-1][::-1], targets), (np.asfortranarray(rows), TARGETS),
                                      (ROWS, targets), (np.ma.array(rows), np.ma.array(targets))]:
        assert numbers(run(rows=given_rows, targets=given_targets, epochs=3, batch_size=3, seed=1)[0]) == expected


@every_frame
def test_a_frame_trains_as_its_rows_and_others_are_matched_with_it_by_name(frame):
    turned = {"sepal": COLUMNS["sepal"], "petal": COLUMNS["petal"]}
    expected, history = run(epochs=2, validation=(ROWS, TARGETS))
    model, its = run(rows=frame(COLUMNS), epochs=2, validation=(frame(turned), TARGETS))
    assert numbers(model) == numbers(expected) and its == history
    assert model.predict(frame(turned)).tolist() == model.predict(ROWS)
    with pytest.raises(ValueError, match="predict.*missing: 'sepal'; left over: 'species'"):
        model.predict(frame({"petal": [1.0], "species": [1.0]}))
    with pytest.raises(ValueError, match="validation.*missing: 'sepal'"):
        run(rows=frame(COLUMNS), validation=(frame({"petal": [1.0], "other": [1.0]}), [1]))


@every_frame
def test_targets_may_be_a_column(frame):
    table = frame({**COLUMNS, "species": TARGETS})
    assert numbers(run(targets=table["species"], epochs=2)[0]) == numbers(run(epochs=2)[0])


@pytest.mark.parametrize("rows, targets, sentence", [
    (np.ma.array(ROWS, mask=[[0, 0]] * 6 + [[0, 1]]), TARGETS, "fit in row 6, column 1, needs a number; it is masked"),
    (Columns({"petal": [1.0, None], "sepal": [1.0, 2.0]}), [0, 1], "fit: row 1, column 'petal'"),
    (ROWS, np.ma.array(TARGETS, mask=[0, 1, 0, 0, 0, 0, 0]), "fit for target 1 needs a number; it is masked"),
    (ROWS, Columns({"species": [0, 1, None, 0, 1, 2, 1]}), "fit for its targets: row 2, column 'species'"),
])
def test_what_is_masked_or_missing_is_refused_by_its_place(rows, targets, sentence):
    with pytest.raises(ValueError) as caught:
        run(rows=rows, targets=targets)
    assert sentence in str(caught.value)


def test_texts_are_refused_by_column():
    with pytest.raises(TypeError, match="fit: row 0, column 'sepal'.*'a' is a str"):
        run(rows=Columns({"petal": [1.0] * 7, "sepal": ["a"] * 7}))


def test_rows_of_several_targets():
    several = np.array([[float(t), 1.0] for t in TARGETS])
    found = []
    for targets in (several, several.tolist()):
        model = MLP(2, [3, 2], seed=1)
        fit(model, mean_squared_error, ROWS, targets, optimiser=SGD(model.parameters(), lr=0.1), epochs=3)
        found.append(numbers(model))
    assert found[0] == found[1]
    assert matrix_of([(1, 2)], "fit", []).tolist() == [[1.0, 2.0]] and cross_entropy
