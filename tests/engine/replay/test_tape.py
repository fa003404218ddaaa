"""What a replay says of itself; its copies; its check; threads that share it."""
import copy
import math
import os
import pickle
import subprocess
import sys
import threading

import pytest

from engine import Replay, Value, log, where
from tests.engine.replay.agreement import every_backend, flowers, network


def test_the_listing_tells_every_output():
    x = Value(2.0, "x")
    constant = (x * 3).parents[1]
    assert str(Replay([x, x + 1, x, constant], inputs=[x])).splitlines() == [
        f"x         {'input':<60} output 1, output 3", f"v1        {'x + 1':<60} output 2",
        f"3.0       {'constant':<60} output 4"]


def test_the_listing_names_what_is_done():
    x, w = Value(2.0, "petal"), Value(3.0, "w")
    y = x * w
    y.label = "score"
    assert str(Replay(log(y), inputs=[x])).splitlines() == [
        "petal     input", "w         leaf", "score     petal * w",
        f"v2        {'log(score)':<60} output"]
    assert "2 operations: 1 input, 1 other leaf, 1 output;" in repr(Replay(log(y), inputs=[x]))


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


@pytest.mark.parametrize("other", ["python", ""])
def test_pickles_cross_cores(other, tmp_path):
    loss, inputs, parameters = network()
    replay = Replay(loss, inputs=inputs)
    (tmp_path / "replay").write_bytes(pickle.dumps(replay))
    found = replay.backward(flowers(9))
    program = (f"import pickle; replay = pickle.load(open({str(tmp_path / 'replay')!r}, 'rb')); "
               f"print(repr(replay.backward({flowers(9)!r})))")
    said = subprocess.run([sys.executable, "-c", program], env={**os.environ, "GLASSGRAD_CORE": other},
                          capture_output=True, text=True, check=True)
    assert math.isclose(float(said.stdout), found, rel_tol=1e-14)


def test_a_pickle_shares_its_leaves_with_what_is_pickled_beside_it():
    loss, inputs, parameters = network()
    replay, others = pickle.loads(pickle.dumps((Replay(loss, inputs=inputs, backend="python"), parameters)))
    replay.backward(flowers(2))
    assert others[0].grad != 0.0 == parameters[0].grad


def test_check_leaves_every_grad():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = x * w
    w.grad, y.grad = 7.0, 5.0
    Replay(y, inputs=[x]).check([[1], [2]], lambda x: [x * w])
    with pytest.raises(AssertionError):
        Replay(y, inputs=[x]).check([[1], [2]], lambda x: y)
    assert (w.grad, y.grad, x.grad) == (7.0, 5.0, 0.0)


def test_check_knows_where_only_one_of_both_fails():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    replay = Replay(where(x > 0, lambda: log(x), 0.0), inputs=[x])
    with pytest.raises(AssertionError, match="in row 1: the recording raises ValueError: log"):
        replay.check([[1.0], [-1.0]], lambda x: where(x > 0, lambda: log(x), 0.0))
    with pytest.raises(ValueError, match="^row 1: log"):
        replay.check([[1.0], [-1.0]], log)
    with pytest.raises(AssertionError, match="the slope by w is 2.0 in the recording, 4.0 in the function"):
        Replay(x * w, inputs=[x]).check([[2.0]], lambda x: x * w + 2 * w - 6)
    for wrong, kind in ((lambda x: None, TypeError), (lambda x: [], TypeError), (lambda: x, TypeError)):
        with pytest.raises(kind):
            replay.check([[1.0]], wrong)
    for samples in (0, -1, 1.5):
        with pytest.raises(ValueError, match="at least one sample"):
            replay.check([[1.0]], log, samples)


def test_check_says_where_a_function_departs():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    replay = Replay(where(x > 0, x * w, -x), inputs=[x])
    replay.check([[1], [2]], lambda x: where(x > 0, x * w, -x))
    with pytest.raises(AssertionError, match="row 1: output 0 is -6.0 in the recording, 2.0 in the function; they part "
                                             "at v1: recorded x \\* w, now -x"):
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
def test_no_thread_loses_what_another_adds(backend):
    x, w = Value(1.0), Value(2.0)
    first, second = (Replay(z, inputs=[x], backend=backend) for z in (x * w, w * w * x))
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=lambda: [r.backward([[1.0]]) for r in (first, second) * 50])
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert (x.grad, w.grad) == (200 * (2.0 + 4.0), 200 * (1.0 + 4.0))
