"""A function and a point: what to call it with, what it gives there and elsewhere."""
from __future__ import annotations

from inspect import signature

from engine import Op, Value
from engine.errors import brief
from engine.readers.traits import sets_apart
from engine.value import commit, set_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any


def number_at(function: Callable[..., Any], arguments: Sequence[Any], i: int, numbers: Mapping[Value, float]) -> float:
    """The function's result i where leaves have other numbers; they have their own again afterwards."""
    restored = map(set_data, numbers, [x.data for x in numbers])
    try:
        commit(map(set_data, numbers, numbers.values()))
        return outputs(function, arguments)[i].data
    finally:
        commit(restored)                             # in one call, which no interrupt can split


def outputs(function: Callable[..., Any], arguments: Sequence[Any]) -> list[Value]:
    """The Values that the function returns. Errors: TypeError where it returns something else."""
    result = function(*arguments)
    ys = list(result) if isinstance(result, (list, tuple)) else [result]
    for y in ys or [result]:
        if not isinstance(y, Value):
            raise TypeError(f"check_gradient needs a function that returns a Value, or a list of them; "
                            f"{title(function)} returned {brief(y)}; compute with Values throughout")
    return ys


def laid_out(function: Callable[..., Any], point: Sequence[Any]) -> tuple[list[Any], list[Value]]:
    """The arguments for the function, the numbers of the point as Values with names, and a list of those Values."""
    row, arguments = row_of(function), list(point)
    leaves: dict[Value, None] = {}

    def leaf(n: Any, name: str) -> Value:
        x = n if isinstance(n, Value) else Value(n, name)
        if x.op is not None:
            raise TypeError(f"check_gradient needs numbers or leaves for a point; {name} was made by {x.op.name}")
        leaves[x] = None
        return x

    for i, (given, name) in enumerate(zip(point, names(function, len(point)))):
        index = row is not None and sets_apart(row) and i == 1              # which operand: no number of the point
        if not index:
            many = isinstance(given, (list, tuple))
            arguments[i] = [leaf(n, f"{name}[{j}]") for j, n in enumerate(given)] if many else leaf(given, name)
    return arguments, list(leaves)


def names(function: Callable[..., Any], count: int) -> list[str]:
    """What the function calls its arguments, as far as that is known."""
    if row_of(function):
        return list("xyb")
    try:
        known = signature(function).parameters.values()
    except (TypeError, ValueError):                  # a built-in function
        return [f"x{i + 1}" for i in range(count)]
    found = [p.name for p in known if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in known if p.kind == p.VAR_POSITIONAL), "x")
    return (found + [f"{rest}[{i}]" for i in range(count)])[:count]


def row_of(function: Callable[..., Any]) -> Op | None:
    """The row of the table that the function is, if it is one."""
    row = function if isinstance(function, Op) else getattr(function, "op", None)
    return row if isinstance(row, Op) else None


def title(function: Any) -> str:
    """What to call the function."""
    name = getattr(function, "name", "") or getattr(function, "__name__", "")
    return name if name.isidentifier() else "the function"
