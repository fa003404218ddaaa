"""draw: what one asks for, what comes back."""
from __future__ import annotations

import base64
import os
import re
import threading
import urllib.request
import webbrowser

import graphviz
import pytest

from engine import PictureError, Value, dot, draw, fsum
from engine.picture import contents, rendering, viewing
from tests.engine.picture import drawing
from tests.engine.picture.lesson import flower, parameters
from tests.engine.picture.test_rendering import STARTS


@pytest.fixture
def CE():
    loss = flower("Setosa", parameters())
    loss.backward()
    return loss


def test_it_is_a_graphviz_digraph_and_says_how_to_go_on(CE):
    picture = draw(CE)
    assert isinstance(picture, graphviz.Digraph) and picture.boxes == 26
    assert repr(picture) == '<picture of 26 boxes: .save("graph.svg") writes it, .view() opens it>'
    picture.node("note", "by hand")
    assert "note" in picture.source


@drawing
@pytest.mark.parametrize("form", STARTS)
def test_it_is_saved_in_the_format_of_its_ending(CE, tmp_path, form):
    path = draw(CE, detail="path", wrt=CE).save(tmp_path / f"loss.{form}")
    with open(path, "rb") as file:
        assert file.read().startswith(STARTS[form])


@pytest.mark.parametrize("form", ["dot", "gv"])
def test_dot_text_is_saved_as_it_is(CE, tmp_path, form):
    picture = draw(CE)
    with open(picture.save(tmp_path / f"loss.{form}"), encoding="utf-8") as file:
        assert file.read() == picture.source


@pytest.mark.parametrize("name", ["loss", "loss.txt", "loss.jpeg"])
def test_other_endings_are_refused(CE, tmp_path, name):
    with pytest.raises(PictureError, match="a picture is saved as svg, png, pdf, dot, gv, not as"):
        draw(CE).save(tmp_path / name)
    assert os.listdir(tmp_path) == []


@drawing
def test_render_and_pipe_work_as_in_graphviz(CE, tmp_path):
    picture = draw(CE)
    path = picture.render("loss", tmp_path, format="png", cleanup=True)
    assert path == os.path.join(tmp_path, "loss.png") and os.listdir(tmp_path) == ["loss.png"]
    picture.render("loss", tmp_path, format="svg")
    assert sorted(os.listdir(tmp_path)) == ["loss", "loss.png", "loss.svg"]
    assert picture.pipe("svg").decode() == picture.pipe("svg", encoding="utf-8")


def test_a_failed_render_leaves_nothing(CE, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(rendering, "find_spec", lambda name: None)
    for call in (lambda picture: picture.render("loss", tmp_path), lambda picture: picture.save(tmp_path / "loss.svg")):
        with pytest.raises(PictureError, match="install Graphviz"):
            call(draw(CE))
    assert os.listdir(tmp_path) == []


@drawing
def test_a_notebook_shows_it(CE):
    shown = draw(CE)._repr_mimebundle_()
    assert "<svg" in shown["image/svg+xml"] and "26 boxes" in shown["text/plain"]
    assert base64.b64decode(shown["image/png"]).startswith(b"\x89PNG")


@drawing
@pytest.mark.parametrize("theme, follows", [("light", True), ("both", True), ("dark", False)])
def test_in_a_notebook_it_follows_the_readers_theme_and_the_pages_width(CE, theme, follows):
    svg = draw(CE, theme=theme)._repr_mimebundle_()["image/svg+xml"]
    assert ("prefers-color-scheme: dark" in svg) == follows
    assert re.search(r'<svg style="max-width: [\d.]+pt; height: auto" width="100%"\s+viewBox=', svg)


def test_a_notebook_without_graphviz_says_why(CE, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(rendering, "find_spec", lambda name: None)
    assert "install Graphviz" in draw(CE)._repr_mimebundle_()["text/plain"]


@drawing
def test_a_picture_that_follows_its_reader(CE):
    assert b"prefers-color-scheme: dark" in draw(CE, theme="both").pipe("svg")
    assert draw(CE, theme="both").pipe("png").startswith(b"\x89PNG")
    assert draw(CE, theme="dark").source != draw(CE, theme="both").source == draw(CE, theme="light").source


@drawing
def test_it_opens_in_the_browser_from_memory(CE, monkeypatch, tmp_path):
    fetched = []

    def browser(url):
        threading.Thread(target=lambda: fetched.append(urllib.request.urlopen(url).read())).start()
        return True

    monkeypatch.setattr(webbrowser, "open", browser)
    draw(CE).view()
    while not fetched:
        pass
    assert fetched[0].startswith(b"<?xml")


@pytest.mark.parametrize("found, sentence", [(False, "there is no browser here"), (True, "no browser fetched it")])
def test_without_a_browser_there_is_a_sentence(monkeypatch, found, sentence):
    monkeypatch.setattr(webbrowser, "open", lambda url: found)
    with pytest.raises(PictureError, match=sentence):
        viewing.show(b"", "text/html", 0.3)


def test_unlabelled_values_take_the_callers_names():
    weight, bias = Value(2.0), Value(1.0)
    result = (weight * 3 + bias).tanh()
    source = draw(result).source
    assert all(f">{name}</FONT>" in source for name in ("weight", "bias", "result"))
    assert ">weight<" not in draw(result, names={}).source and ">q<" in draw(result, names={"q": weight}).source
    assert weight.label == bias.label == result.label == ""


@pytest.mark.parametrize("call, error, sentence", [
    (lambda v: draw(3.0),                    TypeError,  r"draw\(root, wrt\) needs Values; it got a float"),
    (lambda v: draw(v, "b3"),                TypeError,  r"draw\(root, wrt\) needs Values; it got a str"),
    (lambda v: draw(v, detail="all"),        ValueError, r"detail=\) is one of 'auto', 'values'.* it got 'all'"),
    (lambda v: draw(v, theme="pink"),        ValueError, r"theme=\) is one of 'light', 'dark', 'both'; it got 'pink'"),
    (lambda v: draw(v, direction="up"),      ValueError, r"direction=\) is one of 'LR', 'TB', 'RL', 'BT'; it got 'up'"),
    (lambda v: draw(v, depth=-1),            ValueError, r"depth=\) is a whole number from 0 on, or None; it got -1"),
    (lambda v: draw(v, limit=0.5),           ValueError, r"limit=\) is a whole number from 1 on, or None; it got 0.5"),
    (lambda v: draw(v, names=["p"]),         TypeError,  r"names= maps names to Values, .* it got \['p'\]"),
    (lambda v: draw(v, detail="path"),       ValueError, r'detail="path"\) shows the path to one value'),
])
def test_what_cannot_be_drawn_is_refused(CE, call, error, sentence):
    with pytest.raises(error, match=sentence):
        call(CE)


def chain(n):
    v = Value(0.5, "x")
    for _ in range(n):
        v = v.tanh()
    return v


def test_too_many_boxes_are_refused_before_any_are_made(monkeypatch):
    monkeypatch.setattr(contents, "grouped_contents", None)
    ways = r'detail="names" \(.*, once .*\), wrt=, detail="path" \(.*\), depth=3 .*, limit=1001; or .*table'
    with pytest.raises(PictureError, match=f"1,001 boxes, more than limit=300; draw less: {ways}"):
        draw(chain(1000), detail="values", names={})
    v = chain(400)
    with pytest.raises(PictureError, match=r'more than limit=300; draw less: detail="names" \([^)]*\), wrt=, detail='):
        draw(v * v, detail="values")


def test_ways_out_that_lead_nowhere_are_not_named():
    every = [v := Value(0.5, "x")] + [v := v.tanh() for _ in range(400)]
    names = {f"v{i}": v for i, v in enumerate(every)}
    for detail in ("path", "names"):
        with pytest.raises(PictureError) as caught:
            draw(v, every[0], detail=detail, names=names)
        assert f'detail="{detail}"' not in str(caught.value)
    with pytest.raises(PictureError) as caught:
        draw(chain(4000), detail="values")
    assert "limit=4" not in str(caught.value)        # nobody waits for Graphviz that long


def test_a_huge_graph_is_refused_before_it_is_folded(monkeypatch):
    monkeypatch.setattr(contents, "LARGE", 100)
    v = chain(101)
    with pytest.raises(PictureError, match="this graph has 102 values, too many to fold into boxes; draw what"):
        draw(v, names={})
    assert draw(v, v.parents[0], detail="path").boxes == 2 and draw(v, limit=None).boxes == 102 - 1


def test_there_are_ways_out():
    v = chain(1000)
    assert draw(v, limit=None, detail="values").boxes == draw(v, limit=1001, detail="values").boxes == 1001
    assert draw(v, depth=3, detail="values").boxes == 4
    assert draw(v, v.parents[0], detail="path").boxes == 2
    assert draw(v * v, names={"v": v}, detail="names").boxes == 2


def test_auto_shows_every_operation_up_to_sixty_boxes_then_names():
    assert draw(chain(60), names={}).boxes == 60
    v = chain(100)
    assert draw(v * v, names={"v": v}).boxes == 2
    assert draw(chain(100), names={}).boxes == 100
    xs = [Value(n) for n in range(1, 10)]            # few boxes, but too many arrows to follow
    ys = [dot(xs, [n] * 9).tanh() for n in range(16)]
    assert draw(fsum(ys), names={"x": xs, "y": ys}).boxes == 9 + 16 + 1


def test_a_graph_before_backward_and_a_single_leaf():
    a = Value(2.0, "a")
    assert "∂ –" in draw(a).source and draw(a).boxes == 1
    assert "has not run" in draw(a * a).source
