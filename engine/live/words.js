// Numbers and sentences as Python writes them.

function spread(x, digits) {         // the sign, the significant digits, the exponent; ties go to the even digit
  const size = Math.abs(x), text = size.toExponential(digits), at = text.indexOf("e");
  let mantissa = text.slice(0, at), exponent = text.slice(at + 1);
  if (digits !== undefined && /50*e/.test(size.toExponential(Math.min(16, digits + 8)))) {     // a tie, perhaps
    const [more, power] = size.toExponential(Math.min(100, digits + 40)).split("e");
    const cut = more.replace(".", ""), kept = cut.slice(0, digits + 1);
    if (/^50*$/.test(cut.slice(digits + 1)) && Number(kept.at(-1)) % 2 === 0) [mantissa, exponent] = [kept, power];
  }
  return [x < 0 ? "-" : "", mantissa.replace(".", "").replace(/0+$/, "") || "0", Number(exponent)];
}

function placed(sign, figures, exponent, last) {     // with an exponent below -4, and from `last` on
  if (exponent < -4 || exponent >= last) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    const rest = figures.slice(1);
    return `${sign}${figures[0]}${rest && "." + rest}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${figures}`;
  const before = figures.padEnd(exponent + 1, "0").slice(0, exponent + 1), after = figures.slice(exponent + 1);
  return `${sign}${before}${after && "." + after}`;
}

function digits(x, count = 4) {      // four significant digits
  if (Number.isNaN(x)) return "undefined";
  if (!Number.isFinite(x)) return x < 0 ? "-inf" : "inf";
  return x === 0 ? "0" : count === 4 ? short(x) : placed(...spread(x, count - 1), count);
}

const SHORT = new Map();             // a number stands in several places of a frame

function short(x) {
  if (SHORT.size > 2000) SHORT.clear();
  if (!SHORT.has(x)) SHORT.set(x, placed(...spread(x, 3), 4));
  return SHORT.get(x);
}

function repr(x) {                   // all its digits
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  const text = placed(...spread(x), 16);
  return /[.e]/.test(text) ? text : text + ".0";
}

const enclosed = x => x < 0 ? `(${digits(x, 6)})` : digits(x, 6);

function fraction(above, below) { return `∂${above}/∂${below}`; }

function refusal({node, overflows}, page, values) {   // why a node has no value, in the engine's words
  const {call, names, needs, overflow, hints} = page.fails[node], why = overflows ? overflow : `needs ${needs}`;
  const came = names.map(([name, x]) => name && `${name} is ${repr(values[x])}`).filter(Boolean);
  return [`${call} ${why}`, ...new Set(came), hints[overflows ? 1 : 0]].filter(Boolean).join("; ");
}

function unfit({v, x, g, d}, page, values) {          // why a gradient does not exist
  const name = page.called[x];
  if (!Number.isFinite(d)) {
    return `${page.called[v]} has no finite slope where ${name} is ${repr(values[x])}, and a gradient of ` +
           `${digits(g)} reaches it; keep ${name} away from there`;
  }
  return `the gradient of ${name} overflows: ${digits(g)} times ${digits(d)} lies beyond 1.8e308; scale the values, ` +
         "or take logarithms of large products";
}

function filled(text, names) {       // a rule or a formula: "v12 * (1 - v12)" with something in the place of each v
  return text.replace(/\bv(\d+)\b/g, (_, v) => names(Number(v))).replace(/(\S) \*\* 2\b/g, "$1²")
    .replaceAll(" * ", " · ").replace(/(\d)\.0\b/g, "$1");
}
