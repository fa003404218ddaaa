"""The loss of a model on rows and targets, with its gradient or without."""
from __future__ import annotations

from math import fsum

from engine import Value
from engine.errors import FAILURES, brief, described, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from nn.module import Module

    Loss = Callable[[Any, Any], Any]


def gradients(model: Module, loss: Loss, rows: Sequence[Any], targets: Sequence[Any], reduction: str = "mean",
              measures: Mapping[str, Loss] | None = None, numbers: Sequence[int] = ()) -> dict[str, float]:
    """The loss of a batch, and the measures; the parameters' grads become its gradient.

    Row by row: each row's graph is gone before the next one's is built. Errors name the row, by `numbers` if given.

    >>> from nn import Neuron, mean_squared_error
    >>> model = Neuron(1, nonlin=False, seed=1)
    >>> gradients(model, mean_squared_error, [[0.0], [0.0]], [1.0, 3.0]), model.b.grad
    ({'loss': 5.0}, -4.0)
    """
    model.zero_grad()

    def number_of(value: Any) -> float:
        if value.__class__ is not Value:
            raise TypeError(f"fit(loss) needs a function that gives a Value; it gave {brief(value)}, "
                            f"{described(value)}")
        value.backward()
        return value.data

    found = averages(model, loss, number_of, rows, targets, reduction, measures, numbers)
    if reduction == "mean":
        for p in model.parameters():
            p.grad = p.grad / len(rows)
    return found


def evaluation(model: Module, loss: Loss, rows: Sequence[Any], targets: Sequence[Any], reduction: str = "mean",
               measures: Mapping[str, Loss] | None = None, called: str = "row") -> dict[str, float]:
    """The loss over some rows, and the measures, from forward passes alone. Errors name the row, as it is `called`.

    >>> from nn import Neuron, mean_squared_error
    >>> evaluation(Neuron(1), mean_squared_error, [[0.0], [0.0]], [1.0, 3.0])
    {'loss': 5.0}
    """
    return averages(model, loss, lambda value: getattr(value, "data", value), rows, targets, reduction, measures,
                    called=called)


def averages(model: Any, loss: Loss, number_of: Callable[[Any], float], rows: Sequence[Any], targets: Sequence[Any],
             reduction: str, measures: Mapping[str, Loss] | None, numbers: Sequence[int] = (),
             called: str = "row") -> dict[str, float]:
    """The mean over the rows, for the loss the mean or the sum, of the loss's number and of each measure."""
    losses: list[float] = []
    others: dict[str, list[float]] = {name: [] for name in measures or ()}
    for i, row, target in zip(numbers or range(len(rows)), rows, targets):
        try:
            output = model(row)
            losses.append(number_of(loss(output, target)))
            for name, found in others.items():
                found.append(number(float((measures or {})[name](output, target)), f"fit(measures), {name},"))
        except FAILURES + (IndexError,) as error:
            if len(error.args) == 1:                 # the error itself, so that its traceback ends where it arose
                error.args = (f"{called} {i}: {error}",)
            raise
    count = len(losses)
    return {"loss": fsum(losses) / (1 if reduction == "sum" else count),
            **{name: fsum(found) / count for name, found in others.items()}}


def accuracy(output: Any, target: Any) -> float:
    """1.0 where an output is right, else 0.0: the largest logit is the target's, or one score has the target's sign.

    >>> accuracy([0.1, 2.0, -1.0], 1), accuracy([3.0, 2.0, -1.0], 1), accuracy(-0.5, -1), accuracy(0.5, 0)
    (1.0, 0.0, 1.0, 0.0)
    """
    if not hasattr(output, "__iter__"):
        return float((output > 0) == (target > 0))
    logits = [getattr(z, "data", z) for z in output]
    return float(max(range(len(logits)), key=logits.__getitem__) == target)
