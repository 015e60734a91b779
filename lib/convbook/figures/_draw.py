"""What the figures share: the house style, a Figure with alt text, labels beside lines, words for numbers."""
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

WIDTH = 6.4                                             # inches: the text column, and about 360 pixels on a phone
SMALL = 11                                              # points: the smallest letters that stay readable there
BLUE, ORANGE, GREEN, GREY, PALE = "#0072B2", "#D55E00", "#009E73", "#555555", "#E8E8E8"
STYLES = ["-", "--", "-.", ":"]                         # so that lines differ in more than colour
_ALT_KEY = {"png": "Description", "svg": "Description", "pdf": "Subject"}


@contextmanager
def house_style() -> Iterator[None]:
    """The course's look while a figure is drawn: `with house_style(): figure, axes = plt.subplots()`.

    plt.style.use("convbook.figures.house") sets the same look for a whole page.
    """
    with plt.style.context("convbook.figures.house"):
        yield
        interactive = matplotlib.is_interactive()    # a notebook's first figure turns it on ...
    matplotlib.interactive(interactive)              # ... and leaving the style must not turn it off: later figures would not show


class Picture(Figure):
    """A Figure outside pyplot's books: nothing stays open, a notebook shows it by itself, saved files carry its alt text."""

    alt_text = ""

    def savefig(self, fname, **options):
        """Figure.savefig in the house style; PNG, SVG and PDF keep the alt text among their metadata."""
        kind = options.get("format") or PurePath(fname if isinstance(fname, str | PurePath) else "x.png").suffix.lstrip(".") or "png"
        if kind in _ALT_KEY and self.alt_text:
            options["metadata"] = {_ALT_KEY[kind]: self.alt_text, **(options.get("metadata") or {})}
        with house_style():
            super().savefig(fname, **options)

    def _repr_png_(self):
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=self.dpi)
        return buffer.getvalue()


def with_alt(figure, text):
    """The figure, with `figure.alt_text` set to the text on one line.

    returns  the same figure

    Raises ValueError if the text is empty.
    """
    words = " ".join(str(text).split())
    if not words:
        raise ValueError("the alt text is empty; say what the figure shows, with its numbers")
    figure.alt_text = words
    return figure


def sheet(width, height):
    """An empty figure and one axis without ticks that covers it, in inches from the top left corner."""
    figure = Picture(figsize=(width, height))
    figure.set_layout_engine("none")
    axis = figure.add_axes((0, 0, 1, 1))
    axis.axis("off")
    axis.set(xlim=(0, width), ylim=(height, 0))
    return figure, axis


def wire(axis, points, colour="#888888", width=1.0, head=True):
    """A line through points in inches, with an arrow head at its end or without."""
    path = Path([tuple(point) for point in points], [Path.MOVETO] + [Path.LINETO] * (len(points) - 1))
    axis.add_patch(FancyArrowPatch(path=path, arrowstyle="-|>" if head else "-", mutation_scale=6, facecolor=colour, edgecolor=colour,
                                   linewidth=width, joinstyle="miter", zorder=2))


def knot(axis, x, y, sign, radius, colour):
    """The ring where two ways meet, with "+" or "×" in it, drawn as strokes so that it is centred at any size."""
    axis.add_patch(Circle((x, y), radius, facecolor="white", edgecolor=colour, linewidth=1.4, zorder=3))
    reach = 0.6 * radius
    for dx, dy in [(reach, 0), (0, reach)] if sign == "+" else [(0.75 * reach, 0.75 * reach), (0.75 * reach, -0.75 * reach)]:
        axis.plot([x - dx, x + dx], [y - dy, y + dy], color=GREY, linewidth=1.4, zorder=4)


def text_width(text, size=SMALL):
    """Inches that the longest line of a text takes at a size in points."""
    return max(TextPath((0, 0), line or " ", size=size).get_extents().width for line in text.split("\n")) / 72


def fit(text, width, size=SMALL):
    """The text, cut with an ellipsis where it is wider than `width` inches."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip(" ,") + "…"


def ink(colour):
    """The colour, darkened until letters in it stand out from white paper (contrast 4.5)."""
    rgb = np.array(to_rgb(colour))
    while 1.05 / (0.05 + _luminance(rgb)) < 4.5:
        rgb = rgb * 0.95
    return tuple(float(part) for part in rgb)


def _luminance(rgb):
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def logarithmic(axis):
    """A logarithmic vertical axis with plain numbers: 0.2, 0.5, 1, or powers of ten alone where there are many. Call it after drawing."""
    axis.set_yscale("log")
    low, high = axis.get_ylim()
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 300 * low else (1,)))
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.yaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_minor_formatter(NullFormatter())


def label_ends(figure, labels, size=SMALL):
    """Names beside the right ends of lines, moved apart where they would overlap.

    labels   {axis: [(y, text, colour)]}   y in data units
    """
    texts = {axis: [axis.text(1.02, min(max(_axes_fraction(axis, y), 0), 1), text, transform=axis.transAxes, ha="left", va="center",
                              color=ink(colour), fontsize=size) for y, text, colour in ends] for axis, ends in labels.items()}
    figure.get_layout_engine().execute(figure)          # the panels make room at the right; how high they are is known now
    for axis, ends in labels.items():
        gap = 1.25 * size * figure.dpi / 72 / axis.bbox.height
        for text, y in zip(texts[axis], spread([_axes_fraction(axis, y) for y, *_ in ends], gap), strict=True):
            text.set_y(y)


def _axes_fraction(axis, y):
    return float(axis.transAxes.inverted().transform(axis.transData.transform((axis.get_xlim()[0], y)))[1])


def spread(places, gap):
    """Places moved as little as possible (least squares) to stand `gap` apart and, if there is room, between 0 and 1, in their order."""
    order = np.argsort(places, kind="stable")
    steps = gap * np.arange(len(places))
    pools: list[list[float]] = []                       # places that have run into each other stand side by side around their mean
    for place in np.asarray(places, dtype=float)[order] - steps:
        pools.append([place])
        while len(pools) > 1 and np.mean(pools[-2]) > np.mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    starts = np.concatenate([np.full(len(pool), np.mean(pool)) for pool in pools])
    if steps[-1] <= 1:
        starts = np.clip(starts, 0, 1 - steps[-1])
    moved = np.empty(len(places))
    moved[order] = starts + steps
    return moved.tolist()


def number(value, digits=3):
    """A number as one writes it by hand, with a real minus sign: 0.25, −3, 1,234, 2.1e−05."""
    value = float(value)
    if not np.isfinite(value):
        return {np.inf: "infinity", -np.inf: "−infinity"}.get(value, "not a number")
    if value == round(value) and abs(value) < 1e12:
        return f"{value + 0.0:,.0f}".replace("-", "−")
    return f"{value:.{digits}g}".replace("-", "−")


def percent(share):
    """A share as per cent, with one decimal unless that is 0."""
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def in_rows(values, digits=3):
    """A matrix in words: 1 2 / 3 4."""
    return " / ".join(" ".join(number(value, digits) for value in row) for row in np.asarray(values))


def series(words):
    """a; a and b; a, b and c."""
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def finite(name, values, ndim=None):
    """The values as a float64 array.

    Raises ValueError if there are none, if one is NaN or infinite, or if the array has another number of axes.
    """
    array = np.asarray(values, dtype=np.float64)
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} axes, got an array of shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} is empty, there is nothing to draw")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds {np.count_nonzero(~np.isfinite(array))} values that are NaN or infinite; draw the part before them")
    return array


def not_empty(name, values):
    """Raises ValueError if a list or dict has no entries."""
    if len(values) == 0:
        raise ValueError(f"{name} is empty, there is nothing to draw")
