/* <lenet-explorer>: a trained LeNet-5 runs here. Draw a digit or take a real one, and see every layer's maps and the answer.

The net is in lenet-explorer.net.js, the drawing of maps in .maps.js, the weights in .weights.js; these three are loaded first. */
(function () {
  "use strict";

  const { bytes, unpack, forward, softmax, asMnist, moved, inked, colours, draw, weights: data } = window.lenetExplorer || {};
  const SIDE = 28, PAPER = 140, PEN = 5.5, FARTHEST = 10, GAP = 4;
  /* What is shown: name, layer of the net, maps, their side, maps in a row, words. Units count as maps of one pixel. */
  const SHOWN = [
    ["Input", "input", 1, 28, 1, "what the net sees, 28 × 28"],
    ["C1", "stem.tanh", 6, 28, 6, "convolution 5 × 5 and tanh, 6 maps of 28 × 28"],
    ["S2", "stem.pool", 6, 14, 6, "means of 2 × 2, 6 maps of 14 × 14"],
    ["C3", "stages.tanh", 16, 10, 8, "convolution 5 × 5 and tanh, 16 maps of 10 × 10"],
    ["S4", "stages.pool", 16, 5, 8, "means of 2 × 2, 16 maps of 5 × 5"],
    ["C5", "head.tanh1", 120, 1, 40, "120 units, each sees all of S4"],
    ["F6", "head.tanh2", 84, 1, 42, "84 units, each sees all of C5"],
  ].map(([name, layer, maps, side, columns, words]) => ({ name, layer, maps, side, columns, words }));

  const extent = (values) => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);
  const number = (value) => value.toFixed(2).replace(/^-0\.00$/, "0.00").replace("-", "−");
  const percent = (p) => `${(100 * p).toFixed(1)}\u00a0%`;
  const between = ([low, high]) => `from ${number(low)} to ${number(high)}`;
  const MOVES = { ArrowLeft: [0, -1, "←", "left"], ArrowUp: [-1, 0, "↑", "up"], ArrowDown: [1, 0, "↓", "down"],
    ArrowRight: [0, 1, "→", "right"] };

  const STYLE = `
    :host { display: block; container-type: inline-size; color: var(--pst-color-text-base, #222); font-size: 0.95rem; line-height: 1.4; }
    * { box-sizing: border-box; }
    .all { display: flex; flex-direction: column; gap: 0.4rem 1.6rem; }
    .take { grid-area: take; } .paper { grid-area: paper; } .layers { grid-area: layers; } .detail { grid-area: detail; }
    canvas { display: block; max-width: 100%; } [hidden] { display: none; }
    .pad { width: 14rem; height: 14rem; touch-action: none; cursor: crosshair; border: 2px solid var(--pst-color-text-muted, #666);
      border-radius: 0.25rem; }
    .row { display: flex; flex-wrap: wrap; gap: 0.3rem; margin: 0.4rem 0; }
    button { font: inherit; color: inherit; min-height: 2.2rem; min-width: 2.2rem; padding: 0 0.55rem; cursor: pointer;
      background: var(--pst-color-surface, #f3f4f5); border: 1px solid var(--pst-color-text-muted, #666); border-radius: 0.25rem; }
    .real { display: grid; grid-template-columns: repeat(5, 2.5rem); } .real button { padding: 0.1rem; background: none; }
    .real canvas { width: 2.1rem; }
    button[aria-pressed=true] { outline: 3px solid var(--pst-color-primary, #0a7d91); }
    :focus-visible { outline: 3px solid var(--pst-color-link, #0a7d91); outline-offset: 2px; }
    p { margin: 0.3rem 0; } .small { font-size: 0.85rem; color: var(--pst-color-text-muted, #555); }
    .answer { font-weight: 600; min-height: 2.8em; }
    .layer { margin-bottom: 0.55rem; } .layer canvas { width: 100%; cursor: pointer; }
    .layer .of1 { width: 5.2rem; border: 1px solid var(--pst-color-border, #aaa); }
    b { font-weight: 600; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; line-height: 1.25; }
    caption { text-align: left; padding: 0; } th { width: 1.4rem; text-align: left; font-weight: 600; padding: 0; }
    td { padding: 0; } td:last-child { width: 5rem; text-align: right; white-space: nowrap; }
    td div { height: 0.8rem; background: var(--pst-color-text-muted, #666); }
    tr.first div { background: var(--pst-color-primary, #0a7d91); } tr.first { font-weight: 700; }
    .detail { position: sticky; top: 3.4rem; z-index: 1; display: flow-root; min-height: 11rem;
      background: var(--pst-color-background, #fff); border-bottom: 1px solid var(--pst-color-border, #aaa); }
    .detail canvas { border: 1px solid var(--pst-color-border, #aaa); margin: 0.2rem 0; }
    .map { width: 7.5rem; float: left; margin-right: 0.8rem !important; } .filters { width: 100%; max-width: 10rem; }
    @container (min-width: 36rem) {
      .all { display: grid; grid-template: "take take" auto "paper layers" auto "detail layers" 1fr / 14rem minmax(0, 1fr); }
      .real { grid-template-columns: repeat(10, 2.5rem); } .detail { border: 0; }
      .map { width: 10.5rem; float: none; } .filters { max-width: 14rem; } }
    .scale { margin-bottom: 0.4rem; } .scale canvas { display: inline-block; width: 5rem; height: 0.7rem; border: 1px solid; }
    .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }`;

  const MARKUP = `<style>${STYLE}</style><div class="all">
    <div class="take"><div class="small">Draw a digit on the paper, or take a real one that the net was not trained on:</div>
      <div class="row real" role="group" aria-label="Real digits"></div></div>
    <div class="paper"><canvas class="pad" tabindex="0" role="img" aria-label="Paper. Draw a digit with mouse, finger or pen; with the
        keyboard take a real digit. The arrow keys move the picture by a pixel."></canvas>
      <div class="row"><button type="button" name="clear">Clear</button>${Object.entries(MOVES).map(([key, [, , arrow, word]]) =>
        `<button type="button" name="${key}" aria-label="Move ${word}">${arrow}</button>`).join("")}</div>
      <p class="answer"></p><p class="spoken" role="status" aria-live="polite"></p></div>
    <div class="detail"><p><b class="title"></b> <span class="values"></span></p><canvas class="map"></canvas>
      <p class="small source"></p><canvas class="filters"></canvas></div>
    <div class="layers" role="group" aria-label="Layers">
      <div class="small scale">From −1 <canvas></canvas> to 1. Point at or touch a map to enlarge it.</div>
      ${SHOWN.map(({ name, words, columns }, i) => `<div class="layer">
      <div class="small" id="layer${i}"><b>${name}</b>: ${words}</div>
      <canvas tabindex="0" role="slider" aria-labelledby="layer${i}" class="of${columns}"></canvas></div>`).join("")}
      <table><caption class="small"><b>Output</b>: ten scores, each sees all of F6; softmax makes them probabilities</caption><tbody>${
      data ? data.labels.map((_, k) => `<tr><th scope="row">${k}</th><td><div></div></td><td></td></tr>`).join("") : ""}</tbody></table>
      <p class="small"><span class="score"></span><span class="time"></span></p>
    </div></div>`;

  class LenetExplorer extends HTMLElement {
    connectedCallback() {
      if (!this.shadowRoot) this.build();
      this.watcher = new MutationObserver(() => this.paint());                  // the theme is an attribute of <html>
      this.watcher.observe(document.documentElement, { attributes: true });
    }

    disconnectedCallback() { this.watcher.disconnect(); }

    build() {
      const root = this.attachShadow({ mode: "open" });
      root.innerHTML = MARKUP;
      this.weights = unpack(data);
      const ink = Float32Array.from(bytes(data.examples), (level) => level / 255);
      this.real = data.labels.map((_, k) => ink.slice(k * SIDE * SIDE, (k + 1) * SIDE * SIDE));
      this.paper = new Float32Array(PAPER * PAPER);
      this.chosen = [1, 0];
      const row = root.querySelector(".real");
      data.labels.forEach((label, k) => {
        const button = document.createElement("button");
        button.type = "button";
        button.setAttribute("aria-label", `a real ${label}`);
        button.append(document.createElement("canvas"));
        button.addEventListener("click", () => this.take(k));
        row.append(button);
      });
      root.querySelector(".score").textContent = `Of ${data.held.toLocaleString("en")} held-out digits it reads ${data.right} rightly.`;
      root.querySelector("[name=clear]").addEventListener("click", () => this.take(null));
      for (const key of Object.keys(MOVES)) root.querySelector(`[name=${key}]`).addEventListener("click", () => this.move(MOVES[key]));
      root.addEventListener("keydown", (event) => {
        if (!MOVES[event.key] || event.target.role === "slider" || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        this.move(MOVES[event.key]);
      });
      this.listenToPen(root.querySelector(".pad"));
      root.querySelectorAll("[role=slider]").forEach((canvas, layer) => this.listenToLayer(canvas, layer));
      this.take(3);
    }

    /* ---- what the reader does ---- */
    listenToPen(pad) {
      let last = null;
      const at = (event) => {
        const box = pad.getBoundingClientRect(), frame = pad.clientLeft;
        return [(event.clientX - box.left - frame) / pad.clientWidth * PAPER, (event.clientY - box.top - frame) / pad.clientHeight * PAPER];
      };
      pad.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        event.preventDefault();
        pad.focus({ preventScroll: true });
        pad.setPointerCapture(event.pointerId);
        if (this.example !== null) this.paper.fill(0);
        this.example = null;
        this.shift = [0, 0];
        last = at(event);
        inked(this.paper, PAPER, PEN, last, last);
        this.later();
      });
      pad.addEventListener("pointermove", (event) => {
        if (!last) return;
        const passed = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
        for (const one of passed.length ? passed : [event]) {
          const next = at(one);
          inked(this.paper, PAPER, PEN, last, next);
          last = next;
        }
        this.later();
      });
      for (const end of ["pointerup", "pointercancel"]) {
        pad.addEventListener(end, () => {
          if (!last) return;
          last = null;
          this.compute(true);
        });
      }
    }

    listenToLayer(canvas, layer) {
      const { maps, columns } = SHOWN[layer];
      const choose = (map) => {
        this.chosen = [layer, Math.max(0, Math.min(maps - 1, map))];
        this.paint();
      };
      const point = (event) => {
        const box = canvas.getBoundingClientRect(), rows = maps / columns;
        const share = (place, count) => Math.max(0, Math.min(count - 1, Math.floor(place * count)));
        choose(columns * share((event.clientY - box.top) / box.height, rows) + share((event.clientX - box.left) / box.width, columns));
      };
      canvas.addEventListener("pointermove", point);
      canvas.addEventListener("pointerdown", point);
      canvas.addEventListener("focus", () => this.chosen[0] === layer || choose(0));
      canvas.addEventListener("keydown", (event) => {
        const now = this.chosen[1], to = { ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1, Home: 0,
          End: maps - 1, PageDown: now - columns, PageUp: now + columns }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        choose(to);
      });
    }

    /* A real digit, or with null a clean paper. */
    take(example) {
      this.example = example;
      this.shift = [0, 0];
      this.paper.fill(0);
      this.compute(true);
    }

    move([down, across]) {
      const far = (steps) => Math.max(-FARTHEST, Math.min(FARTHEST, steps));
      this.shift = [far(this.shift[0] + down), far(this.shift[1] + across)];
      this.compute(true);
    }

    /* ---- what follows from it ---- */
    later() {
      if (!this.waiting) this.waiting = requestAnimationFrame(() => this.compute(false));
    }

    compute(speak) {
      cancelAnimationFrame(this.waiting);
      this.waiting = 0;
      const start = performance.now();
      this.values = forward(this.weights, moved(this.example === null ? asMnist(this.paper, PAPER) : this.real[this.example], this.shift));
      this.probabilities = softmax(this.values["head.fc3"]);
      this.milliseconds = performance.now() - start;
      this.paint();
      if (speak) this.shadowRoot.querySelector("[role=status]").textContent = this.sentence;
    }

    get answer() { return this.values.input.some((ink) => ink > 0) ? this.probabilities.indexOf(Math.max(...this.probabilities)) : null; }

    get sentence() {
      const { answer, example, probabilities } = this;
      if (answer === null) return "The paper is empty: draw a digit or take a real one.";
      const truth = example === null ? "" : data.labels[example] === answer ? " That is right." : ` It is a ${data.labels[example]}.`;
      const order = probabilities.map((p, k) => [p, k]).sort((a, b) => b[0] - a[0]);
      return `The net reads ${answer === 8 ? "an" : "a"} ${answer} (${percent(order[0][0])}).${truth}`
        + (order[1][0] > 0.05 ? ` Next comes ${order[1][1]} (${percent(order[1][0])}).` : "");
    }

    /* Map, filters and words of the choice. */
    get detail() {
      const [layer, map] = this.chosen, { name, layer: path, side, maps } = SHOWN[layer], size = side * side;
      const values = this.values[path].subarray(map * size, (map + 1) * size), detail = { name, map, side, values };
      const from = { C1: ["stem.conv", 5, 1], C3: ["stages.conv", 5, 6], C5: ["head.fc1", 5, 16], F6: ["head.fc2", 1, 120] }[name];
      if (!from) return { ...detail, filters: null, maps };
      const [module, k, count] = from, length = k * k * count;
      const filters = this.weights[`${module}.weight`].subarray(map * length, (map + 1) * length);
      return { ...detail, maps, filters, k, count, bias: this.weights[`${module}.bias`][map] };
    }

    /* All that is shown, as plain data. */
    get state() {
      if (this.waiting) this.compute(false);
      const { name, map, values, filters } = this.detail, plain = (array) => (array ? Array.from(array) : null);
      return { example: this.example, shift: [...this.shift], answer: this.answer, probabilities: [...this.probabilities],
        sentence: this.sentence, milliseconds: this.milliseconds,
        layers: Object.fromEntries(Object.entries(this.values).map(([path, array]) => [path, plain(array)])),
        chosen: { name, map, extent: extent(values), values: plain(values), filters: plain(filters) } };
    }

    /* ---- drawing ---- */
    paint() {
      const root = this.shadowRoot, theme = colours(root.querySelector(".all")), { example, paper, real } = this;
      if (example === null) draw(root.querySelector(".pad"), paper, { side: PAPER }, theme);
      else draw(root.querySelector(".pad"), real[example], { side: SIDE, zoom: PAPER / SIDE }, theme);
      root.querySelectorAll(".real button").forEach((button, k) => {
        draw(button.firstChild, real[k], { side: SIDE, zoom: 2 }, theme);
        button.setAttribute("aria-pressed", k === example);
      });
      root.querySelectorAll("[role=slider]").forEach((canvas, layer) => {
        const { layer: path, maps, side, columns } = SHOWN[layer], here = this.chosen[0] === layer, map = here ? this.chosen[1] : 0;
        const values = this.values[path];
        draw(canvas, values, { side, columns, zoom: side > 1 ? 4 : 16, gap: GAP, chosen: here ? map : -1 }, theme);
        for (const [name, value] of [["min", 1], ["max", maps], ["now", map + 1], ["text", `${map + 1} of ${maps}, ${
          between(extent(values.subarray(map * side * side, (map + 1) * side * side)))}`]]) canvas.setAttribute(`aria-value${name}`, value);
      });
      root.querySelectorAll("tbody tr").forEach((row, k) => {
        row.classList.toggle("first", k === this.answer);
        row.querySelector("div").style.width = `${100 * this.probabilities[k]}%`;
        row.lastChild.textContent = percent(this.probabilities[k]);
      });
      root.querySelector(".answer").textContent = this.sentence;
      draw(root.querySelector(".scale canvas"), Float32Array.from({ length: 65 }, (_, i) => i / 32 - 1), { side: 1, columns: 65 }, theme);
      this.paintDetail(theme);
      root.querySelector(".time").textContent = ` This picture took ${this.milliseconds.toFixed(1)}\u00a0ms.`;
    }

    paintDetail(theme) {
      const root = this.shadowRoot, { name, map, maps, side, values, filters, k, count, bias } = this.detail;
      const [large, taps] = root.querySelectorAll(".map, .filters");
      large.hidden = side === 1;
      taps.hidden = !filters;
      root.querySelector(".title").textContent = maps === 1 ? name : `${name}, ${side > 1 ? "map" : "unit"} ${map + 1} of ${maps}`;
      root.querySelector(".values").textContent = side > 1 ? between(extent(values)) : `= ${number(values[0])}`;
      if (side > 1) draw(large, values, { side, zoom: Math.round(168 / side) }, theme);
      const source = root.querySelector(".source");
      if (filters) {
        const range = extent(filters), top = Math.max(-range[0], range[1]);
        const what = { 1: "Its filter", 6: "Its filters, one for each map of S2", 16: "Its weights for each map of S4",
          120: "Its weights for the units of C5" };
        draw(taps, filters, { side: k, columns: { 1: 1, 6: 3, 16: 8, 120: 24 }[count], zoom: 8, gap: count > 1 ? 2 : 0, top }, theme);
        taps.style.width = count === 1 ? "5rem" : "";
        source.textContent = `${what[count]}, ${between(range)} (colours to ±${number(top)}), bias ${number(bias)}:`;
      } else {
        source.textContent = name === "Input" ? "The box of the ink scaled to 20 × 20, its centre of mass in the middle: MNIST's recipe."
          : `The mean of every 2 × 2 window of map ${map + 1} of ${{ S2: "C1", S4: "C3" }[name]}. Nothing to train.`;
      }
    }
  }

  if (data && !customElements.get("lenet-explorer")) customElements.define("lenet-explorer", LenetExplorer);
})();
