"""The figures of chapter 2: who sees what, the same as matrices, shuffled images, neighbours and places, accuracy against data."""
import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullLocator, PercentFormatter

from convbook.figures._draw import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    SMALL,
    STYLES,
    WIDTH,
    Picture,
    finite,
    house_style,
    label_ends,
    not_empty,
    number,
    percent,
    with_alt,
)

__all__ = ["accuracy_against_samples", "correlation_against_distance", "matrices", "places", "shuffled", "wiring"]

TAPS = [BLUE, ORANGE, GREEN, GREY]
KINDS = ("dense", "local", "shared")


def wiring(pixels, window):
    """Three layers between the same pixels and the same units: dense, locally connected, shared.

    pixels   on a line, at least window
    window   1 ... 4 pixels
    returns  Figure with three panels, units above pixels; in the third, lines of one weight have one colour and style

    Raises ValueError if the window does not fit or has more than 4 pixels. Chapter 2.
    """
    units = _units(pixels, window)
    lines = {"dense": pixels * units, "local": window * units, "shared": window}
    words = {"dense": f"dense: each unit sees all pixels, {lines['dense']} weights",
             "local": f"locally connected: each sees its window, {lines['local']} weights",
             "shared": f"shared: every window has the same weights, {lines['shared']} weights"}
    with house_style():
        figure = Picture(figsize=(WIDTH, 5.4))
        for axis, kind in zip(figure.subplots(3, 1), KINDS, strict=True):
            shift = (pixels - units) / 2
            for unit in range(units):
                for pixel in range(pixels) if kind == "dense" else range(unit, unit + window):
                    colour, style = (TAPS[pixel - unit], STYLES[pixel - unit]) if kind == "shared" else ("#888888", "-")
                    width = 2 if kind == "shared" else 1.2
                    axis.plot([pixel, unit + shift], [0, 1], color=colour, linestyle=style, linewidth=width, zorder=1)
            axis.plot(np.arange(units) + shift, np.ones(units), "o", color="black", markersize=13, zorder=2)
            axis.plot(np.arange(pixels), np.zeros(pixels), "s", color="black", markersize=12, markerfacecolor="white", zorder=2)
            axis.set(xlim=(-1.6, pixels - 0.4), ylim=(-0.35, 1.35), title=words[kind])
            axis.text(-1.6, 1, "units", va="center", fontsize=SMALL)
            axis.text(-1.6, 0, "pixels", va="center", fontsize=SMALL)
            axis.axis("off")
    return with_alt(figure, f"Three drawings of {pixels} pixels below {units} units. Dense: a line from every pixel to every unit, "
                            f"{lines['dense']} lines. Locally connected: each unit has lines to {window} neighbouring pixels only, "
                            f"{lines['local']} lines. Shared: the same lines, in {window} colours; the line to the first pixel of a window "
                            "has the same colour in every window, and so have the others.")


def matrices(pixels, window):
    """The same three layers as matrices: a row for each unit, a column for each pixel, equal letters for equal weights.

    pixels, window   as in wiring
    returns          Figure with three panels; a zero leaves its square empty

    Raises ValueError as wiring does. Chapter 2.
    """
    units = _units(pixels, window)
    titles = {"dense": "dense", "local": "locally connected", "shared": "shared"}
    with house_style():
        figure = Picture(figsize=(WIDTH, 2.3))
        for axis, kind in zip(figure.subplots(1, 3), KINDS, strict=True):
            for unit, pixel in np.ndindex(units, pixels):
                tap = pixel - unit
                full = kind == "dense" or 0 <= tap < window
                colour = TAPS[tap] + "40" if kind == "shared" and full else PALE if full else "white"
                axis.add_patch(Rectangle((pixel - 0.5, unit - 0.5), 1, 1, facecolor=colour, edgecolor="#999999", linewidth=0.7))
                if full and kind != "dense":
                    letter = "abcd"[tap]
                    axis.text(pixel, unit, letter if kind == "shared" else f"${letter}_{unit}$", ha="center", va="center", fontsize=SMALL)
            axis.set(xlim=(-0.6, pixels - 0.4), ylim=(units - 0.4, -0.6), aspect="equal", xticks=[], yticks=[], title=titles[kind],
                     xlabel="pixel")
            axis.spines[:].set_visible(False)
            if kind == "dense":
                axis.set_ylabel("unit")
    return with_alt(figure, f"Three matrices with {units} rows, the units, and {pixels} columns, the pixels. Dense: all {pixels * units} "
                            f"squares are full. Locally connected: a band of {window} squares a row, each row one pixel further to the "
                            f"right, with letters that carry the row's number. Shared: the same band with the letters "
                            f"{', '.join('abcd'[:window])} in every row, so that equal letters lie on diagonals.")


def shuffled(images, names):
    """Images, and the same images with their pixels in one other order.

    images   {row title: (K, H, W)}   the same pictures in every row
    names    K words, written above the first row
    returns  Figure, a row of panels for each entry

    Raises ValueError if rows differ in shape or there is not one name a picture. Chapter 2.
    """
    not_empty("images", images)
    rows = {title: finite(title, pictures, 3) for title, pictures in images.items()}
    shapes = {pictures.shape for pictures in rows.values()}
    if len(shapes) > 1 or len(names) != next(iter(shapes))[0]:
        raise ValueError(f"every row must hold one picture a name, {len(names)}, of one size; got the shapes {sorted(shapes)}")
    with house_style():
        figure = Picture(figsize=(WIDTH, 1.45 * len(rows) + 0.2))
        grid = figure.subplots(len(rows), len(names), squeeze=False)
        for axes, (title, pictures) in zip(grid, rows.items(), strict=True):
            for axis, picture in zip(axes, pictures, strict=True):
                axis.imshow(picture, cmap="gray", vmin=pictures.min(), vmax=pictures.max())
                axis.set(xticks=[], yticks=[])
            axes[0].set_ylabel(title)
        for axis, name in zip(grid[0], names, strict=True):
            axis.set_title(name)
    return with_alt(figure, f"{len(names)} pictures in {len(rows)} rows: {', '.join(rows)}. The pictures are {', '.join(names)}; in the "
                            "shuffled row they are grains without any shape.")


def correlation_against_distance(distances, correlations):
    """How alike two pixels are, against how far apart they are.

    distances      (K,)            pixels
    correlations   {label: (K,)}   -1 ... 1
    returns        Figure with one panel

    Raises ValueError if there are no lines or a length differs. Chapter 2.
    """
    not_empty("correlations", correlations)
    distances = finite("distances", distances, 1)
    lines = {label: finite(label, values, 1) for label, values in correlations.items()}
    for label, values in lines.items():
        if values.shape != distances.shape:
            raise ValueError(f"{label} has {values.size} correlations for {distances.size} distances")
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.8))
        axis = figure.subplots()
        axis.axhline(0, color="#999999", linewidth=0.8)
        drawn = [axis.plot(distances, values, marker="o", markersize=4, linestyle=STYLES[k % 4])[0]
                 for k, values in enumerate(lines.values())]
        axis.set_xscale("log", base=2)
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.xaxis.set_minor_locator(NullLocator())
        axis.set(xlabel="distance (pixels)", ylabel="correlation", title="Neighbours are alike, until the pixels are shuffled")
        ends = [(values[-1], label, line.get_color()) for (label, values), line in zip(lines.items(), drawn, strict=True)]
        label_ends(figure, {axis: ends})
    words = [f"{label}: {number(values[0], 2)} at distance {number(distances[0])}, {number(values[-1], 2)} at {number(distances[-1])}"
             for label, values in lines.items()]
    return with_alt(figure, f"Correlation of two pixels of a row against their distance. {'; '.join(words)}.")


def places(maps):
    """A number for every place of a picture, side by side.

    maps     {title: (H, W)}   not negative; each is shown from 0, black, to its largest value
    returns  Figure, one panel a map; the range of the values stands below

    Raises ValueError if there are no maps or a value is negative. Chapter 2.
    """
    not_empty("maps", maps)
    drawn = {title: finite(title, values, 2) for title, values in maps.items()}
    if min(values.min() for values in drawn.values()) < 0:
        raise ValueError("a map of spreads must not be negative")
    with house_style():
        figure = Picture(figsize=(WIDTH, 2.9))
        for axis, (title, values) in zip(figure.subplots(1, len(drawn), squeeze=False)[0], drawn.items(), strict=True):
            axis.imshow(values, cmap="viridis", vmin=0, vmax=values.max())
            axis.set(xticks=[], yticks=[], title=title)
            axis.set_xlabel(f"{number(values.min(), 2)} to {number(values.max(), 2)}")
    words = [f"{title}: from {number(values.min(), 2)} to {number(values.max(), 2)}" for title, values in drawn.items()]
    return with_alt(figure, f"{len(drawn)} maps, a value at every place. {'; '.join(words)}.")


def accuracy_against_samples(samples, accuracies):
    """How many images a net needs: accuracy on test images against the number of training images.

    samples      (K,)                                   training images
    accuracies   {panel title: {label: (S, K)}}         S runs a line; the line is their mean, dots are the runs
    returns      Figure, one panel a data set

    Raises ValueError if there are no panels or a shape does not fit. Chapter 2.
    """
    not_empty("accuracies", accuracies)
    samples = finite("samples", samples, 1)
    words: list[str] = []
    ends: dict = {}
    with house_style():
        figure = Picture(figsize=(WIDTH, 2.8 * len(accuracies) + 0.4))
        axes = figure.subplots(len(accuracies), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
        for axis, (title, lines) in zip(axes, accuracies.items(), strict=True):
            ends[axis] = []
            for k, (label, runs) in enumerate(lines.items()):
                runs = finite(label, runs, 2)
                if runs.shape[1] != samples.size:
                    raise ValueError(f"{label} has {runs.shape[1]} accuracies a run for {samples.size} numbers of images")
                mean = runs.mean(0)
                line, = axis.plot(samples, mean, linestyle=STYLES[k % 4])
                axis.plot(np.tile(samples, len(runs)), runs.ravel(), "osv^"[k % 4], color=line.get_color(), markersize=4)
                ends[axis].append((mean[-1], label, line.get_color()))
                words.append(f"{title}, {label}: from {percent(mean[0])} with {number(samples[0])} to {percent(mean[-1])} with "
                             f"{number(samples[-1])}")
            axis.set_title(title)
            axis.set_ylabel("test accuracy")
            axis.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %", decimals=0))
        axes[-1].set_xscale("log")
        axes[-1].set_xticks(samples, [number(n) for n in samples])
        axes[-1].xaxis.set_minor_locator(NullLocator())
        axes[-1].set_xlabel("training images")
        label_ends(figure, ends)
    return with_alt(figure, f"Test accuracy against the number of training images, {len(accuracies)} panels. {'; '.join(words)}.")


def _units(pixels, window):
    if not 1 <= window <= min(pixels, len(TAPS)):
        raise ValueError(f"a window of 1 to {min(pixels, len(TAPS))} pixels fits here, got {window}")
    return pixels - window + 1
