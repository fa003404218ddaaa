"""The backend of the compiled core: the program of a tape, encoded for the block interpreter."""
from __future__ import annotations

import os
from array import array

from engine.native import name as core
from engine.replay.floats import Floats, total
from engine.replay.program import AFTER, BEFORE, EFFECTS, ON, Program
from engine.replay.rows import complaint, numpy
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from engine.replay.tape import Tape

CACHE = 512 * 1024                                   # bytes that a block's registers may fill
PAYS  = 2_000_000                                    # instructions times rows from which on threads pay
NONE  = 0xffffffff                                   # the register of what is not used


def blocks() -> Any:
    """The compiled interpreter. Errors: ImportError where it was not built."""
    from engine.native import blocks  # type: ignore[attr-defined]
    return blocks


class Native:
    """Runs a tape on rows in memory, on several threads where that pays."""

    name = "native"

    def __init__(self, tape: Tape, floats: Floats, threads: int = 0, machine: str = "", rows: int = 0) -> None:
        self.tape, self.floats, self.threads, self.rows = tape, floats, threads, rows
        self.blocks = blocks()
        self.machine = machine or self.blocks.MACHINES[0]
        self.programs: dict[bool, tuple[Any, int]] = {}
        self.nodes: tuple[Any, ...] = ()             # what the interpreter needs to find numbers in compiled nodes
        if core == "native":
            from engine.native import core as compiled  # type: ignore[attr-defined]
            self.nodes = tuple(tape.leaves), Value, compiled.DATA, compiled.GRAD

    def backward(self, rows: Any) -> float | None:
        """The first output's sum, its gradient added to the leaves' grads; None where it takes the longer way."""
        if not self.nodes:
            return None
        program, length = self.program(True)
        threads = self.threads or cores()
        return self.blocks.backward(  # type: ignore[no-any-return]
            program, rows, *self.nodes, threads, 0 if self.threads else PAYS // max(length, 1))

    def program(self, gradient: bool) -> tuple[Any, int]:
        """The loaded program and its length, made when it is first used."""
        if gradient not in self.programs:
            encoded = Encoded(Program(self.tape, gradient), self.blocks.INSTRUCTIONS.split())
            size = self.rows or encoded.block(self.blocks.RUN)
            self.programs[gradient] = encoded.load(self.blocks, self.machine, size), encoded.length
        return self.programs[gradient]

    def perform(self, rows: Any, outputs: Any, leaves: Sequence[float]) -> Any:
        """What the interpreter answers."""
        program, length = self.program(outputs is None)
        n = len(rows)
        threads = self.threads or (cores() if n * length > PAYS else 1)
        return self.blocks.perform(program, buffer(rows), outputs, leaves, n, threads)

    def failed(self, rows: Any, starts: Sequence[int]) -> list[tuple[int, list[float]]]:
        """The numbers and rows of the runs that failed. Errors: ValueError for nan and infinity among them."""
        found: list[tuple[int, list[float]]] = []
        for start in starts:
            some = rows[start:start + self.blocks.RUN]
            some = some.tolist() if hasattr(some, "tolist") else some
            for i, row in enumerate(some, start):
                if any(x - x != 0.0 for x in row):
                    complaint(rows, self.tape.width, [v.label for v in self.tape.leaves[:self.tape.width]])
                found.append((i, row))
        return found

    def values(self, rows: Any, leaves: list[float]) -> Any:
        """The outputs for each row."""
        width = len(self.tape.outputs)
        np = numpy()
        found = array("d", bytes(8 * width * len(rows))) if np is None else np.empty((len(rows), width))
        answer = self.perform(rows, found, leaves)
        if answer is None:
            return self.floats.values(rows, leaves)
        grouped: Any = found if np is not None else [found[i:i + width].tolist() for i in range(0, len(found), width)]
        for i, row in self.failed(rows, answer[1]):
            grouped[i] = self.floats.row_values(row, leaves, i)
        return grouped

    def gradient(self, rows: Any, leaves: list[float]) -> list[float]:
        """The sums over all rows of the first output and of its slope by each leaf."""
        answer = self.perform(rows, None, leaves)
        if answer is None:
            self.failed(rows, range(0, len(rows), self.blocks.RUN))
            return self.floats.gradient(rows, leaves)
        found, starts = answer
        if starts:
            more: list[list[float]] = [[x] for x in found]
            for i, row in self.failed(rows, starts):
                z, slopes = self.floats.row_gradient(row, leaves, i)
                for column, x in zip(more, (z, *slopes)):
                    column.append(x)
            found = [total(column) for column in more]
        return found  # type: ignore[no-any-return]


def buffer(rows: Any) -> Any:
    """The rows' numbers, one after the other, in memory."""
    return rows if not isinstance(rows, list) else array("d", [x for row in rows for x in row])


def cores() -> int:
    """How many threads can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Encoded:
    """A program as numbers: uniforms and registers for its places, and its instructions in their terms.

    The place of a uniform is twice its number and 1, that of a register twice its number. A register is free again
    after its last use.
    """

    def __init__(self, program: Program, instructions: Sequence[str]) -> None:
        self.program, self.length = program, len(program.stage(ON))
        self.codes = {name: code for code, name in enumerate(instructions)}
        self.places = [0] * len(program.names)       # of the program's places
        self.numbers = array("d")                    # the uniforms
        self.place_uniforms()
        self.registers, self.columns, self.seed = 0, list[int](), -1
        self.free: list[int] = []
        self.last = self.last_uses()
        self.place_columns()
        self.words = [self.uniform_words(BEFORE), self.row_words(), self.uniform_words(AFTER)]

    def place_uniforms(self) -> None:
        """Give each uniform its number."""
        program, places = self.program, self.places
        self.same = [at for at, stage in enumerate(program.stages) if stage != ON]
        for k, at in enumerate(self.same):
            places[at] = 2 * k + 1
        self.unused = len(self.same)                 # where an instruction leaves what is no result
        self.numbers.extend([program.numbers.get(at, 0.0) for at in [*self.same, -1]])

    def last_uses(self) -> list[int]:
        """For each place the instruction on the rows that uses it last; -1 for none, and for what is kept."""
        program, last = self.program, [-1] * len(self.places)
        for at in program.stage(ON):
            for p in program.arguments[at]:
                last[p] = at
        for p in [*program.results, program.seed, *self.same]:
            last[p] = -1
        return last

    def register(self) -> int:
        if self.free:
            return self.free.pop()
        self.registers += 1
        return self.registers - 1

    def place_columns(self) -> None:
        """Give the inputs and the seed their registers, where they are used."""
        program, places = self.program, self.places
        if program.live[program.seed]:
            self.seed = self.register()
            places[program.seed] = 2 * self.seed
        for p in program.columns:
            self.columns.append(self.register() if program.live[p] else NONE)
            places[p] = 2 * self.columns[-1]

    def block(self, most: int) -> int:
        """How many rows keep the registers in the cache: a power of 2, at least 8."""
        size = most
        while size > 8 and self.registers * size * 8 > CACHE:
            size //= 2
        return size

    def row_words(self) -> list[int]:
        """The instructions on the rows; each result has a register until its last use."""
        program, places, last, free = self.program, self.places, self.last, self.free
        names, arguments, words = program.names, program.arguments, list[int]()
        for at in program.stage(ON):
            name, operands = names[at], [places[p] for p in arguments[at]]
            for p in arguments[at]:
                if last[p] == at:
                    last[p] = -1                     # free it once
                    free.append(places[p] >> 1)
            if name in EFFECTS:
                words += self.codes[name], 0, *self.effect(at, operands)
                continue
            if name == "dot":                        # a uniform factor comes first
                for i in range(1, len(operands), 2):
                    if operands[i] & 1:
                        operands[i - 1:i + 1] = operands[i], operands[i - 1]
            result = free.pop() if free else self.register()
            places[at] = 2 * result
            words += self.codes[name], result, len(operands), *operands
        return words

    def effect(self, at: int, operands: list[int]) -> list[int]:
        """The places of an instruction that has no result, their number before them."""
        if self.program.names[at] == "reduce":
            pairs = zip(operands[1:], self.program.targets[at])
            operands = [operands[0], *[p for pair in pairs for p in pair]]
        return [len(operands), *operands]

    def uniform_words(self, stage: int) -> list[int]:
        """The instructions of another stage: each its code, its result, the number of its places, and these."""
        program, places, words = self.program, self.places, list[int]()
        for at in program.stage(stage):
            operands = [places[p] for p in program.arguments[at]]
            result = self.unused if program.names[at] in EFFECTS else places[at] >> 1
            words += self.codes[program.names[at]], result, len(operands), *operands
        return words

    def load(self, blocks: Any, machine: str, rows: int) -> Any:
        """The program in the interpreter's hands."""
        program, places = self.program, self.places
        return blocks.load(machine, rows, max(self.registers, 1), self.seed,
                           *[array("I", words) for words in self.words], array("I", self.columns),
                           *[array("I", [places[p] >> 1 for p in some]) for some in (program.leaves, program.sums)],
                           array("I", [places[p] for p in program.results]), self.numbers)
