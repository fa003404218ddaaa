"""demos/cluster.py, run as a reader runs it, on fewer flowers."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("distributed")
ROOT = Path(__file__).parents[2]


def demo(folder, *options, code=""):
    """A run of the demo in a folder."""
    run = f"{code}import runpy; runpy.run_module('demos.cluster', run_name='__main__')"
    return subprocess.run([sys.executable, "-W", "error", "-c", run, *options], cwd=folder, capture_output=True,
                          timeout=300, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
                          encoding="utf-8")


def test_it_finds_the_same_bits(tmp_path):
    run = demo(tmp_path, "--rows", "150000", "--workers", "2")
    assert (run.returncode, run.stderr) == (0, "")
    assert "All 15 parameters and 5 losses are equal, to the last bit." in run.stdout
    assert max(map(len, run.stdout.splitlines())) <= 116


@pytest.mark.parametrize("options", [("--rows", "0"), ("--workers", "-2")])
def test_numbers_that_cannot_be_meant_are_refused(tmp_path, options):
    run = demo(tmp_path, *options)
    assert (run.returncode, run.stdout) == (2, "") and f"are at least 1, not {options[1]}" in run.stderr


def test_without_dask_it_says_what_to_install(tmp_path):
    run = demo(tmp_path, code="import sys; sys.modules['distributed'] = None; ")
    assert (run.returncode, run.stderr) == (0, "") and "pip install 'glassgrad[cluster]'" in run.stdout
