"""Graphs in which much is found again: the same steps on the same operands, mirrored ones, whole parts twice."""
from hypothesis import strategies as st

from engine import Op, Value, affine, dot, exp, fsum, logsumexp, maximum, minimum, relu, sigmoid, tanh
from engine.errors import FAILURES
from engine.testing.expression import Graph
from nn import cross_entropy, hinge


def unlisted(row):
    """A user's row that no other test finds in the table."""
    del Op.table[row.name]
    return row


LEAKY    = unlisted(Op("x if x > 0 else x / 4", "1 if x > 0 else 1 / 4", name="leaky"))
RAISED   = unlisted(Op("y * (x if x > 0 else 0)", "y * (x > 0)", "x if x > 0 else 0", name="raised"))
TURNED   = unlisted(Op("y - x", "-1", "1", name="turned"))
SQUARES  = unlisted(Op("sum(y * y)", "2 * x", name="squares"))
WEIGHTED = Value.weighted_cross_entropy

OFTEN = [                                          # of two values and a number
    lambda x, y, c: x * y,              lambda x, y, c: relu(x),            lambda x, y, c: x * (y - x) - c * y,
    lambda x, y, c: x + y,              lambda x, y, c: maximum(0.0, x),    lambda x, y, c: (x - y) * c + y * (y - x),
    lambda x, y, c: x - y,              lambda x, y, c: maximum(x, 0.0),    lambda x, y, c: RAISED(x, y),
    lambda x, y, c: y - x,              lambda x, y, c: -x,                 lambda x, y, c: TURNED(x, y),
]
STEPS = [
    lambda x, y, c: c * x,              lambda x, y, c: abs(x),             lambda x, y, c: affine([x, y], [y, x], c),
    lambda x, y, c: c - x,              lambda x, y, c: tanh(x),            lambda x, y, c: relu(affine([x], [y], c)),
    lambda x, y, c: x + c,              lambda x, y, c: sigmoid(x),         lambda x, y, c: tanh(dot([c, x], [y, y])),
    lambda x, y, c: x ** c,             lambda x, y, c: exp(-x),            lambda x, y, c: affine([x, c], [y, y], x),
    lambda x, y, c: x / (y * y + 1),    lambda x, y, c: maximum(x, y),      lambda x, y, c: cross_entropy([x, y], 0),
    lambda x, y, c: fsum([x, y, x]),    lambda x, y, c: minimum(x, c),      lambda x, y, c: WEIGHTED([x, y], [y, c]),
    lambda x, y, c: logsumexp([x, y]),  lambda x, y, c: LEAKY(x),           lambda x, y, c: Value.softmax([x, y], 1),
    lambda x, y, c: hinge(x, y),        lambda x, y, c: SQUARES([x, y]),    *OFTEN,
]
LEAVES, LARGE = 3, 1e4
WAYS   = ["again"] * 2 + ["mirrored"] * 2 + ["part"] * 2 + ["new"] * 10
CHOICE = st.integers(0, 47)


@st.composite
def repeating(draw, size=16):
    """Graphs of few kinds of steps on three leaves, whose roots depend on all that was found on the way."""
    kinds = draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=3))
    kinds += draw(st.lists(st.sampled_from(OFTEN), min_size=1, max_size=4))
    numbers = [draw(st.sampled_from([0.0, 1.0, -1.0, 2.0, 0.5])) for _ in "cc"]
    chosen = draw(st.lists(st.tuples(st.sampled_from(WAYS), CHOICE, CHOICE, CHOICE), min_size=2, max_size=size))
    return grown(kinds, numbers, chosen)


def grown(kinds, numbers, chosen):
    """The graph of steps that are each chosen by a way and three numbers."""
    values, steps, used = [Value(0.5), Value(-1.5), Value(0.25)], [], set()
    leaves = values[:]

    def take(kind, i, j):
        try:
            z = kind(values[i], values[j], numbers[(i + j) % 2])
        except FAILURES:
            return
        if z.__class__ is Value and abs(z.data) <= LARGE:
            used.update((i, j))
            steps.append((kind, i, j))
            values.append(z)
    for way, k, i, j in chosen:
        n, older = len(values), k % len(steps) if steps else -1
        if older < 0 or way == "new":
            take(kinds[k % len(kinds)], place(i, n), place(j if j % 6 else i, n))
        elif way == "part":                          # steps that follow each other, on what was found anew of theirs
            for kind, *places in steps[older:older + 1 + i % 4]:
                moved = [p + n - LEAVES - older if p >= LEAVES + older else p for p in places]
                take(kind, *[min(p, len(values) - 1) for p in moved])
        else:
            kind, *places = steps[older]
            take(kind, *(places[::-1] if way == "mirrored" else places))
    return Graph(gathered([v for p, v in enumerate(values) if p >= LEAVES and p not in used] or values[-1:], leaves))


def place(chosen, n):
    """One of n values: one of the last two, a leaf or any."""
    return n - 1 - chosen % 2 if chosen < 16 else chosen % LEAVES if chosen < 32 else chosen % n


def gathered(values, leaves):
    """A sum of all values, most of them times something else."""
    z, factors = values[0] * 1.0, [2.0, *leaves, exp(leaves[0]), -1.0]
    for k, v in enumerate(values[1:]):
        z = z + v * factors[k % 6] if k % 3 else v - z
    return z
