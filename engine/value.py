"""Value: the table of derivatives, then the chain rule."""
from __future__ import annotations

from _thread import RLock
from collections import deque
from functools import partial
from itertools import chain, repeat
from math import isfinite, nan
from numbers import Real
from operator import add, attrgetter, eq, ge, gt, le, lt, ne

from engine import pouring
from engine.errors import addition, brief, name_of, number
from engine.graph import blame, operands, postorder, slopes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, SupportsFloat, TypeAlias

    from engine.op import Method as Op, Op as Row

    Number: TypeAlias = "Value | SupportsFloat"      # what an operand may be
    Unary:  TypeAlias = str                          # the name of a row of one operand; in the stub, of those there are
else:
    from engine.op import Op


class Table(type):
    """The class of Value: a row in its body, or set on it, becomes a method."""

    def __init__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> None:
        Op.value = cls
        for name in [name for name, row in body.items() if isinstance(row, Op)]:
            setattr(cls, name, body[name])

    def __setattr__(cls, name: str, row: Any) -> None:
        super().__setattr__(name, Op.pour(row, name, "Value.") if isinstance(row, Op) else row)


def comparison(operator: Callable[[Any, Any], Any]) -> Callable[[Value, Any], Any]:
    """A comparison of a value's number with a plain one, or with that of another Value: equal to it is only itself."""
    def compare(self: Value, other: Any) -> Any:
        if other.__class__ is Value:
            return NotImplemented if operator in (eq, ne) else operator(self._data, other._data)
        if isinstance(other, Real):                  # NumPy's smaller ones would round the other
            return bool(operator(self._data, other.item() if hasattr(other, "item") else other))
        return NotImplemented
    return compare


# From here on Value is the compiled class, where there is one: its nodes are C's, and its rows, poured from these very
# formulas; all else is Python's, written here. It is no subclass: the nodes of one are slower, and there would be two
# classes of Values.
@pouring.completed
class Value(metaclass=Table):
    """A number that remembers how it was made.

    `data` is its number, `grad` the derivative of the value whose `backward()` ran last with respect to it (on a leaf
    the sum over all runs), `label` its name. `op`, `parents` and `partials` say how it was made; a leaf has none.
    Errors: TypeError for what is not a real number, ValueError for nan and infinity.

    >>> x = Value(2.0, "x")
    >>> y = x * x + x
    >>> y.backward()
    >>> x
    Value(data=2.0, grad=5.0, label='x')
    """

    __slots__ = ("_data", "_grad", "_row", "_x", "_y", "_dx", "_dy", "_label")
    _data: float                         # the number
    _grad: float                         # the gradient
    _label: str                          # the name; not set at first
    _row: Any                            # the operation, an Op; None on a leaf
    _x: Any                              # the operands, a plain number as a float
    _y: Any                              # (or all of many in _x, and their index)
    _dx: Any                             # the partials, None where a plain number stands
    _dy: Any                             # (or all of many in _dx)

    # The table --------------------------------------------------------------------------------------------------------
    #                        z                                            ∂z/∂x                        ∂z/∂y

    __add__ = __radd__ = Op("x + y",                                      "1",                         "1")
    __sub__ = __rsub__ = Op("x - y",                                      "1",                         "-1")
    __mul__ = __rmul__ = Op("x * y",                                      "y",                         "x")
    __truediv__ = __rtruediv__ = Op("x / y",                              "1 / y",                     "-z / y",
                                    needs="y != 0")
    __pow__ = __rpow__ = Op("x ** y",                                     # z tiny, y - 1 rounded, or that overflows:
                            "0 if x == 0 == y else y * abs(x) ** (y / 2) / (x if y / 2 == floor(y / 2) else abs(x)) * "
                            "abs(x) ** (y / 2) if abs(y) > 100 and abs(z) < 1e-300 and x != 0 else y * x ** (y - 1) "
                            "if x == 0 or 0 != y == y - 1 + 1 != y - 1 and (y > 0.1 or abs(x) > 1e-290) else "
                            "y / x * z if 1 > x > abs(y) * 1e-300 or y == 0 else "
                            "y * z / x if 0 < x < 1e-200 and z > 1e-290 else z / x * y",
                            "0 if x == 0 < y else z * log(x) if abs(z) > 1e-300 else "
                            "log(x) * abs(x) ** (y / 2) * abs(x) ** (y / 2)",
                            needs="x > 0 or x == 0 <= y or x < 0 and y == floor(y)",
                            hint="0 has no negative powers, a negative number only whole ones",
                            told=("y * x ** (y - 1)", "z * log(x)"))
    __neg__     = Op("-x",                                                "-1")
    __abs__     = Op("abs(x)",                                            "(x > 0) - (x < 0)")
    exp         = Op("exp(x)",                                            "z",
                     hint="for a softmax use nn.softmax(logits), for -log of it nn.cross_entropy(logits, target)")
    expm1       = Op("expm1(x)",                                          "exp(x)")
    log         = Op("log(x)",                                            "1 / x",                     needs="x > 0",
                     hint="for log of a softmax use nn.log_softmax(logits), for -log nn.cross_entropy(logits, target)")
    log1p       = Op("log1p(x)",                                          "1 / (1 + x)",               needs="x > -1")
    sqrt        = Op("sqrt(x)",                                "1 / (2 * z)", needs="x >= 0", told="1 / (2 * sqrt(x))")
    sin         = Op("sin(x)",                                            "cos(x)")
    cos         = Op("cos(x)",                                            "-sin(x)")
    tan         = Op("tan(x)",                                            "1 + z * z",           told="1 / cos(x) ** 2")
    sigmoid     = Op("1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))", "sigmoid(x) * sigmoid(-x)",
                     told="z * (1 - z)",
                     again="(1 - tanh(x / 2) ** 2) / 4 if abs(x) < 1 else sigmoid(x) * sigmoid(-x)")
    tanh        = Op("tanh(x)",                                           "4 * sigmoid(2 * x) * sigmoid(-2 * x)",
                     told="1 - z * z",
                     again="1 - z * z if abs(z) < 0.5 else 4 * sigmoid(2 * x) * sigmoid(-2 * x) if abs(x) < 1e3 else 0")
    relu        = Op("x if x > 0 else 0",                                 "x > 0",                     symbol="ReLU")
    softplus    = Op("x + log1p(exp(-x)) if x > 0 else log1p(exp(x))",    "sigmoid(x)")

    # Many operands: x is one of them, and an aggregate runs over all of them as y.

    fsum        = Op("fsum(y)",                                           "1")
    maximum     = Op("max(y)",                                            "(x == z) / sum(y == z)")
    minimum     = Op("min(y)",                                            "(x == z) / sum(y == z)")
    softmax     = Op("exp(x - max(y)) / sum(exp(y - max(y)))",            "z * others(softmax(y))",   "-z * softmax(y)",
                     told=("z * (1 - z)", ""),                            # of two about equal their difference counts
                     again=("(1 - tanh((x - others(y)) / 2) ** 2) / 4 if sum(y == y) == 2 and 0.25 < z < 0.75 else "
                            "z * others(softmax(y))",
                            "(tanh((y - others(y)) / 2) ** 2 - 1) / 4 if sum(y == y) == 2 and 0.25 < z < 0.75 else "
                            "-z * softmax(y)"))
    logsumexp   = Op("max(y) + log1p(rest(exp(y - max(y))))",             "softmax(x)")
    log_softmax = Op("x - max(y) - log1p(rest(exp(y - max(y))))",         "others(softmax(y))",       "-softmax(y)",
                     told="1 - softmax(x)",                               # others' derivatives cancel where x is small
                     again="1 - softmax(x) if z < -0.7 else others(softmax(y))")
    cross_entropy = Op("max(y) - x + log1p(rest(exp(y - max(y))))",       "-others(softmax(y))",      "softmax(y)",
                       told="softmax(x) - 1",
                       again="softmax(x) - 1 if z > 0.7 else -others(softmax(y))")

    # Pairs of operands: an aggregate runs over x and y together.

    dot         = Op("sum(x * y)",                                        "y",                         "x")
    affine      = Op("sum(x * y) + b",                                    "y",                         "x",      "1")
    weighted_cross_entropy = Op("sum(y * (max(x) - x)) + sum(y) * log1p(rest(exp(x - max(x))))",
                                "softmax(x) * others(y) - y * others(softmax(x))",
                                "-log_softmax(x)",
                                told="softmax(x) * sum(y) - y",
                                again="softmax(x) * sum(y) - y if softmax(x) < 0.5 else "
                                      "softmax(x) * others(y) - y * others(softmax(x))")

    # The chain rule ---------------------------------------------------------------------------------------------------

    def backward(self) -> None:
        """Add to each leaf's grad the derivative of this value by it; set the grads of the values between.

        All or nothing. Errors: GradientError where a gradient does not exist or overflows.

        >>> a = Value(3.0)
        >>> (a * a).backward(); (a * a).backward()
        >>> a.grad
        12.0
        """
        adjoint: dict[Value, float] = {}
        nodes = postorder(self, adjoint)
        adjoint[self] = 0.0 if self.constant else 1.0
        for v in reversed(nodes):
            g = adjoint[v]
            if g:                                    # a zero gradient goes nowhere, also not to an infinite slope
                dx, dy = v._dx, v._dy
                if dy is not None:
                    if dx is not None:
                        adjoint[v._x] += g * dx
                    adjoint[v._y] += g * dy
                elif dx.__class__ is tuple:
                    for x, d in zip(v._x, dx):
                        if d is not None:
                            adjoint[x] += g * d
                elif dx is not None:
                    adjoint[v._x] += g * dx
        leaves = [v for v in nodes if v._row is None]
        grads  = [adjoint.pop(v) * (0.0 if v._y is True else 1.0) for v in leaves]       # a plain number keeps its 0.0
        with adding:                                 # what is not finite on the way ends in a leaf that is not
            if not all(map(isfinite, map(add, map(get_grad, leaves), grads))):
                raise blame(self)
            commit(chain(map(set_grad, adjoint, adjoint.values()),
                         map(set_grad, leaves, map(add, map(get_grad, leaves), grads))))

    def zero_grad(self) -> None:
        """Set the grad of every value of this graph to zero."""
        commit(map(set_grad, postorder(self), repeat(0.0)))

    # A node -----------------------------------------------------------------------------------------------------------

    __dict__ = property(attrgetter("_dict"))      # it has none, nor a _dict

    def __init__(self, data: Any, label: str = "", *old: Any, **older: Any) -> None:
        if old or older or label.__class__ is not str:
            raise TypeError("Value(data, label) takes one number and one name; to make an operation, write its row: "
                            "Value.name = Op('the formula in x', 'its derivative'), then v.name()"
                            f"{addition('given', *older)}")
        self._data, self._grad, self._label = number(data, "Value(data)"), 0.0, label
        self._row = self._x = self._y = self._dx = self._dy = None

    @property
    def data(self) -> float:
        """The number. It may be assigned; gradients belong to the numbers that were computed."""
        return self._data

    @data.setter
    def data(self, n: Any) -> None:
        self._data = n if n.__class__ is float and isfinite(n) else number(n, lambda: f"{name_of(self)}.data")

    @property
    def grad(self) -> float:
        """The derivative of the value that backward() was called on by this one; 0.0 at first. It may be assigned."""
        return self._grad

    @grad.setter
    def grad(self, n: Any) -> None:
        self._grad = n if n.__class__ is float and isfinite(n) else number(n, lambda: f"{name_of(self)}.grad")

    @property
    def label(self) -> str:
        """The name, any text; empty at first."""
        return getattr(self, "_label", "")

    @label.setter
    def label(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a label is a text; {brief(text)} is not")
        self._label = str.__str__(text)              # one that holds a Value would close a cycle

    @property
    def op(self) -> Row | None:
        """The row that made this value; None on a leaf."""
        return self._row  # type: ignore[no-any-return]

    @property
    def constant(self) -> bool:
        """Whether this is a plain number among the operands of an operation."""
        return self._row is None and self._y is True

    @property
    def parents(self) -> tuple[Value, ...]:
        """The operands, in order, duplicates kept."""
        xs = operands(self)
        if not all([x.__class__ is Value for x in xs]):
            xs = tuple([x if x.__class__ is Value else constant(x) for x in xs])
            self._x, self._y = xs if self._row.arity else (xs, self._y)
        return xs

    @property
    def partials(self) -> tuple[float, ...]:
        """∂(this value)/∂(parent) for each parent: 0.0 for a constant, nan where there is no finite slope."""
        return tuple([0.0 if d is None else d if isfinite(d) else nan for d in slopes(self)])

    @property
    def index(self) -> int | None:
        """In a row of many operands, which one is set apart; in a row of pairs, how many pairs there are."""
        return self._y if self._dx.__class__ is tuple else None

    def __pos__(self) -> Value:
        return self

    __lt__, __le__, __gt__, __ge__, __eq__, __ne__ = map(comparison, (lt, le, gt, ge, eq, ne))
    __hash__ = object.__hash__                       # as a key, every Value is itself

    def __bool__(self) -> bool:
        raise TypeError(f"{name_of(self)} is neither true nor false; compare its number, as in v > 0 or v.data == 0")

    def __float__(self, *_: int) -> float:
        raise TypeError(f"a plain number in place of {name_of(self)} would cut the graph: for a function of it take "
                        f"engine's (engine.exp(v), not math.exp(v)), for its number alone write .data")
    __int__ = __complex__ = __round__ = __float__

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        return f"Value(data={self._data!r}, grad={self._grad!r}{f', label={self.label!r}' if self.label else ''})"


commit: Callable[..., Any] = partial(deque, maxlen=0)    # runs an iterator in one call, which no interrupt can split
adding = RLock()                                         # while it is held, no other thread adds to grads
get_grad, set_grad, set_data = attrgetter("_grad"), vars(Value)["_grad"].__set__, vars(Value)["_data"].__set__


def constant(n: float) -> Value:
    """A plain number among operands, as a Value."""
    v = Value(n)
    v._y = True
    return v
