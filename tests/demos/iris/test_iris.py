"""demos/iris, run as a reader runs it, and the flowers."""
import doctest
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import pytest
from hypothesis import given, strategies as st

from demos.iris import flowers as module
from demos.iris.flowers import SPECIES, flowers, split

ROOT     = Path(__file__).parents[3]
RUN      = "import runpy; runpy.run_module('demos.iris', run_name='__main__')"
GONE     = ["matplotlib", "pygraphviz", "tqdm", "numpy", "torch", "sklearn"]
BARE     = f"import sys; sys.modules.update(dict.fromkeys({GONE})); {RUN}"
PICTURES = {"bent", "sum_setosa", "sum_versicolor", "sum_virginica", "softmax", "regions", "setosa_b3", "descent_b3",
            "learning"}
GRAPHS   = {"graph_right", "graph_wrong"}


def iris(folder, *arguments, code=RUN, **environment):
    """A quick run in a folder."""
    return subprocess.run([sys.executable, "-W", "error", "-c", code, "--quick", *arguments], cwd=folder, timeout=300,
                          capture_output=True, encoding="utf-8",
                          env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment})


def printed(run):
    """What a run has printed before its pictures, without the times it took, and what it is timed beside."""
    here = re.sub(r"\n +(PyTorch|scikit-learn) .*ms,.*|\n.* is timed beside this\.", "", run.stdout)
    return re.sub(r" *[\d.]+ (ms|µs)", r" … \1", here.partition("7. Pictures")[0])


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A run where no extra is installed, and its folder."""
    folder = tmp_path_factory.mktemp("bare")
    return iris(folder, code=BARE, PATH="", PYTHONHASHSEED="2"), folder


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A run with all pictures, and its folder."""
    if not find_spec("matplotlib"):
        pytest.skip("needs matplotlib")
    folder = tmp_path_factory.mktemp("shown")
    return iris(folder, PYTHONHASHSEED="1"), folder


# The flowers

def test_the_flowers_are_fishers():
    found = flowers()
    assert [f.number for f in found] == [*range(1, 151)]
    assert [f.species for f in found] == [0] * 50 + [1] * 50 + [2] * 50
    means = {name: sum(f.cm[name] for f in found) / 150 for name in found[0].cm}
    assert means == pytest.approx({"sepal_length": 5.8433333, "sepal_width": 3.0573333, "petal_length": 3.758,
                                   "petal_width": 1.1993333}, abs=1e-6)


def test_what_one_copy_has_wrong_is_right_here():
    found = flowers()
    assert [*found[34].cm.values()] == [4.9, 3.1, 1.5, 0.2] and [*found[37].cm.values()] == [4.9, 3.6, 1.4, 0.1]


def test_the_flowers_are_those_of_scikit_learn():
    data = pytest.importorskip("sklearn.datasets").load_iris()
    found = flowers()
    assert [[*f.cm.values()] for f in found] == data.data.tolist()
    assert [f.species for f in found] == data.target.tolist()
    assert [*SPECIES] == data.target_names.tolist()


def test_measurements_are_scaled_from_0_to_1():
    for name in flowers()[0].scaled:
        scaled = [f.scaled[name] for f in flowers()]
        assert (min(scaled), max(scaled)) == (0.0, 1.0)


@given(st.integers(0, 10 ** 6), st.sampled_from([0.1, 0.3, 0.5]))
def test_a_split_takes_the_same_share_of_each_species(seed, share):
    train, test = split(flowers(), seed, share)
    assert sorted(f.number for f in train + test) == [*range(1, 151)]
    assert [sum(f.species == species for f in test) for species in range(3)] == [round(50 * share)] * 3
    assert [f.number for f in split(flowers(), seed, share)[1]] == [f.number for f in test]


def test_what_the_doctests_say_is_true():
    failed, tried = doctest.testmod(module)
    assert tried and not failed


# The run

def test_it_ends_well_where_nothing_is_installed(bare):
    run, folder = bare
    assert (run.returncode, run.stderr) == (0, "")
    assert max(map(len, run.stdout.splitlines())) <= 102
    assert "None is drawn, for matplotlib is not installed: pip install matplotlib" in run.stdout
    assert not [*(folder / "out" / "iris").glob("*.png")]


@pytest.mark.parametrize("text", [
    "2 setosa 0.2 cm 3.0 cm 0.0417, 0.4167 0.04, 0.42",
    "-2 0.9049 93 of 150", "-1.227 0.7333 93 of 150", "-0.032 0.6171 143 of 150",
    "logistic regression, penalty none 0.0876 101 of 105 0.1229 43 of 45",
    "logistic regression, penalty none 0.0497 103 of 105 0.0225 45 of 45",
    "eager=True,", "both find the same derivatives.", "setosa 50 0 0", "Flower 2, a setosa: CE is", "CE falls as",
])
def test_it_prints_the_numbers(bare, text):
    assert text in " ".join(bare[0].stdout.split())


def test_it_prints_the_same_whatever_the_hash_seed(bare, shown):
    assert printed(bare[0]) == printed(shown[0]) != ""


def test_it_draws_every_picture(shown):
    run, folder = shown
    graphs = GRAPHS if which("dot") or find_spec("pygraphviz") else set()
    assert run.returncode == 0
    assert {path.stem for path in (folder / "out" / "iris").glob("*.png")} == PICTURES | graphs
    for path in (folder / "out" / "iris").glob("*.png"):
        png = path.read_bytes()
        assert png.startswith(b"\x89PNG\r\n\x1a\n") and png.endswith(b"IEND\xaeB`\x82") and len(png) > 20_000


def test_where_it_cannot_write_all_is_printed_all_the_same(bare, tmp_path):
    (tmp_path / "out").write_text("in the way")
    run = iris(tmp_path, code=BARE, PATH="")
    assert run.returncode == 1 and "cannot be written" in run.stderr and "--out" in run.stderr
    assert printed(run) == printed(bare[0])


@pytest.mark.parametrize("wrong", [
    "import nn; nn.Adam.formulas = ['m = beta1 * m + g', 'p = p + lr * m']",
    "import demos.iris.flowers as f; f.LESSON[2] = (0.06, 0.42)",
    "import nn; nn.SGD.formulas = [*nn.SGD.formulas[:-1], 'p = p - 2 * lr * d']",
])
def test_what_is_wrong_stops_it(tmp_path, wrong):
    run = iris(tmp_path, code=f"{wrong}; {BARE}", PATH="")
    assert run.returncode == 1 and "AssertionError" in run.stderr
