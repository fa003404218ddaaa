"""The style and the script of the step-through page."""
from __future__ import annotations

from engine.picture.colours import COLOURS, palette, rules

STYLE = """
:root { color-scheme: light dark; --now: #6a35d4; LIGHT }
@media screen and (prefers-color-scheme: dark) { :root { --now: #c3a6ff; DARK } RULES }
* { box-sizing: border-box }
html { scroll-padding: 240px 0 40px }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.45 system-ui, sans-serif }
header { position: sticky; top: 0; z-index: 1; padding: 10px 16px; background: var(--paper);
         border-bottom: 1px solid var(--border) }
h1 { margin: 0 0 4px; font-size: 18px }
.chain, #now, ol { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace }
.chain { margin: 0 0 6px; font-size: 13px; color: var(--soft); overflow-wrap: anywhere }
.controls { display: flex; flex-wrap: wrap; align-items: center; gap: 8px }
.controls label { flex: 1 1 160px; display: flex; align-items: center; gap: 8px }
input[type=range] { flex: 1; accent-color: var(--now); min-width: 100px }
button { font: inherit; min-width: 44px; min-height: 36px; padding: 2px 12px; color: var(--ink); cursor: pointer;
         background: var(--operation); border: 1px solid var(--border); border-radius: 6px }
#where { min-width: 9em; font-weight: bold; color: var(--now); text-align: right }
#now { min-height: 5.2em; margin-top: 6px; font-size: 16px; font-weight: 600; overflow-wrap: anywhere }
#now p { margin: 0 }
#now p:nth-child(n + 3) { color: var(--soft); font-size: 13px; font-weight: normal }
main { padding: 8px 16px; overflow: auto }
svg { display: block; max-width: 100%; height: auto; margin: auto }
svg text { white-space: pre }
.box { cursor: pointer }
@media screen {
  .future, .arrow.unmet text { visibility: hidden }
  .unmet path, .unmet polygon { stroke-opacity: .35 } .unmet polygon { fill-opacity: .35 }
  .waiting path { stroke-width: 1 }
  .waiting path:not([stroke="INK"]), .waiting polygon:not([stroke="INK"]) { stroke: var(--grey-line) }
  .waiting polygon:not([fill="INK"]) { fill: var(--grey-line) }
  .box.now path { stroke: var(--now); stroke-width: 4 }
  .arrow.now path, .arrow.now polygon { stroke: var(--now) } .arrow.now polygon { fill: var(--now) }
}
:focus-visible { outline: 3px solid var(--now); outline-offset: 2px }
details { padding: 4px 16px 24px } summary { cursor: pointer }
ol { font-size: 13px } li { margin: 4px 0; overflow-wrap: anywhere } li[aria-current] { outline: 2px solid var(--now) }
li span { display: block }
.lacking { padding: 12px 16px; color: var(--soft) }
@media (prefers-reduced-motion: no-preference) { .box path, .arrow path { transition: stroke-width .15s } }
@media (max-height: 520px) { header { position: static } }
@media print { :root { color-scheme: light } header { position: static } .controls, #now { display: none }
               svg { min-width: 0 !important } li[aria-current] { outline: none } }
"""

SCRIPT = """
"use strict";
const find = id => document.getElementById(id), all = query => [...document.querySelectorAll(query)];
const steps = JSON.parse(find("steps").textContent), half = steps.findIndex(step => step.backward);
const slider = find("slider"), play = find("play"), drawing = document.querySelector("svg");
const forward = {}, backward = {}, last = steps.length - 1;
steps.forEach((step, i) => [step.box, ...step.arrows].forEach(key => (step.backward ? backward : forward)[key] = i));
if (drawing) drawing.style.minWidth = `${drawing.width.baseVal.value / 2}px`;  // half its size can still be read
let at = 0, timer = 0;

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
  mark(".box, .arrow", "now", now);
  mark(".box, .arrow", "unmet", key => !(forward[key] <= at));
  mark(".arrow", "waiting", key => !(backward[key] <= at) && !now(key));
  all("[aria-current]").forEach(item => item.removeAttribute("aria-current"));
  all("li")[at].setAttribute("aria-current", "step");
  if (drawing && follow) drawing.querySelector(".box.now").scrollIntoView({block: "nearest", inline: "nearest"});
  try { history.replaceState(null, "", `#${at + 1}`); } catch { }              // not in the frame of a notebook
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
all(".box").forEach(box => {
  const says = {tabindex: 0, role: "button", "aria-label": steps[forward[box.dataset.key]].lines[0]};
  for (const name in says) box.setAttribute(name, says[name]);
  box.addEventListener("click", () => visit(box.dataset.key));
});
addEventListener("hashchange", () => go(linked()));
addEventListener("beforeprint", () => { find("all").open = true; });
go(linked());
"""


def style() -> str:
    """The style sheet, in the colours of pictures."""
    sheet = STYLE.replace("LIGHT", variables("light")).replace("DARK", variables("dark"))
    sheet = sheet.replace("RULES", " ".join(rules()))
    return sheet.replace("INK", COLOURS["ink"][0])   # the chain stays black while it waits


def variables(theme: str) -> str:
    """The colours of a theme as variables of a style sheet."""
    return " ".join(f"--{role.replace(' ', '-')}: {colour};" for role, colour in palette(theme).items())
