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

const wide = text => text.getComputedTextLength?.() ?? 0;    // to be asked once, not as numbers move: it lays out anew

function fit(text, long, room) {     // a text that is wider than its room is drawn closer together
  if (long <= room || room <= 0) text.removeAttribute("textLength");
  else {
    text.setAttribute("textLength", room);
    text.setAttribute("lengthAdjust", "spacingAndGlyphs");
  }
}
