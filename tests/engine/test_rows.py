"""Rows of one's own of every shape: eager code, derivatives, replays and numbers find the same."""
from __future__ import annotations

import pytest

from engine import Op, Replay, Value, gradient
from engine.testing import check_gradient
from tests.engine.replay.agreement import BACKENDS

ROWS = [
    ("x * abs(x)", "2 * abs(x)"),
    ("x * y if x > y else y / 2", "y if x > y else 0", "x if x > y else 0.5"),
    ("sum(sum(y))", "sum(y == y)"),                                      # aggregates within each other
    ("sum(softmax(y))", "0"),
    ("sum(y * max(y))", "max(y) + (x == max(y)) * sum(y)"),
    ("max(y) + sum(1)", "(x == max(y)) / sum(y == max(y))"),
    ("fsum(y) * min(y)", "min(y) + (x == min(y)) * fsum(y)"),
    ("sum(y * softmax(y))", "softmax(x) * (1 + x - sum(y * softmax(y)))"),
    ("sum(exp(y)) + rest(y * y)", "exp(x) + (2 * x if x * x < max(y * y) else 0)"),
    ("x * sum(y)", "sum(y) + x if x < 1e9 else 2", "x"),                 # a choice, beside a sum
    ("softmax(x) + sum(y)", "softmax(x) * others(softmax(y)) + 1", "1 - softmax(x) * softmax(y)"),
    ("x / fsum(y)", "1 / fsum(y) - x / fsum(y) ** 2", "-x / fsum(y) ** 2"),
    ("max(y) - min(y) + x", "1 + (x == max(y)) - (x == min(y))", "(y == max(y)) - (y == min(y))"),
    ("sum(x * sum(y))", "sum(y)", "sum(x)"),
    ("sum(x * y) * b", "y * b", "x * b", "sum(x * y)"),
    ("sum(x) * sum(y) + b", "sum(y)", "sum(x)", "1"),
    ("sum(x * y * b)", "y * b", "x * b", "sum(x * y)"),                  # b within an aggregate
    ("sum(x * (y > b)) - b", "y > b", "0", "-1"),
    ("max(x - b)", "(x - b == z) / sum(x - b == z)", "0", "-1"),
]


def point(row: Op) -> list[object]:
    """Numbers as the row takes them, all different."""
    xs, ys = [0.5, -1.25, 2.0], [1.5, 0.25, -0.75]
    return {"few": [0.75, -1.5][:row.arity], "many": [xs], "apart": [xs, 1], "pairs": [xs, ys, 0.7]}[row.shape][
        :len(row.variables)]


@pytest.mark.parametrize("texts", ROWS, ids=[texts[0] for texts in ROWS])
def test_all_that_reads_a_row_finds_the_same(texts) -> None:
    row = Op(*texts, name="tried_row")
    given = [list(map(Value, part)) if isinstance(part, list) else part if isinstance(part, int) else Value(part)
             for part in point(row)]
    z = row(*given)
    leaves = list(z.parents)
    z.backward()
    slopes = [x.grad for x in leaves]
    check_gradient(row, *point(row))
    assert [d.data for d in gradient(z, leaves)] == pytest.approx(slopes, rel=1e-14, abs=1e-14)
    for backend in BACKENDS:
        for x in leaves:
            x.grad = 0.0
        replay = Replay(z, inputs=leaves[:1], backend=backend)
        assert replay([[leaves[0].data]])[0] == pytest.approx(z.data, rel=1e-14, abs=1e-14)
        replay.backward([[leaves[0].data]])
        assert [x.grad for x in leaves[1:]] == pytest.approx(slopes[1:], rel=1e-14, abs=1e-14)
