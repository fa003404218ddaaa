"""Fuzzing: hostile formulas, files, pickles, labels, words, rows and arguments, for a stated time.

    python -m proofs.fuzz                    20 seconds for each kind
    python -m proofs.fuzz --seconds 600 formulas checkpoints
    python -m proofs.fuzz --sanitized        in a copy of the tree whose C runs under ASan and UBSan

Promised for each: an answer, or one of the errors that are meant for people; never another error, a crash, a hang of 10
seconds; nothing that was given is evaluated: no program is started, nothing is connected to, no module of a given name
is loaded. What is found is printed with the number that draws it again (`--seed`).
"""
from __future__ import annotations

import argparse
import contextlib
import faulthandler
import io
import os
import pickle
import pickletools
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT  = Path(__file__).parents[1]
HANG  = 10.0                                         # seconds
MEANT = ValueError, TypeError, ArithmeticError, SyntaxError          # what errors are, or are kinds of
EVIL  = ["os.system", "subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn", "socket.connect"]
PARTS = [
    "x", "y", "z", "b", "1", "0", "1e308", "-", "+", "*", "/", "**", "(", ")", " if ", " else ", "<", "==", " and ",
    "exp(", "log(", "sum(", "others(", "rest(", "max(", "sigmoid(", ",", "x)", "__import__('os').system('true')",
    ".__class__", "[0]", "lambda: ", "f'{x}'", ":=", "\n", "\0", "é", "𝐱", "²", "0x", "1_0", "1e", "\\", "#", "'", "w",
    "**" * 9, "(" * 50, "-" * 200, "9" * 400, "True", "nan", "await ", "x;", "@", "~", "//", "%", "{", "}"]
ODD = [b"1e999", b"NaN", b"null", b"[", b"{}", b"\"", b"-1", b"9" * 500, b"true"]
WORDS = ["x=1", "y=2", "w=0", "x=nan", "x", "=", "x=1e999", "L=1", "if=1", "--wrt", "x", "-o", "a.exe", "--detail",
         "path", "--help", "--theme", "dark", "--title"]
TEXTS = [
    "", "a", "</script><script>alert(1)</script>", "\"]; digraph {", "<b>", "{|}", "\\N\\n", "%s{0}", "\u202e", "\0",
    "\ud800", "é" * 300, "𝐱", "a\nb", "$\\input{/etc/passwd}$", "__proto__", "'; DROP", "&amp;", "x + y", "-0.0"]


class Hang(BaseException):
    """A trial that did not end."""


def broken(text: bytes, draw: random.Random) -> bytes:
    """Some bytes changed in a few places."""
    found = bytearray(text)
    for _ in range(draw.randint(1, 4)):
        i, n = draw.randrange(len(found) + 1), draw.randint(0, 8)
        match draw.randrange(5):
            case 0: found[i:i + 1] = bytes([draw.randrange(256)])
            case 1: del found[i:i + n]
            case 2: found[i:i] = found[i - n:i] * draw.choice([1, 1, 100])
            case 3: found[i:i + n] = draw.choice(ODD)
            case 4: del found[i:]
    return bytes(found)


def phrase(draw: random.Random, parts: list[str]) -> str:
    return "".join(draw.choices(parts, k=draw.randint(1, draw.choice([3, 8, 40]))))


# The kinds ------------------------------------------------------------------------------------------------------------

def formulas() -> Callable[[random.Random], None]:
    from engine import Op
    from engine.formula import Formula
    from engine.readers import c, javascript, latex

    def trial(draw: random.Random) -> None:
        text = phrase(draw, PARTS)
        Formula(text)
        row = Op(text, *draw.choices(["1", "y", "z", text], k=draw.choice([1, 2])), name="fuzzed")
        try:
            row(draw.choice([0.5, -2.0, 1e300]), *[2.0] * (row.arity - 1))
        finally:
            Op.table.pop("fuzzed", None)
    assert c and javascript and latex
    return trial


def typed() -> Callable[[random.Random], None]:
    """The formulas of users, as the command line takes them."""
    from engine.shell.command import main

    def trial(draw: random.Random) -> None:
        right = draw.choice(["x * y", "log(x) + w", "softmax([x, y], 0)"])
        words = [draw.choice([right, phrase(draw, PARTS)]), *draw.choices([*WORDS, *TEXTS], k=draw.randint(0, 6))]
        if "-h" in words or any(word.endswith((".svg", ".html")) for word in words):
            return
        with contextlib.suppress(SystemExit):
            assert main(words) in (0, 1, 2)
    return trial


def checkpoints() -> Callable[[random.Random], None]:
    from nn import MLP, Adam, load, save
    folder = Path(tempfile.mkdtemp())
    model  = MLP(2, [2, 1], seed=1)
    rule   = Adam(model.parameters(), lr=0.1)
    save(model, folder / "whole.json", rule)
    whole  = (folder / "whole.json").read_bytes()

    def state() -> Any:
        return [p.data for p in model.parameters()], rule.state_dict()

    def trial(draw: random.Random) -> None:
        (folder / "broken.json").write_bytes(broken(whole, draw))
        before = state()
        try:
            load(model, folder / "broken.json", rule)
        except MEANT:
            assert state() == before, "an error left a half"
        load(model, folder / "whole.json", rule)
    return trial


class Closed(pickle.Unpickler):
    """Loads nothing but what a pickle of Values names: pickles that name other things are not ours to make safe."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("engine.interop") or module == "builtins" and name in ("tuple", "list"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")


def pickles() -> Callable[[random.Random], None]:
    from engine import Value, exp
    x = Value(2.0, "x")
    whole = [pickle.dumps(exp(x * x) + x, protocol) for protocol in range(2, 6)]

    def trial(draw: random.Random) -> None:
        text = broken(draw.choice(whole), draw)
        if roomy(text):
            return
        try:
            found = Closed(io.BytesIO(text)).load()
        except (pickle.UnpicklingError, EOFError, AttributeError, IndexError, KeyError, MemoryError, *MEANT):
            return                                   # pickle's own
        if isinstance(found, Value):
            found.backward()
            repr(found)
    return trial


def roomy(text: bytes) -> bool:
    """Whether a pickle asks Python itself for gigabytes before anything of ours is called."""
    with contextlib.suppress(Exception):             # how it ends is no matter
        for code, number, _ in pickletools.genops(text):
            if code.name == "LONG_BINPUT" and number > 10 ** 6:
                return True
    return False


def labels() -> Callable[[random.Random], None]:
    from engine import Value, draw as drawn, explain, table, walkthrough

    def page(name: str, other: str, whole: bool) -> Any:
        x, y = Value(2.0, name), Value(3.0, other)
        z = x * y + x
        z.label = other
        z.backward()
        str(table(z)), str(explain(z, x)), str(drawn(z, wrt=x, title=name).source)
        if not whole:                                # which Graphviz has to lay out
            return usual
        html = walkthrough(z, x, title=name, live=False).html
        return html.count("<script"), html.count("</script")
    usual = page("x", "y", True)

    def trial(draw: random.Random) -> None:
        assert page(phrase(draw, TEXTS), phrase(draw, TEXTS), draw.random() < 0.05) == usual, "a label became markup"
    return trial


def odd_rows(draw: random.Random, width: int) -> Any:
    """Rows of some form: right ones, and others."""
    import numpy as np
    n = draw.choice([0, 1, 2, 7, 200])
    matrix = np.array([[draw.uniform(-3, 3) for _ in range(width)] for _ in range(n)], dtype=float).reshape(n, width)
    match draw.randrange(14):
        case 0: return matrix[::-1]
        case 1: return np.asfortranarray(matrix)
        case 2: return matrix.astype(draw.choice(["f4", "i8", "i1", "u1", "f2", ">f8", "O", "c16", "?", "U5", "f16"]))
        case 3: return matrix[:, :1]
        case 4: return np.hstack([matrix, matrix])[:, ::2][:, :width]
        case 5: return matrix.tolist()
        case 6: return [row[:draw.randint(0, width)] for row in matrix.tolist()]
        case 7: return memoryview(matrix) if n else matrix
        case 8: return array("d", matrix.ravel())
        case 9: return np.lib.stride_tricks.as_strided(matrix, (n, width), (0, 8)) if n else matrix
        case 10: return [[draw.choice([1, "a", None, 1e400, float("nan"), 10 ** 400, True, b"1", []])] * width] * n
        case 11: return np.where(matrix > 2, np.nan, matrix)
        case 12: return bytes(8 * n * width)
    return np.zeros((n, width, 1))


def rows() -> Callable[[random.Random], None]:
    from engine import Replay, Value, exp
    x, y, w = Value(0.5, "x"), Value(1.0, "y"), Value(2.0, "w")
    z = exp(x * w) / (1.0 + exp(y)) + w
    replays = [Replay(z, inputs=[x, y], backend=backend, threads=threads)
               for backend, threads in (("native", 1), ("native", 2), ("numpy", 1), ("python", 1))]

    def trial(draw: random.Random) -> None:
        given, found = odd_rows(draw, 2), []
        for replay in replays:
            try:
                found.append([float(n) for n in replay(given)])
                replay.gradient(given)
            except MEANT as error:
                found.append([type(error).__name__])
        plain = [each for each in found if not each or isinstance(each[0], float)]
        assert len(plain) in (0, len(found)), f"some backends refuse what others take: {found}"[:300]
        for each in plain:
            assert len(each) == len(plain[0])
            assert all(abs(a - b) <= 1e-12 * abs(a) for a, b in zip(plain[0], each)), f"{plain}"[:300]
    return trial


def arguments() -> Callable[[random.Random], None]:
    """What C is called with, of any kind and size: what Python would never hand on too."""
    import numpy as np
    from engine import Value
    from engine.native import name
    if name != "native":
        raise ImportError("the compiled core does not run here")
    from engine.native import blocks, core

    def anything(draw: random.Random) -> Any:
        n = draw.choice([0, 1, 3, 8, 64])
        return draw.choice([
            None, 0, 1, -1, n, 2 ** 31, 2 ** 63, -2 ** 63, 0.5, float("nan"), "", "x", "plain", b"", bytes(8 * n),
            bytes(n), bytearray(8 * n), array("d", [1.0] * n), array("I", range(n)), array("i", range(-1, n)),
            array("f", [1.0] * n), np.zeros(n), np.zeros((n, 2)), np.zeros((n, 2))[::-1], np.zeros((2, n), order="F"),
            np.zeros(n, "i4"), memoryview(array("d", [1.0] * n)), Value(1.0), [Value(1.0)] * n,
            tuple([Value(2.0) for _ in range(n)]), [], (), [[1.0] * 2] * n, [[1.0], [2.0, 3.0]], [["a"]], {}, object(),
            int, lambda *_: None, [1.0] * n, (1.0,) * n])
    entries = [entry for module, names in ((core, ("bound", "read", "write")), (blocks, (
        "load", "words", "perform", "joined", "total", "measures", "gradient", "update", "listed", "apply")))
        for entry in [getattr(module, each) for each in names]]
    made = programs()

    def trial(draw: random.Random) -> None:
        entry = draw.choice(entries)
        given = [anything(draw) for _ in range(draw.choice([1, 2, 3, 4, 5, 6, 7, 8]))]
        if draw.random() < 0.7:
            given[0] = draw.choice(made)
        if entry is core.bound:
            given = given[:1]
        with contextlib.suppress(BufferError, *MEANT):
            entry(*given)
    return trial


def programs() -> list[Any]:
    """Some loaded programs."""
    from engine import Replay, Value, exp
    x, w = Value(0.5, "x"), Value(2.0, "w")
    found = []
    for z in (x * w, exp(x * w) + x, Value.softmax([x, w, x * w], 1)):
        replay = Replay(z, inputs=[x], backend="native")
        replay([[1.0]])                              # chooses what runs it
        found += [replay.runner.program(False), replay.runner.program(True)]
    return found


KINDS: dict[str, Callable[[], Callable[[random.Random], None]]] = {
    "formulas": formulas, "typed": typed, "checkpoints": checkpoints, "pickles": pickles, "labels": labels,
    "rows": rows, "arguments": arguments}


# Trials ---------------------------------------------------------------------------------------------------------------

class Watch:
    """Notes what must not happen while something is tried."""

    def __init__(self) -> None:
        self.on, self.seen = False, list[str]()
        sys.addaudithook(self.noted)

    def noted(self, event: str, given: tuple[Any, ...]) -> None:
        if self.on and event in EVIL:
            self.seen.append(f"{event}{given!r}"[:200])


def hung(*_: Any) -> None:
    raise Hang


def fuzzed(kind: str, seconds: float, seed: int, watch: Watch) -> tuple[int, int]:
    """How many trials there were of a kind in so many seconds, and how many broke a promise."""
    trial, tried, found = KINDS[kind](), 0, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        number = seed + tried
        signal.setitimer(signal.ITIMER_REAL, HANG)
        watch.on, before = True, len(watch.seen)
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                trial(random.Random(f"{kind} {number}"))
        except MEANT:
            pass
        except (Exception, Hang) as error:
            found += 1
            print(f"{kind} {number}: {type(error).__name__}: {str(error)[:300]}", flush=True)
        finally:
            watch.on = False
            signal.setitimer(signal.ITIMER_REAL, 0)
        if len(watch.seen) > before and kind != "labels":              # those call Graphviz
            found += 1
            print(f"{kind} {number}: {watch.seen[before:]}", flush=True)
        tried += 1
    print(f"{kind}: {tried} tried in {seconds:.0f} s, {found} found", flush=True)
    return tried, found


GROWING: dict[str, Callable[[int], str]] = {
    "a long sum": lambda n: " + ".join(["x"] * n), "brackets": lambda n: "(" * n, "signs": lambda n: "-" * n + "x",
    "digits": lambda n: "9" * n, "calls": lambda n: "exp(" * n, "blanks": lambda n: " " * n + "x",
    "names": lambda n: "x" * n}


def grows() -> int:
    """How many hostile texts take more than linear time, eight times as long a text at most 24 times as long a time."""
    from engine.formula import Formula
    from engine.readers.typed import parse
    from engine import Value
    found = 0
    for name, text in GROWING.items():
        for reader in (Formula, lambda text: parse(text, {"x": Value(1.0)})):
            short, long = [min(timed(reader, text(n)) for _ in range(3)) for n in (2000, 16000)]
            if long > 24 * short + 0.1:
                found += 1
                print(f"{name}: {short:.3f} s for 2,000, {long:.3f} s for 16,000")
    print(f"linear time: {2 * len(GROWING)} tried, {found} found")
    return found


def timed(act: Callable[[str], Any], text: str) -> float:
    start = time.process_time()
    with contextlib.suppress(RecursionError, *MEANT):
        act(text)
    return time.process_time() - start


def sanitized(words: list[str]) -> int:
    """Run the same in a copy of the tree that is built under ASan and UBSan, each node memory of its own."""
    def library(name: str) -> str:
        return subprocess.run(["cc", f"-print-file-name={name}"], capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", ".venv", "out", "*.so"))
        flags, setup = "-fsanitize=address,undefined", tree / "setup.py"
        setup.write_text(setup.read_text(encoding="utf-8").replace('"-O3"', '"-O0"').replace('"-O2"', '"-O0"'),
                         encoding="utf-8")           # optimising all that the sanitizers add takes half an hour
        print("Building the core under ASan and UBSan, which takes some minutes", flush=True)
        built = subprocess.run([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], cwd=tree, env={
            **os.environ, "CFLAGS": f"-DKEPT=0 -g {flags}", "LDFLAGS": flags}, capture_output=True, text=True)
        if not [*tree.glob("engine/native/core*.so")]:
            print(f"it could not be built: {built.stderr[-500:]}")
            return 1
        return subprocess.run([sys.executable, "-m", "proofs.fuzz", *words], cwd=tree, env={
            **os.environ, "LD_PRELOAD": f"{library('libasan.so')} {library('libubsan.so')}", "PYTHONMALLOC": "malloc",
            "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
            "UBSAN_OPTIONS": "halt_on_error=1"}).returncode


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m proofs.fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kinds", nargs="*", help=f"of {', '.join(KINDS)}; all if none is named")
    parser.add_argument("--seconds", type=float, default=20.0, help="for each kind")
    parser.add_argument("--seed", type=int, default=0, help="the number of the first trial")
    parser.add_argument("--sanitized", action="store_true", help="in C under ASan and UBSan")
    asked = parser.parse_args()
    if asked.sanitized:
        return sanitized([*asked.kinds, "--seconds", str(asked.seconds), "--seed", str(asked.seed)])
    faulthandler.enable()
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, hung)
    watch, found = Watch(), 0
    for kind in asked.kinds or KINDS:
        try:
            found += fuzzed(kind, asked.seconds, asked.seed, watch)[1]
        except ImportError as error:
            print(f"{kind}: not tried: {error}")
    return int(found + (0 if asked.kinds else grows()) > 0)


if __name__ == "__main__":
    sys.exit(main())
