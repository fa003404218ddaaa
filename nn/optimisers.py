"""Optimisers: what moves parameters along their gradients, by formulas as in their papers. Arguments are PyTorch's.

An optimiser is a list of lines `name = formula`, run over all parameters at once, as a replay runs over rows: in C, in
NumPy, or in plain Python. They speak of p, a parameter, g, its gradient, t, which step this is, and the settings: `lr`
and what else stands beside the formulas in the class; several numbers called `betas` are beta1 and beta2 in formulas.
A later line reads what an earlier one has found; a name that is read before its line has come is kept from one step to
the next, 0.0 at first. So is one's own:

>>> class Lion(Optimiser):                           # Chen and others, 2023
...     lr, betas, weight_decay = 1e-4, (0.9, 0.99), 0.0
...     formulas = ["c = beta1 * m + (1 - beta1) * g",
...                 "p = p - lr * ((c > 0) - (c < 0) + weight_decay * p)",
...                 "m = beta2 * m + (1 - beta2) * g"]
>>> from engine import Value
>>> w = Value(2.0, "w")
>>> w.grad = -0.5
>>> Lion([w], lr=0.25).step()
>>> w.data
2.25

`nn.check_optimiser(Lion)` tests it. The grammar of the formulas is that of the table of derivatives.
"""
from __future__ import annotations

from functools import cached_property, lru_cache
from itertools import chain, compress

from engine import Value
from engine.errors import FAILURES, brief, number
from engine.value import commit

from nn import remembering
from nn.groups import Group, Part, checked_settings, groups_in, is_group, leaves
from nn.settings import FIRST, Checked, checked_as, names_of, nonnegative, rates, settings_of, switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from engine.replay.updates import Update

PLAIN = bool, int, float, tuple                      # the kinds of settings that a class may just name
OWN   = {"names", "numbers", "parameters", "param_groups", "parts", "remembered", "rule", "state", "steps", "switches",
         "turn"}                                     # what they cannot be called


class Optimiser:
    """Parameters with formulas for moving each of them, and what these keep of each.

    Parameters are Values, or groups of them with settings of their own: [{"params": [...], "lr": 0.1}, ...]. `lr`, the
    learning rate, and the other settings may be assigned at any time. `steps` counts the steps that were made, `state`
    is what is kept of each parameter; `backend` is what runs the formulas, as in Replay. Errors: TypeError and
    ValueError for what are no parameters and no settings, FormulaError for what is no formula.

    >>> class Heavy(Optimiser):
    ...     lr, momentum = 0.5, 0.9
    ...     formulas = ["v = momentum * v + g", "p = p - lr * v"]
    >>> w = Value(2.0)
    >>> w.grad = 1.0
    >>> optimiser = Heavy([w])
    >>> optimiser.step(); optimiser.step()
    >>> w.data, optimiser.rule.kept, optimiser.state
    (0.55, ['v'], [(1.9,)])
    """

    formulas: Sequence[str] = ()
    backend    = ""
    if TYPE_CHECKING:
        lr: float
        initial_lr: float
    else:
        lr         = Checked(nonnegative, 1e-3)
        initial_lr = Checked(nonnegative)            # that it was made with, and schedules go out from

    def __init_subclass__(cls) -> None:
        for name, given in list(vars(cls).items()):
            if name[:1] != "_" and name != "formulas" and isinstance(given, PLAIN):
                if name in OWN:
                    raise TypeError(f"{cls.__name__}.{name} needs another name: every optimiser has one of that name")
                setting = checked_as(name, given)
                setting.__set_name__(cls, name)
                setattr(cls, name, setting)

    def __init__(self, parameters: Iterable[Value], lr: float | None = None, **settings: Any) -> None:
        kind, known = type(self), settings_of(type(self))
        groups = groups_in(kind, parameters)
        given  = settings if lr is None else {"lr": lr, **settings}
        vars(self).update(checked_settings(kind, {**{name: known[name].default for name in known}, **given}))
        self.initial_lr, self.steps = vars(self).get(FIRST, self.lr), 0
        self.parts = [Part(some, own, self.rule.width, 0) for some, own in groups]

    @cached_property
    def names(self) -> dict[str, tuple[str, int | None]]:
        """What formulas may speak of: by each name a setting, and which of its numbers that is where it has several."""
        return {name: (setting, i) for setting in settings_of(type(self))
                for name, i in names_of(setting, vars(self)[setting])}

    @cached_property
    def rule(self) -> Update:
        """The formulas, read once for all optimisers that have the same."""
        formulas = self.formulas
        return update(formulas if isinstance(formulas, str) else tuple(formulas), tuple(self.names))

    @property
    def parameters(self) -> list[Value]:
        """All parameters, group after group."""
        return [p for part in self.parts for p in part.parameters]

    @property
    def param_groups(self) -> list[Group]:
        """The groups of parameters, each with its settings by name, as in PyTorch."""
        return [Group(self, part) for part in self.parts]

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Let the optimiser move more parameters, for which the next step is the first."""
        what = f"{type(self).__name__}.add_param_group(group)"
        if not is_group(group):
            raise TypeError(f'{what} needs {{"params": [...]}}, and settings by name; {brief(group)} came')
        (some, own), = groups_in(type(self), [group])
        leaves([*self.parameters, *some], what)
        self.parts.append(Part(some, own, self.rule.width, self.steps))

    @property
    def remembered(self) -> int:
        """How many numbers are kept of each parameter."""
        return len(self.rule.kept)

    @property
    def state(self) -> list[tuple[float, ...]]:
        """What is kept of each parameter: a number for each name in `rule.kept`."""
        return [numbers for part in self.parts for numbers in part.kept(self.steps)]

    def step(self) -> None:
        """Move each parameter by the formulas; or none. Errors: OverflowError where a number would not be finite."""
        before, after = self.steps, self.steps + 1
        if len(self.parts) == 1 and self.moved_at_once(self.parts[0], after):
            return
        for part in self.parts:
            runner, uniform = self.made_ready(part)
            try:
                self.rule.run(runner, part.read(before), uniform, part.rows(after).numbers)
            except FAILURES:
                raise self.failure(part, runner, uniform) from None
        commit(chain(*[part.moving(after) for part in self.parts], map(vars(self).update, ({"steps": after},))))

    def moved_at_once(self, part: Part, after: int) -> bool:
        """Make the step of the only group, reading nodes and writing them in turn; whether that could be."""
        runner, uniform = self.made_ready(part)
        moving = self.rule.moving(runner, part.bound, part.rows(self.steps).numbers, part.rows(after).numbers, uniform)
        commit(map(vars(self).update, compress(({"steps": after},), moving)))
        return self.steps == after

    def made_ready(self, part: Part) -> tuple[Any, list[float]]:
        """What runs the formulas for a group, and the numbers that are the same for all of it."""
        values = {**vars(self), **part.own} if part.own else vars(self)
        decided = self.backend, *[values[name] for name in self.switches]
        runner  = self.rule.runners.get(decided)
        if runner is None:
            runner = self.rule.runner(dict(zip(self.switches, decided[1:])), self.backend)
        uniform = [values[setting] if i is None else values[setting][i] for setting, i in self.numbers]
        return runner, [float(self.steps - part.began + 1), *uniform] if self.rule.counts else uniform

    @cached_property
    def switches(self) -> list[str]:
        """The switches that the formulas speak of."""
        return [name for name in self.rule.uniform if isinstance(vars(self).get(name), bool)]

    @cached_property
    def numbers(self) -> list[tuple[str, int | None]]:
        """The settings that are numbers, in the order of `rule.uniform`, and which number of several is meant."""
        return [self.names[name] for name in self.rule.uniform if name in self.names and name not in self.switches]

    def failure(self, part: Part, runner: Any, uniform: list[float]) -> OverflowError:
        """The error of a step that finds no finite number, for the first parameter of which that is so."""
        i = self.rule.first_failure(runner, part.rows(self.steps).matrix, uniform)
        p, lr = part.parameters[i], part.own.get("lr", self.lr)
        number = i + sum([len(other.parameters) for other in self.parts[:self.parts.index(part)]])
        return OverflowError(f"{type(self).__name__}.step() with lr={lr!r} finds no finite number for "
                             f"{p.label or f'parameter {number}'}, which is {p.data!r} with the gradient {p.grad!r}; "
                             f"nothing has changed; lower lr or scale the loss")

    def state_dict(self) -> dict[str, Any]:
        """All that the optimiser needs to go on elsewhere bit for bit, made of what JSON has.

        >>> w = Value(1.0)
        >>> optimiser = SGD([w], lr=0.5, momentum=0.9)
        >>> w.grad = 2.0
        >>> optimiser.step()
        >>> optimiser.state_dict()["steps"], optimiser.state_dict()["state"]
        (1, {'v': [2.0]})
        """
        return remembering.plain(self)

    def load_state_dict(self, state: Any) -> None:
        """Remember what another optimiser of this kind did, settings included; all of it, or, with an error, nothing.

        Errors: ValueError that lists all that does not fit.
        """
        wrong: list[str] = []
        changes = self.changes(state, wrong)
        if wrong:
            raise ValueError(f"{type(self).__name__}.load_state_dict(state) needs what state_dict() gave; nothing has "
                             f"changed: {'; '.join(wrong[:10])}")
        vars(self).update(changes)

    def changes(self, state: Any, wrong: list[str]) -> dict[str, Any]:
        """What `vars` of the optimiser has to be updated with to be in a state; what is wrong goes into `wrong`."""
        return remembering.changes(self, state, wrong)

    def zero_grad(self) -> None:
        """Set the grad of every parameter to zero."""
        commit(chain(*[part.clearing() for part in self.parts]))

    def __getstate__(self) -> dict[str, Any]:
        return {name: thing for name, thing in vars(self).items() if name != "rule"}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters)} parameters, lr={self.lr!r})"


@lru_cache(maxsize=100)
def update(formulas: tuple[str, ...] | str, names: tuple[str, ...]) -> Update:
    """The formulas as they are run."""
    from engine.replay.updates import Update         # here, so that importing nn stays fast
    return Update(formulas, names)


class SGD(Optimiser):
    """Gradient descent: p - lr · g; with momentum p - lr · v: v is g at first, then momentum · v + (1 - dampening) · g.

    `weight_decay` adds its multiple of p to the gradient, `nesterov` looks ahead along v, `maximize` goes uphill.
    Errors: ValueError for numbers out of range.

    >>> b3 = Value(-2.0, "b3")
    >>> b3.grad = -0.7732
    >>> SGD([b3], lr=1.0).step()
    >>> b3.data
    -1.2268
    """

    momentum, dampening    = Checked(nonnegative), Checked(number)
    weight_decay           = Checked(nonnegative)
    nesterov, maximize     = Checked(switch), Checked(switch)

    formulas = ["g = -g if maximize else g",
                "g = g + weight_decay * p",
                "v = g if t == 1 else momentum * v + (1 - dampening) * g",
                "d = g + momentum * v if nesterov else v if momentum > 0 else g",
                "p = p - lr * d"]

    def __init__(self, parameters: Iterable[Value], lr: float = 1e-3, *, momentum: float = 0.0, dampening: float = 0.0,
                 weight_decay: float = 0.0, nesterov: bool = False, maximize: bool = False) -> None:
        super().__init__(parameters, lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay,
                         nesterov=nesterov, maximize=maximize)
        if nesterov and (not self.momentum or self.dampening):
            raise ValueError(f"SGD(nesterov) needs momentum above 0 and dampening 0; "
                             f"momentum is {self.momentum!r}, dampening {self.dampening!r}")


class Adam(Optimiser):
    """Adam: p - lr · m / (√v + eps), with m and v running means of g and g², both corrected for their start at 0.

    `betas` are their two rates; `amsgrad` takes the largest v so far; `weight_decay` adds its multiple of p to the
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

    betas              = Checked(rates)
    eps, weight_decay  = Checked(nonnegative), Checked(nonnegative)
    amsgrad, maximize  = Checked(switch), Checked(switch)

    moments  = ["m = beta1 * m + (1 - beta1) * g",
                "v = beta2 * v + (1 - beta2) * g * g",
                "largest = max(largest, v)",
                "m_hat = m / (1 - beta1 ** t)",
                "v_hat = (largest if amsgrad else v) / (1 - beta2 ** t)",
                "p = p - lr * m_hat / (sqrt(v_hat) + eps)"]
    formulas = ["g = -g if maximize else g",
                "g = g + weight_decay * p",
                *moments]

    def __init__(self, parameters: Iterable[Value], lr: float = 1e-3, *, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0, amsgrad: bool = False, maximize: bool = False) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad,
                         maximize=maximize)


class AdamW(Adam):
    """Adam, but `weight_decay` shrinks p itself, by lr · weight_decay · p at each step, and leaves m and v alone.

    The other arguments are Adam's. (Loshchilov and Hutter, 2019.) Errors: ValueError for numbers out of range.

    >>> w = Value(2.0, "w")
    >>> AdamW([w], lr=0.1, weight_decay=0.5).step()
    >>> w.data
    1.9
    """

    formulas = ["g = -g if maximize else g",
                "p = p * (1 - lr * weight_decay)",
                *Adam.moments]

    def __init__(self, parameters: Iterable[Value], lr: float = 1e-3, *, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad: bool = False, maximize: bool = False) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad,
                         maximize=maximize)
