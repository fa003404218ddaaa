"""Pictures with gaps: nothing in them tells what belongs there; and pictures for slides."""
import re

import pytest

from engine import draw, walkthrough
from engine.picture.blanks import GAP
from engine.picture.colours import COLOURS
from engine.text.naming import digits
from tests.engine.picture import drawing
from tests.engine.picture.lesson import flower, parameters


@pytest.mark.parametrize("detail", ["values", "folded", "names", "path"])
@pytest.mark.parametrize("name", ["Setosa", "Virginica"])
def test_no_derivative_is_left(detail, name):
    w = parameters()
    CE = flower(name, w)
    CE.backward()
    texts = [draw(CE, w["b3"], detail=detail, blank=blank, names={}).source for blank in (None, "grad")]
    slopes = [digits(w["b3"].grad), digits(CE.partials[0] * CE.parents[0].partials[0])]
    assert [slope in text for text in texts for slope in slopes[:1]] == [True, False] and slopes[1] not in texts[1]
    hues = [COLOURS[hue][0] for hue in ("pale blue", "pale orange", "blue line", "orange line")]
    assert GAP in texts[1] and not any(hue in texts[1] for hue in hues)
    assert not re.search(r"∂\S+/∂", texts[1])


def test_what_can_be_blank_is_said():
    w = parameters()
    with pytest.raises(ValueError, match=r"draw\(\.\.\., blank=\) is one of 'grad', or None; it got 'data'"):
        draw(flower("Setosa", w), blank="data")


@drawing
@pytest.mark.parametrize("live", [True, False])
def test_frames_are_slides(tmp_path, live):
    w = parameters()
    x = w["b3"].exp()
    x.label = "x"
    page = walkthrough(x, w["b3"], live=live, names={})
    paths = page.frames(tmp_path / "slides")
    assert [path[-7:] for path in paths] == [f"{i:03}.{form}" for i in range(1, 5) for form in ("svg", "png")]
    png = (tmp_path / "slides" / "001.png").read_bytes()
    assert [int.from_bytes(png[i:i + 4], "big") for i in (16, 20)] == [1920, 1080]
    texts = [(tmp_path / "slides" / f"{i:03}.svg").read_text(encoding="utf-8") for i in range(1, 5)]
    assert "0.1353" not in texts[0] and "0.1353" in texts[1] and GAP in texts[0] and GAP not in texts[3]
