"""The documentation of the rows: help(Value.log) shows the row, and an example that is true on this machine."""
from __future__ import annotations

import engine
from engine.errors import FAILURES
from engine.formula import ATOM, FLOATS
from engine.pouring import python
from engine.readers.operands import arguments_of, example_of, scope_at
from engine.text.calls import call_of, listed
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def example(function: Any, exported: bool = False) -> str:
    """Lines with a poured function at a point where it is defined; none if no such point is found.

    A method is called as one, unless `engine` has it as a function too.

    >>> "z = log(Value(2.0))" in example(Value.log, exported=True), "z = Value(2.0).log()" in example(Value.log)
    (True, True)
    """
    row, name = function.op, function.__name__
    for x in (2.0, 0.5, -0.5):
        numbers, index = example_of(row, [x, x + 1.0, x + 2.0][:row.arity or 3])
        try:
            few = row.needs if row.arity else None       # before it fails: an error's text is dear
            if few and not eval(python(few, truth=True)[1], FLOATS, scope_at(row, numbers, 0, index)):
                continue
            values = [Value(n) for n in numbers]
            z = function(*arguments_of(row, values[::-1] if name.startswith("__r") else values, index))
        except FAILURES:
            continue
        texts = arguments_of(row, [f"Value({n})" for n in numbers], index)
        lines = ["\n", f">>> z = {call(function, texts, exported)}", ">>> z.data, z.partials",
                 f"({z.data!r}, {z.partials!r})", ""]
        return "\n    ".join(lines)
    return ""


def call(function: Any, texts: Sequence[Any], exported: bool) -> str:
    """How one calls a poured function: as a method of Value, as an operator, or by its name alone."""
    row, name = function.op, function.__name__
    free, operator = "." not in function.__qualname__, name.startswith("__")
    if operator and row.sign:
        return call_of(row, [(text, ATOM) for text in texts])[0]
    if free or exported or operator:
        return f"{'' if row.arity or free else 'Value.'}{name.strip('_')}({listed(texts)})"
    return f"{texts[0]}.{name}({listed(texts[1:])})" if row.arity else f"Value.{name}({listed(texts)})"


def describe(function: Any) -> None:
    """Give a poured function its documentation: the row, and the example."""
    row = function.op
    lines = [f"∂z/∂{v} = {part}" for v, part in zip(row.variables, row.partials)]
    lines += [f"needs {row.needs}{'; ' + row.hint if row.hint else ''}"] if row.needs else []
    lines = [" ".join(line.split()) for line in (f"z = {row.formula}", *lines)]
    text = "\n    ".join([lines[0], "", *lines[1:]]).replace("\n    \n", "\n\n")
    function.__doc__ = text + example(function, function.__name__ in engine.__all__)
    row.__doc__ = function.__doc__
