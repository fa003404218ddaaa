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
NAMED = {"engine/__init__.py", "engine/formula.py", "engine/value.py", "engine/second_table.py", "nn/__init__.py",
         "nn/layers.py", "nn/losses.py"}
VOCABULARY = {"engine/readers/code.py", "engine/readers/instructions.py", "engine/native/kernels.py",
              "engine/replay/program.py", "engine/replay/templates.py", "engine/replay/values.py",
              "engine/replay/backends/arrays.py"}
OTHERS = {("engine/picture/rendering.py", "dot"),                                # Graphviz's program
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
                                     "engine/readers/traits.py"), place


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
