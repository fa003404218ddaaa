from functools import reduce
from math import exp, log
from operator import add

from hypothesis import given
from hypothesis.strategies import floats, integers, lists

from benchmarks.workloads import WORKLOADS, Complex, Counted, Functions, Workload, neuron, reference, total

NUMBERS = floats(-10.0, 10.0)


def operations(widths, rows, per_row, others):
    """The operators of a network: two per weight, a ReLU per hidden neuron, and what the loss adds."""
    neurons = sum(2 * n * m for n, m in zip(widths, widths[1:])) + sum(widths[1:-1])
    return rows * (neurons + per_row) + others


def test_the_operators_of_the_workloads_are_counted():
    parameters = len(WORKLOADS["W1"].parameters)
    assert parameters == 337
    # a row's -y · score, 1 + and relu; sums of rows and of squares, the squares, two scales, one sum
    assert WORKLOADS["W1"].operations() == operations((2, 16, 16, 1), 20, 3, 19 + 1 + parameters + 336 + 1 + 1)
    # a row's three exp, two sums, a quotient, log and minus
    assert WORKLOADS["W2"].operations() == operations((2, 8, 3), 80, 8, 79 + 1)


def test_a_workload_is_the_same_each_time():
    again = Workload("W2", (2, 8, 3), 80, (0, 1, 2), WORKLOADS["W2"].formula)
    assert (again.parameters, again.rows) == (WORKLOADS["W2"].parameters, WORKLOADS["W2"].rows)


@given(lists(NUMBERS, min_size=1, max_size=5))
def test_a_neuron_sums_from_its_bias(ws):
    z = 0.5
    for w in ws:
        z += w * 2.0
    assert neuron(ws, [2.0] * len(ws), 0.5) == z
    assert total(ws) == reduce(add, ws)              # not the built-in sum, whose rounding differs between Pythons


@given(lists(NUMBERS, min_size=3, max_size=3), integers(0, 2))
def test_cross_entropy_is_minus_the_log_of_the_share(logits, target):
    class Plain(Functions):
        exp, log = staticmethod(exp), staticmethod(log)

    share = exp(logits[target]) / (exp(logits[0]) + exp(logits[1]) + exp(logits[2]))
    assert Plain().cross_entropy(logits, target) == -log(share)


def test_the_reference_is_the_derivative():
    work = Workload("one row", (2, 3, 2), 1, (0, 1), WORKLOADS["W2"].formula)
    for i, slope in enumerate(reference(work)):
        up, down = list(work.parameters), list(work.parameters)
        up[i] += 1e-6
        down[i] -= 1e-6
        assert abs((work.loss(up, Complex()) - work.loss(down, Complex())).real / 2e-6 - slope) < 1e-8


def test_counting_does_not_change_a_number():
    Counted.count = 0
    assert 1 + -Counted(2.0) * 3.0 == -5.0
    assert Counted.count == 3
