"""Pythons that are found here, and virtual environments of them: for proofs that need other ones than .venv."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = [f"python3.{minor}{kind}" for minor in range(10, 16) for kind in ("", "t") if minor > 12 or not kind]


def run(*command: object, **more: Any) -> str:
    """What a command prints; where it fails, its output ends the program."""
    done = subprocess.run([*map(str, command)], capture_output=True, encoding="utf-8", **more)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def found() -> dict[str, str]:
    """The Pythons that run here, by their versions; this one among them. A t marks those that are free-threaded."""
    pythons = {f"{sys.version_info[0]}.{sys.version_info[1]}{getattr(sys, 'abiflags', '')}": sys.executable}
    for name in PYTHONS:
        path = shutil.which(name)
        if path and not subprocess.run([path, "-c", "import venv, ensurepip"], capture_output=True).returncode:
            pythons.setdefault(name.removeprefix("python"), path)
    return pythons


def environment(python: str, place: Path, *packages: object, **variables: str) -> Path:
    """The Python of a new virtual environment with these packages."""
    run(python, "-m", "venv", place)
    own = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    if packages:
        run(own, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages,
            env={**os.environ, **variables})
    return own


def order(version: str) -> tuple[int, str]:
    """What versions are sorted by.

    >>> sorted(["3.9", "3.13t", "3.10", "3.13"], key=order)
    ['3.9', '3.10', '3.13', '3.13t']
    """
    return int(version.partition(".")[2].rstrip("t")), version
