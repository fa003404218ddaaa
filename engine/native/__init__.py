"""Which core runs: the compiled one where it was built from this very table, else Python's.

The compiled core is poured from the rows of `class Value` when the package is built. It carries the text of those rows;
where the table has changed since, Python's core runs, and says so. GLASSGRAD_CORE=python asks for Python's,
GLASSGRAD_CORE=native for the compiled one and nothing else.

The C is poured by readers/c.py (rows) and by `kernels` (instructions of replays); `sources` says what it is made of,
and in which order; `later` pours a row's Python when it is first used; `buffers` reads and writes numbers of
many Values. May be imported: name, rows_of, and what buffers has. Start here, then core.c.
"""
from __future__ import annotations

import os
import sys
from importlib import import_module
from types import GetSetDescriptorType, MemberDescriptorType

from engine.op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

name, reason = "python", ""                          # of the core that runs, and why it is that one
FIELDS = GetSetDescriptorType, MemberDescriptorType  # which a compiled node has of its own


def rows_of(body: Mapping[str, Any]) -> dict[str, Op]:
    """The rows in the body of a class, by the names of their methods."""
    rows = {name: getattr(thing, "op", None) for name, thing in body.items()}
    return {name: op for name, op in rows.items() if isinstance(op, Op)}


def table_text(body: Mapping[str, Any]) -> str:
    """The rows in the body of a class as text, one on each line."""
    lines = []
    for name, op in rows_of(body).items():
        formula, partials, needs, *_ = op.given      # a row that was not read yet need not be
        lines.append(f"{name}: {' | '.join([formula, *partials, needs])}\n")
    return "".join(lines)


def value_class(value: Any) -> Any:
    """The class with the body of Python's: its nodes and its rows compiled, where that can be; else Python's."""
    body = dict(vars(value))
    core = compiled(body)
    if core is None:
        return value
    found = core.class_of_nodes(type(value))
    for name, thing in body.items():
        if type(thing) not in FIELDS and name != "__dict__":         # the compiled class has its own
            type.__setattr__(found, name, thing)
    Op.value = found
    core.adopt(found)
    return found


def watch(moved: Any) -> None:
    """Have compiled sums and differences tell of a leaf with a gradient, more or less a plain number."""
    if name == "native":
        import_module("engine.native.core").watch(moved)


def compiled(body: Mapping[str, Any]) -> Any:
    """The compiled core, if it is to run these rows; notes why, or why not. Errors: ImportError where it has to."""
    global name, reason
    asked = os.environ.get("GLASSGRAD_CORE", "")
    if asked not in ("", "python", "native"):
        raise ImportError(f"GLASSGRAD_CORE is python or native, not {asked!r}")
    if asked == "python":
        reason = "GLASSGRAD_CORE asks for it"
        return None
    unexpected = False                               # a core that is there and does not run
    try:
        core = import_module("engine.native.core")
        reason = changes(core.TABLE, table_text(body)) if core.vacant() else "another class has its nodes"
        unexpected = core.vacant()
    except ModuleNotFoundError:
        reason = "none was built here: that takes a C compiler and the headers of Python"
    except ImportError as error:
        reason, unexpected = f"the compiled core does not load: {error}", True
    if not reason:
        name, reason = "native", "it was built from this table"
        return core
    if asked == "native":
        raise ImportError(f"GLASSGRAD_CORE=native, but {reason}")
    if unexpected:
        print(f"glassgrad runs its Python core: {reason}", file=sys.stderr)
    return None


def changes(old: str, new: str) -> str:
    """What has changed in the table since the core was compiled; empty if nothing has."""
    before, after = (dict(line.split(": ", 1) for line in text.splitlines()) for text in (old, new))
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not names and old != new:
        names = ["the order"]
    return f"the table has changed since the core was compiled ({', '.join(names)}): install again" if names else ""
