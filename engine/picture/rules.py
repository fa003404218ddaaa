"""Where a local derivative comes from: its row's partial in names, in numbers, and what it comes to."""
from __future__ import annotations

import re

from engine.explanation.notation import Text
from engine.explanation.step import Step
from engine.paths.arrows import Arrows
from engine.picture.shares import share_of, target
from engine.picture.tips import Called
from engine.readers.algebra import Algebra
from engine.readers.products import partial
from engine.readers.traits import adds, gates, picks, weighs_shares
from engine.text.naming import digits, literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from engine.picture.grouping import Group
    from engine.picture.words import Words
    from engine.value import Value

LONGEST  = 60                        # signs of a formula
NUMBERED = re.compile(r"#\d+")


class Numbered(Called):
    """Values as their numbers, those that were used."""

    def atom(self, v: Value) -> tuple[str, int]:
        number = self.words.was.get(v, v.data)
        return literal(number) if v.constant else (digits(number), literal(number)[1])


class Rules:
    """Says where the local derivatives of a picture come from."""

    def __init__(self, words: Words) -> None:
        self.words, self.symbols, self.numbers = words, Algebra(Called(words)), Algebra(Numbered(words))
        self.shown = {words.graph.number(v) for v in words.named}        # what bears its number in a box

    def of(self, group: Group, source: Value, slope: float) -> str:
        """Where the derivative of a box by an operand comes from: ∂log(p)/∂p = 1 / p = 1 / 0.1509 = 6.628."""
        quotient, result = self.words.quotient(group.head, source), digits(slope)
        if why := self.share(group, source, slope) or self.plain(group, source):
            return f"{quotient} = {why}"
        forms = [self.form(group, source, slope, algebra) for algebra in (self.symbols, self.numbers)]
        if any(v.op and weighs_shares(v.op) for v in group.members):
            forms = forms[:1]                        # a share is of all operands, not of the one number
        if any(number not in self.shown for number in NUMBERED.findall(forms[0])):
            return f"{quotient} = {result}, over all that is inside {self.words.name(group.head)}"
        parts = [text for text in dict.fromkeys(forms) if 0 < len(text) <= LONGEST and text.strip("()") != result]
        return " = ".join([quotient, *parts, result])

    def plain(self, group: Group, source: Value) -> str:
        """Why a derivative is 1, -1 or 0 where an operand is a term, or is let through."""
        v = group.head
        if all([u.op and adds(u.op) for u in group.members]) and all([x.slope == 1.0 for x in group.entries]):
            return "1, a term of the sum"
        if v.op is None or len(group.members) > 1:
            return ""
        slopes = [v.partials[place] for place in self.places(v, source)]
        if len(slopes) != 1:
            return ""
        if adds(v.op):
            return f"{digits(slopes[0])}, a term of {'a sum' if slopes[0] > 0.0 else 'a difference'}"
        if gates(v.op):
            through = "is on and lets all through" if slopes[0] else "is off and lets nothing through"
            return f"{digits(slopes[0])}: {self.words.name(v)} {through}"
        if picks(v.op) and slopes[0] in (0.0, 1.0):
            return f"{digits(slopes[0])}: {self.words.name(source)} is {'' if slopes[0] else 'not '}the {v.op.name}"
        return ""

    def share(self, group: Group, source: Value, slope: float) -> str:
        """Why the derivative of a cross-entropy is p - 1 by the target's logit, and p by others'."""
        v, places = group.head, self.places(group.head, source)
        if len(group.members) > 1 or target(v) is None or len(places) != 1:
            return ""
        p, name, chosen = share_of(v, places[0]), f"p_{self.words.name(source)}", v.parents[places[0]] is target(v)
        if chosen and abs(p - 1.0 - slope) < 1e-12:
            return (f"{name} - 1 = {digits(p)} - 1 = {digits(slope)}: the target's logit, which also raises its own "
                    "share's numerator")
        if not chosen and abs(p - slope) < 1e-12:
            return f"{name} = {digits(slope)}: another logit, it is in the denominator of the target's share alone"
        return ""

    def form(self, group: Group, source: Value, slope: float, algebra: Algebra) -> str:
        """A derivative as a short formula, with what its products share before it."""
        v = group.head
        places = [place for place in self.places(v, source) if v.partials[place] == slope]
        if len(group.members) == 1 and places:       # an operand twice has two arrows, each with its own
            terms = partial(algebra, v, places[0])
            return Text(algebra).sum(terms) if terms else ""
        step = Step(Arrows(self.words.graph.whole(group.members), source), slope, algebra)
        return step.factored or step.formula

    def places(self, v: Value, source: Value) -> list[int]:
        """Which operands of a value a box stands for."""
        return [place for place, x in self.words.graph.operands(v) if x is source]
