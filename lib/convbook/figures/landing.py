"""The pictures of the first page: a photograph through one filter, and nets drawn to one scale."""
from itertools import groupby
from typing import NamedTuple

import numpy as np
from matplotlib.patches import Rectangle

from convbook.analyse import rows
from convbook.analyse._published import without_numbers
from convbook.figures._draw import GREY, SMALL, WIDTH, Picture, finite, house_style, in_rows, not_empty, number, sheet, text_width, with_alt
from convbook.figures.story import STORY, costs, short

__all__ = ["filtered", "strip"]

SIDE, CHANNEL, APART, THIN = 0.0042, 0.0105, 0.03, 0.016      # inches: a pixel, the root of a channel, a gap, the flattest box
KINDS = {"image": "#BBBBBB", "convolution": "#0072B2", "filters side by side": "#E69F00", "fully connected": "#009E73"}


class Box(NamedTuple):
    """One layer: what it is, its channels, the side of its map in pixels."""

    kind: str
    channels: int
    side: int


def filtered(photo, weight, result, subject):
    """A photograph, the numbers of a filter, and what comes out, side by side.

    photo     (H, W)     0 is black, 1 is white
    weight    (K, K)
    result    (H', W')   drawn so that 0 is middle grey; white and black begin at an eighth of the sum of all |weights|
    subject   what is on the photograph
    returns   Figure

    Raises ValueError if an array has another number of axes or holds NaN. The first page.
    """
    photo, weight, result = finite("photo", photo, 2), finite("weight", weight, 2), finite("result", result, 2)
    bound = float(np.abs(weight).sum()) / 8
    with house_style():
        figure = Picture(figsize=(WIDTH, 2.1))
        left, middle, right = figure.subplots(1, 3, width_ratios=[2, 1, 2])
        left.imshow(photo, cmap="gray", vmin=0, vmax=1)
        left.set_title("a photograph")
        middle.imshow(weight, cmap="PuOr", vmin=-2 * np.abs(weight).max(), vmax=2 * np.abs(weight).max())
        for (row, column), value in np.ndenumerate(weight):
            middle.text(column, row, number(value), ha="center", va="center", fontsize=SMALL)
        middle.set_title(f"{number(weight.size)} numbers")
        right.imshow(result, cmap="gray", vmin=-bound, vmax=bound)
        right.set_title("their sums")
        for axis in (left, middle, right):
            axis.set(xticks=[], yticks=[])
    bright, dark = (float(np.mean(share)) for share in (result > bound / 4, result < -bound / 4))
    return with_alt(figure, f"Left: a grey photograph of {subject}, {photo.shape[0]} × {photo.shape[1]} pixels. Middle: the filter "
                            f"{in_rows(weight)}. Right: the sums, {result.shape[0]} × {result.shape[1]}: middle grey where they are near "
                            f"0, {100 * bright:.0f} % of them bright, {100 * dark:.0f} % dark.")


def boxes(name):
    """The layers with weights along a net's trunk, the image first.

    name      a variant, see models.names()
    returns   list of Box; of a residual block with two ways the longer one counts, branches that are concatenated are one Box
    """
    found: list[Box] = []
    table = rows(*without_numbers(name))
    for k, row in enumerate(table):
        kind = {"input": "image", "conv": "convolution", "linear": "fully connected"}.get(row["kind"])
        if row["kind"] == "concat":
            inside = {other["name"] for other in _fork_before(table, k)}
            kind = "convolution" if len(inside) == 1 else "filters side by side"
        elif row["branch"] is not None and (row["branch"] > 0 or _meets(table, k) == "concat"):
            continue
        if kind:
            found.append(Box(kind, row["shape"][0], row["shape"][1] if len(row["shape"]) == 3 else 1))
    return found


def _fork_before(table, k):
    start = k
    while table[start - 1]["branch"] is not None:
        start -= 1
    return table[start:k]


def _meets(table, k):
    """Of what kind is the row where the branches of row k meet?"""
    return next(row["kind"] for row in table[k:] if row["branch"] is None)


def strip(names):
    """Nets one below the other, all to one scale: a box a layer, as high as its map's side, as wide as the root of its channels.

    names     variants that are in story.STORY, in the order in which they are drawn; the first must leave room for the key: LeNet-5
    returns   Figure. A box's area is the root of how many numbers the layer hands on; a long net goes on in a new line

    Raises ValueError if there are no names, or one is not in STORY. The first page.
    """
    not_empty("names", names)
    known = {net.name: net for net in STORY}
    missing = [name for name in names if name not in known]
    if missing:
        raise ValueError(f"there is no {missing[0]!r} in the chart; its nets are {', '.join(known)}")
    found = {name: boxes(name) for name in names}
    lines = {name: _lines(found[name]) for name in names}
    high = sum(0.34 + sum(_tallest(line) + 0.06 for line in lines[name]) for name in names)
    with house_style():
        figure, axis = sheet(WIDTH, high + 0.05)
        y = 0.0
        for name in names:
            axis.text(0.03, y + 0.17, _label(known[name]), fontsize=SMALL, va="center")
            y += 0.32
            for line in lines[name]:
                _row(axis, line, y + _tallest(line) / 2)
                y += _tallest(line) + 0.06
            y += 0.02
        _key(axis, [kind for kind in KINDS if any(box.kind == kind for line in found.values() for box in line)])
    words = [f"{_label(known[name])}, {'; '.join(_runs(found[name]))}" for name in names]
    return with_alt(figure, f"{len(names)} nets drawn to one scale, each layer a box as high as its map's side and as wide as the square "
                            f"root of its channels. {'. '.join(words)}.")


def _label(net):
    paid = costs(net.name)
    return f"{net.label}, {net.year}: {short(paid['parameters'])} parameters, {short(paid['macs'])} MACs"


def _width(box):
    return CHANNEL * float(np.sqrt(box.channels))


def _height(box):
    return max(SIDE * box.side, THIN)


def _tallest(line):
    return max(map(_height, line))


def _lines(net):
    lines: list[list[Box]] = [[]]
    x = APART
    for box in net:
        if x + _width(box) + APART > WIDTH:
            lines.append([])
            x = APART
        lines[-1].append(box)
        x += _width(box) + APART
    return lines


def _row(axis, line, middle):
    x = APART
    for box in line:
        axis.add_patch(Rectangle((x, middle - _height(box) / 2), _width(box), _height(box), color=KINDS[box.kind], linewidth=0))
        x += _width(box) + APART


def _key(axis, kinds):
    """Upper right, beside the small nets: colours and scales."""
    x = WIDTH - 0.1 - max(0.25 + text_width("filters side by side"), 1.9)
    for k, kind in enumerate(kinds):
        axis.add_patch(Rectangle((x, 0.11 + 0.21 * k), 0.14, 0.12, color=KINDS[kind], linewidth=0))
        axis.text(x + 0.24, 0.17 + 0.21 * k, kind, fontsize=SMALL, va="center")
    top = 0.2 + 0.21 * len(kinds)
    axis.plot([x + 0.05, x + 0.05], [top, top + 224 * SIDE], color=GREY, linewidth=1.2)
    axis.text(x + 0.13, top + 0.1, "224 pixels", fontsize=SMALL, va="center")
    for k, channels in enumerate((64, 512, 2048)):
        box = Box("convolution", channels, 28)
        y = top + 0.28 + 0.23 * k
        axis.add_patch(Rectangle((x + 0.15, y - 0.06), _width(box), 0.12, color=GREY, linewidth=0))
        axis.text(x + 0.72, y, f"{channels} channels", fontsize=SMALL, va="center")


def _runs(net):
    """A net in words: how many boxes have maps of one size, and their channels."""
    said = []
    for (side, kind), group in groupby(net, key=lambda box: (box.side, box.kind)):
        channels = [box.channels for box in group]
        low, top = min(channels), max(channels)
        said.append(f"{kind}, side {side}: {len(channels)} of {low}{f' to {top}' if low < top else ''} channel{'s' if top > 1 else ''}")
    return said
