"""The REPL: `python -m engine` opens it, with everything imported."""
from __future__ import annotations

import code
import io
import sys
import traceback
from contextlib import contextmanager, suppress
from os.path import expanduser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

GREETING = """\
glassgrad on Python {}: all of engine and nn is here. Ctrl-D ends.
Try p = Value(0.15); CE = -log(p) and then explain(CE, p), or help(Value.log)"""
HISTORY  = "~/.glassgrad_history"                    # not Python's own: from 3.13 on that has entries of several lines


def main() -> None:
    """Open the REPL: two lines of greeting, then Python's prompt."""
    names = namespace()
    greeting = GREETING.format(".".join(map(str, sys.version_info[:2])))
    complete(names)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")     # a terminal without ∂ shows a ? in its place
    sys.ps1, sys.ps2 = ">>> ", "... "                # someone sits at a prompt: code.interact would set them as well
    with remembered():
        Console(names).interact(greeting, "")


def namespace() -> dict[str, Any]:
    """Everything public of engine and of nn, by name; where both have a name, it is one for Values either way."""
    import engine
    names: dict[str, Any] = {"__name__": "__console__", "__doc__": None, "engine": engine}
    try:
        import nn
    except ImportError:                              # the engine alone works too
        pass
    else:
        names.update({name: getattr(nn, name) for name in nn.__all__}, nn=nn)
    return {**names, **{name: getattr(engine, name) for name in engine.__all__}}


def complete(names: dict[str, Any]) -> None:
    """Complete names with the tab key, where there is readline."""
    try:
        import readline
        import rlcompleter
    except ImportError:
        return
    readline.set_completer(rlcompleter.Completer(names).complete)
    readline.parse_and_bind("bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete")


@contextmanager
def remembered() -> Iterator[None]:
    """What was typed in earlier sessions, under the arrow keys; where there is readline and someone types."""
    try:
        import readline
    except ImportError:
        readline = None  # type: ignore[assignment]
    if readline is None or not sys.stdin or not sys.stdin.isatty():
        yield
        return
    with suppress(OSError):                          # the first session has none
        readline.read_history_file(expanduser(HISTORY))
    try:
        yield
    finally:
        readline.set_history_length(1000)
        with suppress(OSError):                      # nothing depends on it
            readline.write_history_file(expanduser(HISTORY))


class Console(code.InteractiveConsole):
    """Python's own, with tracebacks that end where the user's code ends, their lines in them."""

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__(names)
        self.typed = 0

    def runsource(self, source: str, filename: str = "<console>", symbol: str = "single") -> bool:
        import linecache
        self.typed += 1
        place = f"<console {self.typed}>"
        linecache.cache[place] = len(source), None, (source + "\n").splitlines(True), place
        return super().runsource(source, place, symbol)

    def showtraceback(self) -> None:
        """The error, with the user's own lines and not the engine's below them."""
        _, error, trace = sys.exc_info()
        assert error is not None
        vars(sys).update(last_type=type(error), last_value=error, last_traceback=trace, last_exc=error)  # for debuggers
        lines = traceback.TracebackException(type(error), error, trace)
        own = [frame for frame in lines.stack if frame.filename != code.__file__]
        while len(own) > 1 and internal(own[-1].filename):
            own.pop()
        lines.stack = traceback.StackSummary.from_list(own)
        self.write("".join(lines.format()))


def internal(place: str) -> bool:
    """Whether a line of a traceback is in the engine or in a row that it poured, not in the user's code."""
    import engine
    return place.startswith(("<row ", *engine.__path__))
