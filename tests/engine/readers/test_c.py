"""The table as C: every row once, the same each time, in C alone; that it computes is in native/test_choice.py."""
from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from engine import Op, Value
from engine.native import kernels, rows_of
from engine.readers import c

OWN = {"x ** 3 if x != 1 else -(-1)": ("3 * x ** 2",), "sqrt(x * x + max(y, -y) ** 2)": ("x / z", "y / z"),
       "sum(softmax(y) * (y - min(y)))": ("softmax(x)",), "x - y * floor(x / y)": ("1", "-floor(x / y)")}
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|/\*.*?\*/', re.DOTALL)


def poured(body: dict[str, object]) -> list[str]:
    """The C of rows, in the two ways in which it is: of scalars, and of vectors; without texts and comments."""
    texts = [c.pour(body), kernels.pour(rows_of(body).values())]
    return [QUOTED.sub('""', text) for text in texts]


def named(text: str) -> list[str]:
    return [name for name in re.findall(r"ROW_(\w+)", text.split("COUNT")[0]) if name != "FIRST"]


def test_every_row_is_there_once_in_the_order_of_the_table() -> None:
    names = named(c.pour(vars(Value)))
    assert names == list(dict.fromkeys(op.name for op in rows_of(vars(Value)).values())) and len(names) > 50


def test_it_is_the_same_each_time() -> None:
    assert poured(dict(vars(Value))) == poured(dict(vars(Value)))


@pytest.mark.parametrize("formula", OWN)
def test_it_is_c_alone_with_rows_of_ones_own_too(formula: str) -> None:
    Value.own = Op(formula, *OWN[formula])  # type: ignore[attr-defined]
    body = dict(vars(Value))
    assert "own" in named(c.pour(body))
    for text in poured(body):
        assert all(text.count(one) == text.count(other) for one, other in ("()", "[]", "{}"))
        assert not re.search(r"\*\*|\bNone\b|\blambda\b|\bTrue\b| if .* else ", text)


def test_a_function_that_c_does_not_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    name = next(name for name, function in kernels.FUNCTIONS.items() if function.takes == 1)
    bare = SimpleNamespace(**{**vars(kernels.FUNCTIONS[name]), "c": "", "vector": ""})
    monkeypatch.setitem(kernels.FUNCTIONS, name, bare)
    with pytest.raises(ValueError, match=f"{name} needs an expression in C or in vector C"):
        kernels.instruction(name)
