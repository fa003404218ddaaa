"""Shares: of a leaf that is a row of several boxes each row says its share of the whole, and the page adds them up."""
from __future__ import annotations

import re
from math import isclose

from hypothesis import given, settings
from hypothesis import strategies as some

from engine import Value, draw, fsum, walkthrough
from engine.paths.cuts import slopes
from engine.picture.contents import contents_of
from engine.picture.grouping import Graph
from engine.picture.steps import steps_of
from nn import MLP, cross_entropy
from tests.engine.picture.lesson import total


def observations(numbers, weights):
    """A loss over samples with shared weights, with what is off for some of them."""
    w = [Value(n, f"w{i}") for i, n in enumerate(weights)]
    terms = []
    for x in numbers:
        h = (w[0] * x + w[1]).relu()
        terms.append(((w[2] * h + w[0]).tanh() - 1.0) ** 2)
    return fsum(terms), w


def rows(root, detail="folded", wrt=None):
    shown = contents_of(Graph(root, wrt, {}, detail), None, None)[1]
    return [row for box in shown.boxes for row in box.rows]


small = some.floats(-2, 2).map(lambda n: round(n, 3))


@settings(deadline=None)
@given(some.lists(small, min_size=2, max_size=4), some.lists(small, min_size=3, max_size=3),
       some.sampled_from(["folded", "names"]))
def test_the_shares_of_each_leaf_add_up_to_its_grad(numbers, weights, detail):
    root, w = observations(numbers, weights)
    if detail == "names":
        root.label = "L"
    root.backward()
    for v in w:
        parts = [row for row in rows(root, detail) if row.name == v.label and row.whole]
        shares = [float(row.slope.partition(",")[0]) for row in parts]
        assert all(isclose(float(row.whole), v.grad, rel_tol=1e-3, abs_tol=1e-12) for row in parts)
        size = max(map(abs, shares), default=0.0)
        assert not parts or isclose(sum(shares), v.grad, rel_tol=1e-3, abs_tol=len(shares) * size * 1e-3 + 1e-12)


def test_no_share_stands_beside_the_sign_of_a_derivative():
    root, b3 = total()
    root.backward()
    source = draw(root, b3, names={}).source
    assert "share 0.7929 of 0.9678" in source and "∂ 0.7929" not in source
    assert "share a of b: what of the whole ∂ comes from this box" in source
    model = MLP(1, [2, 1], activation="tanh", seed=0)
    loss = fsum([(model([v]) - 1.0) ** 2 for v in (0.2, 0.9)])
    loss.backward()
    source = draw(loss).source
    assert "share 0.0668 of 0.325" in source and "share 0.2582 of 0.325" in source


@settings(deadline=None)
@given(some.lists(small, min_size=2, max_size=4), some.lists(small, min_size=3, max_size=3))
def test_the_page_adds_the_shares_up_once_after_the_last_of_them(numbers, weights):
    root, w = observations(numbers, weights)
    words, shown = contents_of(Graph(root, None, {}, "folded"), None, None, walk=True)
    lines = [line for step in steps_of(words, shown) for line in step.lines]
    for v in w:
        if len(words.users[v]) > 1 and v not in words.named:
            (at,) = [i for i, line in enumerate(lines) if line.startswith(f"∂L/∂{v.label} =") and "together" in line]
            assert not any(re.search(rf"∂L/∂{v.label} .*(one of|from here)", line) for line in lines[at + 1:])
            result = float(re.search(r"= ([^ =]+): its", lines[at])[1])
            assert isclose(result, slopes(root)[v], rel_tol=1e-3, abs_tol=1e-300)


def test_several_rows_to_which_nothing_comes_are_one_line():
    root, _ = total()
    steps = [line for step in walkthrough(root, names={}, live=False).steps for line in step.lines]
    assert "∂total/∂w1, ∂total/∂w2, ∂total/∂b1 = 0, from here: CE_Virginica.h1 is off and lets nothing through" in steps


def test_names_that_several_observations_have_are_told_apart():
    root, _ = total()
    firsts = [step.lines[0] for step in walkthrough(root, names={}, live=False).steps if step.backward]
    quotients = [line.split(" = ")[0] for line in firsts]
    assert len(set(quotients)) == len(quotients)
    assert {f"∂total/∂CE_{name}.z1" for name in ("Setosa", "Virginica", "Versicolor")} <= set(quotients)


def test_a_cross_entropy_says_its_target_and_why_it_is_p_less_one():
    z = [Value(n, f"z_{name}") for n, name in ((-0.9632, "setosa"), (0.0032, "versicolor"), (0.1352, "virginica"))]
    loss = cross_entropy(z, 0)
    made = walkthrough(loss, names={}, live=False)
    lines = [line for step in made.steps for line in step.lines]
    assert "target z_setosa, p 0.1509" in made.source
    assert any(line.startswith("∂L/∂z_setosa = p_z_setosa - 1 = 0.1509 - 1 = -0.8491: the target") for line in lines)
    assert any(line.startswith("∂L/∂z_virginica = p_z_virginica = 0.4525: another logit") for line in lines)
