"""The chain rule as a title: symbols, numbers, result."""
from __future__ import annotations

from math import isfinite

from engine.explanation import slopes, steps
from engine.naming import digits
from engine.picture.clusters import final_sum
from engine.picture.formulas import formula
from engine.picture.words import total

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.picture.grouping import Graph
    from engine.value import Value

FACTORS = 6                          # of a chain that is written out
WIDEST  = 120                        # signs of a line


def chain_rule(graph: Graph) -> list[str]:
    """The lines that say what ∂root/∂wrt is and why; none without wrt.

    >>> from engine import Value, log
    >>> from engine.picture.grouping import Graph
    >>> z = Value(0.5, "z"); p = z * z; loss = -log(p)
    >>> chain_rule(Graph(loss, z, {p: "p", loss: "loss"}, "names"))
    ['∂loss/∂z = ∂loss/∂p · ∂p/∂z = (-4) · (1) = -4']
    """
    root, wrt = graph.root, graph.wrt
    if wrt is None or wrt is root:
        return []
    whole = f"∂{name(graph, root)}/∂{name(graph, wrt)}"
    if not graph.path:
        return [f"{whole} = 0: {name(graph, root)} does not depend on {name(graph, wrt)}"]
    found = steps(root, wrt, {v: None for v in graph.path if graph.called(v)})
    if len(found) == 1:
        return [f"{whole} = {sum_of_terms(graph) or digits(found[0].derivative)}"]
    symbols = [f"∂{name(graph, step.upper)}/∂{name(graph, step.lower)}" for step in found]
    result = slopes(root)[wrt]
    numbers = product([f"({digits(step.derivative, 6)})" for step in found])
    line = f"{whole} = {product(symbols)} = {numbers} = {digits(result)}"
    return [line] if len(line) <= WIDEST else [f"{whole} = {product(symbols)}", f"= {numbers} = {digits(result)}"]


def name(graph: Graph, v: Value) -> str:
    """What a value is called in the title; without a name a short formula, or its place in the order."""
    if called := graph.called(v):
        return called if len(called) <= 40 else called[:39] + "…"
    if v is graph.root:
        return "L"
    text = formula(graph.group(v), graph.called) if v.op else ""
    return f"({text})" if 0 < len(text) <= 16 else f"#{graph.places[v] + 1}" if v in graph.places else "x"


def product(factors: Sequence[str]) -> str:
    """Factors as one writes them, the middle left out where they are many."""
    return " · ".join(factors if len(factors) <= FACTORS else [*factors[:3], "…", *factors[-2:]])


def sum_of_terms(graph: Graph) -> str:
    """The derivative as a sum over the terms that the root ends with; nothing if it does not end with a sum."""
    terms = [v for v in final_sum(graph)[1] if v in graph.path]
    assert graph.wrt is not None
    if len(terms) < 2:
        return ""
    back, forward = slopes(graph.root), by_wrt(graph)
    parts = [back[v] * forward[v] for v in terms]
    if not all(map(isfinite, parts)):
        return ""
    symbols = [f"∂{name(graph, v)}/∂{name(graph, graph.wrt)}" for v in terms]
    plain = len(terms) <= 5 and all(back[v] == 1.0 for v in terms) and all(map(graph.called, terms))
    return f"{' + '.join(symbols) + ' = ' if plain else ''}{total(parts)} = {digits(back[graph.wrt])}"


def by_wrt(graph: Graph) -> dict[Value, float]:
    """The derivatives of all values on the path by `wrt`, which they start from."""
    assert graph.wrt is not None
    found = {graph.wrt: 1.0}
    for v in graph.path:
        if v is not graph.wrt:
            found[v] = 0.0
            for x, partial in zip(v.parents, v.partials):
                if found.get(x, 0.0):
                    found[v] += partial * found[x]
    return found
