"""The figures of chapter 16: accuracy against depth, the unravelled net, paths by length, blocks that are taken out."""
from itertools import product
from math import comb

import numpy as np
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator, PercentFormatter

from convbook.figures._draw import (
    BLUE,
    GREY,
    ORANGE,
    PALE,
    SMALL,
    WIDTH,
    Picture,
    finite,
    house_style,
    knot,
    not_empty,
    number,
    percent,
    series,
    sheet,
    wire,
    with_alt,
)

__all__ = ["against_depth", "lesions", "path_lengths", "unravelled"]

LOOKS = (("o", "-", ORANGE), ("s", "--", BLUE))


def against_depth(panels, title):
    """Accuracy of nets of growing depth, the lowest and highest run as a bar where there are several.

    panels    {what was measured: {kind of net: {layers: [accuracy of a run, ...]}}}, one or two kinds
    title     what one should see
    returns   Figure with a panel for each; lines go through the means

    Raises ValueError if there is nothing to draw.
    """
    not_empty("panels", panels)
    words = []
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.6))
        axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
        for axis, (measured, kinds) in zip(axes, panels.items(), strict=True):
            not_empty(measured, kinds)
            for (kind, runs), (marker, style, colour) in zip(kinds.items(), LOOKS, strict=False):
                depths = sorted(runs)
                values = [finite(f"{kind} {depth}", runs[depth], 1) for depth in depths]
                means = [float(v.mean()) for v in values]
                axis.plot(depths, means, marker=marker, linestyle=style, color=colour, label=kind)
                axis.vlines(depths, [v.min() for v in values], [v.max() for v in values], color=colour, linewidth=3, alpha=0.5)
                steps = ", ".join(f"{percent(mean)} with {depth} layers" for depth, mean in zip(depths, means, strict=True))
                words.append(f"{measured}, {kind}: {steps}")
            axis.set(title=measured, xlabel="layers", xticks=sorted({depth for runs in kinds.values() for depth in runs}))
            axis.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        handles, labels = axes[0].get_legend_handles_labels()
        figure.suptitle(title, x=0.01, ha="left")
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return with_alt(figure, f"{title}. {'. '.join(words)}.")


def unravelled(blocks):
    """A chain of residual blocks, and below it the same net as all its paths: a filled box is a branch that is gone through.

    blocks    1 to 4
    returns   Figure; the paths are in the order of their lengths

    Raises ValueError for another number of blocks.
    """
    if not 1 <= blocks <= 4:
        raise ValueError(f"from 1 to 4 blocks have paths that can be drawn, got {blocks}")
    choices = sorted(product((0, 1), repeat=blocks), key=sum)
    step, row, head = 4.6 / blocks, 0.34, 1.75
    with house_style():
        figure, axis = sheet(WIDTH, head + row * len(choices) + 0.1)
        axis.text(0.02, 0.18, f"{blocks} blocks are {len(choices)} paths", fontsize=13, ha="left", va="center")
        starts = [0.55 + step * k for k in range(blocks)]
        for k, x in enumerate(starts):
            wire(axis, [(x, 1.25), (x + step - 0.12, 1.25)])
            _arch(axis, x + 0.1, x + step, 1.13, 0.6)
            _branch(axis, x + step / 2, 1.25, f"$f_{k + 1}$")
            knot(axis, x + step, 1.25, "+", 0.12, GREY)
        wire(axis, [(starts[-1] + step + 0.12, 1.25), (starts[-1] + step + 0.45, 1.25)])
        axis.text(0.5, 1.25, "x", fontsize=SMALL, ha="right", va="center", style="italic")
        for line, choice in enumerate(choices):
            y = head + row * (line + 0.4)
            wire(axis, [(0.55, y), (starts[-1] + step, y)])
            for x, gone in zip(starts, choice, strict=True):
                if gone:
                    _branch(axis, x + step / 2, y, half=0.09)
            axis.text(starts[-1] + step + 0.1, y, f"length {sum(choice)}", fontsize=SMALL, ha="left", va="center")
    counted = series(f"{comb(blocks, k)} of length {k}" for k in range(blocks + 1))
    return with_alt(figure, f"A chain of {blocks} residual blocks, each a branch f with an arch around it and a sum behind it. Below, the "
                            f"{len(choices)} ways from the input to the output as lines with a box for each branch on the way: {counted}.")


def path_lengths(shares, title):
    """How many paths have each length, and how much of the gradient comes along them.

    shares    {label: (n + 1,)}   share of the gradient by length, from 0; all for the same n
    title     what one should see
    returns   Figure; grey bars are the share of the paths, which is binomial

    Raises ValueError if there are none, or if they differ in n.
    """
    not_empty("shares", shares)
    drawn = {label: finite(label, values, 1) for label, values in shares.items()}
    n = next(iter(drawn.values())).size - 1
    if any(values.size != n + 1 for values in drawn.values()):
        raise ValueError(f"all must have n + 1 shares, got {[values.size for values in drawn.values()]}")
    counts = np.array([comb(n, k) / 2**n for k in range(n + 1)])
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.6))
        axis = figure.subplots()
        axis.bar(range(n + 1), counts, color="#BBBBBB", label="paths")
        for (label, values), (marker, style, colour) in zip(drawn.items(), LOOKS, strict=False):
            axis.plot(range(n + 1), values, marker=marker, linestyle=style, color=colour, label=label)
        axis.set(xlabel="length of the path: branches gone through", ylabel="share")
        axis.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axis.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        figure.suptitle(title, x=0.01, ha="left")
        figure.legend(loc="outside lower center", ncols=3)
    lines = {"paths": counts} | drawn
    words = "; ".join(f"{label}: most, {percent(part.max())}, at length {int(np.argmax(part))}, "
                      f"mean length {number(part @ np.arange(n + 1))}" for label, part in lines.items())
    return with_alt(figure, f"{title}. Shares by the length of the path, from 0 to {n}. {words}.")


def lesions(nets, title):
    """Accuracy of trained nets after one block was taken out, each as a dot, and of the whole nets as lines.

    nets      {label: (accuracy of the whole net, [accuracy without a block, ...])}, one or two
    title     what one should see
    returns   Figure

    Raises ValueError if there are no nets.
    """
    not_empty("nets", nets)
    words = []
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.6))
        axis = figure.subplots()
        for (label, (whole, without)), (marker, style, colour) in zip(nets.items(), LOOKS, strict=False):
            without = finite(label, without, 1)
            axis.axhline(whole, color=colour, linestyle=style, linewidth=1.2)
            axis.plot(range(1, without.size + 1), without, marker=marker, linestyle="none", markersize=7, color=colour, label=label)
            words.append(f"{label}, whole {percent(whole)}, without a block {', '.join(percent(v) for v in without)}")
        axis.set(xlabel="which block was taken out, from the input", ylabel="right, new digits", ylim=(0, 1.03))
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        figure.suptitle(title, x=0.01, ha="left")
        figure.legend(loc="outside lower center", ncols=2)
    return with_alt(figure, f"{title}. {'; '.join(words)}. The lines are the whole nets.")


def _branch(axis, x, y, text="", half=0.17):
    axis.add_patch(FancyBboxPatch((x - 1.6 * half, y - half), 3.2 * half, 2 * half, boxstyle="round,pad=0,rounding_size=0.04",
                                  facecolor=PALE if text else BLUE, edgecolor=GREY, linewidth=1.0, zorder=3))
    axis.text(x, y, text, fontsize=SMALL, ha="center", va="center", zorder=4)


def _arch(axis, left, right, y, top):
    """The shortcut: up, along and down to the sum."""
    path = Path([(left, 1.25), (left, top), (right, top), (right, y)], [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO])
    axis.add_patch(PathPatch(path, facecolor="none", edgecolor=ORANGE, linewidth=1.8, joinstyle="round", zorder=2))
