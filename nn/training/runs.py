"""A run: a model in training, which only ever stands between two whole steps."""
from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from math import fsum

from engine.errors import brief, described

from nn.clipping import clip_grad_norm_, clip_grad_value_
from nn.inputs import whole
from nn.optimisers import Adam, Optimiser
from nn.schedules import Schedule
from nn.settings import nonnegative, switch
from nn.training.control import after_epoch, checked_callbacks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TypedDict

    from nn.module import Module
    from nn.training.recording import Recording
    from nn.training.tasks import Task

    class History(TypedDict):
        """What a run was, as plain data: of each step, of each epoch the loss, the measures and the like."""

        seed: int | None
        steps: dict[str, list[float]]
        epochs: dict[str, list[float]]
        stopped: str | None


class Run:
    """A task in training: its optimiser, its batches, and the history so far.

    Errors: TypeError and ValueError for settings that do not fit.

    >>> from nn import SGD, Neuron, mean_squared_error
    >>> from nn.training.tasks import Task
    >>> model = Neuron(1, nonlin=False, seed=1)
    >>> run = Run(Task(model, mean_squared_error, [[0.0]], [1.0]), optimiser=SGD(model.parameters(), lr=0.25))
    >>> run.advance()
    >>> run.history["steps"], model.b.data
    ({'loss': [1.0], 'lr': [0.25]}, 0.5)
    """

    def __init__(self, task: Task, *, optimiser: Optimiser | None = None, schedule: Schedule | None = None,
                 batch_size: int | None = None, shuffle: bool = True, seed: int | None = None,
                 eager: bool | None = None, callbacks: Any = (), clip_norm: float | None = None,
                 clip_value: float | None = None) -> None:
        self.task       = task
        self.optimiser  = optimiser_for(task.model, optimiser, schedule)
        self.schedule   = schedule
        self.lr         = schedule.base if schedule else self.optimiser.lr
        self.batch_size = rows_in_batch(batch_size, len(task.rows))
        self.batches    = -(-len(task.rows) // self.batch_size)
        self.shuffle    = switch(shuffle, "fit(shuffle)")
        self.eager      = None if eager is None else switch(eager, "fit(eager)")
        self.clip_norm  = None if clip_norm is None else nonnegative(clip_norm, "fit(clip_norm)")
        self.clip_value = None if clip_value is None else nonnegative(clip_value, "fit(clip_value)")
        self.history    = empty_history(task, None if seed is None else whole(seed, "fit(seed)"))
        self.order: list[int] = []                   # of the rows, in the epoch under way
        self.stopped: str | None = None              # why a callback has ended it
        self.whole      = Whole()
        self.callbacks  = checked_callbacks(callbacks, self)

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
        act = self.close_epoch if steps == (epochs + 1) * self.batches else self.step
        if self.whole.before is not None:            # watches
            return act()
        with self.whole.watch():
            act()

    def step(self) -> None:
        """One step of the optimiser on the next batch; interrupted, none."""
        batch = self.batch()
        figures = self.recording.gradients(batch) if self.recording else None
        if figures is None:
            figures = self.task.gradients(batch)
        steps = self.history["steps"]
        with self.whole:
            figures["lr"] = self.optimiser.lr
            if self.clip_value is not None:
                clip_grad_value_(self.optimiser.parameters, self.clip_value)
            if self.clip_norm is not None:
                clip_grad_norm_(self.optimiser.parameters, self.clip_norm)
            self.optimiser.step()
            if self.schedule is not None:
                self.schedule.after_step()
            for name, n in figures.items():
                steps[name].append(n)

    @cached_property
    def recording(self) -> Recording | None:
        """The loss, to be recorded at the first step; None for a run that is eager."""
        if self.eager:
            return None
        from nn.training.recording import Recording  # here, so that importing nn stays fast
        return Recording(self.task, demanded=self.eager is False)

    def batch(self) -> list[int]:
        """The numbers of the rows of the next batch. An epoch's order depends on the seed and the epoch alone."""
        epoch, at = divmod(self.done, self.batches)
        if self.batches == 1 and self.order:
            return self.order
        if at == 0 or not self.order:
            self.order = list(range(len(self.task.rows)))
            if self.shuffle and self.batches > 1:
                import random
                if self.history["seed"] is None:
                    self.history["seed"] = random.randrange(2 ** 32)
                random.Random(f"{self.history['seed']}, epoch {epoch}").shuffle(self.order)
        return self.order[at * self.batch_size:(at + 1) * self.batch_size]

    def close_epoch(self) -> None:
        """Add an epoch to the history, and go on to its successor's learning rate; interrupted, neither."""
        line = self.means()
        if self.task.validation is not None:
            line.update((f"validation_{name}", x) for name, x in self.evaluation().items())
        with self.whole:
            if self.schedule is not None:
                self.schedule.after_epoch(line)
            for name, x in line.items():
                self.history["epochs"][name].append(x)
        for callback in self.callbacks:
            after_epoch(callback)(self)

    def stop(self, reason: str = "a callback") -> None:
        """End the run after this epoch; the history's "stopped" says why."""
        self.stopped = self.history["stopped"] = str(reason)

    def end(self) -> None:
        """Let the callbacks do what they do when all is over: early stopping puts the best parameters back."""
        for callback in self.callbacks:
            if hasattr(callback, "on_end"):
                callback.on_end(self)

    def means(self) -> dict[str, float]:
        """What was found of an epoch's batches, as means over its rows; the loss as their sum where it is one."""
        steps, n = self.history["steps"], len(self.task.rows)
        sizes = [min(self.batch_size, n - start) for start in range(0, n, self.batch_size)]
        line  = {name: average(steps[name][-self.batches:], sizes) for name in self.task.names}
        if self.task.weights:
            parts = [self.order[start:start + self.batch_size] for start in range(0, n, self.batch_size)]
            line["loss"] = average(steps["loss"][-self.batches:], [self.task.size(part) for part in parts])
        if self.task.reduction == "sum":
            line["loss"] = fsum(steps["loss"][-self.batches:])
        return line

    def evaluation(self) -> dict[str, float]:
        """The loss over the rows to validate with, and the measures."""
        figures = self.recording.evaluation() if self.recording else None
        return self.task.evaluation() if figures is None else figures


def average(numbers: list[float], sizes: Sequence[float]) -> float:
    """The mean of some numbers, each as often as its size says; one alone is it."""
    return fsum([x * size for x, size in zip(numbers, sizes)]) / fsum(sizes)


def empty_history(task: Task, seed: int | None) -> History:
    """The history of a run that has not begun."""
    after = [f"validation_{name}" for name in task.names if task.validation is not None]
    return {"seed":   seed,
            "steps":  {name: [] for name in [*task.names, "lr"]},
            "epochs": {name: [] for name in [*task.names, *after]}, "stopped": None}


def rows_in_batch(batch_size: int | None, rows: int) -> int:
    """The number of rows in a batch: all, if none is given, and no more than there are."""
    if batch_size is None:
        return rows
    if whole(batch_size, "fit(batch_size)") < 1:
        raise ValueError(f"fit(batch_size) needs 1 or more; {batch_size} came")
    return min(int(batch_size), rows)


def optimiser_for(model: Module, optimiser: Any, schedule: Any) -> Optimiser:
    """The optimiser of a model's parameters, or of some of them; Adam where none is given."""
    if schedule is not None and not isinstance(schedule, Schedule):
        raise TypeError(f"fit(schedule) needs a schedule; {brief(schedule)} is {described(schedule)}")
    if optimiser is None:
        optimiser = schedule.optimiser if schedule else Adam(model.parameters())
    if not isinstance(optimiser, Optimiser):
        raise TypeError(f"fit(optimiser) needs an optimiser; {brief(optimiser)} is {described(optimiser)}; "
                        f"write SGD(model.parameters(), lr=0.1)")
    if schedule is not None and schedule.optimiser is not optimiser:
        raise ValueError("fit(schedule) needs a schedule of the same optimiser; it has another one")
    if schedule is not None:
        schedule.check()
    known = {id(p) for p in model.parameters()}
    for i, p in enumerate(optimiser.parameters):
        if id(p) not in known:
            raise ValueError(f"fit(optimiser) needs parameters of the model; number {i} of the optimiser, "
                             f"{p.label or repr(p)}, is none; make the optimiser from model.parameters()")
    return optimiser


class Whole:
    """Holds Ctrl-C back while something is done as a whole, and passes it on then.

    What has to be whole stands below `with whole:`, and all of that, for some time, below `with whole.watch():`.
    """

    def __init__(self) -> None:
        self.before: Any = None                      # what Ctrl-C does otherwise, while this watches
        self.inside = False
        self.pressed: list[Any] = []

    def __enter__(self) -> None:
        self.inside = True

    def __exit__(self, *failure: Any) -> None:
        self.inside = False
        if self.pressed:
            call, self.pressed = self.pressed[0], []
            self.before(*call)

    def press(self, *call: Any) -> None:
        """What Ctrl-C does meanwhile."""
        if self.inside:
            self.pressed.append(call)
        else:
            self.before(*call)

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Have Ctrl-C come here, unless it does so already, or cannot run Python code here."""
        import signal
        import threading
        before = signal.getsignal(signal.SIGINT)
        if before == self.press or threading.current_thread() is not threading.main_thread() or not callable(before):
            yield
            return
        self.before = before
        signal.signal(signal.SIGINT, self.press)
        try:
            yield
        finally:
            if signal.getsignal(signal.SIGINT) == self.press:    # else a callback has set another one
                signal.signal(signal.SIGINT, before)
            self.before = None                       # last: interrupted before, Ctrl-C is still passed on
