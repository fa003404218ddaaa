"""Instructions on numbers are Python's operations, and what numbers alone decide is found before anything runs."""
from __future__ import annotations

import itertools
import math

import pytest

from engine.readers.code import PLAIN, Code

TEXTS = {
    "add": "x + y", "sub": "x - y", "mul": "x * y", "div": "x / y", "pow": "x ** y", "lt": "x < y", "le": "x <= y",
    "gt": "x > y", "ge": "x >= y", "eq": "x == y", "ne": "x != y", "and": "bool(x and y)", "or": "bool(x or y)",
    "neg": "-x", "not": "not x", "max": "max(x, y)", "min": "min(x, y)", "dot": "x * y", "fsum": "x + y"}
NUMBERS = [0.0, 1.0, -1.0, 0.5, 2.0]


def expected(name: str, x: float, y: float) -> float:
    """What Python finds; nan where that is no real number."""
    try:
        z = eval(TEXTS[name], {"x": x, "y": y})
    except ZeroDivisionError:
        return math.nan
    return math.nan if isinstance(z, complex) else float(z)


@pytest.mark.parametrize("name", TEXTS)
def test_an_instruction_on_numbers_finds_what_python_finds(name: str) -> None:
    for x, y in itertools.product(NUMBERS, NUMBERS):
        code, z, numbers = Code(), expected(name, x, y), [x, y][:1 + ("y" in TEXTS[name])]
        at = code.emit(name, *map(code.number, numbers))
        assert at in code.numbers or math.isnan(z)
        if not math.isnan(z):
            assert code.numbers[at] == PLAIN[name](*numbers) == z
        else:                                        # it fails where it runs, as it does in Python
            assert code.names[at] == name


@pytest.mark.parametrize("name, neutral", [("and", 1.0), ("or", 0.0)])
@pytest.mark.parametrize("at", [0, 1])
def test_of_a_condition_and_a_number_one_decides(name: str, neutral: float, at: int) -> None:
    code = Code()
    condition = code.emit("lt", code.leaf("x"), code.leaf("y"))
    for n in 0.0, 1.0:
        places = [condition, condition]
        places[at] = code.number(n)
        assert code.emit(name, *places) == (condition if n == neutral else code.number(n))
