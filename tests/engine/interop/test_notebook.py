"""What a notebook shows, in one that is executed."""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html import unescape
from importlib.util import find_spec
from pathlib import Path

import pytest

from engine import Value
from engine.interop.notebook import latex, svg
from tests.engine.picture import drawing

ROOT  = Path(__file__).parents[3]
CELLS = {
    "start":       """\
import sys; sys.path.insert(0, {root!r})
from engine import Value, draw, exp, explain, jacobian, log, table, walkthrough
z1, z2 = Value(-0.9632), Value(0.0032)
p = exp(z1) / (exp(z1) + exp(z2))
CE = -log(p)
CE.backward()""",
    "value":       "p",
    "explanation": "explain(CE, z1)",
    "table":       "Out, _; table(CE)",
    "jacobian":    "jacobian([p], [z1, z2])",
    "picture":     "draw(CE)",
    "page":        "walkthrough(CE, z1)",
    "error":       'log(Value(0.0, "p_setosa"))',
}


RUN = """\
import json, sys
from jupyter_client import KernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
notebook = new_notebook(cells=[new_code_cell(source) for source in json.loads(sys.stdin.read())])
manager = KernelManager()
manager.kernel_spec.argv[0] = sys.executable
NotebookClient(notebook, km=manager, timeout=120, allow_errors=True).execute()
print(json.dumps([cell.outputs for cell in notebook.cells]))
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What each cell of a notebook shows."""
    for name in ("nbclient", "ipykernel"):           # not imported: the notebook runs in a process of its own
        if not find_spec(name):
            pytest.skip(f"needs {name}, to execute a notebook")
    folder = tmp_path_factory.mktemp("notebook")
    places = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")     # not the user's own
    run = subprocess.run([sys.executable, "-c", RUN], capture_output=True, encoding="utf-8", timeout=300, cwd=folder,
                         input=json.dumps([cell.format(root=str(ROOT)) for cell in CELLS.values()]),
                         env={**os.environ, **dict.fromkeys(places, str(folder))})
    assert run.returncode == 0, run.stderr
    first, *others = json.loads(run.stdout)
    assert not first
    return {name: outputs[-1] for name, outputs in zip([*CELLS][1:], others)}


@drawing
def test_a_value_is_its_picture_and_text(shown):
    data = shown["value"]["data"]
    assert data["image/svg+xml"].count("<svg") == 1 and ">p</text>" in data["image/svg+xml"]
    assert data["text/plain"] == "Value(data=0.2755986397971445, grad=-3.628464932686366)"
    assert data["image/png"] and data["text/html"].startswith("<img alt=") and "svg+xml" in data["text/html"]
    assert data["text/latex"] == r"$$ p = \frac{e^{z_{1}}}{e^{z_{1}} + e^{z_{2}}} = 0.275599 $$"


@drawing
def test_a_page_is_in_a_frame_of_its_own(shown):
    frame = shown["page"]["data"]["text/html"]
    assert frame.startswith('<iframe sandbox="allow-scripts" ') and frame.count("<") == 2
    page = unescape(frame.partition('srcdoc="')[2])
    assert page.startswith("<!DOCTYPE html>") and "default-src 'none'" in page and "∂CE/∂z1" in page


def test_an_explanation_is_latex_and_text(shown):
    data = shown["explanation"]["data"]
    assert r"\frac{\partial \mathrm{CE}}{\partial z_{1}} &= " in data["text/latex"]
    assert r"p \cdot \left(1 - p\right)" in data["text/latex"]
    assert data["text/plain"].startswith("∂CE/∂z1 = ∂CE/∂p · ∂p/∂z1 = ")


def test_a_table_is_an_html_table_and_text(shown):
    data = shown["table"]["data"]
    assert data["text/html"].startswith("<table>") and ">CE</td>" in data["text/html"]
    assert data["text/plain"].startswith("name  formula")


def test_a_jacobian_is_an_html_table_and_text(shown):
    data = shown["jacobian"]["data"]
    assert data["text/html"].startswith("<table>") and ">∂z2</th>" in data["text/html"]
    assert data["text/plain"].split() == ["∂z1", "∂z2", "∂p", "0.1996", "-0.1996"]


@drawing
def test_a_picture_is_svg_and_text(shown):
    data = shown["picture"]["data"]
    assert "<svg" in data["image/svg+xml"] and data["text/plain"].startswith("<picture of ")


def test_an_error_points_at_the_cell_and_the_label(shown):
    traceback = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(shown["error"]["traceback"]))
    assert shown["error"]["ename"] == "ValueError" and "log(p_setosa) needs x > 0" in shown["error"]["evalue"]
    assert 'log(Value(0.0, "p_setosa"))' in traceback


@drawing
def test_a_value_has_a_picture():
    x = Value(2.0, "x")
    assert "<svg" in (svg(x * x) or "")


def test_what_has_too_many_boxes_is_text():
    v = x = Value(1.0, "x")
    for _ in range(2000):
        v = (v * x).sin()
    assert svg(v) is None


@pytest.mark.parametrize("made, formula", [
    (lambda a, b: a,                        "$$ a = 2 $$"),
    (lambda a, b: a * 1.00001,              r"$$ a \cdot 1.00001 = 2.00002 $$"),
    (lambda a, b: (a - b) * (a + b),        r"$$ \left(a - b\right) \cdot \left(a + b\right) = -5 $$"),
    (lambda a, b: a - (a - b),              r"$$ a - \left(a - b\right) = 3 $$"),
    (lambda a, b: (a / b) ** 2,             r"$$ \left(\frac{a}{b}\right)^{2} = 0.444444 $$"),
    (lambda a, b: sum([a, b]) * 2,          r"$$ \left(a + b\right) \cdot 2 = 10 $$"),
    (lambda a, b: Value.fsum([a] * 50),     r"$$ \mathrm{fsum}\left(" + "a, " * 40 + r"\ldots\right) = 100 $$"),
    (lambda a, b: a.relu().relu().relu(),   r"$$ " + r"\mathrm{relu}\left(" * 3 + "a" + r"\right)" * 3 + " = 2 $$"),
])
def test_the_formula_of_a_value_in_latex(made, formula):
    assert latex(made(Value(2.0, "a"), Value(3.0, "b"))) == formula


def test_the_formula_of_a_large_value_is_short():
    v = x = Value(1.0, "x")
    for _ in range(3000):
        v = (v * x).sin()
    assert len(latex(v)) < 300 and "\\ldots" in latex(v)


def test_a_row_is_shown_in_place_of_a_function():
    code = """from engine import Op, Value, core, log, exp
Value.own = Op("x * x", "2 * x")
Value(2.0).own(), Value(2.0).log()
import copy, inspect, pickle
for f in Value.log, Value.own, Value.softmax, exp:
    assert pickle.loads(pickle.dumps(f)) is copy.deepcopy(f) is f and inspect.getsource(f) == f.source
print(core, [Value.log, log, Value.own])"""
    rows = subprocess.run([sys.executable, "-c", code], cwd=ROOT,
                          capture_output=True, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    log = "<Value.log: z = log(x), dz/dx = 1 / x, needs x > 0; for log of a softmax "
    assert rows.stdout.count(log) == 2 and "<Value.own: z = x * x, dz/dx = 2 * x>" in rows.stdout, rows.stderr
