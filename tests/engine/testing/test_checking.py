"""engine/testing/checking.py: check_gradient passes what is right, and says where the mistake is in what is not."""
import math
import random

import pytest
from hypothesis import example, given, strategies as st

import engine
from engine import GradientError, Op, Value
from engine.testing import check_gradient, numbers
from engine.testing.checking import between, displaced
from engine.testing.strategies import table
from tests.engine.reference import somewhere


def unlisted(row):
    """A row that no other test finds in the table."""
    del Op.table[row.name]
    return row


SLOPE = "sigmoid(1.702 * x) * (1 + 1.702 * x * sigmoid(-1.702 * x))"
GELU  = unlisted(Op("x * sigmoid(1.702 * x)", SLOPE, name="tested_gelu"))
WRONG = unlisted(Op("x * sigmoid(1.702 * x)", "sigmoid(1.702 * x)", name="wrong_gelu"))
NONE  = unlisted(Op("x * x", "2 * x / (x - x)", name="no_partial"))


def refused(function, *point, **options):
    """What check_gradient says of a function whose gradient is wrong."""
    with pytest.raises(AssertionError) as caught:
        check_gradient(function, *point, **options)
    return str(caught.value)


@given(numbers(GELU))
def test_a_users_row_is_checked_in_one_line(point):
    check_gradient(GELU, *point)


@given(numbers(min_value=0.01, max_value=8.0), st.sampled_from([1.0, -1.0]))
def test_a_wrong_partial_is_found_and_named(x, sign):
    message = refused(WRONG, sign * x)
    assert message.startswith(f"backward() finds a wrong gradient of wrong_gelu at x = {sign * x!r}\n  by x:  analytic")
    assert "\n         numeric   " in message and "The row wrong_gelu is wrong: its formula 'x * sigmoid" in message


def test_a_missing_partial_is_found_but_one_that_does_not_exist_is_not_missed():
    message = refused(NONE, 3.0)
    assert "finds no gradient of no_partial at x = 3.0" in message and "has slope 6" in message
    check_gradient(engine.sqrt, 0.0)
    check_gradient(lambda x: 1 / x, 1e-200)
    check_gradient(Value.__pow__, -2.0, 3.0)


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_each_row_with_a_factor_too_many_is_found(row):
    factor = [f"1.01 * ({text})" for text in row.partials]
    wrong = unlisted(Op(row.formula, *factor, needs=row.needs, name=f"wrong_{row.name}"))
    point = {"few": somewhere(row)[:row.arity], "many": [[0.5, 2.25]], "apart": [[0.5, -1.5, 2.25], 1],
             "pairs": [[0.5, -1.5], [2.0, 1.5], 0.5][:len(row.variables)]}[row.shape]
    check_gradient(row, *point)
    message = refused(wrong, *point)
    assert f"The row wrong_{row.name} is wrong" in message


def test_numbers_that_leave_the_graph_are_found():
    for function in (lambda x: x * x.data, lambda x: x + math.exp(x.data), lambda x: Value(x.data) * x):
        assert "a number left the graph" in refused(function, 3.0)
    assert "by x:  analytic  3.0\n         numeric   6  (differences)" in refused(lambda x: x * x.data, 3.0)


def test_a_shift_by_a_plain_number_that_changes_nothing_is_allowed():
    def logsumexp(*z):
        largest = max(v.data for v in z)
        return largest + engine.log(engine.fsum([engine.exp(v - largest) for v in z]))
    check_gradient(logsumexp, 1000.0, 1001.0, 990.0)


def test_only_the_wrong_of_several_is_shown_with_its_name():
    message = refused(lambda weight, rate: weight.exp() * rate.data + rate, 0.5, 2.0)
    assert "by rate:  analytic  1.0\n            numeric   2.64872" in message and "by weight" not in message


def test_lists_several_results_and_rows_of_many_operands():
    check_gradient(lambda z: [Value.softmax(z, i) for i in range(len(z))], [1.0, -2.0, 0.5])
    check_gradient(Value.softmax, [1.0, -2.0, 0.5], 2)
    check_gradient(Value.affine, [1.0, -2.0], [0.5, 3.0], -1.0)
    assert "result 1" in refused(lambda z: [z[0] * 2, z[1] * z[1].data], [1.0, 3.0])


def test_values_in_the_point_stay_as_they_were():
    w, other = Value(0.5, "w"), Value(2.0, "other")
    w.grad, other.grad = 7.0, -7.0
    check_gradient(lambda w: (w * other).tanh() + w, w)
    assert (w.data, w.grad, other.data, other.grad) == (0.5, 7.0, 2.0, -7.0)
    assert "by w:" in refused(lambda w: w * w.data, w)
    assert (w.data, w.grad) == (0.5, 7.0)


def test_kinks_and_edges_pass_where_any_slope_between_is_right():
    check_gradient(engine.relu, 0.0)
    check_gradient(abs, -0.0)
    check_gradient(engine.maximum, [1.0, 1.0, 1.0, 0.5])
    check_gradient(lambda x: engine.where(x > 0, lambda: x * 2, lambda: x * 3), 0.0)
    check_gradient(lambda x: engine.where(x > 0, lambda: x.log(), 0.0), 0.0)
    check_gradient(lambda x: x.sqrt() * x.sqrt(), 0.0)


def test_where_kinks_meet_the_chain_rule_of_their_conventions_is_right():
    def flat(a, b):                                  # 0 everywhere; by convention b's slope is 0.5 times 3 times 0.5
        return engine.maximum(engine.minimum(0.0, b) * 3, a * 0.0)
    check_gradient(flat, 0.0, 0.0)
    check_gradient(lambda x: engine.relu(x) - engine.relu(-x), 0.0)


def test_at_a_kink_a_slope_outside_of_those_on_either_side_is_wrong():
    steep = unlisted(Op("x if x > 0 else 2 * x", "1 if x > 0 else 2 if x < 0 else 3", name="steep"))
    check_gradient(steep, 1e-3)
    check_gradient(steep, -1e-3)
    assert "by x:  analytic  3.0\n         numeric   " in refused(steep, 0.0)


def test_the_tolerance_is_of_the_paths_not_of_their_sum():
    check_gradient(lambda x: (1 + x * 1e8) - x * 1e8 + x * 1e-3, 1.0)
    almost = unlisted(Op("x * x", "2 * x + 0.000001", name="almost"))
    check_gradient(almost, 1.0, tolerance=1e-6)
    assert "almost" in refused(almost, 1.0)


def test_a_kink_elsewhere_excuses_no_wrong_row():
    for kink in engine.relu, abs, lambda x: engine.maximum([x, 0.0]), lambda x: engine.where(x > 0, x * 2, x):
        assert "The row wrong_gelu is wrong" in refused(lambda x: kink(x) + WRONG(x + 1.0), 0.0)
    tied = unlisted(Op("max(y)", "-7 if x == z else 0", name="tied"))
    assert "numeric   between 0 and 1" in refused(tied, [1.0, 1.0])


def test_in_tails_no_noise_excuses_a_wrong_row():
    cancels = unlisted(Op("tanh(x)", "1 - z * z", name="cancels"))
    stops = unlisted(Op("tanh(x)", "1 - z * z if x < 15 else 0", name="stops"))
    check_gradient(cancels, 1.0)
    for x in 12.0, 15.5, 18.0, 100.0, 300.0:
        check_gradient(engine.tanh, x)
        assert "The row cancels is wrong" in refused(cancels, x)
    assert "The row stops is wrong" in refused(stops, 16.0)


def test_a_function_whose_numbers_do_not_repeat_is_refused():
    for share in 1e-3, 1e-9:
        message = refused(lambda x: x * (1 + share * random.random()), 2.0)
        assert message.startswith("the function gives other numbers when it is called again at x = 2.0")


@given(st.floats(1.0, 3.0), st.floats(-6.0, 0.0))
def test_the_smallest_leak_that_the_tolerance_forbids_is_found(x, exponent):
    share = 10.0 ** exponent
    message = refused(lambda v: v * 3.0 + share * v.data, x, tolerance=1e-2 * share)
    assert "a number left the graph" in message


def test_a_branch_nearby_is_no_leak():
    for x in 1.0, 1.0 + 1e-6, 1.0 - 1e-6, 0.999:
        check_gradient(lambda v: v * 2 if v > 1.0 else v.exp(), x)
        check_gradient(lambda v: v * 2 if v < 1.0 + 2e-6 and v > 1.0 - 2e-6 else v.exp(), x)


def test_where_nothing_can_be_compared_nothing_is_passed():
    def only_here(x):
        return x * 2 if x.data == 3.0 else engine.log(Value(-1.0))
    assert "nothing can be compared with the gradient of only_here at x = 3.0" in refused(only_here, 3.0)


@pytest.mark.parametrize("elsewhere", [lambda x: 3.0 * x, lambda x: x.exp()])
def test_where_no_row_has_a_slope_that_numbers_know_nothing_is_passed(elsewhere):
    lone = Op("x", "3", needs="x == 1", name="lone")
    message = refused(lambda x: lone(x) if x == 1.0 else elsewhere(x), 1.0)
    assert "nothing can be compared" in message and "no slopes there that numbers know" in message
    check_gradient(lambda x: (lone(x) if x == 1.0 else elsewhere(x)) + x.sin(), 1.0)     # by what others have


@pytest.mark.parametrize("x, near", [(1e20, 1.1e20), (-2.0, -1.8), (0.0, 0.1)])
def test_points_nearby_are_so_many_parts_of_a_number_away(x, near):
    assert displaced(x, 0.1) == pytest.approx(near)
    assert x < displaced(x, 1e-300)
    with pytest.raises(TypeError, match="no number to differentiate by"):
        check_gradient(lambda: Value(3.0))
    with pytest.raises(TypeError, match="needs a point, the numbers that the function is called with"):
        check_gradient(Value.tanh)


def test_a_gradient_that_backward_refuses_without_a_reason_is_missed(monkeypatch):
    def backward(self):
        raise GradientError("no gradient today")
    with monkeypatch.context() as patched:
        patched.setattr(Value, "backward", backward)
        assert "finds no gradient of the function at x = 2.0: no gradient today" in refused(lambda x: x * x, 2.0)


def test_what_the_function_raises_is_raised():
    with pytest.raises(ValueError, match="log.* needs x > 0"):
        check_gradient(engine.log, -1.0)


def test_a_row_may_say_that_there_is_no_slope_at_a_kink_and_nowhere_else():
    quiet = unlisted(Op("abs(x)", "x / z", name="quiet"))        # 0 / 0 at the kink: backward() refuses there
    check_gradient(quiet, 0.0)
    missing = unlisted(Op("x * x * x", "3 * x * x * x / x", name="missing"))
    assert "The row missing is wrong" in refused(missing, 0.0)


def test_at_a_tie_partials_that_are_right_each_for_itself_must_be_so_together():
    both = unlisted(Op("max(y)", "x == z", name="both"))         # 1 and 1: where both rise alike, the slope is 1
    for point in [1.0, 1.0], [0.0, 0.0, 0.0], [1e200, 1e200, 3.0], [-1e-310, -1e-310]:
        message = refused(both, point)
        assert "The row both is wrong: where all its operands rise alike, its formula 'max(y)' has slope 1;" in message
    check_gradient(both, [1.0, 2.0])
    assert "slope 1;\nthe quoted partials give 0.4" in refused(
        unlisted(Op("max(y)", "0.2 * (x == z)", name="little")), [1.0, 1.0])
    apart = unlisted(Op("abs(x - y)", "1", "1", name="apart"))
    assert "has slope 0;\nthe quoted partials give 2" in refused(apart, 2.0, 2.0)


KINKED = {
    "max(y)":                       "(x == z) / sum(y == z)",
    "max(y) - min(y)":              "(x == max(y)) / sum(y == max(y)) - (x == min(y)) / sum(y == min(y))",
    "max(y) + min(y)":              "(x == max(y)) / sum(y == max(y)) + (x == min(y)) / sum(y == min(y))",
    "sum(abs(y))":                  "(x > 0) - (x < 0)",
    "sum(max(0, 1 - y))":           "-(x < 1)",
    "max(y) * sum(y)":              "(x == max(y)) / sum(y == max(y)) * sum(y) + max(y)",
    "exp(max(y)) + sum(abs(y))":    "exp(max(y)) * (x == max(y)) / sum(y == max(y)) + (x > 0) - (x < 0)",
}
KINKED_ROWS = [unlisted(Op(*texts, name=f"kinked{i}")) for i, texts in enumerate(KINKED.items())]


@example(next(row for row in KINKED_ROWS if str(row.formula) == "max(y) * sum(y)"), [-1.0, -1.0, 0.5, 0.5, 0.5])
@given(st.sampled_from(KINKED_ROWS), st.lists(st.sampled_from([0.0, 1.0, -1.0, 0.5]), min_size=1, max_size=5))
def test_no_partials_that_share_a_kink_out_are_accused(row, point):
    check_gradient(row, point)


@pytest.mark.parametrize("formula, by_x, by_y", [
    ("x if x >= y else y", "x > y", "x <= y"), ("x if x > y else y", "x >= y", "x < y"),
    ("x if x <= y else y", "x < y", "x >= y"), ("x if x < y else y", "x <= y", "x > y")])
@pytest.mark.parametrize("tie", [0.0, 1.0, -3.7, 1e-200, 1e200])
def test_a_slope_on_one_side_of_a_tie_is_not_accused_and_less_than_the_tolerance_beyond_it_neither(
        formula, by_x, by_y, tie):
    for factor, tolerance in (1.0, 1e-8), (1.0, 0.1), (1.04, 0.1), (0.96, 0.1):
        side = unlisted(Op(formula, f"{factor} * ({by_x})", f"{factor} * ({by_y})", name="side"))
        check_gradient(side, tie, tie, tolerance=tolerance)
    side = unlisted(Op(formula, f"1.04 * ({by_x})", f"1.04 * ({by_y})", name="side"))
    assert "The row side is wrong" in refused(side, tie, tie, tolerance=0.01)


@given(st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([0.0, 1.0, 2.0]))
def test_smallest_of_largest_and_sums_of_kinks_are_not_accused(x, y):
    for function in (lambda x, y: engine.minimum(engine.maximum(x, y), engine.maximum(1.0, x)),
                     lambda x, y: engine.relu(x - y) + abs(x - y) - engine.maximum(x, y) * engine.minimum(x, 1.0),
                     lambda x, y: engine.where(x > y, lambda: x, lambda: y) + engine.fsum([abs(x), engine.relu(y)])):
        check_gradient(function, x, y)


@pytest.mark.parametrize("low, high, text", [
    (0.99, 1.01, "between 0.99 and 1.01"), (123456.78, 123456.79, "123456.8"),
    (1.2345678e-9, 1.2345679e-9, "1.234568e-09"), (-2.5, -2.5, "-2.5"), (0.0, 0.0, "0.0"),
    (-1e-3, 1e-3, "between -0.001 and 0.001"), (-1.000001, -1.0, "-1"), (-1.01, -0.99, "between -1.01 and -0.99")])
def test_a_slope_is_shown_with_the_digits_that_are_certain(low, high, text):
    assert between(low, high) == text


@pytest.mark.parametrize("count, shown", [(6, "xs[5] = 1.0"), (7, "xs[5] = 1.0, …")])
def test_of_many_leaves_the_first_are_told(count, shown):
    half = Op("x", "0.5", name="half_of_this_test")
    message = refused(lambda *xs: half(engine.fsum(xs)), *[1.0] * count)
    assert message.splitlines()[0].endswith(shown)
