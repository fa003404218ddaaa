"""Softmax and cross-entropy: why the derivative is p - 1 and p, and what goes wrong on the way there.

`python -m demos.softmax` runs it.
"""
from sys import stdout

import nn
from demos.lesson.page import attempt, equal, is_rounded, next_step, row, same, section
from engine import Value, derivative, exp, explain, fsum, jacobian, label, log

stdout.reconfigure(errors="replace")                 # a terminal without ∂ shows a ? in its place
SPECIES = "setosa", "versicolor", "virginica"


def textbook(z):
    """Softmax with exp, + and /."""
    e = [exp(v) for v in z]
    return [v / (e[0] + e[1] + e[2]) for v in e]


def remarks(explanation):
    """The last paragraph of an explanation."""
    return str(explanation).rpartition("\n\n")[2]


section("1. p - 1 and p", """\
A flower's three outputs, its probabilities, and its cross-entropy if it is a Setosa:
""")
z_setosa, z_versicolor, z_virginica = z = [Value(-0.9632), Value(0.0032), Value(0.1352)]
p_setosa, p_versicolor, p_virginica = p = textbook(z)
label(z_setosa=z_setosa, z_versicolor=z_versicolor, z_virginica=z_virginica,
      p_setosa=p_setosa, p_versicolor=p_versicolor, p_virginica=p_virginica)
CE = -log(p_setosa)
label(CE=CE)
for v in *z, *p, CE:
    row(v.label, v.data)
print("""
By its own output the derivative is p - 1. explain says why: of the two paths one goes through the
numerator of p, the other through its denominator, and then -1/p cancels p:
""")
print(explain(CE, z_setosa))
assert same(explain(CE, z_setosa).derivative, p_setosa.data - 1) and explain(CE, z_setosa).formula == "p_setosa - 1"
print("""
That was by its own output. By another one there is only the path through the denominator. What is
left is that output's p:
""")
print(explain(CE, z_virginica))
assert same(explain(CE, z_virginica).derivative, p_virginica.data)
assert explain(CE, z_virginica).formula == "p_virginica"

section("2. The Jacobian", """\
Softmax has nine derivatives. On the diagonal they are p·(1 - p), off it -p·q. The off-diagonal
ones are those that one forgets:
""")
row("", *[f"∂{v.label}" for v in z])
slopes = jacobian(p, z)
for i, line in enumerate(slopes):
    row(f"∂{p[i].label}", *[slope.data for slope in line])
    for j, slope in enumerate(line):
        own = 1 if i == j else 0
        assert same(slope.data, p[i].data * (own - p[j].data))
        assert same(slope.data, slopes[j][i].data)
    assert same(fsum(line).data, 0)
print("\nIt is symmetric, and each line adds up to 0: all outputs up by the same changes nothing.")

section("3. One box for it all", """\
Each share of nn.softmax is one operation, with a line of this table on its arrows; nn.cross_entropy
is one operation from the outputs to the loss, with p - 1 and p on its arrows:
""")
shares = nn.softmax(z)
for share, line in zip(shares, slopes):
    assert share.parents == tuple(z) and all(map(same, share.partials, [slope.data for slope in line]))
loss = nn.cross_entropy(z, 0)
for v, share, slope in zip(z, shares, loss.partials):
    target = 1 if v is z_setosa else 0
    equal(f"∂CE/∂{v.label}", derivative(CE, v).data, slope, share.data - target)

section("4. Sum or mean", """\
b3 is added to Setosa's output, for every flower. The loss of several flowers is the sum of theirs, and
so is its derivative. With the mean, one step of gradient descent is as many times shorter:
""")
b3 = Value(-2, "b3")
flowers = [(1.0368, 0.0032, 0.1352), (0, 0, 1), (0.0898, 0.8632, 0.1042)]      # without b3
losses = [nn.cross_entropy([hidden + b3, *others], own) for (hidden, *others), own in zip(flowers, (0, 2, 1))]
total, mean = fsum(losses), fsum(losses) / 3
row("", "sum", "mean")
row("∂loss/∂b3", derivative(total, b3), derivative(mean, b3))
row("b3 after one step", b3 - derivative(total, b3), b3 - derivative(mean, b3))
assert same(derivative(total, b3).data, 3 * derivative(mean, b3).data)
assert is_rounded("-1.2267990", (b3 - derivative(total, b3)).data)
assert is_rounded("-1.7423", (b3 - derivative(mean, b3)).data)

section("5. The shift by the largest", """\
exp overflows above 709. So one takes the largest output m off all of them first; the probabilities
are the same, as m cancels. Is m a part of the graph then, with derivatives of its own? It may be:
they cancel as well.
""")
m = Value.maximum(z)
label(m=m)
shifted = textbook([v - m for v in z])[0]
CE_shifted = -log(shifted)
row("p, as it was and shifted", p_setosa.data, shifted.data)
assert same(shifted.data, p_setosa.data)
label(CE_shifted=CE_shifted)
print()
by_m = derivative(CE_shifted, m)
row("∂CE/∂m, all paths", by_m)
assert abs(by_m.data) < 1e-15
for v in z:
    assert same(derivative(CE_shifted, v).data, derivative(CE, v).data)
print(f"\nexplain says so:\n\n{remarks(explain(CE_shifted, m))}")
assert "loses" in remarks(explain(CE_shifted, m))

section("6. log(0) and overflow", """\
Outputs 1000, 0 and 0, and the flower is a Versicolor. The textbook form fails twice, at exp(1000)
and, if that is mended by the shift, at log(0). The form in one piece never does:
""")
large = [Value(1000, "z_setosa"), Value(0, "z_versicolor"), Value(0, "z_virginica")]
first = attempt("textbook(z)", lambda: textbook(large))
second = attempt("-log(textbook(z - m)[1])", lambda: -log(textbook([v - 1000 for v in large])[1]))
assert first.startswith("OverflowError: exp(z_setosa)") and "needs x > 0" in second
assert attempt("nn.cross_entropy(z, 1)", lambda: nn.cross_entropy(large, 1).data) == 1000
stable = nn.cross_entropy(large, 1)
stable.backward()
row("its gradient", *[v.grad for v in large])
assert [v.grad for v in large] == [1, -1, 0]

section("7. Digits", """\
Where the network is sure and right, p is near 1 and p - 1 is small. Then the textbook form loses
digits, for it subtracts. The form in one piece does not subtract:
""")
z_sure = [Value(25, "z_sure"), Value(0), Value(0)]
p_sure = textbook(z_sure)[0]
CE_sure = -log(p_sure)
label(p_sure=p_sure, CE_sure=CE_sure)
CE_sure.backward()
exact = -2 * exp(-25) / (1 + 2 * exp(-25))           # p - 1, written without a difference
row("exact", f"{exact:.10g}")
row("textbook", f"{derivative(CE_sure, z_sure[0]):.10g}")
row("nn.cross_entropy", f"{derivative(nn.cross_entropy(z_sure, 0), z_sure[0]):.10g}")
assert abs(derivative(nn.cross_entropy(z_sure, 0), z_sure[0]).data / exact - 1) < 1e-14
print(f"\nexplain says so:\n\n{remarks(explain(CE_sure, z_sure[0]))}")
assert "loses" in remarks(explain(CE_sure, z_sure[0]))
next_step("python -m demos.traversal, on the order of backward()")
