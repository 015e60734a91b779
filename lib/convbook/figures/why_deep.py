"""The figures of chapter 1: templates, accuracy against a shift, and the linear pieces of ReLU nets; and how those are counted."""
from itertools import pairwise

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Circle, FancyBboxPatch

from convbook.figures._draw import (
    BLUE,
    GREY,
    ORANGE,
    SMALL,
    STYLES,
    WIDTH,
    Picture,
    finite,
    house_style,
    label_ends,
    number,
    percent,
    series,
    sheet,
    wire,
    with_alt,
)

__all__ = ["forward", "interpolation", "linear_pieces", "paradigms", "patterns", "regions", "sawteeth", "shift_curves", "templates",
           "two_nets", "zigzag"]


def forward(layers, x):
    """A ReLU net: every layer but the last is followed by a ReLU.

    layers   [(weight (O, I), bias (O,)), ...]
    x        (N, I)
    returns  (N, outputs of the last layer)
    """
    for weight, bias in layers[:-1]:
        x = np.maximum(x @ weight.T + bias, 0)
    weight, bias = layers[-1]
    return x @ weight.T + bias


def zigzag(widths):
    """A ReLU net that folds [0, 1]: w units lay w linear pieces over each before.

    widths   units of each hidden layer
    returns  [(weight, bias), ...] with one input and one output
    """
    layers, read = [], np.ones((1, 1))
    for w in widths:
        layers.append((np.ones((w, 1)) @ read, -np.arange(w) / w))
        read = w * np.array([[1.0] + [2.0 * (-1) ** k for k in range(1, w)]])
    return [*layers, (read, np.zeros(1))]


def linear_pieces(layers, start, end):
    """Where a ReLU net bends on the way from start to end, exactly.

    layers   as for forward, one output
    start, end   (I,)
    returns  t (K + 1,) from 0 to 1, and the output there (K + 1,): K linear pieces
    """
    t = np.array([0.0, 1.0])
    units = np.array([start, end], dtype=float)             # (places, units)
    for weight, bias in layers[:-1]:
        units = units @ weight.T + bias
        left, right = units[:-1], units[1:]
        k, j = np.nonzero(left * right < 0)             # unit j bends inside piece k
        bends = t[k] + (t[k + 1] - t[k]) * left[k, j] / (left[k, j] - right[k, j])
        finer = np.unique(np.concatenate([t, bends]).round(12))
        units = np.stack([np.interp(finer, t, unit) for unit in units.T], axis=1)
        t, units = finer, np.maximum(units, 0)
    weight, bias = layers[-1]
    y = (units @ weight.T + bias)[:, 0]
    slopes = np.diff(y) / np.diff(t)
    bent = np.abs(np.diff(slopes)) > 1e-7 * np.abs(slopes).max()   # some cancel
    kept = np.concatenate([[True], bent, [True]])
    return t[kept], y[kept]


def patterns(layers, x):
    """Which units of a ReLU net are on: points of the same number have the same pattern, and between them the net is linear.

    layers   as for forward
    x        (N, I)
    returns  (N,)   whole numbers from 0, one for each pattern
    """
    numbers = np.zeros(len(x), dtype=np.int64)
    for weight, bias in layers[:-1]:
        x = np.maximum(x @ weight.T + bias, 0)
        for unit in x.T:
            numbers = np.unique(2 * numbers + (unit > 0), return_inverse=True)[1]
    return numbers


def templates(weight, before, after, scores, classes):
    """The templates of a linear classifier as images, and one digit before and after a shift with its scores.

    weight   (K, H, W)        one template a class
    before, after   (H, W)    images, ink in 0 ... 1
    scores   two arrays (K,)  of these images
    classes  (true, guess before, guess after)
    returns  Figure; blue: ink here speaks for the class, orange: against it
    """
    weight, scores = finite("weight", weight, 3), finite("scores", scores, 2)
    true, guess, wrong = classes
    largest = np.abs(weight).max()
    with house_style():
        figure = Picture(figsize=(WIDTH, 6.6))
        above, below = figure.subfigures(2, 1, height_ratios=[1.05, 1], squeeze=False)[:, 0]
        for k, axis in enumerate(above.subplots(2, 5).flat):
            axis.imshow(weight[k], cmap="PuOr", vmin=-largest, vmax=largest)
            axis.set_title(str(k), loc="center", pad=3)
            axis.axis("off")
        above.suptitle("Ten templates: blue ink counts for, orange against", x=0.01, ha="left", fontsize=13)
        panels = below.subplots(1, 4, width_ratios=[1, 1.15, 1, 1.15])
        for image, values, said, axes in ((before, scores[0], guess, panels[:2]), (after, scores[1], wrong, panels[2:])):
            axes[0].imshow(image, cmap="gray_r", vmin=0, vmax=1)
            axes[0].set(xticks=[], yticks=[])
            axes[0].set_title(f"taken for {said}", loc="center")
            axes[1].barh(range(len(values)), values, color=[ORANGE if k == said else "#BBBBBB" for k in range(len(values))])
            axes[1].set(yticks=range(len(values)), ylim=(len(values) - 0.5, -0.5))
            axes[1].set_xlabel("score")
            axes[1].axvline(0, color=GREY, linewidth=0.8)
        below.suptitle("A digit, and the same digit moved", x=0.01, ha="left", fontsize=13)
    return with_alt(figure, f"Ten images of 28 by 28 weights, one for each digit; in that of the 0 the middle is orange with a blue ring. "
                            f"Below, a {true} and its ten scores: the largest, {number(scores[0][guess])}, is that of {guess}. "
                            f"The same {true} moved: the largest score, {number(scores[1][wrong])}, is that of {wrong}, "
                            f"while {true} has {number(scores[1][true])}.")


def shift_curves(shifts, curves, guess=None):
    """Share of right answers against how far the test images were moved, each curve named at its end.

    shifts   (K,)           pixels
    curves   {name: (K,)}   shares in 0 ... 1
    guess    share that blind guessing gets, drawn as a dotted line, or None
    returns  Figure
    """
    shifts = finite("shifts", shifts, 1)
    drawn = {name: finite(name, values, 1) for name, values in curves.items()}
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.9))
        axis = figure.subplots()
        lines = [axis.plot(shifts, values, marker=mark, markersize=4, linestyle=style)[0]
                 for values, mark, style in zip(drawn.values(), "osv^D", STYLES * 2, strict=False)]
        if guess is not None:
            axis.axhline(guess, color="#999999", linestyle=":", linewidth=1.2, zorder=0)
        axis.set(ylim=(0, 1), xlabel="shift of the test images, pixels", title="Share of right answers")
        axis.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        label_ends(figure, {axis: [(y[-1], name, line.get_color()) for line, (name, y) in zip(lines, drawn.items(), strict=True)]})
    middle = int(np.argmin(np.abs(shifts)))
    words = [f"{name} {percent(values[middle])} at {number(shifts[middle])}, {percent(values[0])} at {number(shifts[0])}, "
             f"{percent(values[-1])} at {number(shifts[-1])}" for name, values in drawn.items()]
    return with_alt(figure, f"Share of right answers against the shift in pixels. {'; '.join(words)}.")


HOW = ("by hand", "learned")
PARADIGMS = {
    "rules": [("rules", False)],
    "hand-made\nfeatures": [("features", False), ("classifier", True)],
    "learned\nfeatures": [("features", True), ("classifier", True)],
    "deep\nlearning": [("edges", True), ("parts", True), ("objects", True), ("classifier", True)],
}


def paradigms(ways=PARADIGMS):
    """Ways from pixels to an answer: what people write by hand and what is learned from examples.

    ways     {name: [(step, learned), ...]}   from the image to the answer
    returns  Figure; learned steps are filled, others have a dashed frame
    """
    longest = max(map(len, ways.values()))
    pitch, high = 0.62, 0.36
    column = WIDTH / len(ways)
    with house_style():
        figure, axis = sheet(WIDTH, 1.15 + pitch * (longest + 2))
        axis.text(0.02, 0.15, "From pixels to an answer: filled steps are learned", fontsize=13, ha="left", va="center")
        for k, (name, steps) in enumerate(ways.items()):
            x = column * (k + 0.5)
            axis.text(x, 0.62, name, ha="center", va="center", fontsize=12)
            bottom = 1.25 + pitch * (longest + 1)
            places = np.linspace(bottom, 1.25, len(steps) + 2)
            for y, text in zip(places[[0, -1]], ("image", "answer"), strict=True):
                axis.text(x, y, text, ha="center", va="center", fontsize=SMALL)
            for low, up in pairwise(places):
                wire(axis, [(x, low - high / 2), (x, up + high / 2)])
            for y, (text, learned) in zip(places[1:-1], steps, strict=True):
                axis.add_patch(FancyBboxPatch((x - 0.55, y - high / 2), 1.1, high, boxstyle="round,pad=0,rounding_size=0.08",
                                              facecolor="#CFE3F1" if learned else "white", edgecolor=BLUE if learned else GREY,
                                              linestyle="-" if learned else "--", linewidth=1.3, zorder=3))
                axis.text(x, y, text, ha="center", va="center", fontsize=SMALL, zorder=4)
    words = [name.replace("\n", " ") + ": " + series(f"{step} ({HOW[learned]})" for step, learned in steps) for name, steps in ways.items()]
    return with_alt(figure, f"Four columns, each a way from the image up to the answer. {'; '.join(words)}.")


def interpolation(x, f, knots, layers):
    """A function, its interpolation by one layer of ReLUs, and the ramps that are added up.

    x, f     (K,)      where, and the function there
    knots    (n + 1,)  the points that are met
    layers   one hidden layer of n units and the output, as for forward
    returns  Figure with two panels
    """
    (weight, bias), (read, constant) = layers
    ramps = read[0] * np.maximum(x[:, None] @ weight.T + bias, 0)
    p = ramps.sum(axis=1) + constant[0]
    with house_style():
        figure = Picture(figsize=(WIDTH, 4.9))
        above, below = figure.subplots(2, 1, sharex=True)
        above.plot(x, f, color="#999999", linewidth=4, label="function")
        above.plot(x, p, color=BLUE, label=f"{len(weight)} ReLUs and a constant")
        above.plot(knots, np.interp(knots, x, p), "o", color=BLUE, markersize=5)
        above.set_title("One layer meets the function at every knot ...")
        above.legend()
        for ramp in ramps.T:
            below.plot(x, ramp, color=ORANGE, linewidth=1.3)
        below.axhline(constant[0], color=GREY, linewidth=1.3, linestyle="--")
        below.set_title("... as a sum of ramps, each with one bend")
        below.set_xlabel("x")
    worst = float(np.abs(f - p).max())
    return with_alt(figure, f"Top: a curve and a polygon of {len(knots) - 1} pieces that meets it at {len(knots)} knots; they are at most "
                            f"{number(worst, 2)} apart. Bottom: the {len(weight)} ramps and the constant whose sum is the polygon.")


def sawteeth(depths):
    """The tent folded into itself: one panel for each number of layers of two units, with the pieces counted.

    returns  Figure
    """
    counts = []
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.6))
        axes = figure.subplots(2, (len(depths) + 1) // 2, sharex=True, sharey=True, squeeze=False).flat
        for axis, depth in zip(axes, depths, strict=False):
            t, y = linear_pieces(zigzag([2] * depth), [0], [1])
            counts.append(len(t) - 1)
            axis.plot(t, y)
            axis.set_title(f"{2 * depth} units, {counts[-1]} pieces", fontsize=SMALL)
            axis.set(xticks=[0, 0.5, 1], yticks=[0, 1])
    words = series(f"{count} pieces from {2 * depth} units" for depth, count in zip(depths, counts, strict=True))
    return with_alt(figure, f"Sawteeth on 0 to 1 between 0 and 1; every layer of two units doubles them: {words}.")


def regions(nets, reach, resolution=500):
    """The square [-reach, reach]^2 cut into the regions where a ReLU net is linear, one panel a net.

    nets     {name: layers} with two inputs
    returns  Figure; a colour is one pattern of units that are on, counted on a grid of points
    """
    side = np.linspace(-reach, reach, resolution)
    points = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    shades = ListedColormap(np.random.default_rng(3).uniform(0.35, 0.97, (512, 3)))
    counts = []
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.7))
        for axis, (name, layers) in zip(figure.subplots(1, len(nets), squeeze=False).flat, nets.items(), strict=True):
            on = patterns(layers, points)
            counts.append(int(on.max()) + 1)
            axis.imshow(on.reshape(resolution, resolution) % 512, cmap=shades, vmin=0, vmax=511, origin="lower",
                        extent=(-reach, reach, -reach, reach), interpolation="nearest")
            axis.set_title(f"{name}:\n{counts[-1]} regions", fontsize=12)
            axis.set(xlabel="first input", xticks=[-reach, 0, reach], yticks=[-reach, 0, reach])
        figure.axes[0].set_ylabel("second input")
    words = series(f"{name}: {count} regions" for name, count in zip(nets, counts, strict=True))
    return with_alt(figure, f"Squares cut by straight and bent lines into patches of one colour each. {words}.")


def two_nets(inputs):
    """A net in the shape of a binary tree beside a net of one wide layer.

    inputs   a power of two
    returns  Figure
    """
    with house_style():
        figure, axis = sheet(WIDTH, 3.5)
        levels = [list(np.linspace(0.25, 2.85, inputs))]
        while len(levels[-1]) > 1:
            levels.append([(left + right) / 2 for left, right in zip(levels[-1][::2], levels[-1][1::2], strict=True)])
        heights = np.linspace(3.2, 0.8, len(levels))
        for below, above, low, high in zip(levels, levels[1:], heights, heights[1:], strict=False):
            for k, x in enumerate(below):
                wire(axis, [(x, low), (above[k // 2], high)], head=False)
        shallow, entries = np.linspace(3.65, 6.15, 2 * inputs), np.linspace(3.75, 6.05, inputs)
        for x in shallow:
            wire(axis, [(x, 2.0), (4.9, 0.8)], head=False, width=0.7)
            for entry in entries:
                wire(axis, [(entry, 3.2), (x, 2.0)], head=False, width=0.3)
        nodes = [(x, y, False) for level, y in zip(levels[1:], heights[1:], strict=True) for x in level]
        for x, y, small in [*nodes, *((x, 2.0, True) for x in shallow), (4.9, 0.8, True)]:
            axis.add_patch(Circle((x, y), 0.06 if small else 0.13, facecolor="#CFE3F1", edgecolor=BLUE, zorder=3))
        for x in [*levels[0], *entries]:
            axis.add_patch(Circle((x, 3.2), 0.05, facecolor=GREY, edgecolor=GREY, zorder=3))
        axis.text(1.55, 0.25, "deep: each node\nlooks at two numbers", ha="center", va="center", fontsize=12)
        axis.text(4.9, 0.25, "shallow: each unit\nlooks at all inputs", ha="center", va="center", fontsize=12)
    return with_alt(figure, f"Left: a binary tree, {inputs} inputs at the bottom, then {series(str(len(level)) for level in levels[1:])} "
                            f"nodes, each joined to two below. Right: {inputs} inputs, all joined to each unit of one wide layer, "
                            f"and these to one output.")
