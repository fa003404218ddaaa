"""A graph as the Python expression that builds it, and built again on other leaves."""
from __future__ import annotations

from collections import Counter
from itertools import product
from string import ascii_lowercase

from engine import Value
from engine.graph import postorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from engine import Op

LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}   # how tightly they bind; a sign before a number binds by 3
SIGN, ATOM = 3, 5
WIDTH = 60                                           # an expression longer than this gets a name


def expression(root: Value) -> str:
    """Python that builds the root's graph on `from engine import Value` alone: what is used twice gets a name.

    >>> a, b = Value(2.0, "a"), Value(-3.0)
    >>> print(expression((a * b).exp() + a ** 2))
    (a := Value(2.0, 'a'),
     (a * Value(-3.0)).exp() + a ** 2.0)[-1]
    """
    nodes = postorder(root)
    uses = Counter(x for v in nodes for x in v.parents)
    own = {v.label: v for v in reversed(nodes) if v.label.isidentifier()}           # the first of two with one label
    free = (name for name in letters() if name not in own)
    texts: dict[Value, tuple[str, int]] = {}
    lines = []
    for v in nodes:
        text, level = texts[v] = written(v, texts)
        if v is not root and (uses[v] > 1 or len(text) > WIDTH):
            name = v.label if own.get(v.label) is v else next(free)
            lines.append(f"{name} := {text}")
            texts[v] = name, ATOM
    return "({})[-1]".format(",\n ".join([*lines, texts[root][0]])) if lines else texts[root][0]


def written(v: Value, texts: Mapping[Value, tuple[str, int]]) -> tuple[str, int]:
    """The expression for one value, given those for its parents, and how tightly it binds."""
    if v.op is None:
        return f"Value({v.data!r}, {v.label!r})" if v.label else f"Value({v.data!r})", ATOM
    parts = [texts[x] if x in texts else (repr(x.data), SIGN if repr(x.data)[0] == "-" else ATOM) for x in v.parents]
    words = [text for text, _ in parts]

    def within(i: int, level: int) -> str:
        return words[i] if parts[i][1] >= level else f"({words[i]})"

    row = f"Value.{v.op.name}" if hasattr(Value, v.op.name) else v.op.name
    if v.op.name in ("neg", "abs"):
        return (f"-{within(0, SIGN + 1)}", SIGN) if v.op.name == "neg" else (f"abs({words[0]})", ATOM)
    if v.op.symbol in LEVELS:
        level = LEVELS[v.op.symbol]
        left, right = (ATOM, SIGN) if v.op.symbol == "**" else (level, level + 1)
        return f"{within(0, left)} {v.op.symbol} {within(1, right)}", level
    if v.op.many:
        n = v.index if v.op.pairs and v.index is not None else len(words)
        lists = [f"[{', '.join(some)}]" for some in (words[:n], words[n:2 * n]) if some or v.op.pairs and n == 0]
        return f"{row}({', '.join([*lists, *words[2 * n:], *([str(v.index)] if v.op.one else [])])})", ATOM
    method = len(words) == 1 and row != v.op.name
    return f"{within(0, ATOM)}.{v.op.name}()" if method else f"{row}({', '.join(words)})", ATOM


def letters() -> Iterator[str]:
    """a, b, …, z, a1, b1, …"""
    return (letter + (str(n) if n else "") for n, letter in product(range(1000), ascii_lowercase))


def rebuilt(root: Value, leaves: Mapping[Value, Value]) -> Value:
    """The same operations on other leaves; a leaf that is not among them stays."""
    found = dict(leaves)
    for v in postorder(root):
        if v not in found:
            found[v] = v if v.op is None else apply(v.op, [found.get(x, x.data) for x in v.parents], v.index)
    return found[root]


def apply(row: Op, operands: Sequence[Any], index: int | None) -> Value:
    """The row's result for operands in the order of a node's parents, at least one of them a Value."""
    if row.pairs:
        assert index is not None
        return row(operands[:index], operands[index:2 * index], *operands[2 * index:])
    if row.many:
        return row(operands, index) if row.one else row(operands)
    if row.arity == 2 and not isinstance(operands[0], Value) and row.symbol in LEVELS:
        return getattr(operands[1], f"__r{row.name}__")(operands[0])  # type: ignore[no-any-return]
    return row(*operands)


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
        self.root = root
        self.leaves = [v for v in postorder(root) if v.op is None]

    def __call__(self, *leaves: Value) -> Value:
        return rebuilt(self.root, dict(zip(self.leaves, leaves)))

    def __repr__(self) -> str:
        return expression(self.root)
