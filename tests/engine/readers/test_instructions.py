"""A row as instructions: where it has a result, each of them has one, those of branches that are not taken too."""
from __future__ import annotations

from itertools import product
from math import isfinite

import pytest

from engine import Op
from engine.readers.code import PLAIN
from engine.readers.instructions import Pattern


def found(pattern: Pattern, numbers: tuple[float, ...]) -> list[float]:
    """What each instruction finds, in order."""
    z: list[float] = []
    for place, (name, arguments) in enumerate(zip(pattern.code.names, pattern.code.arguments)):
        z.append(pattern.code.numbers[place] if name == "number" else numbers[place] if name == "operand" else
                 PLAIN[name](*[z[p] for p in arguments]))
    return z


CHOICES = ["1 / x if x > 0 else y", "y if x <= 0 else log(x)", "exp(1000 * x) if x < 0.5 else y",
           "x ** 0.5 if x >= 0 else y",
           "(1 / (x - 1) if y > 0 else y) if x > 1 else 0", "y if x <= 0 else (log(x) if y > 0 else sqrt(x))",
           "0 if x < 0 else (x if y < 0 else (sqrt(x) if y > 0 else x)) if y < 3 else 1 / y",
           "(exp(1000 * x) if y > 0 else y) if x < 0.5 else x",
           "((1 / y if x > 0 else 2) if y > 0 else x) if x > 0 else y",
           "(y if y < 0 else log(x)) if x > 0 else (x if y > 0 else 1 / (x - y - 0.25))",
           "log(x) + log(y) if x > 0 and y > 0 else (log(x) if x > 0 else (log(y) if y > 0 else 0))"]


@pytest.mark.parametrize("formula", CHOICES)
def test_no_branch_that_is_not_taken_fails_also_within_another(formula: str) -> None:
    row = Op(formula, "0", "0", name="chosen")
    pattern = Pattern(row, 2, None)
    for point in product([-2.0, 0.0, 0.25, 1.0, 2.0], [-1.0, 0.0, 2.0, 3.0]):
        numbers = found(pattern, point)
        assert all(map(isfinite, numbers)) and numbers[pattern.value] == row(*point)


@pytest.mark.parametrize("formula, times", [
    ("exp(x) if x > y else exp(-y)",                         {"exp": 1}),
    ("log(1 + exp(x)) if x > y else log(2 + exp(y))",        {"exp": 1, "log": 1}),
    ("1 / (1 + x * x) if x > y else y / (1 + y * y)",        {"div": 1}),
    ("exp(x) + exp(2 * x) if x > y else exp(y)",             {"exp": 3}),       # which is which?
    ("exp(x) + exp(2 * x) if x > y else exp(y) - exp(2 * y)", {"exp": 4}),
    ("exp(x) * exp(x) if x > y else exp(y)",                 {"exp": 1}),
    ("sin(x) if x > y else cos(y)",                          {"sin": 1, "cos": 1}),
])
def test_what_costs_most_and_either_branch_calls_once_is_found_once(formula: str, times: dict[str, int]) -> None:
    row = Op(formula, "0", "0", name="chosen")
    pattern = Pattern(row, 2, None)
    assert {name: pattern.code.names.count(name) for name in times} == times
    for point in product([-2.0, 0.25, 1.0], repeat=2):
        assert found(pattern, point)[pattern.value] == row(*point)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_row_of_pairs_may_have_any_number_of_them(n: int) -> None:
    row = Op("sum(x * y) + 2 * sum(x * y) - sum(x - y)", "3 * y - 1", "3 * x + 1", name="thrice")
    xs, ys = [0.5, -1.0, 2.0][:n], [3.0, 0.25, -4.0][:n]
    pattern = Pattern(row, 2 * n, n)
    assert found(pattern, [*xs, *ys])[pattern.value] == sum([3 * x * y - (x - y) for x, y in zip(xs, ys)])
