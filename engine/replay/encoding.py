"""A program as the numbers that the block interpreter reads."""
from __future__ import annotations

from array import array

from engine.replay.fusing import Fused
from engine.replay.groups import KINDS, Instruction, Layer, Products, Reduction, Row
from engine.replay.program import AFTER, BEFORE, EFFECTS, ON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from engine.replay.program import Program

CACHE = 512 * 1024                                   # bytes that a block's registers may fill
NONE  = 0xffffffff                                   # the register of what is not used
SEVERAL = {Layer, Reduction}                         # that use more than they read
MINUS = 1 << 31                                      # with the first factor of a product that is subtracted


class Encoded:
    """A program as numbers: uniforms and registers for its places, and its instructions in their terms.

    The place of a uniform is twice its number and 1, that of a register twice its number. A register is free again
    after its last use.
    """

    def __init__(self, program: Program, instructions: Sequence[str]) -> None:
        self.program, fused = program, Fused(program)
        self.on, self.results = fused.instructions, fused.results
        self.codes = {name: code for code, name in enumerate(instructions)}
        self.places = [0] * len(program.names)       # of the program's places
        self.numbers = array("d")                    # the uniforms
        self.place_uniforms()
        self.registers, self.columns, self.seed = 0, list[int](), -1
        self.nowhere = self.register() if any([one.__class__ is Row for one in self.on]) else -1
        self.place_registers()
        self.words = [self.uniform_words(BEFORE), self.row_words(), self.uniform_words(AFTER)]

    def place_uniforms(self) -> None:
        """Give each uniform its number."""
        program, places = self.program, self.places
        self.same = [at for at, stage in enumerate(program.stages) if stage != ON]
        for k, at in enumerate(self.same):
            places[at] = 2 * k + 1
        self.unused = len(self.same)                 # where an instruction leaves what is no result
        self.numbers.extend([program.numbers.get(at, 0.0) for at in [*self.same, -1]])

    def register(self) -> int:
        """A new register."""
        self.registers += 1
        return self.registers - 1

    def last_uses(self, used: Sequence[Sequence[int]]) -> list[int]:
        """For each place the number of the instruction that uses it last; -1 for none, and for what is kept."""
        last = [-1] * len(self.places)
        for i, reads in enumerate(used):
            for p in reads:
                last[p] = i
        for p in self.results:
            last[p] = len(self.on)
        return last

    def place_registers(self) -> None:
        """Give each varying place a register until its last use."""
        program, places, free = self.program, self.places, list[int]()
        used = [one.used() if one.__class__ in SEVERAL else one.reads for one in self.on]
        last = self.last_uses(used)
        if last[program.seed] >= 0:
            self.seed = self.register()
            places[program.seed], last[program.seed] = 2 * self.seed, -1
        for p in program.columns:
            self.columns.append(self.register() if last[p] >= 0 else NONE)
            places[p] = 2 * self.columns[-1]
        for p in self.same:                          # uniforms have no registers
            last[p] = -1
        for i, (one, reads) in enumerate(zip(self.on, used)):
            freed = [] if one.name == "layer" else free      # a layer reads on while it already writes
            for p in reads:
                if last[p] == i:
                    last[p] = -1                     # free it once
                    freed.append(places[p] >> 1)
            for p in one.results:
                if p >= 0:
                    places[p] = 2 * (free.pop() if free else self.register())
            if freed is not free:
                free += freed

    def block(self, most: int) -> int:
        """How many rows keep the registers in the cache: a power of 2, at least 8."""
        size = most
        while size > 8 and self.registers * size * 8 > CACHE:
            size //= 2
        return size

    def row_words(self) -> list[int]:
        """The instructions on the rows: each its code, its result, the number of its places, and these."""
        places, codes, words = self.places, self.codes, list[int]()
        for one in self.on:
            name, results, kind = one.name, one.results, one.__class__
            if kind is Row or kind is Instruction and name != "dot":
                operands = [places[p] for p in one.reads]
                if kind is Row:
                    operands += [places[p] >> 1 if p >= 0 else self.nowhere for p in results[1:]]
            else:
                operands = self.operands(one)
            words += codes[name], places[results[0]] >> 1 if results else 0, len(operands), *operands
        return words

    def uniform_words(self, stage: int) -> list[int]:
        """The instructions of another stage."""
        program, places, words = self.program, self.places, list[int]()
        for at in program.stage(stage):
            operands = [places[p] for p in program.arguments[at]]
            result = self.unused if program.names[at] in EFFECTS else places[at] >> 1
            words += self.codes[program.names[at]], result, len(operands), *operands
        return words

    def operands(self, one: Instruction) -> list[int]:
        """The places of an instruction that does the work of several, in the interpreter's order."""
        places = self.places
        operands = [places[p] for p in one.reads]
        if isinstance(one, Reduction):
            return [len(one.terms), len(operands), *[places[p] for p in one.terms], *operands,
                    *[target for targets in one.targets for target in targets]]
        if isinstance(one, Layer):
            found = [len(one.results), len(operands), *[p >> 1 for p in operands]]
            for result, (kind, p), start, factors in zip(one.results, one.gates, one.starts, one.factors):
                found += places[result] >> 1, kind + KINDS * (places[p] >> 1 if p >= 0 else 0)
                found += [places[p] >> 1 for p in (start, *factors)]
            return found
        if one.name == "dot":                        # a uniform factor comes first
            for i in range(1, len(operands), 2):
                if operands[i] & 1:
                    operands[i - 1:i + 1] = operands[i], operands[i - 1]
        if isinstance(one, Products):
            for k, minus in enumerate(one.signs):
                operands[2 * k] |= MINUS * minus
        return operands

    def load(self, blocks: Any, machine: str, rows: int) -> Any:
        """The program in the interpreter's hands."""
        program, places = self.program, self.places
        return blocks.load(machine, rows, max(self.registers, 1), self.seed,
                           *[array("I", words) for words in self.words], array("I", self.columns),
                           *[array("I", [places[p] >> 1 for p in some]) for some in (program.leaves, program.sums)],
                           array("I", [places[p] for p in self.results]), self.numbers)
