"""What an unlucky or hostile program does: nothing is freed too early, and all grads are right or as they were."""
from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from operator import mul
from typing import Any

import pytest

from engine import Op, Value, affine, dot, fsum, maximum
from tests.engine.native.test_lifetime import mixed, needs_this


@pytest.fixture
def eager_collector() -> Iterator[None]:
    """A garbage collector that runs whenever it can."""
    before = gc.get_threshold()
    gc.collect()
    gc.set_threshold(1, 1, 1)
    yield
    gc.set_threshold(*before)


class Finaliser:
    """Runs a function when the garbage collector finds it."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.itself, self.function = self, function

    def __del__(self) -> None:
        self.function()


@pytest.mark.parametrize("row", [fsum, maximum, lambda xs: dot(xs, xs), lambda xs: affine(xs, xs, 1.0),
                                 lambda xs: Value.softmax(xs, 3)])
def test_a_finaliser_may_change_the_list_that_is_read(row: Callable[[Any], Any], eager_collector: None) -> None:
    for _ in range(50):
        xs = [Value(1.0) for _ in range(40)]
        kept = xs[0]
        Finaliser(lambda: xs.clear())
        try:
            z = row(xs)
        except (TypeError, ValueError, IndexError):
            z = 0.0
        if z.__class__ is Value:
            z.backward()
            assert kept.grad != 0.0
        else:
            assert not xs                            # it was empty before it was read


@needs_this
@pytest.mark.parametrize("slopes", [(1.0, None), (0.5,) * 50, 2.5, None], ids=str)
def test_a_finaliser_may_set_the_slopes_that_are_read(slopes: Any) -> None:
    z, ran = fsum([Value(1.0) for _ in range(40)]), []

    def change() -> None:
        z._dx = slopes
        ran.append(True)

    gc.collect()
    before, garbage = gc.get_threshold(), Finaliser(change)
    gc.disable()
    del garbage
    made = [[] for _ in range(10)]  # type: ignore[var-annotated]
    gc.set_threshold(1)
    gc.enable()
    try:
        found = z._dx                                # up to Python 3.11 the collector runs as the tuple is made
    finally:
        gc.set_threshold(*before)
    gc.collect()
    assert ran and len(made) == 10 and found in ((1.0,) * 40, slopes) and z._dx == slopes


def test_finalisers_may_build_and_differentiate(eager_collector: None) -> None:
    x, y, runs = Value(2.0), Value(3.0), []

    def work() -> None:
        z = fsum([y, y * 2.0])
        z.backward()
        runs.append(y.grad)

    for _ in range(50):
        Finaliser(work)
        z = x
        for _ in range(20):
            z = fsum([z, x]) * 1.0
        x.grad = 0.0
        z.backward()
        assert x.grad == 21.0
    gc.collect()
    assert runs == [3.0 * (i + 1) for i in range(50)]


class Odd:
    """A number whose every conversion does something else."""

    def __init__(self, answer: Callable[[], Any]) -> None:
        self.answer = answer

    def __float__(self) -> Any:
        return self.answer()

    __index__ = __int__ = __float__


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt, SystemExit, MemoryError])
def test_the_errors_of_odd_numbers_reach_their_author(error: type[BaseException]) -> None:
    def fail() -> Any:
        raise error("mine")

    x, odd = Value(2.0), Odd(fail)
    for use in (lambda: Value(odd), lambda: x + odd, lambda: odd - x, lambda: x ** odd, lambda: fsum(x, odd),
                lambda: dot([odd], [x]), lambda: affine([x], [1.0], odd), lambda: setattr(x, "data", odd),
                lambda: Value.softmax([x, odd], 0)):
        with pytest.raises((TypeError, error)):
            use()
    assert (x.data, x.grad) == (2.0, 0.0)


@needs_this
def test_a_number_may_change_the_node_that_it_is_set_on() -> None:
    for field in ("_dx", "_dy", "_data", "_grad"):
        for wrap in (lambda odd: odd, lambda odd: (1.0, odd), lambda odd: (odd, 2.0)):
            z = fsum([Value(1.0), Value(2.0)])

            def change() -> float:
                z.__init__(3.0)  # type: ignore[misc]
                z._dx = (1.0,)
                return 2.0
            try:
                setattr(z, field, wrap(Odd(change)))
            except TypeError:
                pass
            assert repr(z) and isinstance(z.partials, tuple)


def test_a_million_operands_of_one_node() -> None:
    x, n = Value(1e-3), 1_000_000
    for z in (dot([x] * n, [1.0] * n), affine([1.0] * n, [x] * n, 2.0), fsum([x] * n)):
        x.grad = 0.0
        z.backward()
        assert x.grad == n


@needs_this
def test_memory_that_runs_out_is_an_error_and_nothing_else() -> None:
    """Each call is one of C: Python's own frames do not survive this everywhere."""
    memory: Any = pytest.importorskip("_testcapi", reason="this Python has no _testcapi, which makes memory run out")
    x, y, b = leaves = [Value(0.5), Value(1.5), Value(-0.25)]
    z, many = mixed(leaves), [x, y, 2.0] * 100
    deep = z
    for _ in range(140_000):                         # for more than any walk leaves the next one memory
        deep = deep + 0.0
    calls = [partial(Value, 3.0, "n"), partial(mul, x, y), partial(pow, 2, x), partial(Value.exp, x), z.backward,
             partial(Value.affine, [x, 1.0], [y, b], 2), partial(Value.softmax, many, 7), partial(Value.fsum, x, 1, y),
             partial(dot, many, many), partial(dot, [x, *[3] * 300], [2] * 301),
             partial(Value.cross_entropy, (x, y), -1), partial(getattr, z, "_dx"),
             deep.backward]
    held = [Value(1.0) for _ in range(100_000)]      # none is left in the free list
    gc.disable()
    for call in calls:
        made, failures = list[Any](), 0
        for start in range(20):
            for v in leaves:
                v.grad = 1.0
            memory.set_nomemory(start, start + 1)
            try:
                made.append(call())                  # kept from the free list
            except MemoryError:
                failures += 1
            finally:
                memory.remove_mem_hooks()
            found = [v.grad for v in leaves]
            assert found == [1.0] * 3 or call in (z.backward, deep.backward) and 1.0 not in found
        assert failures, call
    gc.enable()
    assert held


def test_threads_work_while_another_changes_lists_and_rows() -> None:
    done, wrong = threading.Event(), []
    shared = [Value(float(i)) for i in range(20)]

    def change() -> None:
        while not done.is_set():
            shared.append(Value(1.0))
            del shared[:len(shared) - 20]
            Value.cube = Op("x ** 3", "3 * x ** 2")  # type: ignore[attr-defined]

    def work(k: int) -> None:
        own = Value(float(k + 1))
        for _ in range(30):
            z = own
            for i in range(100):
                z = fsum(z, own, 1.0) if i % 7 == 0 else z + own * 2.0
            z = z + own.cube()  # type: ignore[attr-defined]
            own.grad = 0.0
            z.backward()
            wrong.extend([own.grad] * (own.grad != 1.0 + 15 + 2.0 * 85 + 3.0 * own.data ** 2))
            assert fsum(shared).parents and maximum(shared).parents

    before, changer = sys.getswitchinterval(), threading.Thread(target=change)
    Value.cube = Op("x ** 3", "3 * x ** 2")  # type: ignore[attr-defined]
    sys.setswitchinterval(1e-5)
    try:
        workers = [threading.Thread(target=work, args=(k,)) for k in range(8)]
        for thread in (changer, *workers):
            thread.start()
        for thread in workers:
            thread.join()
    finally:
        sys.setswitchinterval(before)
        done.set()
        changer.join()
        del Value.cube, Op.table["cube"]  # type: ignore[attr-defined]
    assert wrong == []


def deep(n: int) -> tuple[Value, Value]:
    x = z = Value(1.0)
    for _ in range(n):
        z = z + x
    return x, z


def test_a_deep_graph_is_freed_in_another_thread() -> None:
    graphs = [deep(100_000)]
    thread = threading.Thread(target=graphs.clear)
    thread.start()
    thread.join()
    assert not graphs


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_goes_on_with_the_graph() -> None:
    x, z = deep(1000)
    child = os.fork()
    if child == 0:                                   # pragma: no cover
        z.backward()
        right = x.grad == 1001.0
        del z
        os._exit(not (right and mixed([Value(0.5), Value(1.5), Value(2.0)]).parents))
    assert os.waitpid(child, 0)[1] == 0
    assert x.grad == 0.0


def test_a_graph_outlives_the_interpreter() -> None:
    code = ("import builtins\nfrom tests.engine.native.test_adversity import Finaliser, deep\nx, z = deep(1000)\n"
            "builtins.last = Finaliser(lambda: (z.backward(), print(x.grad, (z * z).data)))\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout in ("", "1001.0 1002001.0\n")


@pytest.mark.parametrize("kind", [iter, deque, dict.fromkeys, lambda some: map(lambda x: x, some),
                                  lambda some: {i: x for i, x in enumerate(some)}.values()],
                         ids=["iterator", "deque", "dict", "map", "values"])
def test_operands_may_come_in_any_order_that_can_be_walked(kind: Any) -> None:
    some = [Value(float(i)) for i in range(1, 6)]
    for row in (fsum, maximum, Value.logsumexp):
        z, wanted = row(kind(some)), row(some)
        assert (z.data, z.parents, z.partials) == (wanted.data, wanted.parents, wanted.partials)
    assert dot(kind(some), kind(some)).data == 55.0 == fsum(range(1, 11))
