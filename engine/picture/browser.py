"""The style and the script of the step-through page."""
from __future__ import annotations

from engine.picture.colours import palette, rules

STYLE = """
:root { color-scheme: light dark; --now: #6a35d4; LIGHT }
@media screen and (prefers-color-scheme: dark) { :root { --now: #c3a6ff; DARK } RULES }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.4 system-ui, sans-serif }
header { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; padding: 6px 16px;
         background: var(--paper); border-bottom: 1px solid var(--border) }
h1 { margin: 0; font-size: 16px; flex: 1 1 240px; overflow-wrap: anywhere }
#now, ol { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace }
.controls { display: flex; flex: 2 1 480px; flex-wrap: wrap; align-items: center; gap: 6px }
.controls label { flex: 1 1 140px; display: flex; align-items: center; gap: 8px }
input[type=range] { flex: 1; accent-color: var(--now); min-width: 80px }
button { font: inherit; min-width: 44px; min-height: 36px; padding: 2px 10px; color: var(--ink); cursor: pointer;
         background: var(--operation); border: 1px solid var(--border); border-radius: 6px }
.zoom { white-space: nowrap }
#where { min-width: 8.5em; font-weight: bold; color: var(--now); text-align: right }
#now { flex: 1 1 100%; height: 96px; overflow: auto; font-size: 14px; line-height: 19px; font-weight: 600;
       overflow-wrap: anywhere }
#now p { margin: 0 }
#now p:nth-child(n + 3) { color: var(--soft); font-size: 13px; font-weight: normal }
#legend { margin: 0; padding: 6px 16px 0; display: flex; flex-wrap: wrap; gap: 0 24px; list-style: none;
          font-size: 13px; color: var(--soft) } #legend li { margin: 0 }
main { overflow: auto; height: calc(100vh - 256px); min-height: 300px; touch-action: pan-x pan-y }
svg { display: block; height: auto; margin: auto }
svg text { white-space: pre }
.box { cursor: pointer }
@media screen {
  .future, .arrow.unmet text, .arrow.unmet polyline { visibility: hidden }
  .unmet path, .unmet polygon { stroke-opacity: .35 } .unmet polygon { fill-opacity: .35 }
  .waiting path { stroke-width: 1 }
  .waiting path, .waiting polygon, .waiting polyline { stroke: var(--grey-line) }
  .waiting polygon { fill: var(--grey-line) } .waiting text { fill: var(--soft) }
  .box.now path:not([stroke="none"]) { stroke: var(--now); stroke-width: 4 }
  .arrow.now path, .arrow.now polygon { stroke: var(--now) } .arrow.now polygon { fill: var(--now) }
}
:focus-visible { outline: 3px solid var(--now); outline-offset: 2px }
details { padding: 4px 16px 24px } summary { cursor: pointer }
ol { font-size: 13px } li { margin: 4px 0; overflow-wrap: anywhere } li[aria-current] { outline: 2px solid var(--now) }
li span { display: block }
.lacking { padding: 12px 16px; color: var(--soft) }
@media (prefers-reduced-motion: no-preference) { .box path, .arrow path { transition: stroke-width .15s } }
@media print { :root { color-scheme: light } .controls, #now { display: none }
               main { height: auto; overflow: visible }
               svg { width: auto !important; max-width: 100% } li[aria-current] { outline: none } }
"""

SCRIPT = """
"use strict";
const find = id => document.getElementById(id), all = query => [...document.querySelectorAll(query)];
const steps = JSON.parse(find("steps").textContent), half = steps.findIndex(step => step.backward);
const slider = find("slider"), play = find("play"), drawing = document.querySelector("svg");
const forward = {}, backward = {}, last = steps.length - 1;
steps.forEach((step, i) => [step.box, ...step.arrows].forEach(key => (step.backward ? backward : forward)[key] = i));
const place = find("main"), whole = drawing ? drawing.width.baseVal.value : 0;
const shares = all(".slope text").map(text => [text, text.textContent]).filter(([, says]) => / of /.test(says));
const together = step => step.lines.some(line => line.endsWith("shares together"));
const added = steps.reduce((found, step, i) => together(step) ? i : found, last);        // before it no whole is told
let at = 0, timer = 0, size = 1;

function mark(query, name, holds) {
  all(query).forEach(part => part.classList.toggle(name, holds(part.dataset.key)));
}

function go(k, follow = true) {
  at = Math.min(Math.max(k, 0), last);
  const step = steps[at], now = key => key === step.box || step.arrows.includes(key);
  slider.value = at + 1;
  const [way, start, end] = step.backward ? ["Backward", half, last + 1] : ["Forward", 0, half];
  find("where").textContent = `${way} ${at + 1 - start} / ${end - start}`;
  slider.setAttribute("aria-valuetext", find("where").textContent);
  const line = text => Object.assign(document.createElement("p"), {textContent: text});
  find("now").replaceChildren(...step.lines.map(line));
  mark(".number", "future", key => !(forward[key] <= at));
  mark(".slope", "future", key => !(backward[key] <= at));
  shares.forEach(([text, says]) => text.textContent = at < added ? says.replace(/ of [^,]*/, "") : says);
  mark(".box, .arrow", "now", now);
  mark(".box, .arrow", "unmet", key => !(forward[key] <= at));
  mark(".arrow", "waiting", key => !(backward[key] <= at) && !now(key));
  all("[aria-current]").forEach(item => item.removeAttribute("aria-current"));
  all("ol li")[at].setAttribute("aria-current", "step");
  if (drawing && follow) bring(drawing.querySelector(".box.now"));
  try { history.replaceState(null, "", `#${at + 1}`); } catch { }              // not in the frame of a notebook
}

function zoom(to, x = place.clientWidth / 2, y = place.clientHeight / 2) {       // what is at x and y stays there
  if (!drawing) return;
  const before = size, left = place.scrollLeft + x, top = place.scrollTop + y;
  size = Math.min(Math.max(to, 0.05), 4);
  drawing.style.width = `${whole * size}px`;
  place.scrollTo(left * size / before - x, top * size / before - y);
}

const fit = () => zoom(Math.min(1, place.clientWidth / whole, place.clientHeight / drawing.height.baseVal.value));

function bring(box) {                                // into the middle of what is seen, if it is not seen whole
  const frame = place.getBoundingClientRect(), spot = box.getBoundingClientRect();
  const right = (spot.left + spot.right - frame.left - frame.right) / 2;
  const down = (spot.top + spot.bottom - frame.top - frame.bottom) / 2;
  if (spot.left < frame.left || spot.right > frame.right) place.scrollLeft += right;
  if (spot.top < frame.top || spot.bottom > frame.bottom) place.scrollTop += down;
}

function run(on) {
  clearInterval(timer);
  timer = on ? setInterval(() => at < last ? go(at + 1) : run(false), 1200) : 0;
  play.textContent = on ? "Pause" : "Play";
  if (on && at === last) go(0);
}

function visit(key) {
  const [here, there] = steps[at].backward ? [backward, forward] : [forward, backward];
  run(false);
  go((here[key] === at ? there : here)[key] ?? there[key] ?? at, false);
}

const linked = () => (parseInt(location.hash.slice(1), 10) || 1) - 1;
const keys = {ArrowRight: () => at + 1, ArrowLeft: () => at - 1, Home: () => 0, End: () => last};
document.addEventListener("keydown", event => {
  const on = event.target, space = event.key === " ";
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (keys[event.key]) { run(false); go(keys[event.key]()); }
  else if (on.matches(".box") && (space || event.key === "Enter")) visit(on.dataset.key);
  else if (space && !on.matches("button, summary")) run(!timer);
  else return;
  event.preventDefault();
});
slider.addEventListener("input", () => { run(false); go(slider.value - 1); });
find("back").addEventListener("click", () => { run(false); go(at - 1); });
find("next").addEventListener("click", () => { run(false); go(at + 1); });
play.addEventListener("click", () => run(!timer));
find("more").addEventListener("click", () => zoom(size * 1.25));
find("less").addEventListener("click", () => zoom(size / 1.25));
find("fit").addEventListener("click", () => drawing && fit());
place.addEventListener("wheel", event => {
  if (event.shiftKey) return;
  const frame = place.getBoundingClientRect();
  event.preventDefault();
  zoom(size * Math.exp(-event.deltaY / 500), event.clientX - frame.left, event.clientY - frame.top);
}, {passive: false});
const fingers = new Map();
let apart = 0;
const spread = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a.x - b.x, a.y - b.y); };
place.addEventListener("pointerdown", event => {
  fingers.set(event.pointerId, {x: event.clientX, y: event.clientY});
  if (fingers.size === 2) apart = spread() / size;
});
addEventListener("pointermove", event => {
  const finger = fingers.get(event.pointerId);
  if (!finger) return;
  const mouse = fingers.size === 1 && event.pointerType === "mouse";
  if (mouse) place.scrollBy(finger.x - event.clientX, finger.y - event.clientY);
  [finger.x, finger.y] = [event.clientX, event.clientY];
  if (fingers.size === 2 && apart) zoom(spread() / apart);
});
["pointerup", "pointercancel"].forEach(name => addEventListener(name, event => fingers.delete(event.pointerId)));
zoom(1);                                             // its size: every text can be read
all(".box").forEach(box => {
  const says = {tabindex: 0, role: "button", "aria-label": steps[forward[box.dataset.key]].lines[0]};
  for (const name in says) box.setAttribute(name, says[name]);
  box.addEventListener("click", () => visit(box.dataset.key));
});
addEventListener("hashchange", () => go(linked()));
addEventListener("beforeprint", () => { find("all").open = true; shares.forEach(([text, says]) => {
  text.textContent = says; }); });
go(linked());
"""


def style() -> str:
    """The style sheet, in the colours of pictures."""
    sheet = STYLE.replace("LIGHT", variables("light")).replace("DARK", variables("dark"))
    return sheet.replace("RULES", " ".join(rules("svg")))


def variables(theme: str) -> str:
    """The colours of a theme as variables of a style sheet."""
    return " ".join(f"--{role.replace(' ', '-')}: {colour};" for role, colour in palette(theme).items())
