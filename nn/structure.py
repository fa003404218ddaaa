"""What a model is, apart from its parameters' numbers: the class of each part, its activations and its other options.

>>> from nn import Neuron
>>> structure(Neuron(2, activation="tanh"))
{'': {'class': 'Neuron', 'activation': 'tanh#9349b769', 'nonlin': 'True'}}
"""
from __future__ import annotations

import re
from enum import Enum
from itertools import chain

from engine import Value

from nn.files import quoted
from nn.module import Module, parts, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Structure = dict[str, dict[str, str]]

POINTS   = -800.0, -30.0, -5.0, -2.0, -0.75, -0.001, 0.0, 0.001, 0.75, 2.0, 5.0, 30.0, 800.0         # for functions
COMPUTED = "Values"                                  # the text of what keeps Values that were computed
DEPTH    = 5                                         # collections and objects within each other that are looked into
LENGTH   = 60                                        # of a text, about


def structure(model: Module) -> Structure:
    """The class and the options of the model and of each module in it, by the way to it.

    An option is an attribute that is no parameter, no module and no label. One whose name begins with `_` is left out:
    that is the place of what a module only remembers.
    """
    known: dict[int, tuple[Any, str]] = {}
    modules = [("", model), *[(path, inner) for path, inner in walk(model) if isinstance(inner, Module)]]
    return {path: {"class": type(each).__name__, **options(each, known)} for path, each in modules}


def options(module: Module, known: dict[int, tuple[Any, str]]) -> dict[str, str]:
    """A module's options, as texts; `known` keeps those of functions."""
    texts = {name: option(part, known) for name, part in public(vars(module)) if name != "label"}
    return {name: text for name, text in texts.items() if text}


def public(attributes: Any) -> list[tuple[str, Any]]:
    """The attributes whose names do not begin with `_`."""
    return [(name, part) for name, part in attributes.items() if name[:1] != "_"]


def option(part: Any, known: dict[int, tuple[Any, str]], depth: int = 0) -> str:
    """An attribute as a text: none of parameters and modules, which have entries of their own.

    >>> option([2, {"rate": 0.5}], {})
    "list(2, dict(['rate']=0.5))"
    """
    if hasattr(part, "dtype") and hasattr(part, "tolist"):
        part = part.tolist()                         # an array, or a number of NumPy's
    if part.__class__ is Value:
        return "" if part.op is None and not part.constant else COMPUTED
    if isinstance(part, Module) or part is None or isinstance(part, (bool, int, float, complex, str, bytes)):
        return "" if isinstance(part, Module) else shortened(repr(part))
    if callable(part) and (text := function(part, known)):
        return text
    inner = members(part) if depth < DEPTH else []
    texts = [option(each, known, depth + 1) for _, each in inner]
    if COMPUTED in texts:
        return COMPUTED
    if texts and not any(texts):
        return ""
    named = [f"{name}={text}" if name else text for (name, _), text in zip(inner, texts)]
    return shortened(f"{type(part).__name__}({', '.join(named)})")


def members(whole: Any) -> list[tuple[str, Any]]:
    """What a collection or an object is made of, by name where there are names."""
    if isinstance(whole, Enum):
        return [("", whole.name)]
    if isinstance(whole, (list, tuple, set, frozenset)):
        return [("", part) for part in (whole if isinstance(whole, (list, tuple)) else sorted(whole, key=repr))]
    if isinstance(whole, dict):
        return parts("", whole) or []
    slots = chain.from_iterable([getattr(kind, "__slots__", ()) for kind in type(whole).__mro__])
    return public({**{name: getattr(whole, name, None) for name in slots}, **getattr(whole, "__dict__", {})})


def function(part: Any, known: dict[int, tuple[Any, str]]) -> str:
    """A function's name, a row's as in the table, and eight digits of what it is; empty where a class says more."""
    if id(part) not in known:
        row  = getattr(part, "op", part)
        name = getattr(row, "name", None) or getattr(part, "__name__", None)
        name = name if isinstance(name, str) else type(part).__name__
        digits = digits_of(part)
        inner = not isinstance(part, type) and members(part)
        known[id(part)] = part, f"{name}#{digits}" if digits else "" if inner else name
    return known[id(part)][1]


def digits_of(function: Any) -> str:
    """Eight digits of a function's numbers where it is one of a single Value; else, or where they do not repeat, none.

    What is built into Python is not called, nor are classes. Random numbers go on afterwards as if nothing had been.
    """
    import random
    if isinstance(function, (type, type(print))):
        return ""
    state = random.getstate()
    try:
        first, second = numbers(function), numbers(function)
    finally:
        random.setstate(state)
    return checksum(first) if first == second and first.strip("- ") else ""


def numbers(function: Any) -> str:
    """The function's numbers at the points, to six digits: more could differ from machine to machine."""
    texts = []
    for x in POINTS:
        try:
            z = function(Value(x))
            texts.append(f"{float(z.data if z.__class__ is Value else z) + 0.0:.6g}")
        except Exception:                            # of somebody's own function
            texts.append("-")
    return " ".join(texts)


def checksum(text: str) -> str:
    """Eight digits that another text does not have."""
    from hashlib import sha256
    return sha256(text.encode(errors="replace")).hexdigest()[:8]


def shortened(text: str) -> str:
    """A text, or the beginning of a long one and its checksum."""
    return text if len(text) <= LENGTH else f"{text[:LENGTH - 20]}… {checksum(text)}"


def compare(model: Module, given: Any, parameters: Any, wrong: list[str]) -> None:
    """Note in which modules and options the structure in a file is not the model's; what many have in common, once.

    Modules that have parameters of their own are missed with these.
    """
    if not isinstance(given, dict) or not all([isinstance(texts, dict) for texts in given.values()]):
        wrong.append(f"structure: an object of objects is needed; {quoted(given)} came")
        return
    asked = structure(model)
    told  = {name.rpartition(".")[0] for name in chain(parameters, dict(model.named_parameters()))}
    wrong += [f"missing: {path or 'the model'}, {asked[path]['class']}" for path in asked
              if path not in given and path not in told]
    wrong += [f"unexpected: {quoted(path)}, {came(given[path].get('class'))}" for path in given
              if path not in asked and path not in told]
    places: dict[str, list[str]] = {}
    for path in [path for path in asked if path in given]:
        for name in dict.fromkeys([*asked[path], *given[path]]):
            there, here = given[path].get(name), asked[path].get(name)
            if COMPUTED not in (there, here) and nameless(there) != nameless(here):
                differs = f"the file has {came(there)}, this model {came(here)}"
                places.setdefault(f"{quoted(name)[1:-1]}: {differs}", []).append(path)
    wrong += [f"{paths[0]}{'.' if paths[0] else ''}{differs}{also(paths)}" for differs, paths in places.items()]


def also(paths: list[str]) -> str:
    """How many other modules have the same difference."""
    return f"; likewise in {len(paths) - 1} more" if len(paths) > 1 else ""


def nameless(text: Any) -> Any:
    """A text without the names of functions whose digits say what they are."""
    return re.sub(r"(?<![\w<>'\"])[\w<>]+#(?=[0-9a-f]{8}\b)", "#", text) if isinstance(text, str) else text


def came(text: Any) -> str:
    """An option in an error."""
    return "nothing" if text is None else quoted(text)
