"""The public face, listed: what semantic versioning counts. What goes or changes here is a new major version (before
1.0 a new minor one), what comes a new minor one.

`python -m tests.test_public_face` renews the list; the changelog says what has changed.
"""
from __future__ import annotations

import inspect
from pathlib import Path

import engine
import glassgrad
import nn
from engine import Value, testing

MEMBERS = {                                          # of the classes; a Value's rows are the table's
    "engine.Value": "data grad label backward zero_grad op constant parents partials index",
    "engine.Replay": "inputs parameters leaves backend backward gradient value_and_gradient descend check on as_python",
    "nn.Module": "named_parameters parameters predict zero_grad",
    "nn.Optimiser": "step zero_grad state_dict load_state_dict add_param_group param_groups state",
}
LISTED = Path(__file__).parent / "data" / "public_face.txt"


def called(thing: object) -> str:
    """How something public is called: its parameters, with their defaults."""
    if hasattr(thing, "op") and not isinstance(thing, type):         # a row
        return f"({', '.join(getattr(thing, 'op').parameters)})"
    try:
        given = inspect.signature(thing)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "(...)"
    plain = [part.replace(annotation=inspect.Parameter.empty) for part in given.parameters.values()]
    return str(given.replace(parameters=plain, return_annotation=inspect.Signature.empty))


def face() -> list[str]:
    """A line for each public name."""
    lines = [f"{room.__name__}.{name}{called(getattr(room, name))}" for room in (engine, nn, testing)
             for name in room.__all__]
    for place, names in MEMBERS.items():
        kind = getattr(engine if place[:3] == "eng" else nn, place.partition(".")[2])
        for name in names.split():
            member = getattr(kind, name)             # there, or an AttributeError
            lines.append(f"{place}.{name}{called(member) if inspect.isfunction(member) and kind is not Value else ''}")
    return sorted({*lines})


def test_the_public_face_is_the_one_that_is_listed() -> None:
    now, listed = set(face()), set(LISTED.read_text(encoding="utf-8").splitlines())
    assert sorted(listed - now) == [], "gone or changed"
    assert sorted(now - listed) == [], "new"


def test_all_of_it_is_handed_on() -> None:
    names = {line.split("(")[0].rpartition(".")[2] for line in face() if line.split("(")[0].count(".") == 1
             and not line.startswith("engine.testing")}
    assert names <= {*glassgrad.__all__}


if __name__ == "__main__":
    LISTED.write_text("\n".join(face()) + "\n", encoding="utf-8")
