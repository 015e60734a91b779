/* <graph-walk>: an expression graph, forward node by node and backward edge by edge (chapter 7).

A step is a node computed, the 1 at the end, or a message along one edge: local derivative times the gradient of the node that sends.
The figure's `state` says what is on the screen; a test holds it against lib's tape. */
(function () {
  "use strict";

  const leaf = (name, value, at) => ({ name, op: "leaf", inputs: [], value, at });
  const node = (name, op, inputs, at) => ({ name, op, inputs, at });
  const PRESETS = {
    "twice": { title: "f = (a·b + c)·b, with b used twice", nodes: [leaf("a", 2, [0, 0]), leaf("b", 3, [2, 0]), leaf("c", -1, [0, 1]),
      node("p", "multiply", ["a", "b"], [1, 1]), node("s", "add", ["p", "c"], [0.5, 2]), node("f", "multiply", ["s", "b"], [1.2, 3])] },
    "neuron": { title: "a neuron, L = (relu(w·x + b) − t)²", nodes: [leaf("w", 2, [0, 0]), leaf("x", 1.5, [1, 0]), leaf("b", -1, [2, 0]),
      leaf("t", 3, [2, 2]), node("p", "multiply", ["w", "x"], [0.5, 1]), node("z", "add", ["p", "b"], [1, 2]),
      node("h", "relu", ["z"], [1, 3]), node("e", "subtract", ["h", "t"], [1.5, 4]), node("L", "square", ["e"], [1.5, 5])] },
    "shared": { title: "one layer used twice, L = (w·(w·x))²", nodes: [leaf("x", 2, [0, 0]), leaf("w", 3, [2, 0]),
      node("h", "multiply", ["w", "x"], [0.5, 1]), node("y", "multiply", ["w", "h"], [1, 2]), node("L", "square", ["y"], [1, 3])] },
    "entropy": { title: "cross-entropy of two classes, L = log(eᵘ + eᵛ) − u", nodes: [leaf("u", 1, [0, 0]), leaf("v", 2, [2, 0]),
      node("m", "exp", ["u"], [1, 1]), node("n", "exp", ["v"], [2, 1]), node("s", "add", ["m", "n"], [1.5, 2]),
      node("q", "log", ["s"], [1.5, 3]), node("L", "subtract", ["q", "u"], [0.4, 4])] },
  };
  const OPS = {     // how it is written, its value, its local derivatives
    add: { text: (a, b) => `${a} + ${b}`, value: (a, b) => a + b, slopes: () => [1, 1] },
    subtract: { text: (a, b) => `${a} − ${b}`, value: (a, b) => a - b, slopes: () => [1, -1] },
    multiply: { text: (a, b) => `${a} · ${b}`, value: (a, b) => a * b, slopes: (a, b) => [b, a] },
    relu: { text: (a) => `relu(${a})`, value: (a) => Math.max(a, 0), slopes: (a) => [a > 0 ? 1 : 0] },
    square: { text: (a) => `${a}²`, value: (a) => a * a, slopes: (a) => [2 * a] },
    exp: { text: (a) => `exp(${a})`, value: Math.exp, slopes: (a) => [Math.exp(a)] },
    log: { text: (a) => `log(${a})`, value: Math.log, slopes: (a) => [1 / a] },
  };
  const LIMIT = 10, BOX = [100, 58], PITCH = [124, 92], WIDTH = 360;

  const written = (value) => String(Number(value.toPrecision(4)) + 0).replace("-", "−");
  const factor = (value) => (value < 0 ? `(${written(value)})` : written(value));
  const label = ({ name, op, inputs }) => (op === "leaf" ? name : `${name} = ${OPS[op].text(...inputs)}`);

  /* Every value, every edge with its local derivative in the order of the walk back, as if all steps were done. */
  function compute(nodes, leaves) {
    const values = {}, edges = [];
    for (const { name, op, inputs } of nodes) {
      values[name] = op === "leaf" ? leaves[name] : OPS[op].value(...inputs.map((source) => values[source]));
    }
    for (const { name, op, inputs } of [...nodes].reverse()) {
      if (op === "leaf") continue;
      const slopes = OPS[op].slopes(...inputs.map((source) => values[source]));
      inputs.forEach((source, k) => edges.push({ from: source, to: name, slope: slopes[k] }));
    }
    return { values, edges };
  }

  const STYLE = `
    :host { display: block; color: var(--pst-color-text-base, #222); font-size: 0.95rem; }
    .box { border: 1px solid var(--pst-color-border, #ccc); border-radius: 6px; padding: 0.8rem;
      background: var(--pst-color-background, #fff); }
    .controls, .leaves, .view { display: flex; flex-wrap: wrap; gap: 0.6rem 1.1rem; align-items: flex-end; }
    .leaves { margin: 0.7rem 0; }
    .view { align-items: flex-start; }
    label { display: inline-flex; flex-direction: column; max-width: 100%; font-size: 0.85rem; color: var(--pst-color-text-muted, #555); }
    select, button, input { font: inherit; min-height: 2.1rem; max-width: 100%; padding: 0.2rem 0.5rem; box-sizing: border-box;
      color: var(--pst-color-text-base, #222); background: var(--pst-color-surface, #f3f4f5);
      border: 1px solid var(--pst-color-text-muted, #555); border-radius: 4px; }
    select, button { cursor: pointer; }
    button[aria-disabled=true] { color: var(--pst-color-text-muted, #555); border-style: dashed; cursor: default; }
    input { width: 5.2rem; }
    button:focus-visible, select:focus-visible, input:focus-visible {
      outline: 3px solid var(--pst-color-link, #0071ab); outline-offset: 1px; }
    svg { flex: 1 1 300px; min-width: 0; max-width: 420px; height: auto; }
    svg text { text-anchor: middle; fill: currentColor; font-size: 14px; font-variant-numeric: tabular-nums; }
    svg rect { fill: var(--pst-color-surface, #f3f4f5); stroke: var(--pst-color-text-muted, #555); }
    svg .leaf rect { fill: var(--pst-color-background, #fff); }
    svg .now rect { stroke: var(--pst-color-primary, #0071ab); stroke-width: 3.5; }
    svg .waiting rect { stroke-dasharray: 4 3; }
    svg .value { font-weight: 700; }
    svg line { stroke: var(--pst-color-text-muted, #555); stroke-width: 1.3; }
    svg line.used { stroke: var(--pst-color-primary, #0071ab); stroke-width: 2.2; }
    svg line.now { stroke: var(--pst-color-primary, #0071ab); stroke-width: 4.5; }
    svg .slope { paint-order: stroke; stroke: var(--pst-color-background, #fff); stroke-width: 6px; }
    table { border-collapse: collapse; flex: 0 1 auto; }
    th, td { border-bottom: 1px solid var(--pst-color-border, #ccc); padding: 0.15rem 0.7rem 0.15rem 0; text-align: right;
      font-variant-numeric: tabular-nums; font-weight: normal; }
    th:first-child { text-align: left; }
    thead th { color: var(--pst-color-text-muted, #555); font-size: 0.85rem; }
    tr.now th, tr.now td { font-weight: 700; }
    p { margin: 0.8rem 0 0; min-height: 4.6em; }`;

  class GraphWalk extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open" });
      const options = Object.entries(PRESETS).map(([name, { title }]) => `<option value="${name}">${title}</option>`).join("");
      root.innerHTML = `<style>${STYLE}</style><div class="box"><div class="controls">
        <label>Expression<select name="preset">${options}</select></label>
        <button type="button" name="back">Step back</button><button type="button" name="step">Step</button>
        <button type="button" name="start">Start over</button><button type="button" name="end">To the end</button></div>
        <div class="leaves"></div><div class="view"></div><p role="status" aria-live="polite"></p></div>`;
      root.addEventListener("change", (event) => this.change(event.target));
      root.addEventListener("click", (event) => this.press(event.target.closest("button")));
      this.choose("twice");
    }

    choose(preset) {
      this.preset = preset;
      this.nodes = PRESETS[preset].nodes;
      this.leaves = Object.fromEntries(this.nodes.filter((n) => n.op === "leaf").map((n) => [n.name, n.value]));
      this.at = 0;
      this.shadowRoot.querySelector(".leaves").innerHTML = Object.entries(this.leaves).map(([name, value]) =>
        `<label>${name}<input type="number" name="${name}" value="${value}" step="0.5" min="${-LIMIT}" max="${LIMIT}"></label>`).join("");
      this.show();
    }

    change(field) {
      if (field.name === "preset") return this.choose(field.value);
      const value = field.value === "" ? NaN : Number(field.value);
      if (Number.isFinite(value)) this.leaves[field.name] = Math.min(LIMIT, Math.max(-LIMIT, value));
      field.value = this.leaves[field.name];
      this.show();
    }

    press(button) {
      if (!button) return;
      const { last } = this.state;
      const to = { back: this.at - 1, step: this.at + 1, start: 0, end: last }[button.name];
      this.at = Math.min(last, Math.max(0, to));
      this.show();
    }

    get state() {
      const { nodes, leaves, preset, at } = this;
      const made = nodes.filter((n) => n.op !== "leaf"), { values, edges } = compute(nodes, leaves);
      const last = made.length + 1 + edges.length, sent = Math.max(0, at - made.length - 1);
      const known = new Set([...Object.keys(leaves), ...made.slice(0, at).map((n) => n.name)]);
      const gradients = Object.fromEntries(nodes.map((n) => [n.name, 0]));
      gradients[nodes[nodes.length - 1].name] = at > made.length ? 1 : 0;
      const messages = edges.slice(0, sent).map((edge) => {
        const message = { ...edge, arrived: gradients[edge.to], sends: edge.slope * gradients[edge.to] };
        gradients[edge.from] += message.sends;
        return message;
      });
      const open = new Set(edges.slice(sent).map((edge) => edge.from));
      return { preset, at, last, leaves: { ...leaves }, phase: at === 0 ? "start" : at <= made.length ? "forward" : "backward",
        nodes: nodes.map((n) => ({ name: n.name, op: n.op, inputs: n.inputs, label: label(n),
          value: known.has(n.name) ? values[n.name] : null, gradient: at > made.length ? gradients[n.name] : null,
          waiting: at > made.length && open.has(n.name) })),
        edges: edges.map((edge, k) => ({ ...edge, known: known.has(edge.to), used: k < sent, now: k === sent - 1 })),
        computed: at > 0 && at <= made.length ? made[at - 1].name : null,
        message: messages[messages.length - 1] || null };
    }

    show() {
      const state = this.state, root = this.shadowRoot;
      for (const [name, off] of [["back", state.at === 0], ["start", state.at === 0], ["step", state.at === state.last],
        ["end", state.at === state.last]]) root.querySelector(`button[name=${name}]`).setAttribute("aria-disabled", off);
      root.querySelector(".view").innerHTML = this.picture(state) + this.table(state);
      root.querySelector("p").textContent = this.sentence(state);
    }

    picture({ nodes, edges, computed, message }) {
      const middle = Object.fromEntries(this.nodes.map((n) => [n.name,
        [BOX[0] / 2 + 6 + PITCH[0] * n.at[0], BOX[1] / 2 + 6 + PITCH[1] * n.at[1]]]));
      const height = 12 + BOX[1] + PITCH[1] * Math.max(...this.nodes.map((n) => n.at[1]));
      const lines = edges.map((edge) => {
        const [x0, y0] = middle[edge.from], [x1, y1] = middle[edge.to], top = y0 + BOX[1] / 2, bottom = y1 - BOX[1] / 2;
        const twins = edges.filter((other) => other.to === edge.to).map((other) => other.from);
        const aim = x1 + (twins.length > 1 ? (x0 < x1 ? -22 : 22) : 0), share = bottom - top > PITCH[1] ? 0.5 : 0.45;
        const style = edge.now ? "now" : edge.used ? "used" : "";
        return `<line class="${style}" x1="${x0}" y1="${top}" x2="${aim}" y2="${bottom}"></line>` + (edge.known
          ? `<text class="slope" x="${x0 + share * (aim - x0)}" y="${top + share * (bottom - top) + 5}">${
            written(edge.slope)}</text>` : "");
      });
      const boxes = nodes.map((n) => {
        const [x, y] = middle[n.name], now = n.name === computed || (message && n.name === message.from);
        const style = [n.op === "leaf" ? "leaf" : "", now ? "now" : "", n.waiting ? "waiting" : ""].join(" ");
        const gradient = n.gradient === null ? "" : `grad ${written(n.gradient)}${n.waiting ? " …" : ""}`;
        return `<g class="${style}"><rect x="${x - BOX[0] / 2}" y="${y - BOX[1] / 2}" width="${BOX[0]}" height="${BOX[1]}" rx="7"></rect>
          <text x="${x}" y="${y - 12}">${n.label}</text>
          <text class="value" x="${x}" y="${y + 5}">${n.value === null ? "?" : written(n.value)}</text>
          <text x="${x}" y="${y + 22}">${gradient}</text></g>`;
      });
      return `<svg viewBox="0 0 ${WIDTH} ${height}" aria-hidden="true">${lines.join("")}${boxes.join("")}</svg>`;
    }

    table({ nodes, computed, message }) {
      const rows = nodes.map((n) => `<tr class="${n.name === computed || (message && n.name === message.from) ? "now" : ""}"
        data-name="${n.name}"><th scope="row">${n.label}</th><td>${n.value === null ? "?" : written(n.value)}</td>
        <td>${n.gradient === null ? "" : written(n.gradient)}${n.waiting ? " …" : ""}</td></tr>`);
      return `<table><thead><tr><th scope="col">node</th><th scope="col">value</th><th scope="col">gradient</th></tr></thead>
        <tbody>${rows.join("")}</tbody></table>`;
    }

    sentence({ at, last, nodes, computed, message, edges }) {
      const find = (name) => nodes.find((n) => n.name === name);
      if (at === 0) return "Only the inputs are known. Change them if you like, then step forwards.";
      if (computed) {
        const from = edges.filter((edge) => edge.to === computed).map((edge) => `${written(edge.slope)} by ${edge.from}`).join(", ");
        return `Forward: ${find(computed).label} = ${written(find(computed).value)}. Written on its edges, its derivative: ${from}.`;
      }
      const end = nodes[nodes.length - 1].name;
      if (!message) return `Backward: ${end} is what we differentiate. Its own gradient is 1. Dashed nodes still wait.`;
      const { from, to, slope, arrived, sends } = message, so = find(from);
      const done = so.waiting ? `and waits for more` : `and has heard from everyone`;
      const product = `${factor(arrived)} · ${factor(slope)} = ${written(sends)}`;
      return `Backward: ${to} has gradient ${written(arrived)} and sends ${product} to ${from}. ${from} now has ${written(so.gradient)} ${done}.${at === last ? " That was the last edge." : ""}`;
    }
  }

  customElements.define("graph-walk", GraphWalk);
})();
