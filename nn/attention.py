"""Self-attention: each place asks all others, or those before it, and reads what they have for it."""
from __future__ import annotations

from math import sqrt

from engine import dot

from nn.inputs import whole
from nn.layers import Layer, generator, listed, width
from nn.losses import softmax
from nn.module import Module
from nn.places import several

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from engine import Value
    from engine.value import Number
    from nn.layers import Seed

    Row = Sequence[Any]


def attend(query: Row, keys: Sequence[Row], values: Sequence[Row]) -> tuple[list[Any], list[Any]]:
    """The share of each place in what one reads, softmax of query · key / √(their length); and what it reads.

    >>> shares, read = attend([1.0, 0.0], [[2.0, 0.0], [0.0, 2.0]], [[1.0], [0.0]])
    >>> [round(share, 4) for share in shares], [round(x, 4) for x in read]
    ([0.8044, 0.1956], [0.8044])
    """
    scores = [dot(query, key) * (1 / sqrt(len(query))) for key in keys]
    shares = softmax(scores)
    return shares, [dot(shares, column) for column in zip(*values)]


class SelfAttention(Module):
    """What each place reads from the places, in several heads side by side. (Vaswani and others, 2017.)

    Each head has its part of the queries, keys and values; a last layer joins what the heads have read. `causal` places
    read from themselves and those before them alone: so no guess sees what it is to guess. Errors: ValueError where the
    heads do not divide the width.

    >>> attention = SelfAttention(4, 2, seed=1)
    >>> attention
    SelfAttention(4, 2)
    >>> place, other = [1.0, 0.0, 0.5, 0.0], [0.0, 1.0, 0.0, 0.5]
    >>> [x.data for x in attention([place])[0]] == [x.data for x in attention([place, other])[0]]
    True
    """

    def __init__(self, nin: int, heads: int = 1, *, causal: bool = True, seed: Seed = None) -> None:
        what = "SelfAttention(nin, heads)"
        if whole(heads, what) < 1 or width(nin, what) % heads:
            raise ValueError(f"{what} needs heads that divide the width; {heads!r} heads of {nin!r} numbers came")
        random, within = generator(seed), 1 / sqrt(nin)
        self.queries, self.keys, self.values, self.joined = [
            Layer(nin, nin, nonlin=False, within=within, seed=random) for _ in range(4)]
        self.heads, self.causal = heads, causal

    def __call__(self, places: Iterable[Iterable[Number]]) -> list[list[Value]]:
        given = several(places, repr(self))
        queries, keys, values = [[self.parts(listed(layer(x))) for x in given]
                                 for layer in (self.queries, self.keys, self.values)]
        results = []
        for i, query in enumerate(queries):
            seen = slice(i + 1 if self.causal else None)
            read = [attend(query[h], [key[h] for key in keys[seen]], [value[h] for value in values[seen]])[1]
                    for h in range(self.heads)]
            results.append(listed(self.joined([x for part in read for x in part])))
        return results

    def parts(self, row: list[Any]) -> list[list[Any]]:
        """The numbers of a place, a list for each head."""
        size = len(row) // self.heads
        return [row[i:i + size] for i in range(0, len(row), size)]

    def __repr__(self) -> str:
        return f"SelfAttention({self.queries.nin}, {self.heads}{'' if self.causal else ', causal=False'})"
