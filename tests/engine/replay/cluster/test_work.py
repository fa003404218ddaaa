"""What workers do, in this process."""
import pytest

from engine import Replay, Value, sqrt
from engine.replay.backends.native import cores, processors
from engine.replay.cluster import work


def test_a_program_has_one_digest_whatever_the_numbers_of_its_leaves():
    x, w = Value(0.0, "x"), Value(1.0, "w")
    tape = Replay(w * x, inputs=[x]).tape
    before = work.packed(tape, "python", "", 0)
    w.data = 2.0
    assert work.packed(tape, "python", "", 0) == before
    assert work.packed(Replay(w + x, inputs=[x]).tape, "python", "", 0)[0] != before[0]


def test_a_worker_keeps_few_programs():
    x = Value(0.0, "x")
    programs = [work.packed(Replay(x * float(k), inputs=[x]).tape, "python", "", 0) for k in range(work.PROGRAMS + 3)]
    runners  = [work.runner_of(program) for program in programs]
    assert work.runner_of(programs[-1]) is runners[-1] and len(work.loaded) == work.PROGRAMS


@pytest.mark.parametrize("variable, asked, most", [("", 0, 1), ("2", 0, 2), ("1", 0, 1), ("x", 0, 10 ** 9), ("", 3, 3)])
def test_threads_are_those_asked_for_and_no_more_than_there_are_cores(monkeypatch, variable, asked, most):
    monkeypatch.setenv("OMP_NUM_THREADS", variable)
    if not variable:
        monkeypatch.delenv("OMP_NUM_THREADS")
    assert work.threads_here(asked) == min(most, processors())
    assert cores() == min(int(variable) if variable.isdecimal() else processors(), processors())


def test_many_rows_that_floats_find_are_sent_as_few_numbers():
    x, w = Value(1.0, "x"), Value(0.5, "w")
    replay = Replay((sqrt(x) - w).relu() * w, inputs=[x])
    runner, rows = replay.runner, replay.rows([[float(i % 7)] for i in range(4000)])         # no slope at 0, nor a need
    partial = runner.partial(rows, [0.5])
    short   = work.short(partial)
    assert runner.total([short], [0.5]) == runner.total([partial], [0.5]) == runner.gradient(rows, [0.5])
    if runner.name == "native":
        assert len(short[1]) < 10 < len(partial[1])


@pytest.mark.parametrize("text, wanted", [
    ("row 3, column 1 (x2) (rows and columns count from 0) needs a number", "row 13, column 1 (x2) (rows and"),
    ("fit for its targets: row 2, column 'y' needs", "fit for its targets: row 12, column 'y'"),
    ("fit for target 4 needs a number", "fit for target 14 needs"), ("3 rows came", "3 rows came"),
])
def test_numbers_of_rows_are_those_of_the_whole(text, wanted):
    assert str(work.renumbered(ValueError(text), 10)).startswith(wanted)
