"""Programs for both cores: what a process with one core finds, to be compared with what the other finds.

A program is a list of steps, each of them data. In `["number", 2.0]`, `["call", "softmax", [[0, 1, 3.5], 1]]` (a method
of Value) and `["operator", "add", [0, "None"]]` a whole number stands for the value of that step, a float for itself, a
text for what Python makes of it; `["backward", 3]` and `["zero", 3]` name a step; `["case", expression, inputs]` is one
of tests/data. A process that runs this module reads one program a line and answers each with one line.
"""
from __future__ import annotations

import json
import operator
import os
import subprocess
import sys
from fractions import Fraction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MINE = {                                             # rows that a user sets on the class at run time
    "cube":       ("x ** 3", "3 * x ** 2"),
    "length":     ("sqrt(x * x + y * y)", "x / z", "y / z"),
    "__mod__":    ("x - y * floor(x / y)", "1", "-floor(x / y)"),
    "middle":     ("sum(softmax(y) * (y - min(y)))", "softmax(x)"),
    "above":      ("x - min(y)", "1 - (x == min(y))", "-(y == min(y))"),
    "squares":    ("sum((x - y) * (x - y)) + b", "2 * (x - y)", "2 * (y - x)", "1"),
}


def exact(x: float | None) -> str:
    return "none" if x is None else x.hex()


def run(program: list[list[Any]]) -> list[Any]:
    """What each step gives: numbers in hexadecimal to the last bit, errors by class and text; then all grads."""
    from engine import Value
    values: list[Any] = []
    found: list[Any] = []
    for kind, *rest in program:
        try:
            result = {"number": Value, "call": call, "operator": apply, "case": case,
                      "backward": lambda i: values[i].backward(), "zero": lambda i: values[i].zero_grad(),
                      }[kind](*[operand(x, values) for x in rest] if kind in ("call", "operator") else rest)
        except Exception as error:                   # the very text is compared
            values.append(1.5)
            found.append([type(error).__name__, str(error)])
        else:
            values.append(result)
            found.append(described(result))
    return [*found, [exact(v.grad) for v in values if isinstance(v, Value)]]


def operand(x: Any, values: list[Any]) -> Any:
    if type(x) is list:
        return [operand(part, values) for part in x]
    if type(x) is str and not x.isidentifier() or x in ("None", "True"):
        return eval(x, {"Fraction": Fraction})
    return values[x] if type(x) is int else x


def call(name: str, operands: list[Any]) -> Any:
    from engine import Value
    return getattr(Value, name)(*operands)


def apply(name: str, operands: list[Any]) -> Any:
    return getattr(operator, name)(*operands)


def case(expression: str, inputs: dict[str, float]) -> Any:
    """The value, the gradient by backward, and the Hessian."""
    from engine import gradient
    from tests.engine.cases import computed
    leaves, z = computed({"expr": expression, "inputs": inputs})
    z.backward()
    second = [gradient(slope, leaves.values()) for slope in gradient(z, leaves.values())]
    return [exact(z.data), *[exact(x.grad) for x in leaves.values()], *[exact(h.data) for row in second for h in row]]


def described(result: Any) -> Any:
    from engine import Value
    if not isinstance(result, Value):
        return exact(result) if isinstance(result, float) else repr(result)
    parents = [[exact(v.data), v.constant] for v in result.parents]
    return [exact(result.data), parents, [*map(exact, result.partials)], result.index, result._op, repr(result)]


class Process:
    """A process in which one core runs programs."""

    def __init__(self, core: str) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=self.environment(core))

    @staticmethod
    def environment(core: str) -> dict[str, str]:
        return {**os.environ, "GLASSGRAD_CORE": core}

    def ask(self, program: list[list[Any]]) -> None:
        assert self.process.stdin
        print(json.dumps(program), file=self.process.stdin, flush=True)

    def answer(self) -> list[Any]:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())  # type: ignore[no-any-return]

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def main() -> None:
    from engine import Op, Value
    for name, texts in MINE.items():
        setattr(Value, name, Op(*texts))
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
