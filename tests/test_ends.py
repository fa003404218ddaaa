"""Ends: standard output that is closed, full, narrow or has no letters; Pythons told to be otherwise; no home."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.picture.rendering import available

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


WORK = """
import sys
from pathlib import Path
from engine import Replay, Value, draw, explain, exp, walkthrough
from engine.testing import check_gradient
from nn import MLP, fit, load, mean_squared_error, save
folder = Path(sys.argv[1])
x, w = Value(0.5, "x"), Value(-1.5, "w")
z = exp(x * w) + x
z.backward()
draw(z).save(folder / "z.svg")
walkthrough(z, wrt=w).save(folder / "z.html")
check_gradient(lambda x, w: exp(x * w) + x, 0.5, -1.5)
model = MLP(2, [3, 1], seed=1)
history = fit(model, mean_squared_error, [[0.0, 1.0], [1.0, 0.5]], [1.0, 0.0], epochs=3, seed=1, progress=False,
              checkpoint=folder / "run.json")
save(model, folder / "model.json")
load(MLP(2, [3, 1], seed=2), folder / "model.json")
print(x.grad, w.grad, Replay(z, inputs=[x])([[1.0], [2.0]]), history["steps"]["loss"])
print(explain(z, wrt=w))
"""


def at_work(folder: Path, *options: str, **environment: str) -> str:
    """What a program prints that uses most of the project."""
    done = python(*options, "-c", WORK, str(folder), **environment)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-1200:]
    assert not done.stderr.strip(), done.stderr.decode(errors="replace")[-1200:]
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "run.json", "z.html", "z.svg"]
    return done.stdout.decode()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> str:
    if not available():
        pytest.skip("needs Graphviz")
    return at_work(tmp_path_factory.mktemp("usual"))


@pytest.mark.parametrize("options", [["-O"], ["-OO"], ["-W", "error"], ["-X", "dev"], ["-I"], ["-B"], ["-X", "utf8=0"]],
                         ids=lambda options: " ".join(options))
def test_python_may_be_told_what_it_can_be_told(tmp_path: Path, options: list[str], usual: str) -> None:
    assert at_work(tmp_path, *options) == usual


@pytest.mark.parametrize("environment", [
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "utf-8"},
    {"HOME": "/nowhere", "XDG_CACHE_HOME": "/nowhere"}, {"HOME": "/dev/null"}, {"PYTHONHASHSEED": "1"},
    {"PYTHONDONTWRITEBYTECODE": "1"}, {"PYTHONMALLOC": "debug"}], ids=lambda each: next(iter(each)))
def test_any_environment_will_do(tmp_path: Path, environment: dict[str, str], usual: str) -> None:
    assert at_work(tmp_path, **environment) == usual


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is full")
def test_a_full_disk_is_said_in_one_sentence() -> None:
    done = subprocess.run(f'"{sys.executable}" -m engine "a * a" a=2 > /dev/full', shell=True, cwd=ROOT,
                          capture_output=True, timeout=60)
    assert done.returncode and b"Traceback" not in done.stderr and b"space" in done.stderr, done.stderr


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="whom a folder can refuse")
def test_a_folder_that_may_not_be_written_to_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    done = python("-c", WORK, str(tmp_path))
    assert done.returncode and b"PermissionError" in done.stderr and not [*tmp_path.iterdir()]
