// The drawing of a graph, bound to a state: boxes, arrows, and what they say; it can be put into any page.

const FORMS = {
  wide: {pad: 12, name: 28, number: 58, height: 72, slope: 38, row: 26, rowText: 18},
  tall: {pad: 10, name: 25, number: 25, height: 38, slope: 28, row: 22, rowText: 16},
};
const QUIET = {...FORMS.tall, name: 20, number: 42, height: 52};                   // of two lines, on a telephone
const LOW = {...QUIET, name: 26, number: 51};           // a low box on a wide page
const ROWS = 6;
const sign = x => x > 0 ? "plus" : x < 0 ? "minus" : "zero";

class Drawing {
  constructor(place, state, {narrow, card}) {
    Object.assign(this, {place, state, narrow, card, built: ""});
    this.svg = svg("svg", {class: "graph", role: "group", "aria-label": `the graph of ${state.name(state.root)}`});
    place.append(this.svg);
    narrow.addEventListener("change", () => { this.built = ""; this.update(); });
    state.watch(() => this.update());
  }

  update() {
    const form = this.narrow.matches ? "tall" : "wide", {shows} = this.state;
    const {open} = this.state, key = [form, shows.has("slopes"), shows.has("scissors"), shows.has("everything")].join();
    this.locals = new Map();
    if (key !== this.built || open !== this.opened) {
      const {swapped} = this.state, from = swapped && this.spot(swapped);
      this.build(form, shows.has("slopes"));
      if (from) this.pin(swapped, from);
    }
    Object.assign(this, {built: key, opened: open});
    this.boxes.forEach(box => this.write(box));
    this.arrows.forEach(arrow => this.colour(arrow));
  }

  // Building -------------------------------------------------------------------------------------------------------

  build(form, slopes) {
    const focus = document.activeElement?.closest?.("[data-box], [data-arrow]")?.dataset;
    const {boxes, arrows, [form]: layout} = this.state.state;
    Object.assign(this, {form: FORMS[form], tall: form === "tall", slopes, layout});
    const margin = this.tall ? 7 : 10, width = layout.width + 2 * margin, height = layout.height + 2 * margin;
    this.svg.setAttribute("viewBox", `${-margin} ${-margin} ${width} ${height}`);
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", height);
    const least = this.tall ? 0.96 : 0.8;            // of its size: no text is below 12 pixels; beyond, it is scrolled
    this.svg.style.cssText = `min-width: ${least * width}px; min-height: ${least * height}px`;
    this.places = Object.fromEntries(boxes.map((box, i) => [box, layout.boxes[i]]));
    this.boxes = boxes.map((box, i) => this.box(box, layout.boxes[i]));
    this.arrows = arrows.map(([tail, head], i) => this.arrow(tail, head, layout.arrows[i], layout.spots?.[i]));
    this.svg.replaceChildren(...this.frame(boxes), ...this.arrows.map(a => a.group), ...this.boxes.map(b => b.group));
    this.measure();
    this.label();
    if (focus) {
      const [kind] = Object.keys(focus);
      this.svg.querySelector(`[data-${kind}="${focus[kind]}"]`)?.focus();
    }
  }

  aim() {                            // what is moved is to be seen at first, where the drawing is larger than its place
    const made = this.boxes.find(({box}) => this.state.page.wrt.includes(box.head));
    if (!made) return;
    const own = made.group.getBoundingClientRect(), {left, top, width, height} = this.place.getBoundingClientRect();
    this.place.scrollBy(own.left - left - Math.max(0, (width - own.width) / 2), own.top - top - Math.max(0, (height - own.height) / 2));
  }

  spot(key) {                        // where on the screen the arrow out of a box begins; null if it is not there
    const head = this.state.page.keys.indexOf(key.replace("~", "")), made = this.boxes.find(({box}) => box.head === head);
    if (!made) return null;
    const {right, left, top, bottom} = made.group.querySelector(".ground").getBoundingClientRect();
    return this.tall ? {x: (left + right) / 2, y: bottom} : {x: right, y: (top + bottom) / 2};
  }

  pin(key, from) {                   // a swap keeps the box where it was: by margins; what then lies outside can be scrolled to
    const {place, svg, tall} = this, to = this.spot(key), own = svg.getBoundingClientRect(), frame = place.getBoundingClientRect();
    if (!to) return;
    const x = own.left - frame.left + from.x - to.x, y = tall ? 0 : own.top - frame.top + from.y - to.y;
    const room = [place.clientHeight - y - own.height, place.clientWidth - x - own.width].map(n => Math.max(0, n));
    svg.style.cssText = `flex: none; width: ${own.width}px; height: ${own.height}px; max-width: none; max-height: none; ` +
      `margin: ${Math.max(0, y)}px ${room[1]}px ${tall ? 0 : room[0]}px ${Math.max(0, x)}px`;
    place.scrollTo(Math.max(0, -x), Math.max(0, -y));
    if (tall) scrollBy(0, this.spot(key).y - from.y);
  }

  measure() {                        // once, what does not change: names, operations, a digit
    [this.digit, this.factor] = ["number", "factor"].map(kind => {       // of a sign and a point a little less
      const probe = label(0, 0, "0000000000", kind);
      probe.setAttribute("font-weight", "bold");
      this.svg.append(probe);
      const all = wide(probe);
      probe.remove();
      return all / 10;
    });
    const {pad} = this.form, found = this.boxes.map(({named, op}) => [wide(named), op.textContent ? wide(op) + 6 : 0]);
    this.boxes.forEach((made, i) => {
      const [name, op] = found[i];
      made.taken = made.oneLine ? name + 8 + op : op;
      if (made.oneLine) made.op.setAttribute("x", Number(made.named.getAttribute("x")) + name + 8);
      else fit(made.named, name, made.w - 2 * pad - (made.box.opens ? 14 : 0));
    });
  }

  long(text, digit = this.digit) { return digit * (text.length - 0.4 * (text.match(/[-.]/g)?.length ?? 0)); }

  frame(boxes) {                     // around what an open box is made of
    const inner = boxes.filter(box => this.state.page.boxes[box].frame);
    if (!inner.length) return [];
    const places = inner.map(box => this.places[box]), {slope} = this.form;
    const left = Math.min(...places.map(([x]) => x)) - 14, top = Math.min(...places.map(([, y]) => y)) - 34;
    const right = Math.max(...places.map(([x, , w]) => x + w)) + 14;
    const bottom = Math.max(...inner.map((box, i) => places[i][1] + places[i][3] + (this.told(this.state.page.boxes[box]) ? slope : 0))) + 12;
    const last = this.state.page.boxes[inner.at(-1)], name = last.kind === "quiet" ? `${inner.length} others` : last.name;
    const close = () => this.state.openBox(this.state.open);
    const button = svg("g", {class: "close", tabindex: 0, role: "button", "aria-label": `close ${name}`, onclick: close,
                             onkeydown: pressed(close)},
                       svg("rect", {x: right - 46, y: top - 5, width: 44, height: 44, class: "hit"}),
                       label(right - 24, top + 23, "−", "name", "middle"));
    return [svg("g", {class: "frame"}, svg("rect", {x: left, y: top, width: right - left, height: bottom - top, rx: 12}),
                label(left + 14, top + 23, name, "name"), button)];
  }

  box(index, [x, y, w, h]) {
    const box = this.state.page.boxes[index], oneLine = this.tall ? box.kind !== "quiet" : h < QUIET.height, two = this.tall ? QUIET : h < FORMS.wide.height ? LOW : FORMS.wide;
    const lines = oneLine ? FORMS.tall : two;
    const {pad, name, number, slope, height, row, rowText} = lines;
    const given = this.state.isGiven(box.head) ? " given" : "";
    const kind = `box ${box.kind === "quiet" ? "quiet" : "way"}${box.opens ? " opens" : ""}${given}`, cell = this.slopes && this.told(box), full = h + (cell ? slope : 0);
    const group = svg("g", {class: kind, "data-box": index, tabindex: 0, role: "button"});
    if (box.opens && box.kind === "quiet") group.append(svg("rect", {x: x + 6, y: y - 6, width: w, height: full, rx: 10, class: "sheet"}));
    group.append(svg("rect", {x: x - 5, y: y - 5, width: w + 10, height: full + 10, rx: 14, class: "halo"}),
                 svg("rect", {x, y, width: w, height: full, rx: 10, class: "ground"}));
    const within = box.frame && (box.kind !== "quiet" || !this.state.page.named[box.head]);     // it is its operation there
    const named = label(x + pad, y + name, within ? box.op : box.name || box.op, "name");
    const place = this.state.name(box.head), opText = box.name ? within ? "" : box.op : /^#\d/.test(place) ? place : "", op = label(x + pad, y + number, opText, "op");
    const value = label(x + w - pad, y + number, "", "number", "end");
    const made = {index, box, kind, group, value, w, op, named, opText, oneLine, rows: [], around: [x, y, x + w, y + full]};
    group.append(named, op, value);
    box.rows.slice(0, box.rows.length > ROWS + 1 ? ROWS : ROWS + 1).forEach((leaf, i) => {
      const at = y + height + row * i, text = label(x + w - pad, at + rowText, "", "number small", "end");
      const line = svg("g", {class: this.state.isGiven(leaf) ? "row given" : "row", "data-leaf": leaf, tabindex: 0, role: "button"},
                       svg("rect", {x: x + 1, y: at, width: w - 2, height: row, class: "hit"}),
                       label(x + pad, at + rowText, this.rowName(leaf, box), "op small"), text);
      listen(line, event => { event.stopPropagation(); this.card.number(leaf, line); });
      made.rows.push([leaf, text, line]);
      group.append(line);
    });
    const more = box.rows.length - made.rows.length;
    if (more > 0) group.append(label(x + pad, y + height + row * ROWS + rowText, `${more} more`, "op small"));
    if (cell) {
      made.cell = svg("path", {d: `M${x} ${y + h}h${w}v${slope - 10}a10 10 0 0 1 -10 10h${20 - w}a10 10 0 0 1 -10 -10z`, class: "cell"});
      made.slope = label(x + w - pad, y + h + slope * 0.68, "", "number", "end");
      group.append(made.cell, label(x + pad, y + h + slope * 0.68, "∂", "op"), made.slope);
    }
    if (cell || box.rows.length) group.append(svg("rect", {x, y, width: w, height: full, rx: 10, class: "outline"}));
    if (box.opens) group.append(label(x + w - pad, y + name, oneLine ? "" : "›", "op", "end"));
    made.words = this.words(index);
    listen(group, () => this.chosen(made));
    group.addEventListener("keydown", event => this.wander(event, made));
    return made;
  }

  rowName(leaf, box) {               // without what the box says already
    const name = this.state.name(leaf), own = `${this.state.name(box.head)}.`;
    return name.startsWith(own) ? name.slice(own.length) : name;
  }

  chosen({index, box, group}) {
    if (box.kind === "quiet" && box.opens) this.state.openBox(box.opener);
    else this.card.number(box.head, group, index);
  }

  arrow(tail, head, points, spot) {
    const way = this.way(tail) && this.way(head);
    const line = svg("path", {class: "line"}), tip = svg("path", {class: "tip"}), text = label(0, 0, "", "factor", "middle");
    const hit = svg("path", {class: "hit"}), strike = svg("path", {class: "strike"});
    const group = svg("g", {"data-arrow": `${tail}-${head}`}, hit, line, tip, text, strike);
    listen(group, event => this.slopes && this.card.rule(...this.meant(event, made)));
    const made = {tail, head, points: [...points], group, line, tip, text, hit, strike, way, spot};
    const [x, y] = points.slice(-2), place = this.places[head];
    if (this.slopes && this.told(this.state.page.boxes[head]) && Math.abs(y - (place[1] + place[3])) < 2 && !this.tall) {    // from below: to under the ∂ cell
      const {slope} = place[3] < QUIET.height ? FORMS.tall : this.form;
      made.points[made.points.length - 1] += slope;
      made.points[made.points.length - 3] += slope;
    }
    if (this.state.shows.has("scissors") && (way || this.state.shows.has("everything"))) group.append(this.scissors(made));
    return made;
  }

  meant(event, {tail, head, group}) {                // of the arrows whose targets lie under a finger, the nearest
    if (event.type !== "click") return [tail, head, group];
    const under = document.elementsFromPoint(event.clientX, event.clientY).map(part => part.closest("[data-arrow]"));
    const near = this.arrows.filter(arrow => arrow.group === group || under.includes(arrow.group));
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    const far = near.map(({line}) => away(line, at)), found = near[far.indexOf(Math.min(...far))];
    return [found.tail, found.head, found.group];
  }

  scissors({tail, head, points, group}) {            // on the arrow itself; by keys Delete; a card has them as well
    const [x, y] = halfway(points), act = () => this.state.cut(tail, head);
    group.setAttribute("aria-keyshortcuts", "Delete");
    group.addEventListener("keydown", event => event.key === "Delete" && act());
    const made = svg("g", {class: "snip"}, svg("circle", {cx: x, cy: y, r: 22, class: "hit"}), svg("circle", {cx: x, cy: y, r: 14}),
                     label(x, y + 6, "✂", "sign", "middle"));
    made.addEventListener("click", event => { event.stopPropagation(); act(); });
    return made;
  }

  way(index) { return this.state.page.boxes[index].kind !== "quiet"; }

  // Writing --------------------------------------------------------------------------------------------------------

  write(made) {
    const {box, group, value, w, op, opText} = made, {state} = this, {pad} = this.form, {gates} = state.page;
    const x = state.values[box.head], off = gates[box.head] && state.graph.partials[box.head].every(d => d === 0);
    const shown = box.many ? "" : digits(x);
    write(value, shown);
    write(op, off ? `${opText || box.op}, off` : opText);
    fit(value, this.long(shown), w - 2 * pad - made.taken - (off ? 4 * this.digit : 0));
    for (const [leaf, text, line] of made.rows) {
      write(text, digits(state.values[leaf]));
      put(line, "aria-label", spoken(state, leaf));
    }
    const now = state.step ? state.steps[state.step - 1] : null;
    put(group, "class", `${made.kind}${now?.box === made.index ? " now" : ""}${off ? " off" : ""}`);
    if (made.cell) this.writeSlope(made);
    put(group, "aria-label", this.says(made));
  }

  told(box) { return !box.many && (box.kind !== "quiet" || this.state.shows.has("everything")); }

  writeSlope({box, index, cell, slope, w}) {
    const {hides} = this.state, g = this.state.grads[box.head], there = this.state.met(index), {pad} = this.form;
    const shown = hides ? "?" : there ? digits(g) : "", kind = there && !hides ? sign(g) : "";
    write(slope, shown);
    put(cell, "class", `cell ${kind}`);
    put(slope, "class", `number slope ${kind}`);
    fit(slope, this.long(shown), w - 2 * pad - 20);
  }

  words(index) {                     // of a box, what does not change as numbers move: parents, children
    const {boxes} = this.state.page, {arrows} = this.state.state, names = list => list.map(i => this.spoken(i)).join(" and ");
    const parents = arrows.filter(pair => pair[1] === index).map(pair => pair[0]);
    const children = arrows.filter(pair => pair[0] === index).map(pair => pair[1]), parts = [];
    if (parents.length) parts.push(`from ${names(parents)}`);
    if (children.length) parts.push(`goes into ${names(children)}`);
    if (boxes[index].opens) parts.push("can be opened");
    return parts;
  }

  says({box, index, words}) {        // what a listener needs of a box: number, operation, contribution, parents, children
    const {state} = this, parts = [box.many ? box.name : spoken(state, box.head, this.spoken(index))];
    if (box.many) return [...parts, ...words].join("; ");
    if (box.name && box.op) parts[0] += `, ${box.op}`;
    if (this.slopes && this.told(box) && state.met(index)) {
      parts.push(`derivative of ${state.name(state.root)} by it ${state.hides ? "hidden" : digits(state.grads[box.head])}`);
    }
    return [...parts, ...words].join("; ");
  }

  spoken(index) {
    const box = this.state.page.boxes[index];
    return box.name || this.state.name(box.head);
  }

  colour(made) {
    const {tail, head, points, spot, group, line, tip, text, hit, strike, way} = made, {state} = this, cut = state.isCut(tail, head), everything = state.shows.has("everything");
    const many = state.page.boxes[tail].many > 0, reachable = this.slopes && (way || everything) && !many, shown = reachable && state.met(tail), told = shown && !state.hides;
    let local = 0, carried = 0;
    if (shown) {
      local = this.local(tail, head);
      carried = local === 0 ? 0 : state.grads[state.page.boxes[head].head] * local;
    }
    const size = Number.isFinite(carried) ? Math.abs(carried) : 0, plain = way ? 2 : 1.4;
    const width = told ? Math.round(10 * Math.min(1.2 + 1.9 * Math.sqrt(size), 9)) / 10 : plain;
    const kind = told ? sign(carried) : "plain";
    if (made.width !== width) {
      const d = curve(points, 5 + 1.3 * width);
      for (const path of [line, hit]) put(path, "d", d.line);
      put(tip, "d", d.tip);
      put(line, "stroke-width", width);
      made.width = width;
    }
    put(group, "class", `arrow ${way ? "way " : ""}${kind}${cut ? " cut" : ""}${state.offers(tail, head) ? " offered" : ""}`);
    const factor = digits(cut ? this.whole(tail, head) : local, 4);
    write(text, shown ? `× ${told ? factor : "?"}` : "");
    put(strike, "d", cut ? `M${spot.x - 30} ${spot.y + 3}L${spot.x + 30} ${spot.y - 13}` : "");
    put(group, "tabindex", reachable ? 0 : null);
    put(group, "role", reachable ? "button" : null);
    const says = cut ? "cut, carries nothing back" : told ? `times ${factor}, carries back ${digits(carried)}` : "factor not shown yet";
    put(group, "aria-label", reachable ? `arrow from ${this.spoken(tail)} to ${this.spoken(head)}: ${says}` : null);
  }

  whole(tail, head) {                // the derivative along an arrow that is cut
    const box = this.state.page.boxes[head];
    return this.state.graph.backward(box.head, new Set(), box.members).grads[this.state.page.boxes[tail].head];
  }

  local(tail, head) {                // the number of an arrow, found once for all that go into a box
    if (!this.locals.has(head)) this.locals.set(head, this.state.local(head));
    return this.locals.get(head)[this.state.page.boxes[tail].head];
  }

  label() {                          // of each arrow, beside it, where the least is in its way: below a box it would be hidden
    const boxes = this.boxes.map(({around}) => around), labels = [];
    for (const made of this.arrows) {
      const half = this.slopes ? this.long(`× ${digits(this.local(made.tail, made.head))}`, this.factor) / 2 : 0;
      const ink = ({x, y}) => [x - half, y - 9, x + half, y + 1];
      const spots = made.spot ? [made.spot] : [this.middle(made, half), ...PARTS.flatMap(part => beside(made.points, part, half + 8))];
      const met = spots.map(spot => 3 * common(ink(spot), boxes) + common(ink(spot), labels));
      made.spot = spots[met.indexOf(Math.min(...met))];
      labels.push(ink(made.spot));
      put(made.text, "x", made.spot.x);
      put(made.text, "y", made.spot.y);
    }
  }

  middle({points, tail}, half) {
    const n = points.length / 2, i = 2 * Math.floor((n - 1) / 2), [x, y] = [points[i], points[i + 1]];
    const [u, v] = n % 2 ? [x, y] : [points[i + 2], points[i + 3]];
    const level = Math.abs(points.at(-1) - points[1]) < 20, mx = (x + u) / 2, my = (y + v) / 2;
    const [left, top] = this.places[tail];
    if (this.tall && points[0] === left && points.at(-2) < left) return {x: left + half + 4, y: top - 10};      // to the left: above its box
    if (this.tall) return {x: points.at(-2) + 44, y: points.at(-1) - 7};
    const [a, b, c, d] = [...points.slice(0, 2), ...points.slice(-2)];
    if (n === 4 && Math.abs(d - b) > Math.abs(c - a)) return {x: (a + c) / 2 + (a < c ? -50 : 50), y: (b + d) / 2 + 5};    // beside it
    return {x: level ? (points[0] + points.at(-2)) / 2 : mx, y: my - (level ? 14 : 10)};
  }

  // Keys: along the arrows -----------------------------------------------------------------------------------------

  wander(event, {index, group}) {
    if (event.target !== group) return;
    const along = this.tall ? ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"] : ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
    const way = along.indexOf(event.key);
    if (way < 0) return;
    const {boxes} = this.state.state, at = boxes.indexOf(index);
    const next = [() => this.arrows.filter(a => a.head === index).sort((a, b) => b.way - a.way)[0]?.tail,
                  () => this.arrows.find(a => a.tail === index)?.head,
                  () => boxes[at - 1], () => boxes[at + 1]][way]();
    event.preventDefault();
    this.svg.querySelector(`[data-box="${next}"]`)?.focus();
  }
}

function spoken(state, v, name = state.name(v)) { return `${name} ${digits(state.values[v])}`; }

function pressed(act) {
  return event => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act(event);
  };
}

function listen(part, act) {
  part.addEventListener("click", act);
  part.addEventListener("keydown", event => event.target === part && pressed(act)(event));
}

function away(line, {x, y}) {        // how far a point is from a path, taken for a chain of short lines
  const whole = line.getTotalLength(), ends = Array.from({length: 33}, (_, i) => line.getPointAtLength(whole * i / 32));
  return Math.min(...ends.slice(1).map((to, i) => {
    const from = ends[i], [dx, dy] = [to.x - from.x, to.y - from.y], long = dx * dx + dy * dy || 1;
    const t = Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / long));
    return Math.hypot(from.x + t * dx - x, from.y + t * dy - y);
  }));
}

const PARTS = [0.8, 0.65, 0.5, 0.35, 0.2];           // of an arrow, from its tail on
const common = (one, others) => others.reduce((area, other) => area +               // what a rectangle has in common with others
  Math.max(0, Math.min(one[2], other[2]) - Math.max(one[0], other[0])) *
  Math.max(0, Math.min(one[3], other[3]) - Math.max(one[1], other[1])), 0);

function beside(points, part, away) {                // two places for a label beside a curve of pieces: above and below it, or left and right
  const at = part * (points.length - 2) / 6, i = 6 * Math.floor(at), t = at % 1, s = 1 - t;
  const on = k => s ** 3 * points[i + k] + 3 * s * s * t * points[i + 2 + k] + 3 * s * t * t * points[i + 4 + k] + t ** 3 * points[i + 6 + k];
  const level = Math.abs(points[i + 6] - points[i]) > Math.abs(points[i + 7] - points[i + 1]), x = on(0), y = on(1);
  return level ? [{x, y: y - 8}, {x, y: y + 18}] : [{x: x + away, y: y + 5}, {x: x - away, y: y + 5}];
}

function halfway(points) {           // the middle of the middle piece of a curve
  const i = 6 * Math.floor((points.length - 2) / 12), [x, y, a, b, c, d, u, v] = points.slice(i, i + 8);
  return [(x + 3 * a + 3 * c + u) / 8, (y + 3 * b + 3 * d + v) / 8];
}

function curve(points, size) {       // a path, short of its tip; a tip
  const [x, y] = points.slice(-2);
  let [a, b] = points.slice(-4, -2);
  if (Math.hypot(x - a, y - b) < 1) [a, b] = points.slice(-6, -4);
  const long = Math.hypot(x - a, y - b) || 1, [dx, dy] = [(x - a) / long, (y - b) / long], half = size * 0.5;
  const line = [...points.slice(0, -2), x - dx * size, y - dy * size];
  const pairs = Array.from({length: line.length / 2}, (_, i) => `${round(line[2 * i])} ${round(line[2 * i + 1])}`);
  const left = `${round(x - dx * size - dy * half)} ${round(y - dy * size + dx * half)}`;
  const right = `${round(x - dx * size + dy * half)} ${round(y - dy * size - dx * half)}`;
  return {line: `M${pairs[0]}C${pairs.slice(1).join(" ")}`, tip: `M${round(x)} ${round(y)}L${left}L${right}z`};
}

const round = x => Math.round(x * 10) / 10;
