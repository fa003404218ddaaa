"""A program's instructions on the rows become fewer, with the same numbers; nothing that may fail is lost."""
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Replay, Value, affine, dot, exp, maximum, relu, sigmoid
from engine.replay.fusing import MOST, NEAR, Fused
from engine.replay.groups import GATE, OPEN, RAMP, TIMES, Layer, Products, Reduction, Row
from engine.replay.instructions import PLAIN
from engine.replay.program import AFTER, BEFORE, Program
from engine.replay.tape import record
from engine.replay.templates import template
from engine.testing import graphs


def fused(output, inputs, gradient=False, rows=None):
    """The instructions of an output on the rows."""
    return Fused(Program(record([output], inputs), gradient, rows)).instructions


def names(output, inputs, gradient=False):
    return [one.name for one in fused(output, inputs, gradient)]


def on_floats(one, found):
    """The results of an instruction, in plain Python."""
    reads = [found[p] for p in one.reads]
    if isinstance(one, Layer):
        sums = [found[start] + math.fsum(found[w] * x for w, x in zip(ws, reads)) if reads else found[start]
                for start, ws in zip(one.starts, one.factors)]
        through = {OPEN: lambda z, p: z, RAMP: lambda z, p: max(0.0, z), GATE: lambda z, p: z if found[p] > 0 else 0.0,
                   TIMES: lambda z, p: z * found[p]}
        return [through[kind](z, p) for z, (kind, p) in zip(sums, one.gates)]
    if isinstance(one, Products):
        return [math.fsum(-x * y if minus else x * y for x, y, minus in zip(reads[::2], reads[1::2], one.signs))]
    if one.name == "gate":
        return [reads[1] if reads[0] > 0 else 0.0]
    return [PLAIN[one.name](*reads)]


def run(tape, row, program):
    """The sums over one row of a program, by its number, found by its fused instructions."""
    found = dict(zip(program.columns, row))
    found.update(zip(program.leaves, [v.data for v in tape.leaves[tape.width:]]))
    found.update(program.numbers)
    found[program.seed] = 1.0
    sums = [0.0] * len(program.sums)

    def plainly(stage):
        for at in program.stage(stage):
            if program.names[at] != "need":
                found[at] = PLAIN[program.names[at]](*[found[p] for p in program.arguments[at]])
    parts = Fused(program)
    found.update(program.numbers)
    plainly(BEFORE)
    for one in parts.instructions:
        if isinstance(one, Reduction):
            for g, targets in zip(one.terms, one.targets):
                for x, k in zip(one.reads, targets):
                    sums[k] += found[g] * found[x]
        elif one.name == "total":
            sums[0] += found[one.reads[0]]
        elif one.name != "need":
            found.update(zip(one.results, on_floats(one, found)))
    found.update(zip(program.sums, sums))
    plainly(AFTER)
    return [found[p] for p in parts.results]


@given(graph=graphs(), row=st.lists(st.floats(-2.0, 2.0), min_size=2, max_size=2))
def test_fused_instructions_find_the_gradient(graph, row):
    inputs = graph.leaves[:2]
    row = row[:len(inputs)]
    tape = record([graph.root], inputs)
    for v in graph.leaves:
        v.grad = 0.0
    try:
        total = Replay(graph.root, inputs=inputs, backend="python").backward([row])
        found = run(tape, row, Program(tape, True))
    except (ArithmeticError, ValueError):
        return
    if not all(map(math.isfinite, found)):           # then the interpreter runs the row again, without fusing
        return
    exact = [total, *(v.grad for v in tape.leaves)]
    size = max(map(abs, exact))
    assert all(math.isclose(x, z, rel_tol=1e-9, abs_tol=1e-9 * max(1.0, size)) for x, z in zip(found, exact))


def network(n, m, function=relu):
    """Two layers of so many neurons on two inputs."""
    xs = [Value(0.5), Value(-0.25)]
    hidden = [function(affine([Value(0.1 * i), Value(0.2)], xs, Value(0.3))) for i in range(n)]
    return [affine([Value(0.1 * k + 0.01 * i) for i in range(n)], hidden, Value(1.0)) for k in range(m)], xs


def test_a_layer_is_one_instruction_and_so_are_its_gradients():
    zs, xs = network(8, 3)
    found = fused(dot(zs, [2.0, 3.0, 5.0]) ** 2, xs, True)
    layers = [(len(one.results), {kind for kind, _ in one.gates}) for one in found if isinstance(one, Layer)]
    assert layers[:2] == [(8, {RAMP}), (3, {OPEN})]
    assert (3, 9) in [(len(one.terms), len(one.reads)) for one in found if isinstance(one, Reduction)]
    assert (8, 3) in [(len(one.terms), len(one.reads)) for one in found if isinstance(one, Reduction)]
    assert "gt" not in names(zs[0] + zs[1], xs, True)
    assert "select" not in names(zs[0] + zs[1], xs, True)


def test_a_gate_stands_in_the_layer_that_finds_what_passes_it():
    zs, xs = network(4, 2)
    kinds = [[kind for kind, _ in one.gates] for one in fused(zs[0] * zs[1], xs, True) if isinstance(one, Layer)]
    assert [GATE] * 4 in kinds
    assert "gate" not in names(zs[0] * zs[1], xs, True)


def test_a_slope_is_multiplied_by_in_the_layer_that_finds_what_reaches_it():
    zs, xs = network(4, 2, sigmoid)
    found = fused(zs[0] * zs[1], xs, True, {template(sigmoid.op, 1, None).text: "sigmoid_1"})
    assert [TIMES] * 4 in [[kind for kind, _ in one.gates] for one in found if isinstance(one, Layer)]
    slopes = {p for one in found if isinstance(one, Row) for p in one.results[1:]}
    assert slopes == {p for one in found if isinstance(one, Layer) for _, p in one.gates if p >= 0}


def test_differences_of_products_are_one_instruction():
    a, b, c, d = xs = [Value(float(i)) for i in range(4)]
    assert names(exp(a * b) - exp(c * d), xs) == ["mul", "exp", "mul", "exp", "sub"]
    found = fused(exp(a) * b - c * d, xs)
    assert [one.name for one in found] == ["exp", "dot"]
    replay = Replay(exp(a) * b - c * d - a * a, inputs=xs, backend="python")
    assert run(replay.tape, [0.0, 2.0, 3.0, 5.0], Program(replay.tape, False)) == [2.0 - 15.0]


def test_a_difference_of_equals_is_not_its_own_opposite():
    x, y = Value(2.0), Value(3.0)
    tape = record([1.0 + exp(y) ** 0 * (exp(y) * (x - x))], [x, y])
    assert run(tape, [2.0, 3.0], Program(tape, False)) == [1.0]


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
        found = run(tape, row, Program(tape, True))
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
    x, ws = Value(0.5), [Value(0.1 * i) for i in range(3 * MOST)]
    z = Value(0.0)
    for w in ws:
        z = exp(w * x) + z
    layers = [one for one in fused(z, [x]) if isinstance(one, Layer)]
    assert len(layers) > 1
    assert max(len(one.results) for one in layers) <= MOST
    z = x
    for w in ws:
        z = exp(w * x) * exp(z * 0.0)
    assert all(one.at - one.first <= NEAR for one in fused(z, [x], True) if isinstance(one, Reduction))
