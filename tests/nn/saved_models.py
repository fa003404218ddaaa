"""A small model and its file, for the tests of what is saved."""
import json
from math import copysign

import pytest

from nn import MLP, load, save


def numbers(model):
    return [(copysign(1.0, p.data), p.data) for p in model.parameters()]


def model(b=0.25):
    """A model of two entries: w of the shape [2], and b."""
    made = MLP(2, [1], seed=1)
    made.layers[0].neurons[0].b.data = b
    return made


W, B = "layers[0].neurons[0].w", "layers[0].neurons[0].b"


def saved(tmp_path, change=lambda document: None):
    """A file of the model above with a change in its document."""
    path = tmp_path / "model.json"
    save(model(), path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


def refused(path, made=None):
    """The error that load gives for a file; the model must not change."""
    made = made or model(b=7.0)
    before = numbers(made)
    with pytest.raises(ValueError) as caught:
        load(made, path)
    assert numbers(made) == before
    return str(caught.value)
