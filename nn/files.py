"""JSON files from and for anybody: read with limits, everything that is wrong noted, and swapped in whole."""
from __future__ import annotations

import os

from engine.interop import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from typing import Any

    Path = str | PathLike[str]

SIZE  = 100_000_000                  # bytes of a file, at most
DEPTH = 20                           # lists and objects within each other, at most
SHOWN = 20                           # things that are wrong, of which an error tells


def write(path: Path, document: Any) -> None:
    """Put a document into a file in one piece, in the place of what was there.

    Errors: OSError where the file cannot be written, ValueError where it would be too large to be read.
    """
    content = "".join(lines(document)).encode() + b"\n"
    if len(content) > SIZE:
        raise ValueError(f"{os.fspath(path)!r} would have {len(content):,} bytes, and none of more than {SIZE:,} is "
                         "read again; what was there has not changed")
    files.write(path, content)


def lines(document: Any, depth: int = 0) -> Iterator[str]:
    """The JSON text of a document, an object's members on lines of their own down to the second level."""
    import json
    if not (isinstance(document, dict) and document and depth < 3):
        yield json.dumps(document, ensure_ascii=False, allow_nan=False)
        return
    begin = "{"
    for key, member in document.items():
        yield f"{begin}\n{'  ' * (depth + 1)}{json.dumps(key, ensure_ascii=False)}: "
        yield from lines(member, depth + 1)
        begin = ","
    yield f"\n{'  ' * depth}}}"


def read(path: Path, wrong: list[str]) -> Any:
    """The document in a file; what is wrong with it as a JSON file goes into `wrong`.

    Errors: OSError where there is no file to be read.
    """
    import json
    with open(path, "rb") as file:
        content = file.read(SIZE + 1)
    if len(content) > SIZE:
        wrong.append(f"the file is too large: at most {SIZE:,} bytes are read")
        return None

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        known: dict[str, Any] = {}
        for key, member in pairs:
            if key in known:
                wrong.append(f"{quoted(key)} stands there twice")
            known[key] = member
        return known

    try:
        text = content.decode()
        if depth(text) <= DEPTH:
            return json.loads(text, object_pairs_hook=unique, parse_int=parsed)
        wrong.append(f"nested too deep: at most {DEPTH} lists and objects within each other")
    except UnicodeDecodeError as error:
        wrong.append(f"not a text in UTF-8: byte {error.start} is {content[error.start]:#04x}")
    except ValueError as error:
        wrong.append(f"not JSON: {error}")
    return None


def depth(text: str) -> int:
    """How many lists and objects stand within each other at the deepest place of a JSON text.

    >>> depth('{"a[[[": [1, [2]]}')
    3
    """
    import re
    deepest = now = 0
    for token in re.finditer(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[][{}]', text, re.DOTALL):
        now += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        deepest = max(deepest, now)
    return deepest


def parsed(digits: str) -> float:
    """A number without a point; one with very many digits as a float, infinite beyond 1.8e308."""
    return int(digits) if len(digits) < 20 else float(digits)


def quoted(text: Any) -> str:
    """A text from a file, in quotation marks, on one short line."""
    shown = ascii(text) if not isinstance(text, str) or not text.isprintable() else repr(text)
    return shown if len(shown) <= 60 else f"{shown[:59]}…"


def refusal(path: Path, purpose: str, wrong: list[str]) -> ValueError:
    """The error that lists all that is wrong with a file."""
    lines = "".join(f"\n    {text}" for text in wrong[:SHOWN])
    more  = f"\n    and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    count = f"{len(wrong)} things are wrong" if len(wrong) > 1 else "1 thing is wrong"
    return ValueError(f"{os.fspath(path)!r} {purpose}; nothing has changed; {count}:{lines}{more}")
