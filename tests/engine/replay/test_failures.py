"""What a replay raises, and that nothing is kept then."""
import gc
import signal
import time

import pytest

from engine import GradientError, Replay, Value, exp, log, sqrt
from engine.errors import MAX
from engine.replay.rows import numpy
from tests.engine.replay.agreement import every_backend, flowers, network


@every_backend
@pytest.mark.parametrize("build, bad, kind, words", [
    (lambda x, w: log(x * w),           -1.0, ValueError,        "needs x > 0"),
    (lambda x, w: w / x,                0.0,  ZeroDivisionError, "needs y != 0"),
    (lambda x, w: exp(x * w),           1e3,  OverflowError,     "overflows"),
    (lambda x, w: 1 / exp(x * w),       1e3,  OverflowError,     "overflows"),
    (lambda x, w: sqrt(x) * w,          0.0,  GradientError,     "no finite slope"),
    (lambda x, w: x * w * 1e300,        1e9,  OverflowError,     "overflows"),
])
@pytest.mark.parametrize("at", [0, 130, 500])
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
def test_a_value_that_nothing_depends_on_still_has_to_exist(backend):
    x = Value(1.0, "x")
    replay = Replay(log(x) ** 0, inputs=[x], backend=backend)
    assert replay([[2.0]]) == [1.0]
    for act in (replay, replay.backward):
        with pytest.raises(ValueError, match="^row 1: log.x. needs x > 0"):
            act([[2.0], [-1.0]])


@every_backend
@pytest.mark.parametrize("times", range(4))
def test_a_difference_that_nothing_depends_on_still_has_to_exist_however_often_negated(backend, times):
    x, y = Value(1.0, "x"), Value(2.0, "y")
    z = x - y
    for _ in range(times):
        z = -z
    replay = Replay(z ** 0 + x, inputs=[x, y], backend=backend)
    for act in (replay, replay.backward):
        with pytest.raises(OverflowError, match="^row 1: x - y overflows"):
            act([[1.0, 2.0], [1e308, -1e308]])


@every_backend
def test_a_zero_gradient_does_not_reach_a_slope_that_does_not_exist(backend):
    x, w = Value(1.0), Value(2.0)
    replay = Replay((sqrt(x) - 1).relu() * w, inputs=[x], backend=backend)
    rows = [[0.0]] * 3 + [[4.0]] * 300
    assert replay.backward(rows) == 600.0
    assert (x.grad, w.grad) == (150.0, 300.0)
    assert replay(rows)[2:4] == [0.0, 2.0]


@every_backend
@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("kind", ["list", "array"])
def test_a_grad_that_would_overflow_leaves_every_grad(backend, kind, at):
    x, w, b = leaves = Value(1.0, "x"), Value(2.0, "w"), Value(3.0, "b")
    replay = Replay(x * w * 1e300 + x * 1e300 + b * w * 1e300, inputs=[x], backend=backend)
    before = [-1.5, 0.0, 0.25]
    for i, (v, grad) in enumerate(zip(leaves, before)):
        v.grad = MAX if i == at else grad
    rows = [[1e5]] * 40 if kind == "list" or numpy() is None else numpy().array([[1e5]] * 40)
    with pytest.raises(GradientError, match=f"^the grad of {leaves[at].label} overflows"):
        replay.backward(rows)
    assert [v.grad for v in leaves] == [MAX if i == at else grad for i, grad in enumerate(before)]


@every_backend
def test_a_slope_that_does_not_exist_is_found_also_where_nothing_behind_it_varies(backend):
    x, w = Value(1.0, "x"), Value(2.0, "w")
    replay = Replay((x * 0.0) ** (x * 0.0) + w, inputs=[x], backend=backend)
    assert replay([[2.0]]) == [3.0]
    with pytest.raises(GradientError, match="^row 0: .* no finite slope"):
        replay.backward([[2.0]])
    assert (x.grad, w.grad) == (0.0, 0.0)


@every_backend
def test_what_is_needed_may_be_a_plain_number(backend):
    x, w = Value(3.0), Value(2.0)
    replay = Replay([w / x ** 0, x / (w ** 0 - w ** 0 + x ** 0)], inputs=[x], backend=backend)
    assert replay([[5.0], [7.0]]) == [[2.0, 5.0], [2.0, 7.0]]
    assert replay.backward([[5.0], [7.0]]) == 4.0
    assert (x.grad, w.grad) == (0.0, 2.0)


@every_backend
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer")
def test_an_interrupt_leaves_every_grad(backend):
    loss, inputs, parameters = network()
    replay = Replay(loss, inputs=inputs, backend=backend)
    rows = flowers(400)
    rows = numpy().array(rows * 4000) if backend == "native" and numpy() else rows * 20
    replay.backward(rows)
    before = once = [v.grad for v in replay.tape.leaves]

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
    after = [x + more for x, more in zip(before, once)]          # it may come when all of a call's work is done
    assert [v.grad for v in replay.tape.leaves] in (before, after)
