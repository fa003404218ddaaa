"""A replay's Python: it runs alone, and gives the very numbers of eager code."""
import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Replay, Value, affine, logsumexp
from engine.readers.operands import example_of, result_of
from engine.testing import graphs
from engine.testing.strategies import table
from nn import cross_entropy
from tests.engine.replay.agreement import ROWS, looped, outcome


@given(graph=graphs(), rows=ROWS)
def test_the_python_backend_gives_the_very_numbers_of_eager_code(graph, rows):
    inputs = graph.leaves[:2]
    rows = [row[:len(inputs)] for row in rows]
    replay = Replay(graph.root, inputs=inputs, backend="python")
    found, failure = outcome(lambda: looped(replay.tape, rows))
    if not failure:
        assert replay(rows) == [outputs[0] for outputs, _ in found]
        replay.backward(rows)
        assert [v.grad for v in replay.tape.leaves] == [math.fsum(slopes[k] for _, slopes in found)
                                                        for k in range(len(replay.tape.leaves))]


@given(graph=graphs(), rows=ROWS)
def test_as_python_runs_alone(graph, rows):
    inputs = graph.leaves[:2]
    replay = Replay(graph.root, inputs=inputs, backend="python")
    alone = {}
    exec(replay.as_python(), alone)
    assert "engine" not in replay.as_python()
    found, failure = outcome(lambda: looped(replay.tape, [row[:len(inputs)] for row in rows]))
    for row, (outputs, slopes) in zip(rows, found or []):
        assert alone["values"](row[:len(inputs)]) == outputs
        assert alone["gradient"](row[:len(inputs)]) == (outputs[0], slopes)


WORDS = ["row", "leaves", "LEAVES", "number", "inf", "values", "gradient", "exp", "total", "sum1", "max12", "grad_x",
         "v1", "x", "y", "x_", "None", "OverflowError", "print", "import os", "\ufb01", "fi", "a b", "w1", "x2", "\n",
         "'", "{0}"]


@settings(max_examples=30)
@given(labels=st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=3)), min_size=6, max_size=6))
def test_labels_are_only_names(labels):
    a, b, c, d = (Value(0.5 + i, label) for i, label in enumerate(labels[:4]))
    inner = a * b + logsumexp([a, b, c])
    inner.label = labels[4]
    outer = cross_entropy([inner, c, d.exp()], 1) + affine([a, b], [c, d], inner)
    outer.label = labels[5]
    replay, alone = Replay(outer, inputs=[a, b], backend="python"), {}
    exec(replay.as_python(), alone)
    (outputs, slopes), = looped(replay.tape, [[0.25, 2.0]])
    assert alone["gradient"]([0.25, 2.0]) == (outputs[0], slopes)
    assert replay([[0.25, 2.0]]) == outputs
    names = replay.tape.names()
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("row", [row for row in table() if not row.arity], ids=lambda row: row.name)
@pytest.mark.parametrize("n", [1, 2])
def test_a_row_of_few_of_its_many_operands_is_eager_code(row, n):
    numbers, index = example_of(row, [0.75, 0.25][:n])
    leaves, alone = list(map(Value, numbers)), {}
    replay = Replay(result_of(row, leaves, index), inputs=leaves[:1], backend="python")
    exec(replay.as_python(), alone)
    (outputs, slopes), = looped(replay.tape, [[0.75]])
    assert alone["gradient"]([0.75]) == (outputs[0], slopes) and replay([[0.75]]) == outputs


def test_as_python_needs_no_package(tmp_path):
    x, w = Value(0.5, "x"), Value(2.0, "w")
    replay = Replay((cross_entropy([x * w, w, x.tanh()], [x, 1 - x, 0]) + (x * w).softplus()).sigmoid(), inputs=[x])
    (tmp_path / "alone.py").write_text(replay.as_python() + "print(gradient([0.5])[0])\n")
    said = subprocess.run([sys.executable, "-I", "alone.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert math.isclose(float(said.stdout), replay([[0.5]])[0], rel_tol=1e-14)
