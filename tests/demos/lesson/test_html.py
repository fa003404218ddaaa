"""The lesson's page in a real browser: its numbers are the engine's, and each wrong idea fails where it is tried."""
import re
from base64 import b64decode

import pytest

from demos.lesson.html import FLOWERS, LessonPage
from demos.lesson.network import NUMBERS, SPECIES, flower, parameters
from demos.lesson.page import DESCENT, is_rounded
from engine import derivative, fsum
from engine.text.naming import digits
from tests.engine.live.test_page import AXE, button, drag, follow, number, press, size, text, violations
from tests.engine.picture import chromium

browsing = pytest.mark.skipif(not chromium.available(), reason="neither chromium nor chromedriver is here")
STAGES = ["Move", "Slope", "Backward", "Two paths", "Other flowers", "Sum and descend", "The whole network"]


@pytest.fixture(scope="module")
def html():
    return LessonPage().html


@pytest.fixture(scope="module")
def place(html, tmp_path_factory):
    path = tmp_path_factory.mktemp("lesson") / "lesson.html"
    path.write_text(html, encoding="utf-8")
    return f"file://{path}"


@pytest.fixture(scope="module")
def browser(browser):
    size(browser)
    return browser


def visit(browser, place, link):
    """The page at a link; not loaded anew where it is open."""
    if browser.run("return location.href").split("#")[0] != place:
        browser.open(place)
    follow(browser, link)


def move(browser, b3):
    """b3 typed into its slider, as a hand would leave it."""
    browser.run("const range = document.querySelector('.hands input[type=range]'); range.value = arguments[0]; "
                "range.dispatchEvent(new Event('input'))", b3)


def table(browser, query):
    return browser.run("return [...document.querySelectorAll(arguments[0] + ' tbody tr')].map(row => "
                       "[...row.children].map(cell => cell.textContent))", query)


def descend(browser, times=1, rate=None):
    if rate is not None:
        browser.run("const t = document.querySelector('.descent input'); t.value = arguments[0]; "
                    "['input', 'change'].forEach(kind => t.dispatchEvent(new Event(kind)))", str(rate))
    for _ in range(times):
        button(browser, "Descend")


def typed(browser, words):
    browser.run("document.querySelector('.turn input').value = arguments[0]", words)
    button(browser, "Check")


def guess(browser, b3):
    browser.run("document.querySelector('.guess-row input').value = arguments[0]", b3)
    button(browser, "Check")


def opened(browser, title):
    browser.run("[...document.querySelectorAll('.activities details')].forEach(part => { part.open = "
                "part.firstChild.textContent.startsWith(arguments[0]); })", title)


def tab(browser, query):
    """Tab until something has the focus, from the beginning of the page."""
    before = browser.run(BEFORE, query)
    browser.press(*["Tab"] * max(1, before - 4))
    for _ in range(12):
        if browser.run("return document.activeElement.matches(arguments[0])", query):
            return
        browser.press("Tab")
    raise AssertionError(f"no Tab leads to {query}")


def heard(browser):
    """The nodes of the accessibility tree: role, name, value."""
    nodes = browser.tools("Accessibility.getFullAXTree")["nodes"]
    return [tuple(str(node.get(key, {}).get("value", "")) for key in ("role", "name", "value")) for node in nodes
            if not node["ignored"]]


# How many controls stand before one; the beginning of the page has the focus
BEFORE = """
document.body.tabIndex = -1;
document.body.focus();
document.body.removeAttribute("tabindex");
const all = [...document.querySelectorAll("button, input, select, summary, [tabindex]")];
const seen = all.filter(part => part.checkVisibility({visibilityProperty: true}));
return seen.findIndex(part => part.matches(arguments[0]));
"""
# Texts that lie on one another, on a panel that is not theirs, or on a line of a curve; the page's width
OVERLAPS = """
const texts = [], found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const meet = (a, b) => Math.min(Math.min(a.right, b.right) - Math.max(a.left, b.left),
                                Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)) > 1.5;
for (let node; (node = walk.nextNode());) {
  const host = node.parentElement, says = node.data.trim();
  if (!says || host.closest("script, style, select, .heard, .snip, .trail tbody") ||
      !host.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
  const range = document.createRange(), inside = host.closest(".activities")?.getBoundingClientRect();
  range.selectNodeContents(node);
  const places = host.ownerSVGElement ? [host.getBoundingClientRect()] : range.getClientRects();
  for (const {left, right, top, bottom} of places) {
    const scale = host.getScreenCTM?.().a ?? 1, high = 0.8 * parseFloat(getComputedStyle(host).fontSize) * scale;
    const middle = (top + bottom) / 2, place = {left, right, top: middle - high / 2, bottom: middle + high / 2};
    if (!inside || bottom <= inside.bottom) texts.push({node, host, says, ...place});
  }
}
texts.forEach((one, i) => texts.slice(0, i).forEach(other => {
  if (one.node !== other.node && meet(one, other)) found.push([other.says, one.says]);
}));
for (const panel of document.querySelectorAll(".factors, .paths, .turn, .guess-row, .hands, .graph .ground")) {
  if (!panel.checkVisibility()) continue;
  const place = panel.getBoundingClientRect(), own = panel.matches(".ground") ? panel.parentNode : panel;
  for (const text of texts) if (!own.contains(text.host) && meet(place, text)) found.push([own.className, text.says]);
}
for (const path of document.querySelectorAll(".curve .tangent, .curve .touches, .curve .root, .curve .term")) {
  if (!path.checkVisibility()) continue;
  const points = Array.from({length: 200}, (_, i) => path.getPointAtLength(path.getTotalLength() * i / 199)
    .matrixTransform(path.getScreenCTM()));
  for (const text of texts.filter(text => text.host.matches(".measure, .term-name") &&
      text.host.ownerSVGElement === path.ownerSVGElement)) {
    const crosses = ({x, y}) => meet({left: x - 1, right: x + 1, top: y - 1, bottom: y + 1}, text);
    if (points.some(crosses)) found.push([path.className.baseVal, text.says]);
  }
}
return [found, document.documentElement.scrollWidth];
"""
# The width of the page, the drawing's and its room, the least height of a letter
PHONE = """
const drawing = document.getElementById("drawing"), query = "svg text, p, b, span, td, th, button";
const seen = [...document.querySelectorAll(query)].filter(part => part.checkVisibility() && part.textContent.trim());
return [document.documentElement.scrollWidth, drawing.scrollWidth, drawing.clientWidth, Math.min(...seen.map(part =>
  parseFloat(getComputedStyle(part).fontSize) * (part.getScreenCTM ? part.getScreenCTM().a : 1)))];
"""
# The same with what zooms it
SMALLEST = """
return Math.min(...[...document.querySelectorAll("svg text, p, b, span, td, th, caption, button")].filter(part =>
  part.checkVisibility() && part.textContent.trim()).map(part =>
  parseFloat(getComputedStyle(part).fontSize) * (part.getScreenCTM ? part.getScreenCTM().a : part.currentCSSZoom)));
"""


def engine(name, b3):
    """A flower's probabilities, its loss and its derivative by b3, by the engine."""
    w = parameters({**NUMBERS, "b3": b3})
    CE, p = flower(name, w)
    return [v.data for v in p], CE.data, derivative(CE, w["b3"]).data


def test_it_is_one_small_file_that_needs_no_network(html):
    assert len(html.encode()) < 500_000
    assert not re.search(r"""(src|href)\s*=\s*["']?(http|//)|url\(|@import|\beval\(|new Function""", html)


def test_no_two_parts_of_the_script_have_a_name_in_common(html):
    script = html.partition('<script>"use strict";')[2]
    names = re.findall(r"^(?:function|class|const|let) (\w+)", script, re.MULTILINE)
    assert len(names) > 140 and len(names) == len({*names})


def test_its_network_is_the_lessons():
    w = parameters()
    losses = [flower(name, w).root for name in FLOWERS]
    assert is_rounded("2.6659385", fsum(losses).data)
    assert is_rounded("-0.7732010", derivative(fsum(losses), w["b3"]).data)


def test_every_box_and_rule_is_in_the_readers_names():
    data = LessonPage().data({})
    pages = [*data["flowers"].values(), *data["whole"].values(), data["total"], *data["stable"].values()]
    for page in pages:
        says = page["called"] + [box["name"] + box["formula"] for box in page.get("boxes", [])]
        assert not [text for text in [*says, *page.get("rules", {}).values()] if "#" in text]
        assert "from the hidden layer" not in page["called"]


@browsing
class TestInChromium:
    def test_the_first_screen(self, browser, place):
        browser.open(place)
        assert browser.log() == [] and browser.requests() == [place]
        assert text(browser, "h1, #ask, #next") == ["How does b3 change the loss of this flower?",
                                                    "Drag b3. What happens to p_setosa, and to CE?", "How fast? →"]
        assert [text.split(" ", 1)[1] for text in text(browser, ".stage")] == STAGES
        assert text(browser, ".cell, .tangent, .turn, .legend span, .descend, table, li") == []
        assert [text for text in text(browser, ".hands input, .hands button")] == [""]
        page = browser.run("const {scrollWidth: w, scrollHeight: h} = document.documentElement; return [w, h]")
        assert page == [1280, 800] and browser.run("return document.querySelector('.bar').offsetHeight") == 56
        size(browser, 390, 844, True)
        browser.open(place)
        wide, end = browser.run("return [document.documentElement.scrollWidth, "
                                "document.querySelector('footer').getBoundingClientRect().bottom]")
        size(browser)
        assert wide == 390 and end <= 740

    @pytest.mark.parametrize("b3", [-2, -3.3, 0, 1.25])
    def test_every_number_is_the_engines(self, browser, place, b3):
        visit(browser, place, f"b3={b3}&stage=5")
        for name, row in zip(FLOWERS, table(browser, ".observed-table")):
            p, CE, slope = engine(name, b3)
            assert row == [name, *[f"{x:.4f}" for x in (p[SPECIES.index(name)], p[0], slope)]]
            button(browser, name, 1)
            move(browser, b3)
            assert number(browser, "CE") == digits(CE) and number(browser, "b3", ".slope") == digits(slope)
            assert text(browser, ".bars .number") == [*map(digits, p)]
        assert browser.log() == []

    def test_stage_1_move(self, browser, place):
        browser.open(place)
        move(browser, 0)
        p, CE, _ = engine("Setosa", 0)
        assert number(browser, "p_setosa") == digits(p[0]) and text(browser, ".prose .live")[1] == digits(CE)
        assert text(browser, ".act") == ["Your turn Done: at b3 = 0 CE is 0.5662."]
        words = {"CE": "cross-entropy", "log": "base e", "exp": "to the power z", "softmax": "divided by the sum"}
        for word, says in words.items():                         # by the mouse or by keys, and in the boxes
            browser.run("document.querySelector(`.prose [data-word=${arguments[0]}]`).focus()", word)
            browser.press("Tab", "ArrowLeft")                    # as keys do it
            browser.run("document.querySelector(`.prose [data-word=${arguments[0]}]`).focus()", word)
            assert says in text(browser, "[role=tooltip]")[0]
        browser.press("Escape")
        assert text(browser, "[role=tooltip]") == []
        browser.run("document.querySelector('.box.opens.quiet').dispatchEvent(new MouseEvent('click'))")
        assert text(browser, ".card h2, [aria-current]") == ["from the hidden layer", "1 Move"]
        assert "Open it: stage 7, The whole network" in text(browser, ".card button")
        assert "from from" not in str(heard(browser))

    def test_stage_2_slope(self, browser, place):
        visit(browser, place, "stage=2")
        button(browser, "+0.01", 1)
        assert "the tangent says -0.008491, CE changes by -0.008485" in text(browser, ".note span")[0]
        move(browser, 0.1)
        assert text(browser, ".act")[0].startswith("Your turn Done: at b3 = 0.1 the slope is -0.40") and \
            len(text(browser, ".tangent")) == 1

    def test_stage_3_backward(self, browser, place):
        visit(browser, place, "stage=3")
        rows = ["−1 / p_setosa-6.62783", "p_setosa · (1 − p_setosa)0.128115", "1, for b3 is only added1",
                "product = p_setosa − 1-0.849121"]
        assert text(browser, ".factor-row") == rows
        assert text(browser, ".factor-scale text") == ["1", "9", "25", "49"]
        typed(browser, "p - 1")
        assert text(browser, ".turn .verdict") == ["p is no name here; write p_setosa or p_versicolor or p_virginica"]
        for words, says in {"": "nothing is typed yet", "-0.85": "-0.85 is its number here; write it in names",
                            "3": "Not yet: at these numbers, ∂CE/∂b3 is -0.849121"}.items():
            typed(browser, words)
            assert says in text(browser, ".turn .verdict")[0]
        typed(browser, "q")                                      # told are names in view, none of the hidden layer
        assert text(browser, ".turn .verdict")[0].endswith("p_setosa, CE, p_versicolor, p_virginica")
        wide = "return [...document.querySelectorAll('.factor-row rect')].map(bar => bar.width.baseVal.value)"
        before = browser.run(wide)
        move(browser, 1)
        after = browser.run(wide)
        assert after[0] < before[0] and after[1] > before[1] and after[2] == before[2]
        browser.click(".factors button")
        assert text(browser, ".cancelled") == ["p_setosa"] * 2
        assert text(browser, ".cancel-line")[0].endswith("= p_setosa − 1")
        button(browser, "Virginica", 1)
        assert text(browser, ".factor-row")[-1].startswith("product = p_setosa")
        assert text(browser, ".factor-row")[1].startswith("−p_virginica · p_setosa")
        typed(browser, "p_setosa")                               # though the loss of a Virginica does not hold it
        assert text(browser, ".turn .verdict") == ["Right: ∂CE/∂b3 = p_setosa"]
        browser.run("document.querySelector('.factors button').click()")

    def test_stage_4_two_paths(self, browser, place):
        visit(browser, place, "stage=4")
        assert text(browser, ".path-row b") == ["0.1509", "-0.0228", "0.1281"]
        browser.click("[data-path=sum]")
        assert number(browser, "b3", ".slope") == "-1" and "it misses" in text(browser, ".note span")[0]
        named = "const cut = document.querySelector('[data-path=sum]'); return [cut.ariaLabel, cut.ariaPressed]"
        assert browser.run(named) == ["cut the path in the sum", "true"]             # pressed: it is cut
        browser.click("[data-path=sum]")
        browser.click("[data-path=direct]")
        assert number(browser, "b3", ".slope") == "0.1509" and text(browser, ".path-row b")[-1] == "-0.0228"

    def test_stage_6_sum_and_descend(self, browser, place):
        visit(browser, place, "stage=6")
        ghosts = browser.run("return Object.fromEntries([...document.querySelectorAll('[data-ghost]')].map(dot => "
                             "[dot.dataset.ghost, Number(dot.dataset.number)]))")
        assert is_rounded("-1.2267990", ghosts["sum"]) and is_rounded("-1.7423", ghosts["mean"])
        assert text(browser, ".pull") == ["-0.8491", "0.0351", "0.0408", "-0.7732", "-0.2577"]
        assert "-0.85 + 0.04 + 0.04 = -0.77, next b3 -1.23" in text(browser, ".aside")[0]
        guess(browser, "x")
        assert text(browser, ".guess-row .verdict") == ["a number is needed here; x is none"]
        button(browser, "mean", 1)
        assert "A step takes the mean: -0.2577" in text(browser, ".prose")[0]
        assert table(browser, ".observed-table")[-1][::3] == ["mean", "-0.2577"]
        assert table(browser, ".trail") == [["0", "-2", digits(2.6659385 / 3), "-0.2577"]]
        descend(browser, 1, 3)
        browser.click("#reset")
        assert browser.run("return document.querySelector('.descent input').value") == "1"
        assert text(browser, ".descent [aria-pressed=true]") == ["sum"]
        assert [row[1] for row in table(browser, ".trail")] == ["-2"]
        descend(browser, 9)
        for row, line in zip(table(browser, ".trail"), DESCENT):
            assert row[1:3] == [digits(float(line["b3"])), digits(float(line["CE"]))]

    def test_with_the_mean_the_curve_is_the_means(self, browser, place):
        visit(browser, place, "stage=6")
        drawn = "const box = query => document.querySelector('.sums .curve ' + query).getBBox(); " \
                "const [root, dot] = [box('.root'), box('.dot')]; return [root.y + root.height, dot.y + dot.height / 2]"
        said = "return document.querySelector('.sums .curve').getAttribute('aria-label')"
        assert browser.run(said) == "CE against b3: at -2 it is 2.666; its slope there is -0.7732"
        button(browser, "mean", 1)
        assert browser.run(said) == "mean CE against b3: at -2 it is 0.8886; its slope there is -0.2577"
        assert text(browser, ".sums .curve .name") == ["mean CE", "b3"] and "their mean" in text(browser, "#ask")[0]
        guess(browser, "-0.0316529585")                          # the same place is lowest: the dot is there
        least, dot = browser.run(drawn)
        assert dot == pytest.approx(least, abs=0.5)
        assert browser.run(OVERLAPS) == [[], 1280]

    @pytest.mark.parametrize("name", FLOWERS)
    def test_one_flower_alone_pushes_b3_without_end(self, browser, place, name):
        visit(browser, place, f"stage=6&flower={name}")
        ask = "Only this flower pulls on b3. Where does it take it?"
        assert text(browser, "#ask, .pulls .name, .guess-row") == [ask, name, "slope"]
        descend(browser, 10)
        assert "it is never 0." in text(browser, ".act.done")[0]
        assert f"One {name} alone pushes b3 without end" in text(browser, ".rate-says")[0]

    def test_sentences_follow_the_numbers_and_the_flower(self, browser, place):
        def prose():
            return " ".join(text(browser, ".prose"))
        visit(browser, place, "stage=6")
        assert "b3 moves to the right" in prose()
        browser.run("const t = document.querySelector('.descent input'); t.value = '5'; "
                    "t.dispatchEvent(new Event('input'))")                   # the field is not left
        button(browser, "Descend")
        assert float(table(browser, ".trail")[-1][1]) == pytest.approx(1.8658, abs=1e-3)
        assert "b3 moves to the left" in prose()
        guess(browser, "-0.0316666")
        assert "add up to 0, and none of them is 0." in prose()
        move(browser, 1)
        assert "no longer to 0" in prose() and "b3 moves to the left" in prose()
        visit(browser, place, "stage=2")
        move(browser, 0.1)
        assert "Done: at b3 = 0.1 the slope is -0.408, at the start it was -0.8491" in prose()
        move(browser, -4)
        assert "Done" not in prose()
        for stage in 3, 4, 5:
            visit(browser, place, f"stage={stage}&flower=Virginica")
            assert "p_setosa − 1" not in text(browser, "#ask")[0] and "twice" not in prose()

    def test_stage_7_the_whole_network(self, browser, place):
        visit(browser, place, "stage=7")
        w = parameters()
        CE = flower("Setosa", w).root
        for name in "w3", "b4", "b3":
            assert number(browser, name, ".slope") == digits(derivative(CE, w[name]).data)
        before = browser.run("return document.querySelector('.surface').getAttribute('aria-label')")
        move(browser, 1)
        assert browser.run("return document.querySelector('.surface').getAttribute('aria-label')") != before
        assert browser.log() == []

        follow(browser, "stage=7&flower=Virginica")
        press(browser, ".arrow[aria-label^='arrow from w3']", "Enter")
        assert text(browser, ".card .lines p")[0] == "= 0, for it is off"           # not petal, the rule where it is on
        browser.press("Escape")
        orders = {"p_setosa, exp(z_setosa), z_setosa, the sum": "-1 for -0.8491: what reached exp(z_setosa) later",
                  "p_setosa, exp(z_setosa), the sum, exp(z_setosa) again, z_setosa": "-1.849 for -0.8491: some of it",
                  "z_setosa, exp(z_setosa), the sum, p_setosa": "0 for -0.8491: what reached z_setosa, exp(z_setosa)",
                  "p_setosa, the sum, exp(z_setosa), z_setosa": "-0.8491: each is done after all that use it."}
        visit(browser, place, "stage=7")
        for picks, says in orders.items():                       # its own number for each order
            order(browser, picks)
            assert f"In your order b3 gets {says}" in text(browser, ".order-says")[0]

    def test_a_card_closes_where_its_graph_is_left(self, browser, place):
        visit(browser, place, "stage=1")
        press(browser, ".box[aria-label^='the hidden layer']", "Enter")
        assert len(text(browser, ".card")) == 1
        follow(browser, "stage=2")                               # the same graph
        assert len(text(browser, ".card")) == 1
        follow(browser, "stage=7")
        assert text(browser, ".card") == []

    def test_a_phrase_lights_what_it_speaks_of(self, browser, place):
        visit(browser, place, "stage=3")
        browser.run("document.querySelector('[data-light=CE]').focus()")
        lit = "return [...document.querySelectorAll('.lit')].map(part => part.getAttribute('aria-label') ?? '')"
        assert [says.split()[0] for says in browser.run(lit)] == ["CE"]
        browser.run("document.activeElement.blur()")
        assert browser.run(lit) == []

    def test_present(self, browser, place):
        browser.open(place)
        browser.run("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'p'}))")
        high = "return document.documentElement.scrollHeight"
        for stage in range(len(STAGES), 0, -1):
            follow(browser, f"stage={stage}")
            assert browser.run(high) == 800, stage
            assert browser.run(SMALLEST) >= 12, stage
            assert browser.run("return document.querySelector('.nine').currentCSSZoom") == 1
        browser.click("#help")
        top, bottom = browser.run("const {top, bottom} = document.querySelector('.help').getBoundingClientRect(); "
                                  "return [top, bottom]")
        assert 56 <= top and bottom < 800
        browser.press("Escape")
        assert text(browser, ".help") == []
        font = browser.run("const ask = document.querySelector('#ask'); return getComputedStyle(ask).fontSize")
        hidden = "return getComputedStyle(document.querySelector('.prose')).visibility"
        assert font == "28px" and browser.run(hidden) == "hidden"
        for state in "visible", "hidden":
            browser.run("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'PageDown'}))")
            assert browser.run(hidden) == state
        assert text(browser, "[aria-current]") == ["2 Slope"]

    @pytest.mark.parametrize("scheme, width", [("light", 1280), ("dark", 1280), ("light", 390)])
    def test_axe_finds_nothing_at_any_stage(self, browser, place, scheme, width):
        size(browser, width, 844, width < 500)
        browser.prefer(scheme)
        browser.open(place)
        browser.run(AXE.read_text(encoding="utf-8"))
        for stage in range(1, len(STAGES) + 1):
            follow(browser, f"stage={stage}")
            assert violations(browser) == [], stage
        browser.prefer()
        size(browser)

    @pytest.mark.parametrize("width", [1280, 800, 390])
    def test_no_text_lies_on_another(self, browser, place, width):
        size(browser, width, 844, width < 500)
        browser.open(place)
        for stage in range(1, len(STAGES) + 1):
            for b3 in -0.05, 1.9:
                follow(browser, f"b3={b3}&stage={stage}")
                assert browser.run(OVERLAPS) == [[], width], (stage, b3)
            wide, drawing, room, least = browser.run(PHONE)
            assert (wide, drawing <= room, round(least, 1) >= 12) == (width, True, True), (stage, drawing, room, least)
            if stage == 3:
                typed(browser, "p_setosa")
            elif stage in (4, 5):
                browser.run("document.querySelector('[data-path=sum]').click()")
                assert browser.run(OVERLAPS) == [[], width], stage
                browser.run("document.querySelector('.frame .close').dispatchEvent(new MouseEvent('click'))")
            elif stage == 6:
                descend(browser, 8, 4)
                guess(browser, "-0.03165")
                assert width < 1280 or browser.run("return document.documentElement.scrollHeight") == 844
            assert browser.run(OVERLAPS) == [[], width], stage
        size(browser)

    @pytest.mark.parametrize("name", FLOWERS)
    def test_each_flower_fits_a_telephone_open_and_closed(self, browser, place, name):
        size(browser, 390, 844, True)
        browser.open(place)
        for stage in 1, 3, 4, "closed":
            if stage == "closed":
                browser.run("document.querySelector('.frame .close').dispatchEvent(new MouseEvent('click'))")
            else:
                follow(browser, f"stage={stage}&flower={name}")
            wide, drawing, room, _ = browser.run(PHONE)
            assert (wide, drawing, browser.run(OVERLAPS)) == (390, room, [[], 390]), stage
        size(browser)

    def test_a_finger_drags_b3_on_a_telephone(self, browser, place):
        size(browser, 390, 844, True)
        visit(browser, place, "")
        drag(browser, ".hands input", 0.33, 0.7)
        assert float(number(browser, "b3")) == pytest.approx(0.2, abs=0.35)
        size(browser)

    def test_by_keys_alone_each_stage_is_walked_and_its_act_is_done(self, browser, place):
        browser.open(place)
        acts = [
            lambda: self.slide(browser, "ArrowRight", 15),
            lambda: self.slide(browser, "ArrowRight", 22),
            lambda: (tab(browser, ".turn input"), browser.write("p_setosa - 1"), browser.press("Enter")),
            lambda: (tab(browser, "[data-path=sum]"), browser.press("Enter")),
            lambda: (tab(browser, ".arrow[aria-keyshortcuts][aria-label*='to the sum']"), browser.press("Delete")),
            lambda: (tab(browser, ".descend"), browser.press(*["Enter"] * 20)),
            lambda: (tab(browser, ".flowers button:nth-child(3)"), browser.press("Enter"),
                     tab(browser, ".hands [aria-label=w3]"), browser.press("PageDown")),
        ]
        for stage, act in enumerate(acts, 1):
            act()
            if stage != 3:
                assert text(browser, ".act.done"), stage
            assert text(browser, ".stage[aria-current]")[0] == f"{stage} {STAGES[stage - 1]}"
            if stage < len(STAGES):
                tab(browser, "#next")
                browser.press("Enter")
                assert browser.run("return document.activeElement !== document.body"), stage
        assert text(browser, ".box.off .op")[0] == "ReLU, off" and browser.log() == []

    def slide(self, browser, key, times):
        tab(browser, ".hands input[type=range]")
        browser.press(*[key] * times)

    def test_the_accessibility_tree_says_what_a_listener_needs(self, browser, place):
        visit(browser, place, "stage=3")
        nodes = heard(browser)
        named = {role: [name for kind, name, _ in nodes if kind == role] for role in {kind for kind, _, _ in nodes}}
        assert named["heading"] == ["How does b3 change the loss of this flower?",
                                    "Why is the slope exactly p_setosa − 1?"]
        assert named["slider"] == ["b3"] and named["status"]
        assert "p_setosa 0.1509, softmax; derivative of CE by it -6.628; from z_setosa and z_versicolor and " \
               "z_virginica; goes into CE; can be opened" in named["button"]
        assert "arrow from z_setosa to p_setosa: times 0.1281, carries back -0.8491" in named["button"]
        assert any("its slope there is -0.8491" in name for name in named["image"])
        for stage in range(1, len(STAGES) + 1):
            follow(browser, f"stage={stage}")
            acted = "button", "slider", "textbox", "image", "region", "navigation", "combobox"
            assert [node for node in heard(browser) if node[0] in acted and not node[1]] == [], stage

    def test_a_listener_is_told_the_question_of_another_stage(self, browser, place):
        said = "return new Promise(done => setTimeout(() => done(document.getElementById('said').textContent), 600))"
        visit(browser, place, "stage=2")
        browser.run(said)
        browser.click("#next")                                   # the numbers are the same there
        assert browser.run(said) == "Why is the slope exactly p_setosa − 1? b3 -2, CE 1.891, " \
                                    "derivative of CE by b3 -0.8491"
        visit(browser, place, "stage=6")
        button(browser, "mean", 1)
        assert browser.run(said).endswith("b3 -2, mean CE 0.8886, derivative of mean CE by b3 -0.2577")

    @pytest.mark.parametrize("stage", [3, 6, 7])
    def test_it_prints_on_one_side_of_a4_without_its_controls(self, browser, place, stage):
        visit(browser, place, f"stage={stage}")
        printed = browser.tools("Page.printToPDF", preferCSSPageSize=True)["data"]
        assert len(re.findall(rb"/Type /Page\b", b64decode(printed))) == 1
        browser.prefer(medium="print")
        assert text(browser, "input, .next, .scissors, .flowers") == []
        browser.prefer()

    @pytest.mark.parametrize("idea", range(15))
    def test_a_wrong_idea_visibly_fails(self, browser, place, idea):
        name, stage, act, query, says = MISCONCEPTIONS[idea]
        visit(browser, place, f"stage={stage}")
        act(browser)
        assert says in " | ".join(text(browser, query)), name
        assert browser.log() == []


def pick(browser, name):
    browser.run("[...document.querySelectorAll('.order button')].find(b => b.textContent === arguments[0]).click()",
                name)


def twice(browser):
    opened(browser, "Forgetting")
    for _ in range(2):
        button(browser, "backward()", 1)


def thousand(browser):
    opened(browser, "Softmax")
    button(browser, "z_setosa = 1000", 1)


def order(browser, picks):
    opened(browser, "Order")
    button(browser, "Start again", 1)
    for name in picks.split(", "):
        pick(browser, name)


def wrong_order(browser):
    order(browser, "p_setosa, exp(z_setosa), z_setosa, the sum, exp(z_setosa) again, z_setosa again")


def asked(browser, name):
    opened(browser, "What")
    button(browser, name, 1)


def chosen(browser, name):
    button(browser, name, 1)


# The wrong idea, its stage, what the reader does, where the page answers, what it says
MISCONCEPTIONS = [
    ("the p of the loss is the p of its derivative",     5, lambda b: chosen(b, "Virginica"),
     ".observed-table tr[aria-current]", "Virginica0.70540.03510.0351"),
    ("p - 1 is a rule without a reason",                 3, lambda b: b.click(".factors button"),
     ".cancel-line", "p_setosa − 1"),
    ("one path is enough",                               4, lambda b: b.click("[data-path=direct]"),
     ".note", "it misses"),
    ("softmax has three derivatives",                    5, lambda b: chosen(b, "Virginica"), ".nine .used", "-0.0248"),
    ("b3 does not touch other flowers",                  5, lambda b: b.click("[data-path=sum]"), ".act",
     "without the denominator ∂CE/∂b3 is 0"),
    ("the mean steps as far as the sum",                 6, lambda b: (chosen(b, "mean"), descend(b)),
     ".trail td", "-1.742"),
    ("a negative derivative moves b3 to the left",       6, descend, ".trail td", "-1.227"),
    ("the page is wrong, for 0.57 gives 0.56",           1, lambda b: move(b, 0),
     ".prose-text", "Of 0.57, rounded first, −log is 0.5621: the page rounds only what it prints."),
    ("a zero is a zero",                                 7, lambda b: opened(b, "Zero"), ".zeros td",
     "0 | Its h2 is off: what comes back is times 0. With w3 above -0.916 it is on. | ∂z_versicolor/∂b3 | 0 | No path"),
    ("softmax as written never fails",                   7, thousand, ".stable-says", "textbook: exp("),
    ("any order of the boxes will do",                   7, wrong_order, ".order-says", "b3 gets -2.849 for -0.8491"),
    ("a larger rate is faster",                          6, lambda b: descend(b, 30, 4),
     ".rate-says", "jumps for ever between 1.1 and -1.8"),
    ("inputs are trained",                               7, lambda b: asked(b, "petal"),
     ".trained-says", "No: petal was measured"),
    ("at the minimum nothing pulls",                     6, lambda b: guess(b, "-0.03165"), ".guess-row",
     "-0.4401, 0.2067, 0.2334: together 0, and none of them is 0"),
    ("backward twice is backward once",                  7, twice, ".grad-says", "2 times -0.8491"),
]
