"""What a teacher needs in class: a worksheet, its key, questions for Moodle, plans; `python -m demos.lesson --class`.

Every number is the engine's; --seed gives other flowers and another b3.
"""
from __future__ import annotations

import random
from html import escape
from pathlib import Path
from typing import NamedTuple

from demos.lesson.network import NUMBERS, Flower, flower, parameters
from demos.lesson.page import FLOWERS as LESSON
from demos.lesson.paper import SHEET, graph
from engine import Value, derivative, explain
from engine.text.naming import digits

PLANS = Path(__file__).parent / "parts" / "plans.txt"
ABOUT = "In each box: name, value, and below ∂, the derivative of CE by this box. Above each arrow ×: the derivative " \
        "of that one step."


class Question(NamedTuple):
    """A question, what is to be completed, the answer in words, and its number."""

    asks:   str
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
        self.widths = {name: [max(0.0, near(float(LESSON[part][name]))) for part in ("petal", "sepal")]
                       for name in ("Setosa", self.other_name)}
        self.setosa, self.other = [flower(name, self.w, *widths) for name, widths in self.widths.items()]

    @property
    def b3(self) -> Value:
        return self.w["b3"]

    def by(self, one: Flower) -> float:
        """The derivative of a flower's loss by b3."""
        return derivative(one.root, self.b3).data

    def questions(self) -> list[Question]:
        """Eight of them."""
        return [*self.factors(), self.second_flower(), *self.softmax(), *self.steps()]

    def factors(self) -> list[Question]:
        """On the chain rule of the Setosa."""
        p = self.setosa.p[0]
        first, second = derivative(self.setosa.root, p).data, derivative(p, output(p)).data
        slope = self.by(self.setosa)
        return [
            Question("Fill in the three factors on the arrows, then ∂ of the four bold boxes, from right to left. "
                     "Write each factor as a formula.", ("∂CE/∂p_setosa =", "∂p_setosa/∂z_setosa =", "∂z_setosa/∂b3 ="),
                     f"-1/p_setosa = {digits(first, 6)}; p_setosa · (1 - p_setosa) = {digits(second, 6)}; 1", first),
            Question("Multiply the three formulas and cancel. What is left?", ("∂CE/∂b3 =",),
                     f"p_setosa - 1 = {digits(slope)}", slope)]

    def second_flower(self) -> Question:
        """On the flower of which b3 is not above the bar."""
        name, slope = self.other_name, self.by(self.other)
        observed = next(v for v in self.other.p if v.label == f"p_{name.lower()}")
        return Question(f"Another flower is a {name}: p_observed = {digits(observed.data)}, p_setosa = "
                        f"{digits(self.other.p[0].data)}. b3 enters z_setosa only. Does it change this flower's loss? "
                        "Along which path, and how fast?", ("",),
                        f"Yes, through the denominator of p_observed: ∂CE/∂b3 = p_setosa = {digits(slope)}", slope)

    def softmax(self) -> list[Question]:
        """On its two paths, and on what is beside its diagonal."""
        p, _, virginica = self.setosa.p
        e = p.parents[0]
        above = p.partials[0] * e.partials[0]
        below, beside = derivative(p, output(p)).data - above, derivative(p, output(virginica)).data
        return [
            Question("From z_setosa two paths lead to p_setosa. What does each give, and why are they added?",
                     ("above the bar:", "below the bar:"),
                     f"p_setosa = {digits(above)} and -p_setosa² = {digits(below)}; z_setosa changes p_setosa along "
                     "both at once", above),
            Question("Fill in ∂p_setosa/∂z_virginica.", ("∂p_setosa/∂z_virginica =",),
                     f"-p_setosa · p_virginica = {digits(beside)}", beside)]

    def steps(self) -> list[Question]:
        """On the step that the sum takes, and the one that the mean would."""
        total, b3 = self.by(self.setosa) + self.by(self.other), self.b3.data
        sign, way = ("a negative", "right") if total < 0 else ("a positive", "left")
        return [
            Question("Add the derivatives of both flowers. Which way does a step of descent move b3?", ("sum =",),
                     f"{digits(total)}: minus {sign} number, so to the {way}", total),
            Question("Take the step, with learning rate 1.", ("new b3 =",), stepped(b3, total), b3 - total),
            Question("With the mean of both instead of the sum, where would b3 be?", ("new b3 =",),
                     stepped(b3, total / 2), b3 - total / 2)]

    def html(self, key: bool) -> str:
        """The worksheet, or its key."""
        petal, sepal = self.widths["Setosa"]
        p = ", ".join([f"{v.label} = {digits(v.data)}" for v in self.setosa.p])
        head = "" if key else f'<div class="fill">Name</div><p>{ABOUT} {escape(p)}.</p>\n'
        return SHEET.format(
            title="Backward through a softmax" + (": key" if key else ""), head=head,
            about=f"One Setosa flower, petal {petal:g}, sepal {sepal:g}, b3 = {digits(self.b3.data)}",
            picture=graph(self.setosa.root, self.b3, filled=key),
            questions="".join([item(question, key) for question in self.questions()]),
            more=self.explained() if key else "", seed=self.seed)

    def explained(self) -> str:
        """What `explain` says of both flowers."""
        texts = []
        for name, one in ("Setosa", self.setosa), (self.other_name, self.other):
            one.root.zero_grad()
            one.root.backward()
            texts.append(f"<h2>{name}</h2><pre>{escape(str(explain(one.root, wrt=self.b3)))}</pre>\n")
        return "".join(texts)

    def gift(self) -> str:
        """The questions with a number as answer in Moodle's GIFT format, accepted within a thousandth."""
        p, _, virginica = [digits(v.data, 6) for v in self.setosa.p]
        about = f"A Setosa has p_setosa = {p}, p_virginica = {virginica}; b3 = {digits(self.b3.data)}; the second " \
                f"flower is a {self.other_name} with p_setosa = {digits(self.other.p[0].data, 6)}."
        lines = []
        for i, q in enumerate(self.questions(), 1):
            asks = q.asks.split(", then")[0].replace("the three factors on the arrows", "the factor ∂CE/∂p_setosa")
            lines.append(f"::Question {i}:: {gift(f'{about} {asks}')} {{#{q.number:.6g}:0.001}}\n\n")
        return "".join(lines)


def output(p: Value) -> Value:
    """The output that a probability is made of."""
    return p.parents[0].parents[0]


def stepped(b3: float, slope: float) -> str:
    """A step of descent, written out."""
    return f"{digits(b3)} - ({digits(slope)}) = {digits(b3 - slope, 6)}"


def item(question: Question, key: bool) -> str:
    """A question with its answer, or with room for it."""
    room = "".join([f'<div class="fill">{escape(field)}</div>' for field in question.fields])
    answer = f'<br><span class="answer">{escape(question.answer)}</span>'
    return f"<li>{escape(question.asks)}{answer if key else room}</li>"


def gift(text: str) -> str:
    """A text in which what GIFT reads as a sign is a text.

    >>> gift("new b3 = -2")
    'new b3 \\\\= -2'
    """
    return "".join([f"\\{sign}" if sign in "~=#{}:\\" else sign for sign in text])


def write(folder: Path, seed: int) -> list[Path]:
    """The four files, where they are."""
    sheet = Sheet(seed)
    texts = {
        "worksheet.html": sheet.html(False),
        "key.html":       sheet.html(True),
        "questions.gift": sheet.gift(),
        "plans.txt":      PLANS.read_text(encoding="utf-8"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]
