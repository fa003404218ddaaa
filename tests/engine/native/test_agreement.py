"""Both cores find the same, to the last bit and the last letter of an error."""
from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import Op
from tests.engine.native import needs_native
from tests.engine.native.programs import Process

pytestmark = needs_native

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 3.0, 1e-300, -1e-300, 5e-324, -5e-324, 2.3e-308, 36.7,
           -36.8, 709.78, 709.79, -708.4, -745.2, 710.0, 1e16, -1e16, 1.7976931348623157e308, -1.7976931348623157e308,
           math.pi, math.e, 0.1, 1 + 2**-52, 1 - 2**-53, -1 + 2**-53, 1e154, 1.4e154, -2.5, 7.0, 1022.5, -1074.0]
ROWS = [op for op in Op.table.values() if op.name in dir(op.value) or f"__{op.name}__" in dir(op.value)]
FEW = [op for op in ROWS if not op.many]
numbers = st.one_of(st.sampled_from(SPECIAL), st.floats(-3.0, 3.0), st.floats(allow_nan=False, allow_infinity=False))


@pytest.fixture(scope="module")
def both() -> Iterator[Any]:
    processes = [Process("native"), Process("python")]
    yield lambda program: [process(program) for process in processes]
    for process in processes:
        process.close()


def called(op: Op) -> str:
    return op.name if op.name in dir(op.value) else f"__{op.name}__"


@st.composite
def programs(draw: Any) -> list[list[Any]]:
    """A few numbers, rows on them and on each other, plain numbers among the operands, and backward from anywhere."""
    steps: list[list[Any]] = [["number", draw(numbers)] for _ in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(1, 8))):
        op = draw(st.sampled_from(ROWS))
        node = st.integers(0, len(steps) - 1)
        operand = st.one_of(node, node, numbers)
        if op.pairs:
            n = draw(st.integers(0, 5))
            given = [draw(st.lists(operand, min_size=n, max_size=n)), draw(st.lists(operand, min_size=n, max_size=n)),
                     *([draw(operand)] if len(op.variables) > 2 else [])]
        elif op.many:
            given = [draw(st.lists(operand, min_size=0, max_size=6)), *([draw(st.integers(-7, 6))] if op.one else [])]
        else:
            given = [draw(node), *([draw(operand)] if op.arity == 2 else [])]
        steps.append(["row", op.name, given] if op.name in dir(op.value) else ["method", op.name, given])
        if op.arity == 2 and draw(st.booleans()):
            steps.append(["method", f"r{op.name}", given])
        if draw(st.integers(0, 3)) == 0:
            steps.append([draw(st.sampled_from(["backward", "backward", "zero"])), draw(node)])
    return [*steps, ["backward", len(steps) - 1]]


@given(program=programs())
@settings(max_examples=300, deadline=None)
@example([["number", 0.0], ["row", "sqrt", [0]], ["backward", 1]])
@example([["number", 5e-324], ["method", "truediv", [0, 0]], ["method", "rtruediv", [0, 1.0]], ["backward", 1]])
@example([["number", 1e308], ["row", "fsum", [[0, 0, -1e308]]], ["backward", 1]])
def test_random_programs_agree(both: Any, program: list[list[Any]]) -> None:
    native, python = both(program)
    assert native == python


@pytest.mark.parametrize("op", FEW, ids=lambda op: op.name)
def test_rows_agree_on_special_numbers(both: Any, op: Op) -> None:
    program: list[list[Any]] = [["number", x] for x in SPECIAL]
    places = range(len(SPECIAL))
    kind, name = ("row", op.name) if op.name in dir(op.value) else ("method", op.name)
    if op.arity == 1:
        program += [[kind, name, [i]] for i in places]
    else:
        program += [[kind, name, [i, j]] for i in places for j in places]
        program += [[kind, name, [i, x]] for i in places for x in SPECIAL]
        program += [["method", f"r{name}", [i, x]] for i in places for x in SPECIAL]
    native, python = both(program)
    for step, ours, theirs in zip(program, native, python):
        assert ours == theirs, step
    assert native == python


@given(terms=st.lists(numbers, max_size=40))
@settings(max_examples=300, deadline=None)
@example([1.0, 2.0**-53, 2.0**-106])
@example([1.0, 2.0**-53, -(2.0**-106)])
@example([1e16, 1.0, 1e-16])
@example([-0.0])
def test_exact_sums_agree(both: Any, terms: list[float]) -> None:
    program = [*[["number", x] for x in terms], ["row", "fsum", [[*range(len(terms))]]], ["row", "fsum", [terms]]]
    native, python = both(program)
    assert native == python
