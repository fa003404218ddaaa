"""A task: what a run learns. A model and its loss, rows and their targets, what is measured, and eager code for it."""
from __future__ import annotations

from collections.abc import Mapping

from engine.errors import brief, described

from nn.checkpoints import trainable
from nn.training.evaluation import evaluation, gradients, weighed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from nn.module import Module
    from nn.training.evaluation import Loss

REDUCTIONS = ("mean", "sum")


class Task:
    """What a run learns: a model, its loss, rows with their targets, some to validate with, and what is measured.

    Errors: TypeError and ValueError for what is none of these.

    >>> from nn import Neuron, mean_squared_error
    >>> task = Task(Neuron(1, nonlin=False, seed=1), mean_squared_error, [[0.0], [0.0]], [1.0, 3.0])
    >>> task.gradients([0]), task.gradients([1])
    ({'loss': 1.0}, {'loss': 9.0})
    """

    def __init__(self, model: Module, loss: Loss, rows: Any, targets: Any, *, validation: Any = None,
                 measures: Mapping[str, Loss] | None = None, reduction: str = "mean", row_weights: Any = None,
                 class_weights: Any = None, kernels: str = "") -> None:
        from nn.examples import examples             # here, so that importing nn stays fast
        from nn.training.weights import weights_of
        self.model      = trainable(model, "fit(model)")
        self.loss       = loss
        self.measures   = checked(loss, measures)
        self.rows, self.targets, self.columns = examples(rows, targets, "fit")
        self.validation = None if validation is None else validation_pair(validation, len(self.rows[0]), self.columns)
        self.weights    = weights_of(self.targets, row_weights, class_weights, "fit")
        self.validation_weights = None
        if self.validation is not None:
            self.validation_weights = weights_of(self.validation[1], None, class_weights, "fit(validation)")
        self.reduction, self.kernels = reduction, kernels
        if reduction not in REDUCTIONS:
            raise ValueError(f"fit(reduction) is one of {', '.join(map(repr, REDUCTIONS))}; {brief(reduction)} came")

    @property
    def names(self) -> list[str]:
        """What is found of each batch, by name."""
        return ["loss", *self.measures]

    def gradients(self, batch: list[int]) -> dict[str, float]:
        """The loss of a batch, and the measures, by eager code; the parameters' grads become its gradient."""
        from nn.examples import plain
        weights = self.weights and [self.weights[i] for i in batch]
        return gradients(self.model, self.loss, [plain(self.rows[i]) for i in batch],
                         [plain(self.targets[i]) for i in batch], reduction=self.reduction, measures=self.measures,
                         numbers=batch, weights=weights)

    def size(self, batch: Sequence[int]) -> float:
        """What the mean over a batch divides by: how many rows it has, or what they weigh; 1 where that is nothing."""
        return weighed(len(batch), self.weights and [self.weights[i] for i in batch])

    def evaluation(self) -> dict[str, float]:
        """The loss over the rows to validate with, and the measures, by eager code."""
        from nn.examples import plain
        rows, targets = self.validation or ([], [])
        return evaluation(self.model, self.loss, plain(rows), plain(targets), reduction=self.reduction,
                          measures=self.measures, noun="validation row", weights=self.validation_weights)


def checked(loss: Any, measures: Any) -> dict[str, Loss]:
    """The measures by name, which like the loss must be functions."""
    if measures is not None and not isinstance(measures, Mapping):
        raise TypeError(f"fit(measures) needs a dict of functions by their names; {brief(measures)} is "
                        f"{described(measures)}; write measures={{'name': function}}")
    named = dict(measures or {})
    for name, function in {"loss": loss, **named}.items():
        if not callable(function):
            way = "; give the function itself, not its name" if isinstance(function, str) else ""
            raise TypeError(f"fit needs functions of an output and its target; {name} is {brief(function)}{way}")
    if {"loss", "lr"} & {*named}:
        raise ValueError("fit(measures) needs names other than loss and lr, which the history has already")
    return named


def validation_pair(validation: Any, width: int, columns: list[Any]) -> tuple[Any, Any]:
    """The rows and targets to validate with."""
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(f"fit(validation) needs a pair (rows, targets); {brief(validation)} came")
    from nn.examples import examples
    rows, targets, _ = examples(validation[0], validation[1], "fit(validation)", columns)
    if len(rows[0]) != width:
        raise ValueError(f"fit(validation) needs rows of {width} numbers, as those to train with; rows of "
                         f"{len(rows[0])} came")
    return rows, targets
