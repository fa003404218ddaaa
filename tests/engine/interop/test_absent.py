"""What other engines' values have and a Value has not: the same answer on both cores, and no cost."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from engine import Op, Value
from engine.interop.absent import INSTEAD
from tests.engine.native.test_choice import ran

SIGNS = [name for name in Op.table if f"__{name}__" in vars(Value)]
NAMES = st.sampled_from(sorted({*INSTEAD, *SIGNS}))


@given(NAMES)
def test_a_name_that_is_absent_says_what_to_write(name: str) -> None:
    v = Value(1.0)
    for use in (lambda: getattr(v, name), lambda: getattr(Value, name)) if name != "__dict__" else ():
        with pytest.raises(AttributeError, match=f"a Value has no _*{name.strip('_')}_*: "):
            use()
    assert not hasattr(v, name)
    if name != "__dict__":
        assert name not in dir(Value)
        with pytest.raises(AttributeError, match="a Value has no "):
            setattr(v, name, 0.0)
        assert name not in dir(v)
    with pytest.raises(TypeError, match="takes one number and one name"):
        Value(1.0, **{name: 0.0})


@pytest.mark.parametrize("more, named", [(("x", 3.0), {}), (("x",), {"parents": ()}), (("x", ()), {"op": None})])
def test_more_than_a_number_and_a_name_is_refused(more: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="takes one number and one name"):
        Value(1.0, *more, **named)


def test_what_is_there_is_not_called_absent() -> None:
    assert {"data", "grad", "tanh", "parents", "backward", "_prev", "_op", "arctan"} <= {*dir(Value(1.0))}
    assert not {*INSTEAD} & {"data", "grad", "label", "op", "parents", "partials", "constant", "index"}


def test_a_row_may_take_an_absent_name() -> None:
    Value.square = Op("x * x", "2 * x")  # type: ignore[attr-defined]
    assert Value(3.0).square().data == 9.0 and "square" in dir(Value)  # type: ignore[attr-defined]


CASES = {
    "v._backward":                  "its local derivatives are .partials",
    "v._children":                  "its operands are .parents",
    "v.m = 0.0":                    "keep numbers beside it",
    "v.m1 = 0.0":                   "keep numbers beside it",
    "v.__dict__":                   "a few fields: data, grad",
    "v.item()":                     "its number is .data",
    "v.add(2)":                     "v + w",
    "v.requires_grad = True":       "each has a .grad after backward()",
    "Value(1.0, _children=())":     "write its row",
    "Value(1.0, requires_grad=1)":  "requires_grad: each has a .grad",
    "class Mine(Value): pass":      "write its row",
    "type('Mine', (Value,), {})":   "write its row",
}


def test_both_cores_say_the_same() -> None:
    code = f"""
from engine import Value
for text in {[*CASES]}:
    try:
        exec(text, {{"Value": Value, "v": Value(1.0)}})
    except (AttributeError, TypeError) as error:
        print(type(error).__name__, error)
"""
    lines = ran(code, core="python").stdout.splitlines()
    assert len(lines) == len(CASES) and ran(code).stdout.splitlines() == lines
    for line, said in zip(lines, CASES.values()):
        assert said in line
