"""Losses, each declared once: its name, its row, its checks and the form of its targets. And the softmax beside them.

All take raw logits or scores. A loss of one's own is declared in the same way, by a line above its function:

>>> from nn import MLP, fit
>>> from nn.targets import NUMBERS
>>> @declare_loss(targets=NUMBERS)
... def fourth_power(output, target):
...     return (output - target) ** 4
>>> history = fit(MLP(1, [1], seed=1), fourth_power, [[0.0], [1.0]], [1.0, 3.0], epochs=2)
>>> [round(x, 1) for x in history["epochs"]["loss"]]
[97.4, 97.2]
"""
from __future__ import annotations

from engine import Op, Value
from engine.errors import brief, described

from nn.inputs import paired, some_numbers
from nn.targets import CLASS, NUMBERS, PROBABILITY, SIGN, Targets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, SupportsIndex, TypeVar, overload

    from engine.value import Number

    F = TypeVar("F", bound=Callable[..., Any])
    Floats  = float | Iterable[float]
    Numbers = Number | Iterable[Number]
    Class   = SupportsIndex | Iterable[float]        # a class's number, or a weight for each class
    Target  = SupportsIndex | Number | Iterable[Number]


class Declaration:
    """What a loss is declared as: its row if it has one, the form of its targets, whether recordings are compared."""

    def __init__(self, function: Callable[..., Any], row: Op | None, targets: Targets, compared: bool) -> None:
        code = function.__code__
        self.function, self.row, self.targets, self.compared = function, row, targets, compared
        self.what = f"{function.__name__}({', '.join(code.co_varnames[:code.co_argcount])})"


def declare_loss(*row: str, targets: Targets, compared: bool = True) -> Callable[[F], F]:
    """Declares the function below it, of an output and its target, as a loss that `fit` records.

    `targets` is one of CLASS, SIGN, PROBABILITY and NUMBERS of nn.targets. `row` has the texts of a row of the table,
    which bears the function's name: the loss of a score x with its target y, ∂z/∂x and ∂z/∂y; `mean` is its mean over
    all scores. A function can decide by data, which a recording does not follow: so `fit` compares some rows at first,
    then one of each batch, unless `compared` is False. Errors: TypeError for what is no function or no form of targets,
    FormulaError and ValueError for what is no such row.

    >>> @declare_loss("exp(-x * y)", "-y * z", "-x * z", targets=SIGN, compared=False)
    ... def exponential(scores, targets):
    ...     return mean(exponential, scores, targets)
    >>> exponential(Value(0.5), 1)
    Value(data=0.6065306597126334, grad=0.0)
    >>> exponential(0.5, 0)
    Traceback (most recent call last):
        ...
    ValueError: exponential(scores, targets) needs targets of -1 and 1; 0 came; write 2 * t - 1 for a t of 0 or 1
    """
    if not isinstance(targets, Targets):
        raise TypeError(f"declare_loss(targets) needs CLASS, SIGN, PROBABILITY or NUMBERS of nn.targets; "
                        f"{brief(targets)} is {described(targets)}")
    op = Op(*row, needs=targets.needs, hint=targets.hint) if row else None
    if op and op.arity != 2:
        raise ValueError(f"declare_loss(row) needs a formula of two operands, a score x and its target y; {op!r} has "
                         f"{op.arity or 'many'}")

    def declare(function: F) -> F:
        if not hasattr(function, "__code__"):
            raise TypeError(f"declare_loss(...) stands above a function; {brief(function)} is {described(function)}")
        if op:
            Op.pour(op, function.__name__)
        function.declaration = Declaration(function, op, targets, compared)  # type: ignore[attr-defined]
        return function
    return declare


def declaration(function: Any) -> Declaration | None:
    """What a function is declared as; None for any other, also for one that wraps a loss and was given its attributes.

    >>> declaration(hinge).row, declaration(max)
    (Op('1 - x * y if x * y < 1 else 0', '-y if x * y < 1 else 0', '-x if x * y < 1 else 0', name='hinge'), None)
    """
    declared = getattr(function, "declaration", None)
    return declared if isinstance(declared, Declaration) and declared.function is function else None


def mean(loss: Any, predictions: Any, targets: Any, each: Callable[[Any, Any], Any] | None = None) -> Any:
    """The mean of a loss's row, or of what `each` gives, over predictions with their targets; of one it is that itself.

    Values give Values, plain numbers alone a float.
    """
    declared = declaration(loss)
    one: Any = each or (declared and declared.row)
    if declared is None or one is None:
        raise TypeError(f"mean(loss, predictions, targets) needs a loss that was declared with its row; "
                        f"{brief(loss)} came")
    ys: list[Any]
    ys, ts = paired(predictions, targets, declared.what, declared.targets.number)
    of_floats = not any([v.__class__ is Value for v in ys + ts])
    if of_floats:
        ys = [*map(Value, ys)]
    losses = [one(y, t) for y, t in zip(ys, ts)]
    average = Value.fsum(losses) / len(losses) if len(losses) > 1 else losses[0]
    return average.data if of_floats else average


if TYPE_CHECKING:
    @overload
    def softmax(logits: Iterable[float]) -> list[float]: ...  # type: ignore[overload-overlap]
    @overload
    def softmax(logits: Iterable[Number]) -> list[Value]: ...


def softmax(logits: Iterable[Any]) -> list[Any]:
    """The share of each class: exp(logit), divided by the sum over all classes; never overflows.

    Values give Values, plain numbers floats. Errors: ValueError for no logits.

    >>> [round(p, 4) for p in softmax([-0.9632, 0.0032, 0.1352])]
    [0.1509, 0.3966, 0.4525]
    """
    classes = some_numbers(logits, "softmax(logits)")
    return [Value.softmax(classes, i) for i in range(len(classes))]


if TYPE_CHECKING:
    @overload
    def log_softmax(logits: Iterable[float]) -> list[float]: ...  # type: ignore[overload-overlap]
    @overload
    def log_softmax(logits: Iterable[Number]) -> list[Value]: ...


def log_softmax(logits: Iterable[Any]) -> list[Any]:
    """The logarithm of each class's share: exact also where the share itself is 0 to rounding.

    Values give Values, plain numbers floats. Errors: ValueError for no logits.

    >>> log_softmax([1000, 0])
    [0.0, -1000.0]
    """
    classes = some_numbers(logits, "log_softmax(logits)")
    return [Value.log_softmax(classes, i) for i in range(len(classes))]


# Pairs of a logit and the number of its class, and b, the number of the target: its logit is the one set apart.
BY_NUMBER = Op("max(x) - sum(x * (y == b)) + log1p(rest(exp(x - max(x))))",
               "-others(softmax(x)) if y == b else softmax(x)", "0", "0",
               needs="sum(y == b) == 1", name="cross_entropy_by_number", told=("softmax(x) - (y == b)", "", ""),
               hint="b, the target, is the number of a class: a whole number from 0, below how many there are",
               again=("softmax(x) if y != b else softmax(x) - 1 if z > 0.7 else -others(softmax(x))", "", ""))


if TYPE_CHECKING:
    @overload
    def cross_entropy(logits: Iterable[float], target: Class) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def cross_entropy(logits: Iterable[Number], target: Target) -> Value: ...


@declare_loss(targets=CLASS, compared=False)
def cross_entropy(logits: Any, target: Any) -> Any:
    """-log of the share of the target's class; or, given one weight per class, the weighted sum of those of all.

    A weight is a plain number or a Value; weights are taken as they are, whatever their sum. A class by number may be a
    Value too, as an input of a Replay is. All the outputs of one softmax in place of logits are a mistake, and a
    UserWarning says so. Errors: IndexError for a number that is no class, TypeError for what is no number of a class,
    ValueError where a Value's number is none, for no logits or another number of weights than classes.

    >>> z = [Value(-0.9632, "z1"), Value(0.0032, "z2"), Value(0.1352, "z3")]
    >>> loss = cross_entropy(z, 0)
    >>> loss.backward()
    >>> round(loss.data, 4), [round(v.grad, 4) for v in z]
    (1.8913, [-0.8491, 0.3966, 0.4525])
    >>> cross_entropy(z, [0.5, 0.5, 0])
    Value(data=1.4080771689741947, grad=0.0)
    >>> cross_entropy(z, Value(0.0)).partials[:3] == loss.partials
    True
    >>> cross_entropy(z, 3)
    Traceback (most recent call last):
        ...
    IndexError: cross_entropy(logits, target) needs a target from 0 to 2, for 3 classes (z1, z2, z3); 3 came
    """
    what = "cross_entropy(logits, target)"
    classes = some_numbers(logits, what)
    if target.__class__ is Value:
        loss = BY_NUMBER(classes, range(len(classes)), target)
    else:
        chosen = CLASS.class_or_weights(target, classes, what)
        loss   = (Value.weighted_cross_entropy if isinstance(chosen, list) else Value.cross_entropy)(classes, chosen)
    if classes[0].__class__ is Value and classes[0].index == 0:      # as the first output of a softmax has
        from engine.text.notices import warn_of_shares               # here, so that importing nn stays fast
        warn_of_shares(loss, what)
    return loss


if TYPE_CHECKING:
    @overload
    def hinge(scores: Floats, targets: Floats) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def hinge(scores: Numbers, targets: Numbers) -> Value: ...


@declare_loss("1 - x * y if x * y < 1 else 0",
              "-y if x * y < 1 else 0",
              "-x if x * y < 1 else 0",                   targets=SIGN, compared=False)
def hinge(scores: Any, targets: Any) -> Any:
    """The mean of max(0, 1 - target · score), for targets of -1 and 1: the max-margin loss; for one score or a row.

    Errors: ValueError for no scores, another number of targets, or a target that is neither -1 nor 1.

    >>> score = Value(0.25)
    >>> hinge(score, -1)
    Value(data=1.25, grad=0.0)
    >>> hinge([3, 0.5], [1, 1])
    0.25
    """
    return mean(hinge, scores, targets)


if TYPE_CHECKING:
    @overload
    def binary_cross_entropy(logits: Floats, targets: Floats) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def binary_cross_entropy(logits: Numbers, targets: Numbers) -> Value: ...


@declare_loss("y * softplus(-x) + (1 - y) * softplus(x)",
              "(1 - y) * sigmoid(x) - y * sigmoid(-x)",
              "-x",                                       targets=PROBABILITY, compared=False)
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
    return mean(binary_cross_entropy, logits, targets)


if TYPE_CHECKING:
    @overload
    def mean_squared_error(predictions: Floats, targets: Floats) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def mean_squared_error(predictions: Numbers, targets: Numbers) -> Value: ...


@declare_loss(targets=NUMBERS, compared=False)
def mean_squared_error(predictions: Any, targets: Any) -> Any:
    """The mean of (prediction - target)²: a Value, for plain numbers alone a float; for one prediction or a row.

    Errors: ValueError for no predictions, or another number of targets.

    >>> mean_squared_error([1, 2, 3], [1, 2, 5])
    1.3333333333333333
    >>> mean_squared_error(Value(1.0), 3.0)
    Value(data=4.0, grad=0.0)
    """
    return mean(mean_squared_error, predictions, targets, lambda y, t: (y - t) ** 2)
