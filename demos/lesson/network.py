"""The lesson's network and its three flowers as graphs, for the page and for the class.

>>> CE = flower("Setosa", parameters())
>>> print(f"{CE.root.data:.4f}")
1.8913
"""
from __future__ import annotations

from typing import NamedTuple

from demos.lesson.page import FLOWERS
from engine import Value, exp, label, log, relu

SPECIES = "Setosa", "Versicolor", "Virginica"       # in the order of the outputs
NUMBERS = dict(w1=-2.5, w2=0.6, b1=1.6, w3=-1.5, w4=0.4, b2=0.7, w5=-0.1, w6=1.5, b3=-2.0,
               w7=2.4, w8=-5.2, b4=0.0, w9=-2.2, w10=3.7, b5=1.0)


class Flower(NamedTuple):
    """One flower: the root of its loss, and its three probabilities in the order of the outputs."""

    root: Value
    p:    list[Value]


def parameters(numbers: dict[str, float] | None = None) -> dict[str, Value]:
    """The parameters by their names, at the lesson's numbers or at others."""
    return {name: Value(x, name) for name, x in (numbers or NUMBERS).items()}


def flower(name: str, w: dict[str, Value], petal: float | None = None, sepal: float | None = None) -> Flower:
    """The cross-entropy of one flower of the lesson, or of that species with other widths."""
    x, y = [Value(float(FLOWERS[part][name]) if given is None else given, part)
            for part, given in (("petal", petal), ("sepal", sepal))]
    h1 = relu(w["w1"] * x + w["w2"] * y + w["b1"])
    h2 = relu(w["w3"] * x + w["w4"] * y + w["b2"])
    hidden = w["w5"] * h1 + w["w6"] * h2
    hidden.label = "from the hidden layer"
    z_setosa     = hidden + w["b3"]
    z_versicolor = w["w7"] * h1 + w["w8"]  * h2 + w["b4"]
    z_virginica  = w["w9"] * h1 + w["w10"] * h2 + w["b5"]
    e1, e2, e3 = exp(z_setosa), exp(z_versicolor), exp(z_virginica)
    total = e1 + e2 + e3
    p = [e / total for e in (e1, e2, e3)]
    CE = -log(p[SPECIES.index(name)])
    label(h1=h1, h2=h2, z_setosa=z_setosa, z_versicolor=z_versicolor, z_virginica=z_virginica, CE=CE)
    for v, species in zip(p, SPECIES):
        v.label = f"p_{species.lower()}"
    return Flower(CE, p)
