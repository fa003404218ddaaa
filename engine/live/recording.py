"""A graph as data for the page: its numbers, its operations by the number of their row, its operands.

>>> from engine import Value
>>> x = Value(3.0); found = Recording(x * 2.0 + x)
>>> found.data["numbers"], found.data["operands"], [op.name for op in found.rows]
([3.0, 2.0, 6.0, 9.0], [[], [], [0, 1], [2, 0]], ['mul', 'add'])
"""
from __future__ import annotations

from engine.graph import postorder
from engine.op import Op
from engine.readers.javascript import pour
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Recording:
    """The nodes of a graph in order, plain numbers before what they are operands of, each with its place.

    A leaf has the number that it has now; what was computed from an older one is computed again. Several graphs of a
    page have their `rows` in common.
    """

    def __init__(self, root: Value, rows: dict[Op, int] | None = None) -> None:
        self.nodes, self.places, self.rows = list[Value](), dict[Value, int](), {} if rows is None else rows
        for v in postorder(root):
            for x in (*[x for x in v.parents if x.constant], v):
                if x not in self.places:
                    self.places[x] = len(self.nodes)
                    self.nodes.append(x)
            if v.op:
                self.rows.setdefault(v.op, len(self.rows))

    @property
    def data(self) -> dict[str, Any]:
        """What graph.js takes."""
        return {"numbers": [v.data for v in self.nodes],
                "rows": [self.rows[v.op] if v.op else -1 for v in self.nodes],
                "operands": [[self.places[x] for x in v.parents] for v in self.nodes],
                "at": [v.index for v in self.nodes],
                "constant": [v.constant for v in self.nodes]}

    @property
    def script(self) -> str:
        """The rows as JavaScript, numbered as in the data."""
        return pour(self.rows)
