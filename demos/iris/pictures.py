"""The pictures of demos.iris: what each shows, computed by the networks that are trained. demos.surfaces draws them."""
from math import fsum

from demos.iris.flowers import SPECIES
from demos.surfaces import (COLOURS, curves, descent, figure_of, numpy, regions, species_legend, surface,
                            surface_legend, write, zeros)
from engine import Replay, Value
from nn import softmax

NAMES  = [name.capitalize() for name in SPECIES]
WHEN   = "before training", "after training"
HIDDEN = "#6b7480"                                   # the colour of what belongs to no species


def inside(model):
    """The numbers inside the lesson's network, by kind: a function of rows (petal, sepal), of which it takes many.

    It is the network's own graph, recorded once: hidden nodes before and after ReLU, weighted, outputs, probabilities.
    """
    place   = [Value(0.5), Value(0.5)]
    hidden  = model.layers[0](place)
    outputs = model.layers[1](hidden)
    weighed = [w * h for neuron in model.layers[1].neurons for w, h in zip(neuron.w, hidden)]
    replay  = Replay([*(h.parents[0] for h in hidden), *hidden, *weighed, *outputs, *softmax(outputs)], inputs=place)

    def found(rows):
        flat, h, w, z, p = numpy.split(numpy.array(replay(rows)).T, [2, 4, 10, 13])
        return {"flat": flat, "h": h, "w": w.reshape(3, 2, -1), "z": z, "p": p}

    return found


def grids(model, count=33):
    """All surfaces of the lesson's network as it is now: arrays by kind, of which the last two axes are the square.

    Under "folds" stand, for each hidden node, the points (petal, sepal) where its ReLU bends, and the numbers there.
    """
    numbers, side = inside(model), numpy.linspace(0.0, 1.0, count)
    square = numpy.stack(numpy.meshgrid(side, side), axis=-1).reshape(-1, 2)
    stage  = {kind: z.reshape(*z.shape[:-1], count, count) for kind, z in numbers(square).items()}
    lines  = [numpy.array(zeros(flat)).reshape(-1, 2) for flat in stage["flat"]]
    stage["folds"] = [(line, numbers(line)) for line in lines]
    return stage


def folds(stage, height, nodes=(0, 1)):
    """The lines where a surface is bent; `height` gives it from the numbers inside the network."""
    lines = [[*zip(*points.T, height(numbers))] for points, numbers in (stage["folds"][node] for node in nodes)]
    return [line for line in lines if line]


def ends(*surfaces):
    """The lowest and the highest number of surfaces that are drawn on one scale."""
    return min(float(z.min()) for z in surfaces), max(float(z.max()) for z in surfaces)


def bent(stages):
    """The bent surface of each hidden node, before and after training side by side."""
    figure, axes = figure_of(2, 2, "Each hidden node bends a flat surface with ReLU", (10, 8.4))
    for column, (when, found) in enumerate(zip(WHEN, stages)):
        for node in range(2):
            limits = ends(*(stage["h"][node] for stage in stages))
            surface(axes[node][column], found["h"][node], HIDDEN, f"h{node + 1} {when}", limits,
                    lines=folds(found, lambda n: n["h"][node], [node]))
    surface_legend(figure)
    return figure


def sums(stages, models, species):
    """How the weighted bent surfaces add up to the crinkled surface of one species."""
    title = f"Two weighted bent surfaces and a bias add up to the crinkled surface of {NAMES[species]}; " \
        "each row has a scale of its own"
    figure, axes = figure_of(2, 3, title, (14, 8.6))
    for line, when, found, model in zip(axes, WHEN, stages, models):
        neuron = model.layers[1].neurons[species]
        parts, whole, b = found["w"][species], found["z"][species], neuron.b
        scale = ends(*parts, whole)
        for node, (axis, part, w) in enumerate(zip(line, parts, neuron.w)):
            h = f"h{node + 1}"
            surface(axis, part, HIDDEN, f"{w.label} · {h} = {w.data:.2f} · {h}, {when}", scale,
                    lines=folds(found, lambda n: n["w"][species][node], [node]))
        surface(line[2], whole, COLOURS[species], f"their sum + {b.label}, {b.label} = {b.data:.2f}, {when}", scale,
                lines=folds(found, lambda n: n["z"][species]))
    surface_legend(figure)
    return figure


def shares(stages):
    """The probability of each species, before and after training."""
    figure, axes = figure_of(2, 3, "SoftMax turns the crinkled surfaces into probabilities", (14, 8.6))
    for line, when, found in zip(axes, WHEN, stages):
        for species in range(3):
            surface(line[species], found["p"][species], COLOURS[species], f"p of {NAMES[species]}, {when}", (0.0, 1.0),
                    lines=folds(found, lambda n: n["p"][species]))
    surface_legend(figure)
    return figure


def map_of(maps, flowers):
    """Where each species is the likeliest, before and after training; `flowers` for each of the two."""
    figure, axes = figure_of(1, 2, "Which species the network says, and the flowers", (12, 6.9), solid=False)
    for axis, when, found, points in zip(axes[0], WHEN, maps, flowers):
        wrong = [place for *place, _, right, _ in points if not right]
        regions(axis, found, points, f"{when}: {len(wrong)} of {len(points)} wrong")
    species_legend(figure, SPECIES, [("o", "the network is wrong")])
    return figure


def lifted(stages, points):
    """Setosa's crinkled surface and its probability as b3 rises; `stages` are (b3, surfaces), `points` for each."""
    figure, axes = figure_of(2, 3, "b3 lifts the crinkled surface of Setosa", (14, 8.6))
    scale = ends(*(found["z"][0] for _, found in stages))
    for column, ((b3, found), dots) in enumerate(zip(stages, points)):
        surface(axes[0][column], found["z"][0], COLOURS[0], f"z of Setosa at b3 = {b3:g}", scale,
                [(*place, z, species) for *place, species, z, _ in dots], folds(found, lambda n: n["z"][0]))
        surface(axes[1][column], found["p"][0], COLOURS[0], f"p of Setosa at b3 = {b3:g}", (0.0, 1.0),
                [(*place, p, species) for *place, species, _, p in dots], folds(found, lambda n: n["p"][0]))
    surface_legend(figure, SPECIES)
    return figure


def lifted_at(model, numbers, flowers):
    """What `lifted` draws: the network's surfaces at numbers of b3, and its flowers on them."""
    b3, lifts, dots = model.layers[1].neurons[0].b, [], []
    start = b3.data
    for b3.data in numbers:
        lifts.append((b3.data, grids(model)))
        found = inside(model)([place for *place, _ in flowers])
        dots.append([(*flower, z, p) for flower, z, p in zip(flowers, found["z"][0], found["p"][0])])
    b3.data = start
    return lifts, dots


def slope(curve, steps, tangent, minimum):
    """CE of the lesson's three flowers against b3, with the tangent and the steps of the descent."""
    figure, axes = figure_of(1, 1, "Gradient descent on b3, learning rate 1", (9, 6), solid=False)
    descent(axes[0][0], curve, steps, tangent, minimum)
    return figure


def learning(histories):
    """Loss and accuracy over time; `histories` by the network's name."""
    figure, axes = figure_of(2, len(histories), "The loss falls, and more flowers are right", (12, 7.4), solid=False)
    top = max(n for epochs in histories.values() for kind in ("loss", "validation_loss") for n in epochs[kind])
    heights = {"loss": (0.0, 1.05 * top), "accuracy": (0.3, 1.03)}
    for column, (name, epochs) in enumerate(histories.items()):
        for line, kind, text in (axes[0], "loss", "cross-entropy, mean"), (axes[1], "accuracy", "share that is right"):
            curves(line[column], [("training flowers", epochs[kind], False),
                                  ("test flowers", epochs[f"validation_{kind}"], True)], text, name)
            line[column].set_ylim(*heights[kind])
    return figure


def check(stage, model):
    """Assert that a crinkled surface is the sum of its weighted bent surfaces and one number, wherever one looks.

    And that the surfaces are those of the model: what was recorded is what it computes now.
    """
    for i in (0, -1):                                # the corners where both widths are 0, and 1
        outputs = model([-i, -i])
        assert numpy.allclose(stage["z"][:, i, i], [z.data for z in outputs], rtol=1e-12, atol=1e-12)
    for species in range(3):
        rest = stage["z"][species] - stage["w"][species].sum(axis=0)
        assert numpy.ptp(rest) < 1e-12
    assert abs(fsum(stage["p"][:, 0, 0].tolist()) - 1.0) < 1e-12


def write_all(folder, themes, forms, networks, maps, lesson, histories):
    """Draw all pictures into a folder; the paths come back one by one.

    `networks` are the one before training and the one after it, `maps` their flowers; `lesson` is what demos.iris
    knows of b3: its numbers with the points, its curve, steps, slope and minimum.
    """
    before, after = networks
    stages = [grids(model) for model in networks]
    for stage, model in zip(stages, networks):
        check(stage, model)
    lifts, dots = lifted_at(before, lesson["numbers"], lesson["flowers"])
    pictures = {
        "bent": lambda: bent(stages),
        **{f"sum_{name}": lambda species=i: sums(stages, networks, species) for i, name in enumerate(SPECIES)},
        "softmax":    lambda: shares([grids(model, 49) for model in networks]),
        "regions":    lambda shares=[grids(model, 81)["p"] for model in networks]: map_of(shares, maps),
        "setosa_b3":  lambda: lifted(lifts, dots),
        "descent_b3": lambda: slope(lesson["curve"], lesson["steps"], lesson["slope"], lesson["minimum"]),
        "learning":   lambda: learning(histories),
    }
    for name, picture in pictures.items():
        yield write(folder, name, picture, themes, forms)
