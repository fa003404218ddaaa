r"""Formulas in LaTeX."""
from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine import Op
from engine.formula import Formula
from engine.readers.latex import latex, number, symbol

PARTS = [part for row in Op.table.values() for part in row.parts]


@pytest.mark.parametrize("formula", PARTS, ids=str)
def test_every_formula_of_the_table_is_typeset(formula):
    text = latex(formula)
    assert text.count("{") == text.count("}") and text.count(r"\left") == text.count(r"\right")
    assert "**" not in text and "exp(" not in text and "==" not in text


@pytest.mark.parametrize("formula, expected", [
    ("x * y",                 r"x \cdot y"),
    ("-z / y",                r"-\frac{z}{y}"),
    ("x - (y - z)",           r"x - \left(y - z\right)"),
    ("(x + y) * z",           r"\left(x + y\right) \cdot z"),
    ("x ** (y - 1)",          r"x^{y - 1}"),
    ("(x + 1) ** 2",          r"\left(x + 1\right)^{2}"),
    ("(-x) ** 2",             r"\left(-x\right)^{2}"),
    ("exp(-x)",               r"e^{-x}"),
    ("sqrt(abs(x))",          r"\sqrt{\left|x\right|}"),
    ("sqrt(x) ** 2",          r"\sqrt{x}^{2}"),
    ("abs(x) ** 2",           r"\left|x\right|^{2}"),
    ("floor(x) ** 2",         r"\lfloor x\rfloor^{2}"),
    ("exp(x) ** 2",           r"\left(e^{x}\right)^{2}"),
    ("sigmoid(2 * x)",        r"\operatorname{sigmoid}\left(2 \cdot x\right)"),
    ("-(x + y)",              r"-\left(x + y\right)"),
    ("1 / (1 + x)",           r"\frac{1}{1 + x}"),
    ("x * (y / z)",           r"x \cdot \frac{y}{z}"),
    ("sum(x * y)",            r"{\textstyle\sum} x \cdot y"),
    ("x if x > 0 else 0",     r"\begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}"),
])
def test_formulas(formula, expected):
    assert latex(Formula(formula)) == expected


def test_names_are_put_in():
    assert latex(Formula("-z / y"), {"z": "p", "y": symbol("total")}) == r"-\frac{p}{\mathrm{total}}"


@pytest.mark.parametrize("name, expected", [
    ("p", "p"), ("b3", "b_{3}"), ("w10", "w_{10}"), ("CE", r"\mathrm{CE}"), ("z_setosa", r"z_{\mathrm{setosa}}"),
    ("theta", r"\theta"), ("θ", "θ"), ("w[0][1]", "w_{0,1}"), ("x_1", "x_{1}"), ("hidden.h1", r"\text{hidden.h1}"),
    ("a b", r"\text{a b}"), ("x_", r"\text{x\_}"), ("", r"\text{}"),
])
def test_symbols(name, expected):
    assert symbol(name) == expected


@given(some.text())
def test_any_name_is_only_text(name):
    text = symbol(name)
    assert text.count("{") == text.count("}") and not re.search(r"[$%&#<>~^]", text)
    commands = set(re.findall(r"\\[A-Za-z]+|\\.", text))
    assert all(command in (r"\text", r"\mathrm", r"\_") or command[1:].isalpha() and name.startswith(command[1:])
               for command in commands)
    assert text.isprintable()


@given(some.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_as_itself(x):
    text = re.sub(r" \\cdot 10\^\{(-?\d+)\}", r"e\1", number(x, 17))
    assert float(text) == x
