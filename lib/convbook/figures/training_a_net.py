"""The figures of chapter 11: three parts of a data set, runs beside each other, errors against images, the best of many, ten crops."""
import numpy as np
from matplotlib.ticker import MaxNLocator, NullLocator, PercentFormatter

from convbook.figures._draw import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SMALL,
    WIDTH,
    Picture,
    finite,
    house_style,
    label_ends,
    not_empty,
    number,
    percent,
    series,
    sheet,
    with_alt,
)
from convbook.figures._tiles import checked_images, tiles

__all__ = ["best_of", "errors_by_size", "losses", "parts", "ten_crops"]

ASKED = (("training", BLUE, "each step:\nwhich weights?"), ("validation", ORANGE, "each run:\nsettings? stop?"),
         ("test", GREEN, "once:\nhow good?"))


def parts(counts):
    """A data set as a bar in three parts, and what each of them is asked.

    counts   (3,)   images for training, validation and test; none of the parts below a fifth, or their words overlap
    returns  Figure

    Raises ValueError if there are not three positive counts. Chapter 11.
    """
    counts = finite("counts", counts, 1)
    if counts.size != 3 or counts.min() <= 0:
        raise ValueError(f"three positive counts are needed, got {counts.tolist()}")
    widths = (WIDTH - 0.1) * counts / counts.sum()
    with house_style():
        figure, axis = sheet(WIDTH, 2.0)
        left = 0.05
        for k, ((name, colour, question), width, count) in enumerate(zip(ASKED, widths, counts, strict=True)):
            axis.barh(1.0, width, left=left, height=0.5, color=colour, edgecolor="white", linewidth=2, hatch=("", "//", "..")[k])
            axis.text(left + width / 2, 0.58, f"{name}: {number(count)}", ha="center", va="center", fontsize=SMALL)
            axis.text(left + width / 2, 1.58, question, ha="center", va="center", fontsize=SMALL)
            left += width
        axis.set(xlim=(0, WIDTH), ylim=(2.0, 0))
    words = [f"{number(count)} for {name} ({percent(count / counts.sum())}), asked {' '.join(question.split())}"
             for (name, _, question), count in zip(ASKED, counts, strict=True)]
    return with_alt(figure, f"A bar of {number(counts.sum())} images in three parts: {'; '.join(words)}")


def losses(runs, healthy=None, limits=(0.01, 100), columns=3):
    """Training and validation loss of several runs, a panel each, on one logarithmic scale.

    runs     {title: history}   rows with "epoch", "loss", "val_loss"
    healthy  history whose validation loss is drawn in every panel, or None
    limits   of the vertical axis; what lies outside is drawn at the border
    columns  panels a row
    returns  Figure

    Raises ValueError if there are no runs, or a loss is missing or not finite. Chapter 11.
    """
    not_empty("runs", runs)
    rows = -(-len(runs) // columns)
    words = []
    with house_style():
        figure = Picture(figsize=(WIDTH, 0.75 + 1.65 * rows))
        panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).flat
        for axis, (title, history) in zip(panels, runs.items(), strict=False):
            if healthy is not None:
                axis.plot(*_column(healthy, "val_loss", limits), color=GREY, linestyle=":", linewidth=1.8, label="validation, healthy run")
            axis.plot(*_column(history, "val_loss", limits), color=ORANGE, linestyle="--", label="validation")
            axis.plot(*_column(history, "loss", limits), color=BLUE, label="training")
            axis.set_title(title, fontsize=SMALL, loc="left")
            axis.xaxis.set_major_locator(MaxNLocator(3, integer=True))
            last = history[-1]
            words.append(f"{title}: training loss {number(history[0]['loss'], 2)} to {number(last['loss'], 2)}, "
                         f"validation {number(history[0]['val_loss'], 2)} to {number(last['val_loss'], 2)}")
        decades = 10.0 ** np.arange(np.ceil(np.log10(limits[0])), np.log10(limits[1]) + 1e-9)
        panels[0].set(yscale="log", ylim=limits, yticks=decades, yticklabels=[number(value) for value in decades])
        panels[0].yaxis.set_minor_locator(NullLocator())
        for axis in panels[len(runs):]:
            axis.axis("off")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles[::-1], labels[::-1], loc="outside upper left", ncols=3, handlelength=2.2)
        figure.supxlabel("epoch", fontsize=SMALL)
        figure.supylabel("loss", fontsize=SMALL)
    beside = "" if healthy is None else f" beside a healthy run whose validation loss ends at {number(healthy[-1]['val_loss'], 2)}"
    return with_alt(figure, f"Loss against the epoch of {len(runs)} runs{beside}. {'; '.join(words)}.")


def errors_by_size(sizes, errors):
    """Errors against the number of training images.

    sizes    (K,)           ascending, drawn on a logarithmic axis
    errors   {label: (K,)}  shares 0..1; None where there is none
    returns  Figure

    Raises ValueError if a line is empty or of another length. Chapter 11.
    """
    sizes = finite("sizes", sizes, 1)
    not_empty("errors", errors)
    words, ends = [], []
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.6))
        axis = figure.subplots()
        for (label, values), colour, style in zip(errors.items(), (ORANGE, GREEN, BLUE), ("--", "-.", "-"), strict=False):
            if len(values) != len(sizes):
                raise ValueError(f"{label} has {len(values)} errors for {len(sizes)} sizes")
            kept = [(size, value) for size, value in zip(sizes, values, strict=True) if value is not None]
            axis.plot(*zip(*kept, strict=True), color=colour, linestyle=style, marker="o", markersize=4)
            ends.append((kept[-1][1], label, colour))
            words.append(f"{label}: " + ", ".join(f"{percent(value)} at {number(size)}" for size, value in kept))
        axis.set_xscale("log")
        axis.set_xticks(sizes, [number(size) for size in sizes])
        axis.xaxis.set_minor_locator(NullLocator())
        axis.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axis.set(xlabel="training images", title="wrong answers")
        axis.set_ylim(bottom=0)
        label_ends(figure, {axis: ends})
    return with_alt(figure, f"Share of wrong answers against the number of training images. {'; '.join(words)}.")


def best_of(counts, best, bound, truth):
    """How good the best of k equally good nets looks.

    counts   (K,)   how many were compared, ascending
    best     (K,)   mean accuracy of the best, as measured
    bound    (K,)   what it cannot exceed in the mean
    truth           the accuracy that each of them really has
    returns  Figure

    Raises ValueError if a length differs. Chapter 11.
    """
    counts, best, bound = finite("counts", counts, 1), finite("best", best, 1), finite("bound", bound, 1)
    if not counts.shape == best.shape == bound.shape:
        raise ValueError(f"counts, best and bound must be equally long, got {counts.size}, {best.size} and {bound.size}")
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.3))
        axis = figure.subplots()
        axis.plot(counts, bound, color=GREY, linestyle=":")
        axis.plot(counts, best, color=ORANGE, marker="o", markersize=4)
        axis.axhline(truth, color=BLUE, linestyle="--")
        axis.set_xscale("log")
        axis.set_xticks(counts, [number(count) for count in counts])
        axis.xaxis.set_minor_locator(NullLocator())
        axis.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axis.set(xlabel="nets compared on the same images", title="accuracy of the best one")
        label_ends(figure, {axis: [(bound[-1], "bound", GREY), (best[-1], "as it looks", ORANGE), (truth, "as it is", BLUE)]})
    words = [f"{percent(value)} for {number(count)}" for count, value in zip(counts, best, strict=True)]
    return with_alt(figure, f"Measured accuracy of the best of several nets that are all {percent(truth)} right: {series(words)}; "
                            f"a dotted bound runs above, up to {percent(bound[-1])}.")


def ten_crops(crops, probabilities, name):
    """The ten crops of a photograph, and what a net thinks of each.

    crops          (10, 3, H, W)   in 0 ... 1, in the order of augment.ten_crop
    probabilities  (10,)           of the class `name`
    returns        Figure, two rows of five

    Raises ValueError if there are not ten of both or pixels leave 0 ... 1. Chapter 11.
    """
    crops, probabilities = checked_images(crops), finite("probabilities", probabilities, 1)
    if len(crops) != 10 or probabilities.size != 10:
        raise ValueError(f"ten crops and ten probabilities are needed, got {len(crops)} and {probabilities.size}")
    with house_style():
        figure, _ = tiles(crops, f"probability of “{name}”, mean {percent(probabilities.mean())}", 5,
                          above=[[percent(value)] for value in probabilities])
    said = [percent(value) for value in probabilities]
    return with_alt(figure, f"Ten crops of a photograph: four corners and the centre, then the same of its mirror image. Probability of "
                            f"{name}: {series(said[:5])}; mirrored {series(said[5:])}; their mean is {percent(probabilities.mean())}.")


def _column(history, name, limits):
    epochs = [row["epoch"] for row in history]
    return epochs, np.clip(finite(f"{name!r}", [row[name] for row in history], 1), *limits)
