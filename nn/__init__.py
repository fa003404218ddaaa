"""nn: losses for the values of engine."""
from __future__ import annotations

from nn.losses import cross_entropy, log_softmax, mean_squared_error, softmax

__all__ = ["softmax", "log_softmax", "cross_entropy", "mean_squared_error"]
