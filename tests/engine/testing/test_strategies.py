"""engine/testing/strategies.py: what is drawn, what it shrinks to, and when hypothesis loads."""
import math
import subprocess
import sys

import pytest
from hypothesis import Phase, find, given, settings, strategies as st
from hypothesis.errors import NoSuchExample

import engine
from engine import Op, Value
from engine.graph import postorder
from engine.testing import check_gradient, graphs, numbers
from engine.testing.strategies import HUGE, LARGE, defined, grown, table


def drawn(strategy, count=400):
    """Many examples, always the same."""
    found = []

    @settings(max_examples=count, derandomize=True, database=None)
    @given(strategy)
    def collect(example):
        found.append(example)
    collect()
    return found


def test_numbers_have_every_magnitude():
    found = drawn(numbers())
    assert {0.0, 1.0, -1.0, 5e-324} <= set(found)
    assert {math.copysign(1.0, x) for x in found if x == 0.0} == {1.0, -1.0}
    assert any(0 < abs(x) < 2.2e-308 for x in found) and any(abs(x) > 1e300 for x in found)
    assert sum(0.01 < abs(x) < 10.0 for x in found) > 50
    assert all(math.isfinite(x) and abs(x) <= HUGE for x in found)


@given(st.data(), st.floats(-100.0, 100.0), st.floats(0.0, 100.0))
def test_numbers_respect_their_bounds(data, low, width):
    assert low <= data.draw(numbers(min_value=low, max_value=low + width)) <= low + width


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_points_of_a_row_lie_in_its_domain(row):
    found = drawn(numbers(row), 80)
    assert all(defined(row, point) for point in found)
    if not row.arity:
        assert {1, 2, 3, 4, 5} == {len(point[0]) for point in found}
    if row.shape == "apart":
        assert all(0 <= index < len(xs) for xs, index in found) and len({index for _, index in found}) > 2
    edges = {"log": 5e-324, "sqrt": 0.0, "relu": 0.0, "abs": -0.0, "log1p": 5e-324}
    assert row.name not in edges or any(x == edges[row.name] for x, in found)


def test_points_of_any_function():
    def ratio(x, y, *, scale=1.0):
        return engine.log(x) / y * scale
    found = drawn(numbers(ratio))
    assert all(x > 0 and y != 0 for x, y in found)
    assert not defined(ratio, (-1.0, 1.0)) and defined(ratio, (1.0, 1.0))


def test_graphs_hold_what_can_go_wrong():
    found = drawn(graphs(), 800)
    nodes = [v for graph in found for v in postorder(graph.root) if v.op]
    used = [[x for v in postorder(graph.root) for x in v.parents if not x.constant] for graph in found]
    assert {v.op.name for v in nodes} == {row.name for row in table()}
    assert sum(len(set(xs)) < len(xs) for xs in used) > 200                     # shared values
    assert sum(len(set(v.parents)) < len(v.parents) for v in nodes) > 200       # equal operands
    assert sum(x.constant for v in nodes for x in v.parents) > 200
    assert {1, 2, 3, 4} == {len(graph.leaves) for graph in found}
    assert max(sum(v.op is not None for v in postorder(graph.root)) for graph in found) >= 8
    assert all(abs(n) <= LARGE for v in nodes for n in (v.data, *v.partials))


@given(graphs(["add", "mul", engine.exp], leaves=2, size=3, numbers=st.sampled_from([0.5, 2.0])))
def test_graphs_can_be_restricted(graph):
    order = postorder(graph.root)
    assert {v.op.name for v in order if v.op} <= {"add", "mul", "exp"}
    assert len(graph.leaves) <= 2 and {x.data for x in graph.leaves} <= {0.5, 2.0}
    assert sum(v.op is not None for v in order) <= 3


def test_a_users_row_joins_the_graphs():
    Value.tested_cube = Op("x ** 3", "3 * x ** 2")
    assert Op.table["tested_cube"] in table()
    graph = find(graphs(), lambda graph: any(v.op and v.op.name == "tested_cube" for v in postorder(graph.root)),
                 settings=settings(max_examples=2000, database=None, phases=[Phase.generate, Phase.shrink]))
    check_gradient(graph, *graph.leaves)


def test_rows_with_a_name_alone_join_no_graphs():
    before = table()
    Op("x", "1", name="only_named")
    assert "only_named" in Op.table and table() == before


FEW = ["add", "mul", "exp", "sin", "tanh", "maximum", "softmax", "cross_entropy"]


def shrunk(wanted, rows=None):
    """The simplest graph for which a condition holds, as text; not explained, which takes as long as finding it."""
    search = settings(max_examples=20_000, database=None, derandomize=True, phases=[Phase.generate, Phase.shrink])
    return repr(find(graphs(rows, size=4), wanted, settings=search))


def test_graphs_shrink_to_readable_expressions():
    def has(*names):
        return lambda graph: set(names) <= {v.op.name for v in postorder(graph.root) if v.op}
    assert shrunk(has("tanh")) == "Value(0.0, 'a').tanh()"
    assert shrunk(lambda graph: any(v.op and v.op.name == "mul" and v.parents[0] is v.parents[1]
                                    for v in postorder(graph.root)), FEW) == "(a := Value(0.0, 'a'),\n a * a)[-1]"
    assert len(shrunk(has("tanh", "sin"), FEW)) <= len("(Value(0.0, 'a').tanh()).sin() + 0.0")


def test_steps_that_are_not_defined_are_left_out():
    log = Op.table["log"]
    graph = grown([-1.0, 2.0], [], [(log, [0], 0), (log, [7], 0)])
    assert repr(graph) == "Value(2.0, 'b').log()"
    with pytest.raises(NoSuchExample):
        find(graphs(["log"], numbers=st.just(-1.0)), lambda graph: graph.root.op, settings=settings(database=None))


def test_hypothesis_loads_when_a_strategy_is_asked_for_and_not_before():
    code = ("import sys; from engine.testing import check_gradient, graphs, numbers; check_gradient(abs, -2.0); "
            "assert 'hypothesis' not in sys.modules; numbers(); assert 'hypothesis' in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_hypothesis_there_is_one_clear_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis.strategies", None)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    for strategy in (numbers, graphs):
        with pytest.raises(ImportError, match="need hypothesis, which is not installed; run: pip install hypothesis$"):
            strategy()


@pytest.mark.parametrize("wrong, kind, sentence", [
    (lambda: graphs(["nonesuch"]),       ValueError, "'nonesuch' is none; there are add, sub"),
    (lambda: graphs([lambda x: x]),      ValueError, "needs rows of the table, their methods or names"),
    (lambda: graphs([]),                 ValueError, "an empty list came; leave it out for all"),
    (lambda: graphs("exp"),              TypeError,  "graphs(operations) needs a list of rows"),
    (lambda: graphs(leaves=0),           ValueError, "graphs(leaves) needs a whole number from 1; 0 came"),
    (lambda: graphs(leaves=True),        ValueError, "graphs(leaves) needs a whole number from 1; True came"),
    (lambda: graphs(size=2.5),           ValueError, "graphs(size) needs a whole number from 1; 2.5 came"),
    (lambda: graphs(numbers=3),          TypeError,  "graphs(numbers) needs a strategy, as floats(-1.0, 1.0) is one"),
    (lambda: numbers("exp"),             TypeError,  "numbers(function) needs a function of Values, or a row"),
    (lambda: numbers(min_value=3, max_value=1),  ValueError, "needs a smallest and a largest number; 3 and 1 came"),
    (lambda: numbers(min_value=math.nan), ValueError, "numbers(min_value) needs a finite number"),
])
def test_what_cannot_be_drawn_is_refused_at_once(wrong, kind, sentence):
    with pytest.raises(kind) as refused:
        wrong()
    assert sentence in str(refused.value)


def test_from_zero_no_negative_zero_is_drawn():
    for least in 0.0, 0:
        with pytest.raises(NoSuchExample):
            find(numbers(min_value=least, max_value=1.0), lambda n: math.copysign(1.0, n) < 0.0,
                 settings=settings(database=None, max_examples=300))
