"""demos/surfaces.py: colours that everybody can tell apart, and pictures that are whole."""
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, strategies as st

surfaces = pytest.importorskip("demos.surfaces")

# how cone cells of each kind missing changes linear colours (Machado, Oliveira and Fernandes, 2009)
SIGHT = {
    "all":  np.eye(3),
    "no L": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no M": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no S": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour):
    c = np.array([int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """A linear colour in CIELAB, where distances are differences seen."""
    x = XYZ @ np.clip(rgb, 0, 1) / XYZ.sum(axis=1)
    x = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.array([116 * x[1] - 16, 500 * (x[0] - x[1]), 200 * (x[1] - x[2])])


def contrast(one, other):
    bright, dark = sorted([linear(one) @ XYZ[1], linear(other) @ XYZ[1]])[::-1]
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sight", SIGHT)
def test_species_can_be_told_apart_by_colour(sight):
    for one, other in combinations(surfaces.COLOURS, 2):
        assert np.linalg.norm(lab(SIGHT[sight] @ linear(one)) - lab(SIGHT[sight] @ linear(other))) > 20


@pytest.mark.parametrize("theme", surfaces.THEMES)
def test_everything_can_be_read_on_its_paper(theme):
    paper, ink, soft, _ = surfaces.THEMES[theme]
    assert contrast(ink, paper) > 12 and contrast(soft, paper) > 4.5
    assert all(contrast(colour, paper) > 3 for colour in surfaces.COLOURS)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_surface_between_its_points(x, y):
    side = np.linspace(0.0, 1.0, 9)
    z = 3.0 * side[None, :] - side[:, None] + 1.0
    assert surfaces.between(z, np.array([x]), np.array([y])) == pytest.approx([3.0 * x - y + 1.0])


def test_what_a_surface_hides_of_a_line_is_not_drawn():
    side  = np.linspace(0.0, 1.0, 33)
    ridge = np.where(abs(side - 0.5) < 0.1, 1.0, 0.0)[:, None] + np.zeros(33)     # a wall along petal width
    lines = [[(x, y, h) for x in (0.1, 0.5, 0.7)] for y, h in ((0.5, 1.0), (0.6, 0.0), (0.2, 0.0))]
    for line, hidden in zip(lines, (0, 3, 0)):
        assert np.isnan(surfaces.seen(line, ridge, 0.0, 1.0)).any(axis=1).sum() == hidden


def curve():
    figure, axes = surfaces.figure_of(1, 1, "curve", (4, 3), solid=False)
    surfaces.descent(axes[0][0], [(-1.0, 1.0), (0.0, 0.0), (1.0, 1.0)], [(-1.0, 1.0), (0.5, 0.25), (0.0, 0.0)], -2.0,
                     (0.0, 0.0))
    return figure


def bent():
    figure, axes = surfaces.figure_of(1, 1, "bent", (4, 3))
    side = np.linspace(0.0, 1.0, 33)
    z = np.maximum(0.0, side[None, :] - side[:, None])
    surfaces.surface(axes[0][0], z, surfaces.COLOURS[0], "bent", points=[(0.5, 0.5, 0.0, 1)],
                     lines=[[(0.0, 0.0, 0.0), (1.0, 1.0, 0.0)]])
    return figure


def descended():
    """A descent with more steps than stand apart: the last are in an inset."""
    figure, axes = surfaces.figure_of(1, 1, "descent", (6, 4), solid=False)
    steps = [(-0.5 ** i, 0.25 ** i) for i in range(10)]
    surfaces.descent(axes[0][0], [(x / 10, x * x / 100) for x in range(-12, 8)], steps, -2.0, (0.0, 0.0))
    return figure


def test_steps_that_would_pile_up_are_in_an_inset():
    main = descended().axes[0]
    inset, = main.child_axes
    assert inset.get_title() == "steps 4 to 9, larger"
    assert [text.get_text() for text in inset.texts if text.get_text()] == ["step 4", "step 5", "steps 6 to 9"]
    shown = [len(line.get_xdata()) for axes in (main, inset) for line in axes.get_lines() if line.get_marker() == "o"]
    assert shown == [5, 6]


def test_flowers_on_one_spot_are_counted():
    figure, axes = surfaces.figure_of(1, 1, "regions", (4, 3), solid=False)
    shares = numpy_shares()
    surfaces.regions(axes[0][0], shares, [(0.5, 0.5, 1, True, True)] * 3 + [(0.1, 0.1, 2, False, False)], "regions")
    assert [text.get_text() for text in axes[0][0].texts] == ["3"]


def numpy_shares():
    third = np.full((9, 9), 0.2)
    return np.stack([third, np.linspace(0.0, 0.8, 9) + np.zeros((9, 1)), np.linspace(0.8, 0.0, 9) + third * 0])


def keys(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_folds_and_paleness_have_a_key():
    figure = bent()
    surfaces.surface_legend(figure, ("a", "b", "c"))
    assert keys(figure) == ["A", "B", "C", "fold: a ReLU bends the surface", "the paler, the lower"]
    assert keys(regions())[-1] == "the paler a region, the less sure"


def test_in_the_dark_what_is_low_is_not_called_pale():
    with surfaces.matplotlib.rc_context({"figure.facecolor": "#0d1117"}):
        figure = bent()
        surfaces.surface_legend(figure)
        lights = figure.axes[0].collections[0].get_facecolors()[:, :3].sum(axis=1)
        assert keys(figure)[-1] == "the darker, the lower"
        assert np.median(lights) == lights.min() < lights.max()          # half of the surface is as low as it goes
        assert keys(regions())[-1] == "the darker a region, the less sure"


def test_a_surface_is_a_small_file(tmp_path):
    def six():
        figure, axes = surfaces.figure_of(2, 3, "six", (14, 8.6))
        for axis in sum(axes, []):
            surfaces.surface(axis, np.random.default_rng(0).normal(size=(33, 33)), surfaces.COLOURS[0], "rough")
        return figure
    assert all(path.stat().st_size < 300_000 for path in surfaces.write(tmp_path, "six", six, ("light",), ("svg",)))


def flat():
    figure, axes = surfaces.figure_of(1, 1, "flat", (4, 3))
    surfaces.surface(axes[0][0], np.zeros((25, 25)), surfaces.COLOURS[1], "flat")
    return figure


def regions():
    figure, axes = surfaces.figure_of(1, 1, "regions", (4, 3), solid=False)
    third = np.full((81, 81), 0.2)
    shares = np.stack([third, np.linspace(0.0, 0.8, 81) + np.zeros((81, 1)), np.linspace(0.8, 0.0, 81) + third * 0])
    surfaces.regions(axes[0][0], shares, [(0.5, 0.5, 1, True, True), (0.1, 0.1, 2, False, False)], "regions")
    surfaces.species_legend(figure, ("a", "b", "c"), [("o", "wrong")])
    return figure


@pytest.mark.parametrize("picture", [curve, descended, bent, flat, regions])
def test_a_picture_is_written_for_both_themes_the_same_every_time(tmp_path, picture):
    paths = surfaces.write(tmp_path, "picture", picture)
    assert [path.name for path in paths] == ["picture.svg", "picture.png", "picture_dark.svg", "picture_dark.png"]
    for theme, svg, png in ("light", *paths[:2]), ("dark", *paths[2:]):
        assert ElementTree.parse(svg).getroot().tag == "{http://www.w3.org/2000/svg}svg"
        assert surfaces.THEMES[theme][0] in svg.read_text()
        assert png.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    before = [path.read_bytes() for path in paths]
    surfaces.write(tmp_path, "picture", picture)
    assert [path.read_bytes() for path in paths] == before
