"""What a terminal wants: whether colours, and how many columns it has. A text that goes elsewhere stays as it is."""
from __future__ import annotations

import os
import re
import sys
from shutil import get_terminal_size

BLUE, ORANGE, PLAIN = "\x1b[34m", "\x1b[33m", "\x1b[39m"         # as in the pictures: below zero, above zero
SPELT = {"∂": "d", "·": "*", "←": "<-", "→": "->", "…": "...", "×": "x", "−": "-", "–": "-", "ⁿ": "^n", "Σ": "sum",
         "÷": "/", **{power: f"^{n}" for n, power in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}}
SIGNED = re.compile(r"^( {4,12})([+-] ?\d[\w.+-]*|[+-] (?=\S))", re.MULTILINE)


def interactive() -> bool:
    """Whether someone sits at a prompt, in a terminal."""
    return (hasattr(sys, "ps1") or bool(sys.flags.interactive)) and terminal()


def terminal() -> bool:
    """Whether what is printed goes to a terminal."""
    try:
        return sys.stdout.isatty()
    except (AttributeError, ValueError):             # closed, or replaced by something that is no file
        return False


def colours() -> bool:
    """Whether to print in colour: at a prompt in a terminal that wants it.

    NO_COLOR says that it does not, and so does TERM=dumb, unless FORCE_COLOR says that it does.
    """
    wanted = os.environ.get("FORCE_COLOR") or os.environ.get("TERM", "") not in ("", "dumb")
    return interactive() and not os.environ.get("NO_COLOR") and bool(wanted)


def columns() -> int | None:
    """How many columns the terminal has; None where there is none, and nothing need be cut."""
    return get_terminal_size((100, 24)).columns if terminal() else None


def fitted(text: str) -> str:
    """A text with its lines broken where they are wider than the terminal."""
    width = columns()
    if width is None:
        return text
    return "\n".join(line if len(line) <= width else broken(line, max(width, 20)) for line in text.split("\n"))


def broken(line: str, width: int) -> str:
    """A line in lines of that width, those after the first four columns further to the right than it begins."""
    from textwrap import fill
    indent = len(line) - len(line.lstrip())
    return fill(line, width, subsequent_indent=" " * min(indent + 4, 12))


def spelt(text: str) -> str:
    """A text in what the output can show: an encoding without ∂ shows d in its place, one without ² shows ^2."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        return "".join([sign if shows(encoding, sign) else SPELT.get(sign, "?") for sign in text])
    except LookupError:
        return text


def shows(encoding: str, sign: str) -> bool:
    """Whether an encoding has a sign."""
    try:
        sign.encode(encoding)
        return True
    except UnicodeEncodeError:
        return False


def coloured(text: str, sign: float) -> str:
    """A number in the colour of its sign, which it shows as well.

    >>> coloured("-2", -2.0)
    '\\x1b[34m-2\\x1b[39m'
    """
    if not sign:
        return text
    hue = BLUE if sign < 0 else ORANGE
    return f"{hue}{text}{PLAIN}"


def signed(text: str) -> str:
    """A text with the signed numbers that its indented lines begin with in colour.

    >>> signed("    + p, above") == "    " + coloured("+ ", 1.0) + "p, above"
    True
    """
    return SIGNED.sub(lambda match: match[1] + coloured(match[2], -1.0 if match[2][0] == "-" else 1.0), text)
