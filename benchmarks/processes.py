"""The processes that engines are measured in, and where their packages are."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

ROOT  = Path(__file__).resolve().parent.parent
OUT   = ROOT / "out" / "bench"
PEERS = OUT / "peers"                                # each package in a folder of its own, which only its engine sees
ALONE = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "", "OMP_NUM_THREADS": "1",
         "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}


def environment(packages: Iterable[str] = (), core: str = "") -> dict[str, str]:
    """The environment of an engine's process: the project first, then the folders of its packages; one thread."""
    path = [str(ROOT), *(str(PEERS / package) for package in packages), os.environ.get("PYTHONPATH", "")]
    own = {"PYTHONPATH": os.pathsep.join(filter(None, path)), **({"GLASSGRAD_CORE": core} if core else {})}
    return {**os.environ, **ALONE, **own}


def run(packages: Iterable[str], *arguments: str, core: str = "", seconds: float = 300.0) \
        -> subprocess.CompletedProcess[str]:
    """A finished process that sees these packages, with what it printed."""
    return subprocess.run([sys.executable, *arguments], env=environment(packages, core), cwd=ROOT, timeout=seconds,
                          text=True, capture_output=True)


class Process:
    """`python -m MODULE NAME`, an engine in a process of its own: asked, it answers."""

    def __init__(self, module: str, name: str, packages: Iterable[str] = (), core: str = "") -> None:
        self.name = name
        self.worker = subprocess.Popen([sys.executable, "-m", module, name], env=environment(packages, core),
                                       cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.absent = self.answer()              # why the engine is not there, if it is not
        except RuntimeError as error:
            self.absent = str(error)

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


def serve(make: Callable[[], Any], answer: Callable[..., Any]) -> None:
    """The other end: first why the engine is not there, if it is not; then `answer(engine, *question)` to each."""
    answers, sys.stdout = sys.stdout, sys.stderr     # whatever an engine prints does not mix with the answers
    try:
        engine, problem = make(), ""
    except (ImportError, OSError, subprocess.CalledProcessError) as error:
        engine, problem = None, str(error) or type(error).__name__
    print(json.dumps(problem), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(engine, *json.loads(line))), file=answers, flush=True)


def install(requirements: Iterable[str], known: Iterable[str]) -> None:
    """Install packages, each with what it needs in a folder of its own; a failure is told and does not end the rest."""
    known = sorted(known)
    for requirement in list(requirements) or known:
        package = requirement.split("=")[0].rstrip("<>!~")
        if package not in known:
            raise SystemExit(f"--install takes {', '.join(known)}; {package!r} came")
        print(f"installing {requirement} into {PEERS / package}", flush=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
        done = subprocess.run([*pip, "--only-binary", ":all:", "--target", str(PEERS / package), requirement])
        if done.returncode:
            print(f"{requirement} could not be installed and will be skipped")
