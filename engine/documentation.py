"""The documentation of the rows: help(Value.log) shows the row, and an example that is true on this machine."""
from __future__ import annotations

from engine.errors import FAILURES
from engine.op import FLOATS, Op
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def example(function: Any) -> str:
    """Lines with a poured function at a point where it is defined; none if no such point is found.

    >>> "z = log(Value(2.0))" in example(Value.log)
    True
    """
    row, name = function.op, function.__name__
    for x in (2.0, 0.5, -0.5):
        numbers = [x, x + 1.0, x + 2.0][:row.arity or 3]
        try:
            if row.needs and not eval(row.needs.python(truth=True)[1], FLOATS, dict(zip("xy", numbers))):
                continue
            values = [Value(n) for n in numbers]
            z = function(*arranged(row, values[::-1] if name.startswith("__r") else values))
        except FAILURES:
            continue
        texts = [f"Value({n})" for n in numbers]
        given = ", ".join(str(part).replace("'", "") for part in arranged(row, texts))
        call = f"Value.{name}({given})" if row.many else f"-{given}" if name == "__neg__" else row.written(*texts)
        return f"\n\n    >>> z = {call}\n    >>> z.data, z.partials\n    ({z.data!r}, {z.partials!r})\n    "
    return ""


def arranged(row: Op, operands: list[Any]) -> list[Any]:
    """Operands as the row's function takes them."""
    if row.pairs:
        return [operands, operands[::-1], operands[0]][:len(row.variables)]
    return [operands, 0][:1 + row.one] if row.many else operands


def describe(function: Any) -> None:
    """Give a poured function its documentation: the row, and the example."""
    row = function.op
    lines = [f"∂z/∂{v} = {part}" for v, part in zip(row.variables, row.partials)]
    lines += [f"needs {row.needs}{'; ' + row.hint if row.hint else ''}"] if row.needs else []
    lines = [" ".join(line.split()) for line in (f"z = {row.formula}", *lines)]
    function.__doc__ = "\n    ".join([lines[0], "", *lines[1:]]).replace("\n    \n", "\n\n") + example(function)
    row.__doc__ = row.function.__doc__


def add() -> None:
    """Document all rows: those that are poured already, and those that will be."""
    for method in vars(Value).values():
        if isinstance(getattr(method, "op", None), Op):
            describe(getattr(method, "__wrapped__", method))                # what a compiled method stands for
    Op.describe = staticmethod(describe)
