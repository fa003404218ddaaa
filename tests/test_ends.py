"""Ends: standard output that is closed, narrow or has no letters; a Python that is killed."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT    = Path(__file__).parents[1]
PROGRAM = ("from engine import Value, explain, table, walkthrough\n"
           "from nn import MLP\n"
           "β = Value(2.0, 'β → ∂'); L = β * β + β.exp()\n"
           "L.backward(); print(explain(L, wrt=β)); print(table(L)); print(walkthrough(L)); print(L)\n"
           "print(MLP(2, [1])); help(Value.tanh)\n")
COMMAND = ["-m", "engine", "a * exp(a)", "a=2", "--wrt", "a"]


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env={**os.environ, **environment}, timeout=120,
                          capture_output=True)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "cp437", "utf-8", "utf-16"])
@pytest.mark.parametrize("arguments", [["-c", PROGRAM], COMMAND], ids=["program", "command"])
def test_any_encoding_will_do(encoding, arguments) -> None:
    done = python(*arguments, PYTHONIOENCODING=encoding, TERM="dumb")
    assert done.returncode == 0 and b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")[-600:]
    assert done.stdout


@pytest.mark.skipif(os.name == "nt", reason="a shell with head")
def test_a_pipe_that_closes_is_no_traceback() -> None:
    done = subprocess.run(f'"{sys.executable}" -m engine "a * exp(a)" a=2 | head -c 1', shell=True, cwd=ROOT,
                          capture_output=True, timeout=60)
    assert b"Traceback" not in done.stderr and b"Exception" not in done.stderr, done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a shell that closes files")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_files_that_are_closed_are_no_traceback(closed) -> None:
    done = subprocess.run(f'"{sys.executable}" -m engine "a * a" a=2 {closed}', shell=True, cwd=ROOT,
                          capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    assert b"Traceback" not in done.stderr and b"Exception" not in done.stderr, done.stderr
