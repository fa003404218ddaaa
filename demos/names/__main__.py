"""A character-level transformer of scalar Values: it learns to invent names, and each of its numbers can be asked why.

`make names` runs it. So does `python -m demos.names`; with `python -i -m demos.names` all its values stay at
hand: try run.invent(5, Random(3)), or explain(p, wrt=number), or draw(read, wrt=query[0]).
"""
from random import Random
from textwrap import indent

import nn
from demos.lesson.page import section
from demos.names.census import LETTERS, Bigrams, numbers, read_names, split
from demos.names.network import Recording, Transformer
from demos.names.page import begin, paragraph, picture_of_a_head, step_page, write
from engine import Value, explain
from engine.text.terminal import shown
from nn.attention import attend

SEED    = 1990                       # of the split, of the first numbers, of all that is drawn: the year of the census
options = begin("A transformer that invents names")

section("1. The Names", """\
The census of 1990 lists 5,163 different first names of women and men. A model that has seen nine of
ten is asked, letter by letter, for the tenth; what it cannot know is what stands next in a new one.
""")
names = read_names()
train, held_out = split(names, SEED)
print(f"    to learn from: {len(train)}, such as {', '.join(train[:4])}")
print(f"    held out:      {len(held_out)}, such as {', '.join(held_out[:4])}")
print(f"    as numbers:    {train[0]} is {numbers(train[0])}, the dot before it and after it is 0")
assert len(names) == 5163 and not {*train} & {*held_out}
