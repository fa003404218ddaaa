"""What an error says beyond its bare statement: the caller's names, the numbers that came, and what to do.

>>> from engine import log
>>> try:
...     log(Value(-1.0, "p"))
... except ValueError as error:
...     print(str(error)[:30])
log(p) needs x > 0; p is -1.0;
"""
from __future__ import annotations

import ast

from engine.errors import brief
from engine.interop.absent import remedies
from engine.readers.traits import one_step
from engine.text.calls import call_with
from engine.text.naming import plain, variable
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from engine.op import Op

STRANGE = {                          # parts of Python that a formula does not have: their signs, and the remedy
    "BitXor":         ("^", "a power is written x ** 2"),
    "Mod":            ("%", "a remainder is x - y * floor(x / y)"),
    "FloorDiv":       ("//", "write floor(x / y)"),
    "MatMult":        ("@", "a product is written x * y"),
    "LShift":         ("<<", "write x * 2 ** y"),
    "RShift":         (">>", "write floor(x / 2 ** y)"),
    "BitAnd":         ("&", "conditions are joined by and"),
    "BitOr":          ("|", "conditions are joined by or; a size is abs(x)"),
    "Invert":         ("~", "write 1 - x for what is 1 or 0"),
    "Not":            ("not", "turn the comparison round, as in x <= y for not x > y"),
    "UAdd":           ("plus sign before a number", "leave out the plus sign"),
    "Is":             ("is", "numbers are compared by =="),
    "IsNot":          ("is not", "numbers are compared by !="),
    "In":             ("in", "write x == 1 or x == 2"),
    "NotIn":          ("not in", "write x != 1 and x != 2"),
    "Tuple":          ("comma outside a call", "leave out the comma"),
    "List":           ("list in [ ]", "write its numbers as operands"),
    "Set":            ("set in { }", "for brackets take ( )"),
    "Dict":           ("dict in { }", "for brackets take ( )"),
    "Attribute":      ("dot in a name", "write exp(x), not math.exp(x) or x.exp()"),
    "Subscript":      ("place in [ ]", "give each operand a name of its own"),
    "Lambda":         ("lambda", "write what it comes to"),
    "NamedExpr":      (":=", "write what it comes to in its place"),
    "ListComp":       ("for", "over many operands run sum(y), max(y) and their like"),
    "GeneratorExp":   ("for", "over many operands run sum(y), max(y) and their like"),
    "JoinedStr":      ("text in quotes", "write the formula itself"),
    "Starred":        ("* before a name", "write the operands one by one"),
}
SHOWN = 6                            # operands of which an error tells
LARGE = "scale the values, or take logarithms of large products"


def part(node: ast.AST) -> str:
    """What a formula does not have, in the signs that were typed, and what to write instead.

    >>> part(ast.parse("x ^ y", mode="eval").body.op)
    'a formula has no ^; a power is written x ** 2'
    """
    sign, remedy = STRANGE.get(type(node).__name__, ("", ""))
    return f"a formula has no {sign}; {remedy}" if sign else ""


def name(v: Value) -> str:
    """A value's label on one line, or the name of the caller's variable that holds it; empty where it has neither."""
    return plain(v.label) or variable(v)


def failure(op: Op, kind: type[Exception], why: str, operands: Sequence[Any]) -> str:
    """An operation with its operands' names, why it has no result, their numbers, and the remedy; of many the first."""
    names = [operand(v, "xy"[i] if op.arity else f"x{i + 1}") for i, v in enumerate(operands[:SHOWN + 1])]
    came = [f"{text} is {v.data!r}" for text, v in zip(names, operands[:SHOWN]) if isinstance(v, Value)]
    if len(operands) > SHOWN and "b" in op.variables:        # which stands alone, after all pairs
        came = [f"b is {operands[-1].data if isinstance(operands[-1], Value) else operands[-1]!r}"]
    if kind is OverflowError:
        why = overflow(op)
    parts = [f"{call_with(op, *names)} {why}", *dict.fromkeys(came), hint(op, kind)]
    return "; ".join(part for part in parts if part)


def overflow(op: Op) -> str:
    """What an operation does whose result is too large for a number, or what it takes on the way there."""
    where = "its result" if one_step(op) else "its result, or a number on the way to it,"
    return f"overflows, {where} would lie beyond 1.8e308"


def hint(op: Op, kind: type[Exception]) -> str:
    """What to do about an error of this kind; a row's own hint is for what the row needs, or else for large numbers."""
    if kind is not OverflowError:
        return op.hint
    return op.hint if op.hint and not op.needs else LARGE


def operation(op: Op) -> str:
    """An operation where only that counts: `x / y`."""
    return call_with(op, "x", "y")


def operand(v: Any, otherwise: str) -> str:
    """An operand in a sentence: its name, the function that made it, or what else is given."""
    return (name(v) if isinstance(v, Value) else "") or unnamed(v, otherwise)


def unnamed(v: Any, otherwise: str) -> str:
    """An operand that has no name: the number, the function that made it, or what else is given."""
    if not isinstance(v, Value):
        return brief(v)
    return f"{v.op.name}(…)" if v.op and not v.op.sign and not v.op.other_symbol else otherwise


def given(*names: str) -> str:
    """What to write in place of arguments that Value does not take."""
    return remedies(names)


def remedy(n: Any) -> str:
    """What to write instead of `n`, where that is known."""
    kind = type(n).__name__
    if kind == "str":
        return f"; write float({brief(n)}) if that number is meant" if is_numeric(n) else "; give each text a number"
    if kind.startswith("bool"):
        return f"; write {int(n)} if that number is meant"
    if kind == "Value":
        return "; use the Value as it is, or its number, .data"
    if hasattr(type(n), "__float__") and not getattr(n, "ndim", 0):            # a Decimal, an array without dimensions
        return f"; write float({brief(n)}) if that number is meant"
    if isinstance(n, dict):
        return "; take the numbers out of it, as in n['name']"
    return "; make one Value of each number in it: [Value(x) for x in numbers]" if hasattr(n, "__iter__") else ""


def is_numeric(text: str) -> bool:
    """Whether float takes a text."""
    try:
        float(text)
    except ValueError:
        return False
    return True
