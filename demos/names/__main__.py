"""A character-level transformer of scalar Values: it learns to invent names, and each of its numbers can be asked why.

`make names` runs it. So does `python -m demos.names`; with `python -i -m demos.names` all its values stay at
hand: try run.invent(5, Random(3)), or explain(p["y"], wrt=number), or draw(read, wrt=query[0]).
"""
from math import log
from operator import attrgetter
from random import Random
from textwrap import indent

import nn
from demos.lesson.page import section
from demos.names.census import LETTERS, Bigrams, numbers, read_names, split
from demos.names.network import Recording, Transformer, labelled
from demos.names.page import attention_of_a_head, begin, paragraph, write
from engine import explain

SEED    = 1990                       # of the split, of the first numbers, of all that is drawn: the year of the census
options = begin("A transformer that invents names")

section("1. The Names", """\
The census of 1990 lists 5,163 different first names of women and men in the United States. A model
that has seen nine of ten is asked for the others, letter by letter: how probable is the next one?
""")
names = read_names()
train, held_out = split(names, SEED)
if options.quick:
    train, held_out = [[name for name in some if len(name) < 6][:96] for some in (train, held_out)]
print(f"    to learn from   {len(train):>5}   {', '.join(train[:5])}, …")
print(f"    held out        {len(held_out):>5}   {', '.join(held_out[:5])}, …")
print(f"    by number               {train[0]} is {numbers(train[0])}; 0, a dot, is before and after it")
assert len(names) == 5163 and not {*train} & {*held_out}

section("2. Counting Pairs", """\
The simplest model counts which letter followed which. Its loss is the mean of -log of what it gave
to the letter that came, over all letters of the names held out; guessing blindly has log 27.
""")
pairs = Bigrams(train)
blind, counted = log(len(LETTERS)), pairs.loss(held_out)
print(f"    guessing blindly   {blind:.4f}")
print(f"    counting pairs     {counted:.4f}")
shares = [f"{letter} {pairs.share('r', letter):.3f}" for letter in "aeiy"]
print(f"    after r it gives   {', '.join(shares)}")
assert counted < 0.9 * blind and (options.quick or 2.3 < counted < 2.4)

section("3. The Transformer", f"""\
Each letter has a row of {options.width} numbers, each place another; their sum goes through {options.heads} heads
of attention, which read from the letters so far, then a feed-forward part; what each finds is added.
One layer more has a logit for each of the 27 letters. Every number is a Value, every step a row of
the table, the choice of a letter's numbers too: at([...], letter) is recorded, and the letter is an
input. So is the class that cross_entropy is to hit, and a weight that is 0 after a name's end.
""")
model   = Transformer(options.width, options.heads, seed=SEED)
longest = max(map(len, train + held_out))
run     = Recording(model, longest)
for name in "letters", "places", "block.attention", "block.forward", "norm", "guesses":
    part = attrgetter(name)(model)
    what = f"Layer({part.nin}, {len(part.neurons)})" if isinstance(part, nn.Layer) else repr(part)
    print(f"    {name:<17}{len(part.parameters()):>6}   {what}")
first = run.mean_loss(held_out)
print(f"    {'in all':<17}{len(model.parameters()):>6}   at first the loss is {first:.4f}")
assert abs(first - blind) < 0.5 and (options.quick or len(model.parameters()) == 4411)

section("4. Training", f"""\
{options.epochs} times through the names, 32 at a step, with Adam, whose rate falls from 0.01 to 0 along a cosine.
After some of them it invents names, each time from the same random numbers:
""")
optimiser = nn.Adam(model.parameters(), lr=0.01, betas=(0.9, 0.99))
schedule  = nn.CosineAnnealingLR(optimiser, T_max=options.epochs * (len(train) // 32))
random, history = Random(SEED), []
print("    times   loss     held out   invented")
for epoch in range(1, options.epochs + 1):
    order, losses = random.sample(train, len(train)), []
    for start in range(0, len(order) - 31, 32):
        losses.append(run.loss.descend(run.rows(order[start:start + 32])))
        optimiser.step()
        schedule.step()
    if epoch in (1, 2, 5, 10, 15, options.epochs):
        history.append((sum(losses) / len(losses), run.mean_loss(held_out)))
        invented = ", ".join([name or "–" for name in run.invent(6, Random(SEED))])
        print(f"    {epoch:<8}{history[-1][0]:<9.4f}{history[-1][1]:<11.4f}{invented}")
learnt = history[-1][1]
judgement = "so it has learnt more than pairs" if learnt < counted else "which is still less"
print(f"\nHeld-out names cost {learnt:.4f} a letter. Counting pairs costs {counted:.4f}, {judgement}.")
assert learnt < first and (options.quick or learnt < 2.03 < counted)

section("5. What It Invents", """\
Twenty names, each letter drawn by the shares that the model gives it; * is one of the census:
""")
invented = run.invent(20, Random(SEED))
known = {*names}
for start in range(0, 20, 5):
    line = [f"{name}*" if name in known else name for name in invented[start:start + 5]]
    print("    " + "".join([f"{name:<14}" for name in line]).rstrip())
assert invented == run.invent(20, Random(SEED)) and sum(name not in known for name in invented) >= 5
print("\nThe same seed gives the same names; another one gives others.")

section("6. Why One Letter Was Likely", """\
The same model once more without a recording, so that every number can be asked. After mar, which
letter is likely? And of the numbers that stand for r, which one moved that most?
""")
before, row = "mar", model.letters.rows[LETTERS.index("r")]
p = labelled(model, before)
likely = sorted(p, key=lambda letter: -p[letter].data)
print(f"    after {before}   {', '.join(f'{letter} {p[letter].data:.3f}' for letter in likely[:6])}")
best = p[likely[0]]
model.zero_grad()
best.backward()
number = max(row, key=lambda x: abs(x.grad))
print(f"    {number.label} is {number.data:.4f}; its derivative {number.grad:.4f} is the largest of the {len(row)}\n")
why = explain(best, wrt=number)
print(indent(str(why), "    "))
moved, number.data = number.data, number.data + 0.01
after = labelled(model, before)[likely[0]].data
number.data = moved
print()
paragraph(f"Moved up by 0.01, {number.label} takes {best.label} from {best.data:.5f} to {after:.5f}: by "
          f"{after - best.data:.5f}, as the derivative says, {0.01 * number.grad:.5f}.")
assert abs(why.derivative - number.grad) < 1e-12 and abs(after - best.data - 0.01 * number.grad) < 0.002

section("7. One Head at One Place", f"""\
At the last letter of {before} each head asks the letters so far: its query times their keys are scores,
a softmax makes them shares, and these weigh what is read. The shares of all heads, and the one that
looks most to one letter:
""")
places = f".{before}"
heads  = [attention_of_a_head(*parts, places) for parts in model.asked(numbers(before)[:-1])]
print(f"    head      {''.join([f'{letter:<10}' for letter in places])}".rstrip())
for h, (_, shares, _) in enumerate(heads):
    print(f"    {h:<10}{''.join([f'{share.data:<10.3f}' for share in shares])}".rstrip())
    assert abs(sum(share.data for share in shares) - 1.0) < 1e-12
read, shares, query = max(heads, key=lambda head: max(share.data for share in head[1]))
read.backward()
print("\nIts picture, and a page on which a query of two numbers can be moved between two letters:\n")
for path in write(options.folder, read, query, places):
    print(f"    {path}")
