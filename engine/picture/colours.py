"""The colours of a picture in light and dark, and a picture that follows its reader's setting."""
from __future__ import annotations

import re

SIZE    = re.compile(r'<svg width="([\d.]+pt)" height="[\d.]+pt"')
OWN     = ".follows"                 # what finds the pictures that follow
THEMES  = ("light", "dark", "both")
COLOURS = {                          # the ground, what is written on it, and lines; every text has contrast 4.5:1
    #                light      dark
    "paper":       ("#fefefe", "#0d1117"),
    "box":         ("#fffffd", "#161b22"),
    "cluster 0":   ("#f6f8fb", "#12171e"),
    "cluster 1":   ("#edf1f6", "#181e27"),
    "operation":   ("#e6ebf2", "#272e38"),
    "emphasis":    ("#ffe46b", "#5a4b00"),
    "ink":         ("#10141a", "#f0f4f9"),
    "soft":        ("#505965", "#a3adb9"),
    "pale blue":   ("#e3eff8", "#102a3f"),
    "blue":        ("#08568c", "#7cc0fb"),
    "pale orange": ("#fdeee2", "#36220f"),
    "orange":      ("#9b3d00", "#ffb27c"),
    "border":      ("#c5cdd8", "#424b57"),
    "cluster":     ("#d3dae3", "#343d49"),
    "blue line":   ("#3b80b3", "#5b9bd0"),
    "orange line": ("#c4733b", "#cf8a58"),
    "grey line":   ("#8d97a3", "#76818d"),
    "faint blue":  ("#a9cbe3", "#2f5573"),
    "faint orange": ("#e8c3a6", "#6b4a33"),
    "faint grey":  ("#c3c9d0", "#474f59"),
}


def palette(theme: str) -> dict[str, str]:
    """Each colour of a theme by its role; `both` starts from light."""
    return {role: dark if theme == "dark" else light for role, (light, dark) in COLOURS.items()}


def following(svg: str, inline: bool = False) -> str:
    """A light SVG that turns dark where its reader's setting is dark; its rules hold within it alone.

    `inline`, on the page of a notebook, it follows the notebook's own theme first.
    """
    style = ["<style>", "@media (prefers-color-scheme: dark) {", *rules(OWN), "}"]
    if inline:
        style += [*rules(f'[data-jp-theme-light="true"] {OWN}', 0), *rules(f'[data-jp-theme-light="false"] {OWN}')]
    start = svg.index(">", svg.index("<svg"))
    return f"{svg[:start]} class=\"{OWN[1:]}\">\n{chr(10).join([*style, '</style>'])}{svg[start + 1:]}"


def fitting(svg: str) -> str:
    """An SVG as wide as the page it is on, but not wider than it is itself.

    >>> fitting('<svg width="40pt" height="30pt" viewBox="0 0 40 30">')
    '<svg style="max-width: 40pt; height: auto" width="100%" viewBox="0 0 40 30">'
    """
    return SIZE.sub(r'<svg style="max-width: \1; height: auto" width="100%"', svg, count=1)


def rules(within: str, theme: int = 1) -> list[str]:
    """The style rules that give light colours those of a theme, 1 the dark one, in what a selector finds."""
    return [f'{within} [{what}="{pair[0]}"] {{ {what}: {pair[theme]} }}'
            for pair in COLOURS.values() for what in ("fill", "stroke")]
