"""The steps of a page: forward, then backward."""
from __future__ import annotations

import re
from math import isclose

from hypothesis import given
from hypothesis import strategies as some

from engine import Value, exp
from engine.paths.cuts import slopes
from engine.graph import postorder
from engine.text.naming import digits
from engine.picture.contents import contents_of
from engine.picture.grouping import Graph
from engine.picture.steps import steps_of
from engine.testing import graphs
from tests.engine.picture.lesson import flower, parameters


def steps(root, detail="folded", names=()):
    return steps_of(*contents_of(Graph(root, None, dict(names), detail), None, None, walk=True))


@given(graphs(), some.sampled_from(["values", "folded", "names"]))
def test_each_box_has_a_step_forward_and_what_is_no_constant_one_back(graph, detail):
    words, shown = contents_of(Graph(graph.root, None, {}, detail), None, None, walk=True)
    found = steps_of(words, shown)
    assert [step.box for step in found if not step.backward] == [box.head.key for box in shown.boxes]
    assert [step.box for step in found if step.backward] == \
        [box.head.key for box in reversed(shown.boxes) if not box.head.constant]


@given(graphs())
def test_forward_needs_only_what_came_before_and_backward_only_what_came_back(graph):
    words, shown = contents_of(Graph(graph.root, None, {}, "values"), None, None, walk=True)
    done = {False: set(), True: set()}
    for step in steps_of(words, shown):
        ends = [(shown.arrows[i - 1].tail, shown.arrows[i - 1].head) for i in step.arrows]
        assert all((head if step.backward else tail) in done[step.backward] for tail, head in ends)
        done[step.backward].add(step.box)


@given(graphs())
def test_results_are_what_the_engine_found(graph):
    words, shown = contents_of(Graph(graph.root, None, {}, "values"), None, None, walk=True)
    values, whole = {key: v for v, key in words.keys.items()}, slopes(graph.root)
    for step in steps_of(words, shown):
        v, last = values[step.box], step.lines[-1 if not step.backward else min(1, len(step.lines) - 1)]
        number = whole[v] if step.backward else v.data
        assert digits(number) in last


def test_the_lessons_steps():
    found = steps(flower("Setosa", parameters()), "names")
    texts = [step.lines for step in found]
    assert ("CE = -log(p)", "= -log(0.1509) = 1.891") in texts
    assert ("p = exp(z1) / (exp(z1) + exp(z2) + exp(z3))",
            "= exp(-0.9632) / (exp(-0.9632) + exp(0.0032) + exp(0.1352)) = 0.1509") in texts
    back = next(step.lines for step in found if step.backward and "∂CE/∂z1 =" in step.lines[0])
    assert back[:2] == ("∂CE/∂z1 = ∂CE/∂p × ∂p/∂z1", "= (-6.628) × 0.1281 = -0.8491")
    assert "∂CE/∂w6 = ∂CE/∂z1 × ∂z1/∂w6 = (-0.8491) × 0.808 = -0.6861" in back


def test_sums_are_shown_where_paths_meet():
    z = Value(0.5, "z")
    e = exp(z)
    p = e / (e + 2.0)
    found = steps(p, "values", {e: "e", p: "p"})
    lines = next(step.lines for step in found if step.backward and "∂p/∂e" in step.lines[0])
    first, second = re.findall(r"([-()\d.]+) × ([-()\d.]+)", lines[1])
    total = sum(float(a.strip("()")) * float(b.strip("()")) for a, b in (first, second))
    assert isclose(total, slopes(p)[e], rel_tol=2e-2)


def test_what_a_relu_that_is_off_cuts_off_says_so():
    x = Value(-1.0, "x")
    assert any("cut off by a ReLU that is off" in line for step in steps(x.relu() + 1, "values") for line in step.lines)


def test_a_leaf_that_has_changed_steps_with_the_number_it_had():
    x = Value(2.0, "x")
    y = x * 3.0
    x.data = 9.0
    assert steps(y, names={y: "y"})[0].lines == ("y = x * 3", "= 2 * 3 = 6")


def test_a_sum_of_many_terms_is_cut():
    terms = [Value(1.0) for _ in range(300)]
    root = Value.fsum(*[v * 2 for v in terms])
    assert all(len(line) < 400 for step in steps(root) for line in step.lines)
    assert len(postorder(root)) == 601
