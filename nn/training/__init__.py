"""Training: an optimiser's steps over batches of rows, with a history as plain data.

Start with `fit`, below. A task (tasks) is what is learnt; a run (runs) makes steps on it, with a recording of its loss
(recording) or by eager code (evaluation), weighs rows (weights), goes on from its file (resuming), shows how far it is
(progress), and heeds callbacks (control); and does so where the rows are, on a Dask cluster (cluster), whose workers do
portions of it (portions). They import the rest of nn, which imports none of them. May be imported: fit, of control
EarlyStopping, and of evaluation accuracy and gradients.

>>> from nn import MLP, SGD, mean_squared_error
>>> model = MLP(1, [1], seed=1)
>>> rows, targets = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
>>> history = fit(model, mean_squared_error, rows, targets, optimiser=SGD(model.parameters(), lr=0.2), epochs=100)
>>> [round(p.data, 3) for p in model.parameters()]
[2.0, 1.0]
>>> history["epochs"]["loss"][0] > 1e6 * history["epochs"]["loss"][-1]
True
"""
from __future__ import annotations

import sys
from time import monotonic

from engine.errors import brief

from nn.inputs import whole
from nn.training.progress import bar, show
from nn.training.resuming import keep, restore
from nn.training.runs import Run
from nn.training.tasks import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal

    from nn.files import Path
    from nn.module import Module
    from nn.optimisers import Optimiser
    from nn.schedules import Schedule
    from nn.training.evaluation import Loss
    from nn.training.runs import History

PAUSE = 2.0                                          # seconds between two checkpoints, at least


def fit(model: Module, loss: Loss, rows: Any, targets: Any, *, optimiser: Optimiser | None = None,
        schedule: Schedule | None = None, epochs: int = 100, batch_size: int | None = None, shuffle: bool = True,
        seed: int | None = None, reduction: Literal["mean", "sum"] = "mean", measures: Mapping[str, Loss] | None = None,
        validation: Any = None, row_weights: Any = None, class_weights: Any = None, eager: bool | None = None,
        callbacks: Any = (), checkpoint: Path | None = None, resume: Literal["run", "model"] = "run",
        interrupt: Literal["stop", "raise"] = "stop", progress: bool | None = None, clip_norm: float | None = None,
        clip_value: float | None = None, cluster: Any = None, kernels: str = "") -> History:
    """The history of training a model: one step of the optimiser for each batch, `epochs` times through all rows.

    A step goes down the mean, or with `reduction="sum"` the sum, of loss(model(row), target) over its batch: all rows,
    or `batch_size` of them, shuffled by `seed`. Without an optimiser it is Adam(model.parameters()). A `schedule` steps
    after each epoch, one made with per="step" after each step. Before a step gradients are clipped to `clip_value`,
    each by itself, then to `clip_norm`, all together, where these are given. `measures`, say {"accuracy": accuracy},
    are means of functions of an output and its target. `validation` is (rows, targets), looked at after each epoch.
    Rows are lists, an array, or a frame with a column for each input; the model and a frame to validate with are then
    given its columns in that order, by their names.

    `row_weights`, one for each row, and `class_weights`, one for each class in a list or a dict by target, say how much
    the loss of a row counts; the mean is then over what the rows of a batch weigh. Class weights hold for the
    validation loss too. Measures are not weighted.

    The loss of nn's own modules and losses is recorded once and replayed over the rows from then on, with the same
    numbers to rounding; so is a loss of your own that is declared (`declare_loss` in nn.losses). Other functions of
    your own may decide by data: for them a graph is built for each row, unless `eager=False` says that they can be
    recorded too. Where something is your own, one row of each batch is compared. A batch is summed as a Replay's rows
    are, in runs that the order of its rows and the graph alone decide: neither threads nor the form in which rows come
    change a bit. `eager=True` records nothing, and
    finds the same bits with and without the compiled core.

    The history: "seed"; "steps", with "loss" and each measure of a batch before its step, and "lr"; "epochs", with
    their means over an epoch, and "validation_loss" and the like after it; "stopped", why it ended before its time.

    `callbacks` are called with the run after each epoch, and may end it by run.stop(reason): `EarlyStopping` does. The
    run's `history`, `optimiser` and `task.model` are as they are then.

    Ctrl-C ends it after the last whole step; with `interrupt="raise"` it is raised then. A `checkpoint`, a file, keeps
    the run: the same call goes on where it stopped, bit for bit as if it had not, also with more epochs; where a
    callback has ended it, it is over. Other settings are refused; `resume="model"` begins a new run with them, from the
    file's parameters. `progress` shows a bar of tqdm, None where somebody looks. Errors: TypeError and ValueError for
    what does not fit, and all that loss and optimiser raise; then, too, the model is as the last whole step left it.

    `cluster` is a dask.distributed.Client: rows, targets and row weights are then Dask arrays or frames, larger than
    memory too, and computed with where they are, with the same result to the last bit. A batch is of whole runs of rows
    there, which are shuffled in their place. `kernels` are those of the compiled core (see Replay), by default the best
    that all processes have. Refused is a batch that takes longer to send than to compute here.

    >>> from nn import SGD, Neuron, mean_squared_error
    >>> model = Neuron(1, nonlin=False, seed=0)
    >>> history = fit(model, mean_squared_error, [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0],
    ...               optimiser=SGD(model.parameters(), lr=0.1), epochs=200)
    >>> round(model.w[0].data, 3), round(model.b.data, 3), len(history["epochs"]["loss"])
    (2.0, 1.0, 200)
    """
    for name, given, known in (("resume", resume, ("run", "model")), ("interrupt", interrupt, ("stop", "raise"))):
        if given not in known:
            raise ValueError(f"fit({name}) is one of {', '.join(map(repr, known))}; {brief(given)} came")
    look: dict[str, Any] = {"validation": validation, "measures": measures, "reduction": reduction, "kernels": kernels,
                            "row_weights": row_weights, "class_weights": class_weights}
    go:   dict[str, Any] = {"optimiser": optimiser, "schedule": schedule, "batch_size": batch_size, "shuffle": shuffle,
                            "seed": seed, "eager": eager, "callbacks": callbacks, "clip_norm": clip_norm,
                            "clip_value": clip_value}
    if cluster is None:
        run = Run(Task(model, loss, rows, targets, **look), **go)
    else:
        from nn.training.cluster import ClusterRun, ClusterTask
        run = ClusterRun(ClusterTask(model, loss, rows, targets, cluster, **look), **go)
    task = run.task
    if whole(epochs, "fit(epochs)") < 0:
        raise ValueError(f"fit(epochs) needs 0 or more; {brief(epochs)} came")
    if checkpoint is not None:
        restore(run, checkpoint, resume)
    if task.columns:
        vars(model)["_columns"] = tuple(task.columns)            # by which predict takes a frame
    with run.whole.watch():
        train(run, epochs, checkpoint, interrupt, progress)
    return run.history


def train(run: Run, epochs: int, checkpoint: Path | None, interrupt: str, progress: bool | None) -> None:
    """Let a run make its steps; whatever happens, it is kept."""
    steps = epochs * run.batches
    shown, kept, when, over = bar(steps, run.done, progress), run.place, monotonic(), False
    try:
        while run.place[1] < epochs and run.stopped is None:
            run.advance()
            show(shown, run.done, run.history["steps"]["loss"][-1])
            if checkpoint is not None and monotonic() - when > PAUSE:
                kept, when = keep(run, checkpoint), monotonic()
        over = True
    except KeyboardInterrupt:
        run.history["stopped"] = "Ctrl-C"
        if interrupt == "raise":
            raise
        print(f"fit: stopped after {run.done} of {steps} steps", file=sys.stderr)
    finally:
        if shown is not None:
            shown.close()
        if checkpoint is not None and run.place != kept:
            keep(run, checkpoint)
    if over:
        run.end()
