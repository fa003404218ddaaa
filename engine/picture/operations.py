"""What a box computes, as a short text."""
from __future__ import annotations

from engine.formula import ATOM, BINDS
from engine.picture.grouping import plus
from engine.text.naming import as_operand, formula_of, literal
from engine.readers.traits import multiplies, sums

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.op import Op
    from engine.picture.grouping import Group
    from engine.value import Value

SIGNS   = {"*": "×", "/": "÷", "-": "−", "minus": "−"}
LONGEST = 40                         # signs of a formula; beyond, its last operation stands alone


def symbol(group: Group) -> str:
    """The last operation of a box, a sum of several as Σ."""
    v = group.head
    if v.op is None:
        return ""
    return "Σ" if plus(v) and any(x in group.members and plus(x) for x in v.parents) else sign_of(v.op)


def sign_of(op: Op) -> str:
    """How an operation is written in a box: as a sign, as what it does with pairs, else as it is called."""
    if op.arity:
        return SIGNS.get(op.sign, op.symbol)
    if multiplies(op):
        return "w·x+b" if "b" in op.variables else "w·x"
    return "Σ" if sums(op) else op.symbol


def formula(group: Group, called: Callable[[Value], str]) -> str:
    """What a box computes in the names of its operands, long sums cut short; nothing where it is still too long.

    >>> from engine import Value, exp
    >>> from engine.picture.grouping import Graph
    >>> z = [Value(1.0, "z_setosa"), Value(2.0, "z_versicolor"), Value(3.0, "z_virginica")]
    >>> e = [exp(v) for v in z]; p = e[0] / (e[0] + e[1] + e[2])
    >>> formula(Graph(p, None, {}, "names").group(p), lambda v: v.label)
    'exp(z_setosa) / (exp(z_setosa) + …)'
    """
    return fitted(group, lambda x: (as_operand(called(x)), ATOM) if called(x) else literal(x.data), LONGEST)


def fitted(group: Group, operand: Callable[[Value], tuple[str, int]], longest: int) -> str:
    """The formula of a box in at most so many signs, in the texts of its operands; nothing if there is none."""
    if len(group.members) > 4 * longest:
        return ""
    for short in (False, True):
        text = spelled(group, operand, short, longest)
        if len(text) <= longest:
            return text
    return ""


def spelled(group: Group, operand: Callable[[Value], tuple[str, int]], short: bool, longest: int) -> str:
    """The formula of a box; `short` sums keep their first term. What grows beyond all use is cut, it is not shown."""
    texts: dict[Value, tuple[str, int]] = {}
    for v in group.members:
        text, rank = formula_of(v, lambda x: texts[x] if x in texts else operand(x))
        if short and v.op and (sums(v.op) or not v.op.arity) and rank == BINDS["+"]:
            text = first_term(text)
        texts[v] = text[:2 * longest], rank
    return texts[group.head][0]


def first_term(text: str) -> str:
    """The first term of a sum, and a sign that there are more.

    >>> first_term("exp(a + b) + c")
    'exp(a + b) + …'
    """
    depth = 0
    for i, sign in enumerate(text):
        if sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        if depth == 0 and text.startswith(" + ", i):
            return f"{text[:i]} + …"
    return text
