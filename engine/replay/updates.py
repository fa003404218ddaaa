"""An update: lines `name = formula`, each in names of its own, run over many rows of numbers as a replay runs.

The inputs of a row are p and g, and what the update keeps from one time to the next: the names that are read before
their line has come. Others are the same for all rows; switches among them are decided when it is recorded. A later line
reads what an earlier one has found. The formulas are in the grammar of the table (functions, conditions, rows of few
operands), and have no partials.

>>> update = Update(["v = v / 2 + g", "p = p - lr * v"], ["lr"])
>>> update.kept, update.uniform
(['v'], ['lr'])
>>> runner = update.runner({}, "python")
>>> runner.values([[1.0, 0.5, 0.25], [2.0, 0.0, 8.0]], [0.1])      # p, g and v in each row; lr
[[0.9375, 0.5, 0.625], [1.6, 0.0, 4.0]]
"""
from __future__ import annotations

import ast
from array import array
from itertools import chain
from math import isfinite

from engine.errors import FAILURES, FormulaError, brief
from engine.formula import AGGREGATES, FUNCTIONS, Formula, counted
from engine.op import Op
from engine.pouring import Python, scope
from engine.replay.backends import choose
from engine.replay.backends.floats import Floats
from engine.replay.tape import Step, Tape
from engine.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from typing import Any

GIVEN = "p", "g", "t"                                # a parameter, its gradient, and which step this is: 1 at first


class Line(Formula):
    """A line of an update: the formula of its `result`. Errors: FormulaError with the column."""

    aggregates: tuple[str, ...] = ()
    open_rows = False

    def __new__(cls, text: str, names: Container[str]) -> Line:
        if not isinstance(text, str):
            raise TypeError(f"a line of an update is a text such as 'p = p - lr * g'; {brief(text)} is none")
        return str.__new__(cls, text.strip())

    def __init__(self, text: str, names: Container[str]) -> None:
        self.names, self.result = names, ""
        self.strange = {**Formula.strange, "name": "this update has nothing called {0!r}: no setting, and no line of "
                                                   "that name",
                        "deep": "a formula has at most 100 operations within each other; make lines of its parts"}
        super().__init__(text)
        self.compute()

    def parsed(self) -> ast.expr:
        try:
            match ast.parse(self).body:
                case [ast.Assign(targets=[ast.Name(result)], value=formula)]:
                    self.result = result
                    return formula
            why, at = "a line is a name, =, and one expression", (1, 1, str(self))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            why = f"a line is a name, =, and one expression: {getattr(error, 'msg', error)}"
            at = getattr(error, "lineno", 1), getattr(error, "offset", 1), getattr(error, "text", None) or str(self)
        raise FormulaError(why, ("<formula>", *at)) from None

    def called(self, node: ast.Call, names: dict[str, ast.expr]) -> dict[str, ast.expr]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        row  = Op.table.get(name)
        if name in AGGREGATES and len(node.args) == 1:
            self.refuse(node, f"{name}(...) of one number is that number; there is nothing here to run over")
        if name in FUNCTIONS or row is None or row.sign or not row.arity or node.keywords:
            return super().called(node, names)
        if len(node.args) != row.arity:
            self.refuse(node, f"in a formula {name} takes {counted(row.arity)}, not {len(node.args)}")
        self.calls[name] = node
        return names


class Named(Op):
    """A line as a row whose operands bear the names in its formula; it has no partials, and is no method."""

    shape, sign, hint, other_symbol = "few", "", "", ""
    partials = told = again = ()
    needs = None

    def __init__(self, line: Line) -> None:
        self.name, self.formula, self.rows = line.result, line, Op.table
        self.parts = self.quoted = (line,)
        self.variables: Any = tuple(line.free)
        self.parameters, self.arity = [*line.free], len(line.free)
        reader = Python(self)
        text = ast.unparse(reader.read(line.tree))
        self.on_floats = eval(f"lambda {', '.join(line.free)}: {text}", scope(reader.calls))
        self.function = lambda *operands: Value(self.number_for(*map(plain, operands)))

    def number_for(self, *numbers: float) -> float:
        """The result for some numbers. Errors: what Python raises, OverflowError where it would be infinite."""
        z = float(self.on_floats(*numbers))
        if not isfinite(z):
            raise OverflowError(f"{self.formula} overflows, a number would lie beyond 1.8e308")
        return z


def plain(x: Any) -> float:
    """The number of a Value, or a number."""
    return x.data if x.__class__ is Value else x


class Update:
    """The lines of an update, which may speak of some settings besides p, g and t.

    `kept` are the names whose numbers are kept for each row, from 0.0 on; `uniform` those which are the same for all
    rows, as far as they are used. Errors: FormulaError, TypeError and ValueError for lines that do not fit together.

    >>> Update(["p = p - lr * m"], ["lr"])
    Traceback (most recent call last):
        ...
      File "<formula>", line 1
        p = p - lr * m
                     ^
    engine.errors.FormulaError: this update has nothing called 'm': no setting, and no line of that name
    """

    def __init__(self, lines: Sequence[str], settings: Sequence[str]) -> None:
        if isinstance(lines, str) or not hasattr(lines, "__iter__"):
            raise TypeError(f"an update is a list of lines such as 'p = p - lr * g'; {brief(lines)} came")
        for name in settings:
            if name in GIVEN or name in FUNCTIONS:
                raise ValueError(f"an update needs other names for settings: {name} means something else in formulas")
        results = [str(line).partition("=")[0].strip() for line in lines]
        self.lines = [Line(line, {*GIVEN, *settings, *results}) for line in lines]
        self.kept: list[str] = []
        found: set[str] = set()
        for line in self.lines:
            check(line, settings)
            self.kept += [name for name in line.free
                          if name in results and name not in {*found, *GIVEN} and name not in self.kept]
            found.add(line.result)
        if "p" not in found:
            raise ValueError("an update needs a line for p, the parameter: p = ...")
        used = {name for line in self.lines for name in line.free}
        self.uniform = [name for name in ("t", *settings) if name in used]
        self.counts = "t" in used                    # then it is the first of those that are uniform
        self.width  = 2 + len(self.kept)             # how many numbers a row has: p, g, and those that are kept
        self.runners: dict[Any, Any] = {}

    def runner(self, switches: Mapping[str, bool], backend: str = "") -> Any:
        """What runs the update with some settings decided, recorded once; outputs have the places of the inputs.

        `runners` has it by backend and switches. Errors: ImportError for a backend that is not there.
        """
        decided = backend, *switches.values()
        if decided not in self.runners:
            self.runners[decided] = choose(self.tape(switches), backend, 0)
        return self.runners[decided]

    def tape(self, switches: Mapping[str, bool]) -> Tape:
        """The tape of the lines; what numbers alone decide is a number."""
        columns = ["p", "g", *self.kept]
        leaves  = [*columns, *[name for name in self.uniform if name not in switches]]
        places: dict[str, int | float] = {name: float(on) for name, on in switches.items()}
        places |= {name: i for i, name in enumerate(leaves)}
        steps: list[Step] = []
        for line in self.lines:
            operands = [places[name] for name in line.free]
            if int in map(type, operands):
                places[line.result] = len(leaves) + len(steps)
                steps.append(Step(Named(line), operands, None, line.result))
            else:
                places[line.result] = Named(line).number_for(*operands)
        return Tape([Value(0.0, name) for name in leaves], len(columns), steps,
                    [places["p"], 1, *[places[name] for name in self.kept]])

    def run(self, runner: Any, rows: Any, uniform: list[float], outputs: array[float]) -> None:
        """Put what comes of the rows, a matrix in memory, into memory of the same size. Errors: those of a replay."""
        if runner.name == "native":
            answer = runner.perform(rows=rows, leaves=uniform, outputs=outputs)
            if answer is not None and not answer[1]:
                return
        results = runner.values(as_taken(rows, runner.name), uniform)
        outputs[:] = array("d", chain.from_iterable(results) if isinstance(results, list) else results.tobytes())

    def moving(self, runner: Any, values: Any, before: Any, after: Any, uniform: list[float]) -> Any:
        """What reads bound values into rows, runs these and writes what comes of them, all at once, as it is run.

        It gives True where that was done; else no value has changed, and it takes the longer way.
        """
        return runner.moving(values, before, after, uniform) if runner.name == "native" else iter(())

    def first_failure(self, runner: Any, rows: Any, uniform: list[float]) -> int:
        """The first row of which nothing finite comes; 0 where there is none."""
        floats = Floats(runner.tape)
        for i, row in enumerate(rows.tolist()):
            try:
                floats.row_values(row, uniform, i)
            except FAILURES:
                return i
        return 0


def as_taken(matrix: Any, backend: str) -> Any:
    """The rows as a backend takes them."""
    if backend != "numpy":
        return matrix
    import numpy
    return numpy.asarray(matrix)


def check(line: Line, settings: Sequence[str]) -> None:
    """Refuse a line for what is given, or with a name that means something else."""
    name = line.result
    if name == "t" or name in settings:
        line.refuse(line.tree, f"{name} is given; a line may not change it")
    if name in FUNCTIONS or name in Op.table or name.startswith("_"):
        line.refuse(line.tree, f"{name} is no name for a line: functions have such names")
