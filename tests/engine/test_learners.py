"""What learners of the lesson get wrong, each mistake made, and what the software shows that answers it."""
from __future__ import annotations

import subprocess
import sys
from math import isclose
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

import nn
from engine import Value, draw, exp, explain, fsum, jacobian, label, log, relu, table
from engine.graph import postorder
from engine.testing import check_gradient, graphs
from tests.engine.explanation.lesson import LOGITS

ROOT    = Path(__file__).parents[2]
outputs = some.lists(some.floats(-5.0, 5.0), min_size=3, max_size=3)


def softmax(z):
    """As the lesson writes it."""
    parts = [exp(v) for v in z]
    return [part / (parts[0] + parts[1] + parts[2]) for part in parts]


def lesson():
    """b3, and for each flower its outputs, its probabilities, and its cross-entropy."""
    b3, flowers = Value(-2.0, "b3"), []
    for own, (name, (hidden, z2, z3)) in zip((0, 2, 1), LOGITS.items()):
        z = [hidden + b3, Value(z2), Value(z3)]
        p = softmax(z)
        CE = -log(p[own])
        label({"z_setosa": z[0], "p_setosa": p[0], "p_versicolor": p[1], "p_virginica": p[2], f"CE_{name}": CE})
        flowers.append((z, p, CE))
    return b3, flowers


# 1. Two different p's


def test_the_loss_has_p_of_the_observed_species_and_the_derivative_that_of_setosa():
    b3, ((_, p, CE), (_, q, other), _) = lesson()
    words = str(explain(other, b3))
    assert "CE_virginica = -log(p_virginica)" in words
    assert " ".join(words.partition("\n\n")[0].split()).endswith("= 0.03512 = p_setosa")
    assert not isclose(explain(other, b3).derivative, q[2].data - 1.0, rel_tol=0.1)       # the mistake
    assert explain(other, b3).derivative == pytest.approx(q[0].data)
    assert explain(CE, b3).formula == "p_setosa - 1"


# 2. Why p - 1 for the true class, and p otherwise


@given(outputs, some.integers(0, 2))
def test_the_arrows_show_what_cancels(numbers, target):
    z = [Value(n) for n in numbers]
    p = softmax(z)
    label(z=z, p=p)
    loss = -log(p[target])
    for i in range(3):
        e = explain(loss, z[i])
        upper, lower = e.steps
        assert upper.formula == f"-1 / p[{target}]"
        assert lower.formula == (f"p[{i}] - p[{i}]²" if i == target else f"-p[{target}] · p[{i}]")
        assert e.formula == (f"p[{i}] - 1" if i == target else f"p[{i}]")


# 3. Paths add


def test_from_z_to_p_there_are_two_paths():
    b3, ((_, p, CE), _, _) = lesson()
    words = str(explain(CE, b3))
    assert "2 paths add up:" in words
    assert "+ p_setosa, through the numerator: p_setosa ← exp(z_setosa) ← z_setosa" in words
    assert "- p_setosa², through the denominator" in words


# 4. The off-diagonal Jacobian


@given(outputs)
def test_the_jacobian_of_softmax_is_full(numbers):
    z = [Value(n) for n in numbers]
    p = softmax(z)
    for i, line in enumerate(jacobian(p, z)):
        for j, slope in enumerate(line):
            assert isclose(slope.data, p[i].data * ((i == j) - p[j].data), rel_tol=1e-9)
            assert slope.data                        # who forgets the off-diagonal ones has zeros there
    shown = str(jacobian(p, z)).splitlines()
    assert shown[0].split() == ["∂z[0]", "∂z[1]", "∂z[2]"] and [line.split()[0] for line in shown[1:]] == [
        "∂p[0]", "∂p[1]", "∂p[2]"]


# 5. The other species pull on b3, the other way, through the denominator


def test_why_the_others_pull_the_other_way():
    b3, flowers = lesson()
    total = fsum([CE for _, _, CE in flowers])
    words = " ".join(str(explain(total, b3)).split())
    assert "-0.849121 CE_setosa" in words and "+0.035119 CE_virginica" in words and "+0.040801 CE_versicolor" in words
    assert "CE_virginica and CE_versicolor pull the other way than CE_setosa." in words
    assert "z_setosa is only in its denominator" in words and "z_setosa is in its numerator too" in words


def test_where_values_have_no_names_it_says_how_they_get_some_and_where_the_signs_part():
    b3 = Value(-2.0)
    total = fsum([-log(softmax([hidden + b3, Value(z2), Value(z3)])[own])
                  for own, (hidden, z2, z3) in zip((0, 2, 1), LOGITS.values())])
    words = " ".join(str(explain(total, b3)).split())
    assert words.count("= 0.1281, for b3 is in its numerator too.") == words.count("; but ") == 2
    assert words.count("for b3 is only in its denominator; but ") == 2
    words = " ".join(str(explain(fsum([total.parents[0]]), b3)).split())
    assert "has no name, only a place in the table; label(locals()) where it is computed gives it one." in words


def test_a_running_total_that_is_labelled_in_each_round_is_one_sum_of_observations():
    b3, total = Value(-2.0), 0
    for own, (hidden, z2, z3) in zip((0, 2, 1), LOGITS.values()):
        z = [hidden + b3, Value(z2), Value(z3)]
        p = softmax(z)
        CE = -log(p[own])
        total = total + CE
        label(z=z, p=p, CE=CE, total=total, b3=b3)
    words = " ".join(str(explain(total, b3)).split())
    assert "total is a sum of 3 terms that depend on b3: -0.849121 CE " in words
    assert "CE (2) and CE (3) pull the other way than CE." in words


# 6. Observations sum


def test_a_mean_shows_its_factor_and_moves_b3_a_third_as_far():
    b3, flowers = lesson()
    total = fsum([CE for _, _, CE in flowers])
    mean = total / 3
    words = str(explain(mean, b3))
    assert "∂mean/∂b3 = ∂mean/∂total · ∂total/∂b3 = (0.333333)(-0.773201) = -0.2577" in words
    assert f"{-2 - explain(mean, b3).derivative:.4f}" == "-1.7423"


# 7. Minus a negative


@given(outputs, some.integers(0, 2), some.integers(0, 2))
def test_it_says_which_way_gradient_descent_goes_and_that_way_is_down(numbers, target, i):
    def loss(z):
        return -log(softmax(z)[target])

    z = [Value(n) for n in numbers]
    e = explain(loss(z), z[i])
    moves = "up" if e.derivative < 0 else "down"
    assert f"gradient descent moves z[{i}] {moves}." in str(e)
    z[i].data -= 1e-3 * e.derivative
    assert loss(z).data < e.upper.data


# 8. Rounded against exact


def test_what_is_rounded_stands_beside_what_is_exact():
    b3, flowers = lesson()
    total = fsum([CE for _, _, CE in flowers])
    total.backward()
    p = flowers[0][1][0]
    assert f"{p:.2f}" == "0.15" and repr(p).startswith("Value(data=0.150878") and str(p.data).startswith("0.150878")
    assert [f"{explain(CE, b3).derivative:.2f}" for _, _, CE in flowers] == ["-0.85", "0.04", "0.04"]
    assert f"{b3.grad:.2f}, {b3.data - b3.grad:.2f}" == "-0.77, -1.23"
    assert f"{-log(0.57):.2f}" == "0.56"             # the lesson's, of a p that was rounded before
    assert repr(p.data) in draw(total, wrt=b3).source


# 9. Three zeros


def test_off_no_path_and_not_yet_are_told_apart():
    w, v, stranger, petal = Value(-2.5, "w"), Value(2.0, "v"), Value(3.0, "stranger"), 1.0
    h = relu(w * petal + 1.924)
    L = v * h + exp(v)
    assert "v.grad is 0: L.backward() has not run yet." in str(explain(L, v))
    assert {row[0]: row[3] for row in table(L).rows}["w"] == "–"
    L.backward()
    assert {row[0]: row[3] for row in table(L).rows}["w"] == "0, off"
    assert "The ReLU h = relu(w * 1 + 1.924) is off here: its operand is -0.576, 0.576 below 0." in str(explain(L, w))
    assert "no path leads from L to stranger; L does not depend on stranger." in str(explain(L, stranger))
    assert "= h, which is exactly 0, for the ReLU h = " in str(explain(v * h, v))


# 10. log(0) and overflow


def test_where_the_textbook_form_fails_the_error_names_the_form_that_does_not():
    z = [Value(1000.0, "z_setosa"), Value(0.0), Value(0.0)]
    with pytest.raises(OverflowError, match=r"exp\(z_setosa\) overflows.*; z_setosa is 1000.0; .*softmax\(logits\)"):
        softmax(z)
    p = softmax([v - 1000.0 for v in z])
    label(p=p)
    with pytest.raises(ValueError, match=r"log\(p\[1\]\) needs x > 0; p\[1\] is 0.0; .*cross_entropy\(logits, target"):
        log(p[1])
    assert [v.data for v in nn.softmax(z)] == [1.0, 0.0, 0.0]
    assert nn.cross_entropy(z, 1).data == 1000.0


# 11. The order


def recursion(v, grads):
    """Backpropagation as people publish it: adds to the operands, and goes on to them at once."""
    for x, slope in zip(v.parents, v.partials):
        grads[x] = grads.get(x, 0.0) + grads[v] * slope
        recursion(x, grads)
    return grads


def test_plain_recursion_is_wrong_and_explain_and_a_check_show_what_is_right():
    a = Value(1.0)
    b = a + a
    c = b + b
    c.backward()
    assert c.data == 4.0 and recursion(c, {c: 1.0})[a] == 6.0
    assert a.grad == 4.0 and "∂c/∂a = ∂c/∂b · ∂b/∂a = (2)(2) = 4" in str(explain(c, a))
    check_gradient(lambda v: (v + v) + (v + v), 1.0)


@given(graphs(["add", "mul", "neg"], size=6))
def test_recursion_is_right_where_no_inner_value_is_used_twice(graph):
    graph.root.backward()
    nodes = postorder(graph.root)
    used = [x for v in nodes for x in v.parents if x.op]
    if len(used) == len(set(used)):
        grads = recursion(graph.root, {graph.root: 1.0})
        assert all(isclose(grads[v], v.grad, rel_tol=1e-9, abs_tol=1e-9) for v in nodes if v is not graph.root)


def test_the_lesson_from_memory_in_a_bare_prompt():
    typed = """\
from engine import *
b, w = Value(-2), [Value(-2.5), Value(0.6)]
def hidden(petal, sepal): return relu(w[0]*petal + w[1]*sepal + 1.6)

raw = 1.5*hidden(0.04, 0.42) - 1.5912 + b
p = exp(raw) / (exp(raw) + exp(Value(0.0032)) + exp(Value(0.1352)))
loss = -log(p)
explain(loss, b)
"""
    run = subprocess.run([sys.executable, "-i", "-q"], input=typed, capture_output=True, encoding="utf-8", cwd=ROOT,
                         env={"PYTHONIOENCODING": "utf-8", "PATH": ""}, timeout=60)
    assert "∂loss/∂b = ∂loss/∂p · ∂p/∂raw · ∂raw/∂b = (-6.62783)(0.128115)(1) = -0.8491 = p - 1" in run.stdout
    assert "gradient descent moves b up." in run.stdout and "Traceback" not in run.stderr
