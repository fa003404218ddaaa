"""What a box computes, as a short text."""
from __future__ import annotations

from engine.formula import ATOM, BINDS
from engine.picture.grouping import Group
from engine.readers.traits import begins_sum, multiplies, sums
from engine.text.naming import MORE, formula_of, literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.op import Op
    from engine.value import Value

SIGNS   = {"*": "×", "/": "÷", "-": "… − …", "minus": "−(…)"}      # a lone minus reads as the next number's sign
LONGEST = 40                         # signs of a formula; beyond, its last operation stands alone


def symbol(group: Group) -> str:
    """The last operation of a box, a sum as Σ."""
    v = group.head
    if group.repeat:
        return f"{len(group.repeat.block)} operations × {group.repeat.times}"
    return sign_of(v.op) if v.op else ""


def sign_of(op: Op) -> str:
    """How an operation is written in a box: as a sign, as what it does with pairs, else as it is called."""
    if sums(op):
        return "Σ"
    if op.arity:
        return SIGNS.get(op.sign, op.symbol)
    return op.symbol if not multiplies(op) else "w·x+b" if "b" in op.variables else "w·x"


def formula(group: Group, called: Callable[[Value], str]) -> str:
    """What a box computes in the names of its operands, long sums cut short; nothing where it is still too long.

    >>> from engine import Value, exp
    >>> from engine.picture.grouping import Graph
    >>> z = [Value(1.0, "z_setosa"), Value(2.0, "z_versicolor"), Value(3.0, "z_virginica")]
    >>> e = [exp(v) for v in z]; p = e[0] / (e[0] + e[1] + e[2])
    >>> formula(Graph(p, None, {}, "names").group(p), lambda v: v.label)
    'exp(z_setosa) / (exp(z_setosa) + …)'
    """
    return fitted(group, lambda x: (called(x), ATOM) if called(x) else literal(x.data), LONGEST)


def fitted(group: Group, operand: Callable[[Value], tuple[str, int]], longest: int) -> str:
    """The formula of a box in at most so many signs, in the texts of its operands; nothing if there is none.

    Of a block that repeats it is that of the last one, with … for what that is made on, and (1, 2, …) for what is not
    the same in all.
    """
    if group.repeat:
        times, block, _, before, own = group.repeat

        def part(x: Value) -> tuple[str, int]:
            if x in own:
                return f"({', '.join([operand(y)[0] for y in own[x][:2]])}, {MORE[1]})", ATOM
            return (MORE[1], ATOM) if x is before else operand(x)

        text = fitted(Group(group.head, block, []), part, longest)
        return f"{text}  × {times}" if text else ""
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

    def part(x: Value) -> tuple[str, int]:
        inner = x.parents[1] if begins_sum(x) else x             # which has no box
        return texts.get(x) or texts.get(inner) or operand(x)

    for v in group.members:
        text, rank = formula_of(v, part)
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
