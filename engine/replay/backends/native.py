"""The backend of the compiled core: the program of a tape, encoded for the block interpreter."""
from __future__ import annotations

import os
from array import array
from functools import cache, cached_property
from itertools import starmap

from engine.native import name as core
from engine.native.sources import form
from engine.replay.backends import encoding
from engine.replay.backends.encoding import encoded
from engine.replay.backends.floats import Floats, few, plain, total
from engine.replay.program import Program
from engine.replay.rows import complaint, numpy
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from engine.replay.tape import Tape

    Partial = tuple[bytes, list[list[float]]]    # the sums of runs; and by rows, where these are not finite

FEW = 4096                                           # rows of lists whose outputs are had sooner than NumPy is loaded


@cache
def blocks() -> Any:
    """The compiled interpreter. Errors: ImportError where it was not built, or for programs of another form."""
    from engine.native import blocks  # type: ignore[attr-defined]
    try:
        same = blocks.FORM == form()
    except OSError:                                  # installed without its source, as it was built
        same = True
    if not same:
        raise ImportError("the block interpreter was built before the code that encodes them changed: install again")
    return blocks


@cache
def kernels() -> dict[str, str]:
    """The names of the instructions that do what a whole row does, by the signature of its template."""
    pairs = [line.split(": ", 1) for line in blocks().ROWS.splitlines()]
    return {signature: name for name, signature in pairs}


@cache
def codes() -> dict[str, int]:
    """The interpreter's numbers of instructions."""
    return encoding.codes(blocks().INSTRUCTIONS)


class Native:
    """Runs a tape on rows in memory, on several threads where that pays."""

    name = "native"

    def __init__(self, tape: Tape, floats: Floats, threads: int = 0, machine: str = "", rows: int = 0) -> None:
        self.tape, self.floats, self.rows = tape, floats, rows
        self.threads = threads or -cores()           # if negative, up to so many, where they pay
        self.blocks = blocks()
        self.machine = machine or self.blocks.MACHINES[0]
        if self.machine not in self.blocks.MACHINES:
            raise ValueError(f"Replay's kernels are one of {', '.join(self.blocks.MACHINES)} on this processor; "
                             f"{machine!r} came")
        self.programs: dict[bool, Any] = {}
        self.nodes: tuple[Any, ...] = ()             # what the interpreter needs to find numbers in compiled nodes
        if core == "native":
            from engine.native import core as compiled  # type: ignore[attr-defined]
            self.nodes = tuple(tape.leaves), Value, compiled.DATA, compiled.GRAD

    @cached_property
    def quick(self) -> Any:
        """What works on the fields of compiled nodes: `add`, `put` and `leaves`; None where there are no such nodes.

        `add(rows)` gives the first output's sum, its gradient added to the leaves' grads; after `put(rows, count)` the
        grads of the leaves that are no inputs are the gradient divided by a count. Both give None where that takes a
        longer way. `leaves()` are the numbers of the leaves that are no inputs.
        """
        if not self.nodes:
            return None
        return self.blocks.gradient(self.program(True), *self.nodes, self.threads)

    def moving(self, values: Any, before: Any, after: Any, leaves: list[float]) -> Any:
        """What moves bound values as it is run, and says whether it did; nothing where they are no compiled nodes."""
        if not self.nodes:
            return iter(())
        how = *self.nodes[2:], self.threads
        return starmap(self.blocks.update, [(self.program(False), values, leaves, before, after, *how)])

    def read(self, rows: Any) -> Any:
        """A list of lists of floats and ints as a matrix in memory, which takes no NumPy; None for other rows."""
        return listed(rows, self.tape.width)

    def program(self, gradient: bool) -> Any:
        """The loaded program, made when it is first used."""
        if gradient not in self.programs:
            program = encoded(Program(self.tape, gradient, kernels()), codes())
            self.programs[gradient] = self.blocks.load(self.machine, self.rows, *program)
        return self.programs[gradient]

    def perform(self, rows: Any, leaves: Sequence[float], outputs: Any = None, parts: Any = None) -> Any:
        """What the interpreter answers."""
        program = self.program(outputs is None)
        return self.blocks.perform(program, buffer(rows), outputs, parts, leaves, len(rows), self.threads)

    def failed(self, rows: Any, parts: Sequence[tuple[int, int]]) -> list[tuple[int, list[float]]]:
        """The numbers and rows of the parts that failed. Errors: ValueError for nan and infinity among them."""
        failed: list[tuple[int, list[float]]] = []
        if parts and isinstance(rows, memoryview):   # which cannot be sliced
            rows = rows.tolist()
        for start, end in parts:
            for i, row in enumerate(plain(rows[start:end]), start):
                if any(x - x != 0.0 for x in row):
                    complaint(rows, self.tape.width, [v.label for v in self.tape.leaves[:self.tape.width]])
                failed.append((i, row))
        return failed

    def values(self, rows: Any, leaves: list[float]) -> Any:
        """The outputs for each row."""
        width = len(self.tape.outputs)
        np = None if isinstance(rows, memoryview) and len(rows) < FEW else numpy()
        outputs: Any = array("d", bytes(8 * width * len(rows))) if np is None else np.empty((len(rows), width))
        answer = self.perform(rows, leaves, outputs)
        if answer is None:
            return self.floats.values(rows, leaves)
        if np is None:
            outputs = [outputs[i:i + width].tolist() for i in range(0, len(outputs), width)]
        _, parts = answer
        for i, row in self.failed(rows, parts):
            outputs[i] = self.floats.row_values(row, leaves, i)
        return outputs

    def gradient(self, rows: Any, leaves: list[float]) -> list[float]:
        """The sums over all rows of the first output and of its slope by each leaf."""
        answer = self.perform(rows, leaves)
        if answer is None:
            self.failed(rows, [(0, len(rows))])
            return self.floats.gradient(rows, leaves)
        sums, parts = answer
        return with_rows(sums, self.row_gradients(rows, leaves, parts))

    def row_gradients(self, rows: Any, leaves: list[float], parts: Sequence[tuple[int, int]]) -> list[list[float]]:
        """For each row of the parts that failed the first output and its slopes, by floats."""
        found = [self.floats.row_gradient(row, leaves, i) for i, row in self.failed(rows, parts)]
        return [[z, *slopes] for z, slopes in found]

    # The same sums, run by run, wherever it is that a run is computed

    @property
    def run(self) -> int:
        """How many rows a run has; row i belongs to run i // run."""
        return self.blocks.measures(self.program(True))[0]  # type: ignore[no-any-return]

    def partial(self, rows: Any, leaves: list[float]) -> Partial:
        """What whole runs, of which the last may be shorter, add to the sums over the rows."""
        run, width = self.blocks.measures(self.program(True))
        parts = array("d", bytes(8 * width * -(-len(rows) // run)))
        answer = self.perform(rows, leaves, parts=parts)
        if answer is None:
            return b"", self.row_gradients(rows, leaves, [(0, len(rows))])
        return parts.tobytes(), self.row_gradients(rows, leaves, answer[1])

    def joined(self, partials: Sequence[Partial]) -> Partial:
        """One that stands for these, the first ones of all, in order."""
        runs = self.blocks.joined(self.program(True), b"".join([parts for parts, _ in partials]))
        return runs, few([row for _, rows in partials for row in rows])

    def total(self, partials: Sequence[Partial], leaves: list[float]) -> list[float] | None:
        """The sums over all rows, from what their runs add to them, in order; None where floats have to find them."""
        sums = self.blocks.total(self.program(True), b"".join([parts for parts, _ in partials]), leaves)
        by_rows = [row for _, rows in partials for row in rows]
        if sums is None and any([parts for parts, _ in partials]):
            return None
        return with_rows(sums or [0.0] * (1 + len(self.tape.leaves)), by_rows)


def with_rows(sums: list[float], rows: Sequence[Sequence[float]]) -> list[float]:
    """Sums over rows, and what was found for other rows one by one."""
    return [total(column) for column in zip(sums, *rows)] if rows else sums


def listed(rows: Any, width: int) -> Any:
    """A list of lists of floats and ints as a matrix in memory, which takes no NumPy; None for other rows."""
    numbers = blocks().listed(rows, width)
    return None if numbers is None else memoryview(numbers).cast("d", (len(rows), width))


def buffer(rows: Any) -> Any:
    """The rows' numbers, one after the other, in memory."""
    return rows if not isinstance(rows, list) else array("d", [x for row in rows for x in row])


def cores() -> int:
    """How many threads can run at once; no more than OMP_NUM_THREADS says, where that is set."""
    wished = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return min(processors(), int(wished)) if wished.isdecimal() and int(wished) else processors()


def processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
