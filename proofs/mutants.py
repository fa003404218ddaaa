"""Mutation testing: changes the code in one small place, runs the tests that mirror it, and counts who noticed.

    python -m proofs.mutants                     some of each file, at least 500 in all
    python -m proofs.mutants --each 1000         all there are
    python -m proofs.mutants engine/graph.py     of one file
    python -m proofs.mutants --living            those that lived again, with three times as many examples
    python -m proofs.mutants --report            only writes proofs/mutants.md anew

Each mutant runs in a process of its own, in a copy of the tree, until the first test fails. One that hangs, crashes or
exhausts memory is noticed too; one that is no program is not counted. What was found stands in out/mutants.jsonl, and a
run goes on from there; mutants are drawn by their file's name, so that two runs draw the same.
"""
from __future__ import annotations

import argparse
import ast
import importlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proofs.changes import Change, Python, changes_of_python, changes_of_tokens

ROOT   = Path(__file__).parents[1]
FOUND  = ROOT / "out" / "mutants.jsonl"
REPORT = ROOT / "proofs" / "mutants.md"
SECONDS = 120                                        # of the processor, for a mutant; five times as many by the clock
LIVING, KILLED, NO_PROGRAM = 0, 1, 77                # how a mutant's process ends
TABLES = "engine/value.py", "engine/more_rows.py"
COMPILED = "engine/native", "engine/readers/c.py", "engine/readers/braces.py"      # the core is built from them anew
LOADED = "pytest", "hypothesis", "numpy", "mpmath", "graphviz", "py_mini_racer"       # once, for all mutants

E, R, N = "tests/engine/", "tests/engine/readers/", "tests/nn/"
CORE = [f"{E}test_conventions.py", f"{E}test_value.py", f"{E}native/test_class.py", f"{E}test_vectors.py",
        f"{E}test_backward.py", f"{E}native/test_lifetime.py", f"{E}native/test_adversity.py", f"{E}test_laws.py"]
CORE_FILE = f"engine/native/core{sysconfig.get_config_var('EXT_SUFFIX')}"
REPLAY = [f"{E}replay/test_replay.py", f"{E}replay/test_updates.py"]

# What is changed; how many of its mutants run if nobody says; the tests that mirror it, quickest first; on which core.
TARGETS: list[tuple[str, int, list[str], str]] = [
    ("engine/value.py",               90, [f"{E}test_conventions.py", f"{E}test_vectors.py", f"{E}test_value.py",
                                           f"{E}derivatives/test_rows.py",
                                           f"{E}test_vectors_2.py", f"{E}test_backward.py",
                                           f"{E}interop/test_absent.py"], "python"),
    ("engine/more_rows.py",           60, [f"{E}test_more_rows.py", f"{E}test_vectors_2.py"], "python"),
    ("nn/losses.py",                  30, [f"{N}test_loss_arguments.py", f"{N}test_losses.py",
                                           f"{E}text/test_notices.py"], "native"),
    ("engine/op.py",                  40, [f"{E}test_op.py", f"{E}test_rows.py", f"{E}test_value.py",
                                           f"{E}test_conventions.py", f"{E}text"], "python"),
    ("engine/formula.py",             30, [f"{E}test_formula.py", f"{E}test_op.py", f"{E}text/test_calls.py",
                                           f"{R}test_typed.py"], "python"),
    ("engine/pouring.py",             35, [f"{E}test_op.py", f"{E}test_conventions.py", f"{E}test_vectors.py",
                                           f"{E}test_random_rows.py", f"{E}test_rows.py", f"{E}test_value.py",
                                           f"{E}native/test_class.py"], "python"),
    ("engine/graph.py",               30, [f"{E}test_value.py", f"{E}test_backward.py", f"{E}test_graphs.py"],
     "python"),
    *[(f"engine/native/{name}.h",     15, CORE, "native")
      for name in ("backward", "making", "arithmetic", "functions", "fields")],
    ("engine/native/numbers.h",       15, [f"{E}native/test_buffers.py", *CORE], "native"),
    ("engine/readers/c.py",           20, [f"{E}native/test_class.py", f"{E}test_vectors.py", f"{E}test_value.py",
                                           f"{E}test_more_rows.py", f"{E}test_random_rows.py"], "native"),
    ("engine/readers/braces.py",      10, [f"{E}test_vectors.py", f"{R}test_javascript.py", f"{E}test_more_rows.py"],
     "native"),
    ("engine/readers/javascript.py",  20, [f"{R}test_javascript.py"], "python"),
    ("engine/readers/latex.py",       15, [f"{R}test_latex.py", f"{R}test_products.py", f"{E}interop/test_notebook.py",
                                           f"{E}explanation"], "python"),
    ("engine/readers/numbers.py",     25, [f"{R}test_numbers.py", f"{E}test_op.py", f"{E}derivatives"], "python"),
    ("engine/readers/products.py",    20, [f"{R}test_products.py", f"{E}explanation"], "python"),
    ("engine/readers/algebra.py",     10, [f"{R}test_products.py", f"{E}explanation"], "python"),
    ("engine/readers/traits.py",      10, [f"{R}test_traits.py", f"{E}explanation"], "python"),
    ("engine/readers/typed.py",       15, [f"{R}test_typed.py"], "python"),
    ("engine/readers/spellings.py",   10, [f"{R}test_typed.py", f"{E}shell/test_command.py"], "python"),
    ("engine/readers/help.py",         8, [f"{R}test_help.py"], "python"),
    ("engine/readers/causes.py",      10, [f"{E}paths/test_zeros.py", f"{E}explanation"], "python"),
    ("engine/readers/operands.py",    10, [f"{E}explanation", f"{E}test_op.py", f"{E}test_rows.py", f"{E}derivatives",
                                           f"{E}test_random_rows.py"], "python"),
    ("engine/readers/instructions.py", 20, [f"{R}test_instructions.py", *REPLAY], "python"),
    ("engine/readers/unrolled.py",    12, [f"{E}replay/test_source.py", *REPLAY, f"{R}test_latex.py"], "python"),
    ("engine/readers/code.py",        12, [f"{R}test_code.py", *REPLAY], "python"),
    ("engine/live/graph.js",          12, [f"{E}live/test_graph.py", f"{E}live/test_page.py"], "native"),
    ("engine/live/numbers.js",        12, [f"{R}test_javascript.py", f"{E}live/test_page.py"], "native"),
    ("nn/optimisers.py",              45, [f"{N}test_optimiser_arguments.py", f"{N}test_groups.py",
                                           f"{N}test_published_steps.py", f"{N}test_optimisers.py"], "native"),
    ("nn/checkpoints.py",             30, [f"{N}test_earlier_files.py", f"{N}test_checkpoints.py", f"{N}test_files.py",
                                           f"{N}test_remembering.py"], "native"),
    ("nn/files.py",                   12, [f"{N}test_checkpoints.py", f"{N}test_files.py"], "native"),
    ("nn/remembering.py",             15, [f"{N}test_remembering.py", f"{N}test_optimisers.py"], "native"),
    ("engine/testing/checking.py",    30, [f"{E}testing/test_checking.py", f"{E}testing/test_diagnosis.py",
                                           "tests/mutants/test_mutants.py"], "native"),
    ("engine/testing/slopes.py",      40, [f"{E}testing/test_slopes.py", f"{E}testing/test_checking.py",
                                           "tests/mutants/test_mutants.py"], "native"),
    ("engine/testing/kinks.py",       12, [f"{E}testing/test_checking.py", f"{E}testing/test_slopes.py"], "native"),
]


@dataclass
class Mutant:
    """One change of one file."""

    path: str
    change: Change
    title: str
    tests: list[str] = field(default_factory=list)
    core: str = "python"
    row: str = ""                                    # whose formulas are changed: its own tests come first


def rows_in(text: str) -> list[tuple[int, int, str]]:
    """Where each row of a table begins and ends, and its name."""
    python = Python(text)
    parts = [part for table in python.tree.body if isinstance(table, ast.ClassDef) for part in table.body]
    return [(python.start(part), python.end(part), ast.unparse(part.targets[0]).strip("_"))
            for part in parts if isinstance(part, ast.Assign)]


def titled(text: str, change: Change) -> str:
    """A change in its line, without what it leaves as it was: `adjoint[x] += g⟦ * → / ⟧d`."""
    before, after, end = change.before, change.after, change.start + len(change.before)
    if after[:1] == '"' and "\n" in before:          # a formula on several lines comes as one on one line
        with suppress(ValueError, SyntaxError):
            before = '"' + ast.literal_eval(f"({before})") + '"'
    head = len(os.path.commonprefix([before, after]))
    tail = len(os.path.commonprefix([before[head:][::-1], after[head:][::-1]]))
    while head and before[head - 1].isalnum():       # whole words
        head -= 1
    while tail and before[len(before) - tail].isalnum():
        tail -= 1
    left  = text[:change.start].rpartition("\n")[2].lstrip() + before[:head]
    right = before[len(before) - tail:] + text[end:].partition("\n")[0].rstrip()
    there, comes = before[head:len(before) - tail], after[head:len(after) - tail]
    return " ".join(f"{left[-60:]}⟦{there} → {comes}⟧{right[:40]}".split())


def mutants_of(path: str, tests: list[str], core: str) -> list[Mutant]:
    """All mutants of a file, in an order that its name decides."""
    text = (ROOT / path).read_text(encoding="utf-8")
    found = changes_of_python(text) if path.endswith(".py") else changes_of_tokens(text)
    own = [path] if path.endswith(".py") else []     # its doctests
    mutants, titles = [], Counter[str]()
    rows = rows_in(text) if path in TABLES else []
    for change in dict.fromkeys(found):
        title = titled(text, change)
        titles[title] += 1
        times = f" ({titles[title]})" if titles[title] > 1 else ""
        row = next((name for start, end, name in rows if start <= change.start < end), "")
        mutants.append(Mutant(path, change, f"{title}{times}", [*own, *tests], core, row))
    random.Random(path).shuffle(mutants)
    return mutants


# One mutant, in a process of its own ----------------------------------------------------------------------------------

class First:
    """A plugin of pytest: keeps the name of the first test that failed."""

    name = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.name = self.name or (report.nodeid if report.failed else "")

    def pytest_collectreport(self, report: Any) -> None:
        self.name = self.name or (report.nodeid or "as it is imported" if report.failed else "")


def build(tree: Path) -> bool:
    """Pour the rows and compile the core of a tree, without optimising; whether it could be."""
    pour = ("from pathlib import Path; from engine import Value; from engine.readers import c; "
            "Path('rows.h').write_text(c.pour(vars(Value)), encoding='utf-8')")
    flags = ["-O0", "-fPIC", "-shared", "-w", "-ffp-contract=off", "-fno-builtin-sin", "-fno-builtin-cos", "-I.",
             f"-I{sysconfig.get_paths()['include']}"]
    quiet: dict[str, Any] = {"cwd": tree, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    poured = subprocess.run([sys.executable, "-c", pour], env={**os.environ, "GLASSGRAD_CORE": "python"}, **quiet)
    return poured.returncode == 0 and subprocess.run(["cc", *flags, "engine/native/core.c", "-o", CORE_FILE],
                                                     **quiet).returncode == 0


def run(tree: Path, mutant: Mutant, said: Path) -> int:
    """Run a mutant's tests in a tree, here: this process has loaded nothing of the project."""
    os.chdir(tree)
    resource.setrlimit(resource.RLIMIT_DATA, (12 << 30, 12 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    os.environ.update(GLASSGRAD_CORE=mutant.core, CI="1")
    with said.with_suffix(".log").open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    if mutant.path.startswith(COMPILED) and not build(tree):
        said.write_text("as the core is built")
        return KILLED if mutant.path.endswith(".py") else NO_PROGRAM
    sys.path[:] = [str(tree), *[place for place in sys.path if place not in ("", str(ROOT))]]
    import pytest
    first = First()
    options = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    steps = [[f"{E}test_table.py", "-k", mutant.row]] if mutant.row else []
    for step in [*steps, [*mutant.tests, "-k", "not Chromium"]]:
        if code := pytest.main([*options, *step], plugins=[first]):
            break
    said.write_text(first.name)
    return LIVING if code == 0 else KILLED


@dataclass
class Place:
    """A copy of the tree, and the mutant that runs in it."""

    tree: Path
    mutant: Mutant | None = None
    pid: int = 0
    began: float = 0.0
    unchanged: tuple[str, os.stat_result] = None  # type: ignore[assignment]

    def begin(self, mutant: Mutant) -> None:
        """Change the tree and run the mutant's tests in it."""
        file = self.tree / mutant.path
        self.mutant, self.began = mutant, time.monotonic()
        self.unchanged = file.read_text(encoding="utf-8"), file.stat()
        file.write_text(mutant.change.applied(self.unchanged[0]), encoding="utf-8")
        self.said.unlink(missing_ok=True)
        self.pid = os.fork()
        if not self.pid:
            os.setsid()
            code = KILLED
            try:
                sys.dont_write_bytecode = True
                code = run(self.tree, mutant, self.said)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush(), sys.stdout.flush()
                os._exit(code)

    @property
    def said(self) -> Path:
        return self.tree.parent / f"{self.tree.name}.txt"

    def ended(self) -> dict[str, Any] | None:
        """What became of the mutant, once it is over; the tree is as it was."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        late = time.monotonic() - self.began > 5 * SECONDS
        if not pid and not late:
            return None
        if not pid:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        mutant, self.mutant = self.mutant, None
        assert mutant
        text, stat = self.unchanged
        file = self.tree / mutant.path
        file.write_text(text, encoding="utf-8")
        os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        if mutant.path.startswith(COMPILED):
            shutil.copy2(ROOT / CORE_FILE, self.tree / CORE_FILE)
        crashed = os.WIFSIGNALED(status) and f"signal {os.WTERMSIG(status)}"
        said = self.said.read_text() if self.said.exists() else "?"
        by = "it took too long" if late and not pid else crashed or said
        if by == "?":                                # no test has run: that is no mutant's doing
            raise SystemExit(f"{mutant.path}: nothing could be run here\n"
                             f"{self.said.with_suffix('.log').read_text()[-1000:]}")
        code = KILLED if late and not pid or crashed else os.waitstatus_to_exitcode(status)
        return {"path": mutant.path, "title": mutant.title, "code": code, "by": by,
                "seconds": round(time.monotonic() - self.began, 1)}


def copied(folder: Path, i: int) -> Path:
    """A copy of the tree, whose compiled parts do not ask whether they are those of the changed files."""
    tree = folder / f"tree{i}"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", ".venv", "out", "dist", ".hypothesis", "*.pyi"))
    sys.path.insert(0, str(ROOT / "engine" / "native"))
    form = importlib.import_module("sources").form()
    sources = tree / "engine" / "native" / "sources.py"
    text = sources.read_text(encoding="utf-8")
    sources.write_text(text.replace("    return checksum([ENGINE / name for name in FORMED])", f"    return {form}"),
                       encoding="utf-8")
    return tree


def passes(place: Place, mutant: Mutant) -> bool:
    """Whether the tests of a file pass where nothing has changed: else no mutant can be seen."""
    place.begin(Mutant(mutant.path, Change(0, "", ""), "nothing", mutant.tests, mutant.core))
    while (result := place.ended()) is None:
        time.sleep(0.05)
    if result["code"] != LIVING:
        print(f"{mutant.path}: left out, its tests fail without a change: {result['by']}\n"
              f"{place.said.with_suffix('.log').read_text()[-500:]}", flush=True)
    return bool(result["code"] == LIVING)


def results(mutants: list[Mutant], processes: int, until: float, unchecked: bool) -> Iterator[dict[str, Any]]:
    """What became of each mutant, as it ends."""
    for name in LOADED:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        places = [Place(copied(Path(folder), i)) for i in range(processes)]
        passed, waiting = dict[str, bool](), mutants[::-1]
        while waiting or any(place.mutant for place in places):
            for place in places:
                if place.mutant and (result := place.ended()):
                    yield result
                if not place.mutant and waiting and time.monotonic() < until:
                    mutant = waiting.pop()
                    if mutant.path not in passed:
                        passed[mutant.path] = unchecked or passes(place, mutant)
                    if passed[mutant.path]:
                        place.begin(mutant)
            if time.monotonic() >= until:
                waiting = []
            time.sleep(0.02)


# What is said of them -------------------------------------------------------------------------------------------------

def harmless() -> dict[tuple[str, str], str]:
    """The reason of each mutant that may live, by its file and its title: of harmless.txt."""
    found, path, title = {}, "", ""
    for line in (ROOT / "proofs" / "harmless.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            found[path, title] = " ".join([found.get((path, title), ""), line.strip()]).strip()
        elif line.startswith("# "):
            path = line[2:]
        elif line:
            title = line
    return found


def known() -> dict[tuple[str, str], dict[str, Any]]:
    """What was found of each mutant that still is one, the last time it ran."""
    lines = FOUND.read_text(encoding="utf-8").splitlines() if FOUND.exists() else []
    there = {(each.path, each.title) for path, _, tests, core in TARGETS for each in mutants_of(path, tests, core)}
    found = {(each["path"], each["title"]): each for each in map(json.loads, lines)}
    return {key: each for key, each in found.items() if key in there}


def report() -> int:
    """Writes the report; how many live without a reason."""
    found, reasons, rows, open_ones = known(), harmless(), [], 0
    ran = [each for each in found.values() if each["code"] != NO_PROGRAM]
    living = {key for key, each in found.items() if each["code"] == LIVING}
    for path, _, tests, core in TARGETS:
        here = [each for each in ran if each["path"] == path]
        if here:
            alive = len([each for each in here if each["code"] == LIVING])
            rows.append(f"| `{path}` | {len(mutants_of(path, tests, core))} | {len(here)} | {len(here) - alive} "
                        f"| {alive} |")
    alive = len(living)
    lines = ["# Mutants", "",
             "Written by `make mutants`, which changes the code in one small place and runs the tests that mirror it:",
             "operators, comparisons, constants, terms and branches left out, operands exchanged; in Python, in the",
             "formulas quoted there, in C and in JavaScript. proofs/mutants.py says which tests those are.", "",
             f"{len(ran)} mutants ran; {len(ran) - alive} were noticed, {alive} live.", "",
             "| file | there are | ran | noticed | live |", "|---|---|---|---|---|", *rows, "",
             "## Those that live", ""]
    for path, *_ in TARGETS:
        here = sorted(title for place, title in living if place == path)
        lines += [f"`{path}`", ""] if here else []
        for title in here:
            why = reasons.get((path, title), "")
            open_ones += not why
            lines.append(f"- `{title}`: {why or '**no reason is known**'}")
        lines += [""] if here else []
    REPORT.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    print(f"{lines[6]} {open_ones} of them without a reason. The report is in {REPORT.relative_to(ROOT)}")
    return open_ones


def chosen(arguments: argparse.Namespace) -> list[Mutant]:
    """The mutants that are to run."""
    found, mutants = known(), []
    for path, number, tests, core in TARGETS:
        if not arguments.files or path in arguments.files:
            every = mutants_of(path, tests, core)
            if arguments.living:
                every = [each for each in every if found.get((path, each.title), {}).get("code") == LIVING]
            else:
                every = [each for each in every[:arguments.each or number] if (path, each.title) not in found]
            mutants += every
    random.Random(0).shuffle(mutants)                # some of each file, also where there is no time for all
    return mutants


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m proofs.mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", help="the files to change; all that there are tests for if none is named")
    parser.add_argument("--each", type=int, default=0, help="how many mutants of each file, instead of some")
    parser.add_argument("--living", action="store_true", help="only those that lived")
    parser.add_argument("--report", action="store_true", help="only write the report")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin none later than that")
    parser.add_argument("--unchecked", action="store_true", help="trust that all tests pass without a change")
    arguments = parser.parse_args()
    if not arguments.report:
        os.environ["HYPOTHESIS_PROFILE"] = "default" if arguments.living else "few"
        mutants = chosen(arguments)
        print(f"{len(mutants)} mutants are to run", flush=True)
        FOUND.parent.mkdir(exist_ok=True)
        until = time.monotonic() + arguments.seconds
        if mutants:
            with FOUND.open("a", encoding="utf-8") as file:
                for each in results(mutants, arguments.processes, until, arguments.unchecked):
                    file.write(json.dumps(each, ensure_ascii=False) + "\n")
                    file.flush()
                    if each["code"] == LIVING:
                        print(f"lives: {each['path']}: {each['title']}", flush=True)
    return int(report() > 0)


if __name__ == "__main__":
    sys.exit(main())
