"""What other engines' values have and a Value has not: whoever asks for it is told what to write here.

>>> from engine import Value
>>> Value(2.0).item()
Traceback (most recent call last):
    ...
AttributeError: a Value has no item: its number is .data
"""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NoReturn

ROW     = "Value.name = Op('the formula in x', 'its derivative')"
WRITTEN = "it is written with its sign, as in v + w, v ** 2, abs(v)"

# What to write, and the names that it stands for: in micrograd and its descendants, PyTorch, NumPy, JAX, tinygrad.
REMEDIES = (
    ("its number is .data",
     "item numpy tolist value val number scalar cpu asarray realize"),
    (".data is its number alone, Value(v.data) a new leaf with that number",
     "detach detach_ stop_gradient"),
    ("copy.copy(v) is a copy",
     "clone copy deepcopy"),
    ("its gradient is .grad, after backward() of the loss",
     "gradient derivative adjoint dv dx d g"),
    ("the pass is .backward()",
     "backprop backpropagate back reverse"),
    (f"no node holds a function: its local derivatives are .partials, and an operation is a row: {ROW}",
     "_backward backward_fn _backward_fn grads local_grads _local_grads local_gradients"),
    ("its operands are .parents",
     "_children children _parents _inputs inputs args _args prev creator creators saved_tensors depends_on"),
    ("the operation that made it is .op, its operands are .parents",
     "grad_fn _grad_fn ctx _ctx fn operation operator"),
    ("a leaf is a Value whose .op is None",
     "is_leaf leaf"),
    ("each has a .grad after backward(); what needs none is a plain number, or is kept from the optimiser",
     "requires_grad _requires_grad requires_grad_ requires_gradient retain_grad retains_grad trainable no_grad"),
    ("zero_grad() clears the grads of a graph, v.grad = 0.0 that of one value",
     "zero zero_ zerograd zero_grads zero_gradient clear_grad cleargrad reset_grad"),
    ("assign its number, as in v.data -= 0.1 * v.grad, or let an optimiser step",
     "add_ sub_ mul_ div_ copy_ fill_ set_ assign assign_add assign_sub update step optimizer optimiser"),
    ("it takes no other attributes: keep numbers beside it, as in m = {v: 0.0}; nn's optimisers keep their own",
     "m v s t u r h e n k m1 m2 g2 m_hat v_hat velocity momentum mom momentum_buffer buffer buf cache state states "
     "exp_avg exp_avg_sq avg average moment moment1 moment2 first_moment second_moment mean_square grad_sq sq_grad "
     "square_avg sum_sq grad_sum grad_acc accumulator acc acc_grad delta prev_delta last_delta prev_grad old_grad "
     "last_grad prev_data old_data old previous last best best_data lr learning_rate rate step_size eta alpha beta "
     "beta1 beta2 mu eps epsilon decay weight_decay history count steps visited rank depth level mask frozen fixed "
     "color colour unit units"),
    ("its name is .label",
     "name _name title tag id key text comment"),
    ("it is one float: many are a list of Values, or a NumPy array of them",
     "shape size ndim dim numel dtype device type astype to cuda float double half long bool T mT transpose reshape "
     "view flatten squeeze unsqueeze expand contiguous nbytes strides items append"),
    ("it is one number: of several there are fsum(values), maximum(values), fsum(values) / len(values)",
     "sum mean std var norm prod max min amax amin argmax argmin any all cumsum sort"),
    (f"write it with + - * / ** and the functions that engine has, or as a row of your own: {ROW}",
     "square cube reciprocal rsqrt cbrt clamp clip sign lerp round floor ceil mish swish selu hardtanh lrelu"),
    ("the natural logarithm is .log()",
     "ln logarithm"),
    (WRITTEN,
     "multiply subtract divide div power negative matmul plus minus times"),
    ("a backward pass calls nothing on its way: read .grad after it",
     "hook hooks register_hook register_backward_hook"),
    ("draw(v) is its picture, table(v) its graph as text",
     "draw draw_dot plot show graph render visualize visualise"),
    ("explain(v, x) is the chain rule from v down to x",
     "explain trace why"),
    ("it has a few fields: data, grad, label, op, parents, partials",
     "__dict__ _dict"),
)
INSTEAD = {name: remedy for remedy, names in REMEDIES for name in names.split()}


class Absent:
    """A name that Value has not: to get, set or delete it is an AttributeError with the remedy."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, v: Any, kind: Any = None) -> NoReturn:
        asked = "__dict__" if self.name == "_dict" else self.name            # which Value asks for under this name
        raise AttributeError(f"a Value has no {asked}: {INSTEAD.get(self.name, WRITTEN)}")

    def __set__(self, v: Any, thing: Any) -> NoReturn:
        self.__get__(v)

    __delete__ = __get__


def subclass(meta: type, *given: Any, **more: Any) -> NoReturn:
    """Value is one class, Python's or the compiled one: both refuse subclasses in the same words."""
    raise TypeError("type 'Value' is not an acceptable base type; for an operation of your own write its row: "
                    f"{ROW}; for a thing with a Value in it subclass nn.Module")


def remedies(names: Iterable[str]) -> str:
    """What to write in place of arguments of these names: `; requires_grad: …`; nothing for names that say nothing."""
    return "".join([f"; {name}: {INSTEAD[name]}" for name in names if name in INSTEAD])


def add(value: Any, rows: Iterable[str]) -> None:
    """Have the class answer to the names above, and to those of rows that are signs; `dir` does not list them."""
    own: Any = vars(value)
    meta: Any = type(value)
    for name in [*INSTEAD, *[name for name in rows if f"__{name}__" in own]]:
        if name not in own:
            type.__setattr__(value, name, Absent(name))

    def there(names: Iterable[str]) -> list[str]:
        return [name for name in names if not isinstance(own.get(name), Absent)]

    value.__dir__ = lambda v: there(object.__dir__(v))
    meta.__dir__  = lambda kind: there(type.__dir__(kind))
    meta.__new__  = subclass
