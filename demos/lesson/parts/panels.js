// What stands beside the drawing: prose that is tied to it, bars, factors, paths.

const SPECIES = ["p_setosa", "p_versicolor", "p_virginica"];
const ALIGNED = 4;                   // decimals at least

// Numbers that are added up, with the same decimals, so that a reader can check the sum; what is not 0 does not read as 0.
function aligned(numbers, decimals = ALIGNED) {
  const most = Math.max(...numbers.map(Math.abs)), places = decimals < ALIGNED || !most ? decimals : clamp(3 - Math.floor(Math.log10(most)), 1, 15);
  return numbers.map(x => Number(x.toFixed(places)) === 0 && x !== 0 && decimals >= ALIGNED ? digits(x, 2) : x.toFixed(places));
}

// What is explained where a reader points at it, or comes to it by keys
const WORDS = {
  CE: "CE, cross-entropy, is the loss: −log of the probability of the species that was observed. It is 0 where that is 1, and grows without end towards 0.",
  log: "log is the natural logarithm, to base e = 2.718…: the power to which e is raised. log(1) is 0, log(e) is 1. Its slope at x is 1/x.",
  exp: "exp(z) is e = 2.718… to the power z. It is above 0 for every z, and e times as large where z is 1 more. Its slope is exp(z) itself.",
  softmax: "softmax makes three probabilities of three z: exp(z), divided by the sum of exp of all three. They are above 0 and add up to 1.",
  ReLU: "ReLU lets through what is above 0, and makes 0 of all else. Where it gives 0 it is off.",
  "Σ": "Σ is the sum of all that comes in.",
  "÷": "÷: what stands above the fraction's line, divided by the sum below it.",
  b3: "b3, the bias of Setosa's output, is a number that is learned: here it is in your hand.",
  b4: "b4 is the bias of Versicolor's output, b3 that of Setosa's.",
  w3: "w3 is a weight: petal times w3 goes into h2.",
  hidden: "The hidden layer lies deeper: two ReLUs, h1 and h2, of petal and sepal. What it gives is multiplied by weights.",
  z: "z is the network's output for a species, before softmax: any number, larger for what seems likelier.",
};

function wordOf(state, {name, op, head}) {           // what is to be said of a box
  if (op === "−log") return WORDS.CE + " " + WORDS.log;
  return WORDS[op] ?? WORDS[name] ?? (name.startsWith("from ") ? WORDS.hidden : state.name(head).startsWith("z_") ? WORDS.z : "");
}

class Words {                        // a sentence beside what has the focus, or is pointed at; Escape puts it away
  constructor(state) {
    this.state = state;
    this.panel = html("div", {class: "word", role: "tooltip", id: "word", hidden: true});
    document.body.append(this.panel);
    for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, event => this.show(event.target));
    for (const kind of ["pointerout", "focusout", "pointerdown"]) document.addEventListener(kind, () => this.hide());
    document.addEventListener("keydown", event => event.key === "Escape" && this.hide());
  }

  show(target) {
    const from = target.closest?.("[data-word], .drawing .box"), {box, word} = from?.dataset ?? {};
    const text = word ? word.split(" ").map(name => WORDS[name]).join(" ") : box ? wordOf(this.state, this.state.page.boxes[box]) : "";
    this.hide();
    if (!text || (target.matches(":focus") && !target.matches(":focus-visible"))) return;
    this.panel.textContent = text;
    this.panel.hidden = false;
    this.from = from;
    from.setAttribute("aria-describedby", "word");
    const {left, top, bottom} = from.getBoundingClientRect(), {offsetWidth: w, offsetHeight: h} = this.panel;
    this.panel.style.left = `${clamp(left, 8, innerWidth - w - 8)}px`;
    this.panel.style.top = `${bottom + h + 12 < innerHeight ? bottom + 8 : Math.max(8, top - h - 8)}px`;
  }

  hide() {
    this.panel.hidden = true;
    this.from?.removeAttribute("aria-describedby");
  }
}

const minus = text => text.replaceAll(" - ", " − ").replace(/^-/, "−");

class Lights {                       // a phrase under the hand lights what it speaks of
  constructor(state, drawing, curves) { Object.assign(this, {state, drawing, curves}); }

  light(what, on) {
    const {page} = this.state;
    for (const {svg} of this.curves) svg.dataset.lit = on ? what : "";
    const heads = what.split("-").map(name => page.called.indexOf(name));
    this.drawing.svg.querySelectorAll("[data-box], [data-arrow]").forEach(part => {
      const ends = (part.dataset.arrow ?? part.dataset.box).split("-").map(i => page.boxes[i].head);
      part.classList.toggle("lit", on && ends.length === heads.length && ends.every((v, i) => v === heads[i]));
    });
    document.querySelectorAll("[data-part]").forEach(part => part.classList.toggle("lit", on && part.dataset.part === what));
  }

  phrase(text, what, word = null) {
    const on = () => this.light(what, true), off = () => this.light(what, false);
    return html("span", {class: "phrase", tabindex: 0, "data-light": what, "data-word": word, onpointerenter: on, onpointerleave: off, onfocus: on, onblur: off}, text);
  }
}

class Prose {                        // of the stage; numbers in it are the graph's; what a reader did is said beneath
  constructor(place, state, lights) {
    Object.assign(this, {state, lights, stage: -1, numbers: []});
    this.text = html("p", {class: "prose-text"});
    this.act = html("p", {class: "act", role: "status"});
    this.tail = html("div", {class: "tail"}, this.act);
    this.group = html("div", {class: "prose"}, this.text, this.tail);
    place.append(this.group);
    state.watch(() => this.update());
  }

  update() {
    const {state} = this, stage = STAGES[state.stage], key = `${state.stage} ${state.flower}`;
    if (this.key !== key) {
      this.numbers = [];
      this.text.replaceChildren(...stage.prose(state).map(part => this.part(part)));
      this.done = false;
    }
    this.key = key;
    for (const [span, number] of this.numbers) span.textContent = number();
    this.done ||= stage.done(state);
    this.act.replaceChildren(html("b", {}, "Your turn "), this.done ? stage.after(state) : stage.act(state));
    this.act.classList.toggle("done", this.done);
  }

  part(part) {                       // a text, [phrase, what it lights, what explains it], a number, words that change with the numbers
    if (typeof part === "string") return part;
    if (Array.isArray(part)) return this.lights.phrase(...part);
    const span = part.says ? html("span") : html("b", {class: "live"});
    this.numbers.push([span, part.says ?? part]);
    return span;
  }
}

class Aside {                        // what is told beside the question; where boxes are open, under the reader's act
  constructor(side, tail, state) {
    const text = html("p", {class: "aside"});
    state.watch(() => {
      const {aside, opens} = STAGES[state.stage], place = opens ? tail : side;
      text.textContent = aside?.(state) ?? "";
      if (text.parentNode !== place) place.append(text);
    });
  }
}

class Bars {                         // a staircase that ends at 1; on a telephone one strip
  constructor(place, state, narrow) {
    Object.assign(this, {state, narrow});
    this.svg = svg("svg", {class: "bars", role: "img"});
    this.heading = html("p", {class: "caption"}, html("span", {}, "Probabilities add up to 1"), html("span", {}, "outlined: observed"));
    place.append(html("div", {class: "bars-panel"}, this.heading, this.svg));
    narrow.addEventListener("change", () => this.update());
    state.watch(() => this.update());
  }

  update() {
    const {state} = this, numbers = state.p(state.one), small = this.narrow.matches;
    this.svg.setAttribute("aria-label", SPECIES.map((name, i) => `${name} ${digits(numbers[i])}${name === state.observed ? ", observed" : ""}`).join(", "));
    this.svg.setAttribute("viewBox", small ? "0 0 358 72" : "0 0 400 128");
    let from = 0;
    const parts = SPECIES.map((name, i) => {
      const start = from, kind = `share${name === state.observed ? " observed" : ""}`;
      from += numbers[i];
      return small ? this.piece(name, i, numbers[i], start, kind) : this.stair(name, i, numbers[i], start, kind);
    });
    const ends = small ? [] : [0, 1].flatMap(x => [svg("path", {d: `M${112 + 214 * x} 4V106`, class: "grid"}), label(112 + 214 * x, 122, String(x), "tick", "middle")]);
    this.svg.replaceChildren(...ends, ...parts);
  }

  stair(name, i, number, from, kind) {
    const y = 10 + 34 * i;
    return svg("g", {"data-part": name, class: kind},
      label(0, y + 17, name, "name"), svg("rect", {x: 112 + 214 * from, y, width: Math.max(214 * number, 0.5), height: 22}),
      label(400, y + 17, digits(number), "number", "end"));
  }

  piece(name, i, number, from, kind) {
    const x = [0, 122, 243][i];
    return svg("g", {"data-part": name, class: kind},
      label(x, 14, name, "name"), svg("rect", {x: 358 * from, y: 22, width: Math.max(358 * number, 0.5), height: 24, class: `tone${i}`}),
      label(x, 64, digits(number), "number"));
  }
}

const SCALE = [0, 1, 4, 9, 16, 25, 36, 49], BAR = 15;         // of the factors, in pixels of 1

class Factors {                      // the three factors, their product; what cancels is struck out
  constructor(place, state) {
    Object.assign(this, {state, cancelled: false});
    this.rows = html("div", {class: "factor-rows"});
    const ticks = SCALE.filter((_, i) => i % 2).map(x => label(2 + BAR * Math.sqrt(x), 11, String(x), "tick", "middle"));
    this.scale = html("div", {class: "factor-scale"}, html("span", {}, "bars: square root of the factor"), html("b"), svg("svg", {viewBox: "0 0 112 14", "aria-hidden": "true"}, ...ticks));
    this.line = html("p", {class: "cancel-line"});
    this.button = html("button", {type: "button", class: "hand", onclick: () => { this.cancelled = !this.cancelled; this.update(); }});
    this.group = html("section", {class: "factors", "aria-label": "the three factors"}, this.scale, this.rows, this.line, this.button);
    place.append(this.group);
    state.watch(() => this.update());
  }

  update() {
    const {state} = this, {page} = state;
    this.group.hidden = state.stage !== 2;
    if (this.group.hidden) return;
    const factors = state.factors(), own = state.one === "Setosa", p = state.observed;
    const rows = factors.map(({rule, number, tail, head}) => [minus(filled(rule, u => page.called[u]).replace(/exp\(z_(\w+)\) \/ the sum/, "p_$1").replace(/^1$/, "1, for b3 is only added")), number, `${page.called[page.boxes[tail].head]}-${page.called[page.boxes[head].head]}`]);
    const whole = state.slope(state.leaf("b3"));
    this.rows.replaceChildren(...[...rows, [own ? `product = ${p} − 1` : "product = p_setosa", whole, "tangent"]].map(([text, number, part]) =>
      html("div", {class: "factor-row", "data-part": part}, html("span", {}, text), html("b", {}, digits(number, 6)),
        svg("svg", {viewBox: "0 0 112 14", "aria-hidden": "true"}, ...SCALE.map(x => svg("path", {d: `M${2 + BAR * Math.sqrt(x)} 0V14`, class: "grid"})),
          svg("rect", {x: 2, y: 2, height: 10, width: Math.min(110, BAR * Math.sqrt(Math.abs(number))), class: `bar ${sign(number)}`}), Math.abs(number) > 53 && label(112, 12, "›", "tick", "end")))));
    const struck = text => html("s", {class: "cancelled"}, text), shown = text => this.cancelled ? struck(text) : text;
    this.line.replaceChildren(...(own ? ["−1/", shown(p), " · ", shown(p), ` · (1 − ${p}) · 1`] : ["−1/", shown(p), " · −p_setosa · ", shown(p), " · 1"]),
      this.cancelled ? own ? ` = −(1 − ${p}) = ${p} − 1` : " = p_setosa" : "");
    this.button.textContent = this.cancelled ? "Put back" : `Cancel ${p}`;
  }
}

class Paths {                        // from z_setosa to the observed probability, with scissors
  constructor(place, state) {
    this.state = state;
    this.rows = html("div");
    this.group = html("section", {class: "paths", "aria-label": "the paths add up"}, this.rows);
    place.append(this.group);
    state.watch(() => this.update());
  }

  update() {
    const {state} = this;
    this.group.hidden = !STAGES[state.stage].opens;
    if (this.group.hidden) return;
    const paths = state.paths(), p = state.observed, held = document.activeElement?.dataset?.path;
    paths.sort((a, b) => b.direct - a.direct);
    const left = paths.filter(path => !path.cut).reduce((sum, path) => sum + path.number, 0);
    const numbers = aligned([...paths.map(path => path.number), left]);
    const rows = paths.map((path, i) => html("div", {class: `path-row${path.cut ? " struck" : ""}`},
      html("button", {type: "button", class: "hand scissors", "data-path": path.direct ? "direct" : "sum", "aria-pressed": String(path.cut),
        "aria-label": `cut the path ${path.direct ? "above the line" : "in the sum"}`, onclick: () => state.cut(path.tail, path.head)}, "✂"),
      html("span", {}, path.direct ? "above the line" : "in the sum", html("br"), path.direct ? p : `${p === "p_setosa" ? "−p_setosa²" : `−p_setosa · ${p}`}`), html("b", {}, numbers[i])));
    this.rows.replaceChildren(html("h3", {}, fraction(p, "z_setosa")), ...rows,
      html("div", {class: "path-row sum"}, html("span", {}, paths.some(path => path.cut) ? "what is left" : paths.length > 1 ? "sum" : "only path"), html("b", {}, numbers.at(-1))));
    if (held) this.rows.querySelector(`[data-path="${held}"]`)?.focus();
  }
}
