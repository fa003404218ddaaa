"""The quoted formulas in numbers of 100 digits: values, and slopes by a complex step far below the last digit."""
import math

from mpmath import mp, mpc, mpf

from engine import Value
from engine.errors import FAILURES
from engine.graph import postorder
from engine.op import Op
from engine.readers.numbers import kind_with
from engine.readers.operands import result_of, example_of
from engine.testing.evaluation import value_of

DIGITS    = 100
STEP      = mpf(10) ** -400                          # relative; the mistake of the complex step is its square
UNDERFLOW = 1e-300                                   # below it digits are lost


def exp(x):
    """mpmath's, which takes whole numbers as powers of e: large ones as powers of e are slow."""
    return mp.exp(x) if abs(x) < 1e4 else mp.exp(x - 0.5) * mp.exp(0.5)


def expm1(x):
    a, b = mp.re(x), mp.im(x)
    return mpc(mp.expm1(a) * mp.cos(b) - 2 * mp.sin(b / 2) ** 2, exp(a) * mp.sin(b))


def log1p(x):
    a, b = mp.re(x), mp.im(x)
    return mpc(mp.log1p(a) + mp.log1p((b / (1 + a)) ** 2) / 2, mp.atan2(b, 1 + a))


def fsum(terms):
    with mp.workdps(1000):                           # from 1e308 to 5e-324
        return sum(terms, mpf(0))


def near(function, *slopes):
    """A function on complex numbers so close to real ones that its slopes there say it all."""
    def continued(*operands):
        numbers = [mp.re(x) for x in operands]
        value = function(*numbers)
        try:
            return mpc(value, sum(mp.im(x) * slope(*numbers) for x, slope in zip(operands, slopes)))
        except ZeroDivisionError:                    # there is none
            return mpc(value, mp.inf)
    return continued


def bell(x):
    return 2 / mp.sqrt(mp.pi) * exp(-x * x)


def erfc(x):
    return mp.erfc(x) if x < 1e4 else mpf(0)


def log2(x):
    return mp.log(x, 2)


PRECISE = kind_with({
    "exp":   exp,     "expm1": expm1,  "log": mp.log, "log1p": log1p,  "sqrt": mp.sqrt,
    "sin":   mp.sin,  "cos":   mp.cos, "tan": mp.tan, "tanh":  mp.tanh, "fsum": fsum,
    "asin":  near(mp.asin,  lambda x: 1 / mp.sqrt(1 - x * x)),
    "acos":  near(mp.acos,  lambda x: -1 / mp.sqrt(1 - x * x)),
    "atan":  near(mp.atan,  lambda x: 1 / (1 + x * x)),
    "sinh":  near(mp.sinh,  mp.cosh),
    "cosh":  near(mp.cosh,  mp.sinh),
    "asinh": near(mp.asinh, lambda x: 1 / mp.sqrt(1 + x * x)),
    "acosh": near(mp.acosh, lambda x: 1 / mp.sqrt(x * x - 1)),
    "atanh": near(mp.atanh, lambda x: 1 / (1 - x * x)),
    "erf":   near(mp.erf,   bell),
    "erfc":  near(erfc,     lambda x: -bell(x)),
    "log2":  near(log2,     lambda x: 1 / (x * mp.log(2))),
    "log10": near(mp.log10, lambda x: 1 / (x * mp.log(10))),
    "atan2": near(mp.atan2, lambda x, y: y / (x * x + y * y), lambda x, y: -x / (x * x + y * y)),
    "hypot": near(mp.hypot, lambda x, y: x / mp.hypot(x, y),  lambda x, y: y / mp.hypot(x, y)),
})


def precise(v: Value):
    """The exact result of the operation that made v, and its exact partials."""
    largest = max(1.0, *[abs(x.data) for x in v.parents])
    with mp.workdps(DIGITS + int(2 * math.log10(largest))):          # 1 + x keeps what 1 adds to it
        numbers, sign = [mpf(x.data) for x in v.parents], mpf(1)
        flipped = v.op.name == "pow" and numbers[0] < 0              # (-1) ** y of a complex -1 would be rounded
        if flipped:
            sign, numbers[0] = mpf((-1) ** int(numbers[1])), -numbers[0]

        def at(i, n):
            return sign * value_of(v, [*numbers[:i], n, *numbers[i + 1:]], PRECISE)

        steps = [STEP * (abs(n) or 1) for n in numbers]
        slopes = [mp.im(at(i, mpc(n, step))) / step for i, (n, step) in enumerate(zip(numbers, steps))]
        return mp.re(at(0, numbers[0])), [-slopes[0], *slopes[1:]] if flipped else slopes


def precise_gradient(y: Value, leaves, error=lambda v: 0, at={}, digits=DIGITS):
    """The exact number that y's graph gives, and its exact derivatives by the leaves.

    `error` says for each value by what part of it, once it is computed, it is changed; `at` has other numbers for
    leaves.
    """
    def number(changed):
        found = {**at, **changed}
        for v in postorder(y):
            if v not in found:
                found[v] = mpf(v.data) if v.op is None else (1 + error(v)) * value_of(
                    v, [found.get(x, mpf(x.data)) for x in v.parents], PRECISE)
        return found[y]

    with mp.workdps(digits):
        steps = [STEP * (abs(mpf(x.data)) or 1) for x in leaves]
        slopes = [mp.im(number({x: mpc(at.get(x, x.data), step)})) / step for x, step in zip(leaves, steps)]
        return mp.re(number({})), slopes


def precise_second(y: Value, leaves, by):
    """The exact second derivatives of y's graph, by one leaf and by each: differences of exact slopes."""
    with mp.workdps(700):
        step = mpf(10) ** -200 * (abs(mpf(by.data)) or 1)
        ends = [precise_gradient(y, leaves, at={by: by.data + side * step}, digits=700)[1] for side in (-1, 1)]
        return [(high - low) / (2 * step) for low, high in zip(*ends)]


def applied(row: Op, *point):
    """The row's result for a point as engine.testing.numbers draws it, all its numbers leaves."""
    def leaves(given):
        return [Value(n) for n in given] if isinstance(given, list) else given if row.shape == "apart" else Value(given)
    return row(*map(leaves, point))


def somewhere(row: Op, n=3):
    """So many numbers at which the row is defined."""
    for first in 0.5, 1.5:
        numbers = [first + 0.125 * i for i in range(n)]
        operands, index = example_of(row, list(map(Value, numbers)), 1)
        try:
            result_of(row, operands, index)
        except FAILURES:
            continue
        return numbers
    raise ValueError(f"{row.name} is defined at neither place")


def path_sizes(root):
    """For each value the sum, over all paths from it to the root, of |the product of the partials|."""
    order = postorder(root)
    sizes = dict.fromkeys(order, 0.0)
    sizes[root] = 1.0
    for v in reversed(order):
        for x, partial in zip(v.parents, v.partials):
            if x in sizes:
                sizes[x] += sizes[v] * abs(partial)
    return sizes


def rounding(root):
    """What the root may be off by, to first order, where each value of its graph is off by 1e-13 of itself."""
    return sum(1e-13 * abs(v.data) * size for v, size in path_sizes(root).items())


def saturated(v: Value):
    """Whether a value is -1, 0 or 1 only by rounding: how far it is from there is lost, and what follows from that."""
    return v.op is not None and v.data in (-1.0, 0.0, 1.0) and precise_gradient(v, [], digits=250)[0] != v.data


def kinked(root):
    """Whether some value lies at a kink, of a slope too, or at the edge of its row's domain."""
    def at_kink(v):
        x, name = [parent.data for parent in v.parents], v.op.name
        ties = name in ("maximum", "minimum") and x.count(v.data) > 1
        zero = name in ("abs", "relu", "leaky_relu", "elu", "softsign", "pow", "sqrt") and x[0] == 0.0
        end = name in ("asin", "acos", "acosh") and abs(x[0]) == 1.0 or name == "xlogy" and x[1] == 0.0
        return ties or zero or end or name in ("hypot", "atan2") and not any(x)
    return any(at_kink(v) for v in postorder(root) if v.op)
