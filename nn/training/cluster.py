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
from engine.errors import brief
from engine.replay.cluster import blocks as there
from engine.replay.frames import are_numbered, is_frame, names_of
from engine.replay.rows import is_lazy

from nn.checkpoints import trainable
from nn.examples import plain
from nn.training.portions import beside, digests_of, measured, weights_of_runs
from nn.training.recording import Recording
from nn.training.runs import Run, average
from nn.training.tasks import REDUCTIONS, Task, checked
from nn.training.weights import class_weights, weights_of

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


class Weights:
    """How much rows in Dask arrays count: by a weight of their own, by that of their class, or both.

    What all rows of some runs weigh is what their exactly rounded sum is in one process.
    """

    recording: ClusterRecording

    def __init__(self, task: ClusterTask, of_rows: Any, of_classes: Any) -> None:
        self.task, self.of_rows = task, of_rows      # a Distant, or None
        self.of_classes = None if of_classes is None else class_weights(of_classes, "fit(class_weights)")

    def __getitem__(self, i: int) -> float:
        target, own = plain(self.task.targets[i]), None if self.of_rows is None else [plain(self.of_rows[i])]
        return weights_of([target], own, self.of_classes, "fit", some=True)[0]  # type: ignore[index]

    @cached_property
    def parts(self) -> list[list[float]]:
        """For each run few numbers that have exactly the sum of its weights. Errors: ValueError where all are 0."""
        recording = self.recording
        return recording.weights_of_runs(recording.rows)

    def size(self, runs: Sequence[int]) -> float:
        """What the rows of some runs weigh; 1 where that is nothing."""
        return fsum(chain(*[self.parts[i] for i in runs])) or 1.0

    @cached_property
    def digest(self) -> str:
        """Sixteen digits that other weights do not have."""
        return sha256(repr(self.parts).encode()).hexdigest()[:16]


class Batch:
    """Some runs, by their numbers, and how many rows these have."""

    def __init__(self, runs: Sequence[int], rows: int) -> None:
        self.runs, self.rows = runs, rows

    def __len__(self) -> int:
        return self.rows


class ClusterTask(Task):
    """What a run learns, of which rows and targets are Dask arrays or frames. Errors: those of Task."""

    def __init__(self, model: Module, loss: Loss, rows: Any, targets: Any, client: Any, *, validation: Any = None,
                 measures: Mapping[str, Loss] | None = None, reduction: str = "mean", row_weights: Any = None,
                 class_weights: Any = None, kernels: str = "") -> None:
        self.model, self.loss, self.measures = trainable(model, "fit(model)"), loss, checked(loss, measures)
        self.client, self.kernels, self.reduction = client, kernels, reduction
        if reduction not in REDUCTIONS:
            raise ValueError(f"fit(reduction) is one of {', '.join(map(repr, REDUCTIONS))}; {brief(reduction)} came")
        self.lengths = there.Lengths(client)
        names = names_of(rows) if is_frame(rows) else []
        self.columns = [] if are_numbered(names) else names
        self.rows, self.targets = self.distant(rows, targets, "fit")
        self.weights: Any = self.weighted(row_weights, class_weights)
        self.validation = self.validation_weights = None
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

    def weighted(self, of_rows: Any, of_classes: Any) -> Weights | None:
        """How much each row counts; None where all count the same. Errors: TypeError and ValueError for no weights."""
        if of_rows is None and of_classes is None:
            return None
        if of_rows is not None:
            column = targets_in(of_rows, self.lengths, "fit(row_weights) on a cluster")
            if len(column) != len(self.rows):
                raise ValueError(f"fit(row_weights) needs one weight for each row; {len(column)} came for "
                                 f"{len(self.rows)} rows")
            of_rows = Distant(column, self.client)
        return Weights(self, of_rows, of_classes)


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
        ws     = [Value(1.0)] if task.weights else []
        replay = Replay([*([loss * w for w in ws] or [loss]), *outputs], inputs=[*xs, *ts, *ws],
                        kernels=task.kernels).on(task.client)
        self.cluster = replay.runner
        self.form, self.outputs = form, len(outputs)
        self.rows, self.as_given = self.joined(task.rows, task.targets, "fit", task.weights and task.weights.of_rows)
        if task.weights:
            task.weights.recording = self
            if not any(chain(*task.weights.parts)):
                raise ValueError("fit needs some row with a weight above 0; all have 0")
        if task.validation is not None:
            self.validation, self.validation_as_given = self.joined(*task.validation, "fit(validation)")
        self.parameters = task.model.parameters()
        reached = {*map(id, replay.parameters)}
        self.unused = [p for p in self.parameters if id(p) not in reached]
        return replay

    def joined(self, rows: Distant, targets: Distant, what: str,
               weights: Distant | None = None) -> tuple[there.Blocks, there.Blocks]:
        """Rows with their targets and weights beside them, in blocks of whole runs, and the targets as they came.

        They are kept on the workers where there is room: in half of their memory.
        """
        cluster, task = self.cluster, self.task
        array   = there.whole_runs(rows.array, cluster.run, cluster.threads)
        blocks  = there.blocks_of(array)
        some, *own = [there.blocks_of(each.array.rechunk({0: array.chunks[0]}, method="tasks"))
                      for each in (targets, weights) if each]
        more    = own[0].parts if own else [None] * len(blocks.parts)
        classes = task.weights and task.weights.of_classes
        delayed = there.dask("dask").delayed(beside, pure=True)
        blocks.parts = [delayed(*each, self.form, self.outputs, what, bool(task.weights), classes)
                        for each in zip(blocks.parts, some.parts, more, blocks.firsts)]
        copies = 4 if task.measures else 2           # as long as they are made of what came
        if 8.0 * len(rows) * (array.shape[1] + self.outputs) * copies <= cluster.room:
            blocks = cluster.kept(blocks)
            some   = cluster.kept(some) if task.measures else some
        for each in (rows, targets):
            each.recording, each.blocks = self, blocks
        return blocks, some

    def weights_of_runs(self, rows: there.Blocks) -> list[list[float]]:
        """For each run few numbers that have exactly the sum of its weights."""
        return [*chain(*self.cluster.each(weights_of_runs, [(part, self.cluster.run) for part in rows.parts], []))]

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
        size  = 1.0 if task.reduction == "sum" else self.size(batch)
        total = self.total(replay, rows, size)
        found = self.found(rows, self.as_given) if task.measures else {}
        return {**found, "loss": total / size}

    def size(self, batch: Batch) -> float:
        """What the mean over a batch divides by."""
        return self.task.weights.size(batch.runs) if self.task.weights else float(len(batch))

    def evaluation(self) -> dict[str, float]:
        self.current()
        rows = self.validation
        size = fsum(chain(*self.weights_of_runs(rows))) or 1.0 if self.task.weights else float(len(rows))
        return self.found(rows, self.validation_as_given, size)

    def found(self, rows: there.Blocks, targets: there.Blocks, size: float = 1.0) -> dict[str, float]:
        """The loss over some rows, and the measures, found there by rows. Errors: those of the measures."""
        task    = self.task
        parts   = [(*part, dict(task.measures), self.container)
                   for part in zip(rows.parts, targets.parts, rows.firsts, rows.pieces) if part[3]]
        columns = [[*chain(*some)] for some in zip(*self.cluster.each(measured, parts, self.current().leaves()))]
        losses, *others = map(fsum, columns)
        count   = len(rows)
        means   = {name: total / count for name, total in zip(task.measures, others)}
        return {**means, "loss": losses if task.reduction == "sum" else losses / size}

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
        return self.batch_of(*divmod(self.done, self.batches))

    def batch_of(self, epoch: int, at: int) -> Batch:
        """The runs of a batch, in order. Of an epoch they depend on the seed and the epoch alone.

        A run that is shorter than the others, the last, is always in the last batch.
        """
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

    def means(self) -> dict[str, float]:
        line, task = super().means(), self.task
        if task.weights and task.reduction == "mean":
            epoch = (self.done - 1) // self.batches
            sizes = [self.recording.size(self.batch_of(epoch, at)) for at in range(self.batches)]
            line["loss"] = average(self.history["steps"]["loss"][-self.batches:], sizes)
        return line
