/* <path-unraveller>: a chain of residual blocks, its paths by length, and what each length brings of the gradient (chapter 16).

Blocks are switched off one by one: their branch is gone, their shortcut stays. Every branch has the same gain. Its `state` says what is
on the screen; a test holds it against Python. */
(function () {
  "use strict";

  const BLOCKS = 8, STEP = 42, GAIN = { least: 0, most: 2, step: 0.1, first: 0.5 };

  /* Number of paths of each length, and their part of the gradient: multiply the brackets (1 + a) out, one after the other. */
  function byLength(on, gain) {
    let paths = [1], brought = [1];
    const grown = (list, a) => [...list, 0].map((value, k) => value + a * (k ? list[k - 1] : 0));
    for (let k = 0; k < on.filter(Boolean).length; k++) {
      paths = grown(paths, 1);
      brought = grown(brought, gain);
    }
    const whole = brought.reduce((a, b) => a + b, 0);
    return { paths, shares: brought.map((part) => part / whole) };
  }

  const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;

  const STYLE = `
    :host { display: block; color: var(--pst-color-text-base, #222); font-size: 0.95rem; }
    .box { border: 1px solid var(--pst-color-border, #ccc); border-radius: 6px; padding: 0.8rem; background: var(--pst-color-background, #fff); }
    .controls { display: flex; flex-wrap: wrap; gap: 0.4rem; align-items: flex-end; margin-bottom: 0.6rem; }
    label { display: inline-flex; flex-direction: column; font-size: 0.85rem; color: var(--pst-color-text-muted, #555); width: 100%; }
    button { font: inherit; min-height: 2.1rem; padding: 0.2rem 0.5rem; cursor: pointer; color: var(--pst-color-text-base, #222);
      background: var(--pst-color-surface, #f3f4f5); border: 1px solid var(--pst-color-text-muted, #555); border-radius: 4px; }
    button[aria-pressed=false] { border-style: dashed; text-decoration: line-through; }
    :is(button, input):focus-visible { outline: 3px solid var(--pst-color-link, #0071ab); outline-offset: 1px; }
    input { width: 100%; max-width: 18rem; accent-color: var(--pst-color-primary, #0071ab); }
    svg { display: block; width: 100%; max-width: 30rem; } svg * { stroke: currentColor; fill: none; stroke-width: 1.5; }
    svg rect { fill: color-mix(in srgb, var(--pst-color-primary, #0071ab) 45%, transparent); }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.15rem 0.35rem; text-align: right; font-size: 0.9rem; } td:last-child { width: 50%; text-align: left; }
    .bar { display: block; height: 0.8rem; background: var(--pst-color-primary, #0071ab); }
    p { margin: 0.8rem 0 0; min-height: 3.2em; }`;

  class PathUnraveller extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.on = Array(BLOCKS).fill(true);
      this.gain = GAIN.first;
      const root = this.attachShadow({ mode: "open" });
      const buttons = this.on.map((_, k) => `<button type="button" data-block="${k}" aria-label="branch ${k + 1}">f${k + 1}</button>`);
      root.innerHTML = `<style>${STYLE}</style><div class="box"><svg aria-hidden="true" viewBox="0 0 ${STEP * BLOCKS + 24} 62"></svg>
        <div class="controls" role="group" aria-label="Branches, pressed: there">${buttons.join("")}</div>
        <div class="controls"><label><span></span><input type="range" name="gain" aria-label="gain of every branch" min="${GAIN.least}"
        max="${GAIN.most}" step="${GAIN.step}"></label></div>
        <table aria-label="Paths and gradient by length"><thead><tr><th scope="col">length</th><th scope="col">paths</th>
        <th scope="col">gradient</th><td></td></tr></thead><tbody></tbody></table><p role="status" aria-live="polite"></p></div>`;
      root.addEventListener("input", (event) => { this.gain = Number(event.target.value); this.show(); });
      root.addEventListener("click", (event) => {
        const block = event.target.dataset.block;
        if (block === undefined) return;
        this.on[block] = !this.on[block];
        this.show();
      });
      this.show();
    }

    get state() {
      return { on: [...this.on], gain: this.gain, ...byLength(this.on, this.gain) };
    }

    /* The line with an arch over every block; a branch that is there is a box, one that is gone a gap. */
    drawing() {
      return this.on.map((there, k) => {
        const left = 12 + STEP * k, right = left + STEP - 4;
        const way = there ? `<path d="M${left} 45H${left + 9}M${left + 29} 45H${right}"/><rect x="${left + 9}" y="36" width="20" height="18"/>` : "";
        return `<path d="M${left} 45V12H${right}V45"/>${way}<path d="M${right} 45h4"/>`;
      }).join("");
    }

    show() {
      const { paths, shares, gain } = this.state, root = this.shadowRoot;
      root.querySelector("svg").innerHTML = this.drawing();
      root.querySelectorAll("button").forEach((button, k) => button.setAttribute("aria-pressed", String(this.on[k])));
      root.querySelector("input").value = gain;
      root.querySelector("label span").textContent = `Gain of every branch: ${gain.toFixed(1)}`;
      root.querySelector("tbody").innerHTML = paths.map((count, k) => `<tr><th scope="row">${k}</th><td>${count}</td><td>${
        percent(shares[k])}</td><td><span class="bar" style="width: ${100 * shares[k]}%"></span></td></tr>`).join("");
      const all = paths.reduce((a, b) => a + b, 0), mean = shares.reduce((sum, share, k) => sum + k * share, 0);
      root.querySelector("[role=status]").textContent = `${all} ${all === 1 ? "path" : "paths"}, ${(paths.length - 1) / 2} branches long in the mean; `
        + `weighted by the gradient, ${mean.toFixed(2)}.`;
    }
  }

  if (!customElements.get("path-unraveller")) customElements.define("path-unraveller", PathUnraveller);
})();
