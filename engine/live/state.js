// The one state of a page: numbers, stage, step, what is open, what is cut. All that is shown follows it.

class State {
  constructor(page) {
    this.page = page;
    this.graph = new Graph(page.graph);
    this.watchers = [];
    this.param = page.wrt[0] ?? page.leaves[0];
    this.stage = 0;
    this.sentence = "";              // why a number cannot be
    this.answered = false;           // whether the reader knows the derivatives that were asked for
    this.reset(false);
  }

  reset(tell = true) {
    this.graph.cut.clear();
    this.graph.move(this.page.leaves.map(v => [v, this.graph.start[v]]));
    this.step = 0;
    this.nudge = 0;
    this.open = "";
    this.sentence = "";
    this.rate = 1;
    this.mean = false;
    this.ranges = Object.fromEntries(this.page.leaves.map(v => [v, around(this.graph.start[v])]));
    this.trail = [];
    this.note();
    this.differentiate();
    if (tell) this.changed();
  }

  differentiate() {
    this.back = this.graph.backward();
    this.trouble = this.back.trouble ? unfit(this.back.trouble, this.page, this.graph.values) : "";
  }

  watch(watcher) { this.watchers.push(watcher); watcher(); }

  changed() {
    this.differentiate();
    this.watchers.forEach(watcher => watcher());
  }

  get values() { return this.graph.values; }
  get grads() { return this.back.grads; }
  get root() { return this.graph.root; }
  get hides() { return this.shows.has("predict") && !this.shows.has("everything") && !this.answered && !this.step; }

  get shows() {                      // what has appeared by now; asked for often, so kept
    if (this.shownAt !== this.stage) {
      this.shown = new Set(this.page.stages.slice(0, this.stage + 1).flatMap(stage => stage.shows));
      this.shownAt = this.stage;
    }
    return this.shown;
  }

  get state() {                      // which boxes there are; asked for often, so kept
    if (this.stood?.key !== this.open || !this.page.states.includes(this.stood)) {
      this.stood = this.page.states.find(state => state.key === this.open) ?? this.page.states[0];
    }
    return this.stood;
  }

  name(v) { return this.page.called[v]; }

  // Moving ---------------------------------------------------------------------------------------------------------

  move(numbers) {                    // as far as it goes: what cannot be stops it there, and says why
    const from = numbers.map(([v]) => this.values[v]);
    const part = t => numbers.map(([v, x], i) => [v, t === 1 ? x : from[i] + t * (x - from[i])]);
    this.sentence = "";
    this.nudge = 0;
    try { this.graph.move(numbers); } catch (failure) {
      if (!(failure instanceof Refusal)) throw failure;
      this.sentence = this.why(failure, numbers);
      let low = 0, high = 1;
      for (let i = 0; i < 40; i++) {
        const middle = (low + high) / 2;
        try { this.graph.move(part(middle)); low = middle; } catch (again) {
          if (!(again instanceof Refusal)) throw again;
          high = middle;
        }
      }
    }
    for (const [v] of numbers) this.widen(v);
    this.changed();
    return !this.sentence;
  }

  why(failure, numbers) {            // the sentence, with the numbers that would have been
    const values = [...this.values];
    for (const [v, x] of numbers) values[v] = x;
    const above = new Set(numbers.flatMap(([v]) => this.graph.above(v)));
    try { this.graph.compute([...above].filter(v => v < failure.node).sort((v, w) => v - w), values); } catch { /* as far */ }
    return refusal(failure, this.page, values);
  }

  widen(v) {                         // a range that a number has left
    const [low, high] = this.ranges[v], x = this.values[v];
    if (x < low || x > high) this.ranges[v] = [Math.min(low, around(x)[0]), Math.max(high, around(x)[1])];
  }

  note() {                           // a row of the table of steps
    const {grads} = this.graph.backward();
    this.trail.push({numbers: this.page.wrt.map(v => this.values[v]), root: this.values[this.root],
                     grads: this.page.wrt.map(v => grads[v])});
  }

  get share() { return this.mean ? 1 / this.page.terms.length : 1; }      // of the sum, where a step takes the mean
  get loss() { return this.mean ? `mean ${this.name(this.root)}` : this.name(this.root); }
  quotient(leaf) { return fraction(this.mean ? `(${this.loss})` : this.loss, this.name(leaf)); }

  descend() {                        // all parameters at once, by the same backward pass
    const steps = this.page.wrt.map(v => [v, this.values[v] - this.rate * this.share * this.grads[v]]);
    if (this.trouble || steps.some(([, x]) => !Number.isFinite(x))) return;
    const last = this.trail.at(-1);
    if (last.numbers.some((x, i) => x !== this.values[this.page.wrt[i]])) this.note();
    if (this.move(steps)) this.note();
    this.changed();
  }

  // Boxes and arrows -----------------------------------------------------------------------------------------------

  edges(tail, head) {                // where the value of one box comes into another
    const box = this.page.boxes[head], x = this.page.boxes[tail].head;
    return box.members.flatMap(v => this.graph.operands[v].flatMap((y, place) => y === x ? [`${v}:${place}`] : []));
  }

  local(head) {                      // the derivatives of a box by all that comes into it
    const box = this.page.boxes[head];
    return this.graph.backward(box.head, this.graph.cut, box.members).grads;
  }

  get links() {                      // the arrows along the way
    return this.state.arrows.filter(pair => pair.every(i => this.page.boxes[i].kind !== "quiet"));
  }

  get asked() {                      // derivatives that the reader may be asked for: the whole, and what one arrow has
    const {boxes} = this.page, {links} = this;
    const factors = links.length < 8 ? links.map(([tail, head]) => [boxes[head].head, boxes[tail].head, boxes[head].members]) : [];
    return [[this.root, this.param, null], ...factors.reverse()];
  }

  get given() {                      // whether a leaf that no step moves is to be seen, beside some that are moved
    const {boxes, wrt} = this.page, given = v => !wrt.includes(v);
    return wrt.length > 0 && this.state.boxes.some(i => boxes[i].rows.some(given) || this.isGiven(boxes[i].head));
  }

  isGiven(v) { return this.page.wrt.length > 0 && this.page.leaves.includes(v) && !this.page.wrt.includes(v); }

  beside() { return {}; }            // what else a reader may name, beside what is in a graph: its number there, by its name

  opening(box) { return `Open ${box.name}`; }        // what the button says that opens it

  offers() { return false; }         // whether an arrow has its scissors at hand, before it is pointed at

  product(leaf) {                    // the factors along the way, where it is one line and they are shown
    if (!this.shows.has("slopes") || this.mean) return "";
    const {boxes} = this.page, {links} = this;
    const heads = links.map(([tail]) => tail);
    if (new Set(heads).size < links.length || boxes[heads[0]]?.head !== leaf) return "";
    const factors = links.map(([tail, head]) => `(${digits(this.local(head)[boxes[tail].head], 6)})`);
    return factors.length > 1 && factors.length < 6 ? `${factors.reverse().join(" · ")} = ` : "";
  }

  isCut(tail, head) { return this.graph.cut.size > 0 && this.edges(tail, head).every(edge => this.graph.cut.has(edge)); }

  cut(tail, head) {
    const edges = this.edges(tail, head), all = this.isCut(tail, head);
    for (const edge of edges) this.graph.cut[all ? "delete" : "add"](edge);
    this.changed();
  }

  slope(v) {                         // the root's derivative where nothing is cut
    return this.graph.cut.size ? this.graph.backward(this.root, new Set()).grads[v] : this.grads[v];
  }

  // Stages, steps --------------------------------------------------------------------------------------------------

  go(stage) {
    this.stage = Math.min(Math.max(stage, 0), this.page.stages.length - 1);
    if (!this.shows.has("slopes")) this.step = 0;
    this.changed();
  }

  get steps() {                      // forward in the order of the graph, then backward
    const boxes = this.state.boxes;
    return [...boxes.map(box => ({box, backward: false})), ...[...boxes].reverse().map(box => ({box, backward: true}))];
  }

  to(step) {
    this.step = Math.min(Math.max(step, 0), this.steps.length);
    if (this.step && !this.shows.has("slopes")) this.stage = this.page.stages.findIndex(s => s.shows.includes("slopes"));
    this.changed();
  }

  met(box) {                         // whether stepping backward has come to a box
    const {boxes} = this.state;
    return !this.step || this.step >= 2 * boxes.length - boxes.indexOf(box);
  }

  openBox(key) {
    this.open = this.open === key ? "" : key;
    this.step = 0;
    this.swapped = key;              // stays where it is
    this.changed();
    this.swapped = "";
  }

  // A link ---------------------------------------------------------------------------------------------------------

  get link() {
    const moved = this.page.leaves.filter(v => this.values[v] !== this.graph.start[v]);
    const parts = moved.map(v => [this.page.keys[v], repr(this.values[v])]);
    if (this.stage) parts.push(["stage", this.stage + 1]);
    if (this.step) parts.push(["step", this.step]);
    if (this.open) parts.push(["open", this.open]);
    return parts.map(part => part.map(encodeURIComponent).join("=")).join("&");
  }

  follow(link) {
    const parts = new URLSearchParams(link), numbers = [];
    this.reset(false);
    for (const v of this.page.leaves) {
      const x = Number(parts.get(this.page.keys[v]) || NaN);
      if (Number.isFinite(x)) numbers.push([v, x]);
    }
    this.stage = Math.min(Math.max((parseInt(parts.get("stage"), 10) || 1) - 1, 0), this.page.stages.length - 1);
    this.open = this.page.states.some(state => state.key === parts.get("open")) ? parts.get("open") : "";
    if (numbers.length) this.move(numbers);
    this.to(parseInt(parts.get("step"), 10) || 0);
  }
}

function around(x) {                 // a range for a slider, from whole steps
  const size = Math.abs(x);
  if (size > 1e300) return x > 0 ? [0, LARGEST] : [-LARGEST, 0];
  const unit = size > 10 || size && size < 0.05 ? 10 ** Math.max(Math.floor(Math.log10(size)), -300) : 1;
  return [(Math.floor(x / unit) - 3) * unit, (Math.ceil(x / unit) + 3) * unit];
}
