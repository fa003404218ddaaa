"""One row of the table: a quoted formula with its quoted partials, which pours itself into a plain method.

>>> swish = Op("x * sigmoid(x)", "sigmoid(x) * (1 + x * sigmoid(-x))", name="swish")
>>> swish(0.0), str(swish.partials[0])
(0.0, 'sigmoid(x) * (1 + x * sigmoid(-x))')
"""
from __future__ import annotations

import ast
import keyword
import linecache
import math

from engine.errors import FAILURES, MAX, brief, number, said
from engine.formula import FLOATS, FUNCTIONS, Formula, Writer, each, may_raise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from engine.value import Value


class Op:
    """One operation: its formula, its partials, what its operands need, and its method.

    `formula` gives z; `partials` are ∂z/∂x, then ∂z/∂y. In a row of many operands they are the partial by x, one of
    them, and, where the formula sets x apart, by y, another one; in a row of pairs by x, y and b. `needs` is a
    condition on x and y, `hint` what to do where it fails, or where there is none and z overflows. Set the row on Value
    (`Value.gelu = Op(...)`), or give it a `name` and call it. Errors: FormulaError where a formula leaves the grammar
    or the partials do not fit it.

    >>> cube = Op("x ** 3", "3 * x ** 2", name="cube")
    >>> cube(2.0)
    8.0
    """

    table = rows = dict[str, "Op"]()                 # every row by its name; of a poured row those there were then
    value: Any = None                                # the class whose body the table is
    maker: Any = None                                # what makes that class, where the core may be a compiled one
    describe: Any = staticmethod(lambda function: None)      # what gives a poured function its documentation

    def __init__(self, formula: str, *partials: str, needs: str = "", hint: str = "", name: str = "") -> None:
        self.formula, self.partials = Formula(formula), tuple(map(Formula, partials))
        self.needs, self.hint, self.name, self.source = needs and Formula(needs), hint, name, ""
        self.many = bool(self.formula.bound)                                     # any number of operands
        self.pairs = "x" in self.formula.bound                                   # in pairs
        self.one = self.many and not self.pairs and "x" in self.formula.free     # one of them set apart, as x
        self.arity = 0 if self.many else 1 + any("y" in part.free for part in self.parts)
        self.variables = "xyb"[:2 + ("b" in self.formula.free)] if self.pairs else "xy"[:self.arity or 1 + self.one]
        if len(self.partials) != len(self.variables):
            self.formula.refuse(self.formula.tree, f"a formula in {' and '.join(self.variables)} needs "
                                f"{len(self.variables)} partials, one by each; {len(self.partials)} came")
        for part in self.parts:
            known = {*self.variables, *("y" if self.many else ""), *("z" if part is not self.formula else "")}
            if "rest(" in part and part is not self.formula:
                part.refuse(part.tree, "a partial may not use rest(...): the term it leaves out has a derivative too")
            if strange := (part.free | part.bound) - known:
                part.refuse(part.tree, f"{min(strange)} has no meaning here, beside '{self.formula}'")
        if name and self.value:
            self.pour(name, "")

    @property
    def parts(self) -> tuple[Formula, ...]:
        """All of the row's formulas."""
        return (self.formula, *self.partials, *([self.needs] if self.needs else []))

    @property
    def symbol(self) -> str:
        """How the operation is written: `*`, `log`, `ReLU`."""
        tree = self.formula.tree
        infix = isinstance(tree, ast.BinOp) and isinstance(tree.left, ast.Name) and isinstance(tree.right, ast.Name)
        return self.formula.split()[1] if infix and not self.many else {"relu": "ReLU"}.get(self.name, self.name)

    # Pouring -------------------------------------------------------------------------------------------------------

    def __set_name__(self, owner: Any, name: str) -> None:
        Op.value = owner
        type.__setattr__(owner, name, self.pour(name))

    def pour(self, name: str, owner: str = "Value.") -> Any:
        """The row as a plain function called `name`; `.op` is the row, `.source` its text."""
        reflected = name.startswith("__r") and self.arity == 2 and bool(self.name)
        self.name = self.name if reflected else name.strip("_")
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ValueError(f"a row needs a name that Python can call; {name!r} is none")
        for part in self.parts:
            for row, at in part.calls.items():
                if row not in Op.table and (row != self.name or part is self.formula):
                    part.refuse(at, f"a formula may not call {row!r}: no row above it, nor {', '.join(FUNCTIONS)}")
        Op.table[self.name], self.rows = self, {**Op.table, self.name: self}
        source, place = self.method(name, reflected), f"<row {name}>"
        known = {**self.floats(*self.parts), "FAILURES": FAILURES, "isfinite": math.isfinite, "nan": math.nan,
                 "Value": self.value, "new": object.__new__, "op": self, "__name__": "engine"}
        exec(compile(source, place, "exec"), scope := dict(known))
        linecache.cache[place] = len(source), None, source.splitlines(True), place
        function = scope[name]
        scope.update(known)                          # what is called log in there is math's, not the poured function
        function.op, function.source, function.__qualname__ = self, source, owner + name
        if not reflected:
            self.function, self.source = function, source
        Op.describe(function)
        return function

    def floats(self, *parts: Formula) -> dict[str, Any]:
        """FLOATS, and the rows of few operands that these formulas name as functions of floats."""
        rows = {name: self.rows[name] for part in parts for name in part.calls if not self.rows[name].many}
        return {**FLOATS, **{name: eval(f"lambda {', '.join(row.variables)}: {row.formula.python()[1]}",
                                        row.floats(row.formula)) for name, row in rows.items()}}

    def method(self, name: str, reflected: bool) -> str:
        """The text of the poured function."""
        if self.many:
            given = ["xs", "ys", "b"][:len(self.variables)] if self.pairs \
                else ["operands", "index"] if self.one else ["*operands"]
            body = self.of_many(", ".join(given))
        else:
            given = ["self", "other"][:self.arity]
            body = self.of_few(name, given, given[::-1] if reflected else given)
        return f"def {name}({', '.join(given)}):\n" + "".join(f"    {text}\n" for text in body)

    def of_few(self, name: str, inputs: list[str], operands: list[str]) -> list[str]:
        """The body of a function of one or two operands, of which `other` may be a plain number."""
        operator, lines = name.startswith("__"), []
        if not operator:
            plain = " and ".join(f"{who}.__class__ is not Value" for who in inputs)
            lines = [f"if {plain}: return op.plain({', '.join(inputs)})"]
        free = inputs[1:] if operator else inputs if self.arity == 2 else []          # operands that may be plain
        for v, who in sorted(zip("xy", operands), key=lambda pair: pair[1] == "other"):
            lines += [f"if {who}.__class__ is Value:", f"    {v} = {who}._data",
                      f"elif {who}.__class__ is float and isfinite({who}):", f"    {v} = {who}",
                      "else:", f"    {v} = {who} = op.number({who})",
                      *([f"    if {v} is NotImplemented: return {v}"] if operator else []),
                      ] if who in free else [f"{v} = {who}._data"]
        lines += self.result([f"z = {self.formula.python()[1]}"], ", ".join(operands))
        slopes = []
        for v, who, part in zip("xy", operands, self.partials):
            text = part.python()[1]
            slope = f"None if {v} is {who} else {text}" if who in free else text
            if may_raise(text):
                lines += ["try:", f"    d{v} = {slope}", "except FAILURES:", f"    d{v} = nan"]
            slopes.append(f"d{v}" if may_raise(text) else slope)
        return [*lines, *node(*operands, *["None"] * (2 - self.arity), *slopes, *["None"] * (2 - self.arity))]

    def of_many(self, inputs: str) -> list[str]:
        """The body of a function of many operands, of which any may be plain numbers."""
        writer, index = self.writer(), "index" if self.pairs or self.one else "None"
        value, z = self.formula.python(writer)
        slopes = [part.python(writer)[1] for part in self.partials]
        if self.one:
            slopes = [f"{slopes[0]} if i == index else {slopes[1]}"]
        lists = [f"*{each(text, *self.columns)}" for text in slopes[:2]] + slopes[2:]
        return ["nodes, index = op.pair(" + inputs + ")" if self.pairs else "nodes = op.gather(operands)",
                *(["index = range(len(nodes))[index]"] if self.one else []),
                "nodes, operands, wanted = op.told(nodes)",
                *self.result([*self.take, *value, f"z = {z}"], "*nodes"),
                "if not any(wanted): return z",
                "try:", *(f"    {line}" for line in (*writer.lines[len(value):], f"partials = [{', '.join(lists)}]")),
                "    if not all(wanted): partials = [d if want else None for d, want in zip(partials, wanted)]",
                "except FAILURES:", f"    partials = op.slopes(operands, {index}, z, wanted)",
                *node("nodes", index, "tuple(partials)", "None")]

    def writer(self) -> Writer:
        """What writes its formulas as Python, one after the other."""
        return Writer({name: self.rows[name].formula for part in self.parts for name in part.calls
                       if self.rows[name].many}, self.pairs)

    @property
    def columns(self) -> tuple[str, list[str]]:
        """In a row of many operands: the variables of a partial, and the lists that they run over."""
        return ("xy", ["xs", "ys"]) if self.pairs else ("y" if self.one else "x", ["ys"])

    @property
    def take(self) -> list[str]:
        """The statements that take `operands` apart."""
        if self.pairs:
            return ["xs, ys, b = operands[:index], operands[index:index + index], operands[-1] if operands else 0.0"]
        if self.many:
            return ["ys = operands", "x = ys[index]"][:1 + self.one]
        return [f"{', '.join(self.variables)}, = operands"]

    def result(self, lines: list[str], operands: str) -> list[str]:
        """The statements that find z, with those that raise where it does not exist or is not finite."""
        if any(sign in " ".join(lines) for sign in (" + ", " - ", " * ", " / ", " ** ", "total")):   # all else raises
            lines = [*lines, "if not isfinite(z): raise OverflowError"]
        if self.needs:
            lines = [*lines, f"if not ({self.needs.python(truth=True)[1]}): raise ValueError"]
        if len(lines) == 1 and not may_raise(lines[0]):
            return lines
        return ["try:", *(f"    {line}" for line in lines), "except FAILURES as error:",
                f"    raise op.failure(error, {operands}) from None"]

    # What poured methods call where the way is rare -----------------------------------------------------------------

    def number(self, n: Any) -> Any:
        """A plain number as an operand; NotImplemented for a NumPy array, which takes over then."""
        if (n.__class__ is float or n.__class__ is int) and -MAX <= n <= MAX:
            return float(n)
        return number(n, self.written("x", "y"), NotImplemented)

    def gather(self, operands: Any) -> tuple[Any, ...]:
        """The operands, from an iterable of them or of one such iterable."""
        if operands.__class__ is tuple and len(operands) == 1 and hasattr(operands[0], "__iter__"):
            operands = operands[0]
        if not hasattr(operands, "__iter__"):
            raise TypeError(f"{self.name} needs a list of Values or numbers; {brief(operands)} is not")
        return tuple(operands)

    def pair(self, xs: Iterable[Any], ys: Iterable[Any], *b: Any) -> tuple[tuple[Any, ...], int]:
        """The operands of a row of pairs: all x, all y, b; and how many pairs there are."""
        first, second = self.gather(xs), self.gather(ys)
        if len(first) != len(second):
            raise ValueError(f"{self.name} needs as many numbers on either side; {len(first)} and {len(second)} came")
        return (*first, *second, *b), len(first)

    def told(self, nodes: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[float], list[bool]]:
        """The operands with plain numbers as floats; the numbers of all; which are Values."""
        value, isfinite = Op.value, math.isfinite
        wanted = [v.__class__ is value for v in nodes]
        if all(wanted):
            return nodes, [v._data for v in nodes], wanted
        nodes = tuple([v if want or v.__class__ is float and isfinite(v) else number(v, self.name)
                       for v, want in zip(nodes, wanted)])
        return nodes, [v._data if want else v for v, want in zip(nodes, wanted)], wanted

    def slopes(self, *given: Any) -> list[Any]:
        """The wanted partials one by one, nan where there is none."""
        from engine.kinds import slopes
        return slopes(self, *given)

    def plain(self, *operands: Any) -> float:
        """The result for plain numbers, a float."""
        return self.function(*[self.value(number(n, self.name)) for n in operands]).data  # type: ignore[no-any-return]

    def failure(self, error: Exception, *operands: Any) -> Exception:
        """The error for operands with no finite result: the built-in Python raises there, with a sentence."""
        kind = type(error) if isinstance(error, (ZeroDivisionError, OverflowError)) else ValueError
        why = "overflows, its result would lie beyond 1.8e308" if kind is OverflowError \
            else f"needs {self.needs or ('other operands' if operands else 'at least one operand')}"
        return kind(said("failure", self, kind, why, operands) or f"{self.name} {why}")

    def written(self, *names: str) -> str:
        """The operation with its operands' names: `log(p)`, `a / b`."""
        if self.arity == 2 and self.symbol != self.name:
            return f"{names[0]} {self.symbol} {names[1]}"
        return f"{self.name}({', '.join(names[:self.arity or 6])}{', …' if self.many and len(names) > 6 else ''})"

    def __call__(self, *operands: Any) -> Value:     # so a type checker sees v * w and v.exp(), which are Values
        return self.function(*operands)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        texts = ", ".join(repr(str(part)) for part in (self.formula, *self.partials))
        return f"Op({texts}{f', needs={str(self.needs)!r}' if self.needs else ''}, name={self.name!r})"


def node(x: str, y: str, dx: str, dy: str) -> list[str]:
    """The statements that make the result's node."""
    fields = dict(_data="z", _grad="0.0", _row="op", _x=x, _y=y, _dx=dx, _dy=dy)
    return ["node = new(Value)", *(f"node.{slot} = {text}" for slot, text in fields.items()), "return node"]
