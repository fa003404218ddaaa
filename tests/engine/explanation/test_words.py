"""What an explanation says is true as it is read, and says it in the reader's names."""
from __future__ import annotations

import re
from math import isclose

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

import nn
from engine import (GradientError, Op, Value, cos, exp, explain, fsum, log, maximum, relu, sigmoid, sqrt, table, tanh,
                    xlogy)
from engine.explanation.names import Names
from engine.explanation.ways import magnitude
from engine.formula import FLOATS
from engine.graph import postorder
from engine.readers.numbers import floats
from engine.readers.operands import example_of, result_of
from engine.testing import graphs
from engine.text.naming import PLAIN

ODD  = ["a + b", "3", "x1*w1 + x2*w2", "hidden 1", "-c", "w[0]", "net.bias", "2", "exp(q)", "#2", "it's",
        "k if k else 0"]
ROWS = list(Op.table.values())
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def plain(text):
    """A text on one line, wherever it was broken."""
    return " ".join(text.split())


def evaluated(formula, names, values):
    """The number that a formula comes to, with the values that its names stand for; None where it is cut."""
    if "…" in formula:
        return None
    known = {names.atom(v)[0]: v.data for v in values if names.has(v) or names.of(v).startswith("#") or v is names.root}
    for (row, operands), made_up in names.shares.items():
        known.update({name: floats.value(row, [x.data for x in operands], i) for i, name in enumerate(made_up)})
    bound, text, at = {}, "", 0
    while at < len(formula):
        here = [name for name in known if formula.startswith(name, at)
                and not (re.match(r"[A-Za-z0-9_.\[]", formula[at + len(name):]) and name[-1] not in ")'\"")
                and not (at and re.match(r"[A-Za-z0-9_.#]", formula[at - 1]))]
        if here:
            name = max(here, key=len)
            text += f"(v{at})"
            bound[f"v{at}"] = Value(known[name])
            at += len(name)
        else:
            text += formula[at]
            at += 1
    text = re.sub(r"([⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda power: f"**{power[1].translate(RAISED)}", text).replace("·", "*")
    rows = {name: row.function for name, row in Op.table.items()}
    result = eval(text, {**FLOATS, **rows, **bound})
    return result.data if isinstance(result, Value) else result


@given(graphs(), some.permutations(ODD))
def test_every_formula_comes_to_the_number_beside_it_whatever_the_labels(graph, labels):
    for v, label in zip(graph.leaves, labels):
        v.label = label
    order = postorder(graph.root)
    try:
        e = explain(graph.root, graph.leaves[0], names={})
    except GradientError:
        return
    names = e.names
    for v in order:
        made = [v.op and names.formula(v, 200)]
        for formula in filter(None, made):
            number = evaluated(formula, names, order)
            assert number is None or isclose(number, v.data, rel_tol=1e-9, abs_tol=1e-290), formula
    for part in (e, *e.steps):
        for formula in filter(None, (part.formula, part.factored)):
            number = evaluated(formula, names, order)
            assert number is None or isclose(number, part.derivative, rel_tol=1e-5, abs_tol=1e-7), formula


@given(graphs(), some.data())
def test_every_place_that_is_named_is_defined_and_no_row_shows_through(graph, data):
    """In the text and in LaTeX."""
    wrt = data.draw(some.sampled_from(postorder(graph.root)))
    try:
        e = explain(graph.root, wrt, names={})
    except GradientError:
        return
    check(e)
    defined(e)


def test_a_place_that_only_a_cause_names_is_defined():
    b = a + a
    c = -(-(b + b))
    d = c + c
    e = explain(-(-(-(d - d))), a, names={})
    assert "∂L/∂#6 cancel exactly" in e.text
    defined(e)


def defined(e):
    """Each place that is named is said to be something."""
    for text in (e.text, e._repr_latex_().replace("＃", "#").replace(r"\#", "#")):
        named = set(re.findall(r"#\d+", text))
        alone = e.upper is e.lower or not e.order    # then there is no more to say than that
        assert alone or named <= {*re.findall(r"(#\d+) = ", text)}


def check(e):
    """No operand of a row's formula, and no condition, shows through."""
    for text in (e.text, e._repr_latex_()):
        assert not re.search(r"(?<![\w.\[\\{^'])[xyz](?![\w\[(^}'])", text), text
        assert not re.search(r"\bif\b|\belse\b", text.replace("\\text{if }", "if").replace("if k", "")), text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_no_row_shows_through_at_its_zeros_kinks_and_ends(row):
    for n in (0.0, 1.0, -0.17, 800.0, -800.0, 1e-200):
        for others in (n, 3.0):
            numbers, index = example_of(row, [n, others, n][:row.arity or 3])
            operands = [Value(number, f"a{i}") for i, number in enumerate(numbers)]
            try:
                v = result_of(row, operands, index)
                explanations = [explain(v * 1.5, a, names={}) for a in operands]
            except (ArithmeticError, ValueError):
                continue
            for e in explanations:
                check(e)
                if e.derivative == 0.0 and e.lower is not operands[-1]:
                    assert re.search(r"underflows|kink|flat|off here|lets nothing of|is exactly|is not the|too "
                                     "small|cancel",
                                     plain(e.text)), e.text


a = Value(0.5, "a")


@pytest.mark.parametrize("make, n, sentence", [
    (lambda a: (a - 2) ** 2,     2.0,    "2 · (a - 2) = 0: L is flat in a here."),
    (lambda a: a ** 3,           0.0,    "3 · a² = 0: L is flat in a here."),
    (exp,                        -800.0, "exp(-800) underflows to 0."),
    (sigmoid,                    -800.0, "exp(-800) underflows to 0."),
    (tanh,                       400.0,  "exp(-800) underflows to 0."),
    (cos,                        0.0,    "-sin(a) = 0: L is flat in a here."),
    (abs,                        0.0,    "abs has a kink at 0, its slope there is taken as 0."),
    (relu,                       0.0,    "ReLU has a kink at 0, its slope there is taken as 0."),
    (relu,                       -0.17,  "is off here: its operand a is -0.17, 0.17 below 0."),
    (lambda a: relu(1 - a),      2.0,    "is off here: its operand 1 - a is -1, 1 below 0."),
    (lambda a: nn.hinge([a], [1]), 2.0,  "is off here: a * 1 is 2, 1 above 1."),
    (lambda a: Op("min(max(x, 0), 1)", "0 < x < 1", name="clipped")(a), -3.0, "its operand a is -3, 3 below 0."),
    (lambda a: Op("x if 1 < abs(x) else 0", "1 < abs(x)", name="outer")(a), 0.5, "abs(a) is 0.5, 0.5 below 1."),
    (lambda a: maximum(a, Value(1.0, "b")), 1.0, "a and b tie and share equally: 1 / 2 each."),
    (lambda a: maximum(a, Value(2.0, "b")), 1.0, "a is not the maximum in L: 1 against 2."),
    (lambda a: a * Value(0.0, "b"), 2.0, "A factor is zero: ∂L/∂a = b, which is exactly 0."),
])
def test_each_zero_and_each_tie_has_its_reason_in_the_readers_names(make, n, sentence):
    a = Value(n, "a")
    e = explain(make(a), a, names={})
    assert sentence in plain(e.text) and "dead" not in e.text
    assert sentence.split(":")[-1].split("=")[-1].strip().replace("·", "") in plain(e._repr_latex_())


@pytest.mark.parametrize("make, formula", [
    (tanh,                     "1 - L²"),
    (sigmoid,                  "L · (1 - L)"),
    (sqrt,                     "1 / (2 · sqrt(a))"),
    (lambda a: a ** 0.5,       "0.5 · a ** -0.5"),
    (lambda a: a ** 2.00001,   "2.00001 · a ** 1.00001"),
    (lambda a: a ** 3,         "3 · a²"),
    (lambda a: a ** -1,        "-1 / a²"),
    (lambda a: a * 1.00001,    "1.00001"),
    (lambda a: a * 12345,      "12345"),
    (lambda a: a * (2 / 3),    "0.6666…"),
    (lambda a: tanh(a * 3),    "3 · (1 - L²)"),
    (lambda a: a.log2(),       "1 / (a · log(2))"),
    (lambda a: xlogy(1e-310, a), "1e-310 / a"),
    (lambda a: a.atan(),       "1 / (1 + a * a)"),
])
def test_a_derivative_has_the_form_that_a_textbook_has(make, formula):
    a = Value(0.5, "a")
    e = explain(make(a), a, names={})
    assert formula in (e.formula, e.factored) and f"= {formula}" in e.text


def test_a_share_has_the_name_of_its_class_and_is_defined():
    weights = {"w_setosa": 1.5, "w_versicolor": -5.2, "w_virginica": 3.7}
    h, w = Value(0.8, "h"), [Value(n, name) for name, n in weights.items()]
    z = [one * h for one in w]
    for v, name in zip(z, ("z_setosa", "z_versicolor", "z_virginica")):
        v.label = name
    CE = nn.cross_entropy(z, 0)
    assert explain(CE, z[2]).formula == "p_virginica" and explain(CE, w[0]).factored == "(p_setosa - 1) · h"
    text = explain(CE, h).text
    assert "(p_setosa - 1) · w_setosa" in text and "softmax(z_" not in text
    assert re.search(r"p_virginica = softmax\(\[z_setosa, z_versicolor, z_virginica\], 2\) = 0\.852", text)


@pytest.mark.parametrize("label, other, formula", [
    ("a + b", "3", "(a + b) * '3'"), ("x1*w1 + x2*w2", "w", "(x1*w1 + x2*w2) * w"),
    ("hidden 1", "-c", "'hidden 1' * (-c)"),
    ("w[0]", "net.b", "w[0] * net.b"), ("x²", "p'", "'x²' * \"p'\""),
])
def test_what_is_no_plain_name_is_bracketed_or_quoted_in_a_formula(label, other, formula):
    y = Value(2.0, label) * Value(5.0, other)
    y.label = "out"
    assert f"out = {formula}" in explain(y, y.parents[0]).text
    assert table(y).rows[-1][:2] == ("out", formula)
    assert all(bool(PLAIN.fullmatch(name)) == (name in formula.split(" * ")) for name in (label, other))


def test_the_zero_that_sum_begins_with_is_not_told():
    a = Value(2.0, "a")
    y = sum([(a - n) ** 2 for n in (1.0, 0.5)])
    assert "0 +" not in explain(y, a, names={}).text and not any("0 +" in row[1] for row in table(y, names={}).rows)
    assert Names(y, a, {}).formula(y) == "(a - 1) ** 2 + (a - 0.5) ** 2"


def scores(n):
    """A weight and a loss over n samples, as micrograd's README has it."""
    w, b = Value(0.5, "w"), Value(0.1, "b")
    losses = [relu(1 + -target * (w * x + b)) for x, target in [(i / n - 0.5, 1 - 2 * (i % 2)) for i in range(n)]]
    return w, sum(losses) * (1.0 / n) + 1e-4 * sum(p * p for p in (w, b))


@given(some.integers(2, 40))
@example(2)
@example(40)
def test_a_loss_over_samples_is_a_sum_of_named_terms(n):
    w, loss = scores(n)
    text = explain(loss, w, names={"loss": loss}).text
    assert set(re.findall(r"#\d+", text)) == set(re.findall(r"(#\d+) = ", text))
    assert "∂loss/∂#" in text and not re.search(r"\+0  #\d+ *\(", text)
    if n > 6:
        assert re.search(r"the largest \d carry|largest 3 carry|paths add up|… \(\d+ more\)|sum of 2 terms", text)


def test_a_term_that_is_zero_has_a_reason():
    w = Value(2.0, "w")
    total = fsum([relu(w * n + 1.0) for n in (-1.0, 1.0, 2.0)])
    text = plain(explain(total, w, names={"total": total}).text)
    assert "total = #" in text and "relu(w * -1 + 1) is off here: its operand is -1, 1 below 0." in text


def test_equal_paths_are_told_apart():
    a = Value(2.0, "a")
    text = explain(a + a, a, names={}).text
    assert "L ← a (as left operand of L)" in text and "L ← a (as right operand of L)" in text


@pytest.mark.parametrize("name, sentence", [
    ("loss", "gradient descent moves a down."), ("total_loss", "gradient descent moves a down."),
    ("CE", "gradient descent moves a down."), ("y", "to lower y, move a down."),
    ("price", "to lower price, move a down."),
])
def test_only_of_a_loss_it_says_what_gradient_descent_does(name, sentence):
    a = Value(2.0, "a")
    y = a * a
    e = explain(y, a, names={name: y})
    assert sentence in e.text and sentence in e._repr_latex_().replace(r"\_", "_")


def test_a_loss_is_known_by_its_use_too():
    z = [Value(0.5, "z_a"), Value(1.0, "z_b")]
    assert "gradient descent" in explain(nn.cross_entropy(z, 0) + nn.cross_entropy(z, 1), z[0], names={}).text
    assert "gradient descent" in explain(-log(Value.softmax(z, 0)), z[0], names={}).text


def test_latex_says_all_that_the_text_says():
    z = [Value(n, name) for n, name in ((-0.96, "z"), (0.1, "b"))]
    p = exp(z[0]) / (exp(z[0]) + exp(z[1]) + 0.25)
    CE = -log(p)
    e = explain(CE, z[0], names={"p": p, "CE": CE})
    tex = e._repr_latex_()
    for part in ("through the numerator", "through the denominator", "gradient descent moves z up", "CE = -log(p)"):
        assert part in tex and part in e.text
    assert set(re.findall(r"＃\d+|\\#\d+", tex)) == set(re.findall(r"(＃\d+) = ", tex))


@pytest.mark.parametrize("n, text", [
    (12, "12"), (10 ** 14, "100,000,000,000,000"), (2 ** 60, "1,152,921,504,606,846,976 (about 1.15e+18)"),
    (3 * 10 ** 200, "about 3e+200"), (10 ** 500, "about 10^500"), (10 ** 1000, "more than 10^1000")])
def test_the_number_of_paths_is_exact_while_it_can_be_read(n, text):
    assert magnitude(n) == text


def test_very_many_paths_are_counted():
    x = y = Value(1.0, "x")
    before = x * 0.5
    for _ in range(300):                             # as Fibonacci's numbers: no step is a cut
        before, y = y, (y + before) * 0.5
    assert "about 5.82e+62 paths add up; the largest 3 carry" in explain(y, x).text
