"""Optimisers: what moves parameters along their gradients. Names and defaults of arguments are PyTorch's."""
from __future__ import annotations

from itertools import chain, repeat
from math import isfinite, nan, sqrt

from engine import Value
from engine.errors import brief, described, number
from engine.value import commit, set_data, set_grad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


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
    """A number, or a pair of them, or a switch that a rule depends on: checked whenever it is assigned.

    >>> optimiser = SGD([Value(0.0)], lr=0.1)
    >>> optimiser.lr = float("nan")
    Traceback (most recent call last):
        ...
    ValueError: SGD(lr) needs a finite number; nan is not; look where it first arose
    """

    def __init__(self, check: Callable[[Any, str], Any]) -> None:
        self.check = check

    def __set_name__(self, kind: type, name: str) -> None:
        self.name = name

    def __set__(self, optimiser: Optimiser, given: Any) -> None:
        vars(optimiser)[self.name] = self.check(given, f"{type(optimiser).__name__}({self.name})")

    if TYPE_CHECKING:                                # Python finds it in vars
        def __get__(self, optimiser: Optimiser, kind: type) -> Any: ...


class Optimiser:
    """Parameters with a rule, `update`, for moving each of them, and what the rule remembers of each.

    `lr`, the learning rate, and what else the rule depends on may be assigned at any time. Errors: TypeError and
    ValueError for what are no parameters.
    """

    lr = Checked(nonnegative)
    remembered = 0                                   # how many numbers the rule remembers of each parameter

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = leaves(parameters, f"{type(self).__name__}(parameters)")
        self.lr = lr
        self.steps = 0
        self.state = [(0.0,) * self.remembered] * len(self.parameters)

    def update(self, x: float, g: float, t: int, *state: float) -> tuple[float, ...]:
        """The new number of a parameter that is x and has the gradient g, at step t, then what to remember."""
        raise NotImplementedError

    def step(self) -> None:
        """Move each parameter by the rule; or none. Errors: OverflowError where a number would not be finite."""
        t = self.steps + 1
        try:
            moved = [self.update(p.data, p.grad, t, *state) for p, state in zip(self.parameters, self.state)]
        except ArithmeticError:
            moved = [(nan,)]
        if not all(map(isfinite, chain.from_iterable(moved))):
            raise self.failure(t)
        numbers, kept = [new[0] for new in moved], {"state": [new[1:] for new in moved], "steps": t}
        commit(chain(map(set_data, self.parameters, numbers), map(vars(self).update, [kept])))

    def failure(self, t: int) -> OverflowError:
        """The error of a step that finds no finite number, for the first parameter of which that is so."""
        for i, (p, state) in enumerate(zip(self.parameters, self.state)):
            try:
                new = self.update(p.data, p.grad, t, *state)
            except ArithmeticError:
                new = (nan,)
            if not all(map(isfinite, new)):
                break
        return OverflowError(f"{type(self).__name__}.step() with lr={self.lr!r} finds no finite number for "
                             f"{p.label or f'parameter {i}'}, which is {p.data!r} with the gradient {p.grad!r}; "
                             f"nothing has changed; lower lr or scale the loss")

    def zero_grad(self) -> None:
        """Set the grad of every parameter to zero."""
        commit(map(set_grad, self.parameters, repeat(0.0)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters)} parameters, lr={self.lr!r})"


class SGD(Optimiser):
    """Gradient descent: x - lr · g; with momentum x - lr · v: v is g at first, then momentum · v + (1 - dampening) · g.

    `weight_decay` adds its multiple of x to the gradient, `nesterov` looks ahead along v, `maximize` goes uphill.
    Errors: ValueError for numbers out of range.

    >>> b3 = Value(-2.0, "b3")
    >>> b3.grad = -0.7732
    >>> SGD([b3], lr=1.0).step()
    >>> b3.data
    -1.2268
    """

    momentum, weight_decay = Checked(nonnegative), Checked(nonnegative)
    nesterov, maximize     = Checked(switch), Checked(switch)
    dampening  = Checked(number)
    remembered = 1                                   # v

    def __init__(self, parameters: Iterable[Value], lr: float = 1e-3, *, momentum: float = 0.0, dampening: float = 0.0,
                 weight_decay: float = 0.0, nesterov: bool = False, maximize: bool = False) -> None:
        super().__init__(parameters, lr)
        self.momentum, self.dampening, self.weight_decay = momentum, dampening, weight_decay
        self.nesterov, self.maximize = nesterov, maximize
        if nesterov and (not self.momentum or self.dampening):
            raise ValueError(f"SGD(nesterov) needs momentum above 0 and dampening 0; "
                             f"momentum is {self.momentum!r}, dampening {self.dampening!r}")

    def update(self, x: float, g: float, t: int, *state: float) -> tuple[float, ...]:
        v, = state
        g = (-g if self.maximize else g) + self.weight_decay * x
        v = g if t == 1 else self.momentum * v + (1.0 - self.dampening) * g
        move = v if self.momentum else g
        if self.nesterov:
            move = g + self.momentum * v
        return x - self.lr * move, v


class Adam(Optimiser):
    """Adam: x - lr · m / (√v + eps), with m and v running means of g and g², both corrected for their start at 0.

    `betas` are their two rates; `amsgrad` takes the largest v so far; `weight_decay` adds its multiple of x to the
    gradient; `maximize` goes uphill. (Kingma and Ba, 2015; Reddi, Kale and Kumar, 2018.)
    Errors: ValueError for numbers out of range.

    >>> b3 = Value(-2.0, "b3")
    >>> optimiser = Adam([b3], lr=0.1)
    >>> for _ in range(2):
    ...     b3.grad = -0.7732
    ...     optimiser.step()
    >>> round(b3.data, 6)
    -1.8
    """

    eps, weight_decay = Checked(nonnegative), Checked(nonnegative)
    amsgrad, maximize = Checked(switch), Checked(switch)
    betas      = Checked(rates)
    remembered = 3                                   # m, v, the largest v

    def __init__(self, parameters: Iterable[Value], lr: float = 1e-3, *, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0, amsgrad: bool = False, maximize: bool = False) -> None:
        super().__init__(parameters, lr)
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay
        self.amsgrad, self.maximize = amsgrad, maximize

    def update(self, x: float, g: float, t: int, *state: float) -> tuple[float, ...]:
        return self.moved(x, (-g if self.maximize else g) + self.weight_decay * x, t, *state)

    def moved(self, x: float, g: float, t: int, *state: float) -> tuple[float, ...]:
        """Where x goes, then what to remember."""
        (m, v, largest), (beta1, beta2) = state, self.betas
        m = beta1 * m + (1.0 - beta1) * g
        v = beta2 * v + (1.0 - beta2) * g * g
        largest = max(largest, v)
        spread = sqrt(largest if self.amsgrad else v) / sqrt(1.0 - beta2 ** t) + self.eps
        return x - self.lr / (1.0 - beta1 ** t) * (m / spread), m, v, largest


class AdamW(Adam):
    """Adam, but `weight_decay` shrinks x itself, by lr · weight_decay · x at each step, and leaves m and v alone.

    The other arguments are Adam's. (Loshchilov and Hutter, 2019.) Errors: ValueError for numbers out of range.

    >>> w = Value(2.0, "w")
    >>> AdamW([w], lr=0.1, weight_decay=0.5).step()
    >>> w.data
    1.9
    """

    def __init__(self, parameters: Iterable[Value], lr: float = 1e-3, *, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad: bool = False, maximize: bool = False) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad,
                         maximize=maximize)

    def update(self, x: float, g: float, t: int, *state: float) -> tuple[float, ...]:
        return self.moved(x * (1.0 - self.lr * self.weight_decay), -g if self.maximize else g, t, *state)


def leaves(parameters: Any, what: str) -> list[Value]:
    """The parameters as a list: leaves, each once."""
    if not hasattr(parameters, "__iter__") or isinstance(parameters, (str, dict, set, frozenset)):
        remedy = "write module.parameters()" if hasattr(parameters, "parameters") else "write a list"
        came = f"{brief(parameters)} is {described(parameters)}"
        raise TypeError(f"{what} needs a list of Values; {came}; {remedy}")
    given = list(parameters)
    if not given:
        raise ValueError(f"{what} needs at least one parameter; an empty list came")
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
