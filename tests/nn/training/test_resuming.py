"""nn/training/resuming.py: fit goes on from a file, bit for bit."""
import json
from math import nan

import pytest
from hypothesis import given, strategies as st

import engine
import nn.training
from nn import MLP, SGD, LinearLR, SequentialLR, StepLR, accuracy, cross_entropy, fit, load
from tests.nn.training.small_runs import ROWS, TARGETS, few, interrupted, makers, numbers, run, setups


@few
@given(setups, st.sampled_from([*makers]), st.integers(0, 30), st.integers(0, 20))
def test_a_run_goes_on_bit_for_bit(tmp_path_factory, setup, maker, first, second):
    path = tmp_path_factory.mktemp("run") / "run.json"
    interrupted(first, maker=maker, epochs=3, checkpoint=path, **setup)
    interrupted(second, maker=maker, epochs=3, checkpoint=path, **setup)
    start = MLP(2, [3, 3], activation="tanh", seed=99 if path.exists() else 5)
    model, history = run(start, maker, epochs=4, checkpoint=path, **setup)
    whole, whole_history = run(maker=maker, epochs=4, **setup)
    assert numbers(model) == numbers(whole) and history == whole_history
    again, again_history = run(MLP(2, [3, 3], activation="tanh", seed=7), maker, epochs=4, checkpoint=path, **setup)
    assert numbers(again) == numbers(model) and again_history == history
    assert numbers(load(MLP(2, [3, 3], activation="tanh"), path)) == numbers(model)


def test_other_kernels_which_find_other_bits_are_refused(tmp_path):
    blocks = pytest.importorskip("engine.native.blocks")
    if engine.core != "native" or len(blocks.MACHINES) < 2:
        pytest.skip("needs the compiled core, and a processor with kernels of several kinds")
    path = tmp_path / "run.json"
    run(epochs=1, kernels="plain", checkpoint=path)
    with pytest.raises(ValueError, match=r"(?s)kernels: the file has 'plain', this call 'avx.*give the settings"):
        run(epochs=2, checkpoint=path)
    run(epochs=2, kernels="plain", checkpoint=path)
    document = json.loads(path.read_text())
    del document["training"]["settings"]["kernels"]              # as in a file from before
    path.write_text(json.dumps(document))
    run(epochs=3, checkpoint=path)


def test_the_schedules_of_a_sequence_are_compared(tmp_path):
    path = tmp_path / "run.json"

    def made(factor, **arguments):
        model = MLP(2, [3, 3], activation="tanh", seed=5)
        optimiser = SGD(model.parameters(), lr=0.1)
        warm_up, decay = LinearLR(optimiser, factor, total_iters=2), StepLR(optimiser, step_size=2)
        return fit(model, cross_entropy, ROWS, TARGETS, optimiser=optimiser, checkpoint=path, progress=False,
                   schedule=SequentialLR(optimiser, [warm_up, decay], milestones=[2]), **arguments)

    made(0.25, epochs=1)
    with pytest.raises(ValueError, match=r"schedule.schedulers: the file has .*factor=0.25.*, this call .*factor=0.5"):
        made(0.5, epochs=2)
    assert len(made(0.25, epochs=2)["epochs"]["loss"]) == 2


def test_a_drawn_seed_is_kept(tmp_path):
    path = tmp_path / "run.json"
    _, first  = run(epochs=1, batch_size=2, checkpoint=path)
    _, second = run(epochs=2, batch_size=2, checkpoint=path)
    assert type(first["seed"]) is int and second["seed"] == first["seed"]


def test_a_checkpoint_that_cannot_be_written_is_refused_at_the_start(tmp_path):
    model = MLP(2, [3, 3], seed=5)
    before = numbers(model)
    with pytest.raises(FileNotFoundError, match=r"fit\(checkpoint\) needs a folder that exists"):
        run(model, checkpoint=tmp_path / "missing" / "run.json")
    assert numbers(model) == before


def test_it_is_kept_from_time_to_time(tmp_path, monkeypatch):
    path, kept = tmp_path / "run.json", []
    monkeypatch.setattr(nn.training, "PAUSE", -1.0)
    monkeypatch.setattr(nn.training, "keep", lambda run, path: kept.append(run.place) or run.place)
    run(epochs=2, batch_size=4, checkpoint=path)
    assert kept == [(1, 0), (2, 0), (2, 1), (3, 1), (4, 1), (4, 2)]


@pytest.mark.parametrize("change, arguments, complaint", [
    (None, {"batch_size": 3},           "batch_size: the file has 2, this call 3"),
    (None, {"seed": 2},                 "seed: the file has 1, this call 2"),
    (None, {"reduction": "sum"},        "reduction: the file has 'mean', this call 'sum'"),
    (None, {"eager": True},             "eager: the file has None, this call True"),
    (None, {"targets": TARGETS[::-1]},  "examples: the file has '"),
    (None, {"maker": "Adam"},           "optimiser: the file has 'SGD(momentum=0.9, "),
    (None, {"measures": {"hits": accuracy}}, "measures: the file has [], this call ['hits']"),
    (lambda d: d.pop("training"), {},   "missing: training; it holds a model, not a run"),
    (lambda d: d.update(training=[]), {}, "training: settings, optimiser, schedule, history are needed; [] came"),
    (lambda d: d["training"]["optimiser"].update(lr=True), {}, "optimiser.lr: a number is needed; true came"),
    (lambda d: d["training"]["optimiser"].update(lr=-1.0), {}, "optimiser.lr: at least 0 is needed; -1.0 came"),
    (lambda d: d["training"]["optimiser"].update(steps=-1), {}, "optimiser: steps, lr and 1 numbers for each of 21"),
    (lambda d: d["training"]["optimiser"]["state"].pop(), {}, "optimiser: steps, lr and 1 numbers for each of 21"),
    (lambda d: d["training"]["optimiser"]["state"].__setitem__(3, nan), {}, "optimiser.state[3]: not finite: nan"),
    (lambda d: d["training"].update(schedule=3), {}, "schedule: no epoch is needed; 3 came"),
    (lambda d: d["training"]["history"].pop("steps"), {}, "history: seed, steps (loss, lr) and epochs (loss) are"),
    (lambda d: d["training"]["history"]["steps"].update(lr=1), {}, "history.steps.lr: a list is needed; 1 came"),
    (lambda d: d["training"]["history"]["steps"]["lr"].append("x"), {}, "history.steps.lr[8]: a number is needed; 'x'"),
    (lambda d: d["training"]["history"]["steps"]["lr"].pop(), {}, "history: its lists do not have the lengths"),
    (lambda d: d["training"]["history"]["epochs"]["loss"].pop(0), {}, None),
    (lambda d: d["training"]["history"].update(seed="1"), {}, "seed: the file has '1', this call 1"),
    (lambda d: d["parameters"].popitem(), {}, "missing: layers[1].neurons[2].b"),
])
def test_what_is_no_checkpoint_of_the_run_is_refused(tmp_path, change, arguments, complaint):
    path = tmp_path / "run.json"
    run(epochs=2, batch_size=2, seed=1, checkpoint=path)
    document = json.loads(path.read_text())
    if change:
        change(document)
        path.write_text(json.dumps(document))
    if complaint is None:                            # its last epoch is closed once more
        assert len(run(epochs=2, batch_size=2, seed=1, checkpoint=path)[1]["epochs"]["loss"]) == 2
        return
    model, before = MLP(2, [3, 3], activation="tanh", seed=9), path.read_bytes()
    start = numbers(model)
    with pytest.raises(ValueError) as caught:
        run(model, **{"epochs": 3, "batch_size": 2, "seed": 1, "checkpoint": path, **arguments})
    assert f"\n    {complaint}" in str(caught.value) and "is not a checkpoint of this run" in str(caught.value)
    assert numbers(model) == start and path.read_bytes() == before
