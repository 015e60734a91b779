"""The figures of chapter 14: what a stack of layers sees, where a net keeps its numbers, measured fields, heat maps."""
import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from convbook.figures._draw import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SMALL,
    STYLES,
    WIDTH,
    Picture,
    finite,
    house_style,
    not_empty,
    number,
    percent,
    series,
    with_alt,
)

__all__ = ["cones", "field_map", "heat_maps", "profiles", "shares"]


def cones(stacks, title):
    """Cross-sections of stacks of layers: which pixels one output sees, and through which units.

    stacks    {label: [kernel size, ...]}, stride 1, the first layer first
    returns   Figure with one panel each, all fields the same number of pixels wide

    Raises ValueError if there are none or their fields differ.
    """
    not_empty("stacks", stacks)
    fields = {label: 1 + sum(k - 1 for k in kernels) for label, kernels in stacks.items()}
    if len(set(fields.values())) > 1:
        raise ValueError(f"the fields differ: {', '.join(f'{label} {field}' for label, field in fields.items())}")
    field = next(iter(fields.values()))
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.0))
        axes = figure.subplots(1, len(stacks), squeeze=False)[0]
        for axis, (label, kernels) in zip(axes, stacks.items(), strict=True):
            _cone(axis, kernels, field)
            axis.set_title(label, fontsize=SMALL)
        figure.suptitle(title, x=0.01, ha="left")
    words = "; ".join(f"{label}: layers of {series([str(k) for k in kernels])}, {sum(kernels)} weights in this cross-section"
                      for label, kernels in stacks.items())
    return with_alt(figure, f"{title}. Cross-sections in which one output at the top sees {field} pixels at the bottom. {words}.")


def _cone(axis, kernels, field):
    widths = [field]
    for k in kernels:
        widths.append(widths[-1] - k + 1)
    for level, width in enumerate(widths):
        y, left = 3 * level / len(kernels), (field - width) / 2
        for unit in range(width):
            axis.add_patch(Rectangle((left + unit - 0.38, y - 0.16), 0.76, 0.32, facecolor=BLUE if level else ORANGE, edgecolor="white",
                                     linewidth=0.8, zorder=3))
        if level:
            k, below = kernels[level - 1], (field - widths[level - 1]) / 2
            for unit in range(width):
                for tap in range(k):
                    axis.plot([left + unit, below + unit + tap], [y - 0.16, 3 * (level - 1) / len(kernels) + 0.16],
                              color="#AAAAAA", linewidth=0.8, zorder=1)
        axis.text(-0.9, y, "pixels" if not level else f"layer {level}", ha="right", va="center", fontsize=SMALL)
    axis.set(xlim=(-3.4, field - 0.4), ylim=(-0.4, 3.4), xticks=[], yticks=[])
    axis.spines[:].set_visible(False)


def shares(layers, title):
    """Where a net keeps its activations and where its weights: two bars a layer, in per cent of the net.

    layers    {name: (activations, weights)}
    returns   Figure with two panels that share their rows
    """
    not_empty("layers", layers)
    table = finite("layers", list(layers.values()), 2)
    parts = table / table.sum(axis=0)
    with house_style():
        figure = Picture(figsize=(WIDTH, 0.9 + 0.22 * len(layers)))
        axes = figure.subplots(1, 2, sharey=True)
        for axis, part, name, colour in zip(axes, parts.T, ("activations", "weights"), (BLUE, ORANGE), strict=True):
            axis.barh(list(layers), part, color=colour, hatch="" if colour == BLUE else "///", edgecolor="white")
            for y, value in enumerate(part):
                if value >= 0.04:
                    axis.text(value + 0.01, y, f"{100 * value:.0f} %", va="center", fontsize=SMALL)
            axis.set(xlabel=f"share of the {name}", xlim=(0, 1.2 * part.max()))
            axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))
        axes[0].invert_yaxis()
        figure.suptitle(title, x=0.01, ha="left")
    words = "; ".join(f"{name} {percent(a)} of the activations and {percent(w)} of the weights"
                      for name, (a, w) in zip(layers, parts, strict=True))
    return with_alt(figure, f"{title}. Bars for each layer: {words}.")


def profiles(panels, xlabel, ylabel):
    """Measured profiles against computed ones: dots and lines, one panel each.

    panels    {title: (xs, {label: ys} measured, {label: ys} computed)}
    returns   Figure, panels side by side on one vertical scale

    Raises ValueError if a profile is not as long as its places.
    """
    not_empty("panels", panels)
    words = []
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.2))
        axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
        for axis, (title, (xs, measured, computed)) in zip(axes, panels.items(), strict=True):
            for lines, marker, style in ((measured, "o", ""), (computed, "", STYLES)):
                for k, (label, ys) in enumerate(lines.items()):
                    if np.shape(ys) != np.shape(xs):
                        raise ValueError(f"{label} has {len(ys)} values for {len(xs)} places")
                    axis.plot(xs, finite(label, ys, 1), marker=marker, linestyle=style[k % 4] if style else "", markersize=4,
                              color=ORANGE if marker else (BLUE, GREEN)[k % 2], label=label)
            axis.set(xlabel=xlabel)
            axis.set_title(title, fontsize=SMALL)
            both = {**measured, **computed}
            said = [f"{label} from {number(ys[0], 2)} over {number(np.max(ys), 2)} to {number(ys[-1], 2)}" for label, ys in both.items()]
            words.append(f"{title}: {'; '.join(said)}")
        axes[0].set_ylabel(ylabel)
        handles = dict(zip(*reversed(axes[0].get_legend_handles_labels()), strict=True))
        figure.legend(handles.values(), handles.keys(), loc="outside upper left", ncols=3)
    return with_alt(figure, f"Profiles of {ylabel} against {xlabel}. {'. '.join(words)}.")


def field_map(image, strength, field, core):
    """What one unit sees of a photograph: the measured map, the computed square around it, and the square that holds most.

    image     (H, W) grey, 0..1
    strength  (H, W), >= 0
    field     (top, left, size) of the computed field
    core      (top, left, size, share)
    returns   Figure with two panels

    Raises ValueError if the two pictures differ in size.
    """
    image, strength = finite("image", image, 2), finite("strength", strength, 2)
    if image.shape != strength.shape:
        raise ValueError(f"the image is {image.shape}, the map {strength.shape}")
    seen = np.sqrt(strength / strength.max())
    with house_style():
        figure = Picture(figsize=(WIDTH, 4.0))
        left, right = figure.subplots(1, 2)
        left.imshow(image, cmap="gray", vmin=0, vmax=1)
        right.imshow(seen, cmap="Greys", vmin=0, vmax=1)
        for axis, name in ((left, "the photograph"), (right, "size of the gradient")):
            axis.set_title(name, fontsize=SMALL)
            axis.set(xlabel="column", ylabel="row")
            for (top, start, size), colour, style in ((field, ORANGE, "-"), (core[:3], BLUE, "--")):
                axis.add_patch(Rectangle((start - 0.5, top - 0.5), size, size, fill=False, edgecolor=colour, linewidth=2, linestyle=style))
        right.set_ylabel("")
        figure.suptitle(f"The unit may see {field[2]} × {field[2]} pixels and looks at the middle", x=0.01, ha="left")
    return with_alt(figure, f"A photograph and how strongly one unit depends on each of its pixels: a dark spot that fades to all sides. "
                            f"A full square of {field[2]} by {field[2]} pixels marks the computed field, a dashed one of {core[2]} by "
                            f"{core[2]} holds {percent(core[3])} of the squared gradient.")


def heat_maps(canvas, maps, title, columns=3):
    """A canvas and, below it, the probability of each class at each place.

    canvas    (H, W), ink 0..1
    maps      {class name: (OH, OW)}, 0..1
    returns   Figure
    """
    not_empty("maps", maps)
    canvas = finite("canvas", canvas, 2)
    rows = -(-len(maps) // columns)
    with house_style():
        figure = Picture(figsize=(WIDTH, 2.7 + 1.45 * rows))
        upper, lower = figure.subfigures(2, 1, squeeze=False, height_ratios=[2.5, 1.45 * rows])[:, 0]
        axis = upper.subplots()
        axis.imshow(1 - canvas, cmap="gray", vmin=0, vmax=1)
        axis.set(xlabel="column", ylabel="row")
        upper.suptitle(title, x=0.01, ha="left")
        for panel in (panels := lower.subplots(rows, columns, squeeze=False)).flat:
            panel.set(xticks=[], yticks=[])
            panel.spines[:].set_visible(False)
        for panel, (name, values) in zip(panels.flat, maps.items(), strict=False):
            panel.imshow(finite(name, values, 2), cmap="Blues", vmin=0, vmax=1)
            panel.add_patch(Rectangle((-0.5, -0.5), values.shape[1], values.shape[0], fill=False, edgecolor=GREY, linewidth=0.8))
            panel.set_title(name, fontsize=SMALL)
    peaks = {name: np.unravel_index(values.argmax(), values.shape) for name, values in maps.items()}
    words = "; ".join(f"{name}: highest {percent(round(float(maps[name][peak]), 3))} at row {peak[0]}, column {peak[1]}"
                      for name, peak in peaks.items())
    return with_alt(figure, f"{title}. A canvas of {canvas.shape[0]} by {canvas.shape[1]} pixels, below it a small map for each class. "
                            f"{words}.")
