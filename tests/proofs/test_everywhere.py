"""proofs/everywhere.py: where else the tests are run."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from proofs.environments import found
from proofs.everywhere import FIELDS, HIDDEN, ROOT, circumstances, oldest, required


def test_each_python_and_each_kind_of_packages_has_its_turn() -> None:
    there = {one.name: one for one in circumstances()}
    assert {*there} == {*list(found())[1:], "oldest", "bare"} and there["bare"].bare
    assert not any([one.bare for name, one in there.items() if name not in ("oldest", "bare")])
    assert all([(ROOT / test).exists() for test in FIELDS])


def test_the_oldest_are_those_that_setup_cfg_names() -> None:
    lines = required("draw", "test")
    assert "graphviz" in [line.partition(" ")[0] for line in lines] and "hypothesis" in " ".join(lines)
    assert {line.partition("==")[0] for line in oldest(lines)} == {
        line.partition(" ")[0] for line in lines if ">=" in line}
    assert not [line for line in oldest(lines) if "==" not in line]


@pytest.mark.skipif(os.name == "nt", reason="links to programs")
def test_a_path_without_some_programs_has_all_others(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    names = ["sh", "true", "dot", "gcc", "gcc-12", "x86_64-linux-gnu-gcc-12", "clang", "dots"]
    for name in names:
        (tmp_path / "bin" / name).touch()
    code = "import sys; from pathlib import Path; from proofs.everywhere import without; without(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, tmp_path / "without"], cwd=ROOT, check=True,
                   env={**os.environ, "PATH": str(tmp_path / "bin")})
    assert {path.name for path in (tmp_path / "without").iterdir()} == {"sh", "true", "dots"}
    assert {"dot", "gcc"} <= {*HIDDEN}
