"""The instructions of the block interpreter, and those that do the work of several."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

OPEN, RAMP, GATE, TIMES, KINDS = range(5)            # what becomes of a layer's sum; and how many there are


class Instruction:
    """A function, the places of its results, and the varying or uniform places it reads; `at` is where it runs."""

    __slots__ = "at", "name", "results", "reads"

    def __init__(self, at: int, name: str, results: list[int], reads: tuple[int, ...]) -> None:
        self.at, self.name, self.results, self.reads = at, name, results, reads

    def used(self) -> Sequence[int]:
        """All that has to be there before it runs."""
        return self.reads


class Row(Instruction):
    """A row of the table; of its results after the first those that nobody uses are -1."""

    __slots__ = ()


class Layer(Instruction):
    """For each result what becomes of a sum, the uniform that it begins with, and the uniform factors of what is read.

    It stays as it is, OPEN; or is 0, behind a RAMP where it is not above 0 itself, behind a GATE where the place given
    is not; or is multiplied, TIMES that place.
    """

    __slots__ = "first", "gates", "starts", "factors"

    def __init__(self, at: int, reads: tuple[int, ...]) -> None:
        super().__init__(at, "layer", [], reads)
        self.first = at
        self.gates: list[tuple[int, int]] = []
        self.starts: list[int] = []
        self.factors: list[tuple[int, ...]] = []

    def used(self) -> Sequence[int]:
        return [*self.reads, *[p for _, p in self.gates if p >= 0]]


class Products(Instruction):
    """The sum of products of what is read, two by two; `signs` says which are subtracted."""

    __slots__ = "signs",

    def __init__(self, at: int, reads: tuple[int, ...], signs: list[bool]) -> None:
        super().__init__(at, "dot", [at], reads)
        self.signs = signs


class Reduction(Instruction):
    """Adds each of `terms` times all that is read to the sums over the rows that are its targets."""

    __slots__ = "first", "terms", "targets"

    def __init__(self, at: int, reads: tuple[int, ...]) -> None:
        self.at, self.name, self.results, self.reads, self.first = at, "reduce", [], reads, at
        self.terms: list[int] = []
        self.targets: list[list[int]] = []

    def used(self) -> Sequence[int]:
        return [*self.terms, *self.reads]
