"""Learning-rate schedules: what an optimiser's `lr` is, epoch by epoch or step by step. Arguments are PyTorch's.

A schedule goes out from the optimiser's own first rate, `initial_lr`, whatever rate stands there now; each group of
parameters with a rate of its own from that one's. An optimiser has one schedule at a time, the last that was made for
it: SequentialLR puts several one after the other. ReduceLROnPlateau, in nn.plateaus, looks at the loss.
"""
from __future__ import annotations

from bisect import bisect_right
from math import cos, inf, isfinite, pi

from engine.errors import brief
from engine.value import commit

from nn.inputs import whole
from nn.optimisers import Optimiser
from nn.settings import FIRST, nonnegative

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

PER = "epoch", "step"


class Schedule:
    """The learning rates of an optimiser: at epoch 0, which begins at once, then one for each `step()`.

    A subclass says in `rate` what becomes of the rate `base` at an epoch; it depends on nothing else, so a schedule can
    start at any. With `per="step"` fit goes on after each step of the optimiser, and each counts as an epoch. Errors:
    ValueError where `step()` comes after another schedule was made for the optimiser.

    >>> from engine import Value
    >>> from nn.optimisers import SGD
    >>> class Halving(Schedule):
    ...     def rate(self, epoch):
    ...         return self.base / 2 ** epoch
    >>> optimiser = SGD([Value(0.0)], lr=1.0)
    >>> Halving(optimiser).step()
    >>> optimiser.lr
    0.5
    """

    per = "epoch"
    epoch: int

    def __init__(self, optimiser: Optimiser, *, per: str = "epoch") -> None:
        if not isinstance(optimiser, Optimiser):
            raise TypeError(f"{type(self).__name__}(optimiser) needs an optimiser; {brief(optimiser)} is a "
                            f"{type(optimiser).__name__}")
        if per not in PER:
            raise ValueError(f"{type(self).__name__}(per) is one of {', '.join(map(repr, PER))}; {brief(per)} came")
        if per != self.per:
            self.per = per
        self.optimiser   = optimiser
        self.base: float = optimiser.initial_lr
        self.turn        = [type(self).__name__]     # the optimiser has that of the schedule made last
        self.put(0)

    def rate(self, epoch: int) -> float:
        """The learning rate at an epoch, where it was `self.base` at first."""
        raise NotImplementedError

    def step(self) -> None:
        """Go on to the next epoch."""
        self.go_to(self.epoch + 1)

    def after_step(self) -> None:
        """What fit calls after each step of the optimiser."""
        if self.per == "step":
            self.step()

    def after_epoch(self, figures: Mapping[str, float]) -> None:
        """What fit calls after each epoch, with the figures that the history has of it."""
        if self.per == "epoch":
            self.step()

    def go_to(self, epoch: int) -> None:
        """Set the optimiser's lr to that of an epoch. Errors: ValueError where that is no number of at least 0."""
        self.check()
        self.put(epoch)

    def put(self, epoch: int) -> None:
        """Set the optimiser's lr to that of an epoch, and whose turn it is, all at once."""
        optimiser = self.optimiser
        owns  = [part.own for part in optimiser.parts if "lr" in part.own or FIRST in part.own]
        bases = [optimiser.initial_lr, *[own.get(FIRST, optimiser.initial_lr) for own in owns]]
        rates = [self.checked_rate(base, epoch) for base in bases]
        members = [vars(self), vars(optimiser), *owns, vars(optimiser)]
        commit(map(dict.update, members, [{"epoch": epoch, "base": bases[0]}, *[{"lr": lr} for lr in rates],
                                          {"turn": self.turn}]))

    def checked_rate(self, base: float, epoch: int) -> float:
        """What becomes of a rate at an epoch, at least 0."""
        self.base = base
        try:
            lr = self.rate(epoch)
        except OverflowError:
            lr = inf
        finally:
            self.base = self.optimiser.initial_lr
        if not (isfinite(lr) and lr >= 0):
            raise ValueError(f"{type(self).__name__} needs learning rates of at least 0; "
                             f"at epoch {epoch} it has {lr!r}")
        return lr

    def check(self) -> None:
        """Errors: ValueError where the optimiser has another schedule by now."""
        turn = vars(self.optimiser).get("turn", self.turn)
        if turn is not self.turn:
            raise ValueError(f"{type(self).__name__} needs an optimiser to itself: a {turn[0]} was made for this one "
                             f"later, and sets its lr; go on with that, or put both into a SequentialLR")

    @property
    def place(self) -> Any:
        """Where the schedule is, as plain data: the epoch."""
        return self.epoch

    def members(self, place: Any) -> dict[str, Any]:
        """What the schedule's members are at a place; empty for what is none."""
        return {"epoch": place} if type(place) is int and place >= 0 else {}


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

    def __init__(self, optimiser: Optimiser, lr_lambda: Callable[[int], Any], *, per: str = "epoch") -> None:
        if not callable(lr_lambda):
            raise TypeError(f"LambdaLR(lr_lambda) needs a function of the epoch; {brief(lr_lambda)} came")
        self.lr_lambda = lr_lambda
        super().__init__(optimiser, per=per)

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

    def __init__(self, optimiser: Optimiser, step_size: int, gamma: float = 0.1, *, per: str = "epoch") -> None:
        self.step_size = epochs(step_size, "StepLR(step_size)")
        self.gamma     = nonnegative(gamma, "StepLR(gamma)")
        super().__init__(optimiser, per=per)

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

    def __init__(self, optimiser: Optimiser, gamma: float, *, per: str = "epoch") -> None:
        super().__init__(optimiser, 1, nonnegative(gamma, "ExponentialLR(gamma)"), per=per)


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
                 total_iters: int = 5, *, per: str = "epoch") -> None:
        self.start_factor = nonnegative(start_factor, "LinearLR(start_factor)")
        self.end_factor   = nonnegative(end_factor, "LinearLR(end_factor)")
        self.total_iters  = epochs(total_iters, "LinearLR(total_iters)")
        super().__init__(optimiser, per=per)

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

    def __init__(self, optimiser: Optimiser, T_max: int, eta_min: float = 0.0, *, per: str = "epoch") -> None:
        self.T_max   = epochs(T_max, "CosineAnnealingLR(T_max)")
        self.eta_min = nonnegative(eta_min, "CosineAnnealingLR(eta_min)")
        super().__init__(optimiser, per=per)

    def rate(self, epoch: int) -> float:
        down = (1.0 + cos(pi * epoch / self.T_max)) / 2.0
        return self.eta_min + (self.base - self.eta_min) * down


class SequentialLR(Schedule):
    """Several schedules of one optimiser, one after the other: each begins at its milestone, the first at once.

    So a warm-up, then a decay. Errors: ValueError where milestones do not rise, or are not one fewer than schedules.

    >>> from engine import Value
    >>> from nn.optimisers import SGD
    >>> optimiser = SGD([Value(0.0)], lr=1.0)
    >>> warm_up, decay = LinearLR(optimiser, 0.25, total_iters=3), CosineAnnealingLR(optimiser, T_max=4)
    >>> schedule, rates = SequentialLR(optimiser, [warm_up, decay], milestones=[3]), []
    >>> for _ in range(8):
    ...     rates.append(round(optimiser.lr, 3))
    ...     schedule.step()
    >>> rates
    [0.25, 0.5, 0.75, 1.0, 0.854, 0.5, 0.146, 0.0]
    """

    def __init__(self, optimiser: Optimiser, schedulers: Iterable[Schedule], milestones: Iterable[int]) -> None:
        self.schedulers = [in_order(schedule, optimiser) for schedule in schedulers]
        self.milestones = tuple([epochs(milestone, "SequentialLR(milestones)") for milestone in milestones])
        if not self.schedulers or len(self.milestones) != len(self.schedulers) - 1:
            raise ValueError(f"SequentialLR(milestones) needs one for each schedule but the first; "
                             f"{len(self.schedulers)} schedules and {len(self.milestones)} milestones came")
        if any([first >= second for first, second in zip(self.milestones, self.milestones[1:])]):
            raise ValueError(f"SequentialLR(milestones) needs milestones that rise; {[*self.milestones]} came")
        every = {schedule.per for schedule in self.schedulers}
        if len(every) > 1:
            raise ValueError("SequentialLR(schedulers) needs all of them per epoch, or all per step; both came")
        super().__init__(optimiser, per=every.pop())

    def rate(self, epoch: int) -> float:
        at = bisect_right(self.milestones, epoch)
        begun = self.milestones[at - 1] if at else 0
        return self.schedulers[at].checked_rate(self.base, epoch - begun)


def in_order(schedule: Any, optimiser: Optimiser) -> Schedule:
    """A schedule of the optimiser whose rates depend on the epoch alone."""
    if not isinstance(schedule, Schedule) or schedule.optimiser is not optimiser:
        raise ValueError(f"SequentialLR(schedulers) needs schedules of the same optimiser; {brief(schedule)} is none")
    if type(schedule.place) is not int:
        raise ValueError(f"SequentialLR(schedulers) needs rates that depend on the epoch alone; "
                         f"{type(schedule).__name__} looks at the loss")
    return schedule


def epochs(n: Any, what: str) -> int:
    """A number of epochs, at least 1."""
    if whole(n, what) < 1:
        raise ValueError(f"{what} needs 1 epoch or more; {brief(n)} came")
    return int(n)
