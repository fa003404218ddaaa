"""A run: a model in training, which only ever stands between two whole steps."""
from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from math import fsum

from engine.errors import brief, described

from nn.checkpoints import module
from nn.training.evaluation import evaluation, gradients
from nn.inputs import examples, whole
from nn.optimisers import Adam, Optimiser, switch
from nn.schedules import Schedule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from nn.training.evaluation import Loss
    from nn.module import Module
    from nn.training.recording import Recording

    History = dict[str, Any]

REDUCTIONS = ("mean", "sum")


class Run:
    """A model in training: what there is to learn from, how, and the history so far."""

    def __init__(self, model: Module, loss: Loss, rows: Any, targets: Any, optimiser: Optimiser | None,
                 schedule: Schedule | None, batch_size: int | None, shuffle: bool, seed: int | None, reduction: str,
                 measures: Mapping[str, Loss] | None, validation: Any, eager: bool | None = None) -> None:
        self.model, self.loss, self.measures = module(model, "fit(model)"), loss, functions(loss, measures)
        self.rows, self.targets = examples(rows, targets, "fit")
        self.validation = None if validation is None else pair(validation, len(self.rows[0]))
        self.optimiser  = chosen(model, optimiser, schedule)
        self.schedule   = schedule
        self.lr         = schedule.base if schedule else self.optimiser.lr
        self.batch_size = len(self.rows) if batch_size is None else min(whole(batch_size, "fit(batch_size)"),
                                                                        len(self.rows))
        if self.batch_size < 1:
            raise ValueError(f"fit(batch_size) needs 1 or more; {batch_size} came")
        if reduction not in REDUCTIONS:
            raise ValueError(f"fit(reduction) is one of {', '.join(map(repr, REDUCTIONS))}; {brief(reduction)} came")
        self.reduction, self.shuffle = reduction, switch(shuffle, "fit(shuffle)")
        self.eager = eager if eager is None else switch(eager, "fit(eager)")
        self.order: list[int] = []                   # of the rows, in the epoch under way
        self.batches = -(-len(self.rows) // self.batch_size)
        kinds = ["loss", *self.measures]
        after = [f"validation_{kind}" for kind in kinds if validation is not None]
        self.history: History = {"seed":   None if seed is None else whole(seed, "fit(seed)"),
                                 "steps":  {name: [] for name in [*kinds, "lr"]},
                                 "epochs": {name: [] for name in kinds + after}}

    @property
    def done(self) -> int:
        """How many steps have been made."""
        return len(self.history["steps"]["loss"])

    @property
    def place(self) -> tuple[int, int]:
        """How many steps have been made, and how many epochs closed."""
        return self.done, len(self.history["epochs"]["loss"])

    def advance(self) -> None:
        """Make the next step, or close an epoch of which all steps are made."""
        steps, epochs = self.place
        if steps == (epochs + 1) * self.batches:
            self.close_epoch()
        else:
            self.step()

    def step(self) -> None:
        """One step of the optimiser on the next batch; interrupted, none."""
        batch = self.batch()
        found = self.recording and self.recording.gradients(batch) or gradients(
            self.model, self.loss, [self.rows[i] for i in batch], [self.targets[i] for i in batch], self.reduction,
            self.measures, numbers=batch)
        steps = self.history["steps"]
        with unbroken():
            lr = self.optimiser.lr
            self.optimiser.step()
            for name, n in {**found, "lr": lr}.items():
                steps[name].append(n)

    @cached_property
    def recording(self) -> Recording | None:
        """The loss, to be recorded at the first step; None for a run that is eager."""
        if self.eager:
            return None
        from nn.training.recording import Recording           # here, so that importing nn stays fast
        return Recording(self)

    def batch(self) -> list[int]:
        """The numbers of the rows of the next batch. An epoch's order depends on the seed and the epoch alone."""
        epoch, at = divmod(self.done, self.batches)
        if at == 0 or not self.order:
            self.order = list(range(len(self.rows)))
            if self.shuffle and self.batches > 1:
                import random
                if self.history["seed"] is None:
                    self.history["seed"] = random.randrange(2 ** 32)
                random.Random(f"{self.history['seed']}, epoch {epoch}").shuffle(self.order)
        return self.order[at * self.batch_size:(at + 1) * self.batch_size]

    def close_epoch(self) -> None:
        """Add an epoch to the history, and go on to its successor's learning rate; interrupted, neither."""
        steps, n = self.history["steps"], len(self.rows)
        sizes = [min(self.batch_size, n - start) for start in range(0, n, self.batch_size)]
        line  = {name: fsum([x * size for x, size in zip(steps[name][-self.batches:], sizes)]) / n
                 for name in ("loss", *self.measures)}
        if self.reduction == "sum":
            line["loss"] = fsum(steps["loss"][-self.batches:])
        if self.validation is not None:
            found = self.recording and self.recording.evaluation() or evaluation(
                self.model, self.loss, *self.validation, self.reduction, self.measures, "validation row")
            line.update((f"validation_{name}", x) for name, x in found.items())
        with unbroken():
            if self.schedule is not None:
                self.schedule.step()
            for name, x in line.items():
                self.history["epochs"][name].append(x)


def chosen(model: Module, optimiser: Any, schedule: Any) -> Optimiser:
    """The optimiser of a model's parameters, or of some of them; Adam where none is given."""
    if schedule is not None and not isinstance(schedule, Schedule):
        raise TypeError(f"fit(schedule) needs a schedule; {brief(schedule)} is {described(schedule)}")
    found = optimiser if optimiser is not None else schedule.optimiser if schedule else Adam(model.parameters())
    if not isinstance(found, Optimiser):
        raise TypeError(f"fit(optimiser) needs an optimiser; {brief(found)} is {described(found)}; "
                        f"write SGD(model.parameters(), lr=0.1)")
    if schedule is not None and schedule.optimiser is not found:
        raise ValueError("fit(schedule) needs a schedule of the same optimiser; it has another one")
    known = {id(p) for p in model.parameters()}
    for i, p in enumerate(found.parameters):
        if id(p) not in known:
            raise ValueError(f"fit(optimiser) needs parameters of the model; number {i} of the optimiser, "
                             f"{p.label or repr(p)}, is none; make the optimiser from model.parameters()")
    return found


def functions(loss: Any, measures: Any) -> dict[str, Loss]:
    """The measures, which like the loss must be functions, by name."""
    found = dict(measures or {})
    for name, function in {"loss": loss, **found}.items():
        if not callable(function):
            raise TypeError(f"fit needs functions of an output and its target; {name} is {brief(function)}")
    if {"loss", "lr"} & {*found}:
        raise ValueError("fit(measures) needs names other than loss and lr, which the history has already")
    return found


def pair(validation: Any, width: int) -> tuple[list[list[float]], list[Any]]:
    """The rows and targets to validate with."""
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(f"fit(validation) needs a pair (rows, targets); {brief(validation)} came")
    rows, targets = examples(validation[0], validation[1], "fit(validation)")
    if len(rows[0]) != width:
        raise ValueError(f"fit(validation) needs rows of {width} numbers, as those to train with; rows of "
                         f"{len(rows[0])} came")
    return rows, targets


@contextmanager
def unbroken() -> Iterator[None]:
    """Hold Ctrl-C back until the end, where it is passed on."""
    import signal
    import threading
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield                                        # no Python code runs on Ctrl-C here
        return
    pressed: list[Any] = []
    signal.signal(signal.SIGINT, lambda *call: pressed.append(call))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            before(*pressed[0])
