"""Every small change of a file that its tests should notice: of Python and the formulas quoted there, C, JavaScript.

>>> [change.after for change in changes_of_python("z = x - y")]
['x + y', 'y - x', 'x']
>>> [change.after for change in changes_of_python('z = Op("x * y", "y", "x", hint="not 0")')]
['"x / y"', '"x"']
"""
from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

SIGNS = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.Pow: ("**", "*"),
         ast.FloorDiv: ("//", "/"), ast.Mod: ("%", "//"), ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&"),
         ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
         ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"),
         ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"), ast.And: ("and", "or"), ast.Or: ("or", "and")}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "sin": "cos", "cos": "sin", "exp": "expm1",
         "log": "log1p", "expm1": "exp", "log1p": "log", "others": "sum", "rest": "sum"}
QUOTED = {"Op", "declare_loss", "__call__"}          # calls whose texts are formulas
LISTS  = {"formulas", "moments"}                     # names of lists of them
PROSE  = {"hint", "name", "symbol", "alias"}         # arguments that are none
TEXTUAL = [                                          # C and JavaScript: a token between blanks, and what comes for it
    (" + ", " - "), (" - ", " + "), (" * ", " / "), (" / ", " * "), (" < ", " <= "), (" <= ", " < "), (" > ", " >= "),
    (" >= ", " > "), (" == ", " != "), (" != ", " == "), (" === ", " !== "), (" !== ", " === "), (" && ", " || "),
    (" || ", " && "), (" += ", " -= "), (" -= ", " += "), (" |= ", " &= "), ("return 1;", "return 0;"),
    ("return 0;", "return 1;"), (" = 0;", " = 1;"), (" = 1;", " = 0;"), ("(!", "("), ("0.0", "1.0"), ("0.5", "0.25"),
    ("Math.min(", "Math.max("), ("Math.max(", "Math.min("), ("break;", ";")]


@dataclass(frozen=True)
class Change:
    """What stands at a place in a file, and what comes in its stead."""

    start: int
    before: str
    after: str

    def applied(self, text: str) -> str:
        """The file with the change in it."""
        assert text[self.start:].startswith(self.before)
        return text[:self.start] + self.after + text[self.start + len(self.before):]


class Python:
    """The changes of one file, or of one formula."""

    def __init__(self, text: str) -> None:
        self.text, self.tree, self.lines = text, ast.parse(text), [0]
        for line in text.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.by_line = text.splitlines(keepends=True)

    def place(self, line: int, column: int) -> int:
        return self.lines[line - 1] + len(self.by_line[line - 1].encode()[:column].decode())

    def start(self, node: ast.AST) -> int:
        return self.place(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        return self.place(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def source(self, node: ast.AST) -> str:
        return self.text[self.start(node):self.end(node)]

    def instead(self, node: ast.AST, after: str) -> Change:
        return Change(self.start(node), self.source(node), after)

    def changes(self) -> Iterator[Change]:
        yield from self.within(self.tree)

    def within(self, node: ast.AST) -> Iterator[Change]:
        """The changes of a part and of all in it; none of types, of sentences, and of what is there for checkers."""
        match node:
            case ast.Assign(targets=[ast.Name("TYPE_CHECKING")]):
                return
            case ast.JoinedStr() | ast.Raise() | ast.Import() | ast.ImportFrom() | ast.Assert():
                return
            case ast.If(test=ast.Name("TYPE_CHECKING")):
                for part in node.orelse:
                    yield from self.within(part)
                return
            case ast.Assign(targets=[ast.Name(name)], value=ast.List(elts=parts)) if name in LISTS:
                for part in parts:
                    yield from self.of_formula(part)
                return
            case ast.Call(func=ast.Name(name)) if name in QUOTED:
                given = [*node.args, *[word.value for word in node.keywords if word.arg not in PROSE]]
                for part in given:
                    for each in part.elts if isinstance(part, ast.Tuple) else [part]:
                        yield from self.of_formula(each)
                return
        yield from self.of(node)
        for name, field in ast.iter_fields(node):
            if name not in ("annotation", "returns", "type_ignores"):
                for part in field if isinstance(field, list) else [field]:
                    if isinstance(part, ast.AST):
                        yield from self.within(part)

    def of_formula(self, node: ast.AST) -> Iterator[Change]:
        """The changes of a formula that stands as a text."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            for change in Python(node.value).changes():
                yield self.instead(node, '"' + change.applied(node.value) + '"')

    def of(self, node: ast.AST) -> Iterator[Change]:
        """The changes of one part itself."""
        match node:
            case ast.BinOp(left, sign, right):
                x, y = self.source(left), self.source(right)
                yield self.instead(node, self.with_sign(node, left, right, sign))
                if isinstance(sign, (ast.Sub, ast.Div, ast.Pow)):
                    yield self.instead(node, f"{y} {SIGNS[type(sign)][0]} {x}")
                yield self.instead(node, x)
            case ast.Compare(left, [sign], [right]):
                yield self.instead(node, self.with_sign(node, left, right, sign))
            case ast.BoolOp(sign, [left, right, *_]):
                yield self.instead(node, self.with_sign(node, left, right, sign))
                yield self.instead(node, self.source(left))
                yield self.instead(node, self.source(right))
            case ast.UnaryOp(ast.USub() | ast.Not(), operand):
                yield self.instead(node, self.source(operand))
            case ast.Constant(bool()):
                yield self.instead(node, str(not node.value))
            case ast.Constant(int()):
                yield self.instead(node, str(node.value + 1))
            case ast.Constant(float()):
                yield self.instead(node, repr(2 * node.value if 0 < abs(node.value) < 1e300 else 1.0))
            case ast.IfExp(test, body, orelse):
                yield self.instead(node, f"({self.source(body)})")
                yield self.instead(node, f"({self.source(orelse)})")
            case ast.If(test) | ast.comprehension(ifs=[test]):
                yield self.instead(test, "True")
                yield self.instead(test, "False")
            case ast.Expr(ast.Call()):
                yield self.instead(node, "pass")
            case ast.AugAssign(target, sign, value) if type(sign) in SIGNS:
                yield self.instead(node, f"{self.source(target)} {SIGNS[type(sign)][1]}= {self.source(value)}")
                yield self.instead(node, "pass")
            case ast.Call(ast.Name(name), [first, second]) if name not in ("isinstance", "hasattr", "getattr"):
                yield self.instead(node, f"{name}({self.source(second)}, {self.source(first)})")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in NAMES:
                yield self.instead(node.func, NAMES[node.func.id])
            elif node.func.id in ("reversed", "sorted", "abs") and len(node.args) == 1:
                yield self.instead(node, f"({self.source(node.args[0])})")

    def with_sign(self, node: ast.AST, left: ast.AST, right: ast.AST, sign: ast.AST) -> str:
        """The text of an operation with another sign."""
        old, new = SIGNS[type(sign)]
        between = self.text[self.end(left):self.start(right)]
        start = self.text[self.start(node):self.end(left)]
        return start + between.replace(old, new, 1) + self.text[self.start(right):self.end(node)]


def changes_of_python(text: str) -> Iterator[Change]:
    """All changes of a file in Python."""
    yield from Python(text).changes()


def changes_of_tokens(text: str) -> Iterator[Change]:
    """All changes of a file in C or JavaScript, token by token, but for comments, texts, and the preprocessor's lines.

    >>> [change.after for change in changes_of_tokens("if (a < b) // a < c")]
    [' <= ']
    """
    blank = re.compile(r"/\*.*?\*/|//[^\n]*|^#(?:[^\n]*\\\n)*[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`[^`]*`",
                       re.DOTALL | re.MULTILINE)
    code = blank.sub(lambda found: re.sub(r"[^\n]", "\0", found[0]), text)
    for before, after in TEXTUAL:
        for found in re.finditer(re.escape(before), code):
            yield Change(found.start(), before, after)
