"""A model's parameters in a file: JSON, exact for every float, written in one piece, loaded all or nothing.

A file says what it belongs to: the classes of the modules, their activations and other options (`nn/structure.py`).

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
  "structure": {
    "": {
      "class": "MLP"
    },
    "layers[0]": {
      "class": "Layer",
      "nin": "2"
    },
    "layers[0].neurons[0]": {
      "class": "Neuron",
      "activation": "relu#241739a1",
      "nonlin": "False"
    }
  },
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

import os
import re
from itertools import chain, product
from math import isfinite, prod

from engine import Value
from engine.errors import brief, described
from engine.value import commit, set_data

from nn.files import quoted, read, refusal, write
from nn.module import Module
from nn.structure import compare, structure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from nn.files import Path

    M = TypeVar("M", bound=Module)

FORMAT, VERSION = "glassgrad", 1


def save(model: Module, path: Path, optimiser: Any = None) -> None:
    """Write a model's parameters to a file, and what an optimiser remembers, if one is given.

    An interruption or a full disk leaves the old one. Errors: OSError where the file cannot be written.

    >>> import os, tempfile
    >>> from nn import Neuron
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Neuron(3), os.path.join(folder, "neuron.json"))
    ...     os.listdir(folder)
    ['neuron.json']
    """
    kept = {} if optimiser is None else {"optimiser": stateful(optimiser, "save(optimiser)").state_dict()}
    write(path, {**document(trainable(model, "save(model, path)")), **kept})


def load(model: M, path: Path, optimiser: Any = None) -> M:
    """The model, with the parameters of a file put into it; all of them, or, with an error, none.

    An optimiser that is given remembers what the one did that was saved with the model. Errors: OSError where there is
    no file to be read, ValueError that lists all that is wrong with it.

    >>> import os, tempfile
    >>> from nn import Neuron
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "neuron.json")
    ...     save(Neuron(3, seed=1), path)
    ...     [w.data for w in load(Neuron(3, seed=2), path).w] == [w.data for w in Neuron(3, seed=1).w]
    True
    """
    trainable(model, "load(model, path)")
    wrong: list[str] = []
    known   = members(read(path, wrong), wrong)
    numbers = numbers_for(model, known, wrong)
    changes = {}
    if optimiser is not None and known:
        if "optimiser" in known:
            changes = stateful(optimiser, "load(optimiser)").changes(known["optimiser"], wrong)
        else:
            wrong.append("missing: optimiser; none was saved with this model")
    if wrong:
        raise refusal(path, f"does not fit {brief(model)}", wrong)
    tell(path, known)
    restoring = map(vars(optimiser).update, [changes]) if changes else ()
    commit(chain(map(set_data, model.parameters(), numbers), restoring))
    return model


def stateful(optimiser: Any, what: str) -> Any:
    """The optimiser, which must be one."""
    if not hasattr(optimiser, "state_dict"):
        raise TypeError(f"{what} needs an optimiser; {brief(optimiser)} is {described(optimiser)}")
    return optimiser


def tell(path: Path, known: dict[str, Any]) -> None:
    """Warn of a file from before structures were written."""
    if "structure" not in known:
        import warnings
        warnings.warn(f"{os.fspath(path)!r} says nothing of its model's activations and options; whether they are this "
                      "model's has not been checked; written again, it will say so", stacklevel=3)


def document(model: Module) -> dict[str, Any]:
    """What is written of a model."""
    return {"format": FORMAT, "version": VERSION, "model": type(model).__name__, "structure": structure(model),
            "parameters": {
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
    entries: dict[str, tuple[tuple[int, ...], list[Value]]] = {}
    for name, members in lists.items():
        shape = tuple([1 + max(column) for column in zip(*members)])
        if prod(shape) == len(members) and [*members] == [*product(*map(range, shape))]:
            entries[name] = shape, [p for _, p in members.values()]
        else:                                        # gaps, or lists of several lengths
            entries.update((path, ((), [p])) for path, p in members.values())
    return entries


def members(given: Any, wrong: list[str]) -> dict[str, Any]:
    """The members of a document that says it is one of ours; empty where it is not."""
    if wrong:                                        # as a JSON file
        return given if isinstance(given, dict) else {}
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        wrong.append(f"not a file that save() has written: \"format\": \"{FORMAT}\" is missing")
        return {}
    if type(given.get("version")) is not int or given["version"] != VERSION:
        wrong.append(f"version {quoted(given.get('version'))} came; this is glassgrad for version {VERSION}")
        return {}
    required = ("format", "version", "model", "parameters")
    wrong += [f"missing: {key}" for key in required if key not in given]
    known = *required, "structure", "training", "optimiser"
    wrong += [f"unexpected: {quoted(key)}" for key in given if key not in known]
    return given


def numbers_for(model: Module, known: dict[str, Any], wrong: list[str]) -> list[float]:
    """A document's numbers for a model's parameters, in their order; what does not fit the model goes into `wrong`."""
    if not known:
        return []
    given = known.get("parameters")
    if "structure" in known:
        compare(model, known["structure"], given if isinstance(given, dict) else (), wrong)
    if not isinstance(given, dict):
        wrong.append(f"parameters: an object is needed; {quoted(given)} came")
        return []
    asked = groups(model)
    wrong += [f"unexpected: {quoted(name)}" for name in given if name not in asked]
    numbers: dict[int, float] = {}
    for name, (shape, values) in asked.items():
        if name not in given:
            wrong.append(f"missing: {name}")
        else:
            numbers.update(zip(map(id, values), entry(name, shape, given[name], wrong)))
    return [numbers.get(id(p), 0.0) for p in model.parameters()]


def entry(name: str, shape: tuple[int, ...], given: Any, wrong: list[str]) -> list[float]:
    """The numbers of one entry; what is wrong with them goes into `wrong`."""
    if not isinstance(given, dict) or {*given} != {"shape", "data"} or not isinstance(given["data"], list):
        wrong.append(f'{name}: {{"shape": [...], "data": [...]}} is needed; {quoted(given)} came')
        return []
    if given["shape"] != [*shape] or len(given["data"]) != prod(shape):
        wrong.append(f"{name}: wrong size: the model has {[*shape]}; {quoted(given['shape'])} "
                     f"with {len(given['data'])} numbers came")
        return []
    return finite(name, given["data"], wrong)


def finite(name: str, given: list[Any], wrong: list[str]) -> list[float]:
    """A list's numbers as floats; what is not finite or no number goes into `wrong`."""
    for i, n in enumerate(given):
        place = f"{name}[{i}]" if len(given) > 1 else name
        if type(n) not in (int, float):
            wrong.append(f"{place}: a number is needed; {no_number(n)} came")
        elif not isfinite(n):
            wrong.append(f"{place}: not finite: {n!r}")
    return [] if wrong else [float(n) for n in given]


def no_number(n: Any) -> str:
    """What stands in a file where a number is needed, as JSON has it."""
    match n:
        case None:
            return "null"
        case bool():
            return str(n).lower()
    return f"{quoted(n)}, {described(n)}"


def trainable(model: Any, what: str) -> Module:
    """The model, which must be a Module with parameters."""
    if not isinstance(model, Module):
        raise TypeError(f"{what} needs a Module; {brief(model)} is {described(model)}")
    if not model.parameters():
        raise ValueError(f"{what} needs a Module that has parameters; {brief(model)} has none")
    return model
