"""70 decided cases of what happens at kinks, at the edges of domains, at overflow and underflow, and with bad input."""
import builtins

import pytest

import engine
from tests.engine.cases import cases, computed

CASES = cases("conventions.json")


def error(name):
    return getattr(builtins, name, None) or getattr(engine, name)


def ids(case):
    return case["id"]


def test_all_cases_are_here():
    assert len(CASES) == 70
    assert all({"value", "forward_raises"} & set(case) for case in CASES)


@pytest.mark.parametrize("case", [case for case in CASES if "forward_raises" in case], ids=ids)
def test_forward_raises(case):
    with pytest.raises(error(case["forward_raises"])) as caught:
        computed(case)
    assert caught.type.__module__ == "builtins"
    message = str(caught.value)
    assert message and "\n" not in message
    assert all(name in message for name in case["inputs"] if case["expr"].startswith(("log", "sqrt", "exp", "1/")))
    if "suggest" in case.get("note", ""):
        assert "log_softmax" in message and "cross_entropy" in message


@pytest.mark.parametrize("case", [case for case in CASES if "grads" in case], ids=ids)
def test_value_and_gradient(case):
    leaves, result = computed(case)
    assert result.data == case["value"]
    result.backward()
    assert {name: leaves[name].grad for name in case["grads"]} == case["grads"]


@pytest.mark.parametrize("case", [case for case in CASES if "backward_raises" in case], ids=ids)
def test_backward_raises(case):
    leaves, result = computed(case)
    assert result.data == case["value"]
    for n, v in enumerate(leaves.values(), 1):
        v.grad = float(n)
    result.grad = -1.0
    with pytest.raises(error(case["backward_raises"])) as caught:
        result.backward()
    assert isinstance(caught.value, ArithmeticError)
    assert any(name in str(caught.value) for name in leaves), "the message names no operand"
    assert [v.grad for v in leaves.values()] == [float(n) for n in range(1, len(leaves) + 1)]
    assert result.grad == -1.0
