"""Both cores find the same, to the last bit and the last letter of an error."""
from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import Op, Value
from engine.native import rows_of
from tests.engine.cases import cases
from tests.engine.native import needs_native
from tests.engine.native.programs import MINE, Process

pytestmark = needs_native

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 3.0, 1e-300, -1e-300, 5e-324, -5e-324, 2.3e-308, 36.7,
           -36.8, 709.78, 709.79, -708.4, -745.2, 710.0, 1e16, -1e16, 1.7976931348623157e308, -1.7976931348623157e308,
           math.pi, math.e, 0.1, 1 + 2**-52, 1 - 2**-53, -1 + 2**-53, 1e154, 1.4e154, -2.5, 7.0, 1022.5, -1074.0]
ROWS = {**{name: op for name, op in rows_of(vars(Value)).items() if not name.startswith("__r")},
        **{name: Op(*texts) for name, texts in MINE.items()}}
FEW = {name: op for name, op in ROWS.items() if op.arity}
ODD = ["None", "True", "'1'", "1j", "[1]", "(7)", "(-3)", "10 ** 400", "-10 ** 400", "float('nan')", "float('inf')",
       "Fraction(1, 3)", "-Fraction(10) ** 400"]
numbers = st.one_of(st.sampled_from(SPECIAL), st.floats(-3.0, 3.0), st.floats(allow_nan=False, allow_infinity=False))


@pytest.fixture(scope="module")
def both() -> Iterator[Any]:
    processes = [Process("native"), Process("python")]

    def found(program: list[list[Any]]) -> list[Any]:
        for process in processes:
            process.ask(program)
        return [process.answer() for process in processes]
    yield found
    for process in processes:
        process.close()


@st.composite
def programs(draw: Any) -> list[list[Any]]:
    """A few numbers, rows on them and on each other, plain numbers among the operands, and backward from anywhere."""
    steps: list[list[Any]] = [["number", draw(numbers)] for _ in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(1, 8))):
        name = draw(st.sampled_from([*ROWS]))
        op, node = ROWS[name], st.integers(0, len(steps) - 1)
        operand = st.one_of(node, node, numbers)
        if draw(st.integers(0, 19)) == 0:
            operand = st.one_of(operand, st.sampled_from(ODD))
        if op.shape == "pairs":
            n = draw(st.integers(0, 5))
            given = [draw(st.lists(operand, min_size=n, max_size=n)), draw(st.lists(operand, min_size=n, max_size=n)),
                     *([draw(operand)] if len(op.variables) > 2 else [])]
        elif not op.arity:
            given = [draw(st.lists(operand, min_size=0, max_size=6)),
                     *([f"({draw(st.integers(-7, 6))})"] if op.shape == "apart" else [])]
        else:
            given = [draw(node), *([draw(operand)] if op.arity == 2 else [])]
        steps.append(["call", name, given])
        if op.arity == 2 and name.startswith("__"):
            steps.append(["operator", name.strip("_"), draw(st.sampled_from([given, given[::-1]]))])
        if draw(st.integers(0, 3)) == 0:
            steps.append([draw(st.sampled_from(["backward", "backward", "zero"])), draw(node)])
    return [*steps, ["backward", len(steps) - 1]]


@given(program=programs())
@settings(max_examples=300, deadline=None)
@example([["number", 0.0], ["call", "sqrt", [0]], ["backward", 1]])
@example([["number", 5e-324], ["operator", "truediv", [0, 0]], ["operator", "truediv", [1.0, 0]], ["backward", 1]])
@example([["number", 1e308], ["call", "fsum", [[0, 0, -1e308]]], ["backward", 1]])
def test_random_programs_agree(both: Any, program: list[list[Any]]) -> None:
    native, python = both(program)
    assert native == python


@pytest.mark.parametrize("name", FEW)
def test_rows_agree_on_special_numbers(both: Any, name: str) -> None:
    program: list[list[Any]] = [["number", x] for x in SPECIAL]
    places = range(len(SPECIAL))
    if FEW[name].arity == 1:
        program += [["call", name, [i]] for i in places]
    else:
        program += [["call", name, [i, x]] for i in places for x in [*places, *SPECIAL, *ODD]]
    if FEW[name].arity == 2 and name.startswith("__"):
        sign = name.strip("_")
        program += [["operator", sign, [i, x]] for i in places for x in [*places, *SPECIAL, *ODD]]
        program += [["operator", sign, [x, i]] for i in places for x in [*SPECIAL, *ODD]]
    native, python = both(program)
    for step, ours, theirs in zip(program, native, python):
        assert ours == theirs, step
    assert native == python


@pytest.mark.parametrize("name", ["vectors.json", "vectors-2.json", "conventions.json"])
def test_decided_cases_agree(both: Any, name: str) -> None:
    program = [["case", case["expr"], case["inputs"]] for case in cases(name)]
    native, python = both(program)
    for step, ours, theirs in zip(program, native, python):
        assert ours == theirs, step
    assert len(native) == len(program) + 1 and sum(type(found) is list for found in native) > 9


def test_errors_of_the_class_itself_agree(both: Any) -> None:
    program = [["number", 2.0], *(["operator", name, [0, *more]] for name, *more in (
        ["getitem", 1.0], ["matmul", 2.0], ["contains", 1.0], ["index"], ["length_hint"], ["inv"], ["not_"],
        ["lshift", 0], ["iadd", "None"], ["delitem", 1.0])),
        *(["call", name, [0]] for name in ("softmax", "no_such_name", "dot")),
        ["call", "exp", []], ["call", "exp", [0, 0]], ["call", "backward", [0, 0]], ["call", "__getattr__", [0]],
        ["call", "__getattribute__", [0, "missing"]], ["call", "__setattr__", [0, "missing", 1.0]]]
    native, python = both(program)
    assert native == python


@given(terms=st.lists(numbers, max_size=40))
@settings(max_examples=300, deadline=None)
@example([1.0, 2.0**-53, 2.0**-106])
@example([1.0, 2.0**-53, -(2.0**-106)])
@example([1e16, 1.0, 1e-16])
@example([-0.0])
def test_exact_sums_agree(both: Any, terms: list[float]) -> None:
    program = [*[["number", x] for x in terms], ["call", "fsum", [[*range(len(terms))]]], ["call", "fsum", [terms]]]
    native, python = both(program)
    assert native == python
