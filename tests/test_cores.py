"""tests/cores.py: what a core does is there, and is what `make test` runs on the second core."""
from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cores import OF_A_CORE, ROOT, of_a_core


@pytest.mark.parametrize("file", OF_A_CORE)
def test_what_a_core_does_is_tested(file: str) -> None:
    found = sorted((ROOT / "tests").glob(file))
    assert found and all(map(of_a_core, found))


def test_the_second_core_runs_that_and_nothing_else() -> None:
    pytest.importorskip("numpy")                     # which some of these files import
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--co", "-q", "--second",
                           "tests/engine/test_rows.py", "tests/engine/readers", "engine/op.py", "tests/docs",
                           "tests/nn"], cwd=ROOT, capture_output=True, text=True)
    files = {line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line}
    assert done.returncode == 0
    nn = {file.removeprefix("nn/") for file in OF_A_CORE if file.startswith("nn/")}
    assert files == {"tests/engine/test_rows.py", "engine/op.py", *(f"tests/nn/{name}" for name in nn)}
