"""engine/replay/updates.py: lines of formulas, run over rows by whatever runs replays."""
from array import array
from math import isclose

import pytest
from hypothesis import given, strategies as st

from engine.errors import FormulaError
from engine.replay.updates import Update
from tests.engine.replay.agreement import every_backend

LINES = ["d = g - g / 3 if fast else g",
         "v = d if t == 1 else max(0.9 * v, d) + sigmoid(p)",
         "n = n + 1",
         "p = p - lr * v / (abs(v) + exp(-n)) if v != 0 else p"]
small = st.floats(-50.0, 50.0)


def reference(p, g, v, n, t, lr, fast):
    """What the lines say, in Python."""
    from math import exp
    d = g - g / 3 if fast else g
    v = d if t == 1 else max(0.9 * v, d) + (1 / (1 + exp(-p)) if p >= 0 else exp(p) / (1 + exp(p)))
    n = n + 1
    return [p - lr * v / (abs(v) + exp(-n)) if v != 0 else p, v, n]


@every_backend
@given(rows=st.lists(st.tuples(small, small, small, st.integers(0, 9)), min_size=1, max_size=20),
       t=st.sampled_from([1.0, 2.0]), fast=st.booleans())
def test_every_backend_does_what_the_lines_say(backend, rows, t, fast):
    update = Update(LINES, ["lr", "fast"])
    assert (update.kept, update.uniform, update.width) == (["v", "n"], ["t", "lr", "fast"], 4)
    memory, outputs = array("d", [float(x) for row in rows for x in row]), array("d", bytes(32 * len(rows)))
    matrix = memoryview(memory).cast("B").cast("d", (len(rows), 4))
    update.run(update.runner({"fast": fast}, backend), matrix, [t, 0.25], outputs)
    for i, (p, g, v, n) in enumerate(rows):
        found = outputs[4 * i:4 * i + 4].tolist()
        expected = reference(p, g, v, n, t, 0.25, fast)
        assert found[1] == g
        assert all(isclose(x, y, rel_tol=1e-13, abs_tol=1e-13) for x, y in zip([found[0], *found[2:]], expected))


def test_a_recording_is_kept_for_each_decision():
    update = Update(LINES, ["lr", "fast"])
    runner = update.runner({"fast": True})
    assert update.runner({"fast": True}) is runner and update.runner({"fast": False}) is not runner


@every_backend
def test_the_first_row_that_fails_is_found(backend):
    update = Update(["p = p / g"], [])
    memory = array("d", [1.0, 2.0, 1.0, 0.0, 1.0, 0.0])
    matrix, outputs = memoryview(memory).cast("B").cast("d", (3, 2)), array("d", [7.0] * 6)
    runner = update.runner({}, backend)
    with pytest.raises(ArithmeticError):
        update.run(runner, matrix, [], outputs)
    assert update.first_failure(runner, matrix, []) == 1


@pytest.mark.parametrize("lines, sentence, column", [
    (["p = p - lr * q"],                "nothing called 'q'", 14),
    (["p = p - lr * v", "w = v"],       "nothing called 'v'", 14),
    (["p += g"],                        "a line is a name, =, and one expression", 1),
    (["p = "],                          "a line is a name, =, and one expression", None),      # Pythons differ
    (["p = q = g"],                     "a line is a name, =, and one expression", 1),
    (["p, v = g, g"],                   "a line is a name, =, and one expression", 1),
    (["p = p - max(g)"],                "max(...) of one number is that number", 9),
    (["p = p - sum(g)"],                "sum(...) of one number is that number", 9),
    (["p = p - softmax(g)"],            "may not call 'softmax'", 9),
    (["p = p - relu(g, 2)"],            "relu takes 1 number, not 2", 9),
    (["p = p - g.real"],                "a formula has no dot in a name", 9),
    (["p = p - open('secret')"],        "may not call 'open'", 9),
    (["p = p * (1 / 0)"],               "1 / 0 is no finite number", 10),
    (["lr = 2", "p = p - lr"],          "lr is given; a line may not change it", 6),
    (["t = 2", "p = p - t"],            "t is given; a line may not change it", 5),
    (["sqrt = g", "p = p - sqrt"],      "sqrt is no name for a line", 8),
    (["relu = g", "p = p - relu"],      "relu is no name for a line", 8),
])
def test_what_is_no_line_is_refused_with_its_column(lines, sentence, column):
    with pytest.raises(FormulaError) as caught:
        Update(lines, ["lr"])
    assert sentence in caught.value.msg and column in (None, caught.value.offset)


@pytest.mark.parametrize("lines, settings, error, sentence", [
    ([], [], ValueError, "needs a line for p"), (["v = g"], [], ValueError, "needs a line for p"),
    ("p = g", [], TypeError, "a list of lines"), ([3], [], TypeError, "a text such as"),
    (["p = g"], ["t"], ValueError, "t means something else"), (["p = g"], ["exp"], ValueError, "exp means something")])
def test_what_is_no_update_is_refused(lines, settings, error, sentence):
    with pytest.raises(error, match=sentence):
        Update(lines, settings)
