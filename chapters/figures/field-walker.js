/* <field-walker>: which pixels of the input one output of a stack of layers sees, and in how many ways (chapter 14).

A cross-section shows the units that take part, layer by layer; the square below counts the ways from each pixel to the output.
No padding. Its `state` says what is on the screen; a test holds it against lib. */
(function () {
  "use strict";

  const SIZE = 33, MOST = 5;
  const RANGE = { kernel: [1, 2, 3, 5, 7], stride: [1, 2], dilation: [1, 2, 4] };
  const LABELS = { kernel: "filter", stride: "stride", dilation: "dilation" };
  const layer = (kernel, stride = 1, dilation = 1) => ({ kernel, stride, dilation });
  const STACKS = {
    two: ["two 3 × 3", [layer(3), layer(3)]],
    three: ["three 3 × 3", [layer(3), layer(3), layer(3)]],
    seven: ["one 7 × 7", [layer(7)]],
    pooled: ["3 × 3, halved by 2 × 2, 3 × 3", [layer(3), layer(2, 2), layer(3)]],
    dilated: ["3 × 3 with dilation 1, 2, 4", [layer(3), layer(3, 1, 2), layer(3, 1, 4)]],
    holes: ["3 × 3 with dilation 2, 2", [layer(3, 1, 2), layer(3, 1, 2)]],
  };

  /* Units in a row of every level, the input first; null if a layer does not fit. */
  function sizes(layers) {
    const all = [SIZE];
    for (const { kernel, stride, dilation } of layers) {
      const next = Math.floor((all[all.length - 1] - dilation * (kernel - 1) - 1) / stride) + 1;
      if (next < 1) return null;
      all.push(next);
    }
    return all;
  }

  /* From the output down: the ways from each unit of a level to the chosen output, along one direction. */
  function walk(layers, output) {
    const extent = sizes(layers);
    let ways = Array(extent[layers.length]).fill(0);
    ways[output] = 1;
    const levels = [ways];
    for (let at = layers.length - 1; at >= 0; at--) {
      const { kernel, stride, dilation } = layers[at], below = Array(extent[at]).fill(0);
      ways.forEach((count, unit) => {
        for (let tap = 0; tap < kernel; tap++) if (count) below[unit * stride + tap * dilation] += count;
      });
      ways = below;
      levels.unshift(ways);
    }
    return levels;
  }

  const copied = (layers) => layers.map((each) => ({ ...each }));
  const percent = (share) => `${(100 * share).toFixed(1).replace(/\.0$/, "")}\u00a0%`;

  const STYLE = `
    :host { display: block; color: var(--pst-color-text-base, #222); font-size: 0.95rem; }
    .box { border: 1px solid var(--pst-color-border, #ccc); border-radius: 6px; padding: 0.8rem;
      background: var(--pst-color-background, #fff); }
    .controls, fieldset { display: flex; flex-wrap: wrap; gap: 0.5rem 0.9rem; align-items: flex-end; }
    fieldset { border: 0; margin: 0.5rem 0 0; padding: 0; min-width: 0; }
    legend { float: left; width: 4.2rem; padding: 0.35rem 0; font-weight: 600; }
    label { display: inline-flex; flex-direction: column; max-width: 100%; font-size: 0.85rem; color: var(--pst-color-text-muted, #555); }
    select, button { font: inherit; min-height: 2.1rem; max-width: 100%; padding: 0.2rem 0.5rem; cursor: pointer;
      color: var(--pst-color-text-base, #222); background: var(--pst-color-surface, #f3f4f5);
      border: 1px solid var(--pst-color-text-muted, #555); border-radius: 4px; }
    button:disabled { opacity: 0.55; cursor: default; }
    button:focus-visible, select:focus-visible { outline: 3px solid var(--pst-color-link, #0071ab); outline-offset: 1px; }
    .views { display: flex; flex-wrap: wrap; gap: 0.4rem 1.5rem; margin-top: 0.9rem; align-items: flex-start; }
    figure { margin: 0; flex: 1 1 18rem; min-width: 0; max-width: 30rem; }
    figure.square { flex: 0 1 15rem; }
    figcaption { font-size: 0.85rem; color: var(--pst-color-text-muted, #555); padding-bottom: 0.25rem; }
    svg { display: block; width: 100%; height: auto; }
    .unit { fill: var(--pst-color-surface, #f3f4f5); stroke: var(--pst-color-border, #ccc); stroke-width: 0.5; }
    .seen { fill: var(--pst-color-primary, #0071ab); }
    .edge { stroke: var(--pst-color-text-muted, #555); stroke-width: 0.5; opacity: 0.6; }
    .field { fill: none; stroke: var(--pst-color-text-base, #222); stroke-width: 1.2; }
    p { margin: 0.7rem 0 0; min-height: 4.6em; }`;

  class FieldWalker extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.layers = copied(STACKS.three[1]);
      this.output = 0;
      this.refused = "";
      const root = this.attachShadow({ mode: "open" });
      const stacks = Object.entries(STACKS).map(([value, [text]]) => `<option value="${value}">${text}</option>`).join("");
      root.innerHTML = `<style>${STYLE}</style><div class="box"><div class="controls">
        <label>Begin with<select name="stack"><option value="">your own stack</option>${stacks}</select></label>
        <button type="button" name="add">Add a 3 × 3</button><button type="button" name="remove">Remove the last</button>
        <button type="button" name="previous">Output to the left</button><button type="button" name="next">Output to the right</button></div>
        <div class="layers"></div><p role="status" aria-live="polite"></p><div class="views"></div></div>`;
      root.addEventListener("change", (event) => this.choose(event.target));
      root.addEventListener("click", (event) => this.press(event.target.closest("button")));
      root.querySelector("select").value = "three";
      this.show(true);
    }

    choose({ name, value, dataset }) {
      if (name === "stack") {
        if (value) this.change(copied(STACKS[value][1]), true);
        return;
      }
      const layers = copied(this.layers);
      layers[Number(dataset.layer)][name] = Number(value);
      this.change(layers);
    }

    press(button) {
      if (!button) return;
      if (button.name === "add") this.change([...copied(this.layers), layer(3)]);
      else if (button.name === "remove") this.change(copied(this.layers.slice(0, -1)));
      else {
        this.output += button.name === "next" ? 1 : -1;
        this.refused = "";
        this.show(false);
      }
    }

    /* Take the new stack if it fits on the input. */
    change(layers, named = false) {
      const fits = sizes(layers) !== null;
      this.refused = fits ? "" : `That stack would need more than ${SIZE} pixels, so the old one stays. `;
      if (fits) {
        this.layers = layers;
        this.output = 0;
        if (!named) this.shadowRoot.querySelector("select").value = "";
      }
      this.show(true);
    }

    get state() {
      const levels = walk(this.layers, this.output), ways = levels[0];
      const seen = ways.map((count, pixel) => (count ? pixel : -1)).filter((pixel) => pixel >= 0);
      const jump = this.layers.reduce((product, { stride }) => product * stride, 1);
      const field = seen[seen.length - 1] - seen[0] + 1;
      const weights = this.layers.reduce((sum, { kernel }) => sum + kernel * kernel, 0);
      return { layers: copied(this.layers), output: this.output, sizes: sizes(this.layers), levels, ways, seen: seen.length, start: seen[0],
        field, jump, weights, single: field * field };
    }

    /* `anew`: the stack has changed, so its menus are written again. */
    show(anew) {
      const state = this.state, root = this.shadowRoot, active = root.activeElement;
      const held = active && active.dataset.layer ? `select[name=${active.name}][data-layer="${active.dataset.layer}"]` : null;
      if (anew) root.querySelector(".layers").innerHTML = this.layers.map((each, at) => this.menus(each, at)).join("");
      if (held && root.querySelector(held)) root.querySelector(held).focus();
      const outputs = state.sizes[this.layers.length];
      for (const [name, off] of Object.entries({ add: this.layers.length >= MOST, remove: this.layers.length <= 1,
        previous: this.output <= 0, next: this.output >= outputs - 1 })) root.querySelector(`button[name=${name}]`).disabled = off;
      root.querySelector(".views").innerHTML = this.section(state) + this.square(state);
      root.querySelector("p").textContent = this.refused + this.sentence(state);
    }

    menus(each, at) {
      const written = (name, value) => (name === "kernel" ? `${value} × ${value}` : value);
      return `<fieldset><legend>Layer ${at + 1}</legend>${Object.keys(RANGE).map((name) => `<label>${LABELS[name]}
        <select name="${name}" data-layer="${at}" aria-label="layer ${at + 1}: ${LABELS[name]}">${RANGE[name].map((value) =>
        `<option value="${value}"${value === each[name] ? " selected" : ""}>${written(name, value)}</option>`).join("")}</select></label>`).join("")}
        </fieldset>`;
    }

    /* One column of the picture and of every layer; a unit stands above the middle of what it sees. */
    section({ levels, layers }) {
      const step = 10, high = 34, places = [levels[0].map((_, pixel) => step * (pixel + 0.5))];
      layers.forEach(({ kernel, stride, dilation }, at) => places.push(levels[at + 1].map((_, unit) =>
        (places[at][unit * stride] + places[at][unit * stride + (kernel - 1) * dilation]) / 2)));
      const y = (level) => high * (levels.length - 1 - level) + 8;
      let edges = "", units = "";
      levels.forEach((ways, level) => ways.forEach((count, unit) => {
        units += `<rect class="unit${count ? " seen" : ""}" x="${places[level][unit] - 4}" y="${y(level) - 4}" width="8" height="8" rx="1"/>`;
        if (!count || !level) return;
        const { kernel, stride, dilation } = layers[level - 1];
        for (let tap = 0; tap < kernel; tap++) edges += `<line class="edge" x1="${places[level][unit]}" y1="${y(level)}"
          x2="${places[level - 1][unit * stride + tap * dilation]}" y2="${y(level - 1)}"/>`;
      }));
      return `<figure><figcaption>cross-section: the input at the bottom, the output at the top</figcaption>
        <svg viewBox="0 0 ${step * SIZE} ${high * (levels.length - 1) + 16}" role="img" aria-label="units that the output depends on,
        layer by layer">${edges}${units}</svg></figure>`;
    }

    square({ ways, start, field }) {
      const most = Math.max(...ways), cells = [];
      ways.forEach((down, r) => ways.forEach((along, c) => {
        if (down && along) cells.push(`<rect class="seen" x="${4 * c}" y="${4 * r}" width="4" height="4"
          opacity="${(0.15 + 0.85 * (down * along) / (most * most)).toFixed(3)}"/>`);
      }));
      return `<figure class="square"><figcaption>the input: darker where more ways lead to the output</figcaption>
        <svg viewBox="-1 -1 ${4 * SIZE + 2} ${4 * SIZE + 2}" role="img" aria-label="pixels of the input that the output sees">
        <rect class="unit" x="0" y="0" width="${4 * SIZE}" height="${4 * SIZE}"/>${cells.join("")}
        <rect class="field" x="${4 * start}" y="${4 * start}" width="${4 * field}" height="${4 * field}"/></svg></figure>`;
    }

    sentence({ layers, output, sizes: extent, start, field, seen, jump, weights, single }) {
      const holes = seen < field ? ` It looks at only ${seen * seen} of these ${field * field} pixels.` : "";
      const neighbour = extent[layers.length] > 1
        ? ` Its neighbour looks ${jump} pixel${jump > 1 ? "s" : ""} further.` : " There is no other output.";
      const difference = weights < single ? `${percent(1 - weights / single)} fewer` : weights > single
        ? `${percent(weights / single - 1)} more` : "as many";
      return `Output ${output} sees pixels ${start} to ${start + field - 1} in both directions: a field of ${field} × ${field}.${holes}${neighbour} `
        + `Weights for C channels: ${weights} C² in the stack, ${single} C² in one ${field} × ${field} filter (${difference}).`;
    }
  }

  customElements.define("field-walker", FieldWalker);
})();
