// What formulas call: the grammar's functions as Python's math has them, and aggregates. Like Python's they fail
// where there is no result, so that a formula has a value here just where it has one there.

class Failure {                      // no result: it overflows, or the operands are not what is needed
  constructor(overflows) { this.overflows = overflows; }
}

function result(z, x, y) {
  if (Number.isFinite(z)) return z;
  const finite = Number.isFinite(x) && Number.isFinite(y);
  if (!finite && !Number.isNaN(z)) return z;
  throw new Failure(finite && !Number.isNaN(z) && Math.max(Math.abs(x), Math.abs(y)) > 1);    // else a pole
}

const sure = f => f.length === 2 ? (x, y) => result(f(x, y), x, y) : x => result(f(x), x, 0);

function over(x, y) {
  if (y === 0) throw new Failure(false);
  return x / y;
}

function power(x, y) {
  if (x === 1 || y === 0) return 1;
  if (x === 0 && y < 0) throw new Failure(false);
  return result(Math.pow(x, y), x, y);
}

function tried(partial) {            // a partial; NaN where there is none
  try { return partial(); } catch (failure) {
    if (failure instanceof Failure) return NaN;
    throw failure;
  }
}

// Over all operands, or pairs, in turn

const each = (n, term) => Array.from({length: n}, (_, i) => term(i));

function total(terms) {
  let z = 0;
  for (const term of terms) z += term;
  return z;
}

function largest(terms) {
  if (!terms.length) throw new Failure(false);
  let z = terms[0];
  for (const term of terms) if (term > z) z = term;
  return z;
}

function smallest(terms) {
  if (!terms.length) throw new Failure(false);
  let z = terms[0];
  for (const term of terms) if (term < z) z = term;
  return z;
}

function rest(terms) {               // the sum of all but one largest
  const left = terms.indexOf(largest(terms));
  return total(terms.filter((_, i) => i !== left));
}

function others(terms) {             // for each term the sum of the others: what comes before it plus what comes after it
  const before = [0], after = [0];
  for (const term of terms) before.push(before.at(-1) + term);
  for (const term of [...terms].reverse()) after.push(after.at(-1) + term);
  return terms.map((_, i) => before[i] + after[terms.length - 1 - i]);
}

function fsum(terms) {               // the exact sum, rounded once: what each addition loses is kept as a part of its own
  let parts = [];
  for (let x of terms) {
    const kept = [];
    for (let y of parts) {
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y, low = y - (high - x);
      if (!Number.isFinite(high)) throw new Failure(true);
      if (low) kept.push(low);
      x = high;
    }
    parts = [...kept, x];
  }
  let i = parts.length - 1, high = parts[i] ?? 0, low = 0;
  while (i > 0 && !low) {
    const x = high, y = parts[--i];
    high = x + y;
    low = y - (high - x);
  }
  if (i > 0 && low * parts[i - 1] > 0) {             // half of a last digit, and more behind it: away from the even one
    const more = 2 * low, other = high + more;
    if (more === other - high) high = other;
  }
  return high;
}

// What Math lacks

const ROOT = Math.sqrt(Math.PI);

function bell(x) {                   // exp(-x * x), the larger part of x * x exact
  const near = Math.floor(256 * x + 0.5) / 256;
  return Math.exp(-near * near) * Math.exp((near - x) * (near + x));
}

function tail(x) {                   // erfc(x) of x from 0.5 on, a continued fraction, from its far end
  let z = 0;
  for (let n = Math.ceil(20 + 200 / (x * x)); n > 0; n--) z = n / 2 / (x + z);
  return bell(x) / ROOT / (x + z);
}

const TERMS = [];                    // of the series of erf around 0, the last one first: it adds up the small ones first
for (let n = 0, factorial = 1; n < 22; factorial *= ++n) TERMS.unshift((n % 2 ? -1 : 1) / factorial / (2 * n + 1));

function central(x) {                // erf(x) of x up to 1
  let z = 0;
  for (const term of TERMS) z = z * x * x + term;
  return x * (2 / ROOT) * z;
}

const erf_of  = x => Math.abs(x) < 1 ? central(x) : Math.sign(x) * (Math.abs(x) > 6 ? 1 : 1 - tail(Math.abs(x)));
const erfc_of = x => x > 27.3 ? 0 : x >= 0.5 ? tail(x) : x > -0.5 ? 1 - central(x) : 1 + erf_of(-x);
