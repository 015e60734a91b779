/* LeNet-5 and MNIST's recipe for pictures, in plain JavaScript: what <lenet-explorer> computes.

Layers have the names of convbook.models.lenet5; a browser test holds their values against that net on convbook.numpy_nn. */
(function () {
  "use strict";

  const SIDE = 28;

  /* ---- the net: each map is a run of values in a Float32Array, as in NumPy's (C, H, W) ---- */
  function half(bits) {
    const exponent = (bits >> 10) & 31, rest = (bits & 1023) / 1024;
    return (bits & 0x8000 ? -1 : 1) * (exponent ? 2 ** (exponent - 15) * (1 + rest) : 2 ** -14 * rest);
  }

  const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

  function unpack({ shapes, float16 }) {
    const raw = bytes(float16), weights = {};
    let at = 0;
    for (const [name, shape] of Object.entries(shapes)) {
      const size = shape.reduce((a, b) => a * b, 1);
      weights[name] = Float32Array.from({ length: size }, (_, i) => half(raw[at + 2 * i] | (raw[at + 2 * i + 1] << 8)));
      at += 2 * size;
    }
    return weights;
  }

  function framed(x, channels, side, p) {
    const wide = side + 2 * p, out = new Float32Array(channels * wide * wide);
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < side; i++) {
        out.set(x.subarray((c * side + i) * side, (c * side + i + 1) * side), (c * wide + i + p) * wide + p);
      }
    }
    return out;
  }

  function conv2d(x, channels, side, weight, bias, k) {
    const places = side - k + 1, out = new Float32Array(bias.length * places * places);
    let at = 0;
    for (let f = 0; f < bias.length; f++) {
      for (let i = 0; i < places; i++) {
        for (let j = 0; j < places; j++) {
          let sum = bias[f], w = f * channels * k * k;
          for (let c = 0; c < channels; c++) {
            for (let m = 0; m < k; m++) {
              const from = (c * side + i + m) * side + j;
              for (let n = 0; n < k; n++) sum += weight[w++] * x[from + n];
            }
          }
          out[at++] = sum;
        }
      }
    }
    return out;
  }

  function meanPool(x, channels, side) {
    const half = side / 2, out = new Float32Array(channels * half * half);
    for (let at = 0; at < out.length; at++) {
      const from = 2 * Math.floor(at / half) * side + 2 * (at % half);     // rows of all maps lie one below the other
      out[at] = (x[from] + x[from + 1] + x[from + side] + x[from + side + 1]) / 4;
    }
    return out;
  }

  const linear = (x, weight, bias) => conv2d(x, x.length, 1, weight, bias, 1);
  const tanh = (x) => x.map(Math.tanh);

  function forward(w, input) {
    const y = { input }, of = (name) => [w[`${name}.weight`], w[`${name}.bias`]];
    y["stem.conv"] = conv2d(framed(input, 1, 28, 2), 1, 32, ...of("stem.conv"), 5);
    y["stem.tanh"] = tanh(y["stem.conv"]);
    y["stem.pool"] = meanPool(y["stem.tanh"], 6, 28);
    y["stages.conv"] = conv2d(y["stem.pool"], 6, 14, ...of("stages.conv"), 5);
    y["stages.tanh"] = tanh(y["stages.conv"]);
    y["stages.pool"] = meanPool(y["stages.tanh"], 16, 10);
    y["head.fc1"] = linear(y["stages.pool"], ...of("head.fc1"));
    y["head.tanh1"] = tanh(y["head.fc1"]);
    y["head.fc2"] = linear(y["head.tanh1"], ...of("head.fc2"));
    y["head.tanh2"] = tanh(y["head.fc2"]);
    y["head.fc3"] = linear(y["head.tanh2"], ...of("head.fc3"));
    return y;
  }

  function softmax(scores) {
    const top = Math.max(...scores), powers = Array.from(scores, (z) => Math.exp(z - top)), sum = powers.reduce((a, b) => a + b);
    return powers.map((e) => e / sum);
  }

  /* ---- the picture: MNIST's recipe ---- */
  /* Ink along a line, with a round pen whose rim is soft over a pixel; paper is wide x wide, 0 to 1. */
  function inked(paper, wide, pen, [x0, y0], [x1, y1]) {
    const dx = x1 - x0, dy = y1 - y0, square = dx * dx + dy * dy;
    const first = (a, b) => Math.max(0, Math.floor(Math.min(a, b) - pen - 1));
    const last = (a, b) => Math.min(wide - 1, Math.ceil(Math.max(a, b) + pen + 1));
    for (let i = first(y0, y1); i <= last(y0, y1); i++) {
      for (let j = first(x0, x1); j <= last(x0, x1); j++) {
        const x = j + 0.5 - x0, y = i + 0.5 - y0, t = square ? Math.max(0, Math.min(1, (x * dx + y * dy) / square)) : 0;
        const ink = Math.max(0, Math.min(1, pen + 0.5 - Math.hypot(x - t * dx, y - t * dy)));
        if (ink > paper[i * wide + j]) paper[i * wide + j] = ink;
      }
    }
  }

  /* The mean of every stretch when `length` pixels from `start` on become `count`: [[pixel, share], ...] for each. */
  function stretches(start, length, count) {
    return Array.from({ length: count }, (_, i) => {
      const from = start + i * length / count, to = start + (i + 1) * length / count, taps = [];
      for (let p = Math.floor(from); p < to; p++) taps.push([p, (Math.min(p + 1, to) - Math.max(p, from)) * count / length]);
      return taps;
    });
  }

  /* The box of the ink scaled to 20 pixels on its longer side, then put so that its centre of mass is in the middle of 28 x 28. */
  function asMnist(paper, wide) {
    let top = wide, bottom = -1, left = wide, right = -1;
    const out = new Float32Array(SIDE * SIDE);
    for (let at = 0; at < paper.length; at++) {
      if (!paper[at]) continue;
      const i = Math.floor(at / wide), j = at % wide;
      top = Math.min(top, i); bottom = Math.max(bottom, i); left = Math.min(left, j); right = Math.max(right, j);
    }
    if (bottom < 0) return out;
    const height = bottom - top + 1, width = right - left + 1, scale = 20 / Math.max(height, width);
    const down = stretches(top, height, Math.max(1, Math.round(height * scale)));
    const across = stretches(left, width, Math.max(1, Math.round(width * scale)));
    const small = down.map((rows) => across.map((columns) => {
      let mean = 0;
      for (const [i, share] of rows) for (const [j, part] of columns) mean += share * part * paper[i * wide + j];
      return mean;
    }));
    let mass = 0, row = 0, column = 0;
    small.forEach((line, i) => line.forEach((ink, j) => { mass += ink; row += ink * (i + 0.5); column += ink * (j + 0.5); }));
    const place = (centre, size) => Math.max(0, Math.min(SIDE - size, Math.round(SIDE / 2 - centre / mass)));
    const y = place(row, down.length), x = place(column, across.length);
    small.forEach((line, i) => out.set(line, (y + i) * SIDE + x));
    return out;
  }

  function moved(x, [down, across]) {
    const out = new Float32Array(x.length);
    for (let i = 0; i < SIDE; i++) {
      for (let j = 0; j < SIDE; j++) {
        const row = i - down, column = j - across;
        if (row >= 0 && row < SIDE && column >= 0 && column < SIDE) out[i * SIDE + j] = x[row * SIDE + column];
      }
    }
    return out;
  }

  Object.assign(window.lenetExplorer ??= {}, { bytes, unpack, forward, softmax, asMnist, moved, inked });
})();
