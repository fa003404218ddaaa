"""Value is one class on either core: its methods are rows with a name, a text and a signature, and rows can be set."""
from __future__ import annotations

import copy
import gc
import inspect
import pickle
import pydoc
from pathlib import Path

import pytest

from engine import Op, Value, core
from engine.formula import FUNCTIONS
from engine.native import rows_of
from tests.engine.native.test_choice import python

ROWS = [*rows_of(vars(Value)).items()]


@pytest.mark.parametrize("name, op", ROWS, ids=lambda row: row if isinstance(row, str) else "")
def test_a_method_answers_for_its_row(name: str, op: Op) -> None:
    method = getattr(Value, name)
    assert method.op is op and method.op is vars(Value)[name].op
    assert method.__name__ == name and method.__qualname__ == f"Value.{name}" and method.__module__ == "engine"
    assert method.__doc__.startswith(f"z = {op.formula}")
    assert inspect.getsource(method) == method.source and method.source.startswith(f"def {name}(")
    first = [*inspect.signature(method).parameters][0]
    assert first in ("self", "operands", "xs")
    assert inspect.isroutine(method) and callable(method)
    assert pickle.loads(pickle.dumps(method)) is method is copy.deepcopy(method)
    assert name in repr(method)
    if not name.startswith("__r"):
        assert op.function is method or name == "__abs__"
    with pytest.raises(AttributeError):
        method.nothing


def test_help_shows_the_table() -> None:
    text = pydoc.plain(pydoc.render_doc(Value))
    for part in ("backward(self)", "exp(self)", "z = tanh(x)", "softmax(operands, index)", "The number."):
        assert part in text
    assert str(inspect.signature(Value.backward)) == "(self) -> 'None'"
    assert str(inspect.signature(Value)).startswith("(data: 'Any', label: 'str' = ''")


def test_methods_are_called_in_every_way() -> None:
    x, y = Value(3.0), Value(2.0)
    assert (x.exp().data, Value.exp(x).data, getattr(x, "exp")().data) == (Value.exp(3.0),) * 3
    assert [v.data for v in map(Value.relu, [x, y])] == [3.0, 2.0]
    assert (Value.__sub__(x, y).data, Value.__rsub__(x, y).data, x.__rpow__(2).data) == (1.0, -1.0, 8.0)
    assert Value.softmax(operands=[x, y], index=0).data == Value.softmax([x, y], 0).data
    assert Value.__add__(x, "1" if False else 1).data == 4.0
    assert (2 - x).data == -1.0 and (True is True) and pow(x, 2).data == 9.0
    for wrong in (lambda: x.exp(1), lambda: Value.exp(), lambda: Value.softmax([x]), lambda: x.backward(1),
                  lambda: x.exp(x=1), lambda: pow(x, 2, 5), lambda: Value.dot([x]), lambda: x + None):
        with pytest.raises(TypeError):
            wrong()  # type: ignore[no-untyped-call]
    z = x * y
    bound = z.backward
    bound()
    assert (x.grad, y.grad) == (2.0, 3.0)


def test_generators_and_their_errors_pass_through() -> None:
    x = Value(2.0)

    def broken() -> object:
        yield x
        raise KeyError("mine")

    assert Value.dot((v for v in [x, 1]), (v for v in (3, x))).data == 8.0
    assert Value.cross_entropy((v for v in [x, x]), 0).parents == (x, x)
    for call in (lambda: Value.fsum(broken()), lambda: Value.dot([x], broken()), lambda: Value.softmax(broken(), 0)):
        with pytest.raises(KeyError, match="mine"):
            call()  # type: ignore[no-untyped-call]
    with pytest.raises(ValueError, match="1 and 2 came"):
        Value.dot((v for v in [x]), (v for v in [x, x]))


def test_what_c_declines_the_python_method_refuses_with_all_that_came() -> None:
    x = Value(2.0)
    for call in (lambda method: method([x, x], [x], 1.0), lambda method: method([x], ["2"], 1.0)):
        found = []
        for method in Value.affine, Value.affine.op.function.__wrapped__ if core == "native" else Value.affine:
            with pytest.raises((TypeError, ValueError)) as caught:
                call(method)
            found.append((caught.type, str(caught.value)))
        assert found[0] == found[1] and "missing" not in found[0][1]


def test_an_index_stands_for_itself_alone() -> None:
    x, y = Value(3.0), Value(2.0)
    for wrong in (lambda: Value.softmax([x, y], 0, 1), lambda: Value.softmax([x, y], wrong=0)):
        with pytest.raises(TypeError):
            wrong()  # type: ignore[no-untyped-call]


@pytest.mark.skipif(core != "native", reason="is about the C")
def test_the_collector_of_garbage_sees_what_a_method_holds() -> None:
    for name in "exp", "softmax", "affine":
        method = vars(Value)[name]
        assert gc.get_referents(method) == [method.__wrapped__]


OVERRIDES = """
from engine import Op, Value, core
x = Value(3.0)
Value.cube = Op("x ** 3", "3 * x ** 2")
z = x.cube(); z.backward(); first = z.data, x.grad
Value.relu = Op("x if x > 0 else x / 10", "1 if x > 0 else 1 / 10")
Value.__mul__ = Value.__rmul__ = Op("x * y + 1", "y", "x")
Value.__neg__ = lambda self: "minus"
old, Value.__init__ = Value.__init__, lambda self, n: old(self, n + 1)
print(first, Value(-11.0).relu().data, (x * 2).data, (2 * x).data, (x * x).data, -x, Value(1.0), (x + 2).data)
"""


@pytest.mark.parametrize("core", ["", "python"])
def test_rows_and_methods_can_be_set_at_run_time(core: str) -> None:
    assert python(OVERRIDES, core=core) == "(27.0, 27.0) -1.0 7.0 7.0 10.0 minus Value(data=2.0, grad=0.0) 5.0"


def test_a_value_is_made_and_made_again() -> None:
    x = Value(3, "x")
    y = x * x
    y.__init__(2.5)  # type: ignore[misc]
    assert y.parents == () and (y.data, y.grad, y.label, y.op) == (2.5, 0.0, "", None)
    y.__init__(1, label="y")  # type: ignore[misc]
    assert (y.data, y.label) == (1.0, "y")
    for wrong in ((), ("1",), (1, 2), (1, (), "tanh"), (float("nan"),), (10 ** 400,), (x,), (True,)):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            Value(*wrong)
    assert copy.copy(y) is not y and copy.copy(x * y).parents == (x, y)


def test_no_label_holds_its_node() -> None:
    class Text(str):
        pass

    x = Value(1.0)
    text = Text("x")
    text.value = x  # type: ignore[attr-defined]
    x.label = text
    assert type(x.label) is str and x.label == "x"


def test_there_are_no_subclasses() -> None:
    with pytest.raises(TypeError, match="not an acceptable base type"):
        class Odd(Value):
            pass


def test_the_sources_name_no_operation() -> None:
    grammar = {function.row for function in FUNCTIONS.values()} | {"pow"}
    names = {op.name for _, op in ROWS} - grammar - {"at"}               # which is a word of comments too
    for path in Path(__file__).parents[3].glob("engine/native/**/*.[ch]"):
        words = set(path.read_text(encoding="utf-8").replace("_", " ").split())
        assert names & words == set(), path
