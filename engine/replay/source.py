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

PYTHON = [name for name, function in FLOATS.items() if getattr(function, "__module__", "") == "engine.formula"]
"""What is written in Python, neither built in nor the math module's."""


def source(tape: Tape, leaves: Sequence[float]) -> str:
    """The module: `values(row)` gives the outputs, `gradient(row)` the first output and its slope by each leaf."""
    names = tape.names()
    body = ["def values(row, leaves=LEAVES):", *indented(forward(tape, names, None)),
            f"    return [{', '.join(texts(tape.outputs, names))}]", "", "",
            "def gradient(row, leaves=LEAVES):", *indented(forward(tape, names, tape.outputs[0])),
            *indented(backward(tape, names)), ""]
    return "\n".join([*preamble(tape, body), f"LEAVES = [{', '.join(map(repr, leaves))}]", "", "", *body])


def texts(operands: Iterable[int | float], names: Sequence[str]) -> list[str]:
    """Operands as Python: a name or a number, in parentheses if it has a sign."""
    return [names[p] if p.__class__ is int else repr(p) if repr(p)[0] != "-" else f"({p!r})"
            for p in operands]


def indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def preamble(tape: Tape, body: Iterable[str]) -> list[str]:
    """Imports, and the functions that the statements name."""
    rows = list(dict.fromkeys(step.op for step in tape.steps))
    for op in rows:                                  # grows as it goes
        rows += [op.rows[name] for part in op.parts for name in part.calls if op.rows[name] not in rows]
    named = {name for op in rows for part in op.parts for name in part.calls if op.rows[name].arity}
    functions = []
    for op in reversed(rows):
        if op.name in named:
            formula = python(op.formula, Python(op))[1]
            functions += [f"def {op.name}({', '.join(op.variables)}):", f"    return {formula}", "", ""]
    called = set(re.findall(r"\b\w+(?=\()", "\n".join([*functions, *body])))
    helpers = [name for name in PYTHON if name in called or name == "total" and called & {"rest", "others"}]
    texts = []
    if helpers:
        from inspect import getsource                # which takes 3 ms to load
        texts = [getsource(FLOATS[name]) for name in helpers]
    found = [(name, function.floats) for name, function in FUNCTIONS.items() if name in called]
    imports = [name if text == "." else f"{text[1:]} as {name}" for name, text in found if text[:1] == "."]
    if "fsum" in called:
        imports.append("fsum")
    lines = ["from __future__ import annotations"]
    if any("math." in text for text in texts):
        lines.append("import math")
    lines += [f"from math import {', '.join(['inf', *imports])}", ""]
    for text in texts:
        lines += ["", *text.splitlines(), ""]
    return [*lines, *[""] * bool(helpers or functions), *functions] if helpers or functions else lines


def forward(tape: Tape, names: Sequence[str], output: int | float | None) -> list[str]:
    """The statements that find every place of the tape, or those on which one output depends."""
    n = len(tape.leaves)
    reached = [True] * len(names) if output is None else tape.reached(output)
    lines = [f"{''.join(f'{name}, ' for name in some).rstrip()[:None if len(some) == 1 else -1]} = {what}"
             for some, what in ((names[:tape.width], "row"), (names[tape.width:n], "leaves")) if some]
    found = []
    for z, step, wanted in zip(names[n:], tape.steps, reached[n:]):
        if wanted:
            *before, text = value(step.op, texts(step.operands, names), step.index)
            lines += [*before, f"{z} = {text}"]
            found.append(z)
    if found:
        lines += [f"for number in ({', '.join(found)}{',' * (len(found) == 1)}):",
                  '    if not -inf < number < inf: raise OverflowError("a result beyond 1.8e308")']
    return lines


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
        if reached[at]:
            places = [i for i, p in enumerate(step.operands) if p.__class__ is int]
            found = partials(step.op, texts(step.operands, names), step.index, names[at], places)
            before, slopes = found[:-len(places)], found[-len(places):]
            lines += [f"if {grads[at]}:", *indented(before)]
            lines += [f"    {grads[step.operands[i]]} += {product(grads[at], slope)}"
                      for i, slope in zip(places, slopes)]
    return [*lines, f"return {texts([output], names)[0]}, [{', '.join(grads[:n])}]"]


def product(grad: str, slope: str) -> str:
    """The text of a gradient times a slope."""
    if slope in ("1.0", "-1.0"):
        return slope[:-3] + grad
    simple = slope.isidentifier() or slope.replace(".", "").isdigit()
    return f"{grad} * {slope if simple else f'({slope})'}"
