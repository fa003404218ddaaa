"""The table as JavaScript, beside Python's, in V8 itself."""
from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings, strategies as st

from engine import Op, Value
from engine.errors import FAILURES
from engine.formula import FLOATS, FUNCTIONS
from engine.graph import slopes
from engine.readers.operands import example_of, result_of
from engine.testing import graphs, numbers
from engine.testing.expression import Graph
from engine.live.recording import Recording
from tests.engine.cases import cases, computed
from tests.engine.live.racer import Racer
from tests.engine.test_table import sizes
from tests.rows import restored

CASES = [case for name in ("vectors.json", "vectors-2.json") for case in cases(name)]
UNITS = 4                            # in the last place, for each operation of a formula


@pytest.fixture(scope="module")
def racer():
    return Racer()


def units(came, wanted):
    """How far one number is from another, in units in the last place of the second."""
    return 0.0 if came == wanted else abs(came - wanted) / math.ulp(wanted)


def size(formula):
    """How many operations a formula has, those of other rows not counted."""
    return max(1, len([node for node in formula.nodes if not hasattr(node, "id") and not hasattr(node, "value")]))


def test_all_vectors_have_their_values_and_gradients(racer):
    made = [computed(case) for case in CASES]
    assert len(made) == 1247
    for case, (leaves, root), (values, grads) in zip(CASES, made, racer.graphs([root for _, root in made])):
        within, places = case["tol"], Recording(root).places
        assert abs(values[-1] - case["value"]) <= max(within["abs"], within["value"] * abs(case["value"])), case["expr"]
        for name, exact in case["grads"].items():
            came = grads[places[leaves[name]]] if leaves[name] in places else 0.0
            assert abs(came - exact) <= max(within["abs"], within["grads"][name] * abs(exact)), (case["expr"], name)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_fails_where_pythons_does_and_is_as_near(racer, name):
    function = FUNCTIONS[name]
    xs = [0.0, 1.0, -1.0, 0.5, -0.6, 0.99, 1.5, -3.2, 5.1, -7.3, 27.3, -28.0, 710.0, -750.0, 1e5, 1e-310, 1e308, -1e308]
    points = [[x, y] for x in xs for y in xs] if function.takes != 1 else [[x] for x in xs]
    called = name if function.takes else f"(x, y) => {function.javascript}([x, y])"
    for point, came in zip(points, racer.run([], f"{points}.map(point => attempt(() => ({called})(...point)))")):
        try:
            wanted = FLOATS[name](*point)
        except FAILURES as error:
            assert came["overflows"] == isinstance(error, OverflowError), point
        else:
            assert units(came, wanted) <= UNITS, (point, came, wanted)


WHOLE = st.tuples(st.integers(-2 ** 53, 2 ** 53), st.integers(-60, 60)).map(lambda parts: math.ldexp(*parts))


@given(st.lists(st.lists(WHOLE | st.sampled_from([0.0, 1.0, -1.0, 2.0 ** -53, 2.0 ** -54, -2.0 ** -54, 2.0 ** -106]),
                         max_size=8), min_size=1, max_size=20))
@example([[1.0, 2.0 ** -53, 2.0 ** -106], [1.0, 2.0 ** -53, -2.0 ** -106], [1.0, 2.0 ** -53], [-1.0, -2.0 ** -53],
          [1.0, -2.0 ** -54, -2.0 ** -108], [1.0 + 2.0 ** -52, 2.0 ** -53, -2.0 ** -106],
          [-1.0, -2.0 ** -53, 2.0 ** -110], [1.0, 2.0 ** -53, -2.0 ** -110],
          [-1.0, -2.0 ** -53, -2.0 ** -106], [1e100, 1.0, 2.0 ** -53, 2.0 ** -106, -1e100],
          [1e16, 1.0, -1e16], [1e100, 1.0, -1e100, 1e-100], [], [1.0], [0.1] * 10, [1e308, -1e308, 1e292]])
def test_the_exact_sum_is_rounded_once_as_pythons_is(racer, lists):
    came = racer.run([], f"{lists}.map(terms => fsum(terms))")
    assert list(map(float, came)) == [math.fsum(terms) for terms in lists]


def terms_of(v):
    """What the terms of each partial add up to: more than the partial, where they cancel."""
    partials = [d if d is not None and math.isfinite(d) else 0.0 for d in slopes(v)]
    return [max(abs(d), float(each)) for d, each in zip(partials, sizes(v.op, v, v.data, partials)[1])]


def agree(racer, root):
    """Assert that each operation of a graph gives what Python's gave of the same operands."""
    found, steps = racer.steps(root)
    for v, step in zip(found.nodes, steps):
        if v.op:
            z, partials = step
            assert len(partials) == len(v.parents)
            bound = UNITS * size(v.op.formula) * max(1, len(v.parents))
            assert units(z, v.data) <= bound, (v.op, [x.data for x in v.parents], z)
            for place, (came, wanted, terms) in enumerate(zip(partials, slopes(v), terms_of(v))):
                if wanted is not None and math.isfinite(wanted):
                    most = UNITS * max(map(size, v.op.partials)) * max(1, len(v.parents)) * math.ulp(terms)
                    assert abs(came - wanted) <= most, (v.op, place, [x.data for x in v.parents], came, wanted)
                elif wanted is not None:
                    assert not math.isfinite(came), (v.op, place)


@given(graphs())
@example(Graph(Value(-0.7568024953079282).gelu()))   # where the terms of its slope cancel
def test_every_operation_of_a_graph_is_pythons(racer, graph):
    agree(racer, graph.root)


@pytest.mark.parametrize("name", Op.table)
@pytest.mark.parametrize("other", [lambda y: y, lambda y: 0.5 * y + 0.25], ids=["alike", "unlike"])
def test_every_row(racer, name, other):
    """Where y is x in another order, what runs over the one is equal to what runs over the other."""
    row, points = Op.table[name], [[0.3, -0.7, 1.9], [2.0, 2.0, 0.5], [1.0, 0.25, -3.0], [40.0, -40.0, 0.0]]
    made = 0
    for point in points:
        xs, index = example_of(row, point, 1)
        pairs = index if row.shape == "pairs" else 0
        operands = [other(x) if pairs <= i < 2 * pairs else x for i, x in enumerate(xs)]
        try:
            root = result_of(row, list(map(Value, operands)), index)
        except FAILURES:
            continue
        made += 1
        agree(racer, root)
    assert made or name == "cross_entropy_by_number"         # whose b is one of its y


OWN = {                              # of few operands, of many, of one of many, of pairs; that call others, themselves
    "quick": ("x * sigmoid(1.702 * x)", "sigmoid(1.702 * x) * (1 + 1.702 * x * sigmoid(-1.702 * x))"),
    "var":   ("x ** 3 if x > 0 or x < -2 else -x / (1 + x * x)", "3 * x ** 2 if x > 0 or x < -2 else "
              "(x * x - 1) / (1 + x * x) ** 2"),
    "delete": ("var(x) + quick(y) * max(x, y, 0)", "1", "quick(y)"),
    "stepped": ("(x > 0) + x", "1"),
    "either": ("(x if x > 0 else 2 * x) + (x if x < 1 else 3) * 2", "(1 if x > 0 else 2) + (2 if x < 1 else 0)"),
    "length": ("sqrt(sum(y * y))", "x / z"),
    "share":  ("x / sum(y)", "others(y) / sum(y) ** 2", "-x / sum(y) ** 2"),
    "mixed":  ("sum(x * y) / b", "y / b", "x / b", "-z / b"),
}


@settings(max_examples=30)
@given(st.lists(numbers(min_value=0.1, max_value=3.0), min_size=3, max_size=3))
def test_own_rows_are_read_as_ours_are(racer, points):
    with restored():
        for name, texts in OWN.items():
            row = Op(*texts, name=name)
            operands, index = example_of(row, [Value(x) for x in points], 1)
            agree(racer, result_of(row, operands, index))


def test_no_word_of_javascript_and_no_line_break_gets_in_from_a_row(racer):
    with restored():
        row = Op("(x\n + 1)", "1", name="function")
        found, steps = racer.steps(row(Value(1.0)))
    assert steps[-1] == [2.0, [1.0]]
