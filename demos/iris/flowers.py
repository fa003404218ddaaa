"""Fisher's 150 irises: read, scaled to 0..1, split for training and testing; and what others make of them."""
import csv
from pathlib import Path
from random import Random
from types import SimpleNamespace as Flower

from demos.lesson.page import columns

FILE    = Path(__file__).parent / "iris.csv"
SPECIES = "setosa", "versicolor", "virginica"

SEED       = 1936                    # of the split, and of all that is drawn: the year of Fisher's paper
LESSON     = {2: (0.04, 0.42), 101: (1.0, 0.54), 59: (0.5, 0.37)}       # the lesson's three flowers, as it rounds them
REGRESSION = columns("""
inputs   penalty  train_CE  train_right  test_CE  test_right
2        none     0.0876    101          0.1229   43
2        C=1      0.4691    96           0.5047   41
4        none     0.0497    103          0.0225   45
4        C=1      0.3823    98           0.4159   43
""")                                 # logistic regression by scikit-learn 1.9.1, on the split and the scale below


def flowers():
    """The flowers in the file's order: number from 1, species from 0, measurements in cm and scaled to 0..1.

    >>> first = flowers()[0]
    >>> first.number, SPECIES[first.species], first.cm["petal_width"], round(first.scaled["petal_width"], 3)
    (1, 'setosa', 0.2, 0.042)
    """
    with open(FILE, newline="", encoding="utf-8") as file:
        lines = [*csv.DictReader(line for line in file if not line.startswith("#"))]
    found = [Flower(number=number, species=SPECIES.index(line.pop("species")),
                    cm={name: float(text) for name, text in line.items()}) for number, line in enumerate(lines, 1)]
    ends = {name: (min(f.cm[name] for f in found), max(f.cm[name] for f in found)) for name in found[0].cm}
    for f in found:
        f.scaled = {name: (f.cm[name] - low) / (high - low) for name, (low, high) in ends.items()}
    return found


def split(flowers, seed, share=0.3):
    """The flowers for training and those for testing: of each species the same share, drawn by a seed.

    >>> train, test = split(flowers(), seed=1)
    >>> len(train), [sum(f.species == s for f in test) for s in range(3)]
    (105, [15, 15, 15])
    """
    random, chosen = Random(seed), set()
    for species in range(len(SPECIES)):
        numbers = [f.number for f in flowers if f.species == species]
        chosen.update(random.sample(numbers, round(share * len(numbers))))
    return [f for f in flowers if f.number not in chosen], [f for f in flowers if f.number in chosen]
