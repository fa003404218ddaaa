"""Plain text in 100 columns."""
from __future__ import annotations

import textwrap

WIDTH = 100


def indented(line: str, by: int = 4) -> str:
    return wrapped(" " * by + line, by + 4)


def wrapped(line: str, by: int = 0) -> str:
    """Text in lines of 100 columns; what is broken goes on `by` columns to the right."""
    return textwrap.fill(line, WIDTH, subsequent_indent=" " * by, break_long_words=True, break_on_hyphens=False)
