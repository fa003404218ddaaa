"""The loss of a model on rows and targets, with its gradient or without, by eager code; and what counts as right."""
from __future__ import annotations

from itertools import repeat
from math import fsum

from engine import Value
from engine.errors import FAILURES, brief, described, number
from engine.value import commit, set_grad

from nn.inputs import is_row
from nn.losses import declaration
from nn.targets import CLASS, SIDE, Targets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from nn.module import Module

    Loss = Callable[[Any, Any], Any]


def gradients(model: Module, loss: Loss, rows: Sequence[Any], targets: Sequence[Any], *, reduction: str = "mean",
              measures: Mapping[str, Loss] | None = None, numbers: Sequence[int] = (),
              weights: Sequence[float] | None = None) -> dict[str, float]:
    """The loss of a batch, and the measures; the parameters' grads become its gradient.

    Row by row: each row's graph is gone before the next one's is built. Errors name the row, by `numbers` if given.
    With weights the loss of a row counts as much as it weighs, and the mean is over what all weigh.

    >>> from nn import Neuron, mean_squared_error
    >>> model = Neuron(1, nonlin=False, seed=1)
    >>> gradients(model, mean_squared_error, [[0.0], [0.0]], [1.0, 3.0]), model.b.grad
    ({'loss': 5.0}, -4.0)
    """
    model.zero_grad()

    def backward(row: Any, target: Any, weight: float) -> tuple[float, Any]:
        output = model(row)  # type: ignore[operator]
        value  = loss(output, target)
        if value.__class__ is not Value:
            raise TypeError(f"fit(loss) needs a function that gives a Value; it gave {brief(value)}, "
                            f"{described(value)}")
        if weights is not None:
            value = value * weight
        value.backward()
        return value.data, output

    figures = averages(backward, rows, targets, reduction=reduction, measures=measures, numbers=numbers,
                       weights=weights)
    if reduction == "mean":
        parameters, size = model.parameters(), weighed(len(rows), weights)
        commit(map(set_grad, parameters, [p.grad / size for p in parameters]))
    return figures


def evaluation(model: Module, loss: Loss, rows: Sequence[Any], targets: Sequence[Any], *, reduction: str = "mean",
               measures: Mapping[str, Loss] | None = None, noun: str = "row",
               weights: Sequence[float] | None = None) -> dict[str, float]:
    """The loss over some rows, and the measures, from forward passes alone. Errors name the row, by its `noun`.

    >>> from nn import Neuron, mean_squared_error
    >>> evaluation(Neuron(1), mean_squared_error, [[0.0], [0.0]], [1.0, 3.0])
    {'loss': 5.0}
    """
    def forward(row: Any, target: Any, weight: float) -> tuple[float, Any]:
        output = model(row)  # type: ignore[operator]
        value  = loss(output, target)
        plain  = value.data if value.__class__ is Value else value
        return plain if weights is None else plain * weight, output

    return averages(forward, rows, targets, reduction=reduction, measures=measures, noun=noun, weights=weights)


def weighed(count: int, weights: Sequence[float] | None) -> float:
    """What a mean divides by: how many rows there are, or what they weigh; 1 where that is nothing."""
    return count if weights is None else fsum(weights) or 1.0


def averages(run: Callable[[Any, Any, float], tuple[float, Any]], rows: Sequence[Any], targets: Sequence[Any], *,
             reduction: str, measures: Mapping[str, Loss] | None, numbers: Sequence[int] = (),
             noun: str = "row", weights: Sequence[float] | None = None) -> dict[str, float]:
    """The mean over the rows of each measure, and of the loss the mean or the sum; `run` finds a row's loss and output.

    Errors name the row. Each measure must give a finite number.
    """
    losses, *others = columns(run, rows, targets, measures=measures, numbers=numbers, noun=noun, weights=weights)
    total, count = fsum(losses), len(losses)
    return {"loss": total if reduction == "sum" else total / weighed(count, weights),
            **{name: fsum(column) / count for name, column in zip(measures or {}, others)}}


def columns(run: Callable[[Any, Any, float], tuple[float, Any]], rows: Sequence[Any], targets: Sequence[Any], *,
            measures: Mapping[str, Loss] | None, numbers: Sequence[int] = (), noun: str = "row",
            weights: Sequence[float] | None = None) -> list[list[float]]:
    """What is found of each row: the loss, then each measure. Errors: those of `averages`."""
    losses: list[float] = []
    measured: list[tuple[Loss, str, list[float]]] = [
        (measure, f"fit(measures), {name},", []) for name, measure in (measures or {}).items()]
    for i, row, target, weight in zip(numbers or range(len(rows)), rows, targets, weights or repeat(1.0)):
        try:
            loss, output = run(row, target, weight)
            losses.append(loss)
            for measure, what, column in measured:
                column.append(number(float(measure(output, target)), what))
        except FAILURES + (IndexError,) as error:
            if len(error.args) == 1:                 # the error itself, so that its traceback ends where it arose
                error.args = (f"{noun} {i}: {error}",)
            raise
    return [losses, *[column for _, _, column in measured]]


def accuracy(output: Any, target: Any, *, loss: Loss | None = None) -> float:
    """1.0 where an output is right, else 0.0: its largest logit is the target's, or one score is on the target's side.

    A target is what losses take. For a row of logits it is the number of a class, or one weight per class, of which the
    largest counts; for one score a sign, -1 or 1, or a probability. A `loss` says which of them it is; then, of several
    scores, each with its target, the result is the share that is right.
    Errors: those of the losses; ValueError for a target without a right side, as 0.5 is.

    >>> accuracy([0.1, 2.0, -1.0], 1), accuracy([3.0, 2.0, -1.0], 1), accuracy(-0.5, -1), accuracy(0.5, 0)
    (1.0, 0.0, 1.0, 0.0)
    >>> accuracy([0.1, 2.0, -1.0], [0, 1, 0]), accuracy(0.3, 0.9)
    (1.0, 1.0)
    >>> from nn import hinge
    >>> accuracy([0.1, 2.0, -1.0], [1, 1, 1], loss=hinge)
    0.6666666666666666
    >>> accuracy(0.3, 0.5)
    Traceback (most recent call last):
        ...
    ValueError: accuracy(output, target) needs a target that has a right side; a probability of one half has none
    """
    form = likely_form(output, target) if loss is None else declared_form(loss)
    return form.right_share(output, target, "accuracy(output, target)")


def likely_form(output: Any, target: Any) -> Targets:
    """The form that a target has where no loss is named: of several outputs a class, of one its side."""
    if not hasattr(output, "__iter__"):
        return SIDE
    row_of_one = target.__class__ is not int and is_row(target) and hasattr(output, "__len__") and len(output) == 1
    return SIDE if row_of_one else CLASS


def declared_form(loss: Loss) -> Targets:
    """The form of a loss's targets. Errors: TypeError where it was not declared."""
    declared = declaration(loss)
    if declared is None:
        raise TypeError(f"accuracy(loss) needs a loss that says what its targets are, @declare_loss(targets=...); "
                        f"{brief(loss)} is {described(loss)} that does not")
    return declared.targets
