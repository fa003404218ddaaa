"""A graph's values in words and numbers: the boxes, rows and arrows of a picture."""
from __future__ import annotations

from collections import Counter
from functools import cached_property
from math import isfinite

from engine.paths.earlier import earlier
from engine.paths.zeros import UNUSUAL, gradients, off
from engine.picture import tips
from engine.picture.clusters import Clusters, clusters, split
from engine.picture.grouping import Group
from engine.picture.layout import levels
from engine.picture.model import Arrow, Box, Line
from engine.picture.operations import formula, sign_of, symbol
from engine.picture.shares import share_of, target
from engine.readers.algebra import Algebra
from engine.readers.traits import multiplies
from engine.text.naming import MORE, as_operand, digits, literal, shortened, signed_sum
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.paths.zeros import Gradients
    from engine.picture.grouping import Entry, Graph

LONGEST = 40                         # signs of a name
ROWS    = 30                         # of one box; the rest is counted
ALL     = 600                        # rows of all boxes together, by names
FAR     = 20                         # ranks that the arrows of a leaf leap over, beyond which it becomes rows
WRT     = 200                        # the same for one that is emphasised
TERMS   = 5                          # of one sum of contributions


class Words:
    """Puts a graph's groups into words and numbers."""

    def __init__(self, graph: Graph, groups: Sequence[Group], walk: bool = False) -> None:
        self.graph, self.groups, self.walk = graph, groups, walk
        self.clusters = Clusters({}, {}, {}) if graph.detail == "path" else clusters(graph)
        self.gradients = gradients(graph.root)
        if walk:
            self.gradients = self.gradients._replace(computed=True)
        members = [v for group in groups for v in group.members]
        self.parts = Parts(graph, self.gradients)
        self.was, self.stale = earlier(graph.path if graph.detail == "path" else members)
        self.keys: dict[Value, str] = {}

    # What goes where ------------------------------------------------------------------------------------------------

    @cached_property
    def algebra(self) -> Algebra:
        """Reads partials in the names of the picture: once for all arrows, for it compares all values."""
        return Algebra(tips.Called(self))

    @cached_property
    def entries(self) -> Counter[Value]:
        """How often each value comes into a box."""
        return Counter(entry.source for group in self.groups for entry in group.entries)

    @cached_property
    def users(self) -> dict[Value, dict[Value, None]]:
        """The heads of the boxes that each value comes into."""
        users = dict[Value, dict[Value, None]]()
        for group in self.groups:
            for entry in group.entries:
                users.setdefault(entry.source, {})[group.head] = None
        return users

    @cached_property
    def leaps(self) -> Counter[Value]:
        """How many ranks the arrows of each leaf would leap over, all together."""
        heads = [str(self.graph.places[group.head]) for group in self.groups]
        arrows = [(str(self.graph.places[entry.source]), head) for group, head in zip(self.groups, heads)
                  for entry in group.entries if entry.source.op]
        far, leaps = levels(heads, arrows), Counter[Value]()
        for x, users in self.users.items():
            if x.op is None:
                own = [far[str(self.graph.places[head])] for head in users]
                leaps[x] = sum([max(own) - n for n in own])
        return leaps

    @cached_property
    def named(self) -> dict[Value, None]:
        """What has a box: the heads of groups, and the leaves that are shown and no row of one."""
        named: dict[Value, None] = {group.head: None for group in self.groups}
        for group in self.groups:
            for entry in group.entries:
                if not self.hidden(entry.source) and not self.folded(entry.source):
                    named[entry.source] = None
        return named

    def hidden(self, x: Value) -> bool:
        """Whether a leaf is not shown at all: by names, what has none."""
        return self.graph.detail == "names" and x.op is None and not self.graph.called(x) and x is not self.graph.wrt

    def folded(self, x: Value) -> bool:
        """Whether a leaf becomes a row of the boxes that use it."""
        if x.op or self.graph.detail == "values" or x in self.graph.roots:
            return False
        if x.constant:
            return True
        if x is self.graph.wrt:
            return self.graph.detail == "names" and len(self.users[x]) == 1 or self.leaps[x] > WRT
        if x in self.clusters.shared or self.leaps[x] > FAR:
            return True
        if len(self.users[x]) > 1:
            return False
        (head,) = self.users[x]
        return self.graph.detail == "names" or self.entries[x] == 1 or head in self.graph.repeated

    def ordered(self) -> list[Value]:
        """What has a box, in the order of the graph; constants before what they are operands of."""
        places = dict[Value, float]()
        for group in self.groups:
            for entry in group.entries:
                if entry.source.constant:
                    places.setdefault(entry.source, self.graph.places[group.head] - 0.5)
        places.update((v, self.graph.places[v]) for v in self.named if not v.constant)
        places.setdefault(self.graph.root, 0)        # it may be a plain number
        return [v for v in sorted(places, key=places.__getitem__) if v in self.named]

    def key(self, v: Value) -> str:
        return self.keys.setdefault(v, f"n{len(self.keys) + 1}")

    # Words and numbers ----------------------------------------------------------------------------------------------

    def line(self, v: Value, name: str, slope: float | None, text: str = "", key: str = "") -> Line:
        """One value; `slope` is what to show as its derivative."""
        state, note, words = "", "", ""
        if not v.constant:
            state, note = self.gradients.state(v), self.gradients.note(v)
            words = UNUSUAL.get(state) or text or digits(slope or 0.0)
        sign = sign_of_number(slope) if slope and self.gradients.computed else 0
        return Line(key or self.key(v), name, self.number(v), words, sign, state, note, v in self.graph.path,
                    v.constant, tips.of_value(self, v), part=self.parts.through(v))

    def number(self, v: Value) -> str:
        """A value's number, the one that was used before the one that it has since got."""
        now = literal(v.data)[0] if v.constant else digits(v.data)
        return f"{digits(self.was[v])}, now {now}" if v in self.was else now

    def quotient(self, upper: Value, lower: Value) -> str:
        """∂upper/∂lower, as it is written."""
        return f"∂{self.atom(upper)}/∂{self.atom(lower)}"

    def atom(self, v: Value) -> str:
        """What a value is called within a formula: bracketed or quoted where it would be read amiss."""
        v = self.graph.beyond(v)
        name = self.name(v)
        if name == brief(self.graph.called(v)):
            return as_operand(name)
        return f"({name})" if " " in name else name

    def name(self, v: Value) -> str:
        """What a value is called in a text: what has no name by its operation, on a page also by its step."""
        if called := self.graph.called(v):
            return brief(self.qualified(v, called))
        if v.op is None and (v.constant or v not in self.keys or not self.walk):
            return digits(v.data)
        if v is self.graph.root:
            return "L"
        return self.box_name(v) or f"[{sign_of(v.op) if v.op else 'leaf'}]"

    def qualified(self, v: Value, name: str) -> str:
        """A name that several values bear, with the cluster that tells them apart, or else with the value's number."""
        if self.alike[name] < 2:
            return name
        cluster = ".".join(self.clusters.all.get(v, ())[:1])
        return f"{cluster}.{name}" if cluster and (name, cluster) in self.apart else f"{name} {self.graph.number(v)}"

    @cached_property
    def alike(self) -> Counter[str]:
        """How many of the graph's values bear each name."""
        return Counter(self.graph.called(v) for v in self.graph.nodes)

    @cached_property
    def apart(self) -> set[tuple[str, str]]:
        """The names with their clusters that one value alone bears."""
        pairs = Counter((self.graph.called(v), ".".join(self.clusters.all.get(v, ())[:1])) for v in self.graph.nodes)
        return {pair for pair, n in pairs.items() if n == 1}

    def row_name(self, x: Value, head: Value) -> str:
        """A leaf's name within a box: without what the box or its cluster say already."""
        name, own = self.graph.called(x), self.graph.called(head)
        inside = "".join(f"{part}." for part in self.clusters.named.get(head, ()))
        start = next((start for start in (f"{own}.", inside) if len(start) > 1 and name.startswith(start)), "")
        return brief(name[len(start):])

    def short_name(self, v: Value) -> str:
        """A value's name without its clusters."""
        return brief(split(self.graph.called(v))[1])

    def box_name(self, v: Value) -> str:
        """What stands first in a box: a value's name; the root's is L where it has none, others have their number."""
        if name := self.short_name(v):
            return name
        if v is self.graph.root and v.op:
            return "L"
        return self.graph.number(v) if self.walk or self.graph.number(v) in self.graph.mentioned else ""

    def mark(self, x: Value) -> str:
        """What stands in a formula for an operand without a name."""
        x = self.graph.beyond(x)
        if x.op is None:
            return self.graph.called(x)
        return self.box_name(x) or f"[{sign_of(x.op)}]"

    def rows(self, group: Group) -> tuple[list[Line], dict[Value, str]]:
        """The rows of a box, and their keys."""
        sums = dict[Value, float]()
        for entry in group.entries:
            sums[entry.source] = sums.get(entry.source, 0.0) + entry.slope
        lines, keys = [], dict[Value, str]()
        for x, slope in sums.items():
            number = x.constant and group.repeat     # one for each time, and it has no gradient
            if x not in self.named and not self.hidden(x) and self.folded(x) and not number:
                keys[x] = f"{self.key(group.head)}r{len(keys) + 1}"
                lines.append(self.row(x, group.head, slope, keys[x]))
        return lines, keys

    def row(self, x: Value, head: Value, slope: float, key: str) -> Line:
        """The row of a leaf in one box: its derivative, or where other boxes use it too, what comes from this one."""
        name, shared = self.row_name(x, head), len(self.users[x]) > 1
        if not shared:
            return self.line(x, name, self.gradients.slopes.get(x, 0.0), key=key)
        line = self.line(x, name, self.gradients.slopes.get(head, 0.0) * slope, key=key)
        if x.constant or line.state in UNUSUAL:
            return line
        line = line._replace(whole=digits(self.gradients.slopes.get(x, 0.0)))
        return line._replace(state="off", slope=UNUSUAL["off"]) if self.cut_off(head) else line

    def cut_off(self, head: Value) -> bool:
        """Whether nothing comes through a box to its operands, as it is off or behind what is."""
        return off(head) or head in self.gradients.off

    def box(self, group: Group, lines: Sequence[Line]) -> Box:
        """The box of one group."""
        v, by_names = group.head, self.graph.detail == "names"
        most = max(1, min(ROWS, ALL // len(self.groups))) if by_names else ROWS
        name = self.box_name(v)
        made = self.made(group) if name or group.repeat else symbol(group)
        if off(v):
            made = f"{made}, off"
        first = sorted(lines, key=lambda line: not line.emphasised)[:most]
        kept = {line.key for line in first}
        operation, text = ("", made) if name or group.repeat else (made, "")
        return Box(self.line(v, name, self.gradients.slopes.get(v, 0.0)), operation, text,
                   tuple(line for line in lines if line.key in kept), self.clusters.all.get(v, ()),
                   self.remark(group, len(lines) - most))

    def made(self, group: Group) -> str:
        """What a box is made of, as a formula, or as its last operation where that is long."""
        v = group.head
        if v.op is None:
            return ""
        whole = self.graph.detail in ("path", "folded") and not group.repeat and not self.walk
        text = self.formula(group._replace(members=self.unnamed(v))) if whole else ""
        if text.endswith(f"+ {MORE[1]}"):            # a sum of which little is left says less than what it adds up
            text = ""
        return text or self.formula(group) or (symbol(group) if group.repeat else f"{symbol(group)}(…)")

    def formula(self, group: Group) -> str:
        """What a box computes, in the names of its operands, what has none by its operation."""
        v = group.head
        return formula(group, lambda x: as_operand(self.row_name(x, v)) if self.row_name(x, v) else self.mark(x))

    def unnamed(self, v: Value) -> list[Value]:
        """A value with the unnamed ones that it was computed from, if these are few; else it alone.

        In a folded picture these have boxes of their own; on a path what has one stands by itself.
        """
        apart = self.graph.roots if self.graph.detail == "folded" else self.named
        members, stack = {v: None}, [v]
        while stack:
            for x in stack.pop().parents:
                if x.op and x not in members and x not in apart and not self.graph.called(x):
                    members[x] = None
                    stack.append(x)
            if len(members) > LONGEST:
                return [v]
        return sorted(members, key=self.graph.places.__getitem__)

    def remark(self, group: Group, left_out: int) -> str:
        """What of a box is left out, or no longer true."""
        return "; ".join(those_that_hold({
            "…":                                    group.cut,
            self.aim(group.head):                   target(group.head) is not None,
            f"{left_out} more rows":                left_out > 0,
            "computed before its operands changed": any(member in self.stale for member in group.members),
        }))

    def aim(self, v: Value) -> str:
        """The target of a cross-entropy, and how probable it is held to be."""
        x = target(v)
        if x is None:
            return ""
        name = self.row_name(x, v) or self.mark(x) or digits(x.data)
        return f"target {name}, p {digits(share_of(v, v.index or 0))}"

    def leaf(self, x: Value, carried: Sequence[float]) -> Box:
        """The box of a leaf; an emphasised one shows the sum of what comes back to it."""
        slope, text = self.gradients.slopes.get(x, 0.0), ""
        if x in self.graph.path and len(carried) > 1 and slope:
            text = f"{total(carried)} = {digits(slope)}"
        name = self.short_name(x) or (self.graph.number(x) if self.walk and not x.constant else "")
        return Box(self.line(x, name, slope, text), "", "", (), self.clusters.all.get(x, ()), "")

    def arrow(self, entry: Entry, group: Group, keys: dict[Value, str]) -> Arrow:
        """The arrow of one operand; by names, of all its ways into the box."""
        row, told = self.dock(entry, keys)
        emphasised = entry.source in self.graph.path
        plain = entry.slope == 1.0 and not emphasised or entry.source.constant       # whose partial is not evaluated
        text = "" if plain else digits(entry.slope, 3)
        return Arrow(self.key(entry.source), self.key(group.head), row, told, entry.slope, text,
                     self.carried(group.head, entry.slope), emphasised,
                     tips.of_arrow(self, group, entry),
                     self.parts.along(group.head, entry.source, entry.slope))

    def dock(self, entry: Entry, keys: Mapping[Value, str]) -> tuple[str, bool]:
        """The row where an arrow ends, that of the other factor; whether it has the arrow's number already."""
        partner = product_with(entry)
        if partner is None or partner not in keys:
            return "", False
        return keys[partner], entry.slope in (partner.data, 0.0)         # grey and dashed is 0

    def carried(self, head: Value, slope: float) -> float | None:
        """What an arrow takes back from a box: what comes to that, times the local derivative."""
        if not self.gradients.computed:
            return None
        back = self.gradients.slopes.get(head, 0.0)
        return back * slope if back else 0.0


class Parts:
    """How much of the root's derivative by `wrt` goes through each value and along each arrow; nothing without `wrt`.

    Along all arrows that lead down to one value between two it is what goes through that value.
    """

    def __init__(self, graph: Graph, gradients: Gradients) -> None:
        self.above = gradients.slopes if gradients.computed else {}
        self.below = dict(zip(graph.arrows.order, graph.arrows.forward())) if graph.path else {}
        self.most = max([abs(n) for v in self.below if isfinite(n := self.product(v, v, 1.0))], default=0.0)

    def product(self, upper: Value, lower: Value, slope: float) -> float:
        """The root's derivative by the upper value, times the slope, times that of the lower by `wrt`."""
        above, below = self.above.get(upper, 0.0), self.below.get(lower, 0.0)
        return above * slope * below if above and slope and below else 0.0

    def along(self, upper: Value, lower: Value, slope: float) -> float:
        """What goes along an arrow."""
        return self.product(upper, lower, slope)

    def through(self, v: Value) -> float:
        """What goes through a value, against where most does: from 0 to 1; 1 where nothing is known."""
        n = self.product(v, v, 1.0)
        return abs(n) / self.most if self.most and isfinite(n) else 1.0


def brief(name: str) -> str:
    """A name that is not too long for a box; its tooltip has it all."""
    return shortened(name, LONGEST)


def sign_of_number(x: float) -> int:
    """1 above zero, -1 below it, else 0."""
    if x > 0:
        return 1
    return -1 if x < 0 else 0


def those_that_hold(texts: Mapping[str, bool]) -> list[str]:
    """The texts that are true.

    >>> those_that_hold({"one is less than two": 1 < 2, "two is less than one": 2 < 1})
    ['one is less than two']
    """
    return [text for text, holds in texts.items() if holds]


def product_with(entry: Entry) -> Value | None:
    """The other factor, where an operand comes in as a factor of a product."""
    v, i = entry.at, entry.place
    if v.op is None or i < 0 or not multiplies(v.op):
        return None
    n = 1 if v.index is None else v.index
    if i < n:
        return v.parents[i + n]
    return v.parents[i - n] if i < 2 * n else None


def total(terms: Sequence[float]) -> str:
    """A sum as it is written: -0.8491 + 0.03512 - 0.5; of a long one the largest terms.

    >>> total([-0.84912, 0.035119, -0.5]), total([1.0] * 9), total([0.0, 0.1, 0.0, 0.0, -0.2, 0.0])
    ('-0.8491 + 0.03512 - 0.5', '1 + 1 + 1 + 1 + …', '0.1 - 0.2')
    """
    if len(terms) > TERMS:
        terms = [n for n in terms if n] or terms[:1]
    if len(terms) <= TERMS:
        return signed_sum((n, digits(abs(n))) for n in terms)
    largest = sorted(range(len(terms)), key=lambda i: -abs(terms[i]))[:TERMS - 1]
    return signed_sum([*((terms[i], digits(abs(terms[i]))) for i in sorted(largest)), MORE])
