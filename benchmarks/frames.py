"""Frames of the live page: what one costs in Chromium while a hand moves a number, in processor time of its thread.

`python -m benchmarks frames`. A frame is everything from the move to what is handed on to be shown: the numbers,
texts, widths and the curve, then style, layout and paint. 16 ms are there for it at 60 frames a second.
"""
from __future__ import annotations

import tempfile
from pathlib import Path

FRAMES = 100
TURNS  = 3
PARTS  = {"script": "ScriptDuration", "style": "RecalcStyleDuration", "layout": "LayoutDuration", "all": "TaskDuration"}
MOVE   = """
const range = document.querySelector(`[type=range][aria-label="${arguments[0]}"]`), {min, max} = range;
return new Promise(done => {
  let n = 0;
  const frame = () => {
    range.value = Number(min) + (max - min) * (0.3 + 0.4 * (n % 50) / 50);
    range.dispatchEvent(new Event("input"));
    if (++n < arguments[1]) requestAnimationFrame(frame);
    else requestAnimationFrame(() => requestAnimationFrame(done));
  };
  requestAnimationFrame(frame);
});
"""


def page(flowers: int) -> tuple[str, int]:
    """The page of a sum over so many flowers with every box open, and how many boxes these are."""
    from engine import fsum, walkthrough
    from tests.engine.picture.lesson import flower, parameters
    w = parameters()
    losses = [flower(("Setosa", "Virginica", "Versicolor")[i % 3], w) for i in range(flowers)]
    made = walkthrough(fsum(losses), [w["b3"], w["w1"]], names={})
    return made.html, len(made.data.boxes.shown("all")[0])


def frame(browser, name: str) -> dict[str, float]:
    """The milliseconds of a frame in its parts, the best of some turns."""
    turns = []
    for _ in range(TURNS):
        before = metrics(browser)
        browser.run(MOVE, name, FRAMES)
        after = metrics(browser)
        turns.append({part: (after[key] - before[key]) * 1e3 / FRAMES for part, key in PARTS.items()})
    return min(turns, key=lambda turn: turn["all"])


def metrics(browser) -> dict[str, float]:
    return {one["name"]: one["value"] for one in browser.tools("Performance.getMetrics")["metrics"]}


def report() -> str:
    """The table of frames, by the number of boxes and by what is moved."""
    from benchmarks.tables import markdown, number
    from tests.engine.picture import chromium
    if not chromium.available():
        return "skipped: neither chromium nor chromedriver is here"
    rows = []
    with tempfile.TemporaryDirectory() as folder, chromium.Browser() as browser:
        browser.tools("Performance.enable", timeDomain="threadTicks")
        for flowers in 1, 4:
            html, boxes = page(flowers)
            path = Path(folder, f"{flowers}.html")
            path.write_text(html, encoding="utf-8")
            for name in "b3", "w1":
                browser.open(f"file://{path}#stage=4&open=all")
                found = frame(browser, name)
                rows.append([f"{boxes}", name, *[number(found[part]) for part in PARTS]])
    return "ms of processor time for one frame\n\n" + markdown(["boxes", "moved", *PARTS], rows)
