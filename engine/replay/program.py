"""The program of a tape: its instructions, in the three stages in which they run.

BEFORE the rows runs what depends on leaves that are no inputs, ON the rows what depends on an input, AFTER them what
depends on sums over the rows. A gradient is found backwards: what reaches a place is the sum of products of the
gradients of all that use it with their slopes, one instruction; where the place is the same for all rows, that is
added up over the rows.
"""
from __future__ import annotations

from engine.replay.instructions import Code
from engine.replay.lowering import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from engine.replay.tape import Step, Tape

BEFORE, ON, AFTER = range(3)
LEAVES = {"column": ON, "seed": ON, "sum": AFTER, "leaf": BEFORE, "number": BEFORE}      # places without instructions
EFFECTS = "reduce", "total", "need"                           # instructions that are run for what they do


class Program(Code):
    """A tape's outputs or, with `gradient`, the sums over all rows of the first output and of its slopes.

    `results` are places: of the outputs, or of those sums. `reduce(g, x1, x2, ...)` adds g · x1 to the first of its
    `targets`, g · x2 to the next; `sums` counts them; `total(g, x)` adds g · x to sum 0. `need(c)` fails where c is 0.
    """

    def __init__(self, tape: Tape, gradient: bool) -> None:
        super().__init__()
        self.stages: list[int] = []
        self.sums, self.targets = 0, dict[int, list[int]]()
        self.patterns: dict[Any, Pattern] = {}
        width = tape.width
        self.columns = [self.leaf("column", i) for i in range(width)]
        self.leaves = [self.leaf("leaf", i) for i in range(len(tape.leaves) - width)]
        self.seed = self.leaf("seed")                # 1 on every row
        self.found: list[tuple[Pattern, list[int]]] = []
        places = self.forward(tape, tape.reached(tape.outputs[0]) if gradient else None)
        outputs = [places[p] if isinstance(p, int) else self.number(p) for p in tape.outputs]
        self.results = self.backward(tape, outputs[0]) if gradient else outputs
        self.live = self.needed()

    def append(self, name: str, arguments: tuple[Any, ...]) -> int:
        stage, stages = LEAVES.get(name, -1), self.stages
        if stage < 0:
            for p in arguments:
                if stages[p] > stage:
                    stage = stages[p]
        stages.append(stage)
        self.names.append(name)
        self.arguments.append(arguments)
        return len(stages) - 1

    def pattern(self, step: Step) -> Pattern:
        """The row's instructions for so many operands."""
        op, n = step.op, len(step.operands)
        key = op, n, step.index
        pattern = self.patterns.get(key)
        if pattern is None:
            pattern = self.patterns[key] = Pattern(op, n, step.index)
        return pattern

    def forward(self, tape: Tape, reached: Sequence[bool] | None) -> list[int]:
        """Emit the values of all steps, or of those reached; gives where each place of the tape is found."""
        places = [*self.columns, *self.leaves]
        for at, step in enumerate(tape.steps, len(places)):
            if reached is not None and not reached[at]:
                self.found.append(None)  # type: ignore[arg-type]
                places.append(-1)
                continue
            pattern = self.pattern(step)
            operands = [places[p] if p.__class__ is int else self.number(p) for p in step.operands]
            found: list[int] = []
            self.instantiate(pattern, operands, found, pattern.length)
            if pattern.needs >= 0 and self.numbers.get(found[pattern.needs]) != 1.0:
                self.append("need", (found[pattern.needs],))
            self.found.append((pattern, found))
            places.append(found[pattern.value])
        return places

    def instantiate(self, pattern: Pattern, operands: Sequence[int], found: list[int], end: int) -> None:
        """Emit a pattern's instructions up to `end`, beyond those already found."""
        names, arguments = pattern.code.names, pattern.code.arguments
        if not pattern.op.many and not any([p in self.numbers for p in operands]):
            return self.copy(names[len(found):end], arguments[len(found):end], operands, found)
        for k in range(len(found), end):
            name = names[k]
            if name == "operand":
                found.append(operands[arguments[k][0]])
            elif name == "number":
                found.append(self.number(arguments[k][0]))
            else:
                found.append(self.emit(name, *[found[p] for p in arguments[k]]))

    def copy(self, names: list[str], arguments: list[tuple[Any, ...]], operands: Sequence[int],
             found: list[int]) -> None:
        """Emit instructions as they are: on operands that are no constants there is nothing to fold."""
        stages, same = self.stages, len({self.stages[p] for p in operands}) == 1
        stage = stages[operands[0]]
        for name, own in zip(names, arguments):
            if name == "operand":
                found.append(operands[own[0]])
            elif name == "number":
                found.append(self.number(own[0]))
            else:
                places = tuple([found[p] for p in own])
                found.append(len(stages))
                stages.append(stage if same else max([stages[p] for p in places]))
                self.names.append(name)
                self.arguments.append(places)

    def backward(self, tape: Tape, output: int) -> list[int]:
        """Emit the gradient of the first output; gives its sum, and that of its slope by each leaf."""
        n, reached, varying = len(tape.leaves), tape.reached(tape.outputs[0]), tape.varying()
        one, zero = self.number(1.0), self.number(0.0)
        terms: dict[int, list[int]] = {}             # for each place pairs of a user's gradient and its slope
        accumulated: dict[int, list[int]] = {}       # for each place the numbers of its sums over the rows
        grads = [zero] * n
        self.sums = 1
        self.targets[self.append("total", (self.seed, output))] = [0]
        root = tape.outputs[0]
        if isinstance(root, int) and varying[root]:
            terms[root] = [self.seed, one]
        elif isinstance(root, int):
            self.reduce(self.seed, [(one, self.target(accumulated, root))])
        for at in range(root if isinstance(root, int) else -1, -1, -1):
            if not reached[at]:
                continue
            pairs = terms.pop(at, [])
            if not varying[at]:
                pairs += [p for k in accumulated.get(at, ()) for p in (self.leaf("sum", k), one)]
            g = self.added(pairs)
            if at < n:
                if varying[at] and g != zero:
                    self.reduce(g, [(one, self.target(accumulated, at))])
                    g = self.leaf("sum", *accumulated[at])
                grads[at] = g
                continue
            if g == zero:                            # all its users are flat
                continue
            step = tape.steps[at - n]
            summed = []
            for p, slope in self.slopes(at - n, step):
                if varying[p] or not varying[at]:
                    terms.setdefault(p, []).extend((g, slope))
                else:
                    summed.append((slope, self.target(accumulated, p)))
            self.reduce(g, summed)
        return [self.leaf("sum", 0), *grads]

    def slopes(self, i: int, step: Step) -> list[tuple[int, int]]:
        """The places on the tape of a step's operands, each with its slope."""
        pattern, found = self.found[i]
        operands = found[:len(step.operands)]
        self.instantiate(pattern, operands, found, len(pattern.code.names))
        self.found[i] = None  # type: ignore[call-overload]
        pairs = [(p, found[d]) for p, d in zip(step.operands, pattern.partials) if p.__class__ is int]
        return [(p, d) for p, d in pairs if self.numbers.get(d) != 0.0]

    def target(self, accumulated: dict[int, list[int]], place: int) -> int:
        """The number of a new sum over the rows for a place: one for each use, so that no block's size shows."""
        accumulated.setdefault(place, []).append(self.sums)
        self.sums += 1
        return self.sums - 1

    def reduce(self, g: int, summed: Sequence[tuple[int, int]]) -> None:
        """Emit the instruction that adds g times each slope to its sum."""
        if summed:
            at = self.append("reduce", (g, *[slope for slope, _ in summed]))
            self.targets[at] = [target for _, target in summed]

    def added(self, pairs: list[int]) -> int:
        """The place of a sum of products."""
        if len(pairs) == 2:
            return self.emit("mul", *pairs)
        return self.emit("dot", *pairs) if pairs else self.number(0.0)

    def needed(self) -> list[bool]:
        """For each place whether a result depends on it."""
        live = [name in EFFECTS for name in self.names]
        for p in self.results:
            live[p] = True
        names, arguments = self.names, self.arguments
        for at in range(len(live) - 1, -1, -1):
            if live[at] and names[at] not in LEAVES:
                for p in arguments[at]:
                    live[p] = True
        return live

    def stage(self, stage: int) -> list[int]:
        """The instructions of one stage, in order."""
        return [at for at, (name, live, own) in enumerate(zip(self.names, self.live, self.stages))
                if live and own == stage and name not in LEAVES]
