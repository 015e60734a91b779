"""The figures of chapter 3: what filters make of a photograph, sums of products, the places of a filter, shifts and borders."""
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle

from convbook.figures._draw import BLUE, PALE, SMALL, STYLES, WIDTH, Picture, house_style, in_rows, number, percent, series, with_alt
from convbook.shapes import conv_output_size

__all__ = ["filter_gallery", "number_grids", "places", "shift_errors", "window_columns"]

EQUAL = 1e-9                                            # differences below this are rounding


def filter_gallery(image, maps, columns=3, what="a photograph"):
    """A grey photograph and what filters make of it.

    image    (H, W)               shown from black to white
    maps     {title: (OH, OW)}    a map with negative values is shown around grey: dark is negative, bright positive
    what     what the photograph shows, for those who cannot see it
    returns  Figure, one panel a picture, the photograph first
    """
    panels = {"the photograph": image, **maps}
    rows, words = -(-len(panels) // columns), []
    with house_style():
        figure = Picture(figsize=(WIDTH, 2.4 * rows))
        axes = figure.subplots(rows, columns, squeeze=False)
        for ax in axes.flat:
            ax.axis("off")
        for ax, (title, values) in zip(axes.flat, panels.items(), strict=False):
            signed, largest = values.min() < 0, np.abs(values).max()
            bound = largest * 0.6                               # clipped a little: few pixels reach the extremes
            ax.imshow(values, cmap="gray", vmin=-bound if signed else 0, vmax=bound if signed else largest)
            ax.set_title(title)
            near = f", around grey; {percent(round((np.abs(values) < 0.1 * largest).mean(), 2))} of it is nearly the grey of zero"
            words.append(f"{title}, from {number(values.min(), 2)} to {number(values.max(), 2)}{near if signed else ''}")
    return with_alt(figure, f"The photograph ({what}), and {len(maps)} pictures that filters make of it. Their values: {'; '.join(words)}.")


def number_grids(arrays, title=""):
    """Small matrices side by side with their numbers written into them.

    arrays   {title: (rows, columns)}
    returns  Figure; purple is positive, orange negative, the paler the nearer to zero, each matrix on its own scale
    """
    widths = [np.shape(values)[1] for values in arrays.values()]
    with house_style():
        figure = Picture(figsize=(WIDTH, 2.3))
        axes = figure.subplots(1, len(arrays), squeeze=False, width_ratios=widths)[0]
        for ax, (name, values) in zip(axes, arrays.items(), strict=True):
            bound = 2 * np.abs(values).max()
            ax.imshow(values, cmap="PuOr", vmin=-bound, vmax=bound)
            _write(ax, values)
            ax.set_title(name, fontsize=SMALL)
            ax.set(xticks=[], yticks=[])
        figure.suptitle(title, x=0.02, ha="left")
    words = "; ".join(f"{name}: {in_rows(values)}" for name, values in arrays.items())
    return with_alt(figure, f"{title}. Grids of numbers, row by row. {words}.")


def places(settings):
    """Every place of a filter on a line of pixels, one row a place.

    settings  list of dicts with the arguments of conv_output_size (size, kernel_size, stride, padding, dilation)
    returns   Figure, one panel a setting; blue: pixels that the filter touches, white: padding zeros
    """
    widest = max(setting["size"] + 2 * setting.get("padding", 0) for setting in settings)
    heights = [conv_output_size(**setting) for setting in settings]
    words = []
    with house_style():
        figure = Picture(figsize=(WIDTH, 0.27 * sum(heights) + 0.62 * len(settings)))
        axes = figure.subplots(len(settings), 1, squeeze=False, height_ratios=heights)[:, 0]
        for ax, setting, height in zip(axes, settings, heights, strict=True):
            size, padding, dilation = setting["size"], setting.get("padding", 0), setting.get("dilation", 1)
            starts = [place * setting.get("stride", 1) - padding for place in range(height)]
            touched = [[start + dilation * k for k in range(setting["kernel_size"])] for start in starts]
            for place, taps in enumerate(touched):
                for pixel in range(-padding, size + padding):
                    inside = 0 <= pixel < size
                    colour = BLUE if pixel in taps else PALE if inside else "#FFFFFF"
                    ax.add_patch(Rectangle((pixel, place), 0.9, 0.8, facecolor=colour, edgecolor="#999999", linewidth=0.7,
                                           hatch=None if inside else "////", alpha=1 if inside or pixel not in taps else 0.55))
            ax.set(xlim=(-padding - 0.1, widest - padding), ylim=(height, -0.2), xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
            title = _describe(setting, height)
            ax.set_title(title, fontsize=SMALL)
            missed = sorted(set(range(size)).difference(*touched))
            words.append(f"{title}, the first on {_listed(touched[0])}, the last on {_listed(touched[-1])}"
                         + (f"; never touched: {_listed(missed)}" if missed else ""))
    return with_alt(figure, f"Lines of pixels, numbered from 0, with a row for every place of the filter. {'. '.join(words)}.")


def _describe(setting, height):
    extras = [f"{name} {setting[name]}" for name in ("stride", "padding", "dilation") if name in setting] or ["nothing else"]
    return f"{setting['size']} pixels, filter of {setting['kernel_size']}, {', '.join(extras)}: {height} place{'s' * (height != 1)}"


def _listed(pixels):
    return series(number(pixel) for pixel in pixels)


def window_columns(image, columns):
    """A small image and the matrix of its windows, each pixel in the same shade and with the same number in both.

    image    (H, W)
    columns  (KH * KW, OH * OW)   one window a column
    returns  Figure with two panels
    """
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.6))
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.25])
        for ax, values, title in [(left, image, "the image"), (right, columns, "its windows, one a column")]:
            ax.imshow(values, cmap="viridis", vmin=image.min(), vmax=image.max(), aspect="equal")
            _write(ax, values, dark_below=(image.min() + image.max()) / 2)
            ax.set(title=title, xticks=[], yticks=[])
        right.set(xlabel="place of the filter", ylabel="pixel of the filter")
    return with_alt(figure, f"The image, row by row: {in_rows(image)}. Beside it its windows as a matrix of {columns.shape[0]} rows and "
                            f"{columns.shape[1]} columns; the columns, from left to right: {in_rows(columns.T)}.")


def _write(ax, values, dark_below=-np.inf):
    """The numbers of a matrix in their squares, white on those below `dark_below`."""
    for (row, column), value in np.ndenumerate(values):
        ax.text(column, row, number(value), ha="center", va="center", color="white" if value < dark_below else "black", fontsize=SMALL)


def shift_errors(differences, border):
    """How far a layer is from moving its output with its input.

    differences  {label: [relative difference at a shift of 0, 1, 2 ... pixels]}
    border       (OH, OW)   absolute difference of two padded maps that should be equal; below 1e-9 counts as equal and is left white
    returns      Figure with two panels, the second on a logarithmic scale
    """
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.5))
        left, right = figure.subplots(1, 2, width_ratios=[1.35, 1])
        for (label, values), marker, style in zip(differences.items(), "os^D", STYLES, strict=False):
            left.plot(range(len(values)), values, marker=marker, linestyle=style, label=label)
        left.set(title="Stride s moves with shifts of s", xlabel="shift of the image (pixels)", ylabel="relative difference")
        figure.legend(loc="outside lower left", ncols=len(differences))
        shown = right.imshow(np.ma.masked_less(border, EQUAL), cmap="viridis_r", norm=LogNorm(border.max() / 1e4, border.max()))
        right.set(title="Padding spoils a frame", xticks=[], yticks=[])
        right.spines[:].set_visible(True)
        figure.colorbar(shown, ax=right, label="difference", shrink=0.75)
    words = "; ".join(f"{label}: {', '.join(number(round(value, 2)) for value in values)}" for label, values in differences.items())
    wrong = border >= EQUAL
    frame = ""
    if not wrong.all():
        (top, first), (bottom, last) = np.argwhere(~wrong).min(axis=0), np.argwhere(~wrong).max(axis=0)
        frame = f", all equal ones in rows {top} to {bottom} and columns {first} to {last}"
    return with_alt(figure, f"Left: relative difference against the shift of the image, from 0 pixels on: {words}. Right: where two "
                            f"maps of {border.shape[0]} × {border.shape[1]} values differ after padded layers, on a logarithmic scale: "
                            f"{percent(round(wrong.mean(), 2))} of the values, by at most {number(border.max(), 2)}{frame}.")
