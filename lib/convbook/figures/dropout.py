"""The figures of chapter 10: a net and its thinned nets, one digit asked several times, how right each thinned net is."""
import numpy as np
from matplotlib.patches import Circle
from matplotlib.ticker import PercentFormatter

from convbook.figures._draw import (
    BLUE,
    ORANGE,
    STYLES,
    WIDTH,
    Picture,
    finite,
    house_style,
    not_empty,
    number,
    percent,
    series,
    sheet,
    with_alt,
)

__all__ = ["answers", "members", "thinned"]

PANEL, STEP, RADIUS, MARGIN = 2.1, 0.42, 0.11, 0.28     # inches: a net's width, between units, a unit, around


def thinned(nets, sizes):
    """A net as its units and connections, whole or thinned: dropped units are empty rings, and their connections are gone.

    nets     {title: one 0/1 sequence a layer}   1 = kept
    sizes    units in each layer, the input first
    returns  Figure, three nets a row

    Raises ValueError if there are no nets or a mask does not fit its layer. Chapter 10.
    """
    not_empty("nets", nets)
    rows, tall = -(-len(nets) // 3), 0.35 + max(sizes) * STEP + 0.15
    words = []
    with house_style():
        figure, axis = sheet(WIDTH, rows * tall)
        for k, (title, masks) in enumerate(nets.items()):
            if [len(mask) for mask in masks] != list(sizes):
                raise ValueError(f"{title} has layers of {[len(mask) for mask in masks]} units, expected {list(sizes)}")
            left, top = (k % 3) * PANEL, (k // 3) * tall
            axis.text(left + 0.08, top + 0.2, title, fontsize=12, va="center")
            places = [[(left + MARGIN + layer * (PANEL - 2 * MARGIN) / (len(sizes) - 1),
                        top + 0.35 + (max(sizes) / 2 + unit - (size - 1) / 2) * STEP) for unit in range(size)]
                      for layer, size in enumerate(sizes)]
            wires = 0
            for layer in range(len(sizes) - 1):
                for a, start in enumerate(places[layer]):
                    for b, end in enumerate(places[layer + 1]):
                        if masks[layer][a] and masks[layer + 1][b]:
                            axis.plot(*zip(start, end, strict=True), color="#888888", linewidth=0.9, zorder=1)
                            wires += 1
            for mask, units in zip(masks, places, strict=True):
                for kept, place in zip(mask, units, strict=True):
                    axis.add_patch(Circle(place, RADIUS, facecolor=BLUE if kept else "white", edgecolor=BLUE if kept else "#888888",
                                          linestyle="-" if kept else ":", linewidth=1.4, zorder=3))
            words.append(f"{title}: {series(str(int(sum(mask))) for mask in masks)} units and {wires} connections")
    return with_alt(figure, f"{len(nets)} nets of {series(map(str, sizes))} units, inputs at the left, outputs at the right. "
                            f"{'; '.join(words)}. Dropped units are dotted rings without connections.")


def answers(image, probabilities, names, heading):
    """One image, asked several times: a row of probabilities an answer, dark is certain.

    image           (H, W)
    probabilities   (R, K)   one row a question, between 0 and 1
    names           R names for the rows
    heading         what one should see

    Raises ValueError if there are not as many names as rows. Chapter 10.
    """
    image, probabilities = finite("image", image, 2), finite("probabilities", probabilities, 2)
    if len(names) != len(probabilities):
        raise ValueError(f"{len(names)} names for {len(probabilities)} answers")
    with house_style():
        figure = Picture(figsize=(WIDTH, 1.2 + 0.27 * len(names)))
        picture, grid = figure.subplots(1, 2, width_ratios=(1, 2.6))
        picture.imshow(image, cmap="gray")
        picture.set_axis_off()
        picture.set_title("the digit")
        grid.imshow(probabilities, cmap="Greys", vmin=0, vmax=1, aspect="auto")
        best = probabilities.argmax(axis=1)
        grid.plot(best, np.arange(len(best)), "o", color=ORANGE, markersize=6, fillstyle="none")
        grid.set_yticks(range(len(names)), names)
        grid.set_xticks(range(probabilities.shape[1]))
        grid.grid(False)
        grid.set(xlabel="class (dark: probable; ring: the answer)", title=heading)
    words = [f"{name}: {k} with {percent(row[k])}" for name, row, k in zip(names, probabilities, best, strict=True)]
    return with_alt(figure, f"{heading}. A digit of {image.shape[0]} by {image.shape[1]} pixels and {len(names)} answers. "
                            f"{'; '.join(words)}.")


def members(accuracies, chances, marks):
    """How right the thinned nets are: the share of draws at each accuracy, with vertical lines for what they say together.

    accuracies   (M,)           of the nets
    chances      (M,)           how likely each is drawn; their sum is 1
    marks        {text: value}  at most four vertical lines

    Raises ValueError if the lengths differ. Chapter 10.
    """
    accuracies, chances = finite("accuracies", accuracies, 1), finite("chances", chances, 1)
    if accuracies.shape != chances.shape:
        raise ValueError(f"{accuracies.size} accuracies for {chances.size} chances")
    with house_style():
        figure = Picture(figsize=(WIDTH, 3.6))
        axis = figure.subplots()
        axis.hist(accuracies, bins=np.linspace(0, 1, 51).tolist(), weights=chances, color="#9DC3DE", edgecolor="white")
        for k, (text, value) in enumerate(marks.items()):
            axis.axvline(value, color=(ORANGE, "#222222", BLUE, "#777777")[k], linestyle=STYLES[k], label=f"{text}: {percent(value)}")
        axis.set(xlabel="test accuracy", ylabel="share of the draws", xlim=(0, 1),
                 title="one thinned net alone, and all of them together")
        axis.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %", decimals=0))
        axis.legend(loc="upper left")
    mean = percent(float(accuracies @ chances))
    told = series(f"{text} {percent(value)}" for text, value in marks.items())
    return with_alt(figure, f"Histogram of the test accuracy of {number(accuracies.size)} thinned nets, "
                            f"from {percent(accuracies.min())} to {percent(accuracies.max())}, mean {mean}. "
                            f"Marked: {told}.")
