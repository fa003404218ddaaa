"""nn/losses.py: softmax, cross-entropy, hinge, mean squared error."""
from math import exp, fsum, isclose, log, ulp

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from engine import Value, derivative, hessian
from nn import binary_cross_entropy, cross_entropy, hinge, log_softmax, mean_squared_error, softmax

numbers = st.floats(-50.0, 50.0)
rows    = st.lists(numbers, min_size=1, max_size=6)
targets = st.integers(0, 5)


def values(row):
    return [Value(n, f"z{i}") for i, n in enumerate(row)]


def close(x, y, ulps=16):
    return isclose(x, y, rel_tol=ulps * 2.3e-16, abs_tol=1e-300)


# softmax and log_softmax

@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6))
@example([1000.0, 0.0, 0.0])                         # where exp overflows
@example([-1000.0, -1000.0])                         # where every exp is 0
def test_shares_sum_to_1(row):
    assert isclose(fsum(softmax(row)), 1.0, rel_tol=4e-15)


@given(st.lists(st.integers(-500, 500), min_size=1, max_size=6), st.integers(-10 ** 6, 10 ** 6))
def test_shares_do_not_change_when_all_logits_shift(row, shift):
    assert softmax([n + shift for n in row]) == softmax(row)
    assert log_softmax([n + shift for n in row]) == log_softmax(row)


@given(rows)
def test_softmax_is_its_definition(row):
    total = fsum(map(exp, row))
    assert all(close(p, exp(n) / total, 64) for p, n in zip(softmax(row), row))
    assert all(isclose(q, n - log(total), rel_tol=1e-13, abs_tol=1e-13) for q, n in zip(log_softmax(row), row))


@given(rows)
def test_values_and_plain_numbers_give_the_same_numbers(row):
    assert [p.data for p in softmax(values(row))] == softmax(row)
    assert [p.data for p in log_softmax(values(row))] == log_softmax(row)
    assert cross_entropy(values(row), 0).data == cross_entropy(row, 0)
    assert mean_squared_error(values(row), row[::-1]).data == mean_squared_error(row, row[::-1])


@given(rows, targets)
def test_gradient_of_a_share_is_a_row_of_the_jacobian(row, i):
    i %= len(row)
    z, p = values(row), softmax(row)
    softmax(z)[i].backward()
    for j, v in enumerate(z):
        expected = p[i] * fsum(p[:i] + p[i + 1:]) if j == i else -p[i] * p[j]
        assert close(v.grad, expected)


def test_a_logit_may_be_a_plain_number_among_values():
    z = Value(1.0)
    p = softmax([z, 2.0])
    p[0].backward()
    assert close(z.grad, p[0].data * p[1].data)


# cross_entropy

@given(rows, targets)
@example([0.0, 1000.0], 0)                           # where -log(softmax) is -log(0)
@example([40.0, 0.0], 0)                             # where the target's share rounds to 1
@example([800.0, 0.0], 0)                            # where the other's share is 0
def test_gradient_of_cross_entropy_is_the_share_less_1_for_the_target(row, i):
    i %= len(row)
    z, p = values(row), softmax(row)
    cross_entropy(z, i).backward()
    for j, v in enumerate(z):
        assert close(v.grad, -fsum(p[:i] + p[i + 1:]) if j == i else p[j])


@given(rows, targets)
def test_cross_entropy_is_minus_log_softmax(row, i):
    i %= len(row)
    assert close(cross_entropy(row, i), -log_softmax(row)[i])


@given(rows, targets)
def test_one_hot_weights_are_the_class(row, i):
    i %= len(row)
    one, other = values(row), values(row)
    by_class, by_weights = cross_entropy(one, i), cross_entropy(other, [float(j == i) for j in range(len(row))])
    by_class.backward()
    by_weights.backward()
    assert close(by_class.data, by_weights.data)
    assert all(close(v.grad, w.grad) for v, w in zip(one, other))


@given(st.lists(st.tuples(numbers, st.floats(0.0, 4.0)), min_size=1, max_size=6))
def test_weights_weigh_the_classes(pairs):
    row, weights = map(list, zip(*pairs))
    expected = fsum(w * cross_entropy(row, i) for i, w in enumerate(weights))
    assert isclose(cross_entropy(row, weights), expected, rel_tol=1e-14, abs_tol=1e-300)


def test_weights_may_be_values_with_gradients_of_their_own():
    z, weights = values([1.0, 2.0]), values([0.25, 0.75])
    cross_entropy(z, weights).backward()
    assert [w.grad for w in weights] == [cross_entropy([1.0, 2.0], i) for i in (0, 1)]


@pytest.mark.parametrize("target", [2, np.int64(2), np.uint8(2), np.array([1, 0, 2])[2], [0, 0, 1], (0.0, 0.0, 1.0),
                                    np.array([0, 0, 1]), [0, 0, Value(1.0)]], ids=repr)
def test_kinds_of_targets(target):
    assert cross_entropy(values([1.0, 2.0, 3.0]), target).data == cross_entropy([1.0, 2.0, 3.0], 2)


def test_the_first_flower():
    z = values([-0.9632, 0.0032, 0.1352])
    loss = cross_entropy(z, 0)
    loss.backward()
    assert (round(loss.data, 4), round(z[0].grad, 6)) == (1.8913, -0.849121)


def test_logits_may_be_numpy_rows_and_iterators():
    row = [1.0, 2.0, 3.0]
    assert softmax(np.array(row)) == softmax(iter(row)) == softmax(tuple(row)) == softmax(row)
    assert cross_entropy(np.array(values(row), dtype=object), 1).data == cross_entropy(row, 1)


# mean_squared_error

@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))
def test_mean_squared_error_is_its_definition(pairs):
    predictions, wanted = values([y for y, _ in pairs]), [t for _, t in pairs]
    loss = mean_squared_error(predictions, wanted)
    loss.backward()
    assert close(loss.data, fsum((y - t) ** 2 for y, t in pairs) / len(pairs))
    assert all(close(v.grad, 2 * (y - t) / len(pairs)) for v, (y, t) in zip(predictions, pairs))


def test_the_mean_of_one_is_that_one():
    assert mean_squared_error([Value(1.0)], [3.0]).op.name == "pow"


def test_targets_may_be_values():
    t = Value(3.0)
    mean_squared_error([1.0], [t]).backward()
    assert t.grad == 4.0


@pytest.mark.parametrize("loss, y, t", [(mean_squared_error, 1.0, 3.0), (hinge, 0.5, -1), (binary_cross_entropy, 2, 0)])
def test_one_prediction_is_a_row_of_one(loss, y, t):
    assert loss(Value(y), t).data == loss([Value(y)], [t]).data == loss(y, t) == loss([y], [t])


# binary_cross_entropy

@given(st.floats(-800.0, 800.0), st.sampled_from([0.0, 1.0, 0.25, 0.5, 1e-9]) | st.floats(0.0, 1.0))
@example(40.0, 1.0)                                  # where the share rounds to 1
@example(-800.0, 0.0)                                # where the share is 0
@example(-800.0, 1.0)                                # where -log(share) is -log(0)
def test_binary_cross_entropy_is_exact(x, t):
    with mpmath.workdps(400):
        p, q = [1 / (1 + mpmath.exp(sign * mpmath.mpf(x))) for sign in (-1, 1)]
        value, slope = -t * mpmath.log(p) - (1 - mpmath.mpf(t)) * mpmath.log(q), float(p - t)
    z = Value(x)
    loss = binary_cross_entropy(z, t)
    loss.backward()
    assert close(loss.data, float(value))
    assert isclose(z.grad, slope, rel_tol=4e-15, abs_tol=4 * ulp(t) if t not in (0.0, 1.0) else 1e-300)


@given(numbers, st.sampled_from([0, 1]))
def test_two_classes_are_cross_entropy_with_the_other_logit_at_0(x, t):
    assert close(binary_cross_entropy(x, t), cross_entropy([0.0, x], t))


@given(st.lists(st.tuples(numbers, st.floats(0.0, 1.0)), min_size=1, max_size=6))
def test_binary_cross_entropy_of_a_row_is_the_mean(pairs):
    row, wanted = map(list, zip(*pairs))
    losses = [binary_cross_entropy(x, t) for x, t in pairs]
    assert close(binary_cross_entropy(values(row), wanted).data, fsum(losses) / len(losses))


# hinge

@given(st.lists(st.tuples(numbers, st.sampled_from([-1, 1])), min_size=1, max_size=6))
@example([(1.0, 1)])                                 # at the fold: slope 0
def test_hinge_is_its_definition(pairs):
    row, wanted = map(list, zip(*pairs))
    z = values(row)
    loss = hinge(z, wanted)
    loss.backward()
    assert close(loss.data, fsum(max(0.0, 1 - t * x) for x, t in pairs) / len(pairs))
    assert all(close(v.grad, -t / len(pairs) if t * x < 1 else 0.0) for v, (x, t) in zip(z, pairs))


def test_a_loss_of_two_operands_is_one_node():
    assert hinge(Value(1.0), -1).op.name == "hinge"
    assert binary_cross_entropy(Value(1.0), 1).op.name == "binary_cross_entropy"


@pytest.mark.parametrize("target", [0, 0.5, 2])
def test_hinge_needs_targets_of_minus_1_and_1(target):
    with pytest.raises(ValueError) as caught:
        hinge([Value(1.0), Value(2.0)], [1, target])
    assert str(caught.value) == (f"hinge(scores, targets) needs targets of -1 and 1; {target} came; "
                                 f"write 2 * t - 1 for a t of 0 or 1")


@pytest.mark.parametrize("target", [-0.1, 1.5])
def test_binary_cross_entropy_needs_a_probability(target):
    with pytest.raises(ValueError, match="binary_cross_entropy.* needs 0 <= y <= 1; .*the target, is a probability"):
        binary_cross_entropy(Value(1.0), target)


@given(st.lists(st.floats(-20.0, 20.0), min_size=2, max_size=4), st.integers(0, 1))
@example([3.0, 0.0, -20.0], 0)                       # where the sum of the other shares' slopes would cancel
@example([3.0, 0.0, -20.0], 1)
def test_a_class_that_is_looked_up_has_the_second_derivatives_of_a_plain_one(row, target):
    found = []
    for asked in target, Value(float(target)):
        zs = values(row)
        found.append([[v.data for v in line] for line in hessian(cross_entropy(zs, asked), zs)])
    assert all(close(x, y, 256) for right, line in zip(*found) for x, y in zip(right, line))


@given(st.lists(st.floats(-5.0, 5.0), min_size=2, max_size=4), st.integers(0, 1))
@example([3.0, 0.0], 0)
@example([0.0, 3.0], 0)
def test_a_class_that_is_looked_up_has_the_derivatives_of_a_plain_one_as_values(row, target):
    zs = values(row)
    loss, plain = cross_entropy(zs, Value(float(target))), cross_entropy(zs, target)
    for z in zs:
        assert isclose(derivative(loss, z).data, derivative(plain, z).data, rel_tol=1e-12)
