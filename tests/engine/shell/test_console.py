"""The REPL, as a learner uses it."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import engine
import nn
from engine.shell.console import complete, namespace
from tests.engine.text.test_terminal import on_a_terminal

ROOT = Path(__file__).parents[3]


def typed(*lines, **environment):
    """What the REPL shows when these lines are typed."""
    run = subprocess.run([sys.executable, "-W", "error", "-m", "engine"], input="\n".join([*lines, ""]), cwd=ROOT,
                         capture_output=True, timeout=60, encoding="utf-8",
                         env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment})
    assert run.returncode == 0
    return run.stdout, run.stderr


def test_two_lines_of_greeting():
    shown, greeting = typed()
    assert len(greeting.strip("\n").splitlines()) == 2 and max(map(len, greeting.splitlines())) < 80
    assert shown.strip() == ">>>"


def test_everything_is_there():
    names = namespace()
    assert {*engine.__all__, *nn.__all__, "engine", "nn"} <= set(names)
    assert all(names[name] is getattr(engine, name) for name in engine.__all__)


def test_what_the_greeting_says_to_try_works():
    shown, _ = typed("p = Value(0.15); CE = -log(p)", "explain(CE, p)", "help(Value.log)")
    assert "∂CE/∂p = ∂CE/∂log(p) · ∂log(p)/∂p = (-1)(6.66667) = -6.667 = -1 / p" in shown
    assert "∂z/∂x = 1 / x" in shown and "needs x > 0" in shown


def test_explain_reads_like_the_lesson_in_the_students_own_names():
    shown, _ = typed("b3 = Value(-2); hidden = Value(1.0368); z = hidden + b3; z2, z3 = Value(0.0032), Value(0.1352)",
                     "p = exp(z) / (exp(z) + exp(z2) + exp(z3)); CE = -log(p)", "explain(CE, b3)", "table(CE, wrt=b3)")
    assert "∂CE/∂b3 = ∂CE/∂p · ∂p/∂z · ∂z/∂b3 = (-6.62783)(0.128115)(1) = -0.8491 = p - 1" in shown
    assert "+ p, through the numerator: p ← exp(z) ← z" in shown
    assert "- p², through the denominator" in shown and "name  formula" in shown
    assert "\x1b" not in shown


def test_an_error_shows_the_users_lines_and_not_the_engines():
    _, said = typed("def loss(q):", "    return -log(q)", "", "p = Value(0.0)", "loss(p)")
    said = said[said.index("Traceback"):]
    assert "in loss" in said and "return -log(q)" in said and "loss(p)" in said
    assert "<row" not in said and str(ROOT / "engine") not in said
    assert "ValueError: log(" in said and "needs x > 0" in said


def test_a_terminal_of_ascii_spells_the_signs_it_lacks():
    shown, said = typed("p = Value(0.15); CE = -log(p)", "print(explain(CE, p))", PYTHONIOENCODING="ascii")
    assert "dCE/dp = " in shown and "?" not in shown and "Traceback" not in said


def test_a_mistake_in_the_syntax_and_one_after_the_other():
    shown, said = typed("1 +", "Value(", ")", "x = Value('3')", "Value(3) + 1")
    assert "SyntaxError" in said and "TypeError: Value(data) needs a real number" in said
    assert "Value(data=4.0, grad=0.0)" in shown


def test_the_tab_key_completes_names():
    readline = pytest.importorskip("readline")
    before = readline.get_completer()
    try:
        complete(namespace())
        completer = readline.get_completer()
        assert completer("expla", 0).startswith("explain")
        assert completer("Value.softm", 0).startswith("Value.softmax")
    finally:
        readline.set_completer(before)


def at_a_terminal(home, *typed):
    """What a session of the REPL shows on a terminal."""
    return on_a_terminal(words=("-m", "engine"), typed=[*typed, "\x04"], HOME=str(home), PYTHONPATH=str(ROOT))


def test_the_tab_key_on_a_terminal(tmp_path):
    pytest.importorskip("readline")
    shown = at_a_terminal(tmp_path, "p = Value(0.15); CE = -log(p)\n", "expla\tCE, p)\n")
    assert "∂CE/∂p = ∂CE/∂log(p) · ∂log(p)/∂p" in shown


def test_an_interrupt_leaves_the_session_open():
    shown, said = typed("x = Value(1.0)", "raise KeyboardInterrupt", "x")
    assert "KeyboardInterrupt" in said and "Value(data=1.0, grad=0.0)" in shown


def test_what_was_typed_is_there_in_the_next_session(tmp_path):
    pytest.importorskip("readline")
    assert "Value(data=42.0, grad=0.0)" in at_a_terminal(tmp_path, "Value(6 * 7)\n")
    assert "Value(data=42.0, grad=0.0)" in at_a_terminal(tmp_path, "\x1b[A\n")


def test_a_pipe_leaves_no_history(tmp_path):
    typed("Value(3)", HOME=str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_an_error_is_there_for_a_debugger():
    shown, _ = typed("log(Value(0.0))", "import sys; print(type(sys.last_value).__name__)")
    assert "ValueError" in shown
