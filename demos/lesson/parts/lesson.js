// The state of the lesson: one flower, all three or the whole network at a time; a parameter is the same in all graphs.

const FLOWERS = ["Setosa", "Virginica", "Versicolor"], ALL = "All three";
const isParameter = key => /^[wb]\d+$/.test(key);

class LessonState extends State {
  constructor(data) {
    const pages = [...Object.values(data.flowers), ...Object.values(data.whole), data.total];
    for (const page of pages) page.stages = STAGES;
    super(data.flowers.Setosa);
    Object.assign(this, {data, flower: "Setosa", touched: false, said: ""});
    this.graphs = new Map(pages.map(page => [page, page === this.page ? this.graph : new Graph(page.graph)]));
    this.shares = Object.fromEntries(FLOWERS.map(name => [name, new Graph(data.shares[name].graph)]));
  }

  leaf(key, page = this.page) { return page.keys.indexOf(key); }
  get b3() { return this.values[this.leaf("b3")]; }
  get one() { return this.flower === ALL ? "Setosa" : this.flower; }
  get observed() { return `p_${this.one.toLowerCase()}`; }
  get view() { return STAGES[this.stage].view; }

  reset(tell = true) {
    super.reset(false);
    this.touched = false;
    this.range();
    if (tell) this.changed();
  }

  range() {
    this.ranges = Object.fromEntries(this.page.leaves.map(v => [v, this.page.keys[v] === "b3" ? [-4, 2] : around(this.graph.start[v])]));
    this.page.leaves.forEach(v => this.widen(v));
  }

  changed() {
    if (this.graphs) this.follows();
    super.changed();
  }

  move(numbers) {
    this.touched = true;
    return super.move(numbers);
  }

  follows() {                        // the parameters of this graph in all others
    const numbers = new Map(this.page.leaves.map(v => [this.page.keys[v], this.values[v]]));
    const carry = (graph, leaves) => {
      try { graph.move(leaves.map(([key, v]) => [v, numbers.get(key)])); } catch (failure) {
        if (!(failure instanceof Refusal)) throw failure;
      }
    };
    for (const [page, graph] of this.graphs) {
      if (graph !== this.graph) carry(graph, page.leaves.map(v => [page.keys[v], v]).filter(([key]) => isParameter(key)));
    }
    for (const name of FLOWERS) carry(this.shares[name], Object.entries(this.data.shares[name].leaves).filter(([key]) => isParameter(key)));
  }

  use(page) {
    if (page === this.page) return;
    const key = this.page.keys[this.param];
    this.graph.cut.clear();
    Object.assign(this, {page, graph: this.graphs.get(page), open: "", step: 0, nudge: 0, sentence: ""});
    this.param = Math.max(this.leaf(isParameter(key) && page.wrt.includes(this.leaf(key)) ? key : "b3"), 0);
    this.graph.cut.clear();
    this.range();
    this.trail = [];
    this.note();
  }

  arrange() {                        // what a stage shows
    const {view, opens, fresh} = STAGES[this.stage], pages = this.data;
    if (view === "flower" && this.flower === ALL) this.flower = "Setosa";
    if (view === "whole" && this.flower === ALL) this.flower = "Setosa";
    this.use(view === "sum" && this.flower === ALL ? pages.total : view === "whole" ? pages.whole[this.flower] : pages.flowers[this.flower]);
    if (fresh) super.reset(false), this.range();
    this.graph.cut.clear();
    this.open = opens ? this.page.keys[this.page.p] : "";
    this.differentiate();
    this.began = this.grads[this.leaf("b3")];
  }

  go(stage) {
    this.stage = Math.min(Math.max(stage, 0), STAGES.length - 1);
    this.touched = false;
    this.flower = STAGES[this.stage].flower ?? this.one;
    this.arrange();
    super.go(this.stage);
  }

  openBox(key) {                     // p where its paths are, the hidden layer where the whole network is
    if (STAGES[this.stage].opens && this.page.states.some(state => state.key === key)) super.openBox(key);
    else this.go(this.opener(key));
  }

  opener(key) { return key === this.page.keys[this.page.p] ? 3 : 6; }

  opening(box) {
    const stage = this.opener(box.opener);
    return STAGES[this.stage].opens && stage === 3 ? super.opening(box) : `Open it: stage ${stage + 1}, ${STAGES[stage].name}`;
  }

  choose(flower) {
    this.flower = flower;
    if (flower === ALL && this.view !== "sum") return this.go(5);
    this.arrange();
    this.changed();
  }

  get link() {
    const base = super.link, usual = STAGES[this.stage].flower ?? "Setosa";
    return this.flower === usual ? base : [base, `flower=${encodeURIComponent(this.flower)}`].filter(Boolean).join("&");
  }

  follow(link) {
    const parts = new URLSearchParams(link), asked = parts.get("flower");
    this.stage = Math.min(Math.max((parseInt(parts.get("stage"), 10) || 1) - 1, 0), STAGES.length - 1);
    this.flower = [...FLOWERS, ALL].includes(asked) ? asked : STAGES[this.stage].flower ?? "Setosa";
    this.reset(false);
    this.follows();
    this.arrange();
    super.follow(link);
    this.open = STAGES[this.stage].opens ? this.page.keys[this.page.p] : "";
    this.changed();
  }

  // What the panels ask --------------------------------------------------------------------------------------------

  value(name) { return this.values[this.page.called.indexOf(name)]; }
  grad(name) { return this.grads[this.page.called.indexOf(name)]; }

  lossOf(p) {                        // the loss if the observed probability were p
    const {graph, page} = this, values = [...this.values];
    values[page.p] = p;
    graph.compute(graph.above(page.p), values);
    return values[this.root];
  }

  turning(name) {                    // of a flower: what comes into the ReLU of h2, and where w3 makes it 0
    const page = this.data.whole[name], graph = this.graphs.get(page), [sum] = graph.operands[page.called.indexOf("h2")], w3 = this.leaf("w3", page);
    return {sum: graph.values[sum], w3: graph.values[w3] - graph.values[sum] / graph.backward(sum, new Set()).grads[w3]};
  }

  pull(name) {                       // of one flower on b3, nothing cut
    const page = this.data.flowers[name], graph = this.graphs.get(page);
    return graph.backward(graph.root, new Set()).grads[this.leaf("b3", page)];
  }

  p(name) {                          // the three probabilities of a flower, Setosa's first
    const {p} = this.data.shares[name];
    return p.map(v => this.shares[name].values[v]);
  }

  beside(graph) {                    // all three probabilities, where a flower's loss holds one of them
    const name = this.one, {p, leaves} = this.data.shares[name], scratch = new Graph(this.data.shares[name].graph);
    scratch.move(Object.entries(leaves).map(([key, v]) => [v, graph.values[this.leaf(key)]]));
    return Object.fromEntries(SPECIES.map((species, i) => [species, scratch.values[p[i]]]));
  }

  jacobian(name) {                   // by each output, the derivatives of each probability
    const {p, z} = this.data.shares[name], graph = this.shares[name];
    return p.map(v => { const {grads} = graph.backward(v); return z.map(u => grads[u]); });
  }

  factors() {                        // along the closed way from b3 to the loss
    const {page} = this, [closed] = page.states, boxes = page.boxes;
    const local = head => this.graph.backward(boxes[head].head, new Set(), boxes[head].members).grads;
    return closed.arrows.filter(pair => pair.every(i => boxes[i].kind !== "quiet"))
      .map(([tail, head]) => ({tail, head, rule: page.rules[`${tail}-${head}`], number: local(head)[boxes[tail].head]})).reverse();
  }

  product(leaf) {                    // by the closed way, open or not
    if (this.view !== "flower" || this.graph.cut.size || !this.shows.has("slopes")) return "";
    return `${this.factors().map(({number}) => `(${digits(number, 6)})`).join(" · ")} = `;
  }

  get fork() {                       // the box from which the paths lead on: exp(z_setosa)
    const {states, boxes} = this.page;
    return states[1].boxes.find(i => boxes[i].frame && boxes[i].op === "exp" && boxes[i].kind === "inner");
  }

  offers(tail) { return Boolean(STAGES[this.stage].opens) && tail === this.fork; }

  paths() {                          // from z_setosa to the observed probability: each alone, and its first arrow
    const {page, fork} = this, opened = page.states[1], {boxes} = page, z = page.z.z_setosa, top = page.p;
    const leaving = opened.arrows.filter(([tail]) => tail === fork);
    const edges = leaving.map(([tail, head]) => this.edges(tail, head));
    return leaving.map(([tail, head], i) => ({tail, head, direct: boxes[head].head === top, cut: this.isCut(tail, head),
      number: this.graph.backward(top, new Set(edges.filter((_, j) => j !== i).flat())).grads[z]}));
  }
}
