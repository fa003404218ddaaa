"""The parameters of an optimiser in groups: what they have in common, and what is kept for each of them."""
from __future__ import annotations

from array import array
from functools import cached_property

from engine import Value
from engine.errors import brief, described
from engine.native.buffers import bound, read, writing

from nn.settings import FIRST, Checked, nonnegative, settings_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    Optimiser = Any                                  # nn.optimisers imports this


INITIAL = Checked(nonnegative)
INITIAL.__set_name__(object, FIRST)


class Rows:
    """A matrix in memory: its `numbers`, one after the other, and the `matrix` that they are."""

    def __init__(self, content: bytes, width: int) -> None:
        self.numbers, self.width = array("d", content), width
        self.matrix: Any = memoryview(self.numbers).cast("B").cast("d", (len(self.numbers) // width, width))

    def __reduce__(self) -> Any:
        return Rows, (self.numbers.tobytes(), self.width)


class Part:
    """Parameters of an optimiser, which have settings of their `own`, and a row of numbers for each.

    A row is the parameter, its gradient, and what is kept; `width` says how many that is. There are rows for even
    numbers of steps and for odd ones: a step reads these and leaves those. `began` is how many steps the optimiser had
    made before.
    """

    def __init__(self, parameters: list[Value], own: dict[str, Any], width: int, began: int) -> None:
        self.parameters, self.own, self.width, self.began = tuple(parameters), own, width, began
        size = 8 * width * len(parameters)
        self.even_and_odd = Rows(bytes(size), width), Rows(bytes(size), width)

    @cached_property
    def bound(self) -> Any:
        """The parameters as they are read and written all at once."""
        return bound(self.parameters)

    def rows(self, steps: int) -> Rows:
        """The rows after so many steps of the optimiser."""
        return self.even_and_odd[steps % 2]

    def read(self, steps: int) -> Any:
        """The rows after so many steps, with numbers and gradients as they are now."""
        rows = self.even_and_odd[steps % 2]
        read(self.bound, rows.numbers, self.width, data=0, grad=1)
        return rows.matrix

    def moving(self, steps: int) -> Iterator[Any]:
        """What `commit` runs to move the parameters to where the rows after so many steps have them."""
        return writing(self.bound, self.even_and_odd[steps % 2].numbers, self.width, data=0)

    def clearing(self) -> Iterator[Any]:
        """What `commit` runs to set the parameters' grads to zero."""
        return writing(self.bound, array("d", bytes(8 * len(self.parameters))), 1, grad=0)

    def kept(self, steps: int) -> list[tuple[float, ...]]:
        """What is kept for each parameter after so many steps."""
        return [tuple(row[2:]) for row in self.rows(steps).matrix.tolist()]

    def keeping(self, columns: Sequence[Sequence[float]], own: dict[str, Any], began: int) -> Part:
        """The same parameters with other settings, for which these numbers are kept, a column for each name."""
        part = Part([*self.parameters], own, self.width, began)
        for rows in part.even_and_odd:
            for at, column in enumerate(columns, 2):
                rows.numbers[at::self.width] = array("d", column)
        return part

    def __getstate__(self) -> dict[str, Any]:
        return {name: thing for name, thing in vars(self).items() if name != "bound"}


class Group:
    """A group of parameters as PyTorch shows it: "params", the settings, and "initial_lr", by name.

    What is assigned holds for this group alone; what it has none of its own of, it has from the optimiser.

    >>> from nn import SGD
    >>> w, b = Value(1.0), Value(2.0)
    >>> optimiser = SGD([{"params": [w]}, {"params": [b], "lr": 0.01}], lr=0.1, momentum=0.9)
    >>> [(group["lr"], group["momentum"]) for group in optimiser.param_groups]
    [(0.1, 0.9), (0.01, 0.9)]
    >>> optimiser.param_groups[0]["momentum"] = 0.5
    >>> optimiser.param_groups[0]["momentum"], optimiser.param_groups[1]["momentum"], optimiser.momentum
    (0.5, 0.9, 0.9)
    """

    def __init__(self, optimiser: Optimiser, part: Part) -> None:
        self.optimiser, self.part = optimiser, part

    def keys(self) -> list[str]:
        """What there is by name."""
        return ["params", *settings_of(type(self.optimiser)), FIRST]

    def __getitem__(self, name: str) -> Any:
        if name == "params":
            return list(self.part.parameters)
        return self.part.own[name] if name in self.part.own else vars(self.optimiser)[name]

    def __setitem__(self, name: str, given: Any) -> None:
        self.part.own.update(checked_settings(type(self.optimiser), {name: given}))

    def __repr__(self) -> str:
        settings = {name: self[name] for name in self.keys()[1:]}
        return f"<{len(self.part.parameters)} parameters, {settings}>"


def checked_settings(kind: type, given: dict[str, Any]) -> dict[str, Any]:
    """Settings of an optimiser's class, checked. Errors: TypeError for what is none of them."""
    known = {**settings_of(kind), FIRST: INITIAL}
    for name in given:
        if name not in known:
            raise TypeError(f"{kind.__name__} has no setting {brief(name)}; it has {', '.join(known)}")
    return {name: known[name].checked(kind, value) for name, value in given.items()}


def groups_in(kind: type, parameters: Any) -> list[tuple[list[Value], dict[str, Any]]]:
    """The groups of parameters that were given to an optimiser, each with its own settings; mostly one, without any.

    Errors: TypeError and ValueError for what are no parameters, or no settings.
    """
    what = f"{kind.__name__}(parameters)"
    if isinstance(parameters, (list, tuple)) and parameters and all(map(is_group, parameters)):
        lists = [listed(group["params"], what) for group in parameters]
        leaves([p for ps in lists for p in ps], what)
        own = [checked_settings(kind, {name: x for name, x in group.items() if name != "params"})
               for group in parameters]
        return [(ps, {FIRST: some["lr"], **some} if "lr" in some else some) for ps, some in zip(lists, own)]
    return [(leaves(listed(parameters, what), what), {})]


def is_group(given: Any) -> bool:
    """Whether something says which parameters it has, and what else of them."""
    return isinstance(given, dict) and hasattr(given.get("params"), "__iter__")


def listed(parameters: Any, what: str) -> list[Any]:
    """What should be parameters, as a list."""
    if not hasattr(parameters, "__iter__") or isinstance(parameters, (str, dict, set, frozenset)):
        remedy = "write module.parameters()" if hasattr(parameters, "parameters") else "write a list"
        came = f"{brief(parameters)} is {described(parameters)}"
        raise TypeError(f"{what} needs a list of Values; {came}; {remedy}")
    given = list(parameters)
    if not given:
        raise ValueError(f"{what} needs at least one parameter; an empty list came")
    return given


def leaves(given: list[Any], what: str) -> list[Value]:
    """The parameters, which are leaves, each once."""
    seen: set[int] = set()
    for i, p in enumerate(given):
        if p.__class__ is not Value:
            raise TypeError(f"{what} needs Values; number {i} in the list, {brief(p)}, is {described(p)}")
        came = f"number {i} in the list, {p.label or repr(p)},"
        if p.op is not None or p.constant:
            raise ValueError(f"{what} needs leaves; {came} is {f'made by {p.op.name}' if p.op else 'constant'}")
        if id(p) in seen:
            raise ValueError(f"{what} needs each parameter once; {came} has come before")
        seen.add(id(p))
    return given
