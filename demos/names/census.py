"""The names of the 1990 census of the United States: read, split, as numbers; and the model that counts pairs."""
from collections import Counter
from math import log
from pathlib import Path
from random import Random

FILE    = Path(__file__).parent / "names.txt"
LETTERS = ".abcdefghijklmnopqrstuvwxyz"              # the dot stands before a name and after it


def read_names():
    """The names, in alphabetical order.

    >>> names = read_names()
    >>> len(names), names[0], max(map(len, names))
    (5163, 'aaron', 11)
    """
    return [line for line in FILE.read_text(encoding="ascii").split("\n") if line and not line.startswith("#")]


def split(names, seed, share=0.1):
    """The names to learn from, and those held out, drawn by a seed.

    >>> train, held_out = split(["ann", "bob", "eve", "joe"], seed=1, share=0.5)
    >>> len(train), len(held_out), {*train} & {*held_out}
    (2, 2, set())
    """
    shuffled = Random(seed).sample(names, len(names))
    count = round(share * len(names))
    return shuffled[count:], shuffled[:count]


def numbers(name):
    """The letters of a name by number, a dot before and after it.

    >>> numbers("bea")
    [0, 2, 5, 1, 0]
    """
    return [LETTERS.index(letter) for letter in f".{name}."]


class Bigrams:
    """How often each letter followed each other one in some names; as a model, each count with one more.

    >>> pairs = Bigrams(["bea", "bob"])
    >>> pairs.counts["b", "e"], pairs.share("b", "e")
    (1, 0.06666666666666667)
    """

    def __init__(self, names):
        self.counts = Counter(pair for name in names for pair in zip(f".{name}", f"{name}."))
        self.totals = Counter()
        for (first, _), count in self.counts.items():
            self.totals[first] += count

    def share(self, first, second):
        """How probable the second letter is after the first."""
        return (self.counts[first, second] + 1) / (self.totals[first] + len(LETTERS))

    def loss(self, names):
        """The mean of -log of the shares, over all letters of some names and their ends."""
        losses = [-log(self.share(*pair)) for name in names for pair in zip(f".{name}", f"{name}.")]
        return sum(losses) / len(losses)
