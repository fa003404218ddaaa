// A derivation that the reader types: a closed grammar, read here, never run; compared with the graph at random points.

class Unreadable extends Error {}

const SIGNS = {"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", "^": "**"};
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function understood(text) {
  return text.replace(/[−–·×⋅÷^]/g, sign => SIGNS[sign])
    .replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, raised => "**" + [...raised].map(c => c === "⁻" ? "-" : RAISED.indexOf(c)).join(""));
}

// A formula as a function of what gives the number of a name; `used` are its names.
function parse(text, names, seen = names.size) {
  const marks = understood(text).match(/\s+|\*\*|[-+*/(),]|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[\p{L}_][\p{L}\p{N}_.[\]']*|./gu) ?? [];
  const tokens = marks.filter(mark => mark.trim());
  let at = 0;
  const used = new Set();
  const fail = why => { throw new Unreadable(why); };
  const take = mark => tokens[at] === mark && ++at;
  const functions = {exp, expm1, log, log1p, sqrt, sin, cos, tan, tanh, abs};
  const sum = depth => {
    let left = product(depth);
    for (let sign; (sign = ["+", "-"].find(take));) {
      const [a, b] = [left, product(depth)];
      left = sign === "+" ? value => a(value) + b(value) : value => a(value) - b(value);
    }
    return left;
  };
  const product = depth => {
    let left = signed(depth);
    for (let sign; (sign = ["*", "/"].find(take));) {
      const [a, b] = [left, signed(depth)];
      left = sign === "*" ? value => a(value) * b(value) : value => over(a(value), b(value));
    }
    return left;
  };
  const signed = depth => {
    if (depth > 60) fail("this is nested too deeply");
    if (!take("-")) return raised(depth);
    const part = signed(depth + 1);
    return value => -part(value);
  };
  const raised = depth => {
    const base = atom(depth);
    if (!take("**")) return base;
    const exponent = signed(depth + 1);
    return value => power(base(value), exponent(value));
  };
  const atom = depth => {
    const mark = tokens[at++];
    if (mark === undefined) fail("here it breaks off");
    if (mark === "(") {
      const inner = sum(depth + 1);
      if (!take(")")) fail("a parenthesis is not closed");
      return inner;
    }
    if (/^[\d.]/.test(mark)) return Number.isFinite(Number(mark)) ? () => Number(mark) : fail(`${mark} is no number`);
    if (Object.hasOwn(functions, mark) && tokens[at] === "(") {
      const inner = atom(depth + 1), f = functions[mark];
      return value => f(inner(value));
    }
    if (names.has(mark)) {
      used.add(mark);
      return value => value(mark);
    }
    if (!/^[\p{L}_]/u.test(mark)) fail(`${mark} cannot stand here`);
    const longer = [...names.keys()].filter(name => name.startsWith(`${mark}_`));
    return fail(`${mark} is no name here; ${longer.length ? `write ${longer.join(" or ")}` : `there are ${[...names.keys()].slice(0, Math.min(12, seen)).join(", ")}`}`);
  };
  const whole = sum(0);
  if (at < tokens.length) fail(`${tokens[at]} cannot stand here`);
  return {whole, used: [...used]};
}

class Attempt {                      // what was typed for the derivative of a node by another, through some nodes or all
  constructor(state, wrt, text, top = state.root, members = null) {
    Object.assign(this, {state, wrt, text: text.trim(), top, members});
    const {page} = state;
    this.names = new Map();          // those in view first: a reader is told of these
    let seen = 0;
    const shown = state.state.boxes.map(i => page.boxes[i].head), all = page.called.map((_, v) => v);
    for (const v of [...shown, ...all]) {
      const name = page.called[v];
      if (page.named[v] && !this.names.has(name) && /^\S+$/.test(name)) this.names.set(name, v);
      if (v === shown.at(-1) && !seen) {
        Object.keys(state.beside(state.graph)).forEach(other => this.names.has(other) || this.names.set(other, other));
        seen = this.names.size;
      }
    }
    Object.assign(this, parse(text, this.names, seen));
    this.quotient = fraction(page.called[top], page.called[wrt]);
    this.points = [...this.compared()];
    this.right = this.points.map(point => point.grads[wrt]);
  }

  *compared() {                      // the graph at its own numbers, then near them, where it has a value and so has the text
    const {state} = this, {graph, page} = state, chance = random(1);
    let made = 0;
    for (let i = 0; i < 300 && made < 12; i++) {
      const numbers = graph.values.map((x, v) =>
        graph.rows[v] < 0 && !graph.constant[v] && i ? x + chance() * (0.5 + Math.abs(x) / 4) : x);
      try {
        const point = new Graph({...page.graph, numbers}), {grads, trouble} = this.back(point);
        Object.assign(point, {grads, beside: state.beside(point)});
        if (!trouble && Number.isFinite(this.typed(point))) { yield point; made++; }
      } catch (failure) {
        if (!(failure instanceof Failure || failure instanceof Refusal)) throw failure;
      }
    }
  }

  back(point, cut = new Set()) { return point.backward(this.top, cut, this.members); }

  number(point, name) {
    const v = this.names.get(name);
    return typeof v === "string" ? point.beside[v] : point.values[v];
  }

  typed(point, swap = {}) { return this.whole(name => this.number(point, swap[name] ?? name)); }

  get plain() { return Number.isFinite(Number(understood(this.text))); }           // a number alone

  everywhere(swap) {
    try { return this.points.map(point => this.typed(point, swap)); } catch (failure) {
      if (failure instanceof Failure) return [];
      throw failure;
    }
  }

  verdict() {
    const came = this.everywhere({}), {text, quotient} = this;
    if (!came.length) return {right: false, sentence: "nothing could be compared: it has no value near these numbers"};
    if (alike(came, this.right)) return {right: true, sentence: `Right: ${quotient} = ${text}`};
    for (const [mistake, numbers] of this.mistakes()) {
      if (alike(came, numbers)) return {right: false, sentence: `Not yet: ${text} is ${mistake}`};
    }
    for (const name of this.used) {
      for (const other of this.names.keys()) {
        const found = other === name ? [] : this.everywhere({[name]: other});
        if (found.length && alike(found, this.right)) {
          return {right: false, sentence: `Not yet: ${text} is right but for a name: put ${other} in the place of ${name}`};
        }
      }
    }
    if (!this.used.length && Math.abs(came[0] - this.right[0]) <= Math.abs(this.right[0]) / 100) {
      return {right: false, sentence: `Not yet: ${text} is its number here; write it in names, so that it holds for other numbers as well`};
    }
    const first = differing(came, this.right), point = this.points[first];
    const where = this.used.map(name => `${name} = ${digits(this.number(point, name))}`).join(", ");
    return {right: false, sentence: `Not yet: ${where ? `where ${where}` : first ? "at another point" : "at these numbers"}, ` +
      `${this.plain ? "" : `${text} is ${digits(came[first], 6)}, and `}${quotient} is ${digits(this.right[first], 6)}`};
  }

  *mistakes() {
    const {state, quotient, right, points, wrt, top} = this, {page, graph} = state, n = top === state.root ? page.terms.length : 0;
    yield [`${quotient} with its sign turned`, right.map(d => -d)];
    if (n > 1) {
      yield [`that of the mean: ${page.called[top]} adds up ${n} terms`, right.map(d => d / n)];
      yield [`that of the sum: it is a mean of ${n} terms`, right.map(d => d * n)];
    }
    const leading = new Set([wrt, ...graph.above(wrt)]);
    for (const v of leading) {
      for (const [place, x] of graph.operands[v].entries()) {
        if (!leading.has(x)) continue;
        const left = points.map(point => this.back(point, new Set([`${v}:${place}`])).grads[wrt]);
        if (alike(left, right) || left.every(d => d === 0)) continue;
        const way = `through ${page.called[v]}`;
        yield [`one path only: what comes ${way} is missing; paths add up`, left];
        yield [`one path only, the one ${way}; paths add up`, right.map((d, i) => d - left[i])];
      }
    }
    yield ["what comes out in an order that was incomplete: a box is done only when all that use it are done",
           points.map(point => unordered(point, wrt, top))];
    for (const [name, v] of this.names) {
      if (v !== wrt && v !== top && typeof v !== "string") yield [`the derivative by ${name}, not by ${page.called[wrt]}`, points.map(point => point.grads[v])];
    }
  }
}

function unordered(point, wrt, top = point.root) {     // each passes on what it has whenever something reaches it
  const grads = new Array(point.size).fill(0), stack = [[top, 1, -1]];
  grads[top] = 1;
  for (let visits = 0; stack.length; visits++) {
    if (visits > 5000) return NaN;
    const [v, d, user] = stack.pop();
    if (user >= 0) grads[v] += grads[user] * d;
    if (point.rows[v] >= 0) stack.push(...point.operands[v].map((x, place) => [x, point.partials[v][place], v])
      .filter(([x, slope]) => slope && !point.constant[x]).reverse());
  }
  return grads[wrt];
}

function alike(came, wanted) { return came.length > 0 && differing(came, wanted) < 0; }

function differing(came, wanted) {   // the first point at which they do, by more than rounding beside the largest
  const largest = Math.max(...wanted.map(Math.abs));
  return came.findIndex((x, i) => !near(x, wanted[i], 1e-9 * largest));
}

function random(seed) {              // about normal, the same each time
  const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  return () => next() + next() + next() + next() + next() + next() - 3;
}
