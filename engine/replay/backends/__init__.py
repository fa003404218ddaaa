"""The backends of replays, and the choice among them: native, the compiled block interpreter; arrays, NumPy; floats.

Each runs a tape, and falls back on floats, row by row, where a result is not finite; `encoding` writes programs as the
numbers that the interpreter loads. May be imported: choose, by replay alone. Start with choose.
"""
from __future__ import annotations

from engine.native import name as core
from engine.replay.backends.floats import Floats
from engine.replay.backends.native import Native
from engine.replay.rows import numpy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from engine.replay.tape import Tape

BACKENDS = "native", "numpy", "python"               # the fastest first


def choose(tape: Tape, asked: str, threads: int, kernels: str = "") -> Any:
    """What runs a tape: the backend that was asked for, or the fastest that is there.

    Errors: ImportError for one that was asked for and is not there; ValueError for kernels that are not.
    """
    floats = Floats(tape)
    asked = asked or ("native" if kernels else "")
    if asked == "native" or asked == "" and core == "native":
        try:
            return Native(tape, floats, threads, kernels)
        except ImportError as error:
            if asked:
                raise ImportError("Replay's backend 'native' was not built here; install again where there is a C "
                                  "compiler, or leave the choice open") from error
    if asked == "python" or asked == "" and numpy() is None:
        return floats
    if numpy() is None:
        raise ImportError(f"Replay's backend {asked!r} needs NumPy, which is not installed; run: pip install numpy")
    from engine.replay.backends.arrays import Arrays         # where NumPy is loaded
    return Arrays(tape, floats)
