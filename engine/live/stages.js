// The page: its stages, each with one control and one kind of mark more than the one before, and what belongs to them.

class StageBar {
  constructor(place, state, {previous = true} = {}) {
    this.state = state;
    const {stages} = state.page;
    this.buttons = stages.map((stage, i) => html("button", {type: "button", class: "stage", onclick: () => state.go(i)}, `${i + 1} ${stage.name}`));
    this.count = html("span", {class: "count"});
    this.next = html("button", {type: "button", class: "next", id: "next", onclick: () => state.go(state.stage + 1)});
    place.append(html("nav", {"aria-label": "stages"}, ...this.buttons), this.count, this.next);
    state.watch(() => this.update());
  }

  update() {
    const {stages} = this.state.page, at = this.state.stage, stage = stages[at];
    this.buttons.forEach((button, i) => i === at ? button.setAttribute("aria-current", "step") : button.removeAttribute("aria-current"));
    if (this.at === at) return;
    this.at = at;
    this.count.replaceChildren(html("b", {}, `${at + 1} of ${stages.length}`), ` ${stage.name}`);
    this.next.textContent = stage.next ? `${stage.next} →` : "";
    const held = document.activeElement === this.next;
    this.next.hidden = !stage.next;
    if (held && !stage.next) this.buttons[at].focus();           // by keys: it goes on from here
  }
}

class Steps {                        // forward, then backward, with the numbers as they are now
  constructor(place, state) {
    this.state = state;
    const button = (text, name, act) => html("button", {type: "button", "aria-label": name, onclick: act}, text);
    this.play = button("Play", "play", () => this.run(!this.timer));
    this.where = html("output", {});
    this.now = html("div", {class: "now-lines"});
    this.group = html("div", {class: "steps"}, button("◀", "step back", () => { this.run(false); state.to(state.step - 1); }),
      button("▶", "step on", () => { this.run(false); state.to(state.step + 1); }), this.play, this.where, this.now);
    place.append(this.group);
    state.watch(() => this.update());
  }

  run(on) {
    clearInterval(this.timer);
    const {state} = this;
    if (on && state.step >= state.steps.length) state.to(0);
    this.timer = on ? setInterval(() => state.step < state.steps.length ? state.to(state.step + 1) : this.run(false), 1200) : 0;
    this.play.textContent = on ? "Pause" : "Play";
  }

  update() {
    const {state} = this, all = state.steps, half = all.length / 2, step = state.step && all[state.step - 1];
    this.group.hidden = !state.shows.has("slopes");
    if (this.group.hidden && this.timer) this.run(false);
    if (this.group.hidden) return;
    this.where.textContent = !step ? "step by step" : step.backward ? `Backward ${state.step - half} / ${half}` : `Forward ${state.step} / ${half}`;
    this.now.replaceChildren(...(step ? stepLines(state, step) : []).map(line => html("p", {}, line)));
  }
}

function stepLines(state, {box, backward}) {
  const {page} = state, {head, formula} = page.boxes[box], name = page.called[head];
  if (backward) return backwardLines(state, box);
  if (!formula) return [`${name} = ${digits(state.values[head])}, given`];
  return [`${name} = ${filled(formula, u => page.called[u])}`,
          `= ${filled(formula, u => enclosed(state.values[u]))} = ${digits(state.values[head])}`];
}

class Turn {                         // the reader's own derivation, of the whole or of one factor; before it numbers may be hidden
  constructor(place, state) {
    this.state = state;
    this.which = html("select", {"aria-label": "which derivative", onchange: () => { this.verdict.textContent = ""; this.update(); }});
    this.input = html("input", {type: "text", autocomplete: "off", spellcheck: "false", autocapitalize: "off", onkeydown: event => {
      if (event.key === "Enter") this.check();
      event.stopPropagation();
    }});
    this.verdict = html("p", {class: "verdict", role: "status"});
    this.show = html("button", {type: "button", onclick: () => this.reveal()}, "Show");
    this.group = html("div", {class: "turn"}, html("div", {class: "asked"}, html("b", {}, "Your turn"), this.which, "=", this.input),
      html("button", {type: "button", onclick: () => this.check()}, "Check"), this.show, this.verdict);
    place.append(this.group);
    state.watch(() => this.update());
  }

  get asked() { return this.state.asked[this.which.selectedIndex] ?? this.state.asked[0]; }

  update() {
    const {state} = this;
    this.group.hidden = !state.shows.has("turn");
    this.show.hidden = !state.hides;
    const texts = state.asked.map(([top, v]) => fraction(state.name(top), state.name(v))), about = texts.join();
    if (this.about !== about) {
      this.which.replaceChildren(...texts.map(text => html("option", {}, text)));
      this.verdict.textContent = "";
    }
    this.about = about;
    put(this.input, "aria-label", `${texts[this.which.selectedIndex] ?? texts[0]}, your formula`);
  }

  reveal() {
    this.state.answered = true;
    this.state.changed();
  }

  check() {
    const {verdict} = this;
    try {
      if (!this.input.value.trim()) throw new Unreadable("nothing is typed yet; a formula in names is needed here");
      const [top, v, members] = this.asked, {right, sentence} = new Attempt(this.state, v, this.input.value, top, members).verdict();
      verdict.textContent = sentence;
      verdict.className = `verdict ${right ? "right" : "wrong"}`;
      if (right) this.reveal();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      verdict.textContent = error.message;
      verdict.className = "verdict wrong";
    }
  }
}

class Descent {                      // all parameters at once; the steps as a table
  constructor(place, state) {
    this.state = state;
    const start = () => { state.descend(); clearInterval(this.timer); this.timer = setInterval(() => state.descend(), 250); };
    const stop = () => { clearInterval(this.timer); };
    this.rate = html("input", {type: "text", inputmode: "decimal", value: "1", onchange: () => { this.rate.value = digits(state.rate, 6); },
      oninput: () => {               // at once: the button is pressed before the field is left
        const x = Number(this.rate.value);
        if (!Number.isFinite(x) || x <= 0) return;
        state.rate = x;
        state.changed();
      }});
    this.button = html("button", {type: "button", class: "descend", onpointerdown: start, onpointerup: stop, onpointerleave: stop,
      onpointercancel: stop, onclick: event => event.detail === 0 && state.descend()}, "Descend");
    const choice = (text, mean) => html("button", {type: "button", "aria-pressed": "false", onclick: () => { state.mean = mean; state.changed(); }}, text);
    this.sums = [choice("sum", false), choice("mean", true)];
    this.switch = html("div", {class: "switch", role: "group", "aria-label": "sum or mean"}, ...this.sums);
    this.rows = html("tbody");
    this.heads = html("tr");
    this.table = html("div", {class: "trail", tabindex: 0, role: "region", "aria-label": "steps taken"}, html("table", {},
      html("thead", {}, this.heads), this.rows));
    this.group = html("div", {class: "descent"}, html("div", {class: "line"}, this.switch, html("label", {}, "rate ", this.rate), this.button), this.table);
    place.append(this.group);
    state.watch(() => this.update());
  }

  update() {
    const {state} = this, shown = state.trail.slice(-40), first = state.trail.length - shown.length;
    this.group.hidden = !state.shows.has("descend") || !state.page.wrt.length;
    this.switch.hidden = state.page.terms.length < 2;
    this.sums.forEach((button, i) => button.setAttribute("aria-pressed", String(Boolean(i) === state.mean)));
    if (document.activeElement !== this.rate) this.rate.value = digits(state.rate, 6);
    if (this.written === state.trail.at(-1) && this.share === state.share) return;
    Object.assign(this, {written: state.trail.at(-1), share: state.share});
    const {wrt} = state.page, heads = ["step", ...wrt.map(v => state.name(v)), state.loss, ...wrt.map(v => state.quotient(v))];
    this.heads.replaceChildren(...heads.map(text => html("th", {scope: "col"}, text)));
    this.rows.replaceChildren(...shown.map((entry, i) => html("tr", {"aria-current": i === shown.length - 1 ? "step" : null},
      ...[first + i, ...entry.numbers.map(x => digits(x)), ...[entry.root, ...entry.grads].map(x => digits(state.share * x))].map(text => html("td", {}, String(text))))));
    this.table.scrollTop = this.table.scrollHeight;
  }
}

const LEGEND = [                     // a mark, what it is called, when it appears
  ["∂", state => `derivative of ${state.name(state.root)} by this box`, "slopes"],
  ["×", () => "derivative of one step", "slopes"],
  ["minus", state => `blue, −: raising it lowers ${state.name(state.root)}`, "slopes"],
  ["plus", state => `orange, +: raises ${state.name(state.root)}`, "slopes"],
  ["width", () => "width: size of ∂ carried", "slopes"],
  ["dashed", () => "cut: carries nothing back", "cut"],
  ["given", () => "given: can be moved, is never stepped", "given"],
];

function legend(place, state) {
  state.watch(() => {
    const shows = new Set(state.shows);
    if (state.graph.cut.size) shows.add("cut");
    if (shows.has("descend") && state.given) shows.add("given");
    if (place.dataset.shows === [...shows].join()) return;
    place.dataset.shows = [...shows].join();
    place.replaceChildren(...LEGEND.filter(([, , when]) => shows.has(when)).map(([mark, text]) => html("span", {},
      mark.length > 1 ? html("i", {class: `key ${mark}`, "aria-hidden": "true"}) : html("b", {}, mark), " ", text(state))));
  });
}

function nudges(place, state) {
  const buttons = [0.01, 0.1, 1].map(size => html("button", {type: "button", onclick: () => {
    state.nudge = state.nudge === size ? 0 : size;
    state.changed();
  }}, `+${size}`));
  const group = html("div", {class: "nudges", role: "group", "aria-label": "nudge"}, html("span", {}, "nudge"), ...buttons);
  place.append(group);
  state.watch(() => {
    group.hidden = !state.shows.has("nudge");
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(state.nudge === [0.01, 0.1, 1][i])));
  });
}

function hands(place, state) {       // sliders for what is moved; which one the curve is drawn against
  const made = state.page.wrt.map(v => new Hand(state, v));
  made.forEach(hand => {
    hand.group.addEventListener("focusin", () => {
      if (state.param === hand.v) return;
      state.param = hand.v;
      state.changed();
    });
    place.append(hand.group);
  });
  state.watch(() => made.forEach(hand => {
    hand.update();
    hand.group.classList.toggle("chosen", made.length > 1 && state.param === hand.v);
  }));
}

function steplist(place, state) {    // all steps as text
  const list = html("ol");
  const details = html("details", {class: "all-steps", ontoggle: () => write()}, html("summary", {}, "All steps as text"), list);
  const write = () => {
    if (!details.open) return;
    list.replaceChildren(...state.steps.map(step => html("li", {}, ...stepLines(state, step).map(line => html("span", {}, line)))));
  };
  details.unfold = () => { details.open = true; write(); };
  place.append(details);
  state.watch(() => {
    details.hidden = !state.shows.has("everything");
    write();
  });
  return details;
}
