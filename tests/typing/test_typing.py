"""Type checkers read the package as a user has it: they let the program through and find each of the mistakes."""
from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import engine
from engine import Op, Value
from engine.native import rows_of
from engine.readers import stub

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MYPY = "[mypy]\nstrict = True\nfollow_imports = silent\n[mypy-program]\ndisallow_any_expr = True\n"
PYRIGHT = '{"typeCheckingMode": "standard", "reportUnusedExpression": false, "extraPaths": ["."]}'


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages, their stubs poured, and the two programs."""
    folder = tmp_path_factory.mktemp("installed")
    for name in ("engine", "nn", "glassgrad"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyi", "*.so"))
    stub.write(folder / "engine")
    for name in ("program.py", "mistakes.py"):
        shutil.copy(HERE / name, folder)
    (folder / "mypy.ini").write_text(MYPY)
    (folder / "pyrightconfig.json").write_text(PYRIGHT)
    return folder


def complaints(folder: Path, checker: str, *options: str) -> tuple[dict[str, set[int]], str]:
    """The lines of the two programs in which a type checker finds errors; and all that it says."""
    pytest.importorskip(checker)
    done = subprocess.run([sys.executable, "-m", checker, *options, "program.py", "mistakes.py"], cwd=folder,
                          capture_output=True, encoding="utf-8")
    found: dict[str, set[int]] = {"program.py": set(), "mistakes.py": set()}
    for name, line in re.findall(r"(\w+\.py):(\d+)(?::\d+)?:? .*?error", done.stdout):
        found.setdefault(name, set()).add(int(line))
    return found, done.stdout + done.stderr


@pytest.mark.parametrize("checker, options", [
    ("mypy", ["--no-incremental"]), ("basedpyright", ["--pythonpath", sys.executable])])
def test_type_checkers_find_the_mistakes_and_nothing_else(installed: Path, checker: str, options: list[str]) -> None:
    found, said = complaints(installed, checker, *options)
    lines = (HERE / "mistakes.py").read_text(encoding="utf-8").splitlines()
    wanted = {i for i, line in enumerate(lines, 1) if "# mistake" in line}
    assert len(wanted) == 30
    assert found == {"program.py": set(), "mistakes.py": wanted}, said


def test_the_program_runs() -> None:
    runpy.run_path(str(HERE / "program.py"))


def test_the_stub_has_all_that_a_value_has() -> None:
    text = stub.value()
    for name in dir(Value):
        if name in rows_of(vars(Value)) or name[0] != "_":
            known = re.search(rf"\bdef {name}\(", text)
            assert known or name in NUMPY or not hasattr(Value(2.0), name), name


NUMPY = {name for name in dir(Value) if getattr(vars(Value).get(name), "__qualname__", "").startswith("by_name")}


def test_a_row_of_ones_own_is_poured_into_it() -> None:
    Value.twice = Op("2 * x", "2")  # type: ignore[attr-defined]
    assert "def twice(self) -> Value:\n        '''z = 2 * x\n\n        ∂z/∂x = 2\n        '''" in stub.value()
    assert "'twice'" in stub.value().partition("class Op")[0]


def test_the_face_has_all_that_is_public() -> None:
    text = stub.face()
    for name in engine.__all__:
        assert re.search(rf"^(def {name}\(|from \S+ import {name} as {name}$)", text, re.MULTILINE), name
