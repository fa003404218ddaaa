// Puts the page together, and follows keys and links.

let speaking = 0, asked = "";

function said(text) { find("said").textContent = text; }

function start(page) {
  const link = location.hash.slice(1), state = new State(page), narrow = matchMedia("screen and (max-width: 760px)"), heading = find("ask");
  const card = new Card(document.querySelector("main"), state);
  const drawing = new Drawing(find("drawing"), state, {narrow, card});
  const tables = html("div", {class: "tables"});
  new Curve(find("side"), state, {narrow, below: tables});
  nudges(find("side"), state);
  new Steps(find("side"), state);
  new Descent(find("side"), state);
  find("side").append(tables);
  new Turn(find("under"), state);
  hands(find("hand"), state);
  legend(find("legend"), state);
  new StageBar(find("foot"), state);
  const list = steplist(find("more"), state), opens = openings(find("tools"), state);
  find("everything").addEventListener("click", () => state.go(page.stages.length - 1));
  find("reset").addEventListener("click", () => { state.reset(); said("all numbers are as they were"); });
  state.watch(() => {
    write(heading, page.stages[state.stage].ask);
    document.body.dataset.stage = state.stage + 1;
    find("everything").hidden = state.stage === page.stages.length - 1;
    write(find("trouble"), state.sentence || state.trouble);
    opens();
    clearTimeout(speaking);
    speaking = setTimeout(() => {                    // when the hand rests: a listener would not follow, nor a history
      said(told(state));
      remember(state.link);
    }, 400);
  });
  document.addEventListener("keydown", event => keys(event, state));
  addEventListener("hashchange", () => location.hash.slice(1) === state.link || state.follow(location.hash.slice(1)));
  addEventListener("beforeprint", () => list.unfold());
  if (link) state.follow(link);
  drawing.aim();
}

function told(state) {               // what a listener is told: of another stage its question first
  const ask = find("ask").textContent, other = asked && ask !== asked;
  asked = ask;
  return (other ? `${ask} ` : "") + (state.sentence || state.trouble || summary(state));
}

function summary(state) {            // after a move, a step
  const parts = [spoken(state, state.param), `${state.loss} ${digits(state.share * state.values[state.root])}`];
  if (state.step) return stepLines(state, state.steps[state.step - 1]).join(" ").replace(/∂(\S+?)\/∂(\S+)/g, "derivative of $1 by $2");
  if (state.shows.has("tangent") && !state.hides) parts.push(`derivative of ${state.loss} by ${state.name(state.param)} ${digits(state.share * state.grads[state.param])}`);
  return parts.join(", ");
}

function keys(event, state) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, textarea, summary")) return;
  const free = !event.target.closest?.("[data-box], .trail, .card"), act = {
    ArrowRight: free && (() => state.to(state.step + 1)), ArrowLeft: free && (() => state.to(state.step - 1)),
    Home: () => state.to(0), End: () => state.to(state.steps.length),
    n: () => state.go(state.stage + 1), p: () => state.go(state.stage - 1)}[event.key];
  if (!act || (event.key.length > 1 && !state.shows.has("slopes"))) return;
  event.preventDefault();
  act();
}

function openings(place, state) {    // all boxes at once
  const button = html("button", {type: "button", onclick: () => state.openBox("all")});
  place.prepend(button);
  return () => {
    button.hidden = !state.shows.has("everything") || !state.page.states.some(({key}) => key === "all");
    button.textContent = state.open === "all" ? "Close all boxes" : "Open all boxes";
  };
}

function remember(link) {            // in a frame without an origin this is not allowed
  try { history.replaceState(null, "", link ? `#${link}` : location.pathname + location.search); } catch { /* the link stays */ }
}
