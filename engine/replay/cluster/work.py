"""What workers do: load a program once, run it on blocks of rows, and say which kind of processor they have.

>>> from engine import Value
>>> from engine.replay.tape import record
>>> x, w = Value(0.0, "x"), Value(3.0, "w")
>>> program = packed(record([(w * x) ** 2], [x]), "python", "", 0)
>>> sums(program, numbers_of([3.0]), [[1.0], [2.0]], 0, [(0, 2)])
[(0, [[45.0], [54.0], [30.0]])]
>>> str(sums(program, numbers_of([1e200]), [[1.0], [2.0]], 7, [(0, 2)]))[:28]
'row 7: x ** 2.0 overflows, i'
"""
from __future__ import annotations

import os
import pickle
import re
import threading
from array import array as flat
from hashlib import sha256
from math import inf
from time import perf_counter

from engine.errors import FAILURES
from engine.replay.backends import choose
from engine.replay.backends.floats import few
from engine.replay.backends.native import blocks, cores, processors
from engine.replay.rows import matrix
from engine.replay.tape import Tape
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Piece   = tuple[int, int]                        # where some whole runs begin and end, within a block
    Program = tuple[str, bytes]                      # its digest, its content

PROGRAMS = 32                                        # that a worker keeps
FEW      = 64                                        # rows whose sums are sent one by one
RAISED   = FAILURES + (LookupError, ImportError)       # what is sent home
loaded: dict[str, Any] = {}                          # by digest: what runs each program that came to this worker
loading = threading.Lock()


def packed(tape: Tape, backend: str, kernels: str, threads: int) -> Program:
    """A program as it is sent, with its digest: the same for the same program, as leaves' numbers go with each step."""
    leaves  = [Value(0.0, v.label) for v in tape.leaves]
    content = pickle.dumps((Tape(leaves, tape.width, tape.steps, tape.outputs), backend, kernels, threads))
    return sha256(content).hexdigest(), content


def numbers_of(leaves: Sequence[float]) -> bytes:
    """The numbers of leaves as they are sent."""
    return flat("d", leaves).tobytes()


def runner_of(program: Program) -> Any:
    """What runs a program, made when it first comes. Errors: ImportError and ValueError where this worker cannot."""
    digest, content = program
    with loading:
        if digest not in loaded:
            while len(loaded) >= PROGRAMS:
                del loaded[next(iter(loaded))]
            tape, backend, kernels, threads = pickle.loads(content)
            loaded[digest] = choose(tape, backend, threads_here(threads), kernels)
        return loaded[digest]


def threads_here(asked: int) -> int:
    """How many threads a program has: as asked, or as OMP_NUM_THREADS says, or one; no more than there are cores.

    A worker runs several tasks at once, which share its cores.
    """
    try:
        from distributed import get_worker
        tasks = get_worker().state.nthreads
    except (ImportError, ValueError):                # this is no worker
        tasks = 1
    wished = asked or (cores() if "OMP_NUM_THREADS" in os.environ else 1)
    return max(1, min(wished, processors() // tasks))


def kind(dask_worker: Any = None) -> dict[str, Any]:
    """What decides which programs a process can run, and which bits they find; and how many bytes it may take."""
    room = getattr(getattr(dask_worker, "memory_manager", None), "memory_limit", None) or inf
    try:
        return {"kernels": list(blocks().MACHINES), "form": blocks().FORM, "room": room}
    except ImportError:
        return {"kernels": [], "form": 0, "room": room}


# Tasks ----------------------------------------------------------------------------------------------------------------

def matrix_of(runner: Any, block: Any) -> Any:
    """A block as a matrix of floats. Errors: those of rows."""
    tape = runner.tape
    return matrix(block, tape.width, [v.label for v in tape.leaves[:tape.width]], finite=runner.name != "native")


def sums(program: Program, leaves: bytes, block: Any, first: int, pieces: Sequence[Piece],
         by_floats: bool = False) -> Any:
    """What some pieces of a block add to the sums over all rows, each with the number of its first row; or an error.

    An error is given, not raised, lest the worker tell of it too.
    """
    at = first
    try:
        refuse(block)
        runner  = runner_of(program)
        numbers = flat("d", leaves).tolist()
        rows    = matrix_of(runner, block)
        if by_floats:
            runner = runner.floats
        found: list[tuple[int, Any]] = []
        for start, end in pieces:
            at = first + start
            found.append((at, short(runner.partial(rows[start:end], numbers))))
        return found
    except RAISED as error:
        return error if error is block else renumbered(error, at)


def refuse(block: Any) -> None:
    """Errors: what stands in the place of a block that could not be made."""
    if isinstance(block, BaseException):
        raise block


def pace(program: Program, leaves: bytes, block: Any, rows: int) -> float:
    """How many seconds this worker takes for each row, measured on the first of a block."""
    refuse(block)
    runner, numbers, some = runner_of(program), flat("d", leaves).tolist(), block[:rows]
    runner.partial(some, numbers)                    # now the program is ready, and the rows are near
    start = perf_counter()
    runner.partial(some, numbers)
    return (perf_counter() - start) / len(some)


def outputs(block: Any, program: Program, leaves: bytes, block_info: Any = None) -> Any:
    """The outputs for each row of a block. Errors: those of eager code, with the row's number among all rows."""
    return values(program, leaves, block, block_info[0]["array-location"][0][0] if block_info else 0)


def values(program: Program, leaves: bytes, block: Any, first: int) -> Any:
    """The same, of a block whose first row has this number."""
    from numpy import array
    try:
        runner = runner_of(program)
        found  = runner.values(matrix_of(runner, block), flat("d", leaves).tolist())
    except RAISED as error:
        raise renumbered(error, first) from None
    return array(found, dtype=float).reshape(len(block), len(runner.tape.outputs))


def short(partial: Any) -> Any:
    """What some rows add to the sums, with few numbers in the place of those of many rows that floats have found."""
    if partial.__class__ is not tuple or partial[0].__class__ is not bytes or len(partial[1]) <= FEW:
        return partial
    return partial[0], few(partial[1])


def renumbered(error: BaseException, first: int) -> BaseException:
    """The error, which begins with the number of a row in its block, with the number that the row has among all."""
    text  = str(error)
    found = re.match(r"(\D*\brow |\D*\btarget )(\d+)", text)
    if found:
        error.args = (f"{found[1]}{first + int(found[2])}{text[found.end():]}",)
    return error
