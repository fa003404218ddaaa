"""Imports point one way, in no circle, `import engine` is light, the six files of the engine compute on their own."""
from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import engine
import nn

ROOT = Path(__file__).parents[2]
CORE = ("errors", "formula", "op", "pouring", "graph", "value")      # each sees only those before it


def module(path: Path) -> str:
    """The name of a file as one imports it."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module(path): path for room in ("engine", "nn", "demos") for path in (ROOT / room).rglob("*.py")}


def imports(path: Path) -> set[str]:
    """The project's modules that a file imports, in functions and for type checkers too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module
            names = [f"{node.module}.{part.name}" for part in node.names]
            found |= {name if name in FILES else node.module for name in names}
        elif isinstance(node, ast.Import):
            found |= {part.name for part in node.names}
    return {name for name in found if name in FILES}


SEES = {name: imports(path) - {name} for name, path in FILES.items()}


@pytest.mark.parametrize("place", range(len(CORE)))
def test_each_of_the_six_sees_only_those_before_it(place: int) -> None:
    assert SEES[f"engine.{CORE[place]}"] <= {f"engine.{name}" for name in CORE[:place]} | {"engine"}
    text = (ROOT / "engine" / f"{CORE[place]}.py").read_text(encoding="utf-8")
    strange = {node.names[0].name if isinstance(node, ast.Import) else node.module for node in ast.walk(ast.parse(text))
               if isinstance(node, (ast.Import, ast.ImportFrom))}
    outside = {str(name).split(".")[0] for name in strange} - set(sys.stdlib_module_names)
    assert outside <= {"engine"} and "import_module" not in text and "__import__" not in text


def test_no_file_imports_what_imports_it() -> None:
    """None in engine and nn, whatever the way round, as if all that is imported somewhere were imported at once."""
    order: dict[str, int] = {}

    def number(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " imports ".join([*way[way.index(name):], name])
        if name not in order:
            for other in sorted(SEES[name]):
                number(other, (*way, name))
            order[name] = len(order)

    for name in FILES:
        if not name.startswith("demos"):
            number(name, ())


def test_the_engine_knows_neither_nn_nor_demos() -> None:
    for name, seen in SEES.items():
        rooms = {other.split(".")[0] for other in seen}
        may = {"engine": {"engine"}, "nn": {"engine", "nn"}, "demos": {"engine", "nn", "demos"}}[name.split(".")[0]]
        assert rooms <= may | ({"nn"} if name == "engine.shell.console" else set()), name        # a REPL has both


HOOKS = ("errors.presenter", "pouring.describe", "pouring.completed", "Op.pour")


def test_only_the_face_of_the_engine_wires() -> None:
    def sets(path: Path) -> set[str]:
        assigned = [target for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                    if isinstance(node, ast.Assign) for target in node.targets]
        return {text for text in map(ast.unparse, assigned) if text in HOOKS}

    face = ROOT / "engine" / "__init__.py"
    assert sets(face) == set(HOOKS)
    default = ROOT / "engine" / "pouring.py"         # how rows are poured where the core stands alone
    assert {path for path in FILES.values() if sets(path)} == {face, default}


def test_no_module_bears_the_name_of_a_public_function() -> None:
    public = {*engine.__all__, *nn.__all__}
    assert not {name for name in FILES if name.count(".") and name[:5] != "demos" and name.split(".")[-1] in public}


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
    late = {"picture", "testing", "text", "derivatives", "readers", "paths", "explanation", "shell", "interop.copies"}
    assert not {f"engine.{room}" for room in late} & set(loaded.split())


def test_import_engine_reads_no_row() -> None:
    code = "import engine; print(*[row.name for row in engine.Op.table.values() if 'formula' in vars(row)])"
    assert run(code, ROOT).split() == []


NO_GRAPHVIZ = "import sys; sys.modules['graphviz'] = None; "


def test_without_the_package_graphviz_all_but_the_pictures_works() -> None:
    assert "∂y/∂x" in run(NO_GRAPHVIZ + "from engine import *; x = Value(2.0); y = x * x; print(explain(y, x))", ROOT)
    assert "Value" in run(NO_GRAPHVIZ + "from engine.shell.console import namespace; print(*namespace())", ROOT)
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


# All that can go wrong: operands, results, rows, numbers, what would cut the graph; slopes that do not exist, of few
# operands, of many, of one of many; gradients that overflow on the way, in a sum, in a grad.
REFUSED = """
from engine.value import Op, Value
zero, large = Value(0.0, "p"), Value(800.0)
roots  = Op("sum(sqrt(y))", "1 / (2 * sqrt(x))", name="roots")
length = Op("sqrt(sum(y * y))", "x / z", name="length")
full = Value(1.0, "x")
full.grad = 1.7e308

for asked in (
        lambda: zero.log(), lambda: large / zero, lambda: large.exp(), lambda: zero ** -1, lambda: Value("3"),
        lambda: Value(True), lambda: Value(float("inf")), lambda: zero + None, lambda: Value.maximum([]),
        lambda: float(zero), lambda: bool(large), lambda: setattr(zero, "grad", float("nan")),
        lambda: setattr(zero, "label", 3), lambda: Value(1.0, "v", 2), lambda: Value.dot([zero], []),
        lambda: Value.fsum(3.0), lambda: Value.softmax([zero], 2),
        lambda: Op("x.real", "1"), lambda: Op("log(x, 2)", "1"), lambda: Op("x", "1", name="a b"),
        lambda: Op("x", "1")(zero), lambda: Op("x", "1", "1"), lambda: Op("nothing(x)", "1", name="no"),
        lambda: Op("softmax(0)", "1", name="no"),
        lambda: zero.sqrt().backward(), lambda: roots([zero, large]).backward(),
        lambda: length([zero, zero]).backward(),
        lambda: (Value(1e-200, "tiny") ** 2 * 1e300 * 1e300).sqrt().backward(),
        lambda: (full * 1e308).backward()):
    try:
        print("nothing:", asked())
    except Exception as error:
        print(type(error).__name__, error)

partials = roots([zero, large]).partials
print(partials[0] != partials[0], partials[1], length([zero, large]).partials)
"""
SAID = """\
ValueError log needs x > 0
ZeroDivisionError truediv needs y != 0
OverflowError exp overflows, a number would lie beyond 1.8e308
ZeroDivisionError pow needs x > 0 or x == 0 <= y or x < 0 and y == floor(y)
TypeError Value(data) needs a real number; '3' is a str
TypeError Value(data) needs a real number; True is a bool
ValueError Value(data) needs a finite number; inf is not; look where it first arose
TypeError add needs a real number; None is a NoneType
ValueError maximum needs at least one operand
TypeError a plain number in place of p would cut the graph: for a function of it take engine's (engine.exp(v), not \
math.exp(v)), for its number alone write .data
TypeError a Value is neither true nor false; compare its number, as in v > 0 or v.data == 0
ValueError p.grad needs a finite number; nan is not; look where it first arose
TypeError a label is a text; 3 is not
TypeError Value(data, label) takes one number and one name; to make an operation, write its row: Value.name = Op('the \
formula in x', 'its derivative'), then v.name()
ValueError dot needs as many numbers on either side; 1 and 0 came
nothing: 3.0
IndexError softmax(operands, index) needs the place of one of its operands, of which 1 came, counted from 0; 2 is none
FormulaError a formula has no Attribute (<formula>, line 1)
FormulaError in a formula log takes 1 number, not 2 (<formula>, line 1)
ValueError a row needs a name that Python can call; 'a b' is none
TypeError a row can be called when it has a name: square = Op('x * x', '2 * x', name='square'), or Value.square = \
Op('x * x', '2 * x')
FormulaError a formula in x needs 1 partial, as in Op('x * y', 'y', 'x'); 2 came (<formula>, line 1)
FormulaError a formula may not call 'nothing': no row above it, nor exp, expm1, log, log1p, sqrt, sin, cos, tan, \
tanh, asin, acos, atan, sinh, cosh, asinh, acosh, atanh, erf, erfc, log2, log10, atan2, hypot, abs, floor, max, min \
(<formula>, line 1)
FormulaError softmax is a row of many operands: without pairs, it may be called for x or y (<formula>, line 1)
GradientError a Value made by sqrt has no finite slope where p is 0.0, and a gradient of 1 reaches it; keep p away \
from there
GradientError a Value made by roots has no finite slope where p is 0.0, and a gradient of 1 reaches it; keep p away \
from there
GradientError a Value made by length has no finite slope where p is 0.0, and a gradient of 1 reaches it; keep p away \
from there
GradientError a Value made by sqrt has no finite slope where a Value made by mul is 0.0, and a gradient of 1 reaches \
it; keep a Value made by mul away from there
GradientError a grad overflows when this gradient is added to it; call zero_grad() between backward passes
True 0.017677669529663688 (0.0, 1.0)
"""


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A folder with the six files and nothing else; with -S Python finds no others in what is installed."""
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "__init__.py").touch()
    for room in CORE:
        shutil.copy(ROOT / "engine" / f"{room}.py", tmp_path / "engine")
    return tmp_path


def test_six_files_alone_compute_and_differentiate_the_lesson(alone: Path) -> None:
    total, slope = map(float, run(LESSON, alone, "-S").split())
    assert abs(total - 2.6659385) < 1e-7
    assert abs(slope - -0.7732010032512964) < 1e-14


def test_six_files_alone_refuse_in_sentences(alone: Path) -> None:
    assert run(REFUSED, alone, "-S") == SAID


def test_the_whole_package_begins_the_same_sentences_and_says_more() -> None:
    whole = run(REFUSED.replace("engine.value", "engine"), ROOT).splitlines()
    assert [line.split()[0] for line in whole] == [line.split()[0] for line in SAID.splitlines()]
    assert whole[0].startswith("ValueError log(p) needs x > 0; p is 0.0; for ") and len("".join(whole)) > len(SAID)


def test_an_error_comes_also_where_what_completes_it_fails() -> None:
    code = """
import sys
from engine import Value, errors
def broken(kind, *given):
    raise RuntimeError("a broken presenter")
errors.presenter, sys.stderr = broken, sys.stdout
for _ in range(2):
    try: Value(0.0, "p").log()
    except ValueError as error: print(error)
    sys.stderr = open(__import__("os").devnull)
    sys.stderr.close()                               # nobody can be told
"""
    said = "what completes an error failed: RuntimeError('a broken presenter')\n"
    assert run(code, ROOT) == f"{said}log needs x > 0\nlog needs x > 0\n"


def test_the_six_files_stay_small() -> None:
    """Lines of code, aside from comments, docstrings, imports, what type checkers alone read, and the two tables."""
    def lines(path: Path) -> int:
        text = path.read_text(encoding="utf-8")
        aside: set[int] = set()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
                aside.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
            elif isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
                aside.update(range(node.lineno, (node.end_lineno or 0) + 1))
            elif isinstance(node, (ast.Import, ast.ImportFrom)) or ast.unparse(node) == "TYPE_CHECKING = False" or (
                    isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Op", "table")):
                aside.update(range(node.lineno, (node.end_lineno or 0) + 1))
        return sum(n not in aside and bool(line.strip()) and not line.strip().startswith("#")
                   for n, line in enumerate(text.splitlines(), 1))

    assert sum(lines(ROOT / "engine" / f"{room}.py") for room in CORE) <= 650
