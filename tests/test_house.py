"""The rules of the house: what stands in one place stands nowhere else, and the README's map is the tree."""
from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import Op
from engine.formula import Reader

ROOT  = Path(__file__).parents[1]
FILES = sorted([*(ROOT / "engine").rglob("*.py"), *(ROOT / "nn").rglob("*.py")])
ROWS  = {*Op.table} - {"abs"}                        # which is Python's as well

# Where operations may be called by their names: the rows, the public lists, nn's signatures and losses, the table of
# functions. Instructions have a vocabulary of their own, which has many of the same words.
NAMED = {"engine/__init__.py", "engine/formula.py", "engine/value.py", "engine/more_rows.py", "nn/__init__.py",
         "nn/blocks.py", "nn/layers.py", "nn/losses.py"}
VOCABULARY = {"engine/readers/code.py", "engine/readers/instructions.py", "engine/native/kernels.py",
              "engine/replay/program.py", "engine/replay/templates.py", "engine/replay/values.py",
              "engine/replay/backends/arrays.py"}
OTHERS = {("engine/picture/rendering.py", "dot"),                                # Graphviz's program
          ("engine/live/recording.py", "at"),                                    # which operand is set apart
          ("engine/readers/numbers.py", "fsum"), ("engine/replay/source.py", "fsum")}    # what Python has for it


def texts(path: Path) -> Iterator[str]:
    """The texts in a file's code, docstrings aside, and what is asked of Value."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.body[0].value) for node in ast.walk(tree)  # type: ignore[attr-defined]
             if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Value":
            yield node.attr


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_code_knows_an_operation_by_its_name(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    known = [] if place in NAMED | VOCABULARY else [text for text in texts(path) if text in ROWS]
    assert {name for name in known if (place, name) not in OTHERS} == set()


def test_what_may_be_named_is_there() -> None:
    places = {path.relative_to(ROOT).as_posix() for path in FILES}
    assert {*NAMED, *VOCABULARY, *[place for place, _ in OTHERS]} <= places


def test_the_shape_of_a_row_is_known_in_one_place() -> None:
    """Others ask a row; what is poured, in Python and in C, asks for its statements, and traits speak of it."""
    for path in FILES:
        asked = [ast.unparse(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                 if isinstance(node, ast.Attribute) and node.attr == "shape"]
        place = path.relative_to(ROOT).as_posix()
        rows = [text for text in asked if re.search(r"\b(op|row|self)\.shape$", text)]
        assert not rows or place in ("engine/op.py", "engine/pouring.py", "engine/readers/c.py",
                                     "engine/readers/operands.py", "engine/readers/traits.py"), place


PARTS = ["name", "number", "minus", "infix", "choice", "comparison", "joined", "function", "row", "aggregate",
         "as_number", "as_truth"]


def test_the_walk_has_twelve_parts() -> None:
    text = (ROOT / "engine" / "formula.py").read_text(encoding="utf-8")
    called = re.findall(r"return self\.(\w+)\(", text[text.index("class Reader"):])
    assert sorted({*called, *re.findall(r"else self\.(\w+)\(", text)} - {"truth"}) == sorted(PARTS)


def readers() -> list[type[Reader]]:
    """All readings, once everything is loaded."""
    for path in FILES:
        if "readers" in path.parts or path.name == "pouring.py":
            __import__(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found: list[type[Reader]] = []
    for kind in (waiting := [Reader]):
        waiting += kind.__subclasses__()
        found += kind.__subclasses__()
    return found


def test_a_reading_is_a_class_in_one_file_and_the_walk_is_walked_nowhere_else() -> None:
    assert len(readers()) >= 9
    for path in FILES:
        text, place = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        walks = re.findall(r"isinstance\(\w+, \(?ast\.(?:BinOp|UnaryOp|IfExp|BoolOp|Compare)", text)
        assert not walks or place in ("engine/formula.py", "engine/readers/typed.py", "engine/readers/latex.py",
                                      "engine/readers/unrolled.py", "engine/readers/instructions.py",
                                      "engine/explanation/names.py"), place


FOLDERS = sorted({path.parent for path in [*FILES, *(ROOT / "demos").rglob("*.py")]})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_each_folder_begins_with_a_page(folder: Path) -> None:
    text = (folder / "__init__.py").read_text(encoding="utf-8")
    page = " ".join((ast.get_docstring(ast.parse(text)) or "").split())
    assert len(page.split()) >= 8
    if folder.name not in ("engine", "nn", "interpreter"):
        assert folder.name == "demos" or "May be imported" in page
        assert "tart" in page, "where to start"
        named = {path.stem for path in folder.glob("*.py")} - {"__init__"}
        named |= {part.name for part in folder.iterdir() if (part / "__init__.py").exists()}
        assert {name for name in named if not re.search(rf"\b{name}\b", page)} == set()


def test_the_map_in_the_readme_is_the_tree() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    written = set(re.findall(r"^\| `([^`|]*)` *\|", text[text.index("## Where things are"):], re.MULTILINE))
    tree = {f"engine/{path.name}{'/' * path.is_dir()}" for path in (ROOT / "engine").iterdir()
            if path.suffix == ".py" or (path / "__init__.py").exists()}
    face = {"engine/__init__.py", "engine/__main__.py"}
    assert {place for place in written if place.startswith("engine/")} == tree - face
    assert all((ROOT / place).exists() for place in written)


# Code is to be read aloud: by a truth one chooses, with numbers one counts; and no choice is hidden within others.

CODE = sorted([*FILES, *(ROOT / "demos").rglob("*.py")])
ARITHMETIC = ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow
COMPREHENSIONS = ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp
DEEPEST = 2                                          # choices within each other


def parts_of(node: ast.AST, name: str = "") -> Iterator[tuple[str, ast.AST]]:
    """All that is in some code, each with the name of the innermost function around it."""
    for part in ast.iter_child_nodes(node):
        inner = part.name if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)) else name
        yield inner, part
        yield from parts_of(part, inner)


def is_truth(node: ast.AST | None) -> bool:
    """Whether an expression is true or false by its form; `x or 1.0` is a number."""
    if isinstance(node, ast.BoolOp):
        return any(map(is_truth, node.values))
    return isinstance(node, ast.Compare) or isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def counts_with_a_truth(node: ast.AST) -> bool:
    """Whether an expression or a statement takes a truth for a number: in arithmetic, as an index, in a slice."""
    match node:
        case ast.BinOp(left=x, op=op, right=y):
            return isinstance(op, ARITHMETIC) and (is_truth(x) or is_truth(y))
        case ast.AugAssign(op=op, value=x):
            return isinstance(op, ARITHMETIC) and is_truth(x)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=x):
            return is_truth(x)
        case ast.Subscript(slice=x):
            return is_truth(x)
        case ast.Slice(lower=x, upper=y, step=z):
            return any(map(is_truth, (x, y, z)))
    return False


def choices(node: ast.AST) -> int:
    """How many choices stand within each other in an expression: conditional ones, and comprehensions with an if."""
    own = isinstance(node, ast.IfExp) or isinstance(node, COMPREHENSIONS) and any(part.ifs for part in node.generators)
    inner = max(map(choices, ast.iter_child_nodes(node)), default=0)
    return inner + 1 if own else inner


def counting(code: str) -> set[str]:
    """The functions that count with a truth."""
    return {name for name, part in parts_of(ast.parse(code)) if counts_with_a_truth(part)}


def deeply_choosing(code: str) -> set[str]:
    """The functions in which more choices stand within each other than anyone can say in one breath."""
    return {name for name, part in parts_of(ast.parse(code)) if isinstance(part, ast.expr) and choices(part) > DEEPEST}


def calling_a_variable(code: str) -> set[str]:
    """The functions that call one whose name is a variable of a comprehension in them: Python 3.12.1 mistakes them."""
    found, tree = set(), ast.parse(code)
    functions = {part.name for part in tree.body if isinstance(part, ast.FunctionDef)}
    for part in ast.walk(tree):
        if isinstance(part, ast.FunctionDef):
            names = {name.id for each in ast.walk(part) if isinstance(each, ast.comprehension)
                     for name in ast.walk(each.target) if isinstance(name, ast.Name)}
            called = {each.func.id for each in ast.walk(part)
                      if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)}
            found |= {part.name} if names & called & functions else set()
    return found


def test_calling_a_variable_is_found() -> None:
    assert calling_a_variable("def g(): pass\ndef f(): return [g.strip() for g in lines], [g(x) for x in xs]") == {"f"}


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_code_reads_aloud(path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    assert calling_a_variable(code) == set(), "name the variable otherwise"
    assert counting(code) == set(), "choose instead"
    assert deeply_choosing(code) == set(), "one choice after another"


@pytest.mark.parametrize("code", [
    '"s" * (n != 1)', "depth + (x is not y)", "1 - (not x)", "lines * (x and y > 0)", "(a, b)[x > y]",
    "words[x not in y:]", "-(x > 0)", "n += x > 0", "def f():\n    return [x] * (len(x) > 1)",
])
def test_counting_with_a_truth_is_found(code: str) -> None:
    assert counting(code) == {"f" if code.startswith("def f") else ""}


@pytest.mark.parametrize("code", [
    "x * (y or 1.0)", "rows[:n or None]", "(x > 0) & (y > 0)", "1 if x > 0 else 2", "rows[x]",
    "len([x for x in y if x > 0])", "names[0 if x == y else 1]",
])
def test_what_counts_with_numbers_is_let_through(code: str) -> None:
    assert counting(code) == set()


@pytest.mark.parametrize("code, deep", [
    ("a if p else b if q else c if r else d", True), ("[a if p else b if q else c for p in x if p]", True),
    ("{x: [y for y in z if y and (a if p else b)] for x in w if x}", True), ("f(a if p else b) if q else c", False),
    ("[a if p else b for p in x if p]", False), ("[[a if p else b for p in x] for x in y]", False),
    ("a if f(lambda: [b for b in c if b]) else d", False),
])
def test_choices_within_choices_are_found(code: str, deep: bool) -> None:
    assert bool(deeply_choosing(f"def f():\n    return {code}")) is deep
