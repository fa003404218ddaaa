"""Rows as instructions of the block interpreter: value and partials in one loop, as C poured from their templates.

A kernel is known by what it does: a template runs as the kernel that was poured from an equal one. Others, and those of
more operands, run as the instructions that they consist of.

>>> from engine.op import Op
>>> print(Kernel("expm1_1", template(Op.table["expm1"], 1, None)))
KERNEL(expm1_1)
{
    TAKE(0);
    GIVE(1);
    PAIRS {
        const vec v0 = TAKEN(0, i), w0 = TAKEN(0, j);
        const vec v1 = expm1_vec(v0), w1 = expm1_vec(w0);
        CHECK(v1, w1);
        store(result + i, v1), store(result + j, w1);
        const vec v2 = exp_vec(v0), w2 = exp_vec(w0);
        CHECK(v2, w2);
        store(given1 + i, v2), store(given1 + j, w2);
    }
    NOTE;
}
"""
from __future__ import annotations

from engine.formula import FUNCTIONS
from engine.readers.instructions import HARD, SAFE
from engine.readers.operands import example_of
from engine.replay.templates import template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.op import Op
    from engine.replay.templates import Template

MOST   = 4                                           # operands, or pairs of them, of a row that takes any number
FINITE = {"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not", "select", "max", "min"}    # for finite numbers
EFFORT = 30                                          # of something hard, where that of an addition is 1
PASSED = {"add": 2, "sub": 2, "mul": 2, "neg": 1, "abs": 1, "sqrt": 1, "div": 1, "dot": 10 ** 9}
"""How many of the arguments, if one is not finite, make a result that is not."""
ONE    = f"every({1.0.hex()})"


def shapes(op: Op) -> list[tuple[int, int | None]]:
    """The numbers of operands that a row has kernels for; with each the place of the one, or the number of pairs."""
    few = [op.arity] if op.arity else range(2, MOST + 1)
    examples = [example_of(op, [0.0] * n) for n in few]
    return [(len(operands), index) for operands, index in examples]


def poured(ops: Iterable[Op]) -> list[Kernel]:
    """The kernels of these rows: of those that do more than one thing, and something hard."""
    found: dict[str, Kernel] = {}
    for op in ops:
        for n, index in shapes(op):
            each = template(op, n, index)
            names = {name for name, _ in each.instructions}
            if len(each.instructions) > 1 and names & HARD and not names & {"fsum", "pow"}:
                found.setdefault(each.signature, Kernel(f"{op.name}_{n}", each))
    return list(found.values())


def groups() -> dict[str, list[str]]:
    """The grammar's functions by what instructions they are: of how many numbers, and whether they may fail."""
    found = {f"{kind}_OF_{count}": list[str]() for kind in ("RISKY", "SAFE") for count in ("ONE", "TWO")}
    for name, function in FUNCTIONS.items():
        kind, count = "SAFE" if name in SAFE else "RISKY", "ONE" if function.takes == 1 else "TWO"
        found[f"{kind}_OF_{count}"].append(name)
    return found


def instruction(name: str) -> str:
    """A function as an instruction: what it does to vectors, or to each of their lanes."""
    function = FUNCTIONS[name]
    if not function.vector and not function.c:
        raise ValueError(f"{name} needs an expression in C or in vector C: replays ask no Python")
    count = "ONE" if function.takes == 1 else "TWO"
    return f"{count}({name}, {function.vector})" if function.vector else f"{count}_IN_LANES({name}, {function.c})"


def pour(ops: Iterable[Op]) -> str:
    """The C of all functions and kernels: their names and what they do, and where KERNEL is known, themselves."""
    kernels = poured(ops)
    return "\n".join([
        "/* Poured from the tables: formula.py has the functions, value.py and more_rows.py the rows. */",
        "#ifndef KERNEL",
        *[f"#define {group}(_) {' '.join([f'_({name})' for name in names])}" for group, names in groups().items()],
        f"#define ROWS(_) {' '.join(f'_({each.name})' for each in kernels)}",
        f"#define ROWS_TAKEN {', '.join([str(each.template.n) for each in kernels])}",
        "#define ROWS_WRITTEN \\",
        *[f'    "{each.name}: {each.template.signature}\\n" \\' for each in kernels], '    ""',
        "#else", *map(instruction, FUNCTIONS), *map(str, kernels), "#endif", ""])


class Kernel:
    """A template as C. Its places are those of the operands, then the registers of the results after the first."""

    def __init__(self, name: str, each: Template) -> None:
        self.name, self.template, self.first = name, each, each.n + len(each.numbers)
        self.users: list[list[tuple[int, int]]] = [[] for _ in range(self.first + len(each.instructions))]
        for at, (_, arguments) in enumerate(each.instructions, self.first):
            for k, p in enumerate(arguments):
                self.users[p].append((at, k))
        self.parts = {p for at in range(self.first, len(self.users)) if (p := self.part(at)) >= 0}

    def instruction(self, at: int) -> tuple[str, list[int]]:
        return self.template.instructions[at - self.first] if at >= self.first else ("", [])

    def part(self, at: int) -> int:
        """What is found on the way, or -1: the product that is added or subtracted with one rounding, if there are not
        two, which may cancel; the difference that is turned round."""
        name, arguments = self.instruction(at)
        inner = {"add": "mul", "sub": "mul", "neg": "sub"}.get(name)
        found = [p for p in arguments if inner and self.instruction(p)[0] == inner]
        alone = len(found) == 1 and len(self.users[found[0]]) == 1 and found[0] not in self.template.results
        return found[0] if alone else -1

    def variable(self, p: int, v: str) -> str:
        """An operand, a number or a result; `v` says of which vector."""
        k = p - self.template.n
        return f"every({self.template.numbers[k].hex()})" if 0 <= k < len(self.template.numbers) else f"{v}{p}"

    def expression(self, at: int, v: str) -> str:
        """What an instruction does to one of the vectors."""
        name, arguments = self.instruction(at)
        texts, part = [self.variable(p, v) for p in arguments], self.part(at)
        x, y = [self.variable(p, v) for p in self.instruction(part)[1]] if part >= 0 else ("", "")
        if part >= 0 and name == "neg":
            return f"sub_vec({y}, {x})"
        if part >= 0:
            minus, k = "-" if name == "sub" else "", arguments.index(part)
            return f"fused({minus if k else ''}{x}, {y}, {'' if k else minus}{texts[1 - k]})"
        if name == "dot":
            z, *terms = [(x,) if y == ONE else (x, y) for x, y in zip(texts[::2], texts[1::2])]
            text = " * ".join(z)
            for term in terms:
                text = f"fused({', '.join(term)}, {text})" if len(term) > 1 else f"({text} + {term[0]})"
            return text
        return f"rest_vec({len(texts)}, (vec[]){{{', '.join(texts)}}})" if name == "rest" else \
            f"{name}_vec({', '.join(texts)})"

    def checked(self, at: int) -> bool:
        """Whether it is noted here that this is not finite, and not where it is used."""
        passed = any([k < PASSED.get(self.instruction(user)[0], 0) for user, k in self.users[at]])
        return self.instruction(at)[0] not in FINITE and (at in self.template.results or not passed)

    def effort(self, p: int) -> int:
        """How long it takes to find a place, about."""
        name, arguments = self.instruction(p)
        return sum(map(self.effort, arguments)) + (EFFORT if name in HARD else 1) if name else 0

    def finding(self, p: int, there: set[int]) -> Iterator[str]:
        """The statements that find a place and what it needs, as far as that is not there; what is hardest first."""
        if p in there or self.template.n <= p < self.first:
            return
        there.add(p)
        arguments = [x for q in self.instruction(p)[1] for x in (self.instruction(q)[1] if q in self.parts else [q])]
        for x in sorted(arguments, key=self.effort, reverse=True):
            yield from self.finding(x, there)
        if p < self.template.n:
            yield f"const vec v{p} = TAKEN({p}, i), w{p} = TAKEN({p}, j);"
        else:
            yield f"const vec v{p} = {self.expression(p, 'v')}, w{p} = {self.expression(p, 'w')};"
        if p == self.template.needs:
            yield f"NEED(v{p}, w{p});"
        elif p >= self.first and self.checked(p):
            yield f"CHECK(v{p}, w{p});"

    def lines(self) -> Iterator[str]:
        """The statements on two vectors of each register: result after result, so that few numbers wait in between."""
        each, there = self.template, set[int]()
        if each.needs >= 0:
            yield from self.finding(each.needs, there)
        for p in sorted(each.results, key=self.effort, reverse=True):
            yield from self.finding(p, there)
            for k in [k for k in range(each.n) if self.users[k]]:        # a result may take an operand's register
                yield from self.finding(k, there)
            to = "result" if p == each.value else f"given{each.n - 1 + each.results.index(p)}"
            yield f"store({to} + i, v{p}), store({to} + j, w{p});"

    def __str__(self) -> str:
        each = self.template
        taken, given = range(each.n), range(each.n, each.n + len(each.results) - 1)
        return "\n".join([
            f"KERNEL({self.name})", "{", *[f"    TAKE({k});" for k in taken], *[f"    GIVE({k});" for k in given],
            "    PAIRS {", *[f"        {line}" for line in self.lines()], "    }", "    NOTE;", "}"])
