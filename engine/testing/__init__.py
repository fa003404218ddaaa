"""Gradient checks and hypothesis strategies for property tests: what the engine's own tests use.

check_gradient (checking) compares with what numbers alone find (slopes, kinks, evaluation, points), and says where a
mistake lies (diagnosis); numbers and graphs are strategies, a graph prints as its expression. May be imported: what
stands in __all__. Start with checking.

    from hypothesis import given
    from engine.testing import check_gradient, graphs, numbers

    @given(numbers(gelu))
    def test_gelu(point):
        check_gradient(gelu, *point)

>>> from engine import Op
>>> gelu = Op("x * sigmoid(1.702 * x)", "sigmoid(1.702 * x)", name="gelu")
>>> check_gradient(gelu, 0.5)
Traceback (most recent call last):
    ...
AssertionError: backward() finds a wrong gradient of gelu at x = 0.5
  by x:  analytic  0.7007768732127603
         numeric   0.87922191196541  (complex step)
The row gelu is wrong: its formula 'x * sigmoid(1.702 * x)' has slope 0.879222
by operand 1, which is 0.5; the quoted partial gives 0.7007768732127603. Correct it.
"""
from __future__ import annotations

from engine.testing.checking import check_gradient
from engine.testing.expression import Graph, expression
from engine.testing.strategies import graphs, numbers

__all__ = ["check_gradient", "numbers", "graphs", "Graph", "expression"]
