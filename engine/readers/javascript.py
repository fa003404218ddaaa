"""The table as JavaScript: a row as functions of numbers, written from the same formulas as its Python method.

A row is an object: `value(v, at)` for operands v in the order of a node's, `at` the node's index; `holds(v, at, z)`,
what it needs, where it needs something; `slopes(v, at, z)`, the partials by all operands, NaN where there is none. What
is called there stands in live/numbers.js.

>>> print(pour([Op.table["truediv"]]))
const rows = (() => {
const row1 = (x, y) => over(x, y);
return [
{ // truediv: x / y
  value: (v, at) => { const x = v[0], y = v[1]; return row1(x, y); },
  holds: (v, at, z) => { const x = v[0], y = v[1]; return (y !== 0.0); },
  slopes: (v, at, z) => { const x = v[0], y = v[1]; return [tried(() => over(1.0, y)), tried(() => over(-z, y))]; },
},
];
})();
"""
from __future__ import annotations

import ast

from engine.formula import AGGREGATES, ATOM, FUNCTIONS
from engine.op import Op
from engine.readers.braces import Braces
from engine.readers.operands import list_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.formula import Formula
    from engine.text.calls import Written


class Script(Braces):
    """Reads the formulas of one row as JavaScript: expressions, and before them the statements that find aggregates.

    `functions` are the rows of few operands as functions, by their names there.
    """

    SIGNS = {"==": "===", "!=": "!=="}

    def __init__(self, op: Op, functions: dict[Op, str]) -> None:
        self.op = self.caller = op
        self.lines, self.functions = list[str](), functions
        each = {v: list_of(op, v) for v in "xy" if not op.arity}
        self.pairs, self.apart = ("xs", "i") in each.values(), ("ys", "index") in each.values()
        self.names = {v: v if place == "index" else f"{column}[i]" for v, (column, place) in each.items()}
        self.column = ""                             # what aggregates run over in a row that is called

    def function(self, name: str, parts: list[ast.expr]) -> Written:
        texts = [*map(self.text, parts)]
        if FUNCTIONS[name].takes:
            return self.call(name, texts)
        return self.call(FUNCTIONS[name].javascript, [f"[{', '.join(texts)}]"])

    def row(self, name: str, parts: list[ast.expr]) -> Written:
        row, texts = self.caller.rows[name], [self.text(part) for part in parts]
        if row.arity:
            return self.call(called(row, self.functions), texts)
        outer = self.names, self.column, self.caller
        self.names, self.column, self.caller = {"x": texts[0]}, texts[0] if self.pairs else "", row
        z: Written = self.read(row.formula.tree)
        self.names, self.column, self.caller = outer
        return z

    def aggregate(self, name: str, body: ast.expr) -> Written:
        """The name of the aggregate's value, found by a statement of its own, once."""
        outer, self.names = self.names, {"x": "xs[i]", "y": self.column or "ys[i]"}
        term = self.text(body)
        self.names = outer
        terms = term[:2] if term in ("xs[i]", "ys[i]") else f"each(n, i => {term})"
        found = f" = {AGGREGATES[name].floats}({terms});"
        known = [line[len("const "):-len(found)] for line in self.lines if line.endswith(found)]
        if not known:
            known = [f"{name}{1 + len(self.lines)}"]
            self.lines.append(f"const {known[0]}{found}")
        return f"{known[0]}[i]" if name == "others" else known[0], ATOM

    def taken(self) -> list[str]:
        """The statements that give the operands the formulas' names."""
        if self.op.arity:
            return [f"const {', '.join([f'{v} = v[{i}]' for i, v in enumerate(self.op.variables)])};"]
        if self.pairs:
            return ["const n = at, xs = v.slice(0, n), ys = v.slice(n, 2 * n), b = v[2 * n];"]
        return ["const n = v.length, ys = v;", *["const x = ys[at];"] * self.apart]

    def spread(self, partials: Iterable[Formula]) -> list[str]:
        """The items of the list of partials by all operands: for one by one of a column of them, all of these."""
        texts = [self.text(part.tree) for part in partials]
        if self.op.arity:
            return [text if certain(text) else f"tried(() => {text})" for text in texts]
        tries = [f"tried(() => {text})" for text in texts]
        if self.apart:
            tries = [f"i === at ? {tries[0]} : {tries[1]}"]
        columns = [f"...each(n, i => {text})" for text in tries[:2 if self.pairs else 1]]
        return [*columns, *tries[len(columns):]]


def pour(ops: Iterable[Op]) -> str:
    """The rows as a list in JavaScript, in the order that they came in."""
    functions = dict[Op, str]()
    objects = [line for op in ops for line in written(op, functions)]
    return "\n".join(["const rows = (() => {", *bodies(functions), "return [", *objects, "];", "})();"])


def called(op: Op, functions: dict[Op, str]) -> str:
    """The name of a row of few operands as a function; its own may be a word of JavaScript."""
    return functions.setdefault(op, f"row{1 + len(functions)}")


def bodies(functions: dict[Op, str]) -> list[str]:
    """Those functions, and the ones that they call in turn."""
    lines = dict[Op, str]()
    while waiting := [op for op in functions if op not in lines]:
        for op in waiting:
            text = Script(op, functions).text(op.formula.tree)
            lines[op] = f"const {functions[op]} = ({', '.join(op.variables)}) => {text};"
    return list(lines.values())


def written(op: Op, functions: dict[Op, str]) -> list[str]:
    """A row as an object."""
    reader = Script(op, functions)
    value = f"{called(op, functions)}({', '.join(op.variables)})" if op.arity else reader.text(op.formula.tree)
    before = list(reader.lines)
    lines = [f"{{ // {op.name}: {ast.unparse(op.formula.tree)}",
             method("value: (v, at)", reader.taken(), before, value)]
    if op.needs:
        needs = reader.truth(op.needs.tree)
        lines.append(method("holds: (v, at, z)", reader.taken(), reader.lines, needs))
    items = ", ".join(reader.spread(op.partials))
    tried = [attempted(line) for line in reader.lines]
    return [*lines, method("slopes: (v, at, z)", reader.taken(), tried, f"[{items}]"), "},"]


def method(head: str, *statements: list[str] | str) -> str:
    """A function that runs these statements and returns the last."""
    *lists, result = statements
    lines = [line for some in lists for line in some]
    return f"  {head} => {{ {' '.join([*lines, f'return {result};'])} }},"


def attempted(line: str) -> str:
    """The statement that finds an aggregate where that may not exist."""
    name, _, found = line.rstrip(";").partition(" = ")
    return f"{name} = tried(() => {found});"


def certain(text: str) -> bool:
    """Whether JavaScript for a formula cannot fail: it calls nothing."""
    return "(" not in text.replace("() =>", "")


def functions() -> str:
    """The grammar's functions: what Math has, or numbers.js, failing where Python's fail."""
    return "\n".join([
        f"const {name} = sure({'Math.' + name if function.javascript == '.' else function.javascript});"
        for name, function in FUNCTIONS.items() if function.takes])
