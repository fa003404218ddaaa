"""An SVG made inert."""
from __future__ import annotations

from html import escape
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as some

from engine.picture.drawing import ALLOWED, SHAPES, inert
from tests.engine.picture.test_dot_text import HOSTILE

FORBIDDEN = ["script", "style", "a", "foreignObject", "image", "use", "animate", "iframe", "set"]
names = some.sampled_from([*SHAPES, *FORBIDDEN])
keys = some.sampled_from([*ALLOWED, "onclick", "onload", "style", "href", "xlink:href", "src", "class", "id", "begin"])
texts = some.one_of(some.sampled_from([text for text in HOSTILE if text.isprintable()]), some.text("ab<>&\"' 1:;()"))
elements = some.recursive(
    some.tuples(names, some.dictionaries(keys, texts, max_size=4), texts).map(lambda parts: (*parts, [])),
    lambda inner: some.tuples(names, some.dictionaries(keys, texts, max_size=4), texts, some.lists(inner, max_size=3)),
    max_leaves=8)


def spelled(element):
    name, attributes, text, inside = element
    given = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{given}>{escape(text)}{''.join(map(spelled, inside))}</{name}>"


@given(some.lists(elements, max_size=3))
def test_whatever_came_in_only_allowed_things_come_out(inside):
    start = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    root = ElementTree.fromstring(inert(f"{start}{''.join(map(spelled, inside))}</svg>".encode()))
    for element in root.iter():
        assert element.tag.split("}")[1] in (*SHAPES, "title")
        assert set(element.attrib) <= {*ALLOWED, "class", "data-key"}
        assert element.get("class", "box") in ("box", "arrow", "number", "slope")


@given(texts)
def test_texts_stay_as_they_are(text):
    root = ElementTree.fromstring(inert(f"<svg><text>{escape(text)}</text></svg>".encode()))
    assert (root[0].text or "") == text


def test_boxes_numbers_and_arrows_are_marked():
    svg = '<svg><g id="n1"><g id="a_n1"><g id="a_n1v"/><g id="a_n1r2d"/></g></g><g id="e7"/><g id="n1x"/></svg>'
    marks = [(g.get("class"), g.get("data-key")) for g in ElementTree.fromstring(inert(svg.encode())).iter()]
    assert [mark for mark in marks if mark[0]] == [("box", "n1"), ("number", "n1"), ("slope", "n1"), ("arrow", "e7")]
