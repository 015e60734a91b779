"""The figures of chapter 4: where gradients go, the matrix and its transpose, the error of finite differences."""
import numpy as np
from matplotlib.patches import Rectangle

from convbook.figures._draw import BLUE, GREY, ORANGE, SMALL, STYLES, WIDTH, Picture, house_style, in_rows, number, with_alt

__all__ = ["error_against_step", "matrix_and_transpose", "one_output", "stamps"]


def one_output(x, weight, grad_y, i, j):
    """One output of a convolution (one channel, stride 1, no padding): what it was made of, and what it sends back.

    x (H, W), weight (KH, KW), grad_y (OH, OW), the output (i, j)
    returns  Figure, top: image, filter, gradient of the output; bottom: its share for the image and for the filter
    """
    KH, KW = weight.shape
    window = [(i + k, j + l) for k in range(KH) for l in range(KW)]
    to_x, to_weight = np.zeros_like(x), grad_y[i, j] * x[i:i + KH, j:j + KW]
    to_x[i:i + KH, j:j + KW] = grad_y[i, j] * weight
    with house_style():
        figure = Picture(figsize=(WIDTH, 4.8))
        axes = figure.subplots(2, 3)
        _grid(axes[0, 0], x, "image", tinted=window)
        _grid(axes[0, 1], weight, "filter", tinted=list(np.ndindex(KH, KW)))
        _grid(axes[0, 2], grad_y, "gradient of\nthe output", tinted=[(i, j)])
        _grid(axes[1, 0], to_x, f"to the image:\n{number(grad_y[i, j])} × filter", tinted=window)
        _grid(axes[1, 1], to_weight, f"to the filter:\n{number(grad_y[i, j])} × window", tinted=list(np.ndindex(KH, KW)))
        _grid(axes[1, 2], np.full((1, 1), grad_y[i, j]), "to the bias", tinted=[(0, 0)])
        for axis in axes.flat:                              # squares of one size: every panel has room for the image
            axis.set(xlim=(-0.55, x.shape[1] - 0.45), ylim=(x.shape[0] - 0.45, -0.55))
        figure.suptitle("One output pays back every factor of its products", x=0.01, ha="left")
    sent = number(grad_y[i, j])
    return with_alt(figure, f"Six grids of numbers, row by row. Top: the image {in_rows(x)}, with the window of the output in row {i}, "
                            f"column {j} tinted; the filter {in_rows(weight)}; the gradients of the outputs {in_rows(grad_y)}. "
                            f"Bottom: what this output, whose gradient is {sent}, sends back. "
                            f"To the image {in_rows(to_x)}; to the filter {in_rows(to_weight)}; to the bias {sent}.")


def stamps(weight, grad_y):
    """The gradient of the image as a sum: every output stamps the filter, times its gradient, onto its window.

    weight (KH, KW), grad_y (OH, OW), stride 1, no padding
    returns  Figure with one panel for each output, placed as the outputs are, and a last one for the sum
    """
    (KH, KW), (OH, OW) = weight.shape, grad_y.shape
    total = np.zeros((OH + KH - 1, OW + KW - 1), grad_y.dtype)
    with house_style():
        figure = Picture(figsize=(WIDTH, 4.6))
        axes = figure.subplot_mosaic([[*(f"{i} {j}" for j in range(OW)), "sum"] for i in range(OH)])
        for i, j in np.ndindex(OH, OW):
            stamp = np.zeros_like(total)
            stamp[i:i + KH, j:j + KW] = grad_y[i, j] * weight
            total += stamp
            window = [(i + k, j + l) for k in range(KH) for l in range(KW)]
            _grid(axes[f"{i} {j}"], stamp, f"{number(grad_y[i, j])} × filter", tinted=window)
        _grid(axes["sum"], total, "their sum", colour=ORANGE, tinted=list(np.ndindex(total.shape)))
        figure.suptitle("Every output stamps the filter: overlaps add up", x=0.01, ha="left")
    return with_alt(figure, f"Grids of {total.shape[0]} × {total.shape[1]} numbers, placed as the {OH} × {OW} outputs are. Each holds the "
                            f"filter {in_rows(weight)} times the gradient of its output in that output's window, and zeros elsewhere; the "
                            f"gradients are {in_rows(grad_y)}. A last grid holds their sum: {in_rows(total)}.")


def matrix_and_transpose(matrix):
    """A convolution written as a matrix, and the matrix of its backward pass.

    matrix   (outputs, pixels)
    returns  Figure with two panels; entries that are zero are left empty
    """
    outputs, pixels = matrix.shape
    with house_style():
        figure = Picture(figsize=(WIDTH, 5.2))
        left, right = figure.subplots(1, 2, width_ratios=[pixels, outputs])
        _grid(left, matrix, f"forward: {pixels} pixels in,\n{outputs} outputs out", empty=0)
        _grid(right, matrix.T, f"backward: {outputs} in,\n{pixels} out", empty=0, colour=ORANGE)
        left.set(ylabel="output", xlabel="pixel", yticks=range(outputs), xticks=range(pixels))
        right.set(ylabel="pixel", xlabel="output", yticks=range(pixels), xticks=range(outputs))
        for axis in (left, right):
            axis.tick_params(length=0)
        figure.suptitle("The backward pass multiplies by the transpose", x=0.01, ha="left")
    return with_alt(figure, f"Left: a matrix of {outputs} rows, the outputs, and {pixels} columns, the pixels, row by row: "
                            f"{in_rows(matrix)}; zeros are left empty. Right: its transpose, {pixels} rows and {outputs} columns.")


def error_against_step(steps, errors):
    """Relative error of finite differences against the size of the nudge, both axes logarithmic.

    steps    (K,) sizes of the nudge, ascending
    errors   {label: (K,) relative errors}, one line for each
    returns  Figure; the smallest error of each line is marked
    """
    words = []
    with house_style():
        figure = Picture(figsize=(WIDTH, 4.2))
        axis = figure.subplots()
        for (label, values), marker, style in zip(errors.items(), "osv^", STYLES, strict=False):
            values = np.asarray(values)
            best = int(np.argmin(values))
            line, = axis.loglog(steps, values, marker=marker, markersize=3.5, linestyle=style, label=label)
            axis.plot(steps[best], values[best], marker=marker, markersize=10, color=line.get_color())
            words.append(f"{label} {number(values[0], 2)} at the smallest nudge, lowest {number(values[best], 2)} at a nudge of "
                         f"{number(steps[best], 2)}, {number(values[-1], 2)} at the largest")
        axis.set_title("Too large a nudge errs, too small a nudge drowns")
        axis.set_xlabel("nudge h")
        axis.set_ylabel("relative error of the gradient")
        axis.legend()
    return with_alt(figure, f"Relative error of a finite difference against the nudge h, {number(steps[0], 2)} to {number(steps[-1], 2)}, "
                            f"both axes logarithmic. {'; '.join(words)}.")


def _grid(axis, values, title, tinted=(), colour=BLUE, empty=None):
    """Numbers in squares, some tinted. values (H, W); `empty` is the value that is not written, then all others are tinted."""
    height, width = values.shape
    axis.set(xlim=(-0.55, width - 0.45), ylim=(height - 0.45, -0.55), aspect="equal", xticks=[], yticks=[])
    axis.set_title(title, fontsize=SMALL, color=GREY)
    axis.spines[:].set_visible(False)
    for row, column in np.ndindex(height, width):
        shown = values[row, column] != empty
        full = (row, column) in tinted or (empty is not None and shown)
        axis.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour + "30" if full else "white",
                                 edgecolor="#BBBBBB", linewidth=0.8))
        if shown:
            axis.text(column, row, number(values[row, column]), ha="center", va="center", fontsize=SMALL)
