"""A row's instructions, ready to be copied many times with other operands.

>>> from engine.op import Op
>>> sigmoid = template(Op.table["sigmoid"], 1, None)
>>> sigmoid.first[0]
['ge', 'abs', 'neg', 'exp', 'select', 'add', 'div']
>>> template(Op.table["affine"], 5, 2).factors              # w1 · x1 + w2 · x2 + b · 1
[0, 2, 1, 3, 4, 1.0]
"""
from __future__ import annotations

from functools import cached_property, lru_cache
from operator import itemgetter

from engine.op import Op
from engine.readers.code import Code
from engine.readers.instructions import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    Take = Callable[[tuple[Any, ...]], tuple[Any, ...]]
    Instructions = tuple[list[str], list[Take]]      # the names, and what takes the arguments of each

ONES = {"add": (1.0, 1.0), "sub": (1.0, -1.0), "neg": (-1.0,)}     # what the operands of these are multiplied by


class Template:
    """The instructions of a row: `first` find its value and whether its needs hold, `later` its partials.

    Each is a name and what takes its arguments from a tuple of places: of the `n` operands, of the `numbers`, of the
    results of the first, of those of the later. `value`, `needs` (or -1) and `partials` stand there too. `factors` are
    those of the sum of products that the value is, if it is one: operands by number, numbers as floats. `instructions`
    are the names with the places of their arguments, `results` the places of the value and of the partials that are
    neither operands nor numbers; where these alone are found, `slopes` is where the partials stand.
    """

    def __init__(self, code: Code, length: int, value: int, needs: int, partials: Sequence[int]) -> None:
        self.code, self.places = code, (length, value, needs, partials)
        operands = [p for p, name in enumerate(code.names) if name == "operand"]
        own = [p for p in used(code, [value, needs, *partials]) if code.names[p] not in ("operand", "number")]
        order = {p: i for i, p in enumerate([*operands, *code.numbers, *own])}
        self.n, self.numbers = len(operands), list(code.numbers.values())
        self.value, self.needs, self.partials = order[value], order.get(needs, -1), [order[d] for d in partials]
        self.instructions = [(code.names[p], [order[x] for x in code.arguments[p]]) for p in own]
        split = len([p for p in own if p < length])
        self.first, self.later = ready(self.instructions[:split]), ready(self.instructions[split:])
        self.results, self.slopes = self.kept()
        self.factors = self.products()

    @cached_property
    def signature(self) -> str:
        """All that it does; equal for templates that do the same."""
        return f"{self.n} {self.numbers} {self.instructions} {self.value} {self.needs} {self.partials}"

    def kept(self) -> tuple[list[int], list[int]]:
        """The places of the results that are neither operands nor numbers; where the partials stand among these."""
        given = self.n + len(self.numbers)
        results = list(dict.fromkeys([self.value, *[d for d in self.partials if d >= given]]))
        places = {p: i for i, p in enumerate([*range(given), *results])}
        return results, [places[d] for d in self.partials]

    def products(self) -> list[int | float] | None:
        """The factors of the sum of products that the value is, if it is one, and the partials are its own."""
        names, takes = self.first
        if len(names) != 1 or names[0] not in (*ONES, "mul", "dot") or self.needs >= 0:
            return None
        known = *range(self.n), *self.numbers, *[None] * (1 + len(self.later[0]))
        factors = list(takes[0](known))
        if names[0] in ONES:
            factors = [factor for pair in zip(factors, ONES[names[0]]) for factor in pair]
        once = sorted(x for x in factors if x.__class__ is int) == [*range(self.n)]
        if not once:
            return None
        other = dict([*zip(factors[1::2], factors[::2]), *zip(factors[::2], factors[1::2])])
        own = [other[i] for i in range(self.n)]      # the slope of a product by one factor is the other
        return factors if own == [known[d] for d in self.partials] else None

    def folded(self, constants: Sequence[float | None]) -> Template:
        """The template where some operands are numbers; it has no partials by these."""
        code, places = Code(), list[int]()
        length, value, needs, partials = self.places
        operands = iter([code.leaf("operand") if x is None else code.number(x) for x in constants])

        def emit(at: int) -> None:
            name = self.code.names[at]
            if name == "operand":
                places.append(next(operands))
            elif name == "number":
                places.append(code.number(self.code.numbers[at]))
            else:
                places.append(code.emit(name, *[places[p] for p in self.code.arguments[at]]))

        for at in range(length):
            emit(at)
        split = len(code.names)
        for at in range(length, len(self.code.names)):
            emit(at)
        slopes = [places[d] for d, x in zip(partials, constants) if x is None]
        return Template(code, split, places[value], places[needs] if needs >= 0 else -1, slopes)


def ready(instructions: Iterable[tuple[str, Sequence[int]]]) -> Instructions:
    """The names of instructions, and what takes the arguments of each."""
    names: list[str] = []
    takes: list[Take] = []
    for name, arguments in instructions:
        names.append(name)
        takes.append(take(arguments))
    return names, takes


def used(code: Code, results: Sequence[int]) -> list[int]:
    """The places that these results depend on, in order."""
    live = [False] * len(code.names)
    for p in results:
        if p >= 0:
            live[p] = True
    for at in range(len(live) - 1, -1, -1):
        if live[at]:
            for p in code.arguments[at]:
                live[p] = True
    return [p for p, needed in enumerate(live) if needed]


def take(places: Sequence[int]) -> Take:
    """What takes these places from a tuple, as a tuple; of a single one itemgetter would give what stands there."""
    if len(places) > 1:
        return itemgetter(*places)
    place = places[0]
    return itemgetter(slice(place, place + 1))


@lru_cache(maxsize=1000)
def template(op: Op, n: int, index: int | None) -> Template:
    """The template of a row for so many operands."""
    pattern = Pattern(op, n, index)
    return Template(pattern.code, pattern.length, pattern.value, pattern.needs, pattern.partials)
