"""260 cases more: the second table, second derivatives entry by entry, powers near the ends of the numbers."""
import pytest

from engine import hessian
from tests.engine.cases import cases, computed
from tests.engine.test_vectors import assert_near, assert_value_and_gradient

CASES = cases("vectors-2.json")


def test_all_cases_are_here():
    assert len(CASES) == 260 and sum("hess" in case for case in CASES) == 200


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['family']}")
def test_value_and_gradient(case):
    assert_value_and_gradient(case)


@pytest.mark.parametrize("case", [case for case in CASES if "hess" in case],
                         ids=lambda case: f"{case['id']}-{case['family']}")
def test_hessian_entry_by_entry(case):
    leaves, result = computed(case)
    names, within = list(leaves), case["tol"]
    found = hessian(result, leaves.values())
    for i, row in zip(names, found):
        for j, entry in zip(names, row):
            what = f"∂²/∂{i}∂{j} of {case['expr']}"
            assert_near(entry.data, case["hess"][i][j], within["hess_rel"], within["abs"], what)
    assert [[entry.data.hex() for entry in row] for row in found] == \
        [[entry.data.hex() for entry in row] for row in zip(*found)]
