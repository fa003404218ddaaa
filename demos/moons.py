"""Two moons: the demonstration that micrograd is known for, step for step, here.

`python -m demos.moons` runs it; `--quick` takes fewer points and steps. The network, its first numbers, loss and
learning rates are micrograd's; where micrograd is installed, both are timed in one run, and their gradients compared.
"""
import argparse
import sys
from functools import partial
from math import cos, isclose, pi, sin
from pathlib import Path
from random import Random
from time import perf_counter

import nn
from demos.beside import beside_others
from demos.both_ways import both_ways
from demos.lesson.page import next_step, section, unwritten
from nn.training.evaluation import gradients

parser = argparse.ArgumentParser(prog="python -m demos.moons", description=__doc__.split("\n")[0])
parser.add_argument("--out", default="out", metavar="DIR", help="put the pictures into DIR/moons")
parser.add_argument("--quick", action="store_true", help="take fewer points and steps, draw a light picture, as png")
options = parser.parse_args()
count, steps = (50, 80) if options.quick else (100, 100)
sys.stdout.reconfigure(errors="replace")             # a terminal without · shows a ? in its place

print("Two moons")


def make_moons(count, noise, seed):
    """Points on two half circles that reach into each other, with normal noise, and the sign of each."""
    random, half = Random(seed), count // 2
    angles = [pi * i / (half - 1) for i in range(half)]
    outer  = [[cos(angle), sin(angle)] for angle in angles]
    inner  = [[1.0 - cos(angle), 0.5 - sin(angle)] for angle in angles]
    return [[x + random.gauss(0.0, noise), y + random.gauss(0.0, noise)] for x, y in outer + inner], \
        [-1] * half + [1] * half


section("1. The Points", f"""\
{count} points on two moons that reach into each other, -1 or 1 for each. No straight line parts them.""")
points, signs = make_moons(count, noise=0.1, seed=1337)
assert len(points) == len(signs) == count and sum(signs) == 0

section("2. The Network", """\
Two inputs, two layers of 16 ReLU neurons, one score. A point is right where the score has its sign.
The loss is max(0, 1 - sign · score): 0 only where a point is right by a margin. To its mean comes L2,
0.0001 times the sum of all parameters squared; its derivative is what SGD calls weight decay, 0.0002.
""")
model = nn.MLP(2, [16, 16, 1], seed=1337)
start = [p.data for p in model.parameters()]
first = gradients(model, nn.hinge, points, signs, measures={"accuracy": nn.accuracy})
grads = [p.grad for p in model.parameters()]
print(f"    {len(start)} parameters; at first the loss is {first['loss']:.4f}, and {first['accuracy']:.0%} are right")
assert len(start) == 337

section("3. Training", f"""\
{steps} steps, each on all points, with a learning rate that falls from 1 to 0.1:
""")
optimiser = nn.SGD(model.parameters(), lr=1.0, weight_decay=2e-4)
schedule  = nn.LinearLR(optimiser, start_factor=1.0, end_factor=0.1, total_iters=steps)
history   = nn.fit(model, nn.hinge, points, signs, optimiser=optimiser, schedule=schedule, epochs=steps,
                   measures={"accuracy": nn.accuracy})["steps"]
print("    step    learning rate    loss      right")
for step in [k for k in (0, 1, 2, 5, 10, 20, 50, 99) if k < steps]:
    loss, right, lr = [history[name][step] for name in ("loss", "accuracy", "lr")]
    print(f"    {step:<8}{lr:<17.3f}{loss:<10.4f}{right:.0%}")
last = gradients(model, nn.hinge, points, signs, measures={"accuracy": nn.accuracy})
print(f"\nAfter the last step the loss is {last['loss']:.4f}, and {last['accuracy']:.0%} of the {count} points are "
      f"right.")
assert last["accuracy"] == 1.0 and last["loss"] < first["loss"]
assert all(isclose(lr, 1.0 - 0.9 * k / steps, rel_tol=1e-12) for k, lr in enumerate(history["lr"]))

steps, rounds = (5, 1) if options.quick else (20, 3)
section("4. Beside Micrograd", f"""\
One step of training: forward, backward and update on all points, from the same first numbers. nn.fit
records the loss once and replays it, or builds a graph for each point, as micrograd does. Means of
{steps} steps of nn.fit, recording included, and single ones of micrograd; of each the shortest of {rounds}:
""")


def step_there():
    """The seconds of a step as micrograd's demo takes it."""
    restart(theirs.parameters())
    begin  = perf_counter()
    losses = [(1 + -sign * theirs(list(map(Number, point)))).relu() for point, sign in zip(points, signs)]
    total  = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in theirs.parameters())
    theirs.zero_grad()
    total.backward()
    for p in theirs.parameters():
        p.data -= p.grad
    return perf_counter() - begin


def restart(parameters):
    """Put the first numbers back."""
    for p, number in zip(parameters, start, strict=True):
        p.data = number


trained = [p.data for p in model.parameters()]
restart(model.parameters())
try:
    from micrograd.engine import Value as Number
    from micrograd.nn import MLP as Theirs
except ImportError:
    theirs = None
else:
    theirs = Theirs(2, [16, 16, 1])
descend, here, there = partial(nn.SGD, lr=1.0, weight_decay=2e-4), [], []
for _ in range(rounds):
    here.append(both_ways(model, nn.hinge, points, signs, descend, steps, rounds=1))
    if theirs:
        there.append(1000 * step_there())
replayed, eager = map(min, zip(*here))
print(f"    glassgrad, replayed   {replayed:8.2f} ms")
print(f"    glassgrad, eager      {eager:8.2f} ms, {eager / replayed:.1f} times as long")
if theirs:
    print(f"    micrograd             {min(there):8.2f} ms, {min(there) / replayed:.0f} times as long")
    for p, grad, number in zip(theirs.parameters(), grads, start):
        assert isclose(p.grad, grad + 2e-4 * number, rel_tol=1e-9, abs_tol=1e-12)
    print("\nAll find the same 337 derivatives.")
else:
    print("\nBoth find the same 337 derivatives.\n"
          "micrograd is not installed: pip install micrograd, and it is timed beside this.")

epochs, rounds = (20, 1) if options.quick else (100, 5)
section("5. Beside PyTorch and scikit-learn", f"""\
{epochs} steps of Adam on all points, recording included: milliseconds of the process, in one run, of each
the shortest of {rounds}. PyTorch has the same first numbers and derivatives, in float64; scikit-learn draws
its own, and goes down its own loss:
""")
restart(model.parameters())
print("\n".join(beside_others(model, nn.hinge, points, signs, lr=0.01, epochs=epochs, rounds=rounds)))
for p, number in zip(model.parameters(), trained):
    p.data = number

section("6. The Picture", "Which points the network calls -1 and which 1, before and after training:\n")
try:
    from demos.surfaces import moons, numpy, write
except ImportError as error:
    sys.exit(print(f"    None is drawn, for {error.name} is not installed: pip install matplotlib"))
folder = Path(options.out, "moons")
fine = 1 if options.quick else 2
across, up, scores = numpy.linspace(-1.6, 2.6, 30 * fine + 1), numpy.linspace(-1.1, 1.6, 22 * fine + 1), []
for numbers in start, trained:
    for p, number in zip(model.parameters(), numbers):
        p.data = number
    scores.append(numpy.array([[model([x, y]).data for x in across.tolist()] for y in up.tolist()]))
themes, forms = (("light",), ("png",)) if options.quick else (("light", "dark"), ("svg", "png"))
try:
    folder.mkdir(parents=True, exist_ok=True)
    for path in write(folder, "moons", lambda: moons(across, up, scores, points, signs), themes, forms):
        print(f"    {path}")
except OSError as error:
    unwritten(folder, error)
next_step("python -m demos.iris, three kinds in place of two")
