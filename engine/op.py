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

from engine.errors import FAILURES, MAX, brief, number
from engine.formula import FUNCTIONS, Formula

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from engine.value import Value


def total(terms: Iterable[Any]) -> Any:
    """The sum, left to right; never the built-in's, whose rounding differs between Pythons."""
    z: Any = 0.0
    for term in terms:
        z = z + term
    return z


def rest(terms: Sequence[Any], number: Callable[[Any], float] = float) -> Any:
    """The sum of all terms but one largest."""
    largest = terms.index(max(terms, key=None if number is float else number))
    return total([*terms[:largest], *terms[largest + 1:]])


def others(terms: Sequence[Any]) -> list[Any]:
    """For each term the sum of the others: what comes before it plus what comes after it."""
    before, after = [0.0], [0.0]
    for term in terms:
        before.append(before[-1] + term)
    for term in reversed(terms):
        after.append(after[-1] + term)
    return [b + a for b, a in zip(before, after[-2::-1])]


FLOATS: dict[str, Any] = {                           # what the formulas' functions are for plain numbers
    **{f: getattr(math, f, None) for f in FUNCTIONS}, "floor": lambda x: math.floor(x) + 0.0, "number": float,
    "abs": abs, "max": max, "min": min, "largest": max, "smallest": min, "total": total, "rest": rest, "others": others,
    "fsum": math.fsum}


class Op:
    """One operation: its formula, its partials, what its operands need, and its method.

    `formula` gives z; `partials` are ∂z/∂x, then ∂z/∂y. In a row of many operands they are the partial by x, one of
    them, and, where the formula sets x apart, by y, another one; in a row of pairs by x, y and b. `needs` is a
    condition on x and y, `hint` what to do where it fails. Set the row on Value (`Value.gelu = Op(...)`), or give it a
    `name` and call it. Errors: FormulaError where a formula leaves the grammar or the partials do not fit it.

    >>> cube = Op("x ** 3", "3 * x ** 2", name="cube")
    >>> cube(2.0)
    8.0
    """

    table: dict[str, Op] = {}                        # every row by its name
    value: Any = None                                # the class whose body the table is
    example: Any = staticmethod(lambda function: "")         # of a poured function, for its documentation
    maker: Any = None                                # what makes that class, where the core may be a compiled one

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
            self.pour(name)

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

    # The row as Python ---------------------------------------------------------------------------------------------

    def python(self, exact: bool = True, inline: bool = True, every: bool = False) \
            -> tuple[list[str], list[str], list[str]]:
        """Statements that take `operands` apart, that find z, and that find `partials`, None for those not `wanted`.

        `index` says which operand is set apart as x, or in a row of pairs how many pairs there are. With `every` the
        partials are all found, after z in the same function.
        """
        rows = {name: Op.table[name].formula for part in self.parts for name in part.calls if Op.table[name].many}
        value, z = self.formula.python(rows, self.one, exact, inline)
        before, texts = list(value) if every else [], []
        for part in self.partials:
            more, text = part.python(rows, self.one, exact, inline, known=before, pairs=self.pairs)
            before += more
            texts.append(text)
        if self.pairs:
            take = ["xs, ys, b = operands[:index], operands[index:index + index], operands[-1] if operands else 0.0"]
            each = [column(text, "x, y", "xs, ys", which, every)
                    for text, which in zip(texts, ("wanted", "wanted[index:]"))]
            each += [text if every else f"{text} if wanted[-1] else None" for text in texts[2:]]
        elif self.many:
            take = ["ys = operands", *(["x = ys[index]"] if self.one else [])]
            text = f"{texts[0]} if i == index else {texts[1]}" if self.one else texts[0]
            each = [column(text, "xy"[self.one], "ys", "wanted", every)]
        else:
            take = [f"{', '.join(self.variables)}, = operands"]
            each = [f"({text}) if wanted[{i}] else None" for i, text in enumerate(texts)]
        return take, [*value, f"z = {z}"], [*before[len(value) if every else 0:], f"partials = [{', '.join(each)}]"]

    def within(self, space: dict[Any, Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """The row for another kind of number: `value(operands, index)` and `partials(operands, index, z, wanted)`.

        `space` holds what the grammar's functions are for that kind; a row that it lacks is found by its formula.

        >>> import cmath
        >>> complexes = {**FLOATS, "exp": cmath.exp, "number": lambda x: x.real}
        >>> Op.table["sigmoid"].within(complexes)[0]([2.0 + 1e-20j], None)
        (0.8807970779778823+1.049935854035065e-21j)
        """
        if self not in space or space[self][0] is not space:     # a copy of a space has functions of its own
            take, value, partials = self.python(exact=False, inline=not space.get("nodes"))
            scope = self.functions(space)
            for head, body in (("value(operands, index)", [*value, "return z"]),
                               ("partials(operands, index, z, wanted)", [*partials, "return partials"])):
                exec("\n    ".join([f"def {head}:", *take, *body]), scope)
            space[self] = space, (scope["value"], scope["partials"])
        return space[self][1]  # type: ignore[no-any-return]

    def functions(self, space: dict[Any, Any], *parts: Formula) -> dict[Any, Any]:
        """The functions of `space`, with those rows that the formulas name and it lacks."""
        named = dict.fromkeys(name for part in parts or self.parts for name in part.calls)
        return {**space, **{name: Op.table[name].function_in(space) for name in named if name not in space
                            and (space.get("nodes") or not Op.table[name].many)}}

    def function_in(self, space: dict[Any, Any]) -> Callable[..., Any]:
        """The formula of few operands as a plain function of the numbers of `space`."""
        text = self.formula.python(exact=space is FLOATS)[1]
        return self.function if space.get("nodes") else eval(  # type: ignore[no-any-return]
            f"lambda {', '.join(self.variables)}: {text}", self.functions(space, self.formula))

    # Pouring -------------------------------------------------------------------------------------------------------

    def __set_name__(self, owner: Any, name: str) -> None:
        Op.value = owner
        type.__setattr__(owner, name, self.pour(name))

    def pour(self, name: str) -> Any:
        """The row as a plain function called `name`; `.op` is the row, `.source` its text."""
        reflected = name.startswith("__r") and self.arity == 2 and bool(self.name)
        self.name = self.name if reflected else name.strip("_")
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ValueError(f"a row needs a name that Python can call; {name!r} is none")
        for part in self.parts:
            for called, at in part.calls.items():
                if called not in Op.table and (called != self.name or part is self.formula):
                    part.refuse(at, f"a formula may not call {called!r}: no row above it, nor {', '.join(FUNCTIONS)}")
        Op.table[self.name] = self
        source, place = self.method(name, reflected), f"<row {name}>"
        known = {**self.functions(FLOATS), "FAILURES": FAILURES, "isfinite": math.isfinite, "nan": math.nan,
                 "Value": self.value, "new": object.__new__, "op": self}
        exec(compile(source, place, "exec"), scope := dict(known))
        linecache.cache[place] = len(source), None, source.splitlines(True), place
        function = scope[name]
        scope.update(known)                          # what is called log in there is math's, not the poured function
        function.op, function.source, function.__module__ = self, source, "engine"
        function.__qualname__ = f"Value.{name}"
        function.__doc__ += self.example(function)
        if not reflected:
            self.function, self.source, self.__doc__ = function, source, function.__doc__
        return function

    def method(self, name: str, reflected: bool) -> str:
        """The text of the poured function."""
        doc = [f"z = {self.formula}", *(f"∂z/∂{v} = {part}" for v, part in zip(self.variables, self.partials))]
        doc += [f"needs {self.needs}{'; ' + self.hint if self.hint else ''}"] if self.needs else []
        if self.many:
            given = ["xs", "ys", "b"][:len(self.variables)] if self.pairs \
                else ["operands", "index"] if self.one else ["*operands"]
            body = self.of_many(", ".join(given))
        else:
            given = ["self", "other"][:self.arity]
            body = self.of_few(name, given, given[::-1] if reflected else given)
        doc = [" ".join(text.split()).replace("\\", "\\\\").replace('"', "'") for text in doc]      # it stays text
        texts = [f'"""{doc[0]}', "", *doc[1:-1], f'{doc[-1]}"""', *body]
        return f"def {name}({', '.join(given)}):\n" + "".join(f"    {text}".rstrip() + "\n" for text in texts)

    def of_few(self, name: str, inputs: list[str], operands: list[str]) -> list[str]:
        """The body of a function of one or two operands, of which `other` may be a plain number."""
        operator, lines = name.startswith("__"), []
        if not operator:
            plain = " and ".join(f"{who}.__class__ is not Value" for who in inputs)
            lines = [f"if {plain}: return op.plain({', '.join(inputs)})"]
        free = inputs[1:] if operator else inputs if self.arity == 2 else []          # operands that may be plain
        texts = [part.python()[1] for part in self.partials]
        slopes = []
        for v, who, text in sorted(zip("xy", operands, texts), key=lambda row: row[1] == "other"):
            lines += [f"if {who}.__class__ is Value:", f"    {v} = {who}._data",
                      f"elif {who}.__class__ is float and isfinite({who}):", f"    {v} = {who}",
                      "else:", f"    {v} = {who} = op.number({who})",
                      *([f"    if {v} is NotImplemented: return {v}"] if operator else []),
                      ] if who in free else [f"{v} = {who}._data"]
        lines += self.result([f"z = {self.formula.python()[1]}"], ", ".join(operands))
        for v, who, text in zip("xy", operands, texts):
            slope = f"None if {v} is {who} else {text}" if who in free else text
            if may_raise(text):
                lines += ["try:", f"    d{v} = {slope}", "except FAILURES:", f"    d{v} = nan"]
            slopes.append(f"d{v}" if may_raise(text) else slope)
        return [*lines, *node(*operands, *["None"] * (2 - self.arity), *slopes, *["None"] * (2 - self.arity))]

    def of_many(self, inputs: str) -> list[str]:
        """The body of a function of many operands, of which any may be plain numbers."""
        take, value, partials = self.python(every=True)
        index = "index" if self.pairs or self.one else "None"
        return ["nodes, index = op.pair(" + inputs + ")" if self.pairs else "nodes = op.gather(operands)",
                *(["index = range(len(nodes))[index]"] if self.one else []),
                "nodes, operands, wanted = op.told(nodes)",
                *self.result([*take, *value], "*nodes"),
                "if not any(wanted): return z",
                "try:", *(f"    {line}" for line in partials),
                "    if not all(wanted): partials = [d if want else None for d, want in zip(partials, wanted)]",
                "except FAILURES:", f"    partials = op.slopes(operands, {index}, z, wanted)",
                *node("nodes", index, "tuple(partials)", "None")]

    def result(self, lines: list[str], operands: str) -> list[str]:
        """The statements that find z, with those that raise where it does not exist or is not finite."""
        if any(sign in " ".join(lines) for sign in (" + ", " - ", " * ", " / ", " ** ", "total")):   # all else raises
            lines = [*lines, "if not isfinite(z): raise OverflowError"]
        if self.needs:
            lines = [f"if not ({self.needs.python(truth=True)[1]}): raise ValueError", *lines]
        if len(lines) == 1 and not may_raise(lines[0]):
            return lines
        return ["try:", *(f"    {line}" for line in lines), "except FAILURES:",
                f"    raise op.failure({operands}) from None"]

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

    def slopes(self, operands: Sequence[float], index: int | None, z: float, wanted: Sequence[bool]) -> list[Any]:
        """The wanted partials one by one, nan where there is none."""
        found: list[float | None] = [None] * len(wanted)
        for i in (i for i, want in enumerate(wanted) if want):
            try:
                found[i] = self.within(FLOATS)[1](operands, index, z, [j == i for j in range(len(wanted))])[i]
            except FAILURES:
                found[i] = math.nan
        return found

    def plain(self, *operands: Any) -> float:
        """The result for plain numbers, a float."""
        return self.function(*[self.value(number(n, self.name)) for n in operands]).data  # type: ignore[no-any-return]

    def failure(self, *operands: Any) -> Exception:
        """The error for operands with no finite result: the built-in Python raises there, with a sentence."""
        numbers = [getattr(v, "_data", v) for v in operands]
        names = [self.called(v, "xy"[i] if self.arity else f"x{i + 1}") for i, v in enumerate(operands)]
        try:
            z = self.within(FLOATS)[0](numbers, 0)
            kind: type[Exception] = OverflowError if isinstance(z, float) and not math.isfinite(z) else ValueError
        except FAILURES as error:
            kind = type(error) if isinstance(error, (ZeroDivisionError, OverflowError)) else ValueError
        why = "overflows, its result would lie beyond 1.8e308" if kind is OverflowError \
            else f"needs {self.needs or ('other operands' if operands else 'at least one operand')}"
        came = [f"{name} is {x!r}" for name, x, v in zip(names, numbers, operands) if v.__class__ is Op.value]
        hint = [self.hint] if self.hint else []
        return kind("; ".join([f"{self.written(*names)} {why}", *dict.fromkeys(came), *hint]))

    def called(self, v: Any, otherwise: str) -> str:
        """An operand's name in a sentence: its label, the function that made it, or what else is given."""
        if v.__class__ is not Op.value:
            return brief(v)
        return v.label or (f"{v.op.name}(…)" if v.op and v.op.name == v.op.symbol else otherwise)

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

    def __reduce__(self) -> Any:
        return restore, (str(self.formula), tuple(map(str, self.partials)), str(self.needs), self.hint, self.name)


def restore(formula: str, partials: tuple[str, ...], needs: str, hint: str, name: str) -> Op:
    """The row of the table with these texts, else a new one."""
    row = Op.table.get(name)
    same = row is not None and row.__reduce__()[1] == (formula, partials, needs, hint, name)
    return row if row is not None and same else Op(formula, *partials, needs=needs, hint=hint, name=name)


def column(text: str, names: str, columns: str, wanted: str, every: bool) -> str:
    """One partial for each operand as an item of a list: every one, or None in the place of those not wanted."""
    if every and text in names:                      # ∂z/∂x is y itself
        return f"*{columns if columns == 'ys' else text + 's'}"
    if not every:
        text, names, columns = f"({text}) if want else None", f"want, {names}", f"{wanted}, {columns}"
    columns = f"zip({columns})" if "," in columns else columns
    if "i]" in text or "i ==" in text or " i)" in text:
        return f"*[{text} for i, ({names}) in enumerate({columns})]"
    return f"*[{text} for {names} in {columns}]"


def may_raise(text: str) -> bool:
    """Whether Python for a formula can raise on floats: it calls, divides or raises to a power."""
    return any(sign in text for sign in ("(", "/", "**"))


def node(x: str, y: str, dx: str, dy: str) -> list[str]:
    """The statements that make the result's node."""
    fields = dict(_data="z", _grad="0.0", _row="op", _x=x, _y=y, _dx=dx, _dy=dy)
    return ["node = new(Value)", *(f"node.{slot} = {text}" for slot, text in fields.items()), "return node"]
