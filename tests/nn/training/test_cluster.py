"""Training on three processes: the history and the parameters of one, to the last bit."""
import os
import signal
from functools import partial

import pytest
from hypothesis import settings

from nn import MLP, SGD, accuracy, cross_entropy, fit, mean_squared_error
from nn.training.recording import Recording
from nn.training.tasks import Task
from tests.clusters import kill_worker
from tests.interrupts import all_or_nothing

np    = pytest.importorskip("numpy")
array = pytest.importorskip("dask.array")
distributed = pytest.importorskip("distributed")
N = 9_001


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks are as short as a run, so that all workers have some."""
    from engine.replay.cluster import blocks
    monkeypatch.setattr(blocks, "FEWEST", 1)


def data(n=N):
    i = np.arange(n)
    rows = np.stack([np.sin(i), np.cos(3 * i)], axis=1)
    return rows, (rows[:, 0] > 0).astype(int) + (rows[:, 1] > 0)


def far(rows, targets, size=1001):
    return array.from_array(rows, chunks=(size, 1)), array.from_array(targets, chunks=size + 99)


def model():
    return MLP(2, [4, 3], activation="tanh", seed=1)


def trained(rows, targets, lr=0.5, **settings):
    """The history of a run, and the parameters after it."""
    new = model()
    history = fit(new, cross_entropy, rows, targets, optimiser=SGD(new.parameters(), lr=lr), **settings)
    return history, [p.data for p in new.parameters()]


@pytest.mark.parametrize("size", [N, 1001, 4000])
def test_history_and_parameters_are_those_of_one_process(client, size):
    rows, targets = data()
    look = {"measures": {"accuracy": accuracy}, "epochs": 2}
    here = trained(rows, targets, validation=(rows[:500], targets[:500]), **look)
    x, y = far(rows, targets, size)
    assert trained(x, y, validation=(x[:500], y[:500]), cluster=client, **look) == here


@pytest.mark.parametrize("given, reduction", [("rows", "sum"), ("classes", "mean"), ("both", "mean")])
def test_weights_count_as_in_one_process(client, given, reduction, tmp_path):
    rows, targets = data()
    weights = np.arange(N) % 7 / 3
    own  = {} if given == "classes" else {"row_weights": weights}
    more = {} if given == "rows" else {"class_weights": [0.1, 3.0, 0.7]}
    look = {"measures": {"accuracy": accuracy}, "epochs": 2, "reduction": reduction, **more}
    rate = 0.5 if reduction == "mean" else 1e-5
    here = trained(rows, targets, validation=(rows[:500], targets[:500]), lr=rate, **own, **look)
    x, y = far(rows, targets)
    own  = {name: array.from_array(column, chunks=777) for name, column in own.items()}
    there = {"validation": (x[:500], y[:500]), "cluster": client, "checkpoint": tmp_path / "run.json", **own}
    there["lr"] = rate
    assert trained(x, y, **there, **look) == here
    with pytest.raises(ValueError, match="weights: the file has"):
        trained(x, y, **{**there, "class_weights": [0.2, 3.0, 0.7]}, **{k: look[k] for k in look if k not in more})


def test_weights_that_do_not_fit_are_refused_with_their_row(client):
    x, y = far(*data(3000))
    w    = array.ones(3000, chunks=500)
    below = array.where(array.arange(3000, chunks=500) == 1234, -1.0, w)
    for weights, said in (({"row_weights": below}, "row 1234, needs"), ({"row_weights": w[:9]}, "9 came for 3000 rows"),
                          ({"row_weights": 0 * w}, "all have 0"), ({"row_weights": [1.0]}, "Dask array"),
                          ({"class_weights": {0: 1.0, 1: 2.0}}, r"target \d+ is 2")):
        with pytest.raises((ValueError, TypeError), match=said):
            trained(x, y, cluster=client, epochs=1, **weights)


def slowly(block):
    """The rows, a while later, so that a worker can be killed on the way."""
    import time
    time.sleep(1.0)
    return block


def test_a_worker_killed_in_the_middle_of_a_task_changes_nothing(client):
    import threading
    rows, targets = data(3000)
    here  = trained(rows, targets, epochs=1)
    x, y  = far(rows, targets, 500)
    timer = threading.Timer(0.7, kill_worker, (client,))
    timer.start()
    assert trained(x.map_blocks(slowly, dtype=float, meta=np.empty((0, 2))), y, cluster=client, epochs=1) == here
    timer.join()
    client.wait_for_workers(3, timeout=60)


MAIN = """
import numpy as np
from dask import array
from dask.distributed import Client, LocalCluster
from engine import Op, Value
from nn import MLP, SGD, fit, mean_squared_error
from nn.losses import declare_loss

bent = Op("x / (1 + abs(x))", "1 / (1 + abs(x)) ** 2", name="bent")

if __name__ == "__main__":
    rows = np.linspace(-1.0, 1.0, 4000)[:, None]
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster) as client:
        found = []
        for more in ({}, {"cluster": client}):
            model = MLP(1, [2, 1], activation=bent, seed=1)
            some  = [array.from_array(x, chunks=(600, *x.shape[1:])) if more else x for x in (rows, rows[:, 0] ** 2)]
            fit(model, mean_squared_error, *some, optimiser=SGD(model.parameters(), lr=0.1), epochs=2, **more)
            found.append([p.data for p in model.parameters()])
    assert found[0] == found[1], found
    print("the same")
"""


def test_a_row_of_ones_own_may_stand_in_the_program_that_is_run(tmp_path):
    import pathlib
    import subprocess
    import sys
    (tmp_path / "own.py").write_text(MAIN)
    root = str(pathlib.Path(__file__).parents[3])
    done = subprocess.run([sys.executable, "own.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120,
                          env={**os.environ, "PYTHONPATH": root})
    assert done.stdout == "the same\n", done.stderr[-2000:]


def test_frames_are_learnt_by_their_columns_and_predicted_too(client):
    frames, pandas = pytest.importorskip("dask.dataframe"), pytest.importorskip("pandas")
    rows, targets = data(3000)
    table = pandas.DataFrame({"petal": rows[:, 0], "sepal": rows[:, 1], "species": targets})
    lazy  = frames.from_pandas(table, npartitions=3)
    one, other = model(), model()
    fit(one, cross_entropy, table[["petal", "sepal"]], table["species"], epochs=2)
    fit(other, cross_entropy, lazy[["petal", "sepal"]], lazy["species"], epochs=2, cluster=client)
    assert [p.data for p in one.parameters()] == [p.data for p in other.parameters()]
    wanted = one.predict(table[["petal", "sepal"]])
    outputs = other.predict(lazy[["sepal", "petal"]])
    assert isinstance(outputs, array.Array) and outputs.compute().tolist() == wanted.tolist()
    assert other.predict(array.from_array(rows, chunks=999)).compute().tolist() == wanted.tolist()
    single = MLP(2, [1], seed=1)
    assert single.predict(array.from_array(rows, chunks=999)).compute().tolist() == single.predict(rows).tolist()


@pytest.fixture
def cheap(monkeypatch):
    """On this cluster every batch pays."""
    from engine.replay.cluster import Cluster
    monkeypatch.setattr(Cluster, "least", lambda self, rows, leaves: self.run)


def run_length():
    rows, targets = data(9)
    recording = Recording(Task(model(), cross_entropy, rows, targets))
    return recording.current().runner.run


def test_batches_are_whole_runs_shuffled_by_the_seed(client, cheap):
    import random
    run = run_length()
    rows, targets = data(6 * run + 17)
    x, y = far(rows, targets)
    history, found = trained(x, y, batch_size=2 * run, epochs=2, seed=3, cluster=client)
    again = trained(*far(rows, targets, 501), batch_size=2 * run, epochs=2, seed=3, cluster=client)
    assert again == (history, found) and len(history["steps"]["loss"]) == 8

    one = model()
    optimiser, losses = SGD(one.parameters(), lr=0.5), []
    task = Task(one, cross_entropy, rows, targets)
    recording = Recording(task)
    replay = recording.current()
    for epoch in range(2):
        order = list(range(6))
        random.Random(f"3, epoch {epoch}").shuffle(order)
        order.append(6)
        for at in range(0, 7, 2):
            batch = np.concatenate([recording.rows[k * run:(k + 1) * run] for k in sorted(order[at:at + 2])])
            losses.append(replay.descend(batch, len(batch)) / len(batch))
            optimiser.step()
    assert (losses, [p.data for p in one.parameters()]) == (history["steps"]["loss"], found)


def test_a_batch_too_small_to_pay_is_refused_with_the_size_that_pays(client):
    rows, targets = data()
    with pytest.raises(ValueError, match=r"as long as \d+ rows in one process; 32 came; write"):
        trained(*far(rows, targets), batch_size=32, cluster=client)


def test_a_batch_that_is_no_whole_run_is_refused_with_those_that_are(client, cheap):
    rows, targets, run = *data(), run_length()
    with pytest.raises(ValueError, match=rf"whole runs, of {run} rows .* write {run} or {2 * run}"):
        trained(*far(rows, targets), batch_size=run + 1, cluster=client)


def test_a_checkpoint_goes_on_on_a_cluster_of_another_size_and_in_other_chunks(client, tmp_path):
    rows, targets = data()
    path   = tmp_path / "run.json"
    wanted = trained(rows, targets, epochs=4)
    trained(*far(rows, targets), epochs=2, cluster=client, checkpoint=path)
    with distributed.Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=":0",
                            set_as_default=False) as small:
        assert trained(*far(rows, targets, 777), epochs=4, cluster=small, checkpoint=path) == wanted
    with pytest.raises(ValueError, match="examples: the file has"):
        trained(*far(rows + 1.0, targets), epochs=4, cluster=client, checkpoint=path)


def test_a_worker_killed_between_two_epochs_changes_nothing(client):
    rows, targets = data()

    class Killer:
        def on_epoch(self, run):
            if run.place[1] == 1:
                kill_worker(client)

    wanted = trained(rows, targets, epochs=3)
    assert trained(*far(rows, targets), epochs=3, cluster=client, callbacks=[Killer()]) == wanted


def test_ctrl_c_leaves_model_and_history_at_the_last_whole_step(client, capsys):
    rows, targets = data()
    wanted = trained(rows, targets, epochs=2)

    class Interrupter:
        def on_epoch(self, run):
            if run.place[1] == 2:
                os.kill(os.getpid(), signal.SIGINT)

    history, found = trained(*far(rows, targets), epochs=5, cluster=client, callbacks=[Interrupter()])
    assert found == wanted[1] and history["steps"] == wanted[0]["steps"] and history["stopped"] == "Ctrl-C"
    assert "stopped after 2 of 5 steps" in capsys.readouterr().err


def test_interrupted_anywhere_the_model_stands_between_two_steps(client):
    rows, targets = far(*data(3000))
    between = [trained(rows, targets, epochs=epochs, cluster=client)[1] for epochs in range(3)]

    def make():
        new = model()
        act = partial(fit, new, cross_entropy, rows, targets, optimiser=SGD(new.parameters(), lr=0.5), epochs=2,
                      cluster=client, interrupt="raise")
        return act, lambda: [p.data for p in new.parameters()]
    before = signal.getsignal(signal.SIGINT)
    try:
        assert all_or_nothing(make, most=settings.default.max_examples // 20, between=between) > 100
    finally:
        signal.signal(signal.SIGINT, before)


def test_errors_name_the_row_among_all_rows(client):
    rows, targets = data()
    targets[N - 7] = 3
    with pytest.raises(IndexError, match=f"^row {N - 7}: fit needs a target from 0 to 2, for 3 classes; 3 came"):
        trained(*far(rows, targets), cluster=client)
    targets[N - 7], rows[N - 5, 1] = 0, np.nan
    with pytest.raises(ValueError, match=f"^row {N - 5}, column 1"):
        trained(*far(rows, targets), cluster=client)


def own(output, target):
    return (output[0] - target) ** 2


def test_what_does_not_fit_is_refused_with_the_remedy(client):
    rows, targets = data(99)
    x, y = far(rows, targets)
    for error, match, call in [
        (TypeError,  "cluster=client", lambda: trained(x, y)),
        (TypeError,  "from_array", lambda: trained(rows, y, cluster=client)),
        (TypeError,  "from_array", lambda: trained(x, targets, cluster=client)),
        (ValueError, "one target for each row; 99 and 98", lambda: trained(x, y[:98], cluster=client)),
        (ValueError, "at least one row", lambda: trained(x[:0], y[:0], cluster=client)),
        (ValueError, "leave eager out", lambda: trained(x, y, cluster=client, eager=True)),
        (ValueError, "write eager=False", lambda: fit(model(), own, x, y, cluster=client)),
        (TypeError,  "pair", lambda: trained(x, y, cluster=client, validation=x)),
    ]:
        with pytest.raises(error, match=match):
            call()
    single = MLP(2, [1], seed=1)
    with pytest.raises(ValueError, match="needs a model of nn's own"):
        type("Own", (type(single).__mro__[1],), {"__call__": lambda self, x: x[0]})().predict(x)


def test_a_loss_of_ones_own_is_compared_with_eager_code(client):
    rows, targets = data(5000)
    x, y = far(rows, targets)
    one, other = model(), model()
    fit(one, own, rows, targets, eager=False, epochs=2)
    fit(other, own, x, y, eager=False, epochs=2, cluster=client)
    assert [p.data for p in one.parameters()] == [p.data for p in other.parameters()]


def test_numbers_are_targets_too(client):
    rows, _ = data(5000)
    targets = rows[:, 0] * 2.0
    one, other = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=1)
    fit(one, mean_squared_error, rows, targets, epochs=2)
    fit(other, mean_squared_error, *far(rows, targets), epochs=2, cluster=client)
    assert [p.data for p in one.parameters()] == [p.data for p in other.parameters()]
