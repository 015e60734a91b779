"""Pictures of chapter 9: signals and gradients through depth, which values share a mean, and what the size of the batch does."""
import numpy as np
from matplotlib.patches import Polygon
from matplotlib.ticker import LogFormatterMathtext, LogLocator, MaxNLocator, NullLocator, PercentFormatter

from convbook.figures._draw import (
    ORANGE,
    PALE,
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

__all__ = ["against_batch_size", "norm_axes", "through_depth"]

MARKERS = ["o", "s", "^", "D", "v", "P"]


def through_depth(runs, titles):
    """How large something is in every layer, for example signals and gradients: one logarithmic panel a title.

    runs      {label: one (K,) a title}   first layer first, all above 0
    titles    what each panel shows
    returns   Figure with a panel a title; ticks are powers of ten

    Raises ValueError if there are no runs, if a run has more or fewer lines than there are titles or lines of different lengths,
    or if a size is not above 0. Chapter 9.
    """
    not_empty("runs", runs)
    drawn = {label: [finite(f"a line of {label}", line, 1) for line in lines] for label, lines in runs.items()}
    for label, lines in drawn.items():
        if len(lines) != len(titles) or len({line.size for line in lines}) > 1:
            raise ValueError(f"{label} has lines of {[line.size for line in lines]} layers for {len(titles)} titles")
        if min(line.min() for line in lines) <= 0:
            raise ValueError(f"a size of {label} is not above 0, which a logarithmic axis cannot show")
    with house_style():
        figure = Picture(figsize=(WIDTH, 0.6 + 2.5 * len(titles)))
        axes = figure.subplots(len(titles), 1, squeeze=False, sharex=True)[:, 0]
        ends: dict = {}
        for which, (axis, title) in enumerate(zip(axes, titles, strict=True)):
            ends[axis] = []
            for k, (label, lines) in enumerate(drawn.items()):
                sizes = lines[which]
                line, = axis.plot(np.arange(1, len(sizes) + 1), sizes, linestyle=STYLES[k % 4], marker=MARKERS[k % 6], markersize=4,
                                  markevery=max(1, len(sizes) // 10))
                ends[axis].append((sizes[-1], label, line.get_color()))
            ends[axis] = _told_apart(ends[axis], [lines[which] for lines in drawn.values()])
            axis.set_title(title)
            axis.set_yscale("log")
            axis.yaxis.set_major_locator(LogLocator(base=10.0 ** _stride([lines[which] for lines in drawn.values()]), numticks=99))
            axis.yaxis.set_minor_locator(NullLocator())
            axis.yaxis.set_major_formatter(LogFormatterMathtext())
        axes[-1].set_xlabel("layer")
        axes[-1].xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
        label_ends(figure, ends)
    words = []
    for which, title in enumerate(titles):
        ways = [f"{label} from {number(lines[which][0], 2)} in the first layer to {number(lines[which][-1], 2)} in the last"
                for label, lines in drawn.items()]
        words.append(f"{title}: {', '.join(ways)}")
    return with_alt(figure, f"Lines against the layer, vertical axis logarithmic. {'; '.join(words)}.")


def _told_apart(ends, lines):
    """Ends of lines that meet at the right, such as gradients that start at the top layer: named in the order of their left ends."""
    left, right = (np.log([line[at] for line in lines]) for at in (0, -1))
    if np.ptp(right) >= 0.15 * np.ptp(left):
        return ends
    return [(np.exp(right.mean()), *ends[k][1:]) for k in np.argsort(left)]


def _stride(lines):
    """Every so many powers of ten a tick, so that about five fit and one is 1."""
    decades = np.ptp(np.log10(np.concatenate(lines)))
    return next((stride for stride in (1, 2, 3, 5, 10, 20, 50) if decades / stride <= 6), 100)


def norm_axes(images=3, channels=6, places=4, groups=3):
    """Which values share one mean and one variance: four cubes of images, channels and places with the set of one value tinted.

    images, channels, places   size of the cube; only its front, top and right side are seen
    groups                     of group norm; channels is a multiple of it
    returns                    Figure with four panels: batch, layer, instance and group norm

    The value whose company is tinted is that of image 0 in the last channel. Raises ValueError if groups does not divide channels.
    Chapter 9.
    """
    if channels % groups:
        raise ValueError(f"{channels} channels cannot be shared out into {groups} groups")
    sets = {"batch norm": (images, 1), "layer norm": (1, channels), "instance norm": (1, 1),
            f"group norm, {groups} groups": (1, channels // groups)}
    kinds = {title: _company(images, channels, *shared) for title, shared in sets.items()}
    with house_style():
        figure = Picture(figsize=(WIDTH, 4.9))
        for axis, (title, tinted) in zip(figure.subplots(2, 2).ravel(), kinds.items(), strict=True):
            _cube(axis, tinted, places)
            axis.set_title(title)
    words = [f"{title}: {int(tinted.any(axis=1).sum())} of {images} images and {int(tinted.any(axis=0).sum())} of {channels} channels"
             for title, tinted in kinds.items()]
    return with_alt(figure, f"Four cubes with the axes images, channels and places of a map. Tinted is what one value shares its mean "
                            f"and variance with, always over all places: {'; '.join(words)}.")


def _company(images, channels, depth, width):
    """(images, channels) booleans: the first `depth` images and the last `width` channels."""
    tinted = np.zeros((images, channels), dtype=bool)
    tinted[:depth, channels - width:] = True
    return tinted


def _cube(axis, tinted, places):
    """Front: channels to the right, places upwards, image 0. The images go back to the upper right."""
    images, channels = tinted.shape
    back = np.array([0.55, 0.45])

    def tile(corner, first, second, colour):
        corner = np.asarray(corner, dtype=float)
        corners = [corner, corner + first, corner + first + second, corner + second]
        axis.add_patch(Polygon(corners, facecolor=colour, edgecolor="#555555", linewidth=0.8))

    right, up = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    colours = np.where(tinted, ORANGE, PALE)
    for p in range(places):
        for c in range(channels):
            tile(c * right + p * up, right, up, colours[0, c])
        for n in range(images):
            tile(channels * right + n * back + p * up, back, up, colours[n, -1])
    for n in range(images):
        for c in range(channels):
            tile(c * right + places * up + n * back, right, back, colours[n, c])
    axis.text(channels / 2, -0.25, "channels", ha="center", va="top")
    axis.text(-0.25, places / 2, "places", ha="right", va="center", rotation=90)
    axis.text(channels + images * back[0] / 2 + 0.35, images * back[1] / 2 - 0.2, "images", ha="left", va="top")
    axis.set(xlim=(-1.2, channels + images * back[0] + 1.9), ylim=(-1.2, places + images * back[1] + 0.2), aspect="equal")
    axis.axis("off")


def against_batch_size(sizes, lines, quantity="accuracy"):
    """Some accuracies against the size of the batch.

    sizes     (K,)   whole numbers, rising
    lines     {label: (K,)}   shares
    quantity  title of the panel
    returns   Figure with one panel, its horizontal axis logarithmic

    Raises ValueError if there are no lines or a length differs. Chapter 9.
    """
    not_empty("lines", lines)
    sizes = finite("sizes", sizes, 1)
    drawn = {label: finite(f"the values of {label}", values, 1) for label, values in lines.items()}
    for label, values in drawn.items():
        if values.shape != sizes.shape:
            raise ValueError(f"{label} has {values.size} values for {sizes.size} sizes")
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.6))
        axis = figure.subplots()
        curves = [axis.plot(sizes, values, linestyle=STYLES[k % 4], marker=MARKERS[k % 6])[0] for k, values in enumerate(drawn.values())]
        axis.set_xscale("log", base=2)
        axis.set_xticks(sizes, [number(size) for size in sizes])
        axis.xaxis.set_minor_locator(NullLocator())
        axis.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axis.set(xlabel="images in a batch", title=quantity)
        ends = [(values[-1], label, curve.get_color()) for (label, values), curve in zip(drawn.items(), curves, strict=True)]
        label_ends(figure, {axis: ends})
    words = [f"{label}: " + ", ".join(f"{percent(value)} at {number(size)}" for size, value in zip(sizes, values, strict=True))
             for label, values in drawn.items()]
    return with_alt(figure, f"{quantity.capitalize()} against the number of images in a batch. {'; '.join(words)}.")
