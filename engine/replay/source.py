"""A tape as straight-line Python on floats: its values, and the gradient of its first output.

>>> from engine import Value
>>> from engine.replay.tape import record
>>> x, w = Value(3.0, "petal"), Value(2.0, "weight")
>>> print(source(record([x * w + 1], [x]), [2.0]))
from __future__ import annotations
from math import inf
<BLANKLINE>
LEAVES = [2.0]
<BLANKLINE>
<BLANKLINE>
def values(row, leaves=LEAVES):
    petal, = row
    weight, = leaves
    v1 = petal * weight
    v2 = v1 + 1.0
    for number in (v1, v2):
        if not -inf < number < inf: raise OverflowError("a result beyond 1.8e308")
    return [v2]
<BLANKLINE>
<BLANKLINE>
def gradient(row, leaves=LEAVES):
    petal, = row
    weight, = leaves
    v1 = petal * weight
    v2 = v1 + 1.0
    for number in (v1, v2):
        if not -inf < number < inf: raise OverflowError("a result beyond 1.8e308")
    grad_petal = grad_weight = grad_v1 = 0.0
    grad_v2 = 1.0
    if grad_v2:
        grad_v1 += grad_v2
    if grad_v1:
        grad_petal += grad_v1 * weight
        grad_weight += grad_v1 * petal
    return v2, [grad_petal, grad_weight]
<BLANKLINE>
"""
from __future__ import annotations

import re

from engine.formula import FLOATS, FUNCTIONS
from engine.pouring import Python, python
from engine.readers.unrolled import partials, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.replay.tape import Tape

IN_PYTHON = [name for name, function in FLOATS.items() if getattr(function, "__module__", "") == "engine.formula"]
"""What is written in Python, neither built in nor the math module's."""


def source(tape: Tape, leaves: Sequence[float]) -> str:
    """The module: `values(row)` gives the outputs, `gradient(row)` the first output and its slope by each leaf."""
    names = tape.names()
    body = ["def values(row, leaves=LEAVES):", *indented(forward(tape, names, None)),
            f"    return [{', '.join(arguments(tape.outputs, names))}]", "", "",
            "def gradient(row, leaves=LEAVES):", *indented(forward(tape, names, tape.outputs[0])),
            *indented(backward(tape, names)), ""]
    return "\n".join([*preamble(tape, body), f"LEAVES = [{', '.join(map(repr, leaves))}]", "", "", *body])


def arguments(operands: Iterable[int | float], names: Sequence[str]) -> list[str]:
    """Operands as Python: a name or a number, in parentheses if it has a sign."""
    return [names[p] if p.__class__ is int else constant(p) for p in operands]


def constant(x: float) -> str:
    return f"({x!r})" if repr(x).startswith("-") else repr(x)


def indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def preamble(tape: Tape, body: Iterable[str]) -> list[str]:
    """Imports, and the functions that the statements name."""
    rows = row_functions(tape)
    calls = set(re.findall(r"\b\w+(?=\()", "\n".join([*rows, *body])))
    sources = sources_of(calls)
    lines = ["from __future__ import annotations"]
    if any("math." in text for text in sources):
        lines.append("import math")
    lines += [f"from math import {', '.join(['inf', *from_math(calls)])}", ""]
    for text in sources:
        lines += ["", *text.splitlines(), ""]
    return [*lines, "", *rows] if sources or rows else lines


def row_functions(tape: Tape) -> list[str]:
    """A function for each row that the formulas of the tape's rows name, those that it names before it."""
    rows = list(dict.fromkeys(step.op for step in tape.steps))
    for op in rows:                                  # grows as it goes
        rows += [op.rows[name] for part in op.parts for name in part.calls if op.rows[name] not in rows]
    named = {name for op in rows for part in op.parts for name in part.calls if op.rows[name].arity}
    lines = []
    for op in reversed(rows):
        if op.name in named:
            _, formula = python(op.formula, Python(op))
            lines += [f"def _{op.name}({', '.join(op.variables)}):", f"    return {formula}", "", ""]
    return lines


def sources_of(calls: set[str]) -> list[str]:
    """The texts of those functions that are called and that are written in Python."""
    if calls & {"rest", "others"}:
        calls = {*calls, "total"}                    # which these call
    names = [name for name in IN_PYTHON if name in calls]
    if not names:
        return []
    from inspect import getsource                    # which takes 3 ms to load
    return [getsource(FLOATS[name]) for name in names]


def from_math(calls: set[str]) -> list[str]:
    """What to import from the math module: those functions that are called and that it has, perhaps by another name."""
    imports = []
    for name, function in FUNCTIONS.items():
        if name in calls and function.floats.startswith("."):
            its_name = function.floats[1:]
            imports.append(f"{its_name} as {name}" if its_name else name)
    return [*imports, "fsum"] if "fsum" in calls else imports


def forward(tape: Tape, names: Sequence[str], output: int | float | None) -> list[str]:
    """The statements that find every place of the tape, or those on which one output depends."""
    n = len(tape.leaves)
    reached = [True] * len(names) if output is None else tape.reached(output)
    lines = [f"{tuple_of(some)} = {what}"
             for some, what in ((names[:tape.width], "row"), (names[tape.width:n], "leaves")) if some]
    results = []
    for z, step, wanted in zip(names[n:], tape.steps, reached[n:]):
        if wanted:
            *before, formula = value(step.op, arguments(step.operands, names), step.index)
            lines += [*before, f"{z} = {formula}"]
            results.append(z)
    if results:
        lines += [f"for number in ({tuple_of(results)}):",
                  '    if not -inf < number < inf: raise OverflowError("a result beyond 1.8e308")']
    return lines


def tuple_of(names: Sequence[str]) -> str:
    """Names as a tuple without parentheses."""
    return f"{names[0]}," if len(names) == 1 else ", ".join(names)


def backward(tape: Tape, names: Sequence[str]) -> list[str]:
    """The statements that find the first output's slope by each leaf, and return them."""
    n, output = len(tape.leaves), tape.outputs[0]
    reached = tape.reached(output)
    grads = [f"grad_{name}" for name in names]
    zero = [grad for i, grad in enumerate(grads) if (reached[i] or i < n) and i != output]
    lines = [" = ".join([*zero[i:i + 8], "0.0"]) for i in range(0, len(zero), 8)]
    if isinstance(output, int):
        lines.append(f"{grads[output]} = 1.0")
    for at in range(len(names) - 1, n - 1, -1):
        step = tape.steps[at - n]
        if reached[at] and step.op.partials:         # an update's has none
            places = [i for i, p in enumerate(step.operands) if p.__class__ is int]
            formulas = partials(step.op, arguments(step.operands, names), step.index, names[at], places)
            before, slopes = formulas[:-len(places)], formulas[-len(places):]
            lines += [f"if {grads[at]}:", *indented(before)]
            lines += [f"    {grads[step.operands[i]]} += {product(grads[at], slope)}"
                      for i, slope in zip(places, slopes)]
    return [*lines, f"return {arguments([output], names)[0]}, [{', '.join(grads[:n])}]"]


def product(grad: str, slope: str) -> str:
    """The text of a gradient times a slope."""
    if slope == "1.0":
        return grad
    if slope == "-1.0":
        return f"-{grad}"
    simple = slope.isidentifier() or slope.replace(".", "").isdigit()
    return f"{grad} * {slope if simple else f'({slope})'}"
