"""What an optimiser remembers, as plain data, exact to the last bit; and put back, all of it or nothing."""
from __future__ import annotations

from nn.checkpoints import finite
from nn.files import quoted
from nn.groups import Part, checked_settings
from nn.settings import FIRST, settings_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Optimiser = Any                                  # nn.optimisers imports this

MEMBERS = "optimiser", "steps", "settings", "param_groups", "state"


def plain(optimiser: Optimiser) -> dict[str, Any]:
    """All that an optimiser needs to go on as if it had never stopped, made of what JSON has."""
    kept, first, groups = list(zip(*optimiser.state)), 0, []
    for part in optimiser.parts:
        params = [*range(first, first + len(part.parameters))]
        groups.append({"params": params, "began": part.began, **as_json(part.own)})
        first += len(params)
    return {"optimiser": type(optimiser).__name__, "steps": optimiser.steps,
            "settings": as_json({name: vars(optimiser)[name] for name in named(optimiser)}),
            "param_groups": groups, "state": {name: [*column] for name, column in zip(optimiser.rule.kept, kept)}}


def as_json(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings, several numbers as a list."""
    return {name: list(x) if isinstance(x, tuple) else x for name, x in settings.items()}


def named(optimiser: Optimiser) -> list[str]:
    """The names of an optimiser's settings."""
    return [*settings_of(type(optimiser)), FIRST]


def changes(optimiser: Optimiser, given: Any, wrong: list[str]) -> dict[str, Any]:
    """What of an optimiser has to change so that it is as it was; what does not fit it goes into `wrong`."""
    if not isinstance(given, dict) or {*given} != {*MEMBERS}:
        wrong.append(f"optimiser: {', '.join(MEMBERS)} are needed; {quoted(given)} came")
        return {}
    if given["optimiser"] != type(optimiser).__name__:
        wrong.append(f"optimiser: the state is of {quoted(given['optimiser'])}, this is {type(optimiser).__name__}")
        return {}
    if not is_count(given["steps"]):
        wrong.append(f"steps: a whole number of at least 0 is needed; {quoted(given['steps'])} came")
    settings = settings_in(optimiser, given["settings"], named(optimiser), "settings", wrong)
    groups   = groups_in(optimiser, given["param_groups"], given["steps"], wrong)
    columns  = columns_in(optimiser, given["state"], wrong)
    if wrong:
        return {}
    return {**settings, "steps": given["steps"], "parts": rebuilt(optimiser, columns, groups)}


def rebuilt(optimiser: Optimiser, columns: Sequence[Sequence[float]],
            groups: Sequence[tuple[dict[str, Any], int]]) -> list[Part]:
    """The groups of an optimiser, with what is kept of all parameters, their own settings, and when they began."""
    parts, first = [], 0
    for part, (own, began) in zip(optimiser.parts, groups):
        end = first + len(part.parameters)
        parts.append(part.keeping([column[first:end] for column in columns], own, began))
        first = end
    return parts


def is_count(n: Any) -> bool:
    """Whether something is a whole number of at least 0."""
    return type(n) is int and n >= 0


def settings_in(optimiser: Optimiser, given: Any, needed: list[str], place: str, wrong: list[str]) -> dict[str, Any]:
    """The settings that came, checked; those that are needed must be among them."""
    if not isinstance(given, dict):
        wrong.append(f"{place}: settings by name are needed; {quoted(given)} came")
        return {}
    wrong += [f"{place}: missing: {name}" for name in needed if name not in given]
    settings: dict[str, Any] = {}
    for name, x in given.items():
        try:
            settings |= checked_settings(type(optimiser), {name: x})
        except (TypeError, ValueError, OverflowError) as error:
            wrong.append(f"{place}: {error}")
    return settings


def groups_in(optimiser: Optimiser, given: Any, steps: Any, wrong: list[str]) -> list[tuple[dict[str, Any], int]]:
    """For each group its own settings, and after how many steps it began."""
    sizes = [len(part.parameters) for part in optimiser.parts]
    if not isinstance(given, list) or [size_of(group) for group in given] != sizes:
        wrong.append(f"param_groups: groups of {', '.join(map(str, sizes))} parameters are needed; "
                     f"{quoted(given)} came")
        return []
    found: list[tuple[dict[str, Any], int]] = []
    for i, group in enumerate(given):
        own, began = {name: x for name, x in group.items() if name not in ("params", "began")}, group.get("began")
        if not is_count(began) or is_count(steps) and began > steps:
            wrong.append(f"param_groups[{i}].began: a number of steps is needed, at most all; {quoted(began)} came")
        found.append((settings_in(optimiser, own, [], f"param_groups[{i}]", wrong), began))
    return found


def size_of(group: Any) -> int:
    """How many parameters a group has that was written; -1 for what is none."""
    return len(group["params"]) if isinstance(group, dict) and isinstance(group.get("params"), list) else -1


def columns_in(optimiser: Optimiser, given: Any, wrong: list[str]) -> list[list[float]]:
    """What is kept of all parameters, a list for each name."""
    kept, count = optimiser.rule.kept, len(optimiser.parameters)
    if not isinstance(given, dict) or {*given} != {*kept}:
        wrong.append(f"state: {', '.join(kept) or 'no names'} needed; {quoted(given)} came")
        return []
    columns: list[list[float]] = []
    for name in kept:
        if isinstance(given[name], list) and len(given[name]) == count:
            columns.append(finite(f"state.{name}", given[name], wrong))
        else:
            wrong.append(f"state.{name}: {count} numbers are needed; {quoted(given[name])} came")
    return columns
