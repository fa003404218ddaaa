// The small card that opens beside a box or an arrow: a number to move, the rule behind it, scissors.

const HIDDEN = "Hidden until you have answered: your turn, below the drawing. Show gives it away.";

class Card {
  constructor(place, state) {
    Object.assign(this, {state, from: null, write: null});
    this.body = html("div", {class: "card-body"});
    this.panel = html("div", {class: "card", role: "dialog", "aria-label": "about this number", hidden: true},
      html("button", {type: "button", class: "close", "aria-label": "close", onclick: () => this.close()}, "✕"), this.body);
    this.panel.addEventListener("keydown", event => event.key === "Escape" && this.close());
    place.append(this.panel);
    state.watch(() => this.page === state.page ? this.write?.() : this.close());
  }

  open(from, parts, write) {
    Object.assign(this, {from, page: this.state.page});
    this.key = from.dataset.box ?? from.dataset.arrow ?? from.dataset.leaf;
    this.body.replaceChildren(...parts.filter(Boolean));
    this.write = write;
    this.panel.hidden = false;
    write();
    const {left, bottom, top} = from.getBoundingClientRect(), {offsetWidth, offsetHeight} = this.panel;
    const below = bottom + 8 + offsetHeight < innerHeight, y = below ? bottom + 8 : Math.max(8, top - offsetHeight - 8);
    this.panel.style.left = `${Math.max(8, Math.min(left, innerWidth - offsetWidth - 8))}px`;
    this.panel.style.top = `${y}px`;
    (this.body.querySelector("input, button") ?? this.panel.querySelector(".close")).focus();
  }

  close() {                          // and back to what it is about, from within
    if (this.panel.hidden) return;
    const within = this.panel.contains(document.activeElement);
    this.panel.hidden = true;
    this.write = null;
    if (!within) return;
    const kind = ["box", "arrow", "leaf"].find(name => this.from.dataset[name] !== undefined);
    (document.querySelector(`[data-${kind}="${this.key}"]`) ?? this.from).focus();
  }

  number(v, from, index = null) {    // of a leaf one that can be moved; of what is computed its formula
    const {state} = this, {page} = state, box = index === null ? null : page.boxes[index];
    const title = html("h2", {}, box?.name || page.called[v]), all = html("p", {class: "digits"}), lines = html("div", {class: "lines"});
    const hand = page.leaves.includes(v) ? new Hand(state, v) : null;
    const opens = box?.opens && html("button", {type: "button", onclick: () => {
      this.close();
      state.openBox(box.opener);
    }}, state.opening(box));
    const rows = (box?.rows ?? []).map(leaf => [leaf, html("button", {type: "button", onclick: () => this.number(leaf, from)})]);
    const numbers = html("div", {class: "numbers"}, rows.map(([, row]) => row));      // each as large as a finger
    this.open(from, [title, hand?.group, all, lines, numbers, opens], () => {
      hand?.update();
      for (const [leaf, row] of rows) write(row, `${state.name(leaf)} ${digits(state.values[leaf])}`);
      all.textContent = repr(state.values[v]);
      lines.replaceChildren(...this.lines(v, index).map(line => html("p", {}, line)));
    });
  }

  lines(v, index) {
    const {state} = this, {page} = state, lines = [];
    const formula = page.boxes[index]?.formula;
    if (formula) {
      lines.push(`= ${filled(formula, u => page.called[u])}`);
      lines.push(`= ${filled(formula, u => enclosed(state.values[u]))} = ${digits(state.values[v])}`);
    }
    if (state.shows.has("slopes") && index !== null && state.met(index)) lines.push(...backwardLines(state, index));
    return lines;
  }

  rule(tail, head, from) {           // of one arrow: the partial in textbook form, in names, in numbers, the product
    const {state} = this, {page} = state, x = page.boxes[tail].head, z = page.boxes[head].head;
    const title = html("h2", {}, fraction(page.called[z], page.called[x])), lines = html("div", {class: "lines"});
    const scissors = state.shows.has("scissors") && html("button", {type: "button", class: "hand", onclick: () => {
      state.cut(tail, head);
      said(state.isCut(tail, head) ? "cut: it carries nothing back" : "joined again");
    }});
    this.open(from, [html("p", {class: "soft"}, `rule of this arrow: ${page.boxes[head].op}`), title, lines, scissors], () => {
      const cut = state.isCut(tail, head), rule = page.rules[`${tail}-${head}`];
      const local = state.graph.backward(z, new Set(), page.boxes[head].members).grads[x];
      const off = page.boxes[head].members.some(v => page.gates[v] && state.graph.partials[v].every(d => d === 0));
      const back = state.grads[z], carried = cut || !local ? 0 : back * local, told = [];
      if (state.hides) return lines.replaceChildren(html("p", {}, HIDDEN));
      if (rule && !off) {            // the rule is of numbers for which it is on
        told.push(`= ${filled(rule, u => page.called[u])}`);
        if (/v\d/.test(rule)) told.push(`= ${filled(rule, u => enclosed(state.values[u]))}`);
      }
      told.push(`= ${digits(local, 6)}${off && local === 0 ? ", for it is off" : ""}`);
      told.push(`${fraction(page.called[state.root], page.called[z])} × this = ${enclosed(back)} × ${cut ? "0, cut" : enclosed(local)} = ${digits(carried)}`);
      lines.replaceChildren(...told.map(line => html("p", {}, line)));
      if (scissors) scissors.textContent = cut ? "Join again" : "✂ Cut this arrow";
    });
  }
}

function backwardLines(state, index) {               // how a box gets its derivative: along each arrow, and their sum
  const {page} = state, box = page.boxes[index], root = page.called[state.root], name = page.called[box.head];
  if (state.hides) return [`${fraction(root, name)} = ?`, HIDDEN];
  const whole = fraction(root, name), users = state.state.arrows.filter(([tail]) => tail === index).map(([, head]) => head);
  if (box.head === state.root) return [`${whole} = 1`];
  const terms = users.filter(head => !state.isCut(index, head)).map(head => [page.boxes[head].head, state.local(head)[box.head]]);
  if (!terms.length) return [`${whole} = ${digits(state.grads[box.head])}`];
  const symbols = terms.map(([z]) => `${fraction(root, page.called[z])} × ${fraction(page.called[z], name)}`);
  const numbers = terms.map(([z, d]) => `${enclosed(state.grads[z])} × ${enclosed(d)}`);
  return [`${whole} = ${symbols.join(" + ")}`, `= ${numbers.join(" + ")} = ${digits(state.grads[box.head])}`];
}

class Hand {                         // a number that can be moved: dragged, typed, by keys and by two buttons
  constructor(state, v, {short = false} = {}) {
    Object.assign(this, {state, v});
    const name = state.name(v), by = factor => () => this.by(factor);
    this.range = html("input", {type: "range", "aria-label": name, step: "any", oninput: () => state.move([[this.v, this.range.valueAsNumber]]),
                                onkeydown: event => this.key(event)});
    this.text = html("input", {type: "text", inputmode: "decimal", "aria-label": `${name}, typed`, autocomplete: "off", spellcheck: "false",
                               onchange: () => this.typed(), onfocus: () => this.text.select()});
    this.why = html("p", {class: "why"});
    const side = (text, factor, what) => html("button", {type: "button", "aria-label": what, onclick: by(factor)}, text);
    this.group = html("div", {class: "hand-row", role: "group", "aria-label": name}, html("span", {class: "hand-name", "aria-hidden": "true"}, name),
      side("−", -1, `${name} lower`), this.range, side("+", 1, `${name} higher`), short ? null : this.text, this.why);
  }

  unit() {
    const [low, high] = this.state.ranges[this.v];
    return step(high - low) / 10;
  }

  by(factor) {
    const x = this.state.values[this.v] + factor * this.unit();
    this.state.move([[this.v, Number(x.toPrecision(12))]]);
  }

  key(event) {                       // as far as the buttons go; ten times with shift
    const ways = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10};
    if (!(event.key in ways)) return;
    event.preventDefault();
    event.stopPropagation();
    this.by(ways[event.key] * (event.shiftKey ? 10 : 1));
  }

  typed() {
    const x = Number(this.text.value.replace(/[−–]/g, "-").replace(",", "."));
    if (this.text.value.trim() && Number.isFinite(x)) this.state.move([[this.v, x]]);
    else this.why.textContent = `a number is needed here; ${this.text.value.trim() || "nothing"} is none`;
  }

  update() {
    const {state, v, range} = this, x = state.values[v], [low, high] = state.ranges[v];
    put(range, "min", low);
    put(range, "max", high);
    range.value = x;
    range.style.setProperty("--part", `${100 * (x - low) / (high - low)}%`);
    put(range, "aria-valuetext", `${spoken(state, v)}, ${spoken(state, state.root)}`);
    if (document.activeElement !== this.text) this.text.value = digits(x, 6);
    write(this.why, state.sentence);
  }
}
