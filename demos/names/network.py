"""A character-level transformer: its module, its recording over rows of letters, and what it invents."""
from random import Random

import nn
from demos.names.census import LETTERS, numbers
from engine import Replay, Value
from nn.places import plus


class Transformer(nn.Module):
    """The logits of the next letter at each place of a name, from the letters up to there.

    >>> model = Transformer(seed=1)
    >>> logits = model([0, 2, 5])
    >>> len(logits), len(logits[0]), len(model.parameters())
    (3, 27, 4411)
    """

    def __init__(self, width=16, heads=4, places=16, *, seed=None):
        random = Random(seed)
        self.letters = nn.Embedding(len(LETTERS), width, spread=0.3, seed=random)
        self.places  = nn.Embedding(places, width, spread=0.3, seed=random)
        self.block   = nn.Block(width, heads, seed=random)
        self.norm    = nn.RMSNorm(width)
        self.guesses = nn.Layer(width, len(LETTERS), nonlin=False, within=width ** -0.5, seed=random)

    def asked(self, letters):
        """For each head its query at the last place, its keys and values at all."""
        attention = self.block.attention
        x = attention.norm(plus(self.letters(letters), self.places(range(len(letters)))))
        rows = [[attention.part.parts(layer(place)) for place in x]
                for layer in (attention.part.queries, attention.part.keys, attention.part.values)]
        return [(rows[0][-1][h], *[[place[h] for place in some] for some in rows[1:]])
                for h in range(attention.part.heads)]

    def __call__(self, letters):
        x = plus(self.letters(letters), self.places(range(len(letters))))
        return [self.guesses(place) for place in self.norm(self.block(x))]


def labelled(model, name):
    """The share of each letter after the letters of a name, in a graph whose values have names."""
    letters = numbers(name)[:-1]
    for letter, n in zip(f".{name}", letters):
        for k, x in enumerate(model.letters.rows[n]):
            x.label = f"{'start' if letter == '.' else letter}[{k}]"
    x = plus(model.letters(letters), model.places(range(len(letters))))
    for what, part in (("x", None), ("read", model.block.attention), ("fed", model.block.forward)):
        x = part(x) if part else x
        for k, value in enumerate(x[-1]):            # of the last place, from which the guess is made
            value.label = f"{what}_{name[-1]}[{k}]"
    z = model.guesses(model.norm(x[-1]))
    shares = dict(zip(LETTERS, nn.softmax(z)))
    for logit, (letter, share) in zip(z, shares.items()):
        logit.label, share.label = [f"{what}_{'end' if letter == '.' else letter}" for what in "zp"]
    return shares


class Recording:
    """A transformer recorded once for names of up to so many letters; a row has the letters, then a weight a guess.

    What stands after a name weighs nothing: a mask is data, and one recording is enough for names of any length.
    """

    def __init__(self, model, longest):
        letters = [Value(0.0, f"letter{i}") for i in range(longest + 2)]
        weights = [Value(1.0, f"weight{i}") for i in range(longest + 1)]
        logits  = model(letters[:-1])
        losses  = [nn.cross_entropy(z, target) for z, target in zip(logits, letters[1:])]
        self.longest = longest
        self.loss    = Replay(Value.dot(losses, weights), inputs=[*letters, *weights])
        self.logits  = Replay([z for place in logits for z in place], inputs=letters[:-1])

    def rows(self, names):
        """The names as rows: their letters, then what each guess weighs, so that all weights add up to 1."""
        guesses = sum(len(name) + 1 for name in names)
        return [[*filled(numbers(name), self.longest + 2),
                 *filled([1.0 / guesses] * (len(name) + 1), self.longest + 1)] for name in names]

    def mean_loss(self, names):
        """The mean cross-entropy over all letters of some names and their ends."""
        return sum(self.loss(self.rows(names)))

    def invent(self, count, random):
        """So many names, each letter drawn by the shares that the model gives it; all a letter longer at each step."""
        found = [[0] for _ in range(count)]
        for place in range(self.longest + 1):
            rows = [filled(letters[:place + 1], self.longest + 1) for letters in found]
            for letters, logits in zip(found, self.logits(rows)):
                shares = nn.softmax(logits[place * len(LETTERS):(place + 1) * len(LETTERS)])
                letters += random.choices(range(len(LETTERS)), shares)
        return ["".join(LETTERS[n] for n in letters[1:]).partition(".")[0] for letters in found]


def filled(numbers, size):
    """Some numbers, then zeros up to a size."""
    return [*numbers, *[0.0] * (size - len(numbers))]
