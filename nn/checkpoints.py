"""A model's parameters in a file: JSON, exact for every float, written in one piece, loaded all or nothing.

>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> from nn import MLP
>>> with TemporaryDirectory() as folder:
...     save(MLP(2, [1], seed=1), f"{folder}/model.json")
...     print(Path(folder, "model.json").read_text())
...     load(MLP(2, [1]), f"{folder}/model.json").layers[0].neurons[0].w[1].data
{
  "format": "glassgrad",
  "version": 1,
  "model": "MLP",
  "parameters": {
    "layers[0].neurons[0].w": {
      "shape": [2],
      "data": [-0.7312715117751976, 0.6948674738744653]
    },
    "layers[0].neurons[0].b": {
      "shape": [],
      "data": [0.0]
    }
  }
}
<BLANKLINE>
0.6948674738744653
"""
from __future__ import annotations

import re
from itertools import product
from math import isfinite, prod

from engine import Value
from engine.errors import brief, described

from nn.files import quoted, read, refusal, write
from nn.module import Module
from nn.optimisers import assign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from nn.files import Path

    M = TypeVar("M", bound=Module)

FORMAT, VERSION = "glassgrad", 1


def save(model: Module, path: Path) -> None:
    """Write a model's parameters to a file; an interruption or a full disk leaves the old one.

    Errors: OSError where the file cannot be written.

    >>> import os, tempfile
    >>> from nn import Neuron
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Neuron(3), os.path.join(folder, "neuron.json"))
    ...     os.listdir(folder)
    ['neuron.json']
    """
    write(path, document(module(model, "save(model, path)")))


def load(model: M, path: Path) -> M:
    """The model, with the parameters of a file put into it; all of them, or, with an error, none.

    Errors: OSError where there is no file to be read, ValueError that lists all that is wrong with it.

    >>> import os, tempfile
    >>> from nn import Neuron
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "neuron.json")
    ...     save(Neuron(3, seed=1), path)
    ...     [w.data for w in load(Neuron(3, seed=2), path).w] == [w.data for w in Neuron(3, seed=1).w]
    True
    """
    module(model, "load(model, path)")
    wrong: list[str] = []
    found = members(read(path, wrong), wrong, optional=("training",))
    numbers = parameters(model, found.get("parameters"), wrong) if found else []
    if wrong:
        raise refusal(path, f"does not fit {brief(model)}", wrong)
    assign(model.parameters(), numbers)
    return model


def document(model: Module) -> dict[str, Any]:
    """What is written of a model."""
    return {"format": FORMAT, "version": VERSION, "model": type(model).__name__, "parameters": {
        name: {"shape": [*shape], "data": [p.data for p in values]} for name, (shape, values) in groups(model).items()}}


def groups(model: Module) -> dict[str, tuple[tuple[int, ...], list[Value]]]:
    """A model's parameters by name, lists of them together: for each its shape and the Values.

    >>> from nn import Neuron
    >>> {name: shape for name, (shape, values) in groups(Neuron(3)).items()}
    {'w': (3,), 'b': ()}
    """
    lists: dict[str, dict[tuple[int, ...], tuple[str, Value]]] = {}
    for path, p in model.named_parameters():
        name, places = re.fullmatch(r"(.*?)((?:\[\d+\])*)", path, re.DOTALL).groups()  # type: ignore[union-attr]
        lists.setdefault(name, {})[tuple(map(int, re.findall(r"\d+", places)))] = path, p
    found: dict[str, tuple[tuple[int, ...], list[Value]]] = {}
    for name, places in lists.items():
        shape = tuple([1 + max(column) for column in zip(*places)])
        if prod(shape) == len(places) and [*places] == [*product(*map(range, shape))]:
            found[name] = shape, [p for _, p in places.values()]
        else:                                        # gaps, or lists of several lengths
            found.update((path, ((), [p])) for path, p in places.values())
    return found


def members(found: Any, wrong: list[str], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """The members of a document that says it is one of ours; empty where it is not."""
    if wrong:                                        # as a JSON file
        return found if isinstance(found, dict) else {}
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        wrong.append(f"not a file that save() has written: \"format\": \"{FORMAT}\" is missing")
        return {}
    if type(found.get("version")) is not int or found["version"] != VERSION:
        wrong.append(f"version {quoted(found.get('version'))} came; this is glassgrad for version {VERSION}")
        return {}
    required = ("format", "version", "model", "parameters")
    wrong += [f"missing: {key}" for key in required if key not in found]
    wrong += [f"unexpected: {quoted(key)}" for key in found if key not in (*required, *optional)]
    return found


def parameters(model: Module, found: Any, wrong: list[str]) -> list[float]:
    """The numbers for a model's parameters, in their order; what is wrong with them goes into `wrong`."""
    if not isinstance(found, dict):
        wrong.append(f"parameters: an object is needed; {quoted(found)} came")
        return []
    asked = groups(model)
    wrong += [f"unexpected: {quoted(name)}" for name in found if name not in asked]
    numbers: dict[int, float] = {}
    for name, (shape, values) in asked.items():
        if name not in found:
            wrong.append(f"missing: {name}")
        else:
            numbers.update(zip(map(id, values), data(name, shape, found[name], wrong)))
    return [numbers.get(id(p), 0.0) for p in model.parameters()]


def data(name: str, shape: tuple[int, ...], found: Any, wrong: list[str]) -> list[float]:
    """The numbers of one entry; what is wrong with them goes into `wrong`."""
    if not isinstance(found, dict) or {*found} != {"shape", "data"} or not isinstance(found["data"], list):
        wrong.append(f'{name}: {{"shape": [...], "data": [...]}} is needed; {quoted(found)} came')
        return []
    if found["shape"] != [*shape] or len(found["data"]) != prod(shape):
        wrong.append(f"{name}: wrong size: the model has {[*shape]}; {quoted(found['shape'])} "
                     f"with {len(found['data'])} numbers came")
        return []
    return listed(name, found["data"], wrong)


def listed(name: str, found: list[Any], wrong: list[str]) -> list[float]:
    """A list's numbers as floats; what is not finite or no number goes into `wrong`."""
    for i, n in enumerate(found):
        place = f"{name}[{i}]" if len(found) > 1 else name
        if type(n) not in (int, float):
            kind = {bool: str(n).lower(), type(None): "null"}.get(type(n)) or f"{quoted(n)}, {described(n)}"
            wrong.append(f"{place}: a number is needed; {kind} came")
        elif not isfinite(n):
            wrong.append(f"{place}: not finite: {n!r}")
    return [] if wrong else [float(n) for n in found]


def module(model: Any, what: str) -> Module:
    """The model, which must be a Module with parameters."""
    if not isinstance(model, Module):
        raise TypeError(f"{what} needs a Module; {brief(model)} is {described(model)}")
    if not model.parameters():
        raise ValueError(f"{what} needs a Module that has parameters; {brief(model)} has none")
    return model
