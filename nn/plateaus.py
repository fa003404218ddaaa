"""A schedule that looks at the loss: the learning rate falls where that has not done so for a while."""
from __future__ import annotations

from math import isfinite

from engine.errors import brief, number

from nn.inputs import whole
from nn.schedules import Schedule
from nn.settings import nonnegative

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from nn.optimisers import Optimiser


class ReduceLROnPlateau(Schedule):
    """lr, multiplied by `factor` whenever a figure has not got better for more than `patience` epochs.

    Better is lower, or with `mode="max"` higher, by more than `threshold`: a part of the best so far, or with
    `threshold_mode="abs"` a number. After a cut the figure is not looked at for `cooldown` epochs; lr does not fall
    below `min_lr`, nor by steps of at most `eps`. `step(figure)` goes on; fit gives it the figure of the history's
    epochs called `measure`: where none is named the validation loss, or without validation the loss.

    >>> from engine import Value
    >>> from nn.optimisers import SGD
    >>> optimiser = SGD([Value(0.0)], lr=1.0)
    >>> schedule = ReduceLROnPlateau(optimiser, factor=0.5, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0, 1.0):
    ...     schedule.step(loss)
    >>> optimiser.lr
    0.5
    """

    def __init__(self, optimiser: Optimiser, mode: str = "min", factor: float = 0.1, patience: int = 10,
                 threshold: float = 1e-4, threshold_mode: str = "rel", cooldown: int = 0, min_lr: float = 0.0,
                 eps: float = 1e-8, *, measure: str = "") -> None:
        self.mode, self.threshold_mode = chosen(mode, "mode", "min", "max"), chosen(
            threshold_mode, "threshold_mode", "rel", "abs")
        self.factor = nonnegative(factor, "ReduceLROnPlateau(factor)")
        if self.factor >= 1:
            raise ValueError(f"ReduceLROnPlateau(factor) needs a number below 1; {brief(factor)} came")
        self.patience, self.cooldown = count(patience, "patience"), count(cooldown, "cooldown")
        self.threshold = nonnegative(threshold, "ReduceLROnPlateau(threshold)")
        self.min_lr    = nonnegative(min_lr, "ReduceLROnPlateau(min_lr)")
        self.eps       = nonnegative(eps, "ReduceLROnPlateau(eps)")
        if not isinstance(measure, str):
            raise TypeError(f"ReduceLROnPlateau(measure) needs the name of a figure; {brief(measure)} came")
        self.measure   = [measure]
        self.so_far: list[Any] = [0, None, 0, 0]     # cuts, the best figure, epochs since, epochs not to look at
        super().__init__(optimiser)

    def rate(self, epoch: int) -> float:
        lr = self.base
        for _ in range(self.so_far[0]):
            lower = max(lr * self.factor, self.min_lr)
            if lr - lower > self.eps:
                lr = lower
        return lr

    def step(self, figure: Any = None) -> None:
        """Go on to the next epoch, with what was found in this one. Errors: TypeError where that is no number."""
        x = number(figure, "ReduceLROnPlateau.step(figure)")
        cuts, best, waited, resting = self.so_far
        better = best is None or self.is_better(x, best)
        waited = 0 if better or resting else waited + 1
        after  = [cuts, x if better else best, waited, max(resting - 1, 0)]
        if waited > self.patience:
            after = [cuts + 1, after[1], 0, self.cooldown]
        before = self.so_far
        self.so_far = after
        try:
            self.go_to(self.epoch + 1)
        except BaseException:
            self.so_far = before
            raise

    def is_better(self, x: float, best: float) -> bool:
        """Whether a figure is better than the best so far."""
        margin = abs(best) * self.threshold if self.threshold_mode == "rel" else self.threshold
        return x < best - margin if self.mode == "min" else x > best + margin

    def after_epoch(self, figures: Mapping[str, float]) -> None:
        name = self.measure[0] or ("validation_loss" if "validation_loss" in figures else "loss")
        if name not in figures:
            raise ValueError(f"ReduceLROnPlateau(measure) needs a figure of the history's epochs; {name!r} is none of "
                             f"{', '.join(figures)}")
        self.step(figures[name])

    @property
    def place(self) -> Any:
        return [self.epoch, *self.so_far]

    def members(self, place: Any) -> dict[str, Any]:
        if not isinstance(place, list) or len(place) != 5:
            return {}
        epoch, cuts, best, waited, resting = place
        if not all([type(n) is int and n >= 0 for n in (epoch, cuts, waited, resting)]):
            return {}
        known = best is None or type(best) in (int, float) and isfinite(best)
        return {"epoch": epoch, "so_far": [cuts, best, waited, resting]} if known else {}


def chosen(given: Any, name: str, *options: str) -> str:
    """One of some options."""
    if given not in options:
        raise ValueError(f"ReduceLROnPlateau({name}) is one of {', '.join(map(repr, options))}; {brief(given)} came")
    return str(given)


def count(n: Any, name: str) -> int:
    """A number of epochs, at least 0."""
    if whole(n, f"ReduceLROnPlateau({name})") < 0:
        raise ValueError(f"ReduceLROnPlateau({name}) needs 0 epochs or more; {brief(n)} came")
    return int(n)
