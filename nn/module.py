"""A module: what has parameters, found by walking its attributes."""
from __future__ import annotations

from itertools import repeat

from engine import Value
from engine.value import commit, set_grad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, overload

    from numpy import float64
    from numpy.typing import NDArray

    from engine.replay.rows import Later, Lazy, Rows, Table

    class Prediction(float):
        """For one row: a number, where there are several outputs a list of them; for a type checker it is both."""

        def __iter__(self) -> Iterator[float]: ...
        def __len__(self) -> int: ...
        def __getitem__(self, place: int) -> float: ...
        def index(self, number: float) -> int: ...


WARNED = 3                                           # calls from a walk to the line that set a part, or asked for them


class Module:
    """Something that has parameters: Values, and modules, among its attributes, also in lists, tuples and dicts.

    A subclass sets its parts as attributes and computes in its `__call__`. As a part is set, what has no label in it is
    labelled with the way to it, so that pictures and tables can name it; a label given by hand stays. What is surely a
    step gone wrong, as in self.w = self.w - 0.1 * self.w.grad, is told by a UserWarning: it leaves a parameter less.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line
    <Line of 2 parameters: slope, offset>
    >>> line(3.0).backward()
    >>> line.parameters()
    [Value(data=2.0, grad=3.0, label='slope'), Value(data=1.0, grad=1.0, label='offset')]
    """

    label = ""                                       # the way to it, from the module that holds it
    _predict: Any                                    # set by nn, which knows how a model is recorded

    def __setattr__(self, name: str, part: Any) -> None:
        super().__setattr__(name, part)
        given = self.__dict__.setdefault("_given", set())            # the labels that parts have from this module
        modules: dict[str, Module] = {}
        for path, inner in walk(part, name, self):
            if isinstance(inner, Module):
                modules[path] = inner
            label = inner.label if isinstance(inner.label, str) else None
            giver = modules.get(path[:-len(label) - 1]) if label and path.endswith(f".{label}") else None
            if label == "" or giver is not None and label in vars(giver).get("_given", ()):
                inner.label = path
                given.add(path)

    def __repr__(self) -> str:
        names, n = [name for name, part in vars(self).items() if next(walk(part), None)], len(self.parameters())
        found = "1 parameter" if n == 1 else f"{n} parameters"
        return f"<{type(self).__name__} of {found}: {', '.join(names)}>" if n else f"<{type(self).__name__} of {found}>"

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Each parameter with the way to it from here, in the order of definition; a shared one once.

        >>> from nn import MLP
        >>> model = MLP(2, [2, 1])
        >>> [name for name, parameter in model.named_parameters()][-3:]
        ['layers[1].neurons[0].w[0]', 'layers[1].neurons[0].w[1]', 'layers[1].neurons[0].b']
        >>> model.layers[1].neurons[0].b.label
        'layers[1].neurons[0].b'
        """
        return [(path, inner) for path, inner in walk(self) if inner.__class__ is Value]

    def parameters(self) -> list[Value]:
        """The parameters in the order of definition, a shared one once: the leaves, not what was computed from them.

        >>> from nn import MLP
        >>> len(MLP(2, [16, 16, 1]).parameters())
        337
        """
        return [parameter for name, parameter in self.named_parameters()]

    if TYPE_CHECKING:
        @overload
        def predict(self, rows: Rows) -> list[Prediction]: ...
        @overload
        def predict(self, rows: Lazy) -> Later: ...
        @overload
        def predict(self, rows: Table) -> NDArray[float64]: ...

    def predict(self, rows: Any) -> Any:
        """The outputs for many rows, as plain numbers: one for each row, or where there are several a row of them.

        An array for an array or a frame, else lists. A model of nn's own modules is recorded once and replayed, others
        run row by row. A frame has a column for each input; after `fit` on a frame they are matched by name, in any
        order. Errors: those of the model, and TypeError and ValueError for what are no rows.

        >>> from nn import MLP
        >>> [len(outputs) for outputs in MLP(2, [3, 2], seed=1).predict([[0.5, 1.0], [0.0, 0.25], [1.0, 1.0]])]
        [2, 2, 2]
        """
        return self._predict(rows)

    def zero_grad(self) -> None:
        """Set the grad of every parameter to zero."""
        commit(map(set_grad, self.parameters(), repeat(0.0)))


def walk(part: Any, path: str = "", without: Module | None = None) -> Iterator[tuple[str, Any]]:
    """The modules and parameters at and below `part`, each once, with the way to it; none from `without` on.

    >>> [path for path, inner in walk({"a": [Value(1.0), 2.0]}, "parts")]
    ["parts['a'][0]"]
    """
    seen, stack = {id(without)}, [(path, part)]
    while stack:
        path, part = stack.pop()
        if part.__class__ is Value:
            if part.op is not None:                  # a parameter no more, by self.w = self.w - 0.1 * self.w.grad?
                from engine.text.notices import warn_of_step         # here, so that importing nn stays fast
                warn_of_step(part, path, WARNED)
            elif not part.constant and id(part) not in seen:
                seen.add(id(part))
                yield path, part
            continue
        inner = parts(path, part)
        if inner is not None and id(part) not in seen:
            seen.add(id(part))
            if isinstance(part, Module) and path:
                yield path, part
            stack.extend(reversed(inner))


def parts(path: str, whole: Any) -> list[tuple[str, Any]] | None:
    """What a module or a collection is made of, with the way to it; None for anything else."""
    if isinstance(whole, Module):
        return [(f"{path}.{name}" if path else name, part) for name, part in vars(whole).items()]
    if isinstance(whole, dict):
        return [(f"{path}[{key!r}]", part) for key, part in whole.items()]
    if getattr(whole, "dtype", None) == object:      # an array of Values
        whole = whole.tolist()
    return [(f"{path}[{i}]", part) for i, part in enumerate(whole)] if isinstance(whole, (list, tuple)) else None
