"""The lesson as a page: lesson.html, made of the live page's own parts; it opens without network.

Three flowers, their sum, and each flower with what lies deeper are graphs of the page; every number on it is found in
the reader's browser from their rows. Boxes stand where a hand has put them: in one layout for all flowers.
"""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demos.lesson.network import NUMBERS, SPECIES, flower, parameters
from demos.lesson.places import (BESIDE, CLOSED, OPEN, OWN, PASSED, PASSING, SPOTS, STACK, TALL_ALONG,
                                 TALL_CLOSED, TALL_OPEN, TALL_OWN, TALL_SPOTS, WAYS, WHOLE)
from engine import Value, fsum
from engine.formula import ATOM, BINDS
from engine.live.layout import FORMS, Layout, between
from engine.live.data import Data
from engine.live.page import live_document, parts, style
from engine.live.recording import Recording
from engine.picture.page import Page
from engine.readers.javascript import pour
from engine.text.naming import formula_of

FLOWERS = "Setosa", "Virginica", "Versicolor"        # in the lesson's order
TITLE   = "How does b3 change the loss of this flower?"
SCRIPTS = "lesson.js", "panels.js", "sums.js", "network.js", "stages.js"
HIDDEN  = "the hidden layer"                          # where the graph of a flower is folded
NAME    = 30                                          # signs of a sum that is written out
RATIO   = {"p_setosa", "p_virginica", "p_versicolor"}
SIGNS   = {"z_setosa": "+", "CE": "−log", **dict.fromkeys(RATIO, "softmax")}


class Named(Data):
    """A graph in the reader's names: what bears none is its formula, and where that is long it is the sum."""

    def called(self, v: Value) -> str:
        """What a value is called; what comes from the hidden layer without the "from" of its box."""
        return HIDDEN if v.label == f"from {HIDDEN}" else self.short(v)[0].replace(" * ", " · ")

    def short(self, v: Value) -> tuple[str, int]:
        """The same, with how tightly it binds."""
        text, rank = self.part(v)
        if rank == BINDS["+"]:
            return (text, rank) if len(text) <= NAME else ("the sum", ATOM)
        return (text, rank) if rank == ATOM and "(" not in text else formula_of(v, self.short)

    def part(self, v: Value) -> tuple[str, int]:
        """A name, or a formula written out."""
        return (super().called(v), ATOM) if v.constant or self.own.get(v) else formula_of(v, self.part)


class Bare(Named):
    """A graph whose boxes all stand by hand, or of which none is drawn."""

    def laid_out(self, states: Any) -> list[list[Layout]]:
        """A layout of nothing for each state."""
        return [[Layout(776.0, 100.0, [], []) for _ in states] for _ in FORMS]


class LessonPage(Page):
    """The page: `.save("lesson.html")` writes it, `.open()` opens it."""

    def __init__(self, numbers: dict[str, float] | None = None) -> None:
        self.title = TITLE
        self.numbers = numbers or NUMBERS

    @property
    def html(self) -> str:
        """The whole page."""
        rows: dict[Any, int] = {}
        data = self.data(rows)
        script = "\n".join([parts(pour(rows)), *[text(name) for name in SCRIPTS], "startLesson();"])
        sheet = f"{style()}\n{text('lesson.css')}"
        return live_document(TITLE, sheet, script, data)

    def data(self, rows: dict[Any, int]) -> dict[str, Any]:
        """The graphs: of each flower's loss, of its probabilities, of the sum, and of the whole network."""
        flowers, shares, whole = {}, {}, {}
        for name in FLOWERS:
            w = parameters(self.numbers)
            one = flower(name, w)
            flowers[name] = placed(Bare(one.root, [w["b3"]], {}, rows=rows))
            shares[name] = self.shares(name, rows)
            whole[name] = network(Bare(one.root, [w["b3"], w["b4"], w["w3"]], {}, rows=rows))
        w = parameters(self.numbers)
        losses = [flower(name, w).root for name in FLOWERS]
        for loss, name in zip(losses, FLOWERS):
            loss.label = name
        root = losses[0] + losses[1] + losses[2]
        root.label = "CE"
        total = Bare(root, [w["b3"]], {}, rows=rows).everything(())
        total["states"][0].update(boxes=[], arrows=[])
        return {"flowers": flowers, "shares": shares, "whole": whole, "total": total, "stable": self.stable(rows),
                "species": {name: SPECIES.index(name) for name in FLOWERS}}

    def shares(self, name: str, rows: dict[Any, int]) -> dict[str, Any]:
        """The graph of a flower's three probabilities; its root is their sum."""
        w = parameters(self.numbers)
        one = flower(name, w)
        found = Recording(fsum(one.p), rows)
        z = [one.p[i].parents[0].parents[0] for i in range(3)]
        named = {v.label: found.places[v] for v in found.nodes if v.op is None and v.label}
        return {"graph": found.data, "p": [found.places[v] for v in one.p], "z": [found.places[v] for v in z],
                "leaves": named}

    def stable(self, rows: dict[Any, int]) -> dict[str, Any]:
        """A Versicolor's loss from three outputs, as the lesson writes it and in one stable operation."""
        from engine import exp, log
        from nn import cross_entropy
        z = [Value(x, name) for x, name in ((3.0, "z_setosa"), (0.0, "z_versicolor"), (0.0, "z_virginica"))]
        e = [exp(v) for v in z]
        book, own = -log(e[1] / (e[0] + e[1] + e[2])), cross_entropy(z, 1)
        found = {}
        for key, root in ("textbook", book), ("stable", own):
            root.label = "CE"
            recorded = Bare(root, [z[0]], {}, rows=rows).everything(())
            found[key] = {"graph": recorded["graph"], "called": recorded["called"], "fails": recorded["fails"],
                          "leaf": recorded["wrt"][0]}
        return found


def text(name: str) -> str:
    """A file of the page."""
    return (Path(__file__).parent / "parts" / name).read_text(encoding="utf-8")


def placed(data: Data) -> dict[str, Any]:
    """A flower's page with its boxes in the lesson's layout, closed and with p opened."""
    p = next(v for v in data.recording.nodes if data.own.get(v) in RATIO)
    found = data.everything([box for box in data.base if box.head is p])
    found["p"] = data.recording.places[p]
    found["z"] = {name: data.recording.places[v] for v, name in data.own.items() if name.startswith("z_")}
    for box in found["boxes"]:
        box["op"] = SIGNS.get(box["name"], box["op"]) if not box["frame"] else box["op"]
        if box["kind"] == "quiet" and not box["frame"]:
            box["op"] = ""
        box["opens"] = box["opens"] and (found["called"][box["head"]] in RATIO or box["name"].startswith("from"))
    closed, opened = found["states"]
    stand(found, closed, "wide", (776.0, 426.0), CLOSED, OWN, SPOTS)
    stand(found, closed, "tall", (344.0, 318.0), TALL_CLOSED, TALL_ALONG, {})
    stand(found, opened, "wide", (776.0, 520.0), OPEN, OWN, SPOTS)
    stand(found, opened, "tall", (344.0, 612.0), TALL_OPEN, TALL_OWN, TALL_SPOTS)
    return found


def stand(found: dict[str, Any], state: dict[str, Any], form: str, size: tuple[float, float],
          places: Mapping[str, Any], ways: Mapping[Any, Any], beside: Mapping[Any, Any]) -> None:
    """Put the boxes of a state in their places, its arrows along their ways; one without goes from side to side."""
    indices = state["boxes"]
    roles = role(found, [found["boxes"][i] for i in indices])
    spots = [[float(n) for n in places[key]] for key in roles]
    pairs = [(indices.index(tail), indices.index(head)) for tail, head in state["arrows"]]
    named = [(roles[tail], roles[head]) for tail, head in pairs]
    straight = [between(spots[tail], spots[head], FORMS[form]) for tail, head in pairs]
    state[form] = {"width": size[0], "height": size[1], "boxes": spots,
                   "arrows": [[float(n) for n in ways.get(pair, points)] for pair, points in zip(named, straight)],
                   "spots": [dict(zip("xy", beside[pair])) if pair in beside else None for pair in named]}


def role(found: dict[str, Any], boxes: list[dict[str, Any]]) -> list[str]:
    """What each box is in the layout."""
    sides = {name: side for name, side in zip(sorted({*found.get("z", ())} - {"z_setosa"}), ("left", "right"))}
    roles = []
    for box in boxes:
        name, called = box["name"], found["called"][box["head"]]
        if called in RATIO:
            roles.append("p")
        elif name in sides:
            roles.append(sides[name])
        elif box["frame"] and box["op"] == "exp":
            own = [side for z, side in sides.items() if f"({z})" in name]
            roles.append(f"exp {own[0]}" if own else "exp")
        else:
            roles.append("sum" if box["frame"] else name)
    return roles


def network(data: Data) -> dict[str, Any]:
    """A flower's page with the way from three parameters, without what is beside it."""
    found = data.everything(())
    state, boxes = found["states"][0], found["boxes"]
    for box in boxes:
        box.update(op=SIGNS.get(box["name"], box["op"]), opens=False, rows=[])
    kept = [i for i in state["boxes"] if boxes[i]["kind"] != "quiet"]
    state.update(boxes=kept, arrows=[pair for pair in state["arrows"] if {*pair} <= {*kept}])
    stand(found, state, "wide", (776.0, 500.0), WHOLE, WAYS, BESIDE)
    stand(found, state, "tall", (344.0, 822.0), STACK, PASSING, PASSED)
    return found
