"""A run in a file: all that it needs to go on, bit for bit as if it had never stopped."""
from __future__ import annotations

import errno
import os

from nn.checkpoints import document, listed, members, parameters
from nn.files import quoted, read, refusal, write
from nn.optimisers import assign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from nn.files import Path
    from nn.training.runs import Run


def keep(run: Run, path: Path) -> tuple[int, int]:
    """Write a run to its file; the place that is safe there."""
    optimiser, schedule = run.optimiser, run.schedule
    write(path, {**document(run.model), "training": {
        "settings":  settings(run),
        "optimiser": {"steps": optimiser.steps, "lr": optimiser.lr, "state": [n for ns in optimiser.state for n in ns]},
        "schedule":  schedule.epoch if schedule else None,
        "history":   run.history}})
    return run.place


def resume(run: Run, path: Path) -> None:
    """Put a run into the state that its file holds; without a file it stays as it is.

    Errors: ValueError that lists all that is wrong with the file; then nothing has changed.
    """
    if not os.path.exists(path):
        writable(path)
        return
    wrong: list[str] = []
    found   = members(read(path, wrong), wrong, optional=("training",))
    numbers = parameters(run.model, found.get("parameters"), wrong) if found else []
    state: Any = found.get("training")
    if not wrong and state is None:
        wrong.append("missing: training; it holds a model, not a run: load(model, path) has its parameters")
    if not wrong:
        complete(state, settings(run), wrong)
    if not wrong:
        optimiser_fits(run, state, wrong)
        history_fits(run, state["history"], wrong)
    if wrong:
        raise refusal(path, "is not a checkpoint of this run", wrong)
    optimiser, width, flat = run.optimiser, run.optimiser.remembered, state["optimiser"]["state"]
    assign(run.model.parameters(), numbers)
    optimiser.steps, optimiser.lr = state["optimiser"]["steps"], state["optimiser"]["lr"]
    optimiser.state = [tuple(flat[i * width:(i + 1) * width]) for i in range(len(optimiser.parameters))]
    if run.schedule is not None:
        run.schedule.epoch = state["schedule"]
    run.history = state["history"]


def writable(path: Path) -> None:
    """Refuse a file that could not be written, now and not when the first hours are over."""
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, "fit(checkpoint) needs a folder that exists", folder)
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, "fit(checkpoint) needs a folder that may be written", folder)


def settings(run: Run) -> dict[str, Any]:
    """What must be the same in every part of a run, as it stands in a file."""
    import json
    from hashlib import sha256
    examples = repr((run.rows, run.targets)), repr(run.validation)
    found = {
        "examples":   sha256(examples[0].encode()).hexdigest()[:16],
        "validation": sha256(examples[1].encode()).hexdigest()[:16],
        "measures":   [*run.measures],
        "batch_size": run.batch_size,
        "shuffle":    run.shuffle,
        "reduction":  run.reduction,
        "eager":      run.eager,
        "lr":         run.lr,
        "optimiser":  described(run.optimiser, without=("lr", "steps", "state")),
        "schedule":   described(run.schedule, without=("epoch",)),
    }
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def described(part: Any, without: tuple[str, ...]) -> str:
    """The name of an optimiser or schedule, and its plain arguments."""
    arguments = [f"{name}={x!r}" for name, x in vars(part).items()
                 if isinstance(x, (bool, int, float, tuple)) and name not in without] if part is not None else []
    return f"{type(part).__name__}({', '.join(arguments)})"


def complete(state: Any, asked: dict[str, Any], wrong: list[str]) -> None:
    """Note what a run's part of a file lacks, and which settings are not those asked for."""
    form: dict[str, Any] = {"settings": dict, "optimiser": dict, "schedule": (int, type(None)), "history": dict}
    if not isinstance(state, dict) or {*state} != {*form} or not all(isinstance(state[k], form[k]) for k in form):
        wrong.append(f"training: {', '.join(form)} are needed; {quoted(state)} came")
        return
    wrong += [f"{name}: the file has {quoted(state['settings'].get(name))}, this call {quoted(x)}"
              for name, x in asked.items() if state["settings"].get(name) != x]
    wrong += [f"unexpected: {quoted(name)}" for name in state["settings"] if name not in asked]


def optimiser_fits(run: Run, state: dict[str, Any], wrong: list[str]) -> None:
    """Note what this run's optimiser and schedule could not have left in a file."""
    found, count, each = state["optimiser"], len(run.optimiser.parameters), run.optimiser.remembered
    if {*found} != {"steps", "lr", "state"} or not isinstance(found["state"], list) \
            or len(found["state"]) != count * each or not counts(found["steps"]):
        wrong.append(f"optimiser: steps, lr and {each} numbers for each of {count} parameters are needed; "
                     f"{quoted(found)} came")
        return
    if listed("optimiser.lr", [found["lr"]], wrong) and found["lr"] < 0:
        wrong.append(f"optimiser.lr: at least 0 is needed; {found['lr']!r} came")
    listed("optimiser.state", found["state"], wrong)
    if not (state["schedule"] is None if run.schedule is None else counts(state["schedule"])):
        wrong.append(f"schedule: {'no' if run.schedule is None else 'an'} epoch is needed; {state['schedule']} came")


def history_fits(run: Run, found: dict[str, Any], wrong: list[str]) -> None:
    """Note what is in a history that this run could not have written."""
    parts = ("steps", "epochs")
    if {*found} != {*run.history} or not all(isinstance(found[part], dict) and {*found[part]} == {*run.history[part]}
                                             for part in parts):
        wrong.append(f"history: seed, steps ({', '.join(run.history['steps'])}) and epochs "
                     f"({', '.join(run.history['epochs'])}) are needed; {quoted(found)} came")
        return
    if type(found["seed"]) not in (int, type(None)) or run.history["seed"] not in (None, found["seed"]):
        wrong.append(f"seed: the file has {quoted(found['seed'])}, this call {run.history['seed']}")
    for part in parts:
        for name, column in found[part].items():
            if isinstance(column, list):
                listed(f"history.{part}.{name}", column, wrong)
            else:
                wrong.append(f"history.{part}.{name}: a list is needed; {quoted(column)} came")
    if not wrong:
        steps, epochs = ({len(column) for column in found[part].values()} for part in parts)
        if len(steps) > 1 or len(epochs) > 1 or not 0 <= max(steps) - max(epochs) * run.batches <= run.batches:
            wrong.append("history: its lists do not have the lengths that belong together")


def counts(n: Any) -> bool:
    """Whether something from a file is a whole number of at least 0."""
    return type(n) is int and n >= 0
