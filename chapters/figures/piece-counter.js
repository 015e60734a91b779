/* <piece-counter>: a ReLU net from one number to one number, drawn on 0 to 1, with its linear pieces counted (chapter 1).

A budget of units is spent on one layer or on several. "Folding" weights lay as many pieces over each piece before as a layer has units;
"random" weights are drawn. The bends are computed, not looked for on a grid. Its `state` says what is on the screen, weights included; a
test holds it against NumPy. */
(function () {
  "use strict";

  const UNITS = { least: 1, most: 12 };
  const WIDTHS = [["all", "one layer"], ["4", "layers of 4"], ["3", "layers of 3"], ["2", "layers of 2"]];
  const WEIGHTS = [["folding", "chosen to fold"], ["random", "random"]];

  function widths(units, width) {
    const each = width === "all" ? units : Number(width), list = [];
    for (let left = units; left > 0; left -= each) list.push(Math.min(each, left));
    return list;
  }

  /* The net that folds: a layer of w units lays w pieces, up and down, over each piece before. */
  function folding(list) {
    let read = [1];
    const layers = list.map((w) => {
      const layer = { weight: Array.from({ length: w }, () => read), bias: Array.from({ length: w }, (_, k) => -k / w) };
      read = Array.from({ length: w }, (_, k) => (k ? 2 * w * (k % 2 ? -1 : 1) : w));
      return layer;
    });
    return [...layers, { weight: [read], bias: [0] }];
  }

  /* Numbers in -1 ... 1 from a seed, the same in every browser. */
  function generator(seed) {
    let a = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
    return () => {
      a = (a + 0x6d2b79f5) >>> 0;
      let t = Math.imul(a ^ (a >>> 15), 1 | a);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2147483648 - 1;
    };
  }

  function random(list, seed) {
    const draw = generator(seed);
    let inputs = 1;
    const layers = [...list, 1].map((w, n) => {
      const scale = Math.sqrt(6 / inputs);                       // variance 2 / inputs: signals keep their size
      const weight = Array.from({ length: w }, () => Array.from({ length: inputs }, () => scale * draw()));
      const bias = Array.from({ length: w }, (_, k) => (n ? 0.3 * draw() : -weight[k][0] * (draw() + 1) / 2));   // first bends lie in 0 ... 1
      inputs = w;
      return { weight, bias };
    });
    return layers;
  }

  /* Bends of the net on 0 ... 1: layer by layer, where a unit changes its sign inside a piece, the piece is cut there. */
  function pieces(layers) {
    let t = [0, 1], units = [[0], [1]];                          // units[k]: all units of the layer at t[k]
    const apply = ({ weight, bias }, x) => weight.map((row, j) => row.reduce((sum, w, i) => sum + w * x[i], bias[j]));
    for (const layer of layers.slice(0, -1)) {
      units = units.map((x) => apply(layer, x));
      const cuts = new Set(t);
      for (let k = 0; k + 1 < t.length; k++) units[k].forEach((a, j) => {
        const c = units[k + 1][j];
        if (a * c < 0) cuts.add(Math.round((t[k] + (t[k + 1] - t[k]) * a / (a - c)) * 1e12) / 1e12);
      });
      const finer = [...cuts].sort((a, b) => a - b);
      let k = 0;
      const at = finer.map((s) => {
        while (k + 2 < t.length && t[k + 1] <= s) k += 1;
        const part = (s - t[k]) / (t[k + 1] - t[k]);
        return units[k].map((a, j) => Math.max(0, a + part * (units[k + 1][j] - a)));
      });
      [t, units] = [finer, at];
    }
    const y = units.map((x) => apply(layers.at(-1), x)[0]);
    const slopes = y.slice(1).map((value, k) => (value - y[k]) / (t[k + 1] - t[k]));
    const largest = Math.max(...slopes.map(Math.abs));
    const kept = t.map((_, k) => k === 0 || k === t.length - 1 || Math.abs(slopes[k] - slopes[k - 1]) > 1e-7 * largest);
    return { t: t.filter((_, k) => kept[k]), y: y.filter((_, k) => kept[k]) };
  }

  const STYLE = `
    :host { display: block; color: var(--pst-color-text-base, #222); font-size: 0.95rem; }
    .box { border: 1px solid var(--pst-color-border, #ccc); border-radius: 6px; padding: 0.8rem;
      background: var(--pst-color-background, #fff); }
    .controls { display: flex; flex-wrap: wrap; gap: 0.6rem 1.1rem; align-items: flex-end; }
    label { display: inline-flex; flex-direction: column; max-width: 100%; font-size: 0.85rem; color: var(--pst-color-text-muted, #555); }
    select, button { font: inherit; min-height: 2.1rem; max-width: 100%; padding: 0.2rem 0.5rem; cursor: pointer;
      color: var(--pst-color-text-base, #222); background: var(--pst-color-surface, #f3f4f5);
      border: 1px solid var(--pst-color-text-muted, #555); border-radius: 4px; }
    button:disabled { opacity: 0.5; cursor: default; }
    input { min-height: 2.1rem; width: 11rem; max-width: 100%; accent-color: var(--pst-color-primary, #0071ab); cursor: pointer; }
    :is(button, select, input):focus-visible { outline: 3px solid var(--pst-color-link, #0071ab); outline-offset: 1px; }
    svg { display: block; width: 100%; height: auto; margin-top: 0.8rem; }
    .line { fill: none; stroke: var(--pst-color-primary, #0071ab); stroke-width: 2; stroke-linejoin: round; }
    .bend { fill: var(--pst-color-primary, #0071ab); }
    .axis { stroke: var(--pst-color-text-muted, #555); stroke-width: 1; }
    text { fill: var(--pst-color-text-muted, #555); font-size: 20px; }
    p { margin: 0.8rem 0 0; min-height: 4.6em; }`;

  class PieceCounter extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      Object.assign(this, { units: 6, width: "all", weights: "folding", seed: 0 });
      const root = this.attachShadow({ mode: "open" });
      const menu = (name, label, options) => `<label>${label}<select name="${name}">${options
        .map(([value, text]) => `<option value="${value}">${text}</option>`).join("")}</select></label>`;
      root.innerHTML = `<style>${STYLE}</style><div class="box"><div class="controls">
        <label><span>Units: <b class="units"></b></span>
          <input type="range" name="units" min="${UNITS.least}" max="${UNITS.most}" step="1" aria-label="Units"></label>
        ${menu("width", "Arranged in", WIDTHS)}${menu("weights", "Weights", WEIGHTS)}
        <button type="button" name="draw">Draw again</button></div>
        <svg viewBox="0 0 640 256" role="img"></svg><p role="status" aria-live="polite"></p></div>`;
      root.addEventListener("input", (event) => this.choose(event.target.name, event.target.value));
      root.querySelector("button").addEventListener("click", () => this.choose("seed", this.seed + 1));
      this.show();
    }

    choose(name, value) {
      this[name] = name === "units" ? Number(value) : value;
      this.show();
    }

    get state() {
      const { units, width, weights, seed } = this;
      const list = widths(units, width);
      const layers = weights === "folding" ? folding(list) : random(list, seed);
      const { t, y } = pieces(layers);
      return { units, width, weights, seed, widths: list, layers, t, y, pieces: t.length - 1 };
    }

    show() {
      const state = this.state, root = this.shadowRoot;
      for (const control of root.querySelectorAll("select, input")) control.value = String(this[control.name]);
      root.querySelector(".units").textContent = state.units;
      root.querySelector("button").disabled = state.weights === "folding";
      root.querySelector("svg").innerHTML = this.curve(state);
      root.querySelector("svg").setAttribute("aria-label", `The net's output on 0 to 1: ${state.pieces} linear pieces`);
      root.querySelector("p").textContent = this.sentence(state);
    }

    curve({ t, y }) {
      const low = Math.min(0, ...y), high = Math.max(low + 1e-9, ...y);
      const x = (value) => 20 + 600 * value, up = (value) => 215 - 195 * (value - low) / (high - low);
      const points = t.map((value, k) => [x(value).toFixed(2), up(y[k]).toFixed(2)]);
      return `<line class="axis" x1="20" y1="222" x2="620" y2="222"/><text x="20" y="246" text-anchor="middle">0</text>
        <text x="320" y="246" text-anchor="middle">x</text><text x="620" y="246" text-anchor="middle">1</text>
        <polyline class="line" points="${points.map((point) => point.join(",")).join(" ")}"/>
        ${points.slice(1, -1).map(([a, b]) => `<circle class="bend" cx="${a}" cy="${b}" r="3.2"/>`).join("")}`;
    }

    sentence({ units, widths: list, weights, pieces: count }) {
      const many = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
      const shape = list.length === 1 ? "in one layer" : `in ${list.length} layers (${list.join(" + ")})`;
      const most = list.reduce((product, w) => product * (w + 1), 1);
      const why = weights === "folding" && list.length > 1 ? ` ${list.join(" · ")} = ${count}.` : "";
      return `${many(units, "unit")} ${shape}, ${many(count, "linear piece")}.${why} No weights give such a net more than `
        + `${most}${list.length > 1 ? ` = ${list.map((w) => `(${w} + 1)`).join(" · ")}` : ""}.`;
    }
  }

  customElements.define("piece-counter", PieceCounter);
})();
