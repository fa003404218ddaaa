// The root, or where steps take the mean of its terms that, against one parameter: axes, curve, tangent with rise over run, trail, the gap that a nudge leaves.

const POINTS = 160;
const LARGEST = 1.7e308;

class Curve {
  constructor(place, state, {width = 400, height = 320, narrow, below = place} = {}) {
    Object.assign(this, {place, state, width, height, narrow});
    [this.still, this.moving] = [svg("g"), svg("g")];                               // the second follows the hand
    this.svg = svg("svg", {class: "curve", role: "img"}, this.still, this.moving);
    this.note = html("p", {class: "note"});
    this.rows = html("tbody");
    this.heads = html("tr");
    const table = html("table", {}, html("thead", {}, this.heads), this.rows);
    this.table = html("details", {class: "points"}, html("summary", {}, "The curve as a table"), table);
    place.append(this.svg, this.note);
    below.append(this.table);
    narrow?.addEventListener("change", () => this.update());
    state.watch(() => this.update());
  }

  sampled(leaf, low, high) {         // the loss, and each term of a sum, along the axis; found anew when others move
    const {state} = this, {share} = state, others = state.page.leaves.filter(v => v !== leaf).map(v => state.values[v]);
    const key = [leaf, low, high, share, ...others].join();
    if (this.key !== key) {
      const nodes = [state.root, ...state.page.terms];
      const xs = Array.from({length: POINTS + 1}, (_, i) => low + (high - low) * (i / POINTS));
      this.points = state.graph.at_numbers(leaf, xs, nodes).map((found, i) => [xs[i], found && [share * found[0], ...found.slice(1)]]);
      this.key = key;
      this.seen = null;
    }
    return this.points;
  }

  update() {
    const {state} = this, leaf = state.param, [low, high] = state.ranges[leaf], small = this.narrow?.matches;
    const [width, height] = small ? [358, 140] : [this.width, this.height];
    const before = this.points, points = this.sampled(leaf, low, high), x0 = state.values[leaf], y0 = state.share * state.values[state.root];
    const seen = points === before && this.seen ? this.seen : points.flatMap(([, ys]) => ys ?? []).filter(Number.isFinite).sort((a, b) => a - b);
    const inner = seen.slice(Math.floor(seen.length * 0.01), Math.ceil(seen.length * 0.99) || 1), least = inner[0] ?? y0, most = inner.at(-1) ?? y0;
    const ticks = nice(Math.min(least, y0, least > 0 && least < most / 3 ? 0 : y0), Math.max(most, y0), small ? 2 : 4);
    const [bottom, top] = [ticks[0], ticks.at(-1)], left = 48, right = width - 8, up = 30, down = height - 52;
    const X = x => left + (x - low) / (high - low) * (right - left), Y = y => down - (y / 2 - bottom / 2) / (top / 2 - bottom / 2) * (down - up);
    Object.assign(this, {X, Y, bottom, top, left, right, seen, down});
    const axes = [bottom, top, ticks.length, low, high, width, leaf].join();
    if (points !== before || axes !== this.axes) {   // else all of this stands where it stood
      put(this.svg, "viewBox", `0 0 ${width} ${height}`);
      this.still.replaceChildren(...this.ground(points, ticks, nice(low, high, small ? 3 : 4), leaf, height));
    }
    this.axes = axes;
    this.moving.replaceChildren(...(state.shows.has("tangent") ? this.tangent(x0, y0) : []),
      ...(state.nudge ? this.nudged(leaf, x0, y0) : []), ...this.trail(leaf),
      svg("circle", {cx: X(x0), cy: Y(clamp(y0, bottom, top)), r: 8, class: "dot"}));
    const slope = state.shows.has("tangent") && !state.hides ? `; its slope there is ${digits(state.share * state.slope(leaf))}` : "";
    put(this.svg, "aria-label", `${state.loss} against ${state.name(leaf)}: at ${digits(x0)} it is ${digits(y0)}${slope}`);
    this.say(leaf, x0, y0);
    if (this.table.open || !this.rows.children.length) this.fill(leaf, points);
  }

  ground(points, ticks, along, leaf, height) {       // axes, the curve, each term's, kinks and poles
    const {state, X, Y, left, right, bottom, top} = this, [low, high] = state.ranges[leaf], up = 30, down = height - 52;
    const path = (ys, kind) => svg("path", {d: drawn(points.map(([x, found]) => [X(x), ys(found)]), Y, bottom, top), class: kind});
    return [
      ...ticks.flatMap(y => [svg("path", {d: `M${left} ${Y(y)}H${right}`, class: y === ticks[0] ? "axis" : "grid"}),
                             label(left - 8, Y(y) + 5, digits(y), "tick", "end")]),
      ...along.filter(x => x >= low && x <= high).flatMap(x =>
        [svg("path", {d: `M${X(x)} ${down}v5`, class: "axis"}), label(X(x), down + 21, digits(x), "tick", "middle")]),
      label(state.mean ? 0 : left - 8, 16, state.loss, "name", state.mean ? "start" : "end"),
      label(right, height - 8, state.name(leaf), "name", "end"),
      ...this.poles(points, X, up, down),
      ...state.page.terms.map((v, i) => path(found => found?.[i + 1], `term dash${i % 4}`)),
      ...this.termNames(points, X, Y),
      path(found => found?.[0], "root"),
      ...this.kinks(points, X, Y),
    ];
  }

  poles(points, X, up, down) {       // where the root has no value between two points that have one
    const gaps = points.flatMap(([x, found], i) => {
      const [before, after] = [points[i - 1]?.[1], points[i + 1]?.[1]];
      return !found && (before || after) ? [x] : [];
    });
    return gaps.map(x => svg("path", {d: `M${X(x)} ${up}V${down}`, class: "pole"}));
  }

  kinks(points, X, Y) {              // where the slope jumps from one stretch to the next
    const found = [], range = this.top - this.bottom, y = i => points[i]?.[1]?.[0] ?? NaN, rise = i => y(i + 1) - y(i);
    for (let i = 2; i < points.length - 2; i++) {
      const [before, jump, after] = [i - 1, i, i + 1].map(j => Math.abs(rise(j) - rise(j - 1)));
      if (jump > range / 1000 && jump > 3 * before && jump > 3 * after) found.push(i);
    }
    return found.filter(i => y(i) >= this.bottom && y(i) <= this.top)
      .map(i => svg("circle", {cx: X(points[i][0]), cy: Y(y(i)), r: 4, class: "kink"}));
  }

  termNames(points, X, Y) {          // above its line or below it, at the right end or at the left, where there is room and few lines pass
    const {page} = this.state, {bottom, top, down} = this, taken = [];
    if (this.narrow?.matches) return [];             // no room for names; the curves are told apart by their dashes
    return page.terms.map((v, i) => {
      const name = page.named[v] ? page.called[v] : `term ${i + 1}`, long = 8 * name.length, at = x => X(points[x][0]);
      const places = [[at(points.length - 8) - long, "end"], [at(7), "start"]].flatMap(([from, anchor]) => {
        const beside = points.filter(([x, found]) => found && X(x) >= from && X(x) <= from + long);
        const lines = each(page.terms.length + 1, n => beside.map(([, found]) => Y(clamp(found[n], bottom, top)))), [ys] = lines.splice(i + 1, 1);
        const crossed = y => lines.filter(line => line.some(at => at > y - 14 && at < y + 4)).length;
        const above = Math.min(...ys) - 5, below = Math.max(...ys) + 14;
        return ys.length ? [above, below, ...each(page.terms.length, n => above - 15 * (n + 1))].map((y, far) => ({from, anchor, y, crowded: (far > 1 ? 1 : 0) + crossed(y)})) : [];
      }).sort((one, other) => one.crowded - other.crowded);
      if (!places.length) return false;
      const free = one => one.y > 12 && one.y < down - 2 && taken.every(other => Math.abs(other.from - one.from) > long || Math.abs(other.y - one.y) >= 15);
      const {from, anchor, y} = places.find(free) ?? places[0];
      taken.push({from, y});
      return label(anchor === "end" ? from + long : from, y, name, "term-name", anchor);
    }).filter(Boolean);
  }

  tangent(x0, y0) {
    const {state, X, Y, bottom, top} = this, g = state.share * state.grads[state.param], [low, high] = state.ranges[state.param];
    if (!Number.isFinite(g)) return [];
    const ends = [low, high].map(x => {              // within the axes
      const y = y0 + g * (x - x0), held = clamp(y, bottom, top);
      return [y === held || !g ? x : clamp(x0 + (held - y0) / g, low, high), held];
    });
    const kind = sign(g), cut = state.graph.cut.size > 0;
    const line = svg("path", {d: `M${X(ends[0][0])} ${Y(ends[0][1])}L${X(ends[1][0])} ${Y(ends[1][1])}`, class: `tangent ${kind}`});
    const parts = [], whole = state.share * state.slope(state.param);
    if (cut) {                                       // both: the one that touches, and the one that misses
      const span = (high - low) / 3;
      parts.push(svg("path", {d: `M${X(x0 - span)} ${Y(clamp(y0 - whole * span, bottom, top))}L${X(x0 + span)} ${Y(clamp(y0 + whole * span, bottom, top))}`, class: "touches"}));
    }
    const size = step(high - low), right = X(x0 + size) + 100 <= this.right || X(x0 - size) - 100 < this.left;   // where its text has room
    const run = (right && x0 + size <= high ? 1 : -1) * size, rise = g * run, tip = y0 + rise;
    if (tip >= bottom && tip <= top && g !== 0) {
      const [a, b, c, d] = [X(x0), Y(y0), X(x0 + run), Y(tip)], outside = run > 0 ? c + 8 : c - 8;
      const says = `rise ${state.hides ? "?" : digits(rise)}`, long = 8.4 * says.length, start = run > 0 ? outside : outside - long;
      const lines = [g, whole].map(slope => x => Y(y0 + slope * (x - x0))), sides = d > b ? [b - 8, b + 20] : [b + 20, b - 8];
      const farther = each(8, n => n % 2 ? Math.max(b, d) + 30 + 9 * n : Math.min(b, d) - 26 - 9 * n);
      parts.push(svg("path", {d: `M${a} ${b}H${c}V${d}z`, class: `triangle ${kind}`}),
                 label((a + c) / 2, this.clear((a + c) / 2 - 24, 48, [...sides, ...farther], lines), `run ${digits(run)}`, `measure ${kind}`, "middle"),
                 label(outside, this.clear(start, long, [(b + d) / 2 + 5, ...sides, ...farther], lines), says,
                       `measure strong ${kind}`, run > 0 ? "start" : "end"));
    }
    return [...parts, line];
  }

  clear(from, long, places, lines) { // of some heights of a text the first at which lines and the curve leave it clear
    const {state, X, Y, left, right} = this, [low, high] = state.ranges[state.param], x = at => low + (at - left) / (right - left) * (high - low);
    const curve = x => Y(this.points[Math.round(clamp((x - low) / (high - low), 0, 1) * POINTS)][1]?.[0] ?? NaN);
    const crossings = y => total([...lines, curve].map(line => each(9, i => line(x(from + long * i / 8))).filter(at => at > y - 15 && at < y + 5).length));
    const within = places.filter(y => y > 12 && y < this.down + 1), least = Math.min(...within.map(crossings));
    return within.find(y => crossings(y) === least) ?? places[0];
  }

  nudged(leaf, x0, y0) {             // the gap between tangent and curve
    const {state, X, Y, bottom, top} = this, found = this.nudge(leaf, x0, y0);
    if (!found || found.x < state.ranges[leaf][0] || found.x > state.ranges[leaf][1]) return [];
    const [guess, real] = [y0 + found.predicted, y0 + found.real].map(y => Y(clamp(y, bottom, top)));
    return [svg("path", {d: `M${X(found.x)} ${guess}V${real}`, class: "gap"}),
            svg("circle", {cx: X(found.x), cy: guess, r: 5, class: "guess"}),
            svg("circle", {cx: X(found.x), cy: real, r: 5, class: "real"})];
  }

  nudge(leaf, x0, y0) {
    const {state} = this, x = x0 + state.nudge, found = state.graph.at_number(leaf, x, [state.root]);
    return found && {x, predicted: state.share * state.nudge * state.grads[leaf], real: state.share * found[0] - y0};
  }

  trail(leaf) {
    const {state, X, Y} = this, i = state.page.wrt.indexOf(leaf);
    if (i < 0) return [];
    const [start, ...others] = state.trail;
    const dot = (entry, kind) => svg("circle", {cx: X(entry.numbers[i]), cy: Y(clamp(state.share * entry.root, this.bottom, this.top)), r: 5, class: kind});
    return [dot(start, "start"), ...others.map(entry => dot(entry, "step"))];
  }

  say(leaf, x0, y0) {
    const {state} = this, name = state.name(leaf), {share} = state, lines = [];
    const found = state.nudge && this.nudge(leaf, x0, y0);
    if (found) lines.push(`${name} + ${digits(state.nudge)}: the tangent says ${state.hides ? "?" : digits(found.predicted)}, ${state.loss} changes by ${digits(found.real)}`);
    if (state.graph.cut.size && state.shows.has("tangent")) {
      lines.push(`all paths ${digits(share * state.slope(leaf))}, it touches; what is left ${digits(share * state.grads[leaf])}` +
                 (near(state.slope(leaf), state.grads[leaf]) ? "" : ", it misses"));
    } else if (state.shows.has("tangent")) {
      lines.push(`${state.quotient(leaf)} = ${state.hides ? "?" : `${state.product(leaf)}${digits(share * state.grads[leaf])}`}`);
    }
    if (lines.join() === this.said) return;
    this.said = lines.join();
    this.note.replaceChildren(...lines.map(line => html("span", {}, line)));
  }

  fill(leaf, points) {
    const {state} = this, few = points.filter((_, i) => i % 16 === 0);
    this.heads.replaceChildren(...[state.name(leaf), state.loss].map(text => html("th", {scope: "col"}, text)));
    this.rows.replaceChildren(...few.map(([x, found]) =>
      html("tr", {}, html("td", {}, digits(x)), html("td", {}, found ? digits(found[0]) : "no value"))));
  }
}

function drawn(points, Y, bottom, top) {             // broken where there is no value, and where the axes end
  let text = "", pen = "M", before = null;
  const margin = (top - bottom) * 0.02, inside = y => y >= bottom - margin && y <= top + margin;
  for (const [x, y] of points) {
    const there = y != null && Number.isFinite(y) && inside(y);
    if (there) {
      if (pen === "M" && before) text += `M${round(before[0])} ${round(Y(clamp(before[1], bottom, top)))}L`;
      else text += pen;
      text += `${round(x)} ${round(Y(y))}`;
      pen = "L";
    } else {
      if (pen === "L" && y != null && Number.isFinite(y)) text += `L${round(x)} ${round(Y(clamp(y, bottom, top)))}`;
      pen = "M";
    }
    before = y != null && Number.isFinite(y) ? [x, y] : null;
  }
  return text;
}

const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

function step(range) {               // 1, 2 or 5 times a power of ten, about a sixth of a range
  const raw = range / 6, unit = 10 ** Math.floor(Math.log10(raw)), times = raw / unit;
  return unit * (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10);
}

function nice(low, high, count) {    // ticks from below the lowest to above the highest
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (!(high / 2 - low / 2 > Math.max(1e-12 * size, 1e-280))) {                    // as good as one number
    const room = size > 1e-250 ? size / 2 : 1;
    [low, high] = [low - room, high + room];
  }
  const raw = high / count - low / count, unit = 10 ** Math.floor(Math.log10(raw)), times = raw / unit;
  const by = unit * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10), first = Math.floor(low / by + 1e-9);
  const ticks = [];
  for (let n = first; ticks.length < 2 || (n - 1) * by < high - 1e-9 * by; n++) ticks.push(Number(clamp(n * by, -LARGEST, LARGEST).toPrecision(12)));
  return ticks;
}

function near(x, y, absolute = 0) { return Math.abs(x - y) <= Math.max(absolute, 1e-7 * Math.max(Math.abs(x), Math.abs(y))); }
