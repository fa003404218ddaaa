"""hypothesis strategies: numbers where a function is defined, and whole graphs. hypothesis loads when one is made."""
from __future__ import annotations

import math
from functools import cache
from inspect import signature
from string import ascii_lowercase

from engine import Op, Value
from engine.errors import FAILURES, brief, described, number
from engine.readers.operands import result_of, arguments_of, example_of
from engine.testing.expression import Graph
from engine.testing.points import row_of
from engine.readers.traits import sets_apart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import ModuleType
    from typing import Any

    from hypothesis.strategies import SearchStrategy

SPECIAL = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.0, 3.0, 1e-3, 1.0 + 2.0 ** -52, 1.0 - 2.0 ** -53, 5e-324, -5e-324,
           2.2250738585072014e-308, 1.7e308, -1.7e308)
HUGE = 1.7e308                                       # the largest number: differences need some on either side
LARGE = 1e6                                          # values and partials of graphs stay below it


def numbers(function: Callable[..., Any] | None = None, *, min_value: float = -HUGE,
            max_value: float = HUGE) -> SearchStrategy[Any]:
    """Finite floats of every magnitude, kinks and edges among them; for a function, points where it has a value.

    A point is what `function(*point)` and `check_gradient(function, *point)` take: one number for each argument; for a
    row of many operands a list, and for one that sets an operand apart its position.

        @given(numbers(gelu))
        def test_gelu(point):
            check_gradient(gelu, *point)

    >>> from hypothesis import find
    >>> find(numbers(min_value=2.0), lambda x: x > 2.5), find(numbers(Value.log), lambda point: True)
    (3.0, (1.0,))
    """
    if function is not None and not callable(function):
        raise TypeError(f"numbers(function) needs a function of Values, or a row; {brief(function)} is "
                        f"{described(function)}; for a range write numbers(min_value=..., max_value=...)")
    st = strategies()
    low, high = bounds(min_value, max_value)
    one = st.floats(low, high)
    if special := [n for n in SPECIAL if ordered(low) <= ordered(n) <= ordered(high)]:
        one = st.one_of(st.sampled_from(special), one)
    if low <= -HUGE and high >= HUGE:                            # floats are seldom near 1, and seldom near 1e-100
        spread = st.floats(-1e3, 1e3).map(lambda x: math.copysign(2.0 ** (abs(x) % 1000 - 500), x))
        one = st.one_of(one, st.floats(-10.0, 10.0), spread)
    points: SearchStrategy[Any] = one if function is None else point(st, function, one)
    return points if function is None else points.filter(lambda p: defined(function, p))


def bounds(low: Any, high: Any) -> tuple[float, float]:
    """The bounds as floats. Errors: TypeError and ValueError for what are none."""
    least, most = number(low, "numbers(min_value)"), number(high, "numbers(max_value)")
    if ordered(least) > ordered(most):
        raise ValueError(f"numbers(min_value, max_value) needs a smallest and a largest number; {brief(low)} and "
                         f"{brief(high)} came")
    return least, most


def ordered(x: float) -> tuple[float, float]:
    """What orders floats so that -0.0 comes before 0.0."""
    return x, math.copysign(1.0, x)


def point(st: Any, function: Callable[..., Any], one: SearchStrategy[float]) -> SearchStrategy[Any]:
    """Arguments for a function or a row."""
    row = row_of(function)
    if row is None:
        kinds = [p.kind for p in parameters(function) if p.default is p.empty]
        return st.tuples(*[one] * sum(kind <= 1 for kind in kinds))  # type: ignore[no-any-return]
    if row.arity:
        return st.tuples(*[one] * row.arity)  # type: ignore[no-any-return]

    def of_width(n: int) -> SearchStrategy[Any]:
        column, arguments = st.lists(one, min_size=n, max_size=n), arguments_of(row, *example_of(row, [None] * n))
        if "b" in row.formula.over:                  # one of the x is meant
            keys = st.lists(one, min_size=n, max_size=n, unique=True)
            return keys.flatmap(lambda xs: st.tuples(st.just(xs), column, st.sampled_from(xs)))  # type: ignore
        drawn = [column if isinstance(given, list) else one if given is None else st.integers(0, n - 1)
                 for given in arguments]
        return st.tuples(*drawn)  # type: ignore[no-any-return]

    return st.integers(1, 5).flatmap(of_width)  # type: ignore[no-any-return]


def parameters(function: Callable[..., Any]) -> Iterable[Any]:
    """What a function takes. Errors: ValueError for one that does not say it."""
    try:
        return signature(function).parameters.values()
    except ValueError:
        raise ValueError(f"numbers(function) needs a function that says what it takes, which {brief(function)} does "
                         "not; write lambda x: ...") from None


def defined(function: Callable[..., Any], point: Sequence[Any]) -> bool:
    """Whether the function has a value there."""
    row = row_of(function)
    try:
        function(*[[Value(x, "x") for x in given] if isinstance(given, list) else
                   given if row and sets_apart(row) else Value(given, "x") for given in point])
        return True
    except (ValueError, ArithmeticError):            # a TypeError is a mistake, which the user wants to see
        return False


def graphs(operations: Iterable[Op | Callable[..., Any] | str] | None = None, *, leaves: int = 4, size: int = 12,
           numbers: SearchStrategy[float] | None = None) -> SearchStrategy[Graph]:
    """Graphs of up to `size` operations on up to `leaves` leaves: values used twice, equal operands, plain numbers.

    `operations` are rows, their methods or names, all methods of Value by default; `numbers` are for leaves and plain
    numbers. What is not defined, or larger than a million, is left out. A graph has a `root` and `leaves`, can be
    called with other leaves, and prints as the expression that builds it.

        @given(graphs(["add", "mul", "exp"]))
        def test_gradient(graph):
            check_gradient(graph, *graph.leaves)

    >>> from hypothesis import find
    >>> find(graphs(["add", "mul", "exp"]), lambda graph: graph.root.op is Op.table["mul"])
    (a := Value(0.0, 'a'),
     a * a)[-1]
    """
    st = strategies()
    rows = table() if operations is None else rows_of(operations)
    for n, what in (leaves, "leaves"), (size, "size"):
        if type(n) is not int or n < 1:
            raise ValueError(f"graphs({what}) needs a whole number from 1; {brief(n)} came")
    if not isinstance(numbers, (type(None), st.SearchStrategy)):
        raise TypeError(f"graphs(numbers) needs a strategy, as floats(-1.0, 1.0) is one; {brief(numbers)} is none")
    tenths = st.integers(-30, 30).map(lambda n: n / 10)
    one = numbers if numbers is not None else st.one_of(tenths, st.floats(-4.0, 4.0))
    pick = st.integers(0, 9)

    def step(row: Op) -> SearchStrategy[Any]:
        picks = st.tuples(*[pick] * row.arity) if row.arity else st.lists(pick, min_size=1, max_size=5)
        return st.tuples(st.just(row), picks, st.integers(0, 4) if sets_apart(row) else st.just(0))  # type: ignore

    steps = st.lists(st.sampled_from(rows).flatmap(cache(step)), min_size=1, max_size=size)
    drawn = st.tuples(st.tuples(*[one] * leaves), st.tuples(one, one), steps)
    return drawn.map(lambda parts: grown(*parts))  # type: ignore[no-any-return]


def rows_of(operations: Any) -> list[Op]:
    """The rows that operations are. Errors: TypeError and ValueError for what is none, and where there is none."""
    if isinstance(operations, str) or not hasattr(operations, "__iter__"):
        raise TypeError(f"graphs(operations) needs a list of rows, their methods or names; {brief(operations)} is "
                        f"{described(operations)}")
    rows = []
    for given in operations:
        row = Op.table.get(given) if isinstance(given, str) else row_of(given)
        if row is None:
            raise ValueError(f"graphs(operations) needs rows of the table, their methods or names; {brief(given)} is "
                             f"none; there are {', '.join(row.name for row in table())}")
        rows.append(row)
    if not rows:
        raise ValueError("graphs(operations) needs at least one operation; an empty list came; leave it out for all")
    return rows


def table() -> list[Op]:
    """The rows that are methods of Value."""
    return [row for name, row in list(Op.table.items()) if any(
        getattr(getattr(Value, method, None), "op", None) is row for method in (name, f"__{name}__"))]


def grown(numbers: Sequence[float], constants: Sequence[float],
          steps: Sequence[tuple[Op, Sequence[int], int]]) -> Graph:
    """The graph that the steps build on leaves with these numbers.

    A step is a row, a pick for each operand (one of the values so far, first those that nothing uses yet; 8 and 9 are
    the constants), and which operand is set apart.
    """
    unused, used = [Value(n, ascii_lowercase[i % 26]) for i, n in enumerate(numbers)], list[Value]()
    for row, picks, apart in steps:
        values = [*unused, *used]
        first = 0 if picks[0] < 6 or min(picks) >= 8 else picks[0]   # mostly goes on where the last step ended
        operands: list[Any] = [constants[pick - 8] if pick >= 8 else values[pick % len(values)]
                               for pick in (first, *picks[1:])]
        operands, index = example_of(row, operands, apart)
        try:
            v = result_of(row, operands, index)
        except FAILURES:
            continue
        if all(abs(n) <= LARGE for n in (v.data, *v.partials)):
            used = [x for x in values if x in used or any(x is operand for operand in operands)]
            unused = [v, *(x for x in unused if x not in used)]
    return Graph(unused[0])


def strategies() -> ModuleType:
    """hypothesis.strategies. Errors: ImportError with what to do."""
    try:
        import hypothesis.strategies
    except ImportError:
        raise ImportError("strategies of engine.testing need hypothesis, which is not installed; "
                          "run: pip install hypothesis") from None
    return hypothesis.strategies
