/* <conv-stepper>: a 3 x 3 filter steps over a small image; stride, padding, dilation and the filter can be chosen.
   The sums are those of convbook.numpy_nn.conv2d; a browser test compares them through the `state` getter. */
(function () {
  "use strict";

  const IMAGE = [
    [0, 0, 3, 9, 9, 2, 0],
    [0, 4, 9, 5, 8, 7, 0],
    [0, 2, 3, 1, 9, 5, 1],
    [0, 0, 1, 8, 8, 1, 0],
    [1, 5, 9, 9, 3, 2, 2],
    [3, 9, 9, 9, 9, 9, 6],
  ];
  const FILTERS = {
    "edges, left and right": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    "edges, top and bottom": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    "outlines": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "sum of the window": [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
    "copy of the left neighbour": [[0, 0, 0], [1, 0, 0], [0, 0, 0]],
  };
  const OWN = "your own numbers";
  const K = 3, H = IMAGE.length, W = IMAGE[0].length;

  function outputSize(size, { stride, padding, dilation }) {
    const room = size + 2 * padding - dilation * (K - 1) - 1;
    return room < 0 ? 0 : Math.floor(room / stride) + 1;
  }

  function number(value) {
    return String(Math.round(value * 1000) / 1000).replace("-", "−");
  }

  const STYLE = `
    :host { display: block; color: var(--pst-color-text-base, #222); font-size: 0.95rem; line-height: 1.4; }
    .controls, .buttons, .stage { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: end; }
    .stage { align-items: start; gap: 0.75rem 1.75rem; margin: 0.75rem 0; }
    * { box-sizing: border-box; }
    .controls label { display: block; }
    .controls label.flip { display: flex; gap: 0.4rem; align-items: center; min-height: 2.3rem; }
    select, button, input { font: inherit; color: inherit; background: var(--pst-color-background, #fff);
      border: 1px solid var(--pst-color-text-muted, #666); border-radius: 0.25rem; }
    select, button { min-height: 2.3rem; padding: 0.2rem 0.6rem; }
    button { cursor: pointer; }
    button.main { background: var(--pst-color-primary, #176e83); color: var(--pst-color-primary-text, #fff); }
    button[aria-disabled=true] { background: none; border-style: dotted; color: var(--pst-color-text-muted, #666); cursor: default; }
    :focus-visible { outline: 3px solid var(--pst-color-primary, #176e83); outline-offset: 2px; }
    .buttons { gap: 0.5rem; margin-top: 0.75rem; }
    table { color: inherit; font: inherit; border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; }
    caption { text-align: left; padding-bottom: 0.2rem; }
    td { width: 1.7rem; height: 1.7rem; padding: 0; text-align: center; border: 2px solid transparent; border-radius: 0.2rem;
      background: var(--pst-color-surface, #eee); }
    td.zero { background: none; border: 2px dashed var(--pst-color-border, #aaa); color: var(--pst-color-text-muted, #666); }
    td.touched { border: 2px solid var(--pst-color-primary, #176e83); color: inherit; font-weight: 700;
      background: color-mix(in srgb, var(--pst-color-primary, #176e83) 15%, var(--pst-color-background, #fff)); }
    .output td { width: auto; min-width: 2.1rem; padding: 0 0.15rem; }
    td.now { border-color: var(--pst-color-primary, #176e83); font-weight: 700; }
    .filter td { background: none; width: auto; }
    .filter input { width: 2.9rem; height: 1.9rem; text-align: center; padding: 0; }
    .sum, .size { margin: 0.4rem 0; }
    .sum { min-height: 5.6em; }
    .sum span { display: block; }
  `;

  const MARKUP = `
    <style>${STYLE}</style>
    <div class="controls">
      <div><label for="filter">Filter</label><select id="filter" name="filter"></select></div>
      <div><label for="stride">Stride</label><select id="stride" name="stride"><option>1<option>2<option>3</select></div>
      <div><label for="padding">Padding</label><select id="padding" name="padding"><option>0<option>1<option>2</select></div>
      <div><label for="dilation">Dilation</label><select id="dilation" name="dilation"><option>1<option>2<option>3</select></div>
      <label class="flip"><input type="checkbox" name="flipped"> Flip the filter (true convolution)</label>
    </div>
    <div class="buttons" role="group" aria-label="Move the filter">
      <button type="button" name="start">Start</button>
      <button type="button" name="back">Back</button>
      <button type="button" name="forward" class="main">Step</button>
      <button type="button" name="play">Play</button>
      <button type="button" name="end">End</button>
    </div>
    <div class="stage">
      <table class="image"></table>
      <table class="filter"></table>
      <table class="output"></table>
    </div>
    <div class="sum" aria-live="polite" aria-atomic="true"></div>
    <p class="size"></p>
  `;

  class ConvStepper extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.attachShadow({ mode: "open" }).innerHTML = MARKUP;
      this.setting = { stride: 1, padding: 0, dilation: 1, flipped: false };
      this.weights = Object.values(FILTERS)[0].map((row) => row.slice());
      this.step = 0;
      this.timer = null;
      const choice = this.control("filter");
      for (const name of [...Object.keys(FILTERS), OWN]) choice.add(new Option(name, name));
      choice.addEventListener("change", () => {
        if (choice.value !== OWN) this.weights = FILTERS[choice.value].map((row) => row.slice());
        this.changed();
      });
      for (const name of ["stride", "padding", "dilation"]) {
        this.control(name).addEventListener("change", (event) => {
          this.setting[name] = Number(event.target.value);
          this.changed();
        });
      }
      this.control("flipped").addEventListener("change", (event) => {
        this.setting.flipped = event.target.checked;
        this.changed();
      });
      this.button("start", () => this.goTo(0));
      this.button("back", () => this.goTo(this.step - 1));
      this.button("forward", () => this.goTo(this.step + 1));
      this.button("end", () => this.goTo(this.size[0] * this.size[1] - 1));
      this.button("play", () => (this.timer ? this.pause() : this.play()), true);
      this.control("play").hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;   // nothing moves by itself then
      this.changed();
    }

    disconnectedCallback() {
      clearInterval(this.timer);
      this.timer = null;
    }

    control(name) { return this.shadowRoot.querySelector(`[name=${name}]`); }

    button(name, act, keepPlaying) {
      this.control(name).addEventListener("click", () => {
        if (!keepPlaying) this.pause();
        act();
      });
    }

    get size() {
      const rows = outputSize(H, this.setting), columns = outputSize(W, this.setting);
      return rows && columns ? [rows, columns] : [0, 0];
    }

    /* The nine weights as they meet the window: as written, or with rows and columns reversed. */
    get applied() {
      return this.setting.flipped ? this.weights.map((row) => row.slice().reverse()).reverse() : this.weights;
    }

    /* What the filter meets at place (i, j): for each tap its row and column in the image, the pixel and the product. */
    meets(i, j) {
      const { stride, padding, dilation } = this.setting;
      return this.applied.flatMap((taps, k) => taps.map((weight, l) => {
        const row = i * stride + k * dilation - padding, column = j * stride + l * dilation - padding;
        const pixel = row >= 0 && row < H && column >= 0 && column < W ? IMAGE[row][column] : 0;
        return { row, column, weight, pixel, product: weight * pixel };
      }));
    }

    sumAt(i, j) { return this.meets(i, j).reduce((sum, tap) => sum + tap.product, 0); }

    get place() {
      const columns = this.size[1];
      return columns ? [Math.floor(this.step / columns), this.step % columns] : null;
    }

    /* All that is shown, as plain data. Outputs that the filter has not reached yet are null. */
    get state() {
      const [rows, columns] = this.size, place = this.place;
      const output = Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) =>
        i * columns + j <= this.step ? this.sumAt(i, j) : null));
      return JSON.parse(JSON.stringify({
        image: IMAGE, weights: this.weights, applied: this.applied, ...this.setting, fits: rows > 0, outputSize: [rows, columns],
        step: this.step, place, taps: place ? this.meets(...place) : [], sum: place ? this.sumAt(...place) : null, output,
        playing: this.timer !== null,
      }));
    }

    goTo(step) {
      const places = this.size[0] * this.size[1];
      this.step = Math.max(0, Math.min(step, places - 1));
      this.show();
    }

    play() {
      const last = this.size[0] * this.size[1] - 1;
      if (last < 1) return;
      if (this.step >= last) this.step = 0;
      this.shadowRoot.querySelector(".sum").setAttribute("aria-live", "off");   // a sum every 0.7 s helps no listener
      this.timer = setInterval(() => {
        this.goTo(this.step + 1);
        if (this.step >= last) this.pause();
      }, 700);
      this.show();
    }

    pause() {
      if (!this.timer) return;
      clearInterval(this.timer);
      this.timer = null;
      this.shadowRoot.querySelector(".sum").setAttribute("aria-live", "polite");
      this.show();
    }

    /* After any choice: begin at the first place and draw the three grids anew. */
    changed() {
      this.pause();
      this.step = 0;
      this.drawImage();
      this.drawFilter();
      this.drawOutput();
      this.show();
    }

    draw(name, caption, rows, columns, cell) {
      const table = this.shadowRoot.querySelector(`table.${name}`);
      table.replaceChildren();
      table.createCaption().textContent = caption;
      for (let i = 0; i < rows; i++) {
        const row = table.insertRow();
        for (let j = 0; j < columns; j++) cell(row.insertCell(), i, j);
      }
    }

    drawImage() {
      const p = this.setting.padding;
      const caption = p ? `Image, ${H} × ${W}, with ${p === 1 ? "a frame" : "two frames"} of zeros` : `Image, ${H} × ${W}`;
      this.draw("image", caption, H + 2 * p, W + 2 * p, (cell, i, j) => {
        const inside = i >= p && i < H + p && j >= p && j < W + p;
        cell.textContent = inside ? IMAGE[i - p][j - p] : 0;
        cell.className = inside ? "" : "zero";
      });
    }

    drawFilter() {
      const { flipped } = this.setting;
      this.draw("filter", flipped ? "Filter, flipped" : "Filter", K, K, (cell, k, l) => {
        const input = document.createElement("input");
        input.type = "number";
        input.step = "any";
        input.value = this.applied[k][l];
        input.setAttribute("aria-label", `weight in row ${k + 1}, column ${l + 1}`);
        input.addEventListener("change", () => {
          const [row, column] = flipped ? [K - 1 - k, K - 1 - l] : [k, l];
          this.weights[row][column] = Number(input.value) || 0;
          input.value = this.weights[row][column];
          this.control("filter").value = OWN;
          this.step = 0;
          this.pause();
          this.show();
        });
        cell.append(input);
      });
    }

    drawOutput() {
      const [rows, columns] = this.size;
      this.draw("output", rows ? `Output, ${rows} × ${columns}` : "No output", rows, columns, () => {});
    }

    show() {
      const { output, place, taps, sum, outputSize: [rows, columns] } = this.state;
      const { padding } = this.setting, root = this.shadowRoot, last = rows * columns - 1;
      root.querySelectorAll("table.image tr").forEach((tr, i) => [...tr.cells].forEach((cell, j) => {
        cell.classList.toggle("touched", taps.some((tap) => tap.row === i - padding && tap.column === j - padding));
      }));
      root.querySelectorAll("table.output tr").forEach((tr, i) => [...tr.cells].forEach((cell, j) => {
        cell.textContent = output[i][j] === null ? "" : number(output[i][j]);
        cell.classList.toggle("now", i === place[0] && j === place[1]);
      }));
      root.querySelector(".sum").replaceChildren(...(place ? this.sumLines(place, taps, sum, last + 1) : this.refusal()).map((text) => {
        const span = document.createElement("span");
        span.textContent = text;
        return span;
      }));
      root.querySelector(".size").textContent = `Places: ${this.formula("rows", H)}; ${this.formula("columns", W)}.`;
      const useless = { start: this.step <= 0, back: this.step <= 0, forward: this.step >= last, end: this.step >= last, play: last < 1 };
      for (const [name, off] of Object.entries(useless)) this.control(name).setAttribute("aria-disabled", off);   // keeps the focus
      this.control("play").textContent = this.timer ? "Pause" : "Play";
    }

    sumLines([i, j], taps, sum, places) {
      const term = ({ weight, pixel }) => `${weight < 0 ? `(${number(weight)})` : number(weight)} · ${pixel}`;
      const rows = [0, 1, 2].map((k) => (k ? "+ " : "") + taps.slice(K * k, K * k + K).map(term).join(" + "));
      return [`Place ${this.step + 1} of ${places}, row ${i}, column ${j}:`, ...rows, `= ${number(sum)}`];
    }

    refusal() {
      const { padding, dilation } = this.setting, reach = dilation * (K - 1) + 1;
      return [`The filter does not fit: it reaches over ${reach} pixels, and the image has ${H + 2 * padding} rows`
        + ` and ${W + 2 * padding} columns. Choose more padding or a smaller dilation.`];
    }

    formula(what, size) {
      const { stride, padding, dilation } = this.setting, room = size + 2 * padding - dilation * (K - 1) - 1;
      if (room < 0) return `${what}: ${size} + 2 · ${padding} − ${dilation} · (${K} − 1) − 1 = ${number(room)}, less than zero, so none`;
      return `${what} ⌊(${size} + 2 · ${padding} − ${dilation} · (${K} − 1) − 1) / ${stride}⌋ + 1 = ${outputSize(size, this.setting)}`;
    }
  }

  customElements.define("conv-stepper", ConvStepper);
})();
