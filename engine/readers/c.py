"""The table as C: every row a function on doubles, written from the same formulas as its Python method.

>>> from engine.op import Op
>>> row = Op("y * x ** (y - 1)", "0", "0")
>>> Writer(row).text(row.formula.tree)
'y * power(x, y - 1.0, bad)'
"""
from __future__ import annotations

from engine.formula import AGGREGATES, ATOM, BINDS, FUNCTIONS
from engine.native import rows_of, table_text
from engine.readers.braces import Braces
from engine.readers.operands import list_of
from engine.text.calls import bracketed

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping
    from typing import Any

    from engine.op import Op
    from engine.text.calls import Written

OPERATORS = {                        # where Python's type objects keep them
    "__add__": "nb_add", "__sub__": "nb_subtract", "__mul__": "nb_multiply", "__truediv__": "nb_true_divide",
    "__pow__": "nb_power", "__floordiv__": "nb_floor_divide", "__mod__": "nb_remainder",
    "__matmul__": "nb_matrix_multiply", "__neg__": "nb_negative", "__abs__": "nb_absolute", "__invert__": "nb_invert",
}
KINDS  = {"many": "MANY", "apart": "ONE_OF_MANY", "pairs": "PAIRS"}              # as functions.h calls them
TAKE   = {                           # how such a row finds its operands
    "many":  ["const double *ys = operands;"],
    "apart": ["const double *ys = operands;", "const double x = ys[index];"],
    "pairs": ["const double *xs = operands, *ys = operands + n;"],
}
SPREAD: dict[str, Callable[..., list[tuple[str, str]]]] = {                      # where the partials go
    "many":  lambda dx: [("i", dx)],
    "apart": lambda dx, dy: [("i", f"(i == index ? {dx} : {dy})")],
    "pairs": lambda dx, dy: [("i", dx), ("n + i", dy)],
}


class Writer(Braces):
    """Reads the formulas of one row as C: expressions, and before them the statements that find their aggregates."""

    def __init__(self, op: Op) -> None:
        self.op = self.caller = op
        self.lines, self.arrays = list[str](), 0
        each = {v: list_of(op, v) for v in "xy" if not op.arity}
        self.names = {v: v if place == "index" else f"{column}[i]" for v, (column, place) in each.items()}
        self.column = ""                             # what aggregates run over in a row that is called
        self.stored: dict[str, str] = {}             # terms in arrays, by what they are
        self.aggregates: dict[tuple[str, str], str] = {}

    def call(self, name: str, texts: list[str]) -> Written:
        return self.known(f"{name}({', '.join([*texts, 'bad'])})")

    def known(self, text: str) -> Written:
        """An expression, or the array where its values are stored."""
        return self.stored.get(text, text), ATOM

    def function(self, name: str, parts: list[ast.expr]) -> Written:
        first, *others = map(self.text, parts)
        if FUNCTIONS[name].takes:
            return self.call(f"{name}_of", [first, *others])
        for other in others:
            first = f"{name}_of({first}, {other}, bad)"
        return first, ATOM

    def row(self, name: str, parts: list[ast.expr]) -> Written:
        row = self.caller.rows[name]
        texts = [self.text(part) for part in parts]
        if row.arity:
            return self.call(f"{name}_formula", texts)
        outer = self.names, self.column, self.caller
        column = texts[0] if self.op.shape == "pairs" else "ys[i]"
        self.names, self.column, self.caller = {"x": texts[0]}, column, row
        z: Written = self.read(row.formula.tree)
        self.names, self.column, self.caller = outer
        return bracketed(z, BINDS["**"]), ATOM

    def aggregate(self, name: str, body: ast.expr) -> Written:
        """The name of the aggregate's value, found by statements of its own, once."""
        outer, self.names = self.names, {"x": "xs[i]", "y": self.column or "ys[i]"}
        terms = self.terms(self.text(body))
        self.names = outer
        if (name, terms) not in self.aggregates:
            value = f"{name}{1 + sum(known == name for known, _ in self.aggregates)}"
            call = AGGREGATES[name].c
            room = self.room() if "{room}" in call else ""
            call = call.format(terms=terms, room=room)
            each = name == "others"                  # one for each operand
            self.lines.append(f"{call};" if each else f"const double {value} = {call};")
            self.aggregates[name, terms] = f"{room}[i]" if each else value
        return self.aggregates[name, terms], ATOM

    def room(self) -> str:
        """A new array of as many doubles as there are operands."""
        self.arrays += 1
        self.lines.append(f"double *array{self.arrays} = room + {self.arrays - 1} * n;")
        return f"array{self.arrays}"

    def terms(self, text: str) -> str:
        """The array that holds the expression's value for each operand."""
        if text in ("xs[i]", "ys[i]") or text in self.stored.values():
            return text.removesuffix("[i]")
        array = self.room()
        self.lines.append(f"for (Py_ssize_t i = 0; i < n; i++) {array}[i] = {text};")
        self.stored[text] = f"{array}[i]"
        return array


def needed(op: Op, writer: Writer) -> list[str]:
    """The statement that gives up where the operands are not what the row needs."""
    return [f"if (!{writer.truth(op.needs.tree)}) {{ *bad = 1; return; }}"] if op.needs else []


def of_few(op: Op) -> list[str]:
    """A row of one or two operands: its formula, and what finds the result and the slopes that are wanted."""
    writer, numbers = Writer(op), [f"double {v}" for v in op.variables]
    wanted = [f"int w{v}" for v in op.variables if op.arity == 2]
    slopes = [f"*d{v} = {f'w{v} ? ' if wanted else ''}{writer.text(part.tree, 1)}{' : 0.0' if wanted else ''};"
              for v, part in zip(op.variables, op.partials)]
    results = [f"double *{part}" for part in ("result", *[f"d{v}" for v in op.variables])]
    return [f"static inline double {op.name}_formula({', '.join([*numbers, 'int *bad'])})",
            "{", f"    return {writer.text(op.formula.tree)};", "}",
            f"static inline void {op.name}_row({', '.join([*numbers, *wanted, 'int *bad', *results])})",
            "{", *(f"    {line}" for line in [
                f"*result = {' = '.join(f'*d{v}' for v in op.variables)} = 0.0;", *needed(op, writer),
                f"const double z = {op.name}_formula({', '.join([*op.variables, 'bad'])});", "*result = z;", *slopes]),
            "}", f"{'ONE' if op.arity == 1 else 'TWO'}({op.name})", *[f"{more}({op.name})" for more in slots_of(op)]]


def of_many(op: Op) -> tuple[list[str], int]:
    """A row of many operands as one function, and how many arrays it needs."""
    writer = Writer(op)
    needs = needed(op, writer)
    checked = [*writer.lines, *needs]
    value = writer.text(op.formula.tree)
    before = [*writer.lines[len(checked) - len(needs):], f"const double z = {value};", "*result = z;",
              "if (!slopes) return;"]
    found = len(writer.lines)
    texts = [writer.text(part.tree, 1) for part in op.partials]
    each = [f"slopes[{at}] = wanted[{at}] ? {text} : none();" for at, text in SPREAD[op.shape](*texts[:2])]
    take = [*TAKE[op.shape], *["const double b = operands[2 * n];" for _ in texts[2:]]]
    after = [f"slopes[2 * n] = wanted[2 * n] ? {text} : none();" for text in texts[2:]]
    lines = [*take, *checked, *before, *writer.lines[found:],
             "for (Py_ssize_t i = 0; i < n; i++) {", *(f"    {line}" for line in each), "}", *after]
    return [f"static void {op.name}_row(Py_ssize_t n, const double *operands, Py_ssize_t index, const char *wanted,",
            "                    double *room, int *bad, double *result, double *slopes)",
            "{", *(f"    {line}" for line in lines), "}"], writer.arrays


def method(name: str, op: Op, reflected: bool, arrays: int) -> str:
    """The entry of a method in the table of all methods."""
    kind = KINDS.get(op.shape) or ("ONE", "TWO")[op.arity - 1]
    what = {"ONE": f".one = one_{op.name}", "TWO": f".two = two_{op.name}"}.get(
        kind, f".many = {op.name}_row, .arrays = {arrays}, .more = {len(op.variables[2:])}")
    return f'{{"{name}", ROW_{op.name}, KIND_{kind}, {int(reflected)}, {what}}},'


def slots_of(op: Op) -> list[str]:
    """What an operator's place in Python needs besides its row: power has a modulus, moved parameters are told of."""
    return {"**": ["POWER"], "+": ["MOVES"], "-": ["MOVES"]}.get(op.sign, [])


def slot(op: Op) -> str:
    """The entry of an operator in the table of Python's places for operators."""
    place = OPERATORS[f"__{op.name}__"]
    kind = "".join(slots_of(op)).lower() or "slot"
    return f"{{offsetof(PyNumberMethods, {place}), (void *){kind}_{op.name}}},"


def functions() -> list[str]:
    """The grammar's functions on doubles, and the list of those that Python is asked for."""
    lines, asked = list[str](), list[str]()
    for name, function in FUNCTIONS.items():
        count = "ONE" if function.takes == 1 else "TWO"
        if function.c:
            lines.append(f"OF_{count}({name}, {function.c})")
        else:
            lines.append(f"ASKED_OF_{count}({name})")
            asked.append(f'    {{"{name}", &python_{name}}},')
    return [*lines, "", "static const Asked asked_functions[] = {", *asked, "    {NULL},", "};"]


def quoted(text: str) -> list[str]:
    """The text as C strings, one for each line."""
    return ['"' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"' for line in text.splitlines()]


def pour(body: Mapping[str, Any]) -> str:
    """The C of all rows in the body of a class, for engine/native/core.c."""
    rows = rows_of(body)
    first = {op: name for name, op in reversed(rows.items())}
    ops = list(dict.fromkeys(rows.values()))
    lines, arrays = list[str](), dict.fromkeys(ops, 0)
    for op in ops:
        lines += ["", f"/* {op.name}: z = {op.formula} */"]
        if op.arity:
            lines += of_few(op)
        else:
            more, arrays[op] = of_many(op)
            lines += more
    methods = [method(name, op, name != first[op], arrays[op]) for name, op in rows.items()]
    slots = [slot(op) for name, op in rows.items() if name == f"__{op.name}__"]
    return "\n".join([
        "/* Poured from the tables: formula.py has the functions, value.py and more_rows.py the rows. */",
        "#ifdef ROWS_FIRST", "", "enum {", *(f"    ROW_{op.name}," for op in ops), "    COUNT", "};", "",
        "#else", "", *functions(), *lines, "",
        "static const Method table[] = {", *(f"    {entry}" for entry in methods), "    {NULL},", "};", "",
        "static const Slot slots[] = {", *(f"    {entry}" for entry in slots), "    {0, NULL},", "};", "",
        "static const char table_text[] =", *(f"    {line}" for line in quoted(table_text(body))), "    ;", "",
        "#endif", ""])
