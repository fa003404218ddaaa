"""A program's instructions on the rows become fewer, with the same numbers; nothing that may fail is lost."""
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Replay, Value, affine, dot, exp, maximum, relu, sigmoid, tanh
from engine.replay.program import ON, Program
from engine.replay.tape import record
from engine.replay.templates import template
from engine.testing import graphs
from tests.engine.replay.agreement import blocks, errors
from tests.engine.replay.interpreter import GATE, MINUS, OPEN, RAMP, TIMES, Words
from tests.engine.replay.repeating import repeating

if blocks is None:
    pytest.skip("the block interpreter was not built", allow_module_level=True)
NEAR, MANY = 1024, 64                                # how far apart, and how many may be one


def fused(output, inputs, gradient=False, rows=None):
    """The instructions of an output on the rows."""
    return Words(Program(record([output], inputs), gradient, rows)).stages[ON]


def names(output, inputs, gradient=False):
    return [one.name for one in fused(output, inputs, gradient)]


def layers(found):
    return [one for one in found if one.name == "layer"]


def run(tape, row, gradient):
    """The results of a tape's program for one row."""
    return Words(Program(tape, gradient)).run(row, [v.data for v in tape.leaves[tape.width:]])


def is_plain(output, inputs, leaves, row):
    """Assert that the fused instructions find the value, and the gradient, that plain Python finds."""
    for v in leaves:
        v.grad = 0.0
    tape = record([output], inputs)
    words = [Words(Program(tape, gradient)) for gradient in (False, True)]
    try:
        z = Replay(output, inputs=inputs, backend="python").backward([row])
        found = [x for some in words for x in some.run(row, [v.data for v in tape.leaves[tape.width:]])]
    except (ArithmeticError, ValueError):
        return
    if not all(map(math.isfinite, found)):           # then the interpreter runs the row again, without fusing
        return
    exact = [z, z, *(v.grad for v in tape.leaves)]
    (off, *_), slopes = errors(tape, row)            # where something cancels, more than any result tells
    unsure = [1e-9 * (1.0 + abs(y)) + e for y, e in zip(exact, [off, off, *slopes], strict=True)]
    assert all(abs(x - y) <= e for x, y, e in zip(found, exact, unsure, strict=True))


@given(graph=graphs(), row=st.lists(st.floats(-2.0, 2.0), min_size=2, max_size=2))
def test_fused_instructions_find_the_gradient(graph, row):
    inputs = graph.leaves[:2]
    is_plain(graph.root, inputs, graph.leaves, row[:len(inputs)])


@settings(max_examples=400)
@given(graph=repeating(), n=st.integers(0, 2), row=st.lists(st.floats(-2.0, 2.0), min_size=2, max_size=2))
def test_fused_instructions_find_the_gradient_where_much_is_found_twice(graph, n, row):
    is_plain(graph.root, graph.leaves[:n], graph.leaves, row[:n])


def network(n, m, function=relu):
    """Two layers of so many neurons on two inputs."""
    xs = [Value(0.5), Value(-0.25)]
    hidden = [function(affine([Value(0.1 * i), Value(0.2)], xs, Value(0.3))) for i in range(n)]
    return [affine([Value(0.1 * k + 0.01 * i) for i in range(n)], hidden, Value(1.0)) for k in range(m)], xs


def test_a_layer_is_one_instruction_and_so_are_its_gradients():
    zs, xs = network(8, 3)
    found = fused(dot(zs, [2.0, 3.0, 5.0]) ** 2, xs, True)
    kinds = [(len(one.results), {kind for kind, _ in one.gates}) for one in layers(found)]
    assert kinds[:2] == [(8, {RAMP}), (3, {OPEN})]
    assert {(3, 9), (8, 3)} <= {(len(one.terms), len(one.reads)) for one in found if one.name == "reduce"}
    assert "gt" not in names(zs[0] + zs[1], xs, True)
    assert "select" not in names(zs[0] + zs[1], xs, True)


def test_a_gate_stands_in_the_layer_that_finds_what_passes_it():
    zs, xs = network(4, 2)
    assert [GATE] * 4 in [[kind for kind, _ in one.gates] for one in layers(fused(zs[0] * zs[1], xs, True))]
    assert "gate" not in names(zs[0] * zs[1], xs, True)


def test_a_slope_is_multiplied_by_in_the_layer_that_finds_what_reaches_it():
    zs, xs = network(4, 2, sigmoid)
    found = fused(zs[0] * zs[1], xs, True, {template(sigmoid.op, 1, None).signature: "sigmoid_1"})
    assert [TIMES] * 4 in [[kind for kind, _ in one.gates] for one in layers(found)]
    slopes = {p for one in found if one.name == "sigmoid_1" for p in one.results[1:]}
    assert slopes == {p for one in layers(found) for kind, p in one.gates if kind == TIMES}


def test_differences_of_products_are_one_instruction():
    a, b, c, d = xs = [Value(float(i)) for i in range(4)]
    assert names(exp(a * b) - exp(c * d), xs) == ["mul", "exp", "mul", "exp", "sub"]
    found = fused(exp(a) * b - c * d, xs)
    assert [one.name for one in found] == ["exp", "dot"]
    assert [place >= MINUS for place in found[1].reads] == [False, False, True, False]
    assert run(record([exp(a) * b - c * d - a * a], xs), [0.0, 2.0, 3.0, 5.0], False) == [2.0 - 15.0]


def test_a_difference_is_found_once_for_both_signs_unless_both_are_needed():
    x, y = Value(0.5), Value(0.25)
    assert names(-(exp(x) - exp(y)), [x, y]) == ["exp", "exp", "sub"]
    assert names(exp(x - y) - x * (y - x), [x, y]) == ["sub", "exp", "dot"]
    for both in (exp(x - y) - x * (y - x) + exp(y - x), exp(exp(x) - x * (y - x)) * exp(x - y)):
        assert names(both, [x, y]).count("sub") == 2
        assert run(record([both], [x, y]), [0.5, 0.25], False) == pytest.approx([both.data], rel=1e-15)


def test_a_difference_of_equals_is_not_its_own_opposite():
    x, y = Value(2.0), Value(3.0)
    tape = record([1.0 + exp(y) ** 0 * (exp(y) * (x - x))], [x, y])
    assert run(tape, [2.0, 3.0], False) == [1.0]


def test_what_is_found_twice_runs_once():
    x, y = Value(1.0), Value(2.0)
    assert names(exp(x * y) + relu(exp(x * y)), [x, y]).count("exp") == 1


@pytest.mark.parametrize("twice", [[relu, relu], [relu, lambda x: maximum(0.0, x)], [lambda x: maximum(0.0, x), relu]])
def test_what_is_rectified_twice_passes_one_gate(twice):
    x, w = Value(0.5), Value(2.0)
    first, second = [f(x * w) for f in twice]
    tape = record([first * exp(x) + second * 3.0], [x])
    for row in ([0.5], [-0.5], [1.5]):
        eager, v = Value(row[0]), Value(2.0)
        (twice[0](eager * v) * exp(eager) + twice[1](eager * v) * 3.0).backward()
        found = run(tape, row, True)
        assert found[1:] == pytest.approx([eager.grad, v.grad], rel=1e-12)


def test_what_nobody_uses_still_runs_where_it_may_fail():
    x = Value(2.0)
    assert "exp" in names(exp(x) ** 0 + x, [x])
    for backend in ("native", "numpy", "python"):
        try:
            replay = Replay(exp(x) ** 0 + x, inputs=[x], backend=backend)
            replay.backend
        except ImportError:
            continue
        with pytest.raises(OverflowError, match="^row 1: "):
            replay([[1.0], [1000.0]])


def test_what_is_far_apart_is_not_one_instruction():
    x, ws = Value(0.5), [Value(0.1 * i) for i in range(3 * MANY)]
    z = Value(0.0)
    for w in ws:
        z = exp(w * x) + z
    found = layers(fused(z, [x]))
    assert len(found) > 1
    assert max(len(one.results) for one in found) == MANY
    z = x
    for w in ws[:MANY + 1]:
        z += w
        for _ in range(20):
            z = tanh(z)
    assert 1 < max(len(one.terms) for one in fused(z, [x], True) if one.name == "reduce") <= 1 + NEAR // 20 < MANY
