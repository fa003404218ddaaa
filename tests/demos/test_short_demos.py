"""demos/traversal.py, softmax.py and derivatives.py, each run as a reader runs it, in an empty folder."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAID = {
    "traversal": ["∂c/∂a 6", "visited: c, b, a, a, b, a, a", "∂c/∂a, complete 4", "∂c/∂a = ∂c/∂b · ∂b/∂a = (2)(2) = 4",
                  "8 511 29559718 256"],
    "softmax": ["= -0.8491 = p_setosa - 1", "∂p_setosa/∂z_virginica = -p_setosa · p_virginica = -0.0682789",
                "∂p_versicolor -0.059836 0.239304 -0.179469", "∂CE_shifted/∂m loses about 16 of 16 digits",
                "OverflowError: exp(z_setosa) overflows", "nn.cross_entropy(z, 1) 1000.0"],
    "derivatives": ["derivative 6 -36.27954", "1 0.621627 0.621627", "derivative 2 -7.00520861015722e-26"],
}


def demo(name, folder, code="", **environment):
    """A demo's run in a folder."""
    run = f"{code}import runpy; runpy.run_module('demos.{name}', run_name='__main__')"
    return subprocess.run([sys.executable, "-W", "error", "-c", run], cwd=folder, capture_output=True, timeout=300,
                          env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment},
                          encoding="utf-8")


@pytest.mark.parametrize("name", sorted(SAID))
def test_it_ends_well_and_says_what_it_is_for(name, tmp_path):
    run = demo(name, tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    words = " ".join(run.stdout.split())
    assert [said for said in SAID[name] if said not in words] == []
    assert max(map(len, run.stdout.splitlines())) <= 116 and "/" + "tmp" not in run.stdout


@pytest.mark.parametrize("name", sorted(SAID))
def test_what_is_wrong_stops_it(name, tmp_path):
    wrong = "import engine; engine.derivatives.Value.backward = lambda v: None; engine.derivative = lambda y, x: y; "
    run = demo(name, tmp_path, code="import engine.derivatives; " + wrong)
    assert run.returncode == 1 and "Error" in run.stderr


def test_without_graphviz_the_traversal_is_told_all_the_same(tmp_path):
    run = demo("traversal", tmp_path, code="import sys; sys.modules['graphviz'] = None; ")
    assert (run.returncode, run.stderr) == (0, "") and "none: " in run.stdout.splitlines()[-1]


def test_a_terminal_of_ascii_shows_question_marks(tmp_path):
    run = demo("softmax", tmp_path, PYTHONIOENCODING="ascii")
    assert (run.returncode, run.stderr) == (0, "") and run.stdout.isascii() and "?CE/?z_setosa" in run.stdout
