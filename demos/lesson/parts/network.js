// The whole network: its surface, the order of the chain rule, softmax where exp overflows, what zero_grad is for.

class Activities {
  constructor(place, state) {
    const part = (title, made) => html("details", {name: "activity", open: title.startsWith("Surface")}, html("summary", {}, title), made);
    place.append(html("div", {class: "activities"}, part("Surface: z_setosa over petal and sepal", surface(state)), part("Order: which box is next?", order(state)),
      part("Softmax at z_setosa = 1000", stable(state)), part("Zero: three kinds", zeros(state)), part("Forgetting zero_grad", forgetting(state)), part("What is trained?", trained(state))));
  }
}

function surface(state) {            // lines of equal petal and of equal sepal; it moves as a whole with b3
  const drawing = svg("svg", {class: "surface", viewBox: "0 0 400 210", role: "img"}), n = 10;
  let scratch = null;
  state.watch(() => {
    if (state.view !== "whole") return;
    scratch ??= new Graph(state.data.flowers.Setosa.graph);
    const page = state.data.flowers.Setosa, leaf = key => state.leaf(key, page), top = page.z.z_setosa;
    const numbers = page.leaves.filter(v => isParameter(page.keys[v])).map(v => [v, state.values[state.leaf(page.keys[v])]]);
    const z = (petal, sepal) => { scratch.move([...numbers, [leaf("petal"), petal], [leaf("sepal"), sepal]]); return scratch.values[top]; };
    const grid = each(n + 1, i => each(n + 1, j => z(i / n, j / n)));
    const place = (i, j) => `${round(60 + 17 * i + 12 * j)} ${round(110 - 9 * j + 4 * i - 12 * grid[i][j])}`;
    const lines = each(n + 1, i => svg("path", {d: `M${each(n + 1, j => place(i, j)).join("L")}`})).concat(each(n + 1, j => svg("path", {d: `M${each(n + 1, i => place(i, j)).join("L")}`, class: j % n ? "" : "ridge"})));
    drawing.replaceChildren(...lines, label(60, 204, "petal →", "tick"), label(30, 70, "sepal ↗", "tick"), label(392, 204, `b3 = ${digits(state.b3)}`, "tick", "end"));
    drawing.setAttribute("aria-label", `z_setosa over petal and sepal at b3 ${digits(state.b3)}: from ${digits(Math.min(...grid.flat()))} to ${digits(Math.max(...grid.flat()))}`);
  });
  return drawing;
}

function order(state) {              // a box is done when all that use it have passed their part on; in another order too little comes, or too much
  const page = state.data.flowers.Setosa, {boxes} = page, opened = page.states[1], says = html("p", {class: "order-says", role: "status"}), list = html("div");
  const way = opened.boxes.filter(i => boxes[i].kind !== "quiet"), arrows = opened.arrows.filter(pair => pair.every(i => way.includes(i)));
  const called = i => page.called[boxes[i].head], b3 = way.find(i => called(i) === "b3"), root = way.at(-1), graph = () => state.graphs.get(page);
  let picks = [];
  const passed = () => {             // what each box has by now, what reached it since it passed on, what was picked too early
    const grads = {[root]: 1}, fresh = {}, times = {}, early = [];
    for (const i of [root, ...picks]) {
      const {grads: local} = graph().backward(boxes[i].head, new Set(), boxes[i].members), waits = arrows.filter(([tail, head]) => tail === i && !times[head]);
      early.push(waits.map(([, head]) => head));
      times[i] = (times[i] ?? 0) + 1;
      fresh[i] = false;
      for (const [tail] of arrows.filter(([, head]) => head === i)) {
        grads[tail] = (grads[tail] ?? 0) + (grads[i] ?? 0) * local[boxes[tail].head];
        fresh[tail] = true;
      }
    }
    return {grads, fresh, times, early: early.at(-1)};
  };
  const verdict = ({grads, fresh, times, early}, left) => {
    const last = picks.at(-1), own = graph().backward(graph().root, new Set()).grads[state.leaf("b3", page)], came = grads[b3] ?? 0;
    const first = !picks.length ? "" : early.length ? `Too early: ${early.map(called).join(" and ")} has not yet passed on its part. ${called(last)} passes on ${digits(grads[last] ?? 0)}. `
      : times[last] > 1 ? `${called(last)} passes on all that it has, ${digits(grads[last])}, again. ` : `Right: all that use ${called(last)} are done. `;
    if (left.some(i => !times[i])) return first;
    const late = left.map(called).join(", ").replace(/, ([^,]*)$/, " and $1");
    return `${first}In your order b3 gets ${digits(came)}${near(came, own) ? ": each is done after all that use it." : ` for ${digits(own)}: ${late ? `what reached ${late} later is lost, unless it passes on again.` : "some of it was passed on twice."}`}`;
  };
  const write = () => {
    const now = passed(), left = way.filter(i => i !== root && i !== b3 && (!now.times[i] || now.fresh[i]));
    const pick = i => html("button", {type: "button", onclick: () => { picks.push(i); write(); }}, `${called(i)}${now.times[i] ? " again" : ""}`);
    list.replaceChildren(html("p", {}, "Backward through the boxes of stage 4: which one passes its ∂ on next?"), html("p", {}, `passed on: ${[root, ...picks].map(called).join(", ")}`), ...left.map(pick),
      html("button", {type: "button", onclick: () => { picks = []; write(); }}, "Start again"));
    says.textContent = verdict(now, left);
  };
  state.watch(() => { if (state.view === "whole") { const held = list.contains(document.activeElement) ? document.activeElement.textContent : ""; write(); [...list.querySelectorAll("button")].find(b => b.textContent === held)?.focus(); } });
  return html("div", {class: "order"}, list, says);
}

function zeros(state) {              // off, not there, not computed yet
  const rows = html("tbody");
  let computed = false;
  const run = html("button", {type: "button", onclick: () => { computed = !computed; write(); }});
  const write = () => {
    if (state.view !== "whole") return;
    const {data, graphs} = state, whole = data.whole.Virginica, one = data.flowers.Setosa, slopes = (page, top) => graphs.get(page).backward(top ?? graphs.get(page).root, new Set()).grads;
    const w3 = slopes(whole)[state.leaf("w3", whole)], turn = state.turning("Virginica"), b3 = state.leaf("b3", one), line = (...parts) => html("tr", {}, ...parts.map(part => html("td", {}, part)));
    run.textContent = computed ? "zero_grad()" : "backward()";
    rows.replaceChildren(
      line("∂CE/∂w3 of a Virginica", digits(w3), turn.sum > 0 ? "Its h2 is on: no zero." : `Its h2 is off: what comes back is times 0. With w3 above ${digits(turn.w3)} it is on.`),
      line("∂z_versicolor/∂b3", digits(slopes(one, one.z.z_versicolor)[b3]), "No path leads from b3 to z_versicolor: 0 whatever you move."),
      line("b3.grad", digits(computed ? slopes(one)[b3] : 0), html("span", {}, computed ? "Computed. " : "Not computed yet: 0 says nothing. ", run)));
  };
  state.watch(write);
  return html("table", {class: "zeros"}, html("thead", {}, html("tr", {}, ...["of what", "number", "why"].map(text => html("th", {scope: "col"}, text)))), rows);
}

function stable(state) {             // of a Versicolor: the textbook's softmax, and one operation
  const {textbook, stable: own} = state.data.stable, graphs = [textbook, own].map(({graph}) => new Graph(graph));
  const said = html("div", {role: "status", class: "stable-says"}), range = html("input", {type: "range", min: 0, max: 1000, step: 1, value: 3, "aria-label": "z_setosa of a Versicolor"});
  const write = () => {
    const z = range.valueAsNumber, lines = [textbook, own].map(({leaf, ...page}, i) => {
      try { graphs[i].move([[leaf, z]]); } catch (failure) {
        if (!(failure instanceof Refusal)) throw failure;
        const values = [...graphs[i].values];
        values[leaf] = z;
        return refusal(failure, page, values);
      }
      return `CE = ${digits(graphs[i].values.at(-1))}`;
    });
    said.replaceChildren(html("p", {}, `z_setosa = ${digits(z)}, the others 0; observed: Versicolor`), html("p", {}, "textbook: ", lines[0]), html("p", {}, "cross_entropy: ", lines[1]));
    range.style.setProperty("--part", `${z / 10}%`);
  };
  range.addEventListener("input", write);
  const jump = html("button", {type: "button", onclick: () => { range.value = 1000; write(); }}, "z_setosa = 1000");
  write();
  return html("div", {}, html("p", {}, "As in the textbook, −log(exp(z) / the sum); and by cross_entropy, the same in one operation."), html("div", {class: "hand-row"}, range, jump), said);
}

function forgetting(state) {         // backward adds to .grad
  let grad = 0, times = 0;
  const says = html("p", {class: "grad-says", role: "status"});
  const write = () => { says.textContent = `b3.grad is ${digits(grad)}${times > 1 ? `: ${times} times ${digits(grad / times)}, for backward() adds to it` : ""}.`; };
  const press = (text, act) => html("button", {type: "button", onclick: () => { act(); write(); }}, text);
  write();
  return html("div", {}, html("p", {}, "backward() finds ∂CE/∂b3 and adds it to b3.grad; zero_grad() makes that 0."), press("backward()", () => { grad += state.grads[state.leaf("b3")]; times++; }), press("zero_grad()", () => { grad = 0; times = 0; }), says);
}

function trained(state) {            // what a step moves, and what is given
  const says = html("p", {class: "trained-says", role: "status"});
  const press = (text, key) => html("button", {type: "button", onclick: () => {
    says.textContent = isParameter(key) ? `Yes: ${key} is a parameter. A step of descent moves it by −rate · ${digits(state.grads[state.leaf(key)])}.`
      : `No: ${key} was measured on the flower. It has a derivative, ${digits(state.grads[state.leaf(key)])}, but no step moves it: another ${key} would be another flower.`;
  }}, text);
  return html("div", {}, ...["petal", "w3", "b3", "sepal"].map(key => press(key, key)), says);
}
