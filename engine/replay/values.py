"""The values of a tape as instructions: each row's are copied; a chain of sums and products is one instruction."""
from __future__ import annotations

from engine.readers.code import Code
from engine.replay.templates import Template, template
from engine.readers.traits import sets_apart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from engine.op import Op
    from engine.replay.tape import Tape

BEFORE, ON, AFTER = range(3)
LEAVES = {"column": ON, "seed": ON, "sum": AFTER, "leaf": BEFORE, "number": BEFORE}      # places without instructions


class Values(Code):
    """The instructions that find the values of a tape's steps, or of those `reached`; each has its stage.

    `places` says where a place of the tape is found. `steps` are those that were emitted: a place of the tape, its
    operands, the template, and the places of its parts; of a sum of products the factors, no template, and the slopes.
    `rows` are names of instructions that are whole templates: the first of their results is the value, the others have
    the next places, named `result`.
    """

    def __init__(self, tape: Tape, reached: Sequence[bool] | None, rows: Mapping[str, str]) -> None:
        super().__init__()
        self.rows = rows
        self.stages: list[int] = []
        self.columns = [self.leaf("column") for _ in range(tape.width)]
        self.leaves = [self.leaf("leaf") for _ in range(len(tape.leaves) - tape.width)]
        self.zero, self.one, self.minus = self.number(0.0), self.number(1.0), self.number(-1.0)
        self.templates: dict[Any, tuple[Template, tuple[int, ...]]] = {}     # each with the places of its numbers
        self.wholes: dict[Any, tuple[list[str], Template, tuple[int, ...], int]] = {}
        self.places = [*self.columns, *self.leaves, *[-1] * len(tape.steps)]
        self.uses, self.varying = tape.uses()
        self.waiting: dict[int, Any] = {}            # the factors of sums that another sum may take up
        self.steps: list[tuple[int, Any, Template | None, Sequence[int]]] = []
        for at, (op, operands, index, _) in enumerate(tape.steps, len(tape.leaves)):
            if reached is None or reached[at]:
                key = op, len(operands), index
                known = self.templates.get(key) or self.noted(key, template(op, len(operands), index))
                if known[0].factors is None:
                    self.instantiate(at, operands, *known, key)
                elif self.uses[at] == 1:
                    self.waiting[at] = self.chained(at, operands, known[0].factors)
                else:
                    self.settle(at, self.chained(at, operands, known[0].factors))

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

    def noted(self, key: Any, found: Template) -> tuple[Template, tuple[int, ...]]:
        """The template with the places of its numbers, noted under a key."""
        self.templates[key] = found, tuple([self.number(x) for x in found.numbers])
        return self.templates[key]

    def instantiate(self, at: int, operands: Sequence[Any], found: Template, numbers: tuple[int, ...],
                    key: Any) -> None:
        """Emit the value of a step."""
        if float in map(type, operands):
            key = *key, *[(p or repr(p)) if p.__class__ is float else None for p in operands]
            if key not in self.templates:
                self.noted(key, found.folded([p if p.__class__ is float else None for p in operands]))
            found, numbers = self.templates[key]
            operands = [p for p in operands if p.__class__ is int]
        elif self.rows and self.whole(at, operands, key):
            return
        parts = self.copy(found.first, (*map(self.place, operands), *numbers), found.n)
        if found.needs >= 0 and parts[found.needs] != self.one:
            self.append("need", (parts[found.needs],))
        self.places[at] = parts[found.value]
        self.steps.append((at, operands, found, parts))

    def whole(self, at: int, operands: Sequence[int], key: Any) -> bool:
        """Emit a step as one instruction on the rows, if there is one that does all that its row does."""
        names, found, numbers, index = self.wholes.get(key) or self.known_whole(*key)
        varying = self.varying
        if not names or True not in map(varying.__getitem__, operands):
            return False
        if index:
            operands = [operands[index], *operands[:index], *operands[index + 1:]]
        places, width = tuple(map(self.place, operands)), len(names)
        z = self.places[at] = len(self.names)
        self.names += names
        self.arguments += places, *[()] * (width - 1)
        self.stages += [ON] * width
        parts = *places, *numbers, *range(z, z + width)
        self.steps.append((at, operands, None, [parts[d] for d in found.slopes]))
        return True

    def known_whole(self, op: Op, n: int, index: int | None) -> tuple[list[str], Template, tuple[int, ...], int]:
        """The instruction that does what a row does, named with its results; its template, numbers, first operand."""
        first = index if sets_apart(op) and index else 0
        key = op, n, 0 if first else index
        found, numbers = self.templates.get(key) or self.noted(key, template(*key))
        row = self.rows.get(found.text)
        names = [row, *["result"] * (len(found.results) - 1)] if row else []
        self.wholes[op, n, index] = names, found, numbers, first
        return self.wholes[op, n, index]

    def copy(self, instructions: tuple[list[str], list[Any]], parts: tuple[int, ...], n: int) -> tuple[int, ...]:
        """Emit instructions, their arguments taken from the parts, of which n are operands; gives the parts then."""
        names, takes = instructions
        stages, first = self.stages, self.stages[parts[0]]
        parts += *range(len(stages), len(stages) + len(names)),
        arguments = [take(parts) for take in takes]
        self.names += names
        self.arguments += arguments
        if all([stages[p] == first for p in parts[1:n]]):
            stages += [first] * len(names)
        else:
            for places in arguments:
                stages.append(max([stages[p] for p in places]))
        return parts

    def chained(self, at: int, operands: Sequence[Any], factors: Sequence[Any]) -> Any:
        """The factors of a step that is a sum of products, those of operands in their places that are such sums.

        Only what a sum begins with may be a longer one, so that terms are added in the order of the graph; and nothing
        that is the same on all rows is found on each.
        """
        waiting = self.waiting
        pairs = [operands[i] if i.__class__ is int else i for i in factors]
        if not waiting or not any([p in waiting for p in pairs if p.__class__ is int]):
            return pairs
        if len(pairs) == 4 and pairs[1] == pairs[3] == 1.0 and len(waiting.get(pairs[2], ())) > 2:
            pairs = pairs[2:] + pairs[:2]
        found: Any = []
        for x, y in zip(pairs[::2], pairs[1::2]):
            more = waiting.get(x) if x.__class__ is int and y.__class__ is float and y == 1.0 else None
            if more and self.varying[x] == self.varying[at] and (len(more) == 2 or not found):
                del waiting[x]
                if found:
                    found += more
                else:
                    found = more                     # which grows, as nothing else refers to it
            else:
                self.place(x)                        # what waits never depends on what waits
                self.place(y)
                found += x, y
        return found

    def settle(self, at: int, pairs: Any) -> None:
        """Emit a sum of products."""
        if len(pairs) > 2 and pairs[0].__class__ is float and pairs[0] == 0.0:
            del pairs[:2]                            # where the built-in sum began
        one, minus, places = self.one, self.minus, list(map(self.place, pairs))
        xs, ys = places[::2], places[1::2]
        if len(pairs) == 2 and one in places:
            self.places[at] = xs[0] if ys[0] == one else ys[0]
        elif len(pairs) == 2 and minus in places:
            self.places[at] = self.append("neg", (xs[0] if ys[0] == minus else ys[0],))
        elif len(pairs) == 4 and ys[0] == one and ys[1] in (one, minus):
            self.places[at] = self.append("add" if ys[1] == one else "sub", tuple(xs))
        else:
            self.places[at] = self.append("mul" if len(pairs) == 2 else "dot", tuple(places))
        places[::2], places[1::2] = ys, xs
        self.steps.append((at, pairs, None, places))
