"""The guide, unbuilt: every snippet runs, every link and page is found, every row and name has its entry."""
from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import engine
from engine import Op
from tests.engine.picture import drawing

ROOT  = Path(__file__).parents[2]
DOCS  = ROOT / "docs"
POURED = {"reference/engine.md", "reference/nn.md", "reference/rows.md", "reference/testing.md"}
PAGES = sorted([path for path in DOCS.rglob("*.md") if path.relative_to(DOCS).as_posix() not in POURED])
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
BLOCK = re.compile(r"^```(\S+).*\n((?:.*\n)*?)```$", re.MULTILINE)


def pages(what: str) -> list[Any]:
    """Those that have this; where a session draws, Graphviz is needed."""
    texts = {path: path.read_text(encoding="utf-8") for path in PAGES}
    return [pytest.param(text, id=path.relative_to(DOCS).as_posix(),
                         marks=[drawing] * bool(re.search(r"^>>> draw\(.*\.save\(", text, re.MULTILINE)))
            for path, text in texts.items() if what in text]


@pytest.mark.parametrize("text", pages(">>> "))
def test_the_sessions_show_what_they_say(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)                      # they write files
    lines = "".join([body for kind, body in BLOCK.findall(text) if kind == "pycon"])
    lines = re.sub(r"\n(?=\n(?!>>>))", "\n<BLANKLINE>", lines)         # an empty line of output
    session = doctest.DocTestParser().get_doctest(lines, {}, "page", "page", 0)
    said: list[str] = []
    assert session.examples
    assert doctest.DocTestRunner(optionflags=FLAGS).run(session, out=said.append).failed == 0, "".join(said)


@pytest.mark.parametrize("text", pages("```python"))
def test_the_programs_run(text: str) -> None:
    for kind, body in BLOCK.findall(text):
        if kind == "python":
            names: dict[str, Any] = {}
            exec(compile(body, "<page>", "exec"), names)
            for test in [thing for name, thing in names.items() if name.startswith("test_")]:
                test()


@pytest.mark.parametrize("text, path", [pytest.param(path.read_text(encoding="utf-8"), path, id=path.stem)
                                        for path in PAGES])
def test_every_link_leads_somewhere(text: str, path: Path) -> None:
    kinds = {kind for kind, _ in BLOCK.findall(text)}
    assert kinds <= {"pycon", "python", "console", "text", "{toctree}", "{raw}", "{glossary}"}
    for link, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", BLOCK.sub("", text)):
        there = (path.parent / link).resolve() if link else path
        assert there.is_file() or there.relative_to(DOCS).as_posix() in POURED, link
        assert not anchor or anchor in anchors(there), f"{link}#{anchor}"


def anchors(path: Path) -> set[str]:
    """What the headings of a page are called in links, as on GitHub."""
    headings = re.findall(r"^#+ (.*)$", BLOCK.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_reached_from_the_first() -> None:
    pages, left = set[str](), ["index"]
    while left:
        name = left.pop()
        pages.add(f"{name}.md")
        if f"{name}.md" not in POURED:
            blocks = BLOCK.findall((DOCS / f"{name}.md").read_text("utf-8"))
            trees = [body for kind, body in blocks if kind == "{toctree}"]
            lines = [line for body in trees for line in body.splitlines() if line and line[0] != ":"]
            left += [(Path(name).parent / line).as_posix() for line in lines]
    assert pages == POURED | {path.relative_to(DOCS).as_posix() for path in PAGES}


def test_nothing_is_loaded_from_elsewhere() -> None:
    for path in [*PAGES, DOCS / "conf.py", DOCS / "pages.py", DOCS / "static" / "guide.css"]:
        assert "http" not in path.read_text(encoding="utf-8"), path


def test_the_reference_has_every_row_and_every_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.delitem(sys.modules, "pages", raising=False)
    import pages  # type: ignore[import-not-found]
    text = pages.rows()
    for row in dict.fromkeys(Op.table.values()):
        if row in [getattr(method, "op", None) for method in vars(engine.Value).values()]:
            assert re.search(rf"^## {row.name}$", text, re.MULTILINE), row
    assert text.count('class="plot"') >= 25 and r"\frac{\partial z}{\partial x} = \frac{1}{x}" in text
    for name, (_, room, names) in pages.ROOMS.items():
        for each in names:
            thing = getattr(room, each)
            assert pages.is_row(each, thing) or f"```text\n{each}(" in pages.public(each, thing)
    value = pages.public("Value", engine.Value)
    assert not pages.is_row("Value", engine.Value) and not pages.is_row("at", engine.at)
    assert {"data", "grad", "backward", "parents"} <= {*re.findall(r"^### Value\.(\w+)$", value, re.MULTILINE)}
