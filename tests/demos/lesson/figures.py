"""The figures that README.md shows; run with -m, it renews them and their texts in tests/data/pictures."""
from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT    = Path(__file__).parents[3]
SHOWN   = ROOT / "demos" / "lesson" / "pictures"
TEXTS   = ROOT / "tests" / "data" / "pictures" / "figures"
FIGURES = "setosa", "relus_off", "total"


def renew():
    """Run the lesson, and keep what it draws; and the first session of README.md."""
    from tests.test_readme import picture
    picture().save(SHOWN / "readme.svg")
    picture().save(TEXTS / "readme.gv")
    with tempfile.TemporaryDirectory() as place:
        subprocess.run([sys.executable, "-m", "demos.lesson", "--out", place], cwd=ROOT, stdout=subprocess.DEVNULL,
                       check=True)
        for name in FIGURES:
            shutil.copy(Path(place, "lesson", f"{name}.svg"), SHOWN)
            shutil.copy(Path(place, "lesson", f"{name}.gv"), TEXTS)


if __name__ == "__main__":
    renew()
