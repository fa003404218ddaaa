"""An operation is added as CONTRIBUTING.md says, in one line: in a copy of the tree, where all readings find it."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROW  = re.compile(r'^ {4}(    (\w+) +=\s+Op\(.*\))$', re.MULTILINE)
SEEN = """
import sys
from engine import Value, derivative, explain
from engine.native import rows_of
from engine.readers import c, javascript, stub
from engine.readers.latex import latex
sys.path.append("docs")
import pages
x = Value(3.0, "x")
z = x.exp2()
z.backward()
row = z.op
assert (z.data, x.grad) == (8.0, 8.0 * 0.6931471805599453), x.grad
assert abs(derivative(derivative(z, x), x).data - 8.0 * 0.6931471805599453 ** 2) < 1e-14
assert "exp2" in c.pour(vars(Value)) and "log" in latex(row.partials[0])
assert "def exp2(self) -> Value:" in stub.value() and "## exp2" in pages.rows()
assert "z = 2 ** x" in Value.exp2.__doc__ and "exp2" in str(explain(z, x))
assert javascript.pour({row: 0})
"""


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with the row of CONTRIBUTING.md in the second table, where that says."""
    folder = tmp_path_factory.mktemp("grown")
    for name in ("engine", "nn", "tests", "docs", "demos"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd"))
    for name in ("conftest.py", "setup.cfg"):
        shutil.copy(ROOT / name, folder)
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    line, name = next((line, name) for line, name in ROW.findall(text) if name == "exp2")
    table = folder / "engine" / "more_rows.py"
    before, after = table.read_text(encoding="utf-8").split("    asinh ", 1)
    table.write_text(f"{before}{line}\n    asinh {after}", encoding="utf-8")
    return folder


def run(folder: Path, *words: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", *words], cwd=folder, capture_output=True, encoding="utf-8",
                          env={**os.environ, "GLASSGRAD_CORE": "python", "PYTHONPATH": str(folder)})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_reading_finds_it(grown: Path) -> None:
    run(grown, "-c", SEEN)


def test_the_tests_of_the_table_find_it_and_pass(grown: Path) -> None:
    said = run(grown, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/engine/test_table.py",
               "tests/engine/derivatives/test_rows.py", "-k", "exp2")
    assert int(re.findall(r"(\d+) passed", said)[0]) >= 6
