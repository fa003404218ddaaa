"""The lesson's graphs, by hand."""
from __future__ import annotations

from engine import Value, exp, log

LOGITS = {"setosa": (1.0368, 0.0032, 0.1352), "virginica": (0.0, 0.0, 1.0), "versicolor": (0.0898, 0.8632, 0.1042)}


def flower():
    """b3, Setosa's output, its probability and the cross-entropy of the first flower, with the lesson's names."""
    b3, hidden, z2, z3 = Value(-2.0, "b3"), Value(1.0368, "hidden"), Value(0.0032, "z2"), Value(0.1352, "z3")
    z = hidden + b3
    p = exp(z) / (exp(z) + exp(z2) + exp(z3))
    CE = -log(p)
    z.label, p.label, CE.label = "z", "p", "CE"
    return b3, z, p, CE


def flowers():
    """b3 and the total loss of the three flowers."""
    b3 = Value(-2.0, "b3")
    losses = []
    for i, (name, (hidden, z2, z3)) in enumerate(LOGITS.items()):
        z_setosa = hidden + b3
        z_setosa.label = "z_setosa"
        z = [z_setosa, Value(z2), Value(z3)]
        own = (0, 2, 1)[i]
        p = exp(z[own]) / (exp(z[0]) + exp(z[1]) + exp(z[2]))
        CE = -log(p)
        p.label, CE.label = f"p_{name}", f"CE_{name}"
        losses.append(CE)
    total = losses[0] + losses[1] + losses[2]
    total.label = "total"
    return b3, total
