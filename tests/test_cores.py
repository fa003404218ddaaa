"""tests/cores.py: what is run once is there, and everything else is run on both cores."""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cores import ONCE, excuse

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("place", ONCE)
def test_what_is_excused_is_there(place: str) -> None:
    file, _, test = place.partition("::")
    assert (ROOT / file).exists() and ONCE[place]
    assert not test or f" {test}" in (ROOT / file).read_text(encoding="utf-8")
    assert excuse(place) == ONCE[place]


def test_the_second_core_skips_what_is_excused_and_says_so() -> None:
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--second",
                           "tests/test_packaging.py", "tests/engine/test_rows.py"], cwd=ROOT, capture_output=True,
                          text=True)
    said = re.search(r"(\d+) tests were not repeated on this core: tests/cores.py says why", done.stdout)
    assert said and said[1] != "0" and done.returncode == 0 and f"passed, {said[1]} skipped" in done.stdout
