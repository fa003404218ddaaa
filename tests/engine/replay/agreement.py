"""A replay beside a loop of eager backward passes, and how far rounding may take one from the other."""
import math

import pytest
from hypothesis import strategies as st

from engine import Replay, Value, affine
from engine.readers.operands import result_of
from engine.replay.rows import numpy
from nn import cross_entropy

try:
    from engine.native import blocks
except ImportError:
    blocks = None
BACKENDS = ["python", *["numpy"] * (numpy() is not None), *["native"] * (blocks is not None)]
UNITS = 4 * 2.0 ** -52                               # what one operation may differ by
STEP = 2.0 ** -30
NUMBERS = st.one_of(st.floats(-2.0, 2.0), st.integers(-3, 3))
ROWS = st.lists(st.lists(NUMBERS, min_size=2, max_size=2), max_size=9)
every_backend = pytest.mark.parametrize("backend", BACKENDS)


def outcome(act):
    """What a call gives, or the error that it raises."""
    try:
        return act(), None
    except (ArithmeticError, ValueError) as error:
        return None, error


def network():
    """The loss of a small classifier: its inputs, and its parameters."""
    xs, weights = [Value(0.1, "petal"), Value(0.2, "sepal")], [Value(float(k == 1), f"y{k}") for k in range(3)]
    parameters = [Value(math.sin(i + 1.0), f"w{i}") for i in range(3 * 2 + 3 * 3)]
    hidden = [affine(parameters[3 * i:3 * i + 2], xs, parameters[3 * i + 2]).tanh() for i in range(2)]
    logits = [affine(parameters[6 + 3 * i:8 + 3 * i], hidden, parameters[8 + 3 * i]) for i in range(3)]
    return cross_entropy(logits, weights), [*xs, *weights], parameters


def flowers(n):
    """n rows for that network."""
    return [[math.sin(i), math.cos(3 * i), *(float(i % 3 == k) for k in range(3))] for i in range(n)]


def run(tape, numbers):
    """The places of a tape as new Values, for these numbers of its leaves."""
    places = [Value(x) for x in numbers]
    for op, operands, index, _ in tape.steps:
        places.append(result_of(op, [places[p] if isinstance(p, int) else p for p in operands], index))
    return places


def looped(tape, rows):
    """For each row the outputs and the first one's slopes by each leaf, found eagerly."""
    found = []
    for row in rows:
        places = run(tape, [*row, *(v.data for v in tape.leaves[tape.width:])])
        outputs = [places[p] if isinstance(p, int) else Value(p) for p in tape.outputs]
        outputs[0].backward()
        found.append(([v.data for v in outputs], [v.grad for v in places[:len(tape.leaves)]]))
    return found


def agrees(graph, rows):
    """Assert that on every backend a replay with the first two leaves as inputs is a loop of eager code."""
    inputs = graph.leaves[:2]
    are_eager([Replay(graph.root, inputs=inputs, backend=backend) for backend in BACKENDS],
              [row[:len(inputs)] for row in rows])


def are_eager(replays, rows):
    """Assert that the replays of one graph are a loop of eager code, or fail where that does, with the row's number."""
    tape = replays[0].tape
    found, failure = outcome(lambda: looped(tape, rows))
    allowed = [] if failure else [errors(tape, row) for row in rows]
    for replay in replays:
        for v in tape.leaves:
            v.grad = 1.0
        total, error = outcome(lambda: replay.backward(rows))
        if failure:
            assert type(error) is type(failure), replay.asked
            assert str(error).startswith("row "), replay.asked
            assert [v.grad for v in tape.leaves] == [1.0] * len(tape.leaves), replay.asked
            continue
        assert error is None, replay.asked
        for z, (outputs, _), (off, _) in zip(replay(rows), found, allowed, strict=True):
            assert abs(z - outputs[0]) <= off[0], replay.asked
        assert abs(total - math.fsum(outputs[0] for outputs, _ in found)) <= \
            sum(off[0] + 2.0 ** -51 * abs(outputs[0]) for (off, _), (outputs, _) in zip(allowed, found)), replay.asked
        for k, v in enumerate(tape.leaves):
            expected = math.fsum([1.0, *(slopes[k] for _, slopes in found)])
            assert abs(v.grad - expected) <= 2.0 ** -50 * abs(expected) + 2.0 ** -52 + sum(
                unsure[k] + 2.0 ** -50 * abs(slopes[k])
                for (_, unsure), (_, slopes) in zip(allowed, found)), replay.asked


def errors(tape, row):
    """How far rounding may take the outputs, and the first one's slopes, on one row: to first order.

    Each result may be off by 4 units of the largest number in its own sum, and by what its operands are off, on either
    side of a kink. A partial is off by 4 units, and by as much as it changes where its operands move by their errors.
    """
    numbers = [*row, *(v.data for v in tape.leaves[tape.width:])]
    places, off = run(tape, numbers), [0.0] * len(numbers)
    slopes = []                                      # of each step, how far its partials are off
    for step, v in zip(tape.steps, places[len(numbers):]):
        own = [off[p] if isinstance(p, int) else 0.0 for p in step.operands]
        size = max([abs(v.data), *(abs(d * x.data) for d, x in zip(v.partials, v.parents) if math.isfinite(d))])
        follows, changes = moved(step, v, own)
        off.append(UNITS * size + 1e-300 + follows)
        slopes.append(changes)
    adjoint, unsure = [0.0] * len(places), [0.0] * len(places)
    root = tape.outputs[0]
    if isinstance(root, int):
        adjoint[root] = 1.0
    for at in range(len(places) - 1, len(numbers) - 1, -1):
        v, step = places[at], tape.steps[at - len(numbers)]
        for p, d, e in zip(step.operands, v.partials, slopes[at - len(numbers)]):
            if isinstance(p, int) and adjoint[at] or isinstance(p, int) and unsure[at]:
                d = d if math.isfinite(d) else 0.0
                adjoint[p] += abs(adjoint[at] * d)   # without signs: what cancels keeps its error
                unsure[p] += (product(unsure[at], abs(d)) + product(adjoint[at], e)
                              + 2 * UNITS * abs(adjoint[at] * d) + 1e-300)
    return [off[p] if isinstance(p, int) else 0.0 for p in tape.outputs], unsure[:len(numbers)]


def product(x, y):
    """x · y, 0 times infinity being 0."""
    return x * y if x and y else 0.0


def moved(step, v, own):
    """How far the value of one step is off, and its partials are, where its operands are off by `own`."""
    slopes = [abs(d) if math.isfinite(d) else 0.0 for d in v.partials]
    follows, changes = 0.0, [2 * UNITS * sum(slopes)] * len(own)
    numbers = [x.data for x in v.parents]
    for i, e in enumerate(own):
        move, furthest = max(e, abs(numbers[i]) * STEP), e * slopes[i] if e else 0.0
        for way in (-move, move) if e else ():
            try:
                other = result_of(step.op, [Value(x + way * (k == i)) for k, x in enumerate(numbers)], step.index)
            except (ValueError, ArithmeticError):
                return math.inf, [math.inf] * len(own)           # too near an edge to say
            differences = [abs(a - b) if math.isfinite(a - b) else math.inf for a, b in zip(other.partials, v.partials)]
            changes = [f + c * e / move for f, c in zip(changes, differences)]
            furthest = max(furthest, abs(other.data - v.data) * e / move)
        follows += furthest
    return follows, changes
