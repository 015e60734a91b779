/* <descent-walker>: optimisers walk down a loss over two weights, step by step (chapter 8).

The surfaces and the steps are those of the page and of lib: a test walks the same way with convbook.numpy_nn.optim. `state` says what is
on the screen: the surface, the rule, its numbers, every point visited and its loss. */
(function () {
  "use strict";

  const SURFACES = {
    valley: {
      text: "a valley", box: [-5.5, 5.5, -2.2, 2.2], start: [-5, 1.5],
      loss: ([x, y], k) => 0.5 * (x * x + k * y * y),
      gradient: ([x, y], k) => [x, k * y],
    },
    tilted: {
      text: "a valley across the axes", box: [-5.5, 5.5, -5.5, 5.5], start: [-4.6, -2.5],
      loss: ([x, y], k) => 0.25 * ((x + y) * (x + y) + k * (y - x) * (y - x)),
      gradient: ([x, y], k) => [0.5 * (x + y) - 0.5 * k * (y - x), 0.5 * (x + y) + 0.5 * k * (y - x)],
    },
    wells: {
      text: "two wells", box: [-1.9, 1.9, -1.3, 1.3], start: [1.7, 1],
      loss: ([x, y]) => (x * x - 1) * (x * x - 1) + 0.3 * x + 2 * y * y,
      gradient: ([x, y]) => [4 * x * (x * x - 1) + 0.3, 4 * y],
    },
  };
  const EPS = 1e-8;
  const RULES = {
    sgd: { text: "SGD", rate: 0.05, step: (g, m, { lr }) => g.map((d) => -lr * d) },
    momentum: {
      text: "momentum", rate: 0.05,
      step: (g, m, { lr, mu }) => g.map((d, i) => -lr * (m.v[i] = mu * m.v[i] + d)),
    },
    nesterov: {
      text: "Nesterov", rate: 0.05,
      step: (g, m, { lr, mu }) => g.map((d, i) => -lr * (d + mu * (m.v[i] = mu * m.v[i] + d))),
    },
    rmsprop: {
      text: "RMSprop", rate: 0.1,
      step: (g, m, { lr }) => g.map((d, i) => -lr * d / (Math.sqrt(m.s[i] = 0.99 * m.s[i] + 0.01 * d * d) + EPS)),
    },
    adam: {
      text: "Adam", rate: 0.3,
      step: (g, m, { lr, mu }, t) => g.map((d, i) => {
        m.v[i] = mu * m.v[i] + (1 - mu) * d;
        m.s[i] = 0.999 * m.s[i] + 0.001 * d * d;
        return -lr / (1 - mu ** t) * m.v[i] / (Math.sqrt(m.s[i] / (1 - 0.999 ** t)) + EPS);
      }),
    },
  };
  const RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1];
  const MOMENTA = [0, 0.25, 0.5, 0.8, 0.9, 0.95, 0.99];
  const CONDITIONS = [1, 3, 9, 30, 100];
  const MOST = 500;                                                          // steps; and a walker beyond 1e6 has run away

  const written = (value) => {
    const size = Math.abs(value);
    const text = value === 0 ? "0" : size >= 1e5 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
    return text.replace(/-/g, "−");
  };
  const option = (value, text, chosen) => `<option value="${value}"${String(value) === String(chosen) ? " selected" : ""}>${text}</option>`;

  const STYLE = `
    :host { display: block; color: var(--pst-color-text-base, #222); font-size: 0.95rem; }
    .box { border: 1px solid var(--pst-color-border, #ccc); border-radius: 6px; padding: 0.8rem;
      background: var(--pst-color-background, #fff); }
    .controls { display: flex; flex-wrap: wrap; gap: 0.6rem 1.1rem; align-items: flex-end; }
    label { display: inline-flex; flex-direction: column; max-width: 100%; font-size: 0.85rem; color: var(--pst-color-text-muted, #555); }
    select, button { font: inherit; min-height: 2.1rem; max-width: 100%; padding: 0.2rem 0.5rem; cursor: pointer;
      color: var(--pst-color-text-base, #222); background: var(--pst-color-surface, #f3f4f5);
      border: 1px solid var(--pst-color-text-muted, #555); border-radius: 4px; }
    button:disabled, select:disabled { opacity: 0.5; cursor: default; }
    button:focus-visible, select:focus-visible { outline: 3px solid var(--pst-color-link, #0071ab); outline-offset: 1px; }
    svg { display: block; width: 100%; height: auto; margin-top: 0.8rem; border: 1px solid var(--pst-color-border, #ccc); }
    .contour { fill: none; stroke: var(--pst-color-text-muted, #777); stroke-width: 0.8; opacity: 0.6; }
    .path { fill: none; stroke: var(--pst-color-primary, #0071ab); stroke-width: 2; stroke-linejoin: round; }
    .point { fill: var(--pst-color-primary, #0071ab); }
    .start { fill: none; stroke: var(--pst-color-text-base, #222); stroke-width: 2; }
    .low { fill: var(--pst-color-text-base, #222); }
    p { margin: 0.6rem 0 0; min-height: 3.2em; font-variant-numeric: tabular-nums; }`;

  class DescentWalker extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.settings = { surface: "valley", condition: 9, rule: "sgd", lr: 0.05, mu: 0.9 };
      const root = this.attachShadow({ mode: "open" });
      const menu = (name, label, options) => `<label>${label}<select name="${name}">${options}</select></label>`;
      const texts = (table, chosen) => Object.entries(table).map(([key, { text }]) => option(key, text, chosen)).join("");
      const numbers = (list, chosen) => list.map((n) => option(n, n, chosen)).join("");
      root.innerHTML = `<style>${STYLE}</style><div class="box"><div class="controls">
        ${menu("surface", "Surface", texts(SURFACES, "valley"))}
        ${menu("condition", "Condition number", numbers(CONDITIONS, 9))}
        ${menu("rule", "Rule", texts(RULES, "sgd"))}
        ${menu("lr", "Learning rate", numbers(RATES, 0.05))}
        ${menu("mu", "Momentum (Adam: β₁)", numbers(MOMENTA, 0.9))}
        <button type="button" name="step">Step</button><button type="button" name="run">Run 50 steps</button>
        <button type="button" name="reset">Reset</button></div>
        <svg role="img" aria-label="Contours of the loss and the path of the walker"></svg>
        <p role="status" aria-live="polite"></p></div>`;
      root.addEventListener("change", ({ target }) => this.choose(target.name, target.value));
      root.addEventListener("click", ({ target }) => this.press(target.closest("button")));
      this.reset();
    }

    choose(name, value) {
      this.settings[name] = name === "surface" || name === "rule" ? value : Number(value);
      if (name === "rule") this.settings.lr = RULES[value].rate;
      this.reset();
    }

    press(button) {
      if (!button) return;
      if (button.name === "reset") return this.reset();
      for (let n = button.name === "run" ? 50 : 1; n > 0; n--) this.walk();
      this.show();
    }

    reset() {
      this.path = [SURFACES[this.settings.surface].start.slice()];
      this.memory = { v: [0, 0], s: [0, 0] };
      this.show();
    }

    get over() {
      const [x, y] = this.path[this.path.length - 1];
      return this.path.length > MOST || !(Math.abs(x) < 1e6 && Math.abs(y) < 1e6);
    }

    walk() {
      if (this.over) return;
      const { surface, condition, rule } = this.settings, w = this.path[this.path.length - 1];
      const move = RULES[rule].step(SURFACES[surface].gradient(w, condition), this.memory, this.settings, this.path.length);
      this.path.push([w[0] + move[0], w[1] + move[1]]);
    }

    get state() {
      const { surface, condition } = this.settings;
      return { ...this.settings, path: this.path, losses: this.path.map((w) => SURFACES[surface].loss(w, condition)) };
    }

    show() {
      const root = this.shadowRoot, { surface, rule, lr } = this.settings, state = this.state;
      root.querySelector("[name=condition]").disabled = surface === "wells";
      root.querySelector("[name=mu]").disabled = rule === "sgd" || rule === "rmsprop";
      root.querySelector("[name=lr]").value = String(lr);
      for (const name of ["step", "run"]) root.querySelector(`[name=${name}]`).disabled = this.over;
      root.querySelector("svg").innerHTML = this.draw();
      const steps = this.path.length - 1, w = this.path[steps];
      const where = `(${written(w[0])}, ${written(w[1])})`;
      const first = state.losses[0], now = state.losses[steps];
      root.querySelector("p").textContent = steps === 0
        ? `${RULES[rule].text} stands at ${where}, loss ${written(now)}. The ring is the start, the star the lowest point.`
        : `${steps} step${steps === 1 ? "" : "s"} of ${RULES[rule].text}: at ${where}, loss ${written(now)}, at the start ${written(first)}.`
          + (now > 100 * first ? " It is running away." : "");
    }

    /* Contours by marching over a grid of cells: each level cuts the edges of a cell in 0, 2 or 4 places. */
    draw() {
      const { surface, condition } = this.settings, { box, loss } = SURFACES[surface];
      const [left, right, bottom, top] = box, width = 600, height = surface === "tilted" ? 480 : 330, n = 72, m = 48;
      const svg = this.shadowRoot.querySelector("svg");
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      const px = (x) => (x - left) / (right - left) * width, py = (y) => (top - y) / (top - bottom) * height;
      const at = (i, j) => [left + (right - left) * i / n, bottom + (top - bottom) * j / m];
      const grid = Array.from({ length: n + 1 }, (_, i) => Array.from({ length: m + 1 }, (_, j) => loss(at(i, j), condition)));
      let low = [0, 0];
      grid.forEach((column, i) => column.forEach((value, j) => { if (value < grid[low[0]][low[1]]) low = [i, j]; }));
      const least = grid[low[0]][low[1]], most = Math.max(...grid.flat());
      let lines = "";
      for (let k = 1; k <= 14; k++) {
        const level = least + (most - least) * (k / 15) ** 2.5;
        for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) {
          const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], cuts = [];
          corners.forEach(([a, b], e) => {
            const [c, d] = corners[(e + 1) % 4], one = grid[a][b], two = grid[c][d];
            if ((one < level) === (two < level)) return;
            const share = (level - one) / (two - one), [x1, y1] = at(a, b), [x2, y2] = at(c, d);
            cuts.push(`${px(x1 + share * (x2 - x1)).toFixed(1)} ${py(y1 + share * (y2 - y1)).toFixed(1)}`);
          });
          for (let c = 0; c + 1 < cuts.length; c += 2) lines += `M${cuts[c]}L${cuts[c + 1]}`;
        }
      }
      const far = (value) => Math.max(-1e5, Math.min(1e5, value));
      const points = this.path.map(([x, y]) => [far(px(x)).toFixed(1), far(py(y)).toFixed(1)]);
      const dot = ([x, y], shape, r) => `<circle class="${shape}" cx="${x}" cy="${y}" r="${r}"/>`;
      const [lx, ly] = at(...low);
      const star = Array.from({ length: 10 }, (_, k) => {
        const r = k % 2 ? 4 : 10, turn = Math.PI * k / 5;
        return `${px(lx) + r * Math.sin(turn)},${py(ly) - r * Math.cos(turn)}`;
      }).join(" ");
      return `<path class="contour" d="${lines}"/><polygon class="low" points="${star}"/>
        <polyline class="path" points="${points.map((p) => p.join(",")).join(" ")}"/>
        ${points.map((p, k) => dot(p, "point", k === points.length - 1 ? 6 : 2.5)).join("")}${dot(points[0], "start", 9)}`;
    }
  }

  customElements.define("descent-walker", DescentWalker);
})();
