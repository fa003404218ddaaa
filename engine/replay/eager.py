"""A tape run eagerly on one row: the same operations on new Values; what raises there, and where a function departs."""
from __future__ import annotations

from itertools import repeat
from math import isfinite
from numbers import Real

from engine.errors import FAILURES, brief
from engine.graph import postorder
from engine.readers.operands import result_of
from engine.replay.tape import record
from engine.value import Value, commit, set_grad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

    from engine.replay.tape import Tape


def eager(tape: Tape, numbers: Sequence[float]) -> tuple[list[Value], list[Value]]:
    """New Values of the leaves, and of the outputs, for these numbers of the leaves."""
    places: list[Any] = [Value(x, v.label) for x, v in zip(numbers, tape.leaves)]
    for op, operands, index, label in tape.steps:
        v = result_of(op, [places[p] if p.__class__ is int else p for p in operands], index)
        if label:
            v.label = label
        places.append(v)
    return places[:len(tape.leaves)], [places[p] if isinstance(p, int) else Value(p) for p in tape.outputs]


def gradient(tape: Tape, numbers: Sequence[float]) -> tuple[float, list[float]]:
    """The first output and its slope by each leaf, found eagerly. Errors: those that eager code raises."""
    leaves, outputs = eager(tape, numbers)
    outputs[0].backward()
    return outputs[0].data, [v.grad for v in leaves]


def traced(tape: Tape, numbers: Sequence[float], i: int, backward: bool) -> Any:
    """What eager code finds for row i, or the error that it raises there, with the row's number."""
    try:
        if backward:
            return gradient(tape, numbers)
        return [v.data for v in eager(tape, numbers)[1]]
    except FAILURES as error:
        raise type(error)(f"row {i}: {error}") from error


def compare(tape: Tape, numbers: Sequence[float], i: int, function: Callable[..., Any]) -> None:
    """Nothing, if the function finds on the row what the tape finds. Errors: AssertionError that says where not."""
    width = tape.width
    inputs = [Value(x, v.label) for x, v in zip(numbers, tape.leaves[:width])]
    try:
        results = values_of(function(*inputs))
        slopes = slopes_of(results[0], [*inputs, *tape.leaves[width:]])
    except (ValueError, ArithmeticError) as error:
        raise type(error)(f"row {i}: {error}") from error
    if len(results) != len(tape.outputs):
        depart(i, f"the function gives {len(results)} results, the recording {len(tape.outputs)}")
    try:
        leaves, outputs = eager(tape, numbers)
        recorded = slopes_of(outputs[0], leaves)
    except FAILURES as error:
        depart(i, f"the recording raises {type(error).__name__}: {error}; {first_difference(tape, results, inputs)}")
    pairs = [(f"output {n}", new.data, old.data) for n, (new, old) in enumerate(zip(results, outputs))]
    names = [v.label or f"leaf {n}" for n, v in enumerate(tape.leaves)]
    pairs += [(f"the slope by {name}", new, old) for name, new, old in zip(names, slopes, recorded)]
    for what, new, old in pairs:
        if not close(new, old):
            depart(i, f"{what} is {old!r} in the recording, {new!r} in the function; "
                      f"{first_difference(tape, results, inputs)}")


def values_of(result: Any) -> list[Value]:
    """What a function gave as a list of Values, plain numbers among them too."""
    single = result.__class__ is Value or not hasattr(result, "__iter__")
    results = [result] if single else list(result)
    if not results or not all(v.__class__ is Value or isinstance(v, Real) for v in results):
        raise TypeError(f"check(rows, function) needs a function that gives what was recorded, a Value or a list of "
                        f"them; it gave {brief(result)}; return the Value")
    return [v if v.__class__ is Value else Value(v) for v in results]


def slopes_of(z: Value, leaves: Sequence[Value]) -> list[float]:
    """The slope of z by each leaf; every grad is afterwards what it was."""
    nodes = list(dict.fromkeys([*postorder(z), *leaves]))
    restored = map(set_grad, nodes, [v.grad for v in nodes])
    try:
        commit(map(set_grad, nodes, repeat(0.0)))
        z.backward()
        return [v.grad for v in leaves]
    finally:
        commit(restored)


def close(x: float, y: float) -> bool:
    return x == y or isfinite(x) and isfinite(y) and abs(x - y) <= 1e-9 * max(abs(x), abs(y))


def depart(i: int, how: str) -> NoReturn:
    raise AssertionError(f"the recording departs from the function in row {i}: {how}")


def first_difference(tape: Tape, results: list[Value], inputs: list[Value]) -> str:
    """The first step in which a recording of the function would differ."""
    new = record(results, inputs)
    old_steps, new_steps = tape.lines()[len(tape.leaves):], new.lines()[len(new.leaves):]
    for (name, old), (_, now) in zip(old_steps, new_steps):
        if old != now:
            return (f"they part at {name}: recorded {old}, now {now}; an `if` or `where` on data, or a number, was "
                    "frozen as recorded")
    if len(old_steps) == len(new_steps):
        return "the steps are the same"
    longer = "recording" if len(old_steps) > len(new_steps) else "function"
    return f"the {longer} has more steps"
