"""What the live page is given beside its code: the graph, what things are called, the boxes, where they stand."""
from __future__ import annotations

import re
from typing import Any

from engine.derivatives.attempts import final_terms
from engine.errors import PictureError, name_of
from engine.explanation.derivation import Derivation
from engine.explanation.names import Names
from engine.formula import ATOM
from engine.graph import operands
from engine.live.boxes import ALL, Box, Boxes
from engine.live.layout import FORMS, Layout, State, layouts
from engine.live.recording import Recording
from engine.paths.cuts import arrows_between
from engine.picture.document import packed
from engine.readers.operands import places_at
from engine.readers.traits import gates
from engine.text.naming import digits, formula_of, literal, shortened
from engine.text.error_sentences import SHOWN, hint, overflow, unnamed
from engine.text.calls import call_with
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.op import Op

NODES   = 5_000                      # of a graph whose numbers follow a hand at once
BYTES   = 500_000                    # of a page; above, boxes open all at once or not at all
LONGEST = 90                         # signs of a formula


class Data:
    """What the page is given beside its code: the graph, what things are called, the boxes, where they stand.

    Errors: PictureError where the graph is too large for its numbers to follow a hand, ValueError for a `wrt` that is
    not in it.
    """

    def __init__(self, root: Value, wrt: Sequence[Value], called: Mapping[Value, str], limit: int | None = None,
                 rows: dict[Op, int] | None = None) -> None:
        self.root, self.wrt = root, list(wrt)
        self.recording = Recording(root, rows)
        for v in self.wrt:
            if v not in self.recording.places:
                raise ValueError(f"walkthrough(root, wrt): {name_of(root)} does not depend on {name_of(v)}")
        if len(self.recording.nodes) > NODES:
            raise PictureError(f"this graph has {len(self.recording.nodes):,} values; a live page moves at most "
                               f"{NODES:,}; step through it: walkthrough(root, live=False), or draw(root)")
        self.names = Names(root, root, dict(called))
        self.own = {v: self.names.named(v) for v in self.recording.nodes if not v.constant}
        self.boxes = Boxes(root, wrt, self.own)
        self.base, self.arrows = self.boxes.shown(())
        if limit is not None and len(self.base) > limit:
            raise PictureError(f"this page would begin with {len(self.base):,} boxes, more than limit={limit}; say "
                               "what is moved: wrt=; or step through it: live=False")
        self.limit = limit
        self.shown_boxes, self.numbers = list[Box](), dict[Box, int]()

    @property
    def question(self) -> str:
        """What the page asks."""
        root = self.names.of(self.root)
        if not self.wrt:
            return f"How does {root} come about?"
        verb = "does" if len(self.wrt) == 1 else "do"
        return f"How {verb} {', '.join([self.names.of(v) for v in self.wrt[:4]])} change {root}?"

    @property
    def content(self) -> dict[str, Any]:
        """All data with each box opened, or with all of them only, by size."""
        boxes = self.boxes.openable(self.base)
        found = self.everything([*boxes, ALL])
        return found if len(packed(found)) <= BYTES or not boxes else self.everything([ALL])

    def everything(self, opened: Sequence[Box | str]) -> dict[str, Any]:
        """All data, with the states in which one of these is open."""
        self.shown_boxes, self.numbers = [], {}
        states = [("", (self.base, self.arrows))]
        for some in opened if self.wrt else ():
            state = self.boxes.shown(some.opened if isinstance(some, Box) else some)
            if self.limit is None or len(state[0]) <= self.limit:
                states.append((self.opener(some) if isinstance(some, Box) else some, state))
        wide, tall = self.laid_out([state for _, state in states])
        found = [{"key": key, "boxes": [self.number(box) for box in boxes],
                  "arrows": [[self.number(tail), self.number(head)] for tail, head in arrows],
                  "wide": rounded(one), "tall": rounded(other)}
                 for (key, (boxes, arrows)), one, other in zip(states, wide, tall)]
        arrows = {(tail, head): None for _, state in states for tail, head in state[1]}
        recording, nodes = self.recording, self.recording.nodes
        terms = final_terms(self.root)
        return {
            "graph": recording.data, "states": found, "boxes": [self.box(box) for box in self.shown_boxes],
            "called": [self.called(v) for v in nodes], "named": [bool(self.own.get(v)) for v in nodes],
            "keys": [self.key(v) for v in nodes], "gates": [v.op is not None and gates(v.op) for v in nodes],
            "leaves": [i for i, v in enumerate(nodes) if v.op is None and not v.constant],
            "wrt": [recording.places[v] for v in self.wrt if v.op is None],
            "terms": [recording.places[v] for v in terms] if 1 < len(terms) <= 12 and self.wrt else [],
            "rules": {f"{self.number(tail)}-{self.number(head)}": self.rule(tail, head) for tail, head in arrows},
            "fails": [self.failure(v) if v.op else None for v in nodes], "stages": self.stages()}

    def laid_out(self, states: Sequence[State]) -> list[list[Layout]]:
        """The layouts of the states in each form."""
        return [layouts(states, form) for form in FORMS.values()]

    def number(self, box: Box) -> int:
        """A box's number on the page."""
        if box not in self.numbers:
            self.numbers[box] = len(self.shown_boxes)
            self.shown_boxes.append(box)
        return self.numbers[box]

    def box(self, box: Box) -> dict[str, Any]:
        """A box, values by their places."""
        places = self.recording.places
        return {"head": places[box.head], "name": box.name, "op": box.op, "kind": box.kind, "opens": box.opens,
                "frame": box.frame is not None, "many": len(box.many), "opener": self.opener(box) if box.opens else "",
                "members": sorted([places[v] for v in box.members]),
                "rows": [places[v] for v in box.rows], "formula": self.formula(box)}

    def called(self, v: Value) -> str:
        """What a value is called."""
        return digits(v.data) if v.constant else shortened(self.names.of(v), 40)

    def opener(self, box: Box) -> str:
        """The link that opens a box."""
        return f"{self.key(box.head)}{'~' if box.many else ''}"

    def key(self, v: Value) -> str:
        """A value in a link, the same for no two."""
        name = self.own.get(v, "")
        single = name and [*self.own.values()].count(name) == 1 and name not in ("stage", "step", "open", ALL)
        return name if single else f"n{self.recording.places[v] + 1}"

    # Formulas, with v12 for a value -----------------------------------------------------------------------------------

    def at(self, v: Value) -> tuple[str, int]:
        """A value's place in a formula."""
        return literal(v.data) if v.constant else (f"v{self.recording.places[v]}", ATOM)

    def formula(self, box: Box) -> str:
        """What a box computes; empty for a leaf, its operation where it would be long."""
        if not box.members:
            return ""
        texts = dict[Value, tuple[str, int]]()
        for v in self.recording.nodes:
            if v in box.members:
                text, rank = formula_of(v, lambda x: texts.get(x) or self.at(x))
                texts[v] = text[:3 * LONGEST], rank
        text = texts[box.head][0]
        return text if len(text) <= LONGEST else f"{box.op}(…)"

    def rule(self, tail: Box, head: Box) -> str:
        """The rule behind an arrow: a row's partial as a textbook has it, or what several come to; empty if long."""
        x = tail.head
        if tail.many:
            return ""
        entries = [(v, place) for v in head.members for place, y in enumerate(v.parents) if y is x]
        if len(head.members) == len(entries) == 1:
            return self.partial(*entries[0])
        arrows = arrows_between(head.head, x)
        if {*arrows.order} - {x, *head.members}:     # a way outside of the box, which is no part of this arrow
            return ""
        step = Derivation(head.head, x, arrows, (), self.names).whole
        text = (step.factored or step.formula) if step else ""
        return self.placed(text) if len(text) <= LONGEST else ""

    def placed(self, text: str) -> str:
        """A formula in names, as one with places; empty where a name in it is no name of the graph."""
        known = {name: v for v, name in reversed([*self.own.items()]) if name.isidentifier()}
        known |= {self.names.of(v): v for v in self.recording.nodes if not self.own.get(v)}
        return re.sub(r"#\d+|(?<![\w.#])[^\W\d]\w*(?![\w(])",
                      lambda found: self.at(known[found[0]])[0] if found[0] in known else found[0], text)

    def partial(self, v: Value, place: int) -> str:
        """A row's partial by one operand."""
        op, index = v.op, v.index
        assert op is not None
        which, scope = places_at(op, place, index)
        formula = (op.told[which] if which < len(op.told) else None) or op.partials[which]
        names = {name: self.at(v.parents[i]) for name, i in scope.items() if i < len(v.parents)}
        names["z"] = self.at(v)
        return re.sub(r"\b[xyzb]\b", lambda found: bracketed(names, found[0]), " ".join(formula.split()))

    # Errors -----------------------------------------------------------------------------------------------------------

    def failure(self, v: Value) -> dict[str, Any]:
        """What a row says where it has no value, but for the numbers."""
        op, xs = v.op, operands(v)[:SHOWN + 1]
        assert op is not None
        names = [self.own.get(x) or unnamed(x, "xy"[i] if op.arity else f"x{i + 1}") for i, x in enumerate(xs)]
        came = [[name, self.recording.places[x]] for name, x in zip(names, xs[:SHOWN]) if isinstance(x, Value)]
        return {"call": call_with(op, *names), "names": came, "needs": str(op.needs or "other operands"),
                "overflow": overflow(op), "hints": [hint(op, ValueError), hint(op, OverflowError)]}

    # Stages -----------------------------------------------------------------------------------------------------------

    def stages(self) -> list[dict[str, Any]]:
        """The stages: a question each, one control and one kind of mark more."""
        root, moved = self.names.of(self.root), self.names.of(self.wrt[0]) if self.wrt else "a number"
        last = f"Cut an arrow, open a box, descend. What becomes of ∂{root}/∂{moved}?" if self.wrt else \
            f"Cut an arrow. What becomes of the derivatives of {root}?"
        return [
            {"name": "Move", "ask": f"Drag {moved}. What happens to {root}?", "next": "How fast?", "shows": ["values"]},
            {"name": "Slope", "ask": f"How fast does {root} change as {moved} moves?", "next": "Why this slope?",
             "shows": ["tangent", "nudge"]},
            {"name": "Backward", "ask": f"Which factors make up the slope of {root}?", "next": "All of it",
             "shows": ["slopes", "turn", "predict"]},
            {"name": "All of it", "ask": last, "next": "", "shows": ["scissors", "descend", "everything"]}]


def bracketed(names: Mapping[str, tuple[str, int]], name: str) -> str:
    """What stands in the place of a formula's variable; the variable itself where it runs over many."""
    text, rank = names.get(name, (name, ATOM))
    return text if rank == ATOM else f"({text})"


def rounded(layout: Any) -> dict[str, Any]:
    """A layout to a tenth of a pixel."""
    return {"width": round(layout.width, 1), "height": round(layout.height, 1),
            "boxes": [[round(n, 1) for n in place] for place in layout.boxes],
            "arrows": [[round(n, 1) for n in points] for points in layout.arrows]}
