/* <pool-stepper>: a small image under pooling windows; what a shift changes, and which pixels an output sends its gradient to (chapter 5).

The image moves to the right, zeros come in at the left. Its `state` says what is on the screen; a test holds it against lib. */
(function () {
  "use strict";

  const SIZE = 6;
  const IMAGES = {
    pencil: { text: "the page's example", rows: ["220434", "005041", "452514", "521021", "233353", "030401"] },
    dot: { text: "one bright dot", rows: ["000000", "000000", "009000", "000000", "000000", "000000"] },
    stripes: { text: "stripes, one pixel wide", rows: ["909090", "909090", "909090", "909090", "909090", "909090"] },
    edge: { text: "an edge", rows: ["009999", "009999", "009999", "009999", "009999", "009999"] },
    random: { text: "random numbers" },
  };
  const CHOICES = {
    image: ["Image", Object.entries(IMAGES).map(([value, { text }]) => [value, text])],
    operation: ["Pooling", [["max", "maximum"], ["avg", "average"]]],
    kernel: ["Window", [["2", "2 × 2"], ["3", "3 × 3"]]],
    stride: ["Stride", [["1", "1"], ["2", "2"]]],
    shift: ["Shift to the right", [["0", "0 pixels"], ["1", "1 pixel"], ["2", "2 pixels"]]],
  };

  const matrix = (rows, columns, value) => Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => value(r, c)));
  const written = (value) => (Math.round(100 * value) / 100).toString();

  function drawn(seed, r, c) {
    let h = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(16 * r + c + 1, 0xc2b2ae35);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    return ((h ^ (h >>> 13)) >>> 0) % 10;
  }

  const pixelsOf = ({ image, seed }) => matrix(SIZE, SIZE, (r, c) => (image === "random" ? drawn(seed, r, c) : Number(IMAGES[image].rows[r][c])));
  const movedBy = (x, shift) => x.map((row) => [...Array(shift).fill(0), ...row].slice(0, SIZE));

  const placesOf = ({ kernel, stride }) => Math.floor((SIZE - kernel) / stride) + 1;

  /* Each output: its value and the pixels that it hears, with their shares: the first of the largest ones alone, or all alike. */
  function pool(x, { operation, kernel, stride }) {
    const places = placesOf({ kernel, stride });
    return matrix(places, places, (i, j) => {
      const window = matrix(kernel, kernel, (k, l) => [i * stride + k, j * stride + l]).flat();
      const values = window.map(([r, c]) => x[r][c]), largest = Math.max(...values);
      if (operation === "max") return { value: largest, window, hears: [[...window[values.indexOf(largest)], 1]] };
      const share = 1 / window.length;
      return { value: values.reduce((a, b) => a + b, 0) / window.length, window, hears: window.map(([r, c]) => [r, c, share]) };
    });
  }

  const STYLE = `
    :host { display: block; color: var(--pst-color-text-base, #222); font-size: 0.95rem; }
    .box { border: 1px solid var(--pst-color-border, #ccc); border-radius: 6px; padding: 0.8rem; background: var(--pst-color-background, #fff); }
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
    td { border: 1px solid var(--pst-color-border, #ccc); padding: 0; min-width: 2.1rem; height: 1.8rem; text-align: center;
      font-variant-numeric: tabular-nums; }
    td button { all: unset; box-sizing: border-box; width: 100%; min-width: 2.1rem; height: 1.8rem; cursor: pointer; text-align: center; }
    td button:focus-visible { outline: 3px solid var(--pst-color-link, #0071ab); outline-offset: 1px; }
    td.used { background: color-mix(in srgb, var(--pst-color-primary, #0071ab) 18%, transparent); }
    td.hears { background: color-mix(in srgb, var(--pst-color-primary, #0071ab) 18%, transparent); font-weight: 700;
      box-shadow: inset 0 0 0 2px var(--pst-color-primary, #0071ab); }
    td.picked { background: var(--pst-color-primary, #0071ab); color: var(--pst-color-background, #fff); font-weight: 700; }
    td.changed { text-decoration: underline 2px; text-underline-offset: 3px; font-weight: 700; }
    p { margin: 0.8rem 0 0; min-height: 4.8em; }`;

  class PoolStepper extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.settings = { image: "pencil", operation: "max", kernel: 2, stride: 2, shift: 0, seed: 0 };
      this.row = this.column = 0;
      const root = this.attachShadow({ mode: "open" });
      const menus = Object.entries(CHOICES).map(([name, [label, options]]) => `<label>${label}<select name="${name}">${
        options.map(([value, text]) => `<option value="${value}">${text}</option>`).join("")}</select></label>`).join("");
      root.innerHTML = `<style>${STYLE}</style><div class="box"><div class="controls">${menus}
        <button type="button" name="numbers">New numbers</button></div><div class="grids"></div><p role="status" aria-live="polite"></p></div>`;
      root.addEventListener("change", (event) => this.choose(event.target.name, event.target.value));
      root.addEventListener("click", (event) => this.press(event.target.closest("button")));
      root.addEventListener("keydown", (event) => this.arrow(event));
      this.show();
    }

    choose(name, value) {
      this.settings[name] = typeof this.settings[name] === "number" ? Number(value) : value;
      const last = this.places() - 1;
      [this.row, this.column] = [Math.min(this.row, last), Math.min(this.column, last)];
      this.show();
    }

    press(button) {
      if (!button) return;
      if (button.name === "numbers") this.settings = { ...this.settings, image: "random", seed: this.settings.seed + 1 };
      else [this.row, this.column] = [Number(button.dataset.row), Number(button.dataset.column)];
      this.show(button.name !== "numbers");
    }

    arrow(event) {
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!move || !event.target.dataset.row) return;
      event.preventDefault();
      const last = this.places() - 1;
      this.row = Math.min(last, Math.max(0, this.row + move[0]));
      this.column = Math.min(last, Math.max(0, this.column + move[1]));
      this.show(true);
    }

    /* Windows in a row. */
    places() {
      return placesOf(this.settings);
    }

    get state() {
      const original = pixelsOf(this.settings), x = movedBy(original, this.settings.shift);
      const outputs = pool(x, this.settings), before = pool(original, this.settings).map((row) => row.map(({ value }) => value));
      const pooled = outputs.map((row) => row.map(({ value }) => value));
      const changed = pooled.map((row, i) => row.map((value, j) => value !== before[i][j]));
      const pixelsChanged = x.flat().filter((value, k) => value !== original.flat()[k]).length;
      const gradient = (chosen) => {
        const total = matrix(SIZE, SIZE, () => 0);
        for (const { hears } of chosen) for (const [r, c, share] of hears) total[r][c] += share;
        return total;
      };
      const picked = outputs[this.row][this.column];
      return { ...this.settings, row: this.row, column: this.column, original, x, before, pooled, changed, pixelsChanged,
        changedCount: changed.flat().filter(Boolean).length, window: picked.window, fromOne: gradient([picked]), fromAll: gradient(outputs.flat()) };
    }

    show(focus = false) {
      const state = this.state, root = this.shadowRoot;
      for (const select of root.querySelectorAll("select")) select.value = String(this.settings[select.name]);
      const inWindow = (r, c) => (state.window.some(([a, b]) => a === r && b === c) ? "used" : "");
      const heard = (r, c) => (state.fromOne[r][c] ? "hears" : "");
      root.querySelector(".grids").innerHTML = this.grid("x", state.shift ? `image, moved by ${state.shift}` : "image", state.x,
        (r, c) => heard(r, c) || inWindow(r, c))
        + this.grid("before", "pooled, not moved", state.before, () => "")
        + this.grid("pooled", "pooled, as shown: pick one", state.pooled, (r, c) => (state.changed[r][c] ? "changed" : ""), true)
        + this.grid("fromOne", "gradient from the picked output", state.fromOne, heard)
        + this.grid("fromAll", "gradient from all outputs, 1 each", state.fromAll, () => "");
      root.querySelector("p").textContent = this.sentence(state);
      if (focus) root.querySelector('td button[tabindex="0"]').focus();
    }

    grid(name, title, values, mark, pick = false) {
      const cell = (value, r, c) => {
        const picked = pick && r === this.row && c === this.column;
        const inner = pick ? `<button type="button" data-row="${r}" data-column="${c}" tabindex="${picked ? 0 : -1}" aria-pressed="${picked}"
          aria-label="output row ${r}, column ${c}: ${written(value)}">${written(value)}</button>` : written(value);
        return `<td class="${[picked ? "picked" : "", mark(r, c)].join(" ").trim()}">${inner}</td>`;
      };
      return `<figure><figcaption>${title}</figcaption><table data-name="${name}" aria-label="${title}">${
        values.map((row, r) => `<tr>${row.map((value, c) => cell(value, r, c)).join("")}</tr>`).join("")}</table></figure>`;
    }

    sentence({ operation, kernel, shift, row, column, pooled, fromOne, changedCount, pixelsChanged }) {
      const places = pooled.length ** 2;
      const moved = shift === 0 ? "The image has not moved. "
        : `The shift changed ${pixelsChanged} of ${SIZE * SIZE} pixels and ${changedCount} of ${places} pooled values (underlined). `;
      const winner = fromOne.flatMap((line, r) => line.flatMap((share, c) => (share ? [[r, c]] : [])))[0];
      return moved + (operation === "max"
        ? `Output (${row}, ${column}) is ${written(pooled[row][column])}; all of its gradient goes to pixel (${winner.join(", ")}).`
        : `Output (${row}, ${column}) is ${written(pooled[row][column])}; each of its ${kernel * kernel} pixels gets 1/${kernel * kernel} of its gradient.`);
    }
  }

  customElements.define("pool-stepper", PoolStepper);
})();
