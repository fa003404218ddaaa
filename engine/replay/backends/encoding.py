"""A program as the numbers that the block interpreter loads: for each place what finds it, from what, and when."""
from __future__ import annotations

from array import array
from itertools import chain

from engine.replay.program import LEAVES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from engine.replay.program import Program


def codes(instructions: str) -> dict[str, int]:
    """The number of each instruction, then those of a place that a row finds besides its first, and of any leaf."""
    names = [*instructions.split(), "result"]
    return {**dict.fromkeys(LEAVES, len(names)), **{name: code for code, name in enumerate(names)}}


def encoded(program: Program, codes: Mapping[str, int]) -> list[Any]:
    """The program as arrays of numbers, in the order of `Given` in engine/native/interpreter/loading.h."""
    known = [program.seed, program.zero, program.one, program.minus, program.number(-0.0)]
    arguments, numbers = program.arguments, program.numbers
    targets = [some for at, some in program.targets.items() if program.names[at] == "reduce"]

    def places(some: Iterable[int]) -> Any:
        return array("I", list(some))
    return [places(map(codes.__getitem__, program.names)), places(map(len, arguments)),
            places(chain.from_iterable(arguments)), bytes(program.stages), places(known), places(numbers),
            array("d", numbers.values()), places(chain.from_iterable(targets)), places(program.columns),
            places(program.leaves), places(program.sums), places(program.results)]
