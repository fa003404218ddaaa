"""The backend on NumPy: the program of a tape as straight-line Python over blocks of rows; sums are compensated."""
from __future__ import annotations

from math import fsum

from engine.errors import FAILURES
from engine.formula import FLOATS, FUNCTIONS, stands_for
from engine.readers.unrolled import NESTED
from engine.replay.backends.floats import Floats, total
from engine.replay.program import AFTER, BEFORE, EFFECTS, ON, Program
from engine.replay.rows import numpy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from engine.replay.tape import Tape

    Partial = tuple[list[list[float]], list[list[float]]]        # of each sum the parts; and by rows, where that fails

INFIX       = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
COMPARED    = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
PYTHON      = {"and": "(({} != 0.0) & ({} != 0.0)) * 1.0", "or": "(({} != 0.0) | ({} != 0.0)) * 1.0", "neg": "-{}",
               "not": "({} == 0.0) * 1.0", "select": "where({} != 0.0, {}, {})", "pow": "power({}, {})"}
ROOM        = 1 << 22                                # numbers that a block's arrays hold in all, about
LEAST, MOST = 16, 4096                               # rows of a block
LINES       = 64                                     # of a matrix that stays in the cache


class Arrays:
    """Runs a tape on rows in an array."""

    name = "numpy"

    def __init__(self, tape: Tape, floats: Floats) -> None:
        np = numpy()
        assert np is not None
        self.np, self.tape, self.floats = np, tape, floats
        self.programs: dict[bool, tuple[Any, int]] = {}

    def functions(self, gradient: bool) -> tuple[dict[str, Any], int]:
        """The three functions of a program, compiled when they are first used, and how many rows a block has."""
        if gradient not in self.programs:
            program = Program(self.tape, gradient)
            scope = {"rest": self.rest, "fsum": self.fsum, "need": self.need, "where": self.np.where,
                     "power": self.np.power, **grammar(self.np)}
            exec(compile(source(program), "<replay>", "exec"), scope)
            size = ROOM // max(sum(program.live), 1)
            scope["sums"] = len(program.sums)
            self.programs[gradient] = scope, max(min(size, MOST), LEAST)
        return self.programs[gradient]

    def blocks(self, rows: Any, size: int) -> Iterable[tuple[int, Any]]:
        """Where each block of rows begins, and its columns."""
        return ((i, self.np.ascontiguousarray(rows[i:i + size].T)) for i in range(0, len(rows), size))

    def values(self, rows: Any, leaves: Sequence[float]) -> Any:
        """The outputs for each row."""
        np = self.np
        outputs = np.empty((len(rows), len(self.tape.outputs)))
        functions, size = self.functions(False)
        with self.strictly():
            numbers = [np.float64(x) for x in leaves]
            try:
                begun = functions["start"](numbers)
            except FAILURES:
                return self.floats.values(rows, leaves)
            for i, columns in self.blocks(rows, size):
                block = outputs[i:i + size]
                try:
                    for k, output in enumerate(functions["block"](columns, numbers, begun)):
                        block[:, k] = output
                except FAILURES:
                    block[:] = [self.floats.row_values(row, leaves, at)
                                for at, row in enumerate(rows[i:i + size].tolist(), i)]
        return outputs

    def gradient(self, rows: Any, leaves: Sequence[float]) -> list[float]:
        """The sums over all rows of the first output and of its slope by each leaf."""
        sums = self.total([self.partial(rows, leaves)], leaves) if len(rows) else [0.0] * (1 + len(self.tape.leaves))
        return self.floats.gradient(rows, leaves) if sums is None else sums

    @property
    def run(self) -> int:
        """How many rows a run has; row i belongs to run i // run."""
        return self.functions(True)[1]

    def partial(self, rows: Any, leaves: Sequence[float]) -> Partial:
        """What whole runs, of which the last may be shorter, add to the sums over the rows."""
        np = self.np
        functions, size = self.functions(True)
        sums = Sums(np, functions["sums"])
        by_floats: list[list[float]] = [[] for _ in range(1 + len(self.tape.leaves))]        # where the program fails
        with self.strictly():
            numbers = [np.float64(x) for x in leaves]
            try:
                begun = functions["start"](numbers)
            except FAILURES:
                self.by_rows(rows, leaves, 0, by_floats)
                return [], by_floats
            for i, columns in self.blocks(rows, size):
                try:
                    sums.add(functions["block"](columns, numbers, begun), columns.shape[1])
                except FAILURES:
                    self.by_rows(rows[i:i + size], leaves, i, by_floats)
        return sums.parts, by_floats

    def joined(self, partials: Sequence[Partial]) -> Partial:
        """One that stands for these, the first ones of all, in order."""
        sums, by_floats = [sums for sums, _ in partials if sums], [found for _, found in partials]
        return self.floats.joined(sums), self.floats.joined(by_floats)

    def total(self, partials: Sequence[Partial], leaves: Sequence[float]) -> list[float] | None:
        """The sums over all rows, from what their runs add to them; None where floats have to find them."""
        np = self.np
        functions, _ = self.functions(True)
        whole = [[x for part in parts for x in part] for parts in zip(*[sums for sums, _ in partials if sums])]
        results: Sequence[float] = [0.0] * (1 + len(self.tape.leaves))
        with self.strictly():
            try:
                numbers = [np.float64(x) for x in leaves]
                if any([sums for sums, _ in partials]) or not functions["sums"]:
                    sums    = [np.float64(total(parts)) for parts in whole]
                    results = functions["finish"](numbers, functions["start"](numbers), sums)
            except FAILURES:
                return None
        return [total([float(x), *[y for column in columns for y in column]])
                for x, columns in zip(results, zip(*[by_floats for _, by_floats in partials]))]

    def strictly(self) -> Any:
        """Where NumPy raises what Python would; underflow is silent."""
        return self.np.errstate(over="raise", divide="raise", invalid="raise", under="ignore")

    def by_rows(self, rows: Any, leaves: Sequence[float], start: int, columns: Sequence[list[float]]) -> None:
        """Note in columns what floats find for each row: the first output, and its slope by each leaf."""
        for i, row in enumerate(rows.tolist(), start):
            z, slopes = self.floats.row_gradient(row, leaves, i)
            for column, x in zip(columns, (z, *slopes)):
                column.append(x)

    def need(self, condition: Any) -> None:
        """Errors: ValueError where a condition, which may be the same for all rows, fails on some row."""
        if not self.np.all(condition):
            raise ValueError

    def rest(self, *terms: Any) -> Any:
        """The sum of all terms but the first largest."""
        np = self.np
        stacked = np.array(np.broadcast_arrays(*terms))
        np.put_along_axis(stacked, stacked.argmax(axis=0)[None], 0.0, axis=0)
        z = stacked[0]
        for term in stacked[1:]:
            z = z + term
        return z

    def fsum(self, *terms: Any) -> Any:
        """The exactly rounded sum."""
        np = self.np
        whole = np.broadcast_arrays(*terms)
        if whole[0].ndim == 0:
            return np.float64(fsum([float(x) for x in whole]))
        return np.array([fsum(column) for column in zip(*[term.tolist() for term in whole])])


class Sums:
    """Sums over the rows: within a block in a tree of exact additions, whose errors are kept; then exact."""

    def __init__(self, np: Any, n: int) -> None:
        self.np = np
        self.parts: list[list[float]] = [[] for _ in range(n)]

    def add(self, terms: Sequence[tuple[int, Any]], n: int) -> None:
        """Add n rows to the sums: for each the number of the sum, and its terms. Errors: FloatingPointError."""
        np = self.np
        for at in range(0, len(terms), LINES):
            some = terms[at:at + LINES]
            matrix = np.empty((len(some), n))
            for k, (_, term) in enumerate(some):
                matrix[k] = term
            heads, tails = compensated(np, matrix)
            for (target, _), head, tail in zip(some, heads, tails):
                self.parts[target] += head, tail


def grammar(np: Any) -> dict[str, Any]:
    """What the grammar's functions are on arrays."""
    missing = [name for name, function in FUNCTIONS.items() if not function.arrays]
    return stands_for("arrays", np, {name: np.vectorize(FLOATS[name], otypes=[float]) for name in missing})


def compensated(np: Any, terms: Any) -> tuple[list[float], list[float]]:
    """Each line's sum, and what was lost in it."""
    lost = np.zeros_like(terms)
    while (n := terms.shape[1]) > 1:
        half = n // 2
        x, y = terms[:, :half], terms[:, half:2 * half]
        z = x + y
        shift = z - x
        error = (x - (z - shift)) + (y - shift)
        error += lost[:, :half] + lost[:, half:2 * half]
        if n % 2:
            z, error = np.hstack([z, terms[:, -1:]]), np.hstack([error, lost[:, -1:]])
        terms, lost = z, error
    return terms[:, 0].tolist(), lost[:, 0].tolist()


def source(program: Program) -> str:
    """Three functions: `start(leaves)`, `block(columns, leaves, begun)`, `finish(leaves, begun, sums)`."""
    leaves, columns, sums = take(program.leaves, "leaves"), take(program.columns, "columns"), take(program.sums, "sums")
    begun = [at for at in program.stage(BEFORE) if program.names[at] not in EFFECTS]
    given = [*leaves, *take(begun, "begun")]
    results = ", ".join(operand(program, p) for p in program.results)
    of_block, of_all = (added(program), results) if program.sums else (results, "")
    return "\n".join([
        function("start(leaves)", [*leaves, *statements(program, BEFORE)], ", ".join(f"p{at}" for at in begun)),
        function("block(columns, leaves, begun)", [*given, *columns, *statements(program, ON)], of_block),
        function("finish(leaves, begun, sums)", [*given, *sums, *statements(program, AFTER)], of_all)])


def function(head: str, lines: Sequence[str], results: str) -> str:
    """A function that returns a list of results."""
    return "\n    ".join([f"def {head}:", *lines, f"return [{results}]\n"])


def take(places: Sequence[int], what: str) -> list[str]:
    """The statement that takes a sequence apart."""
    targets = "".join(f"p{at}, " for at in places)
    return [f"{targets}= {what}"] if places else []


def statements(program: Program, stage: int) -> list[str]:
    """The instructions of a stage as Python."""
    lines = [statement(program, at) for at in program.stage(stage)]
    return [line for line in lines if line]


def added(program: Program) -> str:
    """What a block adds to sums: the number of each sum, and its terms."""
    return ", ".join(f"({target}, {term})" for at in program.stage(ON) if program.names[at] in ("reduce", "total")
                     for target, term in reduced(program, at))


def operand(program: Program, p: int) -> str:
    """A place as Python."""
    if p == program.seed:
        return "1.0"
    if p in program.numbers:
        return f"({program.numbers[p]!r})"
    return f"p{p}"


def reduced(program: Program, at: int) -> list[tuple[int, str]]:
    """The numbers of the sums that an instruction adds to, and what it adds."""
    g, *slopes = (operand(program, p) for p in program.arguments[at])
    return [(target, product(g, slope)) for target, slope in zip(program.targets[at], slopes)]


def product(x: str, y: str) -> str:
    if x == "1.0":
        return y
    return x if y in ("1.0", "(1.0)") else f"{x} * {y}"


def statement(program: Program, at: int) -> str:
    """One instruction as Python; nothing for a sum over the rows, which is returned."""
    name, operands = program.names[at], [operand(program, p) for p in program.arguments[at]]
    if name in ("reduce", "total"):
        return ""
    if name == "need":
        return f"need({operands[0]})"
    if name == "dot":
        return sum_of_products(f"p{at}", operands)
    return f"p{at} = {expression(name, operands)}"


def sum_of_products(z: str, factors: Sequence[str]) -> str:
    """The statements that add up products, each of so many as Python takes within each other."""
    terms = [product(x, y) for x, y in zip(factors[::2], factors[1::2])]
    first, *others = [" + ".join(terms[i:i + NESTED]) for i in range(0, len(terms), NESTED)]
    return "\n    ".join([f"{z} = {first}", *[f"{z} = {z} + {part}" for part in others]])


def expression(name: str, operands: Sequence[str]) -> str:
    """What an instruction does, as Python."""
    if name in INFIX:
        return f"{operands[0]} {INFIX[name]} {operands[1]}"
    if name in COMPARED:
        return f"({operands[0]} {COMPARED[name]} {operands[1]}) * 1.0"
    if name in PYTHON:
        return PYTHON[name].format(*operands)
    return f"{name}({', '.join(operands)})"
