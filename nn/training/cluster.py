"""Training where the rows are: a task, its recording and its run on a Dask cluster, for `fit(..., cluster=client)`.

Rows are replayed by runs, which are the parts of a step too: a batch is so many whole runs, of all that there are, in
an order that the seed decides. So the parameters are those of one process, to the last bit.
"""
from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from itertools import chain
from math import fsum

from engine import Replay, Value
from engine.errors import FAILURES, brief
from engine.replay.backends.floats import exact_parts
from engine.replay.cluster import blocks as there
from engine.replay.cluster import work
from engine.replay.frames import are_numbered, is_frame, names_of
from engine.replay.rows import is_lazy
from engine.replay.rows import matrix as matrix_of

from nn.checkpoints import trainable
from nn.examples import column_of, plain
from nn.training.evaluation import columns
from nn.training.recording import Recording, output_of
from nn.training.runs import Run
from nn.training.tasks import REDUCTIONS, Task, checked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from nn.module import Module
    from nn.targets import Targets
    from nn.training.evaluation import Loss


class Distant:
    """Rows, or targets, in a Dask array: how many there are, and any one of them, which is brought here."""

    recording: ClusterRecording                      # by which it is found what stands in all rows
    blocks: there.Blocks                             # with the targets beside the rows

    def __init__(self, array: Any, client: Any) -> None:
        self.array, self.client = array, client

    @cached_property
    def digest(self) -> str:
        """Sixteen digits that other numbers do not have, however these are chunked."""
        return self.recording.digest(self.blocks)

    def __len__(self) -> int:
        return int(self.array.shape[0])

    def __getitem__(self, i: int) -> Any:
        return self.client.compute(self.array[i]).result()


class Batch:
    """Some runs, by their numbers, and how many rows these have."""

    def __init__(self, runs: Sequence[int], rows: int) -> None:
        self.runs, self.rows = runs, rows

    def __len__(self) -> int:
        return self.rows


class ClusterTask(Task):
    """What a run learns, of which rows and targets are Dask arrays or frames. Errors: those of Task."""

    def __init__(self, model: Module, loss: Loss, rows: Any, targets: Any, client: Any, *, validation: Any = None,
                 measures: Mapping[str, Loss] | None = None, reduction: str = "mean", kernels: str = "") -> None:
        self.model, self.loss, self.measures = trainable(model, "fit(model)"), loss, checked(loss, measures)
        self.client, self.kernels, self.reduction = client, kernels, reduction
        self.weights = self.validation_weights = None
        if reduction not in REDUCTIONS:
            raise ValueError(f"fit(reduction) is one of {', '.join(map(repr, REDUCTIONS))}; {brief(reduction)} came")
        self.lengths = there.Lengths(client)
        names = names_of(rows) if is_frame(rows) else []
        self.columns = [] if are_numbered(names) else names
        self.rows, self.targets = self.distant(rows, targets, "fit")
        self.validation = None
        if validation is not None:
            if not isinstance(validation, (tuple, list)) or len(validation) != 2:
                raise TypeError(f"fit(validation) needs a pair (rows, targets); {brief(validation)} came")
            self.validation = self.distant(validation[0], validation[1], "fit(validation)")

    def distant(self, rows: Any, targets: Any, what: str) -> tuple[Distant, Distant]:
        """Rows and their targets. Errors: TypeError and ValueError for what does not fit."""
        width = self.rows.array.shape[1] if what != "fit" else width_of(rows, what)
        array = there.array_of(rows, self.columns or [""] * width, self.lengths, what)
        column = targets_in(targets, self.lengths, f"{what} for its targets")
        if len(array) != len(column):
            raise ValueError(f"{what} needs one target for each row; {len(array)} and {len(column)} came")
        if not len(array):
            raise ValueError(f"{what} needs at least one row; none came")
        return Distant(array, self.client), Distant(column, self.client)


def width_of(rows: Any, what: str) -> int:
    """How many numbers each row has."""
    if is_frame(rows):
        return len(names_of(rows))
    if is_lazy(rows) and getattr(rows, "ndim", 0) != 2:
        raise ValueError(f"{what} needs an array of rows of numbers; one of shape {rows.shape} came")
    return int(rows.shape[1]) if is_lazy(rows) else 0


def targets_in(targets: Any, lengths: there.Lengths, what: str) -> Any:
    """Targets as a Dask array, a column or a matrix. Errors: TypeError for what is no collection of Dask's."""
    if not is_lazy(targets):
        raise TypeError(f"{what} needs a Dask array, frame or series; {brief(targets)} came; write "
                        "dask.array.from_array(targets)")
    array = there.counted_rows(targets.to_dask_array() if hasattr(targets, "to_dask_array") else targets, lengths)
    return array.rechunk({1: -1}) if array.ndim > 1 else array


class ClusterRecording(Recording):
    """A task's loss, recorded here and replayed there. Errors: ValueError where it cannot be recorded, too."""

    task: ClusterTask
    cluster: Any                                     # what runs the replay
    as_given: there.Blocks                           # the targets, for measures
    validation_as_given: there.Blocks                # likewise

    def current(self) -> Replay:
        replay = super().current()
        if replay is None:
            raise ValueError("fit(cluster) needs a model and a loss that are recorded, nn's own or declared ones; "
                             "write eager=False if yours never decides by data")
        return replay

    def record(self, form: Targets) -> Replay:
        task   = self.task
        xs     = [Value(x) for x in plain(task.rows[0])]
        output = task.model(xs)  # type: ignore[operator]
        target = plain(task.targets[0])
        self.container, outputs = type(output), [*output] if isinstance(output, (list, tuple)) else [output]
        ts     = [Value(t) for t in form.columns([target], len(outputs))[0]]
        loss   = task.loss(output, form.from_columns(ts, target))
        replay = Replay([loss, *outputs], inputs=[*xs, *ts], kernels=task.kernels).on(task.client)
        self.cluster = replay.runner
        self.form, self.outputs = form, len(outputs)
        self.rows, self.as_given = self.joined(task.rows, task.targets, "fit")
        if task.validation is not None:
            self.validation, self.validation_as_given = self.joined(*task.validation, "fit(validation)")
        self.parameters = task.model.parameters()
        reached = {*map(id, replay.parameters)}
        self.unused = [p for p in self.parameters if id(p) not in reached]
        return replay

    def joined(self, rows: Distant, targets: Distant, what: str) -> tuple[there.Blocks, there.Blocks]:
        """Rows with their targets beside them, in blocks of whole runs, and the targets as they came, for measures.

        They are kept on the workers where there is room: in half of their memory.
        """
        cluster = self.cluster
        array   = there.whole_runs(rows.array, cluster.run, cluster.threads)
        some    = there.blocks_of(targets.array.rechunk({0: array.chunks[0]}, method="tasks"))
        blocks  = there.blocks_of(array)
        delayed = there.dask("dask").delayed(beside, pure=True)
        blocks.parts = [delayed(part, column, first, self.form, self.outputs, what)
                        for part, column, first in zip(blocks.parts, some.parts, blocks.firsts)]
        copies = 4 if self.task.measures else 2      # as long as they are made of what came
        if 8.0 * len(rows) * (array.shape[1] + self.outputs) * copies <= cluster.room:
            blocks = cluster.kept(blocks)
            some   = cluster.kept(some) if self.task.measures else some
        for each in (rows, targets):
            each.recording, each.blocks = self, blocks
        return blocks, some

    def taken(self, batch: Any) -> Any:
        return self.rows.some(batch.runs, self.cluster.run) if isinstance(batch, Batch) else self.rows.only(*batch)

    def failure(self, error: BaseException) -> Exception:
        if self.known:
            self.task.gradients([0])                 # which raises what eager code does
        return super().failure(error) if not self.known else ValueError(
            f"{self.what} was declared as a loss, and cannot be recorded: {error}")

    def gradients(self, batch: Any) -> dict[str, float]:
        task, replay = self.task, self.current()
        rows = self.rows if len(batch) == len(task.rows) else self.taken(batch)
        if self.compared:
            self.compare(batch.runs[0] * self.cluster.run)
        size  = 1.0 if task.reduction == "sum" else float(len(batch))
        total = self.total(replay, rows, size)
        found = self.found(rows, self.as_given) if task.measures else {}
        return {**found, "loss": total / size}

    def evaluation(self) -> dict[str, float]:
        self.current()
        return self.found(self.validation, self.validation_as_given)

    def found(self, rows: there.Blocks, targets: there.Blocks) -> dict[str, float]:
        """The loss over some rows, and the measures, found there by rows. Errors: those of the measures."""
        task    = self.task
        parts   = [(*part, dict(task.measures), self.container)
                   for part in zip(rows.parts, targets.parts, rows.firsts, rows.pieces) if part[3]]
        columns = [[*chain(*some)] for some in zip(*self.cluster.each(measured, parts, self.current().leaves()))]
        losses, *others = map(fsum, columns)
        count   = len(rows)
        means   = {name: total / count for name, total in zip(task.measures, others)}
        return {**means, "loss": losses if task.reduction == "sum" else losses / count}

    def digest(self, rows: there.Blocks) -> str:
        """Sixteen digits that rows of other numbers do not have, however they are chunked."""
        found = self.cluster.each(digests_of, [(part, self.cluster.run) for part in rows.parts], [])
        return sha256("".join(chain(*found)).encode()).hexdigest()[:16]


class ClusterRun(Run):
    """A task in training on a cluster: a batch is so many whole runs of rows.

    Errors: ValueError for batches that are not, or so small that one process would be faster.
    """

    def __init__(self, task: ClusterTask, **settings: Any) -> None:
        super().__init__(task, **settings)
        if self.eager:
            raise ValueError("fit(cluster) replays what was recorded; leave eager out, or the cluster")
        self.current = ClusterRecording(task, demanded=self.eager is False)
        self.current.current()
        if self.batches > 1:
            self.check_batch(self.current.cluster)

    @property
    def recording(self) -> ClusterRecording:
        """The loss, which has been recorded."""
        return self.current

    def check_batch(self, cluster: Any) -> None:
        """Errors: ValueError for a batch that is not of whole runs, or too small to pay."""
        run, size = cluster.run, self.batch_size
        least = cluster.least(self.current.rows, self.current.current().leaves())
        if size < least:
            remedy = f"{least} or more" if least < len(self.task.rows) else "none, so that a step takes all rows"
            raise ValueError(f"fit(batch_size) needs a batch that pays on this cluster, where sending a step takes as "
                             f"long as {least} rows in one process; {size} came; write {remedy}")
        if size % run:
            raise ValueError(f"fit(batch_size) on a cluster needs whole runs, of {run} rows for this model and loss; "
                             f"{size} came; write {max(size // run, 1) * run} or {(size // run + 1) * run}")

    def batch(self) -> Any:
        """The runs of the next batch, in order. Of an epoch they depend on the seed and the epoch alone.

        A run that is shorter than the others, the last, is always in the last batch.
        """
        epoch, at = divmod(self.done, self.batches)
        rows, run = len(self.task.rows), self.current.cluster.run
        order = list(range(rows // run))
        if self.shuffle and self.batches > 1:
            import random
            if self.history["seed"] is None:
                self.history["seed"] = random.randrange(2 ** 32)
            random.Random(f"{self.history['seed']}, epoch {epoch}").shuffle(order)
        order += range(rows // run, -(-rows // run))
        some   = order[at * self.batch_size // run:(at + 1) * self.batch_size // run] if self.batches > 1 else order
        return Batch(sorted(some), min(rows - at * self.batch_size, self.batch_size))


# On workers -----------------------------------------------------------------------------------------------------------

def beside(rows: Any, targets: Any, first: int, form: Targets, outputs: int, what: str) -> Any:
    """A block's rows with their targets beside them; or the error for the first row that does not fit."""
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
        return hstack([matrix, asarray(more, dtype=float)])
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
