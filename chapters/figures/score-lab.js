/* <score-lab>: scores of four classes become probabilities, two losses and their gradients (chapter 6).

Each class has a slider for its score; one class is the right one. Its `state` says what is on the screen; a test holds it against lib. */
(function () {
  "use strict";

  const NAMES = ["cat", "dog", "fox", "owl"];
  const FIRST = [0, 1, 3, 2];
  const LOW = -10, HIGH = 10, TEMPERATURES = [0.5, 1, 2, 10];

  const sum = (values) => values.reduce((a, b) => a + b, 0);

  /* The largest score is taken off first; so the sum of the exponentials lies between 1 and the number of classes. */
  function softmax(scores) {
    const top = Math.max(...scores), powers = scores.map((z) => Math.exp(z - top)), total = sum(powers);
    return { p: powers.map((e) => e / total), logSumExp: top + Math.log(total) };
  }

  function losses(scores, right, temperature) {
    const scaled = scores.map((z) => z / temperature), { p, logSumExp } = softmax(scaled);
    const lack = scores.map((z, k) => (k === right ? 0 : Math.max(0, z - scores[right] + 1)));
    const hingeGradient = lack.map((missing) => Number(missing > 0));
    hingeGradient[right] = -sum(hingeGradient);
    return { p, crossEntropy: logSumExp - scaled[right], gradient: p.map((value, k) => (value - Number(k === right)) / temperature),
      hinge: sum(lack), hingeGradient };
  }

  const written = (value, digits = 3) => (Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toFixed(digits).replace("-", "−");

  const STYLE = `
    :host { display: block; color: var(--pst-color-text-base, #222); font-size: 0.95rem; }
    .box { border: 1px solid var(--pst-color-border, #ccc); border-radius: 6px; padding: 0.8rem; background: var(--pst-color-background, #fff);
      overflow-x: auto; }
    .controls { display: flex; flex-wrap: wrap; gap: 0.6rem 1.1rem; align-items: flex-end; }
    label { display: inline-flex; flex-direction: column; font-size: 0.85rem; color: var(--pst-color-text-muted, #555); }
    select, button { font: inherit; min-height: 2.1rem; padding: 0.2rem 0.5rem; cursor: pointer; color: var(--pst-color-text-base, #222);
      background: var(--pst-color-surface, #f3f4f5); border: 1px solid var(--pst-color-text-muted, #555); border-radius: 4px; }
    :is(button, select, input):focus-visible { outline: 3px solid var(--pst-color-link, #0071ab); outline-offset: 1px; }
    table { border-collapse: collapse; margin-top: 0.8rem; width: 100%; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.3rem 0.35rem; text-align: right; border-bottom: 1px solid var(--pst-color-border, #ccc); font-size: 0.9rem; }
    th { font-weight: 600; } th:first-child { text-align: left; }
    tr.right th::after { content: "\\00a0✓"; } tr.right { background: color-mix(in srgb, var(--pst-color-primary, #0071ab) 14%, transparent); }
    input { width: 100%; min-width: 4rem; max-width: 9rem; accent-color: var(--pst-color-primary, #0071ab); }
    @media (max-width: 480px) {
      .box { padding: 0.5rem; } th, td { padding: 0.3rem 0.12rem; font-size: 0.8rem; } input { min-width: 2.6rem; max-width: 4rem; } }
    p { margin: 0.8rem 0 0; min-height: 3.2em; }`;

  class ScoreLab extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open" });
      const options = (values, chosen) => values.map(([value, text]) =>
        `<option value="${value}"${value === chosen ? " selected" : ""}>${text}</option>`).join("");
      root.innerHTML = `<style>${STYLE}</style><div class="box"><div class="controls">
        <label>Right class<select name="right">${options(NAMES.map((name, k) => [k, name]), 1)}</select></label>
        <label>Temperature<select name="temperature">${options(TEMPERATURES.map((t) => [t, t]), 1)}</select></label>
        <button type="button" name="up">Add 1 to all</button><button type="button" name="down">Take 1 off all</button>
        <button type="button" name="reset">Start again</button></div>
        <table aria-label="Scores, probabilities and gradients of the classes"><thead><tr><th scope="col">class</th><th scope="col">score</th>
        <th scope="col">value</th><th scope="col">p</th><th scope="col">gradient</th><th scope="col">hinge</th></tr></thead><tbody>${
        NAMES.map((name, k) => `<tr><th scope="row">${name}</th><td><input type="range" min="${LOW}" max="${HIGH}" step="0.5" data-class="${k}"
          aria-label="score of ${name}"></td><td></td><td></td><td></td><td></td></tr>`).join("")}</tbody></table>
        <p role="status" aria-live="polite"></p></div>`;
      root.addEventListener("input", (event) => this.choose(event.target));
      root.addEventListener("click", (event) => this.press(event.target.name));
      this.start();
    }

    start() {
      this.scores = [...FIRST];
      this.right = 1;
      this.temperature = 1;
      this.show();
    }

    choose(control) {
      if (control.name) this[control.name] = Number(control.value);
      else this.scores[Number(control.dataset.class)] = Number(control.value);
      this.show();
    }

    /* All scores move together or none does: at the end of a slider the shift would change the differences. */
    press(name) {
      const by = { up: 1, down: -1 }[name];
      const moved = this.scores.map((z) => z + by);
      if (name === "reset") this.start();
      else if (by && moved.every((z) => z >= LOW && z <= HIGH)) {
        this.scores = moved;
        this.show();
      }
    }

    get state() {
      const { scores, right, temperature } = this;
      return { scores: [...scores], right, temperature, ...losses(scores, right, temperature) };
    }

    show() {
      const now = this.state, root = this.shadowRoot;
      for (const name of ["right", "temperature"]) root.querySelector(`select[name=${name}]`).value = now[name];
      root.querySelectorAll("tbody tr").forEach((row, k) => {
        row.classList.toggle("right", k === now.right);
        row.querySelector("input").value = now.scores[k];
        const cells = [written(now.scores[k], 1), written(now.p[k]), written(now.gradient[k]), written(now.hingeGradient[k], 0)];
        [...row.cells].slice(2).forEach((cell, column) => { cell.textContent = cells[column]; });
      });
      const won = now.scores.every((z, k) => k === now.right || z < now.scores[now.right]);
      root.querySelector("[role=status]").textContent = `${NAMES[now.right]} is ${won ? "ahead of the others" : "not ahead"}. Cross-entropy ${
        written(now.crossEntropy)}, hinge ${written(now.hinge)}${now.hinge === 0 ? ": the margin of 1 is met, the hinge no longer pulls" : ""}.`;
    }
  }

  if (!customElements.get("score-lab")) customElements.define("score-lab", ScoreLab);
})();
