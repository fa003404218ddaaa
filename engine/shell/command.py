"""A formula drawn from the terminal; without a formula the REPL.

    python -m engine
    python -m engine "log(exp(z1) + exp(z2)) - z1" z1=-0.9632 z2=0.0032 --wrt z1 -o ce.svg
"""
from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from contextlib import suppress
from keyword import iskeyword
from os.path import dirname, isdir, splitext
from unicodedata import normalize

from engine import GradientError, PictureError, Value, draw, explain, table
from engine.errors import FormulaError
from engine.readers.typed import functions, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import NoReturn

OPTIONS  = ("-o", "-h")
PAGES    = (".html", ".htm")
ENDINGS  = (".svg", ".png", ".pdf", ".gv", ".dot", *PAGES)
SHOWN    = 30                        # signs of a formula, from where a mistake is
SHIELD   = "\f"                      # before -log(p), which is no option
EXAMPLES = """\
examples:
  python -m engine "log(exp(z1) + exp(z2) + exp(z3)) - z1" z1=-0.9632 z2=0.0032 z3=0.1352 --wrt z1 -o ce.svg
  python -m engine "tanh(w * x + b)" w=0.5 x=-2 b=1 -o neuron.html
"""


class Mistake(Exception):
    """What was typed cannot be meant."""


def main(words: Sequence[str]) -> int:
    """Print the table of a formula's graph, explain it, draw it; the exit code is 2 after a mistake, 1 if it cannot.

    Without words open the REPL.
    """
    if not words:
        from engine.shell.console import main as console
        console()
        return 0
    try:
        asked = parser().parse_args(list(map(shielded, words)))
        numbers = named_numbers(asked.numbers)
        check(asked)
        asked.formula = asked.formula.removeprefix(SHIELD)
        root = graph(asked.formula, numbers)
        wrt = named(asked.wrt, numbers) if asked.wrt else None
        root.backward()
        answer = [str(table(root, names={}))]        # whole before any of it is shown: what fails is an error alone
        if asked.output:
            picture(root, wrt, asked)
            answer.append(f"wrote {asked.output}")
        elif wrt is not None:
            answer.append(f"\n{explain(root, wrt, names={})}")
        answer.append(f"\nNext: {following(asked, numbers)}")
        shown("\n".join(answer))
    except (Mistake, FormulaError, GradientError) as error:
        print(f"python -m engine: {sentence(error)}", file=sys.stderr)
        return 2
    except (ImportError, PictureError) as error:
        print(f"python -m engine: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:                          # whoever read it has seen enough
        return 1
    return 0


def shown(thing: object) -> None:
    """Print something. Errors: BrokenPipeError where nobody reads on; PictureError where it cannot be written."""
    try:
        print(thing, flush=True)
    except OSError as error:
        with suppress(OSError, ValueError):          # or else Python would try again as it ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise PictureError(f"this cannot be printed: {error.strerror}") from error


class Parser(ArgumentParser):
    """A parser of arguments that has one line to say of a mistake."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message.replace(SHIELD, '')}; --help shows two examples", file=sys.stderr)
        sys.exit(2)

    def print_help(self, file: object = None) -> None:
        shown(self.format_help().rstrip("\n"))


def parser() -> Parser:
    """What may be typed."""
    words = Parser("python -m engine", description="Differentiate a formula, print its graph, and draw it.",
                   epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter)
    words.add_argument("formula", help=f"numbers, names, + - * / **, and {', '.join(sorted(functions()))}; some of "
                                       "many numbers take lists: softmax([a, b], 0)")
    words.add_argument("numbers", nargs="*", metavar="name=number", help="the number of each name in the formula")
    words.add_argument("--wrt", metavar="name", help="explain the chain rule from the formula down to this name, or "
                                                     "show it in what is drawn")
    words.add_argument("-o", "--output", metavar="file", help="draw to a .svg, .png, .pdf or .gv file, or to .html, "
                                                              "a page that steps through it")
    words.add_argument("--detail", choices=("auto", "values", "folded", "names", "path"), default="auto")
    words.add_argument("--theme", choices=("light", "dark", "both"), default="light")
    words.add_argument("--title", help="the title of the picture")
    return words


def shielded(word: str) -> str:
    """A word that argparse takes as it is, a formula that starts with a minus too: -log(p)."""
    is_formula = word.startswith("-") and not word.startswith("--") and word not in OPTIONS
    return f"{SHIELD}{word}" if is_formula else word


def named_numbers(words: Sequence[str]) -> dict[str, Value]:
    """Each name with its number."""
    numbers: dict[str, Value] = {}
    for name, x in map(given, words):
        if name in numbers:
            raise Mistake(f"{name} has two numbers, {numbers[name].data:g} and {x.data:g}; leave one out")
        numbers[name] = x
    return numbers


def given(word: str) -> tuple[str, Value]:
    """A name, as Python reads it in a formula, and its number."""
    name, equals, number = (part.strip() for part in normalize("NFKC", word).partition("="))
    if not equals or not name.isidentifier() or iskeyword(name) or name in functions():
        why = f"; {name} is a function" if name in functions() else ""
        raise Mistake(f"{word!r} is no name=number, as in z1=-0.96{why}")
    try:
        return name, Value(float(number), name)
    except ValueError:
        raise Mistake(f"{word!r} gives {name} no finite number, as in {name}=-0.96") from None


def graph(formula: str, numbers: dict[str, Value]) -> Value:
    """The formula's graph, its root labelled L."""
    root = parse(formula, numbers)
    used = re.findall(r"[^\W\d]\w*", normalize("NFKC", formula))
    for name in numbers:
        if name not in used:
            raise Mistake(f"there is no {name} in the formula {formula.strip()!r}; leave out {name}=")
    if not root.label and "L" not in numbers:
        root.label = "L"
    return root


def named(name: str, numbers: dict[str, Value]) -> Value:
    """The value that --wrt names."""
    known = normalize("NFKC", name)
    if known not in numbers:
        raise Mistake(f"--wrt {name}: the formula's names are {', '.join(numbers) or 'none'}")
    return numbers[known]


def check(asked: Namespace) -> None:
    """Refuse what cannot be drawn before any work is done."""
    output = asked.output or ""
    if asked.output is not None and splitext(output)[1].lower() not in ENDINGS:
        raise Mistake(f"-o {output or repr(output)}: a picture is one of {', '.join(ENDINGS)}")
    folder = dirname(output) or "."
    if output and (not isdir(folder) or not os.access(folder, os.W_OK) or isdir(output)):
        raise PictureError(f"cannot write {output!r}: name a file in a folder that exists and may be written")
    if asked.detail == "path" and output.lower().endswith(PAGES):
        raise Mistake("--detail path: a page goes through every box; draw the path as .svg, or leave out --detail")
    if asked.detail == "path" and not asked.wrt:
        raise Mistake("--detail path shows the chain rule down to one name: --wrt name")


def picture(root: Value, wrt: Value | None, asked: Namespace) -> None:
    """Write the picture, or the page."""
    title = asked.formula.strip() if asked.title is None else asked.title
    if asked.output.lower().endswith(PAGES):
        from engine.picture import walkthrough
        live = asked.detail == "auto"
        walkthrough(root, wrt, live=live, detail=asked.detail, title=title, names={}).save(asked.output)
    else:
        draw(root, wrt, detail=asked.detail, theme=asked.theme, title=title, names={}).save(asked.output)


def following(asked: Namespace, numbers: dict[str, Value]) -> str:
    """What may be asked next."""
    name = asked.wrt or next(iter(numbers), "")
    if asked.output:
        page = asked.output.lower().endswith(PAGES)
        return f"open {asked.output}" + ("" if page else "; -o with .html writes a page on which numbers can be moved")
    if asked.wrt:
        return f"-o graph.html writes a page on which {name} can be moved, -o graph.svg a picture"
    return f"--wrt {name} explains the derivative by {name}, -o graph.svg draws the graph" if name else \
        "names can have numbers: python -m engine 'x * y' x=2 y=3"


def sentence(error: Exception) -> str:
    """One line that says what is wrong, and in which column."""
    if not isinstance(error, FormulaError):
        return str(error)
    text, column = error.text or "", error.offset or 1
    rest = text[column - 1:]
    if len(rest) > SHOWN:
        rest = rest[:SHOWN] + "…"
    place = f"at {rest!r}" if rest else "at its end"
    return f"column {column} of the formula, {place}: {error.msg}"
