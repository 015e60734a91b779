"""The figures of chapter 5: windows and their winners, what a shift does, pooling as a matrix, invariance as curves."""
import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

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
    in_rows,
    label_ends,
    not_empty,
    number,
    percent,
    with_alt,
)
from convbook.numpy_nn import max_pool2d

__all__ = ["curves", "matrices", "moved", "pictures", "winners"]


def winners(image, kernel_size):
    """A small image under windows that lie side by side, the winner of each marked, and the maxima.

    image     (H, W), both multiples of kernel_size
    returns   Figure with two panels

    Raises ValueError if the windows do not cover the image.
    """
    image = finite("image", image, 2)
    if image.shape[0] % kernel_size or image.shape[1] % kernel_size:
        raise ValueError(f"windows of {kernel_size} do not cover an image of {image.shape}")
    y, indices = max_pool2d(image[None, None], kernel_size, return_indices=True)
    won = {divmod(int(index), image.shape[1]) for index in indices.ravel()}
    shaded = {place for place in np.ndindex(image.shape) if sum(part // kernel_size for part in place) % 2 == 0}
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.6))
        left, right = figure.subplots(1, 2, width_ratios=[image.shape[1], y.shape[3]])
        _squares(left, image, f"{image.shape[0]} × {image.shape[1]} pixels", shaded, won)
        _squares(right, y[0, 0], f"{y.shape[2]} × {y.shape[3]} maxima",
                 {place for place in np.ndindex(y.shape[2:]) if sum(place) % 2 == 0}, set(np.ndindex(y.shape[2:])))
        figure.suptitle("Every window keeps its largest number", x=0.01, ha="left")
    return with_alt(figure, f"A grid of {image.shape[0]} by {image.shape[1]} numbers, cut into windows of {kernel_size} by {kernel_size}; "
                            f"the largest number of each window is framed. Beside it the grid of these maxima: {in_rows(y[0, 0], 2)}.")


def moved(images, pooled):
    """The same small image in several places and what pooling makes of each; values that differ from the first are tinted.

    images    {label: (H, W)}
    pooled    {label: (OH, OW)}, the same labels
    returns   Figure with a column for each label
    """
    not_empty("images", images)
    first = next(iter(pooled.values()))
    changed = {label: {tuple(map(int, place)) for place in np.argwhere(values != first)} for label, values in pooled.items()}
    with house_style():
        figure = Picture(figsize=(WIDTH, 4.3))
        axes = figure.subplots(2, len(images), squeeze=False)
        for (above, below), label in zip(axes.T, images, strict=True):
            _squares(above, images[label], label, set(zip(*map(np.ndarray.tolist, np.nonzero(images[label])), strict=True)), colour=BLUE)
            _squares(below, pooled[label], f"{len(changed[label])} of {pooled[label].size} differ", changed[label], colour=ORANGE)
        figure.suptitle("The window's border decides, not the size of the step", x=0.01, ha="left")
    words = "; ".join(f"{label}: {len(changed[label])} of {pooled[label].size} values differ from the first" for label in images)
    return with_alt(figure, f"{len(images)} grids with the same feature in other places, below each its maxima over windows side by side. "
                            f"{words}.")


def matrices(named, title):
    """Small layers as matrices, one row an output, one column a pixel; zeros are left empty.

    named     {name: (outputs, pixels)}
    returns   Figure with a panel for each
    """
    not_empty("named", named)
    with house_style():
        figure = Picture(figsize=(WIDTH, 2.5))
        axes = figure.subplots(1, len(named), squeeze=False)[0]
        for axis, (name, matrix), colour in zip(axes, named.items(), (BLUE, ORANGE, GREY), strict=False):
            _squares(axis, matrix, name, {tuple(map(int, place)) for place in np.argwhere(matrix)}, colour=colour, empty=0)
            axis.set(xlabel="pixel", ylabel="output", xticks=range(matrix.shape[1]), yticks=range(matrix.shape[0]))
            axis.tick_params(length=0)
        figure.suptitle(title, x=0.01, ha="left")
    return with_alt(figure, f"{title}. " + " ".join(f"{name}, row by row: {in_rows(matrix, 2)}." for name, matrix in named.items()))


def pictures(panels, title, columns=3):
    """Grey pictures with their names above them, all from black = 0 to white = 1.

    panels    {name: (H, W)}
    returns   Figure
    """
    not_empty("panels", panels)
    rows = -(-len(panels) // columns)
    with house_style():
        figure = Picture(figsize=(WIDTH, 2.35 * rows + 0.3))
        axes = figure.subplots(rows, columns, squeeze=False)
        for axis in axes.flat:
            axis.axis("off")
        for axis, (name, values) in zip(axes.flat, panels.items(), strict=False):
            axis.imshow(finite(name, values, 2), cmap="gray", vmin=0, vmax=1)
            axis.set_title(name, fontsize=SMALL)
        figure.suptitle(title, x=0.01, ha="left")
    words = ", ".join(f"{name} ({values.shape[0]} × {values.shape[1]})" for name, values in panels.items())
    return with_alt(figure, f"{title}. The pictures: {words}.")


def curves(panels, ylabel, as_percent=False):
    """Several lines in one panel or more, on the same vertical scale, each named beside its right end.

    panels    {title: (xlabel, xs, {label: ys})}
    ylabel    of all panels
    returns   Figure, the panels one below the other

    Raises ValueError if there are none, or if a line has not as many values as its panel has places.
    """
    not_empty("panels", panels)
    show = percent if as_percent else number
    words: list[str] = []
    ends: dict = {}
    with house_style():
        figure = Picture(figsize=(WIDTH, 0.7 + 2.7 * len(panels)))
        axes = figure.subplots(len(panels), 1, squeeze=False, sharey=True)[:, 0]
        for axis, (title, (xlabel, xs, lines)) in zip(axes, panels.items(), strict=True):
            ends[axis] = []
            for k, (label, ys) in enumerate(lines.items()):
                xs, ys = finite(xlabel, xs, 1), finite(label, ys, 1)
                if xs.shape != ys.shape:
                    raise ValueError(f"{label} has {ys.size} values for {xs.size} places")
                line, = axis.plot(xs, ys, linestyle=STYLES[k % 4], marker="os^Dv"[k % 5], markersize=4)
                ends[axis].append((ys[-1], label, line.get_color()))
            axis.set(title=title, xlabel=xlabel, ylabel=ylabel)
            axis.set_xticks(xs)
            if as_percent:
                axis.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
            words.append(f"{title}, {ylabel} against {xlabel} from {number(xs[0])} to {number(xs[-1])}: "
                         + "; ".join(f"{label} {', '.join(show(round(y, 3)) for y in ys)}" for label, ys in lines.items()) + ".")
        label_ends(figure, ends)
    return with_alt(figure, " ".join(words))


def _squares(axis, values, title, shaded=(), framed=(), colour=BLUE, empty=None):
    """Numbers in squares; shaded places are tinted, framed ones have a thick border and bold letters."""
    values = np.asarray(values)
    height, width = values.shape
    axis.set(xlim=(-0.56, width - 0.44), ylim=(height - 0.44, -0.56), aspect="equal", xticks=[], yticks=[], anchor="N")
    axis.set_title(title, fontsize=SMALL, color=GREY)
    axis.spines[:].set_visible(False)
    for place in np.ndindex(height, width):
        row, column = place
        axis.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour + "28" if place in shaded else "white",
                                 edgecolor="#BBBBBB", linewidth=0.8))
        if place in framed:
            axis.add_patch(Rectangle((column - 0.4, row - 0.4), 0.8, 0.8, fill=False, edgecolor=ORANGE, linewidth=2, gid="winner"))
        if empty is None or values[place] != empty:
            axis.text(column, row, number(values[place], 2), ha="center", va="center", fontsize=SMALL,
                      fontweight="bold" if place in framed else "normal")
