"""What pictures show."""
from __future__ import annotations

from collections import Counter
from math import isclose, prod

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine import Value, label
from engine.graph import postorder
from engine.readers.traits import begins_sum
from engine.text.naming import digits, exactly
from engine.picture.contents import contents_of
from engine.picture.grouping import Graph
from engine.testing import graphs
from tests.engine.picture.lesson import flower, parameters, total


def shown(root, wrt=None, detail="values", names=(), depth=None):
    return contents_of(Graph(root, wrt, dict(names), detail), depth, None)[1]


def lines(picture):
    return [line for box in picture.boxes for line in (box.head, *box.rows)]


def by_name(picture):
    return {line.name: line for line in lines(picture)}


def everything(root):
    """All values of a graph, and for each use of a constant that constant."""
    return [*postorder(root), *(x for v in postorder(root) for x in v.parents if x.constant)]


def number(v):
    """How a picture shows the number of a value: a constant with as many digits as it needs."""
    return exactly(v.data) if v.constant else digits(v.data)


def passed_over(v, root):
    """Whether a value has no box: the 0 + x of the built-in sum, and its 0."""
    return begins_sum(v) and v is not root


@given(graphs())
def test_every_value_has_a_box_and_every_operand_an_arrow(graph):
    picture = shown(graph.root)
    shown_values = [v for v in postorder(graph.root) if not passed_over(v, graph.root)]
    drawn = shown_values + [x for v in shown_values if not begins_sum(v) for x in v.parents if x.constant]
    assert sorted(box.head.number for box in picture.boxes) == sorted(map(number, drawn))
    assert len(picture.arrows) == sum(len(v.parents) if not begins_sum(v) else 1 for v in shown_values)


@given(graphs())
def test_folded_shows_every_value_once_but_the_inner_sums(graph):
    picture = shown(graph.root, detail="folded")
    hidden = len(everything(graph.root)) - len(lines(picture))
    sums = [v for v in postorder(graph.root) if v.op and v.op.name == "add" and v is not graph.root]
    zeros = [v for v in postorder(graph.root) if begins_sum(v)]      # their 0 is not drawn
    assert 0 <= hidden <= len(sums) + len(zeros)
    assert not Counter(line.number for line in lines(picture)) - Counter(map(number, everything(graph.root)))


@given(graphs(), some.sampled_from(["values", "folded", "names"]), some.data())
def test_keys_are_unique_and_arrows_lead_from_box_to_box(graph, detail, data):
    order = postorder(graph.root)
    named = data.draw(some.lists(some.sampled_from(order), max_size=4, unique_by=id))
    picture = shown(graph.root, data.draw(some.sampled_from(order)), detail, {v: f"v{i}" for i, v in enumerate(named)})
    keys = [line.key for line in lines(picture)]
    assert len(set(keys)) == len(keys)
    boxes = {box.head.key: [row.key for row in box.rows] for box in picture.boxes}
    for arrow in picture.arrows:
        assert arrow.tail in boxes and arrow.row in ["", *boxes[arrow.head]]


@given(graphs(), some.sampled_from(["values", "folded"]))
def test_what_is_emphasised_leads_to_wrt_and_is_never_folded(graph, detail):
    graph.root.backward()
    wrt = postorder(graph.root)[0]
    picture = shown(graph.root, wrt, detail)
    heads = [box.head for box in picture.boxes if box.head.emphasised]
    assert heads and not any(row.emphasised for box in picture.boxes for row in box.rows)
    assert digits(wrt.data) in [line.number for line in heads]


def test_the_lesson_in_every_detail():
    w = parameters()
    CE = flower("Setosa", w)
    CE.backward()
    counts = {detail: len(shown(CE, w["b3"], detail).boxes) for detail in ("names", "folded", "values", "path", "auto")}
    assert counts == {"names": 9, "folded": 27, "values": 47, "path": 4, "auto": 27}


def test_a_neuron_is_a_table_with_a_row_per_parameter():
    w = parameters()
    CE = flower("Setosa", w)
    CE.backward()
    box = next(box for box in shown(CE, w["b3"], "names").boxes if box.head.name == "z1")
    assert [(row.name, row.number, row.slope) for row in box.rows] == \
        [("w5", "-0.1", "-1.488"), ("w6", "1.5", "-0.6861"), ("b3", "-2", "-0.8491")]
    assert box.formula == "w5 * h1 + w6 * h2 + b3" and [row.emphasised for row in box.rows] == [False, False, True]


def test_arrows_between_names_carry_total_derivatives():
    CE = flower("Setosa", parameters())
    CE.backward()
    picture = shown(CE, detail="names")
    keys = {box.head.key: box.head.name for box in picture.boxes}
    texts = {(keys[arrow.tail], keys[arrow.head]): arrow.text for arrow in picture.arrows}
    assert texts["z1", "p"] == "0.128" and texts["z2", "p"] == "-0.0598" and texts["p", "CE"] == "-6.63"
    told = {(keys[arrow.tail], keys[arrow.head]): arrow.told for arrow in picture.arrows}
    assert told["h1", "z1"] and not told["z1", "p"]  # it ends at the row of w5, which is this number


def test_a_shared_parameter_is_a_row_in_each_flower_and_the_emphasised_one_a_sum():
    root, b3 = total()
    root.backward()
    picture = shown(root, b3, "names")
    assert by_name(picture)["b3"].slope == "-0.8491 + 0.03512 + 0.0408 = -0.7732"
    parts = [row for box in picture.boxes for row in box.rows if row.name == "b4"]
    assert [row.slope for row in parts] == ["0.3966", "0.2595", "-0.3467"]
    cut = [row.slope for box in picture.boxes for row in box.rows if row.name == "w1"]
    assert cut == ["0.001645", "0, off", "-0.7545"]
    assert {box.clusters for box in picture.boxes} == {(), ("CE_Setosa",), ("CE_Virginica",), ("CE_Versicolor",)}


@given(some.integers(2, 4))
def test_contributions_add_up(n):
    x, v = Value(0.5, "x"), Value(0.25, "v")
    root = v
    for _ in range(n):
        root = root * x
    root.backward()
    picture = shown(root, x, "values")
    carried = [a.carried for a in picture.arrows if a.tail == by_name(picture)["x"].key]
    assert isclose(sum(carried), x.grad) and len(carried) == n


def test_three_kinds_of_no_gradient_look_different():
    x, y, w = Value(-1.0, "x"), Value(2.0, "y"), Value(0.0, "w")
    root = x.relu() + w * y
    assert {line.slope for line in lines(shown(root))} == {"–"}
    root.backward()
    found = by_name(shown(root))
    assert (found["x"].slope, found["y"].slope) == ("0, off", "0")
    assert "∂ 0, off: cut off by a ReLU that is off" in shown(root).legend


def test_several_calls_and_changed_leaves_show_both_numbers():
    w = parameters()
    CE = flower("Setosa", w)
    CE.backward()
    CE.backward()
    w["b3"].data = -1.2267989967487036
    line = by_name(shown(CE, w["b3"], "names"))["b3"]
    assert (line.number, line.slope, line.note) == ("-2, now -1.227", "-0.8491", ".grad -1.698")
    line = by_name(shown(CE, w["b3"], "path"))["b3"]
    assert line.number == "-2, now -1.227"


def test_a_value_used_twice_shows_two_arrows():
    a = Value(2.0, "a")
    for detail in ("values", "folded"):
        assert len(shown(a + a, detail=detail).arrows) == 2
    b = a.exp()
    (arrow,) = shown(b * b, detail="names", names={b: "b"}).arrows
    assert float(arrow.text) == float(f"{2 * b.data:.3g}")


def test_a_single_leaf_is_a_box():
    (box,) = shown(Value(1e-6, "ε")).boxes
    assert (box.head.name, box.head.number, box.operation) == ("ε", "1e-06", "")


@pytest.mark.parametrize("number, text", [(1e-6, "1e-06"), (1e300, "1e+300"), (-0.0, "0"), (0.15087898, "0.1509")])
def test_four_significant_digits(number, text):
    assert shown(Value(number)).boxes[0].head.number == text


def test_dotted_names_make_clusters_and_are_short_inside_them():
    w, x = Value(2.0), Value(3.0)
    h = w * x
    names = {w: "hidden.w", h: "hidden.h", x: "x"}
    picture = shown(h * 2, detail="names", names=names)
    box = next(box for box in picture.boxes if box.head.name == "h")
    assert [row.name for row in box.rows] == ["w", "x"]
    picture = shown((h * 2).exp() + h, detail="folded", names=names)
    box = next(box for box in picture.boxes if box.head.name == "h")
    assert box.rows[0].name == "w"


def test_a_neuron_names_its_parameters_after_itself():
    w, b, x = Value(2.0, "layers[0].neurons[1].w[0]"), Value(0.0, "layers[0].neurons[1].b"), Value(1.0, "x")
    out = w * x + b
    label({"layers[0].neurons[1]": out})
    picture = shown(out * 2, detail="names")
    box = next(box for box in picture.boxes if box.head.name == "neurons[1]")
    assert [row.name for row in box.rows] == ["w[0]", "x", "b"]


def test_what_lies_beyond_the_depth_is_hinted_at():
    v = Value(0.5, "x")
    for _ in range(5):
        v = v.tanh()
    picture = shown(v, depth=2)
    assert [box.remark for box in picture.boxes] == ["…", "", ""]


def test_a_slope_that_does_not_exist_is_called_undefined():
    x = Value(0.0, "x")
    y = x.sqrt()
    assert [arrow.text for arrow in shown(y).arrows] == ["undefined"]
    assert {line.slope for line in lines(shown(y))} == {"–"}


def test_a_thousand_rows_are_cut_and_counted_but_never_the_emphasised_one():
    leaves = [Value(1.0, f"x{i}") for i in range(1000)]
    picture = shown(Value.fsum(*leaves), detail="folded")
    assert len(picture.boxes[0].rows) == 30 and picture.boxes[0].remark == "970 more rows"
    (box,) = shown(Value.fsum(*leaves), leaves[500], "names").boxes
    assert [row.name for row in box.rows] == [*(f"x{i}" for i in range(29)), "x500"]


@given(some.integers(2, 60))
def test_a_long_path_without_names_leaves_out_its_middle(n):
    x = v = Value(0.5, "x")
    for _ in range(n):
        v = v * 1.25
    v.backward()
    picture = shown(v, x, "path")
    assert len(picture.boxes) == min(n + 1, 10) and isclose(prod(arrow.slope for arrow in picture.arrows), x.grad)
    over = [arrow.text for arrow in picture.arrows if "over" in arrow.text]
    assert over == [f"∂[×]/∂[×] = {digits(1.25 ** (n - 8))}, over {n - 9} more values"] * (n >= 19)


def test_an_arrow_ends_at_a_row_only_where_that_is_shown():
    xs = [Value(0.5).tanh() for _ in range(40)]
    ws = [Value(float(i + 1), f"w{i}") for i in range(40)]
    picture = shown(Value.dot(ws, xs), detail="names", names={x: f"x{i}" for i, x in enumerate(xs)})
    rows = [row.key for row in picture.boxes[-1].rows]
    ends = [arrow for arrow in picture.arrows if arrow.head == picture.boxes[-1].head.key]
    assert [arrow.row for arrow in ends] == rows + [""] * (40 - len(rows)) and 10 < len(rows) < 40
    assert [arrow.told for arrow in ends] == [arrow.row != "" for arrow in ends]


def test_an_arrow_that_carries_nothing_to_a_row_has_no_number():
    x, w = Value(0.5).tanh(), Value(2.0, "w")
    picture = shown((w * x - 5.0).relu(), detail="names", names={x: "x"})
    assert [arrow.told for arrow in picture.arrows if arrow.row] == [True]


def test_a_long_sum_names_its_largest_terms():
    x = Value(1.0, "x")
    root = Value.fsum(*(x * n for n in (0.0, 3.0, 1.0, 0.0, -5.0, 2.0, 4.0, 0.0, 0.5)))
    root.backward()
    assert by_name(shown(root, x))["x"].slope == "3 - 5 + 2 + 4 + … = 5.5"


@pytest.mark.parametrize("detail", ["values", "folded", "names"])
def test_the_zero_of_the_built_in_sum_is_not_drawn(detail):
    w, a, x = (Value(n, name) for n, name in ((0.5, "w"), (2.0, "a"), (1.0, "x")))
    loss = sum([w * a, x * 1.00001, w * x])
    loss.backward()
    picture = shown(loss, w, detail)
    assert "0" not in [line.number for line in lines(picture)]
    root = picture.boxes[-1]
    assert root.formula == {"values": "[Σ] + [×]"}.get(detail, "w * a + x * 1.00001 + w * x")
    assert detail == "names" or "1.00001" in [line.number for line in lines(picture)]
    assert by_name(picture)["w"].slope.split(" = ")[-1] == "3"


def test_a_folded_box_writes_out_what_has_no_name():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "b")
    h = (w * x + b * x).relu()
    h.label = "h"
    formulas = [box.formula for box in shown(-(h.exp() / (h.exp() + 1.5)).log(), None, "folded").boxes]
    assert "relu(w * x + b * x)" in formulas and "-log(exp(h) / (exp(h) + 1.5))" in formulas
