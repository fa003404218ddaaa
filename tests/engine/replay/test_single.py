"""A single row, whose instructions run abreast once that is a habit: it finds the same bits as before."""
import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Replay, Value, affine, at, dot, exp, fsum, relu, sigmoid
from engine.replay.backends.floats import Floats
from engine.replay.tape import record
from engine.testing import graphs
from nn import Optimiser, cross_entropy, softmax
from tests.engine.replay.agreement import blocks, flowers, outcome
from tests.engine.replay.agreement import network as classifier
from tests.engine.replay.repeating import repeating

native = pytest.importorskip("engine.replay.backends.native")
if blocks is None:
    pytest.skip("the block interpreter was not built", allow_module_level=True)
HABIT = 32                                           # calls with one row before its instructions run abreast
FLOATS = st.floats(-2.0, 2.0)
every_machine = pytest.mark.parametrize("machine", blocks.MACHINES)


def runner_of(outputs, inputs, machine=""):
    tape = record(outputs, inputs)
    return native.Native(tape, Floats(tape), 1, machine)


def bits(found):
    """Numbers, lists of them, or an error, as texts that differ where a bit does."""
    if isinstance(found, (list, tuple)):
        return [bits(x) for x in found]
    return float(found).hex() if isinstance(found, float) else repr(found)


def answers(runner, row, leaves):
    """The gradient, the values and the sums of a run for one row, or their errors."""
    rows = runner.read([row])
    acts = runner.gradient, runner.values, runner.partial
    return bits([outcome(lambda act=act: act(rows, leaves)) for act in acts])


def abreast(runner):
    """Whether a single row runs in batches now, for its gradient."""
    return blocks.batches(runner.program(True)) > 0


def is_same(outputs, inputs, rows, machine="", changed=()):
    """Assert that rows, one by one, find the same bits when that is a habit; gives whether they run in batches then."""
    runner = runner_of(outputs, inputs, machine)
    leaves = [v.data for v in runner.tape.leaves[len(inputs):]]
    cases = [(row, some) for some in (leaves, *changed) for row in rows]
    fresh = [answers(runner_of(outputs, inputs, machine), *case) for case in cases]
    for _ in range(HABIT):
        answers(runner, *cases[0])
    assert [answers(runner, *case) for case in [*cases, *cases[::-1]]] == [*fresh, *fresh[::-1]]
    return abreast(runner)


def copies(graph, n, draw):
    """The sum of several copies of a graph, and inputs: some leaves of a copy are its own, others are inputs."""
    inputs = [Value(v.data) for v in graph.leaves]
    found = [graph(*[v if draw.random() < 0.5 else Value(draw.uniform(-2.0, 2.0)) for v in inputs]) for _ in range(n)]
    return dot(found, [draw.uniform(-1.0, 1.0) for _ in found]), inputs


@settings(max_examples=100)
@given(graph=st.one_of(graphs(), repeating()), n=st.integers(1, 20), draw=st.randoms(use_true_random=False),
       numbers=st.lists(st.lists(FLOATS, min_size=9, max_size=9), min_size=1, max_size=3))
def test_copies_of_a_graph_find_the_same_bits(graph, n, draw, numbers):
    made, error = outcome(lambda: copies(graph, n, draw))
    if error is None:
        output, inputs = made
        is_same([output], inputs, [[*some, *some][:len(inputs)] for some in numbers])


def network(function, widths=(3, 27, 16, 5)):
    """What layers of such widths find, with weights of their own; and inputs."""
    draw = Random(7)
    xs = inputs = [Value(0.0) for _ in range(widths[0])]
    for width in widths[1:]:
        xs = [function(affine([Value(draw.uniform(-1.0, 1.0)) for _ in xs], xs, Value(draw.uniform(-1.0, 1.0))))
              for _ in range(width)]
    return xs, inputs


ROWS = [[0.5, -1.0, 2.0], [0.0, 0.0, 0.0], [-0.0, 1e-300, -3.0], [1e200, 1.0, 0.0]]


@every_machine
@pytest.mark.parametrize("function", [relu, sigmoid, exp, lambda x: x, lambda x: x * x, lambda x: relu(x) * exp(-x)])
def test_networks_find_the_same_bits(function, machine):
    zs, inputs = network(function)
    more = [[Random(3).uniform(-0.1, 0.1) for _ in range(27 * 4 + 16 * 28 + 5 * 17)]]
    assert is_same([cross_entropy(zs, 3)], inputs, ROWS, machine, more)


@every_machine
def test_what_numbers_choose_finds_the_same_bits(machine):
    zs, inputs = network(lambda x: x)
    some = [at(zs[k:] + zs[:k], inputs[0]) for k in range(5)]
    loss = fsum(softmax(some)[2:]) - cross_entropy(zs, inputs[1]) * (fsum(x * x for x in some) + 1e-5) ** -0.5
    assert is_same([loss], inputs, [[0.0, 1.0, 0.5], [4.0, 3.0, -0.5], [2.0, 2.5, 0.0]], machine)


@every_machine
def test_a_network_with_losses_that_add_up_finds_the_same_bits(machine):
    loss, inputs, _ = classifier()
    is_same([loss], inputs, flowers(5), machine)


@pytest.mark.parametrize("order", [range(16), reversed(range(16)), Random(1).sample(range(16), 16)])
def test_sums_find_the_same_bits_in_any_order(order):
    weights, inputs = [Value(0.1 * k) for k in range(16)], [Value(0.0) for _ in range(16)]
    turned = [weights[k] for k in order]
    zs = [dot(turned[k:] + weights[:k], [exp(x) for x in inputs]) for k in range(16)]
    rows = [[Random(k).uniform(-1.0, 1.0) for _ in inputs] for k in range(2)]
    assert is_same([dot(zs, zs), *zs[:3], inputs[3]], inputs, rows)


def test_a_sum_that_is_too_small_has_no_sign():
    xs, ws = [Value(0.0) for _ in range(8)], [Value(1.0) for _ in range(8)]
    loss = dot([sigmoid(x * w) for x, w in zip(xs, ws)], [-1e-200] * 8)
    assert is_same([loss], xs, [[1e-200] * 8, [-1e-200] * 8])


def test_outputs_that_depend_on_no_input_find_the_same_bits():
    x, w = Value(0.0), Value(2.0)
    zs = [exp(x * (k + 1)) + exp(x - k) for k in range(9)]
    is_same([fsum(zs), w * w, Value(3.0), x], [x], [[0.5], [0.25]])


def test_a_habit_is_one_of_single_rows():
    zs, inputs = network(relu)
    runner = runner_of([fsum(zs)], inputs)
    leaves = [v.data for v in runner.tape.leaves[3:]]
    many, one = [runner.read(rows) for rows in (ROWS[:3] * 100, ROWS[:1])]
    before = [runner.gradient(rows, leaves) for rows in (many, one)]
    for k in range(HABIT - 1):
        assert not abreast(runner)
        runner.gradient(many, leaves)
        assert runner.gradient(one, leaves) == before[1]
    assert abreast(runner)
    assert [runner.gradient(rows, leaves) for rows in (many, one, many, one)] == before * 2


def test_what_has_nothing_side_by_side_runs_like_other_rows():
    x = z = Value(0.5)
    for _ in range(40):
        z = sigmoid(z)
    assert not is_same([z], [x], [[0.5], [1.0]])


def test_a_single_parameter_that_an_optimiser_moves_goes_where_it_did():
    class Waves(Optimiser):
        lr = 0.1
        formulas = [f"v = {' + '.join(f'tanh(sin(cos(exp(g / {k}))))' for k in range(2, 8))} + v / 2", "p = p - lr * v"]

    w, lonely = [Value(1.0), Value(2.0)], Value(1.0)
    pair, single = Waves(w), Waves([lonely])
    for k in range(2 * HABIT):
        w[0].grad = lonely.grad = math.sin(k)
        pair.step()
        single.step()
        assert (lonely.data, single.state) == (w[0].data, pair.state[:1])
    runner, = single.rule.runners.values()
    assert blocks.batches(runner.program(False)) > 0


def test_an_error_changes_no_grad_and_the_next_row_finds_what_it_did():
    x = Value(1.0)
    weights = [Value(0.5 + k) for k in range(20)]
    replay = Replay(fsum([(x * w).log() for w in weights]), inputs=[x], backend="native")
    for _ in range(2 * HABIT):
        for v in (x, *weights):
            v.grad = 0.0
        assert replay.backward([[2.0]]) == pytest.approx(sum(math.log(2.0 * w.data) for w in weights))
        for row in ([0.0], [-1.0], [1e308]):
            before = [v.grad for v in (x, *weights)]
            with pytest.raises((ValueError, OverflowError)):
                replay.backward([row])
            assert [v.grad for v in (x, *weights)] == before
    assert abreast(replay.runner)


@every_machine
@pytest.mark.parametrize("width", range(1, 10))
def test_outputs_stand_in_their_rows(machine, width):
    x, w = Value(0.0), Value(2.0)
    scaled = [x * (k + 1.0) for k in range(width)]
    for outputs, first in ((scaled, []), ([w, Value(3.0), *scaled], [2.0, 3.0])):
        runner = runner_of(outputs, [x], machine)
        for n in (1, 7, 8, 9, 40, 300):
            found = runner.values(runner.read([[float(i)] for i in range(n)]), first)
            assert [*map(list, found)] == [[*first, *[i * (k + 1.0) for k in range(width)]] for i in range(n)]
