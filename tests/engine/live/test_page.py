"""The live page in a real browser: what a hand does, and that every number follows as Python's would."""
from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from engine import PictureError, Value, exp, fsum, log, walkthrough
from engine.errors import FAILURES
from engine.graph import postorder
from engine.paths.cuts import slopes
from engine.testing import graphs
from engine.testing.expression import rebuilt
from engine.text.naming import digits
from demos.names.page import small_step
from tests.engine.picture import chromium
from tests.engine.picture.lesson import flower, parameters, total
from tests.engine.picture.test_colours import contrast
from tests.engine.picture.test_dot_text import HOSTILE
from tests.engine.picture.test_page import hexadecimal

browsing = pytest.mark.skipif(not chromium.available(), reason="neither chromium nor chromedriver is here")
STAGES = 4
AXE = Path(pytest.importorskip("axe_selenium_python").__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


def lesson():
    w = parameters()
    return walkthrough(flower("Setosa", w), w["b3"], names={})


@pytest.fixture(scope="module")
def browser(browser):
    size(browser)
    return browser


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return "file://" + lesson().save(tmp_path_factory.mktemp("live") / "lesson.html")


@pytest.fixture(scope="module")
def sum_place(tmp_path_factory):
    root, b3 = total()
    return "file://" + walkthrough(root, b3, names={}).save(tmp_path_factory.mktemp("live") / "total.html")


def size(browser, width=1280, height=800, mobile=False):
    browser.tools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)


def text(browser, query):
    return browser.run("return [...document.querySelectorAll(arguments[0])].filter(part => part.checkVisibility())"
                       ".map(part => part.textContent.trim())", query)


def number(browser, name, kind=".number:not(.slope)"):
    """A number in the box of that name."""
    return browser.run("return [...document.querySelectorAll('.box')].find(box => arguments[0] === box.querySelector("
                       "'.name').textContent).querySelector(arguments[1]).textContent", name, kind)


def follow(browser, link):
    browser.run("history.replaceState(null, '', '#' + arguments[0]); dispatchEvent(new HashChangeEvent('hashchange'))",
                link)


def violations(browser):
    """What axe finds."""
    return browser.run("return axe.run().then(found => found.violations.map(one => [one.id, "
                       "one.nodes.map(node => node.html.slice(0, 200))]))")


def drag(browser, query, start, end):
    """A finger on a slider from one part of its width to another."""
    x, y, w = browser.run("const part = document.querySelector(arguments[0]); part.scrollIntoView({block: 'center'}); "
                          "const r = part.getBoundingClientRect(); return [r.left, r.top + r.height / 2, r.width]",
                          query)
    for kind, part in ("touchStart", start), ("touchMove", (start + end) / 2), ("touchMove", end):
        browser.tools("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x + w * part, "y": y}])
    browser.tools("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])


def press(browser, query, key):
    browser.run("document.querySelector(arguments[0]).focus()", query)
    browser.press(key)


def button(browser, says, detail=0):
    browser.run("const says = b => [b.textContent, b.getAttribute('aria-label')].includes(arguments[0]); "
                "[...document.querySelectorAll('button')].find(b => b.checkVisibility() && says(b)).dispatchEvent("
                "new MouseEvent('click', {bubbles: true, detail: arguments[1]}))".replace(
                    "arguments[0]", json.dumps(says)).replace("arguments[1]", str(detail)))


def test_a_page_says_what_it_is_and_what_it_cannot_be():
    w = parameters()
    CE, stranger = flower("Setosa", w), Value(1.0, "stranger")
    assert repr(walkthrough(CE, w["b3"])) == '<live page of 7 boxes: .save("graph.html") writes it, .open() opens it>'
    with pytest.raises(ValueError, match=r"CE does not depend on stranger"):
        walkthrough(CE, stranger)
    with pytest.raises(ValueError, match="a page that steps has one wrt"):
        walkthrough(CE, [w["b3"], w["w5"]], live=False)
    with pytest.raises(ValueError, match=r"a live page folds.*walkthrough\(root, live=False, detail='names'\)"):
        walkthrough(CE, w["b3"], detail="names")
    with pytest.raises(PictureError, match=r"more than limit=3.*live=False"):
        walkthrough(CE, w["b3"], limit=3)
    long = Value(1.0, "x")
    for _ in range(6000):
        long = long + 1.0
    with pytest.raises(PictureError, match="a live page moves at most 5,000.*live=False"):
        walkthrough(long)


def test_one_box_is_no_boxes():
    a = Value(2.0, "a")
    assert repr(walkthrough(a, names={})).startswith("<live page of 1 box:")


def test_it_needs_no_network_and_runs_only_its_own_script():
    html = lesson().html
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy
    assert not re.search(r"""(src|href)\s*=\s*["']?(http|//)|url\(|@import|\beval\(|new Function""", html)
    assert len(html) < 500_000


def test_no_two_files_of_the_script_have_a_name_in_common():
    script = lesson().html.partition('<script>"use strict";')[2]
    names = re.findall(r"^(?:function|class|const|let) (\w+)", script, re.MULTILINE)
    assert len(names) > 100 and len(names) == len({*names})


# What is too small for a finger: its class, what it says
SMALL = """
const found = [];
for (const part of document.querySelectorAll('button, input, select, summary, [role=button]')) {
  const {width, height} = (part.querySelector('.ground, rect.hit') ?? part).getBoundingClientRect();
  const hit = part.matches('.arrow') && getComputedStyle(part.querySelector('.hit'));
  const even = hit && parseFloat(hit.strokeWidth) * (hit.vectorEffect === 'non-scaling-stroke');
  const size = hit ? even : Math.min(width, height);
  if (size < 43.9 && part.checkVisibility() && getComputedStyle(part).pointerEvents !== 'none')
    found.push([part.getAttribute('class'), part.getAttribute('aria-label') ?? part.textContent]);
}
return found"""

# The arrows' labels whose ink meets another's or a box, and the size of the smallest text
TOUCHING = """
const labels = [...document.querySelectorAll('.graph .factor')].filter(part => part.textContent), found = [];
const parts = [...labels, ...document.querySelectorAll('.graph .ground')];
const places = parts.map(part => part.getBoundingClientRect());
const meet = (a, b) => a.left < b.right - 2 && b.left < a.right - 2 && a.top < b.bottom - 6 && b.top < a.bottom - 6;
labels.forEach((label, i) => places.forEach((place, j) => {
  if (j <= i || !meet(places[i], place)) return;
  found.push([label, parts[j]].map(part => part.closest('[aria-label]').ariaLabel));
}));
const svg = document.querySelector('.graph'), scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
const sizes = [...document.querySelectorAll('.graph text')].map(text => parseFloat(getComputedStyle(text).fontSize));
return [found, scale * Math.min(...sizes)]"""

# How many clicks on arrows were tried, and those that opened another's card than a key does
MEANT = """
const wrong = [], title = document.querySelector.bind(document, '.card h2');
let tried = 0;
for (const arrow of document.querySelectorAll('.arrow')) for (const part of [0.1, 0.5, 0.9]) {
  arrow.scrollIntoView({block: 'center', inline: 'center'});
  const line = arrow.querySelector('.line'), at = line.getPointAtLength(line.getTotalLength() * part);
  const {x, y} = at.matrixTransform(line.getScreenCTM()), under = document.elementFromPoint(x, y);
  const lines = document.elementsFromPoint(x, y).filter(part => part.matches('.line'));
  if (!under?.closest('.arrow') || under.closest('.snip') || lines.length > 1) continue;      // a crossing
  tried += 1;
  under.dispatchEvent(new MouseEvent('click', {bubbles: true, clientX: x, clientY: y}));
  const told = title().textContent, close = document.querySelector('.card .close');
  close.click();
  arrow.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'}));
  if (told !== title().textContent) wrong.push([arrow.dataset.arrow, told]);
  close.click();
}
return [tried, wrong]"""


@browsing
class TestInChromium:
    def test_the_first_screen(self, browser, place):
        browser.open(place)
        assert browser.log() == [] and browser.requests() == [place]
        assert len(text(browser, ".box")) == 7 and number(browser, "CE") == "1.891"
        assert text(browser, ".cell, .factor:not(:empty), .tangent, .turn, .descend") == []
        page = browser.run("const {scrollWidth: w, scrollHeight: h} = document.documentElement; return [w, h]")
        assert page == [1280, 800]
        assert browser.run("return document.querySelector('.bar').offsetHeight") <= 56
        size(browser, 390, 844, True)
        browser.open(place)
        wide, end = browser.run("return [document.documentElement.scrollWidth, "
                                "document.querySelector('footer').getBoundingClientRect().bottom]")
        size(browser)
        assert wide == 390 and end <= 740

    def test_each_stage_shows_one_thing_more(self, browser, place):
        shown = []
        browser.open(place)
        for _ in range(STAGES):
            marks = ".tangent", ".cell", ".turn", ".descend", ".legend span"
            shown.append([len(text(browser, query)) for query in marks])
            if len(shown) < STAGES:
                browser.click("#next")
        assert shown == [[0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 4, 1, 0, 5], [1, 7, 1, 1, 5]]
        browser.open(place)
        browser.click("#everything")
        assert len(text(browser, ".descend")) == 1 and browser.log() == []

    def test_a_number_moves_by_mouse_keys_touch_and_typing(self, browser, place):
        browser.open(f"{place}#stage=3")
        button(browser, "Show")
        button(browser, "b3 higher", 1)
        assert number(browser, "b3") == "-1.9"
        press(browser, ".hands input[type=range]", "ArrowLeft")
        assert number(browser, "b3") == "-2" and number(browser, "b3", ".slope") == "-0.8491"
        x, y, w = browser.run("const r = document.querySelector('.hands input').getBoundingClientRect(); "
                              "return [r.left, r.top + r.height / 2, r.width]")
        path = [{"type": "pointerMove", "x": int(x + w / 2), "y": int(y)}, {"type": "pointerDown", "button": 0},
                {"type": "pointerMove", "x": int(x + w * 0.75), "y": int(y)}, {"type": "pointerUp", "button": 0}]
        browser.ask("POST", "/actions", actions=[{"type": "pointer", "id": "mouse", "actions": path}])
        assert -1.0 < float(number(browser, "b3")) < -0.2
        drag(browser, ".hands input[type=range]", 0.75, 0.5)
        assert float(number(browser, "b3")) == pytest.approx(-2.0, abs=0.3)
        browser.run("const t = document.querySelector('.hands input[type=text]'); t.value = '−1.2268'; "
                    "t.dispatchEvent(new Event('change'))")
        later = "return new Promise(done => setTimeout(() => done(location.hash), 600))"
        assert number(browser, "b3") == "-1.227" and browser.run(later) == "#b3=-1.2268&stage=3"
        browser.click("#reset")
        assert number(browser, "b3") == "-2" and browser.log() == []

    def test_any_number_opens_a_card_and_can_be_moved_there(self, browser, place):
        browser.open(f"{place}#stage=4&open=all")
        press(browser, ".row", "Enter")
        assert text(browser, ".card h2") == ["w1"] and text(browser, ".card .digits") == ["-2.5"]
        button(browser, "w1 lower", 1)
        assert text(browser, ".card .digits") != ["-2.5"]
        press(browser, ".card input", "Escape")
        assert text(browser, ".card") == [] and browser.run("return document.activeElement.dataset.leaf") is not None

    def test_the_rule_behind_an_arrow_in_names_in_numbers_and_the_product(self, browser, place):
        browser.open(f"{place}#stage=3")
        press(browser, ".arrow[aria-label^='arrow from z1 to p']", "Enter")
        assert not re.search(r"0\.128|-6\.6|-0\.849", " ".join(text(browser, ".card, .note, .graph")))
        button(browser, "Show")
        assert text(browser, ".card h2") == ["∂p/∂z1"]
        assert text(browser, ".card .lines p") == ["= p · (1 - p)", "= 0.150879 · (1 - 0.150879)", "= 0.128115",
                                                   "∂CE/∂p × this = (-6.62783) × 0.128115 = -0.8491"]
        assert text(browser, ".note span") == ["∂CE/∂b3 = (-6.62783) · (0.128115) · (1) = -0.8491"]

    def test_numbers_are_hidden_until_the_reader_has_answered(self, browser, place):
        browser.open(f"{place}#stage=3")
        told = r"0\.128|-6\.6|-0\.849|derivative of CE by it -"
        says = "return [document.body.innerText, ...[...document.querySelectorAll('[aria-label]')].map(part => " \
               "part.getAttribute('aria-label'))].join()"
        press(browser, ".box[aria-label^='p ']", "Enter")
        assert not re.search(told, browser.run(says))
        assert {*text(browser, ".cell ~ .slope")} == {"?"} == {one[-1] for one in text(browser, ".way .factor")}
        browser.press("Escape")
        for typed in "1 - p", "p - 1":
            browser.run("document.querySelector('.turn input').value = arguments[0]", typed)
            button(browser, "Check")
            assert number(browser, "b3", ".slope") == ("?" if typed == "1 - p" else "-0.8491")

    @pytest.mark.parametrize("asked, typed, says", [
        ("∂p/∂z1", "p·(1−p)", "Right: ∂p/∂z1"), ("∂p/∂z1", "p", "one path only"), ("∂CE/∂p", "-1/p", "Right: ∂CE/∂p"),
        ("∂CE/∂p", "1/p", "sign turned"), ("∂z1/∂b3", "1", "Right: ∂z1/∂b3")])
    def test_a_factor_may_be_typed_as_well(self, browser, place, asked, typed, says):
        browser.open(f"{place}#stage=3")
        browser.run("const which = document.querySelector('.turn select'); which.value = arguments[0]; "
                    "which.dispatchEvent(new Event('change')); "
                    "document.querySelector('.turn input').value = arguments[1]", asked, typed)
        button(browser, "Check")
        assert says in text(browser, ".verdict")[0]

    def test_a_cut_arrow_takes_its_paths_share_and_the_tangent_misses(self, browser, place):
        browser.open(f"{place}#stage=4&open=p")
        press(browser, ".arrow[aria-label^='arrow from #27 to #29'], .arrow[aria-label*=' to #']", "Enter")
        assert "b3" in text(browser, ".hand-name") and number(browser, "b3", ".slope") == "-0.8491"
        button(browser, "✂ Cut this arrow")
        assert number(browser, "b3", ".slope") == "-1" and text(browser, ".arrow.cut .factor") == ["× 1"]
        assert "-0.8491, it touches; what is left -1, it misses" in text(browser, ".note span")[0]
        assert browser.run("return document.querySelectorAll('.legend .dashed').length") == 1
        button(browser, "Join again")
        assert number(browser, "b3", ".slope") == "-0.8491" and browser.log() == []

    def test_by_touch_every_target_is_as_large_as_a_finger(self, browser, place):
        size(browser, 390, 844, True)
        browser.tools("Emulation.setTouchEmulationEnabled", enabled=True)
        try:
            browser.open(f"{place}#stage=4&open=all")
            assert browser.run(SMALL) == []
            x, y = browser.run("const row = document.querySelector('.row'); row.scrollIntoView({block: 'center'}); "
                               "const r = row.getBoundingClientRect(); "
                               "return [r.left + r.width / 2, r.top + r.height / 2]")
            browser.tools("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
            browser.tools("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
            numbers = text(browser, ".card .numbers button")     # the box's card has its rows
            assert numbers and all(re.fullmatch(r"\S+ -?[0-9.]+", shown) for shown in numbers)
            button(browser, numbers[0])
            assert text(browser, ".card h2") == [numbers[0].split()[0]] and text(browser, ".card .hand-row")
        finally:
            browser.tools("Emulation.setTouchEmulationEnabled", enabled=False)
            size(browser)

    @pytest.mark.parametrize("width", [1280, 800, 390])
    @pytest.mark.parametrize("shown", ["the lesson", "the lesson, open", "attention"])
    def test_no_label_lies_on_another_or_on_a_box_and_none_is_small(self, browser, place, tmp_path, shown, width):
        size(browser, width, 844, width < 500)
        if shown == "attention":
            read, query = small_step()
            place = "file://" + walkthrough(read, query, names={}).save(tmp_path / "attention.html")
        browser.open(f"{place}#stage=4{'&open=all' * shown.endswith('open')}")
        touching, small = browser.run(TOUCHING)
        assert touching == []
        assert small >= 11.99

    def test_of_arrows_that_lie_close_the_nearest_is_meant(self, browser, place):
        size(browser)
        browser.open(f"{place}#stage=4&open=all")
        tried, wrong = browser.run(MEANT)
        assert tried > 30 and wrong == []

    def test_boxes_open_and_close_in_place(self, browser, place):
        browser.open(f"{place}#stage=3")
        press(browser, ".box[aria-label^='z2']", "Enter")
        assert "h1" in text(browser, ".box .name") and len(text(browser, ".frame")) == 1
        press(browser, ".frame .close", "Enter")
        assert len(text(browser, ".box")) == 7
        follow(browser, "stage=4&open=all")
        assert len(text(browser, ".box")) == 27
        button(browser, "Close all boxes")
        assert len(text(browser, ".box")) == 7

    @pytest.mark.parametrize("width", [1280, 390])
    def test_a_box_stays_where_it_was_as_it_opens_and_closes(self, browser, place, width):
        size(browser, width, 844, width < 500)
        browser.open(f"{place}#stage=4")
        spot = "const {right, left, top, bottom} = [...document.querySelectorAll('.box')].find(box => /^p /.test(" \
               "box.getAttribute('aria-label'))).querySelector('.ground').getBoundingClientRect(); return " + \
               ("[right, (top + bottom) / 2]" if width > 500 else "[(left + right) / 2, bottom]")
        before = browser.run(spot)
        press(browser, ".box[aria-label^='p ']", "Enter")
        button(browser, "Open p")
        opened = browser.run(spot), len(text(browser, ".frame"))
        press(browser, ".frame .close", "Enter")
        assert opened == (pytest.approx(before, abs=2), 1) and browser.run(spot) == pytest.approx(before, abs=2)
        size(browser)

    def test_inputs_are_drawn_as_data_and_are_never_stepped(self, browser, tmp_path):
        w, x = Value(0.5, "w"), Value(2.0, "x")
        loss = (w * x - 3.0) ** 2
        loss.label = "loss"
        browser.open("file://" + walkthrough(loss, w, names={}).save(tmp_path / "data.html") + "#stage=4&open=all")
        assert browser.run("return [...document.querySelectorAll('.given')].map(part => part.textContent)")[0] == "x2"
        assert "given: can be moved, is never stepped" in text(browser, ".legend span")
        button(browser, "Descend")
        assert number(browser, "w") != "0.5" and text(browser, ".row.given .number") == ["2"]

    def test_scissors_on_the_arrow(self, browser, place):
        browser.open(f"{place}#stage=4&open=p")
        press(browser, ".arrow[aria-label*=' to #']", "Delete")
        assert number(browser, "b3", ".slope") == "-1"
        browser.click(".arrow.cut .snip .sign")
        assert number(browser, "b3", ".slope") == "-0.8491" and text(browser, ".card") == []

    def test_terms_without_names_are_told_apart_at_their_curves(self, browser, tmp_path):
        w = Value(0.5, "w")
        loss = fsum([(w * x - y) ** 2 for x, y in ((1.0, 2.0), (2.0, 1.0), (3.0, 5.0))])
        browser.open("file://" + walkthrough(loss, w, names={}).save(tmp_path / "terms.html"))
        assert sorted(text(browser, ".term-name")) == ["term 1", "term 2", "term 3"]

    def test_descent(self, browser, sum_place):
        browser.open(f"{sum_place}#stage=4")
        for _ in range(3):
            button(browser, "Descend")
        rows = browser.run("return [...document.querySelectorAll('.trail tbody tr')].map(row => "
                           "[...row.children].map(cell => cell.textContent))")
        assert rows == [["0", "-2", "2.666", "-0.7732"], ["1", "-1.227", "2.142", "-0.5645"],
                        ["2", "-0.6623", "1.884", "-0.335"], ["3", "-0.3273", "1.8", "-0.1666"]]
        browser.click("#reset")
        button(browser, "mean")
        button(browser, "Descend")
        assert number(browser, "b3") == "-1.742" and len(text(browser, ".term-name")) == 3
        assert text(browser, ".trail th") == ["step", "b3", "mean total", "∂(mean total)/∂b3"]
        assert text(browser, ".trail td")[:4] == ["0", "-2", "0.8886", "-0.2577"]
        curve = "return document.querySelector('.curve').getAttribute('aria-label')"
        assert browser.run(curve).startswith("mean total against b3: at -1.742 it is 0.8246; its slope there")
        assert text(browser, ".curve > g > .name") == ["mean total", "b3"]
        browser.click("#reset")
        assert text(browser, ".trail td") == ["0", "-2", "2.666", "-0.7732"]

    def test_a_nudge(self, browser, place):
        browser.open(f"{place}#stage=2")
        for size_, told in (("+0.01", "-0.008491, CE changes by -0.008485"), ("+1", "-0.8491, CE changes by -0.7695")):
            button(browser, size_)
            assert f"the tangent says {told}" in text(browser, ".note span")[0]

    @pytest.mark.parametrize("typed, says", [
        ("p − 1", "Right"), ("-1/p · p·(1−p)", "Right"), ("1 - p", "sign turned"), ("-1", "one path only"),
        ("p - 3", "incomplete"), ("p - 2", "where p = "), ("q", "no name here"), ("p +", "breaks off")])
    def test_your_turn(self, browser, place, typed, says):
        browser.open(f"{place}#stage=3")
        browser.run("const t = document.querySelector('.turn input'); t.value = arguments[0]", typed)
        button(browser, "Check")
        assert says in text(browser, ".verdict")[0]

    def test_steps_use_the_numbers_as_they_are_now(self, browser, place):
        browser.open(f"{place}#b3=-1.227&step=14&stage=3")
        assert text(browser, ".steps output") == ["Backward 7 / 7"]
        assert text(browser, ".now-lines p")[-1].endswith(f"= {number(browser, 'b3', '.slope')}")
        press(browser, "body", "Home")
        browser.press("ArrowRight", "ArrowRight")
        assert text(browser, ".steps output") == ["Forward 2 / 7"]
        assert text(browser, ".now-lines p") == ["b3 = -1.227, given"]
        assert number(browser, "CE", ".slope") == ""

    def test_what_cannot_be_stops_there_and_says_why_as_python_does(self, browser, tmp_path):
        w, x = Value(0.5, "w"), Value(2.0, "x")
        y = log(w) + exp(x) / 3.0
        y.label = "y"
        browser.open("file://" + walkthrough(y, [w, x], names={}).save(tmp_path / "log.html"))
        for link, act in (("w=-1", lambda: log(Value(-1.0, "w"))), ("w=0", lambda: log(Value(0.0, "w"))),
                          ("x=800", lambda: exp(Value(800.0, "x")))):
            follow(browser, link)
            with pytest.raises(FAILURES) as error:
                act()
            assert text(browser, ".trouble") == [str(error.value)]
        assert browser.log() == []

    def test_where_there_is_no_slope_it_says_so_as_python_does(self, browser, tmp_path):
        x = Value(1.0, "x")
        y = x.sqrt()
        y.label = "y"
        browser.open("file://" + walkthrough(y, x, names={}).save(tmp_path / "root.html"))
        follow(browser, "x=0&stage=3")
        assert text(browser, ".trouble") == ["y has no finite slope where x is 0.0, and a gradient of 1 reaches it; "
                                             "keep x away from there"]

    @settings(max_examples=10, deadline=None, suppress_health_check=[*HealthCheck],
              phases=[Phase.explicit, Phase.generate])
    @given(graphs(leaves=3, size=8), st.lists(st.lists(st.floats(-3.0, 3.0), min_size=3, max_size=3), min_size=20,
                                              max_size=20))
    def test_after_random_moves_every_number_is_pythons(self, browser, tmp_path, graph, moves):
        made = walkthrough(graph.root, names={})
        url = "file://" + made.save(tmp_path / "graph.html")
        browser.open(url)
        heads = [data["head"] for data in made.data.content["boxes"]]
        nodes, keys = made.data.recording.nodes, made.data.key
        moved = [{v: Value(x) for v, x in zip(graph.leaves, numbers)} for numbers in moves]
        links = ["&".join([f"{keys(v)}={x.data!r}" for v, x in leaves.items()]) + "&stage=4" for leaves in moved]
        for leaves, (trouble, boxes) in zip(moved, browser.run(SHOWN, links)):
            try:
                found = again(graph.root, leaves)
            except FAILURES:
                assert trouble
                continue
            back = slopes(found[graph.root])
            assert boxes
            for box, *shown in boxes:
                v = found[nodes[heads[box]]]
                wanted = [v.data, back.get(v, 0.0)]
                assert all(map(said, shown, wanted)), (shown, wanted)
        assert browser.log() == [] and browser.requests() == [url]

    @pytest.mark.parametrize("x", [5e-324, -1e-310, 1e-30, 1.7e308, -1e305])
    def test_the_smallest_and_the_largest_numbers_have_a_slider_and_a_curve(self, browser, tmp_path, x):
        leaf = Value(x, "x")
        made = walkthrough(leaf * 1.0, leaf, names={})
        browser.open("file://" + made.save(tmp_path / "end.html") + "#stage=4")
        low, high, at = browser.run("const {min, max, value} = document.querySelector('.hands input'); "
                                    "return [min, max, value].map(Number)")
        assert low <= x <= high and low < high and at == x
        button(browser, "Descend")
        assert browser.log() == []

    def test_many_quiet_boxes_that_go_into_the_same_ones_are_one(self, browser, tmp_path):
        w, xs = Value(0.5, "w"), [Value(0.1 * i, f"x{i}") for i in range(1, 6)]
        h = [x.tanh() for x in xs]
        for i, v in enumerate(h):
            v.label = f"h{i + 1}"
        y = fsum([w, *h])
        loss = y.sigmoid()
        y.label, loss.label = "y", "loss"
        made = walkthrough(loss, w, names={})
        browser.open("file://" + made.save(tmp_path / "wide.html"))
        assert text(browser, ".box .name") == ["w", "5 others", "y", "loss"]
        press(browser, ".box[aria-label^='5 others']", "Enter")
        assert {"h1", "h5"} < {*text(browser, ".box .name")} and number(browser, "h2") == digits(h[1].data)
        press(browser, ".frame .close", "Enter")
        assert len(text(browser, ".box")) == 4 and browser.log() == []

    def test_a_long_way_without_names_is_one_box_at_first_with_its_leaves_as_rows(self, browser, tmp_path):
        w, u, s = Value(0.5, "w"), Value(0.1, "u"), Value(0.2, "s0")
        for i in range(30):
            s = (w * s + u * (1 + i % 3)).tanh()
        s.label = "s"
        browser.open("file://" + walkthrough(s, w, names={}).save(tmp_path / "steps.html"))
        assert text(browser, ".box .name") == ["w", "s"] and sorted(text(browser, ".row .op")) == ["s0", "u"]
        press(browser, ".box[aria-label^='s']", "Enter")
        assert browser.log() == []

    @pytest.mark.parametrize("width", [1280, 800, 390])
    def test_what_is_moved_is_in_sight_at_first(self, browser, tmp_path, width):
        w, xs = Value(0.5, "w"), [Value(0.1 * i, f"x{i}") for i in range(1, 12)]
        hs = [(w * x).tanh() for x in xs]
        for i, h in enumerate(hs, 1):
            h.label = f"h{i}"
        loss = fsum([h * x for h, x in zip(hs, xs)])
        loss.label = "loss"
        page = walkthrough(loss, w, names={}).save(tmp_path / "wide.html")
        size(browser, width, mobile=width < 760)
        browser.open(f"file://{page}")
        own, place = [browser.run("const {left, right, top, bottom} = document.querySelector(arguments[0])"
                                  ".getBoundingClientRect(); return [left, right, top, bottom]", query)
                      for query in (".box[data-box='0']", "#drawing")]
        size(browser)
        assert place[0] <= own[0] and own[1] <= place[1] and place[2] <= own[2] and own[3] <= place[3]

    def test_hostile_labels_are_inert(self, browser, tmp_path):
        terms = [Value(1.0, text).exp() for text in HOSTILE]
        for term, words in zip(terms, HOSTILE):
            term.label = words
        made = walkthrough(fsum(terms), title="<img src=x onerror=alert(1)>", names={})
        url = "file://" + made.save(tmp_path / "hostile.html")
        browser.open(url)
        for stage in range(1, STAGES + 1):
            follow(browser, f"stage={stage}")
        press(browser, ".box", "Enter")
        assert browser.log() == [] and browser.requests() == [url]
        assert browser.run("return document.querySelectorAll('img, iframe, a').length") == 0
        assert "<script>alert(1)</script>" in browser.run("return document.querySelector('.graph').textContent")

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_axe_finds_nothing_at_any_stage(self, browser, place, scheme):
        browser.prefer(scheme)
        browser.open(place)
        browser.run(AXE.read_text(encoding="utf-8"))
        for link in ("", "stage=2", "stage=3&step=9", "stage=4", "stage=4&open=p", "stage=4&open=all"):
            follow(browser, link)
            assert violations(browser) == [], link
            pairs = browser.run(GROUNDS)
            assert min(contrast(hexadecimal(ink), hexadecimal(ground)) for ink, ground in pairs) >= 4.5, link
        browser.prefer()

    def test_what_a_listener_hears(self, browser, place):
        browser.open(f"{place}#stage=3")
        button(browser, "Show")
        assert browser.run("return document.querySelector('.box[aria-label^=p]').getAttribute('aria-label')") == \
            "p 0.1509, ÷; derivative of CE by it -6.628; from z1 and z2 and z3; goes into CE; can be opened"
        assert browser.run("return document.querySelector('.hands input').getAttribute('aria-valuetext')") == \
            "b3 -2, CE 1.891"
        press(browser, ".box[aria-label^=b3]", "ArrowRight")
        browser.press("ArrowRight")
        assert browser.run("return document.activeElement.getAttribute('aria-label')").startswith("p 0.1509")
        said = "return new Promise(done => setTimeout(() => done(document.getElementById('said').textContent), 600))"
        assert browser.run(said) == "b3 -2, CE 1.891, derivative of CE by b3 -0.8491"
        heights = browser.run("return [...document.querySelectorAll('button, input, summary')].filter(part => "
                              "part.checkVisibility()).map(part => part.getBoundingClientRect().height)")
        assert min(heights) >= 44

    def test_in_the_frame_of_a_notebook_in_print_and_without_motion(self, browser, tmp_path, place):
        path = tmp_path / "notebook.html"
        path.write_text(f"<!DOCTYPE html><title>notebook</title>{lesson()._repr_html_()}", encoding="utf-8")
        browser.open(f"file://{path}")
        browser.ask("POST", "/frame", id=0)
        button(browser, "b3 higher", 1)
        assert number(browser, "b3") == "-1.9" and browser.log() == []
        browser.open(place)
        browser.prefer("dark", medium="print")
        assert browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(254, 254, 254)"
        browser.prefer(motion="reduce")
        assert browser.run("return getComputedStyle(document.querySelector('.line')).transitionDuration") == "0s"
        browser.prefer()


def again(root, leaves):
    """Each value of a graph on other leaves."""
    found = dict(leaves)
    for v in postorder(root):
        if v not in found:
            found[v] = rebuilt(v, found)
    return found


def said(shown, wanted):
    """Whether a text is a number to the digits shown; what rounding takes from 0 is 0."""
    around = [digits(wanted * (1 + part)) for part in (0.0, 1e-10, -1e-10)]
    return shown in around or abs(float(shown) - wanted) < 1e-12


SHOWN = """
return arguments[0].map(link => {
  history.replaceState(null, "", "#" + link);
  dispatchEvent(new HashChangeEvent("hashchange"));
  const kinds = [".number:not(.slope):not(.small)", ".slope"], boxes = [...document.querySelectorAll(".box")];
  return [document.getElementById("trouble").textContent, boxes.map(box => [
    Number(box.dataset.box), ...kinds.map(kind => box.querySelector(kind).textContent)])];
});
"""
GROUNDS = """
const pairs = [];
for (const text of document.querySelectorAll(".graph .box text:not(:empty)")) {
  const place = text.getBoundingClientRect(), x = place.x + place.width / 2, y = place.y + place.height / 2;
  const shapes = [...text.parentElement.closest(".box").querySelectorAll("rect, path")].filter(shape => {
    const {fill} = getComputedStyle(shape), {left, right, top, bottom} = shape.getBoundingClientRect();
    return !/none|rgba/.test(fill) && left <= x && x <= right && top <= y && y <= bottom;
  });
  pairs.push([getComputedStyle(text).fill, getComputedStyle(shapes.at(-1)).fill]);
}
return pairs;
"""
