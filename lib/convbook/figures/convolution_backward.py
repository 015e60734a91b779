"""The figures of chapter 4: where gradients go, the matrix and its transpose, the error of finite differences."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from convbook.figures import house_style

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#555555"


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
        figure, axes = plt.subplots(2, 3, figsize=(6.4, 4.8))
        grid(axes[0, 0], x, "image", outlined=window)
        grid(axes[0, 1], weight, "filter", outlined=list(np.ndindex(KH, KW)))
        grid(axes[0, 2], grad_y, "gradient of\nthe output", outlined=[(i, j)])
        grid(axes[1, 0], to_x, f"to the image:\n{number(grad_y[i, j])} × filter", outlined=window)
        grid(axes[1, 1], to_weight, f"to the filter:\n{number(grad_y[i, j])} × window", outlined=list(np.ndindex(KH, KW)))
        grid(axes[1, 2], np.full((1, 1), grad_y[i, j]), "to the bias", outlined=[(0, 0)])
        same_scale(axes.flat, *x.shape)
        figure.suptitle("One output pays back every factor of its products", x=0.01, ha="left")
    return figure


def stamps(weight, grad_y):
    """The gradient of the image as a sum: every output stamps the filter, times its gradient, onto its window.

    weight (KH, KW), grad_y (OH, OW), stride 1, no padding
    returns  Figure with one panel for each output, placed as the outputs are, and a last one for the sum
    """
    (KH, KW), (OH, OW) = weight.shape, grad_y.shape
    total = np.zeros((OH + KH - 1, OW + KW - 1), grad_y.dtype)
    with house_style():
        figure, axes = plt.subplot_mosaic([[*(f"{i} {j}" for j in range(OW)), "sum"] for i in range(OH)], figsize=(6.4, 4.6))
        for i, j in np.ndindex(OH, OW):
            stamp = np.zeros_like(total)
            stamp[i:i + KH, j:j + KW] = grad_y[i, j] * weight
            total += stamp
            window = [(i + k, j + l) for k in range(KH) for l in range(KW)]
            grid(axes[f"{i} {j}"], stamp, f"{number(grad_y[i, j])} × filter", outlined=window)
        grid(axes["sum"], total, "their sum", colour=ORANGE, outlined=list(np.ndindex(total.shape)))
        figure.suptitle("Every output stamps the filter: overlaps add up", x=0.01, ha="left")
    return figure


def matrix_and_transpose(matrix):
    """A convolution written as a matrix, and the matrix of its backward pass.

    matrix   (outputs, pixels)
    returns  Figure with two panels; entries that are zero are left empty
    """
    outputs, pixels = matrix.shape
    with house_style():
        figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 5.4), width_ratios=[pixels, outputs])
        grid(left, matrix, f"forward: {pixels} pixels in,\n{outputs} outputs out", empty=0)
        grid(right, matrix.T, f"backward: {outputs} in,\n{pixels} out", empty=0, colour=ORANGE)
        for axis, down, across in ((left, "output", "pixel"), (right, "pixel", "output")):
            axis.set_ylabel(down)
            axis.set_xlabel(across)
            axis.set_xticks(range(pixels if across == "pixel" else outputs))
            axis.set_yticks(range(pixels if down == "pixel" else outputs))
            axis.tick_params(length=0)
        figure.suptitle("The backward pass multiplies by the transpose", x=0.01, ha="left")
    return figure


def error_against_step(steps, errors):
    """Relative error of finite differences against the size of the nudge, both axes logarithmic.

    steps    (K,) sizes of the nudge
    errors   {label: (K,) relative errors}, one line for each
    returns  Figure; the smallest error of each line is marked
    """
    with house_style():
        figure, axis = plt.subplots(figsize=(6.4, 4.2))
        for (label, values), marker in zip(errors.items(), "osv^", strict=False):
            values = np.asarray(values)
            best = int(np.argmin(values))
            line, = axis.loglog(steps, values, marker=marker, markersize=3.5, label=label)
            axis.plot(steps[best], values[best], marker=marker, markersize=10, color=line.get_color())
        axis.set_title("Too large a nudge errs, too small a nudge drowns")
        axis.set_xlabel("nudge h")
        axis.set_ylabel("relative error of the gradient")
        axis.legend()
    return figure


def grid(axis, values, title, outlined=(), colour=BLUE, empty=None):
    """Numbers in squares; outlined cells are tinted. values (H, W); `empty` is the value that is not written."""
    height, width = values.shape
    axis.set(xlim=(-0.55, width - 0.45), ylim=(height - 0.45, -0.55), aspect="equal", xticks=[], yticks=[])
    axis.set_title(title, fontsize=11, color=GREY)
    for side in axis.spines.values():
        side.set_visible(False)
    for row, column in np.ndindex(height, width):
        shown = values[row, column] != empty
        tinted = (row, column) in outlined or (empty is not None and shown)
        axis.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour + "30" if tinted else "white",
                                 edgecolor="#BBBBBB", linewidth=0.8))
        if shown:
            axis.text(column, row, number(values[row, column]), ha="center", va="center", fontsize=11)


def same_scale(axes, rows, columns):
    """Squares of one size in all panels: each panel gets room for this many and keeps its own at the top left."""
    for axis in axes:
        axis.set(xlim=(-0.55, columns - 0.45), ylim=(rows - 0.45, -0.55))


def number(value):
    """A number as one writes it by hand: no needless decimals, a real minus sign, no minus before zero."""
    return f"{value + 0.0:g}".replace("-", "−")
