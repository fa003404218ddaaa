"""What goes to a terminal, and what does not."""
from __future__ import annotations

import os
import re
import sys

import pytest

from engine import Value, explain, table
from engine.text.terminal import colours, columns, fitted

GRAPH = """\
import sys
sys.ps1 = ">>> "
from engine import Value, exp, explain, jacobian, table
a, b = Value(2.0, "a"), Value(-3.0, "b")
loss = exp(a * b / 10.0) * a - a * a
loss.backward()
print(table(loss)); print(explain(loss, a)); print(jacobian([loss], [a, b]))
"""


def on_a_terminal(columns=100, rows=50, code=GRAPH, typed=(), words=(), **environment):
    """What a program prints on a terminal of its own, where at each prompt the next of the keys are typed."""
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    from fcntl import ioctl
    from select import select
    from struct import pack
    environ = {**os.environ, "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **environment}
    environ = {name: text for name, text in environ.items()
               if name not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR") or name in environment}
    parent, child = pty.openpty()
    ioctl(child, termios.TIOCSWINSZ, pack("HHHH", rows, columns, 0, 0))
    import subprocess
    keys, words = list(typed), [sys.executable, *(words or ("-c", code))]
    with subprocess.Popen(words, stdin=child, stdout=child, stderr=child, env=environ) as run:
        os.close(child)
        text = b""
        try:
            while select([parent], [], [], 60)[0] and (more := os.read(parent, 65536)):
                text += more
                if keys and text.endswith(b">>> "):
                    os.write(parent, keys.pop(0).encode())
        except OSError:                              # Linux says so that the other end is closed
            pass
        os.close(parent)                             # and who still waits for keys ends
        run.wait(60)
    return text.decode("utf-8").replace("\r\n", "\n")


def plain(text):
    return re.sub(r"\x1b\[\d+m", "", text)


def test_a_prompt_in_a_terminal_has_colours_and_the_same_text():
    shown, without = on_a_terminal(), on_a_terminal(NO_COLOR="1")
    assert "\x1b[34m" in shown and "\x1b[33m" in shown
    assert "\x1b" not in without and plain(shown) == without


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_that_wants_none_gets_none(environment):
    assert "\x1b" not in on_a_terminal(**environment)


@pytest.mark.parametrize("environment, wanted", [({"TERM": "dumb"}, True), ({"TERM": ""}, True),
                                                 ({"NO_COLOR": "1"}, False)])
def test_one_may_ask_for_colours_or_for_none_and_none_wins(environment, wanted):
    assert ("\x1b[34m" in on_a_terminal(FORCE_COLOR="1", **environment)) == wanted


def test_a_script_has_no_colours():
    assert "\x1b" not in on_a_terminal(code=GRAPH.replace('sys.ps1 = ">>> "', ""))


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_lines_fit_the_terminal(width):
    long = GRAPH.replace('"a"', '"a_rather_long_name"')
    assert max(map(len, plain(on_a_terminal(width, code=long)).splitlines())) <= width


def test_what_goes_elsewhere_is_as_it_is(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not colours() and columns() is None and fitted("x" * 300) == "x" * 300
    a = Value(2.0, "a")
    b = a * a
    assert str(table(b)) == table(b).text and str(explain(b, a)) == explain(b, a).text


def test_a_closed_or_odd_stdout_is_no_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert columns() is None and not colours()
