"""The values of a tape as instructions: each row's are copied; a chain of sums and products is one instruction."""
from __future__ import annotations

from engine.readers.code import Code
from engine.readers.traits import sets_apart
from engine.replay import templates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from engine.op import Op
    from engine.replay.tape import Tape
    from engine.replay.templates import Instructions, Template

    Row    = tuple[Template, tuple[int, ...]]                        # with the places of its numbers
    Kernel = tuple[list[str], Template, tuple[int, ...], int]        # its name and its results', and what comes first

BEFORE, ON, AFTER = range(3)
LEAVES = {"column": ON, "seed": ON, "sum": AFTER, "leaf": BEFORE, "number": BEFORE}      # places without instructions


class Values(Code):
    """The instructions that find the values of a tape's steps, or of those `reached`; each has its stage.

    `places` says where a place of the tape is found. `steps` are those that were emitted: a place of the tape, its
    operands, the template, and the places of its parts; of a sum of products the factors, no template, and the slopes.
    `kernels` are names of instructions that are whole templates: the first of their results is the value, the others
    have the next places, named `result`.
    """

    def __init__(self, tape: Tape, reached: Sequence[bool] | None, kernels: Mapping[str, str]) -> None:
        super().__init__()
        self.kernels = kernels
        self.stages: list[int] = []
        self.columns = [self.leaf("column") for _ in range(tape.width)]
        self.leaves = [self.leaf("leaf") for _ in range(len(tape.leaves) - tape.width)]
        self.zero, self.one, self.minus = self.number(0.0), self.number(1.0), self.number(-1.0)
        self.known_rows: dict[Any, Row] = {}
        self.known_kernels: dict[Any, Kernel] = {}
        self.places = [*self.columns, *self.leaves, *[-1] * len(tape.steps)]
        self.uses, self.varying = tape.uses()
        self.once: dict[tuple[str, tuple[int, ...]], int] = {}       # where instructions stand that another may share
        self.needed = set[int]()                     # the conditions that are tested
        self.waiting: dict[int, Any] = {}            # the factors of sums that another sum may take up
        self.steps: list[tuple[int, Any, Template | None, Sequence[int]]] = []
        self.emit_steps(tape, reached)

    def emit_steps(self, tape: Tape, reached: Sequence[bool] | None) -> None:
        """Emit the steps of the tape that are reached, in order; sums that are used once wait for that."""
        for at, (op, operands, index, _) in enumerate(tape.steps, len(tape.leaves)):
            if reached is None or reached[at]:
                key = op, len(operands), index
                template, numbers = self.known_rows.get(key) or self.row(*key)
                if template.factors is None:
                    self.instantiate(at, operands, template, numbers, key)
                elif self.uses[at] == 1:
                    self.waiting[at] = self.chained(at, operands, template.factors)
                else:
                    self.settle(at, self.chained(at, operands, template.factors))

    def append(self, name: str, arguments: tuple[Any, ...]) -> int:
        stages, stage = self.stages, -1
        for p in arguments:
            if stages[p] > stage:
                stage = stages[p]
        stages.append(stage if arguments else LEAVES[name])
        self.names.append(name)
        self.arguments.append(arguments)
        return len(stages) - 1

    def place(self, p: int | float) -> int:
        """Where an operand is found: a place of the tape, or a number."""
        if p.__class__ is not int:
            return self.number(p)
        if p in self.waiting:
            self.settle(p, self.waiting.pop(p))
        return self.places[p]

    # Rows -----------------------------------------------------------------------------------------------------------

    def row(self, op: Op, n: int, index: int | None) -> Row:
        """The template of a row, with the places of its numbers."""
        return self.noted((op, n, index), templates.template(op, n, index))

    def noted(self, key: Any, template: Template) -> Row:
        """The template with the places of its numbers, noted under a key."""
        self.known_rows[key] = template, tuple([self.number(x) for x in template.numbers])
        return self.known_rows[key]

    def instantiate(self, at: int, operands: Sequence[Any], template: Template, numbers: tuple[int, ...],
                    key: Any) -> None:
        """Emit the value of a step."""
        if float in map(type, operands):
            template, numbers = self.folded(operands, template, key)
            operands = [p for p in operands if p.__class__ is int]
        elif self.kernels and self.emit_kernel(at, operands, key):
            return
        parts = self.copy(template.first, (*map(self.place, operands), *numbers), template.n)
        if template.needs >= 0 and parts[template.needs] != self.one and parts[template.needs] not in self.needed:
            self.needed.add(parts[template.needs])
            self.append("need", (parts[template.needs],))
        self.places[at] = parts[template.value]
        self.steps.append((at, operands, template, parts))

    def folded(self, operands: Sequence[Any], template: Template, key: Any) -> Row:
        """A row's template where some operands are numbers."""
        constants = [p if p.__class__ is float else None for p in operands]
        key = *key, *[None if x is None else x or repr(x) for x in constants]      # 0.0 and -0.0 are equal
        return self.known_rows.get(key) or self.noted(key, template.folded(constants))

    def emit_kernel(self, at: int, operands: Sequence[int], key: Any) -> bool:
        """Emit a step as one instruction on the rows, if there is one that does all that its row does."""
        names, template, numbers, first = self.known_kernels.get(key) or self.kernel(*key)
        varying = self.varying
        if not names or True not in map(varying.__getitem__, operands):
            return False
        if first:
            operands = [operands[first], *operands[:first], *operands[first + 1:]]
        places = tuple(map(self.place, operands))
        z, width = len(self.names), len(names)
        self.names += names
        self.arguments.append(places)
        self.arguments += [()] * (width - 1)
        self.stages += [ON] * width
        self.places[at] = z
        parts = *places, *numbers, *range(z, z + width)
        self.steps.append((at, operands, None, [parts[d] for d in template.slopes]))
        return True

    def kernel(self, op: Op, n: int, index: int | None) -> Kernel:
        """The instruction that does what a row does; without names where there is none.

        A row that sets one operand apart has it for the first of them, which is then brought there.
        """
        first = index if sets_apart(op) and index else 0
        key = op, n, 0 if first else index
        template, numbers = self.known_rows.get(key) or self.row(*key)
        name = self.kernels.get(template.signature)
        names = [name, *["result"] * (len(template.results) - 1)] if name else []
        self.known_kernels[op, n, index] = names, template, numbers, first
        return self.known_kernels[op, n, index]

    def copy(self, instructions: Instructions, parts: tuple[int, ...], n: int) -> tuple[int, ...]:
        """Emit instructions, their arguments taken from the parts, of which n are operands; gives the parts then."""
        names, takes = instructions
        if "eq" in names:                             # which of many is meant, many ask alike
            return self.copy_once(instructions, parts)
        stages, first = self.stages, self.stages[parts[0]]
        parts = *parts, *range(len(stages), len(stages) + len(names))
        arguments = [take(parts) for take in takes]
        self.names += names
        self.arguments += arguments
        if all([stages[p] == first for p in parts[1:n]]):
            stages += [first] * len(names)
        else:
            for places in arguments:
                stages.append(max([stages[p] for p in places]))
        return parts

    def copy_once(self, instructions: Instructions, parts: tuple[int, ...]) -> tuple[int, ...]:
        """Emit those of the instructions that do not stand there yet."""
        found = [*parts]
        for name, take in zip(*instructions):
            arguments = tuple(take(found))  # type: ignore[arg-type]
            if (name, arguments) not in self.once:
                self.once[name, arguments] = self.append(name, arguments)
            found.append(self.once[name, arguments])
        return tuple(found)

    # Sums of products -----------------------------------------------------------------------------------------------

    def chained(self, at: int, operands: Sequence[Any], factors: Sequence[Any]) -> Any:
        """The factors of a step that is a sum of products, those of operands in their places that are such sums.

        Only what a sum begins with may be a longer one, so that terms are added in the order of the graph; and nothing
        that is the same on all rows is found on each.
        """
        waiting = self.waiting
        pairs = [operands[i] if i.__class__ is int else i for i in factors]
        if not waiting or not any([p in waiting for p in pairs if p.__class__ is int]):
            return pairs
        if is_sum_of_two(pairs) and len(waiting.get(pairs[2], ())) > 2:
            pairs = pairs[2:] + pairs[:2]            # the longer one first
        chain: list[Any] = []
        for x, y in zip(pairs[::2], pairs[1::2]):
            if not self.joins(at, x, y, len(chain)):
                self.place(x)                        # what waits never depends on what waits
                self.place(y)
                chain += x, y
            elif chain:
                chain += waiting.pop(x)
            else:
                chain = waiting.pop(x)               # which grows, as nothing else refers to it
        return chain

    def joins(self, at: int, x: int | float, y: int | float, begun: int) -> bool:
        """Whether x · y is a sum that waits, which the sum at a place may take up, where that has begun or not."""
        if x.__class__ is not int or y.__class__ is not float or y != 1.0:
            return False
        inner = self.waiting.get(x)
        if not inner or self.varying[x] != self.varying[at]:
            return False
        return len(inner) == 2 or not begun

    def settle(self, at: int, pairs: Any) -> None:
        """Emit a sum of products."""
        if len(pairs) > 2 and pairs[0].__class__ is float and pairs[0] == 0.0:
            del pairs[:2]                            # where the built-in sum began
        places = list(map(self.place, pairs))
        if len(places) == 2:
            self.places[at] = self.product(*places)
        elif len(places) == 4:
            self.places[at] = self.sum_of_two(*places)
        else:
            self.places[at] = self.append("dot", tuple(places))
        places[::2], places[1::2] = places[1::2], places[::2]        # the slope by a factor is the other one
        self.steps.append((at, pairs, None, places))

    def product(self, x: int, y: int) -> int:
        """The place of a product, which may be that of a factor."""
        one, minus = self.one, self.minus
        if y == one:
            return x
        if x == one:
            return y
        if y == minus:
            return self.append("neg", (x,))
        if x == minus:
            return self.append("neg", (y,))
        return self.append("mul", (x, y))

    def sum_of_two(self, x: int, x_factor: int, y: int, y_factor: int) -> int:
        """The place of a sum of two products."""
        if x_factor == self.one and y_factor == self.one:
            return self.append("add", (x, y))
        if x_factor == self.one and y_factor == self.minus:
            return self.append("sub", (x, y))
        return self.append("dot", (x, x_factor, y, y_factor))


def is_sum_of_two(pairs: Sequence[Any]) -> bool:
    return len(pairs) == 4 and pairs[1] == pairs[3] == 1.0
