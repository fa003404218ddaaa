"""Colours can be read, in light and dark, by the colour-blind and in grey."""
from __future__ import annotations

from itertools import product
from xml.etree import ElementTree

import pytest

from engine.picture.colours import COLOURS, following, palette

GROUNDS = ("paper", "box", "cluster 0", "cluster 1", "operation", "emphasis")
PAIRS = [*product(("ink", "soft"), GROUNDS[:5]), ("ink", "emphasis"), *product(("blue", "orange"), GROUNDS[:4]),
         ("blue", "pale blue"), ("orange", "pale orange")]


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("text, ground", PAIRS)
def test_every_text_has_contrast(theme, text, ground):
    colours = palette(theme)
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_can_be_seen(theme):
    colours = palette(theme)
    for line in ("blue line", "orange line", "grey line", "ink"):
        assert contrast(colours[line], colours["paper"]) >= 2.5


def test_emphasis_survives_grey():
    for theme in ("light", "dark"):
        colours = palette(theme)
        assert contrast(colours["ink"], colours["paper"]) > 3 * contrast(colours["border"], colours["paper"])


def test_each_light_colour_has_one_dark_counterpart():
    lights = [light for light, _ in COLOURS.values()]
    assert len(set(lights)) == len(lights)
    assert not {"#000000", "#ffffff"} & {colour for pair in COLOURS.values() for colour in pair}  # dot would name them


def test_a_picture_that_follows_holds_a_rule_for_every_colour():
    svg = following('<svg width="1pt"><g fill="#fefefe"/></svg>')
    style = ElementTree.fromstring(svg).find("style").text
    assert all(f'[fill="{light}"] {{ fill: {dark} }}' in style for light, dark in COLOURS.values())


@pytest.mark.parametrize("inline", [False, True])
def test_the_rules_of_a_picture_hold_within_it_alone(inline):
    svg = following('<svg width="1pt"><g fill="#fefefe"/></svg>', inline)
    root = ElementTree.fromstring(svg)
    assert root.get("class") == "follows" and root.get("width") == "1pt"
    rules = [line for line in root.find("style").text.splitlines() if "[fill=" in line or "[stroke=" in line]
    assert rules and all(".follows [" in rule for rule in rules)
    assert ('[data-jp-theme-light="false"] .follows [fill="#fefefe"] { fill: #0d1117 }' in rules) == inline
    assert ('[data-jp-theme-light="true"] .follows [fill="#fefefe"] { fill: #fefefe }' in rules) == inline
