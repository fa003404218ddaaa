"""Arrows: their hue is the sign of what they carry, their label what that is taken times; they end at boxes."""
from __future__ import annotations

import re
from html import unescape
from math import isclose, isfinite

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from engine import Value, draw, fsum
from engine.graph import postorder
from engine.picture.colours import COLOURS
from engine.picture.contents import contents_of
from engine.picture.grouping import Graph
from engine.testing import graphs
from engine.text.naming import digits
from nn import MLP, softmax
from tests.engine.picture import drawing
from tests.engine.picture.lesson import flower, parameters, total

ARROW = re.compile(r'^\t(n\d+)\S* -> (n\d+)\S* \[color="([^"]*)" penwidth=([\d.]+)(.*)tooltip="([^"]*)" label',
                   re.MULTILINE)
HUES  = {COLOURS[f"{kind} {hue}" if kind == "faint" else f"{hue} {kind}"][0]: sign for kind in ("faint", "line")
         for hue, sign in (("blue", -1), ("grey", 0), ("orange", 1))}


def arrows_of(picture):
    """Each arrow's tail, head, sign by its colour, width, label and exact local derivative, as the text has them."""
    for tail, head, colour, wide, rest, tip in ARROW.findall(picture.source):
        found = re.search(r" label=<(.*)> $", rest)
        label = unescape(re.sub(r"<[^>]*>|&nbsp;", "", found[1])) if found else ""
        yield tail, head, HUES[colour], float(wide), label.strip(), float(tip.rpartition(" = ")[2])


@settings(deadline=None)
@given(graphs(), some.sampled_from(["values", "folded"]), some.data())
def test_the_hue_is_the_sign_of_what_is_carried_and_the_label_what_it_is_taken_times(graph, detail, data):
    graph.root.backward()
    order = postorder(graph.root)
    wrt = data.draw(some.sampled_from([None, *order]))
    picture = draw(graph.root, wrt, detail=detail, names={})
    shown = contents_of(Graph(graph.root, wrt, {}, detail), None, None)[1]
    lines = [*arrows_of(picture)]
    assert len(lines) == len(shown.arrows)
    for (tail, head, sign, _, label, slope), arrow in zip(lines, shown.arrows):
        assert (tail, head) == (arrow.tail, arrow.head)
        assert sign == ((arrow.carried or 0.0) > 0) - ((arrow.carried or 0.0) < 0)
        if label:
            assert label.startswith("× ")
            told = float(label[2:].replace("undefined", "nan"))
            assert not isfinite(slope) or isclose(told, slope, rel_tol=6e-3, abs_tol=1e-300)
            if arrow.carried and isfinite(arrow.carried):
                assert (told > 0) == (slope > 0)


def test_the_emphasised_chain_keeps_its_hues_and_is_wider_than_the_rest():
    w = parameters()
    CE = flower("Setosa", w)
    CE.backward()
    found = [*arrows_of(draw(CE, w["b3"], detail="folded", names={}))]
    shown = contents_of(Graph(CE, w["b3"], {}, "folded"), None, None)[1]
    strong = [wide for (*_, wide, _, _), arrow in zip(found, shown.arrows) if arrow.emphasised]
    others = [wide for (*_, wide, _, _), arrow in zip(found, shown.arrows) if not arrow.emphasised]
    assert min(strong) > max(others)
    assert {sign for (_, _, sign, *_), arrow in zip(found, shown.arrows) if arrow.emphasised} == {-1, 1}


def test_where_all_leads_to_wrt_widths_still_tell():
    model = MLP(2, [3, 1], activation="tanh", seed=1)
    x = Value(0.5, "x")
    loss = (model([x, x * 0.3]) - 1.0) ** 2
    loss.backward()
    shown = contents_of(Graph(loss, x, {}, "folded"), None, None)[1]
    assert len({round(arrow.part, 9) for arrow in shown.arrows if arrow.emphasised}) > 3
    (key,) = [box.head.key for box in shown.boxes if box.head.name == "x"]
    into = [arrow.part for arrow in shown.arrows if arrow.tail == key]
    assert isclose(sum(into), x.grad, rel_tol=1e-12)


def test_in_a_box_the_name_comes_first_and_no_sign_stands_before_a_number():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    c = -(a - b)
    source = draw(c, names={"c": c}).source
    assert re.search(r">c</FONT></TD><TD[^>]*><FONT[^>]*>1</FONT>", source)
    assert ">… − …</FONT>" in source and "-[… − …]" in source
    assert not re.search(r">[−-]</FONT></TD><TD", source)


def test_the_legend_says_what_colours_mean():
    w = parameters()
    CE = flower("Setosa", w)
    CE.backward()
    source = unescape(draw(CE, names={}).source)
    for text in ("colour: sign of the gradient it carries", "blue, ∂ < 0: raising it lowers CE",
                 "orange, ∂ > 0: raising it raises CE", "on an arrow: × its local derivative"):
        assert text in source


def test_a_label_is_joined_to_its_arrow_by_a_line_of_its_colour():
    w = parameters()
    CE = flower("Setosa", w)
    CE.backward()
    source = draw(CE, detail="folded", names={}).source
    assert "decorate=true" in source
    for colour, rest in re.findall(r'-> \S+ \[color="([^"]*)"(.*)', source):
        assert "label=<" not in rest or f'fontcolor="{colour}"' in rest


def boxes_and_arrows(svg):
    """The frame of each box, and of each arrow its ends, a hundred points, and the tip of its head."""
    boxes = {}
    for key, path in re.findall(r'class="node">\s*<title>(n\d+)</title>.*?<path[^>]* d="([^"]*)"', svg, re.DOTALL):
        numbers = [*map(float, re.findall(r"-?[\d.]+", path))]
        boxes[key] = min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
    arrows = []
    for title, body in re.findall(r'class="edge">\s*<title>([^<]*)</title>(.*?)</g>\s*(?=<|$)', svg, re.DOTALL):
        tail, head = re.findall(r"n\d+(?=:|&|$|-)", unescape(title))[0], re.search(r"->(n\d+)", unescape(title))[1]
        path, tip = re.search(r'<path[^>]* d="([^"]*)"', body), re.search(r'<polygon[^>]* points="([^"]*)"', body)
        if path and tip:
            numbers = [*map(float, re.findall(r"-?[\d.]+", path[1]))]
            corners = [*zip(*[iter(map(float, re.findall(r"-?[\d.]+", tip[1])))] * 2)]
            arrows.append((tail, head, along([*zip(numbers[::2], numbers[1::2])]), corners))
    return boxes, arrows


def labels_of(svg):
    """The arrow that each label belongs to, as its number among boxes_and_arrows, and the level line below it."""
    count, found = -1, []
    for body in svg.split('class="edge">')[1:]:
        count += "<polygon" in body.split("-label")[0].split('class="node"')[0]
        line = re.search(r'-label".*?<polyline[^>]* points="([^"]*)"', body.replace("&#45;", "-"), re.DOTALL)
        if line:
            (right, y), (left, _) = [map(float, corner.split(",")) for corner in line[1].split()[:2]]
            found.append((count, left, right, y))
    return found


def dense(layers, activation, seed):
    """The root of a model of several wide layers, after backward()."""
    made = MLP(3, layers, activation=activation, seed=seed)([0.5, -0.2, 0.8])
    root = fsum([v * v for v in made]) if isinstance(made, list) else made
    root.backward()
    return root


DENSE = [([4, 4, 1], "tanh", 1), ([3, 3, 3, 1], "tanh", 2), ([4, 4, 3], "relu", 3), ([5, 5, 1], "tanh", 0),
         ([6, 6], "tanh", 0)]


def along(points):
    """Points of a path of cubic Bézier curves."""
    found = []
    for i in range(0, len(points) - 3, 3):
        for t in [k / 20 for k in range(21)]:
            weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3
            found.append(tuple(sum(w * p[axis] for w, p in zip(weights, points[i:i + 4])) for axis in (0, 1)))
    return found


def inside(point, box, margin):
    x, y = point
    return box[0] + margin < x < box[2] - margin and box[1] + margin < y < box[3] - margin


@drawing
@pytest.mark.parametrize("make", ["total", "names", "folded"])
def test_heads_stop_at_the_box_and_no_arrow_runs_through_another(make):
    w = parameters()
    root, wrt = total() if make == "total" else (flower("Setosa", w), w["b3"])
    root.backward()
    boxes, arrows = boxes_and_arrows(draw(root, wrt, detail="auto" if make == "total" else make,
                                          names={}).pipe("svg").decode())
    assert len(arrows) > 10
    for tail, head, points, corners in arrows:
        assert not any(inside(point, boxes[key], 2.0) for key in boxes if key not in (tail, head) for point in points)
        assert not any(inside(corner, boxes[head], 3.0) for corner in corners)


@drawing
@pytest.mark.parametrize("detail", ["auto", "names"])
@pytest.mark.parametrize("model", DENSE)
def test_between_wide_layers_no_arrow_runs_through_the_label_of_another(model, detail):
    picture = draw(dense(*model), detail=detail, names={})
    svg = picture.pipe("svg").decode()
    (boxes, arrows), labels = boxes_and_arrows(svg), labels_of(svg)
    assert len(labels) == sum(bool(label) for *_, label, _ in arrows_of(picture))
    assert float(re.search(r'<svg width="(\d+)pt', svg)[1]) < 1900
    struck = underlined = 0
    for own, left, right, y in labels:
        others = [p for i, (*_, points, _) in enumerate(arrows) for p in points if i != own and left < p[0] < right]
        struck += any(y - 11 < p[1] < y - 3 for p in others if left + 6 < p[0] < right - 6)
        underlined += any(y - 3 < p[1] < y + 6 for p in others)      # where it would seem to be that arrow's
    assert struck == 0 and underlined <= (0.2 * len(labels) if "rankdir=TB" in picture.source else 0)
    for tail, head, points, _ in arrows:
        assert not any(inside(point, boxes[key], 2.0) for key in boxes if key not in (tail, head) for point in points)


@settings(deadline=None, max_examples=20)
@given(some.lists(some.integers(1, 6), min_size=1, max_size=3), some.sampled_from(["tanh", "relu"]),
       some.integers(0, 9), some.sampled_from(["auto", "names"]))
def test_an_arrow_has_its_number_on_it_or_in_the_row_where_it_ends(layers, activation, seed, detail):
    source = unescape(draw(dense(layers, activation, seed), detail=detail, names={}).source)
    rows = dict(re.findall(r"<TR>(?:(?!<TR>).)*? PORT=\"(n\d+r\d+)\">(.*?)</TR>", source))
    texts = {key: re.sub(r"<[^>]*>|\s", " ", row).split() for key, row in rows.items()}
    for line in re.findall(r"^\tn\d+.* -> n\d+.* penwidth=.*", source, re.MULTILINE):
        row, slope = re.search(r"-> n\d+:(n\d+r\d+):w ", line), line.partition(' tooltip="')[2].partition('"')[0]
        number, labelled = float(slope.rpartition(" = ")[2]), re.search(r" label=<.*× ([-\d.e]+)", line)
        if row and not labelled and number not in (0.0, 1.0):
            cells = texts[row[1]]                             # after ×, else after the name
            found = cells[cells.index("×") + 1] if "×" in cells else cells[cells.index("∂") - 1]
            assert isclose(float(found), number, rel_tol=6e-3)
        elif number not in (0.0, 1.0):
            assert labelled and isclose(float(labelled[1]), number, rel_tol=6e-3)
    told = [key for key, text in texts.items() if "×" in text]
    assert ("× before a row: the local derivative of the arrow to it" in source) == bool(told)


def test_where_many_part_to_boxes_without_rows_their_numbers_stand_in_rows_there():
    scores = [Value(0.3 * i, f"score_{i}") * 1.0 for i in range(4)]
    shares = softmax(scores)
    for i, (score, share) in enumerate(zip(scores, shares)):
        score.label, share.label = f"score_{i}", f"share_{i}"
    read = fsum([share ** (i + 2) for i, share in enumerate(shares)])
    read.backward()
    source = unescape(draw(read, detail="names", names={}).source)
    keys = {name: key for key, name in re.findall(r'(n\d+) \[label=.*tooltip="(s[a-z]+_\d) = ', source)}
    for i, share in enumerate(shares):
        for j, slope in enumerate(share.partials):
            tail, head = keys[f"score_{j}"], keys[f"share_{i}"]
            assert re.search(rf"\t{tail}:e -> {head}:{tail}:w (?!.* label=)", source)
            (row,) = re.findall(rf'^\t*{head} \[.* PORT="{tail}">(.*?)</TR>', source, re.MULTILINE)
            assert re.sub(r"<[^>]*>|\s", " ", row).split() == ["×", digits(slope, 3), f"score_{j}"]


def test_an_arrow_tells_its_rule_as_a_textbook_has_it_where_one_points():
    a, b = Value(0.5, "a"), Value(2.0, "b")
    h = (a * b).tanh()
    y = (h ** 3).sqrt() / b.sigmoid()
    h.label, y.label = "h", "y"
    y.backward()
    tips = [unescape(tip) for *_, tip in ARROW.findall(draw(y, detail="values", names={}).source)]
    for rule in ("∂[×]/∂a = b = 2.0", f"∂h/∂[×] = 1 - h² = {1 - h.data ** 2!r}"[:22], "∂[**]/∂h = 3 · h² = ",
                 "∂[sqrt]/∂[**] = 1 / (2 · sqrt([**])) = ", "∂y/∂[sigmoid] = -y / [sigmoid] = "):
        assert any(tip.startswith(rule) for tip in tips), (rule, tips)


@settings(deadline=None, max_examples=20)
@given(graphs())
@example((Value(3.0, "x") * 0.5 + 2.0).tanh())
def test_of_a_constant_no_derivative_is_told_for_none_is_found(graph):
    root = getattr(graph, "root", graph)
    shown = contents_of(Graph(root, None, {}, "values"), None, None)[1]
    constants = {box.head.key for box in shown.boxes if box.head.constant}
    for arrow in shown.arrows:
        if arrow.tail in constants:
            assert arrow.text == "" and "is a constant" in arrow.tooltip and "∂" not in arrow.tooltip
