"""The rule behind each number of a page: a row's partial in names, in numbers, and what it comes to."""
from __future__ import annotations

import re
from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from engine import Value, exp, log, maximum, relu
from engine.picture.contents import contents_of
from engine.picture.grouping import Graph
from engine.picture.rules import Rules
from engine.testing import graphs
from nn import cross_entropy


def rules(root, detail="values", names=()):
    """The rule of each entry of each box, with the derivative."""
    words, _ = contents_of(Graph(root, None, dict(names), detail), None, None, walk=True)
    known = Rules(words)
    return [(known.of(group, entry.source, entry.slope), entry.slope) for group in words.groups
            for entry in group.entries if not entry.source.constant]


@settings(deadline=None)
@given(graphs(), some.sampled_from(["values", "folded", "names"]))
def test_every_arrow_has_a_rule_that_comes_to_its_number(graph, detail):
    for rule, slope in rules(graph.root, detail, {graph.root: "L"}):
        assert rule.startswith("∂") and "softmax(0" not in rule and not re.search(r"\b[xyz]\b", rule.replace("L", ""))
        numbers = re.findall(r"(?:= |^)(-?[\d.]+(?:e[-+]?\d+)?)(?=$|[,:])", rule)
        if numbers and slope == slope:
            assert isclose(float(numbers[-1]), slope, rel_tol=1e-3, abs_tol=1e-300)


@pytest.mark.parametrize("make, rule", [
    (lambda p: log(p),             "∂L/∂p = 1 / p = 1 / 0.1509 = 6.627"),
    (lambda p: p * p,              "∂L/∂p = p = 0.1509"),
    (lambda p: exp(p),             "∂L/∂p = L = 1.163"),
    (lambda p: p + Value(1.0),     "∂L/∂p = 1, a term of the sum"),
    (lambda p: 1.0 - p,            "∂L/∂p = -1, a term of a difference"),
    (lambda p: relu(p),            "∂L/∂p = 1: L is on and lets all through"),
    (lambda p: relu(p - 1.0),      "is off and lets nothing through"),
    (lambda p: maximum(p, 5.0),    "∂L/∂p = 0: p is not the maximum"),
    (lambda p: -sum([p]),          "∂L/∂p = -1"),
    (lambda p: exp(sum([p])),      "∂L/∂p = L = 1.163"),
    (lambda p: p * sum([Value(3.0, "q")]), "∂L/∂p = q = 3"),
    (lambda p: cross_entropy([sum([p]), p + 1.0], 0), "p_p - 1 = 0.2689 - 1 = -0.7311: the target's logit"),
    (lambda p: cross_entropy([p, p + 1.0], 0), "p_p - 1 = 0.2689 - 1 = -0.7311: the target's logit"),
])
def test_the_rule_of_a_row(make, rule):
    p = Value(0.1509, "p")
    root = make(p)
    said = [text for text, _ in rules(root, names={root: "L"})]
    assert any(rule in text for text in said), said


@pytest.mark.parametrize("detail", ["values", "folded", "names"])
def test_the_zero_that_sum_begins_with_hides_no_rule(detail):
    a, b = Value(0.5, "a"), Value(0.1, "b")
    for root in log(exp(sum([a])) + sum([b])), log(sum([a.exp(), b])), sum([a * b, a / b]) * sum([a]):
        assert all(rule and isclose(float(rule.split(":")[0].split("= ")[-1].split(",")[0]), slope, rel_tol=1e-3)
                   for rule, slope in rules(root, detail, {root: "L"}))


def test_what_lies_inside_a_named_value_is_not_spoken_of_by_numbers_that_nobody_sees():
    x = Value(0.5, "x")
    inner = exp(x) + exp(x * 2.0) * x
    p = (inner * inner + inner).tanh()
    for rule, _ in rules(p, "names", {p: "p"}):
        assert "#" not in rule
