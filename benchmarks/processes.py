"""The processes that engines are measured in, and where their packages are."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.peers import ENGINES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

ROOT  = Path(__file__).resolve().parent.parent
OUT   = ROOT / "out" / "bench"
PEERS = OUT / "peers"                                # each package in a folder of its own, which only its engine sees


def environment(name: str) -> dict[str, str]:
    """The environment of an engine's process: the project first, then the folder of its package."""
    package = ENGINES[name].package
    path = [str(ROOT), *([str(PEERS / package)] if package else []), os.environ.get("PYTHONPATH", "")]
    own = {"PYTHONPATH": os.pathsep.join(filter(None, path)), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": ""}
    return {**os.environ, **own}


def run(name: str, *arguments: str, seconds: float = 300.0) -> subprocess.CompletedProcess[str]:
    """A finished process of an engine, with what it printed."""
    return subprocess.run([sys.executable, *arguments], env=environment(name), cwd=ROOT, timeout=seconds, text=True,
                          capture_output=True)


class Process:
    """A worker: asked, it answers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.worker = subprocess.Popen([sys.executable, "-m", "benchmarks.worker", name], env=environment(name),
                                       cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.absent = self.answer()

    def ask(self, *question: Any) -> Any:
        assert self.worker.stdin
        print(json.dumps(question), file=self.worker.stdin, flush=True)
        return self.answer()

    def answer(self) -> Any:
        assert self.worker.stdout
        line = self.worker.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self.name} ended with code {self.worker.wait()}")
        return json.loads(line)

    def end(self) -> None:
        self.worker.communicate()


def present(names: Iterable[str]) -> list[str]:
    """Those of the engines whose packages are there; the others are named."""
    there, missing = [], []
    for name in names:
        package = ENGINES[name].package
        found = not package or not run(name, "-c", f"import {package}").returncode
        (there if found else missing).append(name)
    if missing:
        print(f"skipped, not installed: {', '.join(missing)}; to install them: make bench ARGS=--install")
    return there


def install(requirements: Iterable[str]) -> None:
    """Install packages, each with what it needs in a folder of its own; a failure is told and does not end the rest."""
    known = sorted({engine.package for engine in ENGINES.values()} - {""})
    for requirement in list(requirements) or known:
        package = requirement.split("=")[0].rstrip("<>!~")
        if package not in known:
            raise SystemExit(f"--install takes {', '.join(known)}; {package!r} came")
        print(f"installing {requirement} into {PEERS / package}", flush=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
        done = subprocess.run([*pip, "--only-binary", ":all:", "--target", str(PEERS / package), requirement])
        if done.returncode:
            print(f"{requirement} could not be installed and will be skipped")
