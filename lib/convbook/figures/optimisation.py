"""The figures of chapter 8 that training.py does not draw: curves over steps or rates, the noise of a batch, a search for the best rate."""
import numpy as np

from convbook.figures._draw import (
    BLUE,
    ORANGE,
    STYLES,
    WIDTH,
    Picture,
    finite,
    house_style,
    label_ends,
    logarithmic,
    not_empty,
    number,
    series,
    with_alt,
)

__all__ = ["batch_noise", "curves", "rate_search"]

MARKS = ("o", "s", "^", "D", "v", "P")


def curves(x, lines, title, xlabel, log=False, marks=None):
    """Several lines over one axis, each named beside its end.

    x        (K,)             steps or rates, ascending
    lines    {name: (K,)}
    title    what one should see
    xlabel   name of the horizontal axis
    log      a logarithmic vertical axis
    marks    {text: x}        dotted vertical lines with a name at the top, or None
    returns  Figure with one panel

    Raises ValueError if there are no lines or a length differs. Chapter 8.
    """
    x, drawn = _lines(x, lines)
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.6))
        axis = figure.subplots()
        inks = [axis.plot(x, y, linestyle=STYLES[k % 4])[0].get_color() for k, y in enumerate(drawn.values())]
        if log:
            logarithmic(axis)
        for text, place in (marks or {}).items():
            axis.axvline(place, color="#999999", linestyle=":", linewidth=1.2, zorder=0)
            axis.text(place, 0.98, f" {text}", transform=axis.get_xaxis_transform(), va="top", fontsize=11, color="#555555")
        axis.set(xlabel=xlabel, title=title)
        label_ends(figure, {axis: [(y[-1], name, ink) for (name, y), ink in zip(drawn.items(), inks, strict=True)]})
    words = [f"{name} from {number(y[0])} to {number(y[-1])}, lowest {number(y.min())} at {number(x[np.argmin(y)])}, "
             f"highest {number(y.max())} at {number(x[np.argmax(y)])}" for name, y in drawn.items()]
    marked = "".join(f" Marked: {text} at {number(place)}." for text, place in (marks or {}).items())
    return with_alt(figure, f"{title}. Against the {xlabel}, {number(x[0])} to {number(x[-1])}: {'; '.join(words)}.{marked}")


def batch_noise(sizes, measured, predicted):
    """The variance of a mini-batch's gradient against the size of the batch: measured points on predicted lines, both axes logarithmic.

    sizes      (K,)           ascending, positive
    measured   {name: (K,)}   drawn as points, positive
    predicted  {name: (K,)}   the line of the same name; values of 0 (the whole data set) are left out

    Raises ValueError if the names differ or a measured value is not positive. Chapter 8.
    """
    sizes, points = _lines(sizes, measured)
    _, lines = _lines(sizes, predicted)
    if points.keys() != lines.keys():
        raise ValueError(f"measured has {series(points)}, predicted {series(lines)}; they must have the same names")
    if min(values.min() for values in points.values()) <= 0:
        raise ValueError("a logarithmic axis cannot show a variance that is not positive")
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.8))
        axis = figure.subplots()
        for (name, values), colour, style, mark in zip(points.items(), (BLUE, ORANGE), STYLES, MARKS, strict=False):
            shown = lines[name] > 0
            axis.plot(sizes[shown], lines[name][shown], color=colour, linestyle=style)
            axis.plot(sizes, values, mark, color=colour, markersize=6, fillstyle="none", label=f"{name}: measured")
        axis.set(xscale="log", yscale="log", xlabel="images in a batch", title="variance of the gradient, summed over all weights")
        axis.legend(loc="lower left")
    words = [f"{name} from {number(values[0])} at {number(sizes[0])} images to {number(values[-1])} at {number(sizes[-1])}"
             for name, values in points.items()]
    return with_alt(figure, "Variance of the mini-batch gradient against the number of images, both axes logarithmic, points on "
                            f"predicted lines. Measured: {'; '.join(words)}.")


def rate_search(rates, losses, ceiling):
    """The loss that each optimiser reaches against its learning rate; a ring marks the best of each.

    rates     (K,)            ascending, positive
    losses    {name: (K,)}    NaN or infinity where a run failed; what is above the ceiling is drawn at the ceiling
    ceiling   the loss at which the picture ends

    Raises ValueError if there are no losses, a length differs or a line has no finite loss. Chapter 8.
    """
    not_empty("losses", losses)
    rates, words = finite("rates", rates, 1), []
    with house_style():
        figure = Picture(figsize=(WIDTH, 4.2))
        axis = figure.subplots()
        for k, (name, values) in enumerate(losses.items()):
            values = np.where(np.isfinite(values), values, np.inf)
            if values.shape != rates.shape or not np.isfinite(values).any():
                raise ValueError(f"{name} needs {rates.size} losses, at least one of them finite")
            best = int(np.argmin(values))
            shown = np.minimum(values, ceiling)
            line, = axis.plot(rates, shown, linestyle=STYLES[k % 4], marker=MARKS[k % 6], markersize=4, label=name)
            axis.plot(rates[best], shown[best], "o", color=line.get_color(), markersize=12, fillstyle="none")
            words.append(f"{name} {number(values[best])} at rate {number(rates[best])}")
        axis.set_xscale("log")
        logarithmic(axis)
        axis.set(xlabel="learning rate", title="validation loss after the run: each has its own valley")
        figure.legend(loc="outside lower left", ncols=3, handlelength=2.4)
    return with_alt(figure, "Validation loss against the learning rate, both axes logarithmic, one valley an optimiser. "
                            f"Best: {'; '.join(words)}.")


def _lines(x, lines):
    not_empty("lines", lines)
    x = finite("x", x, 1)
    drawn = {name: finite(name, values, 1) for name, values in lines.items()}
    for name, values in drawn.items():
        if values.shape != x.shape:
            raise ValueError(f"{name} has {values.size} values for {x.size} places")
    return x, drawn
