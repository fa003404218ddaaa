"""From DOT text to bytes: the program dot where it is on PATH, else pygraphviz, each in a child process."""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from math import ceil
from subprocess import PIPE

from engine.errors import PictureError
from engine.interop import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike

SECONDS = 60.0                       # how long a picture may take
TEXTS   = ("dot", "gv")              # formats that are the DOT text itself
REMEDY  = ('install Graphviz (https://graphviz.org/download), or pip install "glassgrad[draw]"; '
           "DOT text (.source) and table(root) need neither")
SHELL   = "/bin/sh"
LIMITS  = """ulimit -t {} 2>/dev/null
setpriv --pdeathsig KILL true 2>/dev/null && exec setpriv --pdeathsig KILL "$@"
exec "$@"
"""
WHEEL = """\
import sys
sys.path[:] = [place for place in sys.path if place]
from pygraphviz import AGraph
picture = AGraph(string=sys.stdin.buffer.read().decode()).draw(format=sys.argv[1], prog="dot")
sys.stdout.buffer.write(picture)
"""


def rendered(source: str, form: str, seconds: float = SECONDS) -> bytes:
    """DOT text as a picture in the format `form`: svg, png, pdf or what else dot has; dot and gv are the text itself.

    Errors: PictureError where there is no Graphviz, where it refuses, or where it takes more than `seconds`.

    >>> rendered("digraph { a -> b }", "dot")
    b'digraph { a -> b }'
    """
    if form in TEXTS:
        return source.encode()
    picture, said, code = output(command(form), source.encode(), seconds)
    if code or not picture:
        reasons = [line for line in said.splitlines() if line.strip() and "fontconfig" not in line.lower()]
        why = reasons[-1] if reasons else f"it ended with {code}"
        raise PictureError(f"Graphviz could not draw this as {form}: {why}")
    return picture


def command(form: str) -> list[str]:
    """What draws DOT text in a format: dot, or Python with pygraphviz. Errors: PictureError where there is neither."""
    program = shutil.which("dot")
    if program:
        return [program, f"-T{form}"]
    if find_spec("pygraphviz") is None:
        raise PictureError(f"to draw a picture as {form} takes Graphviz, which is not here; {REMEDY}")
    return [sys.executable, "-c", WHEEL, form]


def available() -> bool:
    """Whether there is something that can draw pictures."""
    return shutil.which("dot") is not None or find_spec("pygraphviz") is not None


def output(command: list[str], text: bytes, seconds: float) -> tuple[bytes, str, int]:
    """What a child process makes of the text, what it says, how it ended; neither it nor its own outlive this call."""
    with subprocess.Popen(limited(command, seconds), stdin=PIPE, stdout=PIPE, stderr=PIPE,
                          start_new_session=True) as child:
        try:
            made, said = child.communicate(text, seconds)
        except subprocess.TimeoutExpired:
            raise PictureError(f"Graphviz took more than {seconds:g} s and was stopped; draw less of the graph: wrt=, "
                               f'detail="names", depth=, or print(table(root))') from None
        finally:
            end(child)
    return made, said.decode(errors="replace"), child.returncode


def limited(command: list[str], seconds: float) -> list[str]:
    """The command with limits of its own, for when this process is killed: processor time, and its parent's death.

    The shell sets the one, where there is a shell; setpriv the other, where it can.
    """
    if not os.path.exists(SHELL):
        return command
    return [SHELL, "-c", LIMITS.format(ceil(seconds) + 1), "sh", *command]


def end(child: subprocess.Popen[bytes]) -> None:
    """End a process and those it has started: a `dot` may be a script that runs another."""
    if child.returncode is None and hasattr(os, "killpg"):      # one that has ended may have left its number to another
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()


def write(path: str | PathLike[str], content: bytes) -> None:
    """Put a whole file in the place of what was there, or leave that as it was.

    Errors: PictureError where the folder is missing or may not be written.
    """
    try:
        files.write(path, content)
    except OSError as error:
        raise PictureError(f"cannot write {error.filename!r}: {error.strerror}; name a file in a folder that exists "
                           "and may be written") from error
