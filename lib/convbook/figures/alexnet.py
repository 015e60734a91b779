"""The figures of chapter 13: winners year by year, two cards that meet now and then, what a large stride makes of fine stripes."""
import numpy as np
from matplotlib.patches import Rectangle

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
    series,
    sheet,
    wire,
    with_alt,
)
from convbook.figures._tiles import checked_images, tiles

__all__ = ["periods", "streams", "strided", "winners"]


def winners(rows, person=None):
    """Top-5 errors of a contest's winners, a bar a year.

    rows     [(year, name, error in per cent, is it a convolutional net)]
    person   error of a person in per cent, drawn as a line, or None
    returns  Figure

    Raises ValueError if there are no rows or an error is not between 0 and 100. Chapter 13.
    """
    not_empty("rows", rows)
    errors = finite("errors", [row[2] for row in rows], 1)
    if errors.min() < 0 or errors.max() > 100:
        raise ValueError(f"errors are per cent, got {errors.min():g} to {errors.max():g}")
    words = []
    with house_style():
        figure = Picture(figsize=(WIDTH, 0.9 + 0.36 * len(rows)))
        axis = figure.subplots()
        for k, (year, name, error, convolutional) in enumerate(rows):
            axis.barh(k, error, color=BLUE if convolutional else ORANGE, hatch="" if convolutional else "//", edgecolor="white", height=0.7)
            axis.text(max(error, person or 0) + 0.4, k, f"{error:g} %", va="center", ha="left", fontsize=SMALL)
            words.append(f"{year} {name} {error:g} % ({'a convolutional net' if convolutional else 'no convolutional net'})")
        axis.set_yticks(range(len(rows)), [f"{year}  {name}" for year, name, *_ in rows])
        axis.invert_yaxis()
        axis.set(xlabel="top-5 error, per cent", xlim=(0, 1.18 * errors.max()))
        axis.set_title("Hand-made features (striped), learned ones (plain)", loc="right")
        axis.grid(axis="y", visible=False)
        if person is not None:
            axis.axvline(person, color=GREY, linestyle="--", linewidth=1.2)
            axis.text(person + 0.3, -0.75, f"one person: {person:g} %", fontsize=SMALL, color=GREY, va="center")
            axis.set_ylim(len(rows) - 0.5, -1.2)
    said = "" if person is None else f" A dashed line marks one person's {person:g} %."
    return with_alt(figure, f"Top-5 error year by year: {'; '.join(words)}.{said}")


def streams(layers):
    """A net on two cards, and where a card sees what the other has computed.

    layers   [(name, maps or units in all, "own" or "both")]: what the layer sees of the layer above it in the drawing
    returns  Figure: a box a card and layer; crossing lines where a layer sees both cards

    Raises ValueError if there are no layers or one sees something else. Chapter 13.
    """
    not_empty("layers", layers)
    if wrong := [name for name, _, sees in layers if sees not in ("own", "both")]:
        raise ValueError(f'a layer sees its "own" card or "both", which is not said of {series(wrong)}')
    pitch, lefts, width = 0.52, (2.25, 4.45), 1.5
    with house_style():
        figure, axis = sheet(WIDTH, 0.2 + pitch * len(layers))
        for card, left in enumerate(lefts):
            axis.text(left + width / 2, 0.15, f"card {card + 1}", ha="center", va="center", fontsize=SMALL)
        for k, (name, count, sees) in enumerate(layers):
            y = 0.35 + pitch * k
            axis.text(0.05, y + 0.14, name, ha="left", va="center", fontsize=SMALL)
            for card, left in enumerate(lefts):
                colour = (BLUE, ORANGE)[card]
                axis.add_patch(Rectangle((left, y), width, 0.28, facecolor="white", edgecolor=colour, linewidth=1.6, zorder=3,
                                         linestyle=("-", "--")[card]))
                axis.text(left + width / 2, y + 0.14, number(count / 2), ha="center", va="center", fontsize=SMALL, zorder=4)
                for other in (0, 1) if sees == "both" and k else (card,):
                    if k:
                        points = [(lefts[other] + width / 2, y - pitch + 0.28), (left + width / 2, y)]
                        wire(axis, points, colour=(BLUE, ORANGE)[other], width=1.3)
    meets = [name for k, (name, _, sees) in enumerate(layers) if sees == "both" and k]
    return with_alt(figure, f"Two columns of boxes, one a graphics card, {len(layers)} layers from top to bottom: "
                            f"{', '.join(f'{name} {number(count)}' for name, count, _ in layers)}, half of them on each card. "
                            f"Lines cross between the cards only into {series(meets) if meets else 'no layer'}.")


def periods(maps, steps):
    """The period of the strongest wave along the rows of each map, in pixels of the picture it was made from.

    maps     list of (H, W), W at least 4
    steps    pixels from one place of each map to the next
    returns  list of floats
    """
    found = []
    for values, step in zip(maps, steps, strict=True):
        values = np.asarray(values, dtype=float)
        size = 16 * values.shape[1]                                     # zeros behind the row: a finer scale of frequencies
        window = np.hanning(values.shape[1])
        strength = np.abs(np.fft.rfft((values - values.mean()) * window, n=size, axis=1)).sum(axis=0)
        found.append(float(step * size / (1 + strength[1:].argmax())))
    return found


def strided(picture, maps, steps, note):
    """A picture with stripes and its maps at several strides, all drawn as large as the picture.

    picture  (1, H, W)     in 0 ... 1
    maps     list of (OH, OW), one a stride; each is drawn on its own scale
    steps    their strides
    note     what there is to see, for the alt text
    returns  Figure

    Raises ValueError if pixels leave 0 ... 1 or there is not one stride a map. Chapter 13.
    """
    (picture,) = checked_images(np.asarray(picture)[None])
    if len(maps) != len(steps):
        raise ValueError(f"{len(maps)} maps need as many strides, got {len(steps)}")
    side = picture.shape[-1]
    shown = [picture[0]]
    for values, step in zip(maps, steps, strict=True):
        values = finite("maps", values, 2)
        low, high = values.min(), values.max()
        large = np.kron((values - low) / (high - low if high > low else 1), np.ones((step, step)))[:side, :side]
        shown.append(np.pad(large, [(0, side - length) for length in large.shape], constant_values=1))
    above = [["the picture"], *([f"stride {step}"] for step in steps)]
    with house_style():
        figure, _ = tiles(np.stack(shown)[:, None], "One filter, several strides", len(shown), above=above)
    sizes = series(f"{len(values)} by {len(values[0])} at stride {step}" for step, values in zip(steps, maps, strict=True))
    return with_alt(figure, f"A picture of {side} by {side} pixels with stripes, and the maps of one filter, {sizes}, drawn as large as "
                            f"the picture. {note}")
