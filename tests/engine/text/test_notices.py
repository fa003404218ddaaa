"""What a table and an explanation say of a graph before one trusts it."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

import nn
from engine import Value, explain, table


def notes(y, **given):
    """The sentences below the table of a graph, which the lines end with and a notebook shows as well."""
    shown = table(y, **given)
    assert shown.text.split("\n")[len(shown.text.split("\n")) - len(shown.notes):] == shown.notes or not shown.notes
    assert all(note.split(";")[0].replace("'", "&#x27;") in shown._repr_html_() for note in shown.notes)
    return shown.notes


def test_a_table_says_when_a_number_has_changed_since():
    a = Value(2.0, "a")
    y = a * a
    assert notes(y) == []
    a.data = 5.0
    assert notes(y) == ["a has changed since y was computed: it was 2 then and is 5 now."]


def test_a_table_says_when_two_values_bear_one_name():
    u, v = Value(1.0, "w"), Value(2.0, "w")
    assert notes(u * v) == ["Several values here are called w; other labels would tell them apart."]
    assert notes(u * u) == []


@given(some.integers(2, 6), some.integers(0, 5))
def test_a_softmax_before_cross_entropy_is_said_where_it_is_certain(n, target):
    z = [Value(0.25 * i, f"z{i}") for i in range(n)]
    p = nn.softmax(z)
    given_shares = pytest.warns(UserWarning, match="give it the logits, which softmax was given")
    sentence = "cross_entropy applies softmax itself, and its operands are shares of a softmax already; give it z0"
    with given_shares as caught:
        loss = nn.cross_entropy(p, target % n)
        nn.cross_entropy(p, [1.0 / n] * n)
    assert [w.filename for w in caught] == [__file__] * 2
    assert [note for note in notes(loss, names={}) if note.startswith(sentence)]
    assert sentence in " ".join(explain(loss, z[0], names={}).text.split())
    tex = explain(loss, z[0], names={})._repr_latex_()
    assert sentence in tex.replace(r"\_", "_").replace("} \\\\[1ex]\n&\\text{", " ")
    for fine in (nn.cross_entropy(z, target % n), nn.cross_entropy(p[::-1], target % n),
                 nn.cross_entropy([*p, Value(0.0)], target % n)):
        assert not [note for note in notes(fine, names={}) if "applies softmax" in note]


@pytest.mark.parametrize("rate", [0.1, 1.0, 0.05, 3e-4])
@pytest.mark.parametrize("label", ["w", ""])
def test_a_parameter_that_became_an_inner_value_is_named(rate, label):
    w = Value(0.7, label)
    loss = (w * 3 - 1) ** 2
    loss.backward()
    with pytest.warns(UserWarning, match="w is no leaf any more") as caught:
        w -= rate * w.grad
    assert len(caught) == 1 and caught[0].filename == __file__
    loss = (w * 3 - 1) ** 2
    said = [note for note in notes(loss, names={"w": w}) if "no leaf" in note]
    assert said == [f"w is no leaf any more: it became w - {rate:g} * w.grad, a value made of the old one. "
                    f"Move its number instead: w.data -= {rate:g} * w.grad."]
    assert said[0] in " ".join(explain(loss, w).text.split())


@given(some.floats(-5.0, 5.0))
def test_a_difference_that_is_meant_is_none(n):
    x = Value(2.0)
    y = x - n
    y.backward()
    z = (x - n) * 2.0
    assert not [note for note in notes(z) if "no leaf" in note]


class Line(nn.Module):
    """A slope in a list and an offset."""

    def __init__(self):
        self.w, self.b = [Value(0.7)], Value(0.25)


@given(some.sampled_from([0.1, 0.05, 0.937]), some.floats(0.125, 8.0))
def test_a_parameter_of_a_module_that_became_an_inner_value_is_warned_of_once(rate, x):
    def learned():
        line = Line()
        ((line.w[0] * x + line.b - 1.7) ** 2).backward()
        return line

    line = learned()
    with pytest.warns(UserWarning, match="b is no leaf any more") as caught:
        line.b -= rate * line.b.grad
    assert len(caught) == 1 and caught[0].filename == __file__
    line = learned()
    with pytest.warns(UserWarning, match="b is no leaf any more") as caught:
        line.b = line.b - rate * line.b.grad
    assert len(caught) == 1 and caught[0].filename == __file__
    line = learned()
    with pytest.warns(UserWarning, match=r"it became w\[0\] - .* \* w\[0\].grad"):
        line.w[0] = line.w[0] - rate * line.w[0].grad
    assert line.parameters() == [line.b]                      # it was told already
    line = learned()
    before = line.w[0]
    after = before - rate * before.grad                       # which may be meant
    line.w[0] = after
    with pytest.warns(UserWarning, match=r"w\[0\] is no leaf any more"):
        assert line.parameters() == [line.b]


@given(some.floats(-5.0, 5.0).map(lambda x: round(x, 2)), some.floats(-4.0, 4.0))
def test_right_programs_are_not_warned_of(n, x):              # warnings are errors here
    line, v, total = Line(), Value(x), Value(0.0)
    for _ in range(3):
        y = v * line.w[0] + line.b
        y.backward()
        for p in line.parameters():
            p.data -= 0.1 * p.grad
        total -= y
    v -= n
    centred = v - n
    line.state = centred                                      # what a module remembers
    z = [v * 0.5, v + 1.0, centred]
    shares = nn.softmax(z)
    for logits in (z, shares[:2], shares[::-1], [*shares, v], nn.log_softmax(z), [1.0, 2.0, 3.0], nn.softmax([1, 2])):
        nn.cross_entropy(logits, 0)
    -shares[0].log() - shares[1].log()
