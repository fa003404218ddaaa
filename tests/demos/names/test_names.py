"""demos/names, run as a reader runs it, smaller; and its page in a browser."""
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, strategies as st

import nn
from demos.names.census import FILE, LETTERS, Bigrams, numbers, read_names, split
from demos.names.network import Recording, Transformer, labelled
from tests.engine.picture.chromium import Browser, available

ROOT = Path(__file__).parents[3]
RUN  = "import runpy; runpy.run_module('demos.names', run_name='__main__')"
NAMES = st.lists(st.text(LETTERS[1:], min_size=1, max_size=4), min_size=1, max_size=5)


def names(folder, code=RUN):
    """A quick run in a folder."""
    return subprocess.run([sys.executable, "-W", "error", "-c", code, "--quick"], cwd=folder, timeout=300,
                          capture_output=True, encoding="utf-8",
                          env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run, and its folder."""
    folder = tmp_path_factory.mktemp("names")
    return names(folder), folder


@pytest.fixture(scope="module")
def small():
    """A small transformer and its recording."""
    model = Transformer(4, 2, seed=1)
    return model, Recording(model, 4)


@pytest.mark.parametrize("text", ["guessing blindly 3.2958", "in all 1451", "after mar", "paths add up", "head . m a r",
                                  "as the derivative says", "The same seed gives the same names"])
def test_it_ends_well_and_says_what_it_is_for(run, text):
    done, folder = run
    assert (done.returncode, done.stderr) == (0, "") and text in " ".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 116 and "/" + "tmp" not in done.stdout


def test_it_draws_a_head_and_writes_a_page(run):
    folder = run[1] / "out" / "names"
    there = {path.name for path in folder.iterdir()}
    assert "attention.html" in there and there <= {"attention.html", "head.svg", "head_dark.svg", "head.png"}
    if "head.svg" in there:
        text = (folder / "head.svg").read_text(encoding="utf-8")
        assert all(f"{what}_{letter}" in text for what in ("score", "share") for letter in ("start", "m", "a", "r"))


@pytest.mark.skipif(not available(), reason="needs Chromium and its driver")
def test_a_query_can_be_moved_on_the_page(run):
    with Browser() as browser:
        browser.open((run[1] / "out" / "names" / "attention.html").as_uri())
        before = browser.run("return document.body.innerText")
        browser.click("input[type=range]")
        browser.press("Home")
        after = browser.run("return document.body.innerText")
        assert "0.7076" in before and "share_a" in after and "0.7076" not in after and browser.log() == []


@pytest.mark.parametrize("wrong", [
    "import nn; nn.Adam.formulas = [*nn.Adam.formulas[:-1], 'p = p + lr * m_hat']",
    "from time import time_ns; from demos.names.network import Recording; "
    "Recording.invent = lambda self, count, random: [str(time_ns())] * count",
])
def test_what_is_wrong_stops_it(tmp_path, wrong):
    done = names(tmp_path, f"{wrong}; {RUN}")
    assert done.returncode == 1 and "Error" in done.stderr


def test_the_names_are_those_of_the_census():
    found = read_names()
    assert found == sorted({*found}) and len(found) == 5163 and {"mary", "james"} <= {*found}
    assert {*"".join(found)} == {*LETTERS[1:]}
    assert "public domain" in FILE.read_text(encoding="ascii").split("\naaron")[0]


@given(st.integers(), st.floats(0.01, 0.5))
def test_a_split_parts_them_and_a_seed_repeats_it(seed, share):
    some = [f"name{i}" for i in range(50)]
    train, held_out = split(some, seed, share)
    assert sorted(train + held_out) == sorted(some) and (train, held_out) == split(some, seed, share)


@given(NAMES)
def test_shares_of_pairs_add_up_to_1(some):
    pairs = Bigrams(some)
    assert all(sum(pairs.share(a, b) for b in LETTERS) == pytest.approx(1.0) for a in LETTERS)
    assert pairs.loss(some) > 0.0


@given(NAMES)
def test_the_recording_finds_what_eager_code_finds_and_a_mask_hides_the_rest(small, some):
    model, run = small
    losses = [nn.cross_entropy(z, target).data for name in some
              for z, target in zip(model(numbers(name)[:-1]), numbers(name)[1:])]
    assert run.mean_loss(some) == pytest.approx(sum(losses) / len(losses), rel=1e-12)


def test_the_same_seed_invents_the_same_names(small):
    _, run = small
    first = run.invent(5, Random(1))
    assert first == run.invent(5, Random(1)) != run.invent(5, Random(2)) and all(len(name) <= 5 for name in first)


def test_the_named_graph_is_the_models():
    model = Transformer(4, 2, seed=1)
    shares = labelled(model, "ab")
    assert [p.data for p in shares.values()] == [p.data for p in nn.softmax(model(numbers("ab")[:-1])[-1])]
    assert shares["."].label == "p_end" and model.letters.rows[1][2].label == "a[2]"


@pytest.mark.parametrize("blocked", ["out", "out/names/attention.html"])
def test_where_it_cannot_write_all_is_printed_and_one_sentence(run, tmp_path, blocked):
    place = tmp_path / blocked
    place.parent.mkdir(parents=True, exist_ok=True)
    place.mkdir() if blocked.endswith(".html") else place.write_text("in the way")
    done = names(tmp_path)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert "cannot be written" in done.stderr and "--out" in done.stderr and "Errno" not in done.stdout
    assert done.stdout.startswith(run[0].stdout.partition("Its picture")[0])
