"""Every snippet of the README runs, and shows what it says."""
from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

from tests.engine.picture import drawing

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [text for name, text in BLOCKS if name == kind]


def picture() -> Any:
    """What the first session draws."""
    names: dict[str, Any] = {}
    lines = re.findall(r"^>>> (.*)$", blocks("pycon")[0], re.MULTILINE)
    exec("\n".join([line for line in lines if ".save(" not in line]), names)
    return names["picture"]


def test_the_first_session_draws_the_picture_above_it() -> None:
    folder = ROOT / "tests" / "data" / "pictures" / "figures"
    assert picture().source == (folder / "readme.gv").read_text(encoding="utf-8")
    shown = (ROOT / "demos" / "lesson" / "pictures" / "readme.svg").read_text(encoding="utf-8")
    assert README.index("readme.svg") < README.index(">>> ") and shown.count('class="node"') == picture().boxes


@drawing
def test_the_sessions_show_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)                      # they write files
    text = re.sub(r"\n(?=\n(?!>>>))", "\n<BLANKLINE>", "".join(blocks("pycon")))        # an empty line of output
    session = doctest.DocTestParser().get_doctest(text, {}, "README.md", "README.md", 0)
    assert len(session.examples) > 15
    said: list[str] = []
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    result = doctest.DocTestRunner(optionflags=flags).run(session, out=said.append)
    assert result.failed == 0, "".join(said)


@pytest.mark.parametrize("text", blocks("python"))
def test_the_programs_run(text: str) -> None:
    names: dict[str, Any] = {}
    exec(compile(text, "<README.md>", "exec"), names)
    for test in [thing for name, thing in names.items() if name.startswith("test_")]:
        test()


def test_the_commands_are_targets_of_make() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = re.findall(r"^\$ make (\w+)", "\n".join(blocks("console")), re.MULTILINE)
    assert {"lesson", "test"} <= set(commands) <= targets


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    assert {name for name, _ in BLOCKS} <= {"pycon", "python", "console", "text"}


def test_every_file_it_points_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links and all((ROOT / link).exists() for link in links if "://" not in link)


def test_every_room_it_names_is_there() -> None:
    lines = [line for line in README.splitlines() if line.startswith("| `")]
    named = [name for line in lines for name in re.findall(r"`([\w./]+)`", line)]
    rooms = [name for name in named if "/" in name or name.endswith(".py")]
    assert len(rooms) > 8
    assert all((ROOT / name).exists() or (ROOT / "engine" / name).exists() for name in rooms)


def test_the_table_quotes_rows_of_the_engine() -> None:
    from engine import Op, Value

    assert Value
    for table in blocks("text"):
        for name, formula in re.findall(r"^\s+(\w+)\s*=\s+Op\(\"(.*?)\"", table, re.MULTILINE):
            assert Op.table[name.strip("_")].formula == formula
