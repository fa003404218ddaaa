"""Frames: tables of named columns, as pandas, polars and PyArrow have them; each column is asked for as an array.

A column of floats, integers or truth values (0 and 1) is one of numbers; so is one of objects that all are numbers.
What is missing, and what is no number, is refused with its row and the name of its column.

>>> class Frame:
...     columns = ["sepal", "petal"]
...     def __getitem__(self, name): return {"sepal": [0.5, 0.25], "petal": [1, 2]}[name]
...     def __len__(self): return 2
>>> is_frame(Frame()), order_of(Frame(), ["petal", "sepal"])
(True, ['petal', 'sepal'])
"""
from __future__ import annotations

from numbers import Real

from engine.errors import brief, described, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

BY_NAME = "give a frame, whose columns have names, or write [[row['a'], row['b']] for row in rows]"
ALIKE = "biuf"                                       # the kinds of NumPy's numbers, and of its truth values


def is_frame(rows: Any) -> bool:
    """Whether something is a table of columns that have names."""
    return hasattr(rows, "columns") and hasattr(rows, "__getitem__") and hasattr(rows, "__len__")


def names_of(frame: Any) -> list[Any]:
    """The names of a frame's columns, in order."""
    return list(frame.column_names if hasattr(frame, "column_names") else frame.columns)


def are_numbered(names: Sequence[Any]) -> bool:
    """Whether columns have no names but their numbers."""
    return [*map(str, names)] == [*map(str, range(len(names)))]


def order_of(frame: Any, labels: Sequence[str]) -> list[Any]:
    """The names of the columns for inputs with these labels; without labels or names, all in their order.

    Errors: ValueError for a column that is missing, is there twice, or that nothing asks for.

    >>> class Frame:
    ...     columns = ["sepal", "petl"]
    >>> order_of(Frame, ["petal", "sepal"])
    Traceback (most recent call last):
        ...
    ValueError: a frame needs a column for each input, of the same name; missing: 'petal'; left over: 'petl'
    """
    names = names_of(frame)
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ValueError(f"a frame needs columns of different names; several are called {listing(twice)}; rename or "
                         "drop them")
    if are_numbered(names) or not any(labels):
        if len(names) != len(labels):
            raise ValueError(f"a frame needs {counted(len(labels), 'column')}, one for each input; {len(names)} came: "
                             f"{listing(names)}")
        return names
    doubtful = [label for label in dict.fromkeys(labels) if label and labels.count(label) > 1]
    if doubtful or not all(labels):
        which = f"several are called {listing(doubtful)}" if doubtful else f"input {labels.index('')} has no label"
        raise ValueError(f"the columns of a frame are matched with the labels of inputs; {which}; label all of them, "
                         "or give an array, whose columns are in order")
    missing, left = [x for x in labels if x not in names], [x for x in names if x not in labels]
    wrong = [f"{what}: {listing(some)}" for what, some in (("missing", missing), ("left over", left)) if some]
    if wrong:
        way = "" if missing else f"; choose columns by frame[{list(labels)}]"
        raise ValueError(f"a frame needs a column for each input, of the same name; {'; '.join(wrong)}{way}")
    return [*labels]


def counted(n: int, noun: str) -> str:
    """How many things there are: `1 column`, `2 columns`."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def listing(names: Sequence[Any]) -> str:
    """Some names, quoted."""
    return ", ".join(map(repr, names[:10])) + (", …" if len(names) > 10 else "")


def frame_matrix(frame: Any, names: Sequence[Any]) -> Any:
    """Some columns of a frame as an array of floats, a row for each of its. Errors: TypeError and ValueError."""
    import numpy as np
    rows = np.empty((len(frame), len(names)))
    for k, name in enumerate(names):
        rows[:, k] = column(np, frame[name], name)
    return rows


def column(np: Any, given: Any, name: Any) -> Any:
    """The numbers of a column. Errors: TypeError and ValueError for the first that is none."""
    array = np.asarray(given)
    if array.ndim != 1 or (array.dtype.kind not in ALIKE and array.dtype.kind not in "OUST"):
        raise TypeError(f"column {name!r} needs numbers; it holds what is of type {array.dtype}")
    mask = np.ma.getmaskarray(given) if np.ma.isMaskedArray(given) else None
    if array.dtype.kind not in ALIKE or (mask is not None and mask.any()):
        texts = given.tolist() if mask is not None else array.tolist()
        return [entry(x, i, name) for i, x in enumerate(texts)]
    finite = np.isfinite(array)
    if not finite.all():
        i = int(finite.argmin())
        entry(array[i].item(), i, name)
    return array


def entry(x: Any, i: int, name: Any) -> float:
    """The number in a row of a column. Errors: TypeError and ValueError where there is none."""
    where = f"row {i}, column {name!r} (rows count from 0)"
    if isinstance(x, Real) and not (isinstance(x, float) and x != x):
        return number(int(x) if isinstance(x, bool) else x, where)  # type: ignore[no-any-return]
    refuse(x, where)


def refuse(x: Any, where: str) -> NoReturn:
    """The error for what is no number: a text, or nothing."""
    if isinstance(x, (str, bytes)):
        raise TypeError(f"{where} needs a number; {brief(x)} is {described(x)}; give each text a number, or a column "
                        "of its own that is 0 or 1")
    if x is None or isinstance(x, float) or "NA" in type(x).__name__ or "NaT" in type(x).__name__:
        raise ValueError(f"{where} needs a number; it is missing ({x}); fill it, or drop the row")
    raise TypeError(f"{where} needs a number; {brief(x)} is {described(x)}")
