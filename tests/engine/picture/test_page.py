"""The step-through page, as a file and in a real browser."""
from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from engine import Value, fsum
from engine.graph import postorder
from engine.picture import page, rendering, walkthrough
from engine.picture.colours import COLOURS
from engine.testing import graphs
from tests.engine.picture import drawing
from tests.engine.picture import chromium
from tests.engine.picture.lesson import flower, parameters
from tests.engine.picture.test_colours import contrast
from tests.engine.picture.test_dot_text import HOSTILE, labels

browsing = pytest.mark.skipif(not chromium.available(), reason="neither chromium nor chromedriver is here")


class Reader(HTMLParser):
    """The tags of a page, and its texts."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.texts.append(data)


def label_terms(loss):
    """A loss whose terms have names, so that each is a cluster."""
    for i, term in enumerate(loss.parents):
        term.label = f"L{i}"
    return loss


def lesson():
    w = parameters()
    CE = flower("Setosa", w)
    return walkthrough(CE, w["b3"], live=False)


@settings(deadline=None, max_examples=30)
@given(graphs(), some.lists(labels, min_size=1, max_size=6))
def test_no_label_adds_a_tag_or_ends_the_data(graph, texts):
    for v, text in zip(postorder(graph.root), texts):
        v.label = text
    made = walkthrough(graph.root, live=False, title=texts[0], names={})
    made.source = ""                                 # the drawing has tests of its own
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "rendered", lambda source, form: b"<svg/>")
        read = Reader(made.html)
    active = [tag for tag, _ in read.tags if tag in ("script", "style", "iframe", "img", "b")]
    assert active == ["style", "script", "script"]
    steps = json.loads(read.texts[next(i for i, text in enumerate(read.texts) if text.startswith('[{"backward"'))])
    assert [step["lines"] for step in steps] == [list(step.lines) for step in made.steps]


def test_the_page_needs_no_network_and_runs_only_its_own_script():
    html = lesson().html
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy
    assert not re.search(r"""(src|href)\s*=\s*["']?(http|//)|url\(|@import""", html)


def test_without_graphviz_there_are_the_steps_and_a_sentence(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(rendering, "find_spec", lambda name: None)
    html = lesson().html
    assert "install Graphviz" in html and "<svg" not in html and '<details id="all" open>' in html


@drawing
def test_a_notebook_shows_it_in_an_isolated_frame():
    shown = lesson()._repr_html_()
    (tag, attributes), = Reader(shown).tags
    assert "</iframe>\nWhere no page is shown above, .save(&quot;graph.html&quot;) writes it" in shown
    assert tag == "iframe" and attributes["sandbox"] == "allow-scripts" and attributes["srcdoc"].startswith("<!DOCTYPE")


def test_it_says_how_to_go_on(tmp_path):
    made = lesson()
    assert repr(made) == '<page of 54 steps: .save("graph.html") writes it, .open() opens it>'
    assert made.save(tmp_path / "a.html") == str(tmp_path / "a.html")
    with pytest.raises(ValueError, match="walkthrough goes through every box"):
        walkthrough(Value(1.0), detail="path")
    with pytest.raises(TypeError, match=r"walkthrough\(root, wrt\) needs Values"):
        walkthrough(3.0)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return "file://" + lesson().save(tmp_path_factory.mktemp("page") / "lesson.html")


WHERE = "return document.getElementById('where').textContent"


@browsing
@drawing
class TestInChromium:
    def test_it_opens_without_a_message_or_a_request(self, browser, place):
        browser.open(place)
        assert browser.run(WHERE) == "Forward 1 / 27"
        assert browser.log() == [] and browser.requests() == [place]

    def test_keys(self, browser, place):
        browser.open(place)
        for keys, where in [(["ArrowRight"], "Forward 2 / 27"), (["ArrowRight"] * 3, "Forward 5 / 27"),
                            (["ArrowLeft"], "Forward 4 / 27"), (["End"], "Backward 27 / 27"),
                            (["Home"], "Forward 1 / 27"), (["ArrowLeft"], "Forward 1 / 27")]:
            browser.press(*keys)
            assert browser.run(WHERE) == where
        browser.press(" ")
        assert browser.run("return document.getElementById('play').textContent") == "Pause"
        browser.press(" ")
        assert browser.run("return document.getElementById('play').textContent") == "Play"
        assert browser.log() == []

    def test_buttons_and_slider(self, browser, place):
        browser.open(place)
        browser.click("#next")
        browser.click("#next")
        browser.click("#back")
        assert browser.run(WHERE) == "Forward 2 / 27"
        browser.run("const s = document.getElementById('slider'); s.value = 30; s.dispatchEvent(new Event('input'))")
        assert browser.run(WHERE) == "Backward 3 / 27"
        browser.run("document.getElementById('slider').focus()")
        browser.press("ArrowRight")
        assert browser.run(WHERE) == "Backward 4 / 27"

    def test_a_click_on_a_box_goes_there_and_again_to_its_other_half(self, browser, place):
        browser.open(place)
        browser.click(".box[data-key=n14] text")
        assert browser.run(WHERE) == "Forward 14 / 27"
        browser.click(".box[data-key=n14] text")
        assert browser.run(WHERE) == "Backward 14 / 27"
        browser.run("document.querySelector('.box[data-key=n6]').focus()")
        browser.press("Enter")
        assert browser.run(WHERE) == "Backward 22 / 27"

    def test_deep_links(self, browser, place):
        browser.open(f"{place}#33")
        assert browser.run(WHERE) == "Backward 6 / 27"
        browser.run("location.hash = '#2'")
        later = f"return new Promise(done => setTimeout(() => done((() => {{ {WHERE} }})()), 100))"
        assert browser.run(later) == "Forward 2 / 27"
        browser.press("ArrowRight")
        assert browser.run("return location.hash") == "#3"
        browser.open(f"{place}#nonsense")
        assert browser.run(WHERE) == "Forward 1 / 27"

    def test_numbers_appear_as_they_are_found(self, browser, place):
        visible = "return [...document.querySelectorAll(arguments[0])].filter(cell => " \
                  "getComputedStyle(cell).visibility === 'visible').map(cell => cell.textContent.trim())"
        browser.open(f"{place}#1")
        assert browser.run(visible, ".number") == ["0.04"] and browser.run(visible, ".slope") == []
        browser.open(f"{place}#28")
        assert "1.891" in browser.run(visible, ".number") and browser.run(visible, ".slope") == ["∂ 1"]
        browser.press("End")
        assert len(browser.run(visible, ".slope")) == 27 + 14

    def test_an_arrow_has_its_number_forward_and_its_colour_backward(self, browser, place):
        look = "const [text, path] = ['text', 'path'].map(name => getComputedStyle(document.querySelector(" \
               "`.arrow[data-key=${arguments[0]}] ${name}`))); return [text.visibility, path.stroke, path.strokeWidth]"
        browser.prefer(motion="reduce")              # no width in between
        looks = []
        for step in (1, 2, 3, 53, 54, 12):
            browser.open(f"{place}#{step}")
            looks.append(browser.run(look, "e1"))
        grey, now = COLOURS["grey line"][0], "#6a35d4"
        assert [hexadecimal(stroke) for _, stroke, _ in looks] == [grey, now, grey, grey, now, grey]
        assert [visible for visible, *_ in looks] == ["hidden", *["visible"] * 5]
        assert looks[2][2] == "1px" != looks[4][2]
        browser.open(f"{place}#54")
        assert hexadecimal(browser.run(look, "e2")[1]) == COLOURS["orange line"][0]
        browser.prefer()

    def test_on_a_telephone_it_can_be_read_and_follows_the_step(self, browser, place):
        browser.tools("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=True)
        browser.open(f"{place}#20")
        drawing, shown, page = browser.run("const svg = document.querySelector('svg'); return ["
                                           "svg.width.baseVal.value, svg.clientWidth, document.body.scrollWidth]")
        left, right = browser.run("const place = document.querySelector('.box.now').getBoundingClientRect(); "
                                  "return [place.left, place.right]")
        browser.tools("Emulation.clearDeviceMetricsOverride")
        assert shown == pytest.approx(drawing, abs=1) and 0 <= left < right <= 400 == page

    @pytest.mark.parametrize("width", [390, 800, 1280])
    def test_the_legend_is_seen_whole_below_the_drawing(self, browser, place, width):
        browser.tools("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        browser.open(place)
        texts = browser.run("return [...document.querySelectorAll('#legend li')].map(line => line.innerText)")
        ends = browser.run("return [...document.querySelectorAll('#legend li')].map(line => "
                           "line.getBoundingClientRect()).map(place => [place.left, place.right, place.top])")
        below = browser.run("return document.getElementById('main').getBoundingClientRect().bottom")
        browser.tools("Emulation.clearDeviceMetricsOverride")
        assert "on an arrow: × its local derivative" in texts and "blue, ∂ < 0: raising it lowers CE" in texts
        assert all(0 <= left < right <= width and top >= below for left, right, top in ends) and below < 800
        assert "local derivative" not in browser.run("return document.querySelector('svg').textContent")

    def test_no_line_of_a_label_is_there_before_the_label(self, browser, place):
        look = ("return [...document.querySelectorAll('.arrow')].map(arrow => [...arrow.querySelectorAll("
                "'text, polyline')].map(part => getComputedStyle(part).visibility))")
        browser.open(f"{place}#5")
        each = [{*seen} for seen in browser.run(look) if seen]
        assert {"visible"} in each and {"hidden"} in each and all(len(seen) == 1 for seen in each)

    @pytest.mark.parametrize("width", [390, 800, 1280])
    def test_every_text_has_twelve_pixels_and_the_header_a_fifth_of_a_wide_screen(self, browser, place, width):
        browser.tools("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        for step in (1, 28, 42, 54):
            browser.open(f"{place}#{step}")
            sizes, header = browser.run(SIZES)
            assert min(sizes) > 11.99 and (width < 1280 or header <= 160)
        browser.tools("Emulation.clearDeviceMetricsOverride")

    def test_it_is_zoomed_by_buttons_and_by_the_wheel_about_the_pointer(self, browser, place):
        width = "return document.querySelector('svg').clientWidth"
        browser.open(place)
        whole = browser.run(width)
        browser.click("#more")
        assert browser.run(width) == pytest.approx(1.25 * whole, abs=1)
        browser.run("document.getElementById('main').dispatchEvent(new WheelEvent('wheel', {deltaY: 100, clientX: 300, "
                    "clientY: 400, cancelable: true}))")
        assert browser.run(width) < 1.25 * whole
        browser.click("#fit")
        assert browser.run("const main = document.getElementById('main'); return [main.scrollWidth - main.clientWidth, "
                           "main.scrollHeight - main.clientHeight]") == [0, 0]
        assert browser.log() == []

    def test_the_answer_is_not_given_away_at_the_start(self, browser, place):
        says = "return [...document.querySelectorAll('header')].map(part => part.innerText).join()"
        browser.open(place)
        assert "-0.8491" not in browser.run(says)
        browser.open(f"{place}#42")
        assert "∂CE/∂p · ∂p/∂z1 · ∂z1/∂b3 = (-6.62783) · (0.128115) · (1) = -0.8491" in browser.run(says)

    def test_a_share_does_not_tell_the_whole_before_its_last_step(self, browser, tmp_path):
        w, u = Value(0.5, "w"), Value(0.25, "u")
        loss = fsum([(w * x + u - 1.0) ** 2 * Value(1.0, f"weight{i}") for i, x in enumerate((0.2, 0.9, 1.5))])
        made = walkthrough(label_terms(loss), live=False, detail="folded", names={})
        path = made.save(tmp_path / "shares.html")
        texts = "return [...document.querySelectorAll('.slope text')].map(text => text.textContent)"
        browser.open(f"file://{path}#1")
        assert [text for text in browser.run(texts) if "share" in text]
        assert not [text for text in browser.run(texts) if " of " in text]
        browser.open(f"file://{path}#{len(made.steps)}")
        assert [text for text in browser.run(texts) if " of " in text]

    def test_it_can_be_heard_and_seen(self, browser, place):
        browser.open(place)
        assert browser.run("const now = document.getElementById('now'); return [now.getAttribute('aria-live'), "
                           "now.getAttribute('role'), now.innerText]") == ["polite", "status", "petal = 0.04, given"]
        browser.press("Tab", "Tab")
        assert browser.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert browser.run("return document.querySelectorAll('#all li').length") == 54

    @pytest.mark.parametrize("step", [12, 54])
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_every_text_has_contrast(self, browser, place, scheme, step):
        browser.prefer(scheme)
        browser.open(f"{place}#{step}")
        browser.run("document.getElementById('all').open = true")
        pairs = browser.run(GROUNDS)
        browser.prefer()
        assert len(pairs) > 100
        assert min(contrast(hexadecimal(text), hexadecimal(ground)) for text, ground in pairs) >= 4.5
        assert (max(contrast("#000000", hexadecimal(ground)) for _, ground in pairs) > 15) == (scheme == "light")

    def test_motion_is_reduced_where_that_is_asked_for(self, browser, place):
        duration = "return getComputedStyle(document.querySelector('.box path')).transitionDuration"
        browser.open(place)
        assert browser.run(duration) == "0.15s"
        browser.prefer(motion="reduce")
        assert browser.run(duration) == "0s"
        browser.prefer()

    def test_in_print_all_numbers_are_there_and_no_buttons(self, browser, place):
        browser.open(place)
        browser.prefer("dark", medium="print")
        assert browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(254, 254, 254)"
        assert browser.run("return [...document.querySelectorAll('.number, .slope')].every(cell => "
                           "getComputedStyle(cell).visibility === 'visible')")
        assert browser.run("return getComputedStyle(document.querySelector('.controls')).display") == "none"
        browser.prefer()

    def test_hostile_labels_are_inert(self, browser, tmp_path):
        terms = [Value(1.0, text).exp() for text in HOSTILE]
        for term, text in zip(terms, HOSTILE):
            term.label = text
        made = walkthrough(fsum(terms), title="<img src=x onerror=alert(1)>", live=False, detail="values",
                           names={})
        url = "file://" + made.save(tmp_path / "hostile.html")
        browser.open(url)
        for _ in range(3):
            browser.press("End", "Home", "ArrowRight")
        assert browser.log() == [] and browser.requests() == [url]
        assert browser.run("return document.title") == "<img src=x onerror=alert(1)>"
        assert browser.run("return document.querySelectorAll('img, b, iframe, a').length") == 0
        shown = browser.run("return document.querySelector('svg').textContent")
        assert "<script>alert(1)</script>" in shown and "<b>bold</b>" in shown and "\\N" in shown

    def test_in_the_frame_of_a_notebook(self, browser, tmp_path):
        path = tmp_path / "notebook.html"
        path.write_text(f"<!DOCTYPE html><title>notebook</title>{lesson()._repr_html_()}", encoding="utf-8")
        browser.open(f"file://{path}")
        browser.ask("POST", "/frame", id=0)
        assert browser.run(WHERE) == "Forward 1 / 27"
        browser.click("#next")
        assert browser.run(WHERE) == "Forward 2 / 27" and browser.log() == []


SIZES = """
const svg = document.querySelector("svg"), scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
const drawn = [...svg.querySelectorAll("text")].filter(text => text.textContent.trim())
  .map(text => parseFloat(text.getAttribute("font-size")) * scale);
const others = [...document.querySelectorAll("h1, p, button, label, output, summary, li")]
  .map(text => parseFloat(getComputedStyle(text).fontSize));
return [[...drawn, ...others], document.querySelector("header").getBoundingClientRect().height];
"""

GROUNDS = """
const pairs = [];
const colour = style => [style.fill, style.backgroundColor];
for (const text of document.querySelectorAll("svg text")) {
  const box = text.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
  const shapes = [...document.querySelectorAll("svg polygon, svg path")].filter(shape => {
    const fill = getComputedStyle(shape).fill, place = shape.getBoundingClientRect();
    return fill !== "none" && !shape.closest(".arrow") && text.compareDocumentPosition(shape) & 2
      && place.left <= x && x <= place.right && place.top <= y && y <= place.bottom;
  });
  pairs.push([getComputedStyle(text).fill, getComputedStyle(shapes.at(-1)).fill]);
}
for (const element of document.querySelectorAll("h1, #now p, button, label, #where, summary, li span")) {
  let ground = element;
  while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
  pairs.push([getComputedStyle(element).color, getComputedStyle(ground).backgroundColor]);
}
return pairs;
"""


def hexadecimal(colour):
    return "#" + "".join(f"{int(n):02x}" for n in re.findall(r"\d+", colour)[:3])
