"""Programs for both cores: what a process with one core finds, to be compared with what the other finds.

A program is a list of steps, each of them data: `["number", 2.0]`, `["row", "softmax", [[0, 1, 3.5], 1]]` (a whole
number stands for the value of that step, a float for itself, except where a row takes an index), `["backward", 3]`,
`["zero", 3]`. A process that runs this module reads one program a line and answers each with one line.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def exact(x: float | None) -> str:
    return "none" if x is None else x.hex()


def run(program: list[list[Any]]) -> list[Any]:
    """What each step gives: numbers in hexadecimal to the last bit, errors by class and text; then all grads."""
    from engine import Op, Value
    values: list[Any] = []
    found: list[Any] = []

    def operand(x: Any) -> Any:
        return values[x] if type(x) is int else [operand(part) for part in x] if type(x) is list else x

    for kind, *rest in program:
        try:
            if kind == "number":
                result = Value(rest[0])
            elif kind == "row":
                name, given = rest
                index = given[1:] if Op.table[name].one else []
                result = getattr(Value, name)(*map(operand, given[:-1] if index else given), *index)
            elif kind == "method":
                result = getattr(Value, f"__{rest[0]}__")(*map(operand, rest[1]))
            else:
                result = getattr(values[rest[0]], {"backward": "backward", "zero": "zero_grad"}[kind])()
        except Exception as error:                   # the very text is compared
            values.append(1.5)
            found.append([type(error).__name__, str(error)])
        else:
            values.append(result)
            found.append(described(result))
    return [*found, [exact(v.grad) for v in values if isinstance(v, Value)]]


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

    def __call__(self, program: list[list[Any]]) -> list[Any]:
        assert self.process.stdin and self.process.stdout
        print(json.dumps(program), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())  # type: ignore[no-any-return]

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
