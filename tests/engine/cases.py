"""The decided cases in tests/data, and what the names in their expressions stand for."""
import json
from pathlib import Path

import engine
import nn

NAMES = {
    **{name: getattr(engine, name) for name in engine.__all__},
    "max": engine.maximum, "min": engine.minimum, "abs": abs, "float": float,
    "softmax": nn.softmax, "log_softmax": nn.log_softmax, "cross_entropy": nn.cross_entropy,
}


def cases(name):
    """All cases of a file, each a dict."""
    return json.loads((Path(__file__).parents[1] / "data" / name).read_text())["cases"]


def computed(case):
    """The leaves and the result of a case's expression."""
    leaves = {name: engine.Value(x, name) for name, x in case["inputs"].items()}
    result = eval(case["expr"], {**NAMES, **leaves})
    return leaves, result[-1] if isinstance(result, tuple) else result
