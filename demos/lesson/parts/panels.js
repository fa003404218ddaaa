// What stands beside the drawing: prose that is tied to it, bars, factors, paths.

const SPECIES = ["p_setosa", "p_versicolor", "p_virginica"];
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

  phrase(text, what) {
    const on = () => this.light(what, true), off = () => this.light(what, false);
    return html("span", {class: "phrase", tabindex: 0, "data-light": what, onpointerenter: on, onpointerleave: off, onfocus: on, onblur: off}, text);
  }
}

class Prose {                        // of the stage; numbers in it are the graph's; what a reader did is said beneath
  constructor(place, state, lights) {
    Object.assign(this, {state, lights, stage: -1, numbers: []});
    this.text = html("p", {class: "prose-text"});
    this.act = html("p", {class: "act", role: "status"});
    this.group = html("div", {class: "prose"}, this.text, this.act);
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

  part(part) {                       // a text, [phrase, what it lights], a number, words that change with the numbers
    if (typeof part === "string") return part;
    if (Array.isArray(part)) return this.lights.phrase(...part);
    const span = part.says ? html("span") : html("b", {class: "live"});
    this.numbers.push([span, part.says ?? part]);
    return span;
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

class Factors {                      // the three factors, their product; what cancels is struck out
  constructor(place, state) {
    Object.assign(this, {state, cancelled: false});
    this.rows = html("div", {class: "factor-rows"});
    this.line = html("p", {class: "cancel-line"});
    this.button = html("button", {type: "button", class: "hand", onclick: () => { this.cancelled = !this.cancelled; this.update(); }});
    this.group = html("section", {class: "factors", "aria-label": "the three factors"}, this.rows, this.line, this.button);
    place.append(this.group);
    state.watch(() => this.update());
  }

  update() {
    const {state} = this, {page} = state;
    this.group.hidden = state.stage !== 2;
    if (this.group.hidden) return;
    const factors = state.factors(), own = state.one === "Setosa", p = state.observed;
    const rows = factors.map(({rule, number, tail, head}) => [minus(filled(rule, u => page.called[u])), number, `${page.called[page.boxes[tail].head]}-${page.called[page.boxes[head].head]}`]);
    const whole = state.slope(state.leaf("b3"));
    this.rows.replaceChildren(...[...rows, [own ? `product = ${p} − 1` : "product = p_setosa", whole, "tangent"]].map(([text, number, part]) =>
      html("div", {class: "factor-row", "data-part": part}, html("span", {}, text), html("b", {}, digits(number, 6)),
        svg("svg", {viewBox: "0 0 120 14", "aria-hidden": "true"}, svg("rect", {x: 0, y: 2, height: 10, width: Math.min(120, 40 * Math.sqrt(Math.abs(number))), class: `bar ${sign(number)}`})))));
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
    const rows = paths.map(path => html("div", {class: `path-row${path.cut ? " struck" : ""}`},
      html("button", {type: "button", class: "hand scissors", "data-path": path.direct ? "direct" : "sum", "aria-pressed": String(path.cut),
        "aria-label": `${path.cut ? "join" : "cut"} the path ${path.direct ? "direct" : "via the denominator"}`, onclick: () => state.cut(path.tail, path.head)}, "✂"),
      html("span", {}, path.direct ? "direct" : "via Σ", html("br"), path.direct ? p : `${p === "p_setosa" ? "−p_setosa²" : `−p_setosa · ${p}`}`), html("b", {}, digits(path.number))));
    const left = paths.filter(path => !path.cut).reduce((sum, path) => sum + path.number, 0);
    this.rows.replaceChildren(html("h3", {}, fraction(p, "z_setosa")), ...rows,
      html("div", {class: "path-row sum"}, html("span", {}, paths.some(path => path.cut) ? "what is left" : paths.length > 1 ? "sum" : "only path"), html("b", {}, digits(left))));
    if (held) this.rows.querySelector(`[data-path="${held}"]`)?.focus();
  }
}
