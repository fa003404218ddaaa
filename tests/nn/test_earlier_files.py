"""Files in tests/data/checkpoints, which earlier versions have written: they load, and their runs go on."""
import json
import shutil
from pathlib import Path

import pytest

from engine import Value
from nn import MLP, Module, accuracy, load
from tests.nn.training.small_runs import ROWS, TARGETS, numbers, run

FILES = Path(__file__).parents[1] / "data" / "checkpoints"
RUNS  = {                                            # as they were begun: the optimiser, and the arguments of fit
    "sgd.json":   ("SGD",   {}),
    "adam.json":  ("Adam",  {"batch_size": 3, "seed": 1, "measures": {"accuracy": accuracy},
                             "validation": (ROWS[:3], TARGETS[:3])}),
    "adamw.json": ("AdamW", {"batch_size": 2, "seed": 2, "reduction": "sum", "eager": True}),    # stopped in an epoch
    "line.json":  ("line",  {"batch_size": 2, "shuffle": False}),                                # likewise
}


class Parts(Module):
    """Parameters in lists of lists and in dicts, at the ends of the floats."""

    def __init__(self):
        self.grid  = [[Value(1.0), Value(1.0)], [Value(1.0), Value(1.0)]]
        self.named = {"β": Value(1.0), 0: [Value(1.0)]}
        self.b     = Value(1.0)


def blank():
    return MLP(2, [3, 3], activation="tanh", seed=7)


def loaded(model, path):
    """The model with a file's parameters; that the file does not say what it belongs to is told."""
    with pytest.warns(UserWarning, match="says nothing of its model's activations and options"):
        return load(model, path)


def test_a_model_loads():
    assert numbers(loaded(blank(), FILES / "model.json")) == pytest.approx(numbers(run(epochs=3)[0]), rel=1e-9)
    parts = numbers(loaded(Parts(), FILES / "parts.json"))
    assert parts == [0.1 + 0.2, -0.0, 5e-324, 1.7976931348623157e308, -1.5, 2.0, 0.5] and str(parts[1]) == "-0.0"


@pytest.mark.parametrize("name", RUNS)
def test_a_run_loads_as_a_model(name):
    document = json.loads((FILES / name).read_text(encoding="utf-8"))
    written = [n for entry in document["parameters"].values() for n in entry["data"]]
    assert numbers(loaded(blank(), FILES / name)) == written


@pytest.mark.parametrize("name", RUNS)
def test_a_run_goes_on(tmp_path, name):
    maker, arguments = RUNS[name]
    path = shutil.copy(FILES / name, tmp_path)
    written = json.loads((FILES / name).read_text(encoding="utf-8"))["training"]["history"]
    with pytest.warns(UserWarning, match="says nothing of its model's activations and options"):
        model, history = run(blank(), maker, epochs=4, checkpoint=path, **arguments)
    assert numbers(load(blank(), path)) == numbers(model)                # the file says it now
    whole, whole_history = run(maker=maker, epochs=4, **arguments)
    for part in ("steps", "epochs"):
        for column, earlier in written[part].items():
            assert history[part][column][:len(earlier)] == earlier
            assert history[part][column] == pytest.approx(whole_history[part][column], rel=1e-9)
    assert numbers(model) == pytest.approx(numbers(whole), rel=1e-9)
