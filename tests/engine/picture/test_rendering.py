"""Pictures as files and bytes: whole or not at all, in bounded time, no process left behind."""
from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from shutil import which
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from engine import PictureError, Value, draw, fsum
from engine.graph import postorder
from engine.picture import rendering
from engine.picture.dot_text import visible
from engine.picture.rendering import rendered, write
from engine.picture.words import brief
from engine.testing import graphs
from tests.engine.picture import drawing
from tests.engine.picture.lesson import texts
from tests.engine.picture.test_dot_text import HOSTILE, labels

ROOT    = Path(__file__).parents[3]
SOURCE  = 'digraph { a [label="a"] b [label="b"] a -> b }'
STARTS  = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


@pytest.fixture
def dot(tmp_path, monkeypatch):
    """Puts a program called dot on PATH, which is the only thing there."""
    def put(script):
        program = tmp_path / "bin" / "dot"
        program.parent.mkdir()
        (tmp_path / "dot.py").write_text(script)     # sh, for a path with a space cannot stand after #!
        program.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{tmp_path / 'dot.py'}' \"$@\"\n")
        program.chmod(program.stat().st_mode | stat.S_IEXEC)
        monkeypatch.setenv("PATH", str(program.parent))
    return put


@drawing
@pytest.mark.parametrize("form", STARTS)
def test_svg_png_and_pdf(form):
    assert rendered(SOURCE, form).startswith(STARTS[form])


@pytest.mark.parametrize("form", ["dot", "gv"])
def test_dot_text_needs_no_graphviz(form, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert rendered(SOURCE, form) == SOURCE.encode()


def test_the_program_dot_comes_first(dot):
    dot("import sys; sys.stdout.write(sys.argv[1] + sys.stdin.read())")
    assert rendered(SOURCE, "png").decode() == f"-Tpng{SOURCE}"


def test_without_any_graphviz_both_remedies_are_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(rendering, "find_spec", lambda name: None)
    remedies = r'install Graphviz \(.*\), or pip install "glassgrad\[draw\]"; DOT text .* table'
    with pytest.raises(PictureError, match=remedies):
        rendered(SOURCE, "svg")


def test_what_graphviz_says_is_passed_on(dot):
    dot("import sys; sys.stderr.write('Fontconfig warning: no\\nError: syntax error in line 1\\n'); sys.exit(1)")
    with pytest.raises(PictureError, match="could not draw this as svg: Error: syntax error in line 1"):
        rendered(SOURCE, "svg")


@drawing
def test_warnings_of_the_child_stay_with_it(capfd):
    rendered(SOURCE, "svg")
    assert capfd.readouterr() == ("", "")


def test_what_takes_too_long_is_stopped(dot, tmp_path):
    dot(f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    with pytest.raises(PictureError, match="took more than 1 s and was stopped; draw less of the graph: wrt=, detail="):
        rendered(SOURCE, "svg", 1.0)
    assert not alive(int((tmp_path / "pid").read_text()))


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_what_a_script_called_dot_has_started_is_stopped_too(dot, tmp_path):
    place = tmp_path / "pid"
    dot(f"import subprocess; child = subprocess.Popen(['/bin/sleep', '600']); "
        f"open({str(place)!r}, 'w').write(str(child.pid)); child.wait()")
    with pytest.raises(PictureError, match="took more than 2 s"):
        rendered(SOURCE, "svg", 2.0)
    grandchild = int(place.read_text())
    for _ in range(500):                             # the system reaps it
        if not alive(grandchild):
            return
        time.sleep(0.01)
    assert state(grandchild) == "Z"


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_ctrl_c_leaves_no_process(dot, tmp_path):
    place = tmp_path / "pid"
    dot(f"import os, time; open({str(place)!r}, 'w').write(str(os.getpid())); time.sleep(600)")

    def interrupt():
        for _ in range(3000):
            if place.exists() and place.read_text():
                return os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        rendered(SOURCE, "svg")
    thread.join()
    assert not alive(int(place.read_text()))


@pytest.mark.skipif(not os.path.exists(rendering.SHELL), reason="needs a shell")
@pytest.mark.parametrize("setpriv", [False, True])
def test_a_dot_whose_python_is_killed_ends_by_itself(dot, tmp_path, monkeypatch, setpriv):
    if setpriv and not knows_parents_death():
        pytest.skip("no setpriv that knows --pdeathsig")
    place, path = tmp_path / "pid", os.environ["PATH"]
    dot(f"import os; open({str(place)!r}, 'w').write(str(os.getpid()))\nwhile True: pass")
    if setpriv:
        monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{path}")
    code = f"from engine.picture.rendering import rendered; rendered('digraph {{}}', 'svg', {600 if setpriv else 1})"
    python = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    while not place.exists() or not place.read_text():
        time.sleep(0.01)
    python.send_signal(signal.SIGSTOP)               # so that it cannot end it
    python.kill()
    python.wait()
    child = int(place.read_text())
    for _ in range(1500):
        if not alive(child) or state(child) == "Z":
            return
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    raise AssertionError("it still runs")


def knows_parents_death():
    program = which("setpriv")
    return program is not None and not subprocess.run([program, "--pdeathsig", "KILL", "true"]).returncode


def state(process):
    """How the system calls a process: Z is one that has ended."""
    said = subprocess.run(["/bin/ps", "-o", "state=", "-p", str(process)], capture_output=True, text=True)
    return said.stdout.strip()


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "picture.svg"
    write(path, b"old")
    write(path, b"new")
    assert path.read_bytes() == b"new"
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PictureError, match="cannot write .*picture.svg': no room"):
        write(path, b"newer")
    assert path.read_bytes() == b"new" and os.listdir(tmp_path) == ["picture.svg"]


def refuse(*arguments):
    raise OSError(28, "no room")


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(PictureError, match="nowhere.*: No such file or directory; what .* not changed; name a file in"):
        write(tmp_path / "nowhere" / "a.svg", b"")


def test_a_folder_that_may_not_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr("builtins.open", lambda *arguments: refuse_access())
    with pytest.raises(PictureError, match="write .*: Permission denied; what .* not changed; name a file in a"):
        write(tmp_path / "a.svg", b"")


def refuse_access():
    raise PermissionError(13, "Permission denied")


@drawing
@pytest.mark.parametrize("name", ["names", "total", "off"])
def test_the_lessons_pictures_are_well_formed(name):
    assert "b3" in "".join(ElementTree.fromstring(rendered(texts()[name], "svg")).itertext())


@drawing
@settings(deadline=None, max_examples=20)
@given(graphs(), some.lists(labels, min_size=1, max_size=9), some.sampled_from(["values", "folded", "names", "path"]))
def test_any_picture_is_well_formed_and_shows_its_labels_literally(graph, texts, detail):
    order = postorder(graph.root)
    for v, text in zip(order, texts):
        v.label = text
    picture = draw(graph.root, order[0] if detail == "path" else None, detail=detail, title=texts[-1], names={})
    root = ElementTree.fromstring(picture.pipe("svg"))
    shown = {" ".join("".join(element.itertext()).split()) for element in root.iter() if element.tag.endswith("text")}
    expected = [visible(texts[-1])] + [visible(brief(v.label)) for v in order] * (detail == "values")
    assert {" ".join(text.split()) for text in expected if text.strip()} <= shown


@drawing
def test_hostile_labels_are_shown_and_do_nothing():
    terms = [Value(1.0, text).exp() for text in HOSTILE]
    for term, text in zip(terms, HOSTILE):
        term.label = text
    picture = draw(fsum(terms), detail="values", title=HOSTILE[0], names={})
    root = ElementTree.fromstring(rendered(picture.source, "svg"))
    kinds = {element.tag.split("}")[1] for element in root.iter()}
    assert kinds <= {"svg", "g", "title", "polygon", "path", "text", "a", "polyline", "ellipse"}
    shown = ["".join(element.itertext()) for element in root.iter() if element.tag.endswith("text")]
    for text in HOSTILE:
        assert " ".join(visible(brief(text)).split()) in [" ".join(each.split()) for each in shown] or not text.strip()
    links = {value for element in root.iter() for key, value in element.attrib.items() if key.endswith("href")}
    assert not links


def test_no_program_runs_while_dot_text_is_made(monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert texts()["names"].startswith("digraph")


def test_print_says_what_a_picture_is_and_source_is_its_text():
    picture = draw(Value(2.0, "x") * 3.0)
    assert str(picture) == repr(picture) == f"{picture}" and str(picture).count("\n") == 0
    assert str(picture).startswith("<picture of ") and picture.source.startswith("digraph")
