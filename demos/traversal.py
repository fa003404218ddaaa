"""Why the order matters in which derivatives are passed back.

`python -m demos.traversal` runs it. The bug that it shows is the one that engines like this have
most often: the loss is right, the gradients are wrong, and training goes on all the same.
"""
from pathlib import Path
from sys import stdout
from textwrap import fill

from demos.lesson.page import next_step, row, same, section
from engine import PictureError, Value, draw, explain, label
from engine.graph import postorder
from engine.testing import check_gradient

stdout.reconfigure(errors="replace")                 # a terminal without ∂ shows a ? in its place

section("1. The smallest graph that can go wrong", """\
a is used twice by b, and b is used twice by c:

    b = a + a
    c = b + b

c is 4a, so ∂c/∂a is 4.
""")
a = Value(1, "a")
b = a + a
c = b + b
label(b=b, c=c)
row("a, b, c", a.data, b.data, c.data)
assert c.data == 4

section("2. Plain recursion", """\
Each value passes its gradient on to its operands, at once, each time something is added to it:
""")


def recursion(v, grads, visits, caller=None):
    """Backpropagation that does not wait: adds to the operands' gradients, then goes on to them."""
    here = len(visits)
    visits.append((v, grads[v], caller))             # for the picture below
    for x, slope in zip(v.parents, v.partials):
        grads[x] = grads.get(x, 0) + grads[v] * slope
        recursion(x, grads, visits, here)
    return grads


visits = []
wrong = recursion(c, {c: 1}, visits)
for v in c, b, a:
    row(f"∂c/∂{v.label}", wrong[v])
print(f"\n    visited: {', '.join(v.label for v, _, _ in visits)}")
print("""
∂c/∂b = 2 is right, ∂c/∂a = 6 is not. b is an operand of c twice, so recursion comes to b twice. The
first time b's gradient is 1, half of it, and a receives 1 + 1. The second time it is 2, all of it,
and a receives 2 + 2. That is 6, for the first half of b's gradient has been passed on twice.""")
wrong_a = wrong[a]
assert (wrong[b], wrong_a) == (2, 6) and len(visits) == 7

section("3. The right order", """\
A value may pass its gradient on only when it is complete: when everything that uses the value has
passed on its own. So we list the values, operands first, and go through the list from its end.
""")
grads = {c: 1}
for v in reversed(postorder(c)):
    row(f"∂c/∂{v.label}, complete", grads[v])
    for x, slope in zip(v.parents, v.partials):
        grads[x] = grads.get(x, 0) + grads[v] * slope
c.backward()
assert grads[a] == a.grad == 4 and grads[b] == b.grad == 2
print("\nThis is what backward() does. Each value is visited once, and the paths are all there:\n")
print("\n".join(f"    {line}".rstrip() for line in str(explain(c, a)).splitlines()))
assert explain(c, a).derivative == 4

section("4. It grows", """\
Put n such sums on top of each other. Recursion takes 2^n ways down, and is wrong by a factor that
grows; the list takes n steps and is right:
""")
row("n", "visits", "recursion", "backward()")
for n in 1, 2, 3, 4, 8:
    x = y = Value(1)
    for _ in range(n):
        y = y + y
    y.backward()
    wrong = recursion(y, {y: 1}, visits := [])[x]
    row(str(n), str(len(visits)), str(int(wrong)), str(int(x.grad)))
    assert x.grad == 2 ** n and len(visits) == 2 ** (n + 1) - 1
    assert wrong / x.grad >= 1.5 ** (n - 1)

section("5. Why nobody notices", """\
Where no value is used twice, recursion is right. And where one is, the loss is right all the same,
for it comes from the forward pass; only the way downhill is not. A gradient check finds it, on a
graph with shared values: compare with the change of the loss when a moves a little.
""")


def twice(a):
    """c as a function of a."""
    b = a + a
    return b + b


change = (twice(1.001) - twice(0.999)) / 0.002
row("(c(1.001) - c(0.999)) / 0.002", change)
row("recursion", wrong_a)
row("backward()", a.grad)
assert same(change, a.grad) and not same(change, wrong_a)
check_gradient(twice, 1)                             # engine.testing has it ready

section("6. The pictures", """\
The graph: two arrows from a to b, two from b to c; on each arrow its local derivative, 1. And both
walks: each visit with the gradient found so far, dashed where that is not the derivative.
""")


def walks(picture, by_name, right):
    """Walks as a picture: each visit with its number, its value, the gradient found so far, after who sent it."""
    picture.attr("node", shape="box", fontname="monospace")
    for name, visits in by_name.items():
        with picture.subgraph(name=f"cluster {name}") as part:
            part.attr(label=f"{name}: {len(visits)} visits", color="white", fontname="monospace")
            for i, (v, grad, caller) in enumerate(visits):
                part.node(f"{name} {i}", f"{i + 1}. {v.label}  ∂ {grad:g}",
                          style="rounded" if grad == right[v] else "rounded,dashed")
                if caller is not None:
                    part.edge(f"{name} {caller}", f"{name} {i}")
    return picture


folder = Path("out", "traversal")
visits = []
recursion(c, {c: 1}, visits)
assert [grad for _, grad, _ in visits] == [1, 1, 1, 2, 2, 4, 6]
try:
    from engine.picture.digraph import Picture
    folder.mkdir(parents=True, exist_ok=True)
    picture = draw(c, wrt=a, detail="values", title="b = a + a, c = b + b", names={})
    print(f"    {picture.save(folder / 'right.svg')}")
    a.grad = wrong_a                                 # as an engine with the bug would leave it
    picture = draw(c, wrt=a, detail="values", title="the same, by plain recursion: ∂c/∂a is 4, not 6", names={})
    print(f"    {picture.save(folder / 'wrong.svg')}")
    in_order = [(v, grads[v], i - 1 if i else None) for i, v in enumerate(reversed(postorder(c)))]
    picture = walks(Picture("walks"), {"plain recursion": visits, "backward()": in_order}, grads)
    print(f"    {picture.save(folder / 'walks.svg')}")
except (ImportError, OSError, PictureError) as error:
    print(fill(f"    none: {error}", 98, break_on_hyphens=False))
next_step("python -m demos.derivatives, on derivatives of derivatives")
