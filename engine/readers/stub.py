"""The rows as type checkers and editors read them: engine/value.pyi, engine/__init__.pyi, poured as a wheel is built.

An operand is a Value or a number; a Value is no number, so that what would cut the graph is found before it runs. What
somebody types shows a row's formula and its partials.

>>> print(function(Value.log.op, "log"))
@overload
def log(x: Value, /) -> Value:
    '''z = log(x)
<BLANKLINE>
    ∂z/∂x = 1 / x
    needs x > 0; for log of a softmax use nn.log_softmax(logits), for -log nn.cross_entropy(logits, target)
    '''
@overload
def log(x: SupportsFloat, /) -> float: ...
"""
from __future__ import annotations

from inspect import cleandoc
from pathlib import Path

import engine
from engine.native import rows_of
from engine.op import Op
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = """\
# Poured from the table by engine/readers/stub.py as the package is built; what is changed here is lost.
# mypy: disable-error-code="overload-overlap"
from collections.abc import Callable, Iterable
from typing import Any, Literal, SupportsFloat, TypeAlias, overload

"""
OP = """\
class Op(Row):
    @overload
    def __call__(self, x: Value, /, *more: Number | Iterable[Number]) -> Value: ...
    @overload
    def __call__(self, x: SupportsFloat, y: Value, /) -> Value: ...
    @overload
    def __call__(self, x: SupportsFloat, /, *more: SupportsFloat) -> float: ...
    @overload
    def __call__(self, operands: Iterable[Number], /, *more: Number | Iterable[Number]) -> Value: ...
"""
SEVERAL = "Iterable[Number]"
TYPES   = {"other": "Number", "*operands": f"Number | {SEVERAL}", "operands": SEVERAL, "index": "int", "xs": SEVERAL,
           "ys": SEVERAL, "b": "Number"}             # of a row's parameters; self has none
SHARED  = "commit", "adding", "get_grad", "set_grad", "set_data", "constant"     # of value.py, for the house alone
MEMBERS = (                                          # all of a Value but its rows
    "def __init__(self, data: SupportsFloat, label: str = '')", "def backward(self) -> None",
    "def zero_grad(self) -> None", "@property def data(self) -> float", "@data.setter def data(self, n: SupportsFloat)",
    "@property def grad(self) -> float", "@grad.setter def grad(self, n: SupportsFloat)",
    "@property def label(self) -> str", "@label.setter def label(self, text: str)",
    "@property def op(self) -> Op | None", "@property def constant(self) -> bool",
    "@property def parents(self) -> tuple[Value, ...]", "@property def partials(self) -> tuple[float, ...]",
    "@property def index(self) -> int | None", "@property def _prev(self) -> tuple[Value, ...]",
    "@property def _op(self) -> str", "def __pos__(self) -> Value", "def __lt__(self, other: Number) -> bool",
    "def __le__(self, other: Number) -> bool", "def __gt__(self, other: Number) -> bool",
    "def __ge__(self, other: Number) -> bool", "def __hash__(self) -> int",
    "def __format__(self, spec: str) -> str")


def write(folder: Path) -> None:
    """Write both stubs, beside value.py and __init__.py."""
    (folder / "value.pyi").write_text(value(), encoding="utf-8")
    (folder / "__init__.pyi").write_text(face(), encoding="utf-8")


def value() -> str:
    """value.pyi: the class with its rows."""
    rows = rows_of(vars(Value))
    names = ", ".join([repr(row.name) for row in dict.fromkeys(Op.table.values()) if row.arity == 1])
    parts = [part for text in MEMBERS for part in (member(text), "")]
    parts += [part for name, row in rows.items() for part in (method(row, name), "")]
    inner = "\n".join(parts).rstrip()
    shared = "\n".join([f"{name}: Any" for name in SHARED])
    return (f"{HEAD}from engine.op import Op as Row\n\nNumber: TypeAlias = Value | SupportsFloat\n"
            f"Unary: TypeAlias = Literal[{names}]\n\n\n{OP}\n\nclass Value:\n{indented(quoted(Value.__doc__))}\n\n"
            f"{indented(inner)}\n\n\n{shared}\n")


def face() -> str:
    """__init__.pyi: what `from engine import ...` finds."""
    rows = rows_of(vars(Value))
    own = {name: row for name, row in rows.items() if name not in engine.ROOMS}      # at has a signature of its own
    plain = [name for name in engine.__all__ if name not in own]
    lines = [f"from {home(name)} import {name} as {name}" for name in plain]
    functions = "\n\n".join([function(own[name], name) for name in engine.__all__ if name in own])
    listed = "".join([f"    {name!r},\n" for name in engine.__all__])
    return (f"{HEAD}" + "\n".join(lines) + f"\nfrom engine.value import Number\n\ncore: str\n__all__ = [\n{listed}]\n\n"
            f"{functions}\n")


def home(name: str) -> str:
    """The module that a public name comes from."""
    if name in engine.ROOMS:
        return f"engine.{engine.ROOMS[name]}"
    return str(getattr(engine, name).__module__) if name.endswith("Error") else "engine.value"


def member(text: str) -> str:
    """A member of the class, with the first line of what Python says of it."""
    decorator, _, signature = text.partition(" def ") if text[0] == "@" else ("", "", text.partition("def ")[2])
    name = signature.partition("(")[0]
    doc = getattr(vars(Value)[name], "__doc__", None) if "setter" not in decorator else None
    head = f"{decorator}\ndef {signature}" if decorator else f"def {signature}"
    arrow = "" if "->" in signature else " -> None"
    return f"{head}{arrow}{body(doc if name[0] != '_' else None)}"


def method(row: Op, name: str) -> str:
    """A row as a method of the class."""
    given = [f"{each}: {TYPES[each]}" if each in TYPES else each for each in row.parameters]
    if row.arity == 2:
        given.append("/")
    decorator = "" if row.arity else "@staticmethod\n"
    return f"{decorator}def {name}({', '.join(given)}) -> Value{body(told(row, name))}"


def function(row: Op, name: str) -> str:
    """A row as a function: of a Value a Value, of plain numbers alone a float."""
    if row.arity == 1:
        signatures = ["x: Value, /", "x: SupportsFloat, /"]
    elif row.arity == 2:
        signatures = [f"{given}, /" for given in ("x: Value, y: Number", "x: SupportsFloat, y: Value",
                                                  "x: SupportsFloat, y: SupportsFloat")]
    else:
        mixed = ", ".join([f"{each}: {TYPES[each]}" for each in row.parameters])
        signatures = [mixed.replace("Number", "SupportsFloat"), mixed]
    found = ["float" if "Value" not in each and "Number" not in each else "Value" for each in signatures]
    texts = [""] * len(signatures)
    texts[found.index("Value")] = told(row, name)
    return "\n".join([f"@overload\ndef {name}({given}) -> {kind}{body(text)}"
                      for given, kind, text in zip(signatures, found, texts)])


def told(row: Op, name: str) -> str:
    """The row, as its documentation has it, without the example."""
    return str(vars(Value)[name].__doc__).partition(">>>")[0]


def body(doc: str | None) -> str:
    """The rest of a definition: its documentation, or nothing."""
    return f":\n{indented(quoted(doc))}" if doc else ": ..."


def quoted(doc: str | None) -> str:
    """A documentation as it stands in a file, from the margin."""
    text = cleandoc(doc or "").strip().replace("\\", "\\\\")
    return f"'''{text}\n'''" if "\n" in text else f"'''{text}'''"


def indented(text: str | Sequence[str]) -> str:
    """Lines, four spaces further in."""
    return "\n".join([f"    {line}" if line else "" for line in str(text).split("\n")])
