"""How exact each operation is over its whole domain: value, slopes, second derivatives, beside 60 digits and peers.

    python -m proofs.exactness                                  writes docs/exactness.md; PyTorch and JAX if installed
    python -m proofs.exactness --torch PYTHON --jax PYTHON      where other environments have them

The exact numbers come from the definitions below, not from the rows, by differences with a step of 1e-200 in 700
digits and more, so that far more than 60 are right. An error is counted in units in the last place of the exact number;
below 2.2e-308 such a unit is 5e-324. A number beyond 1.8e308 is left out, and with such a value the whole point.
"""
from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mpmath import mp, mpf

ROOT  = Path(__file__).parents[1]
PAGE  = ROOT / "docs" / "exactness.md"
STEP  = mpf(10) ** -200
LARGE = 1.7976931348623157e308


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def logsumexp(*xs: Any) -> Any:
    return mp.log(sum(map(mp.exp, xs)))


# What each operation is; where it lives: the whole line, above 0, above -1, from -1 to 1, from 1 on; its operands
OPERATIONS: dict[str, tuple[Callable[..., Any], str, int]] = {
    "add":       (lambda x, y: x + y,                         "line", 2),
    "sub":       (lambda x, y: x - y,                         "line", 2),
    "mul":       (lambda x, y: x * y,                         "line", 2),
    "truediv":   (lambda x, y: x / y,                         "line", 2),
    "pow":       (lambda x, y: x ** y,                        "power", 2),
    "neg":       (lambda x: -x,                               "line", 1),
    "abs":       (abs,                                        "line", 1),
    "exp":       (mp.exp,                                     "line", 1),
    "expm1":     (lambda x: mp.exp(x) - 1,                    "line", 1),
    "log":       (mp.log,                                     "above 0", 1),
    "log1p":     (lambda x: mp.log(1 + x),                    "above -1", 1),
    "log2":      (lambda x: mp.log(x) / mp.log(2),            "above 0", 1),
    "log10":     (lambda x: mp.log(x) / mp.log(10),           "above 0", 1),
    "sqrt":      (mp.sqrt,                                    "above 0", 1),
    "sin":       (mp.sin,                                     "line", 1),
    "cos":       (mp.cos,                                     "line", 1),
    "tan":       (mp.tan,                                     "line", 1),
    "asin":      (mp.asin,                                    "unit", 1),
    "acos":      (mp.acos,                                    "unit", 1),
    "atan":      (mp.atan,                                    "line", 1),
    "atan2":     (lambda x, y: mp.atan2(x, y),                "line", 2),
    "sinh":      (mp.sinh,                                    "line", 1),
    "cosh":      (mp.cosh,                                    "line", 1),
    "tanh":      (mp.tanh,                                    "line", 1),
    "asinh":     (mp.asinh,                                   "line", 1),
    "acosh":     (mp.acosh,                                   "above 1", 1),
    "atanh":     (mp.atanh,                                   "unit", 1),
    "hypot":     (lambda x, y: mp.sqrt(x * x + y * y),        "line", 2),
    "erf":       (mp.erf,                                     "line", 1),
    "erfc":      (lambda x: mp.erfc(x) if x < 1e3 else mpf(0), "line", 1),
    "sigmoid":   (sigmoid,                                    "line", 1),
    "softplus":  (lambda x: mp.log(1 + mp.exp(x)),            "line", 1),
    "relu":      (lambda x: max(x, mpf(0)),                   "line", 1),
    "leaky_relu": (lambda x: x if x > 0 else mpf(0.01) * x,   "line", 1),
    "elu":       (lambda x: x if x > 0 else mp.exp(x) - 1,    "line", 1),
    "silu":      (lambda x: x * sigmoid(x),                   "line", 1),
    "gelu":      (lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2 if x > -1e3 else mpf(0), "line", 1),
    "softsign":  (lambda x: x / (1 + abs(x)),                 "line", 1),
    "xlogy":     (lambda x, y: x * mp.log(y),                 "line, above 0", 2),
    "fsum":      (lambda *xs: sum(xs, mpf(0)),                "line", 3),
    "maximum":   (max,                                        "line", 3),
    "minimum":   (min,                                        "line", 3),
    "logsumexp": (logsumexp,                                  "scores", 3),
    "softmax":   (lambda *xs: mp.exp(xs[0] - logsumexp(*xs)), "scores", 3),
    "log_softmax": (lambda *xs: xs[0] - logsumexp(*xs),       "scores", 3),
    "cross_entropy": (lambda *xs: logsumexp(*xs) - xs[0],     "scores", 3),
    "weighted_cross_entropy": (lambda x, y, v, w: v * (logsumexp(x, y) - x) + w * (logsumexp(x, y) - y),
                               "scores, scores, weights", 4),
    "dot":       (lambda x, y, v, w: x * v + y * w,           "line", 4),
    "affine":    (lambda x, y, v, w, b: x * v + y * w + b,    "line", 5),
    "gaussian":  (lambda x: mp.exp(-x * x),                   "line", 1),
}


# The points -----------------------------------------------------------------------------------------------------------

def somewhere(domain: str, draw: random.Random) -> float:
    """A number of a domain: of any size, or where functions bend."""
    large = draw.choice([-1, 1]) * draw.uniform(1, 10) * 10.0 ** draw.randint(-307, 307)
    near  = draw.choice([draw.uniform(-40, 40), draw.uniform(-2, 2), draw.uniform(-750, 750)])
    x = draw.choice([large, near, near])
    close = draw.choice([1, -1]) * (1 - draw.uniform(0, 1) * 2.0 ** -draw.randint(0, 50))
    match domain:
        case "above 0":  return abs(x)
        case "above -1":
            return abs(x) if draw.random() < 0.5 else -abs(close) / draw.choice([1 + 2.0 ** -50, 1e5, 1e100])
        case "unit":     return draw.choice([close, close / 10.0 ** draw.randint(0, 300)]) * (1 - 2.0 ** -53)
        case "above 1":  return 1 + draw.choice([abs(x) + 2.0 ** -50, 2.0 ** -draw.randint(0, 50)])
        case "scores":   return near
        case "weights":  return abs(near)
    return x


def points(name: str, number: int) -> list[list[float]]:
    """So many points of an operation's domain, the same in each run."""
    _, domain, n = OPERATIONS[name]
    draw = random.Random(name)
    if domain == "power":
        return [[abs(somewhere("line", draw)), draw.choice([draw.uniform(-5, 5), draw.randint(-9, 9) + 0.5,
                                                            draw.uniform(-300, 300)])] for _ in range(number)]
    parts = [part.strip() for part in domain.split(",")]
    return [[somewhere(parts[min(i, len(parts) - 1)], draw) for i in range(n)] for _ in range(number)]


# The exact numbers ----------------------------------------------------------------------------------------------------

def exact(function: Callable[..., Any], point: list[float]) -> list[Any]:
    """The value, all slopes, and the second derivatives of the upper triangle, row by row."""
    xs = list(map(mpf, point))
    spread, largest = sum([abs(mp.log10(abs(x))) for x in xs if x]), max(map(abs, xs))
    tail = 2 * min(largest, 750) + min(largest ** 2, 2500)           # what is left of exp(-2x), exp(-x²) beside 1
    digits = 700 + 3 * int(spread) + int(tail)
    with mp.workdps(digits):
        steps = [STEP * min(abs(x) or 1, 1) for x in xs]
        n = len(xs)

        def at(*moves: tuple[int, int]) -> Any:
            moved = list(xs)
            for i, way in moves:
                moved[i] = moved[i] + way * steps[i]
            return mpf(function(*moved))
        z = at()
        ups, downs = [at((i, 1)) for i in range(n)], [at((i, -1)) for i in range(n)]
        residue = max([abs(x) for x in (z, *ups)]) * mpf(10) ** (20 - digits)    # what rounding leaves of a 0
        found = [z, *[quotient(up - down, 2 * step, residue) for up, down, step in zip(ups, downs, steps)]]
        for i in range(n):
            found.append(quotient(ups[i] - 2 * z + downs[i], steps[i] ** 2, residue))
            for k in range(i + 1, n):
                rise = at((i, 1), (k, 1)) - at((i, 1), (k, -1)) - at((i, -1), (k, 1)) + at((i, -1), (k, -1))
                found.append(quotient(rise, 4 * steps[i] * steps[k], residue))
        return found


def quotient(rise: Any, step: Any, residue: Any) -> Any:
    """A difference quotient; 0 where the difference is what rounding left."""
    return rise / step if abs(rise) > residue else mpf(0)


def error(found: float | None, right: Any) -> float:
    """How many units in the last place a number is off; infinite where there is none, nan where none is wanted."""
    if abs(right) > LARGE:
        return math.nan
    if found is None or not math.isfinite(found):
        return math.inf
    unit = max(mpf(math.ulp(float(right))), mpf(5e-324))
    return float(abs(mpf(found) - right) / unit)


# The page -------------------------------------------------------------------------------------------------------------

def asked(engine: str, python: str, questions: dict[str, list[list[float]]]) -> dict[str, list[Any]]:
    """The answers of an engine; none where it is not installed."""
    ran = subprocess.run([python, str(ROOT / "proofs" / "engines.py"), engine], input=json.dumps(questions), text=True,
                         capture_output=True)
    if ran.returncode:
        print(f"{engine} was not asked: {ran.stderr.strip().splitlines()[-1]}")
        return {}
    return json.loads(ran.stdout)  # type: ignore[no-any-return]


def worst(errors: list[float]) -> str:
    """The worst error of some, for people."""
    there = [x for x in errors if not math.isnan(x)]
    if not there:
        return "–"
    missing, most = sum(map(math.isinf, there)), max([x for x in there if math.isfinite(x)], default=0.0)
    number = f"{most:.2g}" if most < 1e4 else f"{most:.0e}"
    return f"{number}, {missing} lost" if missing else number


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m proofs.exactness", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--points", type=int, default=200, help="how many for each operation")
    parser.add_argument("--torch", default=sys.executable, metavar="PYTHON", help="one that has PyTorch")
    parser.add_argument("--jax", default=sys.executable, metavar="PYTHON", help="one that has JAX")
    parser.add_argument("names", nargs="*", default=list(OPERATIONS), help="the operations; all if none is named")
    arguments = parser.parse_args()
    questions = {name: points(name, arguments.points) for name in arguments.names}
    answers = {"glassgrad": asked("glassgrad", sys.executable, questions),
               "PyTorch": asked("torch", arguments.torch, questions), "JAX": asked("jax", arguments.jax, questions)}
    there = [engine for engine in answers if answers[engine]]
    lines = []
    for name in arguments.names:
        function, domain, n = OPERATIONS[name]
        rights = [exact(function, point) for point in questions[name]]
        rights = [right if abs(right[0]) <= LARGE else [mp.inf] * len(right) for right in rights]
        cells = []
        for engine in there:
            found = answers[engine].get(name)
            for first, last in (0, 1), (1, 1 + n), (1 + n, None):
                cells.append("none" if found is None else worst([
                    error(x, right) for answer, exactly in zip(found, rights)
                    for x, right in zip((answer or [None] * len(exactly))[first:last], exactly[first:last])]))
        lines.append(f"| {name} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    if arguments.names == list(OPERATIONS):
        PAGE.write_text(page(there, lines, arguments.points), encoding="utf-8")


def page(engines: list[str], lines: list[str], number: int) -> str:
    """The page of the guide."""
    heads = " | ".join(f"{engine}: value | slopes | second" for engine in engines)
    return f"""# How exact each operation is

The worst error of each operation over {number} points of its whole domain, from 1e-307 to 1e307, near its ends and
where it bends: of its value, of its slopes, of its second derivatives (mixed ones too), in units in the last place of
the exact number, which `mpmath` gave with more than 60 digits. Half a unit is the best that a float can do; 9e15 units
are all of its digits. "3 lost" means that three times an engine had no finite number where there is one. All engines
computed the same points in float64. `make exactness` measures it anew.

| operation | {heads} |
|---|{"---|" * 3 * len(engines)}
{chr(10).join(lines)}
"""


if __name__ == "__main__":
    main()
