"""Neurons, layers of them, and layers one after the other: the multi-layer perceptron."""
from __future__ import annotations

from engine import Op, Value, affine
from engine.errors import brief

from nn.inputs import numbers_in, whole
from nn.module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from random import Random
    from typing import Any

    from engine.value import Number, Unary

    Activation = Unary | Callable[[Value], Value] | None
    Seed = int | Random | None

    class Outputs(Value):
        """A Value where the last layer is one wide, else a list of Values: for a type checker it is both."""

        def __iter__(self) -> Iterator[Value]: ...
        def __len__(self) -> int: ...
        def __getitem__(self, place: int) -> Value: ...


class Neuron(Module):
    """activation(w · x + b): two nodes, whatever the number of inputs; without `nonlin` or activation w · x + b.

    `activation` is a function of a Value, the name of a row of the table, or None. The weights start between -1 and 1,
    or -`within` and `within`, the bias at 0; a `seed`, a whole number or a random.Random, makes them repeat.

    >>> neuron = Neuron(2, seed=1)
    >>> neuron
    ReLUNeuron(2)
    >>> neuron([1.0, 0.0]).data == max(0.0, neuron.w[0].data)
    True
    >>> Neuron(2, activation="tanh"), Neuron(2, nonlin=False)
    (TanhNeuron(2), LinearNeuron(2))
    """

    def __init__(self, nin: int, nonlin: bool = True, *, activation: Activation = "relu", within: float = 1.0,
                 seed: Seed = None) -> None:
        import random                                # here, so that importing nn stays fast
        width(nin, "Neuron(nin)")
        uniform = (generator(seed) or random).uniform
        self.w = [Value(uniform(-within, within)) for _ in range(nin)]
        self.b = Value(0.0)
        self.activation = activation_for(activation)
        self.nonlin = truth(nonlin) and activation is not None

    def __call__(self, x: Iterable[Number]) -> Value:
        xs = x if x.__class__ is list and len(x) == len(self.w) else inputs_of(self, len(self.w), x)
        z: Value = affine(self.w, xs, self.b)
        if self.nonlin:
            z = self.activation(z)
        if self.label and z.__class__ is Value:
            fresh = not self.nonlin or hasattr(self.activation, "op")        # what a row has made has no label yet
            if fresh or not z.label:
                z.label = self.label
        return z

    def __repr__(self) -> str:
        return f"{title(self.activation) if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """Neurons side by side on the same inputs: a list of their outputs, or that Value where there is one.

    >>> layer = Layer(2, 3, activation="tanh", seed=1)
    >>> layer
    Layer of [TanhNeuron(2), TanhNeuron(2), TanhNeuron(2)]
    >>> [out.label for out in layer([0.5, 1.0])]
    ['neurons[0]', 'neurons[1]', 'neurons[2]']
    >>> layer([0.5, 1.0, 2.0])
    Traceback (most recent call last):
        ...
    ValueError: Layer with 2 inputs was given 3 numbers; give it 2
    """

    def __init__(self, nin: int, nout: int, *, nonlin: bool = True, activation: Activation = "relu",
                 within: float = 1.0, seed: Seed = None) -> None:
        self.nin = width(nin, "Layer(nin, nout)")
        random = generator(seed)
        self.neurons = [Neuron(nin, nonlin, activation=activation, within=within, seed=random)
                        for _ in range(width(nout, "Layer(nin, nout)"))]

    def __call__(self, x: Iterable[Number]) -> Outputs:
        xs = x if x.__class__ is list and len(x) == self.nin else inputs_of(self, self.nin, x)
        out = [neuron(xs) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out  # type: ignore[return-value]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"


class MLP(Module):
    """Layers one after the other, of the widths `nouts`; the last is linear, its logits are what losses take.

    >>> model = MLP(2, [3, 1], seed=1)
    >>> model
    MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(3)]]
    >>> score = model([0.5, -1.0])
    >>> score.backward()
    >>> model.layers[1].neurons[0].b
    Value(data=0.0, grad=1.0, label='layers[1].neurons[0].b')
    """

    def __init__(self, nin: int, nouts: Iterable[int], *, activation: Activation = "relu", seed: Seed = None) -> None:
        if isinstance(nouts, str) or not hasattr(nouts, "__iter__"):
            raise TypeError(f"MLP(nin, nouts) needs a list of widths, one for each layer; {brief(nouts)} came"
                            f"{'' if isinstance(nouts, str) else f'; write [{brief(nouts)}] if one layer is meant'}")
        widths = [width(n, "MLP(nin, nouts)") for n in (nin, *nouts)]
        if len(widths) == 1:
            raise ValueError("MLP(nin, nouts) needs at least one layer; no widths came")
        random = generator(seed)
        self.layers = [Layer(n, m, nonlin=at < len(widths), activation=activation, seed=random)
                       for at, (n, m) in enumerate(zip(widths, widths[1:]), start=2)]

    def __call__(self, x: Iterable[Number]) -> Outputs:
        out = self.layers[0](x)
        for layer in self.layers[1:]:
            out = layer(out if out.__class__ is list else [out])  # type: ignore[comparison-overlap]
        return out

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"


def inputs_of(module: Module, nin: int, x: Any) -> list[Any]:
    """The numbers that a module was given, as a list of the right length."""
    def name() -> str:
        return f"{type(module).__name__} with {counted(nin, 'input')}"

    xs = numbers_in(x, name)
    if len(xs) != nin:
        where = f" ({module.label})" if module.label else ""
        raise ValueError(f"{name()}{where} was given {counted(len(xs), 'number')}; give it {nin}")
    return xs


def listed(numbers: Any) -> list[Any]:
    """What a layer gave, as a list also where it is one number."""
    return numbers if numbers.__class__ is list else [numbers]


def counted(n: int, noun: str) -> str:
    """How many things there are: `1 input`, `2 inputs`."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def width(n: Any, what: str) -> int:
    """A number of inputs or neurons, at least 1."""
    if whole(n, what) < 1:
        raise ValueError(f"{what} needs a width of 1 or more; {brief(n)} came")
    return int(n)


def truth(nonlin: Any) -> bool:
    """The truth of `nonlin`, which must be True or False."""
    if not type(nonlin).__name__.startswith("bool") and nonlin not in (0, 1):
        raise TypeError(f"nonlin needs True or False; {brief(nonlin)} came; for an activation write activation=...")
    return bool(nonlin)


def generator(seed: Any) -> Random | None:
    """Where random numbers come from; None for the random module itself, whose own seed then counts."""
    from random import Random
    return seed if seed is None or isinstance(seed, Random) else Random(whole(seed, "seed"))


def activation_for(activation: Any) -> Any:
    """The function that an activation is: a row of the table by its name, or the function itself; None for None."""
    if activation is None or callable(activation):
        return activation
    rows = {name: op for name, op in list(Op.table.items()) if op.arity == 1}
    if isinstance(activation, str) and activation in rows:
        return rows[activation].function
    error = ValueError if isinstance(activation, str) else TypeError
    raise error(f"activation needs a function, None, or one of {', '.join(rows)}; {brief(activation)} came")


def title(activation: Any) -> str:
    """The activation's name as it stands in a neuron's: `ReLU`, `Tanh`."""
    op = getattr(activation, "op", activation)
    name = op.symbol if isinstance(op, Op) else getattr(activation, "__name__", type(activation).__name__)
    if name != name.lower():
        return name
    return "".join([word.capitalize() for word in name.strip("<>").split("_")])
