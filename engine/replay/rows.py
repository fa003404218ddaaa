"""Rows of numbers: read from any nested sequence or real matrix, or refused in one sentence with row and column.

>>> float(matrix([[1, 2], [3, 4.5]], 2, ["a", ""])[1][1])
4.5
>>> matrix([[1, 2], [3]], 2, ["a", ""])
Traceback (most recent call last):
    ...
ValueError: row 1 needs 2 numbers, one for each input; 1 came: [3] (rows count from 0)
"""
from __future__ import annotations

from engine.errors import brief, number
from engine.formula import counted
from engine.replay.frames import BY_NAME, frame_matrix, is_frame, order_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any, Protocol, SupportsFloat, TypeAlias

    from numpy import float64
    from numpy.typing import NDArray

    class Frame(Protocol):
        """Of pandas, Polars or pyarrow: something with named columns."""

        @property
        def columns(self) -> Any: ...
        def __getitem__(self, name: Any, /) -> Any: ...

    class Lazy(Protocol):
        """Of Dask: numbers that are elsewhere, or not there yet."""

        def __dask_graph__(self) -> Any: ...
        def compute(self) -> Any: ...

    class Later(Lazy, Protocol):
        """Of Dask: an array to come."""

        def compute(self) -> NDArray[float64]: ...

    Rows: TypeAlias = Sequence[Sequence[SupportsFloat] | NDArray[Any]]
    Table: TypeAlias = NDArray[Any] | Frame

COUNTED = "(rows and columns count from 0)"
REAL    = "fiu"                                      # the kinds of NumPy's real numbers
PIECE   = 1 << 18                                    # numbers at a time: Ctrl-C is answered between two pieces


def numpy() -> ModuleType | None:
    """NumPy, where it is installed."""
    try:
        import numpy
    except ImportError:
        return None
    return numpy


def is_array(rows: Any) -> bool:
    """Whether the rows are an array, or a table that gives one."""
    return hasattr(rows, "__array__") or is_frame(rows)


def is_lazy(rows: Any) -> bool:
    """Whether the rows are a collection of Dask's, whose numbers are elsewhere, or not there yet."""
    return hasattr(rows, "__dask_graph__")


def matrix(rows: Any, width: int, labels: Sequence[str], finite: bool = True) -> Any:
    """The rows as an array of floats where NumPy is installed, without a copy of what is one; else as lists of floats.

    No rows at all are a matrix of any width. Errors: TypeError and ValueError. With `finite=False` an array's nan and
    infinities pass, and whoever computes has to find them.
    """
    if is_lazy(rows):
        raise TypeError(f"a Replay would load all of {brief(rows)} into this process; write replay.on(client), which "
                        "runs where the rows are, or rows.compute() where they have room here")
    np = numpy()
    if np is None:
        return complaint(rows, width, labels)
    if is_frame(rows):
        return frame_matrix(rows, order_of(rows, labels))
    if np.ma.is_masked(rows):
        complaint(rows, width, labels)
    given = is_array(rows) or isinstance(rows, memoryview)
    array = np.asarray(rows) if given else converted(np, rows, width, labels)
    if no_rows(array):
        return np.empty((0, width))
    if not is_matrix(array, width):
        return np.array(complaint(rows, width, labels), dtype=float).reshape(-1, width)
    array = contiguous(np, array)
    if finite and not np.isfinite(array).all():
        complaint(rows, width, labels)
    return array


def converted(np: Any, rows: Any, width: int, labels: Sequence[str]) -> Any:
    """What NumPy makes of a nested sequence. Errors: those of `complaint`."""
    try:
        if any(map(np.ma.is_masked, rows)) or "MaskedConstant" in kinds(rows):
            complaint(rows, width, labels)
        array = np.array(rows, dtype=None, ndmin=0)
    except (ValueError, TypeError, OverflowError):
        complaint(rows, width, labels)
        return np.empty(0, dtype=object)
    if is_matrix(array, width) and any("bool" in kind for kind in kinds(rows)):
        complaint(rows, width, labels)               # a bool among numbers has become a number
    return array


def is_matrix(array: Any, width: int) -> bool:
    """Whether an array has real numbers in rows of that width."""
    return array.dtype.kind in REAL and array.ndim == 2 and array.shape[1] == width


def no_rows(array: Any) -> bool:
    """Whether an array is a list or a matrix of real numbers that has no rows."""
    return array.dtype.kind in REAL and array.ndim in (1, 2) and array.shape[0] == 0


def contiguous(np: Any, array: Any) -> Any:
    """The array as floats that lie one after the other: itself, if they do, else a copy."""
    if array.dtype == np.float64 and array.flags.c_contiguous:
        return array
    floats, size = np.empty(array.shape), PIECE // max(array.shape[1], 1) + 1
    with np.errstate(all="ignore"):
        for i in range(0, len(array), size):
            floats[i:i + size] = array[i:i + size]
    return floats


def lists(matrix: Any) -> list[list[float]]:
    """The rows of an array as lists."""
    size = PIECE // (4 * matrix.shape[1]) + 1        # lists take longer to make than to read
    return [row for i in range(0, len(matrix), size) for row in matrix[i:i + size].tolist()]


def kinds(rows: Any) -> set[str]:
    """The types of the numbers in a nested sequence, by name."""
    return {type(n).__name__ for row in rows for n in row}


def complaint(rows: Any, width: int, labels: Sequence[str]) -> list[list[float]]:
    """The rows as lists of floats, number by number. Errors: TypeError or ValueError for the first that is none."""
    if is_array(rows) and not hasattr(rows, "ndim"):
        rows = rows.__array__()
    if isinstance(rows, memoryview):                 # its rows cannot be had one by one
        rows = rows.tolist()
    sequence = hasattr(rows, "__len__") and hasattr(rows, "__getitem__") and getattr(rows, "ndim", 2) > 0
    if not sequence or isinstance(rows, (str, bytes, dict)):
        way = BY_NAME if isinstance(rows, dict) else "write list(rows) if it yields rows"
        raise TypeError(f"rows need to be a sequence of rows, each a sequence of {width} numbers; {brief(rows)} is of "
                        f"type {type(rows).__name__}; {way}")
    return [numbers(row, i, width, labels) for i, row in enumerate(rows)]


def numbers(row: Any, i: int, width: int, labels: Sequence[str]) -> list[float]:
    """The numbers of one row."""
    other = isinstance(row, (str, bytes, dict, set, frozenset)) or not hasattr(row, "__len__")
    if other or getattr(row, "ndim", 1) == 0:
        way = BY_NAME if isinstance(row, dict) else "write [[x] for x in rows] if these are rows of one number"
        raise TypeError(f"row {i} needs {counted(width)}, one for each input; {brief(row)} came; {way} (rows count "
                        "from 0)")
    if len(row) != width:
        raise ValueError(f"row {i} needs {counted(width)}, one for each input; {len(row)} came: {brief(row)} (rows "
                         "count from 0)")
    plain = [n.item() if type(n).__module__ == "numpy" and type(n).__name__.startswith("float") else n for n in row]
    names = [f" ({label})" if label else "" for label in labels]
    for j, (n, name) in enumerate(zip(plain, names)):
        if type(n).__name__ == "MaskedConstant":
            raise ValueError(f"row {i}, column {j}{name} {COUNTED} needs a number; it is masked; fill it, or drop the "
                             "row")
    return [number(n, f"row {i}, column {j}{name} {COUNTED}") for j, (n, name) in enumerate(zip(plain, names))]
