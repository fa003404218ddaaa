"""What is written for a class: its numbers are the engine's, its gaps are empty."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from demos.lesson.worksheet import Sheet, gift
from engine import derivative
from engine.text.naming import digits

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("seed", [0, 1, 2, 7, 1000])
def test_a_worksheet_has_gaps_and_its_key_the_numbers(seed):
    sheet = Sheet(seed)
    slope = digits(derivative(sheet.setosa.root, sheet.b3).data)
    blank, key = sheet.html(False), sheet.html(True)
    assert slope not in blank and slope in key
    assert [text.count("stroke-dasharray") for text in (blank, key)] == [6, 0]
    assert blank.count("<li>") == key.count("<li>") == 8
    for text in blank, key:
        assert not re.search(r"<script|https?:|<input|<button", text) and f"seed {seed}" in text
    assert 'size: A4' in blank and sheet.html(True) == key


def test_other_seeds_have_other_numbers_and_the_same_seed_the_same():
    assert Sheet(3).html(True) == Sheet(3).html(True) != Sheet(4).html(True)
    assert "b3 = -2" in Sheet(0).html(False) and Sheet(0).questions()[1].number == pytest.approx(-0.849121, abs=1e-6)


@pytest.mark.parametrize("seed", range(0, 12, 3))
def test_the_answers_hang_together(seed):
    first, slope, other, above, _, total, step, mean = [q.number for q in Sheet(seed).questions()]
    assert -1 / first - 1 == pytest.approx(slope) and above == pytest.approx(slope + 1)
    assert slope + other == pytest.approx(total)
    b3 = Sheet(seed).b3.data
    assert step == pytest.approx(b3 - total) and mean == pytest.approx(b3 - total / 2)


def test_questions_in_gift_are_read_back():
    text = Sheet(0).gift()
    found = re.findall(r"::Question (\d)::(.*?)(?<!\\)\{#(-?[\d.]+):0\.001\}", text)
    assert [number for number, _, _ in found] == [*"12345678"]
    assert not any(re.search(r"(?<!\\)[~=#{}:]", asked) for _, asked, _ in found)
    assert gift("a:b") == "a\\:b"


def lesson(folder, *options):
    """A run of the lesson in a folder."""
    return subprocess.run([sys.executable, "-W", "error", "-m", "demos.lesson", *options], cwd=folder,
                          env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}, capture_output=True,
                          encoding="utf-8", timeout=120)


def test_a_seed_without_a_class_is_refused_before_any_work(tmp_path):
    run = lesson(tmp_path, "--seed", "2")
    assert (run.returncode, run.stdout, [*tmp_path.iterdir()]) == (2, "", []) and "--class --seed N" in run.stderr


def test_class_writes_four_files_and_nothing_else(tmp_path):
    run = lesson(tmp_path, "--class", "--seed", "2")
    names = {path.name for path in (tmp_path / "out" / "lesson").iterdir()}
    assert (run.returncode, run.stderr) == (0, "")
    assert names == {"worksheet.html", "key.html", "questions.gift", "plans.txt"}
