"""`python -m glassgrad` runs the lesson and opens its page; `--out DIR` names a place for it, `--quiet` opens none.

A wheel has the demos as glassgrad.demos, the repository as demos.
"""
from __future__ import annotations

import sys
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from runpy import run_module


def main() -> None:
    """Run the lesson with the words of the command line, then open what it wrote."""
    shown = "--quiet" not in sys.argv
    sys.argv[1:] = [word for word in sys.argv[1:] if word != "--quiet"]
    place = "glassgrad.demos" if find_spec("glassgrad.demos") else "demos"
    lesson = run_module(f"{place}.lesson", run_name="__main__", alter_sys=True)
    page = Path(lesson["folder"], "lesson.html").resolve()
    if shown and page.exists() and not webbrowser.open(page.as_uri()):
        print(f"\nThere is no browser here; open {page} in one.")


if __name__ == "__main__":
    main()
