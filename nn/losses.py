"""Losses, and the softmax that belongs to them: each one row of the table, on raw logits."""
from __future__ import annotations

from engine import Op, Value
from engine.errors import brief, number

from nn.inputs import named, row, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

# Two rows more, of a prediction and its target: z, ∂z/∂x, ∂z/∂y. No sum in them cancels.
margin     = Op("1 - x * y if x * y < 1 else 0",
                "-y if x * y < 1 else 0",
                "-x if x * y < 1 else 0",                name="hinge")
two_shares = Op("y * softplus(-x) + (1 - y) * softplus(x)",
                "(1 - y) * sigmoid(x) - y * sigmoid(-x)",
                "-x",                                    name="binary_cross_entropy",
                needs="0 <= y <= 1", hint="its y, the target, is a probability")


def softmax(logits: Iterable[Any]) -> list[Any]:
    """The share of each class: exp(logit), divided by the sum over all classes; never overflows.

    Values give Values, plain numbers floats. Errors: ValueError for no logits.

    >>> [round(p, 4) for p in softmax([-0.9632, 0.0032, 0.1352])]
    [0.1509, 0.3966, 0.4525]
    """
    classes = filled(logits, "softmax(logits)")
    return [Value.softmax(classes, i) for i in range(len(classes))]


def log_softmax(logits: Iterable[Any]) -> list[Any]:
    """The logarithm of each class's share: exact also where the share itself is 0 to rounding.

    Values give Values, plain numbers floats. Errors: ValueError for no logits.

    >>> log_softmax([1000, 0])
    [0.0, -1000.0]
    """
    classes = filled(logits, "log_softmax(logits)")
    return [Value.log_softmax(classes, i) for i in range(len(classes))]


def cross_entropy(logits: Iterable[Any], target: Any) -> Any:
    """-log of the share of the target's class; or, given one weight per class, the weighted sum of those of all.

    A weight is a plain number or a Value; weights are taken as they are, whatever their sum.
    Errors: IndexError for a number that is no class, TypeError for what is no number of a class, ValueError for no
    logits or another number of weights than classes.

    >>> z = [Value(-0.9632, "z1"), Value(0.0032, "z2"), Value(0.1352, "z3")]
    >>> loss = cross_entropy(z, 0)
    >>> loss.backward()
    >>> round(loss.data, 4), [round(v.grad, 4) for v in z]
    (1.8913, [-0.8491, 0.3966, 0.4525])
    >>> cross_entropy(z, [0.5, 0.5, 0])
    Value(data=1.408, grad=0)
    >>> cross_entropy(z, 3)
    Traceback (most recent call last):
        ...
    IndexError: cross_entropy(logits, target) needs a target from 0 to 2, for 3 classes (z1, z2, z3); 3 came
    """
    what = "cross_entropy(logits, target)"
    classes = filled(logits, what)
    if hasattr(target, "__iter__") and not isinstance(target, str):
        weights = row(target, f"{what}, given one weight per class,")
        if len(weights) != len(classes):
            raise ValueError(f"{what} needs one weight for each of the {len(classes)} classes{named(classes)}; "
                             f"{len(weights)} came: {brief(target)}")
        return Value.weighted_cross_entropy(classes, weights)
    i = whole(target, what, "a class number or one weight per class")
    if not 0 <= i < len(classes):
        raise IndexError(f"{what} needs a target from 0 to {len(classes) - 1}, for {len(classes)} classes"
                         f"{named(classes)}; {i} came")
    return Value.cross_entropy(classes, i)


def binary_cross_entropy(logits: Any, targets: Any) -> Any:
    """The mean of -log(p) where the target is 1, -log(1 - p) where it is 0, with p = sigmoid(logit); one or a row.

    Exact also where p rounds to 0 or 1. A target may be any probability.
    Errors: ValueError for no logits, another number of targets, or a target outside 0 to 1.

    >>> z = Value(-800.0)
    >>> loss = binary_cross_entropy(z, 1)
    >>> loss.backward()
    >>> loss.data, z.grad
    (800.0, -1.0)
    >>> binary_cross_entropy([40, -40], [1, 0])
    4.248354255291589e-18
    """
    return mean(two_shares, logits, targets, "binary_cross_entropy(logits, targets)")


def hinge(scores: Any, targets: Any) -> Any:
    """The mean of max(0, 1 - target · score), for targets of -1 and 1: the max-margin loss; for one score or a row.

    Errors: ValueError for no scores, another number of targets, or a target that is neither -1 nor 1.

    >>> score = Value(0.25)
    >>> hinge(score, -1)
    Value(data=1.25, grad=0)
    >>> hinge([3, 0.5], [1, 1])
    0.25
    """
    what = "hinge(scores, targets)"
    for t in targets if hasattr(targets, "__iter__") and not isinstance(targets, str) else [targets]:
        if t.__class__ is not Value and not hasattr(t, "__iter__") and number(t, what) not in (-1, 1):
            raise ValueError(f"{what} needs targets of -1 and 1; {brief(t)} came; write 2 * t - 1 for a t of 0 or 1")
    return mean(margin, scores, targets, what)


def mean_squared_error(predictions: Any, targets: Any) -> Any:
    """The mean of (prediction - target)²: a Value, for plain numbers alone a float; for one prediction or a row.

    Errors: ValueError for no predictions, or another number of targets.

    >>> mean_squared_error([1, 2, 3], [1, 2, 5])
    1.3333333333333333
    >>> mean_squared_error(Value(1.0), 3.0)
    Value(data=4, grad=0)
    """
    return mean(lambda y, t: (y - t) ** 2, predictions, targets, "mean_squared_error(predictions, targets)")


def mean(loss: Callable[[Any, Any], Any], predictions: Any, targets: Any, what: str) -> Any:
    """The mean of a loss over predictions, each with its target; for one prediction that is the loss itself."""
    if not (hasattr(predictions, "__iter__") or hasattr(targets, "__iter__")):
        predictions, targets = [predictions], [targets]
    ys, ts = filled(predictions, what), row(targets, what)
    if len(ys) != len(ts):
        raise ValueError(f"{what} needs one target for each prediction; {len(ys)} and {len(ts)} came")
    if not any(v.__class__ is Value for v in ys + ts):
        return mean(loss, map(Value, ys), ts, what).data
    losses = [loss(y, t) for y, t in zip(ys, ts)]
    return Value.fsum(losses) / len(losses) if len(losses) > 1 else losses[0]


def filled(numbers: Iterable[Any], what: str) -> list[Any]:
    """A row of at least one number."""
    found = row(numbers, what)
    if not found:
        raise ValueError(f"{what} needs at least one number; an empty row came")
    return found
