"""What an optimiser depends on besides numbers of parameters: settings, each checked whenever it is assigned."""
from __future__ import annotations

from engine.errors import brief, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Check = Callable[[Any, str], Any]

FIRST = "initial_lr"                                 # the learning rate that schedules go out from: no formula's
NONE: Any = object()                                 # stands for a default that there is not


def nonnegative(n: Any, what: str) -> float:
    """A number of at least 0."""
    x: float = number(n, what)
    if x < 0:
        raise ValueError(f"{what} needs a number of at least 0; {brief(n)} came")
    return x


def rates(betas: Any, what: str) -> tuple[float, float]:
    """Adam's two rates, each from 0 to below 1."""
    if not isinstance(betas, (tuple, list)) or len(betas) != 2:
        raise TypeError(f"{what} needs two numbers; {brief(betas)} came")
    for beta in betas:
        if not 0 <= number(beta, what) < 1:
            raise ValueError(f"{what} needs two numbers from 0 to below 1; {brief(betas)} came")
    return float(betas[0]), float(betas[1])


def switch(on: Any, what: str) -> bool:
    """True or False."""
    if not isinstance(on, bool):
        raise TypeError(f"{what} needs True or False; {brief(on)} came")
    return on


class Checked:
    """A number, or several of them, or a switch that formulas depend on: checked whenever it is assigned.

    >>> from engine import Value
    >>> from nn import SGD
    >>> optimiser = SGD([Value(0.0)], lr=0.1)
    >>> optimiser.lr = float("nan")
    Traceback (most recent call last):
        ...
    ValueError: SGD(lr) needs a finite number; nan is not; look where it first arose
    """

    def __init__(self, check: Check, default: Any = NONE) -> None:
        self.check, self.default = check, default

    def __set_name__(self, kind: type, name: str) -> None:
        self.name = name

    def __set__(self, owner: Any, given: Any) -> None:
        vars(owner)[self.name] = self.checked(type(owner), given)

    def checked(self, kind: type, given: Any) -> Any:
        """What was given, as it may stand."""
        if given is NONE:
            raise TypeError(f"{kind.__name__}({self.name}) is needed: it has no default")
        return self.check(given, f"{kind.__name__}({self.name})")

    if TYPE_CHECKING:                                # Python finds it in vars
        def __get__(self, owner: Any, kind: type) -> Any: ...


def checked_as(name: str, default: Any) -> Checked:
    """A setting like its default: a switch, a number, or as many numbers."""
    if isinstance(default, bool):
        return Checked(switch, default)
    if isinstance(default, tuple):
        return Checked(lambda given, what: several(given, len(default), what), default)
    return Checked(nonnegative if name == "lr" else number, default)


def several(given: Any, count: int, what: str) -> tuple[float, ...]:
    """So many numbers."""
    if not isinstance(given, (tuple, list)) or len(given) != count:
        raise TypeError(f"{what} needs {count} numbers; {brief(given)} came")
    return tuple([number(n, what) for n in given])


def settings_of(kind: type) -> dict[str, Checked]:
    """The settings of an optimiser's class by name, the learning rate first."""
    found: dict[str, Checked] = {}
    for each in reversed(kind.__mro__):
        found |= {name: thing for name, thing in vars(each).items() if isinstance(thing, Checked)}
    return {name: thing for name, thing in found.items() if name != FIRST}


def names_of(setting: str, value: Any) -> list[tuple[str, int | None]]:
    """What a setting is called in formulas: by its name, several numbers beta1, beta2 where it is betas.

    >>> names_of("lr", 0.1), names_of("betas", (0.9, 0.999))
    ([('lr', None)], [('beta1', 0), ('beta2', 1)])
    """
    if not isinstance(value, tuple):
        return [(setting, None)]
    return [(f"{setting.removesuffix('s')}{i + 1}", i) for i in range(len(value))]
