"""The rows of the table, put back after a test that sets some of its own."""
from __future__ import annotations

import linecache
from collections.abc import Iterator
from contextlib import contextmanager

from engine import Op, Value


@contextmanager
def restored() -> Iterator[None]:
    """Within, rows may be set, replaced and removed; afterwards Value, the table and the sources are as before.

    Not for operators: Python would from then on look for a compiled one by its name.
    """
    table, methods, sources = dict(Op.table), dict(vars(Value)), dict(linecache.cache)
    try:
        yield
    finally:
        if Op.table != table:
            Op.table.clear()
            Op.table.update(table)
            linecache.cache.update((place, sources[place]) for place in sources if place.startswith("<row "))
        now = dict(vars(Value))
        for name in now.keys() - methods.keys():
            type.__delattr__(Value, name)
        for name, method in methods.items():
            if now.get(name) is not method:
                type.__setattr__(Value, name, method)
