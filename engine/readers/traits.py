"""What there is to know of an operation besides its numbers, read from its row: whether it adds, multiplies, gates.

Pictures, explanations and tables ask this, so that a user's own row is drawn and explained as the table's are.

>>> [sums(Op("sum(y)", "1")), gates(Op("x if x > 0 else 0", "x > 0")), shares_out(Op.table["softmax"])]
[True, True, True]
"""
from __future__ import annotations

import ast

from engine.formula import AGGREGATES
from engine.graph import operands
from engine.op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine.value import Value


def sums(op: Op) -> bool:
    """Whether it adds up its operands."""
    match op.formula.tree:
        case ast.BinOp(ast.Name(a), ast.Add(), ast.Name(b)):
            return a != b
        case ast.Call(ast.Name(name), [ast.Name("y")]):
            return bool(name in AGGREGATES and AGGREGATES[name].row)
    return False


def one_step(op: Op) -> bool:
    """Whether there is no number on the way to its result: `x * y`, `exp(x)`."""
    parts = [part for part in ast.iter_child_nodes(op.formula.tree) if isinstance(part, ast.expr)]
    return op.arity > 0 and all([isinstance(part, (ast.Name, ast.Constant)) for part in parts])


def adds(op: Op) -> bool:
    """Whether it adds up its operands, or takes one from the other."""
    return sums(op) or op.sign == "-" and op.arity == 2


def begins_sum(v: Value) -> bool:
    """Whether a value is 0 + x, as the built-in sum begins: no more than x.

    >>> from engine import Value
    >>> x = Value(2.0); begins_sum(sum([x])), begins_sum(x + 0.0)
    (True, False)
    """
    if v.op is None or v.op.arity != 2:
        return False
    first, second = operands(v)
    zero = first == 0.0 if isinstance(first, float) else first.constant and first.data == 0.0
    return bool(zero) and sums(v.op) and not isinstance(second, float) and not second.constant


def negates(op: Op) -> bool:
    """Whether it turns the sign of its operand."""
    return op.sign == "minus"


def multiplies(op: Op) -> bool:
    """Whether it multiplies its operands, or adds up products of pairs: the partial by one is the other."""
    return [part.strip() for part in op.partials[:2]] == ["y", "x"]


def linear(op: Op, place: int) -> bool:
    """Whether the partial by one of its few operands does not depend on that one."""
    return place < op.arity and not op.partials[place].free.keys() & {"xy"[place], "z"}


def gates(op: Op) -> bool:
    """Whether it lets its operand through or not: the partial is 1 or 0, by a condition."""
    match op.partials[0].tree:
        case ast.Compare() | ast.BoolOp() | ast.IfExp(body=ast.Constant(0 | 1), orelse=ast.Constant(0 | 1)):
            return op.arity == 1
    return False


def picks(op: Op) -> bool:
    """Whether it is one of its operands, the largest or the smallest."""
    match op.formula.tree:
        case ast.Call(ast.Name("max" | "min"), [ast.Name("y")]):
            return True
    return False


def sets_apart(op: Op) -> bool:
    """Whether it sets one of its operands apart."""
    return op.shape == "apart"


def takes_one_by_one(op: Op) -> bool:
    """Whether one calls it with its operands alone, one after the other."""
    return op.shape in ("few", "many")


def shares_out(op: Op) -> bool:
    """Whether it is the share of one operand: what it makes of x, divided by the sum of what it makes of each."""
    match op.formula.tree:
        case ast.BinOp(left, ast.Div(), ast.Call(ast.Name("sum"), [each])):
            return ast.dump(left).replace("id='x'", "id='y'") == ast.dump(each)
    return False


def weighs_shares(op: Op) -> bool:
    """Whether its partials are made of shares."""
    return any([shares_out(op.rows[name]) for part in op.partials for name in part.calls])
