"""DOT text: every label is data, the same graph gives the same text."""
from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from unicodedata import category

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from engine import Value, draw, fsum
from engine.graph import postorder
from engine.picture.dot_text import BIDI, quoted, safe, visible
from engine.testing import graphs
from tests.engine.picture.lesson import TEXTS, flower, parameters, texts

HOSTILE = ["<b>bold</b>", "\\N", "\\", '"', "a|b{c}d", "</TD></TR></TABLE>>]", "&amp;", "]]>", "<!--", "'",
           "\x1b[31m\x00", "\u202eright", "two\nlines", "\ud800", "\uffff", "{}[]();,:", "javascript:alert(1)",
           "重み", "θ", "🙂", "a" * 999, "<script>alert(1)</script>", "%s%n", "${x}", 'label="x"]; b -> c [', "//", "/*",
           "#include", "", " "]
labels = some.one_of(some.sampled_from(HOSTILE), some.text())


@given(labels)
@example("\\\\N\\")
def test_a_label_is_shown_literally(text):
    assert unescape(safe(text).replace("\\\\", "\\")) == visible(text)
    assert not re.search(r"""[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)|(?<!\\)(\\\\)*\\(?!\\)""", safe(text))


@given(labels)
def test_a_quoted_string_ends_where_it_should(text):
    inside = quoted(text)[1:-1]
    assert re.fullmatch(r'([^"\\\n]|\\["\\n])*', inside)


@given(labels)
def test_nothing_invisible_is_left(text):
    assert not any(category(c) in ("Cc", "Cs", "Cn") or c in BIDI for c in visible(text))
    assert len(visible(text)) <= 400


def parsed(source):
    """The picture as Graphviz reads it."""
    pygraphviz = pytest.importorskip("pygraphviz")
    return pygraphviz.AGraph(string=source)


@settings(deadline=None)
@given(graphs(), some.lists(labels, min_size=1, max_size=9), some.sampled_from(["values", "folded", "names", "auto"]))
def test_any_graph_with_any_labels_parses_and_holds_its_boxes_and_arrows(graph, texts, detail):
    order = postorder(graph.root)
    for v, text in zip(order, texts):
        v.label = text
    picture = draw(graph.root, order[0], detail=detail, title=texts[0], names={})
    read = parsed(picture.source)
    assert len(read.nodes()) == picture.boxes
    assert len(read.edges()) == len(re.findall(r"^\tn\d+(?::\w+)* -> ", picture.source, re.MULTILINE))
    assert draw(graph.root, order[0], detail=detail, title=texts[0], names={}).source == picture.source


def test_the_text_is_the_same_in_every_process():
    script = "from tests.engine.picture.lesson import texts; print(texts())"
    found = {subprocess.run([sys.executable, "-c", script], capture_output=True, check=True,
                            env={**os.environ, "PYTHONHASHSEED": seed}).stdout for seed in ("0", "1", "2")}
    assert len(found) == 1


@pytest.mark.parametrize("name", ["names", "folded", "values", "path", "off", "total"])
def test_the_lessons_pictures_are_as_they_were(name):
    assert texts()[name] == (TEXTS / f"{name}.gv").read_text(encoding="utf-8")


def test_directions():
    a = Value(1.0, "a")
    assert "rankdir=TB" in draw(a * 2).source and "rankdir=LR" in draw(a * 2, detail="names").source
    assert "rankdir=BT" in draw(a * 2, direction="BT").source


@pytest.mark.parametrize("terms, direction", [(6, "TB"), (7, "LR"), (40, "LR")])
def test_what_is_wider_than_a_page_goes_left_to_right(terms, direction):
    root = fsum([Value(float(n)).exp() for n in range(terms)])
    assert f"rankdir={direction}" in draw(root, detail="folded", names={}).source


@pytest.mark.parametrize("steps, direction", [(2, "LR"), (6, "TB"), (100, "TB")])
def test_a_long_path_goes_top_to_bottom(steps, direction):
    x = v = Value(0.5)
    for _ in range(steps):
        v = v.tanh()
    assert f"rankdir={direction}" in draw(v, x, detail="path", names={}).source


def test_an_arrow_to_the_row_that_has_its_number_does_not_repeat_it():
    w = parameters()
    CE = flower("Setosa", w)
    sideways, down = (draw(CE, detail="names", direction=direction, names={}).source for direction in ("LR", "TB"))
    assert not re.search(r"-> n\d+:n\d+r1:w .*label=<.*&nbsp;&nbsp;× -0.1&", sideways)
    assert re.search(r"-> n\d+ .*label=<.*&nbsp;&nbsp;× -0.1&", down)


def test_a_part_of_the_path_that_carries_nothing_is_grey_and_not_bold():
    x = Value(-1.0, "x")
    root = x.relu()
    root.backward()
    arrow = next(line for line in draw(root, x, names={}).source.splitlines() if "->" in line)
    assert "style=dashed" in arrow and "<B>" not in arrow


def test_a_value_used_twice_has_two_arrows():
    a = Value(1.0, "a")
    assert len(re.findall(r"n1 -> n2 ", draw(a + a).source)) == 2


def test_arrows_are_as_wide_as_the_root_of_what_they_carry():
    a, b = Value(4.0, "a"), Value(1.0, "b")
    root = a * b
    root.backward()
    widths = re.findall(r"penwidth=([\d.]+)", draw(root, detail="values").source)
    assert widths == ["2.50", "4.00"]                # the gradients 1 and 4


def test_the_legend_is_always_there():
    assert "each box: value and ∂ = ∂L/∂value" in draw(Value(1.0), names={}).source
