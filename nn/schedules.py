"""Learning-rate schedules: what an optimiser's `lr` is, epoch by epoch. Names and arguments are PyTorch's."""
from __future__ import annotations

from math import cos, inf, isfinite, pi

from engine.errors import brief

from nn.inputs import whole
from nn.optimisers import Optimiser
from nn.settings import nonnegative

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Schedule:
    """The learning rates of an optimiser: at epoch 0, which begins at once, then one for each `step()`.

    A subclass says in `rate` what lr is at an epoch; it depends on nothing else, so a schedule can start at any.
    """

    def __init__(self, optimiser: Optimiser) -> None:
        if not isinstance(optimiser, Optimiser):
            raise TypeError(f"{type(self).__name__}(optimiser) needs an optimiser; {brief(optimiser)} is a "
                            f"{type(optimiser).__name__}")
        self.optimiser   = optimiser
        self.base: float = optimiser.lr
        self.go_to(0)

    def rate(self, epoch: int) -> float:
        """The learning rate at an epoch."""
        raise NotImplementedError

    def step(self) -> None:
        """Go on to the next epoch."""
        self.go_to(self.epoch + 1)

    def go_to(self, epoch: int) -> None:
        """Set the optimiser's lr to that of an epoch. Errors: ValueError where that is no number of at least 0."""
        try:
            lr = self.rate(epoch)
        except OverflowError:
            lr = inf
        if not (isfinite(lr) and lr >= 0):
            raise ValueError(f"{type(self).__name__} needs learning rates of at least 0; "
                             f"at epoch {epoch} it has {lr!r}")
        self.epoch, self.optimiser.lr = epoch, lr


class LambdaLR(Schedule):
    """At each epoch lr times a function of the epoch.

    >>> from engine import Value
    >>> from nn.optimisers import SGD
    >>> optimiser = SGD([Value(0.0)], lr=1.0)
    >>> schedule = LambdaLR(optimiser, lambda epoch: 1 / (1 + epoch))
    >>> schedule.step()
    >>> optimiser.lr
    0.5
    """

    def __init__(self, optimiser: Optimiser, lr_lambda: Callable[[int], Any]) -> None:
        if not callable(lr_lambda):
            raise TypeError(f"LambdaLR(lr_lambda) needs a function of the epoch; {brief(lr_lambda)} came")
        self.lr_lambda = lr_lambda
        super().__init__(optimiser)

    def rate(self, epoch: int) -> float:
        return self.base * nonnegative(self.lr_lambda(epoch), f"LambdaLR(lr_lambda) at epoch {epoch}")


class StepLR(Schedule):
    """lr, multiplied by `gamma` after every `step_size` epochs.

    >>> from engine import Value
    >>> from nn.optimisers import SGD
    >>> optimiser = SGD([Value(0.0)], lr=1.0)
    >>> schedule = StepLR(optimiser, step_size=1, gamma=0.5)
    >>> schedule.step()
    >>> optimiser.lr
    0.5
    """

    def __init__(self, optimiser: Optimiser, step_size: int, gamma: float = 0.1) -> None:
        self.step_size = epochs(step_size, "StepLR(step_size)")
        self.gamma     = nonnegative(gamma, "StepLR(gamma)")
        super().__init__(optimiser)

    def rate(self, epoch: int) -> float:
        return self.base * self.gamma ** (epoch // self.step_size)


class ExponentialLR(StepLR):
    """lr, multiplied by `gamma` after every epoch.

    >>> from engine import Value
    >>> from nn.optimisers import SGD
    >>> optimiser = SGD([Value(0.0)], lr=1.0)
    >>> schedule = ExponentialLR(optimiser, gamma=0.25)
    >>> schedule.step()
    >>> optimiser.lr
    0.25
    """

    def __init__(self, optimiser: Optimiser, gamma: float) -> None:
        super().__init__(optimiser, 1, nonnegative(gamma, "ExponentialLR(gamma)"))


class LinearLR(Schedule):
    """From `start_factor` times lr to `end_factor` times lr in `total_iters` epochs, in a straight line.

    >>> from engine import Value
    >>> from nn.optimisers import SGD
    >>> optimiser = SGD([Value(0.0)], lr=1.0)
    >>> schedule = LinearLR(optimiser, start_factor=1.0, end_factor=0.0, total_iters=4)
    >>> schedule.step()
    >>> optimiser.lr
    0.75
    """

    def __init__(self, optimiser: Optimiser, start_factor: float = 1 / 3, end_factor: float = 1.0,
                 total_iters: int = 5) -> None:
        self.start_factor = nonnegative(start_factor, "LinearLR(start_factor)")
        self.end_factor   = nonnegative(end_factor, "LinearLR(end_factor)")
        self.total_iters  = epochs(total_iters, "LinearLR(total_iters)")
        super().__init__(optimiser)

    def rate(self, epoch: int) -> float:
        part = min(epoch, self.total_iters) / self.total_iters
        return self.base * (self.start_factor + (self.end_factor - self.start_factor) * part)


class CosineAnnealingLR(Schedule):
    """From lr down to `eta_min` in `T_max` epochs, along half a wave of the cosine, and up again after that.

    >>> from engine import Value
    >>> from nn.optimisers import SGD
    >>> optimiser = SGD([Value(0.0)], lr=1.0)
    >>> schedule = CosineAnnealingLR(optimiser, T_max=2)
    >>> schedule.step()
    >>> optimiser.lr
    0.5
    """

    def __init__(self, optimiser: Optimiser, T_max: int, eta_min: float = 0.0) -> None:
        self.T_max   = epochs(T_max, "CosineAnnealingLR(T_max)")
        self.eta_min = nonnegative(eta_min, "CosineAnnealingLR(eta_min)")
        super().__init__(optimiser)

    def rate(self, epoch: int) -> float:
        down = (1.0 + cos(pi * epoch / self.T_max)) / 2.0
        return self.eta_min + (self.base - self.eta_min) * down


def epochs(n: Any, what: str) -> int:
    """A number of epochs, at least 1."""
    if whole(n, what) < 1:
        raise ValueError(f"{what} needs 1 epoch or more; {brief(n)} came")
    return int(n)
