"""One row of the table: a quoted formula with its quoted partials, which pours itself into a plain method.

>>> swish = Op("x * sigmoid(x)", "sigmoid(x) * (1 + x * sigmoid(-x))", name="swish")
>>> swish(0.0), swish.partials[0].text
(0.0, 'sigmoid(x) * (1 + x * sigmoid(-x))')
"""
from __future__ import annotations

import ast
import linecache
import math

from engine.errors import FAILURES, MAX, brief, number
from engine.formula import FUNCTIONS, Formula

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any


def total(terms: Iterable[Any]) -> Any:
    """The sum, left to right; never the built-in's, whose rounding differs between Pythons."""
    z: Any = 0.0
    for term in terms:
        z = z + term
    return z


def rest(terms: Sequence[Any], number: Callable[[Any], float] = float) -> Any:
    """The sum of all terms but one largest."""
    largest = max(range(len(terms)), key=lambda i: number(terms[i]))
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
    **{f: getattr(math, f, None) for f in FUNCTIONS}, "abs": abs, "max": max, "min": min, "number": float,
    "largest": max, "smallest": min, "total": total, "rest": rest, "others": others, "fsum": math.fsum,
}


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

    def __init__(self, formula: str, *partials: str, needs: str = "", hint: str = "", name: str = "") -> None:
        self.formula, self.partials = Formula(formula), tuple(map(Formula, partials))
        self.needs, self.hint, self.name, self.source = Formula(needs) if needs else None, hint, name, ""
        self.many = bool(self.formula.bound)                                     # any number of operands
        self.pairs = "x" in self.formula.bound                                   # in pairs
        self.one = self.many and not self.pairs and "x" in self.formula.free     # one of them set apart, as x
        self.arity = 0 if self.many else 1 + any("y" in part.free for part in self.parts)
        self.variables = "xyb"[:2 + ("b" in self.formula.free)] if self.pairs else "xy"[:self.arity or 1 + self.one]
        if len(self.partials) != len(self.variables):
            self.formula.refuse(self.formula.tree, f"a formula in {' and '.join(self.variables)} needs "
                                f"{len(self.variables)} partials, one by each; {len(self.partials)} came")
        for part in self.parts:
            known = {*self.variables, *("y" if self.many else ""), *("z" if part in self.partials else "")}
            if strange := (part.free | part.bound) - known:
                part.refuse(part.tree, f"{min(strange)} has no meaning here, beside {self.formula.text!r}")
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
        return self.formula.text.split()[1] if infix and not self.many else {"relu": "ReLU"}.get(self.name, self.name)

    # The row as Python ---------------------------------------------------------------------------------------------

    def named(self) -> dict[str, Formula]:
        """The formulas of the rows of many operands that this one's partials name."""
        return {name: Op.table[name].formula for part in self.parts for name in part.calls if Op.table[name].many}

    def taking(self) -> list[str]:
        """Statements that take `operands` apart; `index` says which is set apart as x, or how many pairs there are."""
        if self.pairs:
            return ["xs, ys, b = operands[:index], operands[index:index + index], operands[-1] if operands else 0.0"]
        return ["ys = operands", *(["x = ys[index]"] if self.one else [])] if self.many \
            else [f"{', '.join(self.variables)}, = operands"]

    def finding(self, exact: bool = True, inline: bool = True) -> list[str]:
        """Statements that find z."""
        before, z = self.formula.python(self.named(), self.one, exact, inline)
        return [*before, f"z = {z}"]

    def sloping(self, exact: bool = True, inline: bool = True) -> list[str]:
        """Statements that find `partials`: a list of the `wanted` ones, None for the others."""
        before, texts = [], []
        for part in self.partials:
            more, text = part.python(self.named(), self.one, exact, inline)
            before += [line for line in more if line not in before]
            texts.append(f"({text})")
        if self.pairs:
            each = [f"*[{text} if wanted[{at}] else None for i, (x, y) in enumerate(zip(xs, ys))]"
                    for text, at in zip(texts, ("i", "i + index"))] + [f"{b} if wanted[-1] else None" for b in texts[2:]]
        elif self.many:
            text = f"({texts[0]} if i == index else {texts[1]})" if self.one else texts[0]
            each = [f"{text} if wanted[i] else None for i, {'xy'[self.one]} in enumerate(ys)"]
        else:
            each = [f"{text} if wanted[{i}] else None" for i, text in enumerate(texts)]
        return [*before, f"partials = [{', '.join(each)}]"]

    def value_in(self, space: dict[Any, Any]) -> Callable[..., Any]:
        """The formula as `value(operands, index=None)` for another kind of number.

        `space` holds what the grammar's functions are for that kind; a row that it lacks is found by its formula.

        >>> import cmath
        >>> complexes = {**FLOATS, "exp": cmath.exp, "number": lambda x: x.real}
        >>> Op.table["sigmoid"].value_in(complexes)([0.5 + 1e-20j])
        (0.6224593312018546+2.3500371220159448e-21j)
        """
        return self.within(space, "value(operands, index=None)", self.finding, "return z")

    def partials_in(self, space: dict[Any, Any]) -> Callable[..., Any]:
        """The partials as `partials(operands, index, z, wanted)`: a list, None for those not wanted."""
        return self.within(space, "partials(operands, index, z, wanted)", self.sloping, "return partials")

    def within(self, space: dict[Any, Any], head: str, body: Callable[..., list[str]], end: str) -> Callable[..., Any]:
        key = self, head
        if key not in space:
            for part in self.parts:
                for row in map(Op.table.__getitem__, part.calls):
                    if row.name not in space and space.get("nodes"):
                        space[row.name] = lambda *xs, name=row.name: Op.table[name].function(*xs)
                    elif row.name not in space and not row.many:
                        space[row.name] = lambda *xs, name=row.name: Op.table[name].value_in(space)(xs)
            scope = dict(space)
            exec("\n".join(_function(head, [*self.taking(), *body(False, not space.get("nodes")), end])), scope)
            space[key] = scope[head.split("(")[0]]
        return space[key]  # type: ignore[no-any-return]

    # Pouring -------------------------------------------------------------------------------------------------------

    def __set_name__(self, owner: Any, name: str) -> None:
        Op.value = owner
        type.__setattr__(owner, name, self.pour(name))

    def pour(self, name: str) -> Any:
        """The row as a plain function called `name`; `.op` is the row, `.source` its text."""
        reflected = name.startswith("__r") and self.arity == 2 and bool(self.name)
        self.name = self.name if reflected else name.strip("_")
        Op.table[self.name] = self
        for part in self.parts:
            for called, at in part.calls.items():
                if called not in Op.table:
                    part.refuse(at, f"a formula may not call {called!r}, neither a row nor one of {', '.join(FUNCTIONS)}")
        source, place = "\n".join(self.method(name, reflected)), f"<row {name}>"
        self.partials_in(FLOATS)                     # what the formulas call is in FLOATS then
        scope = {**FLOATS, "FAILURES": FAILURES, "MAX": MAX, "nan": math.nan, "Value": self.value,
                 "new": object.__new__, "op": self}
        exec(compile(source, place, "exec"), scope)
        linecache.cache[place] = len(source), None, source.splitlines(True), place
        function = scope.pop(name)
        scope.update({name: FLOATS[name]} if name in FLOATS else {})          # log calls math's log, not itself
        function.op, function.source, function.__module__ = self, source, "engine"
        function.__qualname__ = f"Value.{name}"
        if not reflected:
            self.function, self.source, self.__doc__ = function, source, function.__doc__
        return function

    def method(self, name: str, reflected: bool) -> list[str]:
        """The text of the poured function."""
        slopes = "; ".join(f"∂z/∂{v} = {part.text}" for v, part in zip(self.variables, self.partials))
        doc = f'"""z = {self.formula.text}; {slopes}{"; needs " + self.needs.text if self.needs else ""}"""'
        if self.many:
            inputs = "operands, index" if self.one else ", ".join(["xs", "ys", "b"][:len(self.variables)]) if self.pairs \
                else "*operands"
            return _function(f"{name}({inputs})", [doc, *self.of_many(inputs)])
        (x, y), operator = ("other", "self")[::1 if reflected else -1], name.startswith("__")
        take = {x: "x", y: "y"}
        if self.arity == 1:
            body = [*([] if operator else ["if self.__class__ is not Value: return op.plain(self)"]), "x = self._data"]
        elif operator:
            body = [f"{take['self']} = self._data",
                    "if other.__class__ is Value:", f"    {take['other']} = other._data",
                    "else:", f"    {take['other']} = other = op.number(other)",
                    "    if other is NotImplemented: return other"]
        else:
            body = ["if self.__class__ is not Value and other.__class__ is not Value: return op.plain(self, other)",
                    "x = self._data if self.__class__ is Value else (self := op.number(self))",
                    "y = other._data if other.__class__ is Value else (other := op.number(other))"]
        operands = ", ".join([x, y][:self.arity])
        body += self.result(self.finding(), operands)
        texts = [part.python()[1] for part in self.partials]
        for i, (v, text) in enumerate(zip("xy", texts)):
            if self.arity == 2 and (take["other"] == v or not operator):
                texts[i] = f"None if {v} is {[x, y][i]} else {text}"
            if _may_raise(text):
                body += ["try:", f"    d{v} = {texts[i]}", "except FAILURES:", f"    d{v} = nan"]
                texts[i] = f"d{v}"
        return _function(f"{name}({', '.join(['self', 'other'][:self.arity])})", [
            doc, *body, *_node(x, y if self.arity == 2 else "None", texts[0], texts[1] if self.arity == 2 else "None")])

    def result(self, lines: list[str], operands: str) -> list[str]:
        """The statements that find z, with those that raise where it does not exist or is not finite."""
        if self.needs:
            lines = [f"if not ({self.needs.condition()}): raise ValueError", *lines]
        overflows = self.many or any(type(n) in (ast.Add, ast.Sub, ast.Mult, ast.Div) for n in ast.walk(self.formula.tree))
        if self.needs or _may_raise(" ".join(lines)):
            lines = ["try:", *(f"    {line}" for line in lines), "except FAILURES:",
                     f"    raise op.failure({operands}) from None"]
        return [*lines, *([f"if not -MAX <= z <= MAX: raise op.failure({operands})"] if overflows else [])]

    def of_many(self, inputs: str) -> list[str]:
        """The body of a function of many operands."""
        gather = "op.gather(operands)" if not self.pairs else f"op.pair({inputs})"
        return [f"nodes{', index' if self.pairs else ''} = {gather}",
                "operands = [v._data if v.__class__ is Value else v for v in nodes]",
                *self.result([*self.taking(), *self.finding()], "*nodes"),
                "wanted = [v.__class__ is Value for v in nodes]",
                "if not any(wanted): return z",
                "try:", *(f"    {line}" for line in self.sloping()),
                "except FAILURES:",
                f"    partials = op.slopes(operands, {'index' if self.pairs or self.one else 'None'}, z, wanted)",
                *_node("nodes", "index" if self.pairs or self.one else "None", "tuple(partials)", "None")]

    # What poured methods call where the way is rare -----------------------------------------------------------------

    def number(self, n: Any) -> Any:
        """A plain number as an operand; NotImplemented for a NumPy array, which takes over then."""
        return number(n, self.written("x", "y"), NotImplemented)

    def gather(self, operands: Sequence[Any]) -> tuple[Any, ...]:
        """The operands, given one by one or as one iterable; plain numbers as floats."""
        if len(operands) == 1 and operands[0].__class__ is not Op.value and hasattr(operands[0], "__iter__"):
            operands = operands[0]
        return tuple([v if v.__class__ is Op.value else number(v, self.name) for v in operands])

    def pair(self, xs: Iterable[Any], ys: Iterable[Any], *b: Any) -> tuple[tuple[Any, ...], int]:
        """The operands of a row of pairs: all x, all y, b; and how many pairs there are."""
        first, second = self.gather([xs]), self.gather([ys])
        if len(first) != len(second):
            raise ValueError(f"{self.name} needs as many numbers on either side; {len(first)} and {len(second)} came")
        return (*first, *second, *self.gather(b)), len(first)

    def slopes(self, operands: Sequence[float], index: int | None, z: float, wanted: Sequence[bool]) -> list[float | None]:
        """The wanted partials one by one, nan where there is none."""
        def slope(i: int) -> float:
            try:
                return float(self.partials_in(FLOATS)(operands, index, z, [j == i for j in range(len(wanted))])[i])
            except FAILURES:
                return math.nan
        return [slope(i) if wanted[i] else None for i in range(len(wanted))]

    def plain(self, *operands: Any) -> float:
        """The result for plain numbers, a float."""
        floats = [number(n, self.name) for n in operands]
        try:
            z = self.value_in(FLOATS)(floats) if self.allows(floats) else math.nan
        except FAILURES:
            z = math.nan
        if isinstance(z, complex) or not -MAX <= z <= MAX:
            raise self.failure(*floats) from None
        return float(z)

    def allows(self, operands: Sequence[float]) -> bool:
        """Whether the operands are what the row needs."""
        return not self.needs or bool(eval(self.needs.condition(), FLOATS, dict(zip("xy", operands))))

    def failure(self, *operands: Any) -> Exception:
        """The error for operands with no finite result: the built-in Python raises there, with a sentence."""
        numbers = [getattr(v, "_data", v) for v in operands]
        names = [getattr(v, "label", "") or ("xy"[i] if self.arity else f"x{i + 1}") if v.__class__ is Op.value
                 else brief(v) for i, v in enumerate(operands)]
        try:
            self.value_in(FLOATS)(numbers, 0)
            kind: type[Exception] = OverflowError if not self.arity or self.allows(numbers) else ValueError
        except FAILURES as error:
            kind = next(k for k in (ZeroDivisionError, OverflowError, ValueError, TypeError) if isinstance(error, k))
        came = "; ".join(dict.fromkeys(f"{name} is {x!r}" for name, x, v in zip(names, numbers, operands)
                                       if v.__class__ is Op.value)) or "it has none"
        why = "overflows, its result would lie beyond 1.8e308" if kind is OverflowError \
            else f"needs {self.needs.text if self.needs else 'other operands' if operands else 'at least one operand'}"
        return kind(f"{self.written(*names)} {why}; {came}{'; ' + self.hint if self.hint else ''}")

    def written(self, *names: str) -> str:
        """The operation with its operands' names: `log(p)`, `a / b`."""
        if self.arity == 2 and self.symbol != self.name:
            return f"{names[0]} {self.symbol} {names[1]}"
        return f"{self.name}({', '.join(names[:self.arity or 6])}{', …' if self.many and len(names) > 6 else ''})"

    def __call__(self, *operands: Any) -> Any:
        return self.function(*operands)

    def __repr__(self) -> str:
        texts = ", ".join(repr(part.text) for part in (self.formula, *self.partials))
        return f"Op({texts}{f', needs={self.needs.text!r}' if self.needs else ''}, name={self.name!r})"

    def __reduce__(self) -> Any:
        return restore, (self.formula.text, tuple(part.text for part in self.partials),
                         self.needs.text if self.needs else "", self.hint, self.name)


def restore(formula: str, partials: tuple[str, ...], needs: str, hint: str, name: str) -> Op:
    """The row of the table with these texts, else a new one."""
    row = Op.table.get(name)
    same = row is not None and row.__reduce__()[1] == (formula, partials, needs, hint, name)
    return row if row is not None and same else Op(formula, *partials, needs=needs, hint=hint, name=name)


def _function(head: str, body: list[str]) -> list[str]:
    return [f"def {head}:", *(f"    {line}" for line in body)]


def _may_raise(text: str) -> bool:
    return any(sign in text for sign in ("(", "/", "**"))


def _node(x: str, y: str, dx: str, dy: str) -> list[str]:
    """The statements that make the result's node."""
    fields = dict(_data="z", _grad="0.0", _row="op", _x=x, _y=y, _dx=dx, _dy=dy)
    return ["node = new(Value)", *(f"node.{slot} = {text}" for slot, text in fields.items()), "return node"]
