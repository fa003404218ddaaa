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
    this.taken = this.operands.map(xs => new Array(xs.length));
    this.inner = this.rows.flatMap((row, v) => row < 0 ? [] : [v]);
    this.compute(this.inner, this.values);
    this.differentiate(this.inner);
  }

  above(leaf) {                      // the nodes that depend on a leaf, in order
    if (!this.kept.has(leaf)) {
      const reached = new Set([leaf]);
      for (const v of this.inner) if (this.operands[v].some(x => reached.has(x))) reached.add(v);
      reached.delete(leaf);
      this.kept.set(leaf, [...reached]);
    }
    return this.kept.get(leaf);
  }

  compute(nodes, values) {           // throws a Refusal; `values` are then half done
    let v;
    try { for (v of nodes) values[v] = this.value(v, values); } catch (failure) {
      if (failure instanceof Failure) throw new Refusal(v, failure.overflows);
      throw failure;
    }
  }

  numbersOf(v, values) {             // of a node's operands, in an array that is used again
    const from = this.operands[v], xs = this.taken[v];
    for (let i = 0; i < xs.length; i++) xs[i] = values[from[i]];
    return xs;
  }

  value(v, values) {
    const row = rows[this.rows[v]], xs = this.numbersOf(v, values), at = this.at[v];
    const z = row.value(xs, at);
    if (!Number.isFinite(z)) throw new Failure(true);
    if (row.holds && !row.holds(xs, at, z)) throw new Failure(false);
    return z;
  }

  differentiate(nodes) {             // the partials of nodes by their operands
    for (const v of nodes) {
      const slopes = rows[this.rows[v]].slopes(this.numbersOf(v, this.values), this.at[v], this.values[v]);
      this.partials[v] = slopes.map(d => Number.isFinite(d) ? d : NaN);
    }
  }

  move(numbers) {                    // leaves by node; all or nothing: throws a Refusal and leaves all as it was
    const values = [...this.values], touched = new Set();
    for (const [leaf, x] of numbers) {
      values[leaf] = x;
      this.above(leaf).forEach(v => touched.add(v));
    }
    const nodes = [...touched].sort((v, w) => v - w);
    this.compute(nodes, values);
    this.values = values;
    this.differentiate(nodes);
  }

  at_numbers(leaf, xs, nodes) {      // for each x what some nodes would be if a leaf were x; null where the root has no value
    const values = [...this.values], above = this.above(leaf);
    return xs.map(x => {
      values[leaf] = x;
      try { this.compute(above, values); } catch (failure) {
        if (failure instanceof Refusal) return null;
        throw failure;
      }
      return nodes.map(v => values[v]);
    });
  }

  at_number(leaf, x, nodes) { return this.at_numbers(leaf, [x], nodes)[0]; }

  // The derivatives of a node by all, and what had no slope; where some nodes are given, in order, through these alone.
  backward(top = this.root, cut = this.cut, nodes = null) {
    const grads = new Array(this.size).fill(0);
    let trouble = null;
    grads[top] = 1;
    for (let i = nodes ? nodes.length - 1 : top; i >= 0; i--) {
      const v = nodes ? nodes[i] : i, g = grads[v], xs = this.operands[v], slopes = this.partials[v];
      if (g === 0 || this.rows[v] < 0) continue;
      for (let place = 0; place < xs.length; place++) {
        const x = xs[place];
        if (this.constant[x] || cut.size && cut.has(`${v}:${place}`)) continue;
        const d = slopes[place];
        grads[x] += g * d;
        if (!trouble && !Number.isFinite(grads[x])) trouble = {v, x, g, d};
      }
    }
    return {grads, trouble};
  }
}
