"""Figures of chapter 3, convolution."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from convbook.figures import house_style
from convbook.shapes import conv_output_size

TAP, BACKGROUND, ZERO = "#0072B2", "#E8E8E8", "#FFFFFF"


def filter_gallery(image, maps, columns=3) -> Figure:
    """A grey photograph and what filters make of it.

    image    (H, W)               shown from black to white
    maps     {title: (OH, OW)}    a map with negative values is shown around grey: dark is negative, bright positive
    returns  Figure, one panel a picture, the photograph first
    """
    panels = {"the photograph": image, **maps}
    rows = -(-len(panels) // columns)
    with house_style():
        figure, axes = plt.subplots(rows, columns, figsize=(6.4, 2.4 * rows), squeeze=False)
        for ax in axes.flat:
            ax.axis("off")
        for ax, (title, values) in zip(axes.flat, panels.items(), strict=False):
            bound = np.abs(values).max() * 0.6                  # clipped a little: few pixels reach the extremes
            limits = (-bound, bound) if values.min() < 0 else (0, np.abs(values).max())
            ax.imshow(values, cmap="gray", vmin=limits[0], vmax=limits[1])
            ax.set_title(title)
    return figure


def number_grids(arrays, title="") -> Figure:
    """Small matrices side by side with their numbers written into them.

    arrays   {title: (rows, columns)}   numbers are written without trailing zeros
    returns  Figure; purple is positive, orange negative, the paler the nearer to zero, each matrix on its own scale
    """
    widths = [np.shape(values)[1] for values in arrays.values()]
    with house_style():
        figure, axes = plt.subplots(1, len(arrays), figsize=(6.4, 2.3), squeeze=False, width_ratios=widths)
        for ax, (name, values) in zip(axes[0], arrays.items(), strict=True):
            bound = 2 * np.abs(values).max()
            ax.imshow(values, cmap="PuOr", vmin=-bound, vmax=bound)
            for (row, column), value in np.ndenumerate(values):
                ax.text(column, row, f"{value:g}", ha="center", va="center")
            ax.set_title(name, fontsize=11)
            ax.set(xticks=[], yticks=[])
        figure.suptitle(title, x=0.02, ha="left")
    return figure


def places(settings) -> Figure:
    """Every place of a filter on a line of pixels, one row a place.

    settings  list of dicts with the arguments of conv_output_size (size, kernel_size, stride, padding, dilation)
    returns   Figure, one panel a setting; blue: pixels that the filter touches, white: padding zeros
    """
    with house_style():
        widest = max(setting["size"] + 2 * setting.get("padding", 0) for setting in settings)
        heights = [conv_output_size(**setting) for setting in settings]
        figure, axes = plt.subplots(len(settings), 1, figsize=(6.4, 0.27 * sum(heights) + 0.62 * len(settings)), squeeze=False,
                                    height_ratios=heights)
        for ax, setting, height in zip(axes[:, 0], settings, heights, strict=True):
            size, padding, dilation = setting["size"], setting.get("padding", 0), setting.get("dilation", 1)
            for place in range(height):
                first = place * setting.get("stride", 1) - padding
                taps = {first + dilation * k for k in range(setting["kernel_size"])}
                for pixel in range(-padding, size + padding):
                    inside = 0 <= pixel < size
                    colour = TAP if pixel in taps else BACKGROUND if inside else ZERO
                    ax.add_patch(Rectangle((pixel, place), 0.9, 0.8, facecolor=colour, edgecolor="#999999", linewidth=0.7,
                                           hatch=None if inside else "////", alpha=1 if inside or pixel not in taps else 0.55))
            ax.set(xlim=(-padding - 0.1, widest - padding), ylim=(height, -0.2), xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
            ax.set_title(_describe(setting, height), fontsize=11)
    return figure


def _describe(setting, height):
    extras = [f"{name} {setting[name]}" for name in ("stride", "padding", "dilation") if name in setting]
    extras = extras or ["nothing else"]
    return f"{setting['size']} pixels, filter of {setting['kernel_size']}, {', '.join(extras)}: {height} places"


def window_columns(image, columns) -> Figure:
    """A small image and the matrix of its windows, each pixel in the same shade and with the same number in both.

    image    (H, W)
    columns  (KH * KW, OH * OW)   one window a column
    returns  Figure with two panels
    """
    with house_style():
        figure, axes = plt.subplots(1, 2, figsize=(6.4, 3.6), width_ratios=[1, 1.25])
        for ax, values, title in [(axes[0], image, "the image"), (axes[1], columns, "its windows, one a column")]:
            ax.imshow(values, cmap="viridis", vmin=image.min(), vmax=image.max(), aspect="equal")
            for (row, column), value in np.ndenumerate(values):
                dark = value < (image.min() + image.max()) / 2
                ax.text(column, row, f"{value:g}", ha="center", va="center", color="white" if dark else "black", fontsize=10)
            ax.set(title=title, xticks=[], yticks=[])
        axes[1].set_xlabel("place of the filter")
        axes[1].set_ylabel("pixel of the filter")
    return figure


def shift_errors(differences, border) -> Figure:
    """How far a layer is from moving its output with its input.

    differences  {label: [relative difference at a shift of 0, 1, 2 ... pixels]}
    border       (OH, OW)   absolute difference of two padded maps that should be equal; below 1e-9 counts as equal and is left white
    returns      Figure with two panels, the second on a logarithmic scale
    """
    with house_style():
        figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.3), width_ratios=[1.35, 1])
        for (label, values), marker in zip(differences.items(), "os^D", strict=False):
            left.plot(range(len(values)), values, marker=marker, label=label)
        left.set(title="Stride s moves with shifts of s", xlabel="shift of the image (pixels)", ylabel="relative difference")
        highest = max(max(values) for values in differences.values())
        left.set_ylim(-0.05 * highest, 1.3 * highest)           # room for the legend
        left.legend(loc="upper center", ncols=len(differences), columnspacing=0.8, handlelength=1.2, handletextpad=0.3, fontsize=10)
        shown = right.imshow(np.ma.masked_less(border, 1e-9), cmap="viridis_r", norm=LogNorm(border.max() / 1e4, border.max()))
        right.set(title="Padding spoils a frame", xticks=[], yticks=[])
        right.spines[:].set_visible(True)
        figure.colorbar(shown, ax=right, label="difference", shrink=0.75)
    return figure
