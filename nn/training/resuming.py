"""A run in a file: all that it needs to go on, bit for bit as if it had never stopped."""
from __future__ import annotations

import errno
import os
from itertools import chain

from engine.value import commit, set_data

from nn.checkpoints import document, finite, load, members, numbers_for, tell
from nn.files import quoted, read, refusal, write
from nn.remembering import rebuilt
from nn.training.control import described_callbacks, go_on, states_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from nn.files import Path
    from nn.optimisers import Optimiser
    from nn.training.runs import Run


OPTIONAL = "callbacks", "stopped"
PARTS: dict[str, Any] = {"settings": dict, "optimiser": dict, "schedule": (int, list, type(None)), "history": dict}


def keep(run: Run, path: Path) -> tuple[int, int]:
    """Write a run to its file; the place that is safe there."""
    optimiser, schedule = run.optimiser, run.schedule
    rates   = [part.own["lr"] for part in optimiser.parts if "lr" in part.own]
    history = {name: part for name, part in run.history.items() if name != "stopped"}
    more    = {"callbacks": states_of(run.callbacks), "stopped": run.stopped} if run.callbacks else {}
    write(path, {**document(run.task.model), "training": {
        "settings":  settings(run),
        "optimiser": {"steps": optimiser.steps, "lr": optimiser.lr, "state": [n for ns in optimiser.state for n in ns],
                      **({"rates": rates} if rates else {})},
        "schedule":  schedule.place if schedule else None,
        "history":   history, **more}})
    return run.place


def restore(run: Run, path: Path, what: str = "run") -> None:
    """Put a run into the state that its file holds, or its model alone; without a file it stays as it is.

    Errors: ValueError that lists all that is wrong with the file; then nothing has changed.
    """
    if not os.path.exists(path):
        writable(path)
        return
    model = run.task.model
    if what == "model":
        load(model, path)
        return
    wrong: list[str] = []
    document = members(read(path, wrong), wrong)
    numbers  = numbers_for(model, document, wrong)
    state: Any = document.get("training")
    if document and state is None:
        wrong.append("missing: training; it holds a model, not a run: load(model, path) has its parameters")
    elif document and has_parts(state, wrong):
        differ = settings_fit(state, settings(run))
        wrong += differ
        if differ:
            wrong.append("what to do: give the settings of the file, or another file; or go on from its parameters as "
                         'a new run, with resume="model"')
        optimiser_fits(run, state, wrong)
        history_fits(run, state["history"], wrong)
    if wrong:
        raise refusal(path, "is not a checkpoint of this run", wrong)
    tell(path, document)
    parts = parts_of(run, state)
    commit(chain(map(set_data, model.parameters(), numbers), map(dict.update, map(vars, parts), parts.values())))
    go_on(run.callbacks, state.get("callbacks", []))


def parts_of(run: Run, state: dict[str, Any]) -> dict[Any, dict[str, Any]]:
    """What changes in optimiser, schedule and run where they are put into the state that was found to fit."""
    width, kept, rates = run.optimiser.remembered, state["optimiser"], iter(state["optimiser"].get("rates", []))
    columns = [kept["state"][k::width] for k in range(width)]
    groups  = [({**part.own, "lr": float(next(rates))} if "lr" in part.own else part.own, part.began)
               for part in run.optimiser.parts]
    parts: dict[Any, dict[str, Any]] = {
        run.optimiser: {"steps": kept["steps"], "lr": float(kept["lr"]),
                        "parts": rebuilt(run.optimiser, columns, groups)},
        run: {"history": {**state["history"], "stopped": state.get("stopped")}, "stopped": state.get("stopped")}}
    return parts if run.schedule is None else {**parts, run.schedule: run.schedule.members(state["schedule"])}


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
    task = run.task
    weights = {} if task.weights is None else {"weights": fingerprint((task.weights, task.validation_weights or []))}
    return json.loads(json.dumps({  # type: ignore[no-any-return]
        "examples":   fingerprint((task.rows, task.targets)),
        "validation": fingerprint(task.validation),
        "measures":   [*task.measures],
        "batch_size": run.batch_size,
        "shuffle":    run.shuffle,
        "reduction":  task.reduction,
        "eager":      run.eager,
        "lr":         run.lr,
        "optimiser":  summary(run.optimiser, without=("lr", "initial_lr", "steps")),
        "schedule":   summary(run.schedule, without=("epoch",)),
        **own_settings(run.optimiser), **weights, **described_callbacks(run.callbacks), **kernels_of(run),
        **{name: bound for name, bound in (("clip_norm", run.clip_norm), ("clip_value", run.clip_value))
           if bound is not None},
    }))


def kernels_of(run: Run) -> dict[str, str]:
    """The kernels that run what is recorded, which decide the last bits; nothing where none do, as in eager code."""
    recording = run.recording
    if recording is None or not (recording.declared or recording.demanded):
        return {}
    from engine.replay.backends.native import blocks
    try:
        return {"kernels": getattr(recording, "cluster", run.task).kernels or blocks().MACHINES[0]}
    except ImportError:
        return {}


def own_settings(optimiser: Optimiser) -> dict[str, Any]:
    """What groups of parameters have of their own, besides learning rates; nothing where there is one group."""
    own = [{name: x for name, x in part.own.items() if name != "lr"} for part in optimiser.parts]
    return {"groups": own} if len(own) > 1 or own[0] else {}


def fingerprint(examples: Any) -> str:
    """Sixteen digits that rows and targets of other numbers do not have."""
    from hashlib import sha256

    from nn.examples import plain
    read = None if examples is None else tuple([getattr(part, "digest", None) or plain(part) for part in examples])
    return sha256(repr(read).encode()).hexdigest()[:16]


def summary(part: Any, without: tuple[str, ...]) -> str:
    """The name of an optimiser or schedule, its plain arguments, and the schedules that it is made of."""
    arguments = {} if part is None else vars(part)
    texts = [f"{name}={x!r}" for name, x in arguments.items()
             if isinstance(x, (bool, int, float, tuple)) and name not in without]
    inner = [summary(each, without) for each in arguments.get("schedulers", ())]
    texts += [f"schedulers=[{', '.join(inner)}]"] if inner else []
    return f"{type(part).__name__}({', '.join(texts)})"


def has_parts(state: Any, wrong: list[str]) -> bool:
    """Whether a run's part of a file has the parts that it must have."""
    complete = isinstance(state, dict) and {*state} - {*OPTIONAL} == {*PARTS}
    known    = complete and all([isinstance(state[k], PARTS[k]) for k in PARTS])
    if not known:
        wrong.append(f"training: {', '.join(PARTS)} are needed; {quoted(state)} came")
    return known


def settings_fit(state: Any, asked: dict[str, Any]) -> list[str]:
    """Which settings in a run's part of a file are not those asked for."""
    kept, wrong = state["settings"], list[str]()
    for name, x in asked.items():
        if kept.get(name) != x and (name in kept or name != "kernels"):      # an older file says nothing of them
            wrong += differences(name, kept.get(name), x)
    return wrong + [f"unexpected: {quoted(name)}" for name in kept if name not in asked and name != "kernels"]


def differences(name: str, kept: Any, asked: Any) -> list[str]:
    """What differs between a setting of the file and one asked for: of a text that reads as a call each argument.

    >>> differences("optimiser", "Adam(eps=1e-08, lr=1)", "Adam(eps=1e-06, lr=1)")
    ['optimiser.eps: the file has 1e-08, this call 1e-06']
    """
    one, other = arguments_of(kept), arguments_of(asked)
    if not (one and other and one[""] == other[""]):
        short = quoted if quoted(kept) != quoted(asked) else repr    # what differs is not cut off
        return [f"{name}: the file has {short(kept)}, this call {short(asked)}"]
    return [f"{name}.{argument}: the file has {one.get(argument, 'none')}, this call {other.get(argument, 'none')}"
            for argument in {**one, **other} if one.get(argument) != other.get(argument)]


def arguments_of(text: Any) -> dict[str, str]:
    """The arguments of a text such as `SGD(momentum=0.9)` by name, and without a name what is called; else nothing."""
    import ast
    try:
        call = ast.parse(text, mode="eval").body
    except (SyntaxError, TypeError, ValueError):
        return {}
    if not isinstance(call, ast.Call):
        return {}
    return {"": ast.unparse(call.func), **{str(each.arg): ast.unparse(each.value) for each in call.keywords}}


def optimiser_fits(run: Run, state: dict[str, Any], wrong: list[str]) -> None:
    """Note what this run's optimiser and schedule could not have left in a file."""
    kept, count, each = state["optimiser"], len(run.optimiser.parameters), run.optimiser.remembered
    rates = [part.own["lr"] for part in run.optimiser.parts if "lr" in part.own]
    if {*kept} != {"steps", "lr", "state", *(["rates"] if rates else [])} or not isinstance(kept["state"], list) \
            or len(kept["state"]) != count * each or not is_count(kept["steps"]):
        wrong.append(f"optimiser: steps, lr and {each} numbers for each of {count} parameters are needed; "
                     f"{quoted(kept)} came")
        return
    if finite("optimiser.lr", [kept["lr"]], wrong) and kept["lr"] < 0:
        wrong.append(f"optimiser.lr: at least 0 is needed; {kept['lr']!r} came")
    finite("optimiser.state", kept["state"], wrong)
    if rates and (not isinstance(kept["rates"], list) or len(kept["rates"]) != len(rates)
                  or min(finite("optimiser.rates", kept["rates"], wrong), default=-1.0) < 0):
        wrong.append(f"optimiser.rates: {len(rates)} rates of at least 0 are needed; {quoted(kept['rates'])} came")
    if run.schedule is None and state["schedule"] is not None:
        wrong.append(f"schedule: no epoch is needed; {state['schedule']} came")
    if run.schedule is not None and not run.schedule.members(state["schedule"]):
        wrong.append(f"schedule: an epoch is needed; {state['schedule']} came")


def history_fits(run: Run, kept: dict[str, Any], wrong: list[str]) -> None:
    """Note what is in a history that this run could not have written."""
    own: Any = run.history
    parts = ("steps", "epochs")
    complete = {*kept} == {*own} - {"stopped"}
    if not complete or not all(isinstance(kept[part], dict) and {*kept[part]} == {*own[part]} for part in parts):
        wrong.append(f"history: seed, steps ({', '.join(own['steps'])}) and epochs ({', '.join(own['epochs'])}) are "
                     f"needed; {quoted(kept)} came")
        return
    if type(kept["seed"]) not in (int, type(None)) or own["seed"] not in (None, kept["seed"]):
        wrong.append(f"seed: the file has {quoted(kept['seed'])}, this call {own['seed']}")
    for part in parts:
        for name, column in kept[part].items():
            if isinstance(column, list):
                finite(f"history.{part}.{name}", column, wrong)
            else:
                wrong.append(f"history.{part}.{name}: a list is needed; {quoted(column)} came")
    if not wrong:
        steps, epochs = ({len(column) for column in kept[part].values()} for part in parts)
        if len(steps) > 1 or len(epochs) > 1 or not 0 <= max(steps) - max(epochs) * run.batches <= run.batches:
            wrong.append("history: its lists do not have the lengths that belong together")


def is_count(n: Any) -> bool:
    """Whether something from a file is a whole number of at least 0."""
    return type(n) is int and n >= 0
