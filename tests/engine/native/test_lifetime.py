"""Nodes live as long as they are needed, whatever comes between: deep graphs, interrupts, threads, edits by hand."""
from __future__ import annotations

import copy
import gc
import math
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from engine import GradientError, Op, Value, affine, core, dot, fsum, maximum

needs_this = pytest.mark.skipif(core != "native", reason="the Python core runs")


def mixed(leaves: list[Value]) -> Value:
    """A graph with rows of every kind, plain numbers in every place, shared and doubled operands, errors in between."""
    x, y, b = leaves
    z = (x * y + 2.0) / (3.0 + x * x) - (x ** 2) * 0.5 + abs(-y)
    z = z + affine([x, 1.0, z], [z, y, 2], b) + dot([x, x], (1.5, z)) + fsum(z, 1, x) + maximum([z, z, 0.0])
    z = z + Value.cross_entropy([x, y, 2.0], 1) + Value.softmax((z, z, b), -1) + fsum(v for v in leaves)
    for wrong in (lambda: x / 0, lambda: x + "1", lambda: (x - x).log(), lambda: fsum([x, None]),
                  lambda: Value.softmax([x], 4), lambda: affine([x], [], 1), lambda: (x - x).sqrt().backward(),
                  lambda: maximum(), lambda: pow(x, y, 2)):
        try:
            wrong()  # type: ignore[no-untyped-call]
        except (ArithmeticError, TypeError, ValueError, IndexError):
            pass
    assert z.parents and z.partials and repr(z)
    z.label = "z"
    return z


@needs_this
def test_a_hundred_rounds_leave_nothing_behind() -> None:
    leaves = [Value(0.5, "x"), Value(1.5), Value(-0.25)]

    def round() -> None:
        z = mixed(leaves)
        z.backward()
        pickle.loads(pickle.dumps(z)).zero_grad()
        copy.deepcopy(z).backward()
        z.label = "other"
        Value.cube = Op("x ** 3", "3 * x ** 2")  # type: ignore[attr-defined]
        copy.copy(z.cube()).backward()  # type: ignore[attr-defined]
        del Value.cube, Op.table["cube"]  # type: ignore[attr-defined]

    def references() -> list[int]:                   # each node holds one to its class and one to its row
        gc.collect()
        everything = getattr(sys, "gettotalrefcount", int)()                     # of a debug build of Python
        return [everything, sys.getrefcount(True), *map(sys.getrefcount, (Value, *Op.table.values()))]

    for _ in range(20):
        round()
    before = references()
    for _ in range(100):
        round()
    after = references()
    assert after[2:] == before[2:]
    assert all(abs(n - m) < 50 for n, m in zip(after[:2], before[:2]))           # other threads hold some for a while


@needs_this
def test_nodes_are_small_and_unknown_to_the_garbage_collector() -> None:
    x = Value(1.0)
    y = x * 2 + 1
    assert not gc.is_tracked(x) and not gc.is_tracked(y)
    assert sys.getsizeof(y) <= 96


@needs_this
def test_a_chain_of_a_million_values_is_built_differentiated_and_freed() -> None:
    a = z = Value(1.0)
    for _ in range(1_000_000):
        z = z + 1e-7
    z.backward()
    assert a.grad == 1.0
    del z
    z = a
    for _ in range(100_000):                         # through rows of many operands
        z = fsum(z, a)
    z.backward()
    assert a.grad == 100_002.0


@contextmanager
def after(seconds: float, what: Callable[..., Any]) -> Iterator[None]:
    """Run `what` as a signal's handler, once, that much later."""
    old = signal.signal(signal.SIGALRM, what)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def wide(n: int, a: Value, b: Value) -> Value:
    z = a
    for _ in range(n):
        z = z + a * b
    return z


@needs_this
def test_whole_numbers_among_operands_are_given_back() -> None:
    x = Value(2.0)
    for _ in range(3):                               # what the first ones leave is used again
        before = sys.getallocatedblocks()
        for _ in range(1000):
            dot([x, 7777], [3, x])
        left = sys.getallocatedblocks() - before
    assert left < 100


needs_alarm = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no alarm signal here")


@needs_this
@needs_alarm
def test_an_interrupt_leaves_all_grads_or_none() -> None:
    a, b = Value(1.0), Value(2.0)
    z = wide(200_000, a, b)
    started = time.perf_counter()
    z.backward()
    span, random, interrupted = time.perf_counter() - started, Random(0), 0
    once, inner = (a.grad, b.grad, z.grad), z.parents[0]
    for i in range(60):
        z.zero_grad()
        try:
            with after(max(1e-6, random.uniform(0.0, span)), interrupt):
                z.backward()
        except KeyboardInterrupt:
            interrupted += 1
        assert (a.grad, b.grad, z.grad, inner.grad) in ((0.0, 0.0, 0.0, 0.0), (*once, 1.0))
    assert interrupted                               # else nothing was tested


@needs_this
@needs_alarm
def test_a_handler_may_walk_the_same_leaves() -> None:
    a, b = Value(1.0), Value(2.0)
    z, other, runs = wide(200_000, a, b), wide(30_000, b, a), []

    def walk(*_: Any) -> None:
        other.backward()
        runs.append((a.grad, b.grad))

    for delay in (0.001, 0.002, 0.003, 0.005, 0.008):
        z.zero_grad()
        runs.clear()
        with after(delay, walk):
            z.backward()
            signal.setitimer(signal.ITIMER_REAL, 0)
        assert a.grad == 400_001.0 + (60_000.0 if runs else 0.0)
        assert b.grad == 200_000.0 + (30_001.0 if runs else 0.0)


@needs_this
@needs_alarm
def test_a_handler_may_take_the_graph_apart() -> None:
    for delay in (0.0005, 0.001, 0.002, 0.004, 0.006):
        a, b = Value(1.0), Value(2.0)
        z = wide(200_000, a, b)

        def cut(*_: Any) -> None:
            z.__init__(1.0)  # type: ignore[misc]
            wide(1000, a, b).backward()

        with after(delay, cut):
            z.backward()
        assert z.grad in (0.0, 1.0)


@needs_this
@needs_alarm
def test_an_operand_that_a_handler_sets_gets_no_gradient_meant_for_another() -> None:
    """A node that the walk has not seen has no place among the adjoints; the mark of a new one is the root's place."""
    a, b, caught = Value(1.0), Value(2.0), 0
    z = wide(200_000, a, b)
    started = time.perf_counter()
    z.backward()
    span, deepest = time.perf_counter() - started, z
    while deepest._x is not a:
        deepest = deepest._x
    for part in (0.3, 0.5, 0.6, 0.7, 0.8, 0.9):
        stranger = Value(5.0)
        deepest._x = a
        z.zero_grad()
        with after(max(1e-6, part * span), lambda *_: setattr(deepest, "_x", stranger)):
            z.backward()
        assert (z.grad, stranger.grad in (0.0, 1.0)) == (1.0, True)
        caught += deepest._x is stranger
    assert caught                                    # else nothing was tested


@needs_this
@needs_alarm
def test_an_operand_that_a_handler_sets_elsewhere_takes_no_gradient_from_a_walk() -> None:
    a, b, elsewhere, ran = Value(1.0), Value(2.0), Value(3.0) * 4.0, list[bool]()
    z = wide(200_000, a, b)
    started = time.perf_counter()
    z.backward()
    span, once = time.perf_counter() - started, (a.grad, b.grad)

    def edit(*_: Any) -> None:
        elsewhere._x = Value(5.0)
        ran.append(True)

    for part in (0.3, 0.5, 0.6, 0.7, 0.8, 0.9):
        z.zero_grad()
        with after(max(1e-6, part * span), edit):
            z.backward()
        assert (a.grad, b.grad) == once
    assert ran                                       # else nothing was tested


class Flagged:
    """Says when it goes."""

    def __init__(self, gone: list[bool]) -> None:
        self.gone = gone

    def __del__(self) -> None:
        self.gone.append(True)


@needs_this
@needs_alarm
def test_what_dies_during_a_walk_is_freed_as_it_ends_and_not_before() -> None:
    a, b = Value(1.0), Value(2.0)
    z = wide(200_000, a, b)
    for delay in (0.0005, 0.001, 0.002, 0.004):
        gone: list[bool] = []
        held = [Value(1.0) + 1.0]
        held[0]._y = Flagged(gone)

        def let_go(*_: Any) -> None:
            held.clear()
            early.append(bool(gone))

        early: list[bool] = []
        with after(delay, let_go):
            z.backward()
            signal.setitimer(signal.ITIMER_REAL, 0)
        assert bool(gone) == (not held)


def test_threads_differentiate_their_own_graphs_of_shared_leaves() -> None:
    a, found = Value(3.0), []

    def work(k: int) -> None:
        own = Value(float(k))
        for _ in range(20):
            z = wide(500, own, a)
            own.grad = 0.0
            z.backward()
            found.append(own.grad == 1.0 + 3.0 * 500)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 160


def test_fields_set_by_hand_are_the_fields_that_are_read() -> None:
    x = Value(2.0)
    for operands, slopes in (((x, 3.0), (3.0, None)), ((x, x), (2.0, 2.0)), ((1.5, x), (None, 1.5))):
        node = object.__new__(Value)
        node._data, node._grad, node._row = 6.0, 0.0, Op.table["mul"]
        node._x, node._y = operands
        node._dx, node._dy = slopes
        assert (node._x, node._y, node._dx, node._dy, node._row) == (*operands, *slopes, Op.table["mul"])
        node._dx = node._dx
        node._x = node._x
        assert (node._x, node._y, node._dx, node._dy) == (*operands, *slopes)
        assert node.label == "" and node.parents[0].data == float(getattr(operands[0], "data", operands[0]))
        x.grad = 0.0
        node.backward()
        assert x.grad == sum(slope for slope in slopes if slope is not None)
    node._x, node._y, node._dx, node._dy, node._row = (x, 2.0), None, (5.0, None), None, Op.table["fsum"]
    assert (node._x, node._dx) == ((x, 2.0), (5.0, None)) and node.partials == (5.0, 0.0)
    node.backward()
    assert x.grad == 6.5
    node._x = node._dx = None
    assert node._x is node._dx is None


OPERANDS = st.sampled_from(["_x", "_y"]), st.sampled_from([None, 1.5, -0.0, Value(2.0), Value(3.0)])
SLOPES   = st.sampled_from(["_dx", "_dy"]), st.sampled_from([None, 0.5, -0.0, math.nan, math.inf])


@given(st.lists(st.one_of(st.tuples(*OPERANDS), st.tuples(*SLOPES)), max_size=12))
@example([("_x", 1.5), ("_dx", 0.5)])                # a plain number, which has no slope until it is given one
@example([("_y", 1.5), ("_dy", 0.5), ("_dy", None), ("_dy", 0.5)])
def test_whatever_is_set_by_hand_and_in_whatever_order_each_field_is_what_it_was_set_to_last(changes) -> None:
    node, fields = Value(6.0), dict.fromkeys(["_x", "_y", "_dx", "_dy"])
    for field, n in changes:
        setattr(node, field, n)
        fields[field] = n
        assert repr({name: getattr(node, name) for name in fields}) == repr(fields)
        assert all([getattr(node, name) is v for name, v in fields.items() if not isinstance(v, float)])


@needs_this
def test_fields_refuse_what_they_cannot_hold() -> None:
    node = Value(1.0) + 1
    for field in ("_data", "_grad", "_dx", "_dy"):
        with pytest.raises(TypeError):
            setattr(node, field, "1")
    for field in Value.__slots__:
        with pytest.raises(AttributeError):
            delattr(node, field)
    with pytest.raises(TypeError):
        node._dx = (1.0, "2")
    with pytest.raises(AttributeError):
        node.colour = "red"  # type: ignore[attr-defined]


def test_a_gradient_error_leaves_every_grad_as_it_was() -> None:
    x = Value(0.0, "x")
    x.grad = 5.0
    z = x.sqrt() + x * 3
    with pytest.raises(GradientError, match="x is 0.0"):
        z.backward()
    assert x.grad == 5.0 and z.grad == 0.0
