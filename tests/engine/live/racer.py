"""The page's JavaScript in V8 itself, without a browser."""
from __future__ import annotations

import json
from pathlib import Path

from py_mini_racer import MiniRacer

from engine.live.recording import Recording
from engine.readers.javascript import functions, pour

PLACE = Path(__file__).parents[3] / "engine" / "live"
SECONDS = 20
READ = """
const told = JSON.stringify, text = x => Array.isArray(x) ? x.map(text) : typeof x === "number" ? String(x) : x;
const attempt = act => { try { return text(act()); } catch (failure) {
  if (failure instanceof Failure || failure instanceof Refusal) return {overflows: failure.overflows,
                                                                       node: failure.node ?? null};
  throw failure; } };
"""


def number(x):
    """What JavaScript's text of a number says, in lists too."""
    if isinstance(x, list):
        return [number(part) for part in x]
    return float(x.replace("Infinity", "inf")) if isinstance(x, str) else x


class Racer:
    """An engine with what stands beside the rows, and `graph.js`; the rows of some graphs are poured when asked."""

    def __init__(self):
        self.engine = MiniRacer()
        texts = [(PLACE / "numbers.js").read_text(), functions(), (PLACE / "graph.js").read_text(), READ]
        self.engine.eval("\n".join(texts).replace("class Graph", "var Graph = class"), timeout_sec=SECONDS)

    def run(self, rows, expression):
        """What an expression is where `rows` are these rows."""
        source = f"(() => {{ {pour(rows)}; return told({expression}); }})()".replace("const rows", "globalThis.rows")
        return number(json.loads(self.engine.eval(source, timeout_sec=SECONDS)))

    def graphs(self, roots):
        """For each graph its values and its derivatives, or where it has none."""
        rows = {}
        data = [Recording(root, rows).data for root in roots]
        return self.run(rows, f"{json.dumps(data)}.map(data => attempt(() => {{ const g = new Graph(data); "
                              "return [g.values, g.backward().grads]; }))")

    def steps(self, root):
        """For each node of a graph, found from Python's numbers of its operands: its value and its partials."""
        found = Recording(root)
        step = "[row.value(xs, data.at[v]), row.slopes(xs, data.at[v], data.numbers[v])]"
        return found, self.run(found.rows, f"""(data => data.rows.map((n, v) => n < 0 ? [] : attempt(() => {{
            const row = rows[n], xs = data.operands[v].map(x => data.numbers[x]);
            return {step}; }})))({json.dumps(found.data)})""")
