"""Rows to learn from and their targets, as they come from outside: lists, arrays, frames. Arrays stay arrays.

>>> float(matrix_of([[1, 2], [3, 4]], "fit", [])[1][0])
3.0
"""
from __future__ import annotations

from numbers import Integral

from engine.errors import brief, described, number
from engine.replay.backends.native import listed
from engine.replay.frames import BY_NAME, are_numbered, frame_matrix, is_frame, names_of, order_of
from engine.replay.rows import REAL, contiguous, is_lazy, numpy

from nn.inputs import is_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def examples(rows: Any, targets: Any, what: str, columns: Any = None) -> tuple[Any, Any, list[Any]]:
    """Rows of plain numbers, all of one width, a target for each (a number, or a row of numbers), and names of columns.

    Lists, arrays, frames and whatever numpy.asarray takes. Where NumPy is installed the rows are an array of floats, of
    an array of floats no copy; so are targets that are all of a kind. A frame's columns have to be those that are
    named, in any order. Errors: TypeError and ValueError that name the row.

    >>> rows, targets, _ = examples([[1, 2], (3, 4)], [0, 1.5], "fit")
    >>> [[float(n) for n in row] for row in rows], targets
    ([[1.0, 2.0], [3.0, 4.0]], [0, 1.5])
    """
    if is_lazy(rows) or is_lazy(targets):
        raise TypeError(f"{what} would load all of a Dask array or frame into this process; write fit(..., "
                        "cluster=client), or rows.compute() where they have room here")
    names = names_of(rows) if is_frame(rows) else []
    asked = columns if columns and names and not are_numbered(names) else names
    matrix, wanted = matrix_of(rows, what, asked), column_of(targets, what)
    if len(matrix) != len(wanted):
        raise ValueError(f"{what} needs one target for each row; {len(matrix)} and {len(wanted)} came")
    if not len(matrix):
        raise ValueError(f"{what} needs at least one row; none came")
    return matrix, wanted, [] if are_numbered(names) else names


def matrix_of(rows: Any, what: str, names: list[Any]) -> Any:
    """Rows of numbers as an array of floats, or without NumPy in lists."""
    np = numpy()
    if np is None:
        return lists_of(rows, what)
    if is_frame(rows):
        try:
            return frame_matrix(rows, order_of(rows, names))
        except (TypeError, ValueError) as error:
            raise type(error)(f"{what}: {error}") from None
    if is_real(np, rows) and rows.ndim == 2:
        array = contiguous(np, np.asarray(rows))
        if np.isfinite(array).all():
            return array
    plain = in_memory(np, rows)
    return np.array(lists_of(rows, what)) if plain is None else plain


def is_real(np: Any, given: Any) -> bool:
    """Whether something is an array of real numbers, of which none is masked."""
    return isinstance(given, np.ndarray) and given.dtype.kind in REAL and not np.ma.is_masked(given)


def in_memory(np: Any, rows: Any) -> Any:
    """A list of lists of finite floats and ints as an array, read by the compiled core; None for other rows."""
    if rows.__class__ not in (list, tuple) or not rows or rows[0].__class__ not in (list, tuple) or not rows[0]:
        return None
    try:
        read = listed(rows, len(rows[0]))
    except ImportError:
        return None
    array = None if read is None else np.asarray(read)
    return array if array is not None and np.isfinite(array).all() else None


def lists_of(rows: Any, what: str) -> list[list[float]]:
    """Rows of numbers in lists. Errors: TypeError and ValueError for the first that is none."""
    matrix: list[list[float]] = []
    for i, numbers in enumerate(list_of(rows, f"{what} for its rows")):
        asked = f"{what} in row {i}"
        given = list_of(numbers, f"{what} for row {i}")
        for j, n in enumerate(given):
            unmasked(n, f"{asked}, column {j},")
        matrix.append([number(n, asked) for n in given])
        if len(matrix[i]) != len(matrix[0]):
            raise ValueError(f"{what} needs rows of one width; row 0 has {len(matrix[0])} numbers, "
                             f"row {i} has {len(matrix[i])}")
    return matrix


def column_of(targets: Any, what: str, noun: str = "target") -> Any:
    """Targets as an array, where NumPy is installed and they are all of a kind; else in a list."""
    np = numpy()
    if np is not None:
        if hasattr(targets, "to_frame"):             # a column of a frame
            targets = targets.to_frame()
        if is_frame(targets):
            return targets_of(np, targets, what)
        if is_real(np, targets) and targets.ndim in (1, 2) and np.isfinite(targets).all():
            return np.asarray(targets)
        if targets.__class__ in (list, tuple) and {*map(type, targets)} in ({int}, {float}):
            array = np.array(targets)
            if array.dtype.kind in REAL and np.isfinite(array).all():
                return array
    given = list_of(targets, f"{what} for its {noun}s")
    return [plain_target(t, f"{what} for {noun} {i}") for i, t in enumerate(given)]


def targets_of(np: Any, frame: Any, what: str) -> Any:
    """The targets in a frame: of one column numbers, of several rows. Whole numbers stay whole."""
    names = names_of(frame)
    try:
        floats = frame_matrix(frame, order_of(frame, names))
    except (TypeError, ValueError) as error:
        raise type(error)(f"{what} for its targets: {error}") from None
    kinds = {np.asarray(frame[name]).dtype.kind for name in names}
    array = floats if "f" in kinds else floats.astype(np.int64)
    return array[:, 0] if len(names) == 1 else array


def plain(some: Any) -> Any:
    """A row, or a target, as eager code is given it: a list of floats, a number."""
    return some.tolist() if hasattr(some, "tolist") else some


def plain_target(t: Any, what: str) -> Any:
    """A target: a whole number as an int, another as a float, a row of such."""
    unmasked(t, what)
    if hasattr(t, "tolist"):
        t = t.tolist()
    if is_row(t):
        return [plain_target(n, what) for n in list_of(t, what)]
    return int(t) if isinstance(t, Integral) and not isinstance(t, bool) else number(t, what)


def unmasked(n: Any, what: str) -> None:
    """Nothing. Errors: ValueError for what is masked in an array."""
    if type(n).__name__ == "MaskedConstant":
        raise ValueError(f"{what} needs a number; it is masked; fill it, or drop the row")


def list_of(numbers: Any, what: str) -> list[Any]:
    """A list of what is in a list, an array or anything else that numpy.asarray takes."""
    items = numbers
    masked: Any = getattr(numbers, "mask", None)
    if hasattr(masked, "any") and masked.any():      # an array, of which tolist makes None
        return [*numbers]
    if hasattr(items, "__array__") and not hasattr(items, "tolist"):             # a table, as pandas has them
        import numpy
        items = numpy.asarray(items)
    if hasattr(items, "tolist"):
        items = items.tolist()
    if not hasattr(items, "__iter__"):
        raise TypeError(f"{what} needs a list or an array; {brief(numbers)} is {described(numbers)}; "
                        f"write [{brief(numbers)}] if one number is meant, [row] for a single row")
    if isinstance(items, (set, frozenset, dict, str, bytes)):
        raise TypeError(f"{what} needs a list or an array; {brief(numbers)} is {described(numbers)}"
                        f"{f'; {BY_NAME}' if isinstance(items, dict) else ''}")
    return list(items)
