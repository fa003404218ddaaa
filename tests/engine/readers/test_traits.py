"""What pictures and explanations know of an operation follows from its row: a user's own is like ours."""
from __future__ import annotations

import pytest

from engine import Op, Value, draw, explain, fsum, relu, table, where
from engine.readers.traits import begins_sum, one_step, weighs_shares

RAMP   = Op("x if x > 0 else 0", "x > 0", name="ramp", symbol="ReLU")
ADD_UP = Op("sum(y)", "1", name="sums", symbol=Op.table["fsum"].other_symbol)


def shown(row, many):
    """What is said of a graph in which one of our rows, or a user's own, stands."""
    xs = [Value(float(i - 3), f"x{i}") for i in range(6)]
    y = row([x * 2.0 for x in xs]) if many else row(xs[0] * xs[1])
    y.label = "y"
    y.backward()
    return [explain(y, xs[0]).text, draw(y).source, table(y).text]


@pytest.mark.parametrize("ours, own, many", [(relu, RAMP, False), (fsum, ADD_UP, True)])
def test_a_users_own_row_is_drawn_and_explained_like_ours(ours, own, many):
    row = ours.op
    texts = [text.replace(own.name, row.name).replace(quoted(own), quoted(row)) for text in shown(own, many)]
    assert texts == shown(ours, many)


def test_a_step_is_one_where_no_number_lies_on_the_way() -> None:
    single = {name for name, row in Op.table.items() if row.arity and one_step(row)}
    assert {"add", "mul", "truediv", "pow", "neg", "exp", "tanh", "hypot"} <= single
    assert not single & {"sigmoid", "softplus", "relu", "silu", "gelu", "softsign"}
    assert not any([one_step(row) for row in Op.table.values() if not row.arity])


def test_what_weighs_shares_is_what_is_made_of_softmax() -> None:
    weighing = {name for name, row in Op.table.items() if weighs_shares(row)}
    assert {"logsumexp", "log_softmax", "cross_entropy", "weighted_cross_entropy", "softmax"} <= weighing
    assert not weighing & {"add", "mul", "exp", "log", "sigmoid", "tanh", "silu", "fsum", "dot", "maximum"}


def test_a_sum_begins_with_a_zero_that_no_gradient_reaches() -> None:
    x, zero = Value(2.0), Value(0.0)
    constant = where(True, 0.0, zero)
    assert constant.constant and not zero.constant
    assert all(map(begins_sum, (sum([x]), 0 + x, 0.0 + x, constant + x)))
    assert not any(map(begins_sum, (zero + x, x + 0.0, 1.0 + x, 0.0 - x, 0.0 * x, constant + constant, x.exp(), x)))


def quoted(row):
    """The row's formula, as a picture's notes quote it."""
    return "z = " + str(row.formula).replace(">", "&gt;")
