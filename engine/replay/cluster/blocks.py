"""Rows on a cluster: a Dask array or frame, its chunks brought to whole runs, the columns of a frame by their names.

What is not yet known of the lengths of chunks is counted, where they are. Nothing else is computed here.
"""
from __future__ import annotations

from importlib import import_module

from engine.errors import brief, described
from engine.replay.cluster.work import renumbered
from engine.replay.frames import frame_matrix, is_frame, order_of
from engine.replay.rows import is_lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from engine.replay.cluster.work import Piece

ROOM   = 1 << 22                                     # numbers in a block, at most
FEWEST = 16                                          # runs in a block, for a task to be worth its sending
BLOCKS = 2                                           # for each thread, so that none waits long for the last


class Blocks:
    """Rows in blocks of whole runs: what gives each, the number of its first row, and which pieces of it are meant."""

    def __init__(self, parts: Sequence[Any], lengths: Sequence[int], pieces: Sequence[Sequence[Piece]]) -> None:
        self.parts, self.lengths, self.pieces = parts, lengths, pieces

    @property
    def firsts(self) -> list[int]:
        """The number of each block's first row."""
        firsts = [0]
        for n in self.lengths:
            firsts.append(firsts[-1] + n)
        return firsts[:-1]

    def __len__(self) -> int:
        return sum([end - start for pieces in self.pieces for start, end in pieces])

    def only(self, i: int) -> Blocks:
        """The same blocks, with row i alone."""
        places = [(i - first, n) for first, n in zip(self.firsts, self.lengths)]
        return Blocks(self.parts, self.lengths, [[(at, at + 1)] if 0 <= at < n else [] for at, n in places])

    def some(self, runs: Sequence[int], run: int) -> Blocks:
        """The same blocks, with only these runs of so many rows, which come in order."""
        wanted = set(runs)
        pieces = [pieces_of(first, n, run, wanted) for first, n in zip(self.firsts, self.lengths)]
        return Blocks(self.parts, self.lengths, pieces)


def pieces_of(first: int, n: int, run: int, wanted: set[int]) -> list[tuple[int, int]]:
    """Where the wanted runs of a block begin and end in it, neighbours together.

    >>> pieces_of(30, 25, 10, {0, 3, 4, 5})
    [(0, 25)]
    >>> pieces_of(30, 25, 10, {3, 5})
    [(0, 10), (20, 25)]
    """
    pieces: list[tuple[int, int]] = []
    for start in range(0, n, run):
        end = min(start + run, n)
        if (first + start) // run not in wanted:
            continue
        if pieces and pieces[-1][1] == start:
            pieces[-1] = pieces[-1][0], end
        else:
            pieces.append((start, end))
    return pieces


def dask(module: str = "dask.array") -> Any:
    """A module of Dask's. Errors: ImportError that says what to install."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"a Replay on a cluster needs Dask: pip install 'glassgrad[cluster]'; {error}") from error


class Lengths:
    """How many rows each part of an array or a frame has, counted once, where they are.

    Without a client Dask decides where that is.
    """

    def __init__(self, client: Any) -> None:
        self.client, self.known = client, dict[str, list[int]]()     # by the name of the array or the frame

    def __call__(self, name: str, parts: Sequence[Any]) -> list[int]:
        if name not in self.known:
            delayed = dask("dask").delayed(len, pure=True)
            counts = dask("dask").delayed([delayed(part) for part in parts])
            self.known[name] = self.client.compute(counts).result() if self.client else counts.compute()
        return self.known[name]


def array_of(rows: Any, labels: Sequence[str], lengths: Lengths, what: str = "a Replay on a cluster") -> Any:
    """Rows as a Dask array with a column for each label, in one chunk, of which the length is known.

    Errors: TypeError and ValueError for what is no such array or frame.
    """
    if not is_lazy(rows):
        raise TypeError(f"{what} needs a Dask array or frame; {brief(rows)} is {described(rows)}; write "
                        "dask.array.from_array(rows), or do without the cluster")
    if is_frame(rows):
        return array_of_frame(rows, order_of(rows, labels), lengths)
    if getattr(rows, "ndim", 0) != 2 or rows.shape[1] != len(labels):
        raise ValueError(f"{what} needs an array of rows of {len(labels)} numbers, one for each input; one of shape "
                         f"{getattr(rows, 'shape', 'unknown')} came")
    array = counted_rows(rows, lengths)
    return array.rechunk({1: -1}) if array.numblocks[1] > 1 else array


def counted_rows(array: Any, lengths: Lengths) -> Any:
    """The array with the lengths of its chunks, counted where they are not known."""
    if not any([n != n for n in array.chunks[0]]):
        return array
    parts  = array.to_delayed().reshape(array.numblocks[0], -1)[:, 0].tolist()
    chunks = tuple(lengths(array.name, parts)), *array.chunks[1:]
    return dask().Array(array.dask, array.name, chunks, meta=array._meta)


def array_of_frame(frame: Any, names: Sequence[Any], lengths: Lengths) -> Any:
    """Some columns of a frame, as an array."""
    parts  = frame.to_delayed()
    counts = lengths(frame._name, parts)
    array, delayed, first, matrices = dask(), dask("dask").delayed, 0, []
    for part, n in zip(parts, counts):
        matrix = delayed(matrix_of_part)(part, names, first)
        matrices.append(array.from_delayed(matrix, (n, len(names)), dtype=float))
        first += n
    return array.concatenate(matrices)


def matrix_of_part(part: Any, names: Sequence[Any], first: int) -> Any:
    """Some columns of a part of a frame. Errors: TypeError and ValueError with the row's number among all rows."""
    try:
        return frame_matrix(part, names)
    except (TypeError, ValueError) as error:
        raise renumbered(error, first) from None


def whole_runs(array: Any, run: int, threads: int) -> Any:
    """The array in chunks of whole runs of so many rows, as many as so many threads are busy with."""
    n, width = array.shape
    chunks, most = array.chunks[0], max(ROOM // max(width, 1) // run, 1) * run
    whole = not any([length % run for length in chunks[:-1]])
    if whole and max(chunks) <= most and len(chunks) <= 2 * BLOCKS * threads:
        return array
    each = min(max(-(-n // (run * BLOCKS * threads)), FEWEST) * run, most)
    full, rest = divmod(n, each)
    return array.rechunk({0: (each,) * full + (rest,) * min(rest, 1)}, method="tasks") if n else array


def blocks_of(array: Any) -> Blocks:
    """The chunks of an array, each to be computed where its sums are."""
    lengths = array.chunks[0]
    return Blocks(array.to_delayed().ravel().tolist(), lengths, [[(0, n)] for n in lengths])
