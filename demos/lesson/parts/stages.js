// The seven stages: a question, what is shown, prose, the reader's own act; and what puts the page together.

const at = (state, name) => () => digits(state.value(name));
const slope = state => state.grads[state.leaf("b3")];
const by = state => () => digits(slope(state));
const setosa = state => state.one === "Setosa";
const reached = s => (s.value("CE") < 1) === setosa(s);
const flat = s => Math.abs(slope(s)) <= Math.abs(s.began / 2);
const outcome = (done, text) => `${done ? "Done: at" : "At"} ${text}`;
const direction = g => g < 0 ? "Minus a negative number is plus: b3 moves to the right."
  : g > 0 ? "A positive number is taken away: b3 moves to the left." : "Nothing is taken away: b3 stays.";
const added = numbers => numbers.map((text, i) => i && !text.startsWith("-") ? `+ ${text}` : i ? `− ${text.slice(1)}` : text).join(" ");

function roundedFirst(state) {       // the loss of p rounded, for who reckons with what is printed
  const exact = state.value(state.observed), p = Number(exact.toFixed(2));
  return p && p !== exact ? ` Of ${p}, rounded first, −log is ${digits(state.lossOf(p))}: the page rounds only what it prints.` : "";
}

function roundedSum(state) {         // the step from numbers of two decimals, and from all digits
  const pulls = FLOWERS.map(name => state.pull(name)), g = slope(state) * state.share, two = pulls.map(x => Number(x.toFixed(2))), sum = total(two) * state.share, step = x => state.b3 - state.rate * x;
  return `Rounded first: ${state.mean ? `(${added(aligned(two, 2))}) / 3` : added(aligned(two, 2))} = ${sum.toFixed(2)}, next b3 ${step(sum).toFixed(2)}. Rounded at the end, as the page does: ${digits(g, 8)}, next b3 ${digits(step(g), 8)}.`;
}

const STAGES = [
  {name: "Move", next: "How fast?", view: "flower", shows: ["values"],
   ask: "Drag b3. What happens to p_setosa, and to CE?",
   prose: s => [["b3", "b3", "b3"], " enters ", ["z_setosa", "z_setosa", "z"], ", now ", at(s, "z_setosa"), ". ", ["softmax", s.observed, "softmax"], " makes probabilities of the three z: ", ["exp(z)", "p_setosa", "exp"],
                ", which is e to the power z, divided by the sum of all three. The larger z_setosa, the larger ", ["p_setosa", "p_setosa"], " and the smaller the other two. ",
                ["CE", "CE", "CE"], ", the cross-entropy, is the loss: ", ["−log", "CE", "log"], `(${s.observed}) = `, at(s, "CE"), `, with log to base e: low where ${s.observed} is near 1.`, {says: () => roundedFirst(s)}],
   act: s => setosa(s) ? "Bring CE below 1." : "Bring CE above 1.", done: s => s.touched && reached(s),
   after: s => outcome(reached(s), `b3 = ${digits(s.b3)} CE is ${digits(s.value("CE"))}.`)},
  {name: "Slope", next: "Why this slope?", view: "flower", shows: ["tangent", "nudge"],
   ask: "How fast does CE change as b3 moves?",
   prose: s => ["The slope of ", ["the tangent", "tangent"], " is the derivative of CE by b3: ∂CE/∂b3 = ", by(s), ". It tells what a small step does. Nudge b3: the smaller the step, the closer what the tangent says to what ",
                ["CE", "CE"], " does."],
   act: s => `Move b3 to where the slope is only half as steep as at the start: ${digits(s.began / 2)}.`,
   done: s => s.touched && flat(s),
   after: s => outcome(flat(s), `b3 = ${digits(s.b3)} the slope is ${digits(slope(s))}, at the start it was ${digits(s.began)}. The curve is steep where the answer is wrong.`)},
  {name: "Backward", next: "Which paths?", view: "flower", shows: ["slopes", "turn"],
   ask: s => `Why is the slope exactly ${setosa(s) ? "p_setosa − 1" : "p_setosa"}?`,
   prose: s => ["Each arrow has a factor: the slope of its step. From ", ["CE", "CE"], " backward they are multiplied: ", [`the 1/${s.observed} in the first`, `${s.observed}-CE`], " cancels ", [`the ${s.observed} in the second`, `z_setosa-${s.observed}`], "."],
   aside: s => setosa(s) ? "What is left is p_setosa − 1 for a Setosa, p_setosa for any other species. Choose Virginica: which factor differs?"
     : `The second factor differs: −${s.observed} · p_setosa. What is left is p_setosa, without the − 1 of a Setosa.`,
   act: () => "Type ∂CE/∂b3 below, in p's.", done: () => document.querySelector(".turn .verdict.right") !== null,
   after: () => "Right. Both factors hold the same probability, and it cancels."},
  {name: "Two paths", next: "Other flowers?", view: "flower", shows: ["scissors"], opens: true,
   ask: "Cut one path. Does the tangent still touch the curve?",
   prose: s => [["exp(z_setosa)", "exp(z_setosa)", "exp"], setosa(s) ? " goes into the fraction twice: above its line, and in the sum below it. What comes back along both adds up." : " of this flower goes into the fraction once, in the sum below its line: there is one path.",
                {says: () => s.graph.cut.size ? " What is left of ∂CE/∂b3 is " : " ∂CE/∂b3 is "}, by(s), "."],
   aside: s => s.graph.cut.size ? "" : setosa(s) ? "Times −1/p_setosa: −1 from above the line, p_setosa from the sum below it." : `Times −1/${s.observed}: p_setosa. A −1 comes from above the line alone.`,
   act: s => setosa(s) ? "Cut one path, join it, then cut the other." : "Cut the path.", done: s => s.graph.cut.size > 0,
   after: s => s.graph.cut.size ? `One path is cut: ${digits(s.grads[s.leaf("b3")])}, and the tangent misses. The slope of the curve is ${digits(s.slope(s.leaf("b3")))}.`
     : `Both paths: ${digits(s.grads[s.leaf("b3")])}, and the tangent touches.`},
  {name: "Other flowers", next: "All of them?", view: "flower", shows: ["others"], opens: true, fresh: true, flower: "Virginica",
   ask: s => setosa(s) ? "This flower is a Setosa. Why does b3 change its loss?" : "This flower is no Setosa. Why does b3 change its loss?",
   prose: s => setosa(s) ? ["Of a Setosa the loss is −log(p_setosa): two paths lead to b3."] :
     [`The loss is −log(${s.observed}). b3 is not above the fraction's line, but it is in `, ["the sum below it", "z_setosa"], {says: () => s.graph.cut.size ? `. ∂CE/∂b3 was p_setosa, ${digits(s.pull(s.one))}; without that arrow it is ` : ". ∂CE/∂b3 is p_setosa: "}, by(s), "."],
   aside: s => setosa(s) ? "" : "Framed among the nine: the derivative that is needed. It is beside the diagonal.",
   act: s => setosa(s) ? "Choose Virginica or Versicolor." : "Cut the arrow into the sum, the denominator. What is left?", done: s => !setosa(s) && s.graph.cut.size > 0,
   after: s => s.graph.cut.size ? `Nothing: without the denominator ∂CE/∂b3 is ${digits(s.grads[s.leaf("b3")])}.` : `With it ∂CE/∂b3 is ${digits(s.grads[s.leaf("b3")])}.`},
  {name: "Sum and descend", next: "The whole network", view: "sum", shows: ["descend"], fresh: true, flower: ALL,
   ask: s => s.flower === ALL ? `Three flowers pull on b3. Where does their ${s.mean ? "mean" : "sum"} take it?` : "Only this flower pulls on b3. Where does it take it?",
   prose: s => ["The next b3 is b3 − rate · ", {says: () => s.quotient(s.leaf("b3"))}, ". ", {says: () => direction(slope(s))}, {says: () => s.mean ? " A step takes the mean: " : " ∂CE/∂b3 = "}, () => digits(slope(s) * s.share), "."],
   aside: s => s.flower === ALL ? roundedSum(s) : "",
   act: s => s.flower === ALL ? "Where do the pulls add up to 0? Descend there." : "Descend ten times. Does the slope become 0?",
   done: s => s.flower === ALL ? Math.abs(slope(s)) < 0.0005 : s.trail.length > 10,
   after: s => s.flower !== ALL ? `At b3 = ${digits(s.b3)} the slope is ${digits(slope(s))}; it is never 0.`
     : `At b3 = ${digits(s.b3)} the pulls add up to ${Math.abs(slope(s)) < 0.0005 ? "0, and none of them is 0" : `${digits(slope(s))}, no longer to 0`}.`},
  {name: "The whole network", next: "", view: "whole", shows: ["everything"], fresh: true, flower: "Setosa",
   ask: "Every other parameter is found the same way. What is different for w3?",
   aside: s => {
     const {w3, sum} = s.turning(s.one), now = s.values[s.leaf("w3")];
     return `Into h2 comes ${digits(sum)}: it is ${sum > 0 ? "on" : "off"}. For this flower it is ${sum > 0 ? "off where w3 is below" : "on where w3 is above"} ${digits(w3)}, ${digits(Math.abs(w3 - now))} away.`;
   },
   prose: s => ["w3 goes through h2, a ", ["ReLU", "h2", "ReLU"], ", to each output. ∂CE/∂w3 = ", () => digits(s.grad("w3")), ", ∂CE/∂b4 = ", () => digits(s.grad("b4")), "."],
   act: s => s.flower === "Virginica" ? "h2 is off for this flower. Turn it on with w3." : "For one flower a small move of w3 turns h2 off. Choose it and do it.",
   done: s => s.touched && (s.value("h2") === 0) !== (s.flower === "Virginica"),
   after: s => s.value("h2") ? `h2 is on: ∂CE/∂w3 is ${digits(s.grad("w3"))}.` : `h2 is off for this flower: ∂CE/∂w3 is ${digits(s.grad("w3"))}. Dead would be off for all flowers.`},
];

class LessonCard extends Card {       // with the word that the box is about
  lines(v, index) {
    const word = index === null ? "" : wordOf(this.state, this.state.page.boxes[index]);
    return [word, ...super.lines(v, index)].filter(Boolean);
  }
}

class LessonDrawing extends Drawing {
  chosen({index, box, group}) { this.card.number(box.head, group, index); }        // a card says where it is opened

  spoken(index) {                    // "from the hidden layer", not from from it
    const {page} = this.state, {name, head} = page.boxes[index];
    return name.startsWith("from ") ? page.called[head] : super.spoken(index);
  }

  update() {
    if (this.shown !== this.state.page) this.built = "";
    this.shown = this.state.page;
    super.update();
  }
}

class LessonCurve extends Curve {
  update() {
    if (this.shown !== this.state.page) this.key = null;
    this.shown = this.state.page;
    super.update();
  }
}

class Choice {                       // of the flower
  constructor(place, state) {
    this.buttons = [...FLOWERS, ALL].map(name => html("button", {type: "button", onclick: () => state.choose(name)}, name));
    place.prepend(html("div", {class: "switch flowers", role: "group", "aria-label": "flower"}, ...this.buttons));
    state.watch(() => this.buttons.forEach(button => {
      button.setAttribute("aria-pressed", String(button.textContent === state.flower));
      button.hidden = button.textContent === ALL && (state.stage < 4 || state.view === "whole");
    }));
  }
}

class LessonHands {                  // b3 under its box; w3 and b4 beside it where the whole network is
  constructor(place, state, narrow) {
    const made = ["b3", "w3", "b4"].map(key => ({key, hand: new Hand(state, state.leaf(key))}));
    made.forEach(({key, hand}) => {
      hand.ends = html("span", {class: "ends", "aria-hidden": "true"}, html("span"), html("span"));
      hand.group.append(hand.ends);
      hand.group.addEventListener("focusin", () => {
        if (state.view !== "whole" || state.param === hand.v) return;
        state.param = hand.v;
        state.changed();
      });
      place.append(hand.group);
    });
    state.watch(() => made.forEach(({key, hand}) => {
      hand.v = state.leaf(key);
      hand.group.hidden = key !== "b3" && state.view !== "whole";
      hand.update();
      hand.group.classList.toggle("chosen", state.view === "whole" && state.param === hand.v);
      [...hand.ends.children].forEach((end, i) => { end.textContent = digits(state.ranges[hand.v][i]); });
    }));
  }
}

function startLesson() {
  const data = JSON.parse(find("page").textContent), state = new LessonState(data), narrow = matchMedia("screen and (max-width: 760px)");
  const card = new LessonCard(document.querySelector("main"), state), tools = find("tools"), link = location.hash.slice(1);
  find("everything").remove();
  state.watch(() => Object.assign(document.body.dataset, {stage: state.stage + 1, view: state.view, open: state.open}));    // before what is measured is built
  const present = html("button", {type: "button", id: "present", "aria-pressed": "false", onclick: () => presenting(!document.body.classList.contains("present"))}, "Present");
  const help = html("button", {type: "button", id: "help", "aria-expanded": "false"}, "Help"), keysHelp = helpPanel(help);
  tools.append(present, help);
  const reset = find("reset");
  reset.addEventListener("click", () => { state.reset(false); state.arrange(); state.changed(); said("all numbers are as they were"); });
  new Choice(tools, state);
  const drawing = new LessonDrawing(find("drawing"), state, {narrow, card}), tables = html("div", {class: "tables"});
  const side = find("side"), under = find("under");
  new Bars(side, state, narrow);
  const curve = new LessonCurve(side, state, {narrow, below: tables, height: 270});
  const lights = new Lights(state, drawing, [curve]);
  const sums = html("section", {class: "sums", "aria-label": "the sum"});
  find("drawing").after(sums);
  const whole = new SumCurve(sums, state, {width: 776, height: 318, narrow});
  new Pulls(sums, state, whole, narrow);
  nudges(side, state);
  new Descent(side, state);
  new FlowerTable(side, state);
  new Nine(side, state);
  new Guess(side, state);
  new Activities(side, state);
  new Factors(under, state);
  new Paths(under, state);
  new Turn(under, state);
  const prose = new Prose(under, state, lights);
  new Aside(side, prose.tail, state);
  new Words(state);
  new LessonHands(find("hand"), state, narrow);
  legend(find("legend"), state);
  new StageBar(find("foot"), state);
  const list = steplist(keysHelp, state);
  keysHelp.append(tables);
  document.body.append(keysHelp);
  state.watch(() => {
    const {ask} = STAGES[state.stage];
    find("ask").textContent = typeof ask === "function" ? ask(state) : ask;
    document.querySelector("h1").textContent = state.view === "sum" && state.flower === ALL ? "How does b3 change the loss of three flowers?" : "How does b3 change the loss of this flower?";
    document.body.classList.toggle("moved", state.touched);
    reset.hidden = !state.touched && !state.graph.cut.size && state.rate === 1 && !state.mean;
    find("trouble").textContent = state.sentence || state.trouble;
    clearTimeout(speaking);
    speaking = setTimeout(() => {
      said(told(state));
      remember(state.link);
    }, 400);
  });
  function presenting(on) {
    document.body.classList.toggle("present", on);
    document.body.classList.toggle("held", on);
    present.setAttribute("aria-pressed", String(on));
  }
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches?.("input[type=text], select")) return;
    const held = document.body.classList.contains("held"), shown = document.body.classList.contains("present"), act = {
      p: () => presenting(!shown), P: () => presenting(!shown),
      PageDown: shown && (() => held ? document.body.classList.remove("held") : (state.go(state.stage + 1), document.body.classList.add("held"))),
      PageUp: shown && (() => { state.go(state.stage - 1); document.body.classList.add("held"); }),
      n: () => state.go(state.stage + 1)}[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, true);
  addEventListener("hashchange", () => location.hash.slice(1) === state.link || state.follow(location.hash.slice(1)));
  addEventListener("beforeprint", () => list.unfold());
  state.arrange();
  state.changed();
  if (link) state.follow(link);
}

function helpPanel(button) {
  const panel = html("section", {class: "help", "aria-label": "help", tabindex: -1, hidden: true}, ...[
    "Drag the violet slider, or use the arrow keys on it. Any box can be chosen by click or Enter; arrow keys lead from box to box.",
    "n goes to the next stage, P presents: PageDown shows the answer, then the next question; PageUp goes back.",
    "p_setosa is the probability of Setosa; p_observed is that of the species that was observed. ∂ in a box is the derivative of CE by it.",
  ].map(text => html("p", {}, text)));
  const show = on => {               // over the page, wherever that is scrolled
    panel.hidden = !on;
    button.setAttribute("aria-expanded", String(on));
    (on ? panel : button).focus();
  };
  button.addEventListener("click", () => show(panel.hidden));
  panel.addEventListener("keydown", event => event.key === "Escape" && show(false));
  panel.prepend(html("button", {type: "button", class: "close", "aria-label": "close help", onclick: () => show(false)}, "✕"));
  return panel;
}
