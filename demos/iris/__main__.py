"""The lesson's network on all of Fisher's irises: what it knows, what it learns, what it still gets wrong.

`make iris` runs it. So does `python -m demos.iris`; with `python -i -m demos.iris` all its values stay at
hand: try model([0.5, 0.4]), or explain(wrong.CE, b3), or draw(wrong.CE, wrt=b3).
"""
from textwrap import indent

import nn
from demos.beside import beside_others
from demos.both_ways import both_ways
from demos.iris.flowers import LESSON, SEED, SPECIES, flowers, split
from demos.iris.page import (answer, begin, beside_regression, confusion, draw_graphs, judged, learning_table,
                             missed_table, paragraph, rows)
from demos.lesson.page import DESCENT, FLOWERS, is_rounded, next_step, section, unwritten
from engine import Value, explain

options = begin("Fisher's irises")

section("1. The Flowers", """\
In 1936 R. A. Fisher published four measurements of 150 irises, 50 of each of three species. The
lesson's network is given two of them, petal width and sepal width, scaled so that the smallest
flower has 0 and the largest 1. The lesson's three flowers are among the 150:
""")
irises = flowers()
print("    flower  species      petal width  sepal width  scaled          in the lesson")
for number, rounded in LESSON.items():
    f = irises[number - 1]
    petal, sepal = f.scaled["petal_width"], f.scaled["sepal_width"]
    print(f"    {number:<6}  {SPECIES[f.species]:<11}  {f.cm['petal_width']:>8} cm  {f.cm['sepal_width']:>8} cm  "
          f"{petal:.4f}, {sepal:.4f}  {rounded[0]:g}, {rounded[1]:g}")
    assert abs(petal - rounded[0]) < 0.005 and abs(sepal - rounded[1]) < 0.006
assert [sum(f.species == species for f in irises) for species in range(3)] == [50, 50, 50]

train, test = split(irises, SEED)
print(f"""
Of each species, 35 flowers are for training and 15 for testing, drawn with the seed {SEED}. What is
learnt from the first is tried on the others.""")
assert len(train) == 105 and len(test) == 45

TWO, FOUR = ("petal_width", "sepal_width"), tuple(irises[0].cm)


section("2. The Lesson's Network before Training", """\
Two inputs, two hidden nodes, three outputs, and the lesson's fifteen numbers for w1 to w10 and b1
to b5. What does it make of the 150 flowers, at the three b3's of the lesson?
""")
NUMBERS = dict(w1=-2.5, w2=0.6, b1=1.6, w3=-1.5, w4=0.4, b2=0.7, w5=-0.1, w6=1.5, b3=-2.0,
               w7=2.4, w8=-5.2, b4=0.0, w9=-2.2, w10=3.7, b5=1.0)


def lesson_network():
    """The lesson's network, labelled as in the lesson."""
    model = nn.MLP(2, [2, 3], seed=SEED)
    for parameter, (name, number) in zip(model.parameters(), NUMBERS.items(), strict=True):
        parameter.data, parameter.label = number, name
    for layer, names in zip(model.layers, (("h1", "h2"), [f"z_{name}" for name in SPECIES])):
        for neuron, name in zip(layer.neurons, names):
            neuron.label = name
    return model


before = lesson_network()
b3     = before.layers[1].neurons[0].b
three  = [(*place, irises[number - 1].species) for number, place in LESSON.items()]
print("    b3          CE, mean over 150    right")
for b3.data in -2.0, -1.227, -0.032:
    loss, right = judged(before, irises, TWO)
    print(f"    {b3.data:<12g}{loss:<21.4f}{right} of 150")
b3.data = -2.0
p = nn.softmax(before([*LESSON[2]]))[0].data
assert is_rounded(FLOWERS["p_setosa"]["Setosa"], p)
print("""
Lifting b3 alone tells Setosa from the others, though it was moved for three flowers only.""")
assert right > 140

section("3. Training", f"""\
Now all fifteen numbers move, with Adam, {options.epochs} times through the 105 flowers, 35 at a time.
CE is the mean over the flowers, for training taken on the way, while the network moves.
""")
model     = lesson_network()
optimiser = nn.Adam(model.parameters(), lr=0.1)
history   = nn.fit(model, nn.cross_entropy, *rows(train, TWO), optimiser=optimiser, epochs=options.epochs,
                   batch_size=35, seed=SEED, measures={"accuracy": nn.accuracy}, validation=rows(test, TWO))
learning_table(history["epochs"])
replayed, eager = both_ways(lesson_network(), nn.cross_entropy, *rows(train, TWO), nn.Adam)
print(f"""
nn.fit records the loss once and replays it over the flowers. A step on all 105 takes {replayed:.2f} ms, with
a graph for each flower, eager=True, {eager:.2f} ms; both find the same derivatives. 100 steps with Adam,
recording included, as milliseconds of the process:
""")
print("\n".join(beside_others(lesson_network(), nn.cross_entropy, *rows(train, TWO), lr=0.1, rounds=2)) + "\n")
scores = beside_regression("this network, 2-2-3", model, train, test, TWO)
print("""
Logistic regression is scikit-learn's, version 1.9.1, on the same split: once without a penalty on
large weights, as the network has none, and once as it comes, with C=1.""")
assert scores[1] >= 99 and scores[3] >= 41 and scores[0] < 0.16 and scores[2] < 0.25

section("4. What It Gets Wrong", """\
The confusion matrix of all 150 flowers, a line for each species, a column for each answer:
""")
missed = confusion(model, irises, TWO)
print("\nThe flowers that it gets wrong, with the probabilities it gives:\n")
missed_table(model, missed, test, TWO)
assert all(f.species > 0 for f in missed) and 2 <= len(missed) <= 10
print("""
All Setosas are right. Versicolor and Virginica overlap: with only two measurements there are
flowers of both that are the same, and no network can tell them apart.""")
same_place = {tuple(f.cm[name] for name in TWO) for f in irises if f.species == 1} \
    & {tuple(f.cm[name] for name in TWO) for f in irises if f.species == 2}
assert same_place

section("5. All Four Measurements", """\
Petal and sepal length help. This network has four inputs and eight hidden nodes, and starts from
random numbers, drawn by the seed:
""")
larger    = nn.MLP(4, [8, 3], seed=SEED)
optimiser = nn.Adam(larger.parameters(), lr=0.02)
longer    = nn.fit(larger, nn.cross_entropy, *rows(train, FOUR), optimiser=optimiser, epochs=options.epochs,
                   batch_size=15, seed=SEED, measures={"accuracy": nn.accuracy}, validation=rows(test, FOUR))
learning_table(longer["epochs"])
scores = beside_regression("this network, 4-8-3", larger, train, test, FOUR)
print()
rest = confusion(larger, irises, FOUR)
print(f"\nWrong are only the flowers {', '.join(str(f.number) for f in rest)}.")
assert scores[1] >= 98 and scores[3] >= 42 and len(rest) <= 10

section("6. What Would Help Most", """\
Back to the small network. Take one flower that it gets right, the lesson's Setosa, and one that it
gets wrong by far. Which of the fifteen parameters would lower the flower's loss fastest? The one
with the largest derivative, and its sign says which way to move it:
""")


def loss(network, f):
    """The cross-entropy of one flower, as a graph of labelled values."""
    CE = nn.cross_entropy(network([Value(f.scaled[name], name.partition("_")[0]) for name in TWO]), f.species)
    CE.label = "CE"
    return CE


def losses_after(parameter, step, flowers):
    """The cross-entropies of flowers if a parameter were moved; it comes back to where it was."""
    number = parameter.data
    parameter.data = number + step
    found = [loss(model, f).data for f in flowers]
    parameter.data = number
    return found


right, wrong = irises[1], max(missed, key=lambda f: loss(model, f).data)
for f in right, wrong:
    f.CE = loss(model, f)
    model.zero_grad()
    f.CE.backward()
    f.best = max(model.parameters(), key=lambda parameter: abs(parameter.grad))
    f.way  = -1 if f.best.grad > 0 else 1
    moved, = losses_after(f.best, 0.05 * f.way, [f])
    paragraph(f"Flower {f.number}, a {SPECIES[f.species]}: CE is {f.CE.data:.4g}. The largest derivative is that by "
              f"{f.best.label}, {f.best.grad:.4g}. Moving {f.best.label} {'up' if f.way > 0 else 'down'} by 0.05 makes "
              f"CE {moved:.4g}. Why:")
    print("\n" + indent(str(explain(f.CE, wrt=f.best)), "    ") + "\n")
    assert moved < f.CE.data

before_it, after_it = [losses_after(wrong.best, step * wrong.way, train) for step in (0.0, 0.5)]
worse = sum(after > before for before, after in zip(before_it, after_it))
paragraph(f"It would help this one flower. But training adds up the derivatives of all. If {wrong.best.label} moved by "
          f"0.5 in this one's favour, {worse} of the 105 training flowers would have a larger loss: that is why it is "
          f"still wrong.")
assert worse > 0

section("7. Pictures", "The graphs of the two flowers, with the way to the parameter that would help most:\n")
draw_graphs(options.folder, {"right": right, "wrong": wrong}, options.themes, options.forms)


def total(number):
    """The lesson's loss at a number for b3: the cross-entropies of its three flowers, added up."""
    b3.data = number
    return Value.fsum([nn.cross_entropy(before([petal, sepal]), species) for petal, sepal, species in three])


descent, optimiser = [], nn.SGD([b3], lr=1.0)
b3.data = -2.0
for line in DESCENT[:10]:
    CE = total(b3.data)
    before.zero_grad()
    CE.backward()
    descent.append((b3.data, CE.data, b3.grad))
    assert is_rounded(line["b3"], b3.data) and is_rounded(line["CE"], CE.data)
    optimiser.step()
lowest = float(DESCENT[10]["b3"])
lesson = dict(flowers=three, numbers=(-2.0, -1.227, -0.032), steps=[step[:2] for step in descent], slope=descent[0][2],
              curve=[(n, total(n).data) for n in (-2.6 + 0.0125 * i for i in range(289))],
              minimum=(lowest, total(lowest).data))
assert is_rounded("-0.7732", lesson["slope"])
b3.data = -2.0

print("\nWhat the lesson draws, with matplotlib, before and after training:\n")
try:
    from demos.iris import pictures
except ImportError as error:
    raise SystemExit(print(f"    None is drawn, for {error.name} is not installed: pip install matplotlib"))


def on_the_map(network, f):
    """A flower's place, its species, whether a network gets it right, and whether it is one for testing."""
    p = answer(network, f, TWO)
    return *[f.scaled[name] for name in TWO], f.species, max(p) == p[f.species], f in test


maps = [[on_the_map(network, f) for f in irises] for network in (before, model)]
histories = {"2-2-3, two measurements": history["epochs"], "4-8-3, four measurements": longer["epochs"]}
runs = (before, model), maps, lesson, histories
try:
    for paths in pictures.write_all(options.folder, options.themes, options.forms, *runs):
        for path in paths:
            print(f"    {path}")
except OSError as error:
    unwritten(options.folder, error)
next_step("python -m demos.moons; or your own rows: nn.fit takes lists, arrays and frames")
