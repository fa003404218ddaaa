"""Every row of the tables over its whole domain, from its formulas alone.

How exact: a result or a partial is off by at most so many units in the last place of its exact value, or of what its
terms add up to where terms of either sign may cancel. To subtract the largest operand rounds the difference, which
costs a unit for each 1 of it; to divide by √2 rounds what the tail of erfc is sensitive to. Where a result is so small
that it lost digits, so have partials that use it.
"""
import math
from itertools import product, zip_longest

import pytest
from hypothesis import given, strategies as st
from mpmath import mp, mpf

from engine import Op, Value, gradient
from engine.readers.operands import result_of
from engine.testing import check_gradient, numbers
from engine.readers.numbers import Compared, Kind, complexes, differentiated
from engine.testing.checking import LARGE
from engine.testing.evaluation import value_of
from engine.testing.strategies import table
from tests.engine.reference import PRECISE, applied, precise

ROWS = table()
ULPS = {                                             # of the result, of its partials
    "add": (0.5, 0),     "sub": (0.5, 0),     "mul": (0.5, 0),    "truediv": (0.5, 1.5),  "neg": (0, 0),
    "pow": (1, 4),       "sqrt": (0.5, 1.5),  "abs": (0, 0),      "relu": (0, 0),         "fsum": (0.5, 0),
    "exp": (1, 1),       "expm1": (1, 1),     "log": (1, 0.5),    "log1p": (1, 1.5),      "softplus": (1.5, 2.5),
    "sin": (1, 1),       "cos": (1, 1),       "tan": (1, 2.5),    "tanh": (2, 5),         "sigmoid": (2.5, 4.5),
    "maximum": (0, 0.5), "minimum": (0, 0.5), "dot": (4, 0),      "affine": (5, 0),
    "asin": (1, 2),      "acos": (1, 2),      "atan": (1, 2),     "sinh": (2, 1.5),       "cosh": (1.5, 2),
    "asinh": (2, 2),     "acosh": (2, 2.5),   "atanh": (2, 2),    "log2": (1, 1),         "log10": (2, 1),
    "erf": (1, 2.5),     "erfc": (2.5, 2.5),  "hypot": (1, 1.5),  "atan2": (1, 4),        "xlogy": (2, 1),
    "silu": (2, 5),      "gelu": (3, 5),      "elu": (1, 1),      "leaky_relu": (0.5, 0), "softsign": (1.5, 3),
    "gaussian": (2.5, 3),
}                                                    # else 4 and 6
SHIFTED = {"logsumexp": 1, "softmax": 2, "log_softmax": 1, "cross_entropy": 1, "weighted_cross_entropy": 1}   # factors
LOST = {                                             # what partials make of the error of a result below 2.2e-308
    "truediv": lambda x, y: 1 / abs(y),
    "pow":     lambda x, y: abs(y) + abs(math.log(abs(x) or 1.0)),
    "tanh":    lambda x: 4.0,
    "gaussian": lambda x: 2 * abs(x),
    "hypot":   lambda x, y: 1 / (max(abs(x), abs(y)) or 1.0),
    "weighted_cross_entropy": lambda *n: max(1.0, *map(abs, n)),
}
ENDING = {"asin", "acos", "acosh", "atanh"}          # near 1 the complex step has to be a short one
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def kinked(row: Op, v, i: int) -> bool:
    """Whether the row has a kink at its operand i, or ends there."""
    x, *_ = of = [parent.data for parent in v.parents]
    return {"abs": x == 0, "relu": x == 0, "leaky_relu": x == 0, "sqrt": x == 0, "pow": x == 0 or x < 0 and i == 1,
            "asin": abs(x) == 1, "acos": abs(x) == 1, "acosh": x == 1, "hypot": not any(of), "atan2": not any(of),
            "xlogy": i == 0 == of[-1], "maximum": of.count(of[i]) > 1, "minimum": of.count(of[i]) > 1,
            }.get(row.name, False)


def unit(exact) -> mpf:
    """One unit in the last place of an exact number."""
    return mpf(math.ulp(min(abs(float(exact)), 1.7e308)))


def sizes(row: Op, v, value, slopes):
    """What the terms of the result, and those of each partial, add up to."""
    x, n = [abs(parent.data) for parent in v.parents], v.index
    size, each = abs(value), [abs(slope) for slope in slopes]
    if row.name in ("dot", "affine"):
        size = sum(x[2 * n:]) + sum(x[i] * each[i] for i in range(n))
    if row.name == "logsumexp":
        size = abs(value) + max(map(abs, x))
    if row.name in ("silu", "gelu"):                 # the share of x that passes, and x times what that changes by
        share = value / v.parents[0].data if x[0] else mpf(0.5)
        each = [abs(share) + abs(slopes[0] - share)]
    if row.name == "weighted_cross_entropy":
        weights, share = x[n:], [softmax(list(v.parents[:n]), i).data for i in range(n)]
        size = sum(weight * slope for weight, slope in zip(weights, each[n:]))
        each[:n] = [share[i] * sum(weights[:i] + weights[i + 1:]) + weights[i] * sum(share[:i] + share[i + 1:])
                    for i in range(n)]
    return size, each


softmax = Op.table["softmax"]


def shift(row: Op, v) -> float:
    """How many units an operand's rounding costs: how far those of which the largest is subtracted lie apart.

    Beyond 750 nothing is left of them.
    """
    x = [parent.data for parent in (v.parents[:v.index] if row.shape == "pairs" else v.parents)]
    if row.name == "gelu":
        return 1.5 * min(abs(x[0]), 40.0) ** 2
    return min(max(x) - min(x), 750.0) * SHIFTED.get(row.name, 0)


def coarse(row: Op, v) -> float:
    """How many of the smallest numbers a result may be off by: as much as its parts are."""
    x = [abs(parent.data) for parent in v.parents]
    return len(x) * sum(x) if row.shape == "pairs" else 1 + x[0] if row.name == "gelu" else 1.0


def size_of(v) -> float:
    """A result, but without what the sign of a zero decides, of which mpmath knows none."""
    x, *others = [parent.data for parent in v.parents]
    if v.op.name == "atan2" and x == 0.0:
        return abs(v.data) if any(others) else 0.0
    return v.data


@each_row
def test_results_and_partials_are_exact(row):
    ulps = ULPS.get(row.name, (4, 6))

    @given(numbers(row))
    def test(point):
        v = applied(row, *point)
        value, slopes = precise(v)
        size, each = sizes(row, v, value, slopes)
        assert abs(size_of(v) - value) <= (ulps[0] + shift(row, v)) * unit(size) + coarse(row, v) * mpf(5e-324)
        lost = LOST.get(row.name, lambda *x: 1.0)(*[parent.data for parent in v.parents]) * mpf(5e-324)
        for i, (partial, slope) in enumerate(zip(v.partials, slopes)):
            if kinked(row, v, i):
                continue
            if math.isnan(partial):
                assert abs(slope) > 1.79e308
            else:
                assert abs(partial - slope) <= (ulps[1] + shift(row, v)) * unit(each[i]) + lost, f"by operand {i}"
    test()


EDGES = [sign * n for n in (0.0, 5e-324, 0.5, math.nextafter(1.0, 0.0), 1.0, math.nextafter(1.0, 2.0), 1.5, 2.0, 2.5,
                            3.0, 17.0, 1e300) for sign in (1, -1)]


@pytest.mark.parametrize("row", [row for row in ROWS if row.arity], ids=lambda row: row.name)
def test_it_has_a_number_just_where_its_needs_hold_unless_that_overflows(row):
    for point in product(EDGES, repeat=row.arity):
        holds = not row.needs or eval(row.needs, {"floor": math.floor}, dict(zip("xy", point)))
        for function, operands in (row, map(Value, point)), (row.plain, point):
            try:
                function(*operands)
                defined = True
            except OverflowError:
                continue
            except (ValueError, ZeroDivisionError):
                defined = False
            assert defined == holds, point


@each_row
def test_partials_equal_the_complex_step(row):
    @given(numbers(row))
    def test(point):
        v = applied(row, *point)
        x = [parent.data for parent in v.parents]
        for i, partial in enumerate(v.partials):
            step = min(abs(x[i]) or 1.0, 1.0) * 2.0 ** (-120 if row.name in ENDING else -60)
            try:
                z = value_of(v, [*x[:i], complex(x[i], step), *x[i + 1:]], complexes)
            except (OverflowError, ZeroDivisionError):
                continue
            smooth = not kinked(row, v, i) and not math.isnan(partial) and (row.name != "pow" or abs(x[1]) < 1e8)
            large = step < 1e-300 * abs(x[i])        # of it a step is nothing
            lost = min(step, abs(z.imag), *[abs(n) for n in x if n]) < 1e-270 or not math.isfinite(z.imag) or large
            if smooth and not lost:                  # the step did not underflow
                size = sizes(row, v, v.data, v.partials)[1][i]
                assert abs(z.imag / step - partial) <= (16 + shift(row, v)) * 2.0 ** -52 * size, f"by operand {i}"
    test()


@each_row
def test_check_gradient_agrees(row):
    @given(numbers(row))
    def test(point):
        try:
            check_gradient(row, *point)
        except AssertionError as error:              # it says so where a slope is too large to compare anything with
            steepest = max(map(abs, applied(row, *point).partials))
            if steepest < LARGE or not str(error).startswith("nothing can be compared"):
                raise
    test()


def test_check_gradient_says_where_a_slope_is_too_large_to_be_compared():
    with pytest.raises(AssertionError, match="nothing can be compared"):
        check_gradient(Value.log2, 1.1125369292536007e-308)


@pytest.mark.parametrize("name", ["relu", "__abs__"])
def test_at_a_kink_the_slope_is_zero(name):
    for zero in (0.0, -0.0):
        assert getattr(Value(zero), name)().partials == (0.0,)


@given(st.lists(numbers(), min_size=1, max_size=5), st.integers(1, 4), st.sampled_from(["maximum", "minimum"]))
def test_ties_share_equally(xs, times, name):
    best = max(xs) if name == "maximum" else min(xs)
    xs = [*xs, *[best] * times]
    expected = tuple((x == best) / xs.count(best) for x in xs)
    assert getattr(Value, name)([Value(x) for x in xs]).partials == expected


@each_row
def test_a_plain_number_is_a_constant_whose_partial_is_never_found(row):
    @given(numbers(row))
    def test(point):
        v = applied(row, *point)
        for i, x in enumerate(v.parents):
            operands = [p.data if j == i else Value(p.data) for j, p in enumerate(v.parents)]
            if len(operands) > 1:
                z = result_of(row, operands, v.index)
                assert z.data.hex() == v.data.hex() and z.parents[i].constant and not z.parents[i - 1].constant
                assert z.parents[i].data == x.data and z.partials[i] == 0.0
    test()


def test_all_rows_are_tested():
    written = {id(op) for method in vars(Value).values() if isinstance(op := getattr(method, "op", None), Op)}
    assert {id(row) for row in ROWS} == written and len(ROWS) >= 50 and set(ULPS) <= {row.name for row in ROWS}


# What a textbook has, and what is differentiated --------------------------------------------------------------------

class Told(Kind):
    """Numbers of many digits, on which the partials are those that are told."""

    def quoted(self, row):
        return tuple([told or partial for partial, told in zip_longest(row.partials, row.told)])


class Again(Kind):
    """... or those that are differentiated."""

    def quoted(self, row):
        return differentiated(row)


def others(kind):
    return [row for row in ROWS if any(Kind(PRECISE.functions, Compared).quoted(row)[i] != text
                                       for i, text in enumerate(kind(PRECISE.functions, Compared).quoted(row)))]


BOTH = [pytest.param(row, kind, id=f"{row.name}-{kind.__name__}") for kind in (Told, Again) for row in others(kind)]


@pytest.mark.parametrize("row, kind", BOTH)
def test_what_is_told_and_what_is_differentiated_is_the_partial(row, kind):
    plain, other = Kind(PRECISE.functions, Compared), kind(PRECISE.functions, Compared)

    @given(numbers(row))
    def test(point):
        v = applied(row, *point)
        with mp.workdps(750):                        # 50, where a sum is 1e-700 of its terms
            x = [mpf(parent.data) for parent in v.parents]
            z, wanted = mp.re(plain.value(row, x, v.index)), [not kinked(row, v, i) for i in range(len(x))]
            exact, same = [some.partials(row, x, v.index, z, wanted) for some in (plain, other)]
            for i, want in enumerate(wanted):
                if want and not math.isnan(v.partials[i]):
                    size = sizes(row, v, z, [mp.re(d or 0) for d in exact])[1][i]
                    assert abs(mp.re(same[i]) - mp.re(exact[i])) <= 1e-16 * size + mpf("1e-330"), f"by operand {i}"
    test()


@pytest.mark.parametrize("row", others(Again), ids=lambda row: row.name)
def test_what_is_differentiated_is_as_exact_as_the_partial(row):
    ulps = ULPS.get(row.name, (4, 6))[1]

    @given(numbers(row))
    def test(point):
        v = applied(row, *point)
        x = [i for i, partial in enumerate(v.partials) if math.isfinite(partial) and not kinked(row, v, i)]
        value, slopes = precise(v)
        each = sizes(row, v, value, slopes)[1]
        lost = LOST.get(row.name, lambda *x: 1.0)(*[parent.data for parent in v.parents]) * mpf(5e-324)
        for i, slope in zip(x, gradient(v, [v.parents[i] for i in x])):
            assert abs(slope.data - slopes[i]) <= (ulps + 1 + shift(row, v)) * unit(each[i]) + lost, f"by operand {i}"
    test()


def test_the_tables_rows_call_what_there_is():
    for row in ROWS:
        for part in row.quoted:
            assert all(name in row.rows and len(call.args) == (row.rows[name].arity or 1)
                       for name, call in part.calls.items())


# One or two points for each clause of the slopes of x ** y, which a slope without the clause misses
POWERS = [(0.0, 0.0), (-1e-323, 0.0), (5e-324, 0.0), (0.0, 288.0), (-0.0, 102.0), (0.0, 1.0),
          (0.7658736788058577, 2711.0), (0.9999999999999999, 6.686705540912939e+18),
          (1.0475229084007055e-148, 2.961054435148281),
          (3.442902146504063e-167, 1.8663720111332585), (2.818869591084854e-167, 8.033576388259205e-05),
          (1.5e-323, 0.05623358497427144), (5e-323, 2.220446049250313e-16), (5e-324, 0.40800460734781047),
          (5e-324, 0.9999999999999999), (-0.09176994910066061, 301.0), (-0.09176994910066061, 302.0),
          (6.178364799959207e+273, -1.1329427839979187), (1e-310, 0.001308074988133887), (5e-324, 0.045),
          (1e-310, -0.00029880123402671713), (1.5538194666112877e+200, -0.0011469635936675645)]


@pytest.mark.parametrize("x, y", POWERS)
def test_each_clause_of_the_slopes_of_a_power(x, y) -> None:
    v = Value(x) ** Value(y)
    by_x, by_y = map(float, slopes_of_power(x, y))
    assert v.partials[0] == pytest.approx(by_x, rel=1e-14, abs=5e-323)
    assert x < 0 or x == 0 == y or v.partials[1] == pytest.approx(by_y, rel=1e-14, abs=5e-323)


def slopes_of_power(x, y):
    """The exact slopes, the second for a positive x."""
    if x == 0.0:
        return mpf(y == 1.0), mpf(0)
    with mp.workdps(60):
        a, b = mpf(x), mpf(y)
        sign = -1 if x < 0 and y % 2 == 0 else 1
        return sign * b * abs(a) ** (b - 1), abs(a) ** b * mp.log(abs(a))
