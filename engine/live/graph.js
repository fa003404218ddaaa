// A graph whose leaves can be moved: values forward, the chain rule backward, from the same rows as Python's.
//
// The data: for each node its number, its row (-1 for a leaf), its operands, its index, in the order of the graph.

class Refusal {                      // a node that has no value: why, as its row says it
  constructor(node, overflows) { Object.assign(this, {node, overflows}); }
}

class Graph {
  constructor(data) {
    Object.assign(this, data);
    this.size = this.numbers.length;
    this.root = this.size - 1;
    this.start = [...this.numbers];
    this.values = [...this.numbers];
    this.partials = this.operands.map(() => []);
    this.cut = new Set();            // edges that carry nothing back, as "node:place"
    this.users = this.operands.map(() => []);
    this.operands.forEach((xs, v) => xs.forEach((x, place) => this.users[x].push([v, place])));
    this.kept = new Map();
    this.compute(this.inner(), this.values);
    this.differentiate();
  }

  inner() { return this.rows.flatMap((row, v) => row < 0 ? [] : [v]); }

  above(leaf) {                      // the nodes that depend on a leaf, in order
    if (!this.kept.has(leaf)) {
      const reached = new Set([leaf]);
      for (const v of this.inner()) if (this.operands[v].some(x => reached.has(x))) reached.add(v);
      reached.delete(leaf);
      this.kept.set(leaf, [...reached]);
    }
    return this.kept.get(leaf);
  }

  compute(nodes, values) {           // throws a Refusal; `values` are then half done
    for (const v of nodes) {
      try { values[v] = this.value(v, values); } catch (failure) {
        if (failure instanceof Failure) throw new Refusal(v, failure.overflows);
        throw failure;
      }
    }
  }

  value(v, values) {
    const row = rows[this.rows[v]], xs = this.operands[v].map(x => values[x]), at = this.at[v];
    const z = row.value(xs, at);
    if (!Number.isFinite(z)) throw new Failure(true);
    if (row.holds && !row.holds(xs, at, z)) throw new Failure(false);
    return z;
  }

  differentiate() {                  // the partials of each node by its operands
    for (const v of this.inner()) {
      const xs = this.operands[v].map(x => this.values[x]);
      const slopes = rows[this.rows[v]].slopes(xs, this.at[v], this.values[v]);
      this.partials[v] = slopes.map(d => Number.isFinite(d) ? d : NaN);
    }
  }

  move(numbers) {                    // leaves by node; all or nothing: throws a Refusal and leaves all as it was
    const values = [...this.values], touched = new Set();
    for (const [leaf, x] of numbers) {
      values[leaf] = x;
      this.above(leaf).forEach(v => touched.add(v));
    }
    this.compute([...touched].sort((v, w) => v - w), values);
    this.values = values;
    this.differentiate();
  }

  at_number(leaf, x, nodes) {        // what some nodes would be if a leaf were x; null where the root has no value
    const values = [...this.values];
    values[leaf] = x;
    try { this.compute(this.above(leaf), values); } catch (failure) {
      if (failure instanceof Refusal) return null;
      throw failure;
    }
    return nodes.map(v => values[v]);
  }

  backward(top = this.root, cut = this.cut, within = null) {   // derivatives of a node by all, and what had no slope
    const grads = new Array(this.size).fill(0);
    let trouble = null;
    grads[top] = 1;
    for (let v = top; v >= 0; v--) {
      const g = grads[v];
      if (g === 0 || this.rows[v] < 0 || within && !within.has(v)) continue;
      this.operands[v].forEach((x, place) => {
        if (this.constant[x] || cut.has(`${v}:${place}`)) return;
        const d = this.partials[v][place], back = g * d;
        grads[x] += back;
        if (!trouble && !Number.isFinite(grads[x])) trouble = {v, x, g, d};
      });
    }
    return {grads, trouble};
  }
}
