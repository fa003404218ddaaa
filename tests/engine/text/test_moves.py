"""A parameter moved by w = w - 0.1 * w.grad, which makes another value of it, is told of where it is made."""
from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine import Value, table

STEPS = {                                            # and what the parameter is called there
    **dict.fromkeys([
        "w = w - rate * w.grad", "w -= rate * w.grad", "w = w + -rate * w.grad", "w += -(rate * w.grad)",
        "g = w.grad; w = w - rate * g", "ws = [w - rate * w.grad for w in ws]", "w = w - np.float64(rate) * w.grad",
        "w, b = w - rate * w.grad, 1.0", "a, b, c, w = 1.0, 2.0, 3.0, w - rate * w.grad",
        "w = w - rate * w.grad if ws else w", "v = w = w - rate * w.grad", "f(w := w - rate * w.grad)",
        "w = w - rate * w.grad - 0.01 * w.data", "w -= max(-1.0, min(1.0, rate * w.grad))",
        "for i, w in enumerate(ws): ws[i] = w - rate * w.grad", "ws[:] = [w - rate * w.grad for w in ws]",
        "new = {k: w - rate * w.grad for k, w in [(1, w)]}", "new = tuple(w - w.grad * rate for w in ws)",
        "new = [w - rate * w.grad, b]", "new = [*map(lambda w: w - w.grad / 3, ws)]"], "w"),
    "ws[0] = ws[0] - rate * ws[0].grad": "ws[0]", "ws[0] -= rate * ws[0].grad": "ws[0]",
    "box.w = box.w - rate * box.w.grad": "box.w", "box.w -= rate * box.w.grad": "box.w",
    "box.ws['k'][0] -= rate * box.ws['k'][0].grad": "box.ws['k'][0]",
    "new = [ws[i] - rate * ws[i].grad for i in range(1)]": "ws[i]",
    "stepped = lambda p: p - rate * p.grad; stepped(w)": "p"}
FORMS = ["{}", "for _ in range(1):\n {}", "def run(w, b, ws, box):\n {}\nrun(w, b, ws, box)",
         "class C:\n def run(self, w, b, ws, box):\n  for _ in [w]:\n   {}\nC().run(w, b, ws, box)"]
RETURNED = ["p - rate * p.grad", "p + -rate * p.grad", "p - p.grad", "p - p.grad / 10", "(p - rate * p.grad, p)",
            "[p - rate * p.grad for p in [p]]", "[q - rate * q.grad for q in (p, p)][0]",
            "p - (rate * p.grad + 0.1 * p.data)"]
OTHERS = ["y = w - rate * w.grad", "f(w - rate * w.grad)", "w = w - 3.0", "w -= 0.5", "w = w - rate * w.data",
          "w.data -= rate * w.grad", "w = w * w.grad", "y = w - rate * w.grad; f(w)", "w = f(w) - rate * w.grad",
          "w = b - rate * w.grad", "ws = [w - 3.0 for w in ws]", "ws = [w - 3.0 for w in ws if w.grad]",
          "w = w - 3.0 if w.grad else b", "w, g = w - 3.0, w.grad", "ws = [f(w - rate * w.grad) for w in ws]",
          "ws = [w - rate * b.grad for w in ws]", "ws = [w - b.data / w.grad for w in ws]",
          "y = (w - rate * w.grad) * 2.0", "ws = [(w - rate * w.grad) ** 2 for w in ws]", "box.ws[0] = ws[0] - 3.0",
          "f(w - rate * w.grad, w.grad)", "(lambda p: p - 3.0)(w)", "(lambda p: f(p - rate * p.grad))(w)",
          "(lambda p: p - 3.0 * (p.data > p.grad))(w)", "W = W - 0.5", "W -= 0.5", "w = sum([w, -rate])",
          "y = [w - 0.5] if w.grad > 0 else [w]", "x = w - w.grad < 3.0"]


def stage():
    """The names of a program that has trained a little: w and b, w in a list, in an object and in its array."""
    w, b = Value(0.7), Value(0.25)
    (w * 3 + b).tanh().backward()
    box = type("Box", (), {})()
    box.w, box.ws, box.W = w, {"k": [w]}, np.array([w, w])
    return {"w": w, "b": b, "ws": [w], "box": box, "np": np, "f": lambda v, *others: v * 2.0}


@pytest.mark.parametrize("rate", [0.1, 0.0123456789012345, 1 / 3, -0.25])
@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_makes_an_inner_value_is_told_wherever_it_stands(rate, step):
    name = STEPS[step]
    said = re.escape(f"{name} is no leaf any more: it became {name} ") + f"[-+] .*instead: {re.escape(name)}.data"
    for form in FORMS:
        with pytest.warns(UserWarning, match=f"^{said}") as caught:
            exec(form.format(step), stage() | {"rate": rate})
        assert len(caught) == 1 and caught[0].filename == "<string>"


@given(some.sampled_from(["w = ({})", "w, b = ({}), b", "ws[0] = ({})", "w = [({}) for w in ws]", "new = [({})\n]",
                          "y = (lambda w: ({}))(w)"]),
       some.sampled_from(["w - rate * w.grad", "w - w.grad * rate", "w + - rate * w.grad", "w - rate * ( w.grad )"]),
       some.lists(some.sampled_from([" ", "\n", "   # more\n\n", "\\\n"]), min_size=9, max_size=9), some.integers(0, 8))
def test_it_may_stand_on_any_lines(place, step, spaces, first):
    step = "".join([part + space for part, space in zip(step.split(" "), spaces)])
    with pytest.warns(UserWarning, match="^w is no leaf any more: it became w - 0.1 [*] w.grad,") as caught:
        exec("\n" * first + place.format(step), stage() | {"rate": 0.1})
    assert len(caught) == 1 and caught[0].filename == "<string>"


@pytest.mark.parametrize("form", ["def step(p, rate):\n return {}\nstep(w, 0.1)", "(lambda p, rate: {})(w, 0.1)",
                                  "def step(p, rate):\n yield {}\nnext(step(w, 0.1))"])
@pytest.mark.parametrize("returned", RETURNED)
def test_a_parameter_that_is_returned_as_an_inner_value_is_told(returned, form):
    with pytest.warns(UserWarning, match="^[pq] is no leaf any more: it became [pq] - .*instead: [pq].data"):
        exec(form.format(returned), stage())


@pytest.mark.parametrize("factor", [0.1, 1 / 3])
def test_a_multiple_of_the_gradient_that_nobody_types_is_told_where_no_gradient_is_read(factor):
    steps = ["ws = [w - 0.1 * g for w, g in zip(ws, gs)]", "w = w - (rate if ws else 0.5) * w.grad", "w -= 0.1 * gs[0]"]
    for step in steps:
        names = stage()
        with pytest.warns(UserWarning, match="^w is no leaf any more: it became w - 0.1 [*] w.grad,"):
            exec(step, names | {"rate": 0.1, "gs": [names["w"].grad]})
        exec(step.replace("0.1", "factor"), names | {"rate": 1 / 3, "gs": [factor], "factor": factor})


@pytest.mark.parametrize("label", ["w", "p", ""])
@pytest.mark.parametrize("step", OTHERS)
def test_no_other_step_is(step, label):                       # warnings are errors here
    for form in FORMS:
        names = stage()
        names["w"].label = label
        exec(form.format(step).replace("W", "box.W"), names | {"rate": 0.1})


@given(some.floats(-5.0, 5.0).map(lambda x: round(x, 3)),
       some.sampled_from(["w = w - n", "w -= n", "ws = [w + n for w in ws]"]))
def test_a_number_that_somebody_types_is_no_step(n, step):     # though it is a multiple of a gradient of 4
    w = Value(2.0, "w")
    (w * w).backward()
    exec(step, names := {"w": w, "ws": [w], "n": n})
    y = names["w"] * names["ws"][0]
    assert not [note for note in table(y, names=names).notes if "no leaf" in note]


def test_a_step_that_was_warned_of_is_said_in_the_table_too():
    w = Value(2.0)
    (w * w).backward()
    with pytest.warns(UserWarning, match="no leaf"):
        w -= 0.1 * w.grad                                      # 0.4, which somebody might type
    said = "w is no leaf any more: it became w - 0.1 * w.grad, a value made of the old one. Move its number instead"
    assert [note for note in table(w * 3.0).notes if note.startswith(said)]
