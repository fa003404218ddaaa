"""Replay beside eager code, on every backend."""
import gc
import copy
import math
import pickle
import signal
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import GradientError, Op, Replay, Value, affine, exp, log, sqrt, where
from engine.replay.rows import numpy
from engine.testing import graphs
from nn import cross_entropy
from tests.engine.replay.agreement import BACKENDS, errors, looped

NUMBERS = st.one_of(st.floats(-2.0, 2.0), st.integers(-3, 3))
ROWS = st.lists(st.lists(NUMBERS, min_size=2, max_size=2), max_size=9)
every_backend = pytest.mark.parametrize("backend", BACKENDS)
needs_numpy = pytest.mark.skipif(numpy() is None, reason="needs NumPy")


def outcome(act):
    """What a call gives, or the error that it raises."""
    try:
        return act(), None
    except (ArithmeticError, ValueError) as error:
        return None, error


@every_backend
@given(graph=graphs(), rows=ROWS)
def test_replay_is_eager_code_over_the_rows(backend, graph, rows):
    inputs = graph.leaves[:2]
    rows = [row[:len(inputs)] for row in rows]
    for v in graph.leaves:
        v.grad = 1.0
    replay = Replay(graph.root, inputs=inputs, backend=backend)
    before = [v.grad for v in graph.leaves]
    found, failure = outcome(lambda: looped(replay.tape, rows))
    total, error = outcome(lambda: replay.backward(rows))
    if failure:
        assert type(error) is type(failure)
        assert str(error).startswith("row ")
        assert [v.grad for v in graph.leaves] == before
        return
    assert error is None
    values = replay(rows)
    allowed = [errors(replay.tape, row) for row in rows]
    for z, (outputs, _), (off, _) in zip(values, found, allowed, strict=True):
        assert abs(z - outputs[0]) <= off[0]
    assert abs(total - math.fsum(outputs[0] for outputs, _ in found)) <= \
        sum(off[0] + 2.0 ** -51 * abs(outputs[0]) for (off, _), (outputs, _) in zip(allowed, found))
    for k, v in enumerate(replay.tape.leaves):
        expected = math.fsum([1.0, *(slopes[k] for _, slopes in found)])
        assert abs(v.grad - expected) <= 2.0 ** -50 * abs(expected) + 2.0 ** -52 + sum(
            unsure[k] + 2.0 ** -50 * abs(slopes[k]) for (_, unsure), (_, slopes) in zip(allowed, found))


@every_backend
def test_a_leafs_number_stays_where_it_is_needed(backend):
    x, w = Value(0.0), Value(0.1)
    replay = Replay(-x / w, inputs=[x], backend=backend)
    replay.backward([[0.5]])
    assert (x.grad, w.grad) == (-10.0, pytest.approx(50.0))


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


def test_as_python_needs_no_package(tmp_path):
    x, w = Value(0.5, "x"), Value(2.0, "w")
    replay = Replay((cross_entropy([x * w, w, x.tanh()], [x, 1 - x, 0]) + (x * w).softplus()).sigmoid(), inputs=[x])
    (tmp_path / "alone.py").write_text(replay.as_python() + "print(gradient([0.5])[0])\n")
    said = subprocess.run([sys.executable, "-I", "alone.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert math.isclose(float(said.stdout), replay([[0.5]])[0], rel_tol=1e-14)


def network():
    """The loss of a small classifier: its inputs, and its parameters."""
    xs, weights = [Value(0.1, "petal"), Value(0.2, "sepal")], [Value(float(k == 1), f"y{k}") for k in range(3)]
    parameters = [Value(math.sin(i + 1.0), f"w{i}") for i in range(3 * 2 + 3 * 3)]
    hidden = [affine(parameters[3 * i:3 * i + 2], xs, parameters[3 * i + 2]).tanh() for i in range(2)]
    logits = [affine(parameters[6 + 3 * i:8 + 3 * i], hidden, parameters[8 + 3 * i]) for i in range(3)]
    return cross_entropy(logits, weights), [*xs, *weights], parameters


def flowers(n):
    """n rows for that network."""
    return [[math.sin(i), math.cos(3 * i), *(float(i % 3 == k) for k in range(3))] for i in range(n)]


@every_backend
@pytest.mark.parametrize("n", [1, 7, 8, 9, 127, 128, 129, 255, 257])
def test_every_number_of_rows(backend, n):
    loss, inputs, parameters = network()
    replay = Replay(loss, inputs=inputs, backend=backend)
    found = looped(replay.tape, flowers(n))
    total = replay.backward(flowers(n))
    assert math.isclose(total, math.fsum(outputs[0] for outputs, _ in found), rel_tol=1e-14)
    assert replay(flowers(n)) == pytest.approx([outputs[0] for outputs, _ in found], rel=1e-14)
    for k, v in enumerate(replay.tape.leaves):
        assert v.grad == pytest.approx(math.fsum(slopes[k] for _, slopes in found), rel=1e-12, abs=1e-13)


@every_backend
def test_no_rows_change_nothing(backend):
    loss, inputs, parameters = network()
    parameters[0].grad = 3.0
    replay = Replay(loss, inputs=inputs, backend=backend)
    assert replay.backward([]) == 0.0
    assert replay([]) == []
    assert [v.grad for v in parameters[:2]] == [3.0, 0.0]


@every_backend
def test_leaves_are_read_afresh_and_nothing_else_is_touched(backend):
    x, w = Value(1.0, "x"), Value(2.0, "w")
    y = w * x
    loss = y * y
    replay = Replay(loss, inputs=[x], backend=backend)
    assert replay.backward([[1], [3]]) == 40.0
    assert (w.grad, x.grad) == (40.0, 32.0)
    assert (y.grad, loss.grad, x.data, y.data) == (0.0, 0.0, 1.0, 2.0)
    w.data = 1.0
    assert replay([[1], [3]]) == [1.0, 9.0]
    assert replay.backward([[3]]) == 9.0
    assert (w.grad, x.grad) == (58.0, 38.0)


@every_backend
def test_outputs_that_are_inputs_leaves_or_independent_of_the_rows(backend):
    x, w = Value(1.0), Value(2.0)
    replay = Replay([w * w, x, w, w * x], inputs=[x], backend=backend)
    assert replay([[5], [7]]) == [[4.0, 5.0, 2.0, 10.0], [4.0, 7.0, 2.0, 14.0]]
    assert replay.backward([[5], [7]]) == 8.0
    assert (w.grad, x.grad) == (8.0, 0.0)
    assert Replay(x, inputs=[x], backend=backend).backward([[5], [7]]) == 12.0
    assert x.grad == 2.0


@every_backend
def test_an_input_that_nothing_depends_on(backend):
    x, y = Value(1.0), Value(2.0)
    replay = Replay(x.exp(), inputs=[y, x], backend=backend)
    assert replay([[5, 0]]) == [1.0]
    assert replay.backward([[5, 0]]) == 1.0
    assert (x.grad, y.grad) == (1.0, 0.0)


@every_backend
@pytest.mark.parametrize("build, bad, kind, words", [
    (lambda x, w: log(x * w),           -1.0, ValueError,        "needs x > 0"),
    (lambda x, w: w / x,                0.0,  ZeroDivisionError, "needs y != 0"),
    (lambda x, w: exp(x * w),           1e3,  OverflowError,     "overflows"),
    (lambda x, w: 1 / exp(x * w),       1e3,  OverflowError,     "overflows"),
    (lambda x, w: sqrt(x) * w,          0.0,  GradientError,     "no finite slope"),
    (lambda x, w: x * w * 1e300,        1e9,  OverflowError,     "overflows"),
])
@pytest.mark.parametrize("at", [0, 130])
def test_a_result_that_is_not_finite_is_the_error_of_eager_code(backend, build, bad, kind, words, at):
    x, w = Value(1.0, "petal"), Value(2.0, "w")
    replay = Replay(build(x, w), inputs=[x], backend=backend)
    rows = [[1.0]] * at + [[bad]] + [[2.0]] * 9
    with pytest.raises(kind, match=f"^row {at}: .*{words}"):
        replay.backward(rows)
    assert (x.grad, w.grad) == (0.0, 0.0)
    if kind is not GradientError:
        with pytest.raises(kind, match=f"^row {at}: .*{words}"):
            replay(rows)


@every_backend
def test_a_zero_gradient_does_not_reach_a_slope_that_does_not_exist(backend):
    x, w = Value(1.0), Value(2.0)
    replay = Replay((sqrt(x) - 1).relu() * w, inputs=[x], backend=backend)
    rows = [[0.0]] * 3 + [[4.0]] * 300
    assert replay.backward(rows) == 600.0
    assert (x.grad, w.grad) == (150.0, 300.0)
    assert replay(rows)[2:4] == [0.0, 2.0]


@every_backend
def test_a_row_of_ones_own_replays(backend):
    swish = Op("x * sigmoid(x)", "sigmoid(x) * (1 + x * sigmoid(-x))", name="replayed_swish")
    x, w = Value(1.0), Value(-2.0)
    replay = Replay(swish(x * w), inputs=[x], backend=backend)
    found = looped(replay.tape, [[0.5], [-800.0], [3.0]])
    assert replay([[0.5], [-800.0], [3.0]]) == pytest.approx([outputs[0] for outputs, _ in found], rel=1e-14)
    replay.backward([[0.5], [-800.0], [3.0]])
    assert w.grad == pytest.approx(math.fsum(slopes[1] for _, slopes in found), rel=1e-14)


@every_backend
def test_sums_over_many_rows_lose_nothing(backend):
    x, w = Value(1.0), Value(1.0)
    replay = Replay(x * w, inputs=[x], backend=backend)
    rows = [[0.1]] * 20_000 + [[1e15], [-1e15]] + [[0.3]] * 20_001
    exact = math.fsum(x for x, in rows)
    assert math.isclose(replay.backward(rows), exact, rel_tol=2.0 ** -52)
    w.grad = 0.0
    rows = [[0.1 + i % 7] for i in range(60_000)]
    assert math.isclose(replay.backward(rows), math.fsum(x for x, in rows), rel_tol=2.0 ** -51)
    assert math.isclose(w.grad, math.fsum(x for x, in rows), rel_tol=2.0 ** -51)


def test_what_is_no_input_is_refused_in_a_sentence():
    x = Value(1.0, "x")
    y = x * 2
    for inputs, kind, words in [([y], ValueError, "inner value made by mul"),
                                ([x, x], ValueError, "x again, like input 0"),
                                ([y.parents[1]], ValueError, "a constant"),
                                ([1.0], TypeError, "needs leaves as inputs"), (3, TypeError, "a list of leaves")]:
        with pytest.raises(kind, match=words):
            Replay(y, inputs=inputs)
    for outputs, kind in [([], ValueError), (2.0, TypeError), ([y, "y"], TypeError)]:
        with pytest.raises(kind, match="Replay"):
            Replay(outputs, inputs=[x])
    with pytest.raises(ValueError, match="backend"):
        Replay(y, inputs=[x], backend="gpu")


@every_backend
def test_pickles_and_copies_run_by_themselves(backend):
    loss, inputs, parameters = network()
    replay = Replay(loss, inputs=inputs, backend=backend)
    total = replay.backward(flowers(5))
    for other in (pickle.loads(pickle.dumps(replay)), copy.deepcopy(replay)):
        grads = [v.grad for v in replay.tape.leaves]
        assert [v.grad for v in other.tape.leaves] == grads
        assert str(other) == str(replay)
        assert other.backward(flowers(5)) == total
        assert [v.grad for v in other.tape.leaves] == [2 * x for x in grads]
        assert [v.grad for v in replay.tape.leaves] == grads


def test_a_pickle_shares_its_leaves_with_what_is_pickled_beside_it():
    loss, inputs, parameters = network()
    replay, others = pickle.loads(pickle.dumps((Replay(loss, inputs=inputs, backend="python"), parameters)))
    replay.backward(flowers(2))
    assert others[0].grad != 0.0 == parameters[0].grad


def test_the_listing_names_what_is_done():
    x, w = Value(2.0, "petal"), Value(3.0, "w")
    y = x * w
    y.label = "score"
    assert str(Replay(log(y), inputs=[x])).splitlines() == [
        "petal     input", "w         leaf", "score     petal * w",
        f"v2        {'log(score)':<60} output"]
    assert "2 operations: 1 inputs, 1 other leaves, 1 output" in repr(Replay(log(y), inputs=[x]))


def test_the_inner_values_of_the_graph_are_not_kept():
    x = Value(2.0)
    inner = x * 2
    before = sys.getrefcount(inner)
    replay = Replay(exp(inner), inputs=[x])
    assert sys.getrefcount(inner) == before
    assert replay([[0]]) == [1.0]


def test_check_says_where_a_function_departs():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    replay = Replay(where(x > 0, x * w, -x), inputs=[x])
    replay.check([[1], [2]], lambda x: where(x > 0, x * w, -x))
    with pytest.raises(AssertionError, match="row 1: output 0 is -6.0 in the recording, 2.0 in the function; they part "
                                             "at v1: recorded x \\* w, now neg"):
        replay.check([[1], [-2]], lambda x: where(x > 0, x * w, -x))
    with pytest.raises(AssertionError, match="2 results"):
        replay.check([[1]], lambda x: [x, x])
    replay.check([], lambda x: x)


@every_backend
def test_threads_of_python_may_share_a_replay(backend):
    loss, inputs, parameters = network()
    replay, rows, found = Replay(loss, inputs=inputs, backend=backend), flowers(300), []
    threads = [threading.Thread(target=lambda: found.append(replay(rows))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [replay(rows)] * 4


@every_backend
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer")
def test_an_interrupt_leaves_every_grad(backend):
    loss, inputs, parameters = network()
    replay = Replay(loss, inputs=inputs, backend=backend)
    replay.backward(flowers(1))
    before = [v.grad for v in replay.tape.leaves]
    rows = flowers(400)
    rows = numpy().array(rows * 4000) if backend == "native" and numpy() else rows * 20

    def interrupt(*_):
        raise KeyboardInterrupt
    old = signal.signal(signal.SIGALRM, interrupt)
    gc.disable()                                     # a callback of the collector would swallow the interrupt
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            while True:
                replay.backward(rows)
                before = [v.grad for v in replay.tape.leaves]
                time.sleep(0)
    finally:
        gc.enable()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert [v.grad for v in replay.tape.leaves] == before
