"""Control over a run from outside: callbacks after each epoch, which may end it. One of them is early stopping.

A callback is a function of the run, or has a method `on_epoch(run)`; `run.stop(reason)` ends the run there.

>>> from nn import MLP, fit, mean_squared_error
>>> def on_epoch(run):
...     if len(run.history["epochs"]["loss"]) == 3:
...         run.stop("three are enough")
>>> history = fit(MLP(1, [1], seed=1), mean_squared_error, [[0.0], [1.0]], [1.0, 3.0], callbacks=[on_epoch])
>>> len(history["epochs"]["loss"]), history["stopped"]
(3, 'three are enough')
"""
from __future__ import annotations

from math import inf

from engine.errors import brief, described, number
from engine.value import commit, set_data

from nn.inputs import whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

    Run = Any                                        # nn.training.runs.Run, which imports this

MODES = {"min": 1.0, "max": -1.0}


class EarlyStopping:
    """Ends a run `patience` epochs after its best one, and puts the parameters of that one back when the run is over.

    The best epoch has the least (`mode="min"`) or the largest (`mode="max"`) of what the history's epochs have under
    `monitor`; by default that is the validation loss, or without validation the loss. A better one has to be better by
    more than `min_delta`. With a checkpoint the best parameters are kept there too. Errors: TypeError and ValueError.

    >>> from nn import MLP, SGD, fit, mean_squared_error
    >>> model = MLP(1, [1], seed=1)
    >>> history = fit(model, mean_squared_error, [[0.0], [1.0]], [1.0, 3.0], epochs=99,
    ...               optimiser=SGD(model.parameters(), lr=2.0), callbacks=[EarlyStopping(patience=2)])
    >>> len(history["epochs"]["loss"]), history["stopped"]
    (3, 'no better loss for 2 epochs')
    """

    def __init__(self, patience: int = 10, *, monitor: str = "", mode: Literal["min", "max"] = "min",
                 min_delta: float = 0.0) -> None:
        if whole(patience, "EarlyStopping(patience)") < 1:
            raise ValueError(f"EarlyStopping(patience) needs 1 epoch or more; {brief(patience)} came")
        if mode not in MODES:
            raise ValueError(f"EarlyStopping(mode) is one of 'min', 'max'; {brief(mode)} came")
        if number(min_delta, "EarlyStopping(min_delta)") < 0:
            raise ValueError(f"EarlyStopping(min_delta) needs a number of at least 0; {brief(min_delta)} came")
        self.patience, self.monitor, self.mode, self.min_delta = int(patience), monitor, mode, float(min_delta)
        self.restart()

    def restart(self) -> None:
        """Forget what was best: a run begins."""
        self.best, self.epoch = inf, 0
        self.numbers: list[float] = []

    def check(self, run: Run) -> None:
        """Errors: ValueError where the history of a run has nothing under this name."""
        self.name = self.monitor or ("validation_loss" if run.task.validation is not None else "loss")
        if self.name not in run.history["epochs"]:
            raise ValueError(f"EarlyStopping(monitor) is one of {', '.join(map(repr, run.history['epochs']))}; "
                             f"{brief(self.name)} came")

    def on_epoch(self, run: Run) -> None:
        """Note the parameters of a better epoch; end the run where the best is long ago."""
        column = run.history["epochs"][self.name]
        now    = MODES[self.mode] * column[-1]
        if now < self.best - self.min_delta or not self.numbers:
            self.best, self.epoch, self.numbers = now, len(column), [p.data for p in run.task.model.parameters()]
        elif len(column) - self.epoch >= self.patience:
            run.stop(f"no better {self.name} for {self.patience} epochs")

    def on_end(self, run: Run) -> None:
        """Put the best parameters back."""
        if self.numbers:
            commit(map(set_data, run.task.model.parameters(), self.numbers))

    def state_dict(self) -> dict[str, Any]:
        """What is noted so far."""
        return {"best": self.best, "epoch": self.epoch, "numbers": self.numbers} if self.numbers else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what was noted."""
        if state:
            self.best, self.epoch, self.numbers = state["best"], state["epoch"], state["numbers"]

    def __repr__(self) -> str:
        return (f"{type(self).__name__}(patience={self.patience!r}, monitor={self.monitor!r}, mode={self.mode!r}, "
                f"min_delta={self.min_delta!r})")


def checked_callbacks(given: Any, run: Run) -> list[Any]:
    """Callbacks that can be called, made ready for a run. Errors: TypeError for what is none."""
    if not isinstance(given, (list, tuple)):
        raise TypeError(f"fit(callbacks) needs a list; {brief(given)} is {described(given)}; write [{brief(given)}]")
    for each in given:
        if isinstance(each, type) and hasattr(each, "on_epoch"):
            raise TypeError(f"fit(callbacks) needs what was made, not its class; write {each.__name__}()")
        if not callable(getattr(each, "on_epoch", each)):
            raise TypeError(f"fit(callbacks) needs functions of a run, or what has on_epoch(run); {brief(each)} is "
                            f"{described(each)}")
        if isinstance(each, EarlyStopping):
            each.restart()
            each.check(run)
    return list(given)


def after_epoch(callback: Any) -> Callable[[Run], Any]:
    """What a callback does after an epoch."""
    return getattr(callback, "on_epoch", callback)  # type: ignore[no-any-return]


def noting(callbacks: list[Any]) -> list[Any]:
    """Those of the callbacks that note something from one epoch to the next."""
    return [each for each in callbacks if hasattr(each, "state_dict")]


def described_callbacks(callbacks: list[Any]) -> dict[str, str]:
    """What a run's file has to say of the callbacks that note something, so that what they noted is theirs."""
    texts = [repr(each) if isinstance(each, EarlyStopping) else f"{type(each).__name__}()"
             for each in noting(callbacks)]
    return {f"callbacks[{i}]": text for i, text in enumerate(texts)}


def states_of(callbacks: list[Any]) -> list[Any]:
    """What the callbacks have noted, as plain data."""
    return [each.state_dict() for each in noting(callbacks)]


def go_on(callbacks: list[Any], states: list[Any]) -> None:
    """Let the callbacks go on from what they had noted."""
    for each, state in zip(noting(callbacks), states):
        each.load_state_dict(state)
