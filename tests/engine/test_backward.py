"""backward: exact order, accumulation, all or nothing, however deep the graph."""
from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from engine import GradientError, Op, Value, affine, core, exp, log, sqrt
from engine.graph import postorder
from engine.testing import graphs
from engine.value import adding
from tests.interrupts import PLACES, tracing


def grads(root: Value) -> dict[Value, float]:
    return {v: v.grad for v in postorder(root)}


@given(graphs())
def test_a_value_comes_after_its_parents_and_each_once(graph) -> None:
    order = postorder(graph.root)
    place = {v: i for i, v in enumerate(order)}
    assert len(place) == len(order) and order[-1] is graph.root
    assert all(place[x] < place[v] for v in order for x in v.parents if not x.constant)


@given(graphs(), st.integers(1, 4))
def test_n_calls_equal_n_times_one_on_leaves_and_the_last_one_inside(graph, n) -> None:
    graph.root.backward()
    once = grads(graph.root)
    for _ in range(n - 1):
        graph.root.backward()
    for v, g in grads(graph.root).items():
        assert v.grad == pytest.approx(n * once[v], rel=1e-15, abs=0) if v.op is None else v.grad == once[v]
    graph.root.zero_grad()
    assert not any(grads(graph.root).values())


def interrupted_at(k: int, action: Callable[[], Any]) -> bool:
    """Whether the action was interrupted: Ctrl-C falls before the k-th operation of the project's code."""
    count = 0

    def trace(frame: Any, event: str, arg: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(PLACES):      # the garbage collector may call anyone's function
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            count += 1
            if count == k:
                raise KeyboardInterrupt
        return trace

    old = sys.gettrace()
    tracing(trace)
    try:
        action()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(old)
    return False


@pytest.mark.skipif(core == "native", reason="the compiled core runs no operations of Python; native/ has its own test")
@pytest.mark.parametrize("backward", ["backward", "zero_grad"])
def test_ctrl_c_between_any_two_operations_leaves_all_grads_old_or_all_new(backward) -> None:
    a, b = Value(0.5), Value(-1.5)
    root = affine([a, b], [exp(a * b), a], b) + a * a * 2.0
    root.backward()
    old = grads(root)
    getattr(root, backward)()
    new = grads(root)
    assert old != new
    k, seen = 1, []
    while True:
        for v, g in old.items():
            v.grad = g
        stopped = interrupted_at(k, getattr(root, backward))
        while adding._is_owned():                    # between taking the lock and `with` Python never looks for Ctrl-C
            adding.release()
        assert grads(root) in (old, new)
        if not stopped:
            break
        seen.append(grads(root) == new)
        k += 1
    assert len(seen) > 30 and not seen[0] and sorted(seen) == seen       # first all old, then all new


def test_an_error_leaves_every_grad_as_it_was() -> None:
    x = Value(1.0)
    y = sqrt(x * 0.0) + x
    y.parents[0].grad, x.grad = 3.0, 2.0
    before = grads(y)
    with pytest.raises(GradientError, match="no finite slope"):
        y.backward()
    assert grads(y) == before


def test_an_overflow_in_a_gradient_or_in_its_sum_is_an_error_and_changes_nothing() -> None:
    x = Value(1e-200, "x")
    y = x * 1e200 * 1e200
    with pytest.raises(GradientError, match="gradient of .* overflows"):
        y.backward()
    assert not any(grads(y).values())
    x.grad = 1.7e308
    with pytest.raises(GradientError, match="zero_grad"):
        (x * 1.7e308).backward()
    assert x.grad == 1.7e308


def test_a_zero_gradient_does_not_meet_an_infinite_slope() -> None:
    x = Value(0.0)
    y = sqrt(x) * 0.0 + x
    y.backward()
    assert x.grad == 1.0
    rooted = Op("sum(y)", "x ** 0.5", name="rooted")             # of many, too
    del Op.table["rooted"]
    many = rooted([Value(-4.0), x])
    (many * 0.0 + x).backward()
    assert x.grad == 2.0 and not any(v.grad for v in many.parents[:1])
    with pytest.raises(GradientError, match="no finite slope"):
        many.backward()


def test_a_plain_number_that_became_an_operand_keeps_its_grad_and_hides_no_overflow() -> None:
    number, x = (Value(1.0) * 1e-200).parents[1], Value(3.0)
    (number * x).backward()
    assert number.constant and (number.grad, x.grad) == (0.0, 1e-200)
    z = number * 1e200 * 1e200
    with pytest.raises(GradientError, match="overflows"):
        z.backward()
    assert not any(grads(z).values())


def test_a_deep_chain_differentiates_and_is_freed_without_recursion() -> None:
    v = x = Value(1.0)
    for _ in range(300_000):
        v = v + x
    v.backward()
    assert x.grad == 300_001.0
    del v


def test_graphs_have_no_reference_cycles() -> None:
    gc.collect()
    gc.disable()
    try:
        x = Value(0.3)
        for _ in range(10):
            y = log(exp(affine([x, x], [x, 2.0], x)) + 1.0)
            y.backward()
            y.parents
            del y
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_what_threads_add_to_one_leaf_all_arrives() -> None:
    a, turns = Value(1.0), 2_000
    graphs = [a * float(k) + a for k in range(1, 5)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def run(graph: Value) -> None:
        for _ in range(turns):
            graph.backward()
    try:
        threads = [threading.Thread(target=run, args=(graph,)) for graph in graphs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert a.grad == turns * sum(k + 1 for k in range(1, 5))


def test_blamed_is_a_slope_that_a_gradient_reaches_and_no_other() -> None:
    missed, met = Value(0.0, "missed"), Value(0.0, "met")
    with pytest.raises(GradientError, match="no finite slope where met is 0.0, and a gradient of 1 reaches it"):
        (met ** 0.5 + 0.0 * missed ** 0.5).backward()
