"""Each row of the tables on its own: derivatives of orders 1 to 3, and second ones entry by entry."""
from itertools import product
from math import isfinite

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as some
from mpmath import mp, mpf

from engine import Op, Value, derivative, hessian
from engine.testing import numbers
from engine.testing.evaluation import value_of
from engine.testing.strategies import table
from tests.engine.reference import PRECISE, applied, kinked, precise_second, rounding
from tests.engine.test_table import shift

CROSSING = {"pow", "tan", "softmax", "weighted_cross_entropy", "gaussian", "silu", "gelu"}
"""Their second derivatives are 0 where none of their terms is: they are exact to 1e-14 of these."""
each_row = pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
slowly = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def smooth(row, v):
    """Whether all slopes exist there, and so do theirs."""
    x = [parent.data for parent in v.parents]
    return not kinked(v) and all(map(isfinite, v.partials)) and not (row.name == "pow" and x[0] < 0.0)


@each_row
def test_orders_1_to_3(row):
    @slowly
    @given(numbers(row, min_value=-8.0, max_value=8.0))
    def test(point):
        v = applied(row, *point)
        x = [parent.data for parent in v.parents]
        assume(smooth(row, v) and all(abs(n) > 1e-3 for n in x))
        for i, leaf in enumerate(v.parents):
            if row.name == "at" and not v.index <= i < 2 * v.index:                  # beside a key there is no value
                continue
            z = v
            for order in 1, 2, 3:
                z = derivative(z, leaf)
                with mp.workdps(80):
                    exact = mp.diff(lambda n: mp.re(value_of(v, [*map(mpf, x[:i]), n, *map(mpf, x[i + 1:])], PRECISE)),
                                    mpf(x[i]), order)
                    assert abs(z.data - exact) <= rounding(z) + 1e-60, f"order {order} by operand {i}"
    test()


@each_row
def test_second_derivatives_are_exact_entry_by_entry_and_symmetric(row):
    @slowly
    @given(numbers(row, min_value=-40.0, max_value=40.0))
    def test(point):
        v = applied(row, *point)
        leaves = list(v.parents)
        assume(smooth(row, v) and all(n.data == 0.0 or abs(n.data) > 1e-90 for n in leaves))     # far from the steps
        found = hessian(v, leaves)
        for i, x in enumerate(leaves):
            exact = precise_second(v, leaves[i:], x)             # one half: the other has the same bits
            for j, entry in enumerate(found[i][i:], i):
                near = rounding(entry) / 10 if row.name in CROSSING else 1e-100 * max(map(abs, exact))  # of 80 digits
                within = (1e-14 + 4 * shift(row, v) * 2.0 ** -53) * abs(exact[j - i]) + near + 1e-290
                assert abs(entry.data - exact[j - i]) <= within, f"∂²/∂{i}∂{j}"
                assert entry.data.hex() == found[j][i].data.hex()
    test()


@given(some.sampled_from([1.1e-100, 2.6e-78, 1e-51, 1e-49, 1.0, 1e49, 1e51, 9e99]), some.floats(0.51, 1.9),
       some.sampled_from([0.0, 1e-15, 1e-9, -1e-12]), some.sampled_from([(1, 1), (-1, 1), (1, -1), (-1, -1)]))
@example(2.615294626718291e-78, 1.0, 0.0, (1, 1))
@example(9e99, 1.0, 1e-9, (-1, 1))
def test_the_second_derivatives_of_an_angle_are_exact_where_its_sides_are_about_equal(scale, ratio, off, signs):
    v = applied(Op.table["atan2"], signs[0] * scale, signs[1] * scale * (ratio + off))
    found = hessian(v, v.parents)
    x, y = [mpf(leaf.data) for leaf in v.parents]
    with mp.workdps(60):
        square = (x * x + y * y) ** 2
        exact = [[-2 * x * y / square, (x * x - y * y) / square], [(x * x - y * y) / square, 2 * x * y / square]]
        for i, j in product((0, 1), (0, 1)):
            assert abs(found[i][j].data - exact[i][j]) <= 1e-14 * abs(exact[i][j]) + 5e-324, (i, j)


def by_the_book(name, x):
    """The second derivative of tanh or sigmoid."""
    t, s = mp.tanh(x), mp.tanh(x / 2)
    return -2 * t * (1 - t * t) if name == "tanh" else -s * (1 - s * s) / 4


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
@pytest.mark.parametrize("n", [1e-12, -1e-12, 1e-5, -0.3, 5e-324, -1e-300, 1.7e308, 18.0, -354.0])
def test_second_derivatives_of_what_saturates_are_exact(name, n):
    x = Value(n)
    (found,), = hessian(Op.table[name](x), [x])
    with mp.workdps(400):
        exact = by_the_book(name, mpf(n))
        assert abs(found.data - exact) <= 1e-14 * abs(exact) + mpf(5e-324)


def test_a_saturated_target_has_a_second_derivative_by_each_logit():
    for name, sign in ("cross_entropy", 1.0), ("log_softmax", -1.0):
        v = applied(Op.table[name], [0.0, 60.0, 30.0], 0)
        found = hessian(v, v.parents)
        assert found[0][2].data == found[2][0].data == pytest.approx(sign * -8.194012623990515e-40, rel=1e-13)


@pytest.mark.parametrize("z", [[1.0, 1.0], [0.0, 1e-9], [3.0, 3.0 + 1e-12], [-5.0, -5.0 + 2.0 ** -30], [0.1] * 4,
                               [1.5, 0.0], [6.0, 0.0], [0.0, 6.0], [40.0, 0.0], [0.0, 2.0]])
def test_between_logits_about_equal_or_not_the_second_derivatives_of_a_share_are_exact(z):
    v = applied(Op.table["softmax"], z, 0)
    found = hessian(v, v.parents)
    assert [derivative(v, x).data for x in v.parents] == pytest.approx(v.partials, rel=2e-15)
    for i, x in enumerate(v.parents):
        for entry, exact in zip(found[i], precise_second(v, v.parents, x)):
            assert abs(entry.data - exact) <= 2e-15 * abs(exact) + 1e-300
