"""The lesson's graphs, for tests of pictures; run with -m, this renews the texts in tests/data/pictures."""
from __future__ import annotations

from pathlib import Path

from engine import Value, draw, exp, label, log, relu

TEXTS   = Path(__file__).parents[2] / "data" / "pictures"
FLOWERS = {"Setosa": (0.04, 0.42, 0), "Virginica": (1.0, 0.54, 2), "Versicolor": (0.5, 0.37, 1)}
NUMBERS = dict(w1=-2.5, w2=0.6, b1=1.6, w3=-1.5, w4=0.4, b2=0.7, w5=-0.1, w6=1.5, b3=-2, w7=2.4, w8=-5.2, b4=0,
               w9=-2.2, w10=3.7, b5=1)


def parameters():
    return {name: Value(n, name) for name, n in NUMBERS.items()}


def flower(name, w):
    """The cross-entropy of one flower, written with exp, + and /."""
    petal, sepal = (Value(n) for n in FLOWERS[name][:2])
    h1 = relu(w["w1"] * petal + w["w2"] * sepal + w["b1"])
    h2 = relu(w["w3"] * petal + w["w4"] * sepal + w["b2"])
    z = z1, z2, z3 = (w["w5"] * h1 + w["w6"] * h2 + w["b3"], w["w7"] * h1 + w["w8"] * h2 + w["b4"],
                      w["w9"] * h1 + w["w10"] * h2 + w["b5"])
    e = [exp(v) for v in z]
    p = e[FLOWERS[name][2]] / (e[0] + e[1] + e[2])
    CE = -log(p)
    label(petal=petal, sepal=sepal, h1=h1, h2=h2, z1=z1, z2=z2, z3=z3, p=p, CE=CE)
    return CE


def total():
    """The sum over the three flowers, and b3."""
    w = parameters()
    losses = [flower(name, w) for name in FLOWERS]
    for loss, name in zip(losses, FLOWERS):
        loss.label = f"CE_{name}"
    root = losses[0] + losses[1] + losses[2]
    root.label = "total"
    return root, w["b3"]


def texts():
    """The DOT texts of the lesson's pictures."""
    w, v = parameters(), parameters()
    CE, closed, (root, b3) = flower("Setosa", w), flower("Virginica", v), total()
    for loss in (CE, closed, root):
        loss.backward()
    pictures = {detail: draw(CE, w["b3"], detail=detail, names={}) for detail in ("names", "folded", "values", "path")}
    pictures["off"] = draw(closed, v["b3"], detail="folded", theme="dark", names={})
    pictures["total"] = draw(root, b3, title="Total cross-entropy", names={})
    return {name: picture.source for name, picture in pictures.items()}


if __name__ == "__main__":
    TEXTS.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (TEXTS / f"{name}.gv").write_text(text)
