"""Which core runs: what the environment asks for, and only what was poured from this very table."""
from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine import Value
from engine.native import changes, rows_of, table_text
from tests.engine.native import needs_native

ROOT = Path(__file__).resolve().parents[3]
QUICKLY = ("import runpy, sys, setuptools\nmade = setuptools.Extension\n"                # without optimisation
           "setuptools.Extension = lambda *given, extra_compile_args, **more: made(\n"
           "    *given, extra_compile_args=[*extra_compile_args, '-O0'], **more)\n"
           "sys.argv = ['setup.py', '-q', 'build_ext', '--inplace']\nrunpy.run_path('setup.py', run_name='__main__')")
WHICH = "import engine; from engine import native; print(engine.core, native.reason, sep='; ')"


def python(code: str, folder: Path = ROOT, core: str = "") -> str:
    """What the code prints, run where `engine` is the one in that folder; else the last line of its error."""
    done = ran(code, folder, core)
    return (done.stdout or done.stderr).strip().rpartition("\n")[2]


def ran(code: str, folder: Path = ROOT, core: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, "GLASSGRAD_CORE": core, "PYTHONPATH": str(folder)})


def copy(folder: Path, old: str = "", new: str = "", binaries: bool = True) -> Path:
    """A copy of the package, its table edited."""
    ignored = shutil.ignore_patterns("__pycache__", *([] if binaries else ["*.so", "*.pyd"]))
    shutil.copytree(ROOT / "engine", folder / "engine", ignore=ignored)
    value = folder / "engine" / "value.py"
    text = value.read_text(encoding="utf-8")
    assert old in text
    value.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_the_environment_chooses() -> None:
    assert python(WHICH, core="python") == "python; GLASSGRAD_CORE asks for it"
    assert python(WHICH, core="fast") == "ImportError: GLASSGRAD_CORE is python or native, not 'fast'"


@needs_native
def test_the_compiled_core_runs_where_it_can() -> None:
    assert python(WHICH) == python(WHICH, core="native") == "native; it was built from this table"


def test_without_a_compiled_core_python_runs(tmp_path: Path) -> None:
    copy(tmp_path, binaries=False)
    assert python(WHICH, tmp_path).startswith("python; none was built here") and not ran(WHICH, tmp_path).stderr
    assert python(WHICH, tmp_path, "native").startswith("ImportError: GLASSGRAD_CORE=native, but none was built here")


@needs_native
@pytest.mark.parametrize("old, new, name", [
    ('"1 + z * z"', '"1 + z ** 2"', "tan"), ('"x / y",', '"x / (1 * y)",', "__truediv__, __rtruediv__"),
    ("    cos         = Op", "    cosine = cos = Op", "cosine"),
])
def test_a_changed_table_runs_in_python(tmp_path: Path, old: str, new: str, name: str) -> None:
    copy(tmp_path, old, new)
    why = f"the table has changed since the core was compiled ({name}): install again"
    assert python(WHICH, tmp_path) == f"python; {why}"
    assert python(WHICH, tmp_path, "native") == f"ImportError: GLASSGRAD_CORE=native, but {why}"
    assert ran(WHICH, tmp_path).stderr == f"glassgrad runs its Python core: {why}\n"
    assert ran(WHICH, tmp_path, "python").stderr == ""


@needs_native
def test_a_broken_core_is_left_alone(tmp_path: Path) -> None:
    copy(tmp_path)
    for binary in (tmp_path / "engine" / "native").glob("core.*.*"):
        binary.write_bytes(b"no library")
    assert python(WHICH, tmp_path).startswith("python; the compiled core does not load: ")


@needs_native
def test_only_one_class_has_compiled_nodes() -> None:
    again = "import sys, engine\nfor name in [*sys.modules]:\n    if name.startswith('engine'): del sys.modules[name]\n"
    assert python(again + WHICH) == "python; another class has its nodes"


@needs_native
@pytest.mark.skipif(not importlib.util.find_spec("setuptools"), reason="setuptools is not installed")
def test_a_new_row_is_compiled_from_its_line_alone(tmp_path: Path) -> None:
    rows = ('    cube = Op("x ** 3 if x != 1 else -(-1)", "3 * x ** 2")\n'
            '    hypotenuse = Op("sqrt(x * x + max(y, -y) ** 2)", "x / z", "y / z")\n'
            '    middle = Op("sum(softmax(y) * (y - min(y)))", "softmax(x)")\n'
            '    __mod__ = __rmod__ = Op("x - y * floor(x / y)", "1", "-floor(x / y)", needs="y > 0")\n')
    copy(tmp_path, "    # The chain rule", rows + "\n    # The chain rule", binaries=False)
    for name in ("setup.py", "setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    subprocess.run([sys.executable, "-W", "ignore", "-c", QUICKLY], cwd=tmp_path, check=True, capture_output=True)
    found = ("from engine import Value\nx, y = Value(1.5), Value(-0.7)\n"
             "zs = x.cube(), Value(1.0).cube(), Value.hypotenuse(x, y), Value.hypotenuse(2, x), x % 0.4, 7 % x, "
             "Value.middle(x, y, 2)\n[z.backward() for z in zs]\n"
             "print([(z.data.hex(), z.partials, z.op.name) for z in zs], x.grad.hex(), y.grad.hex())")
    assert python(WHICH, tmp_path, "native") == "native; it was built from this table"
    assert python(found, tmp_path, "native") == python(found, tmp_path, "python") != ""
    assert "Error" not in python(found, tmp_path, "native")


def test_the_text_of_the_table_has_every_row() -> None:
    text = table_text(vars(Value))
    assert text.count("\n") == len(rows_of(vars(Value))) > 30
    assert "log: log(x) | 1 / x | x > 0\n" in text
    assert changes(text, text) == ""
    assert "(log)" in changes(text, text.replace("| 1 / x | x > 0", "| 1 / x | x != 0"))
    lines = text.splitlines(True)
    assert "the order" in changes(text, "".join(lines[::-1]))
