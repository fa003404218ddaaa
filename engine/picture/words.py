"""A graph's values in words and numbers: the boxes, rows and arrows of a picture."""
from __future__ import annotations

from engine.paths.earlier import earlier
from engine.paths.zeros import UNUSUAL, gradients, off
from engine.text.naming import digits
from engine.picture.clusters import Clusters, clusters, split
from engine.picture.operations import formula, sign_of, symbol
from engine.picture.model import Arrow, Box, Line
from engine.value import Value
from engine.readers.traits import multiplies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.picture.grouping import Entry, Graph, Group

LONGEST = 40                         # signs of a name
ROWS    = 30                         # of one box; the rest is counted
ALL     = 600                        # rows of all boxes together, by names
TERMS   = 5                          # of one sum of contributions


class Words:
    """Puts a graph's groups into words and numbers."""

    def __init__(self, graph: Graph, groups: Sequence[Group], walk: bool = False) -> None:
        self.graph, self.groups, self.walk = graph, groups, walk
        self.clusters = clusters(graph) if graph.detail != "path" else Clusters({}, {}, {})
        found = gradients(graph.root)
        self.gradients = found._replace(computed=True) if walk else found
        self.was, self.stale = earlier(graph.path if graph.detail == "path" else
                                       [v for group in groups for v in group.members])
        self.keys: dict[Value, str] = {}
        self.users: dict[Value, dict[Value, None]] = {}
        self.entries: dict[Value, int] = {}
        for group in groups:
            for entry in group.entries:
                self.users.setdefault(entry.source, {})[group.head] = None
                self.entries[entry.source] = self.entries.get(entry.source, 0) + 1
        self.named: dict[Value, None] = {group.head: None for group in groups}
        for group in groups:
            for entry in group.entries:
                if not self.hidden(entry.source) and not self.folded(entry.source):
                    self.named[entry.source] = None

    # What goes where ------------------------------------------------------------------------------------------------

    def hidden(self, x: Value) -> bool:
        """Whether a leaf is not shown at all: by names, what has none."""
        return self.graph.detail == "names" and x.op is None and not self.graph.called(x) and x is not self.graph.wrt

    def folded(self, x: Value) -> bool:
        """Whether a leaf becomes a row of the boxes that use it."""
        if x.op or self.graph.detail == "values":
            return False
        if x.constant:
            return True
        if self.graph.detail == "names":
            return len(self.users[x]) == 1 or x in self.clusters.shared and x is not self.graph.wrt
        return x is not self.graph.wrt and (self.entries[x] == 1 or x in self.clusters.shared)

    def ordered(self) -> list[Value]:
        """What has a box, in the order of the graph; constants before what they are operands of."""
        places = dict[Value, float]()
        for group in self.groups:
            for entry in group.entries:
                if entry.source.constant:
                    places.setdefault(entry.source, self.graph.places[group.head] - 0.5)
        places.update((v, self.graph.places[v]) for v in self.named if not v.constant)
        return [v for v in sorted(places, key=places.__getitem__) if v in self.named]

    def key(self, v: Value) -> str:
        return self.keys.setdefault(v, f"n{len(self.keys) + 1}")

    # Words and numbers ----------------------------------------------------------------------------------------------

    def line(self, v: Value, name: str, slope: float | None, text: str = "", key: str = "") -> Line:
        """One value; `slope` is what to show as its derivative."""
        found = self.gradients
        state = "" if v.constant else found.state(v)
        number = digits(v.data) if v not in self.was else f"{digits(self.was[v])}, now {digits(v.data)}"
        words = "" if v.constant else UNUSUAL.get(state) or text or digits(slope or 0.0)
        sign = 0 if not slope or not found.computed else (slope > 0) - (slope < 0)
        return Line(key or self.key(v), name, number, words, sign, state, "" if v.constant else found.note(v),
                    v in self.graph.path, v.constant, self.tooltip(v))

    def tooltip(self, v: Value) -> str:
        """Exact numbers and the quoted formula."""
        name = self.graph.called(v) or (f"a {v.op.name}" if v.op else "a constant" if v.constant else "a number")
        lines = [f"{name} = {v.data!r}" + (f" now, {self.was[v]!r} when it was used" if v in self.was else "")]
        if v.op:
            lines.append(f"z = {v.op.formula}")
        if self.gradients.computed and not v.constant:
            lines.append(f"{self.quotient(self.graph.root, v)} = {self.gradients.slopes[v]!r}")
        return "\n".join(lines)

    def quotient(self, upper: Value, lower: Value) -> str:
        """∂upper/∂lower, as it is written."""
        return f"∂{self.name(upper)}/∂{self.name(lower)}"

    def name(self, v: Value) -> str:
        """What a value is called in a text: what has no name by its operation, on a page also by its step."""
        if called := self.graph.called(v):
            return brief(called)
        if v.op is None and (v.constant or v not in self.keys or not self.walk):
            return digits(v.data)
        step = f" {self.key(v)[1:]}" if self.walk and v in self.keys else ""
        return "L" if v is self.graph.root else f"[{sign_of(v.op) if v.op else 'leaf'}{step}]"

    def row_name(self, x: Value, head: Value) -> str:
        """A leaf's name within a box: without what the box or its cluster say already."""
        name, own = self.graph.called(x), self.graph.called(head)
        inside = "".join(f"{part}." for part in self.clusters.named[head])
        start = next((start for start in (f"{own}.", inside) if len(start) > 1 and name.startswith(start)), "")
        return brief(name[len(start):])

    def short_name(self, v: Value) -> str:
        """A value's name without its clusters."""
        return brief(split(self.graph.called(v))[1])

    def rows(self, group: Group) -> tuple[list[Line], dict[Value, str]]:
        """The rows of a box, and their keys."""
        sums = dict[Value, float]()
        lines, keys = [], dict[Value, str]()
        for entry in group.entries:
            sums[entry.source] = sums.get(entry.source, 0.0) + entry.slope
        for x, slope in sums.items():
            if x in self.named or self.hidden(x) or not self.folded(x):
                continue
            keys[x] = f"{self.key(group.head)}r{len(keys) + 1}"
            share = self.gradients.slopes.get(group.head, 0.0) * slope if len(self.users[x]) > 1 \
                else self.gradients.slopes.get(x, 0.0)
            line = self.line(x, self.row_name(x, group.head), share, key=keys[x])
            cut = line.state == "" and len(self.users[x]) > 1 and not x.constant and (
                off(group.head) or group.head in self.gradients.dead)
            lines.append(line._replace(state="dead", slope=UNUSUAL["dead"]) if cut else line)
        return lines, keys

    def box(self, group: Group, lines: Sequence[Line]) -> Box:
        """The box of one group."""
        v, graph = group.head, self.graph
        most = max(1, min(ROWS, ALL // len(self.groups))) if graph.detail == "names" else ROWS
        remarks = ["…"] * group.cut + [f"{len(lines) - most} more rows"] * (len(lines) > most)
        remarks += ["computed before its operands changed"] * any(member in self.stale for member in group.members)
        several = graph.detail == "names" and len(group.members) > 1
        text = formula(group, lambda x: self.row_name(x, v)) if several else ""
        operation = symbol(group) + (", off" if off(v) else "")
        kept = {line.key for line in sorted(lines, key=lambda line: not line.emphasised)[:most]}
        return Box(self.line(v, self.short_name(v), self.gradients.slopes.get(v, 0.0)), operation, text,
                   tuple(line for line in lines if line.key in kept), self.clusters.all.get(v, ()), "; ".join(remarks))

    def leaf(self, x: Value, carried: Sequence[float]) -> Box:
        """The box of a leaf; an emphasised one shows the sum of what comes back to it."""
        slope, text = self.gradients.slopes.get(x, 0.0), ""
        if x in self.graph.path and len(carried) > 1 and slope:
            text = f"{total(carried)} = {digits(slope)}"
        return Box(self.line(x, self.short_name(x), slope, text), "", "", (), self.clusters.all.get(x, ()), "")

    def arrow(self, entry: Entry, group: Group, keys: dict[Value, str]) -> Arrow:
        """The arrow of one operand; by names, of all its ways into the box."""
        back = self.gradients.slopes.get(group.head, 0.0)
        carried = (back * entry.slope if back else 0.0) if self.gradients.computed else None
        partner = product_with(entry) if self.graph.detail == "names" else None
        dock = keys.get(partner, "") if partner is not None else ""
        told = dock != "" and partner is not None and entry.slope in (partner.data, 0.0)     # grey and dashed is 0
        emphasised = entry.source in self.graph.path
        text = "" if entry.slope == 1.0 and not emphasised else digits(entry.slope, 3)
        return Arrow(self.key(entry.source), self.key(group.head), dock, told, entry.slope, text, carried, emphasised,
                     f"{self.quotient(group.head, entry.source)} = {entry.slope!r}")


def brief(name: str) -> str:
    """A name that is not too long for a box; its tooltip has it all."""
    return name if len(name) <= LONGEST else name[:LONGEST - 1] + "…"


def product_with(entry: Entry) -> Value | None:
    """The other factor, where an operand comes in as a factor of a product."""
    v, i = entry.at, entry.place
    if v.op is None or i < 0 or not multiplies(v.op):
        return None
    n = 1 if v.index is None else v.index
    return v.parents[i + n if i < n else i - n] if i < 2 * n else None


def total(terms: Sequence[float]) -> str:
    """A sum as it is written: -0.8491 + 0.03512 - 0.5; of a long one the largest terms.

    >>> total([-0.84912, 0.035119, -0.5]), total([1.0] * 9), total([0.0, 0.1, 0.0, 0.0, -0.2, 0.0])
    ('-0.8491 + 0.03512 - 0.5', '1 + 1 + 1 + 1 + …', '0.1 - 0.2')
    """
    if len(terms) > TERMS:
        terms = [n for n in terms if n] or terms[:1]
    largest = sorted(range(len(terms)), key=lambda i: -abs(terms[i]))[:TERMS - (len(terms) > TERMS)]
    words = [("" if i == min(largest) else "- " if terms[i] < 0 else "+ ", terms[i]) for i in sorted(largest)]
    rest = " + …" * (len(terms) > TERMS)
    return " ".join(sign + digits(abs(n) if sign else n) for sign, n in words) + rest
