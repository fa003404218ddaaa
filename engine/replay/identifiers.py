"""What Python may call the places of a tape: by their labels where these are names and free, else x1, w1 or v1.

>>> identifiers(["petal length", "w1", "", "w1", "lambda", "sum2"], 1, 5)
['petal_length', 'w1', 'w2', 'w3', 'w4', 'v1']
"""
from __future__ import annotations

import builtins
import keyword
import re
import unicodedata

from engine.formula import AGGREGATES, FUNCTIONS
from engine.op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LOCAL = "row", "leaves", "LEAVES", "number", "inf", "values", "gradient"         # what a tape's source uses for itself
OWN   = re.compile(rf"(grad_.*|({'|'.join(AGGREGATES)})\d+)")


def identifiers(labels: Sequence[str], width: int, leaves: int) -> list[str]:
    """A different name for each label; the first of them belong to leaves, of which the first are inputs."""
    functions = {*FUNCTIONS, *[aggregate.floats for aggregate in AGGREGATES.values()], *Op.table}
    taken = {*functions, *keyword.kwlist, *dir(builtins), *LOCAL}
    names = [free(identifier(label), taken) for label in labels]
    for i, name in enumerate(names):
        if not name:
            name = numbered(i, width, leaves)
            while name in taken:
                name += "_"
            names[i] = free(name, taken)
    return names


def numbered(i: int, width: int, leaves: int) -> str:
    """A name of a letter and a number: x for inputs, w for other leaves, v for what is computed."""
    if i < width:
        return f"x{i + 1}"
    if i < leaves:
        return f"w{i - width + 1}"
    return f"v{i - leaves + 1}"


def identifier(label: str) -> str:
    """The label as Python would read it, its gaps filled with underscores; empty where that is no name."""
    plain = unicodedata.normalize("NFKC", re.sub(r"\W+", "_", label)).strip("_")
    return plain if plain.isidentifier() and not OWN.fullmatch(plain) else ""


def free(name: str, taken: set[str]) -> str:
    """The name, which is taken from now on; empty if it was."""
    if name in taken:
        return ""
    if name:
        taken.add(name)
    return name
