"""The documentation of the rows: help(Value.log) shows the row, and an example that is true on this machine."""
from __future__ import annotations

from engine.errors import FAILURES
from engine.formula import FLOATS
from engine.op import Op
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any


def example(function: Any, exported: bool = False) -> str:
    """Lines with a poured function at a point where it is defined; none if no such point is found.

    A method is called as one, unless `engine` has it as a function too.

    >>> "z = log(Value(2.0))" in example(Value.log, exported=True), "z = Value(2.0).log()" in example(Value.log)
    (True, True)
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
        lines = ["\n", f">>> z = {call(function, texts, exported)}", ">>> z.data, z.partials",
                 f"({z.data!r}, {z.partials!r})", ""]
        return "\n    ".join(lines)
    return ""


def call(function: Any, texts: list[str], exported: bool) -> str:
    """How one calls a poured function: as a method of Value, as an operator, or by its name alone."""
    row, name = function.op, function.__name__
    free = "." not in function.__qualname__
    if row.many:
        given = ", ".join(str(part).replace("'", "") for part in arranged(row, texts))
        return f"{'' if free else 'Value.'}{name}({given})"
    if name == "__neg__":
        return f"-{texts[0]}"
    operator = name.startswith("__")
    return row.written(*texts) if free or exported or operator else f"{texts[0]}.{name}({', '.join(texts[1:])})"


def arranged(row: Op, operands: list[Any]) -> list[Any]:
    """Operands as the row's function takes them."""
    if row.pairs:
        return [operands, operands[::-1], operands[0]][:len(row.variables)]
    return [operands, 0][:1 + row.one] if row.many else operands


def describe(function: Any, exported: bool = False) -> None:
    """Give a poured function its documentation: the row, and the example."""
    row = function.op
    lines = [f"∂z/∂{v} = {part}" for v, part in zip(row.variables, row.partials)]
    lines += [f"needs {row.needs}{'; ' + row.hint if row.hint else ''}"] if row.needs else []
    lines = [" ".join(line.split()) for line in (f"z = {row.formula}", *lines)]
    text = "\n    ".join([lines[0], "", *lines[1:]]).replace("\n    \n", "\n\n")
    function.__doc__ = text + example(function, exported)
    row.__doc__ = row.function.__doc__


def add(exported: Collection[str]) -> None:
    """Document all rows: those that are poured already, of which some are functions too, and those that will be."""
    for method in vars(Value).values():
        if isinstance(getattr(method, "op", None), Op):
            function = getattr(method, "__wrapped__", method)                   # what a compiled method stands for
            describe(function, function.__name__ in exported)
    Op.describe = staticmethod(describe)
