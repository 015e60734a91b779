"""The figures of chapter 12: a digit on its way through the net, the table of connections, the bitmaps, the digits misread."""
import numpy as np
from matplotlib.patches import Rectangle

from convbook.figures._draw import (
    BLUE,
    GREY,
    SMALL,
    WIDTH,
    finite,
    house_style,
    not_empty,
    number,
    series,
    sheet,
    text_width,
    with_alt,
)
from convbook.figures._tiles import checked_images, tiles

__all__ = ["bitmaps", "connection_table", "misread", "stack"]

GAP, LINE, PER_LINE = 0.06, 0.2, 10                     # inches between maps, for a line of text; maps beside each other


def stack(rows, title, names=None):
    """One image on its way through a net, a row a layer; each row has a grey scale of its own.

    rows     [(label, maps)]   maps (C, H, W); black is the smallest number of the row, white the largest
    title    what one should see
    names    texts below the maps of the last row, or None
    returns  Figure

    Raises ValueError if there are no rows, maps are empty or not finite, or the names are more or fewer than the last maps. Chapter 12.
    """
    not_empty("rows", rows)
    rows = [(label, finite(label, maps, 3)) for label, maps in rows]
    if names is not None and len(names) != len(rows[-1][1]):
        raise ValueError(f"the last row has {len(rows[-1][1])} maps, there are {len(names)} names")
    margin = 0.2 + max(text_width(label) for label, _ in rows)
    sizes = []
    for label, maps in rows:
        lines = -(-len(maps) // PER_LINE)
        beside = -(-len(maps) // lines)
        width = min((WIDTH - margin) / beside - GAP, 0.8 * max(1.0, maps.shape[2] / maps.shape[1] / 2))
        sizes.append((width, width * maps.shape[1] / maps.shape[2], LINE * (label.count("\n") + 1), lines, beside))
    with house_style():
        rooms = [max(lines * (tall + GAP) - GAP, text) for _, tall, text, lines, _ in sizes]
        figure, axis = sheet(WIDTH, 0.4 + sum(rooms) + 0.12 * len(rooms) + (LINE if names else 0))
        axis.text(0.02, 0.17, title, fontsize=13, ha="left", va="center")
        y = 0.4
        for (label, maps), (width, tall, _, lines, beside), room in zip(rows, sizes, rooms, strict=True):
            axis.text(0.02, y + room / 2, label, fontsize=SMALL, ha="left", va="center", linespacing=1.2)
            for k, values in enumerate(maps):
                x, top = margin + k % beside * (width + GAP), y + (room - lines * (tall + GAP) + GAP) / 2 + k // beside * (tall + GAP)
                axis.add_patch(Rectangle((x, top), width, tall, fill=False, edgecolor=GREY, linewidth=1))
                axis.imshow(values, extent=(x, x + width, top + tall, top), cmap="gray", vmin=maps.min(), vmax=maps.max(), aspect="auto")
                if names is not None and maps is rows[-1][1]:
                    axis.text(x + width / 2, y + room + 0.6 * LINE, str(names[k]), fontsize=SMALL, ha="center", va="center")
            y += room + 0.12
        axis.set(xlim=(0, WIDTH), ylim=(figure.get_figheight(), 0))     # imshow moved the limits
    said = [f"{' '.join(label.split())}, {number(maps.min())} to {number(maps.max())}" for label, maps in rows]
    best = "" if names is None else f" The brightest of the last row is {names[int(rows[-1][1].max(axis=(1, 2)).argmax())]}."
    return with_alt(figure, f"{title}. Maps from top to bottom: {'; '.join(said)}.{best}")


def connection_table(seen, count):
    """Which maps of the layer below each map sees.

    seen     for every map, the numbers of the maps that it sees
    count    of the maps below
    returns  Figure: a row for each map below, a column for each map, a square where they are connected

    Raises ValueError if there are no maps, or one sees a map that is not there. Chapter 12.
    """
    not_empty("seen", seen)
    if wrong := [maps for maps in seen if not maps or min(maps) < 0 or max(maps) >= count]:
        raise ValueError(f"every map must see some of the maps 0 to {count - 1}, not {wrong[0]}")
    step, left, top = (WIDTH - 1.0) / (len(seen) + 1), 0.5, 0.95
    pairs = sum(map(len, seen))
    with house_style():
        figure, axis = sheet(WIDTH, top + (count + 1) * step + 0.1)
        axis.text(0.02, 0.17, f"{pairs} of {count * len(seen)} pairs are connected", fontsize=13, ha="left", va="center")
        axis.text(left, 0.45, "map of C3", fontsize=SMALL, ha="left", va="center")
        axis.text(0.14, top + (count / 2 + 0.5) * step, "map of S2", fontsize=SMALL, ha="center", va="center", rotation=90)
        for row in range(-1, count + 1):
            for column in range(-1, len(seen) + 1):
                x, y = left + (column + 1) * step, top + (row + 0.5) * step
                if 0 <= row < count and 0 <= column < len(seen):
                    on = row in seen[column]
                    axis.add_patch(_square(x, y, 0.9 * step, BLUE if on else "#EEEEEE", "on" if on else "off"))
                elif row == -1 and 0 <= column < len(seen):
                    axis.text(x, y, str(column), fontsize=SMALL, ha="center", va="center")
                elif column == -1 and 0 <= row < count:
                    axis.text(x, y, str(row), fontsize=SMALL, ha="center", va="center")
                elif row == count and 0 <= column < len(seen):
                    axis.text(x, y, f"{len(seen[column])}", fontsize=SMALL, ha="center", va="center", color=GREY)
                elif column == len(seen) and 0 <= row < count:
                    axis.text(x, y, f"{sum(row in maps for maps in seen)}", fontsize=SMALL, ha="center", va="center", color=GREY)
    words = [f"{k} sees {' '.join(map(str, maps))}" for k, maps in enumerate(seen)]
    return with_alt(figure, f"A table of connections, {pairs} of {count * len(seen)} pairs: map {'; '.join(words)}.")


def bitmaps(values, below, names, said):
    """Pictures of 84 numbers each in two rows, 1 in black: what they should be, and what they are.

    values   (K, H, W)   in -1 ... 1
    below    (K, H, W)   cut to -1 ... 1 where they leave it
    names    K texts above the upper row
    said     one sentence for the alt text
    returns  Figure

    Raises ValueError if the shapes differ or a name is missing. Chapter 12.
    """
    values, below = finite("values", values, 3), finite("below", below, 3)
    if values.shape != below.shape or len(names) != len(values):
        raise ValueError(f"two rows of {len(names)} pictures are needed, got {values.shape} and {below.shape}")
    pictures = 0.5 - np.clip(np.concatenate([values, below])[:, None], -1, 1) / 2
    with house_style():
        figure, _ = tiles(pictures, "above: the code of each digit, below: what F6 says", len(values),
                          above=[[str(name)] for name in [*names, *names]])
    return with_alt(figure, f"Two rows of {len(values)} bitmaps of {values.shape[2]} by {values.shape[1]}, "
                            f"for {series(map(str, names))}. {said}")


def misread(images, truths, guesses, columns=9):
    """Images with the true digit and the one that was read.

    images   (N, 1, H, W)   in 0 ... 1
    truths   (N,)           digits
    guesses  (N,)           digits, each another one
    returns  Figure

    Raises ValueError if there are none, if lengths differ, if a guess is right, or if pixels leave 0 ... 1. Chapter 12.
    """
    images = checked_images(images)
    if not len(images) == len(truths) == len(guesses):
        raise ValueError(f"{len(images)} images need as many truths and guesses, got {len(truths)} and {len(guesses)}")
    if any(truth == guess for truth, guess in zip(truths, guesses, strict=True)):
        raise ValueError("a digit that was read rightly is not misread")
    words = [f"{truth} → {guess}" for truth, guess in zip(truths, guesses, strict=True)]
    with house_style():
        figure, _ = tiles(1 - images, "what was written → what was read", columns, above=[[text] for text in words])
    return with_alt(figure, f"{len(images)} misread digits; what was written and what was read: {'; '.join(words)}.")


def _square(x, y, side, colour, name):
    return Rectangle((x - side / 2, y - side / 2), side, side, facecolor=colour, linewidth=0, gid=name)
