"""A tape run eagerly on one row: the same operations on new Values; what raises there, and where a function departs."""
from __future__ import annotations

from math import isfinite

from engine.errors import FAILURES
from engine.replay.tape import record, written
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

    from engine.replay.tape import Tape


def eager(tape: Tape, numbers: Sequence[float]) -> tuple[list[Value], list[Value]]:
    """New Values of the leaves, and of the outputs, for these numbers of the leaves."""
    places: list[Any] = [Value(x, v.label) for x, v in zip(numbers, tape.leaves)]
    for op, operands, index, label in tape.steps:
        v = op_of(op, [places[p] if p.__class__ is int else p for p in operands], index)
        if label:
            v.label = label
        places.append(v)
    return places[:len(tape.leaves)], [places[p] if isinstance(p, int) else Value(p) for p in tape.outputs]


def op_of(op: Any, operands: Sequence[Any], index: int | None) -> Value:
    """The row's result for operands in the order of a node's parents, some of them plain numbers."""
    if op.pairs:
        n = index or 0
        return op(operands[:n], operands[n:2 * n], *operands[2 * n:])  # type: ignore[no-any-return]
    if op.many:
        return op(operands, index) if op.one else op(operands)  # type: ignore[no-any-return]
    if op.arity == 2 and operands[0].__class__ is not Value:
        reflected = getattr(operands[1], f"__r{op.name}__", None)
        if reflected is not None and op.symbol != op.name:
            return reflected(operands[0])  # type: ignore[no-any-return]
    return op(*operands)  # type: ignore[no-any-return]


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
    inputs = [Value(x, v.label) for x, v in zip(numbers, tape.leaves[:tape.width])]
    found = function(*inputs)
    results = [v if v.__class__ is Value else Value(v) for v in (
        [found] if found.__class__ is Value or not hasattr(found, "__iter__") else found)]
    leaves, outputs = eager(tape, numbers)
    if len(results) != len(outputs):
        depart(i, f"the function gives {len(results)} results, the recording {len(outputs)}")
    for n, (new, old) in enumerate(zip(results, outputs)):
        if not close(new.data, old.data):
            depart(i, f"output {n} is {old.data!r} in the recording, {new.data!r} in the function; "
                      + first_difference(tape, results, inputs))
    results[0].backward()
    outputs[0].backward()
    for new, old in zip(inputs, leaves):
        if not close(new.grad, old.grad):
            depart(i, f"the slope by {new.label or 'an input'} is {old.grad!r} in the recording, {new.grad!r} in the "
                      f"function; " + first_difference(tape, results, inputs))


def close(x: float, y: float) -> bool:
    return x == y or isfinite(x) and isfinite(y) and abs(x - y) <= 1e-9 * max(abs(x), abs(y))


def depart(i: int, how: str) -> NoReturn:
    raise AssertionError(f"the recording departs from the function in row {i}: {how}")


def first_difference(tape: Tape, results: list[Value], inputs: list[Value]) -> str:
    """The first step in which a recording of the function would differ."""
    new = record(results, inputs)
    names = tape.names(), new.names()
    steps = [list(zip(names[k][len(some.leaves):], [written(step, names[k]) for step in some.steps]))
             for k, some in enumerate((tape, new))]
    for (name, old), (_, now) in zip(*steps):
        if old != now:
            return f"they part at {name}: recorded {old}, now {now}; an `if` or `where` on data was frozen as recorded"
    longer = "recording" if len(steps[0]) > len(steps[1]) else "function"
    return f"the {longer} has more steps" if len(steps[0]) != len(steps[1]) else \
        "the steps are the same: a constant or a leaf has changed"
