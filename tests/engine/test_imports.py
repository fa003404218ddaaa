"""Imports point one way, `import engine` is light, and the core computes on its own."""
from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ("errors", "formula", "op", "graph", "value")
SEES = {                                             # what each room may import of the project
    "errors":      ("sentences",),                                                      # in a function
    "formula":     ("errors",),
    "op":          ("errors", "formula", "kinds"),                                      # the last in a function
    "graph":       (),
    "value":       ("errors", "graph", "op", "derivatives"),                            # the last in a function
    "kinds":       ("errors", "formula", "op"),
    "sentences":   ("errors", "naming", "value"),
    "copies":      ("graph", "op", "value"),
    "derivatives": ("errors", "formula", "graph", "kinds", "op", "value"),
}


def imports(path: Path, top: bool = False) -> set[str]:
    """The project's modules that a file imports when it runs: `op` for engine.op; with `top` not inside functions."""
    tree = ast.parse(path.read_text())
    inside = [node for block in ast.walk(tree) if isinstance(block, (ast.FunctionDef, ast.If)) and (
              top or isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING")
              for node in ast.walk(block)]
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node not in inside]
    names = {name for node in found if node.module for name in (
             [f"engine.{part.name}" for part in node.names] if node.module == "engine" else [node.module])}
    return {name for name in names if name.split(".")[0] in ("engine", "nn", "demos")}


@pytest.mark.parametrize("room", SEES)
def test_the_core_imports_one_way(room: str) -> None:
    seen = {name.removeprefix("engine.") for name in imports(ROOT / "engine" / f"{room}.py")}
    assert seen <= set(SEES[room])


def test_when_the_core_loads_each_room_sees_only_those_before_it() -> None:
    for i, room in enumerate(CORE):
        seen = {name.removeprefix("engine.") for name in imports(ROOT / "engine" / f"{room}.py", top=True)}
        assert seen <= set(CORE[:i])


def test_the_engine_knows_neither_nn_nor_demos() -> None:
    for path in (ROOT / "engine").rglob("*.py"):
        assert not [name for name in imports(path) if name.split(".")[0] in ("nn", "demos")], path
    for path in (ROOT / "nn").rglob("*.py"):
        assert not [name for name in imports(path) if name.split(".")[0] == "demos"], path


def run(code: str, folder: Path, *options: str) -> str:
    """What a fresh Python prints for the code, run in a folder."""
    command = [sys.executable, *options, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8",
                          env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_engine_pulls_in_nothing_but_the_standard_library() -> None:
    loaded = run("import sys; old = set(sys.modules); import engine, nn; print(*(set(sys.modules) - old))", ROOT)
    strange = {name.split(".")[0] for name in loaded.split()} - set(sys.stdlib_module_names) - {"engine", "nn"}
    assert not strange
    late = {"picture", "testing", "listing", "derivatives", "kinds", "naming", "sentences", "copies", "notebook"}
    assert not {f"engine.{room}" for room in late} & set(loaded.split())


NO_GRAPHVIZ = "import sys; sys.modules['graphviz'] = None; "


def test_without_the_package_graphviz_all_but_the_pictures_works() -> None:
    assert "∂y/∂x" in run(NO_GRAPHVIZ + "from engine import *; x = Value(2.0); y = x * x; print(explain(y, x))", ROOT)
    assert "Value" in run(NO_GRAPHVIZ + "from engine.console import namespace; print(*namespace())", ROOT)
    try_it = "from engine import Value, draw\ntry: draw(Value(1.0))\nexcept ImportError as error: print(error)"
    assert run(NO_GRAPHVIZ + "\n" + try_it, ROOT) == "pictures need the package graphviz: pip install graphviz\n"


LESSON = """
from engine.value import Value
relu, exp, log = Value.relu, Value.exp, Value.log
b3, losses = Value(-2.0), []
for petal, sepal, species in [(0.04, 0.42, 0), (1.0, 0.54, 2), (0.5, 0.37, 1)]:
    h1 = relu(-2.5 * Value(petal) + 0.6 * Value(sepal) + 1.6)
    h2 = relu(-1.5 * Value(petal) + 0.4 * Value(sepal) + 0.7)
    z = [-0.1 * h1 + 1.5 * h2 + b3, 2.4 * h1 - 5.2 * h2, -2.2 * h1 + 3.7 * h2 + 1]
    exps = [exp(x) for x in z]
    losses.append(-log(exps[species] / (exps[0] + exps[1] + exps[2])))
total = losses[0] + losses[1] + losses[2]
total.backward()
print(total.data, b3.grad)
"""


REFUSED = """
from engine.value import Op, Value
zero, large = Value(0.0, "p"), Value(800.0)
for asked in (lambda: zero.log(), lambda: large / zero, lambda: large.exp(), lambda: zero ** -1, lambda: Value("3"),
              lambda: Value(True), lambda: Value(float("inf")), lambda: zero + None, lambda: Value.maximum([]),
              lambda: float(zero), lambda: Op("x.real", "1"), lambda: Value.dot([zero], []), lambda: bool(large)):
    try:
        asked()
    except Exception as error:
        print(type(error).__name__, error)
"""
SAID = """\
ValueError log needs x > 0
ZeroDivisionError truediv needs y != 0
OverflowError exp overflows, its result would lie beyond 1.8e308
ZeroDivisionError pow needs x > 0 or x == 0 <= y or x < 0 and y == floor(y)
TypeError Value(data) needs a real number; '3' is a str
TypeError Value(data) needs a real number; True is a bool
ValueError Value(data) needs a finite number; inf is not; look where it first arose
TypeError x + y needs a real number; None is a NoneType
ValueError maximum needs at least one operand
TypeError a plain number in place of p would cut the graph: for a function of it take engine's (engine.exp(v), not \
math.exp(v)), for its number alone write .data
FormulaError a formula has no Attribute (<formula>, line 1)
ValueError dot needs as many numbers on either side; 1 and 0 came
TypeError a Value is neither true nor false; compare its number, as in v > 0 or v.data == 0
"""


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A folder with the five modules and nothing else; with -S Python finds no others in what is installed."""
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "__init__.py").touch()
    for room in CORE:
        shutil.copy(ROOT / "engine" / f"{room}.py", tmp_path / "engine")
    return tmp_path


def test_five_modules_alone_compute_and_differentiate_the_lesson(alone: Path) -> None:
    total, slope = map(float, run(LESSON, alone, "-S").split())
    assert abs(total - 2.6659385) < 1e-7
    assert abs(slope - -0.7732010032512964) < 1e-14


def test_five_modules_alone_refuse_in_sentences(alone: Path) -> None:
    assert run(REFUSED, alone, "-S") == SAID


def test_the_whole_package_begins_the_same_sentences_and_says_more() -> None:
    whole = run(REFUSED.replace("engine.value", "engine"), ROOT).splitlines()
    assert [line.split()[0] for line in whole] == [line.split()[0] for line in SAID.splitlines()]
    assert whole[0].startswith("ValueError log(p) needs x > 0; p is 0.0; for ") and len("".join(whole)) > len(SAID)


def test_the_five_modules_stay_small() -> None:
    def lines(path: Path) -> int:                    # of code: blank lines, comments and docstrings aside
        text = path.read_text()
        quoted = [node.body[0] for node in ast.walk(ast.parse(text))
                  if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node)]
        prose = {n for doc in quoted for n in range(doc.lineno, (doc.end_lineno or 0) + 1)}
        return sum(n not in prose and bool(line.strip()) and not line.strip().startswith("#")
                   for n, line in enumerate(text.splitlines(), 1))

    assert sum(lines(ROOT / "engine" / f"{room}.py") for room in CORE) <= 574
