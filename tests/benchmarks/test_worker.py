import gc
import json
import subprocess
import sys

import pytest

from benchmarks import worker
from benchmarks.__main__ import PACKAGES, arguments, main
from benchmarks.peers import ENGINES
from benchmarks.processes import ROOT, Process, environment, install, run
from benchmarks.scaling import trial
from benchmarks.workloads import WORKLOADS


@pytest.fixture
def collector():
    """Puts the garbage collector back as it was."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.parametrize("tuned", [False, True])
def test_a_block_tells_each_phase_and_leaves_no_callback(tuned, collector):
    callbacks = list(gc.callbacks)
    found = worker.block(ENGINES["glassgrad"](), WORKLOADS["W2"], tuned, 2, 60.0)
    assert list(found) == ["forward", "backward", "free", "collector", "steps"]
    assert found["steps"] == 2 and min(found["forward"], found["backward"], found["free"]) > 0.0
    assert gc.callbacks == callbacks
    assert gc.get_threshold() == (worker.TUNED if tuned else worker.DEFAULT)


def test_a_block_out_of_time_still_takes_one_step(collector):
    assert worker.block(ENGINES["floats"](), WORKLOADS["W2"], False, 20, 0.0)["steps"] == 1


def test_a_worker_answers_in_its_own_process():
    process = Process("benchmarks.worker", "glassgrad")
    assert process.absent == ""
    assert process.ask("check", "W2") < 1e-12
    assert 50.0 < process.ask("memory", "W2") < 1000.0
    process.end()


def test_the_python_core_is_measured_where_it_is_asked_for():
    code = "import engine; print(engine.core)"
    assert run((), "-c", code, core=ENGINES["python"].core).stdout == "python\n"
    assert run((), "-c", code, core=ENGINES["glassgrad"].core).stdout == run((), "-c", code).stdout


def test_what_an_engine_prints_does_not_reach_the_answers():
    lines = subprocess.run([sys.executable, "-c", "import benchmarks.worker as w\n"
                            "class Loud(w.ENGINES['floats']):\n"
                            "    def at(self, point): print('loud'); super().at(point)\n"
                            "w.ENGINES['loud'] = Loud\nw.main('loud')"], cwd=ROOT, env=environment(), text=True,
                           input='["check", "W2"]\n', capture_output=True).stdout.splitlines()
    assert [type(json.loads(line)) for line in lines] == [str, float]


def test_a_large_graph_is_measured_or_its_failure_named():
    found = trial("glassgrad", "chain", 5000)
    assert list(found) == ["build", "differentiate", "free", "bytes"]
    assert trial("microgpt", "chain", 5000) == "RecursionError"


@pytest.mark.parametrize(("words", "sentence"), [
    (["speed"], "no part is called 'speed'; there are eager, transformer, inventing, replay, training, memory, "
     "scaling, start, depth, frames"),
    (["--engines", "glassgrad,aadc"], "no engine is called 'aadc'"),
])
def test_unknown_names_are_refused(words, sentence, capsys):
    with pytest.raises(SystemExit):
        arguments(words)
    assert sentence in capsys.readouterr().err


def test_only_peers_are_installed():
    with pytest.raises(SystemExit, match="--install takes autograd, .*; 'requests' came"):
        install(["requests==2.0"], PACKAGES)


def test_a_peer_that_is_absent_is_skipped_by_name(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.__main__.OUT", tmp_path)
    monkeypatch.setattr("benchmarks.processes.PEERS", tmp_path)
    monkeypatch.setattr(ENGINES["xad"], "packages", ("a_package_that_nobody_has",))
    main(["memory", "--engines", "xad,nodes"])
    assert "skipped, not installed: xad; to install them: make bench ARGS=--install" in capsys.readouterr().out
    report = (tmp_path / "memory.md").read_text(encoding="utf-8")
    assert "`affine`" in report and "xad" not in report
