"""Rows of any form that hypothesis draws, with partials by a textbook's rules: all that reads a row finds the same."""
from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from engine import Op, Replay, Value, gradient
from engine.readers.c import Writer
from engine.testing import check_gradient
from tests.engine.reference import precise
from tests.engine.replay.agreement import BACKENDS

few = settings(max_examples=25, suppress_health_check=list(HealthCheck))

# A formula in x and y is its text and its two partials. Numbers are such that nothing overflows, and no kink is met.
NUMBERS = st.sampled_from(["2", "0.5", "3", "1.25"]).map(lambda n: (n, "0", "0"))
NAMES   = st.sampled_from([("x", "1", "0"), ("y", "0", "1")])
WITHIN  = {"sin({})": "cos({0}) * ({1})", "cos({})": "-sin({0}) * ({1})",
           "tanh({})": "4 * sigmoid(2 * ({0})) * sigmoid(-2 * ({0})) * ({1})",
           "sigmoid({})": "sigmoid({0}) * sigmoid(-({0})) * ({1})", "-({})": "-({1})", "({}) ** 2": "2 * ({0}) * ({1})",
           "exp(sin({}))": "exp(sin({0})) * cos({0}) * ({1})",
           "log1p(({}) ** 2)": "2 * ({0}) * ({1}) / (1 + ({0}) ** 2)"}


def function(text, rule, inner):
    f, *slopes = inner
    return text.format(f), *[rule.format(f, d) for d in slopes]


def product(f, g):
    return f"({f[0]}) * ({g[0]})", *[f"({df}) * ({g[0]}) + ({f[0]}) * ({dg})" for df, dg in zip(f[1:], g[1:])]


def quotient(f, g):
    below = f"(1 + ({g[0]}) ** 2)"
    return f"({f[0]}) / {below}", *[f"(({df}) * {below} - ({f[0]}) * 2 * ({g[0]}) * ({dg})) / {below} ** 2"
                                    for df, dg in zip(f[1:], g[1:])]


def infix(sign, f, g):
    return tuple([f"({a}) {sign} ({b})" for a, b in zip(f, g)])


def choice(test, f, g):
    return tuple([f"({a}) if {test} else ({b})" for a, b in zip(f, g)])


def larger(inner, tests):
    parts = inner, inner
    return st.one_of(
        st.builds(lambda pair, f: function(*pair, f), st.sampled_from([*WITHIN.items()]), inner),
        st.builds(infix, st.sampled_from("+-"), *parts), st.builds(product, *parts), st.builds(quotient, *parts),
        st.builds(choice, st.sampled_from(tests), *parts))


CHOICES  = ["x > y", "x < 0.3", "y >= 0.1", "x < y < 1", "x > 0 or y > 0", "x != 1"]
OF_ONE   = st.recursive(NUMBERS | st.just(("y", "0", "1")), lambda inner: larger(inner, ["y > 0.1", "0 < y < 1"]),
                        max_leaves=5).filter(lambda formula: "y" in formula[0])
FORMULAS = st.recursive(NAMES | NUMBERS, lambda inner: larger(inner, CHOICES), max_leaves=6)
POINTS   = st.floats(-2.0, 2.0).map(lambda x: round(x, 3) + 0.0001)


MANY     = st.lists(POINTS, min_size=2, max_size=4, unique=True)


def in_x(text):
    """A partial in y, of x."""
    return re.sub(r"\by\b", "x", text)


def agree(row, *given) -> None:
    """What is read of a row agrees at a point: eager, derivatives, replays, 100 digits."""
    try:
        check_gradient(row, *given)
    except OverflowError:
        assume(False)
    z = row(*[list(map(Value, part)) if isinstance(part, list) else part if isinstance(part, int) else Value(part)
              for part in given])
    leaves = list(z.parents)
    z.backward()
    slopes = [x.grad for x in leaves]
    value, exact = precise(z)
    assert z.data == pytest.approx(float(value), rel=1e-12, abs=1e-12)
    assert slopes == pytest.approx([*map(float, exact)], rel=1e-11, abs=1e-11 * max(1.0, *map(abs, slopes)))
    assert [d.data for d in gradient(z, leaves)] == pytest.approx(slopes, rel=1e-13, abs=1e-14)
    for backend in BACKENDS:
        for x in leaves:
            x.grad = 0.0
        replay = Replay(z, inputs=leaves, backend=backend)
        assert replay([[x.data for x in leaves]])[0] == pytest.approx(z.data, rel=1e-13, abs=1e-14)
        replay.backward([[x.data for x in leaves]])
        assert [x.grad for x in leaves] == pytest.approx(slopes, rel=1e-13, abs=1e-14)


@few
@given(FORMULAS, POINTS, POINTS)
def test_rows_of_two(formula, x, y) -> None:
    assume(x != y and "y" in "".join(formula))
    agree(Op(*formula, name="random_row"), x, y)


@few
@given(OF_ONE, MANY)
def test_rows_of_many(formula, xs) -> None:
    f, _, slope = formula
    slope = in_x(slope)
    agree(Op(f"sum({f})", slope, name="random_row"), xs)
    agree(Op(f"sin(sum({f}))", f"cos(sum({f})) * ({slope})", name="random_row"), xs)


@few
@given(OF_ONE, MANY, st.integers(0, 1))
def test_rows_that_set_one_apart(formula, xs, i) -> None:
    f, _, slope = formula
    agree(Op(f"x * sum({f})", f"sum({f}) + x * ({in_x(slope)})", f"x * ({slope})", name="random_row"), xs, i)


@few
@given(FORMULAS, st.lists(st.tuples(POINTS, POINTS), min_size=1, max_size=3), POINTS)
def test_rows_of_pairs(formula, pairs, b) -> None:
    f, dx, dy = formula
    assume("x" in f.replace("exp", "") and "y" in f and all([x != y for x, y in pairs]))
    xs, ys = map(list, zip(*pairs))
    agree(Op(f"sum({f}) * b", f"b * ({dx})", f"b * ({dy})", f"sum({f})", name="random_row"), xs, ys, b)


def test_the_larger_of_several_is_that_of_two_at_a_time_in_c() -> None:
    row = Op("max(x, y, 2) * hypot(x, y)", "0", "0")
    assert Writer(row).text(row.formula.tree) == "max_of(max_of(x, y, bad), 2.0, bad) * hypot_of(x, y, bad)"
