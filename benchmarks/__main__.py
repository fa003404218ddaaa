"""Measure all engines that are installed, and write a page of tables for each part to out/bench."""
from __future__ import annotations

import argparse
import json

from benchmarks import frames, inventing, replaying, scaling, starting, tables, training
from benchmarks.batched import REPLAYERS
from benchmarks.peers import ENGINES
from benchmarks.processes import OUT, Process, install, run
from benchmarks.transformer import W3
from benchmarks.workloads import WORKLOADS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

PACKAGES = {package for engine in [*ENGINES.values(), *REPLAYERS.values()] for package in engine.packages} \
    | {package for packages in training.ENGINES.values() for package in packages}
PARTS    = "eager", "transformer", "inventing", "replay", "training", "memory", "scaling", "start", "depth", "frames"
SETTING  = {False: "default collector", True: "tuned collector"}


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all if none is named")
    parser.add_argument("--install", nargs="*", metavar="NAME", help="install all peers, or these, in out/bench/peers")
    parser.add_argument("--engines", default=",".join(ENGINES), metavar="A,B", help="only these: %(default)s")
    parser.add_argument("--rounds", type=int, default=7, help="how often each engine has its turn (%(default)s)")
    parser.add_argument("--steps", type=int, default=20, help="steps of a turn (%(default)s)")
    parser.add_argument("--seconds", type=float, default=1.5, help="a turn ends after these (%(default)s)")
    parser.add_argument("--importtime", action="store_true", help="break the import of engine down by module")
    chosen = parser.parse_args(words)
    for kind, names, known in (("part", chosen.parts, PARTS), ("engine", chosen.engines.split(","), ENGINES)):
        if strange := [name for name in names if name not in known]:
            parser.error(f"no {kind} is called {strange[0]!r}; there are {', '.join(known)}")
    return chosen


def present(names: Sequence[str]) -> list[str]:
    """Those of the engines whose packages are there; the others are named."""
    missing = [name for name in names for package in ENGINES[name].packages
               if run([package], "-c", f"import {package}").returncode]
    if missing:
        print(f"skipped, not installed: {', '.join(missing)}; to install them: make bench ARGS=--install")
    return [name for name in names if name not in missing]


def worker(name: str) -> Process:
    return Process("benchmarks.worker", name, ENGINES[name].packages, ENGINES[name].core)


def checked(names: Sequence[str], works: Iterable[str]) -> dict[str, Process]:
    """A process for each engine, its gradients compared with complex steps."""
    processes = {name: worker(name) for name in names}
    for name, process in processes.items():
        for work in works:
            error = process.ask("check", work)
            if not error < 1e-9:
                raise SystemExit(f"{name}: the gradient of {work} is wrong by {error:.1e}; nothing was timed")
    print("gradients agree with complex steps:", ", ".join(processes))
    return processes


def turn(names: Sequence[str], i: int) -> list[str]:
    """The engines in the order of round i, each round with another one first; the slow ones have one turn in all."""
    return [name for name in [*names[i % len(names):], *names[:i % len(names)]] if not (i and ENGINES[name].slow)]


def eager(chosen: argparse.Namespace, names: Sequence[str]) -> str:
    """The tables of W1 and W2 under both settings of the collector."""
    processes = checked(names, WORKLOADS)
    blocks: dict[tuple[str, bool], dict[str, list[Any]]] = {
        (work, tuned): {name: [] for name in names} for work in WORKLOADS for tuned in SETTING}
    for i in range(chosen.rounds):
        for (work, tuned), found in blocks.items():
            for name in turn(names, i):
                found[name].append(processes[name].ask("block", work, tuned, chosen.steps, chosen.seconds))
        print(f"round {i + 1} of {chosen.rounds}", flush=True)
    for process in processes.values():
        process.end()
    (OUT / "eager.json").write_text(json.dumps([[*key, found] for key, found in blocks.items()]), encoding="utf-8")
    return "\n\n".join([tables.summary(blocks), *(
        f"### {work}, {SETTING[tuned]}\n\nns per op ({WORKLOADS[work].operations():,} a step)\n\n{tables.eager(found)}"
        for (work, tuned), found in blocks.items())])


def transformer(chosen: argparse.Namespace, names: Sequence[str]) -> str:
    """The table of one step of the training of W3."""
    names = [name for name in names if name != "floats"]
    processes = checked(names, ["W3"])
    turns: dict[str, list[Any]] = {name: [] for name in names}
    for i in range(chosen.rounds):
        for name in turn(names, i):
            turns[name].append(processes[name].ask("train", "W3", False, chosen.steps, chosen.seconds))
        print(f"round {i + 1} of {chosen.rounds}", flush=True)
    for process in processes.values():
        process.end()
    return f"ms for one step of {W3.operations():,} operations\n\n{tables.training(turns)}"


def memory(names: Sequence[str]) -> str:
    """The table of bytes per op, and of a million values, each from a process of its own."""
    rows = []
    for name in names:
        if name != "floats":
            found = []
            for work in WORKLOADS:
                process = worker(name)
                found.append(tables.number(process.ask("memory", work)))
                process.end()
            million = scaling.trial(name, "built", 1_000_000)
            found.append(million if isinstance(million, str) else tables.number(million["bytes"]))
            rows.append([ENGINES[name].title, *found, "process" if ENGINES[name].native else "tracemalloc"])
            print(".", end="", flush=True)
    return tables.markdown(["engine", *(f"{work}, bytes per op" for work in WORKLOADS), "MB for 1,000,000 values",
                            "bytes per op as counted by"], rows)


def main(words: Sequence[str] | None = None) -> None:
    chosen = arguments(words)
    if chosen.install is not None:
        return install(chosen.install, PACKAGES)
    OUT.mkdir(parents=True, exist_ok=True)
    names = present(chosen.engines.split(","))
    makers: dict[str, Any] = {
        "eager":   ("Forward, backward and freeing", lambda: eager(chosen, names)),
        "transformer": ("A training step of a transformer", lambda: transformer(chosen, names)),
        "inventing": ("A transformer that invents names",
                      lambda: inventing.report(list(inventing.TRAINERS), chosen.rounds)),
        "replay":  ("Replay", lambda: replaying.report(list(REPLAYERS), chosen.rounds)),
        "training": ("Training to the same loss", lambda: training.report(chosen.rounds)),
        "memory":  ("Memory of a graph", lambda: memory(names)),
        "scaling": ("Large graphs", scaling.linearity),
        "start":   ("Cold starts", lambda: f"{starting.imports(chosen.importtime)}\n\n{starting.gradients(names)}"),
        "depth":   ("Depth", lambda: scaling.depths(names)),
        "frames":  ("Frames of the live page", frames.report),
    }
    for part in chosen.parts or PARTS:
        title, make = makers[part]
        print(f"{title} …", flush=True)
        text = make()
        print(f"\n{text}\n", flush=True)
        (OUT / f"{part}.md").write_text(f"## {title}\n\n{tables.machine()}\n\n{text}\n", encoding="utf-8")
    print(f"written to {OUT}")


if __name__ == "__main__":
    main()
