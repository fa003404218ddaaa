"""glassgrad hands on what engine and nn have, whatever lies in the reader's folder; its lesson runs and is opened."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import engine
import glassgrad
import nn

ROOT = Path(__file__).parents[2]


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a fresh Python does in a folder."""
    return subprocess.run([sys.executable, "-W", "error", *words], cwd=folder, capture_output=True, encoding="utf-8",
                          env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment})


@pytest.mark.parametrize("place, room", [(name, room) for room in (engine, nn) for name in room.__all__])
def test_it_hands_on_what_the_rooms_have(place: str, room: object) -> None:
    assert getattr(glassgrad, place) == getattr(room, place)


def test_it_has_nothing_else_and_says_so() -> None:
    assert set(glassgrad.__all__) == {"__version__", *engine.__all__, *nn.__all__}
    with pytest.raises(AttributeError, match="glassgrad has no 'grad'; it has __version__, Value"):
        glassgrad.grad


@pytest.mark.parametrize("name", ["engine", "nn"])
def test_a_file_of_the_reader_is_not_taken_for_a_room(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").write_text("raise SystemExit('the reader\\'s own')")
    done = run(tmp_path, "-c", "import glassgrad as gg; print(gg.Value(2.0).exp().data > 7, gg.MLP(2, [1], seed=1))")
    assert (done.stdout, done.stderr) == ("True MLP of [Layer of [LinearNeuron(2)]]\n", "")


def test_a_room_of_the_reader_that_is_loaded_already_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "engine.py").write_text("")
    done = run(tmp_path, "-c", "import engine, glassgrad")
    assert "glassgrad needs its own engine, but" in done.stderr and "import glassgrad first" in done.stderr


def test_the_lesson_runs_and_its_page_is_opened(tmp_path: Path) -> None:
    bare = "import runpy, sys; sys.modules['matplotlib'] = None; runpy.run_module('glassgrad', run_name='__main__')"
    done = run(tmp_path, "-c", bare, BROWSER="echo opened %s")
    page = tmp_path / "out" / "lesson" / "lesson.html"
    assert done.returncode == 0, done.stderr
    assert f"opened {page.as_uri()}" in done.stdout and page.exists()
    assert "Next: " in done.stdout
