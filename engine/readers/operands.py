"""The operands of a row at a node: which is x, which y and b, over which x and y run, how its function takes them.

A node's operands stand in order; its index says which is set apart, how many pairs there are.

>>> dot = Op.table["dot"]
>>> scope_at(dot, ["a", "b", "c", "d"], 3, index=2), partial_at(dot, 3, index=2)
({'x': 'b', 'y': 'd'}, 'x')
>>> columns_of(dot, ["a", "b", "c", "d"], index=2)
{'x': ['a', 'b'], 'y': ['c', 'd']}
"""
from __future__ import annotations

from engine.op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeVar

    from engine.formula import Formula

    X = TypeVar("X")


def places_at(op: Op, place: int, index: int | None = None) -> tuple[int, dict[str, int]]:
    """Which partial is that by the operand in a place, and the places of x, y and b in it."""
    match op.shape:
        case "few":
            return place, {v: i for i, v in enumerate(op.variables)}
        case "many":
            return 0, {"x": place}
        case "apart":
            return int(place != index), {"x": index or 0, "y": place}
    pairs = index or 0
    which, pair = divmod(place, pairs) if pairs else (2, 0)
    return which, {"b": 2 * pairs, **({"x": pair, "y": pairs + pair} if pairs else {})}


def partial_at(op: Op, place: int, index: int | None = None) -> Formula:
    """The partial by the operand in a place."""
    return op.partials[places_at(op, place, index)[0]]


def told_at(op: Op, place: int, index: int | None = None) -> Formula:
    """The partial by the operand in a place in the form that a textbook has."""
    which, _ = places_at(op, place, index)
    told = op.told[which] if which < len(op.told) else None
    return told or op.partials[which]


def scope_at(op: Op, operands: Sequence[X], place: int, index: int | None = None) -> dict[str, X]:
    """What x, y and b are in that partial; in the formula, where the place is that of the one set apart."""
    return {v: operands[i] for v, i in places_at(op, place, index)[1].items() if i < len(operands)}


def columns_of(op: Op, operands: Sequence[X], index: int | None = None) -> dict[str, Sequence[X]]:
    """What x and y run over in an aggregate."""
    pairs = index or 0
    columns = {"x": operands[:pairs], "y": operands[pairs:2 * pairs]}
    return columns if op.shape == "pairs" else {} if op.arity else {"y": operands}


def list_of(op: Op, v: str) -> tuple[str, str]:
    """The list that x or y comes from in code, and its place there."""
    return f"{v}s" if op.shape == "pairs" else "ys", "index" if op.shape == "apart" and v == "x" else "i"


def arguments_of(op: Op, operands: Sequence[X], index: int | None = None) -> Sequence[Any]:
    """The operands as the row's function takes them."""
    if op.shape == "pairs":
        return (*columns_of(op, operands, index).values(), *operands[2 * (index or 0):])
    return operands if op.arity else (operands, index)[:len(op.variables)]


def result_of(op: Op, operands: Sequence[Any], index: int | None = None) -> Any:
    """The row's result for operands in the order of a node's parents, some of them plain numbers."""
    if op.sign and op.arity == 2 and operands[0].__class__ is not op.value:
        return getattr(operands[1], f"__r{op.name}__", lambda x: op.function(x, operands[1]))(operands[0])
    return op.function(*arguments_of(op, operands, index))


def example_of(op: Op, some: Sequence[X], apart: int = 0) -> tuple[list[X], int | None]:
    """Operands, made of some things, and the index of their node."""
    if op.shape == "pairs":
        return [*some, *some[::-1], *some[:len(op.variables) - 2]], len(some)
    return list(some[:op.arity or None]), apart % len(some) if op.shape == "apart" else None
