"""traversal.py, softmax.py, derivatives.py, minimising.py and optimisers.py of demos, each run as a reader runs it."""
import os
import re
import subprocess
import sys
from html import unescape
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.engine.picture import drawing

ROOT = Path(__file__).parents[2]
SAID = {
    "traversal": ["∂c/∂a 6", "visited: c, b, a, a, b, a, a", "∂c/∂a, complete 4", "∂c/∂a = ∂c/∂b · ∂b/∂a = (2)(2) = 4",
                  "8 511 29559718 256", "(c(1.001) - c(0.999)) / 0.002 4 recursion 6 backward() 4"],
    "softmax": ["= -0.8491 = p_setosa - 1", "∂p_setosa/∂z_virginica = -p_setosa · p_virginica = -0.0682789",
                "∂p_versicolor -0.059836 0.239304 -0.179469", "∂CE_shifted/∂m loses about 16 of 16 digits",
                "OverflowError: exp(z_setosa) overflows", "nn.cross_entropy(z, 1) 1000.0",
                "sum mean ∂loss/∂b3 -0.773201 -0.257734 b3 after one step -1.226799 -1.742266"],
    "minimising": ["CE of the three 2.665939", "its slope by b3 -0.773201"],
    "derivatives": ["derivative 6 -36.27954", "1 0.621627 0.621627", "derivative 2 -7.00520861015722e-26",
                    "0 0.00000 1.00000 0.00000 -2.00000 0.00000 16.00000 0.00000"],
    "optimisers": ["height 6.3360 gradient (8.6400, 4.8000)", "p = p - lr * m_hat / (sqrt(v_hat) + eps)",
                   "class Lion(Optimiser):", "The check went well", "Adam 3.31301 0.00011 0.00000 79"],
}


DRAWN = {"derivatives": "tanh", "optimisers": "valley"}


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
    if name in DRAWN and find_spec("matplotlib"):
        assert sorted(path.name for path in (tmp_path / "out" / name).iterdir()) == [
            f"{DRAWN[name]}{end}" for end in (".png", ".svg", "_dark.png", "_dark.svg")]


@pytest.mark.parametrize("name", sorted(SAID))
def test_what_is_wrong_stops_it(name, tmp_path):
    wrong = "import engine; engine.derivatives.Value.backward = lambda v: None; engine.derivative = lambda y, x: y; "
    run = demo(name, tmp_path, code="import engine.derivatives; " + wrong)
    assert run.returncode == 1 and "Error" in run.stderr


def test_without_graphviz_the_traversal_is_told_all_the_same(tmp_path):
    run = demo("traversal", tmp_path, code="import sys; sys.modules['graphviz'] = None; ")
    assert (run.returncode, run.stderr) == (0, "") and "none: " in run.stdout.splitlines()[-3]


def test_a_terminal_of_ascii_shows_question_marks(tmp_path):
    run = demo("softmax", tmp_path, PYTHONIOENCODING="ascii")
    assert (run.returncode, run.stderr) == (0, "") and run.stdout.isascii() and "?CE/?z_setosa" in run.stdout


@drawing
def test_both_walks_are_drawn(tmp_path):
    assert demo("traversal", tmp_path).returncode == 0
    walks = (tmp_path / "out" / "traversal" / "walks.svg").read_text(encoding="utf-8")
    visits = re.findall(r">(\d)\. ([abc])[^<]*∂ (\d)<", unescape(walks))
    assert sorted(visits)[:2] == [("1", "c", "1"), ("1", "c", "1")] and len(visits) == 7 + 3
    assert ("7", "a", "6") in visits and ("3", "a", "4") in visits
