"""The chain rule as a title, as the explanation has it."""
from __future__ import annotations

from engine.explanation.derivation import Derivation
from engine.explanation.headline import chain_rule as parts_of
from engine.explanation.names import Names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine.picture.grouping import Graph

WIDEST = 120                         # signs of a line


def result_alone(chain: list[str]) -> list[str]:
    """The derivative and its number, without what leads there.

    >>> result_alone(["∂L/∂z = ∂L/∂#5 · ∂#5/∂z", "= (-4) · (1) = -4"])
    ['∂L/∂z = -4']
    """
    return [f"{chain[0].split(' = ')[0]} = {chain[-1].split('= ')[-1]}"]


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
    names = Names(root, wrt, graph.given)
    whole = names.quotient(root, wrt)
    first, *others = parts_of(Derivation(root, wrt, graph.arrows, None, names), " · ")
    line = " = ".join([whole, first, *others])
    if len(line) <= WIDEST or not others:
        return [line]
    return [f"{whole} = {first}", f"= {' = '.join(others)}"]
