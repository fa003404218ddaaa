"""A graph as the Python expression that builds it, and built again on other leaves."""
from __future__ import annotations

from collections import Counter
from itertools import product
from string import ascii_lowercase

from engine import Value
from engine.errors import brief, described
from engine.formula import ATOM, BINDS
from engine.graph import postorder
from engine.readers.operands import result_of, arguments_of
from engine.text.calls import bracketed, listed, call_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from engine.text.calls import Written

WIDTH = 60                                           # an expression longer than this gets a name


def expression(root: Value) -> str:
    """Python that builds the root's graph on `from engine import Value` alone: what is used twice gets a name.

    >>> a, b = Value(2.0, "a"), Value(-3.0)
    >>> print(expression((a * b).exp() + a ** 2))
    (a := Value(2.0, 'a'),
     (a * Value(-3.0)).exp() + a ** 2.0)[-1]
    """
    nodes = postorder(value(root, "expression(root)"))
    uses = Counter(x for v in nodes for x in v.parents)
    own = {v.label: v for v in reversed(nodes) if v.label.isidentifier()}           # the first of two with one label
    free = (name for name in letters() if name not in own)
    texts: dict[Value, Written] = {}
    lines = []
    for v in nodes:
        text, level = texts[v] = one_expression(v, texts)
        if v is not root and (uses[v] > 1 or len(text) > WIDTH):
            name = v.label if own.get(v.label) is v else next(free)
            lines.append(f"{name} := {text}")
            texts[v] = name, ATOM
    return "({})[-1]".format(",\n ".join([*lines, texts[root][0]])) if lines else texts[root][0]


def one_expression(v: Value, texts: Mapping[Value, Written]) -> Written:
    """The expression for one value, given those for its parents, and how tightly it binds."""
    if v.op is None:
        return f"Value({v.data!r}, {v.label!r})" if v.label else f"Value({v.data!r})", ATOM
    parts = [texts[x] if x in texts else (repr(x.data), BINDS["minus"] if repr(x.data)[0] == "-" else ATOM)
             for x in v.parents]
    if v.op.sign:
        return call_of(v.op, parts, v.index)
    row = f"Value.{v.op.name}" if hasattr(Value, v.op.name) else v.op.name
    words = [text for text, _ in parts]
    operator: Any = vars(Value).get(f"__{v.op.name}__")
    if getattr(operator, "op", None) == v.op:
        return f"{v.op.name}({words[0]})", ATOM
    if len(words) == v.op.arity == 1 and row != v.op.name:
        return f"{bracketed(parts[0], ATOM)}.{v.op.name}()", ATOM
    return f"{row}({listed(arguments_of(v.op, words, v.index))})", ATOM


def letters() -> Iterator[str]:
    """a, b, …, z, a1, b1, …"""
    return (letter + (str(n) if n else "") for n, letter in product(range(1000), ascii_lowercase))


def rebuilt(root: Value, leaves: Mapping[Value, Value]) -> Value:
    """The same operations on other leaves; a leaf that is not among them stays."""
    found = dict(leaves)
    for v in postorder(root):
        if v not in found:
            found[v] = v if v.op is None else result_of(v.op, [found.get(x, x.data) for x in v.parents], v.index)
    return found[root]


def value(root: Any, what: str) -> Value:
    """The root, which must be a Value."""
    if not isinstance(root, Value):
        raise TypeError(f"{what} needs a Value; {brief(root)} is {described(root)}")
    return root


class Graph:
    """A graph of values: its `root`, its `leaves`; called with other leaves it builds itself again.

    Its repr is the expression that builds it.

    >>> a = Value(2.0, "a")
    >>> graph = Graph(a * a + 1.0)
    >>> graph
    (a := Value(2.0, 'a'),
     a * a + 1.0)[-1]
    >>> graph.leaves == [a], graph(Value(3.0)).data
    (True, 10.0)
    """

    def __init__(self, root: Value) -> None:
        self.root = value(root, "Graph(root)")
        self.leaves = [v for v in postorder(root) if v.op is None]

    def __call__(self, *leaves: Value) -> Value:
        return rebuilt(self.root, dict(zip(self.leaves, leaves)))

    def __repr__(self) -> str:
        return expression(self.root)
