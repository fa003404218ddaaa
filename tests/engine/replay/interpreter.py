"""The block interpreter in plain Python, on one row: the words of a loaded program, instruction by instruction."""
import math
from array import array
from types import SimpleNamespace

from engine.replay.backends import native
from engine.replay.backends.encoding import encoded
from engine.readers.code import PLAIN
from engine.replay.program import ON
from tests.engine.replay.agreement import blocks

NAMES = blocks.INSTRUCTIONS.split() if blocks else []
OPEN, RAMP, GATE, TIMES, KINDS = range(5)            # what becomes of a layer's sums
MINUS = 1 << 31                                      # with the first factor of a product that is subtracted
EFFECTS = "need", "reduce", "total"


class Words:
    """A program as it is loaded: the instructions of its three stages, and where its numbers are."""

    def __init__(self, program, given=()):
        loaded = blocks.load(blocks.MACHINES[0], 0, *given or encoded(program, native.codes()))
        words = [array("I", some).tolist() for some in blocks.words(loaded)]
        self.program = program
        self.stages = [list(instructions(some, widths(program.names))) for some in words[:3]]
        self.columns, self.leaves, self.sums, self.results = words[3:]

    def run(self, row, leaves):
        """The results for one row; `leaves` are the numbers of those that are no inputs."""
        program = self.program
        uniform = [program.numbers.get(p, 0.0) for p, stage in enumerate(program.stages) if stage != ON] + [0.0]
        for k, x in zip(self.leaves, leaves, strict=True):
            uniform[k] = x
        registers, sums = {0: 1.0}, [0.0] * len(self.sums)       # the first is the seed's, if there is one
        registers.update(zip(self.columns, row))
        for stage, some in enumerate(self.stages):
            for one in some:
                perform(one, registers, uniform, sums, registers if stage == ON else uniform)
            if stage == ON:
                for k, x in zip(self.sums, sums):
                    uniform[k] = x
        return [uniform[p >> 1] if p & 1 else registers[p >> 1] for p in self.results]


def widths(names):
    """For each instruction that is a whole row how many places it finds."""
    found, row = {}, ""
    for name in names:
        row = row if name == "result" else name
        found[row] = found[row] + 1 if name == "result" else 1
    return {name: width for name, width in found.items() if name in native.kernels().values()}


def instructions(words, widths):
    """The instructions in some words, with what their words mean."""
    at = 0
    while at < len(words):
        name, result, n = NAMES[words[at]], words[at + 1], words[at + 2]
        places = words[at + 3:at + 3 + n]
        one = SimpleNamespace(name=name, results=[] if name in EFFECTS else [result], reads=places, terms=[], gates=[])
        if name == "layer":
            m, width, *rest = places
            parts = [rest[i:i + width + 3] for i in range(width, len(rest), width + 3)]
            one.reads, one.results, one.gates = [2 * k for k in rest[:width]], [part[0] for part in parts], [
                (part[1] % KINDS, part[1] // KINDS) for part in parts]
            one.factors = [part[2:] for part in parts]
            assert len(parts) == m
        elif name == "reduce":
            m, width, *rest = places
            one.terms, one.reads, targets = rest[:m], rest[m:m + width], rest[m + width:]
            one.targets = [targets[i:i + width] for i in range(0, m * width, width)]
        elif name in widths:
            one.reads, one.results = places[:n - widths[name] + 1], [result, *places[n - widths[name] + 1:]]
        yield one
        at += 3 + n


def registers_read(one):
    """The registers that an instruction reads."""
    places = [place & ~MINUS for place in [*one.reads, *one.terms]]
    return {place >> 1 for place in places if not place & 1} | {k for kind, k in one.gates if kind in (GATE, TIMES)}


def perform(one, registers, uniform, sums, results):
    """Let an instruction do its work on one row."""
    def number(place):
        return uniform[place >> 1] if place & 1 else registers[place >> 1]
    if one.name == "reduce":
        for g, targets in zip(one.terms, one.targets):
            for x, k in zip(one.reads, targets):
                sums[k] += number(g) * number(x)
    elif one.name == "total":
        sums[0] += number(one.reads[0])
    elif one.name == "layer":
        through = {OPEN: lambda z, x: z, RAMP: lambda z, x: max(0.0, z), TIMES: lambda z, x: z * registers[x],
                   GATE: lambda z, x: z if registers[x] > 0 else 0.0}
        for k, (kind, x), (start, *factors) in zip(one.results, one.gates, one.factors):
            reads = map(number, one.reads)           # again for each sum, behind the results of others
            z = math.fsum([uniform[start], *[uniform[w] * y for w, y in zip(factors, reads)]])
            results[k] = through[kind](z, x)
    elif one.name == "dot":
        signs = [-1.0 if x & MINUS else 1.0 for x in one.reads[::2]]
        xs, ys = [number(x & ~MINUS) for x in one.reads[::2]], map(number, one.reads[1::2])
        results[one.results[0]] = math.fsum([sign * x * y for sign, x, y in zip(signs, xs, ys)])
    elif one.name == "gate":
        results[one.results[0]] = number(one.reads[1]) if number(one.reads[0]) > 0 else 0.0
    elif one.name != "need":
        results[one.results[0]] = PLAIN[one.name](*map(number, one.reads))
