"""The chain rule in the title."""
from __future__ import annotations

import re
from math import isclose, prod

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine import Value, exp, explain, log
from engine.paths.cuts import slopes
from engine.graph import postorder
from engine.picture.grouping import Graph
from engine.picture.title import chain_rule
from engine.testing import graphs
from tests.engine.picture.lesson import flower, parameters, total


def title(root, wrt, names=()):
    return " ".join(chain_rule(Graph(root, wrt, dict(names), "names")))


def test_the_lessons_chain():
    w = parameters()
    assert title(flower("Setosa", w), w["b3"]) == \
        "∂CE/∂b3 = ∂CE/∂p · ∂p/∂z1 · ∂z1/∂b3 = (-6.62783) · (0.128115) · (1) = -0.8491"


def test_the_lessons_sum():
    root, b3 = total()
    assert title(root, b3) == ("∂total/∂b3 = ∂CE_Setosa/∂b3 + ∂CE_Virginica/∂b3 + ∂CE_Versicolor/∂b3 "
                               "= -0.849121 + 0.035119 + 0.040801 = -0.7732")


def test_the_mean_of_three():
    root, b3 = total()
    assert title(root / 3.0, b3) == "∂L/∂b3 = ∂L/∂total · ∂total/∂b3 = (0.333333) · (-0.773201) = -0.2577"


def test_no_path():
    loss, stranger = flower("Setosa", parameters()), Value(1.0, "b9")
    assert title(loss, stranger) == "∂CE/∂b9 = 0: CE does not depend on b9"


def test_without_wrt_there_is_none():
    assert title(flower("Setosa", parameters()), None) == "" == title(v := Value(1.0), v)


def test_what_has_no_name_is_a_short_formula_or_a_place():
    x = Value(0.5, "x")
    assert title(log(exp(x)), x) == "∂L/∂x = ∂L/∂exp(x) · ∂exp(x)/∂x = (0.606531) · (1.64872) = 1"
    assert "∂L/∂#" in title(log(exp(x) * exp(x) * exp(x) + x * x * x), x)


@pytest.mark.parametrize("root, wrt", [(flower("Setosa", w := parameters()), w["b3"]), total()])
def test_it_is_what_the_explanation_begins_with(root, wrt):
    words = " ".join(str(explain(root, wrt, names={})).split())
    assert words.startswith(title(root, wrt).replace(") · (", ")("))


@given(graphs(), some.data())
def test_a_readers_calculator_agrees(graph, data):
    order = postorder(graph.root)
    wrt = data.draw(some.sampled_from(order))
    text = title(graph.root, wrt, {v: f"v{i}" for i, v in enumerate(order)})
    *_, factors, result = text.split(" = ") if text.count(" = ") > 1 else ("", "", "")
    numbers = re.findall(r"\(([^()]*)\)", factors)
    if numbers and "…" not in factors and "slope" not in text:
        product = prod(map(float, numbers))
        assert isclose(product, float(result), rel_tol=1e-3, abs_tol=1e-290)
        assert isclose(float(result), slopes(graph.root)[wrt], rel_tol=1e-3, abs_tol=1e-290)


@pytest.mark.parametrize("n, factors", [(3, 3), (6, 6), (20, 6)])
def test_a_long_chain_leaves_out_its_middle(n, factors):
    v = x = Value(0.1, "x")
    for i in range(n):
        v = v * 1.5
        v.label = f"v{i}"
    first, second = (chain_rule(Graph(v, x, {}, "names")) * 2)[:2]
    assert len(re.findall("·", second)) == (factors - 1) * (1 if first is not second else 2)
