"""What demos.iris is printed with: its tables, and its graphs."""
import argparse
import sys
from pathlib import Path
from textwrap import fill
from types import SimpleNamespace as Options

import nn
from demos.iris.flowers import REGRESSION, SPECIES
from demos.lesson.page import unwritten
from engine import PictureError, draw
from nn.training.evaluation import evaluation


def begin(title):
    """Print the title; what the command line asks for comes back."""
    parser = argparse.ArgumentParser(prog="python -m demos.iris", description=title)
    parser.add_argument("--out", default="out", metavar="DIR", help="put the pictures into DIR/iris")
    parser.add_argument("--quick", action="store_true", help="train less, draw only light pictures, as png")
    asked = parser.parse_args()
    sys.stdout.reconfigure(errors="replace")         # a terminal without ∂ shows a ? in its place
    print(title)
    return Options(folder=Path(asked.out, "iris"), epochs=25 if asked.quick else 60,
                   themes=("light",) if asked.quick else ("light", "dark"),
                   forms=("png",) if asked.quick else ("svg", "png"))


def paragraph(text):
    print(fill(text, 98, break_on_hyphens=False, break_long_words=False))


def rows(flowers, names):
    """The scaled measurements of flowers, and their species."""
    return [[f.scaled[name] for name in names] for f in flowers], [f.species for f in flowers]


def judged(model, flowers, names):
    """The mean cross-entropy over some flowers, and how many of them the network gets right."""
    found = evaluation(model, nn.cross_entropy, *rows(flowers, names), measures={"right": nn.accuracy})
    return found["loss"], round(found["right"] * len(flowers))


def answer(model, f, names):
    """The probabilities that a network gives the species of a flower."""
    return nn.softmax([z.data for z in model([f.scaled[name] for name in names])])


def learning_table(epochs):
    """Print loss and accuracy at some epochs of a history."""
    print("    epoch    CE train    right    CE test    right")
    last = len(epochs["loss"])
    for epoch in [n for n in (1, 2, 3, 5, 10, 20, 40) if n < last] + [last]:
        loss, right, test_loss, test_right = [column[epoch - 1] for column in epochs.values()]
        print(f"    {epoch:<9}{loss:<12.4f}{right:<9.1%}{test_loss:<11.4f}{test_right:.1%}")


def beside_regression(name, model, train, test, names):
    """Print how a network does beside logistic regression; the scores of the network come back."""
    print("\n    who                                  CE train  right         CE test   right")
    scores = [*judged(model, train, names), *judged(model, test, names)]
    lines  = {name: [f"{scores[0]:.4f}", scores[1], f"{scores[2]:.4f}", scores[3]]}
    for line in REGRESSION:
        measurements, penalty, *numbers = line.values()
        if int(measurements) == len(names):
            lines[f"logistic regression, penalty {penalty}"] = numbers
    for who, (loss, right, test_loss, test_right) in lines.items():
        print(f"    {who:<35}  {loss:<8}  {right:>3} of 105    {test_loss:<8}  {test_right:>2} of 45")
    return scores


def confusion(model, flowers, names):
    """Print the confusion matrix; the flowers off its diagonal come back."""
    answers = {f.number: answer(model, f, names) for f in flowers}
    guesses = {number: p.index(max(p)) for number, p in answers.items()}
    print(f"    {'':<12}{''.join(f'{name:>12}' for name in SPECIES)}")
    for species, name in enumerate(SPECIES):
        own = [guesses[f.number] for f in flowers if f.species == species]
        counts = [own.count(guess) for guess in range(3)]
        print(f"    {name:<12}{''.join(f'{n:>12}' for n in counts)}")
    return [f for f in flowers if guesses[f.number] != f.species]


def missed_table(model, missed, test, names):
    """Print flowers that a network gets wrong, with the probabilities it gives."""
    print(f"    flower  species     petal   sepal {''.join(f'{name:>12}' for name in SPECIES)}   was for")
    for f in missed:
        shares = "".join(f"{p:>12.4f}" for p in answer(model, f, names))
        use = "testing" if f in test else "training"
        print(f"    {f.number:<6}  {SPECIES[f.species]:<10}  {f.cm['petal_width']} cm  {f.cm['sepal_width']} cm"
              f"{shares}   {use}")


def draw_graphs(folder, flowers, themes, forms):
    """Draw the graph of each flower's loss, with the way to its best parameter; one sentence says what could not be.

    Where nothing can be written, that is the end of the run.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        unwritten(folder, error)
    for name, f in flowers.items():
        f.CE.zero_grad()
        f.CE.backward()
        title = f"Flower {f.number}, a {SPECIES[f.species]}: the network is {name}"
        for theme in themes:
            place = f"graph_{name}" if theme == "light" else f"graph_{name}_{theme}"
            try:
                picture = draw(f.CE, wrt=f.best, title=title, theme=theme, names={})
                for form in forms:
                    print(f"    {picture.save(folder / f'{place}.{form}')}")
            except (ImportError, PictureError) as error:
                if isinstance(error.__cause__, OSError):
                    unwritten(folder, error)
                return paragraph(f"None is drawn: {error}")
