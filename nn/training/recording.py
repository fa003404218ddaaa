"""The loss of a task, recorded once and replayed over the rows of each batch.

nn's own modules and losses are recorded as they are: nothing in them is decided by a number outside of a row of the
table. Functions of one's own may decide by data. They are recorded on demand, or where they are declared as a loss, and
then compared with the recording.
"""
from __future__ import annotations

from itertools import repeat
from math import isclose
from operator import is_

from engine import Op, Replay, Value
from engine.errors import FAILURES
from engine.replay.rows import numpy
from engine.value import commit, set_grad

from nn.examples import plain
from nn.inputs import is_row
from nn.layers import MLP, Layer, Neuron
from nn.losses import declaration
from nn.module import walk
from nn.targets import CLASS, NUMBERS
from nn.training.evaluation import averages, gradients

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from nn.module import Module
    from nn.targets import Targets
    from nn.training.tasks import Task

SAMPLES = 10                                         # rows that a recording of what may decide by data is compared on
EAGER   = FAILURES + (LookupError,)                  # what eager code then raises too, with the number of the row


class Recording:
    """A task's loss, recorded: `gradients` and `evaluation` find what eager code finds; None where it has to.

    Where it is `demanded`, the loss is recorded whatever it is made of. Errors: ValueError where a loss that was
    declared, or is demanded, cannot be recorded.
    """

    known: bool                                      # whether the loss was declared, and the model is nn's own
    compared: bool                                   # whether rows are compared with eager code
    container: type                                  # of an output: Value, or of several a list
    parameters: list[Value]                          # of the model
    unused: list[Value]                              # those that the loss does not depend on
    targets: list[Any]                               # for measures
    rows: Any                                        # of numbers, with their targets beside them
    validation: Any                                  # likewise

    def __init__(self, task: Task, *, demanded: bool = False) -> None:
        self.task, self.demanded = task, demanded
        self.declared = declaration(task.loss)
        self.replay: Replay | None = None
        self.layout: list[Any] = []                  # of what the model consisted as it was recorded
        self.depends: list[Any] = []                 # what the recording depends on
        self.calls = 0                               # for a gradient

    def gradients(self, batch: list[int]) -> dict[str, float] | None:
        """The loss of a batch, and the measures; the parameters' grads become its gradient. All rows come in order."""
        task, replay = self.task, self.current()
        if replay is None:
            return None
        if self.compared:
            self.compare(batch[self.calls % len(batch)])
        self.calls += 1
        every = len(batch) == len(task.rows)
        rows  = self.rows if every else self.taken(batch)
        size  = 1.0 if task.reduction == "sum" else task.size(batch)
        try:
            total   = self.total(replay, rows, size)
            figures = self.measured(replay, rows, [self.targets[i] for i in batch]) if task.measures else {}
        except EAGER:
            return None
        return {**figures, "loss": total / size}

    def evaluation(self) -> dict[str, float] | None:
        """The loss over the rows to validate with, and the measures."""
        replay = self.current()
        if replay is None or self.task.validation is None:
            return None
        try:
            return self.measured(replay, self.validation, plain(self.task.validation[1]), self.task.validation_weights)
        except EAGER:
            return None

    def total(self, replay: Replay, rows: Any, size: float = 1.0) -> float:
        """The sum of the loss over some rows; the parameters' grads become its gradient, divided by a size."""
        if self.unused:
            commit(map(set_grad, self.unused, repeat(0.0)))
        return replay.descend(rows, size)

    def measured(self, replay: Replay, rows: Any, targets: Sequence[Any],
                 weights: Sequence[float] | None = None) -> dict[str, float]:
        """The loss over some rows, and the measures."""
        return averages(lambda line, target, weight: (line[0], output_of(self.container, line[1:])),
                        plain(replay(rows)), targets, reduction=self.task.reduction, measures=self.task.measures,
                        weights=weights)

    def taken(self, batch: list[int]) -> Any:
        """Some of the rows, with their targets beside them."""
        return [self.rows[i] for i in batch] if isinstance(self.rows, list) else self.rows.take(batch, axis=0)

    # Recording --------------------------------------------------------------------------------------------------------

    def current(self) -> Replay | None:
        """The recording of the model as it is now; None where model or loss may decide by data."""
        if self.replay is not None and self.known and same(layout(self.task.model), self.layout):
            return self.replay
        depends = dependencies(self.task.model) if self.declared else None
        self.known = depends is not None
        self.compared = self.declared is None or not self.known or self.declared.compared
        if depends is None:
            if not self.demanded:
                return None
            depends = [part for _, part in walk(self.task.model)]
        if self.replay is None or not same(depends, self.depends):
            self.replay, self.depends = self.recorded(), depends
            self.layout = layout(self.task.model) if self.known else []
            for i in spread(len(self.task.rows)) if self.compared else ():
                self.compare(i)
        return self.replay

    def recorded(self) -> Replay:
        """The loss of the first row, recorded. Errors: ValueError where that cannot be."""
        failures: list[BaseException] = []
        for form in (self.declared.targets,) if self.declared else (NUMBERS, CLASS):
            try:
                return self.record(form)
            except (*EAGER, AttributeError) as error:
                failures.append(error)
        raise self.failure(failures[0]) from failures[0]

    def record(self, form: Targets) -> Replay:
        """The loss of the first row, recorded with targets of a form; all rows with their targets beside them."""
        task = self.task
        xs     = [Value(x) for x in plain(task.rows[0])]
        output = task.model(xs)  # type: ignore[operator]
        self.container, outputs = type(output), [*output] if isinstance(output, (list, tuple)) else [output]
        columns = form.columns(task.targets, len(outputs))
        ts      = [Value(t) for t in plain(columns[0])]
        loss    = task.loss(output, form.from_columns(ts, plain(task.targets[0])))
        ws      = [Value(1.0)] if task.weights else []
        replay  = Replay([*([loss * w for w in ws] or [loss]), *outputs], inputs=[*xs, *ts, *ws],
                         kernels=task.kernels)
        if task.validation:
            others = form.columns(task.validation[1], len(outputs))
            stands = form.from_columns(ts, plain(task.validation[1][0]))
            if len(others[0]) != len(ts) or is_row(stands) != is_row(form.from_columns(ts, plain(task.targets[0]))):
                raise ValueError("its targets are of several forms")
            weights = task.validation_weights or [1.0] * len(others)
            self.validation = matrix(task.validation[0], others, weights if ws else None)
        self.rows, self.targets = matrix(task.rows, columns, task.weights), plain(task.targets) if task.measures else []
        self.parameters = task.model.parameters()
        reached = {*map(id, replay.parameters)}
        self.unused = [p for p in self.parameters if id(p) not in reached]
        return replay

    def failure(self, error: BaseException) -> Exception:
        """The error for a loss that cannot be recorded. Where eager code fails too, that is what it raises."""
        if not self.known:
            return ValueError("fit(eager=False) needs model and loss to take Values in the place of a row and its "
                              f"target; leave eager out; {error}")
        self.task.gradients([*range(len(self.task.rows))])
        if self.task.validation is not None:
            self.task.evaluation()
        return ValueError(f"{self.what} was declared as a loss, and cannot be recorded: {error}; {self.remedy}")

    def compare(self, i: int) -> None:
        """Nothing, where eager code finds for row i what was recorded. Errors: ValueError where it does not."""
        task, replay = self.task, self.replay
        figures = gradients(task.model, task.loss, [plain(task.rows[i])], [plain(task.targets[i])], reduction="sum",
                            numbers=[i], weights=task.weights and [task.weights[i]])
        eager, grads = figures["loss"], [p.grad for p in self.parameters]
        replayed = self.total(replay, self.taken([i]))  # type: ignore[arg-type]
        small = 1e-9 * max(map(abs, grads)) + 1e-12
        alike = isclose(eager, replayed, rel_tol=1e-9, abs_tol=1e-12)
        if alike and all([abs(p.grad - grad) <= small for p, grad in zip(self.parameters, grads)]):
            return
        difference = f"the loss is {eager!r}, recorded {replayed!r}" if eager != replayed else "the gradient is another"
        raise ValueError(f"{self.what} needs a recording of row 0 that other rows follow; in row {i} {difference}: "
                         f"model or loss decides by data, or has changed; {self.remedy}")

    @property
    def what(self) -> str:
        """Who asks for a recording: the loss that was declared, or the call of fit."""
        return self.declared.what if self.declared and self.known else "fit(eager=False)"

    @property
    def remedy(self) -> str:
        """How to do without one."""
        return "write fit(..., eager=True), or take its declaration away" if self.known else "leave eager out"


def layout(model: Module) -> list[Any]:
    """What a model of nn's own consists of, found quickly; less, where something in it is not."""
    parts: list[Any] = []
    for layer in model.layers if type(model) is MLP else [model]:
        parts.append(layer)
        for neuron in layer.neurons if type(layer) is Layer else [layer]:
            if type(neuron) is not Neuron:
                return []
            parts += (neuron, neuron.activation, neuron.nonlin, neuron.b)
            parts += neuron.w
    return parts


def dependencies(model: Module) -> list[Any] | None:
    """What a recording of a model depends on; None where not all of it is nn's own and computed by rows alone."""
    depends: list[Any] = []
    for layer in model.layers if type(model) is MLP else [model]:
        depends.append(None)                         # where a layer begins
        for neuron in layer.neurons if type(layer) is Layer else [layer]:
            if type(neuron) is not Neuron:
                return None
            activation, numbers = neuron.activation, [*neuron.w, neuron.b]
            if neuron.nonlin and not isinstance(getattr(activation, "op", activation), Op):
                return None
            if any([p.__class__ is Value and p.op is not None for p in numbers]):
                return None                          # in eager code its number does not follow its leaves
            depends += [activation, neuron.nonlin, *numbers]
    return depends


def same(some: list[Any], others: list[Any]) -> bool:
    """Whether two lists hold the very same things, of which numbers may be equal and yet others."""
    return len(some) == len(others) and all(map(is_, some, others))


def matrix(rows: Any, targets: Any, weights: Sequence[float] | None) -> Any:
    """Rows with their targets beside them, and their weights, in an array where NumPy is installed."""
    np = numpy()
    if np is not None:
        more = [] if weights is None else [np.array(weights)[:, None]]
        return np.hstack([np.asarray(rows, float), np.asarray(targets, float), *more])
    if weights is not None:
        targets = [[*row, weight] for row, weight in zip(targets, weights)]
    return [[*row, *more] for row, more in zip(rows, targets)]


def output_of(container: type, numbers: list[float]) -> Any:
    """The output of a model, from its numbers: one Value, or as many in what the model gives them in."""
    return Value(numbers[0]) if container is Value else container(map(Value, numbers))


def spread(n: int) -> list[int]:
    """The numbers of some of n rows, spread evenly, the first and the last among them."""
    few = min(n, SAMPLES)
    return sorted({k * (n - 1) // max(few - 1, 1) for k in range(few)})
