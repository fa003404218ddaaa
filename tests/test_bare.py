"""tests/bare.py: what is skipped for a package that is missing, and what is not."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = {
    "test_whole.py":   "import no_such_package\ndef test_it(): pass\n",
    "test_part.py":    "def test_it():\n    import no_such_package.part\ndef test_that(): pass\n",
    "test_own.py":     "def test_it():\n    from engine import no_such_name\n",
    "test_project.py": "def test_it():\n    exec(compile('import no_such_package', 'engine/op.py', 'exec'), {})\n",
}


@pytest.mark.parametrize("options, outcomes", [([], "3 failed, 1 passed, 1 error"),
                                               (["--bare"], "2 failed, 1 passed, 2 skipped")], ids=["usual", "bare"])
def test_what_is_skipped(tmp_path: Path, options: list[str], outcomes: str) -> None:
    (tmp_path / "tests").mkdir()
    for name, text in FILES.items():
        (tmp_path / "tests" / name).write_text(text)
    text = (ROOT / "tests" / "bare.py").read_text()
    (tmp_path / "bare.py").write_text(text.replace("Path(__file__).parents[1]", f"Path({str(tmp_path)!r})"))
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "bare", "-p", "no:cacheprovider", "-n0",
                           "--continue-on-collection-errors", *options, "tests"], cwd=tmp_path, capture_output=True,
                          encoding="utf-8", timeout=120)
    assert done.stdout.splitlines()[-1].startswith(outcomes), done.stdout[-1500:] + done.stderr[-500:]
