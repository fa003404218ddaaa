"""`make test-all`, its second half: the tests on other Pythons, with older packages, and with next to none.

    python -m proofs.everywhere                  all of it: each Python takes as long as `make test`, or twice
    python -m proofs.everywhere oldest bare      some of it
    python -m proofs.everywhere --list           what there is here

Each runs in a virtual environment and a copy of the tree of its own, in out/everywhere.
"""
from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from configparser import ConfigParser
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proofs.environments import ROOT, environment, found, order, run

OUT = ROOT / "out" / "everywhere"
LEFT = shutil.ignore_patterns(".venv", ".git", "out", "__pycache__", "*.so", "*.pyd", "*.egg-info", ".*cache",
                              ".hypothesis")
SAY  = ("from platform import python_version; from engine import native; "
        "print(f'Python {python_version()}; core {native.name}, {native.reason}')")
HIDDEN = "dot", "cc", "gcc", "clang", "c99", "c89"
FEW  = ["pytest", "pytest-xdist", "hypothesis", "mpmath"]              # what the tests themselves are made of
AS_OLD = ["pyparsing < 3.2"]                                           # newer ones warn of what old Matplotlibs do
# What a package of another version may change: what is given to it, and what it calls.
FIELDS = [f"tests/{name}" for name in (
    "engine/interop", "engine/picture/test_dot_text.py", "engine/picture/test_rendering.py", "engine/replay/cluster",
    "engine/replay/test_frames.py", "engine/testing", "demos/test_moons.py", "demos/test_surfaces.py",
    "nn/test_inputs.py", "nn/test_prediction.py", "nn/training/test_cluster.py", "nn/training/test_progress.py",
    "test_readme.py")]


@dataclass
class Circumstance:
    """A Python, what is installed, and the tests that are run there."""

    name: str
    python: str
    packages: list[str]
    tests: list[str] = field(default_factory=list)
    bare: bool = False                               # tests that import what is not installed are skipped
    alone: bool = False                              # without a compiler, without Graphviz


def required(*extras: str) -> list[str]:
    """What the project and these extras require, as setup.cfg says it."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    texts = [config["options"]["install_requires"], *[config["options.extras_require"][extra] for extra in extras]]
    return [line for text in texts for line in text.split("\n") if line.strip() and not line.startswith("#")]


def oldest(requirements: list[str]) -> list[str]:
    """The oldest of each that may be there.

    >>> oldest(["numpy >= 1.23", "wheel"])
    ['numpy==1.23']
    """
    return [re.sub(r"\s*>=\s*", "==", line) for line in requirements if ">=" in line]


def circumstances() -> list[Circumstance]:
    pythons = found()
    versions = sorted(pythons, key=order)
    this = next(iter(pythons))
    old = AS_OLD + oldest(required("draw", "plot", "progress", "frames", "cluster", "testing", "test"))
    return [
        *[Circumstance(version, pythons[version], required("test", "draw")) for version in versions if version != this],
        Circumstance("oldest", pythons[versions[0]], old, FIELDS, bare=True),
        Circumstance("bare", pythons[versions[-1]], FEW, bare=True, alone=True),
    ]


def without(folder: Path) -> str:
    """A PATH that has all programs but some."""
    folder.mkdir()
    for place in map(Path, os.get_exec_path()):
        for program in place.iterdir() if place.is_dir() else []:
            hidden = re.sub(r"-[0-9.]+$", "", program.name).rpartition("-")[2] in HIDDEN
            if not hidden and not (folder / program.name).is_symlink():
                (folder / program.name).symlink_to(program)
    return str(folder)


def tried(one: Circumstance) -> bool:
    """Whether all tests pass there; says how many."""
    place, began = OUT / one.name, time.monotonic()
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(ROOT, place / "tree", ignore=LEFT)
    variables = {"PATH": without(place / "programs"), "CC": "false"} if one.alone else {}
    own = environment(one.python, place / "environment", "-e", place / "tree", *one.packages, **variables)
    there: dict[str, Any] = {"cwd": place / "tree", "env": {**os.environ, **variables}}
    said = run(own, "-c", SAY, **there).strip()
    done = subprocess.run([str(own), "-m", "pytest", "-q", "-n", "auto", "--dist", "worksteal",
                           *["--bare"] * one.bare, *one.tests], capture_output=True, encoding="utf-8", **there)
    print(f"{one.name}: {said}; {(done.stdout.splitlines() or ['nothing was said'])[-1]}; "
          f"{time.monotonic() - began:.0f} s in all", flush=True)
    if done.returncode:
        print(done.stdout[-6000:] + done.stderr[-2000:], flush=True)
    return not done.returncode


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m proofs.everywhere", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="which; all unless some are named")
    parser.add_argument("--list", action="store_true", help="say what there is, and run nothing")
    asked = parser.parse_args()
    there = circumstances()
    if unknown := {*asked.names} - {one.name for one in there}:
        parser.error(f"{', '.join(sorted(unknown))}: there is {', '.join([one.name for one in there])}")
    for one in there if asked.list else []:
        print(f"{one.name}: {one.python}; {' '.join(one.packages)}")
    chosen = [] if asked.list else [one for one in there if one.name in asked.names or not asked.names]
    sys.exit(0 if all([tried(one) for one in chosen]) else 1)


if __name__ == "__main__":
    main()
