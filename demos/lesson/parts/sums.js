// Sum and descend: the curve of all, pulls at their length on its own axis, ghosts of sum and mean, tables.

const ROW_SIGNS = {"-1": "to the left", 1: "to the right", 0: "nowhere"};

class SumCurve extends Curve {
  update() {
    if (this.state.view !== "sum") return;
    if (this.shown !== this.state.page) this.key = null;
    this.shown = this.state.page;
    super.update();
    const {state, X, Y} = this, leaf = state.param, x0 = state.values[leaf], g = state.grads[leaf], height = this.down;
    const [low, high] = state.ranges[leaf], inside = x => x >= low && x <= high;
    const arcs = state.trail.slice(1).map((entry, i) => this.arc(state.trail[i], entry));
    const ghosts = state.page.terms.length ? [["sum", 1], ["mean", 1 / state.page.terms.length]] : [["next", 1]];
    this.moving.append(...arcs.slice(-8), ...ghosts.flatMap(([name, share]) => {
      const x = x0 - state.rate * share * g, found = inside(x) && state.graph.at_number(leaf, x, [state.root]);
      if (!found) return [];
      const y = Y(clamp(state.share * found[0], this.bottom, this.top));
      const high = name === "mean" ? 30 : 14;        // each in its own line, above all curves
      return [svg("circle", {cx: X(x), cy: y, r: 11, class: "ghost", "data-ghost": name, "data-number": x}), svg("path", {d: `M${X(x)} ${high + 4}V${height}`, class: "plumb"}),
              label(clamp(X(x), state.mean ? 100 : 74, this.right - 16), high, name, "tick", "middle")];
    }));
    this.after?.();
  }

  tangent() { return []; }           // pulls say it here

  arc(from, to) {
    const {X, Y, bottom, top, state} = this, [a, b] = [from, to].map(entry => [X(entry.numbers[0]), Y(clamp(state.share * entry.root, bottom, top)) - 10]);
    const high = Math.max(36, Math.min(a[1], b[1]) - 14 - Math.abs(a[0] - b[0]) / 6);          // under the ghosts' names
    return svg("path", {d: `M${a[0]} ${a[1]}C${a[0]} ${high} ${b[0]} ${high} ${b[0]} ${b[1]}`, class: "arc"});
  }
}

class Pulls {                        // each begins where the one before ended
  constructor(place, state, curve, narrow) {
    Object.assign(this, {state, curve, narrow});
    this.svg = svg("svg", {class: "pulls", role: "img"});
    place.append(this.svg);
    state.watch(() => this.update());
  }

  update() {
    const {state, curve} = this;
    if (state.view !== "sum" || !curve.X) return;
    const flowers = state.flower === ALL ? FLOWERS : [state.flower], pulls = flowers.map(name => state.pull(name)), g = state.grads[state.param];
    const share = state.rate, b3 = state.b3, parts = [], sums = flowers.length > 1 ? [["sum", g], ["mean", g / flowers.length]] : [["slope", g]], told = aligned([...pulls, ...sums.map(([, step]) => step)]);
    let from = b3;
    flowers.forEach((name, i) => {
      const to = from - share * pulls[i];
      parts.push(...this.row(i, name, told[i], from, to, sign(pulls[i]), 6, name === "Setosa" ? `p_setosa − 1 < 0: ${ROW_SIGNS[-Math.sign(pulls[i])]}` : `p_setosa > 0: ${ROW_SIGNS[-Math.sign(pulls[i])]}`));
      from = to;
    });
    const shown = x => String(Number(x.toFixed(ALIGNED)));
    sums.forEach(([name, step], i) => {
      const number = told[flowers.length + i], to = b3 - share * step;
      parts.push(...this.row(flowers.length + i, name, number, b3, to, Boolean(i) === state.mean ? "whole" : "mean", 3,
        `${shown(b3)} − ${digits(share)} · (${number}) = ${shown(to)}`));
    });
    this.svg.setAttribute("aria-label", [...flowers.map((name, i) => `${name} pulls ${digits(pulls[i])}`), ...sums.map(([name, step]) => `${name} ${digits(step)}`)].join(", "));
    put(this.svg, "viewBox", this.narrow.matches ? "0 0 358 205" : "0 0 776 158");
    this.svg.replaceChildren(...parts);
  }

  row(i, name, number, from, to, kind, width, says) {            // the rod is below its texts: they never meet
    const {X} = this.curve, small = this.narrow.matches, line = small ? 14 + 41 * i : 14 + 31 * i, y = small ? line + 14 : line + 10;
    const [a, b] = [X(from), X(to)], way = Math.sign(b - a), head = Math.min(10, Math.abs(b - a)), end = small ? 358 : 776;
    return [label(0, line, name, kind === "mean" ? "soft" : "name"), label(small ? 132 : 150, line, number, `pull ${kind}`, "end"),
      svg("path", {d: `M${a} ${y}H${b - way * head}`, class: `rod ${kind}`, "stroke-width": width}), svg("path", {d: `M${b} ${y}l${-way * head} -6v12z`, class: `tip ${kind}`}),
      label(end, line, says, "soft", "end")];
  }
}

class FlowerTable {                  // both probabilities side by side
  constructor(place, state) {
    this.state = state;
    this.body = html("tbody");
    this.caption = html("caption");
    place.append(html("table", {class: "observed-table"}, this.caption, html("thead", {}, html("tr", {}, ...["flower", "p_observed", "p_setosa", "∂CE/∂b3"].map(text => html("th", {scope: "col"}, text)))), this.body));
    state.watch(() => this.update());
  }

  update() {
    const {state} = this, cell = (text, kind) => html("td", {class: kind}, text);
    this.caption.textContent = `at b3 = ${digits(state.b3)}`;
    const pulls = FLOWERS.map(name => state.pull(name)), total = state.data.total, graph = state.graphs?.get(total);
    const sum = (graph ? graph.backward(graph.root, new Set()).grads[state.leaf("b3", total)] : 0) * (state.mean ? 1 / FLOWERS.length : 1), told = aligned([...pulls, sum]);
    const rows = FLOWERS.map((name, i) => {
      const p = aligned([...state.p(name), 0.1]);
      return html("tr", {"aria-current": name === state.flower ? "true" : null}, cell(name), cell(p[state.data.species[name]]), cell(p[0]), cell(told[i], sign(pulls[i])));
    });
    this.body.replaceChildren(...rows, html("tr", {class: "sum"}, cell(state.mean ? "mean" : "sum"), cell(""), cell(""), cell(told.at(-1), sign(sum))));
  }
}

class Nine {                         // the derivatives of softmax: each probability by each output
  constructor(place, state) {
    this.state = state;
    this.body = html("tbody");
    place.append(html("table", {class: "nine"}, html("caption", {}, "Nine derivatives. By its own z: p times 1 − p. By the z of another: minus the product of the two p. All z raised alike change no p: each line adds up to 0."),
      html("thead", {}, html("tr", {}, ...["", ...SPECIES].map(p => html("th", {scope: "col"}, ...(p && ["∂z_", html("wbr"), p.slice(2)]))))), this.body));
    state.watch(() => this.update());
  }

  update() {
    const {state} = this;
    if (state.stage !== 4) return;
    const lines = state.jacobian(state.one), told = aligned(lines.flat());
    this.body.replaceChildren(...lines.map((line, i) => html("tr", {}, html("td", {}, `∂${SPECIES[i]}`),
      ...line.map((d, j) => html("td", {class: `${sign(d)}${j === 0 && SPECIES[i] === state.observed ? " used" : ""}`}, told[3 * i + j])))));
  }
}

function pace(state) {               // what the steps so far show of the rate
  const steps = state.trail.map(entry => [entry.numbers[0], entry.grads[0]]), n = steps.length;
  if (n < 3) return "";
  const [[a], [b], [c]] = steps.slice(-3);
  if (n > 6 && Math.abs(a - c) < 0.02 && Math.abs(a - b) > 0.2) return `It jumps for ever between ${digits(Math.max(b, c), 2)} and ${digits(Math.min(b, c), 2)}: the rate is too large.`;
  const turns = steps.slice(1).filter(([, g], i) => g * steps[i][1] < 0).length;
  if (turns) return Math.abs(c - b) < 0.01 ? "It overshot, and has settled." : "It overshoots: it is now on the other side of the minimum.";
  if (state.flower !== ALL && n > 10) return `One ${state.flower} alone pushes b3 without end: ${setosa(state) ? "p_setosa − 1" : "p_setosa"} is never 0.`;
  return "";
}

class Guess {                        // where the pulls add up to 0
  constructor(place, state) {
    this.says = html("p", {class: "rate-says", role: "status"});
    this.input = html("input", {type: "text", inputmode: "decimal", "aria-label": "your b3", onkeydown: event => event.key === "Enter" && this.check()});
    this.verdict = html("p", {class: "verdict", role: "status"});
    this.state = state;
    this.group = html("div", {class: "guess-row"}, html("b", {}, "Your turn"), " Where do the pulls add up to 0? b3 = ", this.input, html("button", {type: "button", onclick: () => this.check()}, "Check"), this.verdict);
    place.append(this.says, this.group);
    state.watch(() => {
      this.says.hidden = state.view !== "sum";
      this.group.hidden = state.view !== "sum" || state.flower !== ALL;
      this.says.textContent = state.view === "sum" ? pace(state) : "";
      if (!state.touched) this.input.value = "";
      if (state.b3 !== this.guess) this.verdict.textContent = "";
    });
  }

  check() {
    const x = Number(this.input.value.replace(/[−–]/g, "-").replace(",", ".")), {state} = this;
    if (!this.input.value.trim() || !Number.isFinite(x)) {
      this.verdict.textContent = `a number is needed here; ${this.input.value.trim() || "nothing"} is none`;
      return;
    }
    this.guess = x;
    state.move([[state.leaf("b3"), x]]);
    const pulls = aligned(FLOWERS.map(name => state.pull(name))), g = state.grads[state.leaf("b3")];
    this.verdict.textContent = `At b3 = ${digits(x)} the pulls are ${pulls.join(", ")}: together ${Math.abs(g) < 0.0005 ? "0, and none of them is 0" : digits(g)}.`;
  }
}
