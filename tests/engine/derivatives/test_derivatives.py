"""engine/derivatives.py: derivatives that are Values again. hessian and jacobian have a file of their own."""
from math import isfinite

import pytest
from hypothesis import HealthCheck, assume, example, given, settings, strategies as st

from engine import GradientError, Op, Value, derivative, gradient
from engine.graph import postorder
from engine.testing import Graph, check_gradient, graphs, numbers
from engine.testing.strategies import table
from tests.engine.reference import UNDERFLOW, applied, kinked, path_sizes, precise_second, rounding, saturated

WEIGHTED = Graph(Value.weighted_cross_entropy([a := Value(0.5, "a"), b := Value(0.25, "b")], [b, a]))
POWER    = Graph(Value(1.0, "a") ** Value(0.0, "b"))
NEGATIVE = Graph(Value(-0.1, "a") ** 1.0)


@given(graphs())
def test_gradient_equals_backward(graph):
    assume(not kinked(graph.root))
    slopes = gradient(graph.root, graph.leaves)
    graph.root.backward()
    sizes = path_sizes(graph.root)
    for x, slope in zip(graph.leaves, slopes):
        assert abs(slope.data - x.grad) <= 1e-13 * sizes[x], x.label
        assert derivative(graph.root, x).data.hex() == slope.data.hex()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(graphs(size=6))
@example(WEIGHTED)
@example(POWER)
@example(NEGATIVE)
def test_second_derivatives_are_symmetric_and_exact(graph):
    leaves = graph.leaves
    numbers = [x.data for v in postorder(graph.root) for x in v.parents]
    assume(not kinked(graph.root) and all(n == 0.0 or abs(n) > 1e-100 for n in numbers))         # far from its steps
    assume(not any(map(saturated, postorder(graph.root))))
    slopes = gradient(graph.root, leaves)
    rows = [gradient(slope, leaves) for slope in slopes]
    for i, x in enumerate(leaves):
        exact = precise_second(graph.root, leaves, x)
        for j, y in enumerate(leaves):
            bound = rounding(rows[i][j]) + UNDERFLOW
            assert abs(rows[i][j].data - exact[j]) <= bound, f"∂²/∂{x.label}∂{y.label}"
            assert abs(rows[i][j].data - rows[j][i].data) <= bound + rounding(rows[j][i])


@given(graphs(size=6))
@example(NEGATIVE)
def test_a_look_at_the_graph_does_not_change_its_derivatives(graph):
    def nodes():
        return [(v.op.name, v.partials) for slope in gradient(graph.root, graph.leaves) for v in postorder(slope)
                if v.op]

    before = nodes()
    assert all(v.parents for v in postorder(graph.root) if v.op)
    assert repr(nodes()) == repr(before)


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_the_derivatives_of_each_row_are_functions_like_any_other(row):
    @settings(max_examples=25)
    @given(numbers(row, min_value=0.25, max_value=3.0))
    def test(point):
        assume(all(map(isfinite, applied(row, *point).partials)))                # not at the end of its domain
        apart = point[1:] if row.shape == "apart" else ()

        def slopes(*operands):
            leaves = [x for given_values in operands for x in (given_values if not row.arity else [given_values])
                      if isinstance(x, Value)] if row.shape != "pairs" else [*operands[0], *operands[1], *operands[2:]]
            return gradient(row(*operands, *apart), leaves)
        check_gradient(slopes, *point[:1] if row.shape == "apart" else point)
    test()


@given(st.floats(-2.0, 2.0))
def test_orders_go_on(x):
    v = Value(x)
    z = v ** 6
    for n in (6.0, 30.0, 120.0, 360.0, 720.0, 720.0):
        z = derivative(z, v)
        last, power = n, 0
    assert z.data == 720.0 and derivative(z, v).data == 0.0
    assert (last, power) == (720.0, 0)


def test_what_a_number_does_not_depend_on_has_derivative_zero():
    a, b = Value(2.0), Value(3.0)
    assert [slope.data for slope in gradient(a * a, [b, a, b])] == [0.0, 4.0, 0.0]
    assert derivative(a, a).data == 1.0 and derivative(a, b).data == 0.0


def test_it_leaves_grads_alone_and_its_results_lead_on():
    a = Value(2.0, "a")
    y = a ** 3
    a.grad = 5.0
    slope = derivative(y, a)
    assert (a.grad, y.grad) == (5.0, 0.0)
    slope.backward()
    assert a.grad == 5.0 + 12.0


def test_inner_values_may_be_the_variable():
    a = Value(2.0)
    inner = a * 3
    y = inner * inner
    assert derivative(y, inner).data == 12.0
    assert derivative(derivative(y, inner), inner).data == 2.0


def test_a_number_that_changed_since_is_not_mixed_with_the_new():
    p = Value(2.0, "p")
    y = p.exp() * p
    p.data = 3.0
    with pytest.raises(GradientError, match="computed with other numbers.*run the forward pass again"):
        derivative(y, p)
    y = p.exp() * p
    assert abs(derivative(y, p).data - 4 * 20.085536923187668) < 1e-13


def test_a_slope_that_does_not_exist_is_an_error_and_a_zero_gradient_goes_nowhere():
    x = Value(0.0, "x")
    with pytest.raises(GradientError, match="no finite slope where x is 0.0"):
        derivative(x.sqrt(), x)
    assert derivative(x.sqrt() * 0.0 + x, x).data == 1.0


@pytest.mark.parametrize("y, x", [(1.0, Value(1.0)), (Value(1.0), 1.0), (Value(1.0), "x"), (None, Value(1.0))])
def test_numbers_have_no_derivative(y, x):
    with pytest.raises(TypeError, match="a derivative is taken of a Value by Values; .* is an? "):
        derivative(y, x)


@pytest.mark.parametrize("y, x, way", [
    (abs, Value(1.0), r"of y = f\(x\), where x is a Value"), (1.0, Value(1.0), "compute with Values throughout"),
    (Value(1.0), [Value(1.0)], r"gradient\(y, \[x1, x2\]\)")])
def test_what_is_no_value_is_told_what_to_write(y, x, way):
    with pytest.raises(TypeError, match=f"; .*{way}$"):
        derivative(y, x)


def test_a_users_row_has_all_orders():
    cube = Op("x ** 3", "3 * x ** 2", name="derived_cube")
    v = Value(2.0)
    assert [derivative(cube(v), v).data, derivative(derivative(cube(v), v), v).data] == [12.0, 12.0]


def test_a_chain_of_100_000_has_a_derivative_without_recursion():
    a = Value(1.0)
    v = a
    for _ in range(100_000):
        v = v + a
    assert derivative(v, a).data == 100_001.0
