"""Replay: a graph recorded once, run over many rows.

A graph becomes a tape; a tape a program (program, values, from templates of rows), or Python (source, identifiers);
`backends` run it, on many machines `cluster`; eager runs a tape as it was built; rows reads rows, frames those in named
columns; updates makes a tape of lines of formulas, for optimisers. May be imported: Replay, rows, frames, Update,
cluster, and listed of backends.native. Start with tape.

A recording is the graph as it was built: it cannot follow an `if` on data, nor a `where`, whose condition was true or
false once and for all. What stands inside a row follows the data: `maximum`, `minimum`, `relu`, `abs`, and `at`,
which chooses by a number that may be an input. A class that differs by row enters `cross_entropy` by its number, or as
one weight per class; both may be inputs.

>>> from engine import Value, where
>>> x = Value(2.0, "x")
>>> absolute = Replay(where(x > 0, x, -x), inputs=[x])
>>> absolute([[2.0], [-2.0]])
[2.0, -2.0]
>>> absolute.check([[2.0], [-2.0]], lambda x: where(x > 0, x, -x))
Traceback (most recent call last):
    ...
AssertionError: the recording departs from the function in row 1: output 0 is -2.0 in the recording, 2.0 in the \
function; the function has more steps
>>> Replay(abs(x), inputs=[x])([[2.0], [-2.0]])
[2.0, 2.0]
"""
from __future__ import annotations

from copy import copy
from math import isfinite
from operator import add

from engine.errors import GradientError, brief, name_of, number
from engine.replay.backends import BACKENDS, choose
from engine.replay.eager import compare
from engine.replay.rows import is_array, is_lazy, lists, matrix
from engine.replay.source import source
from engine.replay.tape import Tape, record
from engine.value import Value, adding, commit, get_grad, set_grad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, Generic, Literal, overload

    from numpy import float64
    from numpy.typing import NDArray
    from typing_extensions import TypeVar            # type checkers know it by themselves

    from engine.replay.rows import Later, Lazy, Rows, Table

    Out     = TypeVar("Out", default=Any)            # for one row: a float, where there are several outputs a list
    Backend = Literal["", "native", "numpy", "python"]
else:
    Generic, Out = (object,), 0                      # typing would take as long to load as a recording takes

THREADS = 1024                                       # more than any machine would run


class Replay(Generic[Out]):
    """The graph of `outputs` as a function of rows of numbers, one number for each of `inputs`.

    Leaves that are not inputs are read afresh at each call; what depends on plain numbers alone is a constant, and what
    an `if` or `where` chose when the graph was built stays chosen (`check` tells). `outputs` is a Value or a list of
    them. Rows are any nested sequence of real numbers, an array or a frame. Sums are found in runs of rows: where one
    ends is decided by the numbers of rows, from the first of a call, and by the graph, of whose rows the costlier make
    shorter runs; they are added in order, so that the same kernels find the same bits with any `threads` and for rows
    in any form. `backend` is the fastest of "native", "numpy" and "python" that is there, if none is named; `threads`
    is how many run, 0 for as many as pay, up to OMP_NUM_THREADS where that is set. `kernels`, of the compiled core, are
    the best that the processor has, if none are named; "avx2" finds the same bits on all that have AVX2. Errors:
    TypeError and ValueError for what is no output or no input.

    >>> x, w = Value(0.0, "x"), Value(3.0, "w")
    >>> replay = Replay((w * x) ** 2, inputs=[x])
    >>> replay([[1], [2]])
    [9.0, 36.0]
    >>> replay.backward([[1], [2]])
    45.0
    >>> w
    Value(data=3.0, grad=30.0, label='w')
    >>> print(replay)
    x         input
    w         leaf
    v1        w * x
    v2        v1 ** 2                                                      output
    """

    if TYPE_CHECKING:

        @overload
        def __init__(self: Replay[float], outputs: Value, inputs: Iterable[Value], *, backend: Backend = ...,
                     threads: int = ..., kernels: str = ...) -> None: ...

        @overload
        def __init__(self: Replay[list[float]], outputs: Iterable[Value], inputs: Iterable[Value], *,
                     backend: Backend = ..., threads: int = ..., kernels: str = ...) -> None: ...

    def __init__(self, outputs: Value | Iterable[Value], inputs: Iterable[Value], *, backend: Backend = "",
                 threads: int = 0, kernels: str = "") -> None:
        self.single = outputs.__class__ is Value
        roots: list[Any] = [outputs] if self.single else ordered(outputs, "outputs", "Values")
        check_choice(roots, backend, threads, kernels)
        self.tape: Tape = record(roots, ordered(inputs, "inputs", "leaves"))
        self.asked, self.threads, self.kernels = backend, threads, kernels
        self.quick: tuple[Any, ...] | None = None
        self.chosen: Any = None                      # no cached_property: it makes all attributes slower

    @property
    def inputs(self) -> list[Value]:
        """The leaves that take a row's numbers, in order."""
        return self.tape.leaves[:self.tape.width]

    @property
    def runner(self) -> Any:
        """What runs the tape, chosen once. Errors: ImportError for a backend that was asked for and is not there."""
        self.chosen = self.chosen or choose(self.tape, self.asked, self.threads, self.kernels)
        return self.chosen

    def quickest(self) -> tuple[Any, ...]:
        """What does all of `backward`, `descend` (for ordinary rows, for others None) and `leaves`; kept."""
        self.quick = getattr(self.runner, "quick", None) or (nothing, nothing, self.numbers)
        return self.quick

    @property
    def backend(self) -> str:
        """What runs the tape: "native", "numpy" or "python"."""
        return self.runner.name  # type: ignore[no-any-return]

    @property
    def parameters(self) -> list[Value]:
        """The leaves that are no inputs, in the order of `leaves` and `gradient`."""
        return self.tape.leaves[self.tape.width:]

    def leaves(self) -> list[float]:
        """The numbers of the leaves that are no inputs."""
        return (self.quick or self.quickest())[2]()  # type: ignore[no-any-return]

    def numbers(self) -> list[float]:
        """The same, read one by one."""
        return [v.data for v in self.parameters]

    def rows(self, rows: Any) -> Any:
        """The rows as a matrix; the compiled core finds for itself what is not finite, and needs no NumPy for lists.

        On a cluster they are blocks of rows, kept there.
        """
        read = getattr(self.runner, "read", nothing)(rows)
        if read is not None:
            return read
        return matrix(rows, self.tape.width, [v.label for v in self.inputs], finite=self.backend != "native")

    def on(self, client: Any, *, kernels: str = "") -> Replay[Out]:
        """The same, run on a Dask cluster: for Dask arrays and frames, which may be larger than memory.

        `client` is a dask.distributed.Client. All calls find the same bits as in one process, whatever the workers and
        the chunks; `replay(rows)` is an array of Dask's. The processes have the kernels in common, or those that are
        named. Errors: ImportError without Dask, here or on a worker; ValueError where workers do not fit.

            client = Client("scheduler:8786")
            loss = replay.on(client).backward(dask.dataframe.read_parquet("flowers/"))
        """
        from engine.replay.cluster import Cluster
        there = copy(self)
        there.quick = None
        there.chosen = Cluster(self.tape, self.backend, client, threads=self.threads, kernels=kernels or self.kernels)
        return there

    if TYPE_CHECKING:
        @overload
        def __call__(self, rows: Rows) -> list[Out]: ...
        @overload
        def __call__(self, rows: Lazy) -> Later: ...
        @overload
        def __call__(self, rows: Table) -> NDArray[float64]: ...

    def __call__(self, rows: Any) -> Any:
        """The output for each row, in a list, or in an array where the rows are one; with several, a list for each row.

        No rows give no outputs. Errors: those that eager code raises, with the row's number; TypeError and ValueError
        for what are no rows.
        """
        values = self.runner.values(self.rows(rows), self.leaves())
        if is_array(rows) and not is_lazy(values):
            from numpy import array
            values = array(values, dtype=float).reshape(-1, len(self.tape.outputs))
        if is_array(rows):
            return values[:, 0].copy() if self.single else values
        if isinstance(values, list):
            return [row[0] for row in values] if self.single else values
        return values[:, 0].tolist() if self.single else lists(values)

    def backward(self, rows: Any) -> float:
        """The first output's sum over the rows; its gradient is added to the `grad` of each leaf, inputs included.

        Nothing else changes. No rows change nothing, and their sum is 0.0. All or nothing: an error or Ctrl-C leaves
        every grad as it was. Errors: those that eager code raises, with the row's number.
        """
        add = (self.quick or self.quickest())[0]
        if (done := add(rows)) is not None:
            return done  # type: ignore[no-any-return]
        read = self.rows(rows)
        if read is not rows and (done := add(read)) is not None:
            return done  # type: ignore[no-any-return]
        z, sums = self.sums(read, self.leaves())
        with adding:
            add_to_grads(self.tape.leaves, sums)
        return z

    if TYPE_CHECKING:
        @overload
        def gradient(self, rows: Rows, leaves: Any = None) -> list[float]: ...
        @overload
        def gradient(self, rows: Table | Lazy, leaves: Any = None) -> NDArray[float64]: ...

    def gradient(self, rows: Any, leaves: Any = None) -> Any:
        """The slopes of the first output's sum over the rows, one for each of `parameters`, as plain numbers.

        No `grad` changes. `leaves` are numbers for the parameters, in place of those that they have. An array where the
        rows are one, else a list. Errors: those of `backward`; ValueError for another number of leaves.

        >>> x, w, b = Value(0.0, "x"), Value(3.0, "w"), Value(1.0, "b")
        >>> replay = Replay((w * x + b) ** 2, inputs=[x])
        >>> replay.gradient([[1], [2]]), replay.gradient([[1], [2]], [0.0, 0.0])
        ([36.0, 22.0], [0.0, 0.0])
        >>> w.grad
        0.0
        """
        return self.value_and_gradient(rows, leaves)[1]

    if TYPE_CHECKING:
        @overload
        def value_and_gradient(self, rows: Rows, leaves: Any = None) -> tuple[float, list[float]]: ...
        @overload
        def value_and_gradient(self, rows: Table | Lazy, leaves: Any = None) -> tuple[float, NDArray[float64]]: ...

    def value_and_gradient(self, rows: Any, leaves: Any = None) -> tuple[float, Any]:
        """The first output's sum over the rows, and its `gradient`: what scipy.optimize.minimize takes with jac=True.

        >>> x, w = Value(0.0, "x"), Value(3.0, "w")
        >>> Replay((w * x) ** 2, inputs=[x]).value_and_gradient([[1], [2]])
        (45.0, [30.0])
        """
        numbers  = self.leaves() if leaves is None else self.given(leaves)
        z, sums  = self.sums(self.rows(rows), numbers)
        gradient = sums[self.tape.width:]
        if is_array(rows):
            from numpy import array
            return z, array(gradient, dtype=float)
        return z, gradient

    def given(self, leaves: Any) -> list[float]:
        """Numbers for the leaves that are no inputs. Errors: TypeError and ValueError for what are none."""
        numbers = leaves.tolist() if hasattr(leaves, "tolist") else [*leaves]
        if len(numbers) != len(self.parameters):
            raise ValueError(f"Replay.gradient(rows, leaves) needs {len(self.parameters)} numbers, one for each of "
                             f"replay.parameters; {len(numbers)} came")
        return [number(x, f"Replay.gradient(rows, leaves), number {i},") for i, x in enumerate(numbers)]

    def sums(self, read: Any, leaves: list[float]) -> tuple[float, list[float]]:
        """The first output's sum over rows that were read, and its slope by each leaf, the inputs first."""
        z, *sums = self.runner.gradient(read, leaves)
        if not isfinite(z):
            raise OverflowError("the first output's sum over the rows overflows, it would lie beyond 1.8e308")
        for v, x in zip(self.tape.leaves, sums):
            if x - x != 0.0:
                raise overflowing(v)
        return z, sums

    def descend(self, rows: Any, count: float = 1.0) -> float:
        """The first output's sum over the rows; its gradient divided by `count` becomes the parameters' grads.

        What they were does not count, and the inputs' grads stay. All or nothing, with the errors of `backward`.

        >>> x, w = Value(0.0, "x"), Value(3.0, "w")
        >>> Replay((w * x) ** 2, inputs=[x]).descend([[1], [2]], 2), w.grad
        (45.0, 15.0)
        """
        put = (self.quick or self.quickest())[1]
        if (done := put(rows, count)) is not None:
            return done  # type: ignore[no-any-return]
        read = self.rows(rows)
        if read is not rows and (done := put(read, count)) is not None:
            return done  # type: ignore[no-any-return]
        z, sums = self.sums(read, self.leaves())
        with adding:
            commit(map(set_grad, self.parameters, [x / count for x in sums[self.tape.width:]]))
        return z

    def check(self, rows: Any, function: Callable[..., Any], samples: int = 10) -> None:
        """Nothing, if the function, run eagerly on up to so many rows, finds what the recording finds.

        It is called with one new Value for each input. The rows are spread evenly, the first and the last among them.
        No grad changes. Errors: AssertionError with the row and the step where the recording departs from it.
        """
        if samples.__class__ is not int or samples < 1:
            raise ValueError(f"check(rows, function, samples) needs at least one sample; {brief(samples)} came")
        numbers, leaves = matrix(rows, self.tape.width, [v.label for v in self.inputs]), self.leaves()
        for i in spread(len(numbers), samples):
            compare(self.tape, [*map(float, numbers[i]), *leaves], i, function)

    def as_python(self) -> str:
        """Straight-line Python that owes nothing to this package: `values(row)` and `gradient(row)`."""
        return source(self.tape, self.leaves())

    def __str__(self) -> str:
        return str(self.tape)

    def __repr__(self) -> str:
        tape = self.tape
        operations, inputs = count(tape.steps, "operation"), count(self.inputs, "input")
        others, outputs = count(tape.leaves[tape.width:], "other leaf", "other leaves"), count(tape.outputs, "output")
        return f"<Replay of {operations}: {inputs}, {others}, {outputs}; print it to see them>"

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "quick": None, "chosen": None}


def nothing(*rows: Any) -> None:
    """None: these rows take the longer way."""


def check_choice(outputs: Sequence[Any], backend: Any, threads: Any, kernels: str) -> None:
    """Errors: ValueError for no outputs, for what is no number of threads, for a backend that there is not."""
    if not outputs:
        raise ValueError("Replay(outputs, inputs) needs at least one output; an empty list came")
    if threads.__class__ is not int or not 0 <= threads <= THREADS:
        raise ValueError(f"Replay's threads are a whole number up to {THREADS}, 0 for as many as pay; {brief(threads)} "
                         "came")
    if backend not in ("", *BACKENDS):
        raise ValueError(f"Replay's backend is one of {', '.join(BACKENDS)}, or '' for the fastest; {backend!r} came")
    if kernels and backend not in ("", "native"):
        raise ValueError(f"Replay's kernels are of the backend 'native'; {kernels!r} came with {backend!r}")


def add_to_grads(leaves: Sequence[Value], sums: Sequence[float]) -> None:
    """Add the sums to the grads of the leaves, all or none. Errors: GradientError where one overflows."""
    for v, x in zip(leaves, sums):
        if not isfinite(v.grad + x):
            raise overflowing(v)
    commit(map(set_grad, leaves, map(add, map(get_grad, leaves), sums)))


def overflowing(v: Value) -> GradientError:
    """The error for a leaf whose grad would not be finite."""
    return GradientError(f"the grad of {name_of(v)} overflows when its sum over the rows is added to it; scale the "
                         "values, or call zero_grad() between backward passes")


def spread(n: int, samples: int) -> list[int]:
    """So many of n rows, or all of them, spread evenly, the first and the last among them.

    >>> spread(9, 3), spread(2, 10), spread(9, 1)
    ([0, 4, 8], [0, 1], [0])
    """
    most = min(n, samples)
    gaps = max(most - 1, 1)
    return sorted({k * (n - 1) // gaps for k in range(most)})


def count(things: Sequence[Any], one: str, many: str = "") -> str:
    """How many things there are: `1 input`, `2 inputs`."""
    return f"1 {one}" if len(things) == 1 else f"{len(things)} {many or one + 's'}"


def ordered(values: Any, what: str, of: str) -> list[Any]:
    """The outputs or inputs as a list. Errors: TypeError for what has no order."""
    if not hasattr(values, "__iter__") or isinstance(values, (set, frozenset)) or getattr(values, "ndim", 1) == 0:
        raise TypeError(f"Replay(outputs, inputs) needs a list of {of} as {what}, in order; {brief(values)} is none; "
                        f"write {what}=[...]")
    return list(values)
