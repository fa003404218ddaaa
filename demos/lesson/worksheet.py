"""What a teacher needs in class: a worksheet, its key, questions for Moodle, plans; `python -m demos.lesson --class`.

Every number is the engine's; --seed gives other flowers and another b3.
"""

from __future__ import annotations

import random
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from demos.lesson.html import placed
from demos.lesson.network import NUMBERS, Flower, flower, parameters
from demos.lesson.page import FLOWERS as LESSON
from engine import Value, derivative, explain
from engine.live.page import Data
from engine.text.naming import digits

PLANS = Path(__file__).parent / "parts" / "plans.txt"
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


class Question(NamedTuple):
    """A question, what is to be completed, the answer in words, and its number."""

    asks: str
    fields: tuple[str, ...]
    answer: str
    number: float


class Sheet:
    """One worksheet: a Setosa and another flower at the same b3."""

    def __init__(self, seed: int) -> None:
        self.seed, chance = seed, random.Random(seed)
        self.other_name = chance.choice(["Virginica", "Versicolor"]) if seed else "Virginica"
        near = (lambda x: round(x + chance.uniform(-0.03, 0.03), 2)) if seed else float
        b3 = chance.randrange(-28, 5) / 10 if seed else NUMBERS["b3"]
        self.w = parameters({**NUMBERS, "b3": b3})
        self.widths = {
            name: (max(0.0, near(float(LESSON["petal"][name]))), near(float(LESSON["sepal"][name])))
            for name in ("Setosa", self.other_name)
        }
        self.setosa, self.other = [flower(name, self.w, *widths) for name, widths in self.widths.items()]

    @property
    def b3(self) -> Value:
        return self.w["b3"]

    def by(self, one: Flower) -> float:
        """The derivative of a flower's loss by b3."""
        return derivative(one.root, self.b3).data

    def questions(self) -> list[Question]:
        """Eight of them."""
        p, others = self.setosa.p[0], self.setosa.p[1:]
        z = p.parents[0].parents[0]
        observed = next(v for v in self.other.p if v.label == f"p_{self.other_name.lower()}")
        first, second = derivative(self.setosa.root, p).data, derivative(p, z).data
        slope, other = self.by(self.setosa), self.by(self.other)
        total, b3 = slope + other, self.b3.data
        e = p.parents[0]
        above = p.partials[0] * e.partials[0]
        j = derivative(p, others[1].parents[0].parents[0]).data
        return [
            Question(
                "Fill in the three factors on the arrows, then ∂ of the four bold boxes, from right to left. Write each"
                " factor as a formula.",
                ("∂CE/∂p_setosa =", "∂p_setosa/∂z_setosa =", "∂z_setosa/∂b3 ="),
                f"-1/p_setosa = {digits(first, 6)}; p_setosa · (1 - p_setosa) = {digits(second, 6)}; 1",
                first,
            ),
            Question(
                "Multiply the three formulas and cancel. What is left?",
                ("∂CE/∂b3 =",),
                f"p_setosa - 1 = {digits(slope)}",
                slope,
            ),
            Question(
                f"Another flower is a {self.other_name}: p_observed = {digits(observed.data)}, p_setosa ="
                f" {digits(self.other.p[0].data)}. b3 enters z_setosa only. Does it change this flower's loss? Along"
                " which path, and how fast?",
                ("",),
                f"Yes, through the denominator of p_observed: ∂CE/∂b3 = p_setosa = {digits(other)}",
                other,
            ),
            Question(
                "From z_setosa two paths lead to p_setosa. What does each give, and why are they added?",
                ("above the bar:", "below the bar:"),
                f"p_setosa = {digits(above)} and -p_setosa² = {digits(second - above)}; z_setosa changes p_setosa along"
                " both at once",
                above,
            ),
            Question(
                "Fill in ∂p_setosa/∂z_virginica.",
                ("∂p_setosa/∂z_virginica =",),
                f"-p_setosa · p_virginica = {digits(j)}",
                j,
            ),
            Question(
                "Add the derivatives of both flowers. Which way does a step of descent move b3?",
                ("sum =",),
                f"{digits(total)}: minus {'a negative' if total < 0 else 'a positive'} number, so to the "
                f"{'right' if total < 0 else 'left'}",
                total,
            ),
            Question(
                "Take the step, with learning rate 1.",
                ("new b3 =",),
                f"{digits(b3)} - ({digits(total)}) = {digits(b3 - total, 6)}",
                b3 - total,
            ),
            Question(
                "With the mean of both instead of the sum, where would b3 be?",
                ("new b3 =",),
                f"{digits(b3)} - ({digits(total / 2)}) = {digits(b3 - total / 2, 6)}",
                b3 - total / 2,
            ),
        ]

    def picture(self, filled: bool) -> str:
        """The graph in the page's layout, ∂ and × empty or filled in."""
        data: dict[str, Any] = placed(Data(self.setosa.root, [self.b3], {}))
        state, nodes = data["states"][0], Data(self.setosa.root, [self.b3], {}).recording.nodes
        heads = [nodes[data["boxes"][i]["head"]] for i in state["boxes"]]
        spots, parts = state["wide"]["boxes"], []
        for (tail, head), points in zip(state["arrows"], state["wide"]["arrows"]):
            i, j = state["boxes"].index(tail), state["boxes"].index(head)
            way = data["boxes"][tail]["kind"] == "way"
            parts.append(curve(points, spots[j], way))
            if way:
                x = (points[0] + points[-2]) / 2
                parts.append(
                    gap(x - 42, points[1] - 68, 66, "×", digits(derivative(heads[j], heads[i]).data) if filled else "")
                )
        for box, v, spot in zip([data["boxes"][i] for i in state["boxes"]], heads, spots):
            parts.append(
                drawn(
                    box, v, spot, digits(derivative(self.setosa.root, v).data) if filled else "", v is self.setosa.root
                )
            )
        return f'<svg viewBox="-4 0 786 480" role="img" aria-label="the graph" font-size="17">{"".join(parts)}</svg>'

    def html(self, key: bool) -> str:
        """The worksheet, or its key."""
        petal, sepal = self.widths["Setosa"]
        rows = "".join(
            [
                f"<li>{escape(q.asks)}"
                + (
                    f'<br><span class="answer">{escape(q.answer)}</span>'
                    if key
                    else "".join([f'<div class="fill">{escape(field)}</div>' for field in q.fields])
                )
                + "</li>"
                for q in self.questions()
            ]
        )
        for one in (self.setosa, self.other) if key else ():
            one.root.zero_grad()
            one.root.backward()
        more = (
            "".join(
                [
                    f"<h2>{name}</h2><pre>{escape(str(explain(one.root, wrt=self.b3)))}</pre>"
                    for name, one in (("Setosa", self.setosa), (self.other_name, self.other))
                ]
            )
            if key
            else ""
        )
        p = ", ".join([f"{v.label} = {digits(v.data)}" for v in self.setosa.p])
        head = (
            ""
            if key
            else (
                '<div class="fill">Name</div><p>In each box: name, value, and below ∂, the derivative of CE by '
                f"this box. Above each arrow ×: the derivative of that one step. {escape(p)}.</p>"
            )
        )
        return SHEET.format(
            title="Backward through a softmax" + (": key" if key else ""),
            head=head,
            about=f"One Setosa flower, petal {petal:g}, sepal {sepal:g}, b3 = {digits(self.b3.data)}",
            picture=self.picture(key),
            questions=rows,
            more=more,
            seed=self.seed,
        )

    def gift(self) -> str:
        """The questions with a number as answer in Moodle's GIFT format, accepted within a thousandth."""
        about = (
            f"A Setosa has p_setosa = {digits(self.setosa.p[0].data, 6)}, p_virginica ="
            f" {digits(self.setosa.p[2].data, 6)}; b3 = {digits(self.b3.data)}; the second flower is a"
            f" {self.other_name} with p_setosa = {digits(self.other.p[0].data, 6)}."
        )
        texts = [
            f"{about}"
            f" {q.asks.split(', then')[0].replace('the three factors on the arrows', 'the factor ∂CE/∂p_setosa')}"
            for q in self.questions()
        ]
        return "".join(
            [
                f"::Question {i}:: {gift(text)} {{#{q.number:.6g}:0.001}}\n\n"
                for i, (text, q) in enumerate(zip(texts, self.questions()), 1)
            ]
        )


def gift(text: str) -> str:
    """A text in which what GIFT reads as a sign is a text.

    >>> gift("new b3 = -2")
    'new b3 \\\\= -2'
    """
    return "".join([f"\\{sign}" if sign in "~=#{}:\\" else sign for sign in text])


def curve(points: list[float], head: list[float], way: bool) -> str:
    """An arrow; one from below ends under the ∂ cell."""
    x0, y0, *rest, x, y = points
    below = abs(y - head[1] - head[3]) < 2
    y += 44 * below
    along = f"M{x0} {y0}C{' '.join(map(str, rest))} {x} {y + 6 * below}"
    tip = f"M{x} {y}l-5 9h10z" if below else f"M{x} {y}l-9 -5v10z" if x - x0 > abs(y - y0) else f"M{x} {y}l-5 -9h10z"
    return (
        f'<path d="{along}" fill="none" stroke="{"#111" if way else "#777"}" stroke-width="{2 if way else 1.3}"/><path'
        f' d="{tip}" fill="#111"/>'
    )


def gap(x: float, y: float, wide: float, sign: str, text: str) -> str:
    """A sign and room for a number, or the number."""
    room = (
        f'<text x="{x + 18 + wide / 2}" y="{y + 19}" text-anchor="middle" font-weight="bold">{text}</text>'
        if text
        else (
            f'<rect x="{x + 18}" y="{y}" width="{wide}" height="26" rx="3" fill="none" stroke="#777"'
            ' stroke-dasharray="3 3"/>'
        )
    )
    return f'<text x="{x}" y="{y + 19}">{sign}</text>{room}'


def drawn(box: dict[str, Any], v: Value, spot: list[float], slope: str, root: bool) -> str:
    """One box with its value; where it is on the way, with its ∂."""
    x, y, wide, tall = spot
    way = box["kind"] == "way"
    full, weight = tall + 44 * way, "bold" if way else "normal"
    cell = (
        f'<path d="M{x} {y + tall}h{wide}" stroke="#777"/>'
        + gap(x + 12, y + tall + 9, wide - 44, "∂", "1" if root else slope)
        if way
        else ""
    )
    return (
        f'<rect x="{x}" y="{y}" width="{wide}" height="{full}" rx="10" fill="#fff" stroke="{"#111" if way else "#777"}"'
        f' stroke-width="{2 if way else 1.3}"/><text x="{x + 12}" y="{y + 27}"'
        f' font-weight="{weight}">{escape(box["name"])}</text><text x="{x + 12}" y="{y + tall - 13}"'
        f' fill="#444">{escape(box["op"])}</text><text x="{x + wide - 12}" y="{y + tall - 13}" text-anchor="end"'
        f' font-weight="{weight}">{digits(v.data)}</text>{cell}'
    )


def write(folder: Path, seed: int) -> list[Path]:
    """The four files, where they are."""
    sheet = Sheet(seed)
    texts = {
        "worksheet.html": sheet.html(False),
        "key.html": sheet.html(True),
        "questions.gift": sheet.gift(),
        "plans.txt": PLANS.read_text(encoding="utf-8"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]
