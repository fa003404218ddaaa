"""The chain rule between two values, step by step, path by path."""
from __future__ import annotations

from engine.explanation.chain import between, cuts, slopes, steps

__all__ = ["between", "cuts", "slopes", "steps"]
