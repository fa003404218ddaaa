"""The loss of a run, recorded once and replayed over the rows of each batch.

nn's own modules and losses are recorded as they are: nothing in them is decided by a number outside of a row of the
table. Functions of one's own may decide by data. They are recorded on demand, and then compared with the recording.
"""
from __future__ import annotations

from math import isclose

from engine import Op, Replay, Value
from engine.errors import FAILURES
from engine.replay.rows import numpy

from nn.training.evaluation import averages, gradients
from nn.layers import MLP, Layer, Neuron
from nn.losses import binary_cross_entropy, cross_entropy, hinge, mean_squared_error
from nn.module import walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from nn.module import Module
    from nn.training.runs import Run

LOSSES  = cross_entropy, mean_squared_error, hinge, binary_cross_entropy
SAMPLES = 10                                         # rows that a recording of one's own functions is compared on


class Recording:
    """A run's loss, recorded: `gradients` and `evaluation` find what eager code finds; None where it has to."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.made_of: list[Any] | None = None        # what the recording depends on
        self.replay: Replay | None = None

    def current(self) -> Replay | None:
        """The recording of the model as it is now; None where its loss is not recorded."""
        run = self.run
        parts = kin(run.model) if run.loss in LOSSES else None
        self.own = parts is None
        if self.own and run.eager is False:
            parts = [part for _, part in walk(run.model)]
        if parts is None or parts != self.made_of:
            self.made_of, self.replay = parts, None
            if parts is not None:
                self.record()
        return self.replay

    def record(self) -> None:
        """Record the loss of the first row, its target a number or, where that cannot be, one weight for each class."""
        wrong: list[BaseException] = []
        for classes in (False, True) if self.own else (self.run.loss is cross_entropy,):
            try:
                self.lay(classes)
                break
            except FAILURES + (LookupError, AttributeError) as error:        # one that eager code raises too, or not
                self.replay = None
                wrong.append(error)
        if self.own and self.replay is None:
            raise ValueError("fit(eager=False) needs model and loss to take Values in the place of a row and its "
                             f"target; leave eager out; {wrong[0]}") from wrong[0]
        for i in spread(len(self.run.rows)) if self.own else ():
            self.compare(i)

    def lay(self, classes: bool) -> None:
        """Make the recording, and lay out all rows with their targets beside them."""
        run, model = self.run, self.run.model
        xs = [Value(x) for x in run.rows[0]]
        output = model(xs)  # type: ignore[operator]
        self.form, outputs = type(output), output if isinstance(output, (list, tuple)) else [output]
        more, others = run.validation or ([], [])
        wanted = columns([*run.targets, *others], len(outputs) if classes else 0, run.loss is hinge)
        ts     = [Value(t) for t in wanted[0]]
        loss   = run.loss(output, ts if classes or isinstance(run.targets[0], list) else ts[0])
        self.replay, self.parameters = Replay([loss, *outputs], inputs=[*xs, *ts]), model.parameters()
        rows = matrix([*run.rows, *more], wanted)
        self.rows, self.validation = rows[:len(run.rows)], rows[len(run.rows):]

    def gradients(self, batch: list[int]) -> dict[str, float] | None:
        """The loss of a batch, and the measures; the parameters' grads become its gradient."""
        replay, run = self.current(), self.run
        if replay is None:
            return None
        if self.own:
            self.compare(batch[run.done % len(batch)])
        rows = self.rows if run.batches == 1 else taken(self.rows, batch)
        try:
            total = self.total(replay, rows)
            found = self.measured(replay, rows, [run.targets[i] for i in batch]) if run.measures else {}
        except FAILURES:
            return None
        if (scale := 1 if run.reduction == "sum" else len(batch)) > 1:
            for p in self.parameters:
                p.grad = p.grad / scale
        return {**found, "loss": total / scale}

    def total(self, replay: Replay, rows: Any) -> float:
        """The sum of the loss over some rows; the parameters' grads become its gradient."""
        for v in (*self.parameters, *replay.inputs):
            v.grad = 0.0
        return replay.backward(rows)

    def evaluation(self) -> dict[str, float] | None:
        """The loss over the rows to validate with, and the measures."""
        replay = self.current()
        if replay is None:
            return None
        try:
            return self.measured(replay, self.validation, self.run.validation[1])  # type: ignore[index]
        except FAILURES:
            return None

    def measured(self, replay: Replay, rows: Any, targets: Sequence[Any]) -> dict[str, float]:
        """The loss over some rows, and the measures."""
        found   = replay(rows)
        found   = found if isinstance(found, list) else found.tolist()
        single  = self.form is Value
        losses  = iter([row[0] for row in found])
        outputs = [Value(row[1]) if single else self.form(map(Value, row[1:])) for row in found]
        return averages(lambda output: output, lambda output, target: next(losses), float, outputs, targets,
                        self.run.reduction, self.run.measures)

    def compare(self, i: int) -> None:
        """Nothing, where eager code finds for row i what was recorded. Errors: ValueError where it does not."""
        run, replay = self.run, self.replay
        eager = gradients(run.model, run.loss, [run.rows[i]], [run.targets[i]], "sum", numbers=[i])["loss"]
        grads = [p.grad for p in self.parameters]
        found = self.total(replay, taken(self.rows, [i]))  # type: ignore[arg-type]
        small = 1e-9 * max(map(abs, grads)) + 1e-12
        if not isclose(eager, found, rel_tol=1e-9, abs_tol=1e-12) or any(
                abs(p.grad - grad) > small for p, grad in zip(self.parameters, grads)):
            what = f"the loss is {eager!r}, recorded {found!r}" if eager != found else "the gradient is another"
            raise ValueError(f"fit(eager=False) needs a recording of row 0 that other rows follow; in row {i} {what}: "
                             "model or loss decides by data, or has changed; leave eager out")


def kin(model: Module) -> list[Any] | None:
    """What a recording of a model depends on; None where not all of it is nn's own and computed by rows alone."""
    found: list[Any] = []
    for layer in model.layers if type(model) is MLP else [model]:
        neurons = layer.neurons if type(layer) is Layer else [layer]
        found.append(len(neurons))
        for neuron in neurons:
            if type(neuron) is not Neuron:
                return None
            activation, ps = neuron.activation, [*neuron.w, neuron.b]
            if neuron.nonlin and not isinstance(getattr(activation, "op", activation), Op):
                return None
            if any([p.__class__ is Value and p.op is not None for p in ps]):
                return None                          # in eager code its number does not follow its leaves
            found += [activation, neuron.nonlin, *ps]
    return found


def columns(targets: Sequence[Any], classes: int, signs: bool) -> list[list[float]]:
    """Targets as rows of numbers; a class, with so many classes, as one weight for each. Errors: ValueError where a
    recording would take what eager code refuses.

    >>> columns([2, [0.5, 0.5, 0.0]], 3, signs=False)
    [[0.0, 0.0, 1.0], [0.5, 0.5, 0.0]]
    """
    found = [t if isinstance(t, list) else [t] for t in targets]
    if classes:
        fits  = all(isinstance(t, list) or isinstance(t, int) and 0 <= t < classes for t in targets)
        found = [t if isinstance(t, list) else [float(k == t) for k in range(classes)] for t in targets]
    else:
        fits  = len({len(t) if isinstance(t, list) else None for t in targets}) == 1
    if not fits or signs and any(t not in (-1, 1) for row in found for t in row):
        raise ValueError("targets of several forms")
    return [[*map(float, row)] for row in found]


def matrix(rows: list[list[float]], targets: list[list[float]]) -> Any:
    """Rows with their targets beside them, in an array where NumPy is installed."""
    found, np = [[*row, *more] for row, more in zip(rows, targets)], numpy()
    return found if np is None else np.array(found)


def taken(rows: Any, batch: list[int]) -> Any:
    """Some of the rows."""
    return [rows[i] for i in batch] if isinstance(rows, list) else rows[batch]


def spread(n: int) -> list[int]:
    """The numbers of some of n rows, spread evenly, the first and the last among them."""
    few = min(n, SAMPLES)
    return sorted({k * (n - 1) // max(few - 1, 1) for k in range(few)})
