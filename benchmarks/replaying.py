"""R1, R2 and R3, value and gradient over many rows: replays beside C by hand and the peers' compiled and batched forms.

R1 is the softmax cross-entropy of a 2-8-3 network, R2 that of the lesson's 2-2-3, R3 the max-margin loss of 2-16-16-1.
`python -m benchmarks replay` measures in one run, `python -m benchmarks.replaying NAME ...` only some: each engine in a
process of its own, all taking turns, after its gradient was compared with that of the scalar C, or without a C compiler
of glassgrad's replay.
"""
from __future__ import annotations

import sys
from statistics import median
from time import perf_counter, process_time

from benchmarks.batched import REPLAYERS
from benchmarks.processes import Process, serve
from benchmarks.replayers import SIZES, WORKS, rows_of
from benchmarks.tables import machine, markdown, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

ROUNDS, SECONDS = 7, 0.15                            # turns of each engine, and how long one lasts, about
HOW = "Value and gradient, one thread, processor time, medians of turns taken one after the other."


def measure(engine: Any, loss: str, n: int, seconds: float) -> Any:
    """Without a time: the sum and its gradient, and the seconds to the first result; else ns for each row."""
    if not seconds:
        rows, start = rows_of(WORKS[loss], n), perf_counter()
        run = engine.prepare(WORKS[loss], rows)
        found = run()
        first = perf_counter() - start
        return [*engine.numbers(run, found), first]
    run = engine.prepared(WORKS[loss], n)
    start, times = process_time(), 0                 # of the processor: others may be at work on the machine
    while process_time() - start < seconds or not times:
        times += engine.repeat(run, n)
    return (process_time() - start) / times / n * 1e9


def agree(found: Any, expected: Any) -> bool:
    """Whether a sum and its gradient are those expected."""
    pairs = [(found[0], expected[0]), *zip(found[1], expected[1], strict=True)]
    size = max(map(abs, expected[1]))
    return all(abs(a - b) <= 1e-9 * max(abs(b), size) for a, b in pairs)


def tired(name: str, n: int, before: Sequence[float] | None) -> bool:
    """Whether a slow engine has had its turns: one, where n rows take longer than a turn is to last."""
    return bool(before) and REPLAYERS[name].slow and before[-1] * n * 1e-9 > SECONDS


def report(names: Sequence[str], rounds: int = ROUNDS) -> str:
    """The table, in ns for each row, and what the ratios are."""
    processes = {name: Process("benchmarks.replaying", name, REPLAYERS[name].packages) for name in names}
    there = [name for name in names if not processes[name].absent]
    for name in names:
        if name not in there:
            print(f"skipped, not here: {name} ({processes[name].absent[:90]})")
    cases = [(loss, n) for loss in WORKS for n in SIZES]
    firsts: dict[str, float] = {}
    expected: dict[Any, Any] = {}
    for name in there:
        for case in cases:
            if case[1] <= REPLAYERS[name].most:
                found = processes[name].ask(*case, 0)
                if not agree(found, expected.setdefault(case, found)):
                    raise SystemExit(f"{name}: the gradient of {case} is wrong; nothing was timed")
                firsts.setdefault(name, found[2])
    print("gradients agree:", ", ".join(there), flush=True)
    times: dict[Any, list[float]] = {}
    for i in range(rounds):
        for case in cases:
            for name in [*there[i % len(there):], *there[:i % len(there)]]:
                if case[1] <= REPLAYERS[name].most and not tired(name, case[1], times.get((name, case))):
                    times.setdefault((name, case), []).append(processes[name].ask(*case, SECONDS))
        print(f"round {i + 1} of {rounds}", flush=True)
    for process in processes.values():
        process.end()
    found = {key: median(some) for key, some in times.items()}
    head = ["ns per row", *(f"{loss} {n:,}" for loss, n in cases), "first result of R1, ms"]
    rows = [[REPLAYERS[name].title, *(number(found.get((name, case))) for case in cases),
             number(1e3 * firsts[name])] for name in there]
    ratios = [[REPLAYERS[name].title, *(number(found[name, case] / found["glassgrad", case])
                                        if (name, case) in found else "–" for case in cases)] for name in there]
    return "\n\n".join([HOW, markdown(head, rows), markdown(["times as long as the replay", *head[1:-1]], ratios)])


def main(names: Sequence[str]) -> None:
    print(f"{machine()}\n\n{report(names or list(REPLAYERS))}")


if __name__ == "__main__":
    if len(sys.argv) == 2 and not sys.stdin.isatty() and sys.argv[1] in REPLAYERS:
        serve(REPLAYERS[sys.argv[1]], measure)
    else:
        main(sys.argv[1:])
