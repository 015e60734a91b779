"""A net drawn from its layers, left to right: as high as the image is, as wide as there are channels."""
from collections.abc import Mapping
from itertools import groupby
from typing import NamedTuple

import numpy as np
from matplotlib.patches import Rectangle

from convbook.figures._draw import SMALL, WIDTH, fit, house_style, knot, not_empty, number, sheet, text_width, wire, with_alt

__all__ = ["Layer", "net"]

KINDS = {"input": "#BBBBBB", "convolution": "#0072B2", "pooling": "#E69F00", "fully connected": "#009E73", "concatenation": "#CC79A7",
         "addition": "#CC79A7", "block": "#56B4E9", "other": "#555555"}
_WORDS = {"input": "input", "conv": "convolution", "pool": "pooling", "linear": "fully connected", "dense": "fully connected",
          "concat": "concatenation", "add": "addition", "residual": "addition", "block": "block", "inception": "block", "module": "block"}
TALLEST, LOWEST, PLUS, LINE = 1.5, 0.07, 0.085, 0.19    # inches: the largest image, the smallest, half a plus, a line of text


class Layer(NamedTuple):
    """One row of `net`'s table; a dict with these keys does as well.

    name         as it is written below its box
    kind         "conv", "pool", "linear", "concat", "add" ...: the box's colour; "add" is drawn as a plus
    shape        (C, H, W) or (C,) of the output
    parameters   how many
    branch       None on the trunk; layers of parallel branches carry 0, 1, 2 ..., branch after branch
    skip         name of the earlier layer whose output a shortcut brings here, or None
    """

    name: str
    kind: str
    shape: tuple
    parameters: int = 0
    branch: int | None = None
    skip: str | None = None


class _Box(NamedTuple):
    layer: Layer
    x: float
    y: float                # the middle, measured downward from the trunk
    width: float
    height: float
    label: str


def net(rows, title="", per_line=22):
    """Draw a net from a table of its layers.

    rows       layers in order, each a Layer or a dict with its keys; rows of one fork stand together, branch after branch
    title      written above, with the number of parameters
    per_line   columns until the drawing goes on in a new line (never inside a fork or under a shortcut)
    returns    Figure. Heights are to scale (an image's height; one pixel is drawn a little larger than it is), widths grow with
               the logarithm of the channels; a shape is written where it changes

    Raises ValueError if there are no rows, a shape is not (C, H, W) or (C,), or a shortcut starts at no earlier layer. Chapters 12
    and later.
    """
    layers = _layers(rows)
    columns = _columns(layers)
    lines = _break(columns, layers, per_line)
    widest = max(len(line) for line in lines)
    pitch = WIDTH / max(widest, 4)
    tallest = max(_size(layer) for layer in layers)
    kinds = list(dict.fromkeys(_kind(layer) for layer in layers if _kind(layer) != "addition"))
    with house_style():
        drawings = [_place(line, layers, pitch, tallest) for line in lines]
        legend = _legend(kinds)
        top = (0.36 if title else 0.05) + (LINE + 0.03) * (1 + legend[-1][2]) + 0.07
        figure, axis = sheet(WIDTH, top + sum(above + below + 0.12 for _, above, below, _ in drawings))
        total = sum(layer.parameters for layer in layers)
        if title:
            heading = f"{title}: {number(total)} parameters" if total else title
            axis.text(0.02, 0.18, fit(heading, WIDTH - 0.05, 13), fontsize=13, ha="left", va="center")
        for kind, x, line in legend:
            y = (0.46 if title else 0.15) + (LINE + 0.03) * line
            axis.add_patch(Rectangle((x, y - 0.06), 0.12, 0.12, color=KINDS[kind], linewidth=0))
            axis.text(x + 0.17, y, kind, fontsize=SMALL, ha="left", va="center")
        y = top
        for boxes, above, below, rotated in drawings:
            _draw(axis, boxes, y + above, pitch, rotated, layers)
            y += above + below + 0.12
    return with_alt(figure, _describe(layers, columns, title, total))


def _layers(rows):
    not_empty("rows", rows)
    layers = [Layer(**row) if isinstance(row, Mapping) else Layer(*row) for row in rows]
    seen: set[str] = set()
    for layer in layers:
        if len(layer.shape) not in (1, 3) or min(layer.shape) < 1:
            raise ValueError(f"the shape of {layer.name!r} must be (C, H, W) or (C,), got {layer.shape}")
        if layer.skip is not None and layer.skip not in seen:
            raise ValueError(f"the shortcut to {layer.name!r} starts at {layer.skip!r}, which is no earlier layer")
        seen.add(layer.name)
    return layers


def _columns(layers):
    """The drawing's columns: a list of {branch: row}; the k-th layers of parallel branches share one."""
    columns: list[dict[int | None, int]] = []
    for forked, group in groupby(range(len(layers)), key=lambda k: layers[k].branch is not None):
        rows = list(group)
        if not forked:
            columns += [{None: k} for k in rows]
            continue
        branches = {branch: list(ks) for branch, ks in groupby(rows, key=lambda k: layers[k].branch)}
        for step in range(max(map(len, branches.values()))):
            columns.append({branch: ks[step] for branch, ks in branches.items() if step < len(ks)})
    return columns


def _break(columns, layers, per_line):
    """Columns in lines; a line ends only where no fork is open and no shortcut is under way."""
    shortcuts = [(start, k) for k in range(len(layers)) if (start := _start(layers, k)) is not None]
    lines: list[list] = []
    line: list[dict] = []
    safe = 0
    for column in columns:
        if len(line) >= per_line and safe:
            lines.append(line[:safe])
            line, safe = line[safe:], 0
        line.append(column)
        last = max(column.values())
        if None in column and not any(start < last < end for start, end in shortcuts):
            safe = len(line)
    return [*lines, line]


def _place(line, layers, pitch, tallest):
    """Boxes of one line around a trunk at 0: (boxes by row, inches above, inches below, whether labels are turned)."""
    labels = {k: _label(layers, k) for column in line for k in column.values()}
    if any(text_width(text) > pitch - 0.12 for text in labels.values()):
        labels = {k: text.replace(", ", ",\n") for k, text in labels.items()}
    rotated = any(text_width(text) > pitch - 0.12 for text in labels.values())
    if rotated:
        labels = {k: text.replace(",\n", ", ").replace("\n", "  ") for k, text in labels.items()}
    room = {k: (text_width(text) if rotated else LINE * (text.count("\n") + 1)) + 0.1 for k, text in labels.items()}
    lanes = sorted({branch for column in line for branch in column if branch is not None})
    room_for_lanes = min(1.0, 2 / max(len(lanes), 1))                   # parallel branches make a drawing high: draw them smaller
    sizes = {k: (min(0.05 + 0.028 * float(np.log2(layers[k].shape[0])), 0.62 * pitch),
                 max(TALLEST * room_for_lanes * _size(layers[k]) / tallest, LOWEST)) for k in labels}
    tall = [max(sizes[c[lane]][1] + room[c[lane]] for c in line if lane in c) + 0.12 for lane in lanes]
    tops = np.cumsum([0.0, *tall]) - sum(tall) / 2
    trunk = [c[None] for c in line if None in c]
    baseline = None if lanes else max(PLUS, *(sizes[k][1] / 2 for k in trunk))
    boxes, above, below = {}, 0.0, 0.0
    for place, column in enumerate(line):
        for branch, k in column.items():
            width, height = sizes[k]
            lane = None if branch is None else lanes.index(branch)
            y = 0.0 if lane is None else float(tops[lane]) + max(sizes[c[branch]][1] for c in line if branch in c) / 2
            boxes[k] = _Box(layers[k], (place + 0.5) * pitch, y, width, height, labels[k])
            above = max(above, height / 2 - y)
            below = max(below, (y + height / 2 if baseline is None else baseline) + room[k])
    arcs = any(layers[k].skip for k in boxes)
    return dict(sorted(boxes.items())), above + (0.35 if arcs else 0.05), below, rotated


def _draw(axis, boxes, middle, pitch, rotated, layers):
    lanes = any(box.layer.branch is not None for box in boxes.values())
    floor = max(PLUS, *(box.height / 2 for box in boxes.values()))
    before = _Box(layers[0], -0.5 * pitch, 0.0, pitch, 0.0, "")          # stands for the end of the line above
    for k, box in boxes.items():
        for source in _sources(layers, k):
            _wire(axis, boxes.get(source, before), box, middle, pitch)
    for k, box in boxes.items():
        y = middle + box.y
        if _kind(box.layer) == "addition":
            knot(axis, box.x, y, "+", PLUS, KINDS["addition"])
        else:
            axis.add_patch(Rectangle((box.x - box.width / 2, y - box.height / 2), box.width, box.height, facecolor=KINDS[_kind(box.layer)],
                                     edgecolor="white", linewidth=0.5, zorder=3))
        below = (y + box.height / 2 if lanes else middle + floor) + 0.06
        axis.text(box.x, below, box.label, fontsize=SMALL, ha="center", va="top", rotation=90 if rotated else 0, linespacing=1.1)
        start = _start(layers, k)
        if start is not None:
            top = min(boxes[j].y - boxes[j].height / 2 for j in boxes if start <= j <= k)
            first = boxes.get(start, before)
            left, high = first.x + first.width / 2 + 0.03, middle + top - 0.2
            wire(axis, [(left, middle + first.y), (left, high), (box.x, high), (box.x, y - _half(box)[1])], KINDS["addition"], 1.4)


def _start(layers, k):
    """The row where the shortcut into row k starts: the last of that name before it; None without a shortcut."""
    return next((j for j in range(k - 1, -1, -1) if layers[j].name == layers[k].skip), None)


def _sources(layers, k):
    """Rows whose output goes into row k along the drawn lines."""
    if k == 0:
        return []
    if layers[k].branch is not None:
        if layers[k - 1].branch == layers[k].branch:
            return [k - 1]
        trunk = [j for j in range(k) if layers[j].branch is None]
        return trunk[-1:]
    ends: list[int] = []
    for j in range(k - 1, -1, -1):                      # the last layer of each branch of the fork before
        if layers[j].branch is None:
            return ends or [j]
        if layers[j + 1].branch != layers[j].branch:
            ends.append(j)
    return ends


def _wire(axis, start, end, middle, pitch):
    """From one box to the next; into and out of a branch round the corner, where no box and no label stands."""
    x0, y0, x1, y1 = start.x + start.width / 2, middle + start.y, end.x - _half(end)[0], middle + end.y
    corner = start.x + pitch / 2 if end.layer.branch is not None else end.x - pitch / 2
    wire(axis, [(x0, y0), (x1, y1)] if y0 == y1 else [(x0, y0), (corner, y0), (corner, y1), (x1, y1)], "#888888", 1.0)


def _half(box):
    """Half the width and the height of what is drawn for a box."""
    return (PLUS, PLUS) if _kind(box.layer) == "addition" else (box.width / 2, box.height / 2)


def _legend(kinds):
    """[(kind, x, line)]: as many in a line as fit."""
    places, x, line = [], 0.03, 0
    for kind in kinds:
        width = 0.37 + text_width(kind)
        if x + width > WIDTH + 0.15:
            x, line = 0.03, line + 1
        places.append((kind, x, line))
        x += width
    return places


def _label(layers, k):
    layer = layers[k]
    return f"{layer.name}\n{_shape(layer.shape)}" if _changes(layers, k) else layer.name


def _changes(layers, k):
    """Is the shape another than before?"""
    before = _sources(layers, k)
    return len(before) != 1 or layers[before[0]].shape != layers[k].shape


def _shape(shape):
    if len(shape) == 1 or shape[1:] == (1, 1):
        return str(shape[0])
    C, H, W = shape
    return f"{C} × {H}²" if H == W else f"{C} × {H} × {W}"


def _size(layer):
    return layer.shape[1] if len(layer.shape) == 3 else 1


def _kind(layer):
    kind = layer.kind.lower()
    return next((name for word, name in _WORDS.items() if word in kind), "other")


def _describe(layers, columns, title, total):
    """The net in words: its layers with their shapes where they change, forks and shortcuts; of a long net only where it changes."""
    words, forked, long = [], False, len(columns) > 30
    for column in columns:
        if None in column:
            k = column[None]
            layer = layers[k]
            shape = " " + " × ".join(map(str, layer.shape)) if _changes(layers, k) else ""
            if shape or not long:
                words.append(layer.name + shape + (f" (with a shortcut from {layer.skip})" if layer.skip is not None else ""))
            forked = False
        elif not forked:
            first = next(iter(column.values()))
            rows = [j for j in range(first, len(layers)) if all(layers[i].branch is not None for i in range(first, j + 1))]
            branches = [" then ".join(layers[j].name for j in ks) for _, ks in groupby(rows, key=lambda j: layers[j].branch)]
            words.append(f"{len(branches)} branches side by side ({'; '.join(branches)})")
            forked = True
    size = f"{len(layers)} layers" + (f", {number(total)} parameters" if total else "")
    return f"{title or 'A net'} from left to right, {size}{', where the shape changes' if long else ''}: {', '.join(words)}."
