"""What workers do in a training: rows with their targets and weights beside them, and what is found of each block.

Errors name a row by its number among all rows.
"""
from __future__ import annotations

from hashlib import sha256

from engine.errors import FAILURES
from engine.replay.backends.floats import exact_parts
from engine.replay.cluster import work
from engine.replay.rows import matrix as matrix_of

from nn.examples import column_of, plain
from nn.training.evaluation import columns
from nn.training.recording import output_of
from nn.training.weights import weights_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from nn.targets import Targets
    from nn.training.evaluation import Loss


def beside(rows: Any, targets: Any, weights: Any, first: int, form: Targets, outputs: int, what: str, weighted: bool,
           classes: Any) -> Any:
    """A block's rows with their targets and weights beside them; or the error for the first row that does not fit."""
    from numpy import asarray, hstack
    try:
        matrix = matrix_of(rows, rows.shape[1], [""] * rows.shape[1])
        column = column_of(targets, what)
        try:
            more = form.columns(column, outputs)
        except (TypeError, ValueError, LookupError):
            for i, t in enumerate(plain(column)):    # which of them it is
                single(form, t, outputs, i, what)
            raise
        own = weights_of(column, weights, classes, what, some=True) or [1.0] * len(column)
        return hstack([matrix, asarray(more, dtype=float), *([asarray(own)[:, None]] if weighted else [])])
    except (TypeError, ValueError, LookupError) as error:
        return work.renumbered(error, first)


def single(form: Targets, target: Any, outputs: int, i: int, what: str) -> None:
    """Nothing, where the target of a row is one of a form. Errors: its, with the number of the row."""
    try:
        form.columns([target], outputs)
    except (TypeError, ValueError, LookupError) as error:
        raise type(error)(f"row {i}: {str(error).replace('a recording', what)}") from None


def measured(program: work.Program, leaves: bytes, block: Any, targets: Any, first: int, pieces: Sequence[work.Piece],
             measures: Mapping[str, Loss], container: type) -> Any:
    """What rows of a block add to the sums of the loss and of each measure, in few numbers; or an error."""
    def run(line: list[float], target: Any, weight: float) -> tuple[float, Any]:
        return line[0], output_of(container, line[1:])

    try:
        found: list[list[float]] = [[] for _ in range(1 + len(measures))]
        for start, end in pieces:
            work.refuse(block)
            lines = plain(work.values(program, leaves, block[start:end], first + start))
            some  = columns(run, lines, plain(targets[start:end]), measures=measures,
                            numbers=range(first + start, first + end))
            found = [old + new for old, new in zip(found, some)]
        return [exact_parts(column) for column in found]
    except (*FAILURES, TypeError, LookupError) as error:
        return error


def digests_of(program: work.Program, leaves: bytes, block: Any, run: int) -> list[str]:
    """A digest of each run of a block."""
    work.refuse(block)
    return [sha256(block[i:i + run].tobytes()).hexdigest() for i in range(0, len(block), run)]


def weights_of_runs(program: work.Program, leaves: bytes, block: Any, run: int) -> Any:
    """For each run of a block, of which the weights are the last column, few numbers that have exactly their sum."""
    if isinstance(block, BaseException):
        return block
    return [exact_parts(block[i:i + run, -1].tolist()) for i in range(0, len(block), run)]
