/* <grad-scatter>: the backward pass of a small convolution, product by product (chapter 4).

Every product of the forward pass joins an output (i, j), a tap (k, l) of the filter and a pixel (u, v). The figure lists these products
and shows those that belong to the picked output, pixel or weight. Its `state` says what is on the screen; a test holds it against lib. */
(function () {
  "use strict";

  const FIRST = { x: [[2, 0, 1], [1, 3, 0], [0, 1, 2]], weight: [[1, 2], [-1, 3]], gradY: [[1, 2], [0, -1]] };   // the page's example
  const RANGE = { x: [0, 3], weight: [-2, 3], gradY: [-2, 2] };
  const SETTINGS = { size: [3, 4, 5], kernel: [2, 3], stride: [1, 2, 3], padding: [0, 1, 2] };
  const LABELS = { size: "Image", kernel: "Filter", stride: "Stride", padding: "Padding" };
  const MODES = {
    output: "an output: where does its gradient go?",
    pixel: "a pixel: who sends it gradient?",
    weight: "a weight: who sends it gradient?",
  };

  /* The same cell keeps its number when the size changes; seed 0 begins with the page's example. */
  function number(name, seed, row, column) {
    if (seed === 0 && FIRST[name][row] && column in FIRST[name][row]) return FIRST[name][row][column];
    let h = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(name.length, 0x85ebca6b) ^ Math.imul(16 * row + column + 1, 0xc2b2ae35);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    h = (h ^ (h >>> 13)) >>> 0;
    const [low, high] = RANGE[name];
    return low + (h % (high - low + 1));
  }

  const matrix = (rows, columns, value) => Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => value(r, c)));
  const written = (value) => String(value).replace("-", "−");
  const framed = (text, cells, name = "") => `<figure><figcaption>${text}</figcaption><table data-name="${name}" aria-label="${text}">${
    cells.map((row) => `<tr>${row.join("")}</tr>`).join("")}</table></figure>`;
  const factor = (value) => (value < 0 ? `(${written(value)})` : written(value));

  function forward({ size, kernel, stride, padding, seed }) {
    const places = Math.floor((size + 2 * padding - kernel) / stride) + 1;
    const products = [];
    for (let i = 0; i < places; i++) for (let j = 0; j < places; j++)
      for (let k = 0; k < kernel; k++) for (let l = 0; l < kernel; l++) {
        const u = i * stride + k - padding, v = j * stride + l - padding;
        products.push({ i, j, k, l, u, v, inside: u >= 0 && u < size && v >= 0 && v < size });
      }
    const draw = (name, n) => matrix(n, n, (r, c) => number(name, seed, r, c));
    return { places, products, x: draw("x", size), weight: draw("weight", kernel), gradY: draw("gradY", places) };
  }

  /* Each product pays back both of its factors; `upTo` counts outputs, row by row. */
  function backward({ places, products, x, weight, gradY }, upTo) {
    const gradX = x.map((row) => row.map(() => 0)), gradWeight = weight.map((row) => row.map(() => 0));
    for (const { i, j, k, l, u, v, inside } of products) {
      if (i * places + j >= upTo || !inside) continue;
      gradX[u][v] += gradY[i][j] * weight[k][l];
      gradWeight[k][l] += gradY[i][j] * x[u][v];
    }
    return { gradX, gradWeight, gradBias: gradY.flat().slice(0, upTo).reduce((a, b) => a + b, 0) };
  }

  const STYLE = `
    :host { display: block; color: var(--pst-color-text-base, #222); font-size: 0.95rem; }
    .box { border: 1px solid var(--pst-color-border, #ccc); border-radius: 6px; padding: 0.8rem;
      background: var(--pst-color-background, #fff); }
    .controls, .grids { display: flex; flex-wrap: wrap; gap: 0.6rem 1.1rem; align-items: flex-end; }
    .grids { align-items: flex-start; margin-top: 0.8rem; }
    label { display: inline-flex; flex-direction: column; max-width: 100%; font-size: 0.85rem; color: var(--pst-color-text-muted, #555); }
    select, .controls button { font: inherit; min-height: 2.1rem; max-width: 100%; padding: 0.2rem 0.5rem; cursor: pointer;
      color: var(--pst-color-text-base, #222); background: var(--pst-color-surface, #f3f4f5);
      border: 1px solid var(--pst-color-text-muted, #555); border-radius: 4px; }
    button:focus-visible, select:focus-visible { outline: 3px solid var(--pst-color-link, #0071ab); outline-offset: 1px; }
    table { border-collapse: collapse; }
    figure { margin: 0; }
    figcaption { font-size: 0.85rem; color: var(--pst-color-text-muted, #555); padding-bottom: 0.25rem; }
    td { border: 1px solid var(--pst-color-border, #ccc); padding: 0; min-width: 1.8rem; height: 1.8rem; text-align: center;
      font-variant-numeric: tabular-nums; }
    td button { all: unset; box-sizing: border-box; width: 100%; min-width: 1.8rem; height: 1.8rem; cursor: pointer; text-align: center; }
    td button:focus-visible { outline: 3px solid var(--pst-color-link, #0071ab); outline-offset: 1px; }
    td.frame { border-style: dashed; color: var(--pst-color-text-muted, #555); }
    td.used { background: color-mix(in srgb, var(--pst-color-primary, #0071ab) 18%, transparent);
      box-shadow: inset 0 0 0 2px var(--pst-color-primary, #0071ab); font-weight: 600; color: inherit; }
    td.picked { background: var(--pst-color-primary, #0071ab); color: var(--pst-color-background, #fff); font-weight: 700; }
    .terms td { padding: 0.1rem 0.25rem; min-width: 2.1rem; height: 2.4rem; font-size: 0.8rem; line-height: 1.15; }
    .terms b { display: block; font-size: 0.95rem; }
    .none { color: var(--pst-color-text-muted, #555); }
    p { margin: 0.8rem 0 0; min-height: 3.2em; }
    @media (prefers-reduced-motion: no-preference) { td { transition: background-color 0.15s, box-shadow 0.15s; } }`;

  class GradScatter extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.settings = { size: 3, kernel: 2, stride: 1, padding: 0, seed: 0 };
      this.mode = "output";
      this.row = this.column = 0;
      const root = this.attachShadow({ mode: "open" });
      const menu = (name, label, options) => `<label>${label}<select name="${name}">${options}</select></label>`;
      const option = (value, text) => `<option value="${value}">${text}</option>`;
      const sizes = (name) => SETTINGS[name].map((n) => option(n, name === "size" || name === "kernel" ? `${n} × ${n}` : n)).join("");
      root.innerHTML = `<style>${STYLE}</style><div class="box"><div class="controls">
        ${menu("mode", "Look from", Object.entries(MODES).map(([value, text]) => option(value, text)).join(""))}
        ${Object.keys(SETTINGS).map((name) => menu(name, LABELS[name], sizes(name))).join("")}
        <button type="button" name="previous">Previous</button><button type="button" name="next">Next</button>
        <button type="button" name="numbers">New numbers</button></div>
        <div class="grids given"></div><div class="grids terms"></div><p role="status" aria-live="polite"></p>
        <div class="grids results"></div></div>`;
      root.addEventListener("change", (event) => this.choose(event.target.name, event.target.value));
      root.addEventListener("click", (event) => this.press(event.target.closest("button")));
      root.addEventListener("keydown", (event) => this.arrow(event));
      this.show();
    }

    choose(name, value) {
      if (name === "mode") this.mode = value;
      else this.settings[name] = Number(value);
      this.row = this.column = 0;
      this.show();
    }

    press(button) {
      if (!button) return;
      const n = this.pickable();
      const move = { previous: -1, next: 1 }[button.name];
      if (move) {
        const at = (this.row * n + this.column + move + n * n) % (n * n);
        [this.row, this.column] = [Math.floor(at / n), at % n];
      } else if (button.name === "numbers") this.settings.seed += 1;
      else [this.row, this.column] = [Number(button.dataset.row), Number(button.dataset.column)];
      this.show(!button.name);
    }

    arrow(event) {
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!move || !event.target.dataset.row) return;
      event.preventDefault();
      const last = this.pickable() - 1;
      this.row = Math.min(last, Math.max(0, this.row + move[0]));
      this.column = Math.min(last, Math.max(0, this.column + move[1]));
      this.show(true);
    }

    /* Rows (and columns) of the grid that one picks from. */
    pickable() {
      const { size, kernel } = this.settings;
      return { output: forward(this.settings).places, pixel: size, weight: kernel }[this.mode];
    }

    get state() {
      const { mode, row, column } = this;
      const layer = forward(this.settings), { places, x, weight, gradY } = layer;
      const belongs = { output: (p) => p.i === row && p.j === column, pixel: (p) => p.u === row && p.v === column,
        weight: (p) => p.k === row && p.l === column }[mode];
      const terms = layer.products.filter(belongs).map((p) => ({ ...p, gradient: gradY[p.i][p.j], weight: weight[p.k][p.l],
        pixel: p.inside ? x[p.u][p.v] : 0 }));
      const counted = mode === "output" ? row * places + column + 1 : places * places;
      return { ...this.settings, mode, row, column, places, x, weight, gradY, terms, counted, ...backward(layer, counted) };
    }

    show(focus = false) {
      const state = this.state, root = this.shadowRoot;
      for (const select of root.querySelectorAll("select")) select.value = String({ mode: this.mode, ...this.settings }[select.name]);
      root.querySelector(".given").innerHTML = this.given(state);
      root.querySelector(".terms").innerHTML = this.terms(state);
      root.querySelector(".results").innerHTML = this.results(state);
      root.querySelector("p").textContent = this.sentence(state);
      if (focus) root.querySelector('td button[tabindex="0"]').focus();
    }

    /* A table of numbers. mark(r, c) gives the cells' classes; with `pick` a cell is a button and the grid one tab stop. */
    grid(title, values, mark, pick = null) {
      const cell = (value, r, c) => {
        const picked = pick && r === this.row && c === this.column;
        const inner = pick ? `<button type="button" data-row="${r}" data-column="${c}" tabindex="${picked ? 0 : -1}"
          aria-pressed="${picked}"
          aria-label="${pick} row ${r}, column ${c}: ${written(value)}">${written(value)}</button>` : written(value);
        return `<td class="${picked ? "picked" : mark(r, c)}">${inner}</td>`;
      };
      return framed(title.text, values.map((row, r) => row.map((value, c) => cell(value, r, c))), title.name);
    }

    given({ mode, size, padding, x, weight, gradY, terms }) {
      const used = (test) => (terms.some(test) ? "used" : "");
      const frame = padding && mode !== "pixel" ? padding : 0;
      const padded = matrix(size + 2 * frame, size + 2 * frame, (r, c) => (x[r - frame] || [])[c - frame] ?? 0);
      const inFrame = (r, c) => Math.min(r, c) < frame || Math.max(r, c) >= size + frame;
      const title = { name: "x", text: frame ? "image, framed by zeros" : "image" };
      return this.grid(title, padded,
        (r, c) => (inFrame(r, c) ? "frame " : "") + used((t) => t.u === r - frame && t.v === c - frame), mode === "pixel" ? "pixel" : null)
        + this.grid({ name: "weight", text: "filter" }, weight, (r, c) => used((t) => t.k === r && t.l === c),
          mode === "weight" ? "weight" : null)
        + this.grid({ name: "gradY", text: "gradient of the output" }, gradY, (r, c) => used((t) => t.i === r && t.j === c),
          mode === "output" ? "output" : null);
    }

    terms({ mode, kernel, places, terms }) {
      const panel = (text, n, at, other, reaches) => framed(text, matrix(n, n, (r, c) => {
        const term = terms.find((t) => at(t, r, c) && reaches(t));
        if (!term) return '<td class="none">none</td>';
        return `<td>${factor(term.gradient)}·${factor(term[other])}<b>${written(term.gradient * term[other] + 0)}</b></td>`;
      }));
      const tap = (t, r, c) => t.k === r && t.l === c, output = (t, r, c) => t.i === r && t.j === c;
      if (mode === "output") return panel("to the pixels: gradient · weight", kernel, tap, "weight", (t) => t.inside)
        + panel("to the weights: gradient · pixel", kernel, tap, "pixel", () => true);
      if (mode === "pixel") return panel("through each weight: gradient · weight", kernel, tap, "weight", () => true);
      return panel("from each output: gradient · pixel", places, output, "pixel", () => true);
    }

    results({ mode, row, column, gradX, gradWeight, gradBias, terms, counted, places }) {
      const soFar = counted < places * places ? " so far" : "";
      const chosen = (name) => (r, c) => (mode === name && r === row && c === column ? "used" : "");
      const got = mode === "output" ? (r, c) => (terms.some((t) => t.u === r && t.v === c) ? "used" : "") : chosen("pixel");
      return this.grid({ name: "gradX", text: `gradient of the image${soFar}` }, gradX, got)
        + this.grid({ name: "gradWeight", text: `gradient of the filter${soFar}` }, gradWeight,
          mode === "output" ? () => "used" : chosen("weight"))
        + this.grid({ name: "gradBias", text: `gradient of the bias${soFar}` }, [[gradBias]], () => (mode === "output" ? "used" : ""));
    }

    sentence({ mode, row, column, terms, gradX, gradWeight, gradY, counted, places }) {
      const at = `(${row}, ${column})`;
      if (mode === "output") return `Output ${at} has gradient ${written(gradY[row][column])}. Each pixel of its window gets that times `
        + `the weight it met, each weight that times its pixel. Below: what ${counted} of ${places * places} outputs have sent.`;
      const other = mode === "pixel" ? "weight" : "pixel";
      const sum = written(mode === "pixel" ? gradX[row][column] : gradWeight[row][column]);
      if (terms.length === 0) return `No window reaches pixel ${at}. Its gradient is 0.`;
      const list = terms.length > 9 ? `the sum of ${terms.length} products`
        : terms.map((t) => `${factor(t.gradient)}·${factor(t[other])}`).join(" + ");
      const windows = `${terms.length} window${terms.length === 1 ? "" : "s"}`;
      const who = mode === "pixel" ? `Pixel ${at} lies in ${windows}` : `Weight ${at} was used for every output`;
      return `${who}. Its gradient is ${list} = ${sum}.`;
    }
  }

  customElements.define("grad-scatter", GradScatter);
})();
