"""Replay beside eager code, on every backend."""
import math
import sys
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import Op, Replay, Value, affine, exp, logsumexp
from engine.formula import Formula
from engine.readers.instructions import calls
from engine.replay.rows import numpy
from engine.testing import graphs
from engine.testing.expression import Graph
from engine.testing.strategies import table
from tests.engine.replay.agreement import BACKENDS, ROWS, agrees, every_backend, flowers, looped, network
from tests.engine.replay.repeating import repeating
from tests.rows import restored


def chain():
    """A chain of sums whose terms are products and longer sums."""
    x, w = Value(0.5, "x"), Value(-0.25, "w")
    z = x * w
    for k in range(6):
        z = (w * x + z * 1.5) - (z if k % 2 else x) + 0
    return z


@given(graph=graphs(), rows=ROWS)
def test_replay_is_eager_code_over_the_rows(graph, rows):
    agrees(graph, rows)


@settings(max_examples=120)
@given(graph=repeating(), rows=ROWS)
def test_replay_is_eager_code_where_much_is_found_twice(graph, rows):
    agrees(graph, rows)


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
@settings(max_examples=12)
@given(data=st.data(), rows=ROWS)
def test_every_row_replays(row, data, rows):
    agrees(data.draw(graphs([row], size=3)), rows)


@given(graph=graphs(["add", "sub", "neg", "mul", "affine"], size=25), rows=ROWS)
@example(graph=Graph(chain()), rows=[[1.0, 0.0], [1e-3, 2.0]])
def test_chains_of_sums_and_products_are_eager_code(graph, rows):
    agrees(graph, rows)


@every_backend
def test_a_sum_is_added_up_in_the_order_of_the_graph(backend):
    x, w = Value(1.0), Value(1.0)
    big = w * 2.0 ** 70
    replay = Replay((x + 1) + (big - w * 2.0 ** 70), inputs=[x], backend=backend)
    assert replay([[1.0], [3.0]]) == [2.0, 4.0]
    assert replay.backward([[1.0], [3.0]]) == 6.0
    assert (x.grad, w.grad) == (2.0, 0.0)


@every_backend
@pytest.mark.parametrize("n", [100, 101, 1200])
def test_rows_and_sums_of_many_operands(backend, n):
    x, ws = Value(1.0), [Value(math.sin(i)) for i in range(n)]
    total = 0
    for w in ws:
        total = total + x * w
    replay = Replay(affine(ws, [x] * n, 1.0) + logsumexp([w * x for w in ws]) + total, inputs=[x], backend=backend)
    (outputs, slopes), = looped(replay.tape, [[0.5]])
    assert replay.backward([[0.5]]) == pytest.approx(outputs[0], rel=1e-12)
    assert [v.grad for v in replay.tape.leaves] == pytest.approx(slopes, rel=1e-12)


@every_backend
def test_a_leafs_number_stays_where_it_is_needed(backend):
    x, w = Value(0.0), Value(0.1)
    replay = Replay(-x / w, inputs=[x], backend=backend)
    replay.backward([[0.5]])
    assert (x.grad, w.grad) == (-10.0, pytest.approx(50.0))


@every_backend
@pytest.mark.parametrize("n", [1, 7, 8, 9, 128, 255, 257, 383, 385])
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
def test_a_row_of_ones_own_replays(backend):
    swish = Op("x * sigmoid(x)", "sigmoid(x) * (1 + x * sigmoid(-x))", name="replayed_swish")
    x, w = Value(1.0), Value(-2.0)
    replay = Replay(swish(x * w), inputs=[x], backend=backend)
    found = looped(replay.tape, [[0.5], [-800.0], [3.0]])
    assert replay([[0.5], [-800.0], [3.0]]) == pytest.approx([outputs[0] for outputs, _ in found], rel=1e-14)
    replay.backward([[0.5], [-800.0], [3.0]])
    assert w.grad == pytest.approx(math.fsum(slopes[1] for _, slopes in found), rel=1e-14)


@every_backend
def test_a_row_calls_the_rows_that_were_there_when_it_was_poured(backend):
    with restored():
        Value.inner = Op("2 * x", "2")
        Value.outer = Op("inner(x) + x * x", "2 + 2 * x")
        x = Value(1.0)
        before = Replay(x.outer(), inputs=[x], backend=backend)
        Value.inner = Op("5 * x", "5")
        assert before([[3.0]]) == Replay(x.outer(), inputs=[x], backend=backend)([[3.0]]) == [15.0]
        scope = {}
        exec(before.as_python(), scope)
        assert scope["values"]([3.0]) == [15.0]


@every_backend
def test_a_row_that_is_replaced_stays_as_it_was_recorded(backend):
    with restored():
        Value.twice = Op("2 * x", "2")
        x = Value(1.0)
        replay = Replay(x.twice(), inputs=[x], backend=backend)
        Value.twice = Op("3 * x", "3")
        assert replay([[1.0]]) == [2.0]
        assert replay.backward([[1.0]]) == x.grad == 2.0


@pytest.mark.skipif(numpy() is None, reason="needs NumPy")
@pytest.mark.parametrize("backend, n", [(name, n) for name, n in (("native", 10_000_000), ("numpy", 1_000_000))
                                        if name in BACKENDS])
def test_millions_of_rows_lose_no_digits(backend, n):
    x, w = Value(1.0), Value(1.0)
    replay = Replay(x * w, inputs=[x], backend=backend)
    exact = float(Fraction(0.1) * n)
    assert replay.backward(numpy().full((n, 1), 0.1)) == exact
    assert math.isclose(w.grad, exact, rel_tol=2.0 ** -49)     # up to 383 rows are added plainly, in 8 lanes
    assert x.grad == n


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
                                ([1.0], TypeError, "needs leaves as inputs"), (3, TypeError, "a list of leaves"),
                                ({x}, TypeError, "in order"), (x, TypeError, "in order")]:
        with pytest.raises(kind, match=words):
            Replay(y, inputs=inputs)
    for outputs, kind in [([], ValueError), (2.0, TypeError), ([y, "y"], TypeError), ({y}, TypeError)]:
        with pytest.raises(kind, match="Replay"):
            Replay(outputs, inputs=[x])
    with pytest.raises(ValueError, match="backend"):
        Replay(y, inputs=[x], backend="gpu")
    for threads in (-1, 1.5, "2", True, 2 ** 40):
        with pytest.raises(ValueError, match="threads"):
            Replay(y, inputs=[x], threads=threads)


def test_the_inner_values_of_the_graph_are_not_kept():
    x = Value(2.0)
    inner = x * 2
    before = sys.getrefcount(inner)
    replay = Replay(exp(inner), inputs=[x])
    assert sys.getrefcount(inner) == before
    assert replay([[0]]) == [1.0]


DROPPED = ["(x / y) ** 0", "exp(x) ** 0", "x if log(y) > 0 else x", "1 if 1 / y or 1 else 2",
           "1 if log(y) > 0 or log(y) == 0 or log(y) < 0 else 2",
           "abs(y ** 0.5)", "x * (0 if sqrt(y) < 0 and 0 else 1)"]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("formula", DROPPED)
def test_what_fails_in_eager_code_fails_in_a_replay_though_its_number_is_not_needed(formula, backend):
    row = Op(formula, "0", "0", name="dropped") if "y" in formula else Op(formula, "0", name="dropped")
    operands = [Value(1.0), Value(2.0)][:row.arity]
    replay = Replay(row(*operands), inputs=operands, backend=backend)
    for numbers in [[1.0, 2.0], [1.0, 0.0], [1.0, -1.0], [1000.0, 2.0]]:
        numbers = numbers[:row.arity]
        try:
            expected = row(*map(Value, numbers)).data
        except (ArithmeticError, ValueError) as error:
            with pytest.raises(type(error)):
                replay([numbers])
        else:
            assert replay([numbers])[0] == pytest.approx(expected, rel=1e-15)


@every_backend
@pytest.mark.parametrize("sign", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("limit", ["0", "1", "-0.5"])
def test_a_comparison_of_a_negated_operand_stays_that_comparison(backend, sign, limit):
    choice = Op(f"x if -x {sign} {limit} else 2 * x", f"1 if -x {sign} {limit} else 2", name="replayed_choice")
    x, w, rows = Value(0.25), Value(1.0), [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]
    replay = Replay(choice(x * w), inputs=[x], backend=backend)
    assert replay([[n] for n in rows]) == [choice(n) for n in rows]
    assert [replay.gradient([[n]]) for n in rows] == [[n * choice(Value(n)).partials[0]] for n in rows]


def test_what_an_aggregate_runs_over_is_not_found_once_for_both_branches():
    found = {text: sorted(calls(Formula(text).tree)) for text in ("exp(x) / y", "sum(x / y)", "exp(x) + max(y)")}
    assert found == {"exp(x) / y": ["div", "exp"], "sum(x / y)": [], "exp(x) + max(y)": []}
