"""A progress bar, where somebody looks: at a terminal or in a notebook, if tqdm is installed."""
from __future__ import annotations

import sys

from engine.errors import brief

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def bar(total: int, done: int, progress: bool | None) -> Any:
    """A bar of tqdm, or None where none is to be shown; `progress` says whether, None that it depends on who looks.

    Errors: ImportError where a bar is asked for and tqdm is not installed.
    """
    if progress not in (True, False, None):
        raise TypeError(f"fit(progress) needs True, False or None; {brief(progress)} came")
    if progress is False or progress is None and not watched():
        return None
    import warnings
    from importlib import import_module
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")          # a notebook without widgets has a bar made of text
            tqdm = import_module("tqdm.auto").tqdm
    except ImportError:
        if progress:
            raise ImportError("fit(progress=True) needs tqdm: pip install tqdm") from None
        return None
    return tqdm(total=total, initial=done, unit="step", leave=False, file=None if notebook() else sys.stderr)


def show(shown: Any, done: int, loss: float) -> None:
    """Move a bar, if there is one, to the number of steps done, with the loss of the last."""
    if shown is not None:
        shown.set_postfix(loss=f"{loss:.4g}", refresh=False)
        shown.update(done - shown.n)


def watched() -> bool:
    """Whether somebody sees what is written as the program runs."""
    return notebook() or sys.stderr is not None and sys.stderr.isatty()


def notebook() -> bool:
    """Whether this is a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")
