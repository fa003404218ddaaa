"""nn/training/progress.py: the bar of fit."""
import sys
import types

import pytest

from tests.nn.training.small_runs import run


class Terminal:
    """Where somebody looks."""

    def __init__(self):
        self.written = ""

    def isatty(self):
        return True

    def write(self, text):
        self.written += text

    def flush(self):
        pass


class Bar:
    """What tqdm's bar does, in figures."""

    def __init__(self, total, initial, **options):
        self.total, self.n, self.closed = total, initial, False
        bars.append(self)

    def update(self, count):
        self.n += count

    def set_postfix(self, loss, refresh):
        self.loss = loss

    def close(self):
        self.closed = True


bars = []


@pytest.fixture
def tqdm(monkeypatch):
    """A tqdm that is installed everywhere; the bars it makes."""
    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", types.SimpleNamespace(tqdm=Bar))
    bars.clear()
    return bars


def test_a_bar_counts_steps_where_somebody_looks(tqdm, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stderr", Terminal())
    run(epochs=2, batch_size=2, seed=1, checkpoint=tmp_path / "run.json")
    run(epochs=3, batch_size=2, seed=1, checkpoint=tmp_path / "run.json")
    assert [(bar.total, bar.n, bar.closed) for bar in tqdm] == [(8, 8, True), (12, 12, True)]
    assert float(tqdm[0].loss) > 0


def test_it_is_quiet_where_nobody_looks(tqdm, capsys):
    run(epochs=1)
    assert not tqdm and capsys.readouterr() == ("", "")
    run(epochs=1, progress=True)
    assert len(tqdm) == 1


def test_a_notebook_is_a_place_where_somebody_looks(tqdm, monkeypatch):
    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    run(epochs=1)
    assert len(tqdm) == 1


def test_without_tqdm_there_is_no_bar(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    run(epochs=1)
    assert sys.stderr.written == ""
    with pytest.raises(ImportError, match=r"fit\(progress=True\) needs tqdm: pip install tqdm"):
        run(epochs=1, progress=True)


def test_the_bar_of_tqdm_itself(monkeypatch):
    pytest.importorskip("tqdm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    run(epochs=2)
    assert "0/2" in sys.stderr.written and "step" in sys.stderr.written
