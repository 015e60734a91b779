"""One block of a net as a graph, drawn from the combinators it is made of."""
from collections.abc import Callable
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from convbook.figures._draw import SMALL, WIDTH, fit, house_style, knot, series, sheet, text_width, wire, with_alt

__all__ = ["block"]

LINE, GAP, RING = 0.19, 0.24, 0.1                       # inches: a line of text, between boxes, radius of a plus
JOIN = "#A8467F"
AROUND = {"colour": JOIN, "width": 1.4}                 # the pen for the way past a body
_TINTS = {"conv": "#CFE4F2", "pool": "#FBE6BF", "linear": "#CDEBE0", "fc": "#CDEBE0"}
FORMS = 'text, ("Sequential", label, [parts]), ("Residual", body, shortcut), ("Concat", [branches]) or ("Scale", gate)'


class _Part(NamedTuple):
    """A drawing that is entered at its top and left at its bottom, both `port` inches from its left edge.

    `solid`: a box stands at the top, so the way in ends in an arrow head; else it goes on as a line.
    """

    width: float
    height: float
    port: float
    solid: bool
    draw: Callable[[Axes, float, float], None]          # at (x, y), its top left corner


def block(tree, title=""):
    """Draw a block from top to bottom.

    tree     text such as "3x3 conv, 64" for a layer, or a combinator of trees:
             ("Sequential", label, [parts])   one after the other, framed if there is a label
             ("Residual", body, shortcut)     both get the input, their outputs are added; None for the identity
             ("Concat", [branches])           all get the input, their outputs stand behind each other as channels
             ("Scale", gate)                  the input is multiplied by what the gate makes of it
    title    written above
    returns  Figure, as wide as the text column unless its branches need more

    Raises ValueError if the tree holds anything else, or a Concat has no branches. Chapters 12 and later.
    """
    words = _words(tree)
    with house_style():
        part = next((p for p in (_lay(tree, cut) for cut in (None, ", ", " ")) if p.width <= WIDTH - 0.1), _lay(tree, " "))
        head = 0.36 if title else 0.05
        width = max(WIDTH, part.width + 0.1)
        figure, axis = sheet(width, head + 2 * (LINE + 0.05) + 2 * GAP + part.height + 0.05)
        x = min(max((width - part.width) / 2, 0.05), max(0.05, width - part.width - 0.05))
        port, y = x + part.port, head + LINE + 0.05
        if title:
            axis.text(0.02, 0.18, fit(title, width - 0.05, 13), fontsize=13, ha="left", va="center")
        axis.text(port, head + LINE / 2, "input", fontsize=SMALL, ha="center", va="center")
        wire(axis, [(port, y), (port, y + GAP)], head=part.solid)
        part.draw(axis, x, y + GAP)
        wire(axis, [(port, y + GAP + part.height), (port, y + 2 * GAP + part.height)])
        axis.text(port, y + 2 * GAP + part.height + 0.03 + LINE / 2, "output", fontsize=SMALL, ha="center", va="center")
    return with_alt(figure, f"{title or 'Block'}: the input goes {words}.")


def _lay(tree, cut):
    """The part for a tree; `cut` is where a layer's text may be broken into lines."""
    if isinstance(tree, str):
        return _layer(tree, cut)
    kind, *arguments = tree
    if kind == "Sequential":
        label, parts = arguments
        return _sequence(label, [_lay(part, cut) for part in parts])
    if kind == "Concat":
        return _concat([_lay(branch, cut) for branch in arguments[0]])
    if kind == "Scale":
        return _bypass(_straight(), _lay(arguments[0], cut), "×")
    body, shortcut = arguments
    return _bypass(_lay(body, cut), _straight("identity", **AROUND) if _is_identity(shortcut) else _lay(shortcut, cut), "+")


def _layer(text, cut):
    lines = text if cut is None else text.replace(cut, cut.rstrip() + "\n")
    width, height = max(text_width(lines) + 0.26, 0.6), LINE * (lines.count("\n") + 1) + 0.14
    tint = next((colour for word, colour in _TINTS.items() if word in text.lower()), "#EEEEEE")

    def draw(axis, x, y):
        axis.add_patch(FancyBboxPatch((x, y), width, height, boxstyle="round,pad=0,rounding_size=0.06", facecolor=tint, edgecolor="#888888",
                                      linewidth=0.8, zorder=3))
        axis.text(x + width / 2, y + height / 2, lines, fontsize=SMALL, ha="center", va="center", linespacing=1.1, zorder=4)
    return _Part(width, height, width / 2, True, draw)


def _straight(label="", **pen):
    """A line that changes nothing."""
    width, height = 0.3 + (text_width(label) if label else 0.0), 0.3

    def draw(axis, x, y):
        wire(axis, [(x + 0.1, y), (x + 0.1, y + height)], head=False, **pen)
        if label:
            axis.text(x + 0.18, y + height / 2, label, fontsize=SMALL, ha="left", va="center")
    return _Part(width, height, 0.1, False, draw)


def _sequence(label, parts):
    parts = parts or [_straight()]
    pad = 0.12 if label else 0.0
    head = LINE + 0.16 if label else 0.0                                # the label's line, above the first part
    port = max(max(part.port for part in parts) + pad, text_width(label) + 0.26 if label else 0.0)
    width = port + max(part.width - part.port for part in parts) + pad
    height = head + sum(part.height for part in parts) + GAP * (len(parts) - 1) + (GAP / 2 if label else 0.0)

    def draw(axis, x, y):
        if label:
            axis.add_patch(FancyBboxPatch((x, y), width, height, boxstyle="round,pad=0,rounding_size=0.08", facecolor="#F7F7F7",
                                          edgecolor="#AAAAAA", linewidth=0.8, linestyle="--", zorder=0))
            axis.text(x + 0.1, y + 0.05 + LINE / 2, label, fontsize=SMALL, ha="left", va="center")
            wire(axis, [(x + port, y), (x + port, y + head)], head=parts[0].solid)
            wire(axis, [(x + port, y + height - GAP / 2), (x + port, y + height)], head=False)
        y += head
        for k, part in enumerate(parts):
            if k:
                wire(axis, [(x + port, y - GAP), (x + port, y)], head=part.solid)
            part.draw(axis, x + port - part.port, y)
            y += part.height + GAP
    return _Part(width, height, port, not label and parts[0].solid, draw)


def _bypass(body, side, sign):
    """Two ways from one point to one ring: the body straight on, the other round it on the right."""
    top, tall = 0.12 + GAP, max(body.height, side.height)
    width, height = body.width + 0.3 + side.width, top + tall + GAP + 2 * RING

    def draw(axis, x, y):
        port, right, ring = x + body.port, x + body.width + 0.3 + side.port, y + height - RING
        wire(axis, [(port, y), (port, y + top)], head=body.solid)
        body.draw(axis, x, y + top)
        wire(axis, [(port, y + top + body.height), (port, ring - RING)])
        start = y + top + (tall - side.height) / 2
        wire(axis, [(port, y + 0.12), (right, y + 0.12), (right, start)], head=side.solid, **AROUND)
        side.draw(axis, right - side.port, start)
        wire(axis, [(right, start + side.height), (right, ring), (port + RING, ring)], **AROUND)
        knot(axis, port, ring, sign, RING, JOIN)
    return _Part(width, height, body.port, False, draw)


def _concat(branches):
    gap, top, bar = 0.16, 0.12 + GAP, LINE + 0.12
    width = max(sum(part.width for part in branches) + gap * (len(branches) - 1), text_width("concatenate") + 0.3)
    tall = max(part.height for part in branches)
    height = top + tall + GAP + bar

    def draw(axis, x, y):
        middle, left = x + width / 2, x
        wire(axis, [(middle, y), (middle, y + 0.12)], head=False)
        for part in branches:
            port, start = left + part.port, y + top + (tall - part.height) / 2
            wire(axis, [(middle, y + 0.12), (port, y + 0.12), (port, start)], head=part.solid)
            part.draw(axis, left, start)
            wire(axis, [(port, start + part.height), (port, y + height - bar)])
            left += part.width + gap
        axis.add_patch(FancyBboxPatch((x, y + height - bar), width, bar, boxstyle="round,pad=0,rounding_size=0.06", facecolor="#F0D9E7",
                                      edgecolor=JOIN, linewidth=1, zorder=3))
        axis.text(middle, y + height - bar / 2, "concatenate", fontsize=SMALL, ha="center", va="center", zorder=4)
    return _Part(width, height, width / 2, False, draw)


def _words(tree):
    """What happens to the input, as it goes on after "the input goes"."""
    match tree:
        case str() if tree.strip():
            return f"through {tree}"
        case ("Sequential", str() | None as label, [*parts]):
            said = ", then ".join(_words(part) for part in parts) or "straight on"
            return f"into {label} ({said})" if label else said
        case ("Residual", body, shortcut):
            past = "by the identity" if _is_identity(shortcut) else _words(shortcut)
            return f"{_words(body)}, and past it {past}; the two are added"
        case ("Concat", [_, *_] as branches):
            said = series(f"({_words(branch)})" for branch in branches)
            return f"into {len(branches)} branches side by side, {said}, which are concatenated"
        case ("Scale", gate):
            return f"straight on, and {_words(gate)}; the first is multiplied by the second"
    raise ValueError(f"a block is {FORMS}; got {tree!r}")


def _is_identity(tree):
    return tree is None or tree == "identity" or (isinstance(tree, tuple) and tree[0] == "Sequential" and len(tree) == 3 and not tree[2])
