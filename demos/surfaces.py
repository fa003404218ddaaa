"""What the lesson draws, with matplotlib: surfaces over petal and sepal width, regions, and curves of a training.

A surface is a function of petal and sepal width that gives a number, computed by the network that is being trained.
Every picture is written twice, for light and for dark pages.
"""
from collections import Counter
from contextlib import contextmanager

import matplotlib                                    # first: where it is missing, it is what is named
import numpy
from contourpy import contour_generator
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure                 # not pyplot: it might open windows
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

COLOURS = "#4c7bd9", "#c58600", "#b8387f"            # of the species, in every picture; safe for the colour-blind
MARKERS = "o", "s", "^"
THEMES  = {
    #              paper      ink        soft       lines
    "light":     ("#fefefe", "#10141a", "#505965", "#c5cdd8"),
    "dark":      ("#0d1117", "#f0f4f9", "#a3adb9", "#424b57"),
}
EYE     = 28, -58                                    # degrees: how high it stands above a surface, and where
CROWDED = 6                                          # steps of a descent, its last, that stand too near each other
HEIGHT  = 0.75                                       # of a surface's box; its other sides are 1


@contextmanager
def theme(name):
    """The looks of a picture for light or dark pages, as long as it is being drawn and written."""
    paper, ink, soft, lines = THEMES[name]
    looks = {
        "figure.facecolor": paper, "axes.facecolor": paper, "savefig.facecolor": paper, "figure.dpi": 100,
        "text.color": ink, "axes.labelcolor": ink, "axes.titlecolor": ink, "xtick.color": soft, "ytick.color": soft,
        "axes.edgecolor": lines, "grid.color": lines, "grid.linewidth": 0.6, "legend.frameon": False,
        "axes.spines.top": False, "axes.spines.right": False, "axes3d.xaxis.panecolor": (0, 0, 0, 0),
        "axes3d.yaxis.panecolor": (0, 0, 0, 0), "axes3d.zaxis.panecolor": (0, 0, 0, 0), "font.size": 11,
        "axes.titlesize": 12, "figure.titlesize": 15, "xtick.labelsize": 9, "ytick.labelsize": 9,
        "svg.fonttype": "path", "svg.hashsalt": "glassgrad",
    }
    with matplotlib.rc_context(looks):
        yield THEMES[name]


def write(folder, name, picture, themes=tuple(THEMES), forms=("svg", "png")):
    """Draw a picture, a function that gives a figure, for each theme; the paths written to come back."""
    paths = []
    for at in themes:
        place = name if at == "light" else f"{name}_{at}"
        with theme(at):
            figure = picture()
            for form in forms:
                path = folder / f"{place}.{form}"
                figure.savefig(path, metadata={"Date": None} if form == "svg" else None)
                figure.set_layout_engine("none")     # it has its layout now, which takes long to find
                paths.append(path)
    return paths


def side(z):
    """The petal widths, and as many sepal widths, at which a surface is known."""
    return numpy.linspace(0.0, 1.0, z.shape[-1])


def zeros(z):
    """The points (petal, sepal) of a line on which a surface is 0; none where it is not."""
    return [point for line in contour_generator(side(z), side(z), z).lines(0.0) for point in line.tolist()]


def figure_of(rows, columns, title, size, solid=True):
    """A figure and its axes, row by row."""
    figure = Figure(figsize=size, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.14)          # inches: nothing at the very edge
    figure.suptitle(title, fontweight="bold")
    axes = [[figure.add_subplot(rows, columns, row * columns + column + 1, projection="3d" if solid else None)
             for column in range(columns)] for row in range(rows)]
    return figure, axes


def seen(line, z, low, high):
    """A line on a surface of which what the surface hides from the eye is nan."""
    points = numpy.array(line, dtype=float)
    elevation, azimuth = numpy.radians(EYE)
    toward = (numpy.cos(elevation) * numpy.cos(azimuth), numpy.cos(elevation) * numpy.sin(azimuth),
              numpy.sin(elevation) * (high - low) / HEIGHT)
    x, y, h = points.T[:, :, None] + numpy.multiply.outer(toward, numpy.linspace(0.05, 1.5, 100))[:, None]
    over = (x >= 0) & (x <= 1) & (y >= 0) & (y <= 1) & (between(z, x, y) > h + 0.005 * (high - low))
    points[over.any(axis=1)] = numpy.nan
    return points


def between(z, x, y):
    """The heights of a surface at points between those where it is known."""
    last = z.shape[-1] - 1
    i, j = [numpy.clip(n * last, 0, last - 1).astype(int) for n in (x, y)]
    u, v = x * last - i, y * last - j
    return (1 - v) * ((1 - u) * z[j, i] + u * z[j, i + 1]) + v * ((1 - u) * z[j + 1, i] + u * z[j + 1, i + 1])


def surface(axes, z, colour, title, limits=None, points=(), lines=()):
    """Draw one surface, the fainter the lower, with points (petal, sepal, height, species) and lines on it."""
    x, y = numpy.meshgrid(side(z), side(z))
    low, high = limits or (float(z.min()), float(z.max()))
    margin = 0.04 * (high - low) or 0.5
    ink, paper = matplotlib.rcParams["text.color"], matplotlib.rcParams["figure.facecolor"]
    deep = 0.45 + 0.55 * ((z - low) / ((high - low) or 1.0))[..., None]
    axes.plot_surface(x, y, z, facecolors=deep * to_rgb(colour) + (1 - deep) * numpy.array(to_rgb(paper)),
                      rcount=len(z), ccount=len(z), linewidth=0, shade=False, antialiased=False,
                      rasterized=True)               # as vectors, or with lines, a file would have a megabyte
    for line in lines:
        axes.plot(*seen(line, z, low, high).T, color=ink, linewidth=1.6, zorder=8)
    for petal, sepal, height, species in points:
        axes.plot([petal], [sepal], [height], MARKERS[species], color=COLOURS[species], markersize=9, zorder=10,
                  markeredgecolor=ink, markeredgewidth=1.4)
    axes.computed_zorder = False
    axes.set(xlim=(0, 1), ylim=(0, 1), zlim=(low - margin, high + margin), xticks=[0, 0.5, 1], yticks=[0.5, 1])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    axes.set_xlabel("petal width", labelpad=-5)
    axes.set_ylabel("sepal width", labelpad=-5)
    axes.tick_params(pad=-3)
    axes.tick_params(axis="z", pad=1)
    axes.locator_params(axis="z", nbins=5)
    axes.set_title(title, y=1.03)
    axes.view_init(*EYE)
    axes.set_box_aspect((1, 1, HEIGHT), zoom=0.99)


def regions(axes, shares, flowers, title):
    """Where which species is the likeliest, the fainter the less likely, with the flowers in it.

    `shares` are the three probabilities over the square, `flowers` (petal, sepal, species, right, tested); how many
    stand on one spot is written beside it.
    """
    paper, ink, soft = [matplotlib.rcParams[name] for name in ("figure.facecolor", "text.color", "xtick.color")]
    largest = shares.argmax(axis=0)
    most = 0.42 if faint() == "paler" else 0.3
    sure = 0.06 + most * 1.5 * (shares.max(axis=0) - 1 / 3)[..., None]
    tint = numpy.array([to_rgb(colour) for colour in COLOURS])[largest]
    looks = {True:  {"markersize": 6, "markeredgecolor": paper, "markeredgewidth": 0.7},
             False: {"markersize": 9, "markeredgecolor": ink,   "markeredgewidth": 1.8}}
    axes.imshow(sure * tint + (1 - sure) * numpy.array(to_rgb(paper)), origin="lower", extent=(0, 1, 0, 1),
                interpolation="bilinear", aspect="equal")
    for species in range(3):
        others = numpy.delete(shares, species, axis=0).max(axis=0)
        axes.contour(side(shares), side(shares), shares[species] - others, levels=[0.0], colors=[soft], linewidths=1.0)
        for right, look in looks.items():
            here = [(x, y) for x, y, s, r, _ in flowers if (s, r) == (species, right)]
            if here:
                axes.plot(*zip(*here), MARKERS[species], color=COLOURS[species], linestyle="none", zorder=3, **look)
    for place, count in Counter((x, y) for x, y, *_ in flowers).items():
        if count > 1:
            axes.annotate(f"{count}", place, (4, 4), textcoords="offset points", fontsize=7, zorder=4)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="petal width", ylabel="sepal width", title=title)


def species_legend(figure, names, more=()):
    """A legend of the species under the figure; `more` are (marker, text)."""
    ink = matplotlib.rcParams["text.color"]
    legend(figure, names, [Line2D([], [], markerfacecolor="none", marker=marker, linestyle="none", markersize=9,
                                  label=text, markeredgecolor=ink, markeredgewidth=1.8) for marker, text in more],
           f"the {faint()} a region, the less sure")


def surface_legend(figure, names=(), bend="fold: a ReLU bends the surface"):
    """A legend of surfaces under the figure: species, if there are points, fold lines, and what is pale."""
    ink = matplotlib.rcParams["text.color"]
    legend(figure, names, [Line2D([], [], color=ink, linewidth=1.6, label=bend)], f"the {faint()}, the lower")


def faint():
    """What a colour is that is near to that of the ground: paler on white, darker on black."""
    return "paler" if sum(to_rgb(matplotlib.rcParams["figure.facecolor"])) > 1.5 else "darker"


def legend(figure, names, handles, pale):
    """A legend of the species with these names, of more, and of what pale colours say."""
    paper, soft = [matplotlib.rcParams[name] for name in ("figure.facecolor", "xtick.color")]
    species = [Line2D([], [], color=colour, marker=marker, linestyle="none", markersize=8, label=name.capitalize(),
                      markeredgecolor=paper) for name, colour, marker in zip(names, COLOURS, MARKERS)]
    handles = [*species, *handles, Patch(facecolor=soft, alpha=0.3, label=pale)]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


def descent(axes, curve, steps, tangent, minimum):
    """The loss along one parameter, the steps of the descent on it, and the tangent that the first step follows."""
    ink, soft = matplotlib.rcParams["text.color"], matplotlib.rcParams["xtick.color"]
    axes.grid(True)
    axes.plot(*zip(*curve), color=COLOURS[0], linewidth=3, zorder=2)
    (x, y), offset = steps[0], "offset points"
    axes.plot([x - 0.5, x + 1.1], [y - 0.5 * tangent, y + 1.1 * tangent], color=ink, linewidth=1.5, linestyle="--",
              zorder=3)
    axes.annotate(f"the tangent at b3 = {x:g}\nhas the slope {tangent:.4f}", (x + 1.1, y + 1.1 * tangent), (-8, -34),
                  textcoords=offset, ha="right")
    apart = max(1, len(steps) - CROWDED)             # the others would pile up: they are shown larger, in an inset
    walk(axes, steps[:apart + 1])
    for i, (x, y) in enumerate(steps[:apart]):
        axes.annotate(f"step {i}: b3 = {x:.3f}" if i else f"start: b3 = {x:g}", (x, y), (10, 8), textcoords=offset)
    if len(steps) > CROWDED:
        near = axes.inset_axes([0.6, 0.5, 0.38, 0.42])
        near.plot(*zip(*curve), color=COLOURS[0], linewidth=2, zorder=2)
        walk(near, steps[apart:])
        for i, (x, y) in enumerate(steps[apart:apart + 2], apart):
            near.annotate(f"step {i}", (x, y), (8, 4), textcoords=offset, fontsize=9)
        rest = f"steps {apart + 2} to {len(steps) - 1}"          # which lie close to each other here too
        near.annotate(rest, steps[apart + 2], (-2, 12), textcoords=offset, fontsize=9)
        (left, top), (right, low) = steps[apart], minimum
        near.set(xlim=(left - 0.1 * (right - left), right + 0.25 * (right - left)),
                 ylim=(low - 0.12 * (top - low), top + 0.12 * (top - low)))
        near.locator_params(axis="x", nbins=4)
        near.set_title(f"steps {apart} to {len(steps) - 1}, larger", fontsize=10)
        near.axvline(right, color=soft, linewidth=1, linestyle=":")
        axes.indicate_inset_zoom(near, edgecolor=soft)
    axes.plot([minimum[0]] * 2, [minimum[1] - 0.25, minimum[1]], color=soft, linewidth=1, linestyle=":")
    axes.annotate(f"minimum at b3 = {minimum[0]:.4f}\nCE = {minimum[1]:.4f}", minimum, (8, -42), textcoords=offset)
    axes.set(xlabel="b3", ylabel="CE, the sum over the three flowers", ylim=(minimum[1] - 0.25, None))


def walk(axes, steps):
    """The steps of a descent, each with an arrow to the next."""
    ink = matplotlib.rcParams["text.color"]
    for before, after in zip(steps, steps[1:]):
        axes.annotate("", after, before, zorder=4,
                      arrowprops={"arrowstyle": "-|>", "color": ink, "shrinkA": 4, "shrinkB": 4, "linewidth": 1.2,
                                  "connectionstyle": "arc3,rad=-0.25"})
    axes.plot(*zip(*steps), "o", color=COLOURS[0], markersize=8, zorder=5, markeredgecolor=ink, markeredgewidth=1.2)


def curves(axes, lines, ylabel, title):
    """Numbers over epochs: `lines` are (name, numbers, dashed)."""
    soft, ink = matplotlib.rcParams["xtick.color"], matplotlib.rcParams["text.color"]
    axes.grid(True)
    for name, numbers, dashed in lines:
        axes.plot(range(1, len(numbers) + 1), numbers, color=soft if dashed else ink, linewidth=2,
                  linestyle="--" if dashed else "-", label=name)
    axes.set(xlabel="epoch", ylabel=ylabel, title=title)
    axes.legend()


def moons(across, up, scores, points, signs):
    """The score of a network with one output over a plane, before and after training, with its points."""
    figure, axes = figure_of(1, 2, "Two moons: what the network makes of every point", (13, 5.4), solid=False)
    ink, paper = matplotlib.rcParams["text.color"], matplotlib.rcParams["figure.facecolor"]
    for axis, title, score in zip(axes[0], ("before training", "after training"), scores):
        sure = 0.06 + 0.34 * numpy.minimum(abs(score), 1.0)[..., None]
        tint = numpy.where((score > 0)[..., None], to_rgb(COLOURS[1]), to_rgb(COLOURS[0]))
        axis.imshow(sure * tint + (1 - sure) * numpy.array(to_rgb(paper)), origin="lower", interpolation="bilinear",
                    extent=(across[0], across[-1], up[0], up[-1]), aspect="equal")
        axis.contour(across, up, score, levels=[-1.0, 0.0, 1.0], colors=[ink], linewidths=[0.8, 1.8, 0.8],
                     linestyles=["--", "-", "--"])
        for sign, colour, marker in ((-1, COLOURS[0], MARKERS[0]), (1, COLOURS[1], MARKERS[1])):
            here = [point for point, s in zip(points, signs) if s == sign]
            axis.plot(*zip(*here), marker, color=colour, markersize=6, markeredgecolor=paper, linestyle="none",
                      label=f"sign {sign}")
        axis.set(title=title, xlabel="x", ylabel="y")
    lines = [axes[0][0].plot([], [], style, color=ink, linewidth=width, label=text)[0]
             for style, width, text in (("-", 1.8, "score 0"), ("--", 0.8, "score -1 and 1: the margins"))]
    points = axes[0][1].get_lines()
    figure.legend(handles=[*points, *lines], loc="outside lower center", ncols=4)
    return figure


def paths_in_valley(axes, height, places, title):
    """A valley from above, in lines of equal height, and a way through it: places (x, y, height), the start first."""
    ink, soft, paper = [matplotlib.rcParams[name] for name in ("text.color", "xtick.color", "figure.facecolor")]
    across, up = numpy.linspace(-1.9, 1.9, 160), numpy.linspace(-0.8, 3.2, 160)
    z = height(*numpy.meshgrid(across, up))
    levels = [0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0]
    axes.contourf(across, up, numpy.minimum(z, 100.0), levels=[0.0, *levels, 100.0],
                  colors=[(*to_rgb(COLOURS[0]), deep) for deep in numpy.linspace(0.5, 0.02, len(levels) + 1)])
    axes.contour(across, up, z, levels=levels, colors=[soft], linewidths=0.5)
    axes.plot([x for x, *_ in places], [y for _, y, _ in places], color=COLOURS[2], linewidth=1.4, marker="o",
              markersize=3, markeredgewidth=0, zorder=3, label="its steps")
    (x, y, _), (end_x, end_y, _) = places[0], places[-1]
    axes.plot([x], [y], MARKERS[1], color=ink, markersize=7, markeredgecolor=paper, zorder=4)
    axes.annotate("start", (x, y), (8, 4), textcoords="offset points")
    axes.plot([end_x], [end_y], MARKERS[0], color=COLOURS[2], markersize=10, markeredgecolor=ink, zorder=5,
              label="where it ends")
    axes.plot([1.0], [1.0], "*", color=COLOURS[1], markersize=11, markeredgecolor=ink, markeredgewidth=0.8, zorder=6,
              linestyle="none", label="the minimum")
    axes.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]), xticks=[-1, 0, 1], yticks=[0, 1, 2, 3], title=title)
