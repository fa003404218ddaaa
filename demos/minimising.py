"""The lesson's descent on b3, and the whole network, by L-BFGS: SciPy asks a replay for values and gradients.

`python -m demos.minimising` runs it; without SciPy it says how to have it.
"""
from sys import stdout

import nn
from demos.iris.flowers import flowers
from demos.lesson.page import DESCENT, next_step, row, section
from engine import Replay, Value

stdout.reconfigure(errors="replace")                 # a terminal without ∂ shows a ? in its place
NUMBERS = [-2.5, 0.6, 1.6, -1.5, 0.4, 0.7, -0.1, 1.5, -2.0, 2.4, -5.2, 0.0, -2.2, 3.7, 1.0]
THREE   = [[0.04, 0.42, 1, 0, 0], [1, 0.54, 0, 0, 1], [0.5, 0.37, 0, 1, 0]]          # a 1 for the species

section("1. A replay is a function of its leaves", """\
The lesson's network has fifteen parameters, the last of Setosa's is b3. Its cross-entropy is recorded
once. replay.value_and_gradient(rows, numbers) is the sum over the flowers and its fifteen
derivatives, for any numbers in the parameters' place; no Value and no grad is touched:
""")
model = nn.MLP(2, [2, 3], seed=1)
for parameter, number in zip(model.parameters(), NUMBERS, strict=True):
    parameter.data = number
b3     = model.layers[1].neurons[0].b
inputs = [Value(0.0, name) for name in ("petal", "sepal", "Setosa", "Versicolor", "Virginica")]
replay = Replay(nn.cross_entropy(model(inputs[:2]), inputs[2:]), inputs=inputs)
place  = [id(p) for p in replay.parameters].index(id(b3))
start  = replay.leaves()
CE, slopes = replay.value_and_gradient(THREE)
row("CE of the three", CE)
row("its slope by b3", slopes[place])
assert round(slopes[place], 7) == -0.7732010 and b3.grad == 0.0
Value.fsum([nn.cross_entropy(model(line[:2]), line[2:]) for line in THREE]).backward()
row("by backward()", b3.grad)
assert all(abs(p.grad - slope) < 1e-14 for p, slope in zip(replay.parameters, slopes, strict=True))


def at(n):
    """The cross-entropy and its slope, where b3 is n."""
    value, gradient = replay.value_and_gradient(THREE, [*start[:place], n[0], *start[place + 1:]])
    return value, [gradient[place]]


try:
    from scipy.optimize import minimize
except ImportError:
    raise SystemExit(print("\nSciPy is not installed: pip install scipy, and it goes down from here.")) from None

section("2. Down in b3 alone", """\
Gradient descent with learning rate 1 takes some thirty steps to ten digits of the minimum. L-BFGS
learns from the slopes it has seen how the valley bends:
""")
found = minimize(at, [-2.0], jac=True, method="L-BFGS-B", options={"ftol": 0.0, "gtol": 1e-10})
row("b3", f"{found.x[0]:.10f}")
row("CE", f"{found.fun:.10f}")
row("asked", f"{found.nfev} times")
assert abs(found.x[0] - float(DESCENT[-1]["b3"])) < 1e-8 and abs(found.fun - float(DESCENT[-1]["CE"])) < 1e-9

section("3. Down in all fifteen", """\
The same on all 150 irises: minimize(lambda numbers: replay.value_and_gradient(irises, numbers),
replay.leaves(), jac=True). Then the numbers are put into the parameters.
""")
irises = [[f.scaled["petal_width"], f.scaled["sepal_width"], *[float(f.species == k) for k in range(3)]]
          for f in flowers()]
before = replay.value_and_gradient(irises)[0] / len(irises)
found  = minimize(lambda numbers: replay.value_and_gradient(irises, numbers), start, jac=True, method="L-BFGS-B")
for parameter, number in zip(replay.parameters, found.x):
    parameter.data = number
scores = model.predict([line[:2] for line in irises])
right  = [nn.accuracy(*pair) for pair in zip(scores, [line[2:] for line in irises])].count(1.0)
row("mean CE, before", before)
row("mean CE, after", found.fun / len(irises))
row("asked", f"{found.nfev} times")
row("right", f"{right} of 150")
assert found.fun < 0.2 * len(irises) * before and right > 140
next_step("python -m demos.cluster, the same on many machines")
