"""Fewer instructions for the same numbers: what a program does on the rows, as the block interpreter likes it best.

Sums of products of the same numbers with uniform ones are one instruction, a layer; so are the sums over the rows of
products with the same numbers. Products are added and subtracted where they are found. What is 0 where something is
not above 0 passes a gate in the layer that finds it; what a slope multiplies is multiplied there too.

>>> from engine import Value, affine
>>> from engine.replay.program import Program
>>> from engine.replay.tape import record
>>> x, w, v, b = Value(1.0), Value(2.0), Value(3.0), Value(4.0)
>>> tape = record([affine([w], [x], b).relu() + affine([v], [x], b).relu()], [x])
>>> [(one.name, len(one.results)) for one in Fused(Program(tape, False)).instructions]
[('layer', 2), ('add', 1)]
"""
from __future__ import annotations

from collections import Counter
from operator import attrgetter

from engine.replay.groups import GATE, OPEN, RAMP, TIMES, Instruction, Layer, Products, Reduction, Row
from engine.replay.program import EFFECTS, ON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.replay.program import Program

NEAR, MOST = 1024, 64                                # how far apart, and how many may be one: registers are few
SAFE = {"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not", "select", "max", "min", "neg", "abs"}
SUMS, PRODUCTS = {"add", "sub", "dot"}, {"dot", "mul"}
GATED = {"max", "gate"}
REWRITTEN, TELLING = {"total", "mul", "neg", "select"}, {"gt", "sub"}            # where they have one of these


class Fused:
    """A program's instructions on the rows, and its results.

    On the way each place has another name and other arguments, or an equal place.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.zero, self.one, self.minus, self.start = (program.number(x) for x in (0.0, 1.0, -1.0, -0.0))
        self.same: dict[int, int] = {}               # places with equal results
        self.order = program.stage(ON)
        self.names: dict[int, str] = {}
        self.arguments: dict[int, tuple[int, ...]] = {}
        self.rectified: dict[int, int] = {}          # where x > 0 is found: the place of x if x > 0 else 0
        self.repeated: set[int] = set()              # what another instruction finds with another sign
        self.opposite: dict[int, int] = {}           # x - y and y - x
        known: dict[tuple[str, tuple[int, ...]], int] = {}
        same, others, names, telling = self.same, self.same.keys(), self.names, {program.seed}
        for at in self.order:
            name, places = program.names[at], program.arguments[at]
            if not others.isdisjoint(places):
                places = tuple([same.get(p, p) for p in places])
            if name in REWRITTEN and not telling.isdisjoint(places):
                name, places = self.rewritten(at, name, places)
            first = known.setdefault((name, places), at) if name and name not in EFFECTS else at
            if first != at:
                for k in range(program.widths.get(name, 1)):
                    same[at + k] = first + k
            elif name:
                names[at], self.arguments[at] = name, places
                if name in TELLING:
                    telling.add(at)
                    if name == "sub" and (other := known.get((name, places[::-1]), at)) != at:
                        self.opposite.update({at: other, other: at})
        self.results = [self.same.get(p, p) for p in program.results]
        self.uses = [0] * len(program.names)         # how many use a place; with one, `user` says which
        self.user = [-1] * len(program.names)
        self.use()
        self.signs: dict[int, list[bool]] = {}       # of the products of a sum that subtracts some
        for at in [at for at, name in self.names.items() if name in SUMS]:
            if at in self.names:
                self.merge(at)
        self.instructions = self.grouped()

    def rewritten(self, at: int, name: str, places: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
        """An instruction in simpler terms; nameless where there is an equal place."""
        program, same, names = self.program, self.same, self.names
        first = names.get(places[0], "")
        if name == "total":
            return name, places[1:]
        if name == "mul":
            for p, other in (places, places[::-1]):
                if p == program.seed and program.stages[other] == ON:       # the sums leave out what is no row
                    same[at] = other
                    return "", ()
                if names.get(p) == "gt" and self.arguments[p][1] == self.zero:
                    x = self.rectified.get(p, self.arguments[p][0])
                    return "gate", (same.get(x, x), other)
        if name == "neg" and first == "sub":
            self.repeated.add(places[0])
            return "sub", self.arguments[places[0]][::-1]
        if name == "select" and first == "gt" and places[2] == self.zero and self.arguments[places[0]] == places[1:]:
            self.rectified[places[0]] = at
            return "max", (self.zero, places[1])
        return name, places

    def use(self) -> None:
        """Find who uses each place; drop what nobody uses, but what may fail."""
        uses, user, names, widths = self.uses, self.user, self.names, self.program.widths
        for p in self.results:
            uses[p] += 1
        for at in reversed(list(names)):
            if uses[at] or names[at] in EFFECTS or self.may_fail(at) \
                    or names[at] in widths and any(uses[at:at + widths[names[at]]]):
                for p in self.arguments[at]:
                    uses[p] += 1
                    user[p] = at
            else:
                del names[at]

    def may_fail(self, at: int) -> bool:
        """Whether what nobody uses has to be found, for its error."""
        return self.names[at] not in SAFE and at not in self.repeated

    def merge(self, at: int) -> None:
        """Let a sum take up the products that nobody else uses."""
        places, names = self.arguments[at], self.names
        if names[at] == "dot" and self.one not in places and self.minus not in places:
            return
        own = [p for p in places if names.get(p) in PRODUCTS and self.uses[p] == 1]
        if not own:
            return
        terms = self.terms(at)
        own = [x for _, x, y in terms if y == self.one and x in own]
        if not own:
            return
        found: list[tuple[bool, int, int]] = []
        for minus, x, y in terms:
            if y == self.one and x in own:
                del names[x]
                found += [(sign != minus, p, q) for sign, p, q in self.terms(x)]
            else:
                found.append((minus, x, y))
        if self.opposite:
            found = [self.turned(at, *term) for term in found]
        self.names[at], self.arguments[at] = "dot", tuple([p for _, *pair in found for p in pair])
        self.signs[at] = [minus for minus, _, _ in found]

    def terms(self, at: int) -> list[tuple[bool, int, int]]:
        """The products that a sum consists of: whether it is subtracted, and the factors, the second 1 if one is."""
        name, places = self.names.get(at), self.arguments[at]
        if name in ("add", "sub"):
            return [(False, places[0], self.one), (name == "sub", places[1], self.one)]
        signs, found = self.signs.get(at, [False] * (len(places) // 2)), []
        for minus, x, y in zip(signs, places[::2], places[1::2]):
            x, y = (y, x) if x in (self.one, self.minus) else (x, y)
            found.append((minus != (y == self.minus), x, self.one if y == self.minus else y))
        return found

    def turned(self, at: int, minus: bool, x: int, y: int) -> tuple[bool, int, int]:
        """A product, with y - x for an x - y that nobody else uses, where that is found anyway."""
        other = self.opposite.get(y, at)
        if other < at and other in self.names and y in self.names and self.uses[y] == 1:
            del self.names[y]
            return not minus, x, other
        return minus, x, y

    def grouped(self) -> list[Instruction]:
        """What is left, in the order in which it runs."""
        found: list[Instruction] = []
        groups: dict[tuple[str, tuple[int, ...]], Layer | Reduction] = {}
        done: dict[int, int] = {}                    # what a layer has taken in, and where it runs
        arguments, uses, widths, stages = self.arguments, self.uses, self.program.widths, self.program.stages
        readers = Counter([p for at, name in self.names.items() if name == "mul" for p in arguments[at]])
        for at, name in self.names.items():
            if at in done:
                continue
            places = arguments[at]
            if name in widths:
                found.append(Row(at, name, [at, *[p if uses[p] else -1 for p in range(at + 1, at + widths[name])]],
                                 places))
            elif name == "reduce":
                self.reduce(at, places, found, groups)
            elif at in self.signs and True in self.signs[at]:
                found.append(Products(at, places, self.signs[at]))
            elif name not in PRODUCTS or stages[places[0]] == stages[places[1]] \
                    or self.single(at, name, places, readers) or not self.layer(at, places, found, groups, done):
                found.append(Instruction(at, name, [at] if name not in EFFECTS else [], places))
        return sorted(found, key=attrgetter("at"))

    def single(self, at: int, name: str, places: tuple[int, ...], readers: Mapping[int, int]) -> bool:
        """Whether a product with a uniform is an instruction of its own: alone with what varies, behind no gate."""
        x, y = places[:2]
        alone = readers[x if self.program.stages[x] == ON else y] == 1
        return alone and name == "mul" and self.names.get(self.user[at]) not in GATED

    def reduce(self, at: int, places: tuple[int, ...], found: list[Instruction],
               groups: dict[tuple[str, tuple[int, ...]], Layer | Reduction]) -> None:
        """Let a sum over the rows be part of a reduction, which runs where its last part did."""
        group = groups.get(("reduce", places[1:]))
        if not isinstance(group, Reduction) or at - group.first > NEAR or len(group.terms) == MOST:
            group = groups["reduce", places[1:]] = Reduction(at, places[1:])
            found.append(group)
        group.at = at
        group.terms.append(places[0])
        group.targets.append(self.program.targets[at])

    def layer(self, at: int, places: tuple[int, ...], found: list[Instruction],
              groups: dict[tuple[str, tuple[int, ...]], Layer | Reduction], done: dict[int, int]) -> bool:
        """Let a sum of products be part of a layer, which runs where its first part did; whether it can be one."""
        stages, start, factors, reads = self.program.stages, self.start, [], []
        for p, q in zip(places[::2], places[1::2]):
            p, q = (q, p) if stages[p] == ON else (p, q)
            if stages[p] == ON or stages[q] != ON and (start != self.start or self.one not in (p, q)):
                return False
            if stages[q] == ON:
                factors.append(p)
                reads.append(q)
            else:
                start = p if q == self.one else q
        group = groups.get(("layer", tuple(reads)))
        if not isinstance(group, Layer) or at - group.first > NEAR or len(group.results) == MOST:
            group = groups["layer", tuple(reads)] = Layer(at, tuple(reads))
            found.append(group)
        result, gate = self.gated(at, group.first, done)
        done[result] = group.first
        group.results.append(result)
        group.gates.append(gate)
        group.starts.append(start)
        group.factors.append(tuple(factors))
        return True

    def gated(self, at: int, first: int, done: dict[int, int]) -> tuple[int, tuple[int, int]]:
        """The place that a layer's sum is found for, and what becomes of it on the way there."""
        user = self.user[at]
        if self.uses[at] == 1 and user in self.names:
            name, places = self.names[user], self.arguments[user]
            if name == "max" and places == (self.zero, at):
                return user, (RAMP, -1)
            other = places[places[0] == at] if name == "mul" else places[0] if name == "gate" else at
            if other != at and done.get(other, other) < first and self.program.stages[other] == ON:
                return user, (GATE if name == "gate" else TIMES, other)
        return at, (OPEN, -1)
