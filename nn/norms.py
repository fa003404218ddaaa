"""Norms: the numbers of a place brought to one size, then each times a weight that is learned."""
from __future__ import annotations

from engine import Value, affine, dot, fsum, sqrt

from nn.layers import inputs_of, width
from nn.places import PlaceByPlace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class RMSNorm(PlaceByPlace):
    """w · x / √(the mean of all x² + eps), of one place or of each of several. (Zhang and Sennrich, 2019.)

    >>> RMSNorm(2), [round(y.data, 4) for y in RMSNorm(2)([3.0, 4.0])]
    (RMSNorm(2), [0.8485, 1.1314])
    """

    def __init__(self, nin: int, *, eps: float = 1e-5) -> None:
        self.w = [Value(1.0) for _ in range(width(nin, "RMSNorm(nin)"))]
        self.eps = eps

    def at_place(self, x: Any) -> list[Value]:
        xs = inputs_of(self, len(self.w), x)
        size = sqrt(affine([dot(xs, xs)], [1 / len(xs)], self.eps))
        return [w * (n / size) for w, n in zip(self.w, xs)]

    def __repr__(self) -> str:
        return f"RMSNorm({len(self.w)})"


class LayerNorm(PlaceByPlace):
    """w · (x - the mean) / √(their variance + eps) + b, of one place or of each of several. (Ba and others, 2016.)

    >>> LayerNorm(2), [round(y.data, 4) for y in LayerNorm(2)([3.0, 4.0])]
    (LayerNorm(2), [-1.0, 1.0])
    """

    def __init__(self, nin: int, *, eps: float = 1e-5) -> None:
        count  = width(nin, "LayerNorm(nin)")
        self.w = [Value(1.0) for _ in range(count)]
        self.b = [Value(0.0) for _ in range(count)]
        self.eps = eps

    def at_place(self, x: Any) -> list[Value]:
        xs   = inputs_of(self, len(self.w), x)
        mean = fsum(xs) / len(xs)
        away = [n - mean for n in xs]
        size = sqrt(affine([dot(away, away)], [1 / len(xs)], self.eps))
        return [affine([w], [n / size], b) for w, n, b in zip(self.w, away, self.b)]

    def __repr__(self) -> str:
        return f"LayerNorm({len(self.w)})"
