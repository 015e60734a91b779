"""Figures of chapter 6: a feature map before and after a non-linearity, and where the values of a net lie."""
import numpy as np

from convbook.figures._draw import (
    BLUE,
    GREY,
    ORANGE,
    SMALL,
    WIDTH,
    Picture,
    finite,
    house_style,
    not_empty,
    number,
    percent,
    series,
    with_alt,
)
from convbook.figures._tiles import checked_images, tiles

__all__ = ["before_and_after", "histograms"]


def before_and_after(photo, before, after):
    """A photograph, what a filter makes of it, and what functions of single values make of that.

    photo     (H, W)                in 0 ... 1
    before    (title, (H, W))       the map of the filter, negative values black, positive ones white, zero mid-grey
    after     {title: (H, W)}       each on the same scale as the map, so that what is cut off shows
    returns   Figure, three pictures a row

    Raises ValueError if a map has another shape than the photograph, is not finite, or if the first map is zero everywhere. Chapter 6.
    """
    not_empty("after", after)
    maps = {name: finite(name, values, 2) for name, values in {before[0]: before[1], **after}.items()}
    photo = checked_images(np.asarray(photo)[None, None])[0, 0]
    for name, values in maps.items():
        if values.shape != photo.shape:
            raise ValueError(f"{name} is {values.shape}, the photograph {photo.shape}")
    bound = float(np.quantile(np.abs(maps[before[0]]), 0.98))
    if bound == 0:
        raise ValueError(f"{before[0]} is zero nearly everywhere, there is no scale to show it on")
    shown = [photo, *(0.5 + 0.5 * np.clip(values / bound, -1, 1) for values in maps.values())]
    heading = f"black −{number(bound, 2)} or less, mid-grey 0, white {number(bound, 2)} or more"
    with house_style():
        figure, _ = tiles(np.stack(shown)[:, None], heading, 3, above=[[name] for name in ["the photograph", *maps]])
    words = [f"{name}: from {number(values.min(), 2)} to {number(values.max(), 2)}, {percent(np.mean(values < 0))} negative, "
             f"{percent(np.mean(values == 0))} exactly zero" for name, values in maps.items()]
    return with_alt(figure, f"A photograph and {len(maps)} maps made from it, {heading}. {'; '.join(words)}.")


def histograms(rows, marked, meaning, xlabel, bins=41):
    """Where values lie: a histogram for each row and column, and the share of values that are marked.

    rows      {row: {column: array of any shape}}   the same columns in every row
    marked    function of an array, True where a value is to be marked: a saturated unit, a dead one
    meaning   what the mark means, in the plural: "saturated"
    returns   Figure, one panel a histogram, the share of marked values written into it; all panels share the horizontal axis

    Raises ValueError if there are no rows, if the columns differ, or if an array is empty or not finite. Chapter 6.
    """
    not_empty("rows", rows)
    columns = list(next(iter(rows.values())))
    not_empty("the columns of a row", columns)
    for label, row in rows.items():
        if list(row) != columns:
            raise ValueError(f"the columns of {label!r} are {list(row)}, those of the first row {columns}")
    arrays = {label: [finite(f"{column} of {label}", values).ravel() for column, values in row.items()] for label, row in rows.items()}
    every = np.concatenate([values for row in arrays.values() for values in row])
    edges = np.linspace(every.min(), every.max() if every.max() > every.min() else every.min() + 1, bins + 1)
    words = []
    with house_style():
        figure = Picture(figsize=(WIDTH, 0.9 + 1.25 * len(rows)))
        axes = figure.subplots(len(rows), len(columns), squeeze=False, sharex=True)
        for panels, (label, row) in zip(axes, arrays.items(), strict=True):
            shares = [float(np.mean(marked(values))) for values in row]
            words.append(f"{label}: " + series(f"{column} {percent(share)}" for column, share in zip(columns, shares, strict=True)))
            for axis, values, share in zip(panels, row, shares, strict=True):
                axis.hist([values[~marked(values)], values[marked(values)]], edges, color=[BLUE, ORANGE], stacked=True)
                axis.set(yticks=[], ylim=(0, 1.45 * axis.get_ylim()[1]))
                axis.spines.left.set_visible(False)
                axis.text(0.5, 0.98, percent(round(share, 2)), transform=axis.transAxes, ha="center", va="top", fontsize=SMALL,
                          color=GREY)
            panels[0].set_ylabel(label, fontsize=SMALL)
        for axis, column in zip(axes[0], columns, strict=True):
            axis.set_title(column, fontsize=SMALL)
        figure.supxlabel(f"{xlabel} (orange, and the number: {meaning})", fontsize=SMALL + 1)
    return with_alt(figure, f"Histograms of {xlabel}, {len(columns)} in each of {len(rows)} rows. "
                            f"Share that is {meaning}: {'; '.join(words)}.")
