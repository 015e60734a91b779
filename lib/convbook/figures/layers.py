"""Pictures of what happens from layer to layer: the size of gradients, the spread of activations."""
import numpy as np
from matplotlib.ticker import MaxNLocator, PercentFormatter

from convbook.figures._draw import (
    BLUE,
    ORANGE,
    SMALL,
    WIDTH,
    Picture,
    finite,
    house_style,
    label_ends,
    logarithmic,
    not_empty,
    number,
    percent,
    with_alt,
)

__all__ = ["activation_statistics", "gradient_histograms"]


def gradient_histograms(gradients, quantity="gradient"):
    """How large each layer's gradients are: one histogram of log |g| a layer, the first layer on top.

    gradients   {layer: array of any shape}, in the order of the net
    returns     Figure with one panel; a tick marks each median, entries that are exactly zero are counted at the right

    Raises ValueError if there are none, or if one is empty or not finite. Chapters 7 and 9.
    """
    not_empty("gradients", gradients)
    sizes = {name: np.abs(finite(f"the {quantity} of {name}", values)).ravel() for name, values in gradients.items()}
    powers = {name: np.log10(values[values > 0]) for name, values in sizes.items()}
    every = np.concatenate(list(powers.values()))
    if every.size == 0:
        raise ValueError(f"every {quantity} is exactly zero, a logarithmic picture has nothing to show")
    low, high = np.floor(np.quantile(every, 0.001)), np.ceil(every.max() + 1e-9)       # a few tiny entries must not squeeze the rest
    bins = np.linspace(low, high, 61)
    with house_style():
        figure = Picture(figsize=(WIDTH, 1.3 + 0.42 * len(sizes)))
        axis = figure.subplots()
        for row, (name, values) in enumerate(powers.items()):
            axis.axhline(row, color="#BBBBBB", linewidth=0.8)
            if values.size:
                heights = np.histogram(np.clip(values, low, high), bins)[0]
                axis.fill_between((bins[1:] + bins[:-1]) / 2, row - 0.8 * heights / heights.max(), row, color=BLUE, linewidth=0)
                axis.plot([np.median(values)] * 2, [row - 0.85, row + 0.08], color=ORANGE)
            zero = float(np.mean(sizes[name] == 0))
            if zero:
                axis.text(1.02, row, percent(zero), transform=axis.get_yaxis_transform(), va="center", fontsize=SMALL)
        if any(np.any(values == 0) for values in sizes.values()):
            axis.text(1.02, -1, "zeros", transform=axis.get_yaxis_transform(), va="center", fontsize=SMALL)
        axis.set(xlim=(low, high), ylim=(len(sizes) - 0.7, -1.1), yticks=range(len(sizes)), yticklabels=list(sizes),
                 xlabel=f"size of a {quantity} (orange: the median)")
        ticks = np.arange(low, high + 1, max(1, round((high - low) / 6)))
        axis.set_xticks(ticks, [f"$10^{{{int(tick)}}}$" for tick in ticks])
        axis.tick_params(axis="y", length=0)
        axis.spines.left.set_visible(False)
    medians = {name: 10 ** float(np.median(values)) if values.size else 0.0 for name, values in powers.items()}
    words = [f"{name} {number(median, 2)}" + (f" ({percent(float(np.mean(sizes[name] == 0)))} zero)" if np.any(sizes[name] == 0) else "")
             for name, median in medians.items()]
    return with_alt(figure, f"Histograms of the size of the {quantity} in {len(sizes)} layers, on a logarithmic scale. "
                            f"Medians of what is not zero: {', '.join(words)}.")


def activation_statistics(runs):
    """What happens to activations on their way through a net: their spread, and the share that is exactly zero, layer by layer.

    runs      {label: {layer: array of any shape}}   the same layers in every run, first layer first
    returns   Figure with a panel for the standard deviation (logarithmic if no spread is zero), and one for zeros if there are any

    Raises ValueError if there are none, if the layers differ, or if an array is empty or not finite. Chapter 9.
    """
    not_empty("runs", runs)
    layers = list(next(iter(runs.values())))
    not_empty("the layers of a run", layers)
    for label, run in runs.items():
        if list(run) != layers:
            raise ValueError(f"the layers of {label!r} are {list(run)}, those of the first run {layers}")
    arrays = {label: [finite(f"{name} of {label}", values) for name, values in run.items()] for label, run in runs.items()}
    spreads = {label: np.array([values.std() for values in run]) for label, run in arrays.items()}
    zeros = {label: np.array([np.mean(values == 0) for values in run]) for label, run in arrays.items()}
    panels = [("standard deviation", spreads)] + ([("share of zeros", zeros)] if any(share.any() for share in zeros.values()) else [])
    depth = np.arange(1, len(layers) + 1)
    with house_style():
        figure = Picture(figsize=(WIDTH, 0.6 + 2.4 * len(panels)))
        axes = figure.subplots(len(panels), 1, squeeze=False, sharex=True)[:, 0]
        labels = {}
        for axis, (title, table) in zip(axes, panels, strict=True):
            lines = [axis.plot(depth, values, marker="o", markersize=4)[0] for values in table.values()]
            labels[axis] = [(values[-1], label, line.get_color()) for (label, values), line in zip(table.items(), lines, strict=True)]
            axis.set_title(title)
        if all(values.min() > 0 for values in spreads.values()):
            logarithmic(axes[0])
        for axis in axes[1:]:
            axis.set_ylim(-0.05, 1.05)
            axis.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axes[-1].set_xlabel(f"layer, from {layers[0]} to {layers[-1]}" if len(layers) > 1 else layers[0])
        axes[-1].xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
        label_ends(figure, labels)
    words = [f"{label}: {number(values[0])} in {layers[0]}, {number(values[-1])} in {layers[-1]}"
             + (f", zeros {percent(zeros[label][0])} and {percent(zeros[label][-1])}" if len(panels) > 1 else "")
             for label, values in spreads.items()]
    return with_alt(figure, f"Activations through {len(layers)} layers. Standard deviation of {'; '.join(words)}.")
