// The whole network: its surface, the order of the chain rule, softmax where exp overflows, what zero_grad is for.

class Activities {
  constructor(place, state) {
    const part = (title, made) => html("details", {name: "activity", open: title.startsWith("Surface")}, html("summary", {}, title), made);
    place.append(html("div", {class: "activities"}, part("Surface: z_setosa over petal and sepal", surface(state)), part("Order: which box is next?", order(state)),
      part("Softmax at z_setosa = 1000", stable(state)), part("Forgetting zero_grad", forgetting(state)), part("What is trained?", trained(state))));
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
    drawing.replaceChildren(...lines, label(60, 204, "petal →", "tick"), label(392, 204, `b3 = ${digits(state.b3)}`, "tick", "end"));
    drawing.setAttribute("aria-label", `z_setosa over petal and sepal at b3 ${digits(state.b3)}: from ${digits(Math.min(...grid.flat()))} to ${digits(Math.max(...grid.flat()))}`);
  });
  return drawing;
}

function order(state) {              // a box is done only when all that use it are
  const page = state.data.flowers.Setosa, {boxes} = page, opened = page.states[1], says = html("p", {class: "order-says", role: "status"}), picks = html("div");
  const way = opened.boxes.filter(i => boxes[i].kind !== "quiet"), users = i => opened.arrows.filter(([tail]) => tail === i).map(([, head]) => head);
  let done = [way.at(-1)];
  const pick = i => {
    const waits = users(i).filter(head => !done.includes(head)), graph = state.graphs.get(page), b3 = state.leaf("b3", page);
    if (!waits.length) done.push(i);
    says.textContent = waits.length ? `Not yet: ${called(i)} is used by ${waits.map(called).join(" and ")}, which is not done. In that order b3 gets ${digits(unordered(graph, b3))} for ${digits(graph.backward(graph.root, new Set()).grads[b3])}.`
      : done.length === way.length ? "All done, each after all that use it." : `Right: all that use ${called(i)} are done.`;
    write();
  };
  const called = i => page.called[boxes[i].head];
  const write = () => picks.replaceChildren(html("p", {}, `done: ${done.map(called).join(", ")}`), ...way.filter(i => !done.includes(i)).map(i => html("button", {type: "button", onclick: () => pick(i)}, called(i))),
    html("button", {type: "button", onclick: () => { done = [way.at(-1)]; says.textContent = ""; write(); }}, "Start again"));
  write();
  return html("div", {class: "order"}, picks, says);
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
  return html("div", {}, html("div", {class: "hand-row"}, range, jump), said);
}

function forgetting(state) {         // backward adds to .grad
  let grad = 0, times = 0;
  const says = html("p", {class: "grad-says", role: "status"});
  const write = () => { says.textContent = `b3.grad is ${digits(grad)}${times > 1 ? `: ${times} times ${digits(grad / times)}, for backward() adds to it` : ""}.`; };
  const press = (text, act) => html("button", {type: "button", onclick: () => { act(); write(); }}, text);
  write();
  return html("div", {}, press("backward()", () => { grad += state.grads[state.leaf("b3")]; times++; }), press("zero_grad()", () => { grad = 0; times = 0; }), says);
}

function trained(state) {            // what a step moves, and what is given
  const says = html("p", {class: "trained-says", role: "status"});
  const press = (text, key) => html("button", {type: "button", onclick: () => {
    says.textContent = isParameter(key) ? `Yes: ${key} is a parameter. A step of descent moves it by −rate · ${digits(state.grads[state.leaf(key)])}.`
      : `No: ${key} was measured on the flower. It has a derivative, ${digits(state.grads[state.leaf(key)])}, but no step moves it: another ${key} would be another flower.`;
  }}, text);
  return html("div", {}, ...["petal", "w3", "b3", "sepal"].map(key => press(key, key)), says);
}
