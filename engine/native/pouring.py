"""The table as C: every row a function on doubles, written from the same formulas as its Python method.

>>> from engine.op import Op
>>> written = CWriter(Op("y * x ** (y - 1)", "0", "0"))
>>> written.write(written.op.formula.tree)
'y * power(x, y - 1.0, bad)'
"""
from __future__ import annotations

import ast

from engine.formula import AGGREGATES, FUNCTIONS, INFIX, Formula
from engine.native import rows_of, written
from engine.op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

OPERATORS = {                        # where Python's type objects keep them
    "add": "nb_add", "sub": "nb_subtract", "mul": "nb_multiply", "truediv": "nb_true_divide", "pow": "nb_power",
    "floordiv": "nb_floor_divide", "mod": "nb_remainder", "matmul": "nb_matrix_multiply",
    "neg": "nb_negative", "pos": "nb_positive", "abs": "nb_absolute", "invert": "nb_invert",
}
AGGREGATED = {                       # the aggregates of the terms in an array: arithmetic.h
    "sum": "total(n, {terms})", "rest": "rest(n, {terms}, bad)", "max": "largest(n, {terms}, bad)",
    "min": "smallest(n, {terms}, bad)", "fsum": "exact_sum(n, {terms}, {room}, bad)",
    "others": "others(n, {terms}, {room})",
}


class CWriter:
    """Writes the formulas of one row as C: expressions, and before them the statements that find their aggregates."""

    def __init__(self, op: Op) -> None:
        self.op, self.lines, self.arrays = op, list[str](), 0
        self.rows = {name: Op.table[name] for part in op.parts for name in part.calls}
        each = "xs[i]" if op.pairs else "ys[i]"
        self.names = {"x": "x" if op.one else each, "y": "ys[i]"} if op.many else {}
        self.column = ""                             # what the aggregates of an inlined row run over
        self.stored = dict[str, str]()               # terms in arrays, by what they are
        self.found = dict[tuple[str, str], str]()     # aggregates, by what they are

    def write(self, node: ast.AST, level: int = 0) -> str:
        """The expression, in parentheses where it binds less than `level`."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Constant):
            return repr(float(node.value))  # type: ignore[arg-type]
        if isinstance(node, ast.Call):
            return self.call(node.func.id, node.args)  # type: ignore[attr-defined]
        if isinstance(node, ast.UnaryOp):
            binds, text = 3, f"-{self.write(node.operand, 4)}"
        elif isinstance(node, ast.IfExp):
            binds, text = 0, f"{self.condition(node.test)} ? {self.write(node.body, 1)} : {self.write(node.orelse, 1)}"
        elif isinstance(node, ast.BinOp):
            sign, binds = INFIX[type(node.op)]
            if sign in ("**", "/"):
                sides = self.write(node.left), self.write(node.right)
                return self.known(f"{'power' if sign == '**' else 'over'}({', '.join(sides)}, bad)")
            text = f"{self.write(node.left, binds)} {sign} {self.write(node.right, binds + 1)}"
        else:
            binds, text = 0, f"{self.condition(node)} ? 1.0 : 0.0"
        return f"({text})" if binds < level else text

    def known(self, text: str) -> str:
        """The expression, or the array where its values are stored."""
        return self.stored.get(text, text)

    def condition(self, node: ast.AST) -> str:
        """The expression where only its truth counts, in parentheses."""
        if isinstance(node, ast.BoolOp):
            sign = {"and": " && ", "or": " || "}[INFIX[type(node.op)][0]]
            return f"({sign.join(map(self.condition, node.values))})"
        if not isinstance(node, ast.Compare):
            return f"({self.write(node, 1)} != 0.0)"
        sides = [self.write(side, 1) for side in (node.left, *node.comparators)]
        pairs = [f"{x} {INFIX[type(op)][0]} {y}" for x, op, y in zip(sides, node.ops, sides[1:])]
        return "(" + " && ".join(pairs) + ")"

    def call(self, name: str, arguments: list[ast.expr]) -> str:
        """A call: of a function, of an aggregate, or of another row."""
        if name in AGGREGATES and len(arguments) == 1:
            return self.aggregate(name, arguments[0])
        texts = [self.write(argument) for argument in arguments]
        if name in ("max", "min"):
            text = texts[0]
            for other in texts[1:]:
                text = f"{name}_of({text}, {other}, bad)"
            return text
        if name in FUNCTIONS:
            return self.known(f"{name}_of({', '.join(texts)}, bad)")
        if not self.rows[name].many:
            return self.known(f"{name}_formula({', '.join(texts)}, bad)")
        outer = self.names, self.column
        self.names, self.column = {"x": texts[0]}, texts[0] if self.op.pairs else "ys[i]"
        text = self.write(self.rows[name].formula.tree, 4)
        self.names, self.column = outer
        return text

    def aggregate(self, name: str, body: ast.expr) -> str:
        """The name of the aggregate's value, found by statements of its own, once."""
        outer, self.names = self.names, {"x": "xs[i]", "y": self.column or "ys[i]"}
        text = self.write(body)
        self.names = outer
        terms = self.terms(text)
        if (name, terms) not in self.found:
            value = f"{name}{1 + sum(known == name for known, _ in self.found)}"
            room = self.room() if name in ("others", "fsum") else ""
            found = AGGREGATED[name].format(terms=terms, room=room)
            self.lines.append(f"{found};" if name == "others" else f"const double {value} = {found};")
            self.found[name, terms] = f"{room}[i]" if name == "others" else value
        return self.found[name, terms]

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


def needed(op: Op, writer: CWriter) -> list[str]:
    return [f"if (!{writer.condition(op.needs.tree)}) {{ *bad = 1; return; }}"] if isinstance(op.needs, Formula) else []


def of_few(op: Op) -> list[str]:
    """A row of one or two operands: its formula, and what finds the result and the slopes that are wanted."""
    writer, numbers = CWriter(op), [f"double {v}" for v in op.variables]
    wanted = [f"int w{v}" for v in op.variables if op.arity == 2]
    slopes = [f"*d{v} = {f'w{v} ? ' if wanted else ''}{writer.write(part.tree, 1)}{' : 0.0' if wanted else ''};"
              for v, part in zip(op.variables, op.partials)]
    results = [f"double *{part}" for part in ("result", *[f"d{v}" for v in op.variables])]
    return [f"static inline double {op.name}_formula({', '.join([*numbers, 'int *bad'])})",
            "{", f"    return {writer.write(op.formula.tree)};", "}",
            f"static inline void {op.name}_row({', '.join([*numbers, *wanted, 'int *bad', *results])})",
            "{", *(f"    {line}" for line in [
                f"*result = {' = '.join(f'*d{v}' for v in op.variables)} = 0.0;", *needed(op, writer),
                f"const double z = {op.name}_formula({', '.join([*op.variables, 'bad'])});", "*result = z;", *slopes]),
            "}", f"{'ONE' if op.arity == 1 else 'TWO'}({op.name})", *(["POWER(pow)"] if op.name == "pow" else [])]


def of_many(op: Op) -> tuple[list[str], int]:
    """A row of many operands as one function, and how many arrays it needs."""
    writer = CWriter(op)
    value = writer.write(op.formula.tree)
    before = [*writer.lines, f"const double z = {value};", "*result = z;", "if (!slopes) return;"]
    texts = [writer.write(part.tree, 1) for part in op.partials]
    if op.pairs:
        take = ["const double *xs = operands, *ys = operands + n;",
                *(["const double b = operands[2 * n];"] if op.formula.free else [])]
        each = [f"slopes[{at}] = wanted[{at}] ? {text} : none();" for text, at in zip(texts, ("i", "n + i"))]
    else:
        take = ["const double *ys = operands;", *(["const double x = ys[index];"] if op.one else [])]
        text = f"(i == index ? {texts[0]} : {texts[1]})" if op.one else texts[0]
        each = [f"slopes[i] = wanted[i] ? {text} : none();"]
    after = [f"slopes[2 * n] = wanted[2 * n] ? {text} : none();" for text in texts[2:]]
    lines = [*take, *needed(op, writer), *before, *writer.lines[len(before) - 3:],
             "for (Py_ssize_t i = 0; i < n; i++) {", *(f"    {line}" for line in each), "}", *after]
    return [f"static void {op.name}_row(Py_ssize_t n, const double *operands, Py_ssize_t index, const char *wanted,",
            "                    double *room, int *bad, double *result, double *slopes)",
            "{", *(f"    {line}" for line in lines), "}"], writer.arrays


def method(name: str, op: Op, reflected: bool, arrays: int) -> str:
    """The entry of a method in the table of all methods."""
    kind = "PAIRS" if op.pairs else "ONE_OF_MANY" if op.one else "MANY" if op.many else ("ONE", "TWO")[op.arity - 1]
    what = {"ONE": f".one = one_{op.name}", "TWO": f".two = two_{op.name}"}.get(
        kind, f".many = {op.name}_row, .arrays = {arrays}, .more = {int(len(op.variables) > 2)}")
    return f'{{"{name}", ROW_{op.name}, KIND_{kind}, {int(reflected)}, {what}}},'


def slot(op: Op) -> str:
    """The entry of an operator in the table of Python's places for operators."""
    kind = "power" if OPERATORS[op.name] == "nb_power" else "slot"               # Python's has a modulus besides
    return f"{{offsetof(PyNumberMethods, {OPERATORS[op.name]}), (void *){kind}_{op.name}}},"


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
        if op.many:
            more, arrays[op] = of_many(op)
        else:
            more = of_few(op)
        lines += more
    methods = [method(name, op, name != first[op], arrays[op]) for name, op in rows.items()]
    slots = [slot(op) for name, op in rows.items() if name == f"__{op.name}__"]
    return "\n".join([
        "/* Poured from the table in engine/value.py. */", "#ifdef ROWS_FIRST", "",
        "enum {", *(f"    ROW_{op.name}," for op in ops), "    COUNT", "};", "",
        "#else", *lines, "",
        "static const Method table[] = {", *(f"    {entry}" for entry in methods), "    {NULL},", "};", "",
        "static const Slot slots[] = {", *(f"    {entry}" for entry in slots), "    {0, NULL},", "};", "",
        "static const char table_text[] =", *(f"    {line}" for line in quoted(written(body))), "    ;", "",
        "#endif", ""])
