"""How much each row counts in a loss: by a weight of its own, by that of its class, or both.

>>> weights_of([0, 1, 1], None, [3.0, 1.0], "fit"), weights_of([-1, 1], [1, 2], {-1: 5.0, 1: 1.0}, "fit")
([3.0, 1.0, 1.0], [5.0, 2.0])
>>> weights_of([0, 1], None, None, "fit") is None
True
"""
from __future__ import annotations

from operator import mul

from engine.errors import brief, described, number

from nn.examples import column_of, plain
from nn.inputs import is_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def weights_of(targets: Any, of_rows: Any, of_classes: Any, what: str, some: bool = False) -> list[float] | None:
    """The weight of each row, the product of its own and its class's; None where all count the same.

    Of `some` rows all may have 0.

    Errors: TypeError and ValueError for what is no weight, for weights that are all 0, and for a class without one.
    """
    if of_rows is None and of_classes is None:
        return None
    weights = [1.0] * len(targets)
    if of_rows is not None:
        weights = row_weights(of_rows, len(targets), f"{what}(row_weights)")
    if of_classes is not None:
        chosen  = class_weights(of_classes, f"{what}(class_weights)")
        weights = [*map(mul, weights, [weight_of(t, chosen, i, what) for i, t in enumerate(plain(targets))])]
    if not any(weights) and not some:
        raise ValueError(f"{what} needs some row with a weight above 0; all have 0")
    return weights


def row_weights(given: Any, count: int, what: str) -> list[float]:
    """A weight for each row."""
    weights = [weight(x, f"{what}, row {i},") for i, x in enumerate(plain(column_of(given, what, "row")))]
    if len(weights) != count:
        raise ValueError(f"{what} needs one weight for each row; {len(weights)} came for {count} rows")
    return weights


def class_weights(given: Any, what: str) -> Mapping[Any, float]:
    """The weight for each target that stands for a class."""
    given = plain(given)
    if not isinstance(given, dict) and not (is_row(given) and hasattr(given, "__len__")):
        raise TypeError(f"{what} needs a weight for each class, in a list, or a dict by target; {brief(given)} is "
                        f"{described(given)}")
    pairs = given.items() if isinstance(given, dict) else enumerate(given)
    return {t: weight(x, f"{what}, for {t!r},") for t, x in pairs}


def weight(x: Any, what: str) -> float:
    """A number of at least 0."""
    plain: float = number(x, what)
    if plain < 0:
        raise ValueError(f"{what} needs a weight of at least 0; {brief(x)} came")
    return plain


def weight_of(target: Any, weights: Mapping[Any, float], i: int, what: str) -> float:
    """The weight of a target's class: of a number, or of the one that has all the weight in a row of them."""
    key = target
    if isinstance(target, list):
        if sorted(target) != [0] * (len(target) - 1) + [1]:
            raise ValueError(f"{what}(class_weights) needs targets that are one class each; target {i} is "
                             f"{brief(target)}; give row_weights")
        key = target.index(1)
    if key not in weights:
        raise ValueError(f"{what}(class_weights) needs a weight for each class; target {i} is {brief(target)}, weights "
                         f"came for {', '.join(map(repr, weights))}")
    return weights[key]
