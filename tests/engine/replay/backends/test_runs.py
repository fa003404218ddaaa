"""Sums over rows in fixed runs: the same bits wherever a run is computed, by however many threads."""
import pickle
from functools import reduce

import pytest
from hypothesis import example, given, settings, strategies as st

from engine import Replay, Value, sqrt
from engine.replay.backends.floats import exact_parts, total
from tests.engine.replay.agreement import BACKENDS, every_backend, flowers, network


def replay_of(backend):
    loss, inputs, _ = network()
    return Replay(loss, inputs=inputs, backend=backend)


def rows_for(replay, n):
    """n rows as the replay's runner takes them."""
    return replay.rows(flowers(n))


def part(rows, start, end):
    """Some of the rows, in memory."""
    if isinstance(rows, memoryview):
        width = rows.shape[1]
        flat = rows.cast("B").cast("d")[start * width:end * width]
        return flat.cast("B").cast("d", (end - start, width))
    return rows[start:end]


@every_backend
@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(1, 9), max_size=4), n=st.integers(1, 20_000))
@example(cuts=[1, 1, 1], n=9_000)
def test_runs_that_others_compute_add_up_to_the_same_bits(backend, cuts, n):
    n = n if backend == "native" else n // 10 + 1
    replay = replay_of(backend)
    runner, rows, leaves = replay.runner, rows_for(replay, n), replay.leaves()
    run = runner.run if backend != "python" else 7
    places = [0, *sorted({min(cut * run, n) for cut in cuts if cut * run < n}), n]
    partials = [runner.partial(part(rows, start, end), leaves) for start, end in zip(places, places[1:])]
    expected = runner.gradient(rows, leaves)
    assert runner.total(pickle.loads(pickle.dumps(partials)), leaves) == expected
    assert runner.total([reduce(lambda x, y: runner.joined([x, y]), partials)], leaves) == expected


@every_backend
def test_rows_that_floats_find_add_up_to_the_same_bits(backend):
    x, w = Value(1.0, "x"), Value(0.5, "w")
    replay = Replay((sqrt(x) - w).relu() * w, inputs=[x], backend=backend)
    rows = replay.rows([[1.0 + i % 5] if i % 4000 else [0.0] for i in range(9_000)])
    runner, leaves = replay.runner, replay.leaves()
    run = max(runner.run, 1000)
    partials = [runner.partial(part(rows, start, min(start + run, 9_000)), leaves) for start in range(0, 9_000, run)]
    assert runner.total(partials, leaves) == runner.gradient(rows, leaves)
    joined = reduce(lambda x, y: runner.joined([x, y]), partials)
    assert runner.total([joined], leaves) == runner.gradient(rows, leaves)
    assert len(pickle.dumps(joined)) < 1000          # however many rows it stands for


@pytest.mark.skipif("native" not in BACKENDS, reason="needs the compiled core")
def test_a_costlier_program_has_shorter_runs():
    x, w = Value(1.0), Value(0.5)
    cheap, dear = x * w, x * w
    for _ in range(300):
        dear = (dear * x + w).sin()
    short, long = [Replay(z, inputs=[x], backend="native").runner.run for z in (dear, cheap)]
    assert 32 <= short < long and short % 32 == long % 32 == 0


@given(st.lists(st.floats(-1e300, 1e300), max_size=20), st.lists(st.floats(-1e300, 1e300), max_size=20))
@example([1e308, 1e308], [-1e308])
def test_few_numbers_keep_all_of_a_sum(some, others):
    parts = exact_parts(some)
    assert total([*parts, *others]) == total([*some, *others])
