"""Derivatives of derivatives: the first six of tanh, each a graph that can be differentiated again.

`python -m demos.derivatives` runs it; where matplotlib is installed, it plots them as well.
"""
from pathlib import Path
from sys import stdout

from demos.lesson.page import next_step, row, section
from engine import Value, derivative, exp, tanh
from engine.graph import postorder

stdout.reconfigure(errors="replace")                 # a terminal without ∂ shows a ? in its place
ORDERS = 6


def orders(n):
    """tanh at n and its first six derivatives, all of them Values."""
    x = Value(n, "x")
    found = [tanh(x)]
    for _ in range(ORDERS):
        found.append(derivative(found[-1], x))
    return found


section("1. derivative(y, x) is a Value", """\
So it can be differentiated again, drawn and explained. Here is tanh at 0.5 with six derivatives:
""")
row("", "value", "nodes")
for k, v in enumerate(orders(0.5)):
    row(f"derivative {k}" if k else "tanh(0.5)", v, str(len(postorder(v))))

section("2. As the books have it", """\
With t = tanh(x) the first is 1 - t², the second -2t(1 - t²), the third (6t² - 2)(1 - t²). The
engine has none of these formulas; it has the row of tanh and those that this row names:
""")
row("x", "engine, 3rd", "by the book")
for n in -2.0, -0.5, 0.0, 1.0, 3.0:
    t, found = tanh(n), [v.data for v in orders(n)]
    row(f"{n:g}", found[3], (6 * t * t - 2) * (1 - t * t))
    book = [t, 1 - t * t, -2 * t * (1 - t * t), (6 * t * t - 2) * (1 - t * t)]
    assert all(abs(ours - theirs) < 1e-13 for ours, theirs in zip(found, book))

section("3. Far out", """\
At 30, tanh is 1 to the last digit, and 1 - t² is 0 for the computer. The derivatives are not 0: they
are 4·exp(-60) and then each -2 times the one before it, here to 15 digits.
""")
far = orders(30.0)
row("by the book", 1 - tanh(30.0) ** 2)
for k in 1, 2, 3:
    row(f"derivative {k}", f"{far[k]:.15g}")
assert abs(far[1].data / (4 * exp(-60.0)) - 1) < 1e-14
for k in range(1, ORDERS):
    assert abs(far[k + 1].data / far[k].data + 2) < 1e-14

section("4. All six", "From -3 to 3:\n")
points = [n / 20 for n in range(-60, 61)]
table = [[v.data for v in orders(n)] for n in points]
print("    x " + "".join(f"{name:>12}" for name in ("tanh", "1st", "2nd", "3rd", "4th", "5th", "6th")))
for n, line in list(zip(points, table))[::20]:
    print(f"    {n:<2g}" + "".join(f"{y + 0.0:>12.5f}" for y in line))
assert table[60] == [0, 1, 0, -2, 0, 16, 0]          # at 0
for left, right in zip(table, reversed(table)):      # tanh is odd: its derivatives are even and odd in turn
    assert all(abs(a + (-1) ** k * b) < 1e-12 * max(1, abs(a)) for k, (a, b) in enumerate(zip(left, right)))

try:
    from demos.surfaces import COLOURS, figure_of, write
except ImportError:
    print("\nmatplotlib is not installed, so there is no plot: pip install matplotlib")
else:
    def picture():
        """tanh and its derivatives, each on a scale of its own."""
        figure, axes = figure_of(2, 4, "tanh and its first six derivatives", (11, 5), solid=False)
        names = ["tanh", "1st", "2nd", "3rd", "4th", "5th", "6th"]
        for panel, k in zip([*axes[0], *axes[1]], range(ORDERS + 2)):
            if k > ORDERS:
                panel.remove()
                continue
            colour = COLOURS[0] if k == 0 else COLOURS[1]
            panel.plot(points, [line[k] for line in table], color=colour, linewidth=1.8)
            panel.set(title=names[k], xticks=[-3, 0, 3])
            panel.axhline(0.0, color=panel.spines["left"].get_edgecolor(), linewidth=0.6, zorder=0)
        return figure

    place = Path("out", "derivatives")
    place.mkdir(parents=True, exist_ok=True)
    print()
    for path in write(place, "tanh", picture):
        print(f"    {path}")
next_step("python -m demos.optimisers, on ways down a valley")
