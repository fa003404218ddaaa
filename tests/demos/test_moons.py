"""demos/moons.py, run as a reader runs it."""
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN  = "import runpy; runpy.run_module('demos.moons', run_name='__main__')"
GONE = ["matplotlib", "micrograd", "tqdm", "numpy", "torch", "sklearn"]
BARE = f"import sys; sys.modules.update(dict.fromkeys({GONE})); {RUN}"


def moons(folder, code=RUN):
    """A quick run in a folder."""
    return subprocess.run([sys.executable, "-W", "error", "-c", code, "--quick"], cwd=folder, timeout=300,
                          capture_output=True, encoding="utf-8",
                          env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"})


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A run where no extra is installed, and its folder."""
    folder = tmp_path_factory.mktemp("bare")
    return moons(folder, BARE), folder


@pytest.mark.parametrize("text", [
    "337 parameters; at first the loss is", "and 100% of the 50 points are right", "glassgrad, replayed",
    "glassgrad, eager", "Both find the same 337 derivatives.",
    "PyTorch is not installed: pip install torch, and it is timed beside this.", "µs an epoch, to a loss of",
    "micrograd is not installed: pip install micrograd, and it is timed beside this.",
    "None is drawn, for matplotlib is not installed: pip install matplotlib",
])
def test_it_ends_well_where_nothing_is_installed(bare, text):
    run, folder = bare
    assert (run.returncode, run.stderr, [*folder.iterdir()]) == (0, "", [])
    assert text in run.stdout and max(map(len, run.stdout.splitlines())) <= 102


@pytest.mark.skipif(not find_spec("matplotlib"), reason="needs matplotlib")
def test_it_draws_its_picture(tmp_path):
    run = moons(tmp_path)
    png = (tmp_path / "out" / "moons" / "moons.png").read_bytes()
    assert run.returncode == 0 and png.startswith(b"\x89PNG\r\n\x1a\n") and len(png) > 20_000
    assert not find_spec("micrograd") or "All find the same 337 derivatives." in run.stdout


@pytest.mark.parametrize("wrong", [
    "import nn; nn.SGD.formulas = [*nn.SGD.formulas[:-1], 'p = p + lr * d']",
    "from nn.training.recording import Recording; "
    "Recording.gradients = lambda self, batch: {'loss': 0.5, 'accuracy': 0.5}",
])
def test_what_is_wrong_stops_it(tmp_path, wrong):
    run = moons(tmp_path, f"{wrong}; {BARE}")
    assert run.returncode == 1 and "Error" in run.stderr
