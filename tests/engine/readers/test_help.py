"""The documentation of rows: what help() shows, and that its examples are true."""
from __future__ import annotations

import doctest
import importlib
import inspect

import pytest

import engine.testing
import nn
from engine import Op, Value

METHODS = {name: method for name, method in vars(Value).items() if isinstance(getattr(method, "op", None), Op)}
NAMES   = {name: getattr(engine, name) for name in engine.__all__}


@pytest.mark.parametrize("name", METHODS)
def test_formula_derivatives_domain_and_an_example_that_is_true(name):
    text, row = inspect.getdoc(METHODS[name]), METHODS[name].op
    assert text.startswith(f"z = {row.formula}\n") and (not row.needs or f"needs {row.needs}" in text)
    for v, partial in zip(row.variables, row.partials):
        assert f"∂z/∂{v} = {partial}\n" in text + "\n"
    example = doctest.DocTestParser().get_doctest(text, dict(NAMES), name, None, 0)
    found = doctest.DocTestRunner(verbose=False).run(example)
    assert found.attempted == 2 and not found.failed


def test_a_users_row_is_documented_as_well():
    cube = Op("x ** 3", "3 * x ** 2", name="cube_documented")
    text = cube.function.__doc__
    assert ">>> z = cube_documented(Value(2.0))\n" in text and "(8.0, (12.0,))" in text
    assert text == cube.__doc__


@pytest.mark.parametrize("row, call", [
    (Op("x ** 3", "3 * x ** 2"),                         "Value(2.0).own_row()"),
    (Op("x * x * y", "2 * x * y", "x * x"),              "Value(2.0).own_row(Value(3.0))"),
    (Op("sum(y * y)", "2 * x"),                          "Value.own_row([Value(2.0), Value(3.0), Value(4.0)])"),
])
def test_a_row_set_on_value_is_called_as_a_method(row, call):
    Value.own_row = row
    text = Value.own_row.__doc__
    assert f">>> z = {call}\n" in text
    example = doctest.DocTestParser().get_doctest(text, dict(NAMES), "own_row", None, 0)
    assert not doctest.DocTestRunner(verbose=False).run(example).failed


def test_a_row_that_is_defined_elsewhere_has_an_example_there():
    arcs = Op("log(-x)", "1 / x", needs="x < 0", name="log_of_minus")
    assert "Value(-0.5)" in arcs.function.__doc__


def test_a_row_that_is_defined_nowhere_near_has_none():
    far = Op("log(x - 100)", "1 / (x - 100)", needs="x > 100", name="far_documented")
    assert ">>>" not in far.function.__doc__ and "needs x > 100" in far.function.__doc__


FACE = [(room.__name__, name) for room in (engine, engine.testing, nn) for name in room.__all__]


@pytest.mark.parametrize("room, name", FACE, ids=[name for _, name in FACE])
def test_every_public_name_shows_itself(room, name):
    assert ">>> " in getattr(importlib.import_module(room), name).__doc__


def test_the_table_of_rooms_is_documented():
    assert all(getattr(engine, name).__doc__ for name in engine.__all__)
