"""The backend on NumPy: the program of a tape as straight-line Python over blocks of rows; sums are compensated."""
from __future__ import annotations

from math import fsum

from engine.errors import FAILURES
from engine.formula import FLOATS, FUNCTIONS, stands_for
from engine.replay.backends.floats import Floats, total
from engine.replay.program import AFTER, BEFORE, EFFECTS, ON, Program
from engine.replay.rows import numpy
from engine.readers.unrolled import NESTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from engine.replay.tape import Tape

INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
COMPARED = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
TEXTS = {"and": "(({} != 0.0) & ({} != 0.0)) * 1.0", "or": "(({} != 0.0) | ({} != 0.0)) * 1.0", "neg": "-{}",
         "not": "({} == 0.0) * 1.0", "select": "where({} != 0.0, {}, {})", "pow": "power({}, {})"}
ROOM = 1 << 22                                       # numbers that a block's arrays hold in all, about
MOST = 4096                                          # rows of a block, at most


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
            exec(compile(text(program), "<replay>", "exec"), scope)
            size = ROOM // max(sum(program.live), 1)
            scope["sums"] = len(program.sums)
            self.programs[gradient] = scope, max(min(size, MOST), 16)
        return self.programs[gradient]

    def blocks(self, rows: Any, size: int) -> Iterable[tuple[int, Any]]:
        """Where each block of rows begins, and its columns."""
        return ((i, self.np.ascontiguousarray(rows[i:i + size].T)) for i in range(0, len(rows), size))

    def values(self, rows: Any, leaves: Sequence[float]) -> Any:
        """The outputs for each row."""
        np = self.np
        found = np.empty((len(rows), len(self.tape.outputs)))
        functions, size = self.functions(False)
        with np.errstate(over="raise", divide="raise", invalid="raise", under="ignore"):
            numbers = [np.float64(x) for x in leaves]
            try:
                begun = functions["start"](numbers)
            except FAILURES:
                return self.floats.values(rows, leaves)
            for i, columns in self.blocks(rows, size):
                block = found[i:i + size]
                try:
                    for k, output in enumerate(functions["block"](columns, numbers, begun)):
                        block[:, k] = output
                except FAILURES:
                    block[:] = [self.floats.row_values(row, leaves, i + k)
                                for k, row in enumerate(rows[i:i + size].tolist())]
        return found

    def gradient(self, rows: Any, leaves: Sequence[float]) -> list[float]:
        """The sums over all rows of the first output and of its slope by each leaf."""
        np, n = self.np, 1 + len(self.tape.leaves)
        functions, size = self.functions(True)
        more: list[list[float]] = [[] for _ in range(n)]         # of rows on which the program fails
        with np.errstate(over="raise", divide="raise", invalid="raise", under="ignore"):
            numbers = [np.float64(x) for x in leaves]
            try:
                begun, sums = functions["start"](numbers), Sums(np, functions["sums"])
                for i, columns in self.blocks(rows, size):
                    try:
                        sums.add(functions["block"](columns, numbers, begun), columns.shape[1])
                    except FAILURES:
                        for k, row in enumerate(rows[i:i + size].tolist(), i):
                            z, slopes = self.floats.row_gradient(row, leaves, k)
                            for column, x in zip(more, (z, *slopes)):
                                column.append(x)
                found = functions["finish"](numbers, begun, sums.found()) if len(rows) else [0.0] * n
            except FAILURES as error:
                if getattr(error, "__notes__", None) or str(error).startswith("row "):
                    raise
                return self.floats.gradient(rows, leaves)
        return [total([float(x), *column]) for x, column in zip(found, more)]

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
        for at in range(0, len(terms), 64):          # a matrix that stays in the cache
            some = terms[at:at + 64]
            matrix = np.empty((len(some), n))
            for k, (_, term) in enumerate(some):
                matrix[k] = term
            heads, tails = compensated(np, matrix)
            for (target, _), head, tail in zip(some, heads, tails):
                self.parts[target] += head, tail

    def found(self) -> list[float]:
        """The sums."""
        return [self.np.float64(total(parts)) for parts in self.parts]


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


def text(program: Program) -> str:
    """Three functions: `start(leaves)`, `block(columns, leaves, begun)`, `finish(leaves, begun, sums)`."""
    before, on, after = (program.stage(stage) for stage in (BEFORE, ON, AFTER))
    begun = [f"p{at}" for at in before if program.names[at] not in EFFECTS]
    lines = {stage: [statement(program, at) for at in some] for stage, some in enumerate((before, on, after))}
    leaves = take([f"p{at}" for at in program.leaves], "leaves")
    results = ", ".join(operand(program, p) for p in program.results)
    if program.sums:
        returned = ", ".join(f"({target}, {term})" for at in on if program.names[at] in ("reduce", "total")
                             for target, term in reduced(program, at))
    else:
        returned = results
    sums = take([f"p{at}" for at in program.sums], "sums")
    lines[ON] = [line for line in lines[ON] if line]
    return "\n    ".join([
        "def start(leaves):", *leaves, *lines[BEFORE], f"return [{', '.join(begun)}]\n",
    ]) + "\n" + "\n    ".join([
        "def block(columns, leaves, begun):", *leaves, *take(begun, "begun"),
        *take([f"p{at}" for at in program.columns], "columns"), *lines[ON], f"return [{returned}]\n",
    ]) + "\n" + "\n    ".join([
        "def finish(leaves, begun, sums):", *leaves, *take(begun, "begun"), *sums, *lines[AFTER],
        f"return [{results if program.sums else ''}]\n"])


def take(names: Sequence[str], what: str) -> list[str]:
    """The statement that takes a sequence apart."""
    return [f"{''.join(f'{name}, ' for name in names)}= {what}"] if names else []


def operand(program: Program, p: int) -> str:
    """A place as Python."""
    if p == program.seed:
        return "1.0"
    return f"p{p}" if p not in program.numbers else f"({program.numbers[p]!r})"


def reduced(program: Program, at: int) -> list[tuple[int, str]]:
    """The numbers of the sums that an instruction adds to, and what it adds."""
    g, *slopes = (operand(program, p) for p in program.arguments[at])
    return [(target, product(g, slope)) for target, slope in zip(program.targets[at], slopes)]


def product(x: str, y: str) -> str:
    return y if x == "1.0" else x if y in ("1.0", "(1.0)") else f"{x} * {y}"


def statement(program: Program, at: int) -> str:
    """One instruction as Python; nothing for a sum over the rows, which is returned."""
    name, texts = program.names[at], [operand(program, p) for p in program.arguments[at]]
    if name in ("reduce", "total"):
        return ""
    if name == "need":
        return f"need({texts[0]})"
    if name == "dot":
        terms = [product(*texts[i:i + 2]) for i in range(0, len(texts), 2)]
        parts = [" + ".join(terms[i:i + NESTED]) for i in range(0, len(terms), NESTED)]
        return "\n    ".join([f"p{at} = {parts[0]}", *[f"p{at} = p{at} + {part}" for part in parts[1:]]])
    elif name in INFIX:
        z = f"{texts[0]} {INFIX[name]} {texts[1]}"
    elif name in COMPARED:
        z = f"({texts[0]} {COMPARED[name]} {texts[1]}) * 1.0"
    else:
        z = TEXTS[name].format(*texts) if name in TEXTS else f"{name}({', '.join(texts)})"
    return f"p{at} = {z}"
