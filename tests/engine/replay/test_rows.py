"""What rows may be, and the sentences for what they may not be."""
import subprocess
import sys
from array import array
from collections import deque
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from engine import Replay, Value
from engine.replay import rows as reading
from engine.replay.backends import native
from engine.replay.rows import complaint, contiguous, lists, numpy
from tests.engine.replay.agreement import BACKENDS, every_backend


def product(backend):
    x, y = Value(1.0, "petal"), Value(2.0)
    return Replay(x * y, inputs=[x, y], backend=backend)


@every_backend
@pytest.mark.parametrize("rows", [
    [[1, 2], [3, 4]], ((1.0, 2.0), (3.0, 4.0)), [(1, 2), [3, Fraction(4)]], [range(1, 3), range(3, 5)],
    [array("d", [1, 2]), array("i", [3, 4])], deque([[1, 2], deque([3, 4])]),
    memoryview(array("d", [1, 2, 3, 4])).cast("B").cast("d", (2, 2)),
    memoryview(array("i", [1, 2, 3, 4])).cast("B").cast("i", (2, 2)),
])
def test_any_nested_sequence_of_real_numbers(backend, rows):
    assert product(backend)(rows) == [2.0, 12.0]
    assert product(backend).backward(rows) == 14.0


@every_backend
@pytest.mark.skipif(numpy() is None, reason="needs NumPy")
def test_any_real_matrix_of_numpy(backend):
    np = numpy()
    for dtype in ("f8", "f4", "i4", "u1", ">f8", "f2", object):
        for matrix in (np.array([[1, 2], [3, 4]], dtype), np.array([[1, 3], [2, 4]], dtype).T,
                       np.array([[9, 9, 9], [1, 9, 2], [3, 9, 4]], dtype)[1:, ::2]):
            found = product(backend)(matrix)
            assert found.tolist() == [2.0, 12.0]
            assert product(backend).backward(matrix) == 14.0
    assert product(backend)(np.empty((0, 2))).shape == (0,)


@every_backend
@pytest.mark.parametrize("rows, kind, sentence", [
    ([[1, 2], [3]],           ValueError,    r"row 1 needs 2 numbers, one for each input; 1 came: \[3\] \(rows count"),
    ([[1, 2, 3]],             ValueError,    r"row 0 needs 2 numbers, one for each input; 3 came"),
    ([[1, 2], [3, "4"]],      TypeError,     r"row 1, column 1 \(rows and columns count from 0\) needs a real number"),
    ([["a", "b"]],            TypeError,     r"row 0, column 0 \(petal\) .* needs a real number; 'a' is a str"),
    ([[1, True]],             TypeError,     r"row 0, column 1 .* needs a real number; True is a bool"),
    ([[1, 2], [None, 3]],     TypeError,     r"row 1, column 0 \(petal\) .* needs a real number; None"),
    ([[1, 2j]],               TypeError,     r"row 0, column 1 .* needs a real number; 2j is a complex"),
    ([[1, 2], [1, float("nan")]],  ValueError, r"row 1, column 1 .* needs a finite number; nan is not"),
    ([[float("inf"), 1]],     ValueError,    r"row 0, column 0 \(petal\) .* needs a finite number; inf is not"),
    ([[10 ** 400, 1]],        OverflowError, r"row 0, column 0 \(petal\) .* needs a number below 1.8e308"),
    ([1, 2],                  TypeError,     r"row 0 needs 2 numbers, one for each input; 1 came"),
    (["ab"],                  TypeError,     r"row 0 needs 2 numbers, one for each input; 'ab' came"),
    ([[1, 2], {4.0, 3.0}],    TypeError,     r"row 1 needs 2 numbers, one for each input; \{"),        # in no order
    ([{0: 1.0, 1: 2.0}],      TypeError,     r"row 0 needs 2 numbers, .*\{0: 1.0.*give a frame"),
    (3.0,                     TypeError,     r"rows need to be a sequence of rows"),
    ("ab",                    TypeError,     r"rows need to be a sequence of rows"),
    ({"petal": [1, 2]},       TypeError,     r"rows need to be a sequence of rows.*give a frame"),
    (iter([[1, 2]]),          TypeError,     r"rows need to be a sequence of rows.*write list\(rows\)"),
])
def test_what_are_no_rows_is_refused_in_one_sentence_with_row_and_column(backend, rows, kind, sentence):
    replay = product(backend)
    for act in (replay, replay.backward):
        with pytest.raises(kind, match=sentence) as caught:
            act(rows)
        assert "\n" not in str(caught.value)
    assert [v.grad for v in replay.inputs] == [0.0, 0.0]


@every_backend
@pytest.mark.skipif(numpy() is None, reason="needs NumPy")
def test_arrays_that_are_no_real_matrix(backend):
    np = numpy()
    for rows, kind in [(np.ones((2, 3)), ValueError), (np.ones(2), TypeError), (np.array([[np.nan]]), ValueError),
                       (np.ones((2, 2), complex), TypeError), (np.ones((2, 2), bool), TypeError),
                       (np.array([["a", "b"]]), TypeError), (np.array(1.0), TypeError),
                       (np.ones((1, 2, 2)), TypeError)]:
        with pytest.raises(kind, match=r"^(row 0|rows)"):
            product(backend).backward(rows)


@pytest.mark.skipif(numpy() is None or "native" not in BACKENDS, reason="needs NumPy and the compiled core")
def test_a_nan_deep_in_an_array_is_found():
    matrix = numpy().ones((1000, 2))
    matrix[777, 1] = float("nan")
    for backend in BACKENDS:
        with pytest.raises(ValueError, match="row 777, column 1 "):
            product(backend).backward(matrix)


@pytest.mark.skipif("native" not in BACKENDS, reason="needs the compiled core")
@given(st.lists(st.lists(st.floats(-1e308, 1e308) | st.integers(-2 ** 70, 2 ** 70)
                         | st.sampled_from([Fraction(1, 3), "1", True]), min_size=1, max_size=3), max_size=4))
def test_lists_are_read_at_once_as_number_by_number_or_not_at_all(rows):
    width = len(rows[0]) if rows else 2
    found = native.listed(rows, width)
    plain = all(len(row) == width and {*map(type, row)} <= {float, int} for row in rows)
    assert (found is not None) == (plain and rows != [])
    if found is not None:
        assert found.tolist() == complaint(rows, width, [""] * width)


@pytest.mark.skipif("native" not in BACKENDS, reason="needs the compiled core")
def test_a_number_too_large_is_left_to_the_sentence_that_refuses_it():
    assert native.listed([[1.0, 10 ** 400]], 2) is None


@pytest.mark.skipif("native" not in BACKENDS, reason="needs the compiled core")
@pytest.mark.parametrize("width", [-2 ** 63, -1, 0, 2 ** 60, 2 ** 63 - 1])
def test_rows_of_an_impossible_width_are_none(width):
    assert native.blocks().listed([[1.0]], width) is None


@pytest.mark.skipif(numpy() is None, reason="needs NumPy")
@given(st.integers(1, 9), st.integers(1, 4), st.sampled_from(["f8", "f4", ">f8", "i4", "f2"]), st.integers(1, 7))
def test_a_copy_in_pieces_is_the_matrix(n, width, dtype, size):
    np = numpy()
    matrix = np.arange(3.0 * n * width).reshape(3 * n, width).astype(dtype)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "PIECE", size)
        for rows in (matrix, matrix[::-1], matrix[::3], np.asfortranarray(matrix)):
            found = contiguous(np, rows)
            assert found.flags.c_contiguous and found.dtype == np.float64
            assert (found is rows) == (rows.flags.c_contiguous and rows.dtype == np.float64)
            assert lists(rows) == found.tolist() == rows.tolist()


@pytest.mark.skipif("native" not in BACKENDS, reason="needs the compiled core")
def test_the_compiled_core_reads_lists_without_numpy():
    program = """
import sys
from engine import Replay, Value, log
x, w = Value(1.0, "x"), Value(2.0)
replay = Replay([log(x) * w, x], inputs=[x], backend="native")
assert replay([[1], (1.0,)]) == [[0.0, 1.0], [0.0, 1.0]]
assert replay.backward([[1.0], [2]]) > 1.3
try:
    replay.backward([[1.0], [-1.0]])
except ValueError as error:
    assert str(error).startswith("row 1: log(x) needs")
try:
    replay([[1.0], [float("nan")]])
except ValueError as error:
    assert str(error).startswith("row 1, column 0 (x)")
print("numpy" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
