"""Pictures of pictures: first-layer filters, feature maps, predictions, what excites a channel."""
import numpy as np
from matplotlib.patches import Rectangle

from convbook.figures._draw import (
    GREEN,
    ORANGE,
    SMALL,
    finite,
    fit,
    house_style,
    ink,
    not_empty,
    number,
    percent,
    with_alt,
)
from convbook.figures._tiles import LINE, checked_images, tiles

__all__ = ["feature_maps", "first_layer", "maximal_activations", "predictions"]



def first_layer(weight, scale="joint", columns=8):
    """The filters of a first layer as pictures, row by row; the number at the left is the first filter of its row.

    weight   (F, C, KH, KW)   C = 3: in colour; C = 1: grey
    scale    "joint": one scale for all, zero is mid-grey, so that weak filters look weak; "each": every filter on its own
    returns  Figure

    Raises ValueError if weight is empty, not finite or not of 1 or 3 channels, or if scale is another word. Chapter 11.
    """
    weight = finite("weight", weight, 4)
    if weight.shape[1] not in (1, 3):
        raise ValueError(f"filters of 1 or 3 channels can be shown, these have {weight.shape[1]}; draw each channel on its own")
    if scale not in ("joint", "each"):
        raise ValueError(f"scale must be 'joint' or 'each', got {scale!r}")
    bounds = np.abs(weight).max(axis=(1, 2, 3), keepdims=True)
    largest = float(bounds.max())
    bounds = np.full_like(bounds, largest) if scale == "joint" else bounds
    shown = 0.5 + 0.5 * weight / np.where(bounds > 0, bounds, 1)
    said = f"one scale, ±{number(largest)}" if scale == "joint" else "each on its own scale"
    F, C, KH, KW = weight.shape
    numbers = [str(k) for k in range(0, F, columns)]
    with house_style():
        figure, _ = tiles(shown, f"{F} filters of {KH} × {KW}, {said}", columns, left=numbers)
    norms = np.sqrt((weight ** 2).sum(axis=(1, 2, 3)))
    return with_alt(figure, f"{F} filters of {KH} by {KW} pixels, {'in colour' if C == 3 else 'in grey'}, {said}, mid-grey is zero. "
                            f"The strongest is filter {int(norms.argmax())}, norm {number(norms.max())}, the weakest filter "
                            f"{int(norms.argmin())}, norm {number(norms.min())}.")


def feature_maps(maps, channels=None, scale="joint", columns=8):
    """The feature maps of one image, each under its channel's number.

    maps       (C, H, W)
    channels   numbers of the channels to show, all if None
    scale      "joint": one scale for all; "each": every map on its own. Black is the smallest value, white the largest but for the
               last 0.5 %, so that a single pixel does not darken the rest
    returns    Figure

    Raises ValueError if maps are empty or not finite, if a channel is missing, or if scale is another word. Chapters 5 and 11.
    """
    maps = finite("maps", maps, 3)
    channels = list(range(len(maps))) if channels is None else list(channels)
    not_empty("channels", channels)
    wrong = [k for k in channels if not 0 <= k < len(maps)]
    if wrong:
        raise ValueError(f"channels {wrong} are not among the {len(maps)} maps")
    if scale not in ("joint", "each"):
        raise ValueError(f"scale must be 'joint' or 'each', got {scale!r}")
    chosen = maps[channels]
    axes = None if scale == "joint" else (1, 2)
    low, high = chosen.min(axis=axes, keepdims=True), np.quantile(chosen, 0.995, axis=axes, keepdims=True)
    shown = ((np.minimum(chosen, high) - low) / np.where(high > low, high - low, 1))[:, None]
    said = f"one scale, {number(low.item())} to {number(high.item())}" if scale == "joint" else "each on its own scale"
    with house_style():
        figure, _ = tiles(shown, f"{len(channels)} of {len(maps)} channels, {said}", columns, above=[[str(k)] for k in channels])
    means = np.abs(chosen).mean(axis=(1, 2))
    dead = [k for k, values in zip(channels, chosen, strict=True) if not values.any()]
    return with_alt(figure, f"{len(channels)} feature maps of {maps.shape[1]} by {maps.shape[2]}, {said}, bright is large. "
                            f"Channel {channels[int(means.argmax())]} is the most active, mean {number(means.max())}. "
                            + (f"All zero: channels {', '.join(map(str, dead))}." if dead else "No channel is all zero."))


def predictions(images, labels, probabilities, names, top=2, columns=4):
    """Images with their true class above, and below them the classes that the net holds most probable.

    images          (N, C, H, W)   in 0 ... 1, C = 3 or 1
    labels          (N,)           true classes, as indices
    probabilities   (N, K)
    names           K class names
    top             classes to list; the bar behind a name is as long as its probability, blue if it is the true class
    returns         Figure; a tick marks what was right, a cross what was wrong

    Raises ValueError if a shape does not fit, or if pixels or probabilities leave 0 ... 1. Chapter 11.
    """
    images, probabilities = checked_images(images), finite("probabilities", probabilities, 2)
    labels = [int(k) for k in labels]
    if probabilities.shape != (len(images), len(names)) or len(labels) != len(images):
        raise ValueError(f"{len(images)} images and {len(names)} names need probabilities ({len(images)}, {len(names)}) and "
                         f"{len(images)} labels, got {probabilities.shape} and {len(labels)}")
    if probabilities.min() < 0 or probabilities.max() > 1 + 1e-6:
        raise ValueError(f"probabilities must lie in 0 ... 1, got {probabilities.min():g} to {probabilities.max():g}; use softmax first")
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
    right = [label == guesses[0] for label, guesses in zip(labels, order, strict=True)]
    with house_style():
        above = [[("✓ " if ok else "✗ ") + str(names[label])] for ok, label in zip(right, labels, strict=True)]
        figure, boxes = tiles(images, f"{sum(right)} of {len(images)} right (above: the true class)", columns, above=above, below=top)
        axis = figure.axes[0]
        for text, ok in zip(axis.texts[1:], right, strict=False):
            text.set_color(ink(GREEN if ok else ORANGE))
        for (x, bottom, side, _), guesses, shares, label in zip(boxes, order, probabilities, labels, strict=True):
            for line, k in enumerate(guesses):
                y = bottom + 0.04 + line * LINE
                axis.add_patch(Rectangle((x, y), side * shares[k], LINE - 0.03, color="#A6CFE8" if k == label else "#F2C3A7", linewidth=0))
                share = f"{100 * shares[k]:.0f} %"
                axis.text(x + side, y + LINE / 2, share, fontsize=SMALL, ha="right", va="center")
                axis.text(x + 0.03, y + LINE / 2, fit(str(names[k]), side - 0.5), fontsize=SMALL, ha="left", va="center")
    words = []
    for label, guesses, shares, ok in zip(labels, order, probabilities, right, strict=True):
        if not ok:
            words.append(f"{names[label]} taken for {names[guesses[0]]} ({percent(shares[guesses[0]])})")
        elif len(images) <= 12:                                         # of many, only the mistakes are read out
            words.append(f"{names[label]} {percent(shares[label])}")
    return with_alt(figure, f"{len(images)} images with their predictions, {sum(right)} right. {'; '.join(words)}{'.' if words else ''}")


def maximal_activations(patches, values, channels):
    """The patches of images that excite a channel most, one row a channel, the strongest first.

    patches    (K, N, C, H, W)   in 0 ... 1, C = 3 or 1
    values     (K, N)            the activations, written under the patches
    channels   K names, as "channel 7"
    returns    Figure

    Raises ValueError if a shape does not fit or pixels leave 0 ... 1. Chapter 11.
    """
    patches, values = finite("patches", patches, 5), finite("values", values, 2)
    if patches.shape[:2] != values.shape or len(channels) != len(values):
        raise ValueError(f"patches {patches.shape} need values {patches.shape[:2]} and {len(patches)} channels, "
                         f"got {values.shape} and {len(channels)}")
    flat = checked_images(patches.reshape(-1, *patches.shape[2:]))
    with house_style():
        figure, boxes = tiles(flat, "what excites each channel most", patches.shape[1], left=channels, below=1)
        axis = figure.axes[0]
        for (x, bottom, side, _), value in zip(boxes, values.ravel(), strict=True):
            axis.text(x + side / 2, bottom + 0.02 + LINE / 2, number(value, 2), fontsize=SMALL, ha="center", va="center")
    words = [f"{name} {number(row.max())} to {number(row.min())}" for name, row in zip(channels, values, strict=True)]
    return with_alt(figure, f"The {patches.shape[1]} patches that excite each of {len(channels)} channels most, with their activations: "
                            f"{'; '.join(words)}.")
