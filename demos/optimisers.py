"""Optimisers: five of them and one of one's own, each a list of formulas, on their ways through a curved valley.

`python -m demos.optimisers` runs it; where matplotlib is installed, it draws the ways as well.
"""
from pathlib import Path
from sys import stdout
from textwrap import indent

from demos.lesson.page import next_step, section
from engine import Value
from nn import SGD, Adam, AdamW, Optimiser, check_optimiser

stdout.reconfigure(errors="replace")                 # a terminal without · shows a ? in its place
START, STEPS, NEAR = (-1.4, 2.2), 300, 0.01

section("1. The Valley", """\
    height = (1 - x)² + 10 · (y - x²)²

Its floor is the curve y = x², which falls slowly to the minimum at (1, 1), where the height is 0. Its
walls are steep: the gradient points across the valley, hardly ever along it.
""")


def height(x, y):
    """How high the valley is at a place."""
    return (1 - x) ** 2 + 10 * (y - x * x) ** 2


x, y = Value(START[0], "x"), Value(START[1], "y")
first = height(x, y)
first.backward()
print(f"    start ({x.data:g}, {y.data:g})   height {first.data:.4f}   gradient ({x.grad:.4f}, {y.grad:.4f})")
assert abs(first.data - 6.336) < 1e-12 and abs(x.grad - 8.64) < 1e-12 and abs(y.grad - 4.8) < 1e-12

section("2. An Optimiser Is Its Formulas", """\
p is a parameter, g its gradient, t which step this is; the rest are settings, and what earlier lines
found. m and v are read before their line has come: they are kept from step to step. This is Adam:
""")
for line in Adam.formulas:
    print(f"    {line}")

section("3. One of One's Own", """\
Lion steps by lr whatever the size of the gradient: it looks at the sign of a mean alone. Five lines:
""")


LION = '''
class Lion(Optimiser):
    lr, betas, weight_decay = 1e-4, (0.9, 0.99), 0.0
    formulas = ["c = beta1 * m + (1 - beta1) * g",
                "p = p - lr * ((c > 0) - (c < 0) + weight_decay * p)",
                "m = beta2 * m + (1 - beta2) * g"]
'''
exec(LION, scope := {"Optimiser": Optimiser})        # what is printed is what runs
Lion = scope["Lion"]
print(indent(LION.lstrip(), "    "))
print("    check_optimiser(Lion)")
check_optimiser(Lion)
print("\nThe check went well: it goes downhill, and all that runs formulas here finds the same steps.")

section("4. The Ways", f"""\
{STEPS} steps of each from the same place. Plain descent must take small steps, for the walls; momentum
gathers speed along the floor; Adam takes about the same step along each axis, however steep it is.
""")
OPTIMISERS = {
    "SGD":               lambda ps: SGD(ps, lr=0.01),
    "Momentum":          lambda ps: SGD(ps, lr=0.004, momentum=0.9),
    "Nesterov":          lambda ps: SGD(ps, lr=0.004, momentum=0.9, nesterov=True),
    "Adam":              lambda ps: Adam(ps, lr=0.1),
    "AdamW":             lambda ps: AdamW(ps, lr=0.1, weight_decay=0.1),
    "Lion, our own":     lambda ps: Lion(ps, lr=0.02),
}


def way(make):
    """The places (x, y, height) from the start on, one for each step."""
    p, q = Value(START[0]), Value(START[1])
    optimiser, places = make([p, q]), []
    for _ in range(STEPS + 1):
        here = height(p, q)
        places.append((p.data, q.data, here.data))
        optimiser.zero_grad()
        here.backward()
        optimiser.step()
    return places


ways = {name: way(make) for name, make in OPTIMISERS.items()}
print(f"    {'':<20}{'height after 30':>16}{'100':>10}{str(STEPS):>10}   below {NEAR:g} from step")
for name, places in ways.items():
    below = [step for step, (_, _, z) in enumerate(places) if max(z for *_, z in places[step:]) < NEAR]
    numbers = "".join(f"{places[k][2]:>10.5f}" for k in (100, STEPS))
    print(f"    {name:<20}{places[30][2]:>16.5f}{numbers}   {below[0] if below else '-'}")
    assert places[-1][2] < places[0][2] / 10
last = {name: places[-1][2] for name, places in ways.items()}
assert last["Momentum"] < last["SGD"] and last["Adam"] < NEAR
assert last["AdamW"] > last["Adam"]
print("\nAdamW ends beside the minimum: its decay pulls x and y to 0 all the time.")

try:
    from demos.surfaces import figure_of, paths_in_valley, write
except ImportError:
    print("\nmatplotlib is not installed, so the ways are not drawn: pip install matplotlib")
else:
    def picture():
        """The valley from above, once for each optimiser, with its way in it."""
        figure, axes = figure_of(2, 3, "Five optimisers and one's own in a curved valley", (12, 8), solid=False)
        for axis, (name, places) in zip([*axes[0], *axes[1]], ways.items()):
            paths_in_valley(axis, height, places, f"{name}: height {places[-1][2]:.2g} at the end")
        figure.legend(handles=axes[0][0].get_legend_handles_labels()[0], loc="outside lower center", ncols=3)
        return figure

    place = Path("out", "optimisers")
    place.mkdir(parents=True, exist_ok=True)
    print()
    for path in write(place, "valley", picture):
        print(f"    {path}")
next_step("python -m demos.moons trains a network")
