// Elements of the page and of its drawings. What is text is set as text.

function element(space, name, attributes, children) {
  const made = space ? document.createElementNS(space, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter(child => child != null && child !== false));
  return made;
}

const html = (name, attributes = {}, ...children) => element("", name, attributes, children);
const svg = (name, attributes = {}, ...children) =>
  element("http://www.w3.org/2000/svg", name, attributes, children);
const find = id => document.getElementById(id);

function label(x, y, text, kind, anchor = "start") {
  return svg("text", {x, y, class: kind, "text-anchor": anchor}, text);
}

function write(part, text) {         // only where it changes, and in the text that is there: the browser has less to do anew
  if (part.written === text) return;
  part.written = text;
  if (part.firstChild) part.firstChild.data = text;
  else if (text) part.textContent = text;
}

function put(part, name, value) {    // an attribute, likewise; null for none. What is put once is only put
  const kept = part.kept ??= {};
  if (kept[name] === value) return;
  kept[name] = value;
  if (value === null) part.removeAttribute(name);
  else part.setAttribute(name, value);
}

const wide = text => text.getComputedTextLength?.() ?? 0;    // to be asked once, not as numbers move: it lays out anew

function fit(text, long, room) {     // a text that is wider than its room is drawn closer together
  const narrow = long > room && room > 0;
  put(text, "textLength", narrow ? room : null);
  put(text, "lengthAdjust", narrow ? "spacingAndGlyphs" : null);
}
