/* Maps as small pictures in the colours of the theme, for <lenet-explorer>. */
(function () {
  "use strict";

  /* From -1 over 0 to 1: the theme's warning colour, the background, the text's colour, 255 steps; and the colour of the frame. */
  function colours(probe) {
    const computed = (name, fallback) => {
      probe.style.color = `var(--pst-color-${name}, ${fallback})`;
      return getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
    };
    const [low, middle, high, frame] = [["warning", "#f66a0a"], ["background", "#fff"], ["text-base", "#222"], ["primary", "#0a7d91"]]
      .map((pair) => computed(...pair));
    probe.style.color = "";
    const packed = ([r, g, b]) => (255 << 24 | b << 16 | g << 8 | r) >>> 0;
    const mixed = (end, t) => packed(middle.map((value, i) => Math.round(value + t * (end[i] - value))));
    const steps = Uint32Array.from({ length: 255 }, (_, i) => mixed(i < 127 ? low : high, Math.abs(i - 127) / 127));
    return { steps, frame: packed(frame) };
  }

  /* Maps side by side, each value a square of `zoom` pixels; the chosen one gets a frame. */
  function draw(canvas, values, { side, columns = 1, zoom = 1, gap = 0, top = 1, chosen = -1 }, { steps, frame }) {
    const maps = values.length / (side * side), cell = side * zoom + gap, wide = columns * cell, rows = Math.ceil(maps / columns);
    const picture = new ImageData(wide, rows * cell), pixels = new Uint32Array(picture.data.buffer);
    const square = (y, x, size, colour) => {
      for (let i = y; i < y + size; i++) pixels.fill(colour, i * wide + x, i * wide + x + size);
    };
    for (let map = 0; map < maps; map++) {
      const y = Math.floor(map / columns) * cell, x = (map % columns) * cell;
      if (map === chosen) square(y, x, cell, frame);
      for (let i = 0; i < side; i++) {
        for (let j = 0; j < side; j++) {
          const value = Math.max(-1, Math.min(1, values[(map * side + i) * side + j] / top));
          square(y + gap / 2 + i * zoom, x + gap / 2 + j * zoom, zoom, steps[127 + Math.round(127 * value)]);
        }
      }
    }
    [canvas.width, canvas.height] = [picture.width, picture.height];
    canvas.getContext("2d").putImageData(picture, 0, 0);
  }

  Object.assign(window.lenetExplorer ??= {}, { colours, draw });
})();
