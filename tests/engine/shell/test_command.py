"""python -m engine: a formula drawn from the terminal."""
from __future__ import annotations

import os
import subprocess
import sys

import pytest

from engine.shell.command import main
from tests.engine.picture import drawing

LESSON = ["log(exp(z1) + exp(z2) + exp(z3)) - z1", "z1=-0.9632", "z2=0.0032", "z3=0.1352"]


def test_it_prints_the_table(capsys):
    assert main(LESSON) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "formula", "data", "grad"]
    assert lines[1].split() == ["z1", "-0.9632", "-0.8491"]
    assert lines[-3].split() == ["L", "#9", "-", "z1", "1.891", "1"]


@drawing
@pytest.mark.parametrize("name, start", [("ce.svg", b"<?xml"), ("ce.png", b"\x89PNG"), ("ce.gv", b"digraph"),
                                         ("ce.html", b"<!DOCTYPE html>")])
def test_it_draws(tmp_path, name, start):
    assert main([*LESSON, "--wrt", "z1", "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_bytes().startswith(start)


def test_looks_and_titles(tmp_path):
    words = ["--wrt", "z1", "--detail", "names", "--theme", "dark", "--title", "Softmax", "-o", str(tmp_path / "a.gv")]
    assert main([*LESSON, *words]) == 0
    text = (tmp_path / "a.gv").read_text(encoding="utf-8")
    assert "Softmax" in text and "#0d1117" in text and "∂L/∂z1 = -0.8491" in text
    assert main(["-log(p)", "p=0.5", "-o", str(tmp_path / "b.gv")]) == 0
    assert "<B>-log(p)</B>" in (tmp_path / "b.gv").read_text(encoding="utf-8")


@pytest.mark.parametrize("words, sentence", [
    (["log(exp(z1) + open(z2))", "z1=1"],  "column 15 of the formula, at 'open(z2))': open is no function of a"),
    (["log(x", "x=1"],                     "column 4 of the formula, at '(x': '(' was never closed"),
    (["log(x - 2)", "x=1"],                "column 1 of the formula, at 'log(x - 2)': log(x) needs x > 0; x"),
    (["x + y", "x=1"],                     "column 5 of the formula, at 'y': y has no number; give it one: y=0.5"),
    (["x", "x=1", "y=2"],                  "there is no y in the formula 'x'; leave out y="),
    (["x", "x=one"],                       "'x=one' gives x no finite number, as in x=-0.96"),
    (["x", "x=inf"],                       "'x=inf' gives x no finite number, as in x=-0.96"),
    (["exp(x)", "x=1", "exp=2"],           "'exp=2' is no name=number, as in z1=-0.96; exp is a function"),
    (["x", "1"],                           "'1' is no name=number, as in z1=-0.96"),
    (["x", "x=1", "--wrt", "y"],           "--wrt y: the formula's names are x"),
    (["x", "x=1", "x=2"],                  "x has two numbers, 1 and 2; leave one out"),
    (["x", "x=1", "-o", "x.docx"],         "-o x.docx: a picture is one of .svg, .png, .pdf, .gv, .dot, .html, .htm"),
    (["x", "x=1", "-o", ""],               "-o '': a picture is one of .svg, .png, .pdf, .gv, .dot, .html, .htm"),
    (["x", "x=1", "-o", "out/.svg"],       "-o out/.svg: a picture is one of .svg, .png, .pdf, .gv, .dot, .html, .htm"),
    (["x", "x=1", "--detail", "path"],     "--detail path shows the chain rule down to one name: --wrt name"),
    (["x", "x=1", "--wrt", "x", "--detail", "path", "-o", "x.html"], "--detail path: a page goes through every box"),
    (["-θ + open(x)", "θ=1", "x=2"],       "column 6 of the formula, at 'open(x)': open is no function of a formula"),
    (["-θ +", "θ=1"],                      "column 5 of the formula, at its end: here it breaks off"),
    (["sqrt(x)", "x=0"],                   "has no finite slope"),
])
def test_a_mistake_is_one_line_and_exit_code_2(capsys, words, sentence):
    assert main(words) == 2
    found = capsys.readouterr()
    assert found.out == "" and found.err.count("\n") == 1 and sentence in found.err
    assert found.err.startswith("python -m engine: ")


@pytest.mark.parametrize("words, sentence", [
    (["x", "x=1", "--colour"],             "unrecognized arguments: --colour; --help shows two examples"),
    (["x", "x=1", "--detail", "all"],      "argument --detail: invalid choice: 'all'"),
    (["--wrt", "x"],                       "the following arguments are required: formula"),
    (["-log(p)", "--theme"],               "argument --theme: expected one argument"),
])
def test_so_is_one_in_an_option(capsys, words, sentence):
    with pytest.raises(SystemExit) as caught:
        main(words)
    found = capsys.readouterr()
    assert caught.value.code == 2 and found.out == "" and found.err.count("\n") == 1 and sentence in found.err


def test_names_are_those_that_python_reads(capsys):
    assert main(["µ * ﬁt", "µ=2", "ﬁt=3", "--wrt", "µ"]) == 0       # the sign for micro, and a ligature
    table, _, explanation = capsys.readouterr().out.partition("\n\n")
    assert [line.split()[0] for line in table.splitlines()] == ["name", "μ", "fit", "L"]
    assert explanation.startswith("∂L/∂μ = ")


def test_a_formula_may_start_with_a_minus(capsys):
    assert main(["-log(p)", "p=0.5"]) == 0
    assert "0.6931" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["nowhere/a.gv", "file/a.svg", "folder.svg", "a.html"])
def test_what_cannot_be_written_is_one_line_and_exit_code_1(capsys, monkeypatch, tmp_path, name):
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").write_text("in the way")
    if name == "a.html":                             # all looks well, but the disk is full
        monkeypatch.setattr("engine.interop.files.swap", full)
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.iterdir()}
    assert main([*LESSON, "-o", str(tmp_path / name)]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "cannot write" in err
    assert {path: path.is_file() and path.read_bytes() for path in tmp_path.iterdir()} == before


def full(path, content):
    raise OSError(28, "No space left on device")


def test_a_picture_that_is_refused_is_an_error_alone(capsys, tmp_path):
    refused = [" + ".join(f"x * tanh(x + {i})" for i in range(400)), "x=1", "--detail", "values", "-o",
               str(tmp_path / "a.svg")]
    assert main(refused) == 1
    out, err = capsys.readouterr()
    assert out == "" and "boxes" in err and list(tmp_path.iterdir()) == []


def test_help_shows_two_examples(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0 and capsys.readouterr().out.count("  python -m engine \"") == 2


def test_wrt_explains(capsys):
    assert main([*LESSON, "--wrt", "z1"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("name ") and "\n\n∂L/∂z1 = " in out
    assert out.endswith("\nNext: -o graph.html writes a page on which z1 can be moved, -o graph.svg a picture\n")


def test_it_says_what_it_wrote(capsys, tmp_path):
    path = str(tmp_path / "a.gv")
    assert main([*LESSON, "--wrt", "z1", "-o", path]) == 0
    wrote, _, following = capsys.readouterr().out.splitlines()[-3:]
    assert wrote == f"wrote {path}" and following.startswith(f"Next: open {path}")


def test_the_losses_can_be_called(capsys):
    assert main(["cross_entropy([z1, z2], 0) - log(softmax([z1, z2], 1))", "z1=1", "z2=2"]) == 0
    assert "cross_entropy" in capsys.readouterr().out


@pytest.mark.parametrize("words", [LESSON, [*LESSON, "--wrt", "z1"], ["--help"]], ids=["table", "explanation", "help"])
def test_a_pipe_that_is_closed_ends_it_quietly(words):
    command = subprocess.Popen([sys.executable, "-m", "engine", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert command.stdout and command.stderr
    command.stdout.close()
    assert command.stderr.read() == b"" and command.wait() in (0, 1)
    command.stderr.close()


def test_in_a_process_of_its_own():
    done = subprocess.run([sys.executable, "-m", "engine", "x * y", "x=2", "y=3"], capture_output=True, text=True,
                          env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert (done.returncode, done.stderr) == (0, "") and "x * y" in done.stdout
