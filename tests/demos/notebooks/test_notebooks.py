"""The notebooks run from top to bottom, in an empty folder, and are kept without results."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT  = Path(__file__).parents[3]
BOOKS = sorted((ROOT / "demos" / "notebooks").glob("*.ipynb"))


def test_there_are_three() -> None:
    assert [path.stem for path in BOOKS] == ["first_network", "lesson", "micrograd"]


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: str(path.stem))
def test_it_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    book: Any = nbformat.read(path, 4)
    nbclient.NotebookClient(book, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    complaints = [out["text"] for cell in book.cells for out in cell.get("outputs", []) if out.get("name") == "stderr"]
    assert not [text for text in complaints if text.strip() and "step/s" not in text]    # of tqdm
    nbformat.validate(book)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: str(path.stem))
def test_it_is_kept_without_results_and_ends_with_a_next_step(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
    assert any("Next: " in "".join(cell["source"]) for cell in cells[-2:])
