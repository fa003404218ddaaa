"""What is printed on paper: the page of a worksheet, and the graph with gaps for its derivatives or their numbers."""
from __future__ import annotations

from html import escape
from typing import Any

from demos.lesson.html import placed
from engine import Value, derivative
from engine.live.data import Data
from engine.text.naming import digits

SLOPE = 44                           # height of the place for ∂, below a box
DARK, PALE = ("#111", 2), ("#777", 1.3)              # colour and width of lines on the way, and beside it
SHEET = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
@page {{ size: A4; margin: 15mm }}
body {{ font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif;
       max-width: 680px; margin: 40px auto; color: #111; background: #fff }}
h1 {{ font-size: 26px; margin: 0 }} .soft {{ color: #444 }}
svg {{ display: block; width: 100%; margin: 16px 0 }}
ol {{ border-top: 1px solid #999; padding-left: 28px }}
li {{ margin: 14px 0; break-inside: avoid }} li::marker {{ font-weight: bold }}
.fill {{ display: flex; gap: 8px; margin: 10px 0 }}
.fill::after {{ content: ""; flex: 1; border-bottom: 1px solid #777 }}
pre {{ font-size: 12px; white-space: pre-wrap; break-inside: avoid }} .answer {{ font-weight: bold }}
</style></head><body>
<h1>{title}</h1>
<p class="soft">{about}</p>
{head}{picture}
<ol>{questions}</ol>
{more}<p class="soft">seed {seed}</p>
</body></html>
"""


def graph(root: Value, wrt: Value, filled: bool) -> str:
    """The graph in the page's layout, ∂ and × empty or filled in."""
    data = Data(root, [wrt], {})
    found, nodes = placed(data), data.recording.nodes
    state, parts = found["states"][0], list[str]()
    boxes, spots = [found["boxes"][i] for i in state["boxes"]], state["wide"]["boxes"]
    heads = [nodes[box["head"]] for box in boxes]
    for pair, points in zip(state["arrows"], state["wide"]["arrows"]):
        tail, head = [state["boxes"].index(i) for i in pair]
        way = boxes[tail]["kind"] == "way"
        parts.append(arrow(points, spots[head], way))
        if way:
            factor = digits(derivative(heads[head], heads[tail]).data) if filled else ""
            parts.append(gap((points[0] + points[-2]) / 2 - 42, points[1] - 68, 66, "×", factor))
    for box, v, spot in zip(boxes, heads, spots):
        known = filled or v is root
        parts.append(drawn(box, v, spot, digits(derivative(root, v).data) if known else ""))
    return f'<svg viewBox="-4 0 786 480" role="img" aria-label="the graph" font-size="17">{"".join(parts)}</svg>'


def arrow(points: list[float], head: list[float], way: bool) -> str:
    """An arrow; one from below ends under the place for ∂."""
    x0, y0, *rest, x, y = points
    below = abs(y - head[1] - head[3]) < 2
    end = y + SLOPE if below else y
    if below:
        corners = "l-5 9h10z"
    else:
        corners = "l-9 -5v10z" if x - x0 > abs(y - y0) else "l-5 -9h10z"
    along = f"M{x0} {y0}C{' '.join(map(str, rest))} {x} {end + 6 if below else end}"
    return f'<path d="{along}" fill="none" {line(way)}/><path d="M{x} {end}{corners}" fill="{DARK[0]}"/>'


def line(way: bool) -> str:
    """The colour and the width of a line."""
    colour, width = DARK if way else PALE
    return f'stroke="{colour}" stroke-width="{width}"'


def gap(x: float, y: float, wide: float, sign: str, number: str) -> str:
    """A sign and room for a number, or the number."""
    room = f'<rect x="{x + 18}" y="{y}" width="{wide}" height="26" rx="3" fill="none" stroke="#777" ' \
           'stroke-dasharray="3 3"/>'
    return text(x, y + 19, sign) + (text(x + 18 + wide / 2, y + 19, number, "middle", True) if number else room)


def drawn(box: dict[str, Any], v: Value, spot: list[float], slope: str) -> str:
    """One box with its value; where it is on the way, with its ∂."""
    x, y, wide, tall = spot
    way, foot = box["kind"] == "way", y + tall - 13
    full = tall + SLOPE if way else tall
    cell = f'<path d="M{x} {y + tall}h{wide}" stroke="#777"/>' + gap(x + 12, y + tall + 9, wide - 44, "∂", slope)
    return "".join([
        f'<rect x="{x}" y="{y}" width="{wide}" height="{full}" rx="10" fill="#fff" {line(way)}/>',
        text(x + 12, y + 27, box["name"], bold=way), text(x + 12, foot, box["op"], colour="#444"),
        text(x + wide - 12, foot, digits(v.data), "end", way), cell if way else ""])


def text(x: float, y: float, words: str, anchor: str = "start", bold: bool = False, colour: str = "#111") -> str:
    """Words in the drawing."""
    weight = "bold" if bold else "normal"
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}" fill="{colour}">{escape(words)}</text>'
