"""demos/lesson, run as a reader runs it: in a process of its own, in an empty folder."""
import os
import re
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from shutil import which
from xml.etree import ElementTree

import pytest

from engine.picture.rendering import rendered
from tests.demos.lesson.figures import FIGURES, ROOT, SHOWN, TEXTS

GRAPHS = {"setosa", "setosa_folded", "relus_off", "versicolor", "total"}
SURFACES = {f"{name}{theme}.{form}" for name in ("setosa_b3", "descent_b3") for theme in ("", "_dark")
            for form in ("svg", "png")}
RUN    = "import runpy; runpy.run_module('demos.lesson', run_name='__main__')"
HIDDEN = "import sys; sys.modules['pygraphviz'] = sys.modules['matplotlib'] = None; "
NO_DOT = HIDDEN + RUN                                # to be run with no PATH

needs_graphviz = pytest.mark.skipif(not which("dot") and not find_spec("pygraphviz"), reason="needs Graphviz")


def lesson(folder, *arguments, code=RUN, **environment):
    """The lesson's run in a folder: what it printed, its complaints, its exit code."""
    return subprocess.run([sys.executable, "-W", "error", "-c", code, *arguments], cwd=folder, capture_output=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment},
                          encoding="utf-8", timeout=300)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A run with pictures, and its folder."""
    folder = tmp_path_factory.mktemp("shown")
    return lesson(folder, PYTHONHASHSEED="1"), folder


@pytest.fixture(scope="module")
def hidden(tmp_path_factory):
    """A run where there is no Graphviz of any kind, and its folder."""
    folder = tmp_path_factory.mktemp("hidden")
    return lesson(folder, code=NO_DOT, PATH="", PYTHONHASHSEED="2"), folder


def text(run):
    """All that was printed, spaces and line ends made single spaces."""
    return " ".join(run.stdout.split())


def before_pictures(run):
    return run.stdout.partition("8. Summary")[0]


def test_it_ends_well_and_complains_of_nothing(shown):
    run, folder = shown
    assert (run.returncode, run.stderr) == (0, "")
    assert max(map(len, run.stdout.splitlines())) <= 100


@pytest.mark.parametrize("section", [
    "1. Introduction", "2. Forward Pass and SoftMax Activation", "2.1 Neural Network Architecture",
    "2.2 SoftMax Activation", "3. Cross-Entropy Loss", "4. Derivative of Cross-Entropy with Respect to Bias b3",
    "4.1 Chain Rule Breakdown", "4.2 Example Calculation", "5. Derivatives for Other Classes",
    "5.1 Observed Class = Virginica", "5.2 Observed Class = Versicolor", "6. Gradient Descent Update",
    "6.1 Total Derivative Across Observations", "6.2 Update Rule", "7. Key Takeaways", "8. Summary",
])
def test_it_has_the_sections_of_the_lesson(shown, section):
    assert f"\n{section}\n" in shown[0].stdout


@pytest.mark.parametrize("numbers", [
    "h1 1.752 0 0.572",
    "z_setosa -0.9632 -2 -1.9102",
    "p_setosa 0.150879 0.035119 0.040801",
    "CE 1.891277 0.349012 0.425649",
    "-log(0.57) 0.562119 lesson 0.56",
    "p_setosa - 1 -0.849121 lesson -0.85",
    "-1/p_setosa -6.627828 -6.627828",
    "-p_setosa·p_setosa -0.022764 -0.022764",
    "-p_setosa·p_virginica -0.024772 -0.024772",
    "p_observed 0.150879 0.705385 0.653346",
    "∂CE/∂b3 -0.849121 0.035119 0.040801 -0.773201",
    "lesson -0.85 0.04 0.04 -0.77",
    "∂c/∂a 4 6",
    "-1.226799 lesson -1.23",
    "only to -1.7423",
    "9 -0.0332270 1.7746969",
    "100 -0.0316530 1.7746961",
    "∂CE/∂b4 0.39658 0.259496 -0.346654 0.309422",
    "∂CE/∂w3 -0.06646 0 1.497731 1.431271",
])
def test_it_prints_the_numbers(shown, numbers):
    assert numbers in text(shown[0])


def test_each_probability_has_a_name_of_its_own(shown):
    assert not re.findall(r"(?<![\w.])[pq](?![\w])", before_pictures(shown[0]))


def test_it_prints_the_same_whatever_the_hash_seed(shown, hidden):
    assert before_pictures(shown[0]) == before_pictures(hidden[0]) != ""


@needs_graphviz
def test_it_draws_every_graph(shown):
    files = {path.name for path in (shown[1] / "out" / "lesson").iterdir()} - SURFACES
    drawn = {f"{name}.{form}" for name in GRAPHS for form in ("gv", "svg", "png")}
    assert files == {"setosa.html", "lesson.html"} | drawn


@needs_graphviz
@pytest.mark.parametrize("name", sorted(GRAPHS))
def test_a_picture_is_whole(shown, name):
    folder = shown[1] / "out" / "lesson"
    drawing = ElementTree.parse(folder / f"{name}.svg").getroot()
    words = "".join(drawing.itertext())
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg" and "b3" in words and "∂" in words
    png = (folder / f"{name}.png").read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n") and png.endswith(b"IEND\xaeB`\x82")
    assert min(int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")) > 300


@pytest.mark.parametrize("name", FIGURES)
def test_the_figures_of_the_readme_are_what_it_draws_now(hidden, name):
    drawn = (hidden[1] / "out" / "lesson" / f"{name}.gv").read_text(encoding="utf-8")
    assert drawn == (TEXTS / f"{name}.gv").read_text(encoding="utf-8")
    assert f"demos/lesson/pictures/{name}.svg" in (ROOT / "README.md").read_text(encoding="utf-8")


@needs_graphviz
@pytest.mark.parametrize("name", FIGURES)
def test_the_figures_of_the_readme_show_what_their_dot_texts_say(name):
    """Each text in its colour, and each arrow; where they stand differs from one Graphviz to the next."""
    kept = (SHOWN / f"{name}.svg").read_bytes()
    assert marks(rendered((TEXTS / f"{name}.gv").read_text(encoding="utf-8"), "svg")) == marks(kept)
    assert b"prefers-color-scheme: dark" in kept


def marks(svg):
    """The texts of a drawing with their colours, and its shapes with theirs; an old dot calls none transparent."""
    return Counter((element.tag.split("}")[1], (element.text or "").strip(), element.get("fill"),
                    (element.get("stroke") or "").replace("transparent", "none"))
                   for element in ElementTree.fromstring(svg).iter()
                   if element.tag.endswith(("text", "path", "polygon")))


def test_without_graphviz_it_leaves_dot_text_and_says_why(hidden):
    run, folder = hidden
    files = {path.name for path in (folder / "out" / "lesson").iterdir()} - SURFACES
    assert (run.returncode, run.stderr) == (0, "")
    assert files == {"setosa.html", "lesson.html"} | {f"{name}.gv" for name in GRAPHS}
    assert (folder / "out" / "lesson" / "total.gv").read_text(encoding="utf-8").startswith("digraph")
    why = text(run).partition("8. Summary")[2]
    assert "Graphviz" in why and "install" in why and "Traceback" not in run.stdout


def test_without_the_package_graphviz_it_is_printed_all_the_same(shown, tmp_path):
    run = lesson(tmp_path, code=f"{HIDDEN}sys.modules['graphviz'] = None; {RUN}")
    assert (run.returncode, run.stderr) == (0, "") and before_pictures(run) == before_pictures(shown[0])
    assert "none: " in run.stdout and "graphviz" in run.stdout.partition("With matplotlib")[0]


def test_pictures_go_where_out_says(tmp_path):
    run = lesson(tmp_path, "--out", "else where", code=NO_DOT, PATH="")
    assert run.returncode == 0 and (tmp_path / "else where" / "lesson" / "total.gv").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("blocked", ["out", "out/lesson", "out/lesson/setosa.gv"])
def test_where_it_cannot_write_the_lesson_is_printed_all_the_same(shown, tmp_path, blocked):
    place = tmp_path / blocked
    place.parent.mkdir(parents=True, exist_ok=True)
    place.mkdir() if blocked.endswith(".gv") else place.write_text("in the way")
    run = lesson(tmp_path, code=NO_DOT, PATH="")
    assert run.returncode == 1 and before_pictures(run) == before_pictures(shown[0])
    assert len(run.stderr.splitlines()) == 1 and "cannot be written" in run.stderr and "--out" in run.stderr


def test_a_terminal_of_ascii_shows_question_marks(shown, tmp_path):
    run = lesson(tmp_path, code=NO_DOT, PATH="", PYTHONIOENCODING="ascii")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.isascii() and "?CE/?b3" in run.stdout


@pytest.mark.parametrize("wrong", [
    "import demos.lesson.page as n; n.DESCENT[9]['b3'] = '-0.0332271'",
    "import demos.lesson.page as n; n.FLOWERS['h2']['Virginica'] = '1'",
    "import engine; engine.log = engine.Op('log(x)', '2 / x', name='log_wrong')",
    "import nn; nn.SGD.formulas = [*nn.SGD.formulas[:-1], 'p = p - 2 * lr * d']",
])
def test_what_is_wrong_stops_it(tmp_path, wrong):
    run = lesson(tmp_path, code=f"{wrong}; {RUN}")
    assert run.returncode == 1 and "AssertionError" in run.stderr
    assert not (tmp_path / "out").exists()


def test_it_draws_the_surface_and_the_descent_in_small_files(shown):
    pytest.importorskip("matplotlib")
    folder = shown[1] / "out" / "lesson"
    assert {path.name for path in folder.iterdir()} >= SURFACES
    assert all((folder / name).stat().st_size < 300_000 for name in SURFACES)


def test_without_matplotlib_it_says_so(hidden):
    assert "none is drawn, for matplotlib is not installed: pip install matplotlib" in hidden[0].stdout
