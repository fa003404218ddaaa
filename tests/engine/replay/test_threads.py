"""The threads that help the block interpreter: they stay, and whoever calls gets the same digits."""
import os
import threading
import time
import warnings
from pathlib import Path

import pytest

from engine import Replay
from engine.replay.backends.floats import Floats
from tests.engine.replay.agreement import blocks, flowers, network

native = pytest.importorskip("engine.replay.backends.native")
if blocks is None:
    pytest.skip("the block interpreter was not built", allow_module_level=True)
TASKS = Path("/proc/self/task")


def summing(threads):
    """A function that gives the sums over rows, on so many threads; and rows enough for each to have some."""
    loss, inputs, _ = network()
    replay = Replay(loss, inputs=inputs)
    runner = native.Native(replay.tape, Floats(replay.tape), threads)
    rows = native.buffer(flowers(9_000))
    matrix = memoryview(rows).cast("B").cast("d", (9_000, 5))
    return lambda: runner.gradient(matrix, replay.leaves())


def test_calls_at_once_share_their_helpers():
    expected, found = summing(1)(), []
    acts = [summing(threads) for threads in (2, 2, 3, 4)]
    acts.append(acts[0])                             # one program, two calls at once
    threads = [threading.Thread(target=lambda act=act: found.extend(act() for _ in range(20))) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 100


@pytest.mark.skipif(not TASKS.exists(), reason="needs to count the threads of this process")
def test_helpers_are_there_once_and_for_all():
    act, four = summing(3), summing(4)
    four()
    before = len(list(TASKS.iterdir()))
    assert before >= 4
    for _ in range(20):
        act()
    assert len(list(TASKS.iterdir())) == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs to fork")
def test_a_forked_process_has_helpers_of_its_own():
    act = summing(3)
    expected = act()
    with warnings.catch_warnings():                  # Python says that threads and fork do not mix
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        try:
            os._exit(not all(act() == expected for _ in range(5)))
        finally:
            os._exit(2)
    for _ in range(600):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.05)
    else:
        os.kill(child, 9)
        os.waitpid(child, 0)
        raise AssertionError("the forked process waits for helpers that it has not")
    assert status == 0
    assert act() == expected
