"""What a transformer is stacked from: feed-forward parts, residuals, and the block of both with attention."""
from __future__ import annotations

from math import sqrt

from nn.attention import SelfAttention
from nn.layers import Layer, generator, listed, width
from nn.module import Module
from nn.norms import RMSNorm
from nn.places import PlaceByPlace, plus, several

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, overload

    from engine import Value
    from engine.value import Number
    from nn.layers import Activation, Seed

    Part = Callable[[Any], Iterable[Value] | Iterable[Iterable[Value]]]


class FeedForward(PlaceByPlace):
    """A hidden layer, four times as wide if not said otherwise, and one that brings it back; place by place.

    >>> FeedForward(2, 3, seed=1)
    FeedForward(2, 3)
    >>> len(FeedForward(16).parameters())
    2128
    """

    def __init__(self, nin: int, hidden: int = 0, *, activation: Activation = "relu", seed: Seed = None) -> None:
        what, random = "FeedForward(nin, hidden)", generator(seed)
        wide = width(hidden or 4 * nin, what)
        self.hidden = Layer(nin, wide, activation=activation, within=1 / sqrt(width(nin, what)), seed=random)
        self.back   = Layer(wide, nin, nonlin=False, within=1 / sqrt(wide), seed=random)

    def at_place(self, x: Any) -> list[Value]:
        return listed(self.back(listed(self.hidden(x))))

    def __repr__(self) -> str:
        return f"FeedForward({self.hidden.nin}, {self.back.nin})"


class Residual(Module):
    """x + part(x), or x + part(norm(x)): what a part finds is added to what it was given. (He and others, 2015.)

    >>> from engine import Value
    >>> [y.data for y in Residual(lambda xs: xs)([Value(1.0), Value(2.0)])]
    [2.0, 4.0]
    """

    def __init__(self, part: Part, norm: Part | None = None) -> None:
        self.part, self.norm = part, norm

    if TYPE_CHECKING:
        @overload
        def __call__(self, x: Iterable[Number]) -> list[Value]: ...
        @overload
        def __call__(self, x: Iterable[Iterable[Number]]) -> list[list[Value]]: ...

    def __call__(self, x: Any) -> Any:
        x = [*x]
        return plus(x, self.part(self.norm(x) if self.norm else x), "Residual(part)")

    def __repr__(self) -> str:
        return f"Residual({self.part!r}{f', {self.norm!r}' if self.norm else ''})"


class Block(Module):
    """One layer of a transformer: causal self-attention, then feed-forward, each a residual after a norm of its own.

    >>> block = Block(4, 2, seed=1)
    >>> [type(part).__name__ for part in (block.attention.part, block.forward.part)]
    ['SelfAttention', 'FeedForward']
    >>> places = block([[1.0, 0.0, 0.5, 0.0], [0.0, 1.0, 0.0, 0.5]])
    >>> len(places), len(places[0]), len(block.parameters())
    (2, 4, 236)
    """

    def __init__(self, nin: int, heads: int = 1, hidden: int = 0, *, seed: Seed = None) -> None:
        random = generator(seed)
        self.attention = Residual(SelfAttention(nin, heads, seed=random), RMSNorm(nin))
        self.forward   = Residual(FeedForward(nin, hidden, seed=random), RMSNorm(nin))

    def __call__(self, places: Iterable[Iterable[Number]]) -> list[list[Value]]:
        return self.forward(self.attention(several(places, repr(self.attention.part))))

    def __repr__(self) -> str:
        return f"Block of [{self.attention!r}, {self.forward!r}]"
