"""A check of an optimiser of one's own, in one line: `check_optimiser(Lion)`."""
from __future__ import annotations

from math import fsum, isclose, sin

from engine import Value
from engine.errors import brief, described
from engine.native import name as core

from nn.optimisers import Optimiser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STEPS, COUNT = 40, 9                                 # of each comparison, and how many parameters it has
CLOSE = 1e-9                                         # how far backends may depart from each other after all steps


def check_optimiser(optimiser: Any, **settings: Any) -> None:
    """Nothing, if an optimiser, a class or a function of parameters, does what one does, with these settings.

    It goes down a bowl; C, NumPy and plain Python find the same steps, as far as they are there; parameters move by
    their own numbers alone; a copy that was made from `state_dict()` goes on bit for bit. Errors: AssertionError that
    says what does not hold; all that the optimiser raises.

    >>> from nn import Adam
    >>> check_optimiser(Adam, lr=0.01)
    >>> class Uphill(Optimiser):
    ...     formulas = ["p = p + lr * g"]
    >>> check_optimiser(Uphill)
    Traceback (most recent call last):
        ...
    AssertionError: Uphill does not go downhill: the sum of (p - 1)² was 26.3 at first, after 200 steps it is 58.49
    """
    name = getattr(optimiser, "__name__", "the optimiser")
    made = optimiser([Value(0.0)], **settings) if callable(optimiser) else optimiser
    if not isinstance(made, Optimiser):
        raise TypeError(f"check_optimiser(optimiser) needs a class of optimisers; {brief(optimiser)} is "
                        f"{described(optimiser)}")
    goes_downhill(optimiser, settings, name)
    paths = {backend: path(optimiser, settings, backend) for backend in backends()}
    for backend, found in paths.items():
        for step, (first, second) in enumerate(zip(paths["python"], found), 1):
            alike = all([isclose(x, y, rel_tol=CLOSE, abs_tol=CLOSE) for x, y in zip(first, second)])
            hold(alike, f"{name} takes other steps with backend={backend!r}: after step {step} {second}, not {first}")
    alone = path(optimiser, settings, "python", first=3, count=1)
    hold([[numbers[3]] for numbers in paths["python"]] == alone, f"{name} moves a parameter by others' numbers")
    goes_on(optimiser, settings, name)


def hold(true: bool, sentence: str) -> None:
    """Errors: AssertionError with the sentence where something does not hold."""
    if not true:
        raise AssertionError(sentence)


def backends() -> list[str]:
    """What can run formulas here."""
    from engine.replay.rows import numpy             # here, so that importing nn stays fast
    there = {"python": True, "numpy": numpy() is not None, "native": core == "native"}
    return [backend for backend, found in there.items() if found]


def start(i: int) -> float:
    """Where the i-th parameter starts, and where it has a gradient of its own at each step: between -2 and 2."""
    return 2.0 * sin(1.0 + 7.0 * i)


def moved(optimiser: Optimiser, steps: range, first: int = 0) -> list[list[float]]:
    """The parameters after each of some steps, with gradients that do not depend on them."""
    found: list[list[float]] = []
    for step in steps:
        for i, p in enumerate(optimiser.parameters, first):
            p.grad = start(100 * i + step)
        optimiser.step()
        found.append([p.data for p in optimiser.parameters])
    return found


def path(optimiser: Any, settings: dict[str, Any], backend: str, first: int = 0,
         count: int = COUNT) -> list[list[float]]:
    """The parameters after each step, as a backend finds them."""
    made = optimiser([Value(start(i)) for i in range(first, first + count)], **settings)
    made.backend = backend
    return moved(made, range(STEPS), first)


def goes_downhill(optimiser: Any, settings: dict[str, Any], name: str) -> None:
    """Errors: AssertionError where the sum of (p - 1)² has not become smaller, or with `maximize` larger."""
    made   = optimiser([Value(start(i)) for i in range(COUNT)], **settings)
    before = after = fsum([(p.data - 1.0) ** 2 for p in made.parameters])
    for _ in range(5 * STEPS):
        for p in made.parameters:
            p.grad = 2.0 * (p.data - 1.0)
        made.step()
        after = fsum([(p.data - 1.0) ** 2 for p in made.parameters])
    uphill = getattr(made, "maximize", False)
    hold(after > before if uphill else after < before,
         f"{name} does not go {'uphill' if uphill else 'downhill'}: the sum of (p - 1)² was {before:.4g} at first, "
         f"after {5 * STEPS} steps it is {after:.4g}")


def goes_on(optimiser: Any, settings: dict[str, Any], name: str) -> None:
    """Errors: AssertionError where one with the state of another takes other steps than that."""
    from copy import deepcopy
    one = optimiser([Value(start(i)) for i in range(COUNT)], **settings)
    moved(one, range(STEPS // 2))
    two = optimiser([Value(p.data) for p in one.parameters], **settings)
    two.load_state_dict(one.state_dict())
    three = deepcopy(one)
    later = range(STEPS // 2, STEPS)
    expected = moved(one, later)
    hold(moved(two, later) == expected, f"{name} does not go on alike from its state_dict()")
    hold(moved(three, later) == expected, f"{name} does not go on alike from a copy")
