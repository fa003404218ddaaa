"""987 cases that are correct to the last digit: values, gradients, Hessians, derivatives of orders 1 to 5."""
import pytest

from engine import derivative, gradient
from tests.engine.cases import cases, computed

CASES = cases("vectors.json")


def assert_near(came, exact, relative, absolute, what):
    assert abs(came - exact) <= max(absolute, relative * abs(exact)), f"{what}: {came!r} instead of {exact!r}"


def assert_value_and_gradient(case):
    leaves, result = computed(case)
    within = case["tol"]
    result.backward()
    assert_near(result.data, case["value"], within["value"], within["abs"], case["expr"])
    for name, exact in case["grads"].items():
        assert_near(leaves[name].grad, exact, within["grads"][name], within["abs"], f"∂/∂{name} of {case['expr']}")


def test_all_cases_are_here():
    assert len(CASES) == 987
    assert sum("hess" in case for case in CASES) == 210
    assert sum("derivs" in case for case in CASES) == 36


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['family']}")
def test_value_and_gradient(case):
    assert_value_and_gradient(case)


@pytest.mark.parametrize("case", [case for case in CASES if "hess" in case], ids=lambda case: case["id"])
def test_hessian(case):
    leaves, result = computed(case)
    names, exact, within = list(case["hess"]), case["hess"], case["tol"]
    largest = max(abs(entry) for row in exact.values() for entry in row.values())
    rows = {name: gradient(slope, leaves.values()) for name, slope in zip(leaves, gradient(result, leaves.values()))}
    for i in names:
        for j, entry in zip(leaves, rows[i]):
            assert_near(entry.data, exact[i][j], 0.0, max(within["abs"], within["hess_rel_to_max"] * largest),
                        f"∂²/∂{i}∂{j} of {case['expr']}")


@pytest.mark.parametrize("case", [case for case in CASES if "derivs" in case], ids=lambda case: case["id"])
def test_orders_1_to_5(case):
    leaves, result = computed(case)
    (x,) = leaves.values()
    assert len(case["derivs"]) == 5
    for order, exact in enumerate(case["derivs"], 1):
        result = derivative(result, x)
        assert_near(result.data, exact, case["tol"]["derivs"], case["tol"]["abs"], f"order {order} of {case['expr']}")
