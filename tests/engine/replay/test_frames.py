"""Frames as rows: columns by name, what is missing refused by row and name, masked arrays too."""
import pytest

from engine import Replay, Value
from engine.replay.frames import order_of
from tests.engine.replay.agreement import every_backend

np = pytest.importorskip("numpy")


class Columns:
    """A frame of no library."""

    def __init__(self, columns):
        self.given, self.columns = columns, [*columns]

    def __getitem__(self, name):
        return self.given[name]

    def __len__(self):
        return len(self.given[self.columns[0]])


def of(library, constructor="DataFrame"):
    return lambda columns: getattr(pytest.importorskip(library), constructor)(columns)


makers = {"own": Columns, "pandas": of("pandas"), "polars": of("polars"), "pyarrow": of("pyarrow", "table")}
every_frame = pytest.mark.parametrize("frame", makers.values(), ids=makers)


def difference(backend="", labels=("petal", "sepal")):
    xs = [Value(1.0, label) for label in labels]
    return Replay(2 * xs[0] - xs[1], inputs=xs, backend=backend)


@every_frame
@every_backend
def test_columns_are_matched_by_name_in_any_order(frame, backend):
    table = frame({"sepal": [1, 2, 3], "petal": [0.5, 1.5, 2.5]})
    assert difference(backend)(table).tolist() == [0.0, 1.0, 2.0] and difference(backend).backward(table) == 3.0
    assert difference(backend, ("", ""))(table).tolist() == [1.5, 2.5, 3.5]


@every_frame
def test_truth_values_and_integers_are_numbers(frame):
    assert difference()(frame({"petal": [True, False], "sepal": [3, 2]})).tolist() == [-1.0, -2.0]


@every_frame
@pytest.mark.parametrize("columns, error, sentence", [
    ({"petal": [1.0]}, ValueError, "missing: 'sepal'"),
    ({"petal": [1.0], "sepal": [1.0], "species": [2.0]}, ValueError,
     "left over: 'species'; choose columns by frame[['petal', 'sepal']]"),
    ({"Petal": [1.0], "sepal": [1.0]}, ValueError, "missing: 'petal'; left over: 'Petal'"),
    ({"petal": [1.0, 2.0], "sepal": ["a", "b"]}, TypeError, "row 0, column 'sepal'"),
    ({"petal": [1.0, None, 2.0], "sepal": [1.0] * 3}, ValueError, "row 1, column 'petal'"),
    ({"petal": [1, 2], "sepal": [True, None]}, ValueError, "row 1, column 'sepal'"),
    ({"petal": [1.0], "sepal": [float("inf")]}, ValueError, "row 0, column 'sepal' (rows count from 0) needs a finite"),
])
def test_each_error_names_the_column(frame, columns, error, sentence):
    with pytest.raises(error) as caught:
        difference()(frame(columns))
    assert sentence in str(caught.value)


def test_nullable_columns():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"petal": pandas.array([1, 2], "Int64"), "sepal": pandas.array([True, False], "boolean")})
    assert difference()(table).tolist() == [1.0, 4.0]
    table["petal"] = pandas.array([1, None], "Int64")
    with pytest.raises(ValueError, match=r"^row 1, column 'petal' \(rows count from 0\) needs a number; it is missing"):
        difference()(table)


def test_what_is_doubtful_is_refused_by_name():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match="several are called 'petal'"):
        difference()(pandas.DataFrame([[1.0, 2.0]], columns=["petal", "petal"]))
    cases = (("petal", "petal"), "several are called 'petal'"), (("petal", ""), "input 1 has no label")
    for labels, sentence in cases:
        with pytest.raises(ValueError, match=sentence):
            difference(labels=labels)(Columns({"petal": [1.0], "sepal": [1.0]}))


def test_columns_without_names_are_taken_in_order():
    assert order_of(Columns({0: [1.0], 1: [2.0]}), ["petal", "sepal"]) == [0, 1]
    with pytest.raises(ValueError, match="needs 2 columns, one for each input; 1 came: 0"):
        order_of(Columns({0: [1.0]}), ["petal", "sepal"])


@every_backend
def test_what_is_masked_is_refused_and_what_is_not_is_read(backend):
    plain = np.ma.array([[1.0, 2.0], [3.0, 4.0]])
    assert difference(backend)(plain).tolist() == [0.0, 2.0]
    masked = np.ma.array(plain, mask=[[0, 0], [0, 1]])
    for rows in (masked, [*masked], masked.astype(int), [[1.0, 2.0], [3.0, np.ma.masked]]):
        for act in (difference(backend), difference(backend).backward, difference(backend).gradient):
            with pytest.raises(ValueError, match=r"^row 1, column 1 \(sepal\) .* needs a number; it is masked"):
                act(rows)
