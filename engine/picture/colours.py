"""The colours of a picture in light and dark, and a picture that follows its reader's setting."""
from __future__ import annotations

import re

SIZE    = re.compile(r'<svg width="([\d.]+pt)" height="[\d.]+pt"')
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


def following(svg: str) -> str:
    """A light SVG that turns dark where its reader's setting is dark."""
    style = "\n".join(["<style>", "@media (prefers-color-scheme: dark) {", *rules(), "}", "</style>"])
    start = svg.index(">", svg.index("<svg")) + 1
    return f"{svg[:start]}\n{style}{svg[start:]}"


def fitting(svg: str) -> str:
    """An SVG as wide as the page it is on, but not wider than it is itself.

    >>> fitting('<svg width="40pt" height="30pt" viewBox="0 0 40 30">')
    '<svg style="max-width: 40pt; height: auto" width="100%" viewBox="0 0 40 30">'
    """
    return SIZE.sub(r'<svg style="max-width: \1; height: auto" width="100%"', svg, count=1)


def rules() -> list[str]:
    """The style rules that turn light colours dark."""
    return [f'[{what}="{light}"] {{ {what}: {dark} }}'
            for light, dark in COLOURS.values() for what in ("fill", "stroke")]
