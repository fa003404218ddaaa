"""The program of a tape: its instructions, in the three stages in which they run.

BEFORE the rows runs what depends on leaves that are no inputs, ON the rows what depends on an input, AFTER them what
depends on sums over the rows. A gradient is found backwards: what reaches a place is the sum of products of the
gradients of all that use it with their slopes, one instruction; where the place is the same for all rows, that is
added up over the rows.
"""
from __future__ import annotations

from functools import cached_property

from engine.replay.values import AFTER, BEFORE, LEAVES, ON, Values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.replay.tape import Tape
    from engine.replay.templates import Template

__all__ = ["AFTER", "BEFORE", "EFFECTS", "LEAVES", "ON", "Program"]
EFFECTS = {"reduce", "total", "need"}                           # instructions that are run for what they do


class Program(Values):
    """A tape's outputs or, with `gradient`, the sums over all rows of the first output and of its slopes.

    `results` are places: of the outputs, or of those sums. `reduce(g, x1, x2, ...)` adds g · x1 to the first of its
    `targets`, g · x2 to the next, numbers of `sums`, which says where these are found: for each place of the tape one,
    or as many as one instruction needs; `total(g, x)` adds g · x to sum 0. `need(c)` fails where c is 0. `kernels`
    names instructions that find a whole row of the table, its value and its partials. All instructions are run, for
    what they find or for their errors.
    """

    def __init__(self, tape: Tape, gradient: bool, kernels: Mapping[str, str] | None = None) -> None:
        reached = tape.reached(tape.outputs[0]) if gradient and len(tape.outputs) > 1 else None
        super().__init__(tape, reached, kernels if gradient and kernels else {})
        self.seed = self.leaf("seed")                # 1 on every row
        self.sums, self.targets = list[int](), dict[int, list[int]]()
        self.terms: list[list[int]] = []             # for each place of the tape, pairs of a user's gradient and slope
        self.added_up: dict[int, list[int]] = {}     # for places of the tape the numbers of their sums over the rows
        self.mixed = {0}                             # those to which several products are added
        self.totals: dict[tuple[int, int], int] = {}             # the sums over the rows of products of two places
        if gradient:
            self.results = self.backward(tape, self.place(tape.outputs[0]))
        else:
            self.results = [self.place(p) for p in tape.outputs]

    def backward(self, tape: Tape, output: int) -> list[int]:
        """Emit the gradient of the first output; gives its sum, and that of its slope by each leaf."""
        root, varying = tape.outputs[0], self.varying
        self.terms, self.sums = [[] for _ in varying], [self.leaf("sum")]
        self.targets[self.append("total", (self.seed, output))] = [0]
        if root.__class__ is int:
            self.spread(self.seed, True, [root], [self.one])
        for at, operands, template, parts in reversed(self.steps):
            g = self.reaching(at)
            if g == self.zero:                       # all its users are flat
                continue
            slopes = parts if template is None else self.partials(template, parts)
            self.spread(g, varying[at], operands, slopes)
        return [self.sums[0], *[self.slope(at) for at in range(len(tape.leaves))]]

    def partials(self, template: Template, parts: Sequence[int]) -> list[int]:
        """The places of a row's partials, whose instructions are emitted."""
        places = self.copy(template.later, tuple(parts), template.n)
        return [places[d] for d in template.partials]

    def spread(self, g: int, own: bool, operands: Sequence[int | float], slopes: Sequence[int]) -> None:
        """Let a gradient go to the operands; `own`: it has its own number on each row."""
        zero, terms, varying, over_rows = self.zero, self.terms, self.varying, []
        for p, slope in zip(operands, slopes):
            if p.__class__ is int and slope != zero:
                if not own or varying[p]:
                    terms[p] += g, slope
                else:
                    over_rows.append((p, slope))
        if over_rows:
            times: dict[int, int] = {}
            targets = [self.target(p, g, slope, times) for p, slope in over_rows]
            self.targets[self.append("reduce", (g, *[slope for _, slope in over_rows]))] = targets

    def target(self, p: int, g: int, slope: int, times: dict[int, int]) -> int:
        """The number of the sum that takes g · slope for a place, which this instruction named so many times before."""
        known, before = self.added_up.setdefault(p, []), times.get(p, 0)
        times[p] = before + 1
        if before < len(known):
            self.mixed.add(known[before])
        else:
            known.append(self.sum_of(g, slope))
        return known[before]

    def sum_of(self, g: int, slope: int) -> int:
        """The number of a new sum, that of g · slope."""
        self.sums.append(self.leaf("sum"))
        self.totals[g, slope] = len(self.sums) - 1
        return len(self.sums) - 1

    def reaching(self, at: int) -> int:
        """The place of the gradient that reaches a place of the tape."""
        pairs = self.terms[at]
        if at in self.added_up:
            pairs += [p for k in self.added_up[at] for p in (self.sums[k], self.one)]
        if not pairs:
            return self.zero
        if len(pairs) > 2:
            return self.append("dot", tuple(pairs))
        g, slope = pairs
        if g == self.one:
            return slope
        if slope == self.one:
            return g
        return self.append("neg", (g,)) if slope == self.minus else self.append("mul", (g, slope))

    def slope(self, at: int) -> int:
        """The place of the sum over the rows of the slope by a leaf: of an input, added up before what is the same."""
        if not self.varying[at]:
            return self.reaching(at)
        pairs, stages = self.terms[at], self.stages
        if ON in [stages[slope] for slope in pairs[1::2]]:
            pairs = [self.reaching(at), self.one]
        alike: dict[int, list[int]] = {}
        for g, slope in zip(pairs[::2], pairs[1::2]):
            alike.setdefault(slope, []).append(g)
        self.terms[at], self.added_up[at] = [p for slope, gs in alike.items() for p in (self.total(gs), slope)], []
        return self.reaching(at)

    def total(self, gs: Sequence[int]) -> int:
        """The place of the sum over the rows of some numbers, all of them."""
        known = self.totals.get((gs[0], self.one), 0)
        if len(gs) == 1 and known not in self.mixed:
            return self.sums[known]
        known = self.sum_of(gs[0], self.one)
        if len(gs) > 1:
            self.mixed.add(known)
        for g in gs:
            self.targets[self.append("reduce", (g, self.one))] = [known]
        return self.sums[known]

    def stage(self, stage: int) -> list[int]:
        """The instructions of one stage, in order."""
        return self.in_stages[stage]

    @cached_property
    def live(self) -> list[bool]:
        """Which places instructions find or somebody uses."""
        live = [arguments != () for arguments in self.arguments]
        for p in {*self.results}.union(*self.arguments):
            live[p] = True
        return live

    @cached_property
    def in_stages(self) -> list[list[int]]:
        """The instructions of each stage."""
        stages: list[list[int]] = [[], [], []]
        for at, (arguments, stage) in enumerate(zip(self.arguments, self.stages)):
            if arguments:
                stages[stage].append(at)
        return stages
