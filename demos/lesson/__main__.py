"""The lesson on cross-entropy and backpropagation, computed from its first number to its last.

`make lesson` runs it. So does `python -m demos.lesson`; with `python -i -m demos.lesson` all its
values stay at hand: try setosa.CE, or b3, or derivative(setosa.CE, b3).
"""
from itertools import count, islice
from types import SimpleNamespace as Flower

import nn
from demos.lesson.page import (DESCENT, FORMULA, SUM, UPDATED, attempt, begin, draw_into, equal,
                               is_rounded, next_step, page_into, rounded, row, rows, same, section,
                               surfaces_into)
from engine import Value, derivative, exp, fsum, label, log, relu

folder = begin("Cross-Entropy Derivatives and Backpropagation")

section("1. Introduction", """\
A small network is told how wide the petal and the sepal of an iris are, and says which of three
species it is. Its cross-entropy is a number for how wrong it is: the loss. We find out how the
loss changes when one number in the network changes, the bias b3. Then we move b3 to make the loss
smaller. Where the lesson rounds a number, its rounded number stands beside the exact one.""")

section("2. Forward Pass and SoftMax Activation", """\
2.1 Neural Network Architecture

Two hidden values, h1 and h2, each bend a flat surface with ReLU. Each output z adds the two bent
surfaces up to a crinkled one. There is one output for each species.
""")
SETOSA, VERSICOLOR, VIRGINICA = range(3)

w1, w2,  b1 = Value(-2.5), Value(0.6),  Value(1.6)
w3, w4,  b2 = Value(-1.5), Value(0.4),  Value(0.7)
w5, w6,  b3 = Value(-0.1), Value(1.5),  Value(-2)
w7, w8,  b4 = Value(2.4),  Value(-5.2), Value(0)
w9, w10, b5 = Value(-2.2), Value(3.7),  Value(1)
label(locals())


def outputs(petal, sepal):
    """The two hidden values and the three outputs for one flower."""
    h1           = relu(w1 * petal + w2 * sepal + b1)
    h2           = relu(w3 * petal + w4 * sepal + b2)
    z_setosa     = w5 * h1 + w6  * h2 + b3
    z_versicolor = w7 * h1 + w8  * h2 + b4
    z_virginica  = w9 * h1 + w10 * h2 + b5
    label(locals())
    return h1, h2, z_setosa, z_versicolor, z_virginica


print(f"""\
    h1           = relu(w1 * petal + w2 * sepal + b1)   w1 = {w1:<4g}   w2  = {w2:<4g}   b1 = {b1:g}
    h2           = relu(w3 * petal + w4 * sepal + b2)   w3 = {w3:<4g}   w4  = {w4:<4g}   b2 = {b2:g}
    z_setosa     = w5 * h1 + w6  * h2 + b3              w5 = {w5:<4g}   w6  = {w6:<4g}   b3 = {b3:g}
    z_versicolor = w7 * h1 + w8  * h2 + b4              w7 = {w7:<4g}   w8  = {w8:<4g}   b4 = {b4:g}
    z_virginica  = w9 * h1 + w10 * h2 + b5              w9 = {w9:<4g}   w10 = {w10:<4g}   b5 = {b5:g}

We send three flowers through it. Their widths are scaled between 0 and 1.
""")
setosa     = Flower(name="Setosa",     species=SETOSA,     petal=Value(0.04), sepal=Value(0.42))
virginica  = Flower(name="Virginica",  species=VIRGINICA,  petal=Value(1),    sepal=Value(0.54))
versicolor = Flower(name="Versicolor", species=VERSICOLOR, petal=Value(0.5),  sepal=Value(0.37))
flowers    = setosa, virginica, versicolor
for f in flowers:
    label(petal=f.petal, sepal=f.sepal)
    f.h1, f.h2, *f.z = outputs(f.petal, f.sepal)
    f.z_setosa, f.z_versicolor, f.z_virginica = f.z
rows(flowers, "petal", "sepal", "h1", "h2", "z_setosa", "z_versicolor", "z_virginica")

print("""
2.2 SoftMax Activation

SoftMax turns the outputs into probabilities: numbers between 0 and 1 that add up to 1.

    p_setosa = exp(z_setosa) / (exp(z_setosa) + exp(z_versicolor) + exp(z_virginica))
""")


def softmax(z_setosa, z_versicolor, z_virginica):
    """The probability of each species, with exp, + and /, as the lesson writes it."""
    e1, e2, e3 = exp(z_setosa), exp(z_versicolor), exp(z_virginica)
    total = e1 + e2 + e3
    return e1 / total, e2 / total, e3 / total


for f in flowers:
    f.p = f.p_setosa, f.p_versicolor, f.p_virginica = softmax(*f.z)
    label(p_setosa=f.p_setosa, p_versicolor=f.p_versicolor, p_virginica=f.p_virginica)
    assert same(fsum(f.p).data, 1)
rows(flowers, "p_setosa", "p_versicolor", "p_virginica")

section("3. Cross-Entropy Loss", """\
The cross-entropy CE is -log(p_observed): p_observed is the probability of the species that was
observed. The loss is 0 when the network is sure and right, and grows without bound as p_observed
goes to 0.
""")
for f in flowers:
    f.p_observed = f.p[f.species]
    f.CE = -log(f.p_observed)
    label(CE=f.CE)
rows(flowers, "p_observed", "CE")

print("\nThe lesson's example is a Setosa with p_setosa = 0.57. Ours has that when b3 is 0:\n")
b3.data = 0
p = softmax(*outputs(0.04, 0.42)[2:])[SETOSA].data
b3.data = -2
rounded("p_setosa", p, "0.57")
rounded("-log(0.57)", -log(0.57), "0.56")
row("-log(p_setosa)", -log(p))
print("\nThe last number would round to 0.57. The lesson has 0.56, for it rounds before the log.")
assert is_rounded("0.5677", p) and is_rounded("0.5662", -log(p))

print("""
nn.cross_entropy is all of this in one operation, from the outputs to the loss. Both ways give the
same derivatives. For the Setosa, at b3 = -2 again:
""")
CE = nn.cross_entropy(setosa.z, setosa.species)
row("", "exp, +, /, log", "cross_entropy")
for v in b3, *setosa.z:
    equal(f"∂CE/∂{v.label}", derivative(setosa.CE, v).data, derivative(CE, v).data)

print("""
Mind: with large outputs, the formulas above fail. Say the outputs are 1000, 0 and 0, and the
flower is a Versicolor. SoftMax as written fails at exp(1000). nn.softmax never fails, but it gives
p_versicolor = 0 here, and then -log(p_versicolor) fails. nn.cross_entropy never fails:
""")
z = [Value(1000, "z_setosa"), Value(0, "z_versicolor"), Value(0, "z_virginica")]
attempt("softmax(*z)",            lambda: softmax(*z))
attempt("-log(nn.softmax(z)[1])", lambda: -log(nn.softmax(z)[VERSICOLOR]))
assert 1000 == attempt("nn.cross_entropy(z, 1)", lambda: nn.cross_entropy(z, VERSICOLOR).data)

section("4. Derivative of Cross-Entropy with Respect to Bias b3", """\
4.1 Chain Rule Breakdown

b3 changes z_setosa, z_setosa changes p_observed, and p_observed changes CE. The chain rule
multiplies three steps:

    ∂CE/∂b3 = ∂CE/∂p_observed · ∂p_observed/∂z_setosa · ∂z_setosa/∂b3

Here they are for the Setosa flower, where p_observed is p_setosa, once by the lesson's formulas and
once by the engine, which finds them in the graph it has built:
""")


def steps(f, q, *formulas):
    """Print the three steps from b3 to a flower's loss and their product; q is its probability's name."""
    names = f"1  ∂CE/∂{q}", f"2  ∂{q}/∂z_setosa", "3  ∂z_setosa/∂b3", "=  ∂CE/∂b3"
    chain = f.CE, f.p_observed, f.z_setosa, b3
    found = [derivative(upper, lower).data for upper, lower in zip(chain, chain[1:])]
    f.CE.zero_grad()
    f.CE.backward()
    f.slope = b3.grad
    row("step", "formula", "its value", "engine", first=FORMULA)
    for name, (text, value), by_engine in zip(names, formulas, (*found, f.slope)):
        equal(name, text, value, by_engine)
    assert same(found[0] * found[1] * found[2], f.slope)


p = setosa.p_setosa.data
steps(setosa, "p_setosa", ("-1/p_setosa", -1 / p), ("p_setosa·(1-p_setosa)", p * (1 - p)), ("1", 1),
      ("p_setosa - 1", p - 1))
print("""
The product is so short because p_setosa cancels:

    -1/p_setosa · p_setosa·(1-p_setosa) = -(1-p_setosa) = p_setosa - 1

Mind: step 2 hides two paths from z_setosa to p_setosa, for exp(z_setosa) is above the fraction bar
and also below it. The derivatives along the two paths are added:
""")
e, total = setosa.p_setosa.parents
above, below = [slope * e.partials[0] for slope in setosa.p_setosa.partials]
equal("path above the bar", "p_setosa", p, above)
equal("path below the bar", "-p_setosa·p_setosa", -p * p, below)
equal("sum of the paths", "p_setosa·(1-p_setosa)", p * (1 - p), above + below)

print("\n4.2 Example Calculation\n")
rounded("p_setosa", p, "0.15")
rounded("p_setosa - 1", setosa.slope, "-0.85")

section("5. Derivatives for Other Classes", """\
5.1 Observed Class = Virginica

Now the loss is -log(p_virginica). b3 is not in z_virginica. But it is in z_setosa, and that is
below the fraction bar of p_virginica. So b3 pulls on this flower too: when p_setosa grows,
p_virginica shrinks:
""")
p, q = virginica.p_setosa.data, virginica.p_virginica.data
steps(virginica, "p_virginica", ("-1/p_virginica", -1 / q), ("-p_setosa·p_virginica", -p * q), ("1", 1),
      ("p_setosa", p))
print("""
This time p_virginica cancels: -1/p_virginica · -p_setosa·p_virginica = p_setosa. What is left is
the probability of Setosa:
""")
rounded("p_setosa", virginica.slope, "0.04")

print("\nMind: a derivative of 0 can mean three things. So far backward() ran on two flowers:\n")
independent = derivative(virginica.z_versicolor, b3).data
row("∂CE/∂w1 of Virginica",  w1.grad,            "off for this flower: h1's ReLU lets nothing through")
row("∂z_versicolor/∂b3",     independent,        "independent: no path leads there")
row("∂CE/∂CE of Versicolor", versicolor.CE.grad, "not computed: after backward() it is 1")
assert w1.grad == independent == versicolor.CE.grad == 0
assert virginica.h1.partials == (0,) and virginica.CE.grad == 1

print("\n5.2 Observed Class = Versicolor\n\nThe same again, with p_versicolor:\n")
p, q = versicolor.p_setosa.data, versicolor.p_versicolor.data
steps(versicolor, "p_versicolor", ("-1/p_versicolor", -1 / q), ("-p_setosa·p_versicolor", -p * q), ("1", 1),
      ("p_setosa", p))
print()
rounded("p_setosa", versicolor.slope, "0.04")

print("\nMind: two probabilities. The loss has p_observed, its derivative by b3 has p_setosa:\n")
rows(flowers, "p_observed", "p_setosa", "slope")

print("""
Mind: SoftMax has nine derivatives, not three, as each probability depends on each z. By its own z
the derivative of p_setosa is p_setosa·(1-p_setosa). By another species' z, as z_virginica, it is
-p_setosa·p_virginica. So it is for the others. For the Setosa flower:
""")
row("", *[f"∂{v.label}" for v in setosa.z])
for i, share in enumerate(nn.softmax(setosa.z)):
    row(f"∂{setosa.p[i].label}", *share.partials)
    for j, slope in enumerate(share.partials):
        own = 1 if i == j else 0
        assert same(slope, share.data * (own - setosa.p[j].data))
print("\nEach line adds up to 0: if all three outputs rise by the same, no probability changes.")

section("6. Gradient Descent Update", """\
6.1 Total Derivative Across Observations

The derivatives of the three flowers are added up:
""")
total = setosa.CE + virginica.CE + versicolor.CE
label(total=total)
total.zero_grad()
total.backward()
row("flower", *[f.name for f in flowers], "sum")
row("∂CE/∂b3", *[f.slope for f in flowers], b3.grad)
row("lesson", "-0.85", "0.04", "0.04", "-0.77")
assert is_rounded("-0.77", b3.grad) and abs(b3.grad - SUM) < 1e-14

print("""
Mind the order. All three flowers use b3, so its derivative is complete only when all three are
done. So it is with every value that is used twice, and backward() waits for it. Plain recursion
passes on what is not complete yet. Then the loss is right and the derivatives are wrong:
""")


def recursion(v, grads):
    """Backpropagation that does not wait: a bug of many engines."""
    for parent, slope in zip(v.parents, v.partials):
        grads[parent] = grads.get(parent, 0) + grads[v] * slope
        recursion(parent, grads)
    return grads


a = Value(1)
b = a + a
c = b + b
c.backward()
row("", "backward()", "recursion")
row("b = a + a, c = b + b: ∂c/∂a", a.grad, recursion(c, {c: 1})[a])
row("∂total/∂b3", b3.grad, recursion(total, {total: 1})[b3])
assert a.grad == 4

print("""
6.2 Update Rule

    new b3 = old b3 - learning rate · total derivative

Mind: minus a negative number is plus. The derivative is negative: the loss falls as b3 grows. So
b3 moves to the right:
""")
nn.SGD([b3], lr=1).step()
rounded(f"-2 - (1 · {b3.grad:.6f})", b3.data, "-1.23")
print(f"\nMind: the sum counts. With the mean, b3 would move only to {-2 - b3.grad / 3:.4f}.")
assert abs(b3.data - UPDATED) < 1e-14 and is_rounded("-1.7423", -2 - b3.grad / 3)

print("""
6.3 Descent

The same step again and again, each time with a new forward and a new backward pass:
""")


def descent(parameter, rate=lambda step: 1):
    """Gradient descent on a parameter: at each step its number, the total loss, its derivative."""
    optimiser = nn.SGD([parameter], lr=rate(1))
    for step in count(1):
        total = fsum([nn.cross_entropy(outputs(f.petal, f.sepal)[2:], f.species) for f in flowers])
        optimiser.zero_grad()
        total.backward()
        yield parameter.data, total.data, parameter.grad
        optimiser.lr = rate(step)
        optimiser.step()


b3.data = -2
along_b3 = list(islice(descent(b3), 101))
b3.data = -2
row("step", "b3", "total", "∂total/∂b3")
for line in DESCENT:
    number, loss, slope = along_b3[int(line["step"])]
    row(line["step"], f"{number:.7f}", f"{loss:.7f}", f"{slope:.7f}")
    assert is_rounded(line["b3"], number) and is_rounded(line["CE"], loss)

section("7. Key Takeaways", """\
1. The derivative depends on the observed species and on the predicted probabilities.
2. Moving b3 lifts or lowers Setosa's crinkled surface until it fits the data best.
3. The same process applies to other parameters. b4 is to Versicolor what b3 is to Setosa. w3 lies
   deeper: from h2, one path leads to each of the three outputs. With y_setosa = 1 where Setosa
   is observed and 0 elsewhere, and so on for the others:

    ∂CE/∂b4 = p_versicolor - y_versicolor
    ∂CE/∂w3 = ((p_setosa - y_setosa)·w6 + (p_versicolor - y_versicolor)·w8
               + (p_virginica - y_virginica)·w10) · ∂relu · petal
""")
for f in flowers:
    y = [species == f.species for species in (SETOSA, VERSICOLOR, VIRGINICA)]
    by_h2 = sum((p.data - y) * w.data for p, y, w in zip(f.p, y, (w6, w8, w10)))
    f.by_b4 = f.p_versicolor.data - y[VERSICOLOR]
    f.by_w3 = by_h2 * f.h2.partials[0] * f.petal.data
    assert same(f.by_b4, derivative(f.CE, b4).data) and same(f.by_w3, derivative(f.CE, w3).data)
row("flower", *[f.name for f in flowers], "sum")
row("∂CE/∂b4", *[f.by_b4 for f in flowers], derivative(total, b4))
row("∂CE/∂w3", *[f.by_w3 for f in flowers], derivative(total, w3))

print("\nDescent on each alone, with learning rate 1 for b4 and 0.1/step for w3:\n")
along_b4 = list(islice(descent(b4), 1001))
b4.data = 0
along_w3 = list(islice(descent(w3, rate=lambda step: 0.1 / step), 1001))
for w3.data, slope in (-1.6959, "0.73"), (-1.6961, "-0.07"):
    assert is_rounded(slope, next(descent(w3))[2])
w3.data = -1.5
row("step", "b4", "total", "w3", "total")
for step in 0, 1, 2, 3, 10, 100, 1000:
    row(str(step), *along_b4[step][:2], *along_w3[step][:2])
print("""
b4 comes to rest where its derivative is 0. w3 does not: at -1.696 the second ReLU of the Versicolor
turns off, and the loss has a fold. Its derivative jumps from 0.73 to -0.07 there and is 0 nowhere
near. So the steps must shrink. With learning rate 1 the first would jump over the fold, to -2.93.""")
assert is_rounded("-0.4894613364", along_b4[-1][0]) and is_rounded("2.5913962836", along_b4[-1][1])
assert abs(along_w3[-1][0] + 1.696) < 1e-4 and is_rounded("-2.93", -1.5 - along_w3[0][2])

section("8. Summary", """\
The chain rule leads back from the loss, through cross-entropy and SoftMax, to every parameter. All
the way through these two, the derivative by an output is only its probability, less 1 where its
species is observed: p_setosa - y_setosa. Gradient descent follows it downhill.

All this can be seen in the graphs. Each box is a value with its derivative, each arrow has a local
derivative, and the path from b3 to the loss is yellow. The page, to open in a browser, steps
through the first of them, forward and back:
""")


def figures():
    """What is drawn: the name of the file, the root, the detail, the direction, the title."""
    yield "setosa",        setosa.CE,     "names",  "TB", "Cross-entropy of one Setosa flower"
    yield "setosa_folded", setosa.CE,     "folded", None, "Cross-entropy of one Setosa flower, operation by operation"
    yield "relus_off",     virginica.CE,  "folded", None, "Cross-entropy of one Virginica flower: both ReLUs are off"
    yield "versicolor",    versicolor.CE, "folded", None, "Cross-entropy of one Versicolor flower"
    for f in flowers:
        f.CE.label = f"CE_{f.name.lower()}"          # the total has three of them
    yield "total",         total,         "names",  None, "Total cross-entropy of the three flowers"


draw_into(folder, figures(), wrt=b3)

print("""
With matplotlib, Setosa's crinkled surface as b3 lifts it, and the descent on b3 along the loss:
""")
network = nn.MLP(2, [2, 3])
for parameter, v in zip(network.parameters(), (w1, w2, b1, w3, w4, b2, w5, w6, b3, w7, w8, b4, w9, w10, b5)):
    parameter.data = v.data
curve = []
for step in range(289):
    b3.data = -2.6 + 0.0125 * step
    curve.append((b3.data, next(descent(b3))[1]))
b3.data = -2
surfaces_into(folder, network, [(f.petal.data, f.sepal.data, f.species) for f in flowers], curve=curve,
              steps=[step[:2] for step in along_b3[:10]], tangent=along_b3[0][2], minimum=along_b3[-1][:2])

print("""
The lesson as a page, to open in a browser and to move its numbers by hand:
""")
page_into(folder)
next_step("drag b3 on that page; try python -m engine; all 150 flowers: python -m demos.iris")
