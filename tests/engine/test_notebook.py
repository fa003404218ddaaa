"""What a notebook shows, in one that is executed."""
from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import pytest

from engine import Value
from engine.notebook import svg

ROOT  = Path(__file__).parents[2]
CELLS = """\
import sys; sys.path.insert(0, {root!r})
from engine import Value, draw, exp, explain, hessian, label, log, table
z1, z2 = Value(-0.9632), Value(0.0032)
p = exp(z1) / (exp(z1) + exp(z2))
CE = -log(p)
CE.backward()
--
explain(CE, z1)
--
table(CE)
--
draw(CE)
--
log(Value(0.0, "p_setosa"))
"""


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
    """What each cell of a notebook shows, by its format."""
    for name in ("nbclient", "ipykernel"):           # not imported: the notebook runs in a process of its own
        if not find_spec(name):
            pytest.skip(f"needs {name}, to execute a notebook")
    cells = json.dumps(CELLS.format(root=str(ROOT)).split("--\n"))
    run = subprocess.run([sys.executable, "-c", RUN], input=cells, capture_output=True, encoding="utf-8", timeout=300,
                         cwd=tmp_path_factory.mktemp("notebook"))
    assert run.returncode == 0, run.stderr
    first, *others = json.loads(run.stdout)
    assert not first
    return [outputs[-1] for outputs in others]


def test_an_explanation_is_latex_and_text(shown):
    data = shown[0]["data"]
    assert r"\frac{\partial \mathrm{CE}}{\partial z_{1}} &= " in data["text/latex"]
    assert r"p \cdot \left(1 - p\right)" in data["text/latex"]
    assert data["text/plain"].startswith("∂CE/∂z1 = ∂CE/∂p · ∂p/∂z1 = ")


def test_a_table_is_an_html_table_and_text(shown):
    data = shown[1]["data"]
    assert data["text/html"].startswith("<table>") and ">CE</td>" in data["text/html"]
    assert data["text/plain"].startswith("name  formula")


@pytest.mark.skipif(not which("dot") and not find_spec("pygraphviz"), reason="needs Graphviz")
def test_a_picture_is_svg_and_text(shown):
    data = shown[2]["data"]
    assert "<svg" in data["image/svg+xml"] and data["text/plain"].startswith("<picture of ")


def test_an_error_points_at_the_cell_and_the_label(shown):
    traceback = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(shown[3]["traceback"]))
    assert shown[3]["ename"] == "ValueError" and "log(p_setosa) needs x > 0" in shown[3]["evalue"]
    assert 'log(Value(0.0, "p_setosa"))' in traceback


@pytest.mark.skipif(not which("dot") and not find_spec("pygraphviz"), reason="needs Graphviz")
def test_a_value_has_a_picture():
    x = Value(2.0, "x")
    assert "<svg" in (svg(x * x) or "")


def test_what_has_too_many_boxes_is_text():
    v = x = Value(1.0, "x")
    for _ in range(2000):
        v = (v * x).sin()
    assert svg(v) is None
