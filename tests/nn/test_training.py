"""nn/training.py: fit. Its batches, its history, Ctrl-C and checkpoints."""
import json
import signal
import sys
import threading
import types
from math import fsum, isclose, nan

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import nn.training
from engine import Value
from nn import (MLP, SGD, Adam, AdamW, LambdaLR, LinearLR, Module, StepLR, accuracy, cross_entropy, fit, hinge, load,
                mean_squared_error)

ROWS    = [[0.1 * i, 1.0 - 0.05 * i * i] for i in range(7)]
TARGETS = [0, 1, 2, 0, 1, 2, 1]
setups  = st.fixed_dictionaries({
    "batch_size": st.none() | st.integers(1, 9), "shuffle": st.booleans(), "seed": st.integers(0, 100),
    "reduction": st.sampled_from(["mean", "sum"]), "measures": st.sampled_from([None, {"accuracy": accuracy}]),
    "validation": st.sampled_from([None, (ROWS[:3], TARGETS[:3])])})
few     = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
makers  = {
    "SGD":   lambda ps: {"optimiser": SGD(ps, lr=0.1, momentum=0.9)},
    "Adam":  lambda ps: {"optimiser": Adam(ps, lr=0.05, amsgrad=True)},
    "AdamW": lambda ps: {"schedule": StepLR(AdamW(ps, lr=0.05), 1, 0.5)},
    "line":  lambda ps: {"schedule": LinearLR(SGD(ps, lr=0.05), total_iters=3)},
    "own":   lambda ps: {"schedule": LambdaLR(SGD(ps, lr=0.05), lambda epoch: 1 / (1 + epoch))},
}


def run(model=None, maker="SGD", rows=ROWS, targets=TARGETS, **arguments):
    """A model that has been trained, and the history."""
    model = model or MLP(2, [3, 3], activation="tanh", seed=5)
    return model, fit(model, cross_entropy, rows, targets, **makers[maker](model.parameters()), **arguments)


def numbers(model):
    return [p.data for p in model.parameters()]


# Steps

@given(st.integers(0, 5), st.sampled_from(["mean", "sum"]))
def test_a_step_is_one_of_the_optimiser_on_the_batchs_loss(epochs, reduction):
    by_hand = MLP(2, [3, 3], activation="tanh", seed=5)
    optimiser, losses = SGD(by_hand.parameters(), lr=0.1, momentum=0.9), []
    for _ in range(epochs):
        loss = Value.fsum([cross_entropy(by_hand(row), target) for row, target in zip(ROWS, TARGETS)])
        loss = loss / len(ROWS) if reduction == "mean" else loss
        by_hand.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.data)
    model, history = run(epochs=epochs, reduction=reduction)
    assert numbers(model) == pytest.approx(numbers(by_hand), rel=1e-12, abs=1e-13)
    assert history["steps"]["loss"] == pytest.approx(losses, rel=1e-12)


def test_the_lessons_descent_on_b3():
    class Lesson(Module):
        """The lesson's three outputs for given hidden values, of which one bias is to be learnt."""

        def __init__(self):
            self.b3 = Value(-2.0)

        def __call__(self, h):
            h1, h2 = h
            return [-0.1 * h1 + 1.5 * h2 + self.b3, 2.4 * h1 - 5.2 * h2 + 0.0, -2.2 * h1 + 3.7 * h2 + 1.0]

    hidden = [[max(0.0, -2.5 * petal + 0.6 * sepal + 1.6), max(0.0, -1.5 * petal + 0.4 * sepal + 0.7)]
              for petal, sepal in [(0.04, 0.42), (1.0, 0.54), (0.5, 0.37)]]
    summed, mean = Lesson(), Lesson()
    history = fit(summed, cross_entropy, hidden, [0, 2, 1], optimiser=SGD(summed.parameters(), lr=1.0), epochs=1,
                  reduction="sum")
    fit(mean, cross_entropy, hidden, [0, 2, 1], optimiser=SGD(mean.parameters(), lr=1.0), epochs=1)
    assert (round(history["steps"]["loss"][0], 7), round(summed.b3.data, 7)) == (2.6659385, -1.2267990)
    assert round(mean.b3.data, 4) == -1.7423


def test_batches_cover_each_epoch_and_are_shuffled_by_the_seed():
    class Noting(Module):
        """A model that notes the rows it sees."""

        def __init__(self):
            self.b, self.seen = Value(0.0), []

        def __call__(self, row):
            self.seen.append(row[0])
            return self.b

    def seen(**arguments):
        model, rows = Noting(), [[float(i)] for i in range(10)]
        fit(model, mean_squared_error, rows, [0.0] * 10, epochs=3, batch_size=4, **arguments)
        return [model.seen[i:i + 10] for i in (0, 10, 20)]

    ordered = [float(i) for i in range(10)]
    assert all(sorted(epoch) == ordered for epoch in seen(seed=1))
    assert seen(seed=1) == seen(seed=1) != seen(seed=2)
    assert seen(seed=1)[0] != seen(seed=1)[1]
    assert seen(shuffle=False) == [ordered] * 3
    assert seen(seed=1)[0][:3] == [2.0, 8.0, 7.0]   # on every machine


def test_without_an_optimiser_it_is_adam():
    model, twin = MLP(2, [3], seed=1), MLP(2, [3], seed=1)
    fit(model, cross_entropy, ROWS, TARGETS, epochs=2)
    fit(twin, cross_entropy, ROWS, TARGETS, epochs=2, optimiser=Adam(twin.parameters()))
    assert numbers(model) == numbers(twin)


def test_some_of_the_parameters_may_be_trained_alone():
    model = MLP(2, [3], seed=1)
    before = numbers(model)
    fit(model, cross_entropy, ROWS, TARGETS, epochs=2, optimiser=SGD([model.layers[0].neurons[0].b], lr=1.0))
    assert [now == then for now, then in zip(numbers(model), before)].count(False) == 1


# History

@few
@given(setups, st.sampled_from([*makers]), st.integers(0, 3))
def test_the_history_is_plain_data_of_the_right_lengths(setup, maker, epochs):
    _, history = run(maker=maker, epochs=epochs, **setup)
    assert json.loads(json.dumps(history)) == history
    batches = -(-7 // min(setup["batch_size"] or 7, 7))
    assert {len(column) for column in history["steps"].values()} == {epochs * batches}
    assert {len(column) for column in history["epochs"].values()} == {epochs}
    kinds = ["loss", *(setup["measures"] or ())]
    assert [*history["steps"]] == [*kinds, "lr"]
    assert [*history["epochs"]] == [*kinds, *[f"validation_{kind}" for kind in kinds if setup["validation"]]]


def test_an_epochs_loss_is_the_mean_over_its_rows_or_their_sum():
    _, mean   = run(epochs=1, batch_size=3, seed=1)
    _, summed = run(epochs=1, batch_size=3, seed=1, reduction="sum")
    one, two, three = mean["steps"]["loss"]
    assert isclose(mean["epochs"]["loss"][0], (3 * one + 3 * two + three) / 7, rel_tol=1e-14)
    assert isclose(summed["epochs"]["loss"][0], fsum(summed["steps"]["loss"]), rel_tol=1e-14)


def test_validation_comes_after_its_epoch():
    model, history = run(epochs=3, validation=(ROWS[:2], TARGETS[:2]), measures={"accuracy": accuracy})
    last = fsum(cross_entropy(model(row), target).data for row, target in zip(ROWS[:2], TARGETS)) / 2
    assert isclose(history["epochs"]["validation_loss"][-1], last, rel_tol=1e-14)
    assert history["epochs"]["validation_accuracy"][-1] in (0.0, 0.5, 1.0)


def test_learning_rates_follow_the_schedule():
    _, history = run(maker="own", epochs=3, batch_size=4)
    assert history["steps"]["lr"] == [0.05, 0.05, 0.025, 0.025, 0.05 / 3, 0.05 / 3]


@pytest.mark.parametrize("output, target, right", [
    ([1.0, 2.0], 1, 1.0), ([Value(1.0), Value(2.0)], 0, 0.0), ([1.0, 1.0], 0, 1.0), (Value(0.5), 1, 1.0),
    (Value(-0.5), -1, 1.0), (-0.5, 0, 1.0), (0.5, 0, 0.0)])
def test_accuracy(output, target, right):
    assert accuracy(output, target) == right


# What it takes

class Table:
    """What numpy.asarray takes, and nothing else does."""

    def __init__(self, rows):
        self.rows = rows

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.rows, dtype)


@pytest.mark.parametrize("kind", [np.array, Table, tuple, iter, lambda rows: [np.array(row) for row in rows],
                                  lambda rows: np.array(rows, dtype=object), lambda rows: map(tuple, rows)])
def test_rows_may_be_arrays_and_tables(kind):
    assert numbers(run(rows=kind(ROWS), epochs=2)[0]) == numbers(run(epochs=2)[0])


@pytest.mark.parametrize("targets", [np.array(TARGETS), np.array(TARGETS, dtype=np.uint8), Table(TARGETS), (*TARGETS,),
                                     [np.int64(t) for t in TARGETS], memoryview(bytes(TARGETS)),
                                     [np.eye(3)[t] for t in TARGETS], np.eye(3, dtype=int)[TARGETS]],
                         ids=lambda targets: type(targets).__name__)
def test_targets_may_be_arrays_and_rows(targets):
    assert numbers(run(targets=targets, epochs=2)[0]) == pytest.approx(numbers(run(epochs=2)[0]), rel=1e-12)


@pytest.mark.parametrize("arguments, error, sentence", [
    ({"rows": 3.0},                 TypeError,  "fit for its rows needs a list or an array; 3.0 is a float"),
    ({"rows": "12"},                TypeError,  "fit for its rows needs a list or an array; '12' is a str"),
    ({"rows": [1.0] * 7},           TypeError,  "fit for row 0 needs a list or an array; 1.0 is a float; write [1.0] if"
                                                " one number is meant"),
    ({"rows": np.ones(7)},          TypeError,  "fit for row 0 needs a list or an array; 1.0 is a float"),
    ({"rows": ROWS[:6]},            ValueError, "fit needs one target for each row; 6 and 7 came"),
    ({"rows": [], "targets": []},   ValueError, "fit needs at least one row; none came"),
    ({"rows": [*ROWS[:6], [1.0]]},  ValueError, "fit needs rows of one width; row 0 has 2 numbers, row 6 has 1"),
    ({"rows": [*ROWS[:6], [1, nan]]}, ValueError, "fit in row 6 needs a finite number; nan is not"),
    ({"rows": [*ROWS[:6], [1, True]]}, TypeError, "fit in row 6 needs a real number; True is a bool"),
    ({"rows": [[1.0]] * 7},         ValueError, "Layer with 2 inputs (layers[0]) was given 1 number; give it 2"),
    ({"targets": [0.5] * 7},        TypeError,  "cross_entropy(logits, target) needs a class number"),
    ({"targets": [3] * 7},          IndexError, "cross_entropy(logits, target) needs a target from 0 to 2"),
    ({"targets": ["a"] * 7},        TypeError,  "fit for target 0 needs a real number; 'a' is a str"),
    ({"targets": [np.True_] * 7},   TypeError,  "fit for target 0 needs a real number; True is a bool"),
    ({"epochs": -1},                ValueError, "fit(epochs) needs 0 or more; -1 came"),
    ({"epochs": 1.5},               TypeError,  "fit(epochs) needs a whole number; 1.5 is a float"),
    ({"batch_size": 0},             ValueError, "fit(batch_size) needs 1 or more; 0 came"),
    ({"batch_size": 2.0},           TypeError,  "fit(batch_size) needs a whole number; 2.0 is a float"),
    ({"seed": "x"},                 TypeError,  "fit(seed) needs a whole number; 'x' is a str"),
    ({"shuffle": 1},                TypeError,  "fit(shuffle) needs True or False; 1 came"),
    ({"reduction": "max"},          ValueError, "fit(reduction) is one of 'mean', 'sum'; 'max' came"),
    ({"measures": {"lr": accuracy}}, ValueError, "fit(measures) needs names other than loss and lr"),
    ({"measures": {"hits": 1}},     TypeError,  "fit needs functions of an output and its target; hits is 1"),
    ({"validation": 0.2},           TypeError,  "fit(validation) needs a pair (rows, targets); 0.2 came"),
    ({"validation": ([[1.0]], [1])}, ValueError, "fit(validation) needs rows of 2 numbers, as those to train"),
    ({"measures": {"bad": lambda output, target: nan}}, ValueError, "fit(measures), bad, needs a finite number; nan"),
    ({"measures": {"bad": lambda output, target: output[0]}}, TypeError, "would cut the graph"),
    ({"validation": (ROWS, [1])},   ValueError, "fit(validation) needs one target for each row; 7 and 1"),
    ({"progress": 1.5},             TypeError,  "fit(progress) needs True, False or None; 1.5 came"),
])
def test_what_does_not_fit(arguments, error, sentence):
    model = MLP(2, [3, 3], seed=5)
    before = numbers(model)
    with pytest.raises(error) as caught:
        run(model, **arguments)
    assert sentence in str(caught.value)
    assert numbers(model) == before


other = MLP(2, [3], seed=1)


@pytest.mark.parametrize("arguments, error, sentence", [
    ({"optimiser": SGD(other.parameters())}, ValueError, "fit(optimiser) needs parameters of the model; number 0"),
    ({"optimiser": 0.1}, TypeError, "fit(optimiser) needs an optimiser; 0.1 is a float"),
    ({"schedule": 0.1}, TypeError, "fit(schedule) needs a schedule; 0.1 is a float"),
])
def test_what_is_no_optimiser_of_the_model(arguments, error, sentence):
    with pytest.raises(error) as caught:
        fit(MLP(2, [3]), cross_entropy, ROWS, TARGETS, **arguments)
    assert sentence in str(caught.value)


def test_what_is_no_model_and_no_loss():
    with pytest.raises(TypeError, match=r"fit\(model\) needs a Module"):
        fit(lambda row: row, cross_entropy, ROWS, TARGETS)
    with pytest.raises(TypeError, match="loss is 'cross_entropy'"):
        fit(MLP(2, [3]), "cross_entropy", ROWS, TARGETS)
    with pytest.raises(TypeError, match=r"fit\(loss\) needs a function that gives a Value; it gave 1.0, a float"):
        fit(MLP(2, [3]), lambda output, target: 1.0, ROWS, TARGETS)


def test_one_output_takes_losses_of_one_number():
    model = MLP(2, [4, 1], activation="tanh", seed=1)
    signs = [1, -1, 1, -1, 1, -1, 1]
    history = fit(model, hinge, ROWS, signs, optimiser=SGD(model.parameters(), lr=0.1), epochs=3)
    assert history["epochs"]["loss"][2] < history["epochs"]["loss"][0]


# Ctrl-C

class Interrupted(MLP):
    """A model in whose call Ctrl-C is pressed, once."""

    at = None

    def __call__(self, x):
        if self.at is not None:
            self.at -= 1
            if self.at < 0:
                self.at = None
                signal.raise_signal(signal.SIGINT)
        return super().__call__(x)


def interrupted(at, **arguments):
    model = Interrupted(2, [3, 3], activation="tanh", seed=5)
    model.at = at
    return run(model, **arguments)


@few
@given(setups, st.sampled_from([*makers]), st.integers(0, 60))
def test_ctrl_c_ends_it_after_the_last_whole_step(capsys, setup, maker, at):
    capsys.readouterr()
    model, history = interrupted(at, maker=maker, epochs=3, **setup)
    told, steps = capsys.readouterr().err, len(history["steps"]["loss"])
    assert {len(column) for column in history["steps"].values()} == {steps}
    assert len({len(column) for column in history["epochs"].values()}) == 1
    whole, whole_history = run(maker=maker, epochs=3, **setup)
    batches = -(-7 // min(setup["batch_size"] or 7, 7))
    assert told == (f"fit: stopped after {steps} of {3 * batches} steps\n" if model.at is None else "")
    assert history["steps"]["loss"] == whole_history["steps"]["loss"][:steps]
    if steps == 3 * batches:
        assert numbers(model) == numbers(whole)


class Pressed(SGD):
    """An optimiser in whose first step Ctrl-C is pressed while parameters are being moved."""

    def update(self, x, g, t, *state):
        if t == 1:
            signal.raise_signal(signal.SIGINT)
        return super().update(x, g, t, *state)


def test_a_step_that_has_begun_is_finished(capsys):
    model, twin = MLP(2, [3], seed=1), MLP(2, [3], seed=1)
    before = signal.getsignal(signal.SIGINT)
    history = fit(model, cross_entropy, ROWS, TARGETS, optimiser=Pressed(model.parameters(), lr=0.1), epochs=5)
    fit(twin, cross_entropy, ROWS, TARGETS, optimiser=SGD(twin.parameters(), lr=0.1), epochs=1)
    assert numbers(model) == numbers(twin)
    assert len(history["steps"]["loss"]) == 1 and signal.getsignal(signal.SIGINT) is before
    assert capsys.readouterr().err == "fit: stopped after 1 of 5 steps\n"


def test_it_trains_in_a_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(numbers(run(epochs=2)[0])))
    thread.start()
    thread.join()
    assert found == [numbers(run(epochs=2)[0])]


def test_a_step_that_fails_leaves_the_model_as_the_last_whole_step_left_it(tmp_path):
    model = MLP(2, [3], seed=1)
    with pytest.raises(ArithmeticError):
        fit(model, mean_of_exp, [[1.0, 1.0]], [0], optimiser=SGD(model.parameters(), lr=1.0), epochs=50,
            checkpoint=tmp_path / "run.json")
    history = json.loads((tmp_path / "run.json").read_text())["training"]["history"]
    twin, steps = MLP(2, [3], seed=1), len(history["steps"]["loss"])
    fit(twin, mean_of_exp, [[1.0, 1.0]], [0], optimiser=SGD(twin.parameters(), lr=1.0), epochs=steps)
    assert 0 < steps < 50 and numbers(model) == numbers(twin)


def mean_of_exp(logits, target):
    """A loss that runs away."""
    return -(logits[target] * 3.0).exp()


# Checkpoints

@few
@given(setups, st.sampled_from([*makers]), st.integers(0, 60), st.integers(0, 40))
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


# Progress

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
