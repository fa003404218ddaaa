"""What an explanation says of any graph, and of the lesson's."""
from __future__ import annotations

from math import fsum, isclose, isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine import GradientError, Value, exp, explain, log
from engine.paths.cuts import between, cuts, slopes
from engine.graph import postorder
from engine.testing import graphs
from tests.engine.explanation.lesson import LOGITS, flower, flowers


def sizes(order):
    """For each value the sum of the sizes of all products from the last of the order down to it."""
    found = dict.fromkeys(order, 0.0)
    found[order[-1]] = 1.0
    for v in reversed(order):
        for x, slope in zip(v.parents, v.partials):
            if x in found and found[v] and isfinite(slope):
                found[x] += found[v] * abs(slope)
    return found


def explained(graph, data):
    """A drawn graph's explanation by one of its values; None where there is no derivative."""
    wrt = data.draw(some.sampled_from(postorder(graph.root)))
    passed = cuts(between(graph.root, wrt))
    through = data.draw(some.none() | some.lists(some.sampled_from(passed), unique=True))
    try:
        return explain(graph.root, wrt, through=through, names={})
    except GradientError:
        assert not isfinite(slopes(graph.root)[wrt])
        return None


@given(graphs(), some.data())
def test_the_derivative_is_the_gradient_and_the_product_of_the_steps(graph, data):
    e = explained(graph, data)
    if e is None:
        return
    assert e.derivative == slopes(graph.root)[e.lower]
    product, bound = 1.0, 1.0
    for step in e.steps:
        product = product * step.derivative if product else product
        bound *= sizes(step.order)[step.lower]
    assert abs(product - e.derivative) <= 1e-13 * bound + 1e-300


@given(graphs(), some.data())
def test_the_steps_lead_from_one_value_to_the_other(graph, data):
    e = explained(graph, data)
    if e is None or e.upper is e.lower:
        return
    ends = [e.upper, *[step.lower for step in e.steps]]
    assert ends[-1] is e.lower and [step.upper for step in e.steps] == ends[:-1]
    assert [v for v in cuts(e.order) if v in ends] == ends


@given(graphs(), some.data())
def test_a_step_is_the_sum_of_its_paths(graph, data):
    e = explained(graph, data)
    for step in e.steps if e else ():
        if step.count == len(step.paths) and isfinite(step.derivative):
            parts = [path.derivative for path in step.paths]
            assert isclose(fsum(parts), step.derivative, rel_tol=1e-12, abs_tol=1e-14 * fsum(map(abs, parts)) + 1e-300)
        for path in step.paths:
            assert path.values[0] is step.upper and path.values[-1] is step.lower
            assert all(v.parents[place] is x for v, place, x in zip(path.values, path.places, path.values[1:]))
            assert len(path.formulas) == len(path.partials) == len(path.values) - 1


@given(graphs(), some.data())
def test_any_graph_is_put_into_words_of_100_columns_and_into_latex(graph, data):
    e = explained(graph, data)
    if e is not None:
        assert max(map(len, str(e).splitlines())) <= 100
        tex = e._repr_latex_()
        assert tex.startswith("$$") and tex.endswith("$$") and tex.count("$") == 4
        assert tex.count("{") == tex.count("}") and tex.count(r"\left") == tex.count(r"\right")


@given(graphs())
def test_the_same_graph_has_the_same_explanation(graph):
    try:
        first = str(explain(graph.root, graph.leaves[0], names={}))
    except GradientError:
        return
    assert str(explain(graph.root, graph.leaves[0], names={})) == first
    assert all(v.grad == 0.0 for v in postorder(graph.root))


@given(graphs(), some.data())
def test_a_value_that_not_every_path_passes_is_refused(graph, data):
    wrt, v = [data.draw(some.sampled_from(postorder(graph.root))) for _ in range(2)]
    passed = cuts(between(graph.root, wrt))
    if passed and v not in passed:
        with pytest.raises(ValueError, match="not every path from .* to .* passes through"):
            explain(graph.root, wrt, through=[v])


def test_it_reads_like_the_lesson():
    b3, z, p, CE = flower()
    assert str(explain(CE, b3)) == """\
∂CE/∂b3 = ∂CE/∂p · ∂p/∂z · ∂z/∂b3 = (-6.62783)(0.128115)(1) = -0.8491 = p - 1

∂CE/∂p = -1 / p = -6.62783
    CE = -log(p)
    CE ← log(p) ← p
        (-1)(1 / p) = (-1)(6.62783) = -6.62783

∂p/∂z = p - p² = p · (1 - p) = 0.128115
    p = exp(z) / (exp(z) + exp(z2) + exp(z3))
    2 paths add up:
    + p, through the numerator: p ← exp(z) ← z
        (1 / #11)(exp(z)) = (0.395313)(0.38167) = 0.150879
    - p², through the denominator: p ← #11 ← #8 ← exp(z) ← z
        (-p / #11)(1)(1)(exp(z)) = (-0.0596444)(1)(1)(0.38167) = -0.0227645
    #11 = exp(z) + exp(z2) + exp(z3)
    #8 = exp(z) + exp(z2)

∂z/∂b3 = 1
    z = hidden + b3

CE falls as b3 rises: gradient descent moves b3 up.
b3.grad is 0: CE.backward() has not run yet."""


def test_its_data():
    b3, z, p, CE = flower()
    e = explain(CE, b3)
    CE.backward()
    assert e.derivative == b3.grad and isclose(e.derivative, p.data - 1) and e.formula == "p - 1"
    assert [(step.upper, step.lower, step.formula) for step in e.steps] == [
        (CE, p, "-1 / p"), (p, z, "p - p²"), (z, b3, "1")]
    above, below = e.steps[1].paths
    assert (above.formulas, below.formulas) == (("1 / y", "z"), ("-z / y", "1", "1", "z"))
    assert isclose(above.derivative, p.data) and isclose(below.derivative, -p.data ** 2)
    assert [path.derivative for path in e.paths] == [pytest.approx(-1), pytest.approx(p.data)]


def test_it_groups_a_total_by_observation_and_says_why_some_pull_the_other_way():
    b3, total = flowers()
    e = explain(total, b3)
    lines = str(e).splitlines()
    assert [line.lstrip() for line in lines[:3]] == [
        "∂total/∂b3 = ∂CE_setosa/∂b3 + ∂CE_virginica/∂b3 + ∂CE_versicolor/∂b3",
        "= -0.849121 + 0.035119 + 0.040801", "= -0.7732"]
    assert isclose(fsum(term.derivative for term in e.observations), e.derivative)
    words = " ".join(" ".join(lines).split())
    assert "CE_virginica and CE_versicolor pull the other way than CE_setosa." in words
    assert "∂p_virginica/∂z_setosa = -0.02477, for z_setosa is only in its denominator" in words
    assert "∂p_setosa/∂z_setosa = 0.1281, for z_setosa is in its numerator too." in words


def test_without_names_it_says_so_too():
    b3, total = Value(-2.0, "b3"), 0.0
    for i, (hidden, z2, z3) in enumerate(LOGITS.values()):
        e = [exp(hidden + b3), exp(Value(z2)), exp(Value(z3))]
        total = total - log(e[(0, 2, 1)[i]] / (e[0] + e[1] + e[2]))
    words = " ".join(str(explain(total, b3)).split())
    assert "= -0.02477, for b3 is only in its denominator; but" in words
    assert "= 0.1281, for b3 is in its numerator too." in words
    z = [[hidden + b3, Value(z2), Value(z3)] for hidden, z2, z3 in LOGITS.values()]
    total = Value.fsum(Value.cross_entropy(z[i], (0, 2, 1)[i]) for i in range(3))
    words = " ".join(str(explain(total, b3)).split())
    assert "= 0.03512, for b3 is not in the target's logit; but" in words


def test_a_mean_is_a_step_and_a_sum():
    b3, total = flowers()
    mean = total / 3
    e = explain(mean, b3)
    assert [step.derivative for step in e.steps] == [pytest.approx(1 / 3), pytest.approx(-0.7732010032512964)]
    assert "pull the other way" in str(e)


def test_names_are_the_callers_or_those_given():
    x = Value(3.0)
    square = x * x
    assert str(explain(square, x)).startswith("∂square/∂x = 2 · x = 6")
    assert str(explain(square, x, names={"a": x, "b": square})).startswith("∂b/∂a = 2 · a = 6")
    assert str(explain(square, x, names={})).startswith("∂L/∂#1 = 2 · #1 = 6")
    assert x.label == square.label == ""


@given(some.text())
def test_any_label_is_only_text(text):
    x = Value(3.0, text)
    e = explain(x * x, x)
    assert e.derivative == 6.0 and max(map(len, str(e).splitlines())) <= 100
    assert e._repr_latex_().count("$") == 4


def test_through():
    b3, z, p, CE = flower()
    assert [step.derivative for step in explain(CE, b3, through=[z]).steps] == [pytest.approx(p.data - 1), 1.0]
    assert len(explain(CE, b3, through=[]).steps) == 1
    assert len(explain(CE, b3, through=p).steps) == 2
    other = p.parents[1].parents[1]
    with pytest.raises(ValueError, match=r"not every path from CE to b3 passes through other; all pass through p, z"):
        explain(CE, b3, through=[other])


def test_without_wrt_it_asks_for_it():
    with pytest.raises(TypeError, match=r"as in explain\(loss, wrt=b3\)"):
        explain(Value(1.0))


@pytest.mark.parametrize("wrong", [3.0, "p", [Value(1.0)]])
def test_what_is_no_value_is_refused(wrong):
    with pytest.raises(TypeError, match=r"explain\(y, wrt, through=\[\.\.\.\]\) needs Values; .* is a "):
        explain(Value(1.0), wrong)


def test_through_is_a_list():
    with pytest.raises(TypeError, match="needs a list of Values; 5 is none"):
        explain(Value(1.0), Value(1.0), through=5)


def test_no_derivative_is_an_error_that_names_the_slope():
    x = Value(0.0, "x")
    with pytest.raises(GradientError, match="no finite slope where x is 0.0"):
        explain(x.sqrt() * 2.0, x)


def test_a_value_by_itself():
    x = Value(2.0, "x")
    assert (explain(x, x).derivative, list(explain(x, x).steps), str(explain(x, x))) == (
        1.0, [], "∂x/∂x = 1: it is the same value.")


def test_steps_that_overflow_become_one():
    x = Value(1e-300, "x")
    big = x * 1e200 * 1e200
    e = explain(big * 1e-200, x)
    assert [step.derivative for step in e.steps] == [e.derivative] == [pytest.approx(1e200)]


def test_values_of_the_same_name_are_noted():
    u, v = Value(1.0, "w"), Value(2.0, "w")
    assert "Several values here are called w" in str(explain(u * v, u))
    assert "Several" not in str(explain(u * 2.0 * u, u))


def test_grads_that_are_not_this_derivative():
    b3, z, p, CE = flower()
    CE.backward()
    assert ".grad is" not in str(explain(CE, b3))
    CE.backward()
    assert "b3.grad is -1.698: it adds up all backward passes" in str(explain(CE, b3))
