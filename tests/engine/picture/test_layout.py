"""Layouts: what they cost is weighed before Graphviz starts; shared leaves and blocks that repeat are folded."""
from __future__ import annotations

import re
import time
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from engine import PictureError, Value, draw, exp, fsum
from engine.picture.contents import COSTLY, contents_of
from engine.picture.grouping import Graph
from engine.picture.layout import cost, levels, width
from engine.picture.repeats import repeats
from engine.text.naming import digits
from engine.testing import graphs
from tests.engine.picture import drawing
from tests.engine.picture.lesson import FLOWERS, total
from tests.engine.picture.test_arrows import DENSE, boxes_and_arrows, dense


def recurrence(steps, inputs=None):
    w, u, s = Value(0.5, "w"), Value(0.1, "u"), Value(0.2, "s0")
    for i in range(steps):
        s = (w * s + (u if inputs is None else u * inputs[i])).tanh()
    return s, w, u


def chain(weights, steps):
    x, w = Value(0.3, "x"), [Value(0.1 * i + 0.1, f"w{i}") for i in range(weights)]
    for i in range(steps):
        x = (x * w[i % weights]).tanh()
    return x


def folded(root, detail="auto", wrt=None):
    return contents_of(Graph(root, wrt, {}, detail), None, 300)[1]


@settings(deadline=None)
@given(some.integers(4, 30), some.sampled_from(["shared", "plain numbers", "leaves"]), some.booleans())
def test_a_recurrence_is_one_block_with_the_whole_gradients_of_what_its_steps_share(steps, kind, ends):
    inputs = {"shared": None, "plain numbers": [0.1 * i for i in range(steps)],
              "leaves": [Value(0.1 * i, f"x{i}") for i in range(steps)]}[kind]
    s, w, u = recurrence(steps, inputs)
    root = (s - 1.0) ** 2 if ends else s
    root.backward()
    box = next(box for box in folded(root).boxes if f"× {steps}" in box.formula)
    slopes = {row.name: row.slope for row in box.rows}
    assert slopes["w"] == digits(w.grad) and slopes["u"] == digits(u.grad)


@given(some.integers(4, 40), some.booleans())
def test_what_is_not_the_same_in_all_blocks_is_not_told_as_that_of_the_last(steps, leaves):
    numbers = [i + 2 for i in range(steps)]
    s, _, _ = recurrence(steps, [Value(n, f"x{n}") for n in numbers] if leaves else numbers)
    shown = folded(s)
    (box,) = [box for box in shown.boxes if f"× {steps}" in box.formula]
    assert box.formula == f"tanh(w * … + u * ({'x2, x3' if leaves else '2, 3'}, …))  × {steps}"
    assert all(row.name for row in box.rows) and "(a, b, …): one for each time" in shown.legend
    same = folded(recurrence(steps, [3.0] * steps)[0])
    assert f"tanh(w * … + u * 3)  × {steps}" in [box.formula for box in same.boxes]
    assert "(a, b, …): one for each time" not in same.legend


@settings(deadline=None)
@given(some.integers(4, 12), some.data())
def test_a_chain_that_merely_looks_alike_is_not_folded(steps, data):
    odd = data.draw(some.sampled_from(["weights", "one row", "used outside", "named"]))
    w, s = Value(0.5, "w"), Value(0.2, "s0")
    values = []
    for i in range(steps):
        own = Value(0.1 * i, f"w{i}") if odd == "weights" else w
        s = (own * s).sigmoid() if odd == "one row" and i % 2 else (own * s).tanh()
        if odd == "one row" and i % 3 == 0:
            s = s.exp()
        values.append(s)
    root = fsum(values) if odd == "used outside" else s
    if odd == "named":
        for i, v in enumerate(values):
            v.label = f"h{i}"
    times = [repeat.times for repeat in repeats(Graph(root, None, {}, "auto")).values()]
    assert times == [] or odd == "one row" and max(times) * 6 <= steps


def test_a_few_steps_and_one_operation_after_the_other_are_not_folded():
    assert not repeats(Graph(recurrence(3)[0], None, {}, "auto")) and repeats(Graph(recurrence(4)[0], None, {}, "auto"))
    v = Value(0.5, "x")
    for _ in range(30):
        v = v.tanh()
    assert not repeats(Graph(v, None, {}, "auto"))


def test_a_block_of_several_operations_repeats_too():
    s = chain(4, 16)
    (repeat,) = repeats(Graph(s, None, {}, "auto")).values()
    assert (repeat.times, len(repeat.block)) == (4, 8)


def test_step_by_step_shared_leaves_are_rows_of_each_step():
    s, w, u = recurrence(30)
    s.backward()
    shown = folded(s, "folded")
    assert len(shown.boxes) == 90 and sum(row.name == "w" for box in shown.boxes for row in box.rows) == 30
    assert width(shown, "TB") < 700
    shares = [float(row.slope) for box in shown.boxes for row in box.rows if row.name == "u"]
    assert sum(shares) == pytest.approx(u.grad, rel=1e-2)


@drawing
@settings(deadline=None, max_examples=6)
@given(some.sampled_from([(recurrence, 40), (recurrence, 100), (chain, 30), (chain, 100), (chain, 149)]),
       some.sampled_from(["auto", "values", "folded"]))
def test_it_is_drawn_or_refused_at_once(kind, detail):
    make, steps = kind
    root = make(steps)[0] if make is recurrence else make(8, steps)
    start = time.process_time()
    try:
        picture = draw(root, detail=detail, names={})
    except PictureError as error:
        assert "more than 10 s" in str(error) or "more than limit=300" in str(error)
        assert time.process_time() - start < 5.0     # far from what Graphviz would take
    else:
        assert picture.pipe("svg").startswith(b"<?xml")


def test_what_takes_too_long_names_the_ways_out():
    with pytest.raises(PictureError, match=r"more than 10 s: 129 boxes with 180 arrows, .*depth=3 .*limit=None"):
        draw(chain(8, 60), detail="values", names={})
    assert draw(chain(8, 60), detail="values", names={}, limit=None).boxes == 129


@given(graphs())
def test_each_arrow_leads_to_a_lower_level(graph):
    shown = contents_of(Graph(graph.root, None, {}, "values"), None, None)[1]
    far = levels([box.head.key for box in shown.boxes], [(arrow.tail, arrow.head) for arrow in shown.arrows])
    assert all(far[arrow.tail] > far[arrow.head] for arrow in shown.arrows) and min(far.values()) == 1
    assert 0 <= cost(shown) <= COSTLY


def test_a_small_picture_is_not_wide_for_its_legends_sake():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    root = (a * b + a).tanh() - b
    root.backward()
    texts = re.findall(r'POINT-SIZE="10">([^<]*)</FONT></TD></TR>', draw(root, a, names={}).source.split("node [")[0])
    assert texts and max(map(len, texts)) < 120


@drawing
def test_the_same_parts_stand_in_the_same_order_in_every_cluster():
    root, b3 = total()
    root.backward()
    for wrt in (None, b3):
        picture = draw(root, wrt, names={})
        keys = re.findall(r'(n\d+) \[label=.*tooltip="(z[123]) = ', picture.source)
        places = dict(re.findall(r"<title>(n\d+)</title>.*?<path[^>]* d=\"M[-\d.]+,([-\d.]+)",
                                 picture.pipe("svg").decode(), re.DOTALL))
        orders = [sorted(keys[i:i + 3], key=lambda pair: float(places[pair[0]])) for i in (0, 3, 6)]
        assert [[name for _, name in order] for order in orders] == [["z1", "z2", "z3"]] * 3


@drawing
@pytest.mark.parametrize("whole", [True, False])
def test_values_without_names_and_what_clusters_share_stand_in_order_too(whole):
    root, wrt = total()
    root.backward()
    graph = Graph(root, None if whole else wrt, {}, "values")
    boxes = contents_of(graph, None, None)[1].boxes
    values = [v for v in graph.nodes if not v.constant]
    assert len(values) == len(boxes) == 113
    places, _ = boxes_and_arrows(draw(root, graph.wrt, detail="values", names={}).pipe("svg").decode())
    parts, ranks = {}, {}
    for v, box in zip(values, boxes):
        parts[v] = v.label.partition("_")[0] or f"{v.op.name} of {[parts[x] for x in v.parents]}"
        left, low, _, high = places[box.head.key]
        ranks.setdefault((box.clusters, round(low + high)), []).append((left, parts[v]))
    orders = {}
    for (cluster, _), rank in sorted(ranks.items()):            # from the top to the bottom
        orders.setdefault(cluster, []).append([part for _, part in sorted(rank)])
    shared = [rank for rank in orders.pop(()) if len(rank) > 1]
    setosa, virginica, versicolor = [orders[(f"CE_{name}",)] for name in FLOWERS]
    assert setosa == virginica == versicolor and max(map(len, setosa)) >= 4
    assert shared == [sorted(rank, key=lambda name: int(name[1:])) for rank in shared] and max(map(len, shared)) >= 4


@drawing
@pytest.mark.parametrize("detail", ["auto", "names"])
@pytest.mark.parametrize("model", DENSE)
def test_neurons_stand_in_their_order_in_every_layer(model, detail):
    root = dense(*model)
    picture = draw(root, detail=detail, names={})
    places, _ = boxes_and_arrows(picture.pipe("svg").decode())
    across, down = (1, 0) if "rankdir=LR" in picture.source else (0, 1)
    ranks = {}
    for box in contents_of(Graph(root, None, {}, detail), None, None)[1].boxes:
        place = places[box.head.key]
        ranks.setdefault((box.clusters, round(place[down] + place[down + 2])), []).append(place[across])
    assert max(map(len, ranks.values())) == max(model[0])
    assert all(rank == sorted(rank) for rank in ranks.values())


@drawing
@settings(deadline=None, max_examples=12)
@given(some.integers(2, 4), some.integers(2, 4), some.booleans(), some.sampled_from(["values", "folded", "names"]),
       some.sampled_from(["h{}", "hidden.h{}", "h[{}]"]), some.sampled_from(["z{}", "out.z{}", "z_{}"]),
       some.integers(0, 9))
@example(2, 3, True, "values", "h{}", "z{}", 0)
@example(2, 3, True, "names", "h{}", "z_{}", 0)
def test_values_with_numbers_in_their_names_stand_in_their_order(n, m, chain, detail, hidden, out, seed):
    random = Random(seed)
    x, w = [Value(random.uniform(-1, 1), name) for name in ("petal", "sepal")], [Value(0.5, f"w{i}") for i in range(40)]
    weights = iter(w)
    h = [(next(weights) * x[0] + next(weights) * x[1]).tanh() for _ in range(n)]
    z = [fsum([next(weights) * v for v in h]) for _ in range(m)]
    for i, v in enumerate(h):
        v.label = hidden.format(i + 9)                         # 10 comes after 9
    for i, v in enumerate(z):
        v.label = out.format("acb"[i % 3] * (i + 1) if "_" in out else i)
    root = -(exp(z[0]) / (fsum([exp(v) for v in z]))).log()
    root.backward()
    picture = draw(root, w[0] if chain else None, detail=detail, names={})
    places, _ = boxes_and_arrows(picture.pipe("svg").decode())
    keys = dict(map(reversed, re.findall(r'(n\d+) \[label=.*tooltip="(\S+) ', picture.source)))
    across = 1 if "rankdir=LR" in picture.source else 0
    for values in (h, z):
        assert (found := [places[keys[v.label]][across] for v in values]) == sorted(found)


def test_room_is_made_where_many_arrows_part():
    source = draw(dense(*DENSE[1]), names={}).source
    assert "rankdir=TB" in source and "ranksep=1.0" in source
    assert "ranksep=0.4" in draw(dense([2, 2, 2], "tanh", 1), names={}).source


def test_several_roots_are_one_picture():
    a, b, w = Value(2.0, "a"), Value(3.0, "b"), Value(0.5, "w")
    p = (a * w).tanh()
    q = exp(b * w) + p
    p.backward()
    q.backward()
    picture = draw([p, q], w, names={"p": p, "q": q})
    assert picture.boxes == 6 and "each box: value and ∂ = ∂(p + q)/∂value" in picture.source
    assert f"= {digits(w.grad)}" in picture.source
    assert draw([p], names={}).source == draw(p, names={}).source and draw([p, p, q], names={}).boxes == 6
    with pytest.raises(TypeError, match="needs Values; it got a float"):
        draw([p, 1.0])
    with pytest.raises(ValueError, match="needs at least one Value; the list is empty"):
        draw([])


@drawing
@pytest.mark.parametrize("detail", ["auto", "values", "folded", "names"])
def test_a_plain_number_can_be_drawn(detail):
    two = (Value(3.0) ** 2.0).parents[1]
    picture = draw(two, detail=detail, names={})
    assert two.constant and picture.boxes == 1 and picture._repr_mimebundle_()["text/plain"] == repr(picture)
